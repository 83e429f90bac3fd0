"""Layers in addition to replies: mentions, conversations in common, and kinds of talk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.network.layers import company, mentions, table, threads, within
from analysis.network.ties import exchange

ANA, BEN, CUT = "MAAAA", "MBBBB", "MCCCC"


def chat(*lines, channel="umkm"):
    """Messages one a minute from (member, text); a member of None makes a system line."""
    rows = [
        (
            f"{channel}-{i}",
            channel,
            pd.Timestamp("2024-07-24 09:00", tz="UTC") + pd.Timedelta(minutes=i),
            member,
            text,
            "text" if member else "system",
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
    assert layer.toarray().tolist() == [[0, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_naming_oneself_or_somebody_unknown_makes_no_tie():
    messages = chat((ANA, f"saya {ANA}"), (ANA, "MZZZZ"), (BEN, "MESSY"))
    assert mentions(exchange(messages, replies()), messages).sum() == 0


def test_members_of_one_conversation_keep_company_even_if_they_answer_a_third():
    messages = chat((ANA, "?"), (BEN, "a"), (CUT, "b"), (ANA, "other"))
    layer = company(exchange(messages, replies((1, 0, 1.0), (2, 0, 1.0))), 3, np.random.default_rng(0))
    assert (sum(layer) / 3).toarray().tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]


def test_an_unsure_reply_gives_company_as_often_as_it_is_likely():
    messages = chat((ANA, "?"), (BEN, "a"))
    layer = company(exchange(messages, replies((1, 0, 0.3))), 2000, np.random.default_rng(0))
    assert sum(graph[0, 1] for graph in layer) / 2000 == pytest.approx(0.3, abs=0.04)


def test_a_thread_holds_what_links_join_however_long_the_chain():
    named = threads(6, np.array([1, 2, 5]), np.array([0, 1, 4]))
    assert named[0] == named[1] == named[2]
    assert named[4] == named[5]
    assert len(set(named)) == 3


def seconds(minute):
    return pd.Timestamp("2024-07-24 09:00", tz="UTC").timestamp() + 60 * minute


def test_every_layer_is_in_one_table_with_its_intervals():
    messages = chat((ANA, "?"), (BEN, f"{ANA} a"), (CUT, "b"))
    turns = exchange(messages, replies((1, 0, 1.0), (2, 0, 0.5)))
    kinds = {"informal": pd.Series({"umkm-1": 1.0, "umkm-2": 0.0})}
    layers = table(turns, messages, kinds, draws=200, confidence=0.95, seed=0)
    by_tie = layers.set_index(["layer", "source", "target"])
    assert set(layers["layer"]) == {"reply", "informal", "mention", "company"}
    assert by_tie.loc[("informal", BEN, ANA)].tolist() == [1, 1, 1]
    assert ("informal", CUT, ANA) not in by_tie.index
    assert by_tie.loc[("mention", BEN, ANA)].tolist() == [1, 1, 1]
    assert by_tie.loc[("reply", CUT, ANA), ["low", "high"]].tolist() == [0, 1]
    assert by_tie.loc[("company", CUT, ANA), ["low", "high"]].tolist() == [0, 1]


def test_a_part_of_the_time_has_the_answers_given_then_and_all_members():
    messages = chat((ANA, "?"), (BEN, "a"), (ANA, "?"), (CUT, "b"))
    turns = exchange(messages, replies((1, 0, 1.0), (3, 2, 1.0)))
    later = within(turns, int(seconds(2)), int(seconds(4)))
    assert later.links["message_id"].tolist() == ["umkm-3"]
    assert later.n == turns.n == 3
