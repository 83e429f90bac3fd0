"""An interval says how often it held the truth, and is not shown where that was too seldom."""

import pandas as pd

from analysis import coverage
from analysis.coverage import Coverage

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
