"""Speed of the null models of the network on one core, and of its measures by networkx and by igraph, where installed.

Run: python benchmarks/network.py. Prints CPU seconds.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is read: one core

import importlib.util
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.network import groups, measures, nulls
from analysis.network.ties import Exchange, tally

SHUFFLES, SIZE, MEMBERS = 1000, 50_000, 60
BIG, TIES = 2_000, 10_000  # members and ties of the network that both engines measure


def seconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def shuffles() -> dict[str, Callable[[], None]]:
    """1,000 draws of each null model of 50,000 messages of 60 members in 3 chats over a year, on fixed links."""
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


def main() -> None:
    print(f"{SHUFFLES:,} draws of a null model, {SIZE:,} messages on fixed links (aim: under 20 s)")
    for name, call in shuffles().items():
        print(f"{name:42s} {seconds(call):6.2f} s")
    relation, there = network(), importlib.util.find_spec("igraph") is not None
    calls: dict[str, Callable[[str], object]] = {
        "betweenness": lambda engine: measures.betweenness(relation, engine=engine),
        "triad census": lambda engine: measures.triad_census(relation, engine=engine),
        "PageRank": lambda engine: measures.pagerank(relation, engine=engine),
        "constraint": lambda engine: measures.constraint(relation, engine=engine),
        "communities, one run": lambda engine: groups.communities(relation, runs=1, engine=engine),
    }
    print(f"{BIG:,} members, {relation.nnz:,} ties: networkx, and igraph{'' if there else ' (not installed)'}")
    for name, measure in calls.items():
        ours = seconds(lambda measure=measure: measure("networkx"))
        theirs = seconds(lambda measure=measure: measure("igraph")) if there else float("nan")
        print(f"{name:42s} {ours:6.2f} s {theirs:8.3f} s {ours / theirs:6.0f} times")


if __name__ == "__main__":
    main()
