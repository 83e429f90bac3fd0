"""Overlapping exports of one group: merged without duplicates or loss, order kept."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.ingest.corpus import read_corpus
from analysis.ingest.overlap import mostly_the_same, union

START = pd.Timestamp("2024-07-24 02:00", tz="UTC")


def chat(rows, own_id=False) -> pd.DataFrame:
    """rows: minute, member, text and where given kind, edited."""
    full = [(*row, *("text", False)[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(full, columns=["minute", "member", "text", "kind", "edited"])
    frame["time"] = START + pd.to_timedelta(frame["minute"].astype("int64"), unit="min")
    frame["message_id"] = [f"c-{i}" for i in range(len(frame))]
    return frame.assign(own_id=own_id)


def texts(frame) -> list[str]:
    return frame["text"].tolist()


SAID = st.sampled_from(["ok", "siap", "halo semua", "ya"])
TALK = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["MAAAA", "MBBBB"]), SAID), max_size=30)


@settings(max_examples=100)
@given(drawn=TALK, cut=st.integers(0, 40), other=st.integers(0, 40))
def test_two_windows_of_one_chat_give_the_chat_back(drawn, cut, other):
    minute, rows = 0, []
    for step, member, text in drawn:
        minute += step
        rows.append((minute, member, text))
    first = [row for row in rows if row[0] <= cut]
    second = [row for row in rows if row[0] >= min(other, cut)]
    for one, two in ((first, second), (second, first)):
        merged, shared = union([chat(one), chat(two)])
        assert [(m, w, t) for m, w, t in zip(merged["minute"], merged["member"], merged["text"], strict=True)] == rows
        assert len(merged) == len(one) + len(two) - sum(shared)


def test_an_export_twice_is_the_export_and_of_three_each_adds_its_own():
    rows = [(i, "MAAAA", str(i)) for i in range(9)]
    merged, shared = union([chat(rows[:4]), chat(rows[2:6]), chat(rows)])
    assert texts(merged) == [str(i) for i in range(9)]
    assert shared == [0, 2, 6]


def test_messages_of_one_minute_keep_the_order_of_each_export():
    merged, _ = union(
        [chat([(0, "MAAAA", "a"), (0, "MBBBB", "c")]), chat([(0, "MAAAA", "a"), (0, "MAAAA", "b"), (0, "MBBBB", "c")])]
    )
    assert texts(merged) == ["a", "b", "c"]


def test_media_left_out_by_one_phone_are_one_message():
    merged, _ = union(
        [
            chat([(0, "MAAAA", "<Media tidak disertakan>", "media")]),
            chat([(0, "MAAAA", "IMG-1.jpg (file terlampir)", "media")]),
        ]
    )
    assert len(merged) == 1


def own(text, minute=0):
    return (minute, None, text, "system")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Bu Sri keluar", "Pak Harun keluar"),
        ("Bu Sri telah menambahkan Pak Harun", "Pak Harun mengubah ikon grup ini"),
        ("Ville poistui ryhmästä", "Max vaihtoi kuvan"),
    ],
)
def test_two_lines_of_the_messenger_in_one_minute_are_two(one, two):
    merged, shared = union(
        [chat([own(one), own("Anda membuat grup", 5)]), chat([own(two), own("Anda membuat grup", 5)])]
    )
    assert texts(merged) == [one, two, "Anda membuat grup"]
    assert shared == [0, 1]


def test_a_line_of_the_messenger_is_one_in_two_languages_and_with_a_direction_mark():
    first = chat([own("Bu Sri keluar"), own("Pak Harun keluar"), own("Bu Sri mengubah ikon grup ini", 3)])
    marked = chat([own("Bu Sri keluar"), own("\u200ePak Harun keluar"), own("\u200eBu Sri mengubah ikon grup ini", 3)])
    english = chat([own("Bu Sri left"), own("Pak Harun left"), own("Bu Sri changed this group's icon", 3)])
    for other in (marked, english):
        merged, shared = union([first, other])
        assert texts(merged) == texts(first)
        assert shared == [0, 3]


def test_the_later_state_of_an_edited_or_deleted_message_is_kept():
    before = chat([(0, "MAAAA", "jam 9"), (5, "MBBBB", "rahasia")])
    after = chat([(0, "MAAAA", "jam 10", "text", True), (5, "MBBBB", "Pesan ini dihapus", "deleted")])
    for pair in ([before, after], [after, before]):
        merged, _ = union(pair)
        assert texts(merged) == ["jam 10", "Pesan ini dihapus"]


def test_phones_whose_clocks_differ_by_a_minute_agree_on_a_long_text():
    merged, _ = union([chat([(0, "MAAAA", "Besok kumpul jam 9")]), chat([(1, "MAAAA", "Besok kumpul jam 9")])])
    assert len(merged) == 1
    both, _ = union([chat([(0, "MAAAA", "ok")]), chat([(1, "MAAAA", "ok")])])
    assert len(both) == 2


@pytest.mark.parametrize(
    ("one", "two", "left"),
    [
        (("harga 5000", "text", True), ("Pesan ini dihapus", "deleted", False), "Pesan ini dihapus"),
        (("Pesan ini dihapus", "deleted", False), ("harga 5000", "text", True), "Pesan ini dihapus"),
        (("harga 5000", "text", True), ("harga 6000", "text", True), "harga 6000"),
    ],
)
def test_a_message_altered_before_each_export_is_there_once(one, two, left):
    rest = [(9, "MBBBB", "ok")]
    merged, shared = union([chat([(0, "MAAAA", *one), *rest]), chat([(0, "MAAAA", *two), *rest])])
    assert texts(merged) == [left, "ok"]
    assert shared == [0, 2]


def test_a_text_posted_every_day_is_paired_with_that_of_its_own_day():
    promo = "Ready stok keripik pisang 10rb per bungkus"
    days = [(0, "MAAAA", promo), (1440, "MAAAA", promo), (2880, "MAAAA", promo)]
    late = [(1441, "MAAAA", promo), (2881, "MAAAA", promo)]
    for exports in ([days, late], [late, days]):
        merged, shared = union([chat(rows) for rows in exports])
        assert len(merged) == 3
        assert shared == [0, 2]


def test_ids_of_the_messenger_decide_where_there_are_any():
    first, second = (
        chat([(0, "MAAAA", "a"), (1, "MAAAA", "a")], True),
        chat([(0, "MAAAA", "b"), (1, "MAAAA", "a")], True),
    )
    merged, _ = union([first, second])
    assert texts(merged) == ["a", "a"]


def test_exports_in_one_folder_are_one_channel(tmp_path):
    raw = tmp_path / "raw"
    folder = raw / "chats" / "UMKM Guyub"
    folder.mkdir(parents=True)
    rows = [f"24/07/24 09.{i:02d} - {who}: pesan {i}" for i, who in enumerate(("Bu Sri", "Pak Harun") * 5)]
    (folder / "dari Harun.txt").write_text("\n".join(rows[:7]) + "\n", encoding="utf-8")
    others = [
        row.replace("Bu Sri", "Sri Wahyuni").replace("24/07/24 09.", "[24/07/24, 09.").replace(" - ", ".00] ")
        for row in rows
    ]
    (folder / "dari Nur.txt").write_text("\n".join(others[4:]) + "\n", encoding="utf-8")
    (raw / "members.csv").write_text("name,aliases\nSri Wahyuni,Bu Sri\nHarun,Pak Harun\n", encoding="utf-8")
    corpus = read_corpus(raw, tz="Asia/Jakarta", date_order=None, key=b"k")
    assert corpus.messages["channel"].unique().tolist() == ["umkm-guyub"]
    assert corpus.messages["text"].tolist() == [f"pesan {i}" for i in range(10)]
    assert corpus.messages["message_id"].is_unique
    assert corpus.reports["shared"].sum() == 3
    assert corpus.reports["shared"].tolist() == [0, 3]


@pytest.mark.parametrize("name", [
    "Chat WhatsApp dengan UMKM (1).txt", "WhatsApp Chat with UMKM.txt", "WhatsApp Chat mit UMKM.txt",
    "WhatsApp-chat met UMKM.txt", "Chat de WhatsApp con UMKM.txt", "Chat WhatsApp con UMKM.txt",
    "Discussion WhatsApp avec UMKM.txt", "Conversa do WhatsApp com UMKM.txt", "Perbualan WhatsApp dengan UMKM.txt",
])  # fmt: skip
def test_a_second_copy_next_to_the_first_is_merged(tmp_path, name):
    chats = tmp_path / "chats"
    chats.mkdir()
    for each in ("Chat WhatsApp dengan UMKM.txt", name):
        (chats / each).write_text("24/07/24 09.43 - X: a\n", encoding="utf-8")
    corpus = read_corpus(tmp_path, tz="Asia/Jakarta", date_order=None, key=b"k")
    assert corpus.messages["message_id"].tolist() == ["umkm-20240724T0243-1"]


def test_chats_are_mostly_the_same_by_texts_of_the_same_minute():
    rows = [(minute, "A", f"pesan {minute}") for minute in range(10)]
    later = [(minute + 60, who, text) for minute, who, text in rows]
    chats = [chat(rows), chat(rows[:8] + later[8:]), chat(rows[:7] + later[7:]), chat(later), chat(rows[:4])]
    assert mostly_the_same(chats) == [(0, 1, 8), (1, 2, 7 + 2)]
