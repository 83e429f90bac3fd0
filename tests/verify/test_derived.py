"""Lies in the raw files, with all else made to fit: found by reading them again, with the public key and without.

Only the step ingest runs here: once for the fixture community, whose data are simulated, and once for the same people
said to be real, with files called after some of them.
"""

import csv
import hashlib
import re
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from analysis import study
from analysis.ingest import manifest, step
from analysis.verify import derived
from analysis.verify.checks import CHECKS
from analysis.verify.subject import Subject, timed

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "tests" / "fixtures" / "study" / "raw"
BIG, SMALL = "chats/Chat WhatsApp dengan UMKM Guyub Sidoarjo.txt", "chats/Chat WhatsApp dengan Kopdar dan Guyonan.txt"
TELEGRAM, FIRST, SECOND = "chats/pengurus-telegram.json", "transcripts/wawancara-01.txt", "transcripts/wawancara-02.txt"
CALLED = {SMALL: "chats/Chat WhatsApp dengan Bu Sri.txt", FIRST: "transcripts/Wawancara Pak Bambang.txt"}


def made(root, names=()):
    """A study's raw files, and what ingest makes of them. names: files called otherwise, in data said to be real."""
    shutil.copytree(RAW, root / "data" / "raw")
    shutil.copy(ROOT / "params.yaml", root / "params.yaml")
    (root / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "01-ingest.ipynb", root / "notebooks")
    for old, new in dict(names).items():
        (root / "data" / "raw" / old).rename(root / "data" / "raw" / new)
    if names:
        for place in (root / "data" / "raw" / "transcripts").iterdir():
            place.write_text(place.read_text(encoding="utf-8").replace("# simulated: yes\n", ""), encoding="utf-8")
        listed(root, simulated="no", source="the group's own phones", consent_basis="asked", licence="not shared")
    paths = study.Paths(root)
    given = study.step_params(paths, "ingest")
    step.run(step.Params(**{name: given[name] for name in ("tz", "date_order", "demo_key")}), paths)
    return paths


def listed(root, **fields):
    """MANIFEST.csv anew, as somebody does who covers a change up. fields: other values for every row."""
    raw = root / "data" / "raw"
    rows = manifest.read(raw)
    with (raw / "MANIFEST.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(next(iter(rows.values()))), lineterminator="\n")
        writer.writeheader()
        for path in sorted(path for path in raw.rglob("*") if path.is_file() and path.name != "MANIFEST.csv"):
            name = path.relative_to(raw).as_posix()
            row = rows.get(name, next(iter(rows.values())))
            writer.writerow({**row, **fields, "path": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return made(tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return made(tmp_path_factory.mktemp("real"), CALLED)


@pytest.fixture(params=["simulated", "real"])
def paths(request):
    """Both studies, put back after each test."""
    paths = request.getfixturevalue(request.param)
    before = {path: path.read_bytes() for path in paths.root.rglob("*") if path.is_file()}
    yield paths
    for path, content in before.items():
        path.write_bytes(content)


def says(paths):
    return "\n".join(f"{each.place}: {each.what}" for each in timed(CHECKS["derived"], Subject(paths))[0])


def change(paths, name, old, new, count=1):
    """Replace a text in a raw file, and list it anew."""
    place = paths.raw / name if (paths.raw / name).exists() else paths.raw / CALLED[name]
    text = place.read_text(encoding="utf-8")
    changed = re.sub(old, new, text, count=count)
    assert changed != text
    place.write_text(changed, encoding="utf-8")
    listed(paths.root)


def test_what_the_step_made_is_of_the_raw_files_whoever_has_the_key(paths):
    assert says(paths) == ""
    if not paths.simulated:
        messages = pd.read_parquet(paths.processed("ingest") / "messages.parquet")
        assert "kopdar-dan-guyonan" not in set(messages["channel"])
        shutil.move(paths.secrets, paths.root / "away")
        assert says(paths) == ""
        shutil.move(paths.root / "away", paths.secrets)


@pytest.mark.parametrize(("name", "old", "new", "found"), [
    ("partnerships.csv", "2023-02-20", "2024-08-01", "partnerships.parquet, 1: its since"),
    ("partnerships.csv", "titip jual", "resep", "partnerships.parquet, 2: its kind"),
    ("partnerships.csv", "Siti Maimunah,Yuliana Kusuma", "Nur Aini,Yuliana Kusuma", "2: its member_a"),
    ("partnerships.csv", r"\n.*titip jual", "", "it has 3 rows, and by the raw files 2"),
    ("members.csv", "services,secretary", "food,secretary", "members.parquet"),
    ("members.csv", r"2021-06-10,quotes", "2021-06-11,quotes", "members.parquet"),
    ("members.csv", r"(?s)(Nur Aini.*?),quotes", r"\1,aggregate", "members.parquet"),
    ("codebook.yaml", "A price that rose", "Any price", "codebook.parquet, business_news: its include"),
    ("codebook.yaml", "name: opportunity", "name: chance", "codebook.parquet, opportunity: its code"),
    ("codings/coder-b.csv", r",question,coder-b", ",humour,coder-b", "codings.parquet"),
    ("codings/coder-b.csv", r",coder-b,", ",coder-c,", "codings.parquet"),
    ("codings/coder-b.csv", r",0,91,", ",1,91,", "codings.parquet"),
    ("annotations/annotator-1.csv", r"\?,1,", "?,2,", "annotations.parquet"),
    (SMALL, "harganya dibanting", "harganya dinaikkan", "messages.parquet"),
    (SMALL, "05.32 - Mas Agus: Ada", "05.32 - Bu Sri: Ada", "messages.parquet"),
    (BIG, r"(?m)^(\d\d/\d\d/\d\d 1)(\d)(\.\d\d - [^:\n]+: \w)", r"\g<1>1\3", "messages.parquet"),
    (BIG, r"\n\d\d/\d\d/\d\d \d\d\.\d\d - [^:\n]+: \w[^\n]+(?=\n\d\d/)", "", "messages.parquet: it has"),
    (TELEGRAM, '"text": "([^"]+)"', r'"text": "tidak \1"', "messages.parquet|reports.parquet"),
    (FIRST, "ndak enak nyebut", "enak nyebut", "utterances.parquet"),
    (FIRST, r"\n\nBu Sri: Sama-sama\.", "\n\nPewawancara: Sama-sama.", "utterances.parquet"),
    (SECOND, "# peserta: Harun Al Rasyid", "# peserta: Siti Maimunah", "utterances.parquet.*: its member"),
    (SECOND, r"\[00:00:21\]", "[00:00:22]", "utterances.parquet"),
])  # fmt: skip
def test_whatever_is_changed_in_a_raw_file_and_listed_anew_is_found(paths, name, old, new, found):
    change(paths, name, old, new)
    assert re.search(found, says(paths)), says(paths)


def test_probabilities_of_a_sample_are_compared_as_tables_hold_them(paths):
    sample = "unit_id,draw,inclusion_probability,drawn\nkopdar-1,1,0.029411764705882353,yes\n"
    (paths.raw / "sample.csv").write_text(sample, encoding="utf-8")
    listed(paths.root)
    given = study.step_params(paths, "ingest")
    step.run(step.Params(**{name: given[name] for name in ("tz", "date_order", "demo_key")}), paths)
    assert says(paths) == ""
    (paths.raw / "sample.csv").unlink()


def test_a_coder_who_is_a_copy_of_another_is_found(paths):
    text = (paths.raw / "codings/coder-a.csv").read_text(encoding="utf-8")
    (paths.raw / "codings/coder-b.csv").write_text(text.replace(",coder-a,", ",coder-b,"), encoding="utf-8")
    listed(paths.root)
    assert "codings.parquet" in says(paths)


def test_a_table_that_is_edited_is_found_like_a_raw_file(paths):
    place = paths.processed("ingest") / "messages.parquet"
    messages = pd.read_parquet(place)
    row = messages["text"].str.fullmatch("[a-z ]{20,}").idxmax()
    messages.assign(text=messages["text"].where(messages.index != row, "semua beres")).to_parquet(place)
    assert f"{messages['message_id'][row]}: its text" in says(paths)


def test_a_count_of_the_step_that_is_edited_is_found(paths):
    place = paths.metrics("ingest")
    place.write_text(re.sub(r'"strangers": \d+', '"strangers": 7', place.read_text()), encoding="utf-8")
    assert "metrics/ingest.json: strangers is 7, and by the raw files" in says(paths)


def test_what_a_reader_says_of_real_files_is_not_repeated(paths):
    change(paths, "partnerships.csv", "Siti Maimunah", "Somebody Unlisted")
    said = says(paths)
    assert "cannot be" in said
    assert ("Somebody" in said) == paths.simulated


def test_a_line_of_the_manifest_that_the_simulation_did_not_write_is_found(simulated):
    raw = simulated.raw / "MANIFEST.csv"
    whole = raw.read_text(encoding="utf-8")
    row = next(line for line in whole.splitlines() if "wawancara-01" in line)
    for old, new, found in (
        (",yes", ",no", "simulated is 'no' for a file of the simulation"),
        (",CC-BY-4.0", ",proprietary", "licence is 'proprietary'"),
        (",none needed: fiction", ",written consent", "consent_basis is 'written consent'"),
        (
            "simulated by guyub (scenario",
            "exported by a member (scenario",
            "simulated is 'no', and the transcript itself says yes",
        ),
        ("seed 11", "seed 12", "another simulation"),
        ("simulated by guyub", "recorded at the workshops", "members.csv is of the simulation, and this file"),
    ):
        lie = row.replace(old, new)
        lie = lie.replace(",yes", ",no") if "exported" in new else lie
        raw.write_text(whole.replace(row, lie), encoding="utf-8")
        assert found in says(simulated)
    raw.write_text(whole, encoding="utf-8")


def test_all_files_said_to_be_real_are_missed_by_the_metrics(simulated):
    whole = (simulated.raw / "MANIFEST.csv").read_text(encoding="utf-8")
    listed(simulated.root, simulated="no", source="phones", consent_basis="asked")
    assert "simulated is True, and by the raw files False" in says(simulated)
    (simulated.raw / "MANIFEST.csv").write_text(whole, encoding="utf-8")


def test_a_copy_of_a_study_without_its_raw_files_or_results_is_left_to_other_checks(real, tmp_path):
    shutil.copytree(real.root / "metrics", tmp_path / "metrics")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    shutil.copy(real.raw / "MANIFEST.csv", tmp_path / "data" / "raw")
    assert says(study.Paths(tmp_path)) == ""


@pytest.mark.parametrize(("raw", "shown", "fits"), [
    ("Bu Sri jual kue", "MAAAA jual kue", True), ("Bu Sri jual roti", "MAAAA jual kue", False),
    ("kue Bu Sri", "kue MAAAA", True), ("kue Bu Sri", "roti MAAAA", False), ("kue", "kue", True),
    ("Sarunge Bambange mesem", "Sarunge MAAAAe mesem", True), ("0812345 ya", "[PHONE] ya", True),
    ("a b", "a [NAME] b", False), ("MURAH sekali", "MURAH banget", False), ("HARI ini", "MURAH ini", False),
    ("Sri dan Harun", "MAAAA dan MBBBB", True), ("Sri atau Harun", "MAAAA dan MBBBB", False),
])  # fmt: skip
def test_of_a_text_everything_has_to_be_there_but_what_gave_way_to_a_mark(raw, shown, fits):
    assert derived._is_shown_as(re.compile(r"MAAAA|MBBBB|\[NAME\]|\[PHONE\]"), raw, shown) == fits


def test_pseudonyms_under_another_key_are_those_that_are_most_often_in_one_place():
    pairs = [("MA", "MX")] * 3 + [("MB", "MY")] * 2 + [("MA", "MY"), (None, None), ("PC", "MZ")]
    assert derived._by_pseudonym(pairs, exact=False) == {"MA": "MX", "MB": "MY"}


def test_pseudonyms_of_thousands_of_members_are_compared_at_once():
    pairs = [(f"M{number}", f"M{number + 1}") for number in range(20_000)]
    began = time.process_time()
    assert len(derived._by_pseudonym(pairs, exact=False)) == 20_000
    assert time.process_time() - began < 1
