"""How far single turns move a value."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.robustness import influence


def test_a_slope_is_what_a_small_step_gives():
    rng = np.random.default_rng(1)
    y, a, b = (each + np.swapaxes(each, 1, 2) for each in rng.normal(size=(3, 2, 6, 6)))
    y[0, 1, 2] = y[0, 2, 1] = np.nan
    upper = np.triu(np.ones((6, 6), dtype=bool), 1)[None] & ~np.isnan(y)

    def coefficient(x):
        design = np.column_stack([np.ones(upper.sum()), x[upper], b[upper]])
        return np.linalg.lstsq(design, y[upper], rcond=None)[0][1]

    slope = influence.slopes(y, {"a": a, "b": b}, "a")["a"]
    moved = a.copy()
    moved[1, 0, 3] += 1e-6
    assert slope[1, 0, 3] == pytest.approx((coefficient(moved) - coefficient(a)) / 1e-6, rel=1e-4)
    assert slope[0, 1, 2] == 0


def test_struck_turns_take_their_answers_along_and_recoded_ones_change_kind():
    def links(*pairs):
        return tuple(np.array(each, dtype=np.intp) for each in zip(*pairs, strict=True))

    graph = {"informal": links((1, 0), (2, 1), (3, 0)), "other": links((4, 3), (5, 4)), "business": links((5, 4))}
    struck = influence.Edit.of(6, struck=[1]).apply(graph, graph)
    assert struck["informal"][0].tolist() == [3]
    recoded = influence.Edit.of(6, other=[2], informal=[5]).apply(graph, graph)
    assert sorted(recoded["informal"][0].tolist()) == [1, 3, 5]
    assert sorted(recoded["other"][0].tolist()) == [2, 4]
    assert recoded["business"][0].tolist() == [5]
