"""C3 in many universes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.robustness import news
from analysis.robustness.options import CodedMessages
from analysis.sharing.counts import Texts, weekly_counts
from analysis.sharing.excess import excess_over_activity


def test_shares_fall_by_chance_on_as_many_texts_in_each_stratum(chat, data_of):
    data = data_of(chat(*((k, k % 4) for k in range(40))))
    texts = Texts.of(data.messages, data.everyone)
    stratum = np.repeat([0, 1], 20)
    shares = np.arange(40) < 6  # all in the first stratum
    only_first = np.where(stratum == 0, texts.rows["member"], 3)  # the second stratum is all of the last member
    texts = replace(texts, rows=texts.rows.assign(member=only_first, channel=stratum))
    of_all = news.News(texts, np.ones(40, dtype=bool), [shares], np.arange(4), data.of_news)
    seen = []

    def counted(counts):
        seen.append(counts)
        return counts[:, 0]

    null = news.shuffled(of_all, news.keys_of(40, 50, 1), counted, "channel")
    assert seen[0].sum(axis=1).tolist() == [6] * 50
    assert seen[0][:, 3].max() <= 5  # as many as this member wrote in the first stratum
    assert null.mean() == pytest.approx(0)


def test_the_step_sharing_and_the_main_universe_count_alike(chat, data_of):
    data = data_of(chat(*((60 * k, k % 3) for k in range(300))))
    shares = np.random.default_rng(1).random(300) < np.array([0.5, 0.1, 0.1])[np.arange(300) % 3]
    coded = pd.DataFrame({"unit_id": data.messages["message_id"], "code": "news", "value": shares.astype(int)})
    coded = coded.assign(probability=shares.astype(float), origin="human")
    weekly = weekly_counts(Texts.of(data.messages, data.news.members["member"]), coded, "news")
    expected = excess_over_activity(weekly, **data.of_news.of_excess)
    mine = news.business_news(
        data, Texts.of(data.messages, data.everyone), CodedMessages(coded, None, None), data.of_news
    )
    assert news.excess(mine).numbers() == expected.numbers()


def test_counts_that_would_fill_the_memory_are_missing_with_a_reason(chat, data_of, monkeypatch):
    data = data_of(chat(*((60 * k, k % 3) for k in range(30))))
    coded = pd.DataFrame({"unit_id": data.messages["message_id"], "code": "news", "value": 1, "probability": 1.0})
    of_all = news.business_news(
        data,
        Texts.of(data.messages, data.everyone),
        CodedMessages(coded.assign(origin="human"), None, None),
        data.of_news,
    )
    monkeypatch.setattr(news, "CELLS", 5)
    assert "too many channels, weeks and members" in news.excess(of_all, within="channel").reason
