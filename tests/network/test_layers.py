"""Layers beside replies: mentions, conversations in common, and windows of time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.network.layers import company, mentions, stays, table, threads, told, windows, within
from analysis.network.ties import exchange

ANA, BEN, CUT = "MAAAA", "MBBBB", "MCCCC"


def chat(*lines, channel="umkm"):
    """Messages one a minute from (member, text); a member who is None stands for a system line."""
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
    assert layer.tolist() == [[0, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_naming_oneself_or_somebody_unknown_makes_no_tie():
    messages = chat((ANA, f"saya {ANA}"), (ANA, "MZZZZ"), (BEN, "MESSY"))
    assert mentions(exchange(messages, replies()), messages).sum() == 0


def test_members_of_one_conversation_keep_company_even_if_they_answer_a_third():
    messages = chat((ANA, "?"), (BEN, "a"), (CUT, "b"), (ANA, "other"))
    layer = company(exchange(messages, replies((1, 0, 1.0), (2, 0, 1.0))), 3, np.random.default_rng(0))
    assert (sum(layer) / 3).toarray().tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_an_unsure_reply_gives_company_as_often_as_it_is_likely():
    messages = chat((ANA, "?"), (BEN, "a"))
    layer = company(exchange(messages, replies((1, 0, 0.3))), 2000, np.random.default_rng(0))
    assert sum(graph[0, 1] for graph in layer) / 2000 == pytest.approx(0.3, abs=0.04)


def test_a_thread_holds_what_links_join_however_long_the_chain():
    named = threads(6, np.array([1, 2, 5]), np.array([0, 1, 4]))
    assert named[0] == named[1] == named[2]
    assert named[4] == named[5]
    assert len(set(named)) == 3


def test_windows_cover_the_time_and_are_placed_anew():
    assert windows(0, 100, 40, 2) == [(0, 40), (20, 60), (40, 80), (60, 100)]
    assert windows(0, 30, 40, 2) == []


def seconds(minute):
    return pd.Timestamp("2024-07-24 09:00", tz="UTC").timestamp() + 60 * minute


def test_every_layer_stands_in_one_table_with_its_interval():
    messages = chat((ANA, "?"), (BEN, f"{ANA} a"), (CUT, "b"))
    turns = exchange(messages, replies((1, 0, 1.0), (2, 0, 0.5)))
    kinds = {"informal": pd.Series({"umkm-1": 1.0, "umkm-2": 0.0})}
    layers = table(turns, messages, kinds, draws=200, confidence=0.95, rng=np.random.default_rng(0))
    found = layers.set_index(["layer", "source", "target"])
    assert set(layers["layer"]) == {"reply", "informal", "mention", "company"}
    assert found.loc[("informal", BEN, ANA)].tolist() == [1, 1, 1]
    assert ("informal", CUT, ANA) not in found.index
    assert found.loc[("mention", BEN, ANA)].tolist() == [1, 1, 1]
    assert found.loc[("reply", CUT, ANA), ["low", "high"]].tolist() == [0, 1]
    assert found.loc[("company", CUT, ANA), ["low", "high"]].tolist() == [0, 1]


def test_a_part_of_the_time_has_the_answers_given_then_and_all_members():
    messages = chat((ANA, "?"), (BEN, "a"), (ANA, "?"), (CUT, "b"))
    turns = exchange(messages, replies((1, 0, 1.0), (3, 2, 1.0)))
    later = within(turns, int(seconds(2)), int(seconds(4)))
    assert later.links["message_id"].tolist() == ["umkm-3"]
    assert later.n == turns.n == 3


def test_members_come_when_they_join_or_first_write_and_go_only_when_a_chat_says_so():
    messages = chat((ANA, "?"), (BEN, "a"), (None, f"{BEN} keluar"), (None, f"{CUT} bergabung"), (CUT, "b"))
    joined = pd.Series({ANA: pd.NaT, BEN: messages["time"][2], CUT: messages["time"][3]})
    came, went = stays(exchange(messages, replies()).members, messages, joined)
    assert came.tolist() == [-np.inf, seconds(1), seconds(3)]
    assert went.tolist() == [np.inf, seconds(2), np.inf]


def test_who_leaves_one_chat_and_stays_in_another_or_writes_again_has_not_left():
    leaving = (None, f"Anda mengeluarkan ~ {ANA}"), (None, f"{BEN} left"), (BEN, "back")
    messages = pd.concat([chat((ANA, "?"), (BEN, "a"), *leaving), chat((ANA, "!"), channel="kopdar")])
    _, went = stays(exchange(messages, replies()).members, messages, pd.Series(dtype="datetime64[ns, UTC]"))
    assert went.tolist() == [np.inf, np.inf]


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        (f"{ANA} keluar", [ANA]),
        (f"Anda telah mengeluarkan ~ {ANA}, {BEN}, dan {CUT}", [ANA, BEN, CUT]),
        (f"{ANA} removed {BEN} and {CUT}", [BEN, CUT]),
        (f"{ANA} hat {BEN} entfernt", [BEN]),
        (f"{ANA} hat die Gruppe verlassen", [ANA]),
        (f"{ANA} eliminó a {BEN}", [BEN]),
        (f"{ANA} saiu", [ANA]),
        (f"{ANA} a quitté le groupe", [ANA]),
        (f"{ANA} ha rimosso {BEN}", [BEN]),
        (f"{ANA} heeft {BEN} verwijderd", [BEN]),
        (f"{ANA} remove members {ANA}", [ANA]),  # Telegram, of who leaves by themselves
        (f"@{ANA} has left the channel", [ANA]),  # Slack
        (f"{ANA} menambahkan {BEN}", []),
        (f"{ANA} has left #ubuntu", []),  # IRC: switched off for the night
        (f"{ANA} keluarga baru", []),
        ("[PHONE] keluar", []),
    ],
)
def test_who_leaves_is_read_in_several_languages_and_nothing_else_is(line, gone):
    assert told(line, "leaves") == gone


@pytest.mark.parametrize(
    ("line", "new"),
    [
        (f"Anda menambahkan {ANA}, {BEN}, dan {CUT}", [ANA, BEN, CUT]),
        (f"{ANA} bergabung menggunakan tautan undangan grup ini", [ANA]),
        (f"{ANA} added ~ {BEN}", [BEN]),
        (f"{ANA} joined using this group's invite link", [ANA]),
        (f"{ANA} hat {BEN} hinzugefügt", [BEN]),
        (f"{ANA} invite members {BEN}, {CUT}", [BEN, CUT]),  # Telegram
        (f"@{ANA} has joined the channel", [ANA]),  # Slack
        (f"{ANA} has joined #ubuntu", []),  # IRC: switched on in the morning
        (f"{ANA} keluar", []),
    ],
)
def test_who_joins_is_read_in_several_languages_and_nothing_else_is(line, new):
    assert told(line, "joins") == new


def test_who_stands_on_no_roster_came_when_a_chat_says_so_or_when_they_wrote_before_that():
    joins = (None, f"Anda menambahkan {ANA} dan {BEN}"), (None, f"Anda menambahkan {CUT}")
    messages = chat((BEN, "?"), *joins, (ANA, "!"), (CUT, "ya"))
    joined = pd.Series({CUT: messages["time"][0]}).reindex([ANA, BEN, CUT])
    turns = exchange(messages, replies(), pd.Index([ANA, BEN, CUT, "MDDDD"]))
    came, _ = stays(turns.members, messages, joined)
    assert came.tolist() == [seconds(1), seconds(0), seconds(0), -np.inf]
