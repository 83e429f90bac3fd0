"""What follows from the step's tables alone is what the step wrote, to the last digit."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import study
from analysis.claims import rule
from analysis.robustness import step
from analysis.robustness.again import again
from analysis.robustness.choices import own, read_choices
from analysis.robustness.finished import ClaimResult
from analysis.robustness.leave_one_out import LEFT_OUT
from analysis.robustness.universes import TESTED, Main, Multiverse, explained, joint_tests, judged, summarise
from analysis.verify.recomputed import alike

rng = np.random.default_rng(1)


def numbers_of(claim: dict) -> dict:
    """Numbers of a claim that hardly differ from universe to universe, with more digits than metrics keep."""
    value = 0.2 + 1e-4 * rng.normal()
    interval = {"low": value - 0.05123456789, "high": value + 0.05123456789}
    return {"status": "ok", "value": value, **interval, "p": rng.uniform(0.01, 0.3), "n": claim["minimum"]}


@pytest.fixture
def written(root, tmp_path) -> tuple[step.Params, study.Paths]:
    """The tables and metrics of a step that computed the claims of such numbers, and those of the steps before."""
    paths = study.Paths(tmp_path)
    shutil.copy(root / "claims.yaml", tmp_path)
    given = study.load_params(study.Paths(root))["robustness"]
    choices = {name: given["choices"][name] for name in ("codes", "period", "activity", "index")}
    params = step.Params(**{**given, "choices": choices, "excluded": [], "shortcuts": {}, "universes": 20})
    declared = [claim for claim in rule.load_claims(tmp_path / "claims.yaml") if claim["id"] in TESTED]
    main = Main(declared, {claim["id"]: numbers_of(claim) for claim in declared}, params.alpha)
    for name in ("partnership", "sharing"):
        study.write_metrics(paths, name, {"status": "ok", **main.numbers})

    used = read_choices(choices, step.CHOICES, TESTED)
    multiverse = Multiverse.of(used, [], params.universes, params.together, seed=params.seed)
    results = {
        (claim["id"], own(universe, claim["id"], used)): ClaimResult(numbers_of(claim), rng.normal(size=1), null)
        for claim in declared
        for universe, null in ((each, rng.normal(size=(1, 9))) for each in multiverse.universes)
    }
    rows = judged(multiverse, results, main)
    joint = joint_tests(rows, multiverse, results, alpha=params.alpha)
    summaries = summarise(rows, multiverse, explained(rows, multiverse), joint)
    left_out, seeds, flips = (pd.DataFrame(columns=names) for names in (LEFT_OUT, step.SEEDS, step.FLIPS))
    step.write(paths, step.Results(multiverse, rows, rows[:0], summaries, joint, left_out, seeds, flips))
    return params, paths


def test_universes_and_metrics_are_computed_again_to_the_last_digit(written, tmp_path):
    params, paths = written
    rows, metrics = again(params, paths)
    table = pd.read_parquet(paths.processed("robustness") / "universes.parquet")
    pd.testing.assert_frame_equal(rows, table, rtol=0, atol=5e-10)
    other = study.Paths(tmp_path, tmp_path / "again")
    study.write_metrics(other, "robustness", metrics)
    assert other.results.metrics("robustness").read_text() == paths.metrics("robustness").read_text()


def test_what_a_choice_explains_is_found_when_it_was_moved_by_little(written, tmp_path):
    params, paths = written
    other = study.Paths(tmp_path, tmp_path / "again")
    study.write_metrics(other, "robustness", again(params, paths)[1])
    metrics = study.read_metrics(paths, "robustness")
    for moved, same in ((1e-6, True), (1e-5, False)):
        metrics["claims"]["C3"]["explained"]["all"] += moved
        study.write_metrics(paths, "robustness", metrics)
        assert alike(paths.metrics("robustness"), other.results.metrics("robustness")) == same


def test_the_main_analysis_is_that_of_the_metrics_where_the_table_has_another(written):
    params, paths = written
    place = paths.processed("robustness") / "universes.parquet"
    table = pd.read_parquet(place)
    moved = table.assign(value=table["value"] + 1e-5)
    moved.to_parquet(place)
    main = table["universe"] == 0
    assert (moved["value"] - again(params, paths)[0]["value"])[main].gt(9e-6).all()


def test_universes_of_another_seed_are_said_to_be_missing_from_the_table(written):
    params, paths = written
    rows, _ = again(replace(params, seed=params.seed + 1), paths)
    missing = rows["reason"] == "the table has no such universe"
    assert missing.any()
    assert rows.loc[missing, "verdict"].eq("not assessable").all()
    assert rows.loc[~missing, "value"].notna().all()
