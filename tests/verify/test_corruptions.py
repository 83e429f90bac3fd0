"""Corruptions at random, with a fixed seed: every one is found, and no broken file stops a check.

benchmarks/verify.py makes a thousand of each on the study that ships.
"""

import re
from pathlib import Path

import pytest

from analysis.verify.catalogue import catalogue
from analysis.verify.subject import Subject

from . import mutate

PROMISES = Path(__file__).resolve().parents[2] / "docs" / "verify.md"

NUMBER, SEED = 100, 20261128
QUICK = ("raw", "parameters", "lock", "stages", "closed", "notebooks", "ledger", "dossiers", "bindings", "meant",
         "numbers", "reuse", "facts", "calibrated", "seeds", "quotations", "inputs")  # fmt: skip


@pytest.fixture(scope="module")
def whole(ran) -> Subject:
    return Subject(ran)


def missed(cases):
    """Kind and place of each corruption that was not found; of at least two thirds of NUMBER that could be made."""
    made = list(cases)
    assert len(made) > 2 * NUMBER // 3
    return [(case.kind, case.place) for case in made if not case.found]


def test_whatever_is_changed_on_a_page_of_the_site_is_found(whole):
    assert missed(mutate.page_cases(whole, NUMBER, SEED)) == []


def test_whatever_is_changed_in_another_file_of_the_site_is_found(whole):
    assert missed(mutate.asset_cases(whole, NUMBER, SEED)) == []


def test_whatever_number_is_typed_into_prose_is_found():
    assert missed(mutate.prose_cases(NUMBER, SEED)) == []


def test_whatever_value_of_a_metric_is_changed_is_found_on_its_card(whole):
    assert missed(mutate.metric_cases(whole, NUMBER, SEED)) == []


def test_whatever_is_changed_in_a_quotation_is_found(whole):
    assert missed(mutate.quotation_cases(whole, NUMBER, SEED)) == []


def test_whatever_file_is_broken_is_found_and_stops_no_check(ran):
    assert missed(mutate.file_cases(ran, NUMBER, SEED, QUICK)) == []


# What docs/verify.md promises


def rows(heading):
    """The rows of the table below a heading of docs/verify.md, each as its cells."""
    section = PROMISES.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def defined():
    """Names of all tests and alarms."""
    sources = (path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    return {name for source in sources for name in re.findall(r"^def (\w+)\(", source, re.M)}


@pytest.mark.parametrize("heading", ["What it finds", "What needs a second run", "What other commands stop at"])
def test_every_class_that_the_page_promises_to_find_has_a_test(heading):
    promised = rows(heading)
    assert promised
    for row in promised:
        names = re.findall(r"`(\w+)`", row[-1])
        assert names, row[0]
        assert set(names) <= defined(), row[0]


def test_every_check_stands_on_the_page_with_what_it_finds():
    named = {name for row in rows("What it finds") for name in re.split(r", ", row[2])}
    always = {entry.name for entry in catalogue() if not entry.needs}
    assert always - named == set()


def test_every_alarm_stands_on_the_page():
    source = (Path(__file__).parent / "test_verify.py").read_text(encoding="utf-8")
    alarms = set(re.findall(r"^    (\w+): \(", source.split("\nALARMS = {")[1].split("\n}\n")[0], re.M))
    text = PROMISES.read_text(encoding="utf-8")
    assert {name for name in alarms if f"`{name}`" not in text} == set()
