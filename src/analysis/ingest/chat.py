"""read_chat reads chat exports of every known format."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import clock, files
from analysis.ingest.readers import export, formats
from analysis.ingest.readers.export import FIX, other_form

SHEETS = frozenset((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"))
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
        frame = formats.read(export.of_folder(path, **options))
    elif files.head(path).startswith("PK\x03\x04") or path.suffix.lower() == ".zip":
        with files.open_zip(path) as archive:
            frame = formats.read(export.of_archive(path, archive, **options))
    else:
        frame = formats.read(export.of_file(path, **options))
    if frame is None or frame.empty:
        raise _refusal(path)
    frame.attrs["report"].setdefault("channels", {frame["channel"].iloc[0]: path.name})
    return frame


def _refusal(path: Path) -> InputError:
    """The error for a file in no known format: which formats are known, and what to do."""
    folder = "this is a folder, and no export of several files that is known"
    what = folder if path.is_dir() else f"no message found: this is not a {formats.known()}"
    return InputError(what, path=path, fix=other_form(path.name) or FIX)
