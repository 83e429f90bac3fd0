"""Check that a quantity has one value: sentences, titles of figures and tables all give the same metric.

A number in prose is bound to a metric, a sentence is computed from tables, a table from others: values computed in two
places may differ, and no hash shows it. alike.yaml lists the quantities, and how pages give them.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from analysis import book
from analysis.book import downloads
from analysis.errors import InputError
from analysis.verify.subject import SITE, Finding, Subject

FIX = "Compute it in one place, and take it from there; if a page was edited, build the book again: dvc repro book"
NUMBER = r"[-−+]?\d(?:[\d.,]*\d)?"
_HIDDEN = re.compile(r"<(script|style|svg|pre|table)\b.*?</\1>", re.S)
_TAG = re.compile(r"</?[a-zA-Z!][^>]*>")


@dataclass(frozen=True)
class Quantity:
    """A quantity of alike.yaml. metric: its path, as prose binds it; percent: whether it is shown in percent. said,
    cell: patterns of sentences and of table cells, each with the number as its only group."""

    metric: str
    percent: bool
    said: tuple[re.Pattern[str], ...]
    cell: tuple[re.Pattern[str], ...]


@cache
def quantities() -> tuple[Quantity, ...]:
    """The quantities of alike.yaml."""
    rows = yaml.safe_load(Path(__file__).with_name("alike.yaml").read_text(encoding="utf-8"))
    return tuple(
        Quantity(row["metric"], row.get("percent", False), *(_patterns(row, key) for key in ("said", "cell")))
        for row in rows
    )


def _patterns(row: dict, key: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of a phrase: #n is the number sought, # any other; a lone # is the number sought."""
    marked = (phrase if "#n" in phrase else phrase.replace("#", "#n", 1) for phrase in row.get(key, ()))
    bars = (phrase.replace(" | ", r" \| ") for phrase in marked)
    return tuple(
        re.compile(rf"(?<![\d.,])(?:{phrase.replace('#n', f'({NUMBER})').replace('#', NUMBER)})") for phrase in bars
    )


def one_quantity_has_one_figure(subject: Subject) -> Iterator[Finding]:
    """Wherever the book gives a listed quantity, it is the metric, to the decimals shown. Where there is no such
    metric, as for a claim that cannot be assessed, it is the value that the book gives first."""
    texts, tables = sentences(subject), cells(subject)
    for quantity in quantities():
        given = list(_given(quantity, texts, tables, subject))
        value, whose = _value(subject, quantity), f"the metric {quantity.metric} is"
        if value is None and given:
            first, _, number = given[0]
            value, whose = float(number), f"there is no metric {quantity.metric}, and {first} gives"
        for place, shown, number in given:
            if value is not None and not agrees(number, shown, value):
                yield Finding(place, f"it gives {shown} where {whose} {value:g}", FIX)


def _value(subject: Subject, quantity: Quantity) -> float | None:
    """The metric as shown, in percent if it is shown so; None where the study has none."""
    try:
        value = book.lookup(subject.paths, quantity.metric)
    except InputError:
        return None
    return value * (100 if quantity.percent else 1) if isinstance(value, int | float) else None


def _given(
    quantity: Quantity, texts: dict[str, str], tables: dict[str, str], subject: Subject
) -> Iterator[tuple[str, str, str]]:
    """Each place that gives a quantity, the number as written there, and in plain digits with a decimal point."""
    for patterns, sources in ((quantity.said, texts), (quantity.cell, tables)):
        for place, text in sources.items():
            for found in (found for pattern in patterns for found in pattern.finditer(text)):
                name = place.removeprefix(f"{SITE}/").removesuffix(".html")
                yield place, found[1], plain_number(found[1], subject.language(name))


def plain_number(shown: str, language: str) -> str:
    """A number of a page without thousands separators and with a decimal point. language: of the page."""
    thousands, decimal = (".", ",") if language == "id" else (",", ".")
    return shown.replace(thousands, "").replace(decimal, ".").replace("−", "-").removeprefix("+")


def agrees(number: str, shown: str, value: float) -> bool:
    """Whether a number is the value rounded to its decimals; without a sign, words may say that it is negative."""
    half = 0.5 * 10 ** -len(number.partition(".")[2]) + 1e-9
    given = float(number)
    signed = shown[0] in "-−+"
    return abs(given - (value if signed else abs(value))) <= half


def sentences(subject: Subject) -> dict[str, str]:
    """The text of each built page, without tables, code and drawings, in single spaces."""
    return {
        page: " ".join(html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", downloads.bare(text)))).split())
        for page, text in subject.site.items()
    }


def cells(subject: Subject) -> dict[str, str]:
    """The rows of each downloadable table, one line each: page | row | column: cell | column: cell."""
    folder = subject.root / SITE / downloads.FOLDER
    return {
        subject.name(path): "\n".join(_lines(path, path.stem.rpartition("-table-")[0]))
        for path in sorted(folder.glob("*-table-*.csv"))
    }


def _lines(path: Path, page: str) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    for row in rows:
        named = (f"{column}: {cell}" for column, cell in zip(columns[1:], row[1:], strict=False))
        yield " | ".join((page, row[0] if row else "", *named))
