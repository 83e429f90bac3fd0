"""Tables that people make: CSV as a spreadsheet writes it. Members, partnerships, codings, the record of the sample.

UTF-8 (or UTF-16 with its mark); commas, semicolons (spreadsheets set to Indonesian) or tabs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd

from analysis import disk, tables
from analysis.errors import InputError, noting, refuse
from analysis.ingest import files
from analysis.privacy import canonical, listed, phone
from analysis.spreadsheet import from_text
from analysis.workbook import ENDING, read_cells

UNSTATED = "aggregate"  # consent of people who stated none: counted in sums, never quoted
ROSTER = ("name", "aliases", "phones", "sector", "role", "joined", "consent")
PARTNERSHIPS = ("member_a", "member_b", "since", "kind")
TRANSLATED = {  # names that a column of members or of partnerships has in Indonesian and German
    "name": ("nama", "nama lengkap", "vollname"),
    "aliases": ("alias", "nama lain", "panggilan", "nama panggilan", "julukan", "spitzname", "spitznamen", "rufname"),
    "phones": ("telepon", "no telepon", "nomor telepon", "telp", "no telp", "hp", "no hp", "nomor hp", "wa", "no wa",
               "nomor wa", "whatsapp", "telefon", "telefonnummer", "handy", "handynummer"),
    "sector": ("sektor", "bidang", "bidang usaha", "usaha", "jenis usaha", "branche", "gewerbe"),
    "role": ("peran", "jabatan", "posisi", "rolle", "amt", "funktion"),
    "joined": ("bergabung", "gabung", "tanggal bergabung", "tanggal gabung", "sejak", "beitritt", "mitglied seit",
               "seit"),
    "consent": ("persetujuan", "izin", "einwilligung", "zustimmung"),
    "member_a": ("anggota a", "anggota 1", "mitglied a", "mitglied 1"),
    "member_b": ("anggota b", "anggota 2", "mitglied b", "mitglied 2"),
    "since": ("sejak", "mulai", "tanggal mulai", "seit", "beginn"),
    "kind": ("jenis", "bentuk", "jenis kemitraan", "jenis kerja sama", "art"),
}  # fmt: skip
CODINGS = tuple(tables.Codings.columns)
OPTIONAL = ("code", "round", "memo", "translation", "quotation")  # columns that may be missing from codings
WORDS = ("memo", "translation", "quotation")  # of codings: what people said or wrote
SAMPLE = tuple(tables.Sample.columns)
REVIEWED = ("expression", "decision", "reviewer")
APPROVALS = ("unit_id", "text_sha256", "decision", "reviewer")
SHOWING = ("show", "withhold")  # decisions on a turn that the book would quote
DECISIONS = ("keep", "remove")
SHA256 = re.compile("[0-9a-f]{64}")

SPAN = "Write how many characters of the text stand before the start and the end of what is coded, as in 0 and 12."
COUNTED = {"start": SPAN, "end": SPAN, "round": "Write the number of the round, as in 1, or leave it empty."}
HASHED = "Copy it from the sheet in which the passage was coded; `guyub import` writes it itself."

Row = tuple[int, dict[str, str]]  # the 1-based line that a row begins in, and its cells by column


def read_rows(path: Path, *, lossy: bool = False) -> tuple[list[str], list[Row]]:
    """The columns of a CSV file or of an .xlsx' first sheet, in small letters, and its rows. Raises InputError as
    disk.cell_rows and read_cells do, and on bytes that are not text, unless lossy: U+FFFD is read in their place."""
    if path.suffix.lower() == ENDING:
        header, *cells = read_cells(path) or [[]]
        names = [name.strip().lower() for name in header]
        return names, [(line, dict(zip(names, row, strict=True))) for line, row in enumerate(cells, 2) if any(row)]
    source = files.read_text(path)
    if source.undecodable and not lossy:
        raise InputError("this line has bytes that are not UTF-8, so names would be misread", path=path,
                         line=min(source.undecodable),
                         fix="Save it again as UTF-8; in a spreadsheet, as `CSV UTF-8`.")  # fmt: skip
    rows = disk.cell_rows(source.lines, path)
    header = [name.strip().lower() for name in next(rows, (1, 1, []))[2]]
    return header, [(line, dict(zip(header, cells, strict=True))) for line, _, cells in rows]


def in_spreadsheet(path: Path, line: int) -> str:
    """Where a line of a table is for whoever looks at it in a spreadsheet, in brackets; empty where the row has the
    number of the line. They differ below a cell of several lines."""
    if path.suffix.lower() == ENDING:
        return ""
    above = sum(more for first, more in _of_several_lines(path, path.stat().st_mtime_ns) if first < line)
    return f" (row {line - above} in a spreadsheet)" if above else ""


@lru_cache(maxsize=1)
def _of_several_lines(path: Path, changed: int) -> list[tuple[int, int]]:
    """The rows that take several lines: the first line of each, and how many more it takes. changed: when the file was,
    since many rows of one file may be asked for, and a file may be rewritten."""
    rows = disk.cell_rows(files.read_text(path).lines, path)
    return [(first, lines - 1) for first, lines, _ in rows if lines > 1]


def read_table(
    path: Path, columns: tuple[str, ...], required: tuple[str, ...], *, others: bool = False, lossy: bool = False
) -> list[Row]:
    """The rows of a CSV file by these columns; a missing column that is not required is empty.

    others: whether the file may have further columns. lossy: as in read_rows. Raises InputError on a missing, unknown
    or repeated column.
    """
    header, rows = read_rows(path, lossy=lossy)
    wrong = [f"no column {name}" for name in required if name not in header]
    wrong += [f"an unknown column {name}" for name in header if name not in columns and not others]
    wrong += [f"several columns {name}" for name in columns if header.count(name) > 1]
    if wrong:
        raise InputError(f"the table has {', '.join(wrong)}", path=path, line=1, fix=columns_meant(header, columns))
    return [(line, {name: cells.get(name, "") for name in columns}) for line, cells in rows]


def columns_meant(header: Sequence[str], columns: Sequence[str]) -> str:
    """Which columns such a table may have, and which of its own may be meant by another name."""
    meant = translated(header, columns)
    for name in [name for name in header if name not in {*columns, *meant}]:
        left = [column for column in columns if column not in {*header, *meant.values()}]
        if near := get_close_matches(name, left, n=1):
            meant[name] = near[0]
    hints = [f"Did you mean {meant[name]} by {name}?" for name in header if name in meant]
    return " ".join([*hints, f"It may have the columns {', '.join(columns)}."])


def translated(header: Iterable[str], columns: Sequence[str]) -> dict[str, str]:
    """The columns that a table's own names are in Indonesian or German, by these names; each column once, and none that
    the table has."""
    plain = {name: " ".join(re.findall(r"[^\W_]+", name)) for name in header}
    left = [column for column in columns if column not in plain]
    own = {column: next((name for name in plain if plain[name] in TRANSLATED.get(column, ())), None) for column in left}
    return {name: column for column, name in own.items() if name}


def _stripped(path: Path, columns: tuple[str, ...], required: int) -> pd.DataFrame:
    """The table of a file, cells without blanks around them, and `row`, the line of each; empty where there is none."""
    rows = read_table(path, columns, columns[:required]) if path.exists() else []
    cells = [{name: cell.strip() for name, cell in row.items()} | {"row": line} for line, row in rows]
    frame = pd.DataFrame(cells, columns=[*columns, "row"]).astype(dict.fromkeys(columns, "str"))
    return frame[(frame[list(columns)] != "").any(axis=1)].reset_index(drop=True)


def read_roster(path: Path) -> pd.DataFrame:
    """members.csv: name, aliases, phones, sector, role, joined, consent, row; empty where there is none.

    A member without a word on consent is counted in sums only. Raises InputError with the line of all that is wrong.
    """
    roster = _stripped(path, ROSTER, required=1)
    roster["consent"] = roster["consent"].str.lower().replace("", UNSTATED)
    refuse(_wrong_members(roster, path))
    return roster


def _wrong_members(roster: pd.DataFrame, path: Path) -> Iterator[InputError]:
    wrong = partial(InputError, path=path)
    yield from _no_dates(roster, "joined", path)
    for row in roster.itertuples():
        if row.consent not in tables.CONSENT:
            yield wrong(f"consent is {row.consent!r}", line=row.row, fix=f"Write one of {', '.join(tables.CONSENT)}.")
        for number in (number for number in listed(row.phones) if phone(number) is None):
            fix = "Write it as in +62 812-3456-7890; in a spreadsheet, hold the column as text."
            yield wrong(f"{number!r} is not a telephone number", line=row.row, fix=fix)
        if not row.name:
            yield wrong("a member without a name", line=row.row, fix="Give every row a name.")
    twice = roster["name"].map(canonical).duplicated() & (roster["name"] != "")
    for row in roster[twice].itertuples():
        fix = "Give each member one row; distinguish two people of one name by a place or trade in brackets."
        yield wrong(f"the member {row.name} has two rows", line=row.row, fix=fix)


def _no_dates(rows: pd.DataFrame, column: str, path: Path) -> Iterator[InputError]:
    for row in rows[dates(rows[column]).isna() & (rows[column] != "")].to_dict("records"):
        yield InputError(f"{row[column]!r} is not a date", path=path, line=row["row"], fix="Write dates as 2024-07-31.")


def dates(written: pd.Series) -> pd.Series:
    """ISO dates as days; missing where empty, and where they are none."""
    return pd.to_datetime(written.where(written != ""), format="%Y-%m-%d", errors="coerce")


def read_partnerships(path: Path) -> pd.DataFrame:
    """partnerships.csv: member_a, member_b, since, kind, row; empty where there is none. Raises InputError with the
    line of each invalid date."""
    partnerships = _stripped(path, PARTNERSHIPS, required=2)
    refuse(_no_dates(partnerships, "since", path))
    return partnerships


def read_codings(path: Path, *, others: bool = False) -> pd.DataFrame:
    """Codings (tables.Codings) from CSV, names in them and all; an empty code means read, and no code applies, but in
    rows of notes_alone.

    others: as in read_table. Raises InputError, with the line, on a missing column, an invalid position, round or hash,
    and a missing unit or coder.
    """
    rows = read_table(path, CODINGS, tuple(name for name in CODINGS if name not in OPTIONAL), others=others)
    refuse(_wrong_codings(rows, path))
    if not rows:
        return tables.empty(tables.Codings)
    cells = [{name: cell if name in WORDS else cell.strip() for name, cell in row.items()} for _, row in rows]
    frame = pd.DataFrame(cells).replace("", None)
    plain = {name: from_text(frame[name]) for name in WORDS}
    return tables.conform(frame.assign(round=frame["round"].fillna("1"), **plain), tables.Codings)


def _wrong_codings(rows: Iterable[Row], path: Path) -> Iterator[InputError]:
    for line, row in rows:
        wrong = partial(InputError, path=path, line=line)
        for name in ("start", "end", "round"):
            if not row[name].strip().isdecimal() and (name != "round" or row[name].strip()):
                what = f"{name} is {row[name]!r}, not a whole number{_of(row, path, line)}"
                yield wrong(what, fix=COUNTED[name])
        for name in ("unit_id", "coder"):
            if not row[name].strip():
                fix = "Name it, or delete the row of what was not read."
                yield wrong(f"there is no {name}{_of(row, path, line)}", fix=fix)
        if not SHA256.fullmatch(row["text_sha256"].strip()):
            what = f"text_sha256 is {row['text_sha256'][:70]!r}, no SHA-256{_of(row, path, line)}"
            yield wrong(what, fix=HASHED)


def notes_alone(codings: pd.DataFrame) -> pd.Series:
    """Which rows are a coder's notes on a passage that was not coded, so that it counts as not read: a memo or a
    translation on no characters of it (start equals end) and without a code."""
    noted = codings[["memo", "translation"]].notna().any(axis=1)
    return codings["code"].isna() & (codings["start"] == codings["end"]) & noted


def coded(codings: pd.DataFrame) -> pd.DataFrame:
    """The codings without rows of notes_alone."""
    return codings[~notes_alone(codings)]


def _of(row: dict[str, str], path: Path, line: int) -> str:
    """Of which passage a row is, and where it is in a spreadsheet, for a message."""
    return f", of {row['unit_id'].strip()!r}" * bool(row["unit_id"].strip()) + in_spreadsheet(path, line)


def read_sample(path: Path) -> pd.DataFrame:
    """The draws that sample.csv records (tables.Sample); empty where there is no such file.

    The column draw may be missing (one draw), and drawn too (all of it is coded). Raises InputError, with the line, on
    another missing column, a probability outside 0 to 1, or a unit that is twice in a draw.
    """
    rows = read_table(path, SAMPLE, ("unit_id", "inclusion_probability")) if path.exists() else []
    draws: dict[tuple[str, str], tuple[float, bool]] = {}
    errors: list[InputError] = []
    for line, row in rows:
        unit = row["unit_id"], row["draw"] or "1"
        if unit in draws:
            fix = "Delete one of the two rows, or give them two draws."
            errors.append(InputError(f"the unit {row['unit_id']!r} is here twice", path=path, line=line, fix=fix))
        with noting(errors):
            draws[unit] = _probability(row["inclusion_probability"], path, line), row["drawn"] == "yes"
    refuse(errors)
    if not draws:
        return tables.empty(tables.Sample)
    frame = pd.DataFrame([(*unit, *drawn) for unit, drawn in draws.items()], columns=list(SAMPLE))
    return tables.conform(frame, tables.Sample)


def read_reviewed(path: Path) -> pd.DataFrame:
    """reviewed.csv: expressions that the scrubbing left, decision (DECISIONS) and reviewer; empty where there is none.

    Raises InputError, with the line, on another decision.
    """
    reviewed = _stripped(path, REVIEWED, required=2)
    fix = f"Write {' or '.join(DECISIONS)}, or let `guyub review` write this file."
    refuse(_undecided(reviewed, DECISIONS, path, fix))
    return reviewed


def _undecided(rows: pd.DataFrame, decisions: Collection[str], path: Path, fix: str) -> Iterator[InputError]:
    for row in rows[~rows["decision"].isin(decisions)].itertuples():
        yield InputError(f"the decision is {row.decision!r}", path=path, line=row.row, fix=fix)


def read_approvals(path: Path) -> pd.DataFrame:
    """quotations.csv: whether a turn of an interview may be quoted: unit_id, text_sha256 of its text as it was read,
    decision (SHOWING), reviewer; empty where there is none.

    Raises InputError, with the line, on another decision, an invalid hash, and a turn that is decided on twice.
    """
    approvals = _stripped(path, APPROVALS, required=3)
    refuse(_wrong_approvals(approvals, path, fix="Let `guyub quotes` write this file."))
    return approvals


def _wrong_approvals(approvals: pd.DataFrame, path: Path, fix: str) -> Iterator[InputError]:
    yield from _undecided(approvals, SHOWING, path, fix)
    for row in approvals[~approvals["text_sha256"].str.fullmatch(SHA256)].itertuples():
        yield InputError(f"text_sha256 is {row.text_sha256[:70]!r}, no SHA-256", path=path, line=row.row, fix=fix)
    for row in approvals[approvals["unit_id"].duplicated()].itertuples():
        yield InputError(f"the turn {row.unit_id!r} is here twice", path=path, line=row.row, fix=fix)


def _probability(cell: str, path: Path, line: int) -> float:
    try:
        probability = float(cell)
    except ValueError:
        probability = float("nan")
    if not 0 <= probability <= 1:
        raise InputError(
            f"{cell!r} is not a probability", path=path, line=line, fix="Let `guyub sample` write this file."
        )
    return probability
