"""Studies that hold one kind of thing run to their last chapter, and each page opens with what it can say."""

import shutil

import pytest

from analysis import study
from analysis.errors import InputError
from analysis.ingest.gather import gather

from . import chain
from .cells import STUDIES, Cell, community_of, keep_rows, write_raw
from .checker import facts_of, findings, notebooks_of

FIXTURE = chain.ROOT / "tests" / "fixtures" / "study" / "raw"


def ran(paths):
    """What the chapters of a study say after every step ran."""
    for step in study.STEPS:
        chain.run(paths, step, drawn=False)
    return notebooks_of(paths)


def test_interviews_alone_run_to_the_ledger_and_themes_are_described(tmp_path):
    paths = chain.prepare(tmp_path / "study", most=20, min_positives=20)
    for name in ("transcripts", "codings"):
        shutil.copytree(FIXTURE / name, paths.raw / name)
    for name in ("codebook.yaml", "members.csv"):
        shutil.copy(FIXTURE / name, paths.raw / name)
    for sheet in (paths.raw / "codings").glob("*.csv"):
        keep_rows(sheet, lambda row: row["unit_id"].startswith("wawancara"))
    pages, facts = ran(paths), facts_of(paths)
    assert facts.verdicts == {"C1": "not assessable", "C2": "not assessable", "C3": "not assessable",
                              "C4": "described", "R1": "not assessable"}  # fmt: skip
    assert "Who shares business news is not assessable: there are no messages." in pages["03-sharing"]
    assert any(block.startswith("In 3 interviews, ") for block in pages["06-themes"])
    assert findings(pages, facts) == []


def test_one_coder_and_a_roster_without_consent_run_to_the_ledger(tmp_path):
    paths = chain.prepare(tmp_path / "study", most=20, min_positives=3)
    write_raw(Cell(120, 3, 1, 24), community_of(24, messages=160, months=4), paths.raw)
    for name in ("coder-b", "consensus"):
        (paths.raw / "codings" / f"{name}.csv").unlink()
    roster = paths.raw / "members.csv"
    lines = [line.rpartition(",")[0] for line in roster.read_text(encoding="utf-8").splitlines()]
    roster.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pages, facts = ran(paths), facts_of(paths)
    assert any("none of them twice, so their agreement cannot be assessed" in block for block in pages["02-coding"])
    assert findings(pages, facts) == []


@pytest.mark.parametrize("name", ["null", "nobody-quoted", "one-partnership"])  # benchmarks/grid.py --studies has all
def test_no_sentence_of_a_small_study_is_false(tmp_path, name):
    cell, scenario = STUDIES[name]
    paths = chain.prepare(tmp_path / "study", most=20, min_positives=4)
    write_raw(cell, community_of(cell.members, messages=200, months=4, scenario=scenario), paths.raw)
    found = findings(ran(paths), facts_of(paths))
    assert not found, "\n".join(map(str, found))


def test_a_folder_without_chat_and_interview_is_refused(tmp_path):
    (tmp_path / "members.csv").write_text("name\nAni\n", encoding="utf-8")
    with pytest.raises(InputError, match="no chat and no interview"):
        gather(tmp_path, tz="Asia/Jakarta", date_order=None)
