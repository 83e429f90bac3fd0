"""The accuracy of the scrubbing as benchmarks/scrubbing.py measures it, and the committed table that a page shows."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pandas as pd
import pytest
import yaml

from analysis.ingest import accuracy


@pytest.fixture(scope="module")
def benchmark(root) -> ModuleType:
    """benchmarks/scrubbing.py, which is no package."""
    spec = importlib.util.spec_from_file_location("scrubbing", root / "benchmarks" / "scrubbing.py")
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(benchmark) -> pd.DataFrame:
    return benchmark.table()


def test_the_committed_table_is_what_the_rules_give_today(measured):
    pd.testing.assert_frame_equal(accuracy.read(), measured, check_dtype=False)


def test_there_are_several_hundred_labelled_sentences(benchmark):
    assert len(benchmark.sentences(benchmark.ALL)) > 1700


def test_structured_identifiers_are_found_with_a_recall_of_99_in_100(benchmark, measured):
    assert accuracy.grouped(measured, "all").loc["structured", "recall"] >= 0.99
    later = accuracy.with_rates(benchmark.measure([*benchmark.TUNED, *benchmark.LATER])).set_index("class")
    later = later.drop(index=["NAME", "OTHER"])
    assert (later["recall"] >= 0.99).all()
    assert (later["precision"] >= 0.95).all()


def test_names_on_the_roster_are_found_with_a_recall_of_97_in_100(measured):
    names = accuracy.grouped(measured, "all").loc["NAME"]
    assert names["recall"] >= 0.97
    assert names["precision"] >= 0.95


def test_recall_of_names_off_the_roster_is_measured(measured):
    assert 0.8 <= accuracy.grouped(measured, "all").loc["OTHER", "recall"] <= 1


def test_sentences_on_which_nothing_was_fixed_show_no_less_than_when_first_measured(benchmark, measured):
    first = yaml.safe_load((benchmark.FOLDER / "first.yaml").read_text(encoding="utf-8"))
    for row in (row for row in first if row["file"] in benchmark.UNTOUCHED):
        now = accuracy.grouped(benchmark.measure([row["file"]]).assign(measured_on="now"), "now")
        for column, group in benchmark.FIRST.items():
            assert now.loc[group, "found"] >= row[column][0]
            assert now.loc[group, "labelled"] == row[column][1]
    untouched = accuracy.grouped(measured, "untouched").loc["structured"]
    assert untouched["recall"] >= 0.99
    assert untouched["precision"] >= 0.95
    new = accuracy.grouped(measured, "at_first")
    assert new.loc["structured", "labelled"] == sum(row["structured"][1] for row in first)
