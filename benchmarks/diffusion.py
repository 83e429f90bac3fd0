"""Speed of the spreading process, next to EoN on the same graph: python benchmarks/table.py spreading.

EoN spreads one cascade at a time in pure Python. Both reach as many members.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
from table import Case, Tool, ours
from timed import chosen, report

from analysis.recommendations.spread import Process, on_graph, spread

CASCADES = 2_000
CHANCE = 0.2
SIZES = ((40, 4), (200, 5), (1000, 10))  # members and groups


def groups(members: int, number: int, seed: int = 0) -> Process:
    """A community in which everybody is in about two groups and passes a hundredth of the news on."""
    rng = np.random.default_rng(seed)
    size = number, members
    return Process(
        member_of=rng.random(size) < 2 / number,
        writes=np.where(rng.random((*size, 200)) < 0.3, rng.exponential(3, (*size, 200)), np.inf),
        opens=rng.gamma(1.0, 1.0, size),
        kept=np.full(number, 5.0),
        notices=np.ones(number),
        passes=np.full(size[::-1], 0.01),
        ages=1.0,
    )


def in_groups(process: Process, cascades: int) -> float:
    """Mean share of members who read within a week."""
    rng = np.random.default_rng(1)
    posted = np.full((cascades, len(process.member_of)), np.inf)
    posted[np.arange(cascades), rng.integers(len(process.member_of), size=cascades)] = 0.0
    read, _ = spread(process, posted, np.full(cascades, -1), rng)
    return float((read <= 7).mean())


def on_ties(graph: nx.Graph, cascades: int) -> float:
    """Mean share of members reached by independent cascades from the first."""
    posted = np.full((cascades, len(graph)), np.inf)
    posted[:, 0] = 0.0
    process = on_graph(nx.to_numpy_array(graph) * CHANCE)
    read, _ = spread(process, posted, np.zeros(cascades, dtype=int), np.random.default_rng(1))
    return float(np.isfinite(read).mean())


def by_eon(graph: nx.Graph, cascades: int) -> float:
    """The same by EoN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from EoN import basic_discrete_SIR
    sizes = [basic_discrete_SIR(graph, CHANCE, initial_infecteds=[0])[-1][-1] for _ in range(cascades)]
    return float(np.mean(sizes) / len(graph))


def in_groups_of(members: str, number: str) -> None:
    process = groups(int(members), int(number))
    report(lambda: in_groups(process, CASCADES), float)


def ties(by: str) -> None:
    graph = nx.connected_watts_strogatz_graph(200, 8, 0.2, seed=1)
    report(lambda: (by_eon if by == "EoN" else on_ties)(graph, CASCADES), float, "EoN" if by == "EoN" else "")


def cases(folder: Path) -> Iterator[Case]:
    eon = Tool("EoN", [sys.executable, __file__, "ties", "EoN"], "make .venv/.tests")
    yield Case(f"{CASCADES:,} cascades on 200 members with 8 ties each", [ours("diffusion.py", "ties", "ours"), eon])
    for members, number in SIZES:
        alone = ours("diffusion.py", "groups", str(members), str(number))
        yield Case(f"{CASCADES:,} cascades on {members:,} members in {number} groups, with times", [alone])


if __name__ == "__main__":
    chosen({"groups": in_groups_of, "ties": ties})
