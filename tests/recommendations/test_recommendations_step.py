"""The step recommendations: a what-if on what there is, and a reason where there is nothing to spread."""

import numpy as np
import pandas as pd
import pytest

from analysis import study
from analysis.errors import Missing
from analysis.recommendations import page, step

PARAMS = step.Params(pass_on=0.3, regular=1.0, steps=4, draws=50, seed=1)


def data(shares=(9, 1, 0), replies=2):
    members = ["MAAAA", "MBBBB", "MCCCC"]
    ties = pd.DataFrame({"source": members[1:], "target": members[:2], "layer": "reply", "weight": 6.0})
    times = pd.Series(pd.to_datetime(["2024-01-01", "2024-03-01"], utc=True))
    return step.Data(pd.DataFrame({"member": members, "messages": 20, "shares": shares}), ties.iloc[:replies], times)


def written(tmp_path, given):
    results = step.assess(given, PARAMS)
    return results, step.write(study.Paths(tmp_path), **results, regular=PARAMS.regular)


def test_the_gain_is_the_difference_of_the_two_reaches(tmp_path):
    results, metrics = written(tmp_path, data())
    reach = {name: scenario["reach"] for name, scenario in metrics["scenarios"].items()}
    assert metrics["R1"]["value"] == pytest.approx(reach["flexible"] - reach["as now"])
    assert metrics["R1"]["low"] <= metrics["R1"]["value"] <= metrics["R1"]["high"]
    every = pd.read_parquet(tmp_path / "data/processed/recommendations/cascades.parquet")
    last = every[every["step"] == PARAMS.steps].groupby("scenario")["reached"].mean()
    assert last.to_dict() == pytest.approx(reach)
    assert np.array_equal(results["passes_on"]["as now"], [True, False, False])
    curves = step.curves(results["reached"])
    assert all(passed for *_, passed in page.page_checks(curves))
    assert "more of every 100" in page.reach_figure(curves, results["gain"]).alt
    assert "1 of 3 members share" in page.say_reach(results["passes_on"], results["gain"], PARAMS.regular)


@pytest.mark.parametrize(
    ("given", "reason"), [(data(shares=(0, 0, 0)), "no member shares"), (data(replies=0), "no ties")]
)
def test_without_news_or_ties_the_reason_travels_to_the_metrics_and_the_page(tmp_path, given, reason):
    results, metrics = written(tmp_path, given)
    assert metrics["status"] == "missing"
    assert reason in metrics["reason"]
    assert pd.read_parquet(tmp_path / "data/processed/recommendations/curves.parquet").empty
    curves = step.curves(results["reached"])
    for shown in (page.answer(results["reached"]), page.reach_figure(curves, results["gain"])):
        assert isinstance(shown, Missing)
        assert reason in shown.reason
    assert page.page_checks(curves) == []
