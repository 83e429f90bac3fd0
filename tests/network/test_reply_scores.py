"""Scores of replies: what F, cross-speaker F and the calibration error mean on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.network.replies.scores import calibration_error, counts, f_score, likeliest, score

SPEAKER = pd.Series({"a": "MAAAA", "b": "MBBBB", "c": "MAAAA", "s": None})


def links(*pairs):
    return pd.DataFrame(pairs, columns=["message_id", "reply_to"]).astype("str")


def test_f_counts_links_of_all_messages_and_cross_f_only_those_between_two_members():
    people = links(("a", None), ("b", "a"), ("c", "a"), ("c", "b"), ("s", None))
    inferred = links(("a", None), ("b", "a"), ("c", "a"), ("s", None))
    count = counts(inferred, people, SPEAKER)
    assert f_score(count) == pytest.approx(2 * 4 / (4 + 5))
    assert f_score(count, "cross_") == pytest.approx(2 * 1 / (1 + 2))


def test_the_likeliest_answer_is_judged_and_messages_without_a_link_are_not():
    replies = links(("b", "a"), ("b", None), ("c", "b")).assign(probability=[0.4, 0.6, 1.0])
    best = likeliest(replies, links(("b", None)))
    assert best["message_id"].tolist() == ["b"]
    assert best["reply_to"].isna().all()


def test_system_lines_count_in_f_and_not_in_what_is_stated():
    inferred = links(("a", None), ("b", None), ("s", None)).assign(probability=[0.9, 0.5, 1.0])
    scores = score(inferred, links(("a", None), ("b", "a"), ("s", None)), SPEAKER)
    assert scores["f"] == pytest.approx(2 / 3)
    assert (scores["stated"], scores["right"]) == (pytest.approx(0.7), 0.5)


def test_the_calibration_error_is_0_where_shares_are_as_stated_and_their_distance_where_not():
    hit = np.tile([1, 0, 0, 1, 0, 1, 1, 1, 0, 1], 30)
    assert calibration_error(np.full(300, 0.6), hit) == pytest.approx(0)
    assert calibration_error(np.full(300, 0.9), hit) == pytest.approx(0.3)
    assert np.isnan(calibration_error(np.full(3, 0.9), hit[:3]))
