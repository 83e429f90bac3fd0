"""The rows selected by a declaration, read from the tables of a study, and what is counted from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis import study
from analysis.errors import InputError
from analysis.trace.origins import Origin, Selection

AWAY = "Tables of real people stay with the researchers; elsewhere: dvc repro."
ACCURACY = 10.0**-study.DIGITS  # to which metrics are rounded
TEXTS = (("ingest/messages", "message_id"), ("ingest/utterances", "utterance_id"))
UNITS = ("unit_id", "message_id", "utterance_id")  # columns that name a message or a turn

TAKES: dict[str, Callable[[pd.DataFrame], Any]] = {  # each takes one column, unless several are given
    "distinct": lambda t: len(t.dropna().drop_duplicates()), "sum": lambda t: t.iloc[:, 0].sum(),
    "min": lambda t: t.iloc[:, 0].min(), "max": lambda t: t.iloc[:, 0].max(), "mean": lambda t: t.iloc[:, 0].mean(),
    "median": lambda t: t.iloc[:, 0].median(), "cell": lambda t: t.iloc[0, 0] if len(t) == 1 else None,
}  # fmt: skip


@dataclass(frozen=True)
class StudyTables:
    """The tables of a study, each read once, its rows numbered from 1."""

    paths: study.Paths
    _read: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def file(self, name: str) -> str:
        """The file of a table (step/name), from the study's root."""
        step, _, table = name.partition("/")
        return (self.paths.processed(step) / f"{table}.parquet").relative_to(self.paths.root).as_posix()

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A table. Raises InputError when it is missing."""
        if name not in self._read:
            path = self.paths.root / self.file(name)
            if not path.exists():
                raise InputError("this table is missing", path=self.file(name), fix=AWAY)
            table = pd.read_parquet(path)
            self._read[name] = table.set_axis(range(1, len(table) + 1))
        return self._read[name]

    def select(self, rows: Selection) -> pd.DataFrame:
        """The selected rows. Raises InputError when a table is missing."""
        table = self[rows.of]
        if table.empty:
            return table
        chosen = table.query(rows.where, engine="python") if rows.where else table
        for column, others in rows.among.items():
            chosen = chosen[self._within(chosen, column, others)]
        for column, others in rows.without.items():
            chosen = chosen[~self._within(chosen, column, others)]
        return chosen

    def _within(self, table: pd.DataFrame, column: str, others: Selection) -> pd.Series:
        values = pd.Index(self.select(others)[others.column].unique())
        return table[column].isin(values)

    def leading_to(self, rows: Selection, table: pd.DataFrame) -> pd.DataFrame:
        """The selected rows that, by the columns of rows.by, lead to rows of the table."""
        chosen = self.select(rows)
        for own, theirs in rows.by.items():
            chosen = chosen[chosen[theirs].isin(pd.Index(table[own].dropna().unique()))]
        return chosen

    def texts_of(self, table: pd.DataFrame) -> Iterator[tuple[Selection, pd.DataFrame]]:
        """The messages and turns that a table's own columns name."""
        named = [column for column in UNITS if column in table]
        for name, key in TEXTS if named else ():
            chosen = self[name][self[name][key].isin(pd.Index(table[named[0]].unique()))]
            if len(chosen):
                yield Selection(name), chosen

    def given(self, origin: Origin) -> Any:
        """The value that the rows of a metric give; None if it is not counted from rows, or they give nothing."""
        if origin.rows is None:
            return None
        value = _taken(origin.take, self.select(origin.rows))
        if origin.over is None:
            return value
        number = len(self.select(origin.over))
        return value / number if number else None


def _taken(take: str, table: pd.DataFrame) -> Any:
    kind, _, columns = take.partition(" ")
    return len(table) if kind == "rows" else TAKES[kind](table[columns.split(", ")])


def agree(value: Any, given: Any) -> bool:
    """Whether rows give the metric's value, to the accuracy of metrics."""
    given = plain(given)
    if isinstance(value, int | float) and isinstance(given, int | float):
        return abs(value - given) <= ACCURACY
    return value == given


def plain(value: Any) -> Any:
    """A cell in JSON types: missing as None, a time in ISO format."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, list | Mapping):
        return value
    return None if pd.isna(value) else value
