"""C2 on panels with planted effects: an expected exposure, and the timing of talk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, Missing
from analysis.partnership import c2
from analysis.partnership.talk import BUSINESS, INFORMAL
from analysis.partnership.waves import NEVER, Waves

N, WAVES = 24, 8
SIZES = {"permutations": 199, "seed": 3, "every_term": False}


def symmetric(rng, draw):
    """A symmetric stack (waves, n, n) with a zero diagonal; draw: of a shape."""
    upper = np.triu(draw((WAVES, N, N)), 1)
    return upper + np.swapaxes(upper, 1, 2)


def panel_of(informal, began, *, draws=None, more_after=0.0):
    """A panel of counts before each wave (informal, shape (waves, n, n)) whose controls do not vary.

    draws: what each draw counts, informal by default. more_after: turns of informal talk after the last wave's start.
    """
    nothing = np.zeros(informal.shape)
    controls = dict.fromkeys({name for names in c2.CONTROLS.values() for name in names}, nothing)
    waves = Waves(np.arange(WAVES), WAVES, np.full((N, N), NEVER), began, nothing[0])
    business, _ = talk_by(np.random.default_rng(0), 1.0)
    counts = [{INFORMAL: each, BUSINESS: business} for each in (draws or [informal])]
    total = [each[INFORMAL][-1] + more_after for each in counts]
    return c2.PairWaves(pd.Index([f"M{i}" for i in range(N)]), waves, controls, counts, total, counts)


def started(rng, hazard):
    """Partnerships that begin with this probability in each wave, missing once they have begun."""
    began = symmetric(rng, lambda shape: (rng.random(shape) < hazard).astype(float))
    return np.where(np.cumsum(began, axis=0) - began > 0, np.nan, began)


def talk_by(rng, rate):
    """Turns before each wave and after the last one's start, at a rate (waves, n, n) of turns in each."""
    turns = symmetric(rng, lambda shape: rng.poisson(np.broadcast_to(rate, shape)).astype(float))
    after = np.triu(rng.poisson(np.broadcast_to(rate, turns.shape)[-1]), 1)
    return np.cumsum(turns, axis=0), after + after.T


def test_draws_that_are_all_alike_give_the_plain_regression():
    rng = np.random.default_rng(11)
    informal, _ = talk_by(rng, 1.5)
    began = started(rng, 0.01 + 0.03 * np.log2(1 + informal))
    one, five = (panel_of(informal, began, draws=[informal] * draws) for draws in (1, 5))
    fit = c2.exposure_before(one, **SIZES)
    same = c2.exposure_before(five, **SIZES)
    assert same.tested.to_numpy() == pytest.approx(fit.tested.to_numpy(), rel=1e-9)
    cases = np.triu(~np.isnan(began), 1)
    logs = np.log1p(informal)
    x = np.concatenate([(wave[at] - wave[at].mean()) / wave[at].std() for wave, at in zip(logs, cases, strict=True)])
    slope = np.cov(x, began[cases], bias=True)[0, 1] / x.var()
    assert fit.tested["coefficient"] == pytest.approx(slope, rel=1e-9)
    assert five.per_doubling() == pytest.approx(one.per_doubling())


def test_a_member_in_no_pair_at_risk_is_not_counted():
    began = np.full((WAVES, N, N), np.nan)
    began[0, 2, 5] = began[0, 5, 2] = 1
    began[:, range(N), range(N)] = 0  # nobody is a partner of their own
    assert panel_of(np.zeros(began.shape), began).sizes() == {"members": 2, "pairs": 1, "partnerships": 1}


@pytest.mark.parametrize("added", [0.004, 0.02])
def test_the_value_is_what_a_doubling_adds_over_all_waves(added):
    """The outcome is set, not drawn: a doubling adds the same in every wave."""
    rng = np.random.default_rng(5)
    informal, _ = talk_by(rng, 2.0)
    noise = symmetric(rng, lambda shape: rng.normal(scale=1e-6, size=shape))
    panel = panel_of(informal, 0.1 + added * np.log2(1 + informal) + noise)
    value = c2.exposure_before(panel, **SIZES).interval(0.95, panel.per_doubling())["value"]
    assert value == pytest.approx(WAVES * added, rel=0.02)


def test_expected_exposure_gives_the_slope_that_single_draws_bias_towards_zero():
    """Logs of exchange are normal given what is seen; each draw is one of those that may be true."""
    rng = np.random.default_rng(2)
    values = {"expected": [], "single": []}
    for _ in range(6):
        seen = symmetric(rng, lambda shape: rng.normal(2.5, 0.5, size=shape))
        true, *draws = (
            np.expm1(np.maximum(seen + symmetric(rng, lambda shape: rng.normal(0, 0.5, size=shape)), 0))
            for _ in range(25)
        )
        outcome = 0.02 * np.log2(1 + true) + symmetric(rng, lambda shape: rng.normal(0, 0.02, size=shape))
        panel = panel_of(true, outcome, draws=draws)
        fits = {"expected": c2.exposure_before(panel, **SIZES), "single": c2.single_draws(panel)}
        for name, fit in fits.items():
            values[name].append(fit.interval(0.95, panel.per_doubling())["value"] / WAVES)
    assert np.mean(values["expected"]) == pytest.approx(0.02, rel=0.05)
    assert np.mean(values["single"]) == pytest.approx(0.01, rel=0.15)  # half of the variance of a draw is error


@pytest.mark.parametrize("regressed", [c2.BEFORE, c2.TIMING, c2.CURVED, c2.BEYOND])
def test_expected_regressors_are_the_mean_over_draws_of_what_each_draw_is_regressed_on(regressed):
    rng = np.random.default_rng(31)
    draws = [talk_by(rng, 2.0)[0] for _ in range(3)]
    panel = panel_of(draws[0], started(rng, np.full((WAVES, N, N), 0.02)), draws=draws)
    each = [x for _, x in panel.relations(regressed)]
    for name, stack in panel.expected(regressed)[1].items():
        assert stack == pytest.approx(np.mean([x[name] for x in each], axis=0), abs=1e-12, nan_ok=True)


def test_exchange_that_is_the_same_in_every_pair_has_no_doublings():
    rng = np.random.default_rng(1)
    panel = panel_of(np.ones((WAVES, N, N)), started(rng, 0.05))
    with pytest.raises(InputError, match="the same in every pair"):
        panel.per_doubling()
    assert isinstance(c2.exposure_before(panel, **SIZES), Missing)
    assert isinstance(c2.timing(panel, **SIZES), Missing)


def liking_alone(seed, shape=4.0):
    """Pairs that like each other talk more at all times and become partners more; talk itself does nothing. shape: of
    the gamma distribution of liking, whose mean is 1; the smaller, the more it is that of few pairs."""
    rng = np.random.default_rng(seed)
    liking = np.triu(rng.gamma(shape, 1 / shape, size=(N, N)), 1)
    informal, after = talk_by(rng, 1.5 * liking)
    return panel_of(informal, started(rng, np.minimum(0.05 * liking, 1)), more_after=after)


def talk_alone(seed):
    """Pairs talk in one spell, at a time of its own, and become partners as they have talked before."""
    rng = np.random.default_rng(seed)
    spell = np.triu(rng.integers(0, WAVES, size=(N, N)), 1)
    rate = 8.0 * (np.arange(WAVES)[:, None, None] == spell)
    informal, after = talk_by(rng, rate)
    return panel_of(informal, started(rng, 0.02 + 0.04 * np.log2(1 + informal)), more_after=after)


@pytest.mark.parametrize(("shape", "curved"), [(4.0, False), (1.0, True)])
def test_a_steady_liking_passes_for_exposure_and_drops_out_of_timing(shape, curved):
    """A strong liking of few pairs drops out only where the total may act along a curve."""
    panels = [liking_alone(seed, shape) for seed in range(20)]
    before = [c2.exposure_before(panel, **SIZES).tested["p_greater"] for panel in panels]
    timing = [c2.timing(panel, **SIZES, curved=curved).tested["p_greater"] for panel in panels]
    assert np.median(before) <= 0.05
    assert np.sum(np.array(timing) <= 0.05) <= 3


def test_talk_that_comes_before_is_found_by_timing():
    fits = [c2.timing(panel, **SIZES) for panel in map(talk_alone, range(6))]
    assert [fit.tested["p_greater"] <= 0.05 for fit in fits] == [True] * 6


def test_talk_after_the_last_wave_began_is_a_control_of_timing_only():
    panel = talk_alone(1)
    later = replace(panel, total=[each + np.arange(N) + np.arange(N)[:, None] for each in panel.total])
    assert c2.exposure_before(later, **SIZES).tested.equals(c2.exposure_before(panel, **SIZES).tested)
    assert not c2.timing(later, **SIZES).tested.equals(c2.timing(panel, **SIZES).tested)


def test_talk_of_every_kind_alike_does_not_pass_beyond_business():
    rng = np.random.default_rng(8)
    p = []
    for seed in range(10):
        panel = liking_alone(seed)
        business = talk_by(rng, 1.5)[0] + panel.exchange[0][INFORMAL]
        counts = [{INFORMAL: panel.exchange[0][INFORMAL] + talk_by(rng, 1.5)[0], BUSINESS: business}]
        p.append(c2.beyond_business(replace(panel, equal=counts), **SIZES).tested["p_greater"])
    assert np.mean(np.array(p) <= 0.05) <= 0.2


def test_the_largest_p_of_the_three_tests_counts_and_both_ends_are_given():
    panel = talk_alone(4)
    fits = [test(panel, **SIZES) for test in (c2.exposure_before, c2.timing)]
    fits.append(c2.beyond_business(panel, **SIZES))
    numbers = c2.numbers(panel, *fits, c2.single_draws(panel), confidence=0.9)
    each = [numbers[f"p_{name}"] for name in ("before", "timing", "beyond_business")]
    assert each == [fit.tested["p_greater"] for fit in fits]
    assert numbers["p"] == max(each)
    assert numbers["low"] < numbers["value"] < numbers["high"]
    former = numbers["single_draws"]
    assert former["low"] < former["value"] < former["high"]
    assert former["link_low"] == former["value"] == former["link_high"]  # one draw
