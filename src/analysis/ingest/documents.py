"""Transcripts as lines: of plain text, of Word's and OpenDocument's paragraphs, of subtitles' cues."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from analysis.errors import InputError
from analysis.ingest import files

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
CUE = re.compile(r"\s*((?:\d+:)?\d\d:\d\d[.,]\d{3})\s+-->\s+((?:\d+:)?\d\d:\d\d[.,]\d{3})(?:\s.*)?")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
DEEPEST = 200  # elements within each other; word processors stay below 60
MOST = 2_000_000  # elements of a document
BLANKS = 1_000_000  # that OpenDocument may write as a number, in a document
TAG = re.compile(r"</?[a-zA-Z][^>]*>|<\d[\d:.]*>|\{\\[^}]*\}")


@dataclass(frozen=True)
class Line:
    """A line or paragraph. number: 1-based, in the file; start, end: seconds, where a cue gives them."""

    number: int
    text: str
    start: float | None = None
    end: float | None = None


@dataclass
class Document:
    """A transcript's lines, and what is known of the file. size: bytes; total: lines or paragraphs in the file;
    skipped: lines that are no speech (cue numbers, times, notes), by reason; undecodable: lines with bytes that are no
    text."""

    name: str
    size: int
    encoding: str
    lines: list[Line]
    total: int
    skipped: Counter[str] = field(default_factory=Counter)
    undecodable: frozenset[int] = frozenset()


def read(path: Path) -> Document:
    """The document at a path. Raises InputError when its format is not known, or it is damaged."""
    readers: dict[str, Callable[[Path], Document]] = {
        ".txt": _plain, ".md": _markdown, ".docx": _word, ".odt": _open, ".vtt": _cues, ".srt": _cues,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.suffix or 'a file without an ending'} is no transcript format", path=path,
                         mend=f"Give it as one of {', '.join(readers)}.")  # fmt: skip
    return reader(path)


def _plain(path: Path) -> Document:
    source = files.read_text(path)
    lines = [Line(number, text) for number, text in enumerate(source.lines, 1)]
    return Document(source.name, source.size, source.encoding, lines, len(lines), undecodable=source.undecodable)


def _markdown(path: Path) -> Document:
    """Markdown: headings below the first turn are no speech."""
    document = _plain(path)
    top = next((i for i, line in enumerate(document.lines) if line.text.strip() and not line.text.startswith("#")), 0)
    spoken = [line for i, line in enumerate(document.lines) if i < top or not re.match(r"#{1,6} ", line.text)]
    document.skipped["heading"] = len(document.lines) - len(spoken)
    document.lines = spoken
    return document


# Word and OpenDocument


def _word(path: Path) -> Document:
    return _paragraphs(path, "word/document.xml", _word_lines)


def _open(path: Path) -> Document:
    return _paragraphs(path, "content.xml", _open_lines)


def _paragraphs(path: Path, inside: str, lines_of: Callable[[ElementTree.Element], Iterator[str]]) -> Document:
    with files.open_zip(path) as archive:
        if inside not in archive.namelist():
            raise InputError(f"no {inside} in this file", path=path, mend=f"Save it as {path.suffix} again.")
        raw = files.member(archive, archive.getinfo(inside), path)
    try:
        lines = [Line(number, text) for number, text in enumerate(lines_of(parse_xml(raw, path)), 1)]
    except ValueError as error:
        raise _broken(path, error) from error
    return Document(path.name, path.stat().st_size, "xml", lines, len(lines))


def parse_xml(raw: bytes, path: Path) -> ElementTree.Element:
    """The root of an XML document without a document type, so that no entity can be declared, expanded or fetched.

    Raises InputError when it is broken, or has more or deeper elements than a document has.
    """
    try:
        _scan(raw)
        return ElementTree.fromstring(raw)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(f"broken XML: {error}", path=path, mend="Save the document again.")


def _scan(raw: bytes) -> None:
    """Raises ValueError when the XML declares a document type or has elements too deep or too many, before any tree is
    made of it."""
    scanner = expat.ParserCreate()
    depth = count = 0

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type")

    def enter(*_: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST:
            raise ValueError(f"more than {DEEPEST} elements within each other, or more than {MOST:,} in all")

    def leave(_: object) -> None:
        nonlocal depth
        depth -= 1

    scanner.StartDoctypeDeclHandler, scanner.StartElementHandler, scanner.EndElementHandler = refuse, enter, leave
    scanner.Parse(raw, True)


def _word_lines(root: ElementTree.Element) -> Iterator[str]:
    """Paragraphs; a table's row is one, its first cell a speaker's name."""
    rows = {p: row for row in root.iter(f"{WORD}tr") for p in row.iter(f"{WORD}p")}
    done: set[ElementTree.Element] = set()
    for paragraph in root.iter(f"{WORD}p"):
        row = rows.get(paragraph)
        if row is None:
            yield from _word_text(paragraph).split("\n")
        elif row not in done:
            done.add(row)
            cells = [" ".join(map(_word_text, cell.iter(f"{WORD}p"))) for cell in row.iter(f"{WORD}tc")]
            yield _row(cells)


def _word_text(paragraph: ElementTree.Element) -> str:
    pieces = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n"}
    return "".join(e.text or "" if e.tag == f"{WORD}t" else pieces.get(e.tag, "") for e in paragraph.iter())


def _open_lines(root: ElementTree.Element) -> Iterator[str]:
    """Paragraphs and headings; a table's row is one, its first cell a speaker's name.

    Raises ValueError when runs of blanks have no length, or one that no document has.
    """
    if sum(_blanks(element) for element in root.iter(f"{TEXT}s")) > BLANKS:
        raise ValueError(f"more than {BLANKS:,} blanks in a row")
    kinds = (f"{TEXT}p", f"{TEXT}h")
    rows = {p: row for row in root.iter(f"{TABLE}table-row") for p in row.iter() if p.tag in kinds}
    done: set[ElementTree.Element] = set()
    for paragraph in root.iter():
        row = rows.get(paragraph)
        if paragraph.tag not in kinds:
            continue
        if row is None:
            yield from _open_text(paragraph).split("\n")
        elif row not in done:
            done.add(row)
            cells = row.iter(f"{TABLE}table-cell")
            yield _row([" ".join(_open_text(p) for p in cell.iter() if p.tag in kinds) for cell in cells])


def _open_text(element: ElementTree.Element) -> str:
    pieces = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
    text = " " * _blanks(element) if element.tag == f"{TEXT}s" else pieces.get(element.tag, "")
    text += element.text or ""
    return text + "".join(_open_text(child) + (child.tail or "") for child in element)


def _blanks(element: ElementTree.Element) -> int:
    """How many blanks an element `s` stands for. Raises ValueError when that is no number."""
    return max(0, int(element.get(f"{TEXT}c", "1")))


def _row(cells: list[str]) -> str:
    """A table's row as a turn: the first cell speaks the others."""
    first, rest = cells[0].strip() if cells else "", " ".join(cell.strip() for cell in cells[1:] if cell.strip())
    return f"{first.rstrip(':')}: {rest}" if first and rest else first or rest


# Subtitles


def _cues(path: Path) -> Document:
    """WebVTT and SubRip: the cues' lines with their times; a voice tag as `Name: `."""
    source = files.read_text(path)
    rows = source.lines
    lines: list[Line] = []
    skipped: Counter[str] = Counter()
    times: tuple[float, float] | None = None
    for number, row in enumerate(rows, 1):
        if cue := CUE.fullmatch(row):
            times = seconds(cue[1]), seconds(cue[2])
            skipped["cue's time"] += 1
        elif not row.strip():
            times = None
            skipped["empty line"] += 1
        elif times is None:
            skipped["cue's number, or a note"] += 1
        else:
            lines.append(Line(number, TAG.sub("", VOICE.sub(r"\1: ", row)), *times))
    return Document(source.name, source.size, source.encoding, lines, len(rows), skipped, source.undecodable)


def seconds(written: str) -> float:
    """A time such as 1:02, 00:01:02.500 or 00:01:02,500 in seconds."""
    total = 0.0
    for part in written.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total
