"""Exchange by kind of talk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER

from .community import START, as_tables, talk_of


def test_each_message_is_either_informal_or_of_other_talk_in_a_drawn_graph(friendly):
    messages, _, _, coded, replies = friendly
    talk = talk_of(messages, coded.assign(probability=0.5), replies)
    graph = next(talk.graphs([talk.share], draws=1, seed=1))
    links = len(talk.turns.links)  # each certain
    assert graph[INFORMAL][0].size + graph[OTHER][0].size == pytest.approx(links, rel=0.02)
    assert 0.4 < graph[BUSINESS][0].size / links < 0.6


def test_exchange_before_a_cut_counts_both_ways_and_only_earlier_answers():
    rows = [(0, 0.0, 0, True, None), (1, 1.0, 1, True, 0), (2, 2.0, 0, True, 1), (3, 50.0, 1, True, 2)]
    messages, coded, replies = as_tables(rows)
    talk = talk_of(messages, coded, replies)
    linked = talk.linked[INFORMAL]
    cut = np.array([int((START + pd.Timedelta(minutes=10)).timestamp())])
    before = talk.between(linked["later"].to_numpy(), linked["earlier"].to_numpy(), None, cut)
    assert before[0].tolist() == [[0, 2], [2, 0]]
