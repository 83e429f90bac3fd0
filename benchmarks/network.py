"""Speed of the network's measures, by networkx and by igraph behind the same call, and of its null models:
python benchmarks/table.py networks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from table import Case, Tool, ours
from timed import chosen, report

from analysis.network import groups, measures, nulls
from analysis.network.ties import Exchange, tally

SHUFFLES, SIZE, MEMBERS = 200, 50_000, 60
BIG, TIES = 1_000, 5_000  # members and ties of the network that both engines measure


def shuffles() -> dict[str, Callable[[], None]]:
    """Draws of each null model of messages in 3 chats over a year, on fixed links."""
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.sort(rng.uniform(0, 366, SIZE)), unit="D")
    frame = pd.DataFrame({"channel": rng.choice(list("abc"), SIZE), "member": rng.integers(MEMBERS, size=SIZE)})
    turns = Exchange(
        pd.Index(range(MEMBERS)), frame.assign(time=times, messages=1), pd.DataFrame(), pd.Series(dtype=int)
    )
    blocks, member = nulls.hour_blocks(turns, 3), frame["member"].to_numpy()
    later = np.arange(1, SIZE)
    earlier = np.maximum(later - rng.integers(1, 6, later.size), 0)
    between = member[later] != member[earlier]
    later, earlier = later[between], earlier[between]
    source, target = member[later], member[earlier]

    def senders(swap: bool) -> None:
        for place in nulls.keeping_who_writes_when(blocks, SHUFFLES, rng):
            moved = member[place]
            moved = nulls.without_self_links(moved, later, earlier, blocks, rng) if swap else moved
            tally(moved[later], moved[earlier], None, MEMBERS)

    def rewired() -> None:
        for permuted in nulls.keeping_strength(source, target, SHUFFLES, rng):
            tally(source, permuted, None, MEMBERS)

    return {
        "senders within chat and hours": lambda: senders(False),
        "the same, self-links swapped away": lambda: senders(True),
        "rewiring that keeps strength": rewired,
    }


def network() -> sparse.csr_array:
    """Ties at random, more for some members than for others."""
    rng = np.random.default_rng(0)
    weight = 1 / np.arange(1, BIG + 1) ** 0.5
    ends = rng.choice(BIG, size=(2, TIES), p=weight / weight.sum())
    return measures.weighted(sparse.coo_array((np.ones(TIES), tuple(ends)), shape=(BIG, BIG)).tocsr())


MEASURES: dict[str, Callable[..., object]] = {
    "betweenness": measures.betweenness,
    "triad census": measures.triad_census,
    "PageRank": measures.pagerank,
    "constraint": measures.constraint,
    "communities, one run": lambda relation, engine: groups.communities(relation, runs=1, engine=engine),
}


def measure(name: str, engine: str) -> None:
    relation = network()
    report(lambda: MEASURES[name](relation, engine=engine), lambda _: relation.nnz)


def shuffle(name: str) -> None:
    report(shuffles()[name], lambda _: SHUFFLES)


def cases(folder: Path) -> Iterator[Case]:
    for name in MEASURES:
        by_igraph = [sys.executable, __file__, "measure", name, "igraph"]
        tools = [
            ours("network.py", "measure", name, "networkx"),
            Tool("Guyub with igraph", by_igraph, "make .venv/.tests"),
        ]
        yield Case(f"{name}, {BIG:,} members, {TIES:,} ties", tools)
    for name in shuffles():
        yield Case(f"{SHUFFLES} draws, {SIZE:,} messages: {name}", [ours("network.py", "shuffle", name)])


if __name__ == "__main__":
    chosen({"measure": measure, "shuffle": shuffle})
