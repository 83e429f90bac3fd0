"""Late messages stay their senders', pasted ones stay text, and every difference from a naive reading is listed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.ingest import read_chat
from analysis.ingest.readers.whatsapp import conservation
from analysis.ingest.readers.whatsapp.conservation import Difference

from .chat_writers import SHAPES, Message, Shape, export, write

ANDROID, IOS = SHAPES["Indonesian Android"], SHAPES["Indonesian iOS"]
NAMES = ("Bu Sri", "Pak Harun", "+62 812-3456-7890", "~ Toko Jaya", "Nur-Aini (UMKM)")
START = datetime(2024, 7, 13, 23, 50)
SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
LATE = st.lists(
    st.tuples(st.integers(0, 700), st.sampled_from(NAMES), st.booleans(), st.integers(1, 20_000)), max_size=40
)
EARLIER = [(0, "Bu Sri", True, by) for by in (4, 1, 1441, 2, 2)]  # more late messages than the chat began with


def read(tmp_path, *rows, **options):
    text = rows[0] if len(rows) == 1 and "\n" in rows[0] else "\n".join(rows) + "\n"
    return read_chat(write(tmp_path / "Chat WhatsApp dengan Uji.txt", text), date_order="dmy", **options)


def counts(frame) -> dict[str, int]:
    return Counter(frame["sender"].fillna("").tolist())


def everybody(now: datetime) -> list[Message]:
    """A message of each, in order: they are known in the file."""
    return [Message(now + timedelta(minutes=i), name, f"halo {i}") for i, name in enumerate(NAMES)]


@pytest.mark.parametrize("name", ["Indonesian Android", "Indonesian iOS", "English Android, narrow blank"])
@SLOW
@given(drawn=LATE)
@example(drawn=EARLIER)
def test_messages_late_by_minutes_to_a_fortnight_stay_their_senders(tmp_path, name, drawn):
    shape, messages = SHAPES[name], everybody(START)
    now = messages[-1].time
    for k, (minutes, sender, is_late, by) in enumerate(drawn):
        now += timedelta(minutes=minutes)
        messages.append(Message(now - timedelta(minutes=by) * is_late, sender, f"pesan nomor {k}"))
    frame = read_chat(write(tmp_path / "a.txt", export(messages, shape)), date_order=shape.order)
    assert frame["sender"].tolist() == [m.sender for m in messages]
    assert frame["text"].tolist() == [m.text for m in messages]
    assert frame["time"].dt.tz_localize(None).tolist() == [m.time for m in messages]


@SLOW
@given(
    before=st.integers(2, 12), pasted=st.integers(1, 12), after=st.integers(1, 12), days=st.integers(1, 900),
    colon=st.booleans(),
)  # fmt: skip
def test_a_chat_of_strangers_pasted_from_other_days_stays_text(tmp_path, before, pasted, after, days, colon):
    rows = [f"{START + timedelta(minutes=m):%d/%m/%y %H.%M} - {NAMES[m % 3]}: pesan {m}" for m in range(before + after)]
    rows[before - 1] += ":" * colon
    old = START - timedelta(days=days)
    foreign = [f"{old + timedelta(minutes=m):%d/%m/%y %H.%M} - Orang {m % 4}: kata {m}" for m in range(pasted)]
    frame = read(tmp_path, *rows[:before], *foreign, *rows[before:])
    assert len(frame) == before + after
    assert frame["text"][before - 1].count("\n") == pasted
    assert frame.attrs["report"]["pasted_headers"] == pasted


@SLOW
@given(days=st.integers(-500, 500), rest=st.integers(1, 60), stranger=st.booleans(), of_messenger=st.booleans())
def test_a_first_line_of_any_time_swallows_no_message(tmp_path, days, rest, stranger, of_messenger):
    rows = [f"{START + timedelta(minutes=m):%d/%m/%y %H.%M} - {NAMES[m % 3]}: pesan {m}" for m in range(rest)]
    said = "Anda membuat grup" if of_messenger else f"{'Orang' if stranger else NAMES[0]}: hai"
    frame = read(tmp_path, f"{START + timedelta(days=days):%d/%m/%y %H.%M} - {said}", *rows)
    assert len(frame) == rest + 1
    assert frame["text"].tolist()[1:] == [f"pesan {m}" for m in range(rest)]


def test_a_late_message_between_two_others_is_its_senders(tmp_path):
    frame = read(tmp_path, "24/07/24 23.50 - A: x", "24/07/24 23.49 - Budi: y", "24/07/24 23.50 - B: z")
    assert frame["sender"].tolist() == ["A", "Budi", "B"]
    report = frame.attrs["report"]
    assert (report["late"], report["pasted"]) == ([2], [])
    assert report["readings"] == {"every header": 3, "as read": 3, "headers in order": 2}
    assert "1 message late" in report["warnings"][0]


def test_a_stranger_late_by_hours_is_a_message_and_by_days_text(tmp_path):
    rows = [f"24/07/24 09.{m:02d} - {NAMES[m % 2]}: {m}" for m in range(10)]
    hours = read(tmp_path, *rows[:5], "24/07/24 02.00 - Budi: tadi malam", *rows[5:])
    days = read(tmp_path, *rows[:5], "14/07/24 02.00 - Budi: dulu", *rows[5:])
    assert (counts(hours)["Budi"], counts(days)["Budi"]) == (1, 0)
    assert days["text"][4] == "4\n14/07/24 02.00 - Budi: dulu"


def test_a_stranger_of_days_ago_on_the_list_of_senders_is_a_message(tmp_path):
    rows = [f"24/07/24 09.{m:02d} - {NAMES[m % 2]}: {m}" for m in range(10)]
    frame = read(tmp_path, *rows[:5], "14/07/24 02.00 - Budi: dulu", *rows[5:], senders=["Budi"])
    assert counts(frame)["Budi"] == 1


@pytest.mark.parametrize("mark", ["> ", "  ", "“", "- ", "* "])
def test_a_quoted_or_indented_header_is_text(tmp_path, mark):
    frame = read(tmp_path, "24/07/24 09.43 - A: x", f"{mark}24/07/24 09.43 - B: y", "24/07/24 09.44 - B: z")
    assert frame["text"].tolist() == [f"x\n{mark}24/07/24 09.43 - B: y", "z"]


def test_a_line_of_the_messenger_holds_no_pasted_header(tmp_path):
    frame = read(tmp_path, "24/07/24 09.43 - Anda membuat grup", "20/07/24 09.43 - Orang: x", "24/07/24 09.44 - A: y")
    assert frame["sender"].fillna("-").tolist() == ["-", "Orang", "A"]


def test_an_agenda_in_the_files_own_shape_is_text(tmp_path):
    frame = read(
        tmp_path, "24/07/24 10.00 - A: hai", "24/07/24 10.01 - B: jadwal besok", "25/07/24 10.00 - Pembukaan",
        "25/07/24 11.00 - Makan siang", "24/07/24 10.02 - A: ok", "24/07/24 10.03 - B: siap",
    )  # fmt: skip
    assert frame["sender"].tolist() == ["A", "B", "A", "B"]
    assert frame["text"][1].endswith("Makan siang")


def test_two_members_whose_phones_are_slow_keep_all_they_wrote(tmp_path):
    rows = []
    for m in range(40):
        late = timedelta(minutes=3 * (m % 4 == 1) + 90 * (m % 4 == 3))
        rows.append(f"{START + timedelta(minutes=2 * m) - late:%d/%m/%y %H.%M} - {NAMES[m % 4]}: pesan {m}")
    assert counts(read(tmp_path, *rows)) == dict.fromkeys(NAMES[:4], 10)


def test_a_chat_whose_second_half_is_older_loses_nothing(tmp_path):
    rows = [f"{START + timedelta(minutes=7 * m):%d/%m/%y %H.%M} - {NAMES[m % 3]}: pesan {m}" for m in range(500)]
    frame = read(tmp_path, *rows[250:], *rows[:250])
    assert len(frame) == 500


# Two shapes


def talk(n: int = 16) -> list[Message]:
    steps = [START + timedelta(hours=7 * i, minutes=3 * i * i) for i in range(n)]
    return [Message(now, NAMES[i % 3], f"pesan {i}" + "\nlagi" * (i % 4 == 0)) for i, now in enumerate(steps)]


def same(frame, messages, shape: Shape) -> bool:
    return (
        frame["sender"].tolist() == [m.sender for m in messages]
        and frame["text"].str.rstrip("\r").tolist() == [m.text for m in messages]
        and frame["time"].dt.tz_localize(None).tolist() == [m.time for m in messages]
    )


@pytest.mark.parametrize("second", SHAPES)
def test_a_phone_set_to_another_language_is_read_piece_by_piece(tmp_path, second):
    messages = talk()
    for first in SHAPES:
        if first != second:
            text = export(messages[:8], SHAPES[first]) + export(messages[8:], SHAPES[second])
            assert same(read_chat(write(tmp_path / "a.txt", text)), messages, SHAPES[second]), first


def test_a_language_tried_for_a_day_is_read_too(tmp_path):
    messages = talk(24)
    text = export(messages[:8], ANDROID) + export(messages[8:16], IOS) + export(messages[16:], ANDROID)
    frame = read_chat(write(tmp_path / "a.txt", text))
    assert same(frame, messages, ANDROID)
    assert len(frame.attrs["report"]["shapes"]) == 2
    assert "change their shape" in frame.attrs["report"]["warnings"][-1]


def test_a_few_messages_of_another_phone_pasted_in_the_middle_are_text(tmp_path):
    messages = talk(12)
    foreign = export([Message(START - timedelta(days=3), f"Orang {k}", "kata") for k in range(4)], IOS)
    frame = read_chat(
        write(tmp_path / "a.txt", export(messages[:6], ANDROID) + foreign + export(messages[6:], ANDROID))
    )
    assert len(frame) == 12
    assert frame["text"][5].count("Orang") == 4


def test_a_stray_first_line_in_another_shape_is_read(tmp_path):
    frame = read(tmp_path, "[24/07/24, 08.00.00] Anda membuat grup", *(f"24/07/24 09.4{i} - A: {i}" for i in range(3)))
    assert len(frame) == 4
    assert frame.attrs["report"]["skipped"] == 0


# The second conservation


def test_every_difference_from_a_naive_reading_is_listed_with_its_reason(tmp_path):
    frame = read(
        tmp_path, "24/07/24 09.40 - Ketua RT: Harun: satu", "24/07/24 09.41 - Ketua RT: Harun: dua",
        "24/07/24 09.42 - Ketua RT: Harun: tiga", '24/07/24 09.43 - X mengubah subjek menjadi "Info: baru"',
        "24/07/24 09.44 - Bu Sri:", "24/07/24 09.45 - Bu Sri: kata beliau:", "01/07/24 09.40 - Orang: dulu",
        "99/07/24 09.40 - Bu Sri: kapan",
    )  # fmt: skip
    found = frame.attrs["report"]["differences"]
    assert [(d.line, d.why) for d in found] == [
        (1, conservation.LONGER), (2, conservation.LONGER), (3, conservation.LONGER), (4, conservation.OWN),
        (5, conservation.LATER), (7, conservation.PASTED), (8, conservation.NO_TIME),
    ]  # fmt: skip
    assert counts(frame) == {"Ketua RT: Harun": 3, "": 1, "Bu Sri": 2}


def test_an_alarm_rings_when_a_message_changes_hands(tmp_path, monkeypatch):
    monkeypatch.setattr(conservation, "Difference", lambda line, naive, read, why: Difference(line, naive, naive, why))
    with pytest.raises(AssertionError, match="senders do not add up"):
        read(tmp_path, "24/07/24 09.44 - Bu Sri:", "24/07/24 09.45 - Pak Harun: siap")


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_whatever_the_order_of_four_known_members_nobody_is_lost(tmp_path, order):
    rows = [f"24/07/24 09.{10 * m:02d} - {NAMES[m]}: pesan {m}" for m in range(4)]
    frame = read(tmp_path, *rows, *(f"25/07/24 09.{10 * m:02d} - {NAMES[m]}: lagi {m}" for m in order))
    assert counts(frame) == dict.fromkeys(NAMES[:4], 2)
