"""Declared origins of metrics and tables: origins/<step>.yaml, read and matched to keys.

A key's pattern is dotted. `{name}` matches one part of it and `{name:a|b}` one of these; the matched text can be used
in the entry, as can parameters (`{sharing.code}`). `**` at the end matches all the rest. The first pattern that matches
counts. An entry:

- rows, take, over: the metric is counted from these rows. take: `rows` (their number; the default), or `distinct`,
  `sum`, `min`, `max`, `mean`, `median` or `cell` (of the only row) and a column. over: rows by whose number it is
  divided.
- stage, inputs: it is computed by this function from these rows. With both, it is computed and kept in a table.
- parameter, metric, file: it is a parameter, another metric, or stated in a file of the author's.

Rows: of, a table; where, a condition (pandas' query); among, without: by column, other rows in whose `column` its
values must be, or must not be; by: in the links of a table, the columns by which a row leads to these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from analysis import study
from analysis.errors import InputError
from analysis.trace.metrics import Names

FOLDER = Path(__file__).parent / "origins"
CAPTURE = re.compile(r"\{(\w+)(?::([^}]*))?\}")
FILLED = re.compile(r"\{([\w.]+)\}")
REST = "**"
TAKEN = {"rows": "how many rows of", "cell": "{columns} in", "distinct": "how many different values of {columns} in",
         "sum": "the sum of {columns} in", "min": "the least {columns} in", "max": "the largest {columns} in",
         "mean": "the mean of {columns} in", "median": "the median of {columns} in"}  # fmt: skip
TEXTS = ("take", "stage", "parameter", "metric", "file")  # of an entry
SAID = ("status", "reason")  # keys of every result: whether it could be computed


@dataclass(frozen=True)
class Selection:
    """Rows of a table, as declared."""

    of: str
    where: str = ""
    among: Mapping[str, Selection] = field(default_factory=dict)
    without: Mapping[str, Selection] = field(default_factory=dict)
    column: str = ""
    by: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> Iterator[str]:
        """The tables that it reads."""
        yield self.of
        for rows in (*self.among.values(), *self.without.values()):
            yield from rows.tables()

    def words(self) -> str:
        """The condition in words; empty where all rows are meant."""
        parts = [self.where] if self.where else []
        for word, others in (("among", self.among), ("not among", self.without)):
            for column, rows in others.items():
                condition = rows.words()
                where = f" where {condition}" if condition else ""
                parts.append(f"{column} is {word} {rows.column} of {rows.of}{where}")
        return " and ".join(parts)


@dataclass(frozen=True)
class Origin:
    """Where a metric comes from, as declared."""

    take: str = "rows"
    rows: Selection | None = None
    over: Selection | None = None
    stage: str = ""
    inputs: tuple[Selection, ...] = ()
    parameter: str = ""
    metric: str = ""
    file: str = ""

    @property
    def kind(self) -> str:
        """The kind of origin: counted, computed (kept in a table or not), copied, a parameter, stated, or said."""
        if self.stage:
            return "computed"
        given = {"counted": self.rows, "parameter": self.parameter, "copied": self.metric, "stated": self.file}
        return next((name for name, value in given.items() if value), "said")


@dataclass(frozen=True)
class Link:
    """Which rows of earlier tables lead to the rows of a table. stage: the function that made it."""

    stage: str = ""
    inputs: tuple[Selection, ...] = ()


@cache
def declared(step: str) -> dict[str, Any]:
    """The declarations of a step: metrics (pattern to entry) and tables (name to entry)."""
    return study.parsed_yaml((FOLDER / f"{step}.yaml").read_text(encoding="utf-8"))


def matched(pattern: str, names: Names) -> dict[str, str] | None:
    """The parts of a key that a pattern captures, by name; None if it does not match."""
    parts = pattern.split(".")
    if parts[-1] == REST and len(names) >= len(parts):
        parts, names = parts[:-1], names[: len(parts) - 1]
    if len(parts) != len(names):
        return None
    found = [_part(part).fullmatch(name) for part, name in zip(parts, names, strict=True)]
    return {name: text for each in found for name, text in each.groupdict().items()} if all(found) else None  # type: ignore[union-attr]


@cache
def _part(part: str) -> re.Pattern[str]:
    """A part of a pattern as a regular expression."""
    pieces, end = [], 0
    for capture in CAPTURE.finditer(part):
        pieces += [re.escape(part[end : capture.start()]), f"(?P<{capture[1]}>{capture[2] or '.+'})"]
        end = capture.end()
    return re.compile("".join([*pieces, re.escape(part[end:])]), re.S)


def origin(step: str, names: Names, given: Mapping[str, Any]) -> Origin | None:
    """Where a metric of a step comes from; None if nothing is declared. given: parameters by dotted name."""
    if names[-1] in SAID:
        return Origin()
    for pattern, entry in declared(step)["metrics"].items():
        values = matched(pattern, names)
        if values is not None:
            number_of = given.get(f"claim {values.get('claim')}")  # the metric that a claim rests on
            return _origin(entry, {**given, **values, "number_of": number_of})
    return None


def _origin(entry: Mapping[str, Any], values: Mapping[str, Any]) -> Origin:
    own: dict[str, Any] = {name: _text(entry[name], values) for name in TEXTS if name in entry}
    own |= {name: rows_of(entry[name], values) for name in ("rows", "over") if name in entry}
    return Origin(**own, inputs=tuple(rows_of(each, values) for each in entry.get("inputs", ())))


def taken(take: str) -> str:
    """What is computed from rows, in words: `sum shares` is "the sum of shares in"."""
    kind, _, columns = take.partition(" ")
    return TAKEN[kind].format(columns=columns)


def link(table: str, given: Mapping[str, Any]) -> Link:
    """How rows of a table (step/name) lead to earlier ones; an empty link if nothing is declared."""
    step, _, name = table.partition("/")
    entry = declared(step).get("tables", {}).get(name, {})
    return Link(entry.get("stage", ""), tuple(rows_of(each, given) for each in entry.get("inputs", ())))


def rows_of(entry: Mapping[str, Any] | str, values: Mapping[str, Any]) -> Selection:
    """Rows as declared, with values in the place of names. A table's name alone means all its rows."""
    if isinstance(entry, str):
        return Selection(_text(entry, values))
    others = {word: {column: rows_of(rows, values) for column, rows in entry.get(word, {}).items()}
              for word in ("among", "without")}  # fmt: skip
    where = FILLED.sub(lambda found: repr(_value(found[1], values)), entry.get("where", ""))
    return Selection(
        _text(entry["of"], values),
        where,
        others["among"],
        others["without"],
        entry.get("column", ""),
        entry.get("by", {}),
    )


def _text(text: str, values: Mapping[str, Any]) -> str:
    return FILLED.sub(lambda found: str(_value(found[1], values)), text)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    """The value that a name stands for, as a number if a key's part matched a whole number."""
    if name not in values:
        raise InputError(f"the parameter {name} is not set", path=Path("params.yaml"))
    value = values[name]
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
