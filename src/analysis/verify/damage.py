"""Check that each file of a study is intact and of its kind: a truncated, emptied or swapped file shows at once.

A check stopped by a broken file reports what is found here, so that no file can end it with a traceback.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from analysis import disk, study
from analysis.closure import parsed
from analysis.errors import InputError, Mistakes
from analysis.ingest import files as texts
from analysis.ingest.gather import OWN_FILES
from analysis.ingest.readers import viber

# What reading a broken file raises, in this project's code and in the libraries that it uses. InputError, JSON's,
# TOML's, most of Arrow's and pandas' own errors are ValueErrors; html.parser asserts. MemoryError and KeyboardInterrupt
# are let through.
BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, ArithmeticError, RecursionError,
          AssertionError, EOFError, csv.Error, yaml.YAMLError, zlib.error, pa.ArrowException)  # fmt: skip
LEFT_OUT = {"__pycache__", "tests", "benchmarks", "runs", "build", "dist"}  # and hidden folders, which belong to tools
OWN_HIDDEN = (".ci", ".github")
ENDS = {".html": "</html>", ".svg": "</svg>"}  # how an intact file of a kind ends, except for white space
PIECE = re.compile(r"<(?!html\b)([a-z]+)\b.*</\1>", re.DOTALL)  # HTML that is an element, not a page, as a table of one
PNG = (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82")
OF_THE_STUDY = (".csv", ".yaml")  # raw files that people write for the study, not exported by a program
STATIC = "_static"  # the site's library, which is checked by hash
csv.field_size_limit(10**8)  # characters: a message may be long


def damage(path: Path, raw: Path) -> str:
    """What is wrong with a file of its kind, in words; empty when nothing is. Of a raw file only the text is checked,
    since its format is another program's. raw: the study's folder of raw files."""
    try:
        content = path.read_bytes()
        if content and path.suffix == ".csv" and path.is_relative_to(raw):
            return _raw_table(path, content, path.relative_to(raw).parts)
        return _problem(path, content)
    except BROKEN as error:
        return f"it cannot be read ({first_line(error)})"


def _problem(path: Path, raw: bytes) -> str:
    if not raw:
        return "" if path.name in ("__init__.py", ".gitkeep", "py.typed", ".nojekyll") else "it is empty"
    if path.suffix == ".png":
        return "" if raw.startswith(PNG[0]) and raw.endswith(PNG[1]) else "it is not a complete PNG"
    if path.suffix == ".parquet":
        pq.read_table(path)
    elif (reader := _READERS.get(path.suffix)) is not None:
        return reader(path, raw.decode("utf-8"))
    return ""


def _mapping(path: Path, loaded: Any) -> str:
    may_list = "src" in path.parts or "_downloads" in path.parts  # the program's own data, and a bibliography
    kinds = (dict, list) if may_list else (dict,)
    return "" if isinstance(loaded, kinds) and loaded else f"it holds no mapping but {type(loaded).__name__}"


def parsed_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError when it is not JSON, or repeats a key (only the last would count)."""

    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            raise ValueError(f"the key {_repeated([key for key, _ in pairs])} is repeated")
        return held

    return json.loads(text, object_pairs_hook=distinct)


def _repeated(names: Sequence[str]) -> str:
    """The first name that is repeated; empty where none is."""
    return next((name for name, times in Counter(names).items() if times > 1), "")


def _json(path: Path, text: str) -> str:
    return _mapping(path, parsed_json(text))


def _yaml(path: Path, text: str) -> str:
    return _mapping(path, study.parsed_yaml(text))


def _notebook(path: Path, text: str) -> str:
    study.read_notebook(path)
    parsed_json(text)
    return ""


def _python(path: Path, text: str) -> str:
    parsed(text)
    return ""


def _toml(path: Path, text: str) -> str:
    return _mapping(path, tomllib.loads(text))


def _csv(path: Path, text: str) -> str:
    """What is wrong with a table, which is written here with commas."""
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    if len({len(row) for row in rows}) != 1:
        return "its rows have different numbers of columns"
    return "" if "_downloads" in path.parts else _head(rows[0])  # tables of pages may have equal heads


def _raw_table(path: Path, raw: bytes, place: tuple[str, ...]) -> str:
    """What is wrong with a table as ingest reads it: people choose the delimiter, a chat's encoding and extra columns.
    Viber's history has no head, and rows of any length. place: its place in data/raw."""
    table = texts.decode(raw, path.name, path)
    own = len(place) == 1 and path.name.lower() in OWN_FILES
    chat = not own and place[0] not in ("codings", "annotations")
    if table.undecodable and (own or place[0] == "codings"):
        return f"it is not in UTF-8: line {min(table.undecodable)}"
    if chat and viber.CELLS.match(table.text.lstrip("\ufeff")):
        return ""
    try:
        rows = [cells for *_, cells in disk.cell_rows(table.lines)]
    except InputError as error:
        first = error.errors[0] if isinstance(error, Mistakes) else error
        return f"line {first.line}: {first.what}"
    if not rows:
        return "it holds no row"
    return "" if chat else _head(rows[0])


def _head(columns: Sequence[str]) -> str:
    repeated = _repeated([name for name in columns if name])
    return f"its column {repeated} is repeated" if repeated else ""


def _ending(path: Path, text: str) -> str:
    if "\0" in text:
        return "it is not text"
    end = ENDS.get(path.suffix, "")
    whole = text.rstrip().endswith(end) or "-macros" in path.name
    return "" if whole or (path.suffix == ".html" and PIECE.fullmatch(text.strip())) else f"it does not end with {end}"


_READERS: dict[str, Callable[[Path, str], str]] = {
    ".json": _json, ".yaml": _yaml, ".yml": _yaml, ".cff": _yaml, ".ipynb": _notebook, ".py": _python, ".toml": _toml,
    ".csv": _csv, ".html": _ending, ".svg": _ending, ".md": _ending, ".bib": _ending, ".js": _ending, ".css": _ending,
    ".txt": _ending,
}  # fmt: skip


def damaged(root: Path) -> dict[str, str]:
    """Each damaged file below a study's root, by its path, with what is wrong with it. Raw files that other programs
    wrote are not judged: the list of raw files holds their hashes."""
    raw = root / "data" / "raw"
    own = {
        path: damage(path, raw) for path in files(root) if not path.is_relative_to(raw) or path.suffix in OF_THE_STUDY
    }
    lock = root / "dvc.lock"
    if lock.is_file():
        own[lock] = damage(lock, raw) or _lock(lock)
    return {path.relative_to(root).as_posix(): what for path, what in own.items() if what}


def _lock(path: Path) -> str:
    try:
        stages = study.parsed_yaml(path.read_text(encoding="utf-8"))["stages"].values()
        entries = [each for one in stages for key in ("deps", "outs") for each in one.get(key) or []]
        texts = [*(one["cmd"] for one in stages), *(each[key] for each in entries for key in ("path", "md5"))]
        return "" if all(isinstance(text, str) for text in texts) else "it is not a dvc.lock as DVC writes it"
    except BROKEN as error:
        return f"it is not a dvc.lock as DVC writes it ({first_line(error)})"


def files(root: Path) -> Iterator[Path]:
    """Files of a study that a check may read: sources, data, results and built pages."""
    for folder, folders, names in os.walk(root):
        place = Path(folder)
        hidden = (name for name in folders if name.startswith(".") and name not in OWN_HIDDEN)
        folders[:] = sorted({*folders} - LEFT_OUT - {*hidden})
        if place.name == STATIC and "_build" in place.parts:
            folders[:] = []
            continue
        yield from (path for path in sorted(place / name for name in names) if path.is_file())


def first_line(error: BaseException) -> str:
    """An error in one line, for a finding."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:120]
