"""What docs/raw-data.md says of raw files is what the readers do and what claims.yaml and params.yaml ask for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.claims import needed, rule
from analysis.errors import InputError
from analysis.ingest import sheets, transcript
from analysis.ingest.corpus import read_corpus
from analysis.network.replies.adapt import FEWEST

ROOT = Path(__file__).resolve().parents[1]
CHAT = """01/03/24 09.43 - Bu Sri: Pagi semua
13/03/24 09.44 - +62 857-0000-0001: pagi
13/03/24 09.45 - Warga Baru: halo
"""


@cache
def page() -> str:
    return (ROOT / "docs" / "raw-data.md").read_text(encoding="utf-8")


def example(heading: str) -> str:
    """The first block of a section."""
    section = page().split(f"### {heading}\n")[1]
    return re.split(r"```\w*\n", section)[1].split("```")[0] if "```" in section else ""


@pytest.fixture
def raw(tmp_path):
    """The page's examples, next to a chat."""
    files = {
        "chats/umkm.txt": CHAT, "members.csv": example("members.csv"), "partnerships.csv": example("partnerships.csv"),
        "transcripts/interview-01.txt": example("Interviews"),
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def corpus(raw):
    return read_corpus(raw, tz="Asia/Jakarta", date_order=None, key=b"0" * 32)


def test_the_examples_are_read_as_the_page_says(raw):
    read = corpus(raw)
    assert read.strangers == 1
    assert read.members["consent"].value_counts().to_dict() == {"quotes": 1, "aggregate": 3}
    by_sector = read.members.dropna(subset="sector").set_index("sector")
    sri, harun = by_sector.loc[["food", "services"], "member"]
    assert by_sector["joined"].isna().to_dict() == {"food": False, "services": True}
    assert read.messages["member"].tolist()[:2] == [sri, harun]  # by alias, and by the second number
    (nur,) = {*read.partnerships["member_a"], *read.partnerships["member_b"]} - {sri, harun}
    assert read.partnerships[["member_a", "member_b"]].to_numpy().tolist() == [[sri, harun], [nur, sri]]
    assert read.partnerships["since"].isna().tolist() == [False, True]
    assert read.utterances["role"].tolist() == ["interviewer", "participant"] * 2
    assert set(read.utterances["member"].dropna()) == {sri}


@pytest.mark.parametrize("sign", [";", "\t"])
def test_other_separators_are_read_too(raw, sign):
    rows = pd.read_csv(raw / "partnerships.csv", dtype=str)
    rows.to_csv(raw / "partnerships.csv", sep=sign, index=False)
    assert len(corpus(raw).partnerships) == 2


@pytest.mark.parametrize(
    ("name", "columns"), [("members.csv", sheets.ROSTER), ("partnerships.csv", sheets.PARTNERSHIPS)]
)
def test_every_column_is_described_and_no_other(name, columns):
    section = page().split(f"### {name}\n")[1].split("\n#")[0]
    described = re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in section.splitlines() if "| `" in line))
    assert tuple(described) == columns == tuple(example(name).splitlines()[0].split(","))


@pytest.mark.parametrize(("name", "left"), [("members.csv", ["name"]), ("partnerships.csv", ["member_a", "member_b"])])
def test_what_is_not_called_required_may_be_left_out(raw, name, left):
    pd.read_csv(raw / name, dtype=str)[left].to_csv(raw / name, index=False)
    (raw / "partnerships.csv").write_text("member_a,member_b\nSri Wahyuni,Nur Aini\n", encoding="utf-8")
    assert len(corpus(raw).members) >= 3


@pytest.mark.parametrize("wrong", ["Pak Joko", "31/07/2024"])
def test_a_name_that_nobody_has_and_another_date_stop_with_their_line(raw, wrong):
    name, since = ("Pak Joko", "2024-03-01") if wrong == "Pak Joko" else ("Nur Aini", wrong)
    (raw / "partnerships.csv").write_text(f"member_a,member_b,since\n{name},Sri Wahyuni,{since}\n", encoding="utf-8")
    with pytest.raises(InputError, match=wrong) as stopped:
        corpus(raw)
    assert stopped.value.line == 2


def test_the_names_of_interviewers_are_those_that_are_known():
    said = re.search(r"or one called ([^;]*?), with a number", page().replace("\n", " "))
    named = {name.strip().lower() for name in re.split(r", | or ", said[1])} if said else set()
    assert named == set(transcript.INTERVIEWERS)


def test_the_table_of_minima_is_that_of_the_claims(root):
    rows = dict(re.findall(r"(?m)^\| ([CR]\d) \| (.*) \|$", page()))
    for claim, declared in rule.declared(root).items():
        said = dict.fromkeys(re.sub(r" \(.*?\)", "", rows.pop(claim)).split(", "))
        assert list(said) == [f"{least} {needed.WORDS[what]}" for what, least in declared["minimum"].items()]
    assert rows == {}


@pytest.mark.parametrize("name", ["docs/raw-data.md", "docs/annotating.md", "src/analysis/cli/handing.py"])
def test_what_people_have_to_code_and_annotate_is_what_the_steps_take(root, name):
    coding = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))["coding"]
    given = f"{coding['min_positives']} coded messages that have the code, in {coding['folds']} conversations"
    said = {
        "docs/raw-data.md": [given, f"{FEWEST} annotated messages"],
        "docs/annotating.md": [f"from {FEWEST} annotated messages on"],
        "src/analysis/cli/handing.py": [f"From {FEWEST} messages on"],
    }
    text = " ".join((root / name).read_text(encoding="utf-8").split())
    assert [part for part in said[name] if part not in text] == []


def test_the_readme_leads_to_how_much_is_needed(root):
    assert "(docs/raw-data.md#how-much-is-needed)" in (root / "README.md").read_text(encoding="utf-8")
    assert "\n## How much is needed\n" in page()
