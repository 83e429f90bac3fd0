"""How far single turns move a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.partnership import c1
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


def test_the_slopes_of_growth_are_what_a_small_step_gives(talkative):
    """Of an answer in a window, and of a turn of informal exchange, as the value of C1 moves."""
    windows = influence.pair_analysis(talkative.pairs, talkative.of_pairs).windows
    by_answer, by_exchange = influence.c1_slopes(windows)

    def value(panel):
        fit = c1.relabel_members(panel, permutations=1, seed=0, every_term=False)
        return c1.per_doubling(fit.tested["coefficient"])

    usual, step = value(windows), 1e-5
    cells = [cell for cell in np.argwhere(windows.answers > 0) if cell[1] < cell[2]]
    for window, a, b in cells[:: len(cells) // 4]:
        answers, exchange = windows.answers.copy(), windows.exchange.copy()
        answers[window, [a, b], [b, a]] += step
        exchange[-1, [a, b], [b, a]] += step
        moved = value(replace(windows, answers=answers)), value(replace(windows, exchange=exchange))
        assert by_answer[window, a, b] == pytest.approx((moved[0] - usual) / step, rel=1e-2)
        assert by_exchange[a, b] == pytest.approx((moved[1] - usual) / step, rel=1e-2)


def test_the_influence_of_a_turn_on_c1_foretells_what_striking_it_out_does(talkative):
    """First derivatives: over single turns they go with the exact changes."""
    analysis = influence.pair_analysis(talkative.pairs, talkative.of_pairs)
    turns = len(analysis.talk.turns.turns)
    foretold = influence.turn_influence(analysis, "C1").struck
    usual, some = analysis.effects()["C1"], np.argsort(np.abs(foretold))[-12:]
    exact = [analysis.edited(influence.Edit.of(turns, struck=[turn])).effects()["C1"] - usual for turn in some]
    assert np.corrcoef(foretold[some], exact)[0, 1] > 0.9
