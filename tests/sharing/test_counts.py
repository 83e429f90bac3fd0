"""Counting shares by member and week: silent members are in, and only messages that have a label count."""

import numpy as np
import pandas as pd

from analysis.local_time import local
from analysis.sharing.counts import Texts, shares_by_member, weekly_counts


def messages_of(members, days=None):
    frame = pd.DataFrame({"message_id": [f"a-{i}" for i in range(len(members))], "member": members, "kind": "text"})
    start = pd.Timestamp("2024-01-03", tz="UTC")
    return frame.assign(channel="umkm", time=start + pd.to_timedelta(days or [0] * len(members), unit="D"))


def coded_of(values, units=None):
    units = units or [f"a-{i}" for i in range(len(values))]
    return pd.DataFrame({"unit_id": units, "code": "business_news", "value": values})


def test_silent_members_are_counted():
    texts = Texts.of(messages_of(["MAAAA"]), ["MAAAA", "MBBBB"])
    counts = weekly_counts(texts, coded_of([1]), "business_news").by_member()
    assert counts.set_index("member")["messages"].to_dict() == {"MAAAA": 1, "MBBBB": 0}


def test_where_nobody_wrote_everyone_is_silent():
    counts = weekly_counts(Texts.of(messages_of(["MAAAA"]).iloc[:0], ["MBBBB", "MAAAA"]), coded_of([]), "business_news")
    assert counts.by_member()[["messages", "shares"]].to_numpy().tolist() == [[0, 0], [0, 0]]
    assert len(counts.weeks) == 0


def test_a_code_that_no_model_carries_is_counted_among_the_messages_that_people_read():
    texts = Texts.of(messages_of(["MAAAA"] * 6), ["MAAAA"])
    counts = weekly_counts(texts, coded_of([1, 0, 1], ["a-1", "a-2", "i-1"]), "business_news")
    assert counts.by_member()[["messages", "shares"]].to_numpy().tolist() == [[2, 1]]


def test_a_week_begins_on_monday():
    texts = Texts.of(messages_of(["MAAAA"] * 3, [0, 4, 5]), ["MAAAA"])  # a Wednesday, the Sunday and Monday after
    counts = texts.counts(np.array([True, True, False]))
    assert counts.weeks.strftime("%Y-%m-%d").tolist() == ["2024-01-01", "2024-01-08"]
    assert counts.by_week()[["messages", "shares"]].to_numpy().tolist() == [[2, 2], [1, 0]]


def test_a_week_and_a_month_begin_by_the_clock_of_the_study():
    """17:30 UTC on Sunday, New Year's Eve, is half past midnight of Monday, 1 January, in Jakarta."""
    messages = messages_of(["MAAAA", "MBBBB"]).assign(
        time=pd.to_datetime(["2023-12-31T17:30Z", "2024-01-01T01:00Z"]), kind="text"
    )
    weeks = {zone: Texts.of(local(messages, zone), []) for zone in ("UTC", "Asia/Jakarta")}
    assert weeks["Asia/Jakarta"].weeks.strftime("%Y-%m-%d").tolist() == ["2024-01-01"]
    assert weeks["Asia/Jakarta"].rows["month"].tolist() == [0, 0]
    assert weeks["UTC"].weeks.strftime("%Y-%m-%d").tolist() == ["2023-12-25", "2024-01-01"]
    assert weeks["UTC"].rows["month"].tolist() == [0, 1]


def test_strata_members_and_texts_can_be_chosen_and_sums_stay():
    messages = messages_of(["MAAAA", "MBBBB", "MAAAA", "MCCCC"]).assign(channel=["a", "a", "b", "b"])
    texts, news = Texts.of(messages, []), np.array([True, False, True, True])
    within = texts.counts(news, within="channel")
    assert within.shares[:, 0].tolist() == [[1, 0, 0], [1, 0, 1]]
    assert within.by_member().equals(texts.counts(news).by_member())
    two = texts.counts(news, np.array([True, True, False, True]), members=np.array([0, 1]))
    assert two.by_member().to_numpy().tolist() == [["MAAAA", 1, 1], ["MBBBB", 1, 0]]
    assert shares_by_member([two, two]).tolist() == [[1, 0], [1, 0]]
