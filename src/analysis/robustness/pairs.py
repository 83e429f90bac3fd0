"""C1 and C2 in many universes: what they share is computed once (replies, codes, what to expect), and asked often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Ints
from analysis.errors import InputError, Missing
from analysis.network.ties import Exchange, exchange
from analysis.partnership import c1, c2
from analysis.partnership import step as partnership
from analysis.partnership.design import both_ways_added, both_ways_least
from analysis.partnership.regression import Regression, Specification
from analysis.partnership.shuffle import SenderShuffle, shuffle_senders
from analysis.partnership.talk import Graph, Shares, Talk, drawn_shares
from analysis.partnership.waves import Waves
from analysis.robustness.choices import AS_SETTLED, Universe
from analysis.robustness.inputs import Inputs, agreed, kept, links, reading, refused

SHARED = ("replies", "window", "codes", "floor", "hours")  # choices on whose options most of the work hangs

TIES: dict[str, Callable[[Floats], Floats]] = {
    AS_SETTLED: np.log1p,
    "root": np.sqrt,
    "yes or no": lambda counts: (counts > 0).astype(float),
}
NULLS = {AS_SETTLED: "dsp", "outcome": "y"}
LATER: dict[str, c1.Outcome] = {AS_SETTLED: both_ways_added, "both ways": both_ways_least}
EFFECT = {AS_SETTLED: "informal", "beyond business": "beyond_business"}


@dataclass(frozen=True)
class Found:
    """One claim in one universe. numbers: as the ledger judges them.

    observed: shape (tests,), permuted: shape (tests, R): the effect (first) and the statistics of further tests that
    must hold as well, as they are and under each of the relabellings that all universes share; empty when not assessed.
    """

    numbers: dict
    observed: Floats
    permuted: Floats


def nothing(reason: str) -> Found:
    """The claim where it cannot be assessed."""
    return Found({"status": "missing", "reason": reason}, np.empty(0), np.empty((0, 0)))


@dataclass(frozen=True)
class Kinds:
    """The kinds of talk by an option of `codes` and one of `floor`. drawn: shares of each reply graph."""

    coded: pd.DataFrame
    drawn: list[Shares]
    params: partnership.Params

    @classmethod
    def of(cls, inputs: Inputs, universe: Universe, params: partnership.Params) -> Kinds:
        """Raises InputError where the universe's codes are not there."""
        codes, floor = (universe.get(name, AS_SETTLED) for name in ("codes", "floor"))
        coded, held_out = reading(inputs, codes)
        informal, business = (agreed(inputs, kind, floor) for kind in (params.informal, params.business))
        apart = refused(inputs, "pairs", codes, floor)
        if coded.empty or apart or not (informal and business):
            raise InputError(apart or partnership.UNCODED)
        own = replace(params, informal=informal, business=business)
        drawn = drawn_shares(inputs.messages, coded, held_out, informal, business, draws=own.draws, seed=own.seed)
        return cls(coded, list(drawn), own)


@dataclass
class Ground:
    """What universes with the same replies, codes and block length share. Stacks are made when first asked for."""

    talk: Talk
    graphs: list[Graph]
    inputs: Inputs
    params: partnership.Params
    _halves: dict[float, c1.PairHalves]
    _waves: dict[float, tuple[c2.PairWaves, SenderShuffle]]

    @classmethod
    def of(cls, inputs: Inputs, turns: Exchange, kinds: Kinds, hours: str) -> Ground:
        """hours: length of the blocks within which chance answers are expected, or as settled."""
        own = kinds.params if hours == AS_SETTLED else replace(kinds.params, hours=float(hours))
        talk = Talk.of(turns, kinds.coded, own.informal, own.business)
        rng = np.random.default_rng(own.seed)
        return cls(talk, list(talk.graphs(kinds.drawn, draws=own.draws, rng=rng)), inputs, own, {}, {})

    def halves(self, splits: Sequence[float]) -> list[c1.PairHalves]:
        """C1's stacks at these splits. Raises InputError where there are none."""
        own = self.params
        missing = [split for split in splits if split not in self._halves]
        made = c1.pair_halves(self.talk, splits=missing, draws=own.draws, hours=own.hours, seed=own.seed)
        self._halves |= {half.split: half for half in given(made)}
        return [self._halves[split] for split in splits]

    def waves(self, wave_days: float) -> tuple[c2.PairWaves, SenderShuffle]:
        """C2's stacks and sender shuffle with waves of this length. Raises InputError where there are none."""
        if wave_days not in self._waves:
            own = self.params
            waves = Waves.of(self.talk.turns, self.inputs.members, self.inputs.partnerships, wave_days)
            rng = np.random.default_rng([own.seed, 2])
            panel = given(c2.pair_waves(self.talk, waves, self.graphs, hours=own.hours, seed=rng))
            shuffled = shuffle_senders(self.talk, waves, hours=own.hours, shuffles=own.shuffles, seed=rng)
            self._waves[wave_days] = panel, given(shuffled)
        return self._waves[wave_days]


T = TypeVar("T")


def given(result: T | Missing) -> T:
    """The result of a stage. Raises InputError where it is missing."""
    if isinstance(result, Missing):
        raise InputError(result.reason)
    return result


def turns_of(inputs: Inputs, rule: str, window: str) -> Exchange:
    """Turns and links by one rule of replies and window."""
    replies = links(inputs, rule, window)
    return exchange(inputs.messages, replies, inputs.everyone, gap_s=inputs.partnership.gap_s)


def orders_of(members: int, permutations: int, seed: int) -> Ints:
    """Relabellings of all members, shape (permutations, members), the same for every universe."""
    return np.random.default_rng(seed).permuted(np.tile(np.arange(members), (permutations, 1)), axis=1)


def among(orders: Ints, places: Ints) -> Ints:
    """Each relabelling of all members as one of some, shape (R, places).

    A member goes where the relabelling, taken again and again, first leads back among them: evenly distributed if the
    whole is, and the same wherever it can be (the projection of virtual permutations; Kerov, Olshanski, Vershik 1993).
    """
    inside = np.zeros(orders.shape[1], dtype=bool)
    inside[places] = True
    target = orders[:, places]
    while (outside := ~inside[target]).any():
        target = np.where(outside, np.take_along_axis(orders, target, axis=1), target)
    return np.searchsorted(places, target)


def specification(universe: Universe, inputs: Inputs, orders: Ints) -> Specification:
    """How a universe compares pairs. Raises InputError when fewer than three members are left."""
    names = kept(inputs, *(universe.get(name, AS_SETTLED) for name in ("members", "active", "consent")))
    places = np.flatnonzero(inputs.everyone.isin(names))
    if places.size < 3:
        raise InputError(f"{places.size} members are too few to relabel")
    ties, null = (universe.get(name, AS_SETTLED) for name in ("ties", "null"))
    return Specification(places, TIES[ties], NULLS[null], among(orders, places))


def strengthening(ground: Ground, universe: Universe, orders: Ints) -> Found:
    """C1 in a universe."""
    split, later = (universe.get(name, AS_SETTLED) for name in ("splits", "later"))
    try:
        halves = ground.halves(ground.params.splits if split == AS_SETTLED else [float(split)])
        how = {"specification": specification(universe, ground.inputs, orders), "every_term": False}
        own = {"permutations": ground.params.permutations, "seed": ground.params.seed}
        evidence = given(c1.relabel_members(halves, ties=LATER[later], **own, **how))
        numbers = given(c1.numbers(evidence, confidence=ground.params.confidence))
    except InputError as error:
        return nothing(error.what)
    return _found(numbers, [evidence], 1.0)


def preceding(ground: Ground, universe: Universe, orders: Ints) -> Found:
    """C2 in a universe."""
    days, effect = (universe.get(name, AS_SETTLED) for name in ("waves", "effect"))
    try:
        panel, shuffled = ground.waves(ground.params.wave_days if days == AS_SETTLED else float(days))
        compared = specification(universe, ground.inputs, orders)
        own = {"permutations": ground.params.permutations, "seed": ground.params.seed, "every_term": False}
        members = given(c2.relabel_members(panel, specification=compared, **own))
        beyond = given(c2.beyond_business(panel, specification=compared, **own))
        senders, confidence = shuffled.among(compared.kept), ground.params.confidence
        numbers = given(c2.numbers(members, senders, beyond, panel.waves, confidence=confidence, of=EFFECT[effect]))
    except InputError as error:
        return nothing(error.what)
    tests = [members, beyond]
    return _found(numbers, tests if effect == AS_SETTLED else tests[::-1], float(len(panel.waves.starts)))


def _found(numbers: dict, tests: Sequence[Regression], scale: float) -> Found:
    """Statistics in the effect's unit: a statistic under relabelling, times the error that it is measured with."""
    errors = [scale * float(np.nanmean(test.drawn["coefficient"] / test.drawn["t"])) for test in tests]
    observed = np.array([scale * test.tested["coefficient"] for test in tests])
    permuted = np.array([test.null_t * error for test, error in zip(tests, errors, strict=True)])
    return Found(numbers, observed, permuted)


CLAIMS = {"C1": strengthening, "C2": preceding}


def in_turn(
    inputs: Inputs,
    turns: Mapping[tuple[str, str], Exchange],
    universes: Sequence[tuple[str, Universe]],
    params: partnership.Params,
    orders: Ints,
) -> list[Found]:
    """Claims (C1 or C2) in universes that share codes and floor. turns: by rule of replies and window."""
    grounds: dict[tuple, Ground] = {}
    try:
        kinds = Kinds.of(inputs, universes[0][1], params)
    except InputError as error:
        return [nothing(error.what) for _ in universes]
    found = []
    for claim, universe in universes:
        rule, window, hours = (universe.get(name, AS_SETTLED) for name in ("replies", "window", "hours"))
        if (rule, window, hours) not in grounds:
            grounds[rule, window, hours] = Ground.of(inputs, turns[rule, window], kinds, hours)
        found.append(CLAIMS[claim](grounds[rule, window, hours], universe, orders))
    return found
