"""What can be read in a file that a study makes: its words, piece by piece, each with its place.

Kinds are recognised by content where possible, because DVC's cache has no names: Parquet tables, notebooks, JSON, HTML
and SVG, CSV, scripts, style sheets, Sphinx's inventory, images (their captions only: what is drawn cannot be read) and
plain text.
"""

from __future__ import annotations

import base64
import binascii
import csv
import html
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.drawings import with_strokes
from analysis.errors import InputError
from analysis.site import PageParser

TALK = ("text", "question", "translation", "memo", "quotation")  # columns that hold what people said or wrote
LONGEST = 4_000  # characters of a piece of plain text
OVERLAP = 200  # characters that such a piece shares with the next, as base 64 must be that long to be known (search)
NUMBER = 8  # digits from which a whole number could be a telephone number or more
INLINE = frozenset(re.findall(r"\w+", """a abbr b big cite code data del dfn em font i ins kbd mark q s samp small span
    strong sub sup time tspan tt u var"""))  # fmt: skip
GEOMETRY = frozenset(re.findall(r"[\w-]+", """class style d points transform viewbox width height x y x1 x2 y1 y2 cx cy
    r rx ry dx dy fill stroke integrity xmlns clip-path offset"""))  # fmt: skip  # attributes that hold no words
INVENTORY = b"# Sphinx inventory version 2"
CUT = re.compile(  # at the end of a line, else of a word, else anywhere
    rf"(?s).{{{2 * OVERLAP},{LONGEST - 1}}}\n|.{{{2 * OVERLAP},{LONGEST - 1}}}\s|.{{{LONGEST}}}"
)
BLANK = re.compile(r"\s")
# Short numbers in a row of a script's data: as the digits of one number they are nobody's, unless as a mobile begins
ROW = re.compile(r"(?<=\[)(?!0,8|6,2)\d{1,3}(?:,\d{1,3})+(?=\])")
RANDOM_ID = re.compile(r"[0-9a-f]{8}")  # of a cell, as nbformat draws it: `ab1234cd` is no plate


@dataclass(frozen=True)
class Piece:
    """A run of words. place: where in the file; talk: whether people wrote it, rather than the study's authors."""

    text: str
    place: str
    talk: bool = False


def pieces(path: Path) -> list[Piece] | None:
    """Every piece of a file; None when it is of a kind that cannot be read. Raises InputError when it is damaged."""
    raw = path.read_bytes()
    try:
        return list(_table(path)) if raw.startswith(b"PAR1") else _within(raw, path.suffix.lower())
    except (pa.ArrowException, zlib.error, OSError) as error:
        raise InputError(f"this file is damaged: {error}", path=path, fix="Make it again: dvc repro") from error


def _within(raw: bytes, suffix: str) -> list[Piece] | None:
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return list(_png(raw))
    if raw.startswith(INVENTORY):
        head, packed = raw[: raw.index(b"zlib.")], raw[raw.index(b"\n", raw.index(b"zlib.")) + 1 :]
        return list(_plain((head + zlib.decompress(packed)).decode("utf-8", "replace"), ""))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else list(_reader(text, suffix)(text, ""))


def _reader(text: str, suffix: str) -> Callable[[str, str], Iterator[Piece]]:
    """The function that splits a text: by how it begins, else by the file's ending."""
    start = text[:200].lstrip().lower()
    if start.startswith(("{", "[")) and (loaded := as_json(text)) is not None:
        notebook = isinstance(loaded, dict) and "nbformat" in loaded and "cells" in loaded
        return lambda _, place: (_notebook if notebook else _json)(loaded, place)
    if start.startswith(("<!doctype", "<html", "<svg", "<?xml")) or suffix in (".html", ".htm", ".svg", ".xml"):
        return _html
    if suffix in (".js", ".mjs") or start.startswith("search.setindex("):
        return _script
    if suffix in (".csv", ".tsv"):
        return _cells
    return _style if suffix == ".css" else _plain


def as_json(text: str) -> Any:
    """The value that a text in JSON holds, None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


# Tables


def _table(path: Path) -> Iterator[Piece]:
    """Columns' names, each value once with its first row, and what else the file says of itself."""
    with pq.ParquetFile(path) as file:
        table = file.read()
    for key, value in (table.schema.metadata or {}).items():
        name, text = (part.decode("utf-8", "replace") for part in (key, value))
        yield from _reader(text, "")(text, f"metadata {name}")
    for name in table.column_names:
        yield Piece(name, "name of a column")
        yield from _column(table.column(name), name)


def _column(column: pa.ChunkedArray, name: str) -> Iterator[Piece]:
    kind, seen = column.type, set()
    if pa.types.is_floating(kind) or pa.types.is_temporal(kind) or pa.types.is_boolean(kind):
        return
    for row, value in _first_rows(column):
        for text in _strings(value):
            if text not in seen:
                seen.add(text)
                yield Piece(text, f"column {name}, row {row}", talk=name in TALK)


def _first_rows(column: pa.ChunkedArray) -> Iterator[tuple[int, Any]]:
    """The column's values with their rows; of words and whole numbers each value once, with its first row."""
    if not any(fits(column.type) for fits in (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string)):
        yield from enumerate(column.to_pylist())
        return
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    codes, rows = np.unique(coded.indices.to_numpy(), return_index=True)
    values = coded.dictionary.to_pylist()
    yield from sorted((int(row), values[code]) for code, row in zip(codes, rows, strict=True))


def _cells(text: str, place: str) -> Iterator[Piece]:
    """The cells of a table as text, each with its column and line; as plain text if it is not a table."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        header = next(reader, [])
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error:
        yield from _plain(text, place)
        return
    yield from (Piece(name, "name of a column") for name in header)
    for line, row in rows:
        pairs = zip_longest(header, row[: len(header)], fillvalue="")
        yield from (Piece(cell, f"column {name}, line {line}", talk=name in TALK) for name, cell in pairs)
        yield from (Piece(cell, f"line {line}") for cell in row[len(header) :])


def _strings(value: Any) -> Iterator[str]:
    """The words in a value of a table or of JSON: strings, keys, and whole numbers of NUMBER digits or more."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, int):  # True is 1
        yield from [str(value)] if abs(value) >= 10 ** (NUMBER - 1) else []
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (str(key), *_strings(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


# JSON and notebooks


def _json(value: Any, place: str) -> Iterator[Piece]:
    """Keys and values, each with the path that leads to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield Piece(str(key), place or "key")
            yield from _json(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _json(item, f"{place}.{number}")
    else:
        yield from (piece for text in _strings(value) for piece in _plain(text, place, lines=False))


def _notebook(notebook: dict, _: str) -> Iterator[Piece]:
    yield from _json(notebook.get("metadata", {}), "metadata")
    for number, cell in enumerate(notebook["cells"], 1):
        known = {"source", "outputs"} | ({"id"} if RANDOM_ID.fullmatch(str(cell.get("id"))) else set())
        yield from _json({k: v for k, v in cell.items() if k not in known}, f"cell {number}, metadata")
        yield from _plain(joined(cell.get("source", "")), f"cell {number}", lines=False)
        for output in cell.get("outputs", []):
            yield from _output(output, f"cell {number}, output")


def _output(output: dict, place: str) -> Iterator[Piece]:
    for kind, value in output.get("data", {}).items():
        if kind in ("text/html", "image/svg+xml"):
            yield from _html(joined(value), place)
        elif kind.startswith("image/"):
            yield from _encoded(joined(value), place)
        elif isinstance(value, dict):
            yield from _json(value, place)
        else:
            yield from _plain(joined(value), place, lines=False)
    yield from _json({k: v for k, v in output.items() if k not in ("data", "text", "output_type")}, place)
    yield from _plain(joined(output.get("text", "")), place, lines=False)


def joined(source: str | list[str]) -> str:
    """A notebook's text, which may be stored as a list of lines."""
    return source if isinstance(source, str) else "".join(map(str, source))


# Markup


def _html(text: str, place: str) -> Iterator[Piece]:
    page = _Runs()
    page.feed(with_strokes(text, lambda run: "<path/>" + "\n" * run.count("\n")))
    page.close()
    page.end_block()
    for line, kind, words in page.runs:
        where = f"{place}, " * bool(place) + f"line {line}" + f", {kind}" * bool(kind)
        reader = {"script": _script, "style": _style}.get(kind)
        yield from reader(words, where) if reader else _plain(words, where, lines=False)


class _Runs(PageParser):
    """Collects runs of words: an inline element does not end one, every other does; attributes count separately."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[tuple[int, str, str]] = []  # line, kind, words
        self._run: list[str] = []
        self._line, self._inside = 1, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.end_block()
        self._inside = tag if tag in ("script", "style") else self._inside
        for name, value in attrs:
            if value and name not in GEOMETRY:
                self.runs += [(self.getpos()[0], f"attribute {name}", words) for words in _attribute(value)]

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self.end_block()
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if not self._run:
            self._line = self.getpos()[0]
        self._run.append(data)

    def handle_skipped(self, written: str) -> None:
        self.runs.append((self.getpos()[0], "comment", written))

    def end_block(self) -> None:
        """Close the run of words that is open."""
        if (words := "".join(self._run)).strip():
            self.runs.append((self._line, self._inside, words))
        self._run = []


def _attribute(value: str) -> Iterator[str]:
    """An attribute's words; of an image written into it, the image's captions."""
    if value.startswith("data:"):
        head, _, body = value.partition(",")
        yield from (p.text for p in (_encoded(body, "") if head.endswith("base64") else _html(unquote(body), "")))
        return
    yield value
    if "%" in value and (clear := unquote(value)) != value:
        yield clear


def _encoded(body: str, place: str) -> Iterator[Piece]:
    try:
        raw = base64.b64decode(body)
    except binascii.Error:
        yield Piece(body, place)
        return
    where = f"{place}, image" if place else "image"
    yield from (Piece(piece.text, where) for piece in _within(raw, "") or ())


def _png(raw: bytes) -> Iterator[Piece]:
    """What an image in PNG says of itself: its chunks tEXt, zTXt and iTXt (W3C PNG, section 11.3.3)."""
    place = 8
    while place + 8 <= len(raw):
        size, kind = int.from_bytes(raw[place : place + 4], "big"), raw[place + 4 : place + 8]
        body = raw[place + 8 : place + 8 + size]
        keyword, _, content = body.partition(b"\0")
        if kind == b"zTXt":
            content = zlib.decompress(content[1:])
        elif kind == b"iTXt":
            packed, content = content[:1] == b"\1", content[2:].split(b"\0", 2)[-1]
            content = zlib.decompress(content) if packed else content
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield Piece(f"{keyword.decode('latin-1')}: {content.decode('utf-8', 'replace')}", "image's metadata")
        place += 12 + size


# Scripts, style sheets, plain text


def _script(text: str, place: str) -> Iterator[Piece]:
    """A script's strings, comments and code; an index of Sphinx's search as the JSON that it is."""
    index = re.match(r"\s*Search\.setIndex\((.*)\)\s*;?\s*\Z", text, re.DOTALL)
    if index and (loaded := as_json(index[1])) is not None:
        yield from _json(loaded, place)
        return
    clear = re.sub(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))", lambda m: chr(int(m[1] or m[2], 16)), text)
    for number, line in enumerate(ROW.sub("", clear).split("\n"), 1):
        where = f"{place}, " * bool(place) + f"line {number}"
        for part in re.split(r"[\"`]|(?<!\w)'|'(?!\w)", line):
            if re.search(r"\w", part):
                yield Piece(html.unescape(part), where)


def _style(text: str, place: str) -> Iterator[Piece]:
    """A style sheet's comments and strings: nothing else in it is text."""
    number, before = 1, 0
    for match in re.finditer(r"/\*(.*?)\*/|\"([^\"\n]*)\"|'([^'\n]*)'", text, re.DOTALL):
        number, before = number + text.count("\n", before, match.start()), match.start()
        where = f"{place}, " * bool(place) + f"line {number}"
        yield Piece(next(words for words in match.groups() if words is not None), where)


def _plain(text: str, place: str, lines: bool = True) -> Iterator[Piece]:
    """A text by paragraphs, longer ones in several runs, with the line that each begins in."""
    number = 1
    for part in re.split(r"(\n\s*\n)", text):
        before = 0
        for start, run in _runs(part):
            number, before = number + part.count("\n", before, start), start
            if run.strip():
                yield Piece(run, f"{place}, " * bool(place) + f"line {number}" if lines else place)
        number += part.count("\n", before)


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """A text in runs of at most LONGEST characters, each with its beginning. Each begins before the one ahead of it
    ends, so that a name or number that lies across a cut is whole in one of them."""
    start = 0
    while len(text) - start > LONGEST and (cut := CUT.match(text, start)):
        yield start, cut[0]
        shared = cut.end() - OVERLAP
        blank = BLANK.search(text, shared, cut.end() - OVERLAP // 2)
        start = blank.end() if blank else shared
    yield start, text[start:]
