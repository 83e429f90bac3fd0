"""The main analysis without single members."""

from __future__ import annotations

from analysis.errors import Missing
from analysis.robustness import leave_one_out, step
from analysis.robustness.choices import MAIN
from analysis.robustness.options import CodedMessages


def test_members_who_count_in_sums_only_are_left_out_together_and_not_named(news_of_three):
    data = news_of_three
    news = step.held_news(data, {MAIN: CodedMessages(data.news.coded, None, None)})
    table, alone = leave_one_out.without_members(data, Missing("no talk"), news)
    assert set(table["name"]) == {"MDDDD", leave_one_out.NOT_SHOWN}  # one counts in sums only; two who agreed join them
    assert alone["C3"].size == 4
