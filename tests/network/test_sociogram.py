"""The sociogram: who is shown, and that it is the same every time."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from analysis.network import sociogram, step

from .chats import ANA, BEN, CUT, DED, lively


@pytest.fixture(scope="module")
def named(data_of, params):
    """Twenty days of chats in which members name each other."""
    messages = lively(days=20)
    naming = messages["text"].where(messages.index % 5 != 0, f"{BEN} gimana")
    data = data_of(messages.assign(text=naming))
    return {"data": data, **step.assess(data, params)}


def interactive(results, agreed):
    chart = sociogram.laid_out(results["members"], results["layers"], agreed, least=1)
    return sociogram.interactive(chart, results["layers"], results["scores"], "Simulated.").data


def test_only_members_who_agreed_are_drawn_in_every_layer_and_period(named):
    drawn = interactive(named, {ANA, BEN, CUT})
    assert all(label in drawn for label in sociogram.VIEWS.values())
    assert drawn.count('"name":"until ') == step.PARTS
    assert f"<b>{ANA}" in drawn.encode().decode("unicode_escape")
    assert DED not in drawn
    assert 'id="guyub-map"' in drawn


def test_a_tie_is_drawn_as_faint_as_it_is_unsure(results):
    chart = sociogram.laid_out(results["members"], results["layers"], results["data"].agreed, least=1)
    share = chart.ties["low"] / chart.ties["weight"]
    levels = sociogram.sureness(chart.ties)
    assert share[levels == 0].min() >= 0.6 > share[levels > 0].max()
    opacity = [alpha for _, alpha, _ in sociogram.SURENESS]
    assert opacity == sorted(opacity, reverse=True)


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
