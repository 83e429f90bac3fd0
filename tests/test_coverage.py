"""An interval says how often it held the truth, and is not shown where that was too seldom."""

import math

import pandas as pd
import pytest

from analysis import coverage
from analysis.coverage import Coverage
from analysis.sharing import parts

TABLE = pd.DataFrame(
    [("null", "C2", 400, 0.97), ("published", "C2", 60, 0.53), ("open", "C2", 24, 0.2), ("null", "C1", 20, 0.5)],
    columns=["scenario", "quantity", "communities", "coverage"],
)


def test_the_lowest_coverage_counts_where_enough_communities_were_tried():
    assert coverage.lowest(TABLE) == {"C2": Coverage(0.53, 60, "published")}


def test_an_interval_carries_its_coverage_and_is_left_out_where_that_is_too_low():
    assert coverage.interval(0.1, 0.2, None) == "interval 0.10 to 0.20"
    assert coverage.interval(0.1, 0.2, Coverage(0.93, 60, "")) == "interval 0.10 to 0.20"
    good, poor = (coverage.interval(0.1, 0.2, Coverage(share, 60, "")) for share in (0.85, 0.79))
    assert good == "interval 0.10 to 0.20 (held the truth in 85 % of 60 simulated communities)"
    assert poor == "no interval, as the one computed held the truth in 79 % of 60 simulated communities"


def test_intervals_that_held_the_truth_too_seldom_are_hidden_by_name():
    quantities = {"a": "C2", "b": "C1"}
    assert coverage.hidden(coverage.lowest(TABLE), quantities) == {"a"}


def test_a_study_without_calibration_knows_no_coverage(tmp_path):
    assert coverage.read(tmp_path) == {}
    assert math.isnan(coverage.too_low(tmp_path, "sharers (true codes)").mean)
    assert coverage.without_effect(tmp_path, "C2") is None


def write(root, **tables):
    """Tables of calibration, as lists of rows below their columns."""
    (root / "calibration").mkdir(exist_ok=True)
    for name, (columns, *rows) in tables.items():
        pd.DataFrame(rows, columns=columns).to_csv(root / "calibration" / f"{name}.csv", index=False)


MISSES = ["scenario", "quantity", "communities", "mean", "low", "high", "above", "below"]
BIAS = ["scenario", "quantity", "measured", "communities", "mean", "low", "high"]


def test_a_number_is_too_low_by_as_much_as_in_the_kind_where_it_falls_shortest(tmp_path):
    far = {"null": (1.0, -1.0, 2.0, 48), "hubs": (-3.5, -9.0, 0.5, 48), "rare": (-10.0, -12.0, -8.0, 24)}
    rows = [(kind, "sharers (true codes)", of, *ends, 0, 0) for kind, (*ends, of) in far.items()]
    write(tmp_path, misses=[MISSES, *rows])
    assert coverage.too_low(tmp_path, "sharers (true codes)") == coverage.Miss(3.5, 9.0)
    assert math.isnan(coverage.too_low(tmp_path, "trend (true codes)").mean)
    write(tmp_path, misses=[MISSES, *rows[:1]])
    assert coverage.too_low(tmp_path, "sharers (true codes)") == coverage.Miss(0.0, 0.0)


def test_a_claims_number_is_too_large_by_a_share_of_the_truth_where_there_is_an_effect(tmp_path):
    known = coverage.TRUTH["C2"]
    rows = [("published", "C2", known, 60, 0.1, 0.09, 0.11), ("null", "C2", known, 60, 0.001, -0.01, 0.01)]
    off = [
        ("published", f"C2 ({known})", 60, 0.05, 0.02, 0.08, 0, 0),
        ("null", f"C2 ({known})", 60, 0.01, 0.0, 0.02, 0, 0),
    ]
    write(tmp_path, bias=[BIAS, *rows], misses=[MISSES, *off])
    too_large = coverage.too_large(tmp_path, "C2")
    assert (too_large.mean, too_large.tenth) == (pytest.approx(0.5), pytest.approx(0.8))


def test_a_claims_interval_misses_above_if_it_hardly_ever_lies_below_where_it_misses_most(tmp_path):
    one_side, both = (("published", "C3 (true codes)", 60, 0.01, -0.01, 0.03, 0.2, below) for below in (0.0, 0.1))
    write(tmp_path, misses=[MISSES, one_side])
    assert coverage.missed_above(tmp_path, "C3")
    assert not coverage.missed_above(tmp_path, "C2")
    write(tmp_path, misses=[MISSES, both])
    assert not coverage.missed_above(tmp_path, "C3")
    said = coverage.remark(Coverage(0.82, 60, ""), above=True)
    assert said.endswith(
        "held the truth in 82 % of 60 simulated communities; where it missed, the number was too large."
    )


def test_a_number_without_an_effect_is_that_of_the_kind_where_it_is_highest_and_the_claim_false(tmp_path):
    means = {"null": (60, 0.01), "affinity": (60, 0.1), "rare": (9, 0.3), "published": (60, 0.2)}
    seen = [(kind, "C2", coverage.STUDIED, of, mean, 0.0, 0.2) for kind, (of, mean) in means.items()]
    true = [(kind, "C2", kind == "published") for kind, *_ in seen]
    write(tmp_path, bias=[BIAS, *seen], verdicts=[["scenario", "claim", "true"], *true])
    assert coverage.without_effect(tmp_path, "C2") == (0.1, "affinity")


def test_what_a_step_calls_the_members_who_ever_share_is_in_the_tables_of_calibration(root):
    assert parts.EVER in coverage.read(root)
    assert 0 < coverage.too_low(root, parts.EVER).mean < coverage.too_low(root, parts.EVER).tenth
