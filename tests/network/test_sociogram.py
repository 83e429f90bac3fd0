"""The sociogram: who is shown, and that it is the same every time."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from analysis.network import matrix, sociogram, step

from .chats import ANA, BEN, CUT, DED, lively


@pytest.fixture(scope="module")
def named(data_of, params):
    """Twenty days of chats in which members name each other."""
    messages = lively(days=20)
    naming = messages["text"].where(messages.index % 5 != 0, f"{BEN} gimana")
    data = data_of(messages.assign(text=naming))
    return {"data": data, **vars(step.assess(data, params))}


def interactive(results, agreed):
    chart = sociogram.laid_out(results["members"], results["layers"], agreed, least=1)
    return sociogram.interactive(chart, results["layers"], results["scores"], "Simulated.").data


def test_only_members_who_agreed_are_drawn_in_every_layer_and_period(named):
    drawn = interactive(named, {ANA, BEN, CUT})
    data = data_in(drawn)
    assert data["layers"] == [list(view) for view in sociogram.VIEWS.values()]
    assert sum(label.startswith("until ") for label in data["periods"]) == step.PARTS
    assert sorted(data["members"]) == sorted([ANA, BEN, CUT])
    assert DED not in drawn
    assert 'id="guyub-map"' in drawn


def data_in(drawn):
    return json.loads(drawn.partition('<script type="application/json">')[2].partition("</script>")[0])


def ties_in(drawn):
    """Those shown at first: answers of the whole time."""
    return pd.DataFrame(data_in(drawn)["ties"]).query("layer == 0 and period == 0")


def test_a_tie_says_how_sure_it_is_and_is_drawn_as_faint_as_it_is_unsure(results):
    chart = sociogram.laid_out(results["members"], results["layers"], results["data"].agreed, least=1)
    rows = sociogram.pairs(chart.ties.query("layer == 'reply' and period == 0"))
    first = ties_in(interactive(results, results["data"].agreed))["sure"].tolist()
    assert first == (100 * rows["low"] / rows["weight"]).round().astype(int).tolist()
    assert sociogram.opacity(0) < sociogram.opacity(50) < sociogram.opacity(100) <= 1


def test_ties_below_the_threshold_are_not_in_the_picture_that_stands_still(results):
    drawn = interactive(results, results["data"].agreed)
    assert drawn.count("stroke-width") == (ties_in(drawn)["sure"] >= sociogram.SURE).sum() > 0


def test_codes_lie_on_no_sign_and_on_no_other_code():
    rng = np.random.default_rng(1)
    where, radius, codes = rng.random((40, 2)), np.full(40, 8.0), [f"M{i:04d}" for i in range(40)]
    sides = sociogram._sides(where, radius, codes)
    spots = sociogram.MARGIN + where * (np.array(sociogram.WIDE) - 2 * sociogram.MARGIN)
    boxes = [(*(spot - 8), *(spot + 8)) for spot in spots]
    boxes += [sociogram._box(spots[i], 8.0, 5 * sociogram.LETTER, side) for i, side in enumerate(sides) if side >= 0]
    assert len(boxes) > 60
    assert not [(a, b) for i, a in enumerate(boxes[40:], 40) for b in boxes[:i] if sociogram._overlap(a, b)]


def test_groups_are_numbered_as_in_the_matrix(results):
    chart = sociogram.laid_out(results["members"], results["layers"], results["data"].agreed, least=1)
    order = matrix.ordered(chart.agreed)
    first = order.loc[order["group"] >= 0, "member"].iloc[0]
    assert sociogram._groups(chart)[chart.members["member"].tolist().index(first)] == 1


def test_without_a_tie_between_members_who_agreed_the_reason_is_given(results):
    chart = sociogram.laid_out(results["members"], results["layers"], {ANA}, least=1)
    assert "reaches the least weight" in chart.reason
    assert "Not shown" in sociogram.interactive(chart, results["layers"], results["scores"], "Simulated.").data


def test_the_same_study_gives_the_same_sociogram(named):
    agreed = named["data"].agreed
    assert interactive(named, agreed) == interactive(named, agreed)


def test_a_rounding_error_moves_no_member():
    graph = nx.gnp_random_graph(40, 0.15, seed=1, directed=True)
    places = []
    for nudge in (0.0, 1e-13):  # processors differ in the last digits of a sum
        nx.set_edge_attributes(graph, {tie: 1.0 + tie[0] % 7 + nudge * tie[1] for tie in graph.edges}, "weight")
        places.append(np.array(list(sociogram.places(graph).values())))
    np.testing.assert_allclose(*places, atol=1e-7)
