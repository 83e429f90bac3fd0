"""The accuracy of the scrubbing as benchmarks/scrubbing.py measures it, and the committed record that a page shows."""

from __future__ import annotations

import importlib.util
import re
import sys
from types import ModuleType

import pandas as pd
import pytest
import yaml

from analysis.errors import InputError
from analysis.ingest import accuracy, page


@pytest.fixture(scope="module")
def benchmark(root) -> ModuleType:
    """benchmarks/scrubbing.py, which is no package."""
    spec = importlib.util.spec_from_file_location("scrubbing", root / "benchmarks" / "scrubbing.py")
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(benchmark) -> pd.DataFrame:
    """On all messages, which have served to make the rules."""
    return benchmark.measure((*benchmark.FIRST, *benchmark.ROUNDS))


def test_the_page_shows_the_record_of_the_last_round(benchmark):
    pd.testing.assert_frame_equal(accuracy.read(), benchmark.last())
    sentence = page.say_accuracy(accuracy.read())
    assert re.search("not a second person|no person but", sentence)
    assert f"{benchmark.last()['messages'].iloc[0]:,} messages" in sentence


def test_every_round_has_at_least_200_messages_an_author_and_a_record(benchmark):
    kept = pd.read_csv(benchmark.RECORD).groupby("round")
    assert list(kept.groups) == list(benchmark.ROUNDS)
    for name in benchmark.ROUNDS:
        own, row = benchmark.read(name), kept.get_group(name).iloc[0]
        assert len(own["messages"]) >= (199 if name == "round11" else 200)  # one short, and seen when it was scored
        assert (row["messages"], row["author"], row["date"]) == (len(own["messages"]), own["author"], str(own["date"]))


def test_a_round_is_scored_once(benchmark):
    with pytest.raises(InputError, match="was scored before"):
        benchmark.record(benchmark.ROUNDS[-1])


def test_a_round_once_seen_is_fixed_nearly_all(measured):
    groups = accuracy.grouped(measured)
    assert groups.loc["structured", "recall"] >= 0.99
    assert groups.loc["NAME", "recall"] >= 0.97
    assert groups.loc["OTHER", "recall"] >= 0.92
    assert accuracy.overall(measured)["precision"] >= 0.97


def test_sentences_on_which_nothing_was_fixed_show_no_less_than_when_first_measured(benchmark):
    first = yaml.safe_load((benchmark.FOLDER / "first.yaml").read_text(encoding="utf-8"))
    columns = {"structured": "structured", "roster": "NAME", "others": "OTHER"}
    for row in (row for row in first if row["file"] in benchmark.UNTOUCHED):
        now = accuracy.grouped(benchmark.measure([row["file"]]))
        for column, group in columns.items():
            assert now.loc[group, "found"] >= row[column][0]
            assert now.loc[group, "labelled"] == row[column][1]


def test_a_stranger_under_a_members_pseudonym_counts_as_missed(benchmark):
    sentence = benchmark.Sentence("Sri Aminah", (("OTHER", 0, 10),))
    under = [(0, 10, "NAME", "MABCD")]
    assert not benchmark._is_found(sentence.text, "OTHER", 0, 10, under)
    assert not benchmark._is_right(under[0], sentence)
    assert benchmark._is_found(sentence.text, "OTHER", 0, 10, [(0, 10, "NAME", "[NAME]")])
