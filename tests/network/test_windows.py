"""Structure over time: windows, and who was a member when."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.network import structure, windows
from analysis.network.replies import infer_replies
from analysis.network.ties import exchange
from analysis.network.windows import members_who, placed, stays, structure_over_time
from analysis.resample import interval_of_few

from . import chats
from .chats import ANA, BEN, CUT

NO_REPLIES = pd.DataFrame(columns=["message_id", "reply_to", "probability"])


def chat(*lines, channel="umkm"):
    """Messages one a minute from (member, text); a member of None makes a system line."""
    return chats.chat(*((minute, *line) for minute, line in enumerate(lines)), channel=channel)


def seconds(minute):
    return pd.Timestamp("2024-07-24 09:00", tz="UTC").timestamp() + 60 * minute


def test_windows_cover_the_time_and_are_placed_anew():
    assert placed(0, 100, 40, 2) == [(0, 40), (20, 60), (40, 80), (60, 100)]
    assert placed(0, 30, 40, 2) == []
    assert placed(0, 103, 25, 1)[-1] == (78, 103)  # the last one ends with the time, whatever is left over


def over_time(messages, joined, lengths=(12, 4, 2)):
    turns = exchange(messages, infer_replies(messages), joined.index)
    return structure_over_time(turns, messages, joined, lengths=lengths, least=1, confidence=0.95, seed=0)


def test_density_over_time_is_among_those_who_were_members_then():
    messages = pd.concat([chats.lively(days=40), chats.chat((1, None, f"{CUT} keluar"), channel="bazar")])
    joined = pd.Series({"MEEEE": pd.Timestamp("2024-07-24", tz="UTC") + pd.Timedelta(days=35)})
    rows = over_time(messages, joined).query("windows == 4")
    counts = rows.pivot_table(index="start", columns="measure", values="value")
    assert counts["present"].iloc[0] == 4
    assert counts["present"].iloc[-1] == 5
    assert counts["active"].iloc[-1] == 4
    assert counts["came"].iloc[-1] == 1
    assert counts["density"].iloc[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("drawn", "ends"),
    [((0.50, 0.51, 0.53), interval_of_few((0.50, 0.51, 0.53))), ((0.1, 0.3, 1.0), (0, 1))],  # no share beyond 0 or 1
)
def test_intervals_in_windows_are_those_of_few_draws(monkeypatch, drawn, ends):
    """A percentile interval of three graphs could not go beyond them."""
    monkeypatch.setattr(windows, "DRAWS", 3)
    each = iter(drawn)
    monkeypatch.setattr(structure, "whole", lambda counts, least: {"share": next(each)})
    rows = over_time(chats.lively(days=40), pd.Series(dtype="datetime64[ns, UTC]"), lengths=(1,))
    own = rows[rows["measure"] == "share"]
    assert own[["low", "high"]].to_numpy().ravel() == pytest.approx(ends)
    assert own["high"].item() > max(drawn) or own["high"].item() == 1


def test_a_time_too_short_for_any_window_is_refused():
    with pytest.raises(InputError, match="too short"):
        over_time(chat((ANA, "halo")), pd.Series(dtype="datetime64[ns, UTC]"))


def test_members_come_when_they_join_or_first_write_and_go_only_when_a_chat_says_so():
    messages = chat((ANA, "?"), (BEN, "a"), (None, f"{BEN} keluar"), (None, f"{CUT} bergabung"), (CUT, "b"))
    joined = pd.Series({ANA: pd.NaT, BEN: messages["time"][2], CUT: messages["time"][3]})
    came, went = stays(exchange(messages, NO_REPLIES).members, messages, joined)
    assert came.tolist() == [-np.inf, seconds(1), seconds(3)]
    assert went.tolist() == [np.inf, seconds(2), np.inf]


def test_who_was_added_again_has_not_left_though_they_only_read():
    messages = chat((ANA, "?"), (BEN, "a"), (None, f"{BEN} keluar"), (None, f"{BEN} bergabung"), (ANA, "b"))
    none = pd.Series(dtype="datetime64[ns, UTC]")
    assert stays(exchange(messages, NO_REPLIES).members, messages, none)[1].tolist() == [np.inf, np.inf]
    gone_again = pd.concat([messages, chat((None, f"{BEN} keluar")).assign(time=messages["time"].max())])
    assert np.isfinite(stays(exchange(messages, NO_REPLIES).members, gone_again, none)[1]).tolist() == [False, True]


def test_who_leaves_one_chat_and_stays_in_another_or_writes_again_has_not_left():
    leaving = (None, f"Anda mengeluarkan ~ {ANA}"), (None, f"{BEN} left"), (BEN, "back")
    messages = pd.concat([chat((ANA, "?"), (BEN, "a"), *leaving), chat((ANA, "!"), channel="kopdar")])
    _, went = stays(exchange(messages, NO_REPLIES).members, messages, pd.Series(dtype="datetime64[ns, UTC]"))
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
    assert members_who("leaves", line) == gone


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
    assert members_who("joins", line) == new


def test_a_member_on_no_roster_came_when_a_chat_says_so_or_when_they_wrote_before_that():
    joins = (None, f"Anda menambahkan {ANA} dan {BEN}"), (None, f"Anda menambahkan {CUT}")
    messages = chat((BEN, "?"), *joins, (ANA, "!"), (CUT, "ya"))
    joined = pd.Series({CUT: messages["time"][0]}).reindex([ANA, BEN, CUT])
    turns = exchange(messages, NO_REPLIES, pd.Index([ANA, BEN, CUT, "MDDDD"]))
    came, _ = stays(turns.members, messages, joined)
    assert came.tolist() == [seconds(1), seconds(0), seconds(0), -np.inf]
