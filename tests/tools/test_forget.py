"""A member who withdraws is gone everywhere: from tables, pages and drafts, and from DVC's cache."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import cli, scan, study, tables
from analysis.coding.anchors import check_anchors, text_hash, units_of
from analysis.errors import InputError
from analysis.ingest import manifest, step
from analysis.ingest.sheets import read_codings
from analysis.privacy import pseudonym
from analysis.scan import readable
from analysis.tools import forget, handed, new, withdrawn
from analysis.verify.lock import raw_files_are_those_of_the_manifest
from analysis.verify.subject import Subject
from analysis.workbook import Sheet, write_sheets

CHAT = """24/07/24 09.43 - Bu Sri: Pagi semua
24/07/24 09.44 - Pak Harun: Peyek kacang habis terjual di pasar
24/07/24 09.45 - Bu Sri: Selamat ya, Pak Harun
24/07/24 09.46 - Mbak Nur: ikut senang
"""
MEMBERS = """name,aliases,phones,sector,role,joined,consent
Sri Wahyuni,Bu Sri,,food,chair,,quotes
Harun Al Rasyid,Pak Harun,+62 812-3456-7890,services,secretary,,quotes
Nur Aini,Mbak Nur,,fashion,member,,quotes
"""
TALK = "# peserta: {who}\n\nPewawancara: Apa kabar?\n\n{who}: {said}\n"
SAID = "Rezeki lancar sejak ikut arisan"
KEY = "cd" * 32
PIPELINE = """
stages:
  study:
    cmd: {python} steps.py
    deps: [data/raw]
    outs: [data/processed/ingest, book/executed/01-ingest.ipynb, book/_build/html]
    metrics: [{{metrics/ingest.json: {{cache: false}}}}]
"""
STEPS = """
from pathlib import Path

import nbformat

from analysis import study, tables
from analysis.ingest import step

paths = study.Paths(Path.cwd())
step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), paths)
written = (paths.processed("ingest") / f"{name}.parquet" for name in ("messages", "utterances", "members"))
page = "".join(tables.read(place).to_html() for place in written)
for place in (paths.book / "_build" / "html", paths.book / "executed"):
    place.mkdir(parents=True, exist_ok=True)
(paths.book / "_build" / "html" / "index.html").write_text(f"<html>{page}</html>", encoding="utf-8")
out = nbformat.v4.new_output("display_data", {"text/html": page})
cell = nbformat.v4.new_code_cell("show()", outputs=[out], id="a")
nbformat.write(nbformat.v4.new_notebook(cells=[cell]), paths.executed("ingest"))
"""


def hits_in(paths, folder):
    """What a scan finds in a folder or file."""
    return scan.survey(paths, folder).hits


def dvc(paths: study.Paths, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words, "--quiet"], cwd=paths.root, check=True, capture_output=True)


@pytest.fixture
def a_study(bare_study) -> study.Paths:
    """A study of three members with a secret key, in which nothing has run."""
    files = {
        "chats/UMKM.txt": CHAT, "members.csv": MEMBERS,
        "transcripts/wawancara-01.txt": TALK.format(who="Harun Al Rasyid", said=SAID),
    }  # fmt: skip
    for name, text in files.items():
        (bare_study.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (bare_study.raw / name).write_text(text, encoding="utf-8")
    bare_study.secrets.mkdir()
    (bare_study.secrets / "pseudonym.key").write_text(KEY, encoding="ascii")
    return bare_study


def left(paths: study.Paths, *traces: str) -> dict[str, set[str]]:
    """Which traces are in which files of the study, whatever their format; raw data and the key are the owner's."""
    found: dict[str, set[str]] = {}
    for file in (path for path in paths.root.rglob("*") if path.is_file()):
        place = file.relative_to(paths.root).as_posix()
        if not place.startswith(("data/raw", "secrets")):
            words = [piece.text for piece in readable.pieces(file) or []]
            everything = "\n".join([place, *words, file.read_bytes().decode("latin-1")]).lower()
            hits = {trace for trace in traces if trace.lower() in everything}
            found |= {place: hits} if hits else {}
    return found


def withdraw(paths: study.Paths, name: str) -> None:
    roster = paths.raw / "members.csv"
    lines = roster.read_text(encoding="utf-8").splitlines()
    changed = [line.rpartition(",")[0] + ",none" if line.startswith(name) else line for line in lines]
    roster.write_text("\n".join(changed) + "\n", encoding="utf-8")


def test_nothing_is_left_of_a_member_who_withdraws(a_study, monkeypatch, capsys):
    (a_study.root / "dvc.yaml").write_text(PIPELINE.format(python=sys.executable), encoding="utf-8")
    (a_study.root / "steps.py").write_text(STEPS, encoding="utf-8")
    dvc(a_study, "init", "--no-scm")
    dvc(a_study, "repro")
    person = pseudonym("Harun Al Rasyid", bytes.fromhex(KEY))
    traces = (person, "Harun", "Rasyid", "3456-7890", "habis terjual", "lancar sejak")
    (a_study.root / ".guyub" / "06-themes.ipynb").write_text('{"draft": "Pak Harun"}', encoding="utf-8")
    there = left(a_study, *traces)
    assert any(place.startswith(".dvc/cache") and person in hits for place, hits in there.items())
    assert {hit for hits in there.values() for hit in hits} >= {person, "habis terjual", "lancar sejak", "Harun"}

    withdraw(a_study, "Harun")
    assert {hit.kind for hit in hits_in(a_study, a_study.root / ".dvc" / "cache")} == {"WITHHELD"}

    monkeypatch.chdir(a_study.root)
    assert cli.main(["forget", "--yes"]) == 0
    assert capsys.readouterr().out.endswith("Next: dvc repro\n")
    dvc(a_study, "repro")
    assert left(a_study, *traces) == {}
    assert hits_in(a_study, a_study.root / ".dvc" / "cache") == []
    assert left(a_study, pseudonym("Sri Wahyuni", bytes.fromhex(KEY)))


def test_the_roster_is_entered_into_the_manifest_as_the_withdrawal_left_it_and_nothing_else_is(a_study):
    new.write_manifest(a_study.raw)
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    assert forget.plan(a_study).roster is None
    withdraw(a_study, "Harun")
    (a_study.raw / "chats" / "UMKM.txt").write_text(CHAT + "24/07/24 09.47 - Mbak Nur: wah\n", encoding="utf-8")
    planned = forget.plan(a_study)
    assert "members.csv is entered" in planned.text()
    forget.remove(planned)
    found = list(raw_files_are_those_of_the_manifest(Subject(a_study)))
    assert [each.place for each in found] == ["data/raw/MANIFEST.csv, file 1 in the order of names"]
    assert forget.plan(a_study).nothing


def test_nothing_goes_without_a_yes(a_study, monkeypatch, capsys):
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    monkeypatch.chdir(a_study.root)
    for answer in ("n", "", "no"):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert cli.main(["forget"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"data/processed: tables of earlier runs, \d+ files", said)
    assert "Next" not in said
    assert a_study.metrics("ingest").exists()
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert cli.main(["forget"]) == 0
    assert not a_study.metrics("ingest").exists()


def test_where_nobody_can_answer_it_says_how_not_to_be_asked(a_study, monkeypatch, capsys):
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    monkeypatch.chdir(a_study.root)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["forget"]) == 1
    assert "--yes" in capsys.readouterr().err


def test_where_nobody_withdrew_a_yes_beforehand_removes_nothing(a_study, monkeypatch, capsys):
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    roster = a_study.raw / "members.csv"
    roster.write_text(roster.read_text(encoding="utf-8").replace(",none", ",quotes"), encoding="utf-8")
    monkeypatch.chdir(a_study.root)
    assert cli.main(["forget", "--yes"]) == 1
    assert "nobody withholds consent, so nothing was removed" in capsys.readouterr().err
    assert a_study.metrics("ingest").exists()


def test_raw_data_key_fingerprint_and_readme_stay(a_study):
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    readme = a_study.root / "data" / "processed" / "README.md"
    readme.write_text("What each file is.", encoding="utf-8")
    before = {path: path.read_bytes() for path in [*a_study.raw.rglob("*.*"), *a_study.secrets.iterdir(), readme]}
    forget.remove(forget.plan(a_study))
    assert {path: path.read_bytes() for path in before} == before
    assert (a_study.root / ".guyub" / "pseudonym-key.fingerprint").exists()
    assert not (a_study.root / "data" / "processed" / "ingest").exists()
    assert forget.plan(a_study).nothing
    assert "Nothing of earlier runs is left" in forget.plan(a_study).text()


def test_outputs_and_copies_of_notebooks_that_somebody_worked_in_go_too(a_study):
    source = a_study.notebook("sharing")
    notebook = nbformat.read(source, as_version=4)
    code = [cell.source for cell in notebook.cells]
    next(c for c in notebook.cells if c.cell_type == "code").outputs = [
        nbformat.v4.new_output("stream", text="Pak Harun")
    ]
    nbformat.write(notebook, source)
    drafts = a_study.root / "notebooks" / ".ipynb_checkpoints"
    drafts.mkdir()
    shutil.copy(source, drafts / "03-sharing-checkpoint.ipynb")
    planned = forget.plan(a_study)
    assert "notebooks/03-sharing.ipynb: the outputs in it" in planned.text()
    forget.remove(planned)
    assert not left(a_study, "Harun")
    assert [cell.source for cell in nbformat.read(source, as_version=4).cells] == code


def test_while_dvc_is_at_work_nothing_is_removed(a_study):
    lock = a_study.root / ".dvc" / "tmp" / "rwlock"
    lock.parent.mkdir(parents=True)
    lock.write_text('{"data/raw": {"read": [{"pid": 1}]}}', encoding="utf-8")
    with pytest.raises(InputError, match="at work"):
        forget.plan(a_study)


def test_of_a_cache_shared_with_other_studies_only_this_ones_objects_go(tmp_path):
    cache = tmp_path / "cache"
    folder = [{"md5": "aa11", "relpath": "messages.parquet"}]
    texts = {
        "files/md5/aa/11": "mine", "files/md5/bb/22.dir": json.dumps(folder), "files/md5/cc/33": "another study's",
        "runs/dd/1": "outs: [{md5: bb22.dir}]", "runs/ee/2": "outs: [{md5: cc33}]",
    }  # fmt: skip
    for name, text in texts.items():
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_text(text, encoding="utf-8")
    lock = "stages: {ingest: {outs: [{path: data/processed/ingest, md5: bb22.dir}, {path: metrics}]}}"
    (tmp_path / "dvc.lock").write_text(lock, encoding="utf-8")
    found = forget._shared(cache, forget._hashes(tmp_path))
    assert [path.relative_to(cache).as_posix() for path in found] == [
        "files/md5/aa/11", "files/md5/bb/22.dir", "runs/dd/1",
    ]  # fmt: skip


def test_each_run_of_a_shared_cache_is_read_once_however_many_hashes_a_study_has(tmp_path, monkeypatch):
    runs = [tmp_path / "runs" / "aa" / str(number) for number in range(3)]
    runs[0].parent.mkdir(parents=True)
    for number, run in enumerate(runs):
        run.write_text(f"outs: [{{md5: {number:032x}.dir}}, {{md5: {number + 7:032x}}}]", encoding="utf-8")
    read, read_text = [], Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda path, *args, **words: read.append(path) or read_text(path, **words))
    assert forget._shared(tmp_path, {f"{number:032x}" for number in range(9, 99)}) == [runs[2]]
    assert sorted(read) == runs


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


def test_what_is_out_of_reach_is_named(a_study):
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    git(a_study.root, "init", "--quiet")
    git(a_study.root, "add", "metrics", "data/raw")
    git(a_study.root, "commit", "--quiet", "-m", "x")
    (a_study.root / "sheet.html").write_text("for coders", encoding="utf-8")
    said = forget.plan(a_study).text()
    assert "sheet.html: of no step" in said
    assert "git's history: 1 commit of data/raw" in said
    assert "git's history: 1 commit of metrics" in said
    assert "copies elsewhere" in said


@pytest.mark.parametrize("name", [
    "lembar-Sūrya.html", "lembar Sūrya.csv", "lembar.HTML", "Ani.XLSX", "umkm.sqlite3", "codes.qdc", 'a"b.csv',
    b"caf\xe9.csv",
])  # fmt: skip
def test_a_sheet_is_named_however_its_file_is_called(a_study, name):
    git(a_study.root, "init", "--quiet")
    (a_study.root / os.fsdecode(name)).write_text("for coders", encoding="utf-8")
    said = forget.plan(a_study).text()
    assert f"{os.fsdecode(name)}: of no step" in said


def test_what_was_handed_out_is_named_wherever_it_lies_and_stays_named_after_forgetting(a_study, tmp_path_factory):
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    away = tmp_path_factory.mktemp("stick") / "sheet-Sinta.xlsx"
    handed.remember(a_study, [away, a_study.root / "who.html"], "a coding sheet")
    handed.remember(a_study, [away], "a coding sheet")
    for _ in range(2):
        plan = forget.plan(a_study)
        assert plan.text().count(f"{away} (a coding sheet): remove it") == 1
        assert plan.text().count("who.html (a coding sheet): remove it") == 1
        forget.remove(plan)


def test_sheets_of_annotations_lose_their_texts_and_the_member_who_withdrew(a_study):
    sri, harun, sri_again, nur = (f"umkm-20240724T02{minute}-1" for minute in (43, 44, 45, 46))
    rows = ["item,back,answers,time,member,text,message_id", f"1,1,,09:43,MAAAA,Pagi semua,{sri}",
            f"1,?,1,09:44,MBBBB,Peyek kacang habis terjual,{harun}", f"2,1,,09:44,MBBBB,Peyek kacang,{harun}",
            f"2,?,1,09:45,MAAAA,Selamat ya MBBBB,{sri_again}", f"3,2,,09:43,MAAAA,Pagi semua,{sri}",
            f"3,?,2,09:46,MCCCC,ikut senang,{nur}"]  # fmt: skip
    place = a_study.raw / "annotations" / "ani.csv"
    place.parent.mkdir()
    place.write_text("\n".join(rows) + "\n", encoding="utf-8")
    new.write_manifest(a_study.raw)
    withdraw(a_study, "Harun")
    planned = forget.plan(a_study)
    assert "data/raw/annotations/ani.csv: texts, and what shows these members" in planned.text()
    forget.remove(planned)
    assert place.read_text(encoding="utf-8") == f"item,back,answers,message_id\n3,2,,{sri}\n3,?,2,{nur}\n"
    assert list(raw_files_are_those_of_the_manifest(Subject(a_study))) == []
    assert forget.plan(a_study).nothing
    metrics = step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), a_study)
    assert (metrics["annotations"], metrics["withheld"]["annotations"]) == (1, 0)


# Codings


PARAMS = step.Params(tz="Asia/Jakarta", date_order=None, demo_key="")
HARUN, SRI = (pseudonym(name, bytes.fromhex(KEY)) for name in ("Harun Al Rasyid", "Sri Wahyuni"))


def texts_of(paths: study.Paths) -> pd.Series:
    """The texts of the study as the last run made them, by unit."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    return units_of(messages, tables.read(ingested / "utterances.parquet", tables.Utterances))["text"]


@pytest.fixture
def coded(a_study) -> study.Paths:
    """A study that ran, and in which Ani then coded a half of every text."""
    step.run(PARAMS, a_study)
    rows = ["unit_id,start,end,code,coder,round,text_sha256,memo,translation,quotation"]
    for unit, text in texts_of(a_study).items():
        start = len(text) // 2
        quotation = text[start:].replace('"', "")
        rows.append(f'{unit},{start},{len(text)},care,Ani,1,{text_hash(text)},seperti kata Pak Harun,,"{quotation}"')
    place = a_study.raw / "codings" / "Ani.csv"
    place.parent.mkdir()
    place.write_text("\n".join(rows) + "\n", encoding="utf-8")
    new.write_manifest(a_study.raw)
    step.run(PARAMS, a_study)
    return a_study


def test_after_a_withdrawal_no_table_holds_that_members_words_names_or_pseudonym(coded):
    withdraw(coded, "Harun")
    step.run(PARAMS, coded)
    assert hits_in(coded, coded.processed("ingest")) == []
    codings = tables.read(coded.processed("ingest") / "codings.parquet", tables.Codings)
    assert len(codings) == 3
    everything = codings.to_csv()
    assert not any(trace in everything for trace in (HARUN, "Harun", "terjual", "arisan"))
    assert "[WITHHELD]" in everything


def test_codings_lose_the_member_who_withdrew_and_the_others_stay_on_their_words(coded):
    place, before = coded.raw / "codings" / "Ani.csv", len(texts_of(coded))
    withdraw(coded, "Harun")
    planned = forget.plan(coded)
    assert "data/raw/codings/Ani.csv: codings of what these members wrote and said" in planned.text()
    forget.remove(planned)
    raw = place.read_text(encoding="utf-8")
    assert not any(trace in raw for trace in (HARUN, "Harun", "terjual", "arisan"))
    assert list(raw_files_are_those_of_the_manifest(Subject(coded))) == []
    assert forget.plan(coded).nothing
    step.run(PARAMS, coded)
    codings = tables.read(coded.processed("ingest") / "codings.parquet", tables.Codings)
    anchored = check_anchors(codings, texts_of(coded))
    assert (len(anchored.holding), len(anchored.broken), before) == (3, 0, 6)
    quoted = {texts_of(coded)[row.unit_id][row.start : row.end] for row in codings.itertuples()}
    assert quoted == set(codings["quotation"])


def test_what_was_decided_on_quoting_the_member_who_withdrew_goes_and_the_rest_stays(coded):
    place, texts = coded.raw / "quotations.csv", texts_of(coded)
    turns = tables.read(coded.processed("ingest") / "utterances.parquet")["utterance_id"].tolist()
    others = f"wawancara-02-001,{text_hash('Laris')},show,Ani"
    rows = [*(f"{unit},{text_hash(texts[unit])},show,Ani" for unit in turns), others]
    place.write_text("\n".join(["unit_id,text_sha256,decision,reviewer", *rows]) + "\n", encoding="utf-8")
    assert forget.plan(coded).approvals == {}
    withdraw(coded, "Harun")
    planned = forget.plan(coded)
    assert "data/raw/quotations.csv: what was decided on quoting these members" in planned.text()
    forget.remove(planned)
    assert place.read_text(encoding="utf-8").splitlines()[1:] == [others]
    assert forget.plan(coded).nothing


def test_codings_of_texts_that_changed_otherwise_are_left_as_they_are(coded):
    place = coded.raw / "codings" / "Ani.csv"
    text = place.read_text(encoding="utf-8")
    hashes = {text_hash(each): text_hash(each + "!") for each in texts_of(coded)}
    for one, other in hashes.items():
        text = text.replace(one, other)
    place.write_text(text, encoding="utf-8")
    withdraw(coded, "Harun")
    forget.remove(forget.plan(coded))
    left = read_codings(place)
    assert set(left["text_sha256"]) <= set(hashes.values())


def test_of_several_who_withdraw_one_after_the_other_codings_lose_each(coded):
    for name in ("Harun", "Sri"):
        withdraw(coded, name)
        forget.remove(forget.plan(coded))
        step.run(PARAMS, coded)
        codings = tables.read(coded.processed("ingest") / "codings.parquet", tables.Codings)
        assert check_anchors(codings, texts_of(coded)).broken.empty
    assert len(codings) == 1


@given(
    st.lists(st.tuples(st.text("ab ", max_size=5), st.sampled_from(["MAAAA", "MBBBB"])), min_size=1, max_size=3),
    st.data(),
)
def test_a_position_moves_with_the_words_around_it(parts, data):
    pieces = [piece for pair in parts for piece in pair]
    before = "".join(pieces)
    after = "".join(withdrawn.MARK if number % 2 else piece for number, piece in enumerate(pieces))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(before))] * 2)))
    moved = after[withdrawn._moved(start, pieces) : withdrawn._moved(end, pieces)]
    inside = re.sub("MAAAA|MBBBB", "", before[start:end])
    assert re.sub("[^ab ]", "", moved.replace(withdrawn.MARK, "")) == re.sub("[^ab ]", "", inside)


# Who withdrew, and what stays


def test_it_says_who_withholds_consent_and_which_interviews_with_them_stay(a_study):
    assert "Members who withhold consent: none" in forget.plan(a_study).text()
    withdraw(a_study, "Harun")
    said = forget.plan(a_study).text()
    assert "Members who withhold consent: Harun Al Rasyid." in said
    assert "data/raw/transcripts/wawancara-01.txt: an interview with one of them" in said
    withdraw(a_study, "Nur")
    said = forget.plan(a_study).text()
    assert "Members who withhold consent: Harun Al Rasyid and Nur Aini." in said


def test_files_that_were_filled_in_are_named_where_they_were_imported_and_next_to_sheets(coded, tmp_path_factory):
    away, imported = tmp_path_factory.mktemp("stick"), tmp_path_factory.mktemp("mail") / "Ani.csv"
    handed.remember(coded, [away / "sheet-Budi.html"], "a coding sheet")
    handed.remember(coded, [imported], "filled in by a coder or annotator")
    (away / "Budi.csv").write_text("unit_id,document,text,codes,coder,text_sha256\n", encoding="utf-8")
    (away / "who.csv").write_text("item,back,answers,time,message_id\n", encoding="utf-8")
    (away / "Ani.qdpx").write_bytes(b"PK")
    filled = [["unit_id", "document", "text", "codes", "coder", "text_sha256"], ["1"]]
    write_sheets(away / "Citra.xlsx", [Sheet("Sheet1", filled)])
    (away / "bills.csv").write_text("shop,price\n", encoding="utf-8")
    write_sheets(away / "bills.xlsx", [Sheet("Sheet1", [["shop", "price"]])])
    (away / "broken.xlsx").write_bytes(b"PK")
    manifest.entered(coded.raw, [{"path": "codings/Ani.csv", "kind": "codings", "source": "Ani.qdpx"}])
    said = forget.plan(coded).text()
    for file in (
        away / "sheet-Budi.html",
        away / "Budi.csv",
        away / "Citra.xlsx",
        away / "who.csv",
        away / "Ani.qdpx",
        imported,
    ):
        assert said.count(f"{file} (") == 1
    assert "bills" not in said
    assert "broken" not in said


def test_an_imported_or_compared_file_is_remembered(coded, tmp_path_factory, monkeypatch):
    (coded.raw / "codebook.yaml").write_text(
        "version: 1\ncodes:\n  - {name: care, definition: Cares.}\n", encoding="utf-8"
    )
    monkeypatch.chdir(coded.root)
    away = tmp_path_factory.mktemp("mail")
    for name in ("Ani", "Budi"):
        text = (coded.raw / "codings" / "Ani.csv").read_text(encoding="utf-8")
        (away / f"{name}.csv").write_text(text.replace(",Ani,", f",{name},"), encoding="utf-8")
    assert cli.main(["agree", "data/raw/codings/Ani.csv", str(away / "Budi.csv")]) == 0
    assert [line.partition(" (")[0] for line in handed.remembered(coded)] == [str(away / "Budi.csv")]
    assert cli.main(["import", str(away / "Ani.csv"), "--replace"]) == 0
    assert [line.partition(" (")[0] for line in handed.remembered(coded)][1:] == [str(away / "Ani.csv")]
