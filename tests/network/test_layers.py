"""Layers beside replies: mentions, conversations in common, and windows of time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.network.layers import company, mentions, threads, windows
from analysis.network.ties import exchange

ANA, BEN, CUT = "MAAAA", "MBBBB", "MCCCC"


def chat(*lines):
    """Messages one a minute from (member, text)."""
    rows = [
        (
            f"umkm-{i}",
            "umkm",
            pd.Timestamp("2024-07-24 09:00", tz="UTC") + pd.Timedelta(minutes=i),
            member,
            text,
            "text",
        )
        for i, (member, text) in enumerate(lines)
    ]
    frame = pd.DataFrame(rows, columns=["message_id", "channel", "time", "member", "text", "kind"])
    frame = frame.assign(edited=False, reply_to=None, source="chat.txt", line=range(1, len(frame) + 1))
    return tables.conform(frame, tables.Messages)


def replies(*pairs):
    rows = [(f"umkm-{later}", f"umkm-{earlier}", p) for later, earlier, p in pairs]
    return pd.DataFrame(rows, columns=["message_id", "reply_to", "probability"])


def test_a_turn_that_names_a_member_is_one_mention_however_often_it_names_them():
    messages = chat((ANA, f"@{BEN} halo {BEN}"), (ANA, f"{BEN}?"), (BEN, "ya"), (CUT, f"{ANA} dan {BEN}"))
    layer = mentions(exchange(messages, replies()), messages)
    assert layer.tolist() == [[0, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_naming_oneself_or_somebody_unknown_makes_no_tie():
    messages = chat((ANA, f"saya {ANA}"), (ANA, "MZZZZ"), (BEN, "MESSY"))
    assert mentions(exchange(messages, replies()), messages).sum() == 0


def test_members_of_one_conversation_keep_company_even_if_they_answer_a_third():
    messages = chat((ANA, "?"), (BEN, "a"), (CUT, "b"), (ANA, "other"))
    layer = company(exchange(messages, replies((1, 0, 1.0), (2, 0, 1.0))), 3, np.random.default_rng(0))
    assert layer.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_an_unsure_reply_gives_company_as_often_as_it_is_likely():
    messages = chat((ANA, "?"), (BEN, "a"))
    layer = company(exchange(messages, replies((1, 0, 0.3))), 2000, np.random.default_rng(0))
    assert layer[0, 1] == pytest.approx(0.3, abs=0.04)


def test_a_thread_holds_what_links_join_however_long_the_chain():
    named = threads(6, np.array([1, 2, 5]), np.array([0, 1, 4]))
    assert named[0] == named[1] == named[2]
    assert named[4] == named[5]
    assert len(set(named)) == 3


def test_windows_cover_the_time_and_are_placed_anew():
    assert windows(0, 100, 40, 2) == [(0, 40), (20, 60), (40, 80), (60, 100)]
    assert windows(0, 30, 40, 2) == []
