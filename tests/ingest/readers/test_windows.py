"""A text too large to be held comes out of its windows as from the whole, or is refused with the place."""

from __future__ import annotations

import os
import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.ingest import files, read_chat
from analysis.ingest.readers.whatsapp import survey, textstream, windows
from analysis.ingest.readers.whatsapp.order import WINDOW
from analysis.ingest.readers.whatsapp.textstream import LargeText, TextBlock

from .chat_writers import SHAPES, Message, export

ANDROID, AMERICAN = SHAPES["Indonesian Android"], SHAPES["English Android, narrow blank"]
WHO = ("Bu Sri", "Pak Harun", "+62 812-3456-7890", "~ Toko", "Ketua RT: Harun", None)
SAID = (
    "halo semua, apa kabar", "siap", "a: b\nc", "", "dua\n\nbaris", "<Media tidak disertakan>", "Pesan ini dihapus",
    "Pengumuman dari ketua:", "ya <Pesan ini diedit>", "stok kerupuk masih ada 20 bal", "25/12/23 ramai",
)  # fmt: skip
ALIKE = ("format", "bytes", "lines", "headers", "continuation", "undecodable", "skipped", "skipped_because", "shape",
         "date_order", "date_order_by", "pasted_headers", "doubtful_senders", "channels")  # fmt: skip


def busy(seed: int, messages: int) -> list[Message]:
    """A chat with late, early, pasted, announced and repeated lines, guests who write once, and lines of nobody."""
    rng, now, chat = random.Random(seed), datetime(2024, 7, 13, 22), list[Message]()
    for k in range(messages):
        now += timedelta(minutes=rng.choice((0, 0, 1, 3, 30)))
        who = f"Tamu {k}" if k % 97 == 5 else rng.choice(WHO)
        text = "Anda menambahkan Pak Harun" if who is None else f"{rng.choice(SAID)}{rng.choice(('', f' {k}'))}"
        by = rng.choice((1, 2, 90, 5000, -1440, -500_000)) if rng.random() < 0.04 else 0
        chat += [rng.choice(chat)] if chat and rng.random() < 0.01 else []
        chat.append(Message(now - timedelta(minutes=by), who, text))
    return chat


@pytest.fixture
def small(monkeypatch) -> None:
    """Windows of a few hundred messages, with no more around them than those in which the rule of order looks."""
    monkeypatch.setattr(textstream, "PIECE", 20_000)
    monkeypatch.setattr(windows, "CONTEXT", 2 * WINDOW)
    monkeypatch.setattr(windows, "AHEAD", 2 * WINDOW)


def opened(path: Path) -> LargeText:
    """A text as one that is too large, however small it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "LARGEST", 1 if path.suffix == ".txt" else path.stat().st_size)
        stream = textstream.large(path)
    assert stream is not None
    return stream


def in_windows(path: Path, **options) -> windows.LargeChat:
    return windows.read(opened(path), **{"tz": "Asia/Jakarta", "date_order": None, "listed": ()} | options)


def as_from_the_whole(path: Path) -> int:
    """How many tables a chat comes in; they are what read_chat gives, and the reports agree."""
    whole, chat = read_chat(path), in_windows(path)
    tables = list(chat.tables())
    pd.testing.assert_frame_equal(pd.concat(tables, ignore_index=True), whole)
    assert {name: chat.report[name] for name in ALIKE} == {name: whole.attrs["report"][name] for name in ALIKE}
    assert chat.senders["sender"].tolist() == whole["sender"].dropna().unique().tolist()
    return len(tables)


@pytest.mark.parametrize(
    ("seed", "shape"),
    [
        (0, "Indonesian Android"), (1, "Indonesian iOS, US order, direction marks, CRLF"), (2, "Indonesian iOS"),
        (3, "English Android, narrow blank"),
    ],
)  # fmt: skip
def test_a_chat_comes_out_of_its_windows_as_from_the_whole(tmp_path, small, seed, shape):
    path = tmp_path / "Chat WhatsApp dengan Uji.txt"
    text = "tanpa judul\n" * (seed % 2) + export(busy(seed, 1_800), SHAPES[shape])
    path.write_text(text.removesuffix("\n").removesuffix("\r") + "\n", encoding="utf-8", newline="")
    assert as_from_the_whole(path) > 1


def test_bytes_that_are_no_text_and_a_last_line_without_an_end_are_counted_as_in_the_whole(tmp_path, small):
    rng = random.Random(9)
    raw = bytearray(b"\xef\xbb\xbf" + export(busy(9, 1_200), ANDROID).encode())
    for _ in range(60):
        raw[rng.randrange(100, len(raw))] = rng.choice((0, 0xFF, 0xC3))
    (path := tmp_path / "a.txt").write_bytes(raw.rstrip(b"\n"))
    assert as_from_the_whole(path) > 1


def test_the_chat_of_an_archive_is_unpacked_block_by_block(tmp_path, small):
    with zipfile.ZipFile(path := tmp_path / "WhatsApp Chat - Uji.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", export(busy(5, 1_200), SHAPES["Indonesian iOS"]))
        archive.writestr("IMG-1.jpg", b"\xff\xd8")
    assert as_from_the_whole(path) > 1
    damaged = bytearray(path.read_bytes())
    damaged[2_000:2_100] = bytes(100)
    (broken := tmp_path / "broken.zip").write_bytes(damaged)
    with pytest.raises(InputError, match="cannot be read to the end"):
        in_windows(broken)


def test_a_line_pasted_years_later_is_known_from_where_it_stood_first(tmp_path, small):
    chat = busy(3, 1_800)
    copied = Message(datetime(2024, 7, 13, 22, 0), "Bu Sri", "yang dijanjikan dulu")
    (path := tmp_path / "a.txt").write_text(
        export([copied, *chat, copied, replace(chat[-1], text="sampai besok")], ANDROID), encoding="utf-8"
    )
    as_from_the_whole(path)
    texts = pd.concat(in_windows(path).tables())["text"]
    assert texts.str.contains(f"{ANDROID.header(copied.time)}Bu Sri: yang dijanjikan dulu", regex=False).sum() == 1


def test_who_writes_elsewhere_in_the_file_is_known_in_every_window(tmp_path, small):
    chat, (early, late) = busy(8, 1_500), ("sudah sampai", "baru ada sinyal")
    chat[1_400] = Message(chat[1_400].time, "Bu Sri", "siap")
    chat.insert(1_401, Message(chat[1_400].time - timedelta(days=3), "Mbak Nur", late))
    chat.insert(9, Message(chat[9].time, "Mbak Nur", early))
    (path := tmp_path / "a.txt").write_text(export(chat, ANDROID), encoding="utf-8")
    as_from_the_whole(path)
    assert pd.concat(in_windows(path).tables())["sender"].eq("Mbak Nur").sum() == 2


def test_a_chat_pasted_into_the_last_message_of_a_window_is_text(tmp_path, small):
    pasted = export([Message(datetime(2024, 7, 14, 9, k), "Bu Sri", "tempelan") for k in range(2)], AMERICAN)
    *chat, last = busy(6, 600)
    chat = [replace(m, text=f"teruskan\n{pasted}") if m.sender else m for m in chat]
    (path := tmp_path / "a.txt").write_text(export([*chat, last], ANDROID), encoding="utf-8")
    assert as_from_the_whole(path) > 1


def test_a_pasted_date_of_the_other_order_turns_no_window_round(tmp_path, small):
    chat = [Message(datetime(2024, 2, 1 + k // 40, 9, k % 40), "Bu Sri", f"pesan nomor {k}") for k in range(1_120)]
    chat[900] = replace(chat[900], text="teruskan:\n12/25/23 09.00 - Pak Lain: tempelan")
    (path := tmp_path / "a.txt").write_text(export(chat, ANDROID), encoding="utf-8")
    assert as_from_the_whole(path) > 1


def refused(path: Path, text: str | bytes, **options) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        in_windows(path, **options)
    return str(caught.value)


def test_what_no_one_reading_fits_is_refused_with_the_line_to_split_at(tmp_path, small):
    path, half = tmp_path / "a.txt", busy(1, 900)
    later = [Message(m.time + timedelta(days=300), m.sender, m.text) for m in half]
    first = export(half, ANDROID)
    mixed = first + export(later, ANDROID).replace("\n", "\r\n")
    assert ": the line breaks change from about here on" in refused(path, mixed)
    assert "the headers change their shape" in refused(path, first + export(later, SHAPES["Indonesian iOS"]))
    assert "the headers change their shape" in refused(path, export(half[:40], AMERICAN) + export(later, ANDROID))
    turned = "".join(f"{m.time:%m/%d/%y %H.%M} - Bu Sri: hai\n" for m in later)
    assert ": day and month are swapped from here on" in refused(path, first + turned)


def test_dates_that_fit_both_orders_need_the_order(tmp_path, small):
    text = "".join(f"03/04/24 {k // 60:02d}.{k % 60:02d} - Bu Sri: pesan {k}\n" for k in range(900)).replace(".", ":")
    assert "a.txt:1: no date in this file has a part above 12" in refused(tmp_path / "a.txt", text)
    assert in_windows(tmp_path / "a.txt", date_order="mdy").report["date_order"] == "mdy"
    assert "the dates are in another order" in refused(
        tmp_path / "a.txt", export(busy(1, 900), ANDROID), date_order="mdy"
    )


def test_what_is_no_such_text_is_refused(tmp_path, small, monkeypatch):
    path, text = tmp_path / "a.txt", export(busy(1, 300), ANDROID)
    assert "no message found" in refused(path, "tidak ada apa-apa\n" * 9)
    assert "no message found" in refused(path, "[12:18] <ani> halo\n" * 99)
    assert "must be in UTF-8" in refused(path, text.encode("utf-16"))
    monkeypatch.setattr(files, "LONGEST_LINE", 30_000)
    assert "a line of more than 30,000 bytes" in refused(path, text + "a" * 60_000)
    assert "a message of more than 30,000 characters" in refused(path, text + "halo\n" * 20_000)
    monkeypatch.setattr(survey, "MOST", 10)
    assert "no chat in the order" in refused(path, text)


def test_an_archive_that_squeezes_too_hard_a_pipe_and_other_formats_are_no_large_texts(tmp_path, monkeypatch):
    with zipfile.ZipFile(bomb := tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", "24/07/24 09.43 - A: hai\n" * 200_000)
    monkeypatch.setattr(files, "LARGEST", 1_000_000)
    with pytest.raises(InputError, match="too large, or no chat export"):
        textstream.large(bomb)
    (tmp_path / "result.json").write_text("[" + "1," * 1_000_000 + "1]", encoding="utf-8")
    assert textstream.large(tmp_path / "result.json") is None
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="named pipe"):
        textstream.large(tmp_path / "pipe.txt")


def test_a_file_that_changes_between_passes_is_refused(tmp_path, small):
    (path := tmp_path / "a.txt").write_text(export(busy(1, 900), ANDROID), encoding="utf-8")
    chat = in_windows(path)
    with path.open("a", encoding="utf-8") as file:
        file.write("01/01/30 09.43 - Bu Sri: satu lagi\n")
    with pytest.raises(InputError, match="was changed while it was read"):
        list(chat.tables())


def test_windows_that_disagree_on_what_lies_between_them_are_refused(tmp_path, small, monkeypatch):
    (path := tmp_path / "a.txt").write_text(export(busy(1, 1_800), ANDROID), encoding="utf-8")
    chat, blocks = in_windows(path), textstream.blocks

    def changing(stream: LargeText) -> Iterator[TextBlock]:
        for k, block in enumerate(blocks(stream)):
            yield block if k else TextBlock(block.text.replace("Pak Harun", "Pak Haris"), block.line)

    monkeypatch.setattr(textstream, "blocks", changing)
    with pytest.raises(InputError, match="was changed while it was read"):
        list(chat.tables())
    table = read_chat(path)[:5]
    with pytest.raises(InputError, match="read as a whole only"):
        windows._agree(table.assign(sender="Bu Lain"), table[:3], chat.survey)
