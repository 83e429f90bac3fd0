"""C1 and C2 in many universes: one relabelling for all of them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import Missing
from analysis.network.drawn import as_table
from analysis.network.posterior import joint
from analysis.network.ties import share_of
from analysis.partnership import step as partnership
from analysis.robustness import influence, pairs
from analysis.robustness.choices import MAIN
from analysis.robustness.finished import Finished
from analysis.robustness.options import CodedMessages, reading

NOTHING_KEPT = Finished(None)


def test_a_relabelling_of_all_gives_every_relabelling_of_some_equally_often():
    orders = np.array(list(itertools.permutations(range(5))))
    relabellings = Counter(map(tuple, pairs.among(orders, np.array([0, 2, 3]))))
    assert set(relabellings) == set(itertools.permutations(range(3)))
    assert set(relabellings.values()) == {120 // 6}


def test_a_relabelling_of_all_is_kept_where_it_stays_among_some():
    orders = np.array([[2, 1, 0, 4, 3]])
    assert pairs.among(orders, np.array([0, 2, 3])).tolist() == [[1, 0, 2]]


# The main universe


@pytest.fixture
def claims_of(talkative):
    """Claims (claim, universe) by their stages."""
    orders = pairs.orders_of(len(talkative.everyone), 9, 1)
    turns = {(MAIN, MAIN): pairs.turns_of(talkative, MAIN, MAIN)}

    def compute(*claims, codes=MAIN):
        return pairs.pair_claims(
            talkative, turns, reading(talkative, codes), claims, talkative.of_pairs, orders, NOTHING_KEPT
        )

    return compute


def test_the_main_universe_and_the_analysis_held_fixed_have_the_values_of_the_step(talkative, claims_of):
    step = partnership.claims_alone(talkative.pairs, talkative.of_pairs)
    held = influence.pair_analysis(talkative.pairs, talkative.of_pairs)
    for claim, result in zip(("C1", "C2"), claims_of(("C1", {}), ("C2", {})), strict=True):
        assert result.numbers["value"] == pytest.approx(step[claim]["value"], abs=1e-12)
        assert held.effects()[claim] == pytest.approx(step[claim]["value"], abs=1e-12)
        assert held.numbers(claim) == step[claim]


@pytest.fixture
def drawn(talkative):
    """The same with unsure replies and codes, and reply graphs drawn jointly."""
    own = talkative.pairs
    replies = own.replies.assign(probability=0.7)
    coded = own.coded.assign(probability=np.where(np.arange(len(own.coded)) % 2, 0.6, own.coded["probability"]))
    data = replace(own, replies=replies, coded=coded)
    share = share_of(coded, talkative.of_pairs.informal)
    turns = joint(partnership.turns_of(data, gap_s=300), share, hours=3, draws=6, seed=1).applied(
        partnership.turns_of(data, gap_s=300)
    )
    return replace(talkative, pairs=replace(data, drawn=as_table(turns, replies, 6)))


def test_the_reply_graphs_of_the_step_network_are_those_of_every_analysis(drawn):
    step = partnership.claims_alone(drawn.pairs, drawn.of_pairs)["C2"]["value"]
    held = influence.pair_analysis(drawn.pairs, drawn.of_pairs)
    assert held.effects()["C2"] == pytest.approx(step, abs=1e-12)
    separately = replace(drawn.pairs, drawn=None)
    assert partnership.claims_alone(separately, drawn.of_pairs)["C2"]["value"] != pytest.approx(step)
    turns = partnership.turns_of(drawn.pairs, gap_s=300)
    answering = [set(turns.links["later"].to_numpy()[chosen[chosen >= 0]]) for chosen in turns.chosen]
    for graph in held.graphs:
        assert set(np.concatenate([graph["informal"][0], graph["other"][0]])) in answering


def test_a_turn_that_is_left_out_takes_its_drawn_answers_along(drawn):
    held = influence.pair_analysis(drawn.pairs, drawn.of_pairs)
    gone = np.arange(len(held.talk.turns.turns)) % 5 == 0
    left = held.without(gone)
    assert left.talk.turns.chosen is None
    for before, after in zip(held.graphs, left.graphs, strict=True):
        ends = before["informal"]
        assert after["informal"][0].size == (~(gone[ends[0]] | gone[ends[1]])).sum()


def test_another_rule_draws_its_own_replies_and_a_window_keeps_the_drawn_ones_within_it(drawn):
    assert pairs.turns_of(drawn, "previous message", MAIN).chosen is None
    main, near = (pairs.turns_of(drawn, MAIN, window) for window in (MAIN, "3"))
    assert 0 < (near.chosen >= 0).sum() < (main.chosen >= 0).sum()


def test_where_no_message_is_coded_no_waves_of_pairs_are_built(talkative, monkeypatch):
    def built(*_):
        raise AssertionError("waves were built")

    monkeypatch.setattr(pairs.Waves, "of", built)
    turns = {(MAIN, MAIN): pairs.turns_of(talkative, MAIN, MAIN)}
    uncoded = CodedMessages(talkative.news.coded.iloc[:0], None, None, None)
    claims, orders = [("C1", {}), ("C2", {})], pairs.orders_of(len(talkative.everyone), 9, 1)
    found = pairs.pair_claims(talkative, turns, uncoded, claims, talkative.of_pairs, orders, NOTHING_KEPT)
    assert found == [Missing(partnership.UNCODED)] * 2


def test_a_universe_among_too_few_members_or_without_its_codes_says_why(claims_of):
    assert claims_of(("C1", {"active": "1000"})) == [Missing("0 members are too few to relabel")]
    missing = claims_of(("C1", {}), ("C2", {}), codes="read alone")
    assert missing == [Missing("no code is carried by a classifier")] * 2


def test_universes_that_share_a_stage_compute_it_once(talkative, monkeypatch):
    calls = Counter()
    panel = pairs.c2.pair_waves
    monkeypatch.setattr(pairs.c2, "pair_waves", lambda *args, **how: calls.update(["panel"]) or panel(*args, **how))
    turns = {(MAIN, MAIN): pairs.turns_of(talkative, MAIN, MAIN)}
    claims = [("C2", {}), ("C2", {"ties": "root"}), ("C2", {"waves": "60"})]
    orders = pairs.orders_of(len(talkative.everyone), 9, 1)
    pairs.pair_claims(talkative, turns, reading(talkative, MAIN), claims, talkative.of_pairs, orders, NOTHING_KEPT)
    assert calls["panel"] == 2


C1_OPTIONS = {"windows": "60", "hours": "24", "time": "root", "exposure": "first half", "partners": "not controlled",
              "level": "may grow"}  # fmt: skip


def test_each_option_of_c1_is_a_setting_of_its_regression(claims_of):
    main, *others = claims_of(("C1", {}), *(("C1", {name: option}) for name, option in C1_OPTIONS.items()))
    assert all(isinstance(each, pairs.ClaimResult) for each in (main, *others))
    assert all(each.numbers["value"] != pytest.approx(main.numbers["value"]) for each in others)
    assert all(each.observed.item() == each.numbers["value"] for each in (main, *others))


def test_c1s_relabelled_values_are_as_extreme_as_its_p_value_says(claims_of):
    (main,) = claims_of(("C1", {}))
    reached = int((main.permuted[0] >= main.observed[0] - 1e-9).sum())
    assert (reached + 1) / (main.permuted.shape[1] + 1) == pytest.approx(main.numbers["p"])
