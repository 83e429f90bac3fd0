"""Transcripts as lines: from plain text, from paragraphs of Word and OpenDocument, and from subtitle cues."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from defusedxml import DTDForbidden
from defusedxml import ElementTree as defused

from analysis.errors import InputError
from analysis.ingest import files

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CUE_TIME = r"((?:\d+:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?)"
CUE = re.compile(rf"\s*{_CUE_TIME}\s*-->\s*{_CUE_TIME}(?:\s.*)?")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
DEEPEST = 200  # nested elements; word processors stay below 60
MOST = 2_000_000  # elements of a document
BLANKS = 1_000_000  # blanks that a document may have in OpenDocument's notation as a number
TAG = re.compile(r"</?[a-zA-Z][^>]*>|<\d[\d:.]*>|\{\\[^}]*\}")


@dataclass(frozen=True)
class Line:
    """A line or paragraph. number: 1-based, in the file; start, end: seconds, where a cue gives them."""

    number: int
    text: str
    start: float | None = None
    end: float | None = None


@dataclass
class TranscriptFile:
    """A transcript's lines, and what is known of the file. size: bytes; total: lines or paragraphs in the file;
    skipped: lines that are not speech (cue numbers, times, notes), by reason; undecodable: lines with bytes that are
    not text."""

    name: str
    size: int
    encoding: str
    lines: list[Line]
    total: int
    skipped: Counter[str] = field(default_factory=Counter)
    undecodable: frozenset[int] = frozenset()


def read(path: Path) -> TranscriptFile:
    """The transcript at a path. Raises InputError when its format is unknown or it is damaged."""
    readers: dict[str, Callable[[Path], TranscriptFile]] = {
        ".txt": _plain, ".md": _markdown, ".vtt": _cues, ".srt": _cues,
        ".docx": partial(_packed, markup=WORD_MARKUP), ".odt": partial(_packed, markup=OPEN_MARKUP),
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.suffix or 'a file without an ending'} is not a transcript format", path=path,
                         fix=f"Save it as one of {', '.join(readers)}.")  # fmt: skip
    return reader(path)


def _plain(path: Path) -> TranscriptFile:
    source = files.read_text(path)
    lines = [Line(number, text) for number, text in enumerate(source.lines, 1)]
    return TranscriptFile(source.name, source.size, source.encoding, lines, len(lines), undecodable=source.undecodable)


def _markdown(path: Path) -> TranscriptFile:
    """Lines of Markdown; headings below the first turn are not speech."""
    document = _plain(path)
    top = next((i for i, line in enumerate(document.lines) if line.text.strip() and not line.text.startswith("#")), 0)
    spoken = [line for i, line in enumerate(document.lines) if i < top or not re.match(r"#{1,6} ", line.text)]
    document.skipped["heading"] = len(document.lines) - len(spoken)
    document.lines = spoken
    return document


# Word and OpenDocument


@dataclass(frozen=True)
class Markup:
    """Where a packed document has its text. inside: the file in the archive; paragraphs, row, cell: tags; aside: tags
    of what is not speech, with the reason; text_of: the text of a paragraph."""

    inside: str
    paragraphs: tuple[str, ...]
    row: str
    cell: str
    aside: Mapping[str, str]
    text_of: Callable[[ElementTree.Element], str]


def _packed(path: Path, markup: Markup) -> TranscriptFile:
    """Lines of a packed document. Paragraphs that are not speech are skipped and not numbered."""
    aside = markup.aside
    with files.open_zip(path) as archive:
        if markup.inside not in archive.namelist():
            raise InputError(f"this file has no {markup.inside}", path=path, fix=f"Save it as {path.suffix} again.")
        raw = files.member(archive, archive.getinfo(markup.inside), path)
    root = parse_xml(raw, path)
    try:
        if sum(_blanks(element) for element in root.iter(f"{TEXT}s")) > BLANKS:
            raise ValueError(f"more than {BLANKS:,} blanks in a row")
        lines = [Line(number, text) for number, text in enumerate(_lines(root, markup), 1)]
    except ValueError as error:
        raise _broken(path, error) from error
    skipped = Counter(dict.fromkeys(aside.values(), 0))
    for element in _within(root, aside):
        if element.tag in aside:
            skipped[aside[element.tag]] += sum(inner.tag in markup.paragraphs for inner in element.iter())
    return TranscriptFile(path.name, path.stat().st_size, "xml", lines, len(lines) + skipped.total(), skipped)


def _within(element: ElementTree.Element, skipped: Collection[str]) -> Iterator[ElementTree.Element]:
    """All elements in an element in order of the text, except those in an element with one of the skipped tags."""
    for child in element:
        yield child
        if child.tag not in skipped:
            yield from _within(child, skipped)


def parse_xml(raw: bytes, path: Path) -> ElementTree.Element:
    """The root of an XML document without a document type, so that no entity can be declared, expanded or fetched.

    Raises InputError when it is broken, and as soon as its elements are more (MOST) or nested deeper (DEEPEST) than a
    document's.
    """
    depth = count = 0
    try:
        events = defused.iterparse(io.BytesIO(raw), events=("start", "end"), forbid_dtd=True)
        for event, _ in events:
            depth += 1 if event == "start" else -1
            count += event == "start"
            if depth > DEEPEST or count > MOST:
                raise ValueError(f"more than {DEEPEST} nested elements, or more than {MOST:,} in all")
        return events.root
    except DTDForbidden as error:
        raise _broken(path, "it declares a document type") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception | str) -> InputError:
    return InputError(f"broken XML: {error}", path=path, fix="Save the document again.")


def _lines(root: ElementTree.Element, markup: Markup) -> Iterator[str]:
    """One line per paragraph outside tables and one per table row; each paragraph once, however nested."""
    aside, paragraphs = markup.aside, partial(_tagged, tags=markup.paragraphs, skipped=markup.aside)
    rows = {p: row for row in _tagged(root, (markup.row,), aside) for p in paragraphs(row)}  # the innermost row
    done: set[ElementTree.Element] = set()
    for paragraph in paragraphs(root):
        row = rows.get(paragraph)
        if row is None:
            yield from markup.text_of(paragraph).split("\n")
        elif row not in done:
            done.add(row)
            cells = _tagged(row, (markup.cell,), (*aside, markup.row))
            name, *words = [" ".join(markup.text_of(p) for p in paragraphs(cell) if rows[p] is row).strip()
                            for cell in cells] or [""]  # fmt: skip
            said = " ".join(filter(None, words))  # the first cell names the speaker of the others
            yield f"{name.rstrip(':')}: {said}" if name and said else name or said


def _tagged(element: ElementTree.Element, tags: Collection[str], skipped: Collection[str]) -> Iterator:
    return (inner for inner in _within(element, skipped) if inner.tag in tags)


def _word_text(paragraph: ElementTree.Element) -> str:
    pieces = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n"}
    inside = _within(paragraph, (*WORD_MARKUP.paragraphs, *WORD_MARKUP.aside))
    return "".join(e.text or "" if e.tag == f"{WORD}t" else pieces.get(e.tag, "") for e in inside)


def _open_text(element: ElementTree.Element) -> str:
    pieces = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
    text = " " * _blanks(element) if element.tag == f"{TEXT}s" else pieces.get(element.tag, "")
    text += element.text or ""
    skipped = (*OPEN_MARKUP.paragraphs, *OPEN_MARKUP.aside)
    return text + "".join(("" if child.tag in skipped else _open_text(child)) + (child.tail or "") for child in element)


WORD_MARKUP = Markup(
    "word/document.xml", (f"{WORD}p",), f"{WORD}tr", f"{WORD}tc",
    {f"{WORD}moveFrom": "moved away", f"{COMPATIBLE}Fallback": "second form of a text box"}, _word_text,
)  # fmt: skip
OPEN_MARKUP = Markup(
    "content.xml", (f"{TEXT}p", f"{TEXT}h"), f"{TABLE}table-row", f"{TABLE}table-cell",
    {f"{OFFICE}annotation": "comment", f"{TEXT}tracked-changes": "deleted text", f"{TEXT}note": "note"}, _open_text,
)  # fmt: skip


def _blanks(element: ElementTree.Element) -> int:
    """The number of blanks that an element `s` stands for. Raises ValueError when it is not a number."""
    return max(0, int(element.get(f"{TEXT}c", "1")))


# Subtitles


def _cues(path: Path) -> TranscriptFile:
    """WebVTT and SubRip: the cues' lines with their times; a voice tag as `Name: `.

    Words under a time that cannot be read are kept without one.
    """
    source = files.read_text(path)
    rows, web = source.lines, path.suffix.lower() == ".vtt"
    lines, skipped = list[Line](), Counter[str]()
    times: tuple[float, float] | tuple[None, None] | None = None
    for number, row in enumerate(rows, 1):
        cue = CUE.fullmatch(row)
        if cue or (times is None and "-->" in row):
            times = (seconds(cue[1]), seconds(cue[2])) if cue else (None, None)
            skipped["cue's time"] += 1
        elif not row.strip():
            times = None
            skipped["empty line"] += 1
        elif times is None:
            skipped["cue's number, or a note"] += 1
        else:
            plain = TAG.sub("", VOICE.sub(r"\1: ", row))
            lines.append(Line(number, " ".join(html.unescape(plain).splitlines()) if web else plain, *times))
    return TranscriptFile(source.name, source.size, source.encoding, lines, len(rows), skipped, source.undecodable)


def seconds(written: str) -> float:
    """A time such as 1:02, 00:01:02.500 or 00:01:02,500 in seconds."""
    total = 0.0
    for part in written.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total
