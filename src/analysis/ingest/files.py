"""From a file on disk to text, in bounded memory, with every byte that is no text counted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError

LARGEST = 2_000_000_000  # bytes of one file; beyond it an export has to be split
LONGEST_LINE = 50_000_000  # bytes
BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
PREFIXES = ("chat whatsapp dengan ", "whatsapp chat with ", "whatsapp chat - ", "obrolan whatsapp dengan ")


@dataclass
class Source:
    """A file's text. name: what the tables call it; size: bytes; undecodable: 1-based lines that held bytes of no
    character (shown as U+FFFD in text)."""

    name: str
    text: str
    size: int
    encoding: str
    undecodable: frozenset[int]

    def take(self) -> str:
        """The text, given away: of a long export no second reference keeps it in memory."""
        text, self.text = self.text, ""
        return text

    @property
    def lines(self) -> list[str]:
        """The lines without their breaks; where the first line ends in CRLF, all breaks may."""
        text = self.text
        end = text.find("\n")
        text = text.replace("\r\n", "\n") if end > 0 and text[end - 1] == "\r" else text
        return text.removesuffix("\n").split("\n") if text else []


def read_text(path: Path) -> Source:
    """The text of a file. Raises InputError when it is missing, too large, binary or in no encoding known here."""
    return decode(read_bytes(path), path.name, path)


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file. Raises InputError when it is missing, no regular file or larger than allowed."""
    if not path.exists():
        raise InputError("there is no such file", path=path, mend="Check the name and the folder.")
    if not path.is_file():
        raise InputError("this is no regular file", path=path)
    if (size := path.stat().st_size) > largest:
        raise InputError(f"the file has {size:,} bytes; at most {largest:,} are read at once", path=path,
                         mend="Export a shorter period, or split the file between two messages.")  # fmt: skip
    return path.read_bytes()


def decode(raw: bytes, name: str, path: Path | str) -> Source:
    """Bytes as text: UTF-8 (with or without a byte order mark) or UTF-16 with one; undecodable bytes as U+FFFD."""
    encoding = next((code for mark, code in BOMS if raw.startswith(mark)), "utf-8")
    if encoding == "utf-8" and raw[:4096].count(0) > len(raw[:4096]) // 10:
        raise InputError("this is no text: it is full of NUL bytes", path=path, mend="Save it as UTF-8 text.")
    _bounded_lines(raw, path)
    try:
        text, bad = raw.decode(encoding), frozenset[int]()
    except UnicodeDecodeError:
        text = raw.decode(encoding, errors="replace")
        bad = _bad_lines(raw, encoding)
    if "\0" in text:
        bad |= {i for i, row in enumerate(text.split("\n"), 1) if "\0" in row}
        text = text.replace("\0", "\ufffd")
    return Source(name, text, len(raw), encoding, bad)


def _bounded_lines(raw: bytes, path: Path | str) -> None:
    start = 0
    while len(raw) - start > LONGEST_LINE:
        end = raw.rfind(b"\n", start, start + LONGEST_LINE)
        if end < 0:
            raise InputError(f"a line of more than {LONGEST_LINE:,} bytes: this is no chat export", path=path,
                             line=raw.count(b"\n", 0, start) + 1, mend="Export the chat again.")  # fmt: skip
        start = end + 1


def _bad_lines(raw: bytes, encoding: str) -> frozenset[int]:
    if encoding == "utf-16":
        rows = raw.decode("utf-16", errors="replace").split("\n")
        return frozenset(i for i, row in enumerate(rows, 1) if "\ufffd" in row)
    return frozenset(i for i, row in enumerate(raw.split(b"\n"), 1) if not _is_utf8(row))


def _is_utf8(row: bytes) -> bool:
    try:
        row.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def count_lines(text: str) -> int:
    """Lines of a text, a last one without a line break included."""
    return text.count("\n") + (text != "" and not text.endswith("\n"))


def slug(name: str) -> str:
    """A channel's or transcript's public id out of a file name: lower-case letters, digits, hyphens; no extension."""
    stem = name
    for ending in (".txt", ".zip", ".json", ".csv", ".jsonl", ".md", ".docx", ".odt", ".vtt", ".srt", ".ascii"):
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
    for prefix in PREFIXES:
        if stem.lower().startswith(prefix):
            stem = stem[len(prefix) :]
    ascii_stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_stem.lower()).strip("-") or "chat"
