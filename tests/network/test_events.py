"""The relational event model against relevent's answers for the WTC radio calls, and on events made by it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.network import events
from analysis.network.events import exchanged_before, relational_events, standard


@pytest.fixture(scope="module")
def calls(reference):
    """Sender and receiver of the WTC police radio calls (Butts 2008), and who is an institutional coordinator."""
    frame, actors = (reference(f"networks/data/wtc_police_{name}.csv") for name in ("calls", "actors"))
    return frame["source"].to_numpy() - 1, frame["recipient"].to_numpy() - 1, actors["is_icr"].to_numpy(float)


@pytest.mark.parametrize("model", ["wtcfit1", "wtcfit2", "wtcfit3", "wtcfit4"])
def test_the_wtc_radio_calls_agree_with_relevent(calls, reference, model):
    source, target, coordinator = calls
    effects = {
        "CovInt": lambda h: coordinator[h.source] + coordinator[h.target],
        "CovSnd": lambda h: coordinator[h.source],
        "CovRec": lambda h: coordinator[h.target],
        **standard("PSAB-BA", "PSAB-BY", "PSAB-AY"),
    }
    theirs = reference("networks/rem_wtc_newton_converged.json")[model]
    ours = relational_events(source, target, {name: effects[name] for name in theirs["names"]}, members=37)
    assert ours.table["coef"].to_numpy() == pytest.approx(np.array(theirs["coef"]), abs=1e-6)
    assert ours.table["se"].to_numpy() == pytest.approx(np.array(theirs["se"]), abs=1e-6)
    assert ours.deviance == pytest.approx(theirs["residual_deviance"], abs=1e-6)
    assert (ours.events, ours.at_risk, ours.sampled) == (481, 37 * 36, False)


def made(effect, size, members=8, events_made=1500, seed=0):
    """Events drawn one by one with one effect of this size: a plain simulation of the model."""
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(~np.eye(members, dtype=bool))
    source, target = np.empty(events_made, dtype=np.int64), np.empty(events_made, dtype=np.int64)
    counts, last = np.zeros((members, members)), None
    for event in range(events_made):
        statistic = effect(counts, last, pairs)
        weight = np.exp(size * statistic)
        source[event], target[event] = pairs[rng.choice(len(pairs), p=weight / weight.sum())]
        counts[source[event], target[event]] += 1
        last = source[event], target[event]
    return source, target


def reciprocal(counts, last, pairs):
    return np.log1p(counts[pairs[:, 1], pairs[:, 0]])


def turn_receiving(counts, last, pairs):
    return np.zeros(len(pairs)) if last is None else (pairs == (last[1], last[0])).all(axis=1).astype(float)


@pytest.mark.parametrize(("name", "effect"), [("reciprocity", reciprocal), ("PSAB-BA", turn_receiving)])
def test_an_effect_that_made_the_events_is_recovered(name, effect):
    source, target = made(effect, 0.8)
    row = relational_events(source, target, standard(name), members=8).table.loc[name]
    assert row["coef"] == pytest.approx(0.8, abs=3 * row["se"])
    assert row["p"] < 1e-6


def test_sampled_controls_give_the_estimates_of_all_pairs(monkeypatch):
    source, target = made(reciprocal, 0.8)
    effects = standard("inertia", "reciprocity")
    whole = relational_events(source, target, effects, members=8)
    monkeypatch.setattr(events, "WHOLE", 0)
    sampled = relational_events(source, target, effects, members=8, controls=25, seed=1)
    assert sampled.sampled
    assert not whole.sampled
    difference = (whole.table["coef"] - sampled.table["coef"]).abs()
    assert (difference < 2 * sampled.table["se"]).all()
    assert (sampled.table["se"] >= whole.table["se"]).all()


def test_history_counts_only_what_came_before():
    source, target = np.array([0, 1, 0, 0]), np.array([1, 0, 1, 2])
    seen = {}

    def spy(history):
        chosen = slice(None), 0
        seen["done"] = history.before(history.source, history.target)[chosen]
        seen["got"] = history.before(history.target, history.source)[chosen]
        seen["since"] = history.since(history.source, history.target)[chosen]
        return np.random.default_rng(0).normal(size=history.source.shape)

    relational_events(source, target, {"spy": spy}, members=3)
    assert seen["done"].tolist() == [0, 0, 1, 0]
    assert seen["got"].tolist() == [0, 1, 1, 0]
    assert seen["since"].tolist() == [np.inf, np.inf, 2, np.inf]


def test_exchange_of_a_kind_counts_both_ways_and_only_that_kind():
    source, target = np.array([0, 1, 0, 0]), np.array([1, 0, 1, 2])
    seen = {}

    def spy(history):
        seen["log"] = exchanged_before([True, False, True, True])(history)[:, 0]
        return np.random.default_rng(0).normal(size=history.source.shape)

    relational_events(source, target, {"spy": spy}, members=3)
    assert np.expm1(seen["log"]).tolist() == pytest.approx([0, 1, 1, 0])


def test_shifts_look_at_the_same_chat_and_only_its_members_are_at_risk():
    source, target = np.array([0, 3, 1, 4, 0]), np.array([1, 4, 0, 3, 1])
    chat = np.array(["a", "b", "a", "b", "a"])
    seen = {}

    def spy(history):
        seen["receiving"] = events.EFFECTS["PSAB-BA"](history)[:, 0]
        seen["people"] = history.source
        return np.random.default_rng(0).normal(size=history.source.shape)

    relational_events(source, target, {"spy": spy}, members=5, stratum=chat, controls=4)
    assert seen["receiving"].tolist() == [0, 0, 1, 1, 1]
    assert set(seen["people"][0]) <= {0, 1}
    assert set(seen["people"][1]) <= {3, 4}


def test_events_before_the_first_modelled_one_are_history_only():
    source, target = made(reciprocal, 0.8, events_made=400)
    modelled = np.arange(400) >= 300
    fit = relational_events(source, target, standard("reciprocity"), members=8, modelled=modelled)
    assert fit.events == 100


def test_a_pair_covariate_is_read_from_source_to_target():
    source, target = made(lambda counts, last, pairs: (pairs[:, 0] < pairs[:, 1]).astype(float), 1.0)
    up = np.triu(np.ones((8, 8)), 1)
    row = relational_events(source, target, {"up": lambda h: up[h.source, h.target]}, members=8).table.loc["up"]
    assert row["coef"] == pytest.approx(1.0, abs=3 * row["se"])


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ([0, 1], [0, 0], "source and target"),
        ([0, 9], [1, 0], "outside"),
        ([0], [1, 0], "same length"),
        ([], [], "no events"),
    ],
)
def test_events_that_cannot_be_are_refused(source, target, message):
    with pytest.raises(InputError, match=message):
        relational_events(np.array(source, dtype=int), np.array(target, dtype=int), standard("inertia"), members=3)


def test_effects_that_cannot_be_are_refused():
    source, target = made(reciprocal, 0.8, events_made=50)
    with pytest.raises(InputError, match="unknown effects: fame"):
        standard("fame")
    with pytest.raises(InputError, match="at least one effect"):
        relational_events(source, target, {}, members=8)
    with pytest.raises(InputError, match="the effect age is missing or infinite"):
        relational_events(source, target, {"age": lambda h: np.array([np.nan, *range(7)])[h.source]}, members=8)
    with pytest.raises(InputError, match="no finite fit"):
        relational_events(source, target, {"flat": lambda h: np.ones(8)[h.source]}, members=8)
