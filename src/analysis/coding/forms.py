"""Coding forms: a page for a browser, or a sheet for a spreadsheet, and the codings filled into it.

In a spreadsheet each passage is a row. The column `codes` has names of the codebook separated by `;`, or 0 where none
applies, and is empty as long as nobody has read the passage. The codes apply to the whole passage. An .xlsx has a
second sheet, which lists the codes and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from analysis import browser, tables, wording
from analysis.codebook import Codebook
from analysis.coding.anchors import text_hash
from analysis.coding.human import CONSENSUS
from analysis.errors import InputError, refuse
from analysis.ingest.sheets import in_spreadsheet, read_rows
from analysis.spreadsheet import as_text, csv_text, from_text

PAGE = Path(__file__).with_name("sheet.html")
COLUMNS = (
    "unit_id",
    "document",
    "who",
    "before",
    "text",
    "after",
    "codes",
    "coder",
    "memo",
    "translation",
    "text_sha256",
)
WIDTHS = (16, 12, 22, 40, 60, 40, 24, 12, 24, 24, 10)  # characters
CODES = ("to write", "group", "meaning", "includes", "excludes")  # column names that no reader mistakes for a codebook
CODES_WIDTHS = (24, 24, 60, 40, 40)
NEAR = 10_000  # characters of the text before or after a passage that one cell shows
FILLED = ("unit_id", "codes")  # columns by which a filled sheet is recognised
NO_CODE = "0"

Context = tuple[list[tuple[str, str]], list[tuple[str, str]]]  # head and text of each passage before, and after


def page(
    rows: pd.DataFrame, book: Codebook, *, coder: str = "", said: Mapping[str, Mapping[str, list[str]]] | None = None
) -> str:
    """One HTML file to code passages in a browser, without a network; it saves CSV that `guyub import` takes.

    rows: unit_id, head (who, when), text, document (chat or transcript), around (a Context). coder: whose page it is;
    if empty, the person who opens it gives a name. said: the codes each coder gave, by passage and coder; the page then
    records decisions, and starts with the codes that all of them gave.
    """
    columns = (rows[name] for name in ("unit_id", "head", "text", "document", "around"))
    units: list[dict] = [
        {"id": unit, "head": head, "text": text, "document": document, "before": around[0], "after": around[1],
         "sha256": text_hash(text)}
        for unit, head, text, document, around in zip(*columns, strict=True)
    ]  # fmt: skip
    given = said or {}
    for unit in units if given else ():
        unit |= {"said": given[unit["id"]], "agreed": _agreed(given[unit["id"]], unit["text"])}
    key = text_hash("".join(["decide" * bool(given), *rows["unit_id"]]))[:16]
    about = {"round": 1, "coder": coder, "deciding": bool(given), "key": key}
    return browser.page(PAGE, {**about, "groups": _groups(book), "units": units})


def _groups(book: Codebook) -> list[dict]:
    """The codes that can be given, grouped under their topmost parent."""
    tops: dict[str, list] = {name: [] for name in book.names if book[name].parent is None}
    for name in book.leaves:
        tops[book.top(name)].append(
            {part: getattr(book[name], part) for part in ("name", "definition", "include", "exclude")}
        )
    return [{"name": top, "codes": codes} for top, codes in tops.items()]


def _agreed(said: Mapping[str, list[str]], text: str) -> dict[str, list[list[int]]]:
    """The codes that every coder gave, each with the span of the whole passage."""
    return {code: [[0, len(text)]] for code in sorted(set.intersection(*map(set, said.values())))}


def cells(rows: pd.DataFrame, coder: str = "") -> list[list[str]]:
    """A sheet for a spreadsheet: the names of COLUMNS, then one row per passage. rows: as for `page`."""
    columns = (rows[name] for name in ("unit_id", "head", "text", "document", "around"))
    return [list(COLUMNS)] + [
        [unit, document, head, _before(around[0]), text, _after(around[1]), "", coder, "", "", text_hash(text)]
        for unit, head, text, document, around in zip(*columns, strict=True)
    ]


def codes(book: Codebook) -> list[list[str]]:
    """A spreadsheet's second sheet, with the codes that may be written into `codes`: CODES, then one row per code."""
    none = [NO_CODE, "", "no code applies", "", ""]
    return [list(CODES), none] + [
        [code["name"], group["name"], code["definition"], code["include"], code["exclude"]]
        for group in _groups(book)
        for code in group["codes"]
    ]


def _before(messages: Sequence[tuple[str, str]]) -> str:
    text = _lines(messages)
    return text if len(text) <= NEAR else "…" + text[-NEAR:]


def _after(messages: Sequence[tuple[str, str]]) -> str:
    text = _lines(messages)
    return text if len(text) <= NEAR else text[:NEAR] + "…"


def _lines(messages: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{head}: {text}" for head, text in messages)


def comma_separated(rows: list[list[str]]) -> str:
    """The rows as CSV, no cell of which a spreadsheet runs as a formula."""
    frame = pd.DataFrame(rows[1:], columns=rows[0]).apply(as_text)
    return csv_text([rows[0], *frame.to_numpy().tolist()])


def is_filled_sheet(path: Path) -> bool:
    """Whether a table is a filled sheet, by its columns. Unless it is a table of codings, unit_id alone suffices, so
    that reading it can report what is missing."""
    header = set(read_rows(path)[0])
    return set(FILLED) <= header or ("unit_id" in header and header.isdisjoint(("start", "end")))


def read_filled(path: Path, texts: pd.Series, book: Codebook, *, coder: str = "") -> pd.DataFrame:
    """The codings (tables.Codings) of a filled sheet; passages whose `codes` is empty were not read, and have a row of
    notes_alone where something is noted on them.

    texts: by unit id, for the spans; the hash is the sheet's own. coder: who coded, where the sheet does not say.
    Raises InputError, with the row, on a code that is not in the codebook, when no coder is named, and when nothing was
    read or noted.
    """
    rows = list(_codings(path, texts, book, coder))
    if not rows:
        what = "the column codes is empty in every row"
        raise InputError(what, path=path, fix=f"Write the codes of each passage, or {NO_CODE} where none applies.")
    frame = pd.DataFrame(rows, columns=list(tables.Codings.columns))
    words = {name: from_text(frame[name]).replace("", None) for name in ("memo", "translation")}
    return tables.conform(frame.assign(**words), tables.Codings)


def _codings(path: Path, texts: pd.Series, book: Codebook, coder: str) -> Iterator[tuple]:
    header, rows = read_rows(path)
    if "codes" not in header:
        near = get_close_matches("codes", [name for name in header if name not in COLUMNS], n=1)
        fix = f"Is it {near[0]}? Then call it codes." if near else f"It has the columns {', '.join(header)}."
        raise InputError("the sheet has no column codes", path=path, line=1, fix=fix)
    errors: list[InputError] = []
    names = {_plain(name): name for name in book.names}
    unknown: dict[str, list[tuple[str, str, int]]] = {}  # by normalised name: the name as written, passage, line
    for line, row in rows:
        given = _separated(row["codes"], book)
        unit, name = row["unit_id"].strip(), row.get("coder", "").strip() or coder
        words = [row.get("memo", ""), row.get("translation", "")]
        noted = not given and any(map(str.strip, words))
        if (given or noted) and (not name or not unit):
            what = f"no coder is named for {unit!r}" if unit else "there is no unit_id"
            fix = "Fill in the column, or give the name with --coder."
            errors.append(InputError(what + in_spreadsheet(path, line), path=path, line=line, fix=fix))
        text, number = texts.get(unit, ""), row.get("round", "").strip() or "1"
        if not number.isdecimal() or int(number) < 1:
            what = f"round is {number!r}, not a whole number, of {unit!r}{in_spreadsheet(path, line)}"
            errors.append(InputError(what, path=path, line=line, fix="Write 1 for the first round, 2 for the second."))
            number = "1"
        digest = row.get("text_sha256", "").strip() or text_hash(text)
        if noted:
            yield (unit, 0, 0, None, name, int(number), digest, *words, None)
        for each in given:
            code = None if given == [NO_CODE] else names.get(_plain(each))
            if code or given == [NO_CODE]:
                yield (unit, 0, len(text), code, name, int(number), digest, *words, None)
            else:
                unknown.setdefault(_plain(each), []).append((each, unit, line))
    otherwise = f"The codebook has {', '.join(book.leaves)}; {NO_CODE} is for none."
    for (each, unit, line), *others in unknown.values():
        more = len({other for _, other, _ in others} - {unit})
        errors.append(unknown_code(each, unit, book, otherwise, more=more, path=path, line=line))
    refuse(errors)


def _separated(cell: str, book: Codebook) -> list[str]:
    """The names in a cell, separated by `;`, commas or line breaks, except where a name of the codebook has these."""
    names, pieces, given = {_plain(name) for name in book.names}, re.split("([;,\n])", cell), list[str]()
    while pieces:
        ends = range(len(pieces), 1, -2)  # pieces alternate with what separates them
        end = next((end for end in ends if _plain("".join(pieces[:end])) in names), 1)
        given.append("".join(pieces[:end]).strip())
        pieces = pieces[end + 1 :]
    return [name for name in given if name]


def unknown_code(
    given: str, unit: str, book: Codebook, otherwise: str, *, more: int, path: Path, line: int | None
) -> InputError:
    """The error for a code that is not in the codebook, with the name probably meant. unit: the first passage with it;
    more: how many others; line: of the first, None where the file has none; otherwise: what to do if no code is meant.
    """
    names = {_plain(name): name for name in book.names}
    near = get_close_matches(_plain(given), names, n=1)
    fix = f"Did you mean {names[near[0]]!r}?" if near else otherwise
    were = f" and {wording.count(more, 'other passage')} were" if more else " was"
    place = in_spreadsheet(path, line) if line else ""
    return InputError(f"codebook.yaml has no code {given!r}, which {unit!r}{were} given{place}", path=path, line=line,
                      fix=fix)  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().casefold())


def said(applied: pd.DataFrame, codes: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """The codes each coder gave, by passage and coder. applied: as from human.presence; the consensus is left out."""
    given: dict[str, dict[str, list[str]]] = {}
    for (unit, coder), row in applied[list(codes)].iterrows():
        if coder != CONSENSUS:
            given.setdefault(unit, {})[coder] = [code for code in codes if row[code]]
    return given
