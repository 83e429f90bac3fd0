"""read_chat: one door for every kind of chat export."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection
from pathlib import Path, PurePosixPath

import pandas as pd

from analysis import wording
from analysis.errors import InputError
from analysis.ingest import clock, discord, files, irc, report, shapes, slack, tabular, telegram, whatsapp
from analysis.ingest.files import TextFile

KNOWN = "WhatsApp text, Telegram or Discord JSON, Slack export, IRC log or table"
SHEETS = frozenset((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"))
FIX = "Export the chat again, or move the file out of chats/."


def read_chat(
    path: str | Path, *, tz: str = "Asia/Jakarta", date_order: str | None = None, senders: Collection[str] | None = None
) -> pd.DataFrame:
    """The messages of one chat export; platform, header shape and language are recognised by themselves.

    Read are WhatsApp (.txt, .zip), Telegram Desktop (.json, one chat or many), DiscordChatExporter (.json), Slack
    (.zip or its folder), IRC logs, and tables with named columns (.csv, .jsonl).
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
        raise InputError("this is a spreadsheet, which is not read", path=path, fix=fix)
    if path.is_dir():
        inside = slack.in_folder(path)
        if not slack.is_slack([str(place) for place, _ in inside]):
            raise InputError("this is a folder, and no Slack export", path=path, fix="Give a file.")
        frame = slack.read(path, inside, tz=tz, size=sum(p.stat().st_size for p in path.rglob("*.json")))
    elif tabular.is_table(path):
        frame = tabular.read(path, tz=tz, date_order=date_order)
    elif discord.is_discord(head := files.head(path)):
        frame = discord.read(path, tz=tz)
    elif telegram.is_telegram(head):
        frame = telegram.read(path, tz=tz)
    elif path.suffix.lower() == ".zip" or head.startswith("PK\x03\x04"):
        frame = _archive(path, tz, date_order, senders or ())
    else:
        frame = _text(files.read_text(path), path, tz, date_order, senders or ())
    if frame.empty:
        raise InputError(f"no message found: this is no {KNOWN}", path=path, fix=FIX)
    frame.attrs["report"].setdefault("channels", {frame["channel"].iloc[0]: path.name})
    return frame


def _text(source: TextFile, path: Path, tz: str, date_order: str | None, senders: Collection[str]) -> pd.DataFrame:
    channel = files.slug(source.name)
    if irc.is_irc(source.text):
        table = irc.read(source, channel=channel, path=path, tz=tz)
    elif shape := shapes.find(source.text):
        table = whatsapp.read(source, shape, channel=channel, tz=tz, date_order=date_order, senders=senders, path=path)
    else:
        raise InputError(f"no message found: this is no {KNOWN}", path=path, fix=FIX)
    table.attrs["report"]["warnings"] += report.unreadable_warning(sorted(source.undecodable))
    return table


def _archive(path: Path, tz: str, date_order: str | None, senders: Collection[str]) -> pd.DataFrame:
    """A zip archive of a WhatsApp chat with its media, or of a Slack workspace."""
    with files.open_zip(path) as archive:
        if slack.is_slack(archive.namelist()):
            return slack.read(path, slack.in_archive(archive, path), tz=tz, size=path.stat().st_size)
        texts = [i for i in archive.infolist() if i.filename.lower().endswith(".txt") and not i.is_dir()]
        if sum(info.file_size for info in texts) > files.LARGEST:
            raise InputError("the texts in this archive are too large", path=path, fix=FIX)
        candidates = [info for info in texts if shapes.find(_member(archive, info, path).text)]
        chats = candidates if len(candidates) == 1 else _own(candidates, path)
        if len(chats) != 1:
            what = "no chat" if not candidates else f"{len(candidates)} chats"
            raise InputError(f"{what} found in this archive", path=path, fix="Give one exported chat an archive.")
        source = _member(archive, chats[0], path)
    table = _text(source, path, tz, date_order, senders)
    if others := len(candidates) - 1:
        left = f"{wording.count(others, 'text')} in this archive that may be a chat too and was attached: left alone"
        table.attrs["report"]["warnings"].append(left)
    return table


def _own(candidates: list[zipfile.ZipInfo], path: Path) -> list[zipfile.ZipInfo]:
    """Of several texts that look like a chat the one with the name that phones give it: the archive's own, _chat.txt or
    one with WhatsApp in it, as in all languages, the surest first. None or several where names do not settle it."""
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
