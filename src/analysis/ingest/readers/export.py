"""An export as readers see it: a file, the files of a folder or of an archive, read when asked for."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from analysis import disk
from analysis.errors import InputError
from analysis.ingest import files, report
from analysis.ingest.files import TextFile
from analysis.ingest.readers import records
from analysis.ingest.readers.jsonstream import BrokenJSON, Record, too_deep

PARTS = re.compile(r"(messages?)(_?)(\d*)\.(html|json)")  # files of one chat that messengers number
AGAIN = "Export the chat again."
TABLE = "or give it as a table (.csv) with the columns time, sender, text."
FIX = f"Export the chat again, move the file out of chats/, {TABLE}"
UNREAD = (  # files that can be read only in another form, by name, and how to get that form
    (r"(?i)message_\d+\.html", "Request the download again, and choose JSON as its format."),
    (r"(?i).*\.crypt\d*|msgstore.*", "Open the chat in WhatsApp, and choose Export chat, Without media."),
    (r"(?i).*\.backup", "Export the chat with Signal Desktop: Chat settings, Export chat."),
    (r"(?i).*\.(tar|t?gz|7z|rar)", "Unpack the archive, and give the messages.json or the folder in it."),
    (r"(?i).*\.(db|sqlite3?)", f"Export the chat in the app itself, {TABLE}"),
    (r"(?i).*\.(pdf|docx?|rtf|odt)", f"Export the chat as text, {TABLE}"),
)

Row = records.MessageRow


@dataclass(frozen=True)
class Part:
    """A file of an export. name: its path within; load: its bytes, when called."""

    name: PurePosixPath
    load: Callable[[], bytes]


@dataclass(frozen=True)
class Export:
    """path: as given; parts: its files, in order; tz, date_order, senders: as of read_chat; size: bytes; archive: that
    the files are in; chosen: the one text in it that is the chat, warnings: what else is in it."""

    path: Path
    parts: list[Part]
    tz: str
    size: int
    date_order: str | None = None
    senders: Collection[str] = ()
    single: bool = True
    archive: zipfile.ZipFile | None = None
    chosen: TextFile | None = None
    warnings: tuple[str, ...] = ()

    @cached_property
    def names(self) -> list[str]:
        """The parts' paths."""
        return [str(part.name) for part in self.parts]

    @cached_property
    def head(self) -> str:
        """The beginning of a file, by which formats are recognised; nothing of a folder or an archive."""
        return files.head(self.path) if self.single else ""

    @property
    def channel(self) -> str:
        """The channel of one chat, by the name of what was given."""
        return files.slug(self.path.name)

    @property
    def has_text(self) -> bool:
        """Whether it is a text, or what may be one: a file that is not by its name in another form."""
        return self.chosen is not None or (self.single and other_form(self.path.name) is None)

    @cached_property
    def source(self) -> TextFile:
        """The text. Raises InputError as files.read_text."""
        return self.chosen or files.read_text(self.path)

    def text_warnings(self) -> list[str]:
        """What the report of a text warns of: lines that cannot be read, other texts in its archive."""
        return [*report.unreadable_warning(sorted(self.source.undecodable)), *self.warnings]

    def matching(self, pattern: str) -> list[Part]:
        """The parts whose name (without its folders) is of a pattern, in order of folder and number."""
        found = [part for part in self.parts if re.fullmatch(pattern, part.name.name)]
        return sorted(found, key=lambda part: (str(part.name.parent), _number(part.name.name), part.name.name))


def _number(name: str) -> int:
    match = PARTS.fullmatch(name)
    return int(match[3] or 1) if match else 0


def other_form(name: str) -> str | None:
    """How to get the form in which a file of such a name can be read, None for names of any other files."""
    return next((fix for pattern, fix in UNREAD if re.fullmatch(pattern, name)), None)


def of_file(path: Path, **options: Any) -> Export:
    """A file as an export, with the files next to it that hold the same chat's other pages. Raises InputError where it
    is missing, no file, or too large."""
    size = files.check(path, files.LARGEST_STREAMED)
    match = PARTS.fullmatch(path.name)
    pages = [path]
    if match and _number(path.name) == 1:
        like = re.compile(rf"{match[1]}{match[2]}\d*\.{match[4]}")
        pages = sorted((p for p in path.parent.iterdir() if like.fullmatch(p.name)), key=lambda p: _number(p.name))
    parts = [Part(PurePosixPath(page.name), lambda page=page: files.read_bytes(page)) for page in pages]  # type: ignore[misc]
    return Export(path, parts, size=size, **options)


def of_folder(path: Path, **options: Any) -> Export:
    """The files of a folder, those in its folders included, as an export. Raises InputError on what is not a regular
    file, or leads out of the folder."""
    inside = [p for p in disk.regular_files(path, hidden=True) if p.suffix.lower() in (".json", ".html", ".jsonl")]
    parts = [Part(PurePosixPath(p.relative_to(path).as_posix()), lambda p=p: files.read_bytes(p)) for p in inside]  # type: ignore[misc]
    return Export(path, parts, size=sum(p.stat().st_size for p in inside), single=False, **options)


def of_archive(path: Path, archive: zipfile.ZipFile, **options: Any) -> Export:
    """The files of a zip archive as an export."""
    infos = sorted((i for i in archive.infolist() if not i.filename.endswith("/")), key=lambda info: info.filename)
    parts = [Part(PurePosixPath(i.filename), lambda i=i: files.member(archive, i, path)) for i in infos]  # type: ignore[misc]
    return Export(path, parts, size=path.stat().st_size, single=False, archive=archive, **options)


# JSON


def loaded(part: Part, path: Path) -> Any:
    """A part's JSON. Raises InputError when it is broken or nested too deep."""
    try:
        value = json.loads(part.load().decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise BrokenJSON(f"broken JSON: {error}", path=path / str(part.name), fix=AGAIN) from error
    if too_deep(value):
        raise InputError("JSON nested too deep", path=path / str(part.name), fix=AGAIN)
    return value


def objects(part: Part, path: Path) -> Iterator[tuple[int, Record]]:
    """The JSON objects of a part with one per line, each with its line number. Raises InputError when one is broken."""
    for number, line in enumerate(part.load().decode("utf-8-sig", "replace").split("\n"), 1):
        if line.strip():
            try:
                value = json.loads(line, strict=False)
            except (ValueError, RecursionError) as error:
                raise BrokenJSON(f"broken JSON: {error}", path=path, line=number, fix=AGAIN) from error
            if not isinstance(value, dict) or too_deep(value):
                raise InputError("this line is not a JSON object", path=path, line=number, fix=AGAIN)
            yield number, value


def mapping(value: object) -> Record:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Record]:
    """The objects in a list, none where it is not a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    """The value where it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def milliseconds(value: object) -> int | None:
    """Milliseconds since 1970, as a number or written, in nanoseconds; None where it is no time of a message."""
    try:
        return records.instant(float(str(value)) / 1000)
    except ValueError:
        return None


def iso(value: object, tz: str) -> int | None:
    """An ISO 8601 time in nanoseconds since 1970; None where it is not one."""
    try:
        return records.moment(re.sub(r"(\.\d{6})\d+", r"\1", str(value)), tz)
    except ValueError:
        return None


# Tables


@dataclass
class Chats:
    """Collects the rows of an export, in the order of their times, and what its report says."""

    export: Export
    platform: str
    shape: str
    rows: list[Row] = field(default_factory=list)
    channels: records.Channels = field(default_factory=records.Channels)
    skipped: list[str] = field(default_factory=list)

    def add(self, row: Row | None, why: str = "no message: no time") -> None:
        """Take a row in, or count a record that is none."""
        if row is None:
            self.skipped.append(why)
        else:
            self.rows.append(row)

    def frame(self, **details: object) -> pd.DataFrame:
        """The table with its report. A reply to a message that is not in it is dropped."""
        table = records.Table(self.export.path.name, self.export.tz)
        known = {(row.channel, row.id) for row in self.rows}
        for line, row in enumerate(sorted(self.rows, key=lambda row: row.time), 1):
            row.line = line
            row.reply_to = row.reply_to if (row.channel, row.reply_to) in known else None
            table.add(row)
        for why in self.skipped:
            table.skip(why)
        frame = table.frame()
        frame.attrs["report"] = table.account(self.platform, self.shape, self.export.size) | {
            "channels": self.channels.names, "replies": int(frame["reply_to"].notna().sum()), **details,
        }  # fmt: skip
        return frame


def row(
    channel: str, time: int | None, sender: str | None, text: str, kind: str, *, id: str | None = None,
    reply_to: str | None = None, edited: bool = False,
) -> Row | None:  # fmt: skip
    """A message as a row, None where it has no time. A line of the messenger's own has no sender."""
    if time is None:
        return None
    who = None if kind == "system" else sender or (None if kind == "call" else "unknown")
    return Row(
        channel=channel, id=id, line=0, time=time, sender=who, text=text, kind=kind, edited=edited, reply_to=reply_to
    )
