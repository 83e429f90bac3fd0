"""What follows from the probabilities that the step wrote is what it wrote, to the last digit."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from analysis import study
from analysis.coding import step
from analysis.coding.again import again
from analysis.verify.differences import differences
from analysis.verify.recomputed import alike

PARAMS = step.Params(
    confidence=0.95, bootstrap=200, alpha_floor=0.667, folds=5, min_positives=10, gap_minutes=60.0, chat_quotes=True,
    labels=20, seed=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def written(coded_study, tmp_path_factory) -> study.Paths:
    """A study of its own in which the step ran."""
    paths = study.Paths(tmp_path_factory.mktemp("again") / "study")
    shutil.copytree(coded_study.root, paths.root)
    step.write(paths, step.assess(step.read(paths, PARAMS), PARAMS))
    return paths


def unlike(paths: study.Paths, scratch, params: step.Params = PARAMS) -> dict[str, str]:
    """How each file that the step would write now differs from what it wrote."""
    made = study.Paths(paths.root, scratch.resolve())
    step.write(made, again(params, paths))
    files = {p.relative_to(scratch.resolve()).as_posix(): p for p in scratch.resolve().rglob("*") if p.is_file()}
    return {
        name: next(differences(paths.root / name, p)) for name, p in files.items() if not alike(paths.root / name, p)
    }


def test_all_tables_and_metrics_are_computed_again_to_the_last_digit(written, tmp_path):
    assert unlike(written, tmp_path) == {}
    assert (tmp_path / "data/processed/coding/performance.parquet").exists()


@pytest.mark.parametrize(("table", "change", "found"), [
    ("performance", {"recall": 0.99}, "performance"),
    ("prevalence", {"value": 0.5}, "prevalence"),
    ("held_out", {"value": 1}, "held_out"),
    ("coded", {"value": 0}, "coded"),
])  # fmt: skip
def test_a_table_that_does_not_follow_from_the_probabilities_is_found(written, tmp_path, table, change, found):
    place = written.processed("coding") / f"{table}.parquet"
    before = place.read_bytes()
    pd.read_parquet(place).assign(**change).to_parquet(place)
    try:
        assert f"data/processed/coding/{found}.parquet" in unlike(written, tmp_path)
    finally:
        place.write_bytes(before)


def test_where_no_code_is_carried_the_step_itself_gives_what_was_written(written, tmp_path):
    few = replace(PARAMS, min_positives=10_000)
    step.write(written, step.assess(step.read(written, few), few))
    assert unlike(written, tmp_path, few) == {}
    step.write(written, step.assess(step.read(written, PARAMS), PARAMS))
