"""C2: is informal exchange before a wave associated with partnerships that begin in the wave?

Exposure is its expectation given the observed replies and codes: regressing on it is regression calibration (Carroll et
al. 2006, chapter 4), whereas an exposure drawn once would bias the number towards zero. Three tests must agree, each by
relabelling members: exposure before the wave; timing, where exchange over the whole time is a control, so that a
constant liking drops out; and the difference of informal and equally measured business exchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Floats
from analysis.errors import InputError, stage
from analysis.partnership import regression
from analysis.partnership.design import equally_measured
from analysis.partnership.regression import DIFFERENCE, MAIN, Regression, Relations, Specification
from analysis.partnership.talk import BUSINESS, INFORMAL, Graph, Talk
from analysis.partnership.waves import Waves, standardised
from analysis.resample import seed_of

GROUPS = ("hardly any", "lower third", "middle third", "upper third")
TOTAL = "informal_total"  # informal exchange over the whole time
SQUARED = "informal_total_squared"
BEFORE, TIMING, BEYOND, SINGLE = "before", "timing", "beyond_business", "single_draws"
CURVED = "timing_curved"
ACTIVE = ("activity", "shared_chats", "same_sector", "expected_informal")
CONTROLS = {
    BEFORE: ACTIVE,
    TIMING: (*ACTIVE, "expected_total"),
    CURVED: (*ACTIVE, "expected_total"),
    BEYOND: (*ACTIVE, "expected_business"),
    SINGLE: (*ACTIVE, "expected_business"),
}  # of each regression


@dataclass(frozen=True)
class PairWaves:
    """The data of C2's regressions: stacks of shape (waves, n, n) up to the start of each wave.

    controls: by name. exchange, equal: one per draw, turns exchanged by kind, all of them or equally measured. total:
    one per draw, informal turns exchanged up to the end of the last wave; shape (n, n).
    """

    members: pd.Index
    waves: Waves
    controls: dict[str, Floats]
    exchange: list[dict[str, Floats]]
    total: list[Floats]
    equal: list[dict[str, Floats]]

    @classmethod
    def of(
        cls, talk: Talk, waves: Waves, graphs: Sequence[Graph], equal: Sequence[Graph], *, hours: float
    ) -> PairWaves:
        """graphs: drawn reply graphs; equal: the same, equally measured. hours: length of the shuffle's blocks. Raises
        InputError when no partnership began in a wave."""
        waves.require_events()
        cuts, shape = waves.starts, waves.began.shape
        controls = {"activity": talk.activity(cuts), "shared_chats": talk.shared_chats(cuts)}
        controls["same_sector"] = np.broadcast_to(waves.same_sector, shape)
        controls |= {f"expected_{kind}": np.log1p(talk.expected(kind, cuts, hours)) for kind in (INFORMAL, BUSINESS)}
        whole_time = np.log1p(talk.expected(INFORMAL, np.array([waves.end]), hours))
        controls["expected_total"] = np.broadcast_to(whole_time, shape)
        exchange, total = counted(talk, waves, graphs)
        thinned = [talk.exchanged(graph, cuts) for graph in equal]
        return cls(talk.turns.members, waves, controls, exchange, total, thinned)

    def relations(self, regressed: str, specification: Specification = MAIN) -> Iterator[Relations]:
        """Outcome and regressors of each draw. regressed: BEFORE, TIMING (with the total of informal exchange), CURVED
        (and its square), BEYOND (difference and sum of equally measured exchange) or SINGLE (informal and business)."""
        began, controls = specification.of(self.waves.began), self._controlled(regressed, specification)
        for exposure in self._exposures(regressed, specification):
            yield began, {**exposure, **controls}

    def expected(self, regressed: str, specification: Specification = MAIN) -> Relations:
        """Outcome and regressors, each regressor the mean over draws of the standardised one."""
        exposure = regression.mean(self._exposures(regressed, specification))
        return specification.of(self.waves.began), {**exposure, **self._controlled(regressed, specification)}

    def _controlled(self, regressed: str, specification: Specification) -> dict[str, Floats]:
        began = specification.of(self.waves.began)
        return {n: standardised(specification.of(self.controls[n]), began) for n in CONTROLS[regressed]}

    def _exposures(self, regressed: str, specification: Specification) -> Iterator[dict[str, Floats]]:
        began = specification.of(self.waves.began)
        if regressed == BEYOND:
            yield from (specification.difference_and_sum(counts, began) for counts in self.equal)
            return
        kinds = (INFORMAL, BUSINESS) if regressed == SINGLE else (INFORMAL,)
        for counts, total in zip(self.exchange, self.total, strict=True):
            exposure = specification.each({kind: counts[kind] for kind in kinds}, began)
            if regressed in (TIMING, CURVED):
                whole = specification.of(np.broadcast_to(total, self.waves.began.shape))
                exposure[TOTAL] = standardised(specification.amount(whole), began)
            if regressed == CURVED:
                exposure[SQUARED] = standardised(exposure[TOTAL] ** 2, began)
            yield exposure

    def per_doubling(self, specification: Specification = MAIN) -> float:
        """Factor from a coefficient (per wave and standard deviation) to the value: over all waves, per doubling.

        The standard deviation of the log to base 2 of turns exchanged, plus one, is a number of doublings: averaged
        over draws, and over waves weighted by pairs at risk. If a doubling adds the same in every wave, the value is
        that times the number of waves. Raises InputError when informal exchange is the same in every pair.
        """
        began = specification.of(self.waves.began)
        at_risk = ~np.isnan(began) & ~np.eye(began.shape[1], dtype=bool)
        cases = at_risk.sum(axis=(1, 2))
        some = cases > 0
        spreads = [
            np.log2(1 + specification.of(counts[INFORMAL]))[some].std(axis=(1, 2), where=at_risk[some])
            for counts in self.exchange
        ]
        doublings = cases[some] @ np.mean(spreads, axis=0) / max(cases.sum(), 1)
        if not doublings > 0:
            raise InputError("informal exchange is the same in every pair")
        return len(began) / float(doublings)

    def sizes(self, specification: Specification = MAIN) -> dict[str, int]:
        """Members and pairs at risk, and the partnerships that began."""
        began = specification.of(self.waves.began)
        at_risk = np.triu((~np.isnan(began)).any(axis=0), 1)
        members, pairs = (at_risk | at_risk.T).any(axis=0).sum(), at_risk.sum()
        return {"members": int(members), "pairs": int(pairs), "partnerships": int(np.nansum(began) / 2)}


def counted(talk: Talk, waves: Waves, graphs: Iterable[Graph]) -> tuple[list[dict[str, Floats]], list[Floats]]:
    """The fields exchange and total of PairWaves."""
    cuts = np.concatenate([waves.starts, [waves.end]])
    stacks = [talk.exchanged(graph, cuts) for graph in graphs]
    return [{kind: each[:-1] for kind, each in of.items()} for of in stacks], [of[INFORMAL][-1] for of in stacks]


@stage
def pair_waves(talk: Talk, waves: Waves, graphs: Sequence[Graph], *, hours: float, seed: int) -> PairWaves:
    """The panel of C2, from drawn reply graphs by kind of talk. Raises InputError when no partnership began in a wave
    or no pair talked."""
    waves.require_events()
    return PairWaves.of(talk, waves, graphs, thinned(talk, waves, graphs, seed=seed), hours=hours)


def thinned(talk: Talk, waves: Waves, graphs: Sequence[Graph], *, seed: int) -> list[Graph]:
    """Each graph's links before the end of the waves, the two kinds equally measured."""
    rng = np.random.default_rng(seed_of(seed, "C2 thinning"))
    return [equally_measured(talk, graph, waves.end, rng) for graph in graphs]


@stage
def frame(panel: PairWaves) -> pd.DataFrame:
    """One row per pair and wave in which it could begin a partnership.

    member_a, member_b, wave, start; began; informal_turns, business_turns: exchanged before the wave; then the
    regressors as they enter the regressions, in standard deviations within the wave (difference and sum: halves, of
    equally measured exchange). Means over draws.
    """
    began, timing = panel.expected(TIMING)
    turns = regression.mean({f"{kind}_turns": each for kind, each in counts.items()} for counts in panel.exchange)
    cases = regression.panel([(began, {**turns, **timing, **panel.expected(BEYOND)[1]})], panel.members, "began")
    cases.insert(3, "start", pd.to_datetime(panel.waves.starts[cases["wave"]], unit="s", utc=True))
    return cases


@stage
def exposure_before(
    panel: PairWaves, *, permutations: int, seed: int, specification: Specification = MAIN, every_term: bool = True
) -> Regression:
    """The first test of C2, which gives its number: partnerships that begin in a wave, on informal exchange before it.

    A discrete-time event history of pairs as one regression over waves (MRQAP, double semi-partialling): partnership
    begun in the wave, on the expected standardised log of informal exchange before it, controlling for answers expected
    under the sender shuffle, activity, shared chats and shared sector. Coefficients are per wave. Raises InputError
    where mrqap does.
    """
    return _regression(panel, BEFORE, permutations, seed, specification, every_term)


@stage
def timing(
    panel: PairWaves,
    *,
    permutations: int,
    seed: int,
    specification: Specification = MAIN,
    every_term: bool = True,
    curved: bool = False,
) -> Regression:
    """The second test of C2: as exposure_before, controlling also for the pair's informal exchange over the whole time
    and its expectation. If two pairs talk equally much in all, does the one that talked earlier become partners?

    A constant liking shows before and after alike, and drops out as far as the log of the total captures it. curved:
    whether the square of that log is a control too. It captures a strong liking that few pairs have, and costs power.
    """
    return _regression(panel, CURVED if curved else TIMING, permutations, seed, specification, every_term)


@stage
def beyond_business(
    panel: PairWaves, *, permutations: int, seed: int, specification: Specification = MAIN, every_term: bool = True
) -> Regression:
    """The third test of C2: informal exchange less business exchange, equally measured, next to their sum: a liking
    that drives all talk moves both. Business exchange expected under the sender shuffle is a control too."""
    return _regression(panel, BEYOND, permutations, seed, specification, every_term)


def _regression(
    panel: PairWaves, regressed: str, permutations: int, seed: int, specification: Specification, every_term: bool
) -> Regression:
    term = DIFFERENCE if regressed == BEYOND else INFORMAL
    return regression.average(
        [({"draw": 0}, panel.expected(regressed, specification))], term, panel.sizes(specification),
        permutations=permutations, seed=seed_of(seed, f"C2 {regressed}"), specification=specification,
        every_term=every_term,
    )  # fmt: skip


@stage
def single_draws(panel: PairWaves, *, specification: Specification = MAIN) -> Regression:
    """The former number of C2: the mean over regressions on single draws, controlling for business exchange.

    A drawn exposure has an error that its regression does not account for, which biases the number towards zero. It is
    not tested: p-values are missing, and null is empty. Raises InputError where mrqap does.
    """
    draws = (({"draw": draw}, relations) for draw, relations in enumerate(panel.relations(SINGLE, specification)))
    fit = regression.average(
        draws, INFORMAL, panel.sizes(specification),
        permutations=1, seed=0, specification=replace(specification, orders=None), every_term=False,
    )  # fmt: skip
    untested = {name: float("nan") for name in ("p_greater", "p_two_sided")}
    return replace(
        fit,
        coefficients=fit.coefficients.assign(**untested),
        by_draw=fit.by_draw.assign(**untested),
        null=fit.null.iloc[:0],
    )


@stage
def numbers(
    panel: PairWaves,
    before: Regression,
    timing: Regression,
    beyond: Regression,
    single: Regression | None = None,
    *,
    confidence: float,
    specification: Specification = MAIN,
) -> dict:
    """C2: additional partnerships per pair, over all waves, associated with a doubling of informal exchange.

    before, timing, beyond: the three tests; p is the largest of theirs, since all must agree (Berger 1982). value, low,
    high: of the first test. single_draws: the same for the former number (single, if it is given), which errors of
    replies and codes bias towards zero; link_low, link_high: its range between draws. The two bracket the truth: in
    simulated communities the value is too large, and the former number too small.
    """
    tests, per_doubling = {BEFORE: before, TIMING: timing, BEYOND: beyond}, panel.per_doubling(specification)
    p = {f"p_{name}": float(test.tested["p_greater"]) for name, test in tests.items()}
    p |= {"p": max(p.values()), "p_two_sided": float(before.tested["p_two_sided"])}
    ends = before.interval(confidence, per_doubling)
    interval = {name: ends[name] for name in ("value", "low", "high")}
    former = {} if single is None else {SINGLE: single.interval(confidence, per_doubling)}
    more = {name: per_doubling * float(tests[name].tested["coefficient"]) for name in (TIMING, BEYOND)}
    return {"status": "ok", **interval, **p, **more, **former, "n": dict(before.n)}


@stage
def partners_table(talk: Talk, waves: Waves, *, hours: float) -> pd.DataFrame:
    """The partnerships that began in a wave: member_a, member_b, since, and expected exchange before it; informal_null:
    the same under shuffled senders."""
    a, b = np.nonzero(np.triu(np.nansum(waves.began, axis=0) > 0, 1))
    wave = np.nanargmax(waves.began[:, a, b], axis=0) if a.size else np.empty(0, dtype=int)
    people = talk.turns.members.to_numpy()
    frame = pd.DataFrame({"member_a": people[a], "member_b": people[b]})
    frame["since"] = pd.to_datetime(waves.since[a, b], unit="s", utc=True)
    for kind, exchange in talk.exchanged(talk.likely, waves.starts).items():
        frame[kind] = exchange[wave, a, b]
    frame["informal_null"] = talk.expected(INFORMAL, waves.starts, hours)[wave, a, b]
    return frame.sort_values(["since", "member_a", "member_b"], ignore_index=True)


@stage
def by_informal_exchange(talk: Talk, waves: Waves) -> pd.DataFrame:
    """Partnerships begun, by how much the pair had talked informally before the wave.

    group: hardly any (below half a turn), and thirds of the other pairs of the wave; pair_waves, partnerships; per_ten:
    partnerships per ten pairs if that rate held over all waves.
    """
    amount = talk.exchanged(talk.likely, waves.starts)[INFORMAL]
    rows = [pd.DataFrame({"group": [], "partnerships": []})]
    upper = np.triu(np.ones(waves.same_sector.shape, dtype=bool), 1)
    for before, began in zip(amount, waves.began, strict=True):
        at_risk = upper & ~np.isnan(began)
        talked = at_risk & (before >= 0.5)
        group = np.zeros(before.shape, dtype=int)
        rank = stats.rankdata(before[talked], method="ordinal") - 1
        group[talked] = 1 + 3 * rank // max(rank.size, 1)
        rows.append(pd.DataFrame({"group": group[at_risk], "partnerships": began[at_risk]}))
    counts = pd.concat(rows).groupby("group")["partnerships"]
    frame = counts.agg(pair_waves="size", partnerships="sum").reindex(range(4), fill_value=0).reset_index(drop=True)
    frame.insert(0, "group", GROUPS)
    rate = frame["partnerships"] / frame["pair_waves"].where(frame["pair_waves"] > 0)
    return frame.assign(per_ten=10 * len(waves.starts) * rate)
