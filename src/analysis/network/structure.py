"""Structure over sampled reply graphs, beside what null models give: of the whole network and of each member.

Replies are inferred, so every number here is a mean over reply graphs drawn from their probabilities, and its interval
is a link-uncertainty interval: how far the number moves with who might have answered whom. It says nothing of other
communities: the members are a census. Each drawn graph is also measured under each null model.
"""

from __future__ import annotations

from collections.abc import Iterator

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
BY_ACTIVITY = "activity"  # each answers, and is answered, as often as observed, but by anyone
NULLS = (BY_COUNT, BY_HOURS, BY_ACTIVITY)

Drawn = dict[str, tuple[Ints, Ints]]  # observed and by null: source and target of each link of one reply graph


def graphs(turns: Exchange, hours: float, draws: int, rng: np.random.Generator) -> Iterator[Drawn]:
    """Sampled reply graphs, each as observed and under each null model; nobody answers themselves in any."""
    member = turns.turns["member"].to_numpy()
    blocks = {BY_COUNT: nulls.chat_blocks(turns), BY_HOURS: nulls.hour_blocks(turns, hours)}
    shuffles = {of: nulls.keeping_who_writes_when(block, draws, rng) for of, block in blocks.items()}
    for later, earlier in sampled(turns.links, draws, rng):
        between = member[later] != member[earlier]
        later, earlier = later[between], earlier[between]
        source, target = member[later], member[earlier]
        drawn = {OBSERVED: (source, target)}
        for of, places in shuffles.items():
            moved = nulls.without_self_links(member[next(places)], later, earlier, blocks[of], rng)
            drawn[of] = (moved[later], moved[earlier])
        drawn[BY_ACTIVITY] = (source, next(nulls.keeping_strength(source, target, 1, rng)))
        yield drawn


def counted(source: Ints, target: Ints, n: int) -> sparse.csr_array:
    """How often each member answers each other, shape (n, n), from the ends of each link."""
    return measures.weighted(sparse.coo_array((np.ones(source.size), (source, target)), shape=(n, n)).tocsr())


def whole(relation: sparse.csr_array, least: float) -> dict[str, float]:
    """What is quickly measured of the whole network; a tie is there from `least` turns on."""
    present = measures.binary(relation >= least)
    reciprocity = measures.reciprocity(present)
    return {
        "density": measures.density(present),
        "reciprocity_edgewise": reciprocity["edgewise"],
        "reciprocity_dyadic": reciprocity["dyadic"],
        "transitivity": measures.closure(present),
        "in_centralization": measures.centralization(present, "in_degree"),
        "out_centralization": measures.centralization(present, "out_degree"),
    }


def of_members(
    relation: sparse.csr_array, least: float, written: Floats, engine: str = "networkx", *, paths: bool = True
) -> pd.DataFrame:
    """Measures of each member, a row each in order.

    out_strength, in_strength: turns given and got; got_per_turn: turns got for each turn written (written, shape (n,)).
    answers, answered_by: how many members, by ties from `least` turns on; betweenness and core are on these ties,
    pagerank and constraint on all. Without paths betweenness is missing.
    """
    present = measures.binary(relation >= least)
    got = relation.sum(axis=0)
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


def measured(
    turns: Exchange,
    community: Ints,
    *,
    hours: float,
    least: float,
    draws: int,
    slow_draws: int,
    rng: np.random.Generator,
    engine: str = "networkx",
    paths: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures of the whole and of the members, a row a drawn graph and kind (of: observed, or the null's name).

    community: shape (n,), the division of the expected network, with which each drawn graph's is compared. slow_draws:
    in how many of the draws the members, groups and triads are measured, which takes long; without paths betweenness
    and triads, which take longest, are missing.
    The first frame: of, and one column a measure, missing where it was not measured; the second: of, member, and one.
    """
    written = np.bincount(turns.turns["member"], minlength=turns.n).astype(float)
    rows, scores = [], []
    for draw, drawn in enumerate(graphs(turns, hours, draws, rng)):
        for of, (source, target) in drawn.items():
            relation = counted(source, target, turns.n)
            row = whole(relation, least)
            if draw < slow_draws:
                table = of_members(relation, least, written, engine, paths=paths)
                grouped, bridging = _grouped(relation, least, community, draw, engine)
                row |= grouped | (_along_paths(relation, least, table["betweenness"], engine) if paths else {})
                scores.append(pd.concat([table, bridging], axis=1).assign(of=of, member=turns.members.to_numpy()))
            rows.append({"of": of, **row})
    return pd.DataFrame(rows), pd.concat(scores, ignore_index=True) if scores else pd.DataFrame()


def _along_paths(relation: sparse.csr_array, least: float, betweenness: pd.Series, engine: str) -> dict[str, float]:
    triads = {f"triad_{kind}": n for kind, n in measures.triad_census(relation >= least, engine=engine).items()}
    return triads | {"betweenness_centralization": measures.centralized(betweenness.to_numpy(), "betweenness")}


def _grouped(
    relation: sparse.csr_array, least: float, community: Ints, seed: int, engine: str
) -> tuple[dict[str, float], pd.DataFrame]:
    """Groups of a drawn graph, and by member core (1 or 0) and participation."""
    present, n = relation >= least, relation.shape[0]
    division = groups.communities(relation, runs=1, seed=seed, engine=engine)
    core = (
        groups.core_periphery(present.toarray(), restarts=0) if n > 2 else groups.Core(np.zeros(n, bool), float("nan"))
    )
    found = {
        "modularity": division.modularity,
        "same_division": groups.adjusted_rand(division.members, community) if n else float("nan"),
        "core_fit": core.fit,
        "core_size": float(core.members.sum()),
    }
    participation = groups.participation(relation.toarray(), community)
    return found, pd.DataFrame({"core": core.members.astype(float), "participation": participation})


def summary(draws: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Mean and interval over draws of the whole network's measures: of, measure, value, low, high."""
    rows = [
        (of, measure, part[measure].mean(), *resample.interval(part[measure], confidence))
        for of, part in draws.groupby("of", sort=False)
        for measure in part.columns.drop("of")
    ]
    return pd.DataFrame(rows, columns=["of", "measure", "value", "low", "high"])


def scores_summary(draws: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Mean and interval over draws of the members' measures: of, member, measure, value, low, high."""
    if draws.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in SCORES.items()})
    tail = (1 - confidence) / 2
    by_member = draws.groupby(["of", "member"], sort=True)
    parts = {"value": by_member.mean(), "low": by_member.quantile(tail), "high": by_member.quantile(1 - tail)}
    long = [part.reset_index().melt(["of", "member"], None, "measure", name) for name, part in parts.items()]
    return long[0].assign(low=long[1]["low"], high=long[2]["high"]).astype(SCORES)


SCORES = {"of": "str", "member": "str", "measure": "str", "value": float, "low": float, "high": float}
