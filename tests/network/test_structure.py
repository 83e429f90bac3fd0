"""Measures over sampled reply graphs, as observed and under the null models."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.network import page, structure
from analysis.network.replies import infer_replies
from analysis.network.ties import exchange

from .chats import ANA, BEN, CUT, DED, chat, lively


def summarised(turns, draws=30, slow_draws=5):
    graphs = structure.ReplyGraphs(turns, hours=3, draws=draws, seed=1)
    measured = structure.measured(graphs, np.zeros(turns.n, dtype=np.int64), least=1, slow_draws=slow_draws)
    return structure.summary(measured, 0.95), structure.scores_summary(measured, 0.95)


def test_members_who_return_every_answer_stand_out_from_the_null():
    """Two pairs who answer each other only, at the same hours: reciprocity far above shuffled senders."""
    lines = []
    for exchange_no in range(120):
        pair = ((ANA, BEN), (CUT, DED))[exchange_no % 2]
        first = len(lines)
        lines += [
            (7 * exchange_no, pair[0], "?"),
            (7 * exchange_no + 1, pair[1], "!", first),
            (7 * exchange_no + 2, pair[0], "ok", first + 1),
        ]
    messages = chat(*lines)
    table = summarised(exchange(messages, infer_replies(messages)))[0]
    density = table[table["measure"] == "density"].set_index("of")
    assert density.loc[structure.OBSERVED, "value"] < density.loc[structure.BY_HOURS, "low"]


def test_every_measure_has_an_interval_and_the_values_of_each_null_model(busy):
    whole, scores = summarised(busy)
    for table in (whole, scores):
        kinds = table.groupby("measure")["of"].agg(set)
        assert all(of == {structure.OBSERVED, *structure.NULLS} for of in kinds)
        taken = table.dropna()
        assert ((taken["low"] <= taken["high"]) & taken["value"].between(taken["low"] - 1, taken["high"] + 1)).all()
    assert {"betweenness_centralization", "modularity", "core_fit", "triad_300"} <= set(whole["measure"])
    assert set(page.SCORES) == set(scores["measure"])
    assert set(scores["member"]) == set(busy.members)


def test_certain_replies_have_no_width_in_what_is_observed_and_nulls_have():
    messages = lively()
    back = messages["message_id"].shift(1).where(messages["channel"] == messages["channel"].shift(1))
    replies = pd.DataFrame({"message_id": messages["message_id"], "reply_to": back, "probability": 1.0})
    _, scores = summarised(exchange(messages, replies))
    width = (scores["high"] - scores["low"]).groupby([scores["of"], scores["measure"]]).max()
    assert width[structure.OBSERVED].drop("core").max() == 0
    assert width[structure.BY_COUNT]["in_strength"] > 0


def test_the_activity_null_keeps_how_often_each_answers_and_is_answered(busy):
    links = next(iter(structure.ReplyGraphs(busy, hours=3, draws=1, seed=0)))
    source, target = links[structure.OBSERVED]
    moved_source, moved_target = links[structure.BY_ACTIVITY]
    assert np.bincount(source).tolist() == np.bincount(moved_source).tolist()
    assert np.bincount(target).tolist() == np.bincount(moved_target).tolist()
    assert (target != moved_target).any()


def test_no_null_model_lets_members_answer_themselves_more_than_can_be_helped(busy):
    for links in structure.ReplyGraphs(busy, hours=3, draws=5, seed=0):
        for of, (source, target) in links.items():
            assert np.mean(source == target) < 0.1, of


def test_reply_graphs_are_the_same_each_time_they_are_drawn(busy):
    graphs = structure.ReplyGraphs(busy, hours=3, draws=3, seed=0)
    for first, again in zip(graphs, graphs, strict=True):
        assert all(np.array_equal(first[of], again[of]) for of in first)


def test_a_small_network_which_is_an_array_is_measured_as_a_large_one_is():
    rng = np.random.default_rng(2)
    for links in (0, 4, 60):
        source, target = rng.integers(0, 9, (2, links))
        counted = structure.counted(source, target, 9)
        assert np.diag(counted).tolist() == [0] * 9
        for least in (1, 2):
            assert repr(structure.whole(counted, least)) == repr(structure.whole(sparse.csr_array(counted), least))


def test_differences_draw_by_draw_are_clear_where_the_bars_of_both_overlap():
    """Observed and null rise and fall together, and observed is always a tenth below."""
    level = np.linspace(0.2, 0.8, 50)
    network = pd.concat(
        pd.DataFrame({"draw": range(50), "of": of, "density": level - 0.1 * (of == structure.OBSERVED)})
        for of in (structure.OBSERVED, *structure.NULLS)
    )
    draws = structure.Draws(network, network.assign(member=ANA))
    bars = structure.summary(draws, 0.95).set_index("of")
    assert bars.loc[structure.OBSERVED, "high"] > bars.loc[structure.BY_HOURS, "low"]
    minus = structure.minus_nulls(draws)
    for summarised_so in (structure.summary, structure.scores_summary):
        table = summarised_so(minus, 0.95)
        assert set(table["of"]) == set(structure.NULLS)
        assert np.allclose(table[["value", "low", "high"]], -0.1)
