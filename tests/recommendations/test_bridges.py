"""Who could bridge: the tie that shortens most ways, in the drawn networks."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.recommendations import bridges
from analysis.resample import interval_of_few

from .communities import NAMES


def flags(graph):
    return nx.to_numpy_array(graph) > 0


def test_two_cliques_are_bridged_by_a_pair_across():
    graph = nx.disjoint_union(nx.complete_graph(5), nx.complete_graph(4))
    pairs = bridges.bridging_pairs([flags(graph)] * 3, pd.Index(NAMES[:9]), 0.95)
    first = set(NAMES[:5])
    assert all((row.member_a in first) != (row.member_b in first) for row in pairs.itertuples())
    assert pairs["gain"].is_monotonic_decreasing


def test_the_gain_is_that_of_networkx():
    graph = nx.connected_watts_strogatz_graph(12, 4, 0.3, seed=2)
    pairs = bridges.bridging_pairs([flags(graph)], pd.Index(NAMES[:12]), 0.95)
    best = pairs.iloc[0]
    more = graph.copy()
    more.add_edge(NAMES.index(best.member_a), NAMES.index(best.member_b))
    gain = nx.global_efficiency(more) - nx.global_efficiency(graph)
    assert best.gain == pytest.approx(gain)
    assert bridges.efficiency(flags(graph)) == pytest.approx(nx.global_efficiency(graph))


def test_who_has_no_tie_and_who_is_tied_already_is_no_bridge():
    graph = nx.path_graph(6)
    graph.add_node(6)
    pairs = bridges.bridging_pairs([flags(graph)], pd.Index(NAMES[:7]), 0.95)
    named = set(pairs["member_a"] + pairs["member_b"])
    assert not any(NAMES[6] in pair for pair in named)
    assert NAMES[0] + NAMES[1] not in named


def test_a_star_without_its_centre_holds_nothing():
    assert bridges.held([flags(nx.star_graph(6))], 1) == pytest.approx(0)
    assert bridges.held([flags(nx.complete_graph(6))], 1) == pytest.approx(1)


def test_the_interval_of_a_gain_is_that_of_few_graphs_and_begins_at_0_at_least():
    """Four graphs: their percentiles would hold 58 % where 95 % is stated."""
    graphs = [flags(nx.gnp_random_graph(10, 0.35, seed=seed)) for seed in range(4)]
    pairs = bridges.bridging_pairs(graphs, pd.Index(NAMES[:10]), 0.95).iloc[0]
    place = [NAMES.index(pairs["member_a"]), NAMES.index(pairs["member_b"])]
    added = []
    for graph in graphs:
        more = graph.copy()
        more[*place] = more[*place[::-1]] = True
        added.append(bridges.efficiency(more) - bridges.efficiency(graph))
    low, high = interval_of_few(added)
    assert (pairs["low"], pairs["high"]) == pytest.approx((max(low, 0), high))
    assert high > max(added)


def test_ties_follow_the_drawn_replies():
    messages = pd.DataFrame(
        {"time": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-31"], utc=True), "member": NAMES[:3]},
        index=["a", "b", "c"],
    )
    drawn = pd.DataFrame({"draw": [0, 1], "message_id": ["b", "c"], "reply_to": ["a", "b"], "informal": False})
    first, second = bridges.ties_drawn(messages, drawn, pd.Index(NAMES[:3]), 1.0)
    assert np.argwhere(first).tolist() == [[0, 1], [1, 0]]
    assert np.argwhere(second).tolist() == [[1, 2], [2, 1]]
    with pytest.raises(InputError, match="no ties to bridge"):
        bridges.ties_drawn(messages, drawn.iloc[:0], pd.Index(NAMES[:3]), 1.0)


def test_of_a_large_network_those_with_most_ties_are_compared(monkeypatch):
    monkeypatch.setattr(bridges, "MANY", 6)
    graph = nx.disjoint_union(nx.complete_graph(6), nx.cycle_graph(5))
    graph.remove_edge(0, 1)
    pairs = bridges.bridging_pairs([flags(graph)], pd.Index(NAMES[:11]), 0.95)
    assert pairs[["member_a", "member_b"]].to_numpy().tolist() == [[NAMES[0], NAMES[1]]]
