"""What an option of a choice makes of the data."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.codebook import Code, Codebook
from analysis.errors import Missing
from analysis.network.replies import infer_replies
from analysis.robustness import options, step
from analysis.robustness.choices import MAIN, Choice


def test_the_previous_message_is_answered_within_the_hour_and_by_others_only(chat):
    replies = options.previous_message(chat((0, 0), (1, 1), (2, 1), (90, 0), (95, 2)))
    assert replies["message_id"].tolist() == ["m0", "m1", "m2", "m4"]
    assert replies["reply_to"].tolist()[1:] == ["m0", "m0", "m3"]


def test_a_window_drops_older_answers_and_keeps_what_starts_a_thread(chat):
    messages = chat((0, 0), (1, 1), (30, 2))
    replies = pd.DataFrame({"message_id": ["m0", "m1", "m2"], "reply_to": [None, "m0", "m0"], "probability": 1.0})
    assert options.within(replies, messages, 600)["message_id"].tolist() == ["m0", "m1"]


@pytest.mark.parametrize(
    ("universe", "names"),
    [
        ({"members": "without bots"}, "ABD"),
        ({"members": "without officers"}, "BD"),
        ({"active": "1"}, "AB"),
        ({"active": "2"}, "A"),
        ({"consent": "quotes"}, "ABD"),
        ({"members": "without officers", "active": "1", "consent": "quotes"}, "B"),
    ],
)
def test_who_counts(chat, data_of, universe, names):
    people = data_of(chat((0, 0), (1, 1), (2, 0))).people
    assert set(people.index[options.kept(people, universe)]) == {f"M{each * 4}" for each in names}


@pytest.mark.parametrize(("roles", "names"), [(["Ketua", "Anggota", "bendahara", None], "BD"), ([None] * 4, "ABCD")])
def test_an_office_is_any_word_but_member_in_either_language(roles, names):
    people = pd.DataFrame({"role": pd.array(roles, "str"), "wrote": 1, "consent": "quotes"}, index=list("ABCD"))
    assert set(people.index[options.kept(people, {"members": "without officers"})]) == set(names)


def test_a_floor_replaces_a_code_by_those_of_its_parts_that_reach_it(chat, data_of):
    book = Codebook((Code("talk"), Code("joke", "talk"), Code("greeting", "talk"), Code("news")))
    coded = pd.DataFrame({"code": ["talk", "joke", "greeting", "news"]})
    data = data_of(chat((0, 0)), coded, book, {"joke": 0.9, "greeting": 0.7, "news": 0.6})
    assert options.agreed(data, ["talk", "news"], "0.8") == ["joke"]
    assert options.agreed(data, ["talk"], "0.65") == ["talk"]
    assert options.agreed(data, ["talk", "news"], MAIN) == ["talk", "news"]


def test_a_coders_own_codes_know_no_floor_and_a_missing_coder_is_no_option(chat, data_of, monkeypatch):
    data = data_of(chat((0, 0)))
    alone = data.news.alone.assign(coder="ani")
    monkeypatch.setitem(data.news.__dict__, "alone", pd.concat([alone, pd.DataFrame({"coder": ["ani"]})]))
    own = options.reading(data, "coder 1 alone")
    assert (own.held_out, own.agreement) == (None, None)
    assert options.reading(data, "coder 2 alone") == Missing("only 1 coder had codings that were carried alone")


def test_without_neighbours_nothing_is_read_where_no_code_is_carried(news_of_three):
    assert options.reading(news_of_three, "read alone") == Missing("no code is carried by a classifier")


def test_at_a_threshold_the_models_codes_change_and_peoples_stay():
    coded = pd.DataFrame({"value": [1, 0, 0], "probability": [0.2, 0.6, 0.4], "origin": ["human", "model", "model"]})
    assert options.at_threshold(coded, 0.5)["value"].tolist() == [1, 1, 0]


def test_replies_that_were_never_adapted_are_not_an_option_of_their_own(chat, data_of):
    data = data_of(chat((0, 0), (1, 1), (2, 0), (3, 2)))
    replies = infer_replies(data.messages)
    choice = [Choice("replies", ("C1",), dict.fromkeys((MAIN, "not adapted"), "why"))]
    adapted = replies.assign(probability=replies["probability"] * 0.9)
    for own, reason in ((replies, ["gives the same here (main)"]), (adapted, [])):
        left = step.idle(choice, replace(data, pairs=replace(data.pairs, replies=own)), {})
        assert left["reason"].tolist() == reason
