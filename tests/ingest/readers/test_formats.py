"""read_chat on everything that is no WhatsApp text: IRC, Telegram, Discord, Slack, archives, tables."""

from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.ingest import files, read_chat

WHATSAPP = "24/07/24 09.43 - Bu Sri: halo\n24/07/24 09.44 - Pak Harun: ya\n"


def save(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def whole(frame: pd.DataFrame) -> bool:
    r = frame.attrs["report"]
    return (
        r["lines"] == r["headers"] + r["continuation"] + r["undecodable"] + r["skipped"] and len(frame) == r["headers"]
    )


# IRC


def irc(tmp_path, *rows, name="2004-11-15_03.ascii.txt") -> pd.DataFrame:
    return read_chat(save(tmp_path / name, "\n".join(rows) + "\n"))


def test_an_irc_log_is_messages_actions_and_events(tmp_path):
    frame = irc(
        tmp_path,
        "=== early has joined #ubuntu",
        "[12:18] <|trey|> usual: quite stable though  :)",
        "[12:19]  * topyli yawns",
        "=== nick [~a@b.c]  has joined #ubuntu",
        "[12:20] <nick> ",
    )
    assert frame["sender"].fillna("-").tolist() == ["-", "|trey|", "topyli", "-", "nick"]
    assert frame["kind"].tolist() == ["system", "text", "text", "system", "text"]
    assert frame["text"].tolist()[1:3] == ["usual: quite stable though  :)", "yawns"]
    assert frame["time"].dt.strftime("%F %H:%M").tolist() == [f"2004-11-15 12:{m}" for m in (18, 18, 19, 19, 20)]
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["channel"].unique().tolist() == ["2004-11-15-03"]
    assert whole(frame)


def test_an_irc_log_without_brackets_is_read_as_irssi_writes_it(tmp_path):
    frame = irc(
        tmp_path,
        "--- Log opened Mon Nov 15 12:00:00 2004",
        "12:18 <@ani> halo: semua",
        "12:18 < budi> ya",
        "12:19  * budi melambai",
        "12:20 -!- cici [c@h] has joined #umkm",
        "12:21:09 <cici> hai",
    )
    assert frame["sender"].fillna("-").tolist() == ["-", "ani", "budi", "budi", "-", "cici"]
    assert frame["text"].tolist()[1:5] == ["halo: semua", "ya", "melambai", "cici [c@h] has joined #umkm"]
    assert frame["time"].iloc[-1] == pd.Timestamp("2004-11-15 12:21:09", tz="UTC")
    assert whole(frame)


def test_an_irc_log_rolls_over_at_midnight(tmp_path):
    frame = irc(tmp_path, "[23:58] <a> x", "[00:01] <b> y", "[00:00] <b> z", "[13:00] <b> z", "[01:00] <a> w")
    assert frame["time"].dt.strftime("%d %H:%M").tolist() == [
        "15 23:58",
        "16 00:01",
        "16 00:00",
        "16 13:00",
        "17 01:00",
    ]


def test_a_12_hour_clock_without_am_and_pm_runs_on(tmp_path):
    frame = irc(tmp_path, "[11:30] <a> x", "[12:59] <a> x", "[01:00] <b> y")
    assert frame["time"].dt.strftime("%d %H:%M").tolist() == ["15 11:30", "15 12:59", "15 13:00"]
    assert frame.attrs["report"]["clock"] == "12 hours without am and pm"


def test_an_irc_log_without_a_day_in_its_name_is_refused(tmp_path):
    with pytest.raises(InputError, match="nor in its name"):
        irc(tmp_path, "[12:18] <a> x", name="log.txt")


@pytest.mark.parametrize(
    "written",
    [
        "{day} 09:43:10 <@ani> halo: semua",
        "[{day} 09:43:10] <ani> halo: semua",
        "{day}T09:43:10 <+ani> halo: semua",
        "[{day}T09:43:10+0700] <ani> halo: semua",
        "[{day}T02:43:10Z] <ani> halo: semua",
        "{day} 09:43:10\tani\thalo: semua",
        "{day} 09:43:10\t@ani\thalo: semua",
    ],
)
def test_a_log_whose_lines_hold_their_day_needs_none_in_its_name(tmp_path, written):
    frame = irc(tmp_path, written.format(day="2024-07-24"), written.format(day="2024-07-26"), name="umkm.weechatlog")
    assert frame["sender"].tolist() == ["ani", "ani"]
    assert frame["text"].tolist() == ["halo: semua", "halo: semua"]
    assert frame["time"].dt.tz_convert("UTC").dt.strftime("%d %T").tolist() == ["24 02:43:10", "26 02:43:10"]
    assert whole(frame)


def test_a_weechat_log_is_messages_actions_and_events(tmp_path):
    frame = irc(
        tmp_path,
        "2024-07-24 09:43:10\t-->\tani (~a@10.0.0.1) has joined #umkm",
        '2024-07-24 09:43:11\t--\tTopic for #umkm is "bazar"',
        "2024-07-24 09:43:12\t *\tani melambai\tdua kali",
        "2024-07-24 09:43:13\tani\t",
        "bukan baris log",
        "2024-13-24 09:43:14\tani\ttanggal yang tidak ada",
        "2024-07-24 09:43:15\t<--\tani (~a@10.0.0.1) has quit",
        name="umkm.weechatlog",
    )
    assert frame["kind"].tolist() == ["system", "system", "text", "text", "system", "text", "system"]
    assert frame["text"].tolist()[2:5] == ["melambai\tdua kali", "", "bukan baris log"]
    assert frame["time"].dt.second.tolist() == [10, 11, 12, 13, 13, 13, 15]
    assert whole(frame)


def test_empty_lines_of_an_irc_log_are_counted(tmp_path):
    frame = irc(tmp_path, "[12:18] <a> x", "", "[12:19] <a> y")
    assert frame.attrs["report"]["skipped_because"] == {"empty line": 1}
    assert whole(frame)


def test_the_ubuntu_logs_are_read_line_by_line(irc_logs):
    logs = sorted(irc_logs.rglob("*.ascii.txt"))
    frames = [read_chat(path) for path in logs]
    assert all(whole(frame) for frame in frames)
    assert sum(map(len, frames)) == sum(path.read_bytes().count(b"\n") for path in logs)
    assert all((frame["time"].diff().dropna() > pd.Timedelta("-1h")).all() for frame in frames)


# Telegram


def message(number, text="hai", **more):
    return {
        "id": number, "type": "message", "date": "2024-07-24T09:43:00", "date_unixtime": str(1721788980 + number),
        "from": "Bu Sri", "from_id": "user1", "text": text,
    } | more  # fmt: skip


def telegram(tmp_path, *messages, name="pengurus-telegram.json") -> pd.DataFrame:
    chat = {"name": "Pengurus", "type": "private_supergroup", "id": 7, "messages": list(messages)}
    path = tmp_path / name
    path.write_text(json.dumps(chat, indent=1, ensure_ascii=False), encoding="utf-8")
    return read_chat(path)


def test_telegram_messages_keep_their_ids_and_replies(tmp_path):
    frame = telegram(tmp_path, message(5), message(6, reply_to_message_id=5), message(7, edited_unixtime="1"))
    assert frame["message_id"].tolist() == [f"pengurus-telegram-{i}" for i in (5, 6, 7)]
    assert frame["reply_to"].fillna("-").tolist() == ["-", "pengurus-telegram-5", "-"]
    assert frame["edited"].tolist() == [False, False, True]
    assert frame["time"][0] == pd.Timestamp(1721788985, unit="s", tz="UTC")
    assert whole(frame)


def test_telegram_lines_are_where_the_records_begin(tmp_path):
    frame = telegram(tmp_path, message(5), message(6))
    rows = (tmp_path / "pengurus-telegram.json").read_text().split("\n")
    assert [rows[line - 1].strip() for line in frame["line"]] == ["{", "{"]
    assert ['"id": 5' in rows[frame["line"][0]], '"id": 6' in rows[frame["line"][1]]] == [True, True]


def test_a_text_of_pieces_is_joined(tmp_path):
    pieces = ["lihat ", {"type": "link", "text": "https://a.id"}, " dan ", {"type": "mention", "text": "@sri"}]
    assert telegram(tmp_path, message(1, pieces))["text"].tolist() == ["lihat https://a.id dan @sri"]


@pytest.mark.parametrize(
    ("more", "kind", "text"),
    [
        ({"photo": "(File not included)", "text": "stan kita"}, "media", "stan kita"),
        ({"media_type": "sticker", "file": "x"}, "media", "hai"),
        ({"poll": {"question": "Kapan?", "answers": [{"text": "Sabtu", "voters": 3}, {"text": "Minggu"}]}, "text": ""},
         "poll", "Kapan?\nSabtu\nMinggu"),
        ({"contact_information": {"first_name": "X"}}, "contact", "hai"),
        ({"location_information": {"latitude": 1}}, "location", "hai"),
        ({"forwarded_from": "Dinas"}, "text", "hai"),
    ],
)  # fmt: skip
def test_telegram_kinds_are_recognised_by_their_keys(tmp_path, more, kind, text):
    frame = telegram(tmp_path, message(1, **more))
    assert (frame["kind"][0], frame["text"][0], frame["sender"][0]) == (kind, text, "Bu Sri")


def test_telegram_service_lines_have_no_sender_and_calls_are_calls(tmp_path):
    service = {"type": "service", "actor": "Bu Sri", "actor_id": "user1"}
    frame = telegram(
        tmp_path,
        message(1, "", **service, action="invite_members", members=["Pak Harun", None]),
        message(2, "", **service, action="phone_call"),
    )
    assert frame["kind"].tolist() == ["system", "call"]
    assert frame["sender"].fillna("-").tolist() == ["-", "Bu Sri"]
    assert frame["text"][0] == "Bu Sri invite members Pak Harun"


def test_a_reply_to_a_topic_or_to_another_chat_is_no_reply(tmp_path):
    topic = {"type": "service", "actor": "Bu Sri", "action": "topic_created", "title": "Bazar"}
    frame = telegram(
        tmp_path,
        message(1, "", **topic),
        message(2, reply_to_message_id=1),
        message(3, reply_to_message_id=2),
        message(4, reply_to_message_id=2, reply_to_peer_id="channel9"),
    )
    assert frame["reply_to"].notna().tolist() == [False, False, True, False]
    assert frame.attrs["report"]["topic_replies"] == 1


def test_a_deleted_accounts_messages_keep_its_id_as_sender(tmp_path):
    assert telegram(tmp_path, message(1, **{"from": None}))["sender"].tolist() == ["user1"]


def test_control_characters_written_as_hex_escapes_are_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(r'{"name":"A","messages":[{"id":1,"date":"2024-07-24T09:43:00","from":"X","text":"a\x1fb \\x41"}]}')
    frame = read_chat(path)
    assert frame["text"].tolist() == ["a\x1fb \\x41"]
    assert frame["time"][0] == pd.Timestamp("2024-07-24 09:43", tz="Asia/Jakarta")


def test_an_export_of_many_chats_has_a_channel_for_each(tmp_path):
    names = ("Pengurus", "Bazar", "Bazar")
    chats = [{"name": name, "id": i, "messages": [message(1), message(2)]} for i, name in enumerate(names)]
    path = save(tmp_path / "result.json", {"about": "Here is the data you requested.", "chats": {"list": chats}})
    frame = read_chat(path)
    assert frame["channel"].tolist() == ["pengurus"] * 2 + ["bazar"] * 2 + ["bazar-2"] * 2
    assert frame["message_id"].is_unique
    assert whole(frame)


def test_a_file_with_telegrams_own_name_takes_the_chats_name(tmp_path):
    assert telegram(tmp_path, message(1), name="result.json")["channel"].tolist() == ["pengurus"]


def test_a_damaged_name_of_a_chat_does_not_stop_the_reading(tmp_path):
    text = '{"name": "a\\q", "messages": [{"id": 1, "date": "2024-07-24T09:43:00", "from": "X", "text": "a"}]}'
    assert read_chat(save(tmp_path / "result.json", text))["channel"].tolist() == ["result"]


def test_records_that_are_no_messages_are_counted(tmp_path):
    frame = telegram(tmp_path, message(1), {"type": "unsupported"}, "x", 3, None, message(True), message(2))
    assert len(frame) == 2
    assert frame.attrs["report"]["skipped_because"] == {"no message: no id or no date": 5}
    assert whole(frame)


def test_half_a_surrogate_pair_becomes_a_replacement_character(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"messages":[{"id":1,"date":"2024-07-24T09:43:00","from":"X","text":"a\\ud83d"}]}')
    assert read_chat(path)["text"].tolist() == ["a\ufffd"]


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": [{"id": 1,',
        '{"messages": [{"id": 1, "date": "2024-07-24T09:43:00"}',
        '{"messages": ' + "[" * 100_000,
        '{"messages": [{"id": ' + "9" * 5000 + "}]}",
        '{"messages": []}',
        '{"messages": {}}',
    ],
)
def test_broken_json_is_refused_with_a_word_on_what_to_do(tmp_path, text):
    with pytest.raises(InputError) as error:
        read_chat(save(tmp_path / "a.json", text))
    assert error.value.fix


DEEP = '{"text": ' + "[" * 900 + '"a"' + "]" * 900 + "}"


@pytest.mark.parametrize("key", ["text", "from", "members", "poll"])
def test_a_telegram_record_nested_deep_is_refused_with_its_line(tmp_path, key):
    nested = f'{{"id": 2, "type": "message", "date": "2024-07-24T09:43:00", "{key}": {DEEP}}}'
    text = f'{{"messages": [\n{json.dumps(message(1))},\n{nested}]}}'
    with pytest.raises(InputError, match="too deep") as error:
        read_chat(save(tmp_path / "a.json", text))
    assert error.value.line == 3


def test_a_telegram_message_with_many_entities_is_not_too_deep(tmp_path):
    parts = [{"type": "bold", "text": str(i % 10)} for i in range(300)]
    assert telegram(tmp_path, message(1, parts))["text"].tolist() == ["0123456789" * 30]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", f'{{"time": "2024-07-24T09:43", "text": {DEEP}}}'),
        ("a/umum/2024-07-24.json", f'[{{"ts": "1721788980.0001", "text": {DEEP}}}]'),
    ],
)
def test_deep_records_of_tables_and_of_slack_are_refused(tmp_path, name, text):
    save(tmp_path / "a" / "users.json", [])
    path = save(tmp_path / name, text)
    with pytest.raises(InputError):
        read_chat(path if path.suffix == ".jsonl" else tmp_path / "a")


def test_an_escape_cut_by_the_end_of_a_piece_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.ingest.files.PIECE", 7)
    frame = telegram(tmp_path, *(message(i, f"baris {i} \u2028 ½") for i in range(50)))
    assert frame["text"].tolist() == [f"baris {i} \u2028 ½" for i in range(50)]
    assert frame["line"].is_monotonic_increasing


def test_a_telegram_message_with_a_broken_instant_has_its_written_time(tmp_path):
    rows = [{"id": 1, "type": "message", "date": "2024-07-24T09:43:00", "date_unixtime": "x", "from": "A", "text": "a"},
            {"id": 2, "type": "unsupported", "date": "2024-07-24T09:44:00", "date_unixtime": "1721789040"}]  # fmt: skip
    frame = read_chat(save(tmp_path / "a.json", {"name": "A", "messages": rows}))
    assert frame["time"].dt.strftime("%H:%M").tolist() == ["09:43", "09:44"]
    assert frame["kind"].tolist() == ["text", "system"]
    assert frame["sender"].fillna("-").tolist() == ["A", "-"]


# Discord and Slack


def test_discord_has_authors_replies_and_times_with_their_zone(tmp_path):
    author = {"id": "9", "name": "bu.sri", "nickname": "Bu Sri", "isBot": False}
    base = {"type": "Default", "timestamp": "2024-07-24T09:43:01.25+07:00", "author": author, "attachments": []}
    answer = {"type": "Reply", "content": "ya", "reference": {"messageId": "1"}, "timestampEdited": "x"}
    export = {
        "guild": {"name": "UMKM"}, "channel": {"name": "umum"},
        "messages": [
            base | {"id": "1", "content": "halo"},
            base | answer | {"id": "2"},
            base | {"id": "3", "content": "", "attachments": [{}]},
            base | {"id": "4", "type": "GuildMemberJoin", "content": "Joined the server."},
        ],
    }  # fmt: skip
    frame = read_chat(save(tmp_path / "umum.json", export))
    assert frame["sender"].fillna("-").tolist() == ["bu.sri"] * 3 + ["-"]
    assert frame["kind"].tolist() == ["text", "text", "media", "system"]
    assert frame["reply_to"].fillna("-").tolist() == ["-", "umum-1", "-", "-"]
    assert frame["time"][0] == pd.Timestamp("2024-07-24 02:43:01.25", tz="UTC")
    assert frame["edited"].tolist() == [False, True, False, False]
    assert frame.attrs["report"]["aliases"] == {"bu.sri": ["Bu Sri"]}
    assert whole(frame)


SLACK = {
    "users.json": [
        {"id": "U1", "name": "sri", "profile": {"display_name": "Bu Sri"}},
        {"id": "U2", "real_name": "Harun"},
    ],
    "channels.json": [{"id": "C1", "name": "umum"}],
    "umum/2024-07-24.json": [
        {"user": "U1", "text": "hai <@U2> &amp; semua", "ts": "1721788980.000100", "thread_ts": "1721788980.000100"},
        {"user": "U2", "text": "ya", "ts": "1721788990.000200", "thread_ts": "1721788980.000100"},
        {"subtype": "channel_join", "user": "U2", "text": "<@U2> joined", "ts": "1721788991.0"},
    ],
}  # fmt: skip


def slack_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in SLACK.items():
            archive.writestr(name, json.dumps(content))
    return path


def slack_folder(path):
    for name, content in SLACK.items():
        save(path / name, content)
    return path


@pytest.mark.parametrize("make", [slack_zip, slack_folder])
def test_a_slack_export_is_read_as_archive_and_as_folder(tmp_path, make):
    frame = read_chat(make(tmp_path / ("a.zip" if make is slack_zip else "a")))
    assert frame["sender"].fillna("-").tolist() == ["Bu Sri", "Harun", "-"]
    assert frame["text"].tolist() == ["hai @Harun & semua", "ya", "@Harun joined"]
    assert frame["kind"].tolist() == ["text", "text", "system"]
    assert frame["reply_to"].fillna("-").tolist() == ["-", "umum-1721788980-000100", "-"]
    assert whole(frame)


# Archives


@pytest.mark.parametrize("inside", ["_chat.txt", "Chat WhatsApp dengan UMKM.txt", "Percakapan.txt"])
def test_a_whatsapp_archive_is_read_whatever_the_text_is_called(tmp_path, inside):
    path = tmp_path / "WhatsApp Chat - UMKM Guyub.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("00000001-PHOTO.jpg", b"\xff\xd8")
        archive.writestr(inside, WHATSAPP)
        archive.writestr("catatan.txt", "bukan chat")
    frame = read_chat(path)
    assert frame["text"].tolist() == ["halo", "ya"]
    assert frame["channel"].unique().tolist() == ["umkm-guyub"]


@pytest.mark.parametrize(
    ("own", "attached"),
    [
        ("_chat.txt", "00000012-catatan.txt"),
        ("_chat.txt", "Chat WhatsApp dengan Lain.txt"),
        ("Chat WhatsApp dengan UMKM.txt", "catatan.txt"),
        ("Chat WhatsApp dengan UMKM.txt", "_chat.txt"),
        ("Chat WhatsApp dengan UMKM.txt", "Chat WhatsApp dengan Lain.txt"),
        ("Chat de WhatsApp con UMKM.txt", "catatan.txt"),
        ("a/_chat.txt", "a/catatan.txt"),
    ],
)
def test_of_two_chats_in_an_archive_the_one_that_the_phone_named_is_read(tmp_path, own, attached):
    path = tmp_path / "Chat WhatsApp dengan UMKM.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(attached, WHATSAPP.replace("halo", "lain"))
        archive.writestr(own, WHATSAPP)
    frame = read_chat(path)
    assert frame["text"].tolist() == ["halo", "ya"]
    assert "1 text in this archive" in frame.attrs["report"]["warnings"][0]


def test_a_large_recording_next_to_the_chat_in_an_archive_is_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "Chat WhatsApp dengan UMKM.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("00000001-VIDEO.mp4", b"\0" * 2000)
        archive.writestr("_chat.txt", WHATSAPP)
    monkeypatch.setattr("analysis.ingest.files.LARGEST", 1000)
    assert len(read_chat(path)) == 2


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", WHATSAPP + "a" * 50_000_000)
    with pytest.raises(InputError, match="grows 200 times"):
        read_chat(path)


def test_a_member_larger_than_the_archive_says_is_refused(tmp_path):
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", WHATSAPP)
    raw = bytearray(path.read_bytes())
    for place in range(len(raw) - 4):
        if raw[place : place + 4] in (b"PK\x03\x04", b"PK\x01\x02"):
            at = place + (22 if raw[place + 2] == 3 else 24)
            raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    with pytest.raises(InputError):
        read_chat(path)


@pytest.mark.parametrize("name", ["../../etc/_chat.txt", "/tmp/_chat.txt", "C:\\_chat.txt"])
def test_an_archives_paths_lead_nowhere(tmp_path, name):
    path = tmp_path / "inside" / "a.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, WHATSAPP)
    before = sorted(tmp_path.rglob("*"))
    assert len(read_chat(path)) == 2
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 100, b"PK\x05\x06" + b"\0" * 18])
def test_a_damaged_or_empty_archive_is_refused(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_chat(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_damaged_at_any_place_is_read_or_refused_in_words(tmp_path, method):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("_chat.txt", WHATSAPP * 20)
    raw, refused = path.read_bytes(), 0
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0xFF]) + raw[place + 1 :])
        try:
            read_chat(path)
        except InputError as error:
            refused += "a.zip" in str(error)
    assert refused > 100


def test_two_chats_in_one_archive_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", WHATSAPP)
        archive.writestr("b.txt", WHATSAPP)
    with pytest.raises(InputError, match="2 chats"):
        read_chat(path)


# Tables


def test_a_csv_table_is_read_by_its_column_names(tmp_path):
    text = 'waktu,pengirim,pesan,lain\n2024-07-24T09:43,Bu Sri,"dua\nbaris, ya",x\n\n2024-07-24T09:44+00:00,,masuk,x\n'
    frame = read_chat(save(tmp_path / "tamu.csv", text))
    assert frame["text"].tolist() == ["dua\nbaris, ya", "masuk"]
    assert frame["kind"].tolist() == ["text", "system"]
    assert frame["line"].tolist() == [2, 5]
    assert frame["time"][0] == pd.Timestamp("2024-07-24 09:43", tz="Asia/Jakarta")
    assert frame["message_id"].tolist() == ["tamu-20240724T0243-1", "tamu-20240724T0944-1"]
    assert whole(frame)


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        ("date,time", "2024-07-24,09:43", "2024-07-25,00:05:10"),
        ("tanggal,jam", "24/07/2024,9.43", "25/07/2024,00.05.10"),
        ("Date,Time", "07/24/24,9:43 AM", "07/25/24,12:05:10 am"),
        ("tgl,waktu", "24.07.2024,09:43", "25.07.2024,00:05:10"),
        ("date,timestamp", "24/07/2024,2024-07-24T02:43Z", "25/07/2024,2024-07-24T17:05:10+00:00"),
        ("no,waktu", "1,24/07/2024 09:43", '2,"25/07/2024, 00:05:10"'),
        ("no,date", "1,2024-07-24 9:43", "2,2024-07-25 0:05:10"),
    ],
)
def test_day_and_time_may_stand_in_a_column_each_and_in_any_order(tmp_path, head, first, second):
    frame = read_chat(save(tmp_path / "a.csv", f"{head},from,text\n{first},X,a\n{second},Y,b\n"))
    assert frame["time"].dt.strftime("%F %T").tolist() == ["2024-07-24 09:43:00", "2024-07-25 00:05:10"]
    assert whole(frame)


def test_a_table_of_ambiguous_dates_waits_for_an_order(tmp_path):
    path = save(tmp_path / "a.csv", "tanggal,jam,nama,pesan\n03/04/2024,09:43,X,a\n")
    with pytest.raises(InputError, match="ambiguous") as error:
        read_chat(path)
    assert error.value.line == 2
    assert read_chat(path, date_order="mdy")["time"].dt.strftime("%F").tolist() == ["2024-03-04"]


def test_a_semicolon_table_and_a_formula_are_text(tmp_path):
    text = "time;sender;text\n2024-07-24T09:43;X;=HYPERLINK(1)\n"
    assert read_chat(save(tmp_path / "a.csv", text))["text"].tolist() == ["=HYPERLINK(1)"]


def test_json_lines_are_read(tmp_path):
    rows = [
        {"time": "2024-07-24T09:43", "sender": "X", "text": "a", "id": 4},
        {"time": "2024-07-24T09:44", "sender": "Y", "text": "b", "reply_to": 4},
    ]
    frame = read_chat(save(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert frame["reply_to"].fillna("-").tolist() == ["-", "a-4"]
    assert whole(frame)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.csv", "time,sender,text\n2024-07-24T09:43,X\n", 2),
        ("a.csv", "time,sender\n2024-07-24T09:43,X\n", 1),
        ("a.csv", "sender,text\nX,a\n", 1),
        ("a.csv", "tanggal,jam,text\n24/07/2024,09:43,a\n31/02/2024,09:43,a\n", 3),
        ("a.csv", "tanggal,jam,text\n24/07/2024,25:43,a\n", 2),
        ("a.csv", "time,sender,text\nkemarin,X,a\n", 2),
        ("a.csv", 'time,sender,text\n2024-07-24T09:43,X,"a\n', 2),
        ("a.jsonl", '{"time": "2024-07-24T09:43", "text": "a"}\n{"time"\n', 2),
        ("a.jsonl", "[1]\n", 1),
    ],
)
def test_a_broken_table_is_refused_with_its_line(tmp_path, name, text, line):
    with pytest.raises(InputError) as error:
        read_chat(save(tmp_path / name, text))
    assert error.value.line == line


# Hostile input


@pytest.mark.parametrize(
    "raw",
    [
        b"\0" * 1000,
        WHATSAPP.encode("utf-16-le"),
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"%PDF-1.4\n" + b"\xff" * 50,
        b"<html><body>24/07/24</body></html>",
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, raw):
    path = tmp_path / "a.txt"
    path.write_bytes(raw)
    with pytest.raises(InputError):
        read_chat(path)


def test_nul_bytes_in_a_text_are_counted_and_shown_as_replacements(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(WHATSAPP.encode() + b"x\0y\n")
    frame = read_chat(path)
    assert frame["text"].tolist()[1] == "ya\nx\ufffdy"
    assert frame.attrs["report"]["undecodable"] == 1


def test_a_line_that_never_ends_is_refused_without_reading_all_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.ingest.files.LONGEST_LINE", 1_000_000)
    path = tmp_path / "a.txt"
    path.write_text(WHATSAPP + "a" * 1_100_000)
    with pytest.raises(InputError, match=r":3: a line of more than 1,000,000 bytes"):
        read_chat(path)


def test_a_file_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.ingest.files.LARGEST", 10)
    with pytest.raises(InputError, match="at most 10 are read"):
        read_chat(save(tmp_path / "a.txt", WHATSAPP))


@pytest.mark.parametrize("mark", ["\u200e", "[", "24/07/24 09.43 - ", "24/07/24 ", ": ", "<", "@", "\\x1", "🙏"])
def test_long_runs_of_one_thing_take_no_longer_than_their_length(tmp_path, mark):
    frame = read_chat(save(tmp_path / "a.txt", WHATSAPP + "24/07/24 09.45 - X: " + mark * 100_000 + "\n"))
    assert len(frame) == 3


def test_a_folder_in_place_of_a_file_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match="not a regular file") as error:
        files.check(tmp_path)
    assert error.value.fix


def test_what_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "nothing.txt", tmp_path):
        with pytest.raises(InputError):
            read_chat(path)


@pytest.mark.parametrize("tz", ["Mars/Olympus", "", "../../etc/passwd"])
def test_an_unknown_time_zone_is_refused(tmp_path, tz):
    with pytest.raises(InputError, match="no time zone"):
        read_chat(save(tmp_path / "a.txt", WHATSAPP), tz=tz)


def test_an_unknown_order_of_dates_is_refused(tmp_path):
    with pytest.raises(InputError, match="date_order"):
        read_chat(save(tmp_path / "a.txt", WHATSAPP), date_order="ydm")
