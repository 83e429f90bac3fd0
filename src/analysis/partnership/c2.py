"""C2: does informal exchange before a wave go with a partnership that begins in it?

Three tests must agree: relabelled members (with business exchange as a control), shuffled senders (shuffle), and
relabelled members on the difference of informal and equally measured business exchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Floats
from analysis.errors import stage
from analysis.partnership import regression
from analysis.partnership.design import equally_measured
from analysis.partnership.regression import DIFFERENCE, MAIN, Regression, Relations, Specification
from analysis.partnership.shuffle import SenderShuffle
from analysis.partnership.talk import BUSINESS, INFORMAL, Graph, Talk
from analysis.partnership.waves import Waves, standardised
from analysis.resample import seed_of

GROUPS = ("hardly any", "lower third", "middle third", "upper third")


@dataclass(frozen=True)
class PairWaves:
    """What C2 regresses: stacks of shape (waves, n, n) up to the start of each wave. controls: by name; exchange,
    equal: a draw each, turns exchanged by kind, all of them or equally measured."""

    members: pd.Index
    waves: Waves
    controls: dict[str, Floats]
    exchange: list[dict[str, Floats]]
    equal: list[dict[str, Floats]]

    @classmethod
    def of(
        cls, talk: Talk, waves: Waves, graphs: Sequence[Graph], equal: Sequence[Graph], *, hours: float
    ) -> PairWaves:
        """graphs: drawn reply graphs; equal: the same, equally measured. hours: length of the shuffle's blocks."""
        cuts = waves.starts
        controls = {"activity": talk.activity(cuts), "shared_chats": talk.shared_chats(cuts)}
        controls["same_sector"] = np.broadcast_to(waves.same_sector, waves.began.shape)
        controls |= {f"expected_{kind}": np.log1p(talk.expected(kind, cuts, hours)) for kind in (INFORMAL, BUSINESS)}
        whole, thinned = ([talk.exchanged(graph, cuts) for graph in some] for some in (graphs, equal))
        return cls(talk.turns.members, waves, controls, whole, thinned)

    def relations(self, term: str, specification: Specification = MAIN) -> Iterator[Relations]:
        """Outcome and regressors of each draw; term: "informal", with business exchange, or "difference", with the
        sum."""
        began = specification.of(self.waves.began)
        controls = {name: standardised(specification.of(stack), began) for name, stack in self.controls.items()}
        compared = specification.each if term == INFORMAL else specification.difference_and_sum
        for counts in self.exchange if term == INFORMAL else self.equal:
            yield began, {**compared(counts, began), **controls}

    def numbers(self, specification: Specification = MAIN) -> dict[str, int]:
        """Members and pairs at risk, and the partnerships that began."""
        began = specification.of(self.waves.began)
        at_risk = ~np.isnan(began)
        members, pairs = at_risk.any(axis=(0, 2)).sum(), np.triu(at_risk.any(axis=0), 1).sum()
        return {"members": int(members), "pairs": int(pairs), "partnerships": int(np.nansum(began) / 2)}


@stage
def pair_waves(talk: Talk, waves: Waves, graphs: Sequence[Graph], *, hours: float, seed: int) -> PairWaves:
    """The panel of C2. Raises InputError when no partnership began in a wave or no pair talked."""
    waves.require_events()
    return PairWaves.of(talk, waves, graphs, thinned(talk, waves, graphs, seed=seed), hours=hours)


def thinned(talk: Talk, waves: Waves, graphs: Sequence[Graph], *, seed: int) -> list[Graph]:
    """Each graph's links before the end of the waves, the two kinds equally measured."""
    rng = np.random.default_rng(seed_of(seed, "C2 thinning"))
    return [equally_measured(talk, graph, waves.end, rng) for graph in graphs]


@stage
def frame(panel: PairWaves) -> pd.DataFrame:
    """A row a pair and wave in which it could begin a partnership.

    member_a, member_b, wave, start; began; informal_turns, business_turns: exchanged before the wave; then the
    regressors as they enter the regressions, in standard deviations within the wave (difference and sum: halves, of
    equally measured exchange). Means over draws.
    """
    three = zip(panel.exchange, panel.relations(INFORMAL), panel.relations(DIFFERENCE), strict=True)
    draws = (
        (began, {f"{kind}_turns": turns for kind, turns in counts.items()} | x | halves)
        for counts, (began, x), (_, halves) in three
    )
    cases = regression.panel(draws, panel.members, "began")
    cases.insert(3, "start", pd.to_datetime(panel.waves.starts[cases["wave"]], unit="s", utc=True))
    return cases


@stage
def relabel_members(
    panel: PairWaves, *, permutations: int, seed: int, specification: Specification = MAIN, every_term: bool = True
) -> Regression:
    """The first test of C2: informal exchange before a wave, and the partnerships that begin in it.

    A discrete-time event history of pairs as one regression over waves (MRQAP, double semi-partialling): partnership
    begun in the wave, on the standardised log of informal exchange before it, controlling business exchange, answers of
    both kinds expected under the sender shuffle, activity, shared chats and shared sector. Coefficients are per wave.
    Raises InputError where mrqap does.
    """
    return _regression(panel, INFORMAL, permutations, seed_of(seed, "C2 relabelling"), specification, every_term)


@stage
def beyond_business(
    panel: PairWaves, *, permutations: int, seed: int, specification: Specification = MAIN, every_term: bool = True
) -> Regression:
    """The third test of C2: informal exchange less business exchange, equally measured. As relabel_members, on the
    difference of the two kinds and their sum: a liking that drives all talk moves both."""
    stream = seed_of(seed, "C2 relabelling beyond business")
    return _regression(panel, DIFFERENCE, permutations, stream, specification, every_term)


def _regression(
    panel: PairWaves, term: str, permutations: int, seed: int, specification: Specification, every_term: bool
) -> Regression:
    draws = (({"draw": draw}, relations) for draw, relations in enumerate(panel.relations(term, specification)))
    return regression.average(
        draws, term, panel.numbers(specification),
        permutations=permutations, seed=seed, specification=specification, every_term=every_term,
    )  # fmt: skip


@stage
def numbers(
    members: Regression,
    senders: SenderShuffle,
    beyond: Regression,
    waves: Waves,
    *,
    confidence: float,
    of: str = "informal",
) -> dict:
    """C2: partnerships a pair, over all waves, that a deviation more of informal exchange goes with.

    members, senders, beyond: the three tests; p is the largest of theirs, since all must agree (Berger 1982). of: the
    term that gives value and interval, informal or beyond_business.
    """
    by_members, by_beyond = (float(test.tested["p_greater"]) for test in (members, beyond))
    p = {"p_members": by_members, "p_senders": senders.p, "p_beyond_business": by_beyond}
    scale = float(len(waves.starts))
    interval = {"informal": members, "beyond_business": beyond}[of].interval(confidence, scale)
    p |= {"p": max(p.values()), "p_two_sided": float(members.tested["p_two_sided"])}
    more = scale * float(beyond.tested["coefficient"])
    return {"status": "ok", **interval, **p, "beyond_business": more, "n": dict(members.n)}


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
    """Partnerships begun by how much the pair had talked informally before the wave.

    group: hardly any (below half a turn), and thirds of the other pairs of the wave; pair_waves, partnerships; per_ten:
    partnerships per ten pairs over all waves at that rate.
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
