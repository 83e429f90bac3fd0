"""Means and intervals of ties over drawn graphs, from what each weighs in how many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.network.weighed import AT_ONCE, Weighed


def drawn_of(graphs):
    """The graphs, (draws, cells) with 0 where a tie is absent, as Weighed takes them."""
    return ((np.flatnonzero(graph), graph[graph > 0]) for graph in graphs)


@given(
    st.integers(1, 3 * AT_ONCE).flatmap(
        lambda draws: st.lists(st.lists(st.integers(0, 4), min_size=9, max_size=9), min_size=draws, max_size=draws)
    ),
    st.sampled_from([0.5, 0.9, 0.95, 1.0]),
)
def test_mean_and_interval_are_those_of_the_graphs_in_full(graphs, confidence):
    every = np.array(graphs)
    weighed = Weighed.of(drawn_of(every))
    cells, mean = weighed.mean()
    assert cells.tolist() == np.flatnonzero(every.any(axis=0)).tolist()
    assert mean == pytest.approx(every.mean(axis=0)[cells])
    tail = (1 - confidence) / 2
    assert weighed.interval(np.arange(9), confidence) == pytest.approx(np.quantile(every, [tail, 1 - tail], axis=0))


def test_without_any_tie_there_is_none_and_without_a_cell_no_interval():
    weighed = Weighed.of(drawn_of(np.zeros((3, 4), dtype=int)))
    assert weighed.mean()[0].size == 0
    assert weighed.interval(np.array([2]), 0.95).tolist() == [[0], [0]]
    assert weighed.interval(np.empty(0, dtype=np.int64), 0.95).shape == (2, 0)
