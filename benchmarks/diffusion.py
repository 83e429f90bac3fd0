"""Speed of the spreading process on one core: cascades a second, next to EoN on the same graphs where it is installed.

Run: python benchmarks/diffusion.py. EoN spreads one cascade at a time in pure Python; both reach as many members.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is read: one core

import time
import warnings
from collections.abc import Callable
from types import ModuleType

import networkx as nx
import numpy as np

from analysis.recommendations.spread import Process, on_graph, spread

CASCADES = 10_000
CHANCE = 0.2


def timed(call: Callable[[], float]) -> tuple[float, float]:
    """What the call gives, and its CPU seconds."""
    began = time.process_time()
    result = call()
    return result, time.process_time() - began


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


def eon() -> ModuleType | None:
    """EoN, where it is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import EoN
        except ImportError:
            return None
    return EoN


def by_eon(module: ModuleType, graph: nx.Graph, cascades: int) -> float:
    """The same by EoN."""
    sizes = [module.basic_discrete_SIR(graph, CHANCE, initial_infecteds=[0])[-1][-1] for _ in range(cascades)]
    return float(np.mean(sizes) / len(graph))


def line(what: str, cascades: int, result: float, seconds: float) -> str:
    return f"{what:55} {cascades / seconds:>9,.0f} cascades a second, {100 * result:.1f} % reached"


if __name__ == "__main__":
    for members, number in ((40, 4), (200, 5), (1000, 10)):
        result, seconds = timed(lambda m=members, g=number: in_groups(groups(m, g), CASCADES))
        print(line(f"{members} members in {number} groups, with times", CASCADES, result, seconds))
    peer = eon()
    for members in (40, 200):
        graph = nx.connected_watts_strogatz_graph(members, 8, 0.2, seed=1)
        result, seconds = timed(lambda g=graph: on_ties(g, CASCADES))
        print(line(f"independent cascades on {members} members with 8 ties", CASCADES, result, seconds))
        if peer:
            result, seconds = timed(lambda g=graph: by_eon(peer, g, CASCADES // 20))
            print(line("  EoN on the same graph", CASCADES // 20, result, seconds))
        else:
            print("  EoN is not installed: pip install EoN==2.0")
