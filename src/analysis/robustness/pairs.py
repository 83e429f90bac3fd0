"""C1 and C2 in many universes, by the stages of the step `partnership`; what universes share is computed once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.errors import InputError, Missing, stage
from analysis.network.drawn import with_graphs
from analysis.network.ties import Exchange, exchange
from analysis.partnership import c1, c2
from analysis.partnership import step as partnership
from analysis.partnership.regression import Regression, Specification
from analysis.partnership.talk import Graph, Shares, Talk, drawn_shares
from analysis.partnership.waves import Waves
from analysis.resample import seed_of
from analysis.robustness.choices import MAIN, Universe, options_of
from analysis.robustness.finished import ClaimResult, Finished
from analysis.robustness.options import CodedMessages, Data, agreed, kept, links

SHARED = ("replies", "window", "codes", "floor", "hours")  # choices on whose options most of the work rests

TIES: dict[str, Callable[[Floats], Floats]] = {
    MAIN: np.log1p,
    "root": np.sqrt,
    "yes or no": lambda counts: (counts > 0).astype(float),
}
NULLS = {MAIN: "dsp", "outcome": "y"}
TIME = {MAIN: False, "root": True}  # whether growth follows the root of time
EXPOSURE = {MAIN: 1.0, "first half": 0.5}  # share of the time up to which exchange is counted
PARTNERS = {MAIN: True, "not controlled": False}
LEVEL = {MAIN: False, "may grow": True}  # whether growth may depend on a pair's own level of answers
TIMING = {MAIN: False, "curved": True}  # whether the test of timing also controls for the square of the total


@stage
def c2_result(numbers: dict, scale: float, *tests: Regression) -> ClaimResult:
    """Statistics in the effect's unit: the t under relabelling times the classical standard error, mean over draws."""
    errors = [scale * float(np.nanmean(test.drawn["coefficient"] / test.drawn["t"])) for test in tests]
    observed = np.array([scale * test.tested["coefficient"] for test in tests])
    permuted = np.array([test.null_t * error for test, error in zip(tests, errors, strict=True)])
    return ClaimResult(numbers, observed, permuted)


@stage
def c1_result(numbers: dict, fit: Regression) -> ClaimResult:
    """As c2_result, for C1's regression within pairs, whose effect is not linear in the coefficient."""
    tested = fit.tested
    one_step = tested["coefficient"] / tested["t"] if tested["t"] else 0.0
    error = one_step if one_step > 0 else tested["standard_error"]  # a coefficient near 0 gives no one-step error
    return ClaimResult(numbers, np.array([numbers["value"]]), c1.per_doubling(fit.null_t * error)[None])


# Stages that universes share


def once(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of PairStages that is computed once for each set of arguments."""

    @functools.wraps(method)
    def run(self: PairStages, *options: object) -> Any:
        key = (method.__name__, *options)
        if key not in self.computed:
            self.computed[key] = method(self, *options)
        return self.computed[key]

    return run


@dataclass(frozen=True)
class PairStages:
    """The stages of `partnership` for universes that share codes and floor.

    turns: by rule of replies and window; reading: its agreement is set only where a floor applies; params: informal and
    business under the floor; drawn: shares of each reply graph.
    """

    data: Data
    turns: Mapping[tuple[str, ...], Exchange]
    reading: CodedMessages
    params: partnership.Params
    drawn: Sequence[Shares]
    computed: dict[tuple, Any] = field(default_factory=dict)

    @once
    def talk(self, *rule: str) -> Talk | Missing:
        """Exchange by kind of talk. rule: of replies, and window."""
        own, reading = self.params, self.reading
        return partnership.kinds_of_talk(
            self.turns[rule], reading.probable, reading.agreement, own.informal, own.business
        )

    @once
    def graphs(self, *rule: str) -> list[Graph] | Missing:
        """Reply graphs by kind of talk."""
        own = self.params
        return stage(lambda talk: list(talk.graphs(self.drawn, draws=own.draws, seed=own.seed)))(self.talk(*rule))

    @once
    def windows(self, days: float, hours: float, *rule: str) -> c1.PairWindows | Missing:
        """The panel of C1, in windows of about this many days."""
        waves = self._waves(self.params.wave_days, *rule)
        return c1.pair_windows(self.talk(*rule), waves, days=days, hours=hours)

    @once
    def waves(self, days: float, hours: float, *rule: str) -> c2.PairWaves | Missing:
        """The panel of C2, in waves of this many days."""
        waves = self._waves(days, *rule)
        return c2.pair_waves(self.talk(*rule), waves, self.graphs(*rule), hours=hours, seed=self.params.seed)

    def _waves(self, days: float, *rule: str) -> Waves | Missing:
        """Waves of this many days; missing if talk is missing, as the waves of a thousand members take gigabytes."""
        talk, pairs = self.talk(*rule), self.data.pairs
        if isinstance(talk, Missing):
            return talk
        return Waves.of(self.turns[rule], pairs.members, pairs.partnerships, days)


@stage
def pair_stages(
    data: Data,
    turns: Mapping[tuple[str, ...], Exchange],
    reading: CodedMessages,
    floor: str,
    params: partnership.Params,
) -> PairStages:
    """Common stages of universes with these codes and this floor. Raises InputError when no code of a kind of talk
    reaches the floor."""
    informal, business = (agreed(data, codes, floor) for codes in (params.informal, params.business))
    if not (informal and business):
        raise InputError(partnership.UNCODED)
    draws = {"draws": params.draws, "seed": params.seed}
    drawn = drawn_shares(data.messages, reading.coded, reading.held_out, informal, business, **draws)
    judged = reading if floor == MAIN else replace(reading, agreement=None)
    return PairStages(data, turns, judged, replace(params, informal=informal, business=business), list(drawn))


def turns_of(data: Data, rule: str, window: str) -> Exchange:
    """Turns and links under a rule of replies and a window; under the main rule with the reply graphs of the step
    `network`, without the answers that the window leaves out."""
    turns = exchange(data.messages, links(data, rule, window), data.everyone, gap_s=data.of_pairs.gap_s)
    return with_graphs(turns, data.pairs.drawn) if rule == MAIN else turns


# One relabelling for all universes


def orders_of(members: int, permutations: int, seed: int) -> Ints:
    """Relabellings of all members, shape (permutations, members), the same for every universe."""
    rng = np.random.default_rng(seed_of(seed, "relabellings of all universes"))
    return rng.permuted(np.tile(np.arange(members), (permutations, 1)), axis=1)


def among(orders: Ints, places: Ints) -> Ints:
    """Each relabelling of all members, restricted to the members at some places: shape (R, places).

    A member is mapped by iterating the relabelling until it returns to one of these places: uniformly distributed if
    the whole is, and unchanged wherever possible (the projection of virtual permutations; Kerov, Olshanski, Vershik
    1993).
    """
    inside = np.zeros(orders.shape[1], dtype=bool)
    inside[places] = True
    target = orders[:, places]
    while (outside := ~inside[target]).any():
        target = np.where(outside, np.take_along_axis(orders, target, axis=1), target)
    return np.searchsorted(places, target)


def places_of(data: Data, universe: Universe) -> Ints:
    """The places of the members whose pairs count in a universe. Raises InputError when fewer than three are left."""
    places = np.flatnonzero(kept(data.people, universe))
    if places.size < 3:
        raise InputError(f"{places.size} members are too few to relabel")
    return places


@stage
def specification(data: Data, universe: Universe, orders: Ints) -> Specification:
    """How C2 compares pairs in a universe. Raises InputError where places_of does."""
    places = places_of(data, universe)
    ties, null = options_of(universe, "ties", "null")
    return Specification(places, TIES[ties], NULLS[null], among(orders, places))


@stage
def form(data: Data, universe: Universe) -> c1.Form:
    """The form of C1's regression in a universe. Raises InputError where places_of does."""
    time, exposure, partners, level = options_of(universe, "time", "exposure", "partners", "level")
    return c1.Form(places_of(data, universe), TIME[time], EXPOSURE[exposure], PARTNERS[partners], LEVEL[level])


# The claims


@stage
def c1_regression(panel: c1.PairWindows, form: c1.Form, orders: Ints, params: partnership.Params) -> Regression:
    """C1's regression in a universe; orders: relabellings of all members."""
    assert form.kept is not None
    return c1.relabel_members(  # type: ignore[return-value]
        panel, form=form, orders=among(orders, form.kept), permutations=params.permutations, seed=params.seed,
        every_term=False,
    )  # fmt: skip


def c1_in_universe(stages: PairStages, universe: Universe, orders: Ints) -> ClaimResult | Missing:
    """C1 in a universe."""
    own, (windows, hours, *rule) = stages.params, options_of(universe, "windows", "hours", *SHARED[:2])
    days, block = (
        usual if option == MAIN else float(option) for usual, option in ((own.window_days, windows), (own.hours, hours))
    )
    regression = c1_regression(stages.windows(days, block, *rule), form(stages.data, universe), orders, own)
    return c1_result(c1.numbers(regression, confidence=own.confidence), regression)


def c2_in_universe(stages: PairStages, universe: Universe, orders: Ints) -> ClaimResult | Missing:
    """C2 in a universe."""
    own, (wave, hours, timing, *rule) = stages.params, options_of(universe, "waves", "hours", "timing", *SHARED[:2])
    days, block = own.wave_days if wave == MAIN else float(wave), own.hours if hours == MAIN else float(hours)
    panel, compared = stages.waves(days, block, *rule), specification(stages.data, universe, orders)
    return c2_on_panel(panel, compared, own, curved=TIMING[timing])


@stage
def c2_on_panel(
    panel: c2.PairWaves, compared: Specification, params: partnership.Params, *, curved: bool
) -> ClaimResult | Missing:
    """C2 on a panel; curved: as in c2.timing."""
    how = {"permutations": params.permutations, "seed": params.seed, "specification": compared, "every_term": False}
    before, timing, beyond = (
        c2.exposure_before(panel, **how),
        c2.timing(panel, **how, curved=curved),
        c2.beyond_business(panel, **how),
    )
    numbers = c2.numbers(panel, before, timing, beyond, confidence=params.confidence, specification=compared)
    return c2_result(numbers, panel.per_doubling(compared), before, timing, beyond)


CLAIMS = {"C1": c1_in_universe, "C2": c2_in_universe}


def pair_claims(
    data: Data,
    turns: Mapping[tuple[str, ...], Exchange],
    reading: CodedMessages | Missing,
    claims: Sequence[tuple[str, Universe]],
    params: partnership.Params,
    orders: Ints,
    finished: Finished,
) -> list[ClaimResult | Missing]:
    """Claims (C1 or C2) in universes that share codes and floor."""

    @functools.cache
    def stages() -> PairStages | Missing:  # not called if an earlier run finished all
        return pair_stages(data, turns, reading, options_of(claims[0][1], "floor")[0], params)

    def computed(claim: str, universe: Universe) -> ClaimResult | Missing:
        shared = stages()
        return shared if isinstance(shared, Missing) else CLAIMS[claim](shared, universe, orders)

    return [
        finished.result(claim, universe, functools.partial(computed, claim, universe)) for claim, universe in claims
    ]
