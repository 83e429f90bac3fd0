"""Read files as text, in bounded memory, and count the lines with bytes that are not text."""

from __future__ import annotations

import codecs
import hashlib
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from analysis import disk
from analysis.errors import InputError

LARGEST = 300_000_000  # bytes of a file read at once: phones cut exports at 40,000 messages, about 5 MB
LARGEST_STREAMED = 4_000_000_000  # bytes of a JSON export, read piece by piece
LONGEST_LINE = 20_000_000  # bytes
PIECE = 1 << 22  # characters or bytes read at once
RATIO = 200  # unpacked to packed size of a member, above which it is taken for a zip bomb
SMALL = 10_000_000  # bytes up to which a member may be compressed by any ratio
BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
PREFIXES = (  # what WhatsApp puts before a chat's name in the name of an export
    "chat whatsapp dengan ", "obrolan whatsapp dengan ", "sembang whatsapp dengan ", "perbualan whatsapp dengan ",
    "whatsapp chat with ", "whatsapp chat - ", "whatsapp chat mit ", "whatsapp-chat mit ", "whatsapp-chat met ",
    "whatsapp chat met ", "chat de whatsapp con ", "conversación de whatsapp con ", "chat whatsapp con ",
    "discussion whatsapp avec ", "conversation whatsapp avec ", "conversa do whatsapp com ",
    "conversa de whatsapp com ",
)  # fmt: skip
DAMAGED = (  # what Python's unpackers raise
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError, MemoryError,
)  # fmt: skip
ENDINGS = (
    ".txt", ".zip", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".md", ".docx", ".odt", ".vtt", ".srt", ".ascii",
    ".html",
)  # fmt: skip


@dataclass
class TextFile:
    """A file's text. name: what the tables call it; size: bytes; undecodable: 1-based lines that held bytes of no
    character (shown as U+FFFD in text)."""

    name: str
    text: str
    size: int
    encoding: str
    undecodable: frozenset[int]

    def take(self) -> str:
        """The text, released from this object, so that no second reference keeps a long export in memory."""
        text, self.text = self.text, ""
        return text

    @property
    def lines(self) -> list[str]:
        """The lines without their breaks; CRLF counts as a break where the first line ends in it."""
        text = self.text
        end = text.find("\n")
        text = text.replace("\r\n", "\n") if end > 0 and text[end - 1] == "\r" else text
        return text.removesuffix("\n").split("\n") if text else []


# Files


def read_text(path: Path) -> TextFile:
    """The text of a file. Raises InputError when it is missing, too large, binary or in no encoding known here."""
    return decode(read_bytes(path), path.name, path)


def check(path: Path, largest: int | None = None) -> int:
    """The size of a regular file in bytes. Raises InputError when it is missing, not a file or larger than allowed."""
    largest = LARGEST if largest is None else largest
    if not path.exists():
        raise InputError("there is no such file", path=path, fix="Check the name and the folder.")
    disk.require_regular(path)
    if not path.is_file():
        raise InputError("this is not a regular file", path=path, fix="Give the file itself, not its folder.")
    if (size := path.stat().st_size) > largest:
        raise _too_large(path, size, largest)
    return size


def read_bytes(path: Path) -> bytes:
    """The bytes of a text file. Raises InputError when it is too large, or a line of it is."""
    size = check(path)
    if size > LONGEST_LINE:
        with path.open("rb") as file:
            bounded_lines(iter(lambda: file.read(PIECE), b""), path)
    return path.read_bytes()


def bounded_lines(pieces: Iterator[bytes], path: Path) -> None:
    """Raises InputError when a line is longer than LONGEST_LINE bytes; pieces are shorter than that."""
    run, line = 0, 1
    for piece in chain(pieces, (b"\n",)):
        first = piece.find(b"\n")
        run += len(piece) if first < 0 else first
        if run > LONGEST_LINE:
            raise InputError(f"a line of more than {LONGEST_LINE:,} bytes: this is not a chat export", path=path,
                             line=line, fix="Export the chat again.")  # fmt: skip
        line += piece.count(b"\n")
        run = run if first < 0 else len(piece) - piece.rfind(b"\n") - 1


def head(path: Path, size: int = 1 << 16) -> str:
    """The beginning of a file as text, by which formats are recognised."""
    check(path, LARGEST_STREAMED)
    with path.open("rb") as file:
        raw = file.read(size)
    return raw.decode(_encoding(raw), errors="ignore").lstrip("\ufeff \r\n\t")


def _too_large(path: Path, size: int, largest: int) -> InputError:
    return InputError(f"the file has {size:,} bytes; at most {largest:,} are read", path=path,
                      fix="Export a shorter period, or split the file between two messages.")  # fmt: skip


# Text


def decode(raw: bytes, name: str, path: Path) -> TextFile:
    """Bytes as text: UTF-8 (with or without a byte order mark) or UTF-16 with one; undecodable bytes as U+FFFD.

    Where no line ends in LF, CR ends them.
    """
    encoding, size = _encoding(raw), len(raw)
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if encoding == "utf-8" and raw[:4096].count(0) > len(raw[:4096]) // 10:
        raise InputError("this is not text: it is full of NUL bytes", path=path, fix="Save it as UTF-8 text.")
    try:
        text, bad = raw.decode(encoding), frozenset[int]()
    except UnicodeDecodeError:
        text = raw.decode(encoding, errors="replace")
        utf16 = ("\ufffd" in row for row in text.split("\n")) if encoding == "utf-16" else None
        broken = utf16 or map(is_undecodable, raw.split(b"\n"))
        bad = frozenset(i for i, is_bad in enumerate(broken, 1) if is_bad)
    if "\0" in text:
        bad |= {i for i, row in enumerate(text.split("\n"), 1) if "\0" in row}
        text = text.replace("\0", "\ufffd")
    return TextFile(name, text, size, encoding, bad)


def _encoding(raw: bytes) -> str:
    return next((code for mark, code in BOMS if raw.startswith(mark)), "utf-8")


def is_undecodable(row: bytes) -> bool:
    """Whether a line is not in UTF-8."""
    try:
        row.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def count_lines(text: str) -> int:
    """Lines of a text, a last one without a line break included."""
    return text.count("\n") + (text != "" and not text.endswith("\n"))


# Archives: members are read in memory, nothing is unpacked to disk, so that no path of a member is followed


def open_zip(path: Path) -> zipfile.ZipFile:
    """The zip archive at path. Raises InputError when it is not one."""
    check(path)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"this is not a zip archive: {error}", path=path, fix="Export the chat again.") from error


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> bytes:
    """A member's bytes. Raises InputError when it is not a file, too large, like a zip bomb, locked or damaged."""
    disk.require_member(info, path)
    if info.file_size > LARGEST:
        raise _too_large(path / info.filename, info.file_size, LARGEST)
    if info.file_size > SMALL and info.file_size > RATIO * max(info.compress_size, 1):
        what = f"{info.filename} grows {RATIO} times and more when unpacked: this is not a chat export"
        raise InputError(what, path=path)
    try:
        with archive.open(info) as file:
            raw = file.read(info.file_size + 1)
    except DAMAGED as error:
        raise InputError(f"{info.filename} cannot be unpacked: {error}", path=path,
                         fix="Export the chat again, without a password.") from error  # fmt: skip
    if len(raw) > info.file_size:
        raise InputError(f"{info.filename} is larger than the archive says", path=path, fix="Export the chat again.")
    bounded_lines((raw[i : i + PIECE] for i in range(0, len(raw), PIECE)), path)
    return raw


def pieces(path: Path) -> Iterator[str]:
    """A text file piece by piece, undecodable bytes as U+FFFD; no escape such as \\x1f is cut in two."""
    check(path, LARGEST_STREAMED)
    with path.open("rb") as raw:
        encoding = _encoding(raw.read(4))
        raw.seek(0)
        with io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="\n") as text:
            while piece := text.read(PIECE):
                while re.search(r"\\x?[0-9a-fA-F]?$", piece[-3:]) and (more := text.read(1)):
                    piece += more
                yield piece


# Names


def bare(name: str) -> str:
    """The name of a chat or transcript without what messengers and phones add to it in file names. The number of a copy
    (`Chat (1).txt`) is dropped: it is another export of the same chat."""
    for ending in ENDINGS:
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    for prefix in PREFIXES:
        name = name[len(prefix) :] if name.lower().startswith(prefix) else name
    return re.sub(r"\s*\(\d{1,2}\)$", "", name)


def slug(name: str) -> str:
    """A channel's or transcript's public id, made from its name: lower-case letters, digits, hyphens.

    A name without a Latin letter or digit becomes `chat-` and six characters of its hash.
    """
    stem = bare(name)
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return made or f"chat-{hashlib.sha256(stem.encode('utf-8', 'replace')).hexdigest()[:6]}"
