"""C1 and C2 in many universes: one relabelling for all of them."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np

from analysis.robustness import pairs


def test_a_relabelling_of_all_gives_every_relabelling_of_some_equally_often():
    orders = np.array(list(itertools.permutations(range(5))))
    relabellings = Counter(map(tuple, pairs.among(orders, np.array([0, 2, 3]))))
    assert set(relabellings) == set(itertools.permutations(range(3)))
    assert set(relabellings.values()) == {120 // 6}


def test_a_relabelling_of_all_is_kept_where_it_stays_among_some():
    orders = np.array([[2, 1, 0, 4, 3]])
    assert pairs.among(orders, np.array([0, 2, 3])).tolist() == [[1, 0, 2]]
