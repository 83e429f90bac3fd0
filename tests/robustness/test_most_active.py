"""C3 counts all members, also in a community in which C1 and C2 follow only those who wrote most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.errors import Missing
from analysis.partnership import step as partnership
from analysis.robustness import fragility, leave_one_out, news, options, page, step
from analysis.robustness.choices import MAIN, Choice
from analysis.robustness.options import CodedMessages, Data

FOLLOWED = ["MBBBB", "MCCCC"]


@pytest.fixture
def whole(chat, data_of) -> Data:
    """The chair writes least and shares most; a bot counts in sums only; MDDDD, on the roster, is silent."""
    messages = chat(*((60 * k, (0, 1, 1, 2, 1, 2, 1)[k % 7]) for k in range(350)))
    shares = (np.arange(350) % 7 == 0) | (np.arange(350) % 25 == 3)
    coded = pd.DataFrame({"unit_id": messages["message_id"], "code": "news", "value": shares.astype(int)})
    coded = coded.assign(probability=shares.astype(float), origin="human")
    return data_of(messages, tables.conform(coded, tables.Coded))


@pytest.fixture
def cut(whole) -> Data:
    """The same where C1 and C2 follow the two who wrote most."""
    few = partnership.among(whole.pairs, partnership.most_active(whole.pairs, 2))
    assert few.everyone.tolist() == FOLLOWED
    return replace(whole, pairs=few)


def held(data: Data) -> news.News:
    return step.held_news(data, {MAIN: CodedMessages(data.news.coded, None, None)})


@pytest.mark.parametrize(
    ("universe", "members"),
    [({}, 4), ({"members": "without officers"}, 2), ({"consent": "quotes"}, 3), ({"active": "60"}, 2)],
)
def test_c3_leaves_out_the_same_members_whomever_c1_and_c2_follow(whole, cut, universe, members):
    keys = news.keys_of(350, 9, 1)
    of_whole, of_cut = (news.concentration(held(data), data, universe, keys) for data in (whole, cut))
    assert of_cut.numbers == of_whole.numbers
    assert of_cut.numbers["n"]["members"] == members
    assert np.array_equal(of_cut.permuted, of_whole.permuted)


def test_codes_as_probable_are_those_of_all_members(whole, cut):
    likely = whole.news.coded.assign(probability=whole.news.coded["probability"] * 0.9)
    readings = [options.reading(replace(data, likely=likely), "as probable") for data in (whole, cut)]
    of_whole, of_cut = (each.coded.set_index("unit_id")["probability"] for each in readings)
    assert of_cut.equals(of_whole)
    assert of_cut.max() == 0.9


def test_codes_read_alone_are_carried_to_what_all_members_wrote(cut, monkeypatch):
    read = []
    monkeypatch.setattr(options, "carry", lambda texts, *_, **__: read.append(set(texts["member"])))
    carried = cut.news.coded.assign(origin="model")
    sample = (
        cut.news.coded.head(60)
        .rename(columns={"probability": "share"})
        .assign(readers=2, decided=True, conversation="c")
    )
    news_of_all = replace(cut.news, coded=carried, held_out=sample)
    options.without_neighbours(replace(cut, news=news_of_all))
    assert read == [{"MAAAA", "MBBBB", "MCCCC"}]


def test_an_option_counts_that_moves_only_members_whom_c1_and_c2_do_not_follow(cut):
    choices = [Choice("active", ("C3",), dict.fromkeys((MAIN, "60"), "why"))]
    assert step.idle(choices, cut, {}).empty


def test_each_member_left_out_has_their_own_value_and_the_others_none(whole, cut):
    agreed = [replace(data, pairs=with_consent(data.pairs)) for data in (whole, cut)]
    (of_all, alone), (of_followed, alone_followed) = (
        leave_one_out.without_members(data, Missing("no talk"), held(data)) for data in agreed
    )
    assert of_followed["name"].tolist() == FOLLOWED
    assert of_followed.equals(of_all[of_all["name"].isin(FOLLOWED)].reset_index(drop=True))
    assert np.array_equal(alone_followed["C3"], [np.nan, *alone["C3"][1:3], np.nan], equal_nan=True)


def with_consent(pairs: partnership.Data) -> partnership.Data:
    return replace(pairs, members=pairs.members.assign(consent="quotes"))


def test_the_search_for_another_verdict_leaves_out_the_members_whom_its_order_names(cut):
    of_all = held(cut)
    _, alone = leave_one_out.without_members(cut, Missing("no talk"), of_all)
    first = int(np.nanargmin(alone["C3"]))
    change = fragility.change_of_news(of_all, "members", fragility.DOWN, alone["C3"])
    assert of_all.texts.members[first] in FOLLOWED
    assert change.numbers(1)["value"] == news.excess(of_all.without(np.array([first]))).value


def test_the_page_says_that_only_those_who_wrote_most_were_left_out():
    rows = pd.DataFrame([("C3", "member", "MAAAA", 0.1, -0.2)], columns=list(leave_one_out.LEFT_OUT))
    assert page.say_left_out(rows, 40, 40) == "C3 changes most without MAAAA."
    assert page.say_left_out(rows, 200, 1400).endswith(
        "Of 1,400 members, only the 200 who wrote most were left out in turn."
    )
