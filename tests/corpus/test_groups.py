"""What holds over groups: pooled as others pool, with verdicts that can say no."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.corpus.groups import CLAIMS, GroupClaim, described, gini_of_chance, judged, trends
from analysis.corpus.meta import pooled
from analysis.corpus.page import by_size_table, filterable, forest_figure, months_figure, size_figure, verdict_table
from analysis.errors import InputError, Missing
from analysis.sharing.indices import gini, jackknife_errors

# The trials of BCG vaccine (Colditz et al. 1994): cases and others among the vaccinated and among controls
BCG = np.array([
    [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
    [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600],
    [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825],
])  # fmt: skip
LATITUDE = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33])
MONTHS = ["channel", "month", "messages"]
CLAIM = GroupClaim("G", "A claim.", "an effect", "effect", 0.1, ("members", 5))


def log_risk_ratios() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T.astype(float)
    return np.log(a / (a + b) / (c / (c + d))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_the_bcg_trials_are_pooled_as_by_statsmodels():
    """combine_effects of statsmodels 0.15, method_re="iterated", use_t=True."""
    result = pooled(*log_risk_ratios())
    assert result.tau**2 == pytest.approx(0.3180684522, abs=1e-8)
    assert (result.mean, result.low, result.high) == pytest.approx((-0.7149681535, -1.10909838, -0.32083793), abs=1e-7)
    assert (result.share, result.q) == pytest.approx((0.9211734685, 152.2330080824), abs=1e-7)
    assert result.expected_low < result.low < result.high < result.expected_high


def test_a_moderator_takes_up_what_it_explains():
    """The vaccine works better far from the equator (Berkey et al. 1995)."""
    plain, by_latitude = pooled(*log_risk_ratios()), pooled(*log_risk_ratios(), LATITUDE)
    assert by_latitude.slope_high < 0
    assert by_latitude.tau < plain.tau


@pytest.mark.parametrize(("effects", "errors"), [([1, 2], [1, 1]), ([1, 2, 3], [1, 0, 1]), ([1, np.nan, 3], [1, 1, 1])])
def test_too_few_groups_and_errors_of_0_are_refused(effects, errors):
    with pytest.raises(InputError):
        pooled(effects, errors)


@pytest.mark.parametrize(
    ("mean", "spread", "verdict"),
    [(0.3, 0.05, "supported"), (0.0, 0.05, "contradicted"), (0.05, 0.5, "undecided"), (-0.3, 0.05, "contradicted")],
)
def test_a_verdict_says_yes_no_or_neither(mean, spread, verdict):
    effect = mean + spread * np.linspace(-1, 1, 9)
    groups = pd.DataFrame({"members": range(10, 19), "effect": effect, "effect_se": 0.02})
    assert judged(groups, CLAIM).verdict == verdict
    below = GroupClaim("G", "A claim.", "an effect", "effect", -0.1, ("members", 5))
    assert judged(groups.assign(effect=-effect), below).verdict == verdict


def test_groups_too_few_give_no_verdict():
    groups = pd.DataFrame({"members": [4, 4, 9, 9], "effect": 0.5, "effect_se": 0.1})
    result = judged(groups, CLAIM)
    assert result.verdict == "not assessable"
    assert isinstance(result.pooled, Missing)


def test_chance_alone_gives_the_gini_of_poisson_counts():
    """Of those who wrote: a member without a message is not there."""
    for rate in (0.3, 1.0, 4.0, 60.0):
        counts = np.random.default_rng(0).poisson(rate, 200_000)
        wrote = counts[counts > 0]
        assert gini_of_chance(pd.Series([wrote.mean()]))[0] == pytest.approx(gini(wrote), abs=0.004)
    assert gini_of_chance(pd.Series([1.0]))[0] == pytest.approx(0, abs=1e-3)


def test_equally_talkative_groups_are_not_called_equal_beyond_chance():
    rng, rows = np.random.default_rng(2), []
    for place in range(60):
        counts = rng.poisson(1.0, 60)
        wrote = counts[counts > 0].astype(float)
        rows.append((f"c{place}", wrote.size, int(wrote.sum()), gini(wrote), float(jackknife_errors(wrote[None])[0])))
    groups = pd.DataFrame(rows, columns=["channel", "members", "messages", "gini", "gini_se"])
    groups = groups.assign(reciprocity=0.5, reciprocity_se=0.1, dyads=9)
    months = pd.DataFrame([(f"c{i}", k, 10) for i in range(60) for k in range(6)], columns=MONTHS)
    found = judged(described(groups, months), CLAIMS[0]).pooled
    assert found.low < 0.02
    assert abs(found.mean) < 0.03


def test_groups_in_which_nothing_is_returned_count():
    """Twenty of one-way answers, whose own error is 0, and six of mutual ones."""
    returned = np.array([-0.5] * 20 + [0.42] * 6)
    error = np.array([0.0] * 20 + [0.06] * 6)
    groups = pd.DataFrame({"returned": returned, "returned_se": error, "dyads": 8, "members": range(10, 36)})
    verdict = judged(groups, CLAIMS[1])
    assert verdict.pooled.groups == 26
    assert verdict.pooled.mean < 0
    assert verdict.verdict == "contradicted"
    alone = judged(groups[groups["returned_se"] == 0], CLAIMS[1])
    assert alone.verdict == "not assessable"


@pytest.mark.parametrize("day", [2, 15, 29])
def test_a_month_that_the_export_cuts_off_is_no_silence(day):
    rng, rows = np.random.default_rng(day), []
    for place in range(80):
        length = int(rng.integers(7, 12))
        share = np.array([rng.random(), *np.ones(length - 2), day / 30])
        rows += [(f"c{place}", k, n) for k, n in enumerate(rng.poisson(40 * share)) if n]
    found = trends(pd.DataFrame(rows, columns=MONTHS))
    assert abs(found["trend"].mean()) < 3 * found["trend"].std() / np.sqrt(len(found))


def test_a_group_that_halves_has_the_logarithm_of_one_half():
    months = pd.DataFrame({"channel": "c", "month": range(8), "messages": [1, 40, 44, 36, 20, 22, 18, 1], "members": 3})
    trend = trends(months).iloc[0]
    assert trend["trend"] == pytest.approx(np.log(0.5))
    assert trend["trend_se"] == pytest.approx(np.sqrt(1 / 120 + 1 / 60))  # less spread than chance counts as chance
    uneven = trends(months.assign(messages=[5, 90, 10, 20, 40, 10, 10, 5])).iloc[0]
    assert uneven["trend_se"] > 2 * trend["trend_se"]
    assert trends(months.head(5)).empty


def test_groups_that_are_all_too_short_for_a_trend_have_none():
    groups = pd.DataFrame({
        "channel": ["c0", "c1"], "members": 9, "messages": 90, "gini": 0.5, "gini_se": 0.1, "reciprocity": 0.5,
        "reciprocity_se": 0.1, "dyads": 9, "months": 2,
    })  # fmt: skip
    months = pd.DataFrame({"channel": ["c0", "c0", "c1"], "month": [3, 4, 3], "messages": [40, 50, 90]})
    shown = described(groups, months)
    assert shown["channel"].tolist() == ["c0", "c1"]
    assert shown[["trend", "trend_se"]].isna().all(axis=None)
    assert judged(shown, CLAIMS[2]).verdict == "not assessable"


def test_groups_that_are_all_of_one_size_are_drawn_without_a_correlation():
    groups = pd.DataFrame({"members": [3, 3, 3], "gini": [0.1, 0.2, 0.3], "gini_se": 0.05})
    assert size_figure(groups).drawing.axes[0].get_title(loc="left") == "Inequality by size"


def test_the_page_shows_every_group_with_its_error_and_hides_the_small():
    rng, n = np.random.default_rng(1), 20
    groups = pd.DataFrame({
        "channel": [f"c{i:02d}" for i in range(n)], "members": [2, *range(10, 29)], "months": 8,
        "messages": rng.integers(100, 900, n), "gini": rng.uniform(0.3, 0.8, n), "gini_se": 0.05,
        "top3_share": 0.4, "dyads": 30,
        "reciprocity": rng.uniform(0.2, 0.4, n), "reciprocity_se": 0.03,
    })  # fmt: skip
    months = pd.DataFrame([(c, m, rng.poisson(50), 5) for c in groups["channel"] for m in range(8)],
                          columns=["channel", "month", "messages", "members"])  # fmt: skip
    whole = described(groups, months)
    verdicts = [judged(whole, claim) for claim in CLAIMS]
    assert [verdict.verdict for verdict in verdicts] == ["supported", "contradicted", "contradicted"]
    assert verdict_table(verdicts)["groups"].tolist() == [19, 20, 20]
    assert list(by_size_table(verdicts)["claim"]) == ["G1", "G2", "G3"]
    page = filterable(whole).data
    assert page.count("<tr") == 1 + 19
    assert "c00" not in page
    for figure in (size_figure(whole), forest_figure(whole, verdicts[0]), months_figure(whole, months)):
        assert figure.alt


def test_a_month_in_which_nobody_wrote_is_drawn_as_nothing_written():
    groups = pd.DataFrame({"channel": ["c00"], "members": [12], "messages": [70]})
    months = pd.DataFrame({"channel": ["c00", "c00"], "month": [3, 6], "messages": [40, 30], "members": [4, 5]})
    (line,) = months_figure(groups, months).drawing.axes[0].lines
    assert line.get_ydata().tolist() == [40, 0, 0, 30]
