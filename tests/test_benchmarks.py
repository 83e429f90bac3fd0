"""The table of `make bench`: what it measures, what it does without a peer, and when it reports a regression."""

from __future__ import annotations

import copy
import json
import platform
import re
import sys
from pathlib import Path

import pytest

from analysis import study
from analysis.book import benchmark_tables
from analysis.errors import InputError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def table(monkeypatch):
    """benchmarks/table.py, which is no package."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import table

    monkeypatch.setattr(table, "ENOUGH", 0.0)  # one round
    return table


def program(work: str = "sum(range(2_000_000))") -> list[str]:
    return [sys.executable, "-c", f"from timed import report; report(lambda: {work}, float)"]


def found(**changed: float) -> dict:
    """Results with one piece of work: Guyub's and a peer's, which takes twice as long."""
    of = {"cpu_s": 1.0, "peak_mb": 100, "machine": "a processor, 2 cores"} | changed
    rounds = dict.fromkeys(("median", "low", "high"), of["cpu_s"])
    ratio = dict.fromkeys(("median", "low", "high"), 2.0 / of["cpu_s"])
    about = {"group": "reading", "work": "a chat"}
    own = about | {"tool": "Guyub", "rounds": 3, "cpu_s": rounds, "peak_mb": of["peak_mb"]}
    other = about | {"tool": "whatstk", "version": "1.0", "rounds": 3, "peak_mb": 50, "ratio": ratio}
    other["cpu_s"] = dict.fromkeys(("median", "low", "high"), 2.0)
    return {"provenance": {"machine": of["machine"]}, "records": [own, other]}


def test_each_program_works_in_a_process_of_its_own_and_its_ratio_is_to_guyubs(table):
    case = table.Case("a sum", [table.Tool("Guyub", program()), table.Tool("peer", program())])
    own, other = table.records("reading", case)
    assert own["result"] == other["result"] == sum(range(2_000_000))
    assert own["cpu_s"]["low"] > 0
    assert 5 < own["peak_mb"] < 60  # not the memory of this process
    assert other["ratio"]["median"] == pytest.approx(other["cpu_s"]["median"] / own["cpu_s"]["median"], rel=0.01)
    assert "ratio" not in own


def test_of_a_whole_process_all_that_it_takes_counts(table):
    tools = [table.Tool("Guyub", [sys.executable, "-c", "sum(range(3_000_000))"])]
    (row,) = table.records("the study", table.Case("a sum", tools, whole=True))
    assert row["cpu_s"]["low"] > 0.01


def test_a_peer_that_is_not_installed_or_fails_is_listed_with_how_to_install_it_and_stops_nothing(table):
    tools = [
        table.Tool("Guyub", program()),
        table.Tool("no program", ["no-such-program"], "apt-get install it"),
        table.Tool("no package", program(), "npm install it", needs=ROOT / "no-such-place"),
        table.Tool("broken", [sys.executable, "-c", "import no_such_package"], "pip install it"),
        table.Tool("peer", program()),
    ]
    own, *missing, last = table.records("reading", table.Case("a sum", tools))
    assert "cpu_s" in own
    assert "ratio" in last
    assert [row["not_run"] for row in missing[:2]] == ["not installed"] * 2
    assert "no_such_package" in missing[2]["not_run"]
    said = "\n".join(table.shown([own, *missing, last]))
    assert all(f"{how} install it" in said for how in ("apt-get", "npm", "pip"))


def test_without_guyubs_own_run_there_is_no_ratio(table):
    case = table.Case("a sum", [table.Tool("Guyub", ["no-such-program"]), table.Tool("peer", program())])
    own, other = table.records("reading", case)
    assert "not_run" in own
    assert "ratio" not in other


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cpu_s": 1.25}, ["reading, a chat: 1 CPU s became 1.25"]),
        ({"peak_mb": 130}, ["reading, a chat: 100 MB became 130"]),
        ({"cpu_s": 1.15, "peak_mb": 115}, []),
        ({"cpu_s": 0.5}, []),
        ({"cpu_s": 3.0, "peak_mb": 500, "machine": "another, 8 cores"}, ["reading, a chat: 0.5 of whatstk's CPU time"]),
        ({"cpu_s": 1.1, "peak_mb": 500, "machine": "another, 8 cores"}, []),
    ],
)
def test_a_regression_over_a_fifth_is_reported(table, changed, said):
    reported = table.regressions(found(), found(**changed))
    assert len(reported) == len(said)
    assert all(line.startswith(begin) for line, begin in zip(reported, said, strict=True))


def test_work_of_guyub_that_ran_before_and_fails_is_reported_and_a_peers_is_not(table):
    now = found()
    for row in now["records"]:
        for key in ("cpu_s", "ratio"):
            row.pop(key, None)
        row["not_run"] = "InputError"
    assert table.regressions(found(), now) == ["reading, a chat: not run: InputError"]


def test_the_machine_is_described_without_its_name(table):
    assert platform.node() not in table.machine()
    assert re.search(r"\b\d+ cores$", table.machine())


def test_the_committed_results_are_of_groups_that_the_page_shows(table):
    kept = json.loads((ROOT / "docs" / "benchmarks.json").read_text(encoding="utf-8"))
    assert {row["group"] for row in kept["records"]} <= set(table.GROUPS)
    assert all("cpu_s" in row or "not_run" in row for row in kept["records"])
    page = (ROOT / "book" / "speed.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\{speed\} (.+)", page)) == {"answer", *table.GROUPS}
    scripts = [ROOT / "benchmarks" / f"{name}.py" for name in table.GROUPS.values()]
    assert all("\ndef cases(folder: Path) -> Iterator[Case]:" in path.read_text(encoding="utf-8") for path in scripts)


def test_the_page_shows_every_program_and_names_those_that_are_faster(tmp_path):
    (tmp_path / "docs").mkdir()
    results = found()
    results["records"].append({"group": "reading", "work": "a chat", "tool": "sna", "not_run": "not installed"})
    place = tmp_path / "docs" / "benchmarks.json"
    place.write_text(json.dumps(results), encoding="utf-8")
    paths = study.Paths(tmp_path)
    assert benchmark_tables.rows(paths, "reading") == [
        ["a chat", "Guyub", "1", "100", "–"],
        ["a chat", "whatstk 1.0", "2", "50", "2"],
        ["a chat", "sna", "not run (not installed)", "–", "–"],
    ]
    assert benchmark_tables.answer(paths) == "In 1 comparison with other programs, none took less time than Guyub."
    faster = copy.deepcopy(results)
    faster["records"][1]["ratio"]["median"] = 0.5
    place.write_text(json.dumps(faster), encoding="utf-8")
    assert benchmark_tables.answer(paths).endswith("the other took less time in 1: whatstk (reading: a chat).")
    place.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        benchmark_tables.rows(paths, "reading")
