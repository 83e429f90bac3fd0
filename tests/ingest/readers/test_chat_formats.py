"""Every row of docs/chat-formats.md: its fixture gives each message, sender and kind that the table says."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.ingest import read_chat
from analysis.ingest.files import TextFile, slug
from analysis.ingest.gather import exports

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "fixtures" / "chats"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "chat-formats.md").read_text(encoding="utf-8").split("\n")
    if line.startswith("| `") and line.count(" | ") == 5
]  # fmt: skip


def counted(written: str) -> dict[str, int]:
    """`Bu Sri 3, Pak Harun 2` as counts."""
    pairs = (each.rpartition(" ") for each in written.strip(" |").split(", "))
    return {name: int(number) for name, _, number in pairs}


def read(name: str, **options):
    return read_chat(FIXTURES / name, **options)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_fixture_gives_every_message_sender_and_kind(row):
    fixture, _, _, messages, senders, kinds = row
    frame = read(fixture.strip("`"))
    assert len(frame) == int(messages)
    assert Counter(frame["sender"].dropna()) == counted(senders)
    assert Counter(frame["kind"]) == counted(kinds)
    assert frame["time"].dt.tz_convert("UTC").between("2013-01-01", "2027-01-01").all()
    assert frame["message_id"].is_unique
    assert frame["line"].is_monotonic_increasing


def test_every_fixture_has_a_row():
    named = {(FIXTURES / row[0].strip("`")) for row in ROWS}
    files = [path for path in FIXTURES.rglob("*") if path.is_file()]
    assert len(ROWS) >= 50
    assert [path for path in files if path not in named and not named.intersection(path.parents)] == []


@pytest.mark.parametrize("name", ["telegram-html", "instagram", "google-chat", "signal-backup"])
def test_an_export_of_several_files_is_read_as_folder_and_as_archive(tmp_path, name):
    archive = Path(shutil.make_archive(str(tmp_path / "export"), "zip", FIXTURES / name))
    columns = ["time", "sender", "text", "kind", "reply_to"]
    assert read_chat(archive)[columns].equals(read(name)[columns])


def test_pages_next_to_each_other_are_one_chat_and_folders_one_export(tmp_path):
    for name in ("telegram-html", "instagram", "slack"):
        if (FIXTURES / name).is_dir():
            shutil.copytree(FIXTURES / name, tmp_path / "chats" / name)
    shutil.copytree(FIXTURES / "telegram-html", tmp_path / "flat")
    assert [p.name for p in exports(tmp_path / "flat")] == ["messages.html"]
    assert len(read_chat(tmp_path / "flat" / "messages.html")) == 11
    assert [p.name for p in exports(tmp_path / "chats")] == ["umkmguyub_178419", "telegram-html"]


# What each format says beyond the counts


def test_telegrams_html_has_texts_replies_forwards_and_joined_senders():
    frame = read("telegram-html")
    texts = frame["text"].tolist()
    assert texts[0] == "Bu Sri created group «UMKM Guyub»"
    assert texts[1] == "Selamat pagi & salam\napa kabar semua?"
    assert texts[2] == "lihat https://example.org/bazar"
    assert texts[6] == "Kumpul kapan?\nSabtu\nMinggu"
    assert frame["reply_to"].dropna().tolist() == ["umkm-guyub-2"]
    assert frame["time"].dt.strftime("%d %H:%M").tolist()[:3] == ["24 09:43", "24 09:43", "24 09:43"]
    assert list(frame.attrs["report"]["forwarded"].values()) == ["Dinas Koperasi"]
    assert {"Bu Sri", "Pak Harun"} <= set(frame.attrs["report"]["named"])


def test_discords_html_takes_times_from_the_messages_numbers():
    frame = read("discord-html/umum.html")
    assert frame["text"].tolist()[:3] == ["Selamat pagi & salam\napa kabar semua?", "bazar jam 9", "siap Bu 🙏"]
    assert frame["edited"].tolist() == [False, True, False, False, False]
    assert frame["time"].dt.tz_convert("UTC").dt.strftime("%H:%M:%S").tolist()[:2] == ["02:43:10", "02:43:40"]
    assert frame["reply_to"][2] == frame["message_id"][1]
    assert frame.attrs["report"]["aliases"]["bu.sri"] == ["Bu Sri"]


def test_metas_bytes_are_put_together_again_and_whole_texts_left_alone(tmp_path):
    frame = read("instagram")
    assert frame["text"].tolist()[1:3] == ["½ kg untuk bazar “Sabtu”", "baik Bu 🙏 — sampai jumpa"]
    assert frame["sender"].tolist()[1] == "Bu Sri 🌾"
    assert frame["time"].is_monotonic_increasing
    chat = {"participants": [{"name": "José"}], "title": "Café", "messages": [
        {"sender_name": "José", "timestamp_ms": 1721788990000, "content": "déjà vu 🙏"}]}  # fmt: skip
    (tmp_path / "message_1.json").write_text(json.dumps(chat), encoding="utf-8")
    assert read_chat(tmp_path / "message_1.json")["text"].tolist() == ["déjà vu 🙏"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Liked a message", "system"), ("Reacted 🙏 to your message ", "system"), ("Ani pinned a message", "system"),
        ("You pinned a message", "system"), ("Ani sent an attachment.", "media"), ("You sent a photo.", "media"),
        ("Liked a message of yours", "text"), ("Budi sent a photo.", "text"), ("You sent a photo. Thanks", "text"),
    ],
)  # fmt: skip
def test_what_meta_writes_of_its_own_is_nobodys_text(tmp_path, text, kind):
    chat = {"participants": [], "title": "Ani", "messages": [
        {"sender_name": "Ani", "timestamp_ms": 1721788990000, "content": text}]}  # fmt: skip
    (tmp_path / "message_1.json").write_text(json.dumps(chat), encoding="utf-8")
    frame = read_chat(tmp_path / "message_1.json")
    assert (frame["kind"][0], frame["sender"].isna()[0]) == (kind, kind == "system")


def test_an_export_given_under_another_name_is_what_it_is(tmp_path):
    own = next(path for path in (FIXTURES / "google-chat").rglob("messages.json"))
    other = shutil.copy(own, tmp_path / "grup penjual.json")
    columns = ["time", "sender", "text", "kind"]
    assert read_chat(other)[columns].equals(read_chat(own)[columns])


def test_lines_own_lines_without_a_column_for_a_sender_are_nobodys_text():
    frame = read("line-two-columns/[LINE] Riwayat obrolan di UMKM Guyub.txt")
    assert frame["text"].tolist() == [
        "Bu Sri menambahkan Pak Harun ke grup.", "Selamat pagi", "Daftar:\n- satu", "[Foto]",
        "Pak Harun membatalkan pengiriman pesan.", "sudah",
    ]  # fmt: skip


def test_lines_quoted_texts_of_several_lines_are_whole():
    frame = read("line/[LINE] Chat in UMKM Guyub.txt")
    assert frame["text"][2] == 'Daftar:\n- satu\n\n- "dua"'
    assert frame["text"].tolist()[-1] == "harga: 5.000\t(bal)"
    assert frame["time"].dt.strftime("%d %H:%M").tolist()[-3:] == ["25 00:01", "25 00:02", "25 00:03"]
    assert read("line-ja/[LINE] 組合のトーク.txt")["time"].dt.strftime("%d %H:%M").tolist() == [
        "24 09:43", "24 13:05", "24 13:06", "24 13:07", "25 00:10"
    ]  # fmt: skip


def test_a_line_chat_is_split_into_lines_no_more_often_the_longer_it_is(tmp_path, monkeypatch):
    split = TextFile.lines.fget
    asked: list[int] = []
    monkeypatch.setattr(TextFile, "lines", property(lambda source: asked.append(1) or split(source)))

    def times(lines: int) -> int:
        path = tmp_path / f"[LINE] {lines}.txt"
        head = "[LINE] Chat in UMKM\nSaved on: 24/07/2024 10:00\n\n24/07/2024\n"
        path.write_text(head + "09:43\tBu Sri\tmonggo\n" * lines, encoding="utf-8")
        asked.clear()
        assert len(read_chat(path)) == lines
        return len(asked)

    assert 0 < times(20) == times(400)


def test_a_line_message_of_a_day_before_1970_is_refused_with_its_time_and_line(tmp_path):
    path = tmp_path / "[LINE] UMKM.txt"
    path.write_text("[LINE] UMKM\nSaved on: 24/07/2024 10:00\n\n24/07/1909\n09:43\tBu Sri\tya\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"UMKM\.txt:5: 1909-07-24 09:43:00 is not a valid message time") as error:
        read_chat(path)
    assert error.value.fix


def test_a_viber_line_whose_date_is_a_telephone_number_is_skipped(tmp_path):
    path = tmp_path / "Messages with Pak Harun.csv"
    path.write_text("24/07/2024,09:43:10,Bu Sri,,pagi\n1. 2. 081234567890,09:44,Bu Sri,,dua\n", encoding="utf-8")
    frame = read_chat(path)
    assert frame["text"].tolist() == ["pagi"]
    assert frame.attrs["report"]["skipped"] == 1


@pytest.mark.parametrize(
    ("name", "reply", "answered"),
    [
        ("teams/messages.json", "baik Bu", "Selamat pagi & salam\napa kabar?"),
        ("teams-graph/messages.json", "baik", "Selamat pagi & salam\napa kabar?"),
        ("signal-desktop/UMKM Guyub (c1).json", "baik Bu", "Selamat pagi"),
        ("signal-backup", "baik Bu 🙏", "Selamat pagi"),
        ("google-chat", "baik Bu 🙏", "Selamat pagi\napa kabar?"),
        ("matrix/matrix - UMKM Guyub - Chat Export.json", "baik Bu", "siap"),
        ("slack.zip", "ya", "hai @Pak Harun & semua"),
    ],
)
def test_marked_replies_lead_to_the_message_they_answer(name, reply, answered):
    frame = read(name).set_index("message_id")
    (link,) = frame.loc[frame["text"] == reply, "reply_to"]
    assert frame.loc[link, "text"] == answered


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("message_1.html", "choose JSON"),
        ("msgstore.db.crypt15", "Export chat"),
        ("signal-2024.backup", "Signal Desktop"),
        ("chat.pdf", "as text"),
        ("catatan.txt", "columns time, sender, text"),
    ],
)
def test_what_is_not_known_is_refused_with_what_to_do(tmp_path, name, fix):
    (tmp_path / name).write_text("<html>apa saja</html>\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_chat(tmp_path / name)
    assert fix in error.value.fix


def test_deep_or_broken_exports_are_refused(tmp_path):
    for name, text in (
        ("message_1.json", '{"participants": [], "messages": ' + "[" * 5000),
        ("messages.json", '{"conversations": [{"MessageList": ' + '{"a":' * 500 + "1" + "}" * 500 + "}]}"),
        ("main.jsonl", '{"version": 1}\n{"chatItem": '),
        ("x.html", '<div class="history">' + "<div>" * 5000),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            read_chat(tmp_path / name)


def test_an_archive_of_two_telegram_chats_has_two_channels(tmp_path):
    path = tmp_path / "export.zip"
    page = (FIXTURES / "telegram-html" / "messages.html").read_text(encoding="utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("chats/chat_01/messages.html", page)
        archive.writestr("chats/chat_02/messages.html", page.replace("UMKM Guyub", "Panitia"))
    frame = read_chat(path)
    assert frame["channel"].value_counts().to_dict() == {"umkm-guyub": 6, "panitia": 6}


# Two chats of one title are two chats


def zipped(path: Path, files: dict[str, object]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, str) else json.dumps(content))
    return path


def two_of_telegram(folder: Path) -> Path:
    page = (FIXTURES / "telegram-html" / "messages.html").read_text(encoding="utf-8")
    return zipped(folder / "export.zip", {f"chats/chat_0{k}/messages.html": page for k in (1, 2)})


def two_of_meta(folder: Path) -> Path:
    chat = (FIXTURES / "instagram" / "inbox" / "umkmguyub_178419" / "message_1.json").read_text(encoding="utf-8")
    return zipped(folder / "export.zip", {f"inbox/umkmguyub_{k}/message_1.json": chat for k in (178419, 178420)})


def two_of_google(folder: Path) -> Path:
    groups = FIXTURES / "google-chat" / "Google Chat" / "Groups"
    names = ("messages.json", "group_info.json")
    texts = {name: (groups / "Space AAA" / name).read_text(encoding="utf-8") for name in names}
    files = {f"Groups/Space {space}/{name}": texts[name] for space in ("AAA", "BBB") for name in names}
    return zipped(folder / "export.zip", files)


def two_of_teams(folder: Path) -> Path:
    export = json.loads((FIXTURES / "teams" / "messages.json").read_text(encoding="utf-8"))
    (one,) = export["conversations"]
    export["conversations"].append(one | {"id": "19:another@thread.v2"})
    (folder / "messages.json").write_text(json.dumps(export), encoding="utf-8")
    return folder / "messages.json"


def two_of_signal(folder: Path) -> Path:
    lines = (FIXTURES / "signal-backup" / "main.jsonl").read_text(encoding="utf-8").splitlines()
    frames = [json.loads(line) for line in lines]
    chat = next(frame["chat"] for frame in frames if "chat" in frame)
    frames.append({"chat": chat | {"id": "another"}})
    frames += [{"chatItem": each["chatItem"] | {"chatId": "another"}} for each in frames if "chatItem" in each]
    (folder / "main.jsonl").write_text("\n".join(map(json.dumps, frames)), encoding="utf-8")
    return folder / "main.jsonl"


def two_of_telegrams_json(folder: Path) -> Path:
    answer = {"id": 2, "date": "2024-07-24T09:44:00", "from": "Y", "text": "b", "reply_to_message_id": 1}
    messages = [{"id": 1, "date": "2024-07-24T09:43:00", "from": "X", "text": "a"}, answer]
    chats = [{"name": "UMKM Guyub", "id": k, "messages": messages} for k in (178419, 178420)]
    (folder / "result.json").write_text(json.dumps({"about": "Here", "chats": {"list": chats}}), encoding="utf-8")
    return folder / "result.json"


def two_of_slack(folder: Path) -> Path:
    stamps = {"ts": "1721788980.000100", "thread_ts": "1721788980.000100"}
    day = [{"user": "U1", "text": "a", **stamps}, {"user": "U2", "text": "b", **stamps, "ts": "1721788990.000200"}]
    days = {f"{channel}/2024-07-24.json": day for channel in ("tim_a", "tim-a")}
    return zipped(folder / "export.zip", {"users.json": [], **days})


def two_of_a_table(folder: Path) -> Path:
    chats, messages = ("Tim_A", "Tim-A"), ("2024-07-24T09:43,X,a,1,", "2024-07-24T09:44,Y,b,2,1")
    rows = [f"{message},{chat}" for chat in chats for message in messages]
    (folder / "tim.csv").write_text("\n".join(["time,from,text,id,reply_to,channel", *rows]), encoding="utf-8")
    return folder / "tim.csv"


TWO_OF = [two_of_telegram, two_of_meta, two_of_google, two_of_teams, two_of_signal, two_of_telegrams_json, two_of_slack,
          two_of_a_table]  # fmt: skip


@pytest.mark.parametrize("two_of", TWO_OF)
def test_two_chats_of_one_name_in_an_export_are_two_and_replies_stay_in_their_chat(tmp_path, two_of):
    frame = read_chat(two_of(tmp_path))
    first, second = frame["channel"].unique()
    assert second == f"{first}-2"
    assert frame["channel"].value_counts().nunique() == 1
    assert frame["message_id"].is_unique
    channel = frame.set_index("message_id")["channel"]
    replies = frame.dropna(subset="reply_to")
    assert replies["reply_to"].map(channel).tolist() == replies["channel"].tolist()


@pytest.mark.parametrize("two_of", TWO_OF)
def test_two_chats_of_one_name_in_an_export_have_names_that_pages_distinguish(tmp_path, two_of):
    report = read_chat(two_of(tmp_path)).attrs["report"]
    assert {channel: slug(name) for channel, name in report["channels"].items()} == {c: c for c in report["channels"]}


def test_a_chat_over_several_pages_or_lists_stays_one(tmp_path):
    page = (FIXTURES / "telegram-html" / "messages.html").read_text(encoding="utf-8")
    path = zipped(tmp_path / "export.zip", {f"chats/chat_01/messages{k}.html": page for k in ("", "2")})
    assert read_chat(path)["channel"].unique().tolist() == ["umkm-guyub"]
