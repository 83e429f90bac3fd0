"""read_chat on WhatsApp exports: nothing lost, invented or misplaced, in every header shape."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.ingest import read_chat
from analysis.ingest.readers.whatsapp.senders import split_senders

from .chat_writers import LRM, SHAPES, Message, Shape, export, write

ANDROID = SHAPES["Indonesian Android"]
NAMES = ("Bu Sri", "Pak Harun 🌾", "+62 812-3456-7890", "~ Toko Jaya", "名無し", "Nur-Aini (UMKM)", "محمد")
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"), max_size=60).filter(
    lambda text: not text.startswith(("\u200e", "\u200f"))
)
TALK = st.lists(
    st.tuples(st.integers(0, 4000), st.sampled_from(NAMES), TEXTS | st.sampled_from(("½ kg", "a: b", "\n\n", "")), ),
    min_size=1, max_size=25,
)  # fmt: skip


def read(tmp_path, text, **kwargs) -> pd.DataFrame:
    return read_chat(write(tmp_path / "Chat WhatsApp dengan Uji.txt", text), **kwargs)


def lines(tmp_path, *rows, **kwargs) -> pd.DataFrame:
    return read(tmp_path, "\n".join(rows) + "\n", **kwargs)


def adds_up(frame: pd.DataFrame) -> bool:
    r = frame.attrs["report"]
    return r["lines"] == r["headers"] + r["continuation"] + r["undecodable"] + r["skipped"] and r["headers"] == len(
        frame
    )


def talk(drawn, shape: Shape) -> list[Message]:
    now, messages = datetime(2024, 7, 13, 23, 50), []
    for seconds, sender, text in drawn:
        now += timedelta(seconds=seconds // shape.step * shape.step)
        messages.append(Message(now, sender, text))
    return messages


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=TALK)
def test_random_messages_written_in_a_shape_are_read_back_equal(tmp_path, name, drawn):
    shape = SHAPES[name]
    messages = talk(drawn, shape)
    frame = read(tmp_path, export(messages, shape), date_order=shape.order)
    assert frame["text"].tolist() == [m.text for m in messages]
    assert frame["sender"].tolist() == [m.sender for m in messages]
    assert [t.replace(tzinfo=None) for t in frame["time"].dt.to_pydatetime()] == [m.time for m in messages]
    assert frame["message_id"].is_unique
    assert adds_up(frame)


@pytest.mark.parametrize("name", SHAPES)
def test_a_day_above_12_distinguishes_day_and_month_in_each_shape(tmp_path, name):
    shape = SHAPES[name]
    messages = [Message(datetime(2024, 1, 1) + timedelta(days=i, hours=i % 24), "Bu Sri", str(i)) for i in range(60)]
    frame = read(tmp_path, export(messages, shape))
    assert frame["time"].dt.tz_localize(None).tolist() == [m.time for m in messages]
    assert frame.attrs["report"]["date_order"] == shape.order


def test_ambiguous_dates_stop_the_run(tmp_path):
    with pytest.raises(InputError, match=r"no date in this file has a part above 12.*ambiguous") as error:
        lines(tmp_path, "03/04/24 09.43 - Bu Sri: satu", "04/05/24 09.43 - Bu Sri: dua")
    assert "ingest.date_order: dmy" in str(error.value)
    assert "03/04/24 09.43" in str(error.value)


@pytest.mark.parametrize(("order", "month"), [("dmy", 4), ("mdy", 3)])
def test_a_given_order_settles_ambiguous_dates(tmp_path, order, month):
    frame = lines(tmp_path, "03/04/24 09.43 - Bu Sri: satu", date_order=order)
    assert frame["time"].dt.month.tolist() == [month]


def test_a_given_order_that_the_dates_contradict_is_refused_with_the_line(tmp_path):
    with pytest.raises(
        InputError, match=r":2: date_order is mdy, but 24/07/24 is not a date in that order\n.*of MANIFEST"
    ):
        lines(tmp_path, "03/04/24 09.43 - Bu Sri: satu", "24/07/24 09.43 - Bu Sri: dua", date_order="mdy")


def test_one_pasted_date_does_not_flip_the_order_of_the_file(tmp_path):
    days = (3, 4, 5, 6)
    rows = [f"{day:02d}/07/24 09.43 - Bu Sri: hari {day}" for day in days]
    frame = lines(tmp_path, *rows[:2], "07/26/24 09.00 - X: y", *rows[2:])
    assert frame["time"].dt.day.tolist() == list(days)
    assert frame["time"].dt.month.tolist() == [7] * 4
    assert frame["text"][1] == "hari 4\n07/26/24 09.00 - X: y"
    assert frame.attrs["report"]["pasted"] == [3]


def test_a_pasted_header_that_runs_back_in_time_stays_in_its_message_and_is_flagged(tmp_path):
    frame = lines(
        tmp_path,
        "24/07/24 09.43 - Bu Sri: kata beliau:",
        "23/07/24 08.00 - Pak Harun: iuran naik",
        "23/07/24 08.01 - Pak Harun: mulai Agustus",
        "24/07/24 09.44 - Mbak Nur: oh",
    )
    assert frame["sender"].tolist() == ["Bu Sri", "Mbak Nur"]
    assert "iuran naik" in frame["text"][0]
    assert "mulai Agustus" in frame["text"][0]
    assert frame.attrs["report"]["pasted"] == [2, 3]
    assert frame.attrs["report"]["pasted_headers"] == 2
    assert adds_up(frame)


def test_a_few_seconds_or_a_minute_back_are_two_phones_clocks_and_no_paste(tmp_path):
    frame = lines(tmp_path, "[24/07/24, 09.43.10] X: a", "[24/07/24, 09.43.05] Y: b", "[24/07/24, 09.42.05] Y: c")
    assert frame["text"].tolist() == ["a", "b", "c"]
    assert frame.attrs["report"]["late_headers"] == 2


def test_a_copy_of_a_message_just_above_is_pasted_however_short_ago_it_was(tmp_path):
    frame = lines(
        tmp_path,
        "[24/07/24, 09.43.05] X: iuran naik",
        "[24/07/24, 09.43.20] Y: kata X:",
        "[24/07/24, 09.43.05] X: iuran naik",
        "[24/07/24, 09.43.05] X: lain",
    )
    assert frame["text"].tolist() == ["iuran naik", "kata X:\n[24/07/24, 09.43.05] X: iuran naik", "lain"]
    assert frame.attrs["report"]["pasted"] == [3]


def test_one_message_dated_in_the_future_does_not_swallow_those_after_it(tmp_path):
    rows = [f"24/07/24 09.{m:02d} - Bu Sri: {m}" for m in range(30)]
    rows.insert(3, "31/12/24 10.00 - Panitia: acara akhir tahun")
    frame = lines(tmp_path, *rows)
    assert len(frame) == 30
    assert "acara akhir tahun" in frame["text"][2]


def test_a_long_paste_of_older_messages_does_not_drop_the_message_that_holds_it(tmp_path):
    pasted = [f"20/07/24 09.{m:02d} - X: {m}" for m in range(40)]
    frame = lines(
        tmp_path,
        "24/07/24 09.43 - Bu Sri: satu",
        "24/07/24 09.44 - Bu Sri: lihat",
        *pasted,
        "24/07/24 09.45 - Bu Sri: dua",
    )
    assert frame["text"].str.partition("\n")[0].tolist() == ["satu", "lihat", "dua"]


@pytest.mark.parametrize(
    "line",
    [
        "12/03/24 kirim jam 10.15: siap",
        "[24/07/24, 09.50.00] Pak Harun: dari iPhone",
        "24/07/2024 09.50 - Pak Harun: tahun lain",
        "24/07/24, 09.50 - Pak Harun: koma",
        "24/07/24 09:50 - Pak Harun: titik dua",
        "24-07-24 09.50 - Pak Harun: strip",
        "99/99/24 09.50 - Pak Harun: bukan tanggal",
        "24/07/24 29.50 - Pak Harun: bukan jam",
        "[09.50, 24/7/2024] Pak Harun: salinan dari WhatsApp Web",
    ],
)
def test_a_body_line_of_another_shape_is_text(tmp_path, line):
    frame = lines(tmp_path, "24/07/24 09.43 - Bu Sri: halo", line, "24/07/24 09.59 - Bu Sri: ya")
    assert frame["text"].tolist() == [f"halo\n{line}", "ya"]


def test_a_sender_with_a_colon_is_settled_by_the_roster(tmp_path):
    frame = lines(
        tmp_path, "24/07/24 09.43 - Ketua RT: Harun: besok kerja bakti: jam 7", senders=["Ketua RT: Harun", "Bu Sri"]
    )
    assert frame["sender"].tolist() == ["Ketua RT: Harun"]
    assert frame["text"].tolist() == ["besok kerja bakti: jam 7"]


def test_a_sender_with_a_colon_is_seen_where_all_their_messages_agree(tmp_path):
    rows = [f"24/07/24 09.4{i} - Ketua RT: Harun: pesan {i}" for i in range(4)]
    frame = lines(tmp_path, *rows, "24/07/24 09.50 - Bu Sri: info: ya")
    assert frame["sender"].tolist() == ["Ketua RT: Harun"] * 4 + ["Bu Sri"]
    assert frame.attrs["report"]["doubtful_senders"] == ["Ketua RT: Harun"]


def test_a_system_line_with_a_colon_has_no_sender(tmp_path):
    frame = lines(
        tmp_path,
        '24/07/24 09.43 - Bu Sri mengubah subjek dari "Info: lama" menjadi "Info: baru"',
        "24/07/24 09.44 - Bu Sri: halo",
    )
    assert frame["sender"].isna().tolist() == [True, False]
    assert frame["kind"].tolist() == ["system", "text"]


@pytest.mark.parametrize(
    "line",
    [
        "Max a changé l'objet de « Info: x » en « y »",
        "X änderte den Betreff zu „Info: neu“",
        "Ville vaihtoi ryhmän nimeksi ”Info: uusi”",
        "X hat ‹Info: neu› gesetzt",
        "X将主题更改为「Info: 新」",
    ],
)
def test_a_subject_in_any_languages_quotation_marks_makes_no_sender(tmp_path, line):
    frame = lines(tmp_path, f"24/07/24 09.43 - {line}", "24/07/24 09.44 - Bu Sri: „ya“: «halo»")
    assert frame["sender"].fillna("-").tolist() == ["-", "Bu Sri"]
    assert frame["text"].tolist() == [line, "„ya“: «halo»"]
    assert frame["kind"].tolist() == ["system", "text"]


def test_a_name_on_the_roster_may_hold_quotation_marks(tmp_path):
    frame = lines(tmp_path, "24/07/24 09.43 - Toko «Jaya»: halo", senders=["Toko «Jaya»"])
    assert frame["sender"].tolist() == ["Toko «Jaya»"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<Media tidak disertakan>", "media"),
        ("IMG-20240724-WA0001.jpg (file terlampir)\nfoto produk", "media"),
        ("Bu Sri.vcf (file terlampir)", "contact"),
        ("Kartu kontak tidak disertakan", "contact"),
        ("Katalog.pdf • 2 halaman dokumen tidak disertakan", "media"),
        ("<terlampir: 00000006-PHOTO-2024.jpg>", "media"),
        ("Pesan ini dihapus", "deleted"),
        ("Anda telah menghapus pesan ini.", "deleted"),
        ("Panggilan suara tak terjawab", "call"),
        ("lokasi: https://maps.google.com/?q=-7.44,112.71", "location"),
        ("Lokasi terkini dibagikan", "location"),
        ("POLL:\nKumpul kapan?\nOPTION: Sabtu (3 votes)", "poll"),
        ("<Media omitted>", "media"),
        ("This message was deleted", "deleted"),
        ("Missed video call", "call"),
        ("location: https://maps.google.com/?q=1,2", "location"),
        ("2013-08-06-PHOTO-00000006.jpg <attached>", "media"),
        ("<Medien ausgeschlossen>", "media"),
        ("foto saya sudah tidak disertakan dalam lomba", "text"),
        ("dia bilang Pesan ini dihapus", "text"),
        ("Maaf dokumen tidak disertakan", "text"),
        ("Panggilan video, nanti malam ya", "text"),
        ("Panggilan video, 8 malam ya", "text"),
        ("Voice call, later?", "text"),
        ("Missed voice call, sorry!", "text"),
        ("Panggilan suara tak terjawab, saya di pasar", "text"),
        ("Lokasi terkini dibagikan ya Bu", "text"),
        ("ini warungnya (lokasi terlampir)", "text"),
        ("POLLING: siapa ikut?", "text"),
        ("ini link (file terlampir)", "text"),
        ("harganya 1.000 (file terlampir)", "text"),
        ("brosur.pdf (yang baru)", "text"),
        ("Panggilan suara, 2 mnt", "call"),
        ("Video call, 1 hr 2 min", "call"),
        ("Panggilan suara, tidak terjawab", "call"),
        (f"{LRM}Panggilan suara, {LRM}Tidak ada jawaban", "call"),
        ("Missed voice call at 9:43 PM", "call"),
        (f"{LRM}Missed voice call, {LRM}Tap to call back", "call"),
        ("DOC-20240724-WA0001. (file terlampir)", "media"),
        ("harga grosir.XLSX (file terlampir)", "media"),
        (f"{LRM}daftar harga (file terlampir)", "media"),
        (f"{LRM}IMG-1.jpg (bestand toegevoegd)", "media"),
        (f"{LRM}POLL: siapa ikut?", "poll"),
        ("Pak Harun menambahkan gula", "text"),
        ("Bu Sri keluar", "text"),
    ],
)
def test_what_a_person_sent_is_recognised_by_its_words(tmp_path, text, kind):
    frame = lines(tmp_path, f"24/07/24 09.43 - Bu Sri: {text}")
    assert frame["kind"].tolist() == [kind]
    assert frame["text"].tolist() == [text]
    assert frame["sender"].tolist() == ["Bu Sri"]


@pytest.mark.parametrize(
    "text",
    [
        "Pesan dan panggilan terenkripsi secara end-to-end. Hanya orang di chat ini yang bisa membacanya.",
        "Pesan dan telepon terenkripsi secara end-to-end.",
        "Pesan yang dikirim ke grup ini kini diamankan dengan enkripsi end-to-end.",
        "Anda membuat grup",
        'Pak Harun membuat grup "UMKM Guyub"',
        "Bu Sri bergabung menggunakan tautan undangan grup ini",
        "Bu Sri telah menambahkan Pak Harun",
        "Pak Harun keluar",
        "+62 812-3456-7890 keluar",
        "Bu Sri mengubah ikon grup ini",
        "Anda sekarang adalah admin",
        "Bu Sri telah mengganti nomor teleponnya ke nomor baru. Ketuk untuk mengirim pesan.",
        "Kode keamanan Anda dengan Bu Sri telah berubah. Ketuk untuk info selengkapnya.",
        "Anda menyalakan pesan sementara",
        "Messages and calls are end-to-end encrypted.",
        "Bu Sri added Pak Harun",
        "Käyttäjä poistui",
    ],
)
def test_the_messengers_own_lines_have_no_sender(tmp_path, text):
    frame = lines(tmp_path, f"24/07/24 09.43 - {text}")
    assert frame["sender"].isna().all()
    assert frame["kind"].tolist() == ["system"]
    assert frame["text"].tolist() == [text]


def test_files_names_before_the_same_words_in_brackets_are_media_in_any_language(tmp_path):
    rows = [f"24/07/24 09.4{i} - X: IMG-{i}.jpg (bestand toegevoegd)" for i in range(3)]
    frame = lines(tmp_path, *rows, "24/07/24 09.50 - X: brosur.pdf (yang baru)", "24/07/24 09.51 - X: ya")
    assert frame["kind"].tolist() == ["media"] * 3 + ["text"] * 2


def test_a_missed_call_in_a_private_chat_is_a_call(tmp_path):
    assert lines(tmp_path, "24/07/24 09.43 - Panggilan suara tak terjawab")["kind"].tolist() == ["call"]


def test_an_edited_message_is_marked_and_loses_the_mark(tmp_path):
    frame = lines(tmp_path, f"24/07/24 09.43 - Bu Sri: jam 9 ya {LRM}<Pesan ini diedit>", "24/07/24 09.44 - Bu Sri: a")
    assert frame["edited"].tolist() == [True, False]
    assert frame["text"].tolist() == ["jam 9 ya", "a"]


def test_the_mark_of_an_edit_counts_at_the_very_end_only(tmp_path):
    frame = read(tmp_path, "24/07/24 09.43 - X: ya <Pesan ini diedit>\n\n24/07/24 09.44 - X: <Pesan ini diedit> ya\n")
    assert frame["edited"].tolist() == [False, False]
    assert frame["text"].tolist() == ["ya <Pesan ini diedit>\n", "<Pesan ini diedit> ya"]


def test_on_ios_the_group_signs_the_messengers_lines(tmp_path):
    frame = lines(
        tmp_path,
        f"[24/07/24, 09.43.00] UMKM Guyub: {LRM}Pesan dan panggilan terenkripsi secara end-to-end.",
        f"[24/07/24, 09.43.10] UMKM Guyub: {LRM}Bu Sri menambahkan Pak Harun",
        "[24/07/24, 09.44.00] Bu Sri: Pak Harun menambahkan gula",
        f"{LRM}[24/07/24, 09.45.00] Bu Sri: {LRM}gambar tidak disertakan",
        f"{LRM}[24/07/24, 09.45.01] Bu Sri: Daftar.pdf • {LRM}2 halaman {LRM}dokumen tidak disertakan",
        f"[24/07/24, 09.46.00] Pak Harun: {LRM}Pak Harun keluar",
    )
    assert frame["kind"].tolist() == ["system", "system", "text", "media", "media", "system"]
    assert frame["sender"].fillna("-").tolist() == ["-", "-", "Bu Sri", "Bu Sri", "Bu Sri", "-"]


def test_an_empty_body_and_a_body_that_begins_on_the_next_line_keep_their_sender(tmp_path):
    frame = lines(
        tmp_path,
        "24/07/24 09.43 - Bu Sri:",
        "24/07/24 09.43 - Bu Sri: ",
        "24/07/24 09.43 - Bu Sri:",
        "daftar",
        "24/07/24 09.44 - X: y",
    )
    assert frame["sender"].tolist() == ["Bu Sri"] * 3 + ["X"]
    assert frame["text"].tolist() == ["", "", "\ndaftar", "y"]


def test_half_past_one_p_m_is_in_the_afternoon_and_noon_and_midnight_are_themselves(tmp_path):
    frame = lines(
        tmp_path,
        "[24/07/24 12:00:00 a.m.] X: a", "[24/07/24 1:15:00 a.m.] X: a",
        "[24/07/24 12:15:00 p.m.] X: a", "[24/07/24 1:15:00 p.m.] X: a",
    )  # fmt: skip
    assert frame["time"].dt.strftime("%H:%M").tolist() == ["00:00", "01:15", "12:15", "13:15"]


def test_times_are_the_phones_local_time(tmp_path):
    frame = lines(tmp_path, "24/07/24 09.43 - X: a", tz="Asia/Makassar")
    assert frame["time"][0] == pd.Timestamp("2024-07-24 01:43", tz="UTC")
    assert frame["message_id"][0] == "uji-20240724T0143-1"


def test_the_hour_that_a_clock_change_repeats_is_kept_in_order(tmp_path):
    frame = lines(
        tmp_path,
        "27.10.2024 01:50 - X: a", "27.10.2024 02:50 - X: b", "27.10.2024 02:10 - X: c", "27.10.2024 03:10 - X: d",
        tz="Europe/Berlin",
    )  # fmt: skip
    utc = frame["time"].dt.tz_convert("UTC").dt.strftime("%H:%M").tolist()
    assert utc == ["23:50", "00:50", "01:10", "02:10"]


def test_a_late_message_in_the_repeated_hour_sets_no_clock_back(tmp_path):
    said = ["02:10 - X: a", "02:30 - Y: b", "02:29 - X: c", "02:40 - Y: d"]
    late = lines(tmp_path, *(f"27.10.2024 {line}" for line in said), tz="Europe/Berlin")
    assert late["time"].dt.tz_convert("UTC").dt.strftime("%H:%M").tolist() == ["00:10", "00:30", "00:29", "00:40"]
    assert late.attrs["report"]["repeated_hour"] == 4


def test_a_first_line_with_a_day_that_does_not_exist_is_reported_as_left_out(tmp_path):
    frame = lines(tmp_path, "29/02/2023 09.43 - X: a", "13/02/2023 09.44 - Y: b", "14/02/2023 09.44 - Y: c")
    (warning,) = [each for each in frame.attrs["report"]["warnings"] if "before the first message" in each]
    assert warning.startswith("1 line before the first message with the form of one but no day that exists")
    assert frame["text"].tolist() == ["b", "c"]


def test_a_time_that_a_clock_change_skips_is_read(tmp_path):
    frame = lines(tmp_path, "31.03.2024 02:30 - X: a", tz="Europe/Berlin")
    assert frame["time"][0] == pd.Timestamp("2024-03-31 01:00", tz="UTC")
    (tmp_path / "t.csv").write_text("time,sender,text\n2024-03-31 02:30,X,a\n", encoding="utf-8")
    assert read_chat(tmp_path / "t.csv", tz="Europe/Berlin")["time"][0] == frame["time"][0]


def test_message_ids_count_within_the_minute_of_the_channel(tmp_path):
    frame = lines(tmp_path, "24/07/24 09.43 - X: a", "24/07/24 09.43 - X: b", "24/07/24 09.44 - X: c")
    assert frame["message_id"].tolist() == ["uji-20240724T0243-1", "uji-20240724T0243-2", "uji-20240724T0244-1"]


def test_lines_before_the_first_message_are_counted_as_skipped(tmp_path):
    frame = lines(tmp_path, "Riwayat chat", "", "24/07/24 09.43 - X: a", "b")
    r = frame.attrs["report"]
    assert (r["lines"], r["headers"], r["continuation"], r["skipped"]) == (4, 1, 1, 2)
    assert r["skipped_because"] == {"before the first message": 2}
    assert frame["line"].tolist() == [3]


def test_invalid_bytes_are_counted_and_lose_no_message(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes(b"24/07/24 09.43 - X: a\n" + b"b\xff\xfe\n" + "24/07/24 09.44 - Y\xff: c\n".encode("latin-1"))
    frame = read_chat(path)
    r = frame.attrs["report"]
    assert frame["text"].tolist() == ["a\nb\ufffd\ufffd", "c"]
    assert (r["lines"], r["headers"], r["continuation"], r["undecodable"]) == (3, 2, 0, 1)


def test_bytes_that_are_no_text_are_flagged_even_in_headers(tmp_path):
    (tmp_path / "a.txt").write_bytes("24/07/24 09.43 - José: café\n24/07/24 09.44 - X: a\n".encode("latin-1"))
    (warning,) = read_chat(tmp_path / "a.txt").attrs["report"]["warnings"]
    assert warning.startswith("1 line with bytes that are no text in UTF-8")


def test_a_file_whose_lines_end_in_carriage_returns_alone_is_read_line_by_line(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"24/07/24 09.43 - X: a\r24/07/24 09.44 - Y: b\r")
    frame = read_chat(tmp_path / "a.txt")
    assert frame["text"].tolist() == ["a", "b"]
    assert adds_up(frame)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_unicode_encodings_with_a_mark_are_read(tmp_path, encoding):
    path = tmp_path / "c.txt"
    path.write_bytes("24/07/24 09.43 - Bu Sri: ½ kg 🙏\n".encode(encoding))
    assert read_chat(path)["text"].tolist() == ["½ kg 🙏"]


def test_carriage_returns_inside_a_text_are_text_unless_the_file_ends_its_lines_with_them(tmp_path):
    plain = read(tmp_path, "24/07/24 09.43 - X: a\rb\n24/07/24 09.44 - X: c\r\n24/07/24 09.45 - X: d\n")
    assert plain["text"].tolist() == ["a\rb", "c\r", "d"]
    windows = read(tmp_path, "24/07/24 09.43 - X: a\nb\r\n24/07/24 09.44 - X: c\r\n")
    assert windows["text"].tolist() == ["a\nb", "c"]


@pytest.mark.parametrize(
    ("count", "text", "warned"),
    [
        (40_000, "a", True),
        (40_000, "<Media tidak disertakan>", True),
        (10_000, "IMG-1.jpg (file terlampir)", True),
        (10_000, "<Media tidak disertakan>", False),
        (9_990, "IMG-1.jpg (bestand toegevoegd)", True),
        (9_990, "brosur.pdf (2 halaman)", False),
        (1_000, "a", False),
    ],
)
def test_a_warning_where_the_phone_may_have_cut_the_export(tmp_path, count, text, warned):
    warnings = read(tmp_path, f"24/07/24 09.43 - X: {text}\n" * count).attrs["report"]["warnings"]
    assert bool(warnings) == warned
    assert not warned or "may be missing" in warnings[0]


CATALOGUE = [
    ("24/07/24 09.43 - Ayah: <Media tidak disertakan>", "2024-07-24 09:43", "Ayah", "<Media tidak disertakan>"),
    ("13/10/2022 16.25 - Anda membuat grup", "2022-10-13 16:25", None, "Anda membuat grup"),
    ("12/11/24, 7:19\u202fpm - Ajii: ...", "2024-11-12 19:19", "Ajii", "..."),
    ("[28/04/26, 16.31.34] X: text", "2026-04-28 16:31:34", "X", "text"),
    (
        "\u200e[3/27/22 21.41.55] X: \u200egambar tidak disertakan\r",
        "2022-03-27 21:41:55",
        "X",
        "\u200egambar tidak disertakan",
    ),
    ("[8/16/26, 2:10:50 PM] Anda: ...", "2026-08-16 14:10:50", "Anda", "..."),
    ("1/14/23, 7:02\u202fPM - X: y", "2023-01-14 19:02", "X", "y"),
    ("09/10/2023, 11:11\u202fam - +44 7700: y", "2023-10-09 11:11", "+44 7700", "y"),
    ("20/6/2017 8:28 p.\u00a0m. - X: test", "2017-06-20 20:28", "X", "test"),
    ("[25/09/20 10:27:18 a.m.] [name] : ...", "2020-09-25 10:27:18", "[name]", "..."),
    ("26-04-2022 12:11 - name: msg", "2022-04-26 12:11", "name", "msg"),
    ("31.5.2019 klo 16.58 - author: msg", "2019-05-31 16:58", "author", "msg"),
    ("13/07/2017 à 09:12 - X: Salut", "2017-07-13 09:12", "X", "Salut"),
    ("13. 6. 2018. 21:25:15 a: m", "2018-06-13 21:25:15", "a", "m"),
    ("13.06.18, 9:25 nachm. - X: y", "2018-06-13 21:25", "X", "y"),
    ("09/17/19, 8:30:52 AM – X: ...", "2019-09-17 08:30:52", "X", "..."),
    ("01.04.2015 - 16:00:27; ME: ...", "2015-04-01 16:00:27", "ME", "..."),
    ("06.08.13, 19:55:38: X: 2013.jpg <attached>", "2013-08-06 19:55:38", "X", "2013.jpg <attached>"),
    ("2022/3/27, 21:41 - X: ...", "2022-03-27 21:41", "X", "..."),
    ("٢٧/٣/٢٠٢٢، ٩:٤١ م - X: ...", "2022-03-27 21:41", "X", "..."),
    ("13/10/2567 BE 16:25 - X: y", "2024-10-13 16:25", "X", "y"),
    ("13/10/67 BE, 16:25 - X: y", "2024-10-13 16:25", "X", "y"),
    ("13/10/2567 16:25 - X: y", "2024-10-13 16:25", "X", "y"),
    ("R6/7/24 9:43 - X: y", "2024-07-24 09:43", "X", "y"),
    ("[令和6/07/24 9:43:01] X: y", "2024-07-24 09:43:01", "X", "y"),
]


@pytest.mark.parametrize(("line", "time", "sender", "text"), CATALOGUE)
def test_each_shape_seen_in_the_wild_is_read_from_one_line(tmp_path, line, time, sender, text):
    day_above_12 = any(12 < n <= 31 for n in map(int, re.findall(r"\d+", line.partition(":")[0])[:2]))
    frame = lines(tmp_path, line, date_order=None if day_above_12 or "." in line[:4] else "dmy")
    assert str(frame["time"].dt.tz_localize(None)[0]) == (time if time.count(":") == 2 else f"{time}:00")
    assert frame["sender"].fillna("-").tolist() == [sender or "-"]
    assert frame["text"].tolist() == [text]


@pytest.mark.parametrize("text", ["", "\n\n", "halo dunia\napa kabar\n", "a,b\n1,2\n", "{}", "[]"])
def test_a_file_that_is_no_chat_is_refused(tmp_path, text):
    with pytest.raises(InputError):
        read(tmp_path, text)


def test_a_listed_name_with_a_colon_in_it_is_found_among_many_names():
    """In a line that holds no name up to its first colon, whatever the number of names on the list."""
    names = frozenset([f"Member {number}" for number in range(20_000)] + ['Ana "Sari": Toko'])
    split = split_senders([None, None], ['Ana "Sari": Toko: sudah dikirim', 'Ana "Sari": halo'], listed=names)
    assert (split.sender[0], split.text[0]) == ('Ana "Sari": Toko', "sudah dikirim")
    assert split.sender[1] is None
