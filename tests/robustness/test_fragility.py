"""The smallest changes that flip a verdict."""

from __future__ import annotations

import pytest

from analysis.robustness import fragility, step
from analysis.robustness.choices import MAIN
from analysis.robustness.options import CodedMessages


@pytest.mark.parametrize(("flips_at", "smallest"), [(1, (1, "no")), (7, (7, "no")), (20, (20, "no")), (21, None)])
def test_the_smallest_change_is_found_up_to_the_most(flips_at, smallest):
    assert fragility.smallest(lambda k: "no" if k >= flips_at else "yes", "yes", 20) == smallest


def test_news_is_struck_or_recoded_first_where_it_moves_the_concentration_most(news_of_three):
    news = step.held_news(news_of_three, {MAIN: CodedMessages(news_of_three.news.coded, None, None)})
    down, up = (fragility.greedy(news, sign, 5, recode=False) for sign in (-1, 1))
    assert set(news.member[down]) == {0}
    assert set(news.member[up]) == {1}
    recoded = fragility.greedy(news, -1, 3, recode=True)
    assert set(news.member[recoded]) <= {2, 3}  # those without news gain some
