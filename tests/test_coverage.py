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
    assert math.isnan(coverage.too_low(tmp_path, "sharers (true codes)"))


def test_a_number_is_too_low_by_as_much_as_in_the_kind_where_it_falls_shortest(tmp_path):
    means = {"null": (33.0, 32.0, 48), "hubs": (19.5, 23.0, 48), "rare": (5.0, 15.0, 24)}
    rows = [(kind, "sharers", name, of, mean) for kind, (seen, true, of) in means.items()
            for name, mean in ((coverage.STUDIED, seen), ("true codes", true))]  # fmt: skip
    (tmp_path / "calibration").mkdir()
    table = pd.DataFrame(rows, columns=["scenario", "quantity", "measured", "communities", "mean"])
    table.to_csv(tmp_path / "calibration" / "bias.csv", index=False)
    assert coverage.too_low(tmp_path, "sharers (true codes)") == pytest.approx(3.5)
    assert math.isnan(coverage.too_low(tmp_path, "trend (true codes)"))


def test_what_a_step_calls_the_members_who_ever_share_is_in_the_tables_of_calibration(root):
    assert parts.EVER in coverage.read(root)
    assert coverage.too_low(root, parts.EVER) > 0
