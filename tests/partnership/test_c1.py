"""C1: growth within pairs that follows informal exchange, and what must not count as such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import PoissonRegressor

from analysis.errors import InputError, Missing
from analysis.partnership import c1, c1_alternatives, design, page, step
from analysis.partnership.c1 import Form, PairWindows
from analysis.partnership.talk import INFORMAL, OTHER
from analysis.partnership.waves import NEVER, Waves

from .community import talk_of

SIZES = {"permutations": 199, "seed": 1}


def drawn(seed, *, liking_business=0.0, effect=0.0, warming=0.0, people=22, windows=10):
    """A panel without messages. A hidden liking of each pair drives its informal exchange; business answers follow it
    at a steady rate (liking_business), more and more (warming), or grow with informal exchange (effect)."""
    rng = np.random.default_rng(seed)

    def symmetric(stack):
        upper = np.triu(stack, 1)
        return upper + np.swapaxes(upper, -1, -2)

    liking = symmetric(rng.normal(size=(people, people)))
    active = rng.gamma(2, 1, size=people)
    chance = symmetric(np.broadcast_to(np.outer(active, active) / 4, (windows, people, people)))
    informal = symmetric(rng.poisson(chance * np.exp(liking - 0.5))).astype(float).cumsum(axis=0)
    time = np.linspace(0, 1, windows)[:, None, None]
    beyond = np.log((informal[-1] + 1) / (chance.sum(axis=0) + 1))
    rate = chance * np.exp(liking_business * liking + time * (warming * liking + effect * beyond))
    answers = symmetric(rng.poisson(rate)).astype(float)
    names = pd.Index([f"M{number:02d}" for number in range(people)])
    edges = np.arange(windows + 1) * 30 * 86_400
    return PairWindows(names, edges, answers, chance, informal, chance.cumsum(axis=0), np.zeros_like(answers))


def test_other_ties_that_grow_with_informal_talk_are_found(assessed):
    numbers = step.metrics_of(assessed)["C1"]
    assert numbers["p"] <= 0.05
    assert 0 < numbers["low"] < numbers["value"] < numbers["high"]
    assert numbers["value"] > 0.1
    assert numbers["value"] == pytest.approx(2 ** numbers["elasticity"] - 1)
    assert numbers["difference"]["p"] <= 0.05  # the former test agrees


def test_the_curves_rise_where_pairs_talk_informally(assessed):
    change = page.changes(assessed.frames["curves"])
    grown = change["last"] / change["first"]
    assert grown["upper third"] > 1.3 > grown["lower third"]


def test_the_planted_growth_is_found_and_its_interval_holds_it():
    fits = [c1.relabel_members(drawn(seed, effect=0.5), **SIZES) for seed in range(12)]
    values = np.array([fit.tested["coefficient"] for fit in fits])
    held = [fit.interval(0.95)["low"] <= 0.5 <= fit.interval(0.95)["high"] for fit in fits]
    assert abs(values.mean() - 0.5) <= 3 * values.std(ddof=1) / np.sqrt(12)
    assert np.sum(held) >= 9
    assert all(fit.tested["p_greater"] <= 0.05 for fit in fits)


@pytest.mark.parametrize("liking", [0.0, 0.6, 1.2])
def test_a_steady_liking_of_any_strength_is_no_growth(liking):
    p = [c1.relabel_members(drawn(s, liking_business=liking), **SIZES).tested["p_greater"] for s in range(20)]
    assert np.mean(np.array(p) <= 0.05) <= 0.15


def test_a_liking_that_business_follows_more_and_more_is_taken_for_growth():
    """The known limit: from such data nobody can tell it from an effect of informal talk."""
    p = [c1.relabel_members(drawn(seed, warming=0.6), **SIZES).tested["p_greater"] for seed in range(6)]
    assert max(p) <= 0.05


def test_twice_the_informal_exchange_multiplies_growth_by_two_to_the_power_of_the_coefficient():
    fit = c1.relabel_members(drawn(0, effect=0.5), **SIZES)
    numbers, ends = c1.interval(fit, 0.95), fit.interval(0.95)
    assert numbers["value"] == pytest.approx(2 ** fit.tested["coefficient"] - 1)
    assert (numbers["low"], numbers["high"]) == pytest.approx((2 ** ends["low"] - 1, 2 ** ends["high"] - 1))


def test_the_curves_of_the_thirds_are_their_answers_over_the_expected_ones():
    panel = drawn(3, effect=0.8)
    curves = c1.curves(panel, confidence=0.95)
    cases = c1.Cases.of(panel)
    assert curves.groupby("start")[["observed", "expected"]].sum().to_numpy() == pytest.approx(
        np.column_stack([cases.counts.sum(axis=1), cases.expected.sum(axis=1)])
    )
    last = curves[curves["start"] == curves["start"].max()].set_index("group")["ratio"]
    assert last["lower third"] < last["middle third"] < last["upper third"]
    assert (curves["low"] <= curves["ratio"]).all()
    assert (curves["ratio"] <= curves["high"]).all()
    assert curves.groupby("group")["pairs"].first().sum() == cases.first.size


def test_members_who_are_left_out_are_in_no_pair():
    panel, kept = drawn(1), np.arange(9)
    fit = c1.relabel_members(panel, **SIZES, form=Form(kept=kept))
    assert fit.n["members"] == 9
    assert fit.n["pairs"] <= 36
    some = replace(panel, **{name: getattr(panel, name)[:, :9, :9] for name in
                             ("answers", "expected", "exchange", "expected_exchange", "partners")})  # fmt: skip
    assert c1.relabel_members(some, **SIZES).coefficients.equals(fit.coefficients)


def test_members_are_those_with_a_pair_that_the_regression_learns_from():
    panel = drawn(1)
    silent = panel.answers.copy()
    silent[:, 3] = silent[:, :, 3] = 0
    assert c1.relabel_members(panel, **SIZES).n["members"] == 22
    assert c1.relabel_members(replace(panel, answers=silent), **SIZES).n["members"] == 21


def test_the_tested_term_has_the_same_numbers_whether_or_not_every_term_is_tested():
    every, alone = (c1.relabel_members(drawn(2), **SIZES, every_term=each) for each in (True, False))
    assert alone.tested.equals(every.tested)
    assert alone.null_t == pytest.approx(every.null_t)
    assert every.coefficients.notna().all(axis=None)


@pytest.mark.parametrize("form", [Form(root=True), Form(until=0.5), Form(own_trend=True), Form(partners=False)])
def test_other_forms_find_the_planted_growth_too(form):
    fit = c1.relabel_members(drawn(5, effect=0.9), **SIZES, form=form)
    assert fit.tested["p_greater"] <= 0.05


def waves_of(talk, **since):
    waves = np.full((talk.turns.n, talk.turns.n), NEVER)
    for pair, when in since.items():
        a, b = map(int, pair.removeprefix("pair_").split("_"))
        waves[a, b] = waves[b, a] = when
    return Waves(np.array([0]), 1, waves, np.zeros((1, *waves.shape)), np.zeros(waves.shape))


def test_the_panel_counts_the_answers_of_each_window_both_ways(friendly):
    messages, members, _, coded, replies = friendly
    talk = talk_of(messages, coded, replies, members)
    first = int(talk.turns.seconds.min())
    panel = c1.pair_windows(talk, waves_of(talk, pair_0_1=first + 100 * 86_400), days=30, hours=3)
    assert panel.answers.shape == (8, 18, 18)  # 240 days
    assert panel.answers == pytest.approx(np.swapaxes(panel.answers, 1, 2))
    linked = talk.linked[OTHER]
    member = talk.turns.turns["member"].to_numpy()
    cross = member[linked["later"]] != member[linked["earlier"]]
    assert panel.answers.sum() == pytest.approx(2 * linked["probability"][cross].sum())  # certain codes
    assert panel.expected.sum() == pytest.approx(panel.answers.sum(), rel=0.25)
    assert (np.diff(panel.exchange, axis=0) >= 0).all()
    begun = panel.edges[:-1] > first + 100 * 86_400
    assert panel.partners[:, 0, 1].tolist() == begun.astype(float).tolist()
    assert panel.partners.sum() == 2 * begun.sum()


def test_the_placebo_swaps_the_roles(friendly):
    messages, members, _, coded, replies = friendly
    talk = talk_of(messages, coded, replies, members)
    own = {"days": 30, "hours": 3}
    usual = c1.pair_windows(talk, waves_of(talk), **own)
    swapped = c1.pair_windows(talk, waves_of(talk), **own, roles=c1_alternatives.SWAPPED)
    assert swapped.answers.cumsum(axis=0) == pytest.approx(usual.exchange)  # certain codes: nothing to correct
    assert swapped.exchange == pytest.approx(usual.answers.cumsum(axis=0))


def test_answers_of_either_kind_are_right_on_average_under_misclassification(friendly):
    """Codes that err at a known rate: the corrected counts come back to the true ones in sum."""
    messages, members, _, coded, replies = friendly
    talk = talk_of(messages, coded, replies, members)
    rng = np.random.default_rng(3)
    score = np.where(coded["probability"] > 0.5, 1.15, -1.15) + rng.normal(size=len(coded))
    blurred = talk_of(messages, coded.assign(probability=1 / (1 + np.exp(-2.3 * score))), replies, members)
    cuts = np.array([0, int(talk.turns.seconds.max()) + 1])
    for kind in (OTHER, INFORMAL):
        true = design.misclassification_corrected(talk, talk.likely, cuts, kind).sum()
        corrected = design.misclassification_corrected(blurred, blurred.likely, cuts, kind).sum()
        assert corrected == pytest.approx(true, rel=0.04)
    assert 1 - blurred.sensitivity > 0.1


def test_a_panel_without_answers_has_no_test():
    panel = drawn(0)
    silent = replace(panel, answers=np.zeros_like(panel.answers))
    with pytest.raises(InputError, match="no pair has answers"):
        c1.Cases.of(silent)
    assert isinstance(c1.relabel_members(silent, **SIZES), Missing)
    assert isinstance(c1.curves(silent, confidence=0.95), Missing)
    one_pair = np.zeros_like(panel.answers)
    one_pair[:, [0, 1], [1, 0]] = 3.0
    few = c1.curves(replace(panel, answers=one_pair), confidence=0.95)
    assert few == Missing("1 pair answered each other, too few for thirds of pairs")


def test_the_written_panel_gives_the_regression(friendly):
    """The table's rows, with a dummy for each pair, give the step's own coefficients."""
    messages, members, _, coded, replies = friendly
    talk = talk_of(messages, coded, replies, members)
    panel = c1.pair_windows(talk, waves_of(talk), days=30, hours=3)
    rows, fit = c1.frame(panel), c1.relabel_members(panel, **SIZES)
    rows = rows[rows["expected_answers"] > 0]
    dummies = pd.get_dummies(rows["member_a"] + rows["member_b"], dtype=float)
    x = np.column_stack([rows[list(fit.coefficients.index)], dummies])
    model = PoissonRegressor(alpha=0, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit(x, rows["answers"] / rows["expected_answers"], sample_weight=rows["expected_answers"])
    assert model.coef_[: len(fit.coefficients)] == pytest.approx(fit.coefficients["coefficient"].to_numpy(), abs=1e-6)
