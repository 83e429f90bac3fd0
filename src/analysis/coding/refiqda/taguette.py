"""Taguette: writing documents (HTML) and a codebook (CSV) for it, and reading its projects (SQLite).

Taguette does not read REFI-QDA. Its highlights are positions in the UTF-8 bytes of a document's text, without tags.
"""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from analysis import disk
from analysis.codebook import Codebook
from analysis.coding.csvqda import undescribed, write_codebook
from analysis.coding.refiqda.codes import from_paths
from analysis.coding.refiqda.positions import Claims, expected, received
from analysis.coding.refiqda.project import Applied, CodedText, Project, assemble
from analysis.coding.refiqda.report import Report, unused
from analysis.coding.refiqda.writing import Sources, bundles, texts
from analysis.errors import InputError
from analysis.spreadsheet import from_text

ORIGIN = "Taguette"
DATABASE_BYTES = 512 * 2**20
TABLES = ("projects", "documents", "highlights", "tags", "highlight_tags")


def write_taguette(
    folder: str | Path,
    sources: Sources,
    codebook: Codebook,
    *,
    documents: Mapping[str, str] | None = None,
    heads: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write a folder for coders who use Taguette: an .html document of each document's units, and codebook.csv.

    sources, documents, heads: as for `write_qdpx`; without documents, each unit is one. Returns the files written.
    Raises InputError when a unit's text cannot be put into a document.
    """
    units = texts(sources)
    plain = {unit_id: received(text) for unit_id, text in units.items()}
    of = {unit_id: unit_id for unit_id in units} if documents is None else documents
    folder, names = Path(folder), list[str]()
    for document, made in bundles(plain, of, heads).items():
        names.append(unused(re.sub(r"[^\w.-]+", "-", document), names))
        disk.write_bytes(folder / f"{names[-1]}.html", page(document, made.text))
    write_codebook(folder / "codebook.csv", codebook)
    return [*(folder / f"{name}.html" for name in names), folder / "codebook.csv"]


def page(title: str, text: str) -> bytes:
    """A document whose text nodes are the text itself, each line a paragraph. The line feed at the end is lost."""
    lines = text.removesuffix("\n").split("\n")
    body = "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
    head = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
    return f"{head}<body>{body}</body></html>".encode()


def read_taguette(path: str | Path, *, coder: str = "taguette", project: str | None = None) -> Project:
    """Read a project from Taguette's database (its export "project.sqlite3", or the file a desktop Taguette keeps).

    coder: who coded, since the export does not say. project: its name, needed when the file holds several. Codes are
    nested where their paths are. Raises InputError on a file that is not such a database.
    """
    place = Path(path)
    if not place.is_file() or place.stat().st_size > DATABASE_BYTES:
        raise InputError("this file does not exist" if not place.is_file() else "this file is too large", path=place)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(place.resolve()))}?mode=ro&immutable=1", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            return _project(database, place, coder, project)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise InputError(f"this is not a Taguette project: {error}", path=place,
                         fix="In Taguette, use Project info, Export project.") from error  # fmt: skip


def _project(database: sqlite3.Connection, place: Path, coder: str, name: str | None) -> Project:
    there = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if missing := [table for table in TABLES if table not in there]:
        raise InputError(f"this database is not Taguette's: it has no table {missing[0]!r}", path=place)
    projects = dict(database.execute("SELECT id, name FROM projects ORDER BY id"))
    chosen = [number for number, title in projects.items() if name in (None, title)]
    if len(chosen) != 1:
        titles = ", ".join(map(repr, projects.values()))
        what = f"the file holds {len(projects)} projects: {titles}" if name is None else f"{name!r} is none of {titles}"
        raise InputError(what, path=place, fix="Name one with --project.")
    report = Report(ORIGIN)
    query = "SELECT CAST(path AS TEXT), CAST(description AS TEXT) FROM tags WHERE project_id = ? ORDER BY path"
    tags = database.execute(query, chosen)
    codes, names = from_paths([undescribed(*from_text(pd.Series(tag, dtype="str"))) for tag in tags], report)
    query = "SELECT id, name, CAST(contents AS TEXT) FROM documents WHERE project_id = ? ORDER BY id"
    rows = database.execute(query, chosen)
    sources = [_source(database, number, title, contents, names, coder, report) for number, title, contents in rows]
    units, codings = assemble(sources, expected(ORIGIN), report)
    return Project(units, codings, Codebook(tuple(codes)), report, projects[chosen[0]])


def _source(
    database: sqlite3.Connection, number: int, title: str, contents: str, names: Mapping[str, str], coder: str,
    report: Report,
) -> CodedText:  # fmt: skip
    rows = database.execute(
        """SELECT id, CAST(start_offset AS INTEGER), CAST(end_offset AS INTEGER), CAST(snippet AS TEXT)
           FROM highlights WHERE document_id = ? ORDER BY start_offset, id""",
        (number,),
    ).fetchall()
    start, end = (np.array([row[i] for row in rows], dtype=np.int64) for i in (1, 2))
    claims = Claims(received(text_of(contents)), start, end, tuple(text_of(row[3]) for row in rows))
    query = """SELECT path FROM tags JOIN highlight_tags ON tags.id = highlight_tags.tag_id
               WHERE highlight_id = ? ORDER BY path"""
    paths = [[path for (path,) in database.execute(query, row[:1])] for row in rows]
    applied = [[Applied(names[path], coder) for path in from_text(pd.Series(given, dtype="str"))] for given in paths]
    if bare := [f"{title} {row[1]}-{row[2]}" for row, given in zip(rows, applied, strict=True) if not given]:
        report.note("uncoded-selection", "highlights without a tag are left out", *bare)
    return CodedText(title, claims, applied)


class _TextNodes(HTMLParser):
    """Collects text nodes. HTML drops one line feed right after <pre>."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.fresh = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fresh = tag == "pre"

    def handle_data(self, data: str) -> None:
        self.words.append(data.removeprefix("\n") if self.fresh else data)
        self.fresh = False


def text_of(markup: str) -> str:
    """The text nodes of HTML, one after another, as Taguette counts them."""
    parser = _TextNodes()
    parser.feed(markup)
    parser.close()
    return "".join(parser.words)
