"""Structure of sampled reply graphs, as observed and under null models: of the whole network and of each member.

Replies are inferred, so every measure is a mean over reply graphs drawn from their probabilities. Its interval is a
link-uncertainty interval: how far the measure depends on which possible answers were given. It says nothing about other
communities, as the members are a census. Each drawn graph is also measured under each null model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import resample
from analysis.arrays import Floats, Ints
from analysis.network import groups, measures, nulls
from analysis.network.ties import Exchange, sampled

OBSERVED = "observed"
BY_COUNT = "message count"  # senders shuffled within a chat
BY_HOURS = "message count and hours"  # senders shuffled within a chat and a few hours
BY_ACTIVITY = "activity"  # targets permuted: each answers, and is answered, as often as observed
NULLS = (BY_COUNT, BY_HOURS, BY_ACTIVITY)

COST = 500_000  # most draws times members squared for the slow measures, so fewer draws in larger communities
LEAST_DRAWS = 5

Links = dict[str, tuple[Ints, Ints]]  # observed and by null: source and target of each link of one reply graph


@dataclass(frozen=True)
class ReplyGraphs:
    """Sampled reply graphs, each as observed and under each null model; nobody answers themselves in any.

    hours: length of the blocks of the null BY_HOURS. Iterating draws the graphs from the seed, the same ones each time.
    """

    turns: Exchange
    hours: float
    draws: int
    seed: int

    def __iter__(self) -> Iterator[Links]:
        turns, member = self.turns, self.turns.turns["member"].to_numpy()
        rng = {of: np.random.default_rng(resample.seed_of(self.seed, of)) for of in (OBSERVED, *NULLS)}
        blocks = {BY_COUNT: nulls.chat_blocks(turns), BY_HOURS: nulls.hour_blocks(turns, self.hours)}
        shuffles = {of: nulls.keeping_who_writes_when(block, self.draws, rng[of]) for of, block in blocks.items()}
        for later, earlier in sampled(turns, self.draws, rng[OBSERVED]):
            between = member[later] != member[earlier]
            later, earlier = later[between], earlier[between]
            source, target = member[later], member[earlier]
            links = {OBSERVED: (source, target)}
            for of, places in shuffles.items():
                shuffled = nulls.without_self_links(member[next(places)], later, earlier, blocks[of], rng[of])
                links[of] = (shuffled[later], shuffled[earlier])
            links[BY_ACTIVITY] = (source, next(nulls.keeping_strength(source, target, 1, rng[BY_ACTIVITY])))
            yield links


@dataclass(frozen=True)
class Draws:
    """Measures of drawn reply graphs. Columns draw and of (OBSERVED, or a null's name), then one per measure.

    network: of the whole, missing where a measure was not taken; members: of each member (column member).
    """

    network: pd.DataFrame
    members: pd.DataFrame


def counted(source: Ints, target: Ints, n: int) -> Floats | sparse.csr_array:
    """How often each member answers each other, shape (n, n), from the ends of each link; sparse when there are many
    members."""
    if n > measures.MANY:
        return measures.weighted(sparse.coo_array((np.ones(source.size), (source, target)), shape=(n, n)).tocsr())
    relation = np.bincount(source * n + target, minlength=n * n).reshape(n, n).astype(float)
    np.fill_diagonal(relation, 0)
    return relation


def whole(relation: Floats | sparse.csr_array, least: float) -> dict[str, float]:
    """The quick measures of the whole network; a tie is present from `least` turns on."""
    present = measures.present_ties(relation >= least)
    return {
        "density": measures.density(present),
        **{f"reciprocity_{name}": share for name, share in measures.reciprocity(present).items()},
        "transitivity": measures.transitivity(present),
        "in_centralization": measures.centralization(present.sum(axis=0), "in_degree"),
        "out_centralization": measures.centralization(present.sum(axis=1), "out_degree"),
    }


def with_paths(n: int, engine: str) -> bool:
    """Whether this engine follows all shortest paths of n members."""
    return n <= measures.MANY or engine != "networkx"


def of_members(
    relation: sparse.csr_array, least: float, written: Floats, engine: str = "networkx", *, paths: bool = True
) -> pd.DataFrame:
    """Measures of each member, one row per member in order.

    out_strength, in_strength: turns that answer others, and that are answers to the member; got_per_turn: answers for
    each turn written (written, shape (n,)). answers, answered_by: numbers of members, by ties from `least` turns on;
    betweenness uses these ties, pagerank and constraint all. Without paths betweenness is missing.
    """
    present, got = measures.binary(relation >= least), relation.sum(axis=0)
    return pd.DataFrame(
        {
            "out_strength": relation.sum(axis=1),
            "in_strength": got,
            "got_per_turn": np.divide(got, written, out=np.full(got.size, np.nan), where=written > 0),
            "answers": present.sum(axis=1),
            "answered_by": present.sum(axis=0),
            "betweenness": measures.betweenness(present, engine=engine) if paths else np.nan,
            "pagerank": measures.pagerank(relation, engine=engine),
            "constraint": measures.constraint(relation, engine=engine),
        }
    )


def measured(graphs: ReplyGraphs, community: Ints, *, least: float, slow_draws: int, engine: str = "networkx") -> Draws:
    """The measures of every drawn graph, as observed and under each null model.

    community: shape (n,), the division of the expected network, with which each drawn graph's is compared. slow_draws:
    the number of draws in which members, groups and triads are measured; fewer in large communities (COST). Betweenness
    and triads, the slowest, are missing in communities of more than measures.MANY when networkx would compute them.
    """
    turns, n = graphs.turns, graphs.turns.n
    slow = min(max(slow_draws, 1), graphs.draws, max(LEAST_DRAWS, COST // max(n, 1) ** 2))
    paths = with_paths(n, engine)
    rows, members = [], []
    for draw, links in enumerate(graphs):
        for of, (source, target) in links.items():
            relation = counted(source, target, n)
            row = {"draw": draw, "of": of, **whole(relation, least)}
            if draw < slow:
                relation = measures.weighted(relation)
                table = of_members(relation, least, turns.written, engine, paths=paths)
                grouped, bridging = _grouped(relation, least, community, draw, engine)
                row |= grouped | (_along_paths(relation, least, table["betweenness"], engine) if paths else {})
                table = pd.concat([table, bridging], axis=1)
                members.append(table.assign(draw=draw, of=of, member=turns.members.to_numpy()))
            rows.append(row)
    return Draws(pd.DataFrame(rows), pd.concat(members, ignore_index=True))


def _along_paths(relation: sparse.csr_array, least: float, betweenness: pd.Series, engine: str) -> dict[str, float]:
    triads = {f"triad_{kind}": n for kind, n in measures.triad_census(relation >= least, engine=engine).items()}
    return triads | {"betweenness_centralization": measures.centralization(betweenness.to_numpy(), "betweenness")}


def _grouped(
    relation: sparse.csr_array, least: float, community: Ints, seed: int, engine: str
) -> tuple[dict[str, float], pd.DataFrame]:
    """Groups of a drawn graph, and by member core (1 or 0) and participation."""
    division = groups.communities(relation, runs=1, seed=seed, engine=engine)
    core = groups.core_periphery(relation >= least, restarts=0)
    grouped = {
        "modularity": division.modularity,
        "same_division": groups.adjusted_rand(division.members, community),
        "core_fit": core.fit,
        "core_size": float(core.members.sum()),
    }
    participation = groups.participation(relation, community)
    return grouped, pd.DataFrame({"core": core.members.astype(float), "participation": participation})


def summary(draws: Draws, confidence: float) -> pd.DataFrame:
    """Mean and interval over draws of the whole network's measures: of, measure, value, low, high."""
    rows = [
        (of, measure, part[measure].mean(), *resample.interval(part[measure], confidence))
        for of, part in draws.network.groupby("of", sort=False)
        for measure in part.columns.drop(["draw", "of"])
    ]
    return pd.DataFrame(rows, columns=["of", "measure", "value", "low", "high"])


def scores_summary(draws: Draws, confidence: float) -> pd.DataFrame:
    """Mean and interval over draws of the members' measures: of, member, measure, value, low, high."""
    tail = (1 - confidence) / 2
    by_member = draws.members.drop(columns="draw").groupby(["of", "member"], sort=True)
    parts = {"value": by_member.mean(), "low": by_member.quantile(tail), "high": by_member.quantile(1 - tail)}
    long = [part.reset_index().melt(["of", "member"], None, "measure", name) for name, part in parts.items()]
    return long[0].assign(low=long[1]["low"], high=long[2]["high"]).astype({"measure": "str"})


def minus_nulls(draws: Draws) -> Draws:
    """Observed minus each null model in each drawn graph (of: the null model).

    A null model shuffles the very graph that it is compared with. Both rise and fall together, so the intervals of both
    may overlap where every difference has the same sign.
    """
    return Draws(_minus(draws.network, ["draw"]), _minus(draws.members, ["draw", "member"]))


def _minus(measured: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    by_graph = measured.set_index(["of", *keys])
    return pd.concat({null: by_graph.loc[OBSERVED] - by_graph.loc[null] for null in NULLS}, names=["of"]).reset_index()
