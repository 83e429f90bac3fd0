"""Potential bridges: pairs of members without a tie whose connection would shorten paths through the network most.

Paths are measured by global efficiency (Latora and Marchiori 2001), the mean over pairs of 1 / distance, in each drawn
reply graph, so that the result reflects the uncertainty of ties.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.resample import interval_of_few

MANY = 80  # most members compared; if there are more, those with most ties
GRAPHS = 20  # number of drawn reply graphs compared
FIRST = 10  # number of pairs that count as the best in a graph
SHOWN = 5
COLUMNS = ("member_a", "member_b", "gain", "low", "high", "among_first")


def ties_drawn(messages: pd.DataFrame, drawn: pd.DataFrame, members: pd.Index, least: float) -> list[Flags]:
    """In each drawn reply graph, which pairs answer each other at least `least` times a month, shape (n, n), symmetric.

    messages: indexed by message id. drawn: the table ReplyDraws. Raises InputError when there is no answer.
    """
    months = max((messages["time"].max() - messages["time"].min()) / pd.Timedelta(days=30), 1.0)
    place = pd.Series(members.get_indexer(messages["member"]), index=messages.index)
    answers = drawn.dropna(subset="reply_to")
    source = place.reindex(answers["message_id"]).fillna(-1).to_numpy(int)
    target = place.reindex(answers["reply_to"]).fillna(-1).to_numpy(int)
    known = (source >= 0) & (target >= 0) & (source != target)
    if not known.any():
        raise InputError("no message answers another, so there are no ties to bridge")
    graphs = []
    for draw in np.unique(answers["draw"])[:GRAPHS]:
        own = known & (answers["draw"] == draw).to_numpy()
        counts = np.zeros((members.size, members.size))
        np.add.at(counts, (source[own], target[own]), 1)
        graphs.append((counts + counts.T) / months >= least)
    return graphs


def bridging_pairs(graphs: Collection[Flags], members: pd.Index, confidence: float) -> pd.DataFrame:
    """COLUMNS, best first: the rise of efficiency when a pair without a tie in most graphs gets one (gain, mean over
    graphs, with an interval of few draws, at least 0), and the share of graphs in which it is among the FIRST."""
    if members.size > MANY:
        most = np.sort(np.argsort(-np.sum([graph.sum(axis=0) for graph in graphs], axis=0), kind="stable")[:MANY])
        graphs, members = [graph[np.ix_(most, most)] for graph in graphs], members[most]
    tied = np.mean(list(graphs), axis=0)
    linked = (tied > 0.5).any(axis=0)  # a member without a tie leads to nobody
    a, b = np.nonzero(np.triu((tied < 0.5) & linked & linked[:, None], 1))
    gains = np.array([_gains(graph, a, b) for graph in graphs]).reshape(len(graphs), a.size)
    rank = np.argsort(np.argsort(-gains, axis=1, kind="stable"), axis=1)
    low, high = np.array([interval_of_few(column, confidence) for column in gains.T]).reshape(-1, 2).T
    frame = pd.DataFrame(
        {"member_a": members[a], "member_b": members[b], "gain": gains.mean(axis=0), "low": np.maximum(low, 0),
         "high": high, "among_first": (rank < FIRST).mean(axis=0)}
    )  # fmt: skip
    return frame.sort_values(["gain", "member_a", "member_b"], ascending=[False, True, True], ignore_index=True)


def _gains(graph: Flags, a: Ints, b: Ints) -> Floats:
    """The gain in a graph's efficiency from a tie between each pair."""
    far = _distances(graph)
    n = len(far)
    closeness = _inverse(far)
    whole = closeness.sum()
    gains = np.empty(a.size)
    for k, (one, other) in enumerate(zip(a, b, strict=True)):
        through = far[:, one, None] + 1 + far[None, other]
        shorter = np.minimum(far, np.minimum(through, through.T))
        gains[k] = _inverse(shorter).sum() - whole
    return gains / (n * (n - 1))


def _distances(graph: Flags) -> Floats:
    """Path lengths between all members, shape (n, n)."""
    return shortest_path(csr_array(graph.astype(float)), method="D", unweighted=True)


def _inverse(far: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.where(far > 0, 1 / far, 0.0)


def efficiency(graph: Flags, without: Collection[int] = ()) -> float:
    """Global efficiency of a graph, 0 to 1, among the members who are left."""
    left = np.setdiff1d(np.arange(len(graph)), list(without))
    part = _distances(graph[np.ix_(left, left)])
    return float(_inverse(part).sum() / max(left.size * (left.size - 1), 1))


def held(graphs: Collection[Flags], leaving: int) -> Floats:
    """Share of the efficiency that remains when the members with most ties leave, by graph."""
    shares = []
    for graph in graphs:
        top = np.argsort(-graph.sum(axis=0), kind="stable")[:leaving]
        whole = efficiency(graph)
        shares.append(efficiency(graph, top) / whole if whole else np.nan)
    return np.array(shares)
