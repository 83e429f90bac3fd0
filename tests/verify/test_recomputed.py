"""Tests of analysis.verify.recomputed: when two files are the same; what is found is in tests/verify/test_verify.py."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.verify.recomputed import alike

TABLE = {"member": ["MAAAA", "MBBBB", None], "value": [0.25, np.nan, 3.0], "n": [1, 2, 3]}


@pytest.fixture
def files(tmp_path):
    """Writes two tables and returns their paths."""

    def write(one: dict, other: dict) -> tuple:
        paths = tmp_path / "one.parquet", tmp_path / "other.parquet"
        for path, table in zip(paths, (one, other), strict=True):
            pd.DataFrame(table).to_parquet(path)
        return paths

    return write


def test_a_table_is_the_same_when_another_processor_rounded_it(files):
    assert alike(*files(TABLE, TABLE | {"value": [0.25 + 1e-9, np.nan, 3.0]}))


@pytest.mark.parametrize(
    "change",
    [
        {"value": [0.251, np.nan, 3.0]},
        {"value": [0.25, 0.0, 3.0]},
        {"member": ["MAAAA", "MBBBB", "MCCCC"]},
        {"n": [1, 2, 4]},
        {"further": [1, 2, 3]},
    ],
)
def test_a_table_is_another_when_a_value_or_a_column_is(files, change):
    assert not alike(*files(TABLE, TABLE | change))


def test_rows_in_another_order_are_another_table_unless_they_are_sorted_first(files):
    other = {name: column[::-1] for name, column in TABLE.items()}
    assert not alike(*files(TABLE, other))
    assert alike(*files(TABLE, other), by=["n"])


def test_lists_in_a_table_are_compared_item_by_item(files):
    lists = {"hours": [[0.5, 1.0], [2.0]]}
    assert alike(*files(lists, {"hours": [[0.5, 1.0 + 1e-9], [2.0]]}))
    assert not alike(*files(lists, {"hours": [[0.5, 1.5], [2.0]]}))


def test_metrics_are_compared_key_by_key(tmp_path):
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(json.dumps({"C1": {"value": 0.4, "p": None}}), encoding="utf-8")
    for changed, same in (
        ({"value": 0.4 + 1e-9, "p": None}, True),
        ({"value": 0.4}, False),
        ({"value": 0.5, "p": None}, False),
    ):
        other.write_text(json.dumps({"C1": changed}), encoding="utf-8")
        assert alike(one, other) == same


@pytest.mark.parametrize(("one", "other", "same"), [
    (0.66445, 0.664451, True), (0.050195, 0.050196, True), (0.579304, 0.579303, True), (-0.000001, 0.0, True),
    (0.66445, 0.664452, False), (0.050195, 0.050197, False), (0.050195, 0.050205, False), (-0.000001, 0.000001, False),
])  # fmt: skip
def test_metrics_may_differ_by_one_unit_of_their_last_digit_and_not_by_two(tmp_path, one, other, same):
    files = tmp_path / "one.json", tmp_path / "other.json"
    for file, value in zip(files, (one, other), strict=True):
        file.write_text(json.dumps({"explained": value}), encoding="utf-8")
    assert alike(*files) == same


def test_a_file_that_is_not_there_is_another(tmp_path):
    (tmp_path / "made.json").write_text("{}", encoding="utf-8")
    assert not alike(tmp_path / "none.json", tmp_path / "made.json")
