"""read_chat reads chat exports of every known format."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pandas as pd

from analysis import wording
from analysis.errors import InputError
from analysis.ingest import clock, discord, files, irc, report, shapes, slack, tabular, telegram, whatsapp
from analysis.ingest.files import TextFile
from analysis.ingest.readers import (
    discord_html,
    export,
    google_chat,
    line,
    matrix,
    meta,
    signal,
    teams,
    telegram_html,
    viber,
)  # fmt: skip
from analysis.ingest.readers.export import Export

SHEETS = frozenset((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"))
TABLE = "or give it as a table (.csv) with the columns time, sender, text."
FIX = f"Export the chat again, move the file out of chats/, {TABLE}"


class Reader(NamedTuple):
    """A format: its name, a test whether an export is in it, and a function that reads its messages."""

    name: str
    fits: Callable[[Export], bool]
    read: Callable[[Export], pd.DataFrame]


READERS = (  # formats recognised by more features come first
    Reader("Slack export", slack.fits, slack.read_export),
    Reader("Telegram Desktop HTML", telegram_html.fits, telegram_html.read),
    Reader("DiscordChatExporter HTML", discord_html.fits, discord_html.read),
    Reader("Instagram or Messenger JSON", meta.fits, meta.read),
    Reader("Google Chat Takeout", google_chat.fits, google_chat.read),
    Reader("Teams or Skype JSON", teams.fits, teams.read),
    Reader("Element (Matrix) JSON", matrix.fits, matrix.read),
    Reader("Signal JSON", signal.fits, signal.read),
    Reader("LINE text", line.fits, line.read),
    Reader("Viber history", viber.fits, viber.read),
    Reader("table", lambda e: e.single and tabular.is_table(e.path),
           lambda e: tabular.read(e.path, tz=e.tz, date_order=e.date_order)),
    Reader("DiscordChatExporter JSON", lambda e: e.single and discord.is_discord(e.head),
           lambda e: discord.read(e.path, tz=e.tz)),
    Reader("Telegram Desktop JSON", lambda e: e.single and telegram.is_telegram(e.head),
           lambda e: telegram.read(e.path, tz=e.tz)),
)  # fmt: skip
KNOWN = f"{', '.join(['WhatsApp text', *(reader.name for reader in READERS)])} or IRC log"
UNREAD = (  # files that can be read only in another form, by name, and how to get that form
    (r"(?i)message_\d+\.html", "Request the download again, and choose JSON as its format."),
    (r"(?i).*\.crypt\d*|msgstore.*", "Open the chat in WhatsApp, and choose Export chat, Without media."),
    (r"(?i).*\.backup", "Export the chat with Signal Desktop: Chat settings, Export chat."),
    (r"(?i).*\.(tar|t?gz|7z|rar)", "Unpack the archive, and give the messages.json or the folder in it."),
    (r"(?i).*\.(db|sqlite3?)", f"Export the chat in the app itself, {TABLE}"),
    (r"(?i).*\.(pdf|docx?|rtf|odt)", f"Export the chat as text, {TABLE}"),
)
FOLDERS = ("users.json", "channels.json", "messages.html", "message_1.json", "group_info.json", "main.jsonl")


def read_chat(
    path: str | Path, *, tz: str = "Asia/Jakarta", date_order: str | None = None, senders: Collection[str] | None = None
) -> pd.DataFrame:
    """The messages of one export; platform, header shape and language are recognised automatically.

    It reads WhatsApp (.txt, .zip), Telegram (.json, messages.html), Discord (.json, .html), Slack, Instagram and
    Messenger, LINE, Teams, Viber, Signal, Google Chat, Matrix, IRC logs, and tables with named columns (.csv, .jsonl);
    docs/chat-formats.md lists them. path: a file, an archive (.zip), or the folder of an export of several files.
    tz: zone of the exporting phone's clock, for formats that carry local times. date_order: dmy, mdy or ymd, where the
    dates do not settle it. senders: names as exported, which settle where a sender's name ends.

    Returns a DataFrame in file order: message_id, channel, time (zone-aware), sender (as exported; missing on system
    lines), text (never normalised), kind, edited, reply_to (explicit replies only), source, line (1-based).
    df.attrs["report"] accounts for every line: lines = headers + continuation + undecodable + skipped.
    Raises InputError when the file is in none of the known formats, or day and month cannot be distinguished.
    """
    path = Path(path)
    clock.check_order(date_order)
    clock.zone(tz)
    if path.suffix.lower() in SHEETS:
        fix = "Save the sheet as `CSV UTF-8`, with the names of the columns in its first line."
        raise InputError("this is a spreadsheet, which cannot be read as a chat", path=path, fix=fix)
    options: dict[str, Any] = {"tz": tz, "date_order": date_order, "senders": senders or ()}
    if path.is_dir():
        frame = _read(export.of_folder(path, **options))
    elif files.head(path).startswith("PK\x03\x04") or path.suffix.lower() == ".zip":
        with files.open_zip(path) as archive:
            frame = _read(export.of_archive(path, archive, **options), archive)
    else:
        frame = _read(export.of_file(path, **options))
    if frame.empty:
        raise _refusal(path)
    frame.attrs["report"].setdefault("channels", {frame["channel"].iloc[0]: path.name})
    return frame


def _read(given: Export, archive: zipfile.ZipFile | None = None) -> pd.DataFrame:
    """The messages of an export, read by the first reader that fits; a text is recognised by its lines."""
    if reader := next((each for each in READERS if each.fits(given)), None):
        return reader.read(given)
    if archive is not None:
        return _archive(archive, given)
    if not given.single or any(re.fullmatch(name, given.path.name) for name, _ in UNREAD):
        raise _refusal(given.path)
    return _text(files.read_text(given.path), given)


def _refusal(path: Path) -> InputError:
    """The error for a file in no known format: which formats are known, and what to do."""
    folder = "this is a folder, and no export of several files that is known"
    fix = next((fix for name, fix in UNREAD if re.fullmatch(name, path.name)), FIX)
    return InputError(folder if path.is_dir() else f"no message found: this is not a {KNOWN}", path=path, fix=fix)


def _text(source: TextFile, given: Export) -> pd.DataFrame:
    """The messages of a text, read as an IRC log or a WhatsApp chat."""
    channel, path = files.slug(source.name), given.path
    if irc.is_irc(source.text):
        table = irc.read(source, channel=channel, path=path, tz=given.tz)
    elif shape := shapes.find(source.text):
        order, senders = given.date_order, given.senders
        table = whatsapp.read(source, shape, channel=channel, tz=given.tz, date_order=order, senders=senders, path=path)
    else:
        raise _refusal(path)
    table.attrs["report"]["warnings"] += report.unreadable_warning(sorted(source.undecodable))
    return table


def _archive(archive: zipfile.ZipFile, given: Export) -> pd.DataFrame:
    """The messages of a zip archive of a WhatsApp chat with its media."""
    path = given.path
    texts = [i for i in archive.infolist() if i.filename.lower().endswith(".txt")]
    if sum(info.file_size for info in texts) > files.LARGEST:
        raise InputError("the texts in this archive are too large", path=path, fix=FIX)
    candidates = [info for info in texts if shapes.find(_member(archive, info, path).text)]
    chats = candidates if len(candidates) == 1 else _own(candidates, path)
    if len(chats) != 1:
        what = "no chat" if not candidates else f"{len(candidates)} chats"
        raise InputError(
            f"{what} found in this archive", path=path, fix="Give each exported chat an archive of its own."
        )
    table = _text(_member(archive, chats[0], path), given)
    if others := len(candidates) - 1:
        left = f"{wording.count(others, 'text')} in this archive that may be a chat too and was attached: left alone"
        table.attrs["report"]["warnings"].append(left)
    return table


def _own(candidates: list[zipfile.ZipInfo], path: Path) -> list[zipfile.ZipInfo]:
    """The text with the name that phones give a chat, among several that look like one: the archive's own, _chat.txt or
    one with WhatsApp in it, in any language, the surest first. Empty or several where names do not settle it."""
    names = [PurePosixPath(info.filename).name.lower() for info in candidates]
    own = f"{path.stem.lower()}.txt"
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: "whatsapp" in name and name == own, lambda name: name == "_chat.txt",
        lambda name: "whatsapp" in name,
    )  # fmt: skip
    for test in tests:
        if fitting := [info for info, name in zip(candidates, names, strict=True) if test(name)]:
            return fitting
    return []


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> TextFile:
    """A member's text, under the archive's name: the phone calls it _chat.txt, whatever the chat."""
    return files.decode(files.member(archive, info, path), path.name, path)
