"""Read a text too large for memory block by block, in as many passes as needed: a file, or the chat in an archive."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from analysis import disk
from analysis.errors import InputError
from analysis.ingest import files
from analysis.ingest.readers.whatsapp.shapes import Shape

PIECE = 1 << 22  # bytes read at once
TAIL = 1 << 16  # characters in which the last message mostly begins


@dataclass(frozen=True)
class LargeText:
    """A large text. path: as given; size: bytes; open: the bytes from the beginning, for one pass."""

    path: Path
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class TextBlock:
    """Whole lines of a text. line: 1-based number of the first; undecodable: of those with bytes of no character."""

    text: str
    line: int
    undecodable: tuple[int, ...] = ()

    def __add__(self, later: TextBlock) -> TextBlock:
        return TextBlock(self.text + later.text, self.line, self.undecodable + later.undecodable)

    def split(self, start: int) -> tuple[TextBlock, TextBlock]:
        """The lines before a place in the text, and from it on."""
        line = self.line + self.text.count("\n", 0, start)
        parts = self.text[:start], self.text[start:]
        return (TextBlock(parts[0], self.line, tuple(n for n in self.undecodable if n < line)),
                TextBlock(parts[1], line, tuple(n for n in self.undecodable if n >= line)))  # fmt: skip


def large(path: Path) -> LargeText | None:
    """The text (.txt) of a file, or the one in an archive, that is too large to be read at once; None where it is not.

    Raises InputError where it is too large for reading block by block as well, and as files.check and files.open_zip.
    """
    if path.suffix.lower() == ".zip":
        return _in_archive(path)
    if path.suffix.lower() != ".txt" or files.check(path, files.LARGEST_STREAMED) <= files.LARGEST:
        return None
    return LargeText(path, path.stat().st_size, lambda: path.open("rb"))


def _in_archive(path: Path) -> LargeText | None:
    """The large text of an archive that holds no other."""
    with files.open_zip(path) as archive:
        texts = [info for info in archive.infolist() if info.filename.lower().endswith(".txt")]
    if len(texts) != 1 or texts[0].file_size <= files.LARGEST:
        return None
    info = texts[0]
    disk.require_member(info, path)
    if info.file_size > min(files.LARGEST_STREAMED, files.RATIO * max(info.compress_size, 1)):
        what = f"{info.filename} grows to {info.file_size:,} bytes when unpacked: this is too large, or no chat export"
        raise InputError(what, path=path, fix="Give the text itself, or export a shorter period.")
    return LargeText(path, info.file_size, lambda: _unpacked(path, info))


@contextmanager
def _unpacked(path: Path, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with files.open_zip(path) as archive, archive.open(info) as file:
        yield file


# Text


def blocks(stream: LargeText) -> Iterator[TextBlock]:
    """The text in blocks of about PIECE bytes, cut where a line ends; undecodable bytes as U+FFFD.

    Raises InputError on what is no text in UTF-8, a line longer than files.LONGEST_LINE, and a damaged archive.
    """
    line, rest = 1, b""
    with stream.open() as file:
        while piece := _read(file, stream.path):
            whole, end, rest = (rest + piece).rpartition(b"\n")
            if len(rest) > files.LONGEST_LINE:
                raise InputError(f"a line of more than {files.LONGEST_LINE:,} bytes: this is not a chat export",
                                 path=stream.path, line=line, fix="Export the chat again.")  # fmt: skip
            if end:
                yield _decoded(whole + end, line, stream.path)
                line += whole.count(b"\n") + 1
        if rest:
            yield _decoded(rest, line, stream.path)


def _read(file: IO[bytes], path: Path) -> bytes:
    try:
        return file.read(PIECE)
    except files.DAMAGED as error:
        fix = "Look at the disk, or export the chat again, without a password."
        raise InputError(f"this cannot be read to the end: {error}", path=path, fix=fix) from error


def _decoded(raw: bytes, line: int, path: Path) -> TextBlock:
    """Lines as text, as files.decode gives a whole file's."""
    if line == 1:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or raw[:4096].count(0) > len(raw[:4096]) // 10:
            raise InputError("a text of this size must be in UTF-8", path=path, fix="Save it as UTF-8 text.")
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode("utf-8")
        bad = {line + k for k, row in enumerate(text.split("\n")) if "\0" in row} if "\0" in text else set()
    except UnicodeDecodeError:
        text = raw.decode("utf-8", errors="replace")
        bad = {line + k for k, row in enumerate(raw.split(b"\n")) if b"\0" in row or files.is_undecodable(row)}
    return TextBlock(text.replace("\0", "\ufffd"), line, tuple(sorted(bad)))


def at_headers(blocks: Iterable[TextBlock], shape: Shape, path: Path) -> Iterator[TextBlock]:
    """The blocks cut again, so that each but the first begins with a header of this shape, and none cuts a message.

    Raises InputError on a message longer than files.LONGEST_LINE.
    """
    held = TextBlock("", 1)
    for block in blocks:
        held += block
        start = _last_header(held.text, shape)
        if start and (held.line > 1 or shape.line.search("\n" + held.text[:start])):
            whole, held = held.split(start)
            yield whole
        elif len(held.text) > files.LONGEST_LINE:
            raise InputError(f"a message of more than {files.LONGEST_LINE:,} characters: this is not a chat export",
                             path=path, line=held.line, fix="Export the chat again.")  # fmt: skip
    if held.text:
        yield held


def _last_header(text: str, shape: Shape) -> int:
    """Where the last message of a text begins, 0 where that is its beginning or there is none."""
    for start in (max(0, len(text) - TAIL), 0):
        places = [match.start() + 1 for match in shape.line.finditer(text, start)]
        if places:
            return places[-1]
    return 0
