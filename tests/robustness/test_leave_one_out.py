"""The main analysis without single members."""

from __future__ import annotations

from dataclasses import replace

from analysis.errors import Missing
from analysis.local_time import local
from analysis.robustness import leave_one_out, step
from analysis.robustness.choices import MAIN
from analysis.robustness.options import CodedMessages


def test_members_who_count_in_sums_only_are_left_out_together_and_not_named(news_of_three):
    data = news_of_three
    news = step.held_news(data, {MAIN: CodedMessages(data.news.coded, None, None)})
    table, alone = leave_one_out.without_members(data, Missing("no talk"), news)
    assert set(table["name"]) == {"MDDDD", leave_one_out.NOT_SHOWN}  # one counts in sums only; two who agreed join them
    assert alone["C3"].size == 4


def test_the_weeks_left_out_are_those_of_the_studys_clock(news_of_three):
    """The chat begins at midnight UTC on Monday, 1 January, which is still Sunday in New York."""
    news = replace(news_of_three.news, messages=local(news_of_three.news.messages, "America/New_York"))
    data = replace(news_of_three, news=news)
    held = step.held_news(data, {MAIN: CodedMessages(data.news.coded, None, None)})
    table = leave_one_out.without_weeks(data, Missing("no talk"), held, jobs=1)
    assert table["name"].tolist() == ["2023-12-25", "2024-01-01", "2024-01-08"]
