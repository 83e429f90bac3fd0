"""Downloads from the built pages: each figure as SVG, each table as CSV with the meaning of its columns.

They are made from the finished page alone. So a download holds what the page shows and nothing else, equal pages
give equal bytes, and `guyub verify` makes every file again from its page. Columns are described as in CSV on the Web
(W3C, Metadata Vocabulary for Tabular Data): x.csv by x.json, which programs find by its name. Figures
and tables are numbered by page: 3.2 in the third chapter, B.1 on the second other page that has any.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from analysis import study
from analysis.book import citation, study_yaml

FOLDER = "_downloads"
CHAPTERS = "executed/"
UNNUMBERED = ("index", "ringkasan", "brief", "brief-id", "cite")  # one figure or table each, which needs no number
LABELS = {"figure": "Figure", "table": "Table"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HELD = "Checks made when this page was run."  # caption of the table of a page's own checks (analysis.figures)
MISSING = "–"  # what a page's table shows for a missing value
GENERAL = "What the column's name says; the table's title says of what."
MARGIN, LINE, SMALL = 16, 17, 13  # SVG units: margin of a figure on its own, a line of its title, one of its caption
LETTER = 0.62  # width of a letter, as a share of its size
FONT = "DejaVu Sans, Verdana, sans-serif"
STYLE = (  # for drawings that get their colours from a page's style sheet
    ".arc{fill:none;stroke:#0072b2;stroke-width:1.5;opacity:.6}circle,.most{fill:#0072b2}"
    ".some{fill:#0072b2;fill-opacity:.4}.none{fill:none;stroke:#5f6670;stroke-width:1.5}"
    "text{fill:#262626;font-family:DejaVu Sans,Verdana,sans-serif}"
)

_SHOWN = re.compile(
    r'<figure class="guyub[^"]*"[^>]*>.*?</figure>|<div class="guyub-table docutils container">.*?</table>\s*</div>\s*'
    r"</div>",
    re.S,
)
_ADDED = re.compile(r'<span class="number-of">[^<]*</span> |<p class="take">.*?</p>', re.S)
_KIND = re.compile(r'<table class="guyub ([\w-]+)')  # of a table without a caption
_CAPTION = re.compile(r"<figcaption[^>]*>(.*?)</figcaption>", re.S)
_FINDING = re.compile(r'<p class="(?:finding|figure-title)">(.*?)</p>', re.S)
_ALT = re.compile(r'role="img" aria-label="([^"]*)"')
_SVG = re.compile(r"<svg\b([^>]*)>(.*?)</svg>", re.S)
_BOX = re.compile(r'viewBox="([^"]+)"')
_INNER = re.compile(r"<details\b.*?</details>|<[^>]+>", re.S)
_NUMBER = re.compile(r"[−-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_PERCENT = re.compile(rf"({_NUMBER.pattern})\s*%")


@dataclass(frozen=True)
class Exhibit:
    """A figure or table of a page. kind: figure or table, or the class of a table without a caption, such as ledger;
    number: its place among those of its kind, from 1."""

    kind: str
    number: int
    content: str

    @property
    def caption(self) -> str:
        """The text below it, without markup, a legend entry by entry; empty where there is none."""
        written = "".join(_CAPTION.findall(self.content)[:1])
        return _words(written.replace("</span><span>", "; ").replace("</span></span>", ". "))

    @property
    def finding(self) -> str:
        """The text above it, without markup."""
        return _words("".join(_FINDING.findall(self.content)[:1]))


@dataclass(frozen=True)
class Page:
    """A built page. name: its path without ending; text: as it was built, without what is added here; prefix: of
    its figures' and tables' numbers, None where they have none; words: the translator into its language."""

    name: str
    text: str
    prefix: str | None
    words: Callable[[str], str]

    @property
    def stem(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def shown(self) -> list[Exhibit]:
        """Its figures and tables in their order, the page's own checks left out."""
        found = [found[0] for found in _SHOWN.finditer(self.text) if HELD not in found[0]]
        return list(_numbered(found))

    def label(self, each: Exhibit) -> str:
        """What a figure or table is called, such as "Figure 3.2"; without a number where it or the page has none."""
        name = self.words(LABELS.get(each.kind, LABELS["table"]))
        return f"{name} {self.prefix}{each.number}" if self.is_numbered(each) else name

    def is_numbered(self, each: Exhibit) -> bool:
        """Whether it has a number: on pages that number, everything with a place for a caption does."""
        return self.prefix is not None and each.kind in LABELS

    def file(self, each: Exhibit, suffix: str) -> str:
        return f"{self.stem}-{each.kind}-{each.number}{suffix}"


def _numbered(found: Iterable[str]) -> Iterator[Exhibit]:
    count: Counter[str] = Counter()
    for content in found:
        kind = "table" if "<table" in content else "figure"
        if not content.startswith("<figure"):
            kind = _KIND.findall(content)[0]
        count[kind] += 1
        yield Exhibit(kind, count[kind], content)


def bare(text: str) -> str:
    """A page without the numbers and links that `dressed` adds."""
    return _ADDED.sub("", text)


def pages(texts: Mapping[str, str], words: Callable[[str], Callable[[str], str]]) -> list[Page]:
    """Built pages with the prefixes of their numbers. texts: HTML by name, in reading order; words: by name, the
    translator into the page's language."""
    listed, letters = [], iter(LETTERS)
    for name, text in texts.items():
        text, prefix = bare(text), None
        if name.startswith(CHAPTERS):
            prefix = f"{int(name.removeprefix(CHAPTERS).partition('-')[0])}."
        elif name not in UNNUMBERED and _SHOWN.search(text):
            prefix = f"{next(letters)}."
        listed.append(Page(name, text, prefix, words(name)))
    return listed


# A page with its links


def dressed(page: Page) -> str:
    """The page with a number in each caption, and links to downloads below each figure and table."""
    shown = iter(page.shown)

    def add(found: re.Match[str]) -> str:
        return found[0] if HELD in found[0] else _dressed(page, next(shown))

    return _SHOWN.sub(add, page.text)


def _dressed(page: Page, each: Exhibit) -> str:
    label, caption = page.label(each), _CAPTION.search(each.content)
    content, named = each.content, f'<span class="number-of">{label}.</span> ' if page.is_numbered(each) else ""
    if caption and named:
        content = content[: caption.start(1)] + named + content[caption.start(1) :]
    to_root = "../" * page.name.count("/")
    links = [
        f'<a download href="{to_root}{FOLDER}/{page.file(each, suffix)}" '
        f'aria-label="{label}: {page.words(what)}">{page.words(text)}</a>'
        for suffix, text, what in _offered(each)
    ]
    said = f"<span>{label}</span>" if named and not caption else ""
    return f'{content}<p class="take">{said}{" ".join(links)}</p>' if said or links else content


def _offered(each: Exhibit) -> tuple[tuple[str, str, str], ...]:
    """Ending, short label and long label of each file that is made from a figure or table."""
    if "<table" in each.content:
        return (
            (".csv", "CSV", "the table as CSV"),
            (".json", "columns", "what the columns of the CSV mean"),
        )
    return ((".svg", "SVG", "the figure as SVG"),) if _SVG.search(each.content) else ()


# Files


def files(page: Page, licence: str) -> dict[str, bytes]:
    """The downloads of a page, by file name."""
    made: dict[str, bytes] = {}
    for each in page.shown:
        if "<table" in each.content:
            rows = rows_of(each.content)
            made[page.file(each, ".csv")] = written(rows)
            made[page.file(each, ".json")] = described(page, each, rows, licence)
        elif _SVG.search(each.content):
            made[page.file(each, ".svg")] = standalone(each, page.label(each)).encode()
    return made


def everything(paths: study.Paths, listed: Iterable[Page]) -> dict[str, bytes]:
    """All downloads of a book, by file name."""
    licence = study_yaml.fact(study_yaml.load_study(paths), "licence")
    made = {name: raw for page in listed for name, raw in files(page, licence).items()}
    cited = citation.work(paths)
    return made | {name: write(cited).encode() for name, write in citation.FORMATS.values()}


class _Table(HTMLParser):
    """The rows of a table as text, a cell's blocks separated by semicolons."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = True
        elif tag in ("p", "li", "br", "div", "summary") and self._inside and self.rows[-1][-1].strip():
            self.rows[-1][-1] = f"{self.rows[-1][-1].rstrip().rstrip(';')}; "

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th", "tr")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def rows_of(content: str) -> list[list[str]]:
    """A table's rows, heads first: numbers as programs read them, empty where there is no value.

    A column is numeric if every value in it is a number; percentages lose their sign.
    """
    table = _Table()
    table.feed(content)
    table.close()
    rows = [[" ".join(cell.split()) for cell in row] for row in table.rows if row]
    width = max(map(len, rows), default=0)
    heads, *body = [row + [""] * (width - len(row)) for row in rows]
    columns = [_plain([cell if cell != MISSING else "" for cell in column]) for column in zip(*body, strict=True)]
    return [heads, *map(list, zip(*columns, strict=True))]


def _plain(column: list[str]) -> list[str]:
    """A column's values, as numbers without separators and signs where all of them are numbers."""
    for pattern in (_NUMBER, _PERCENT):
        if all(pattern.fullmatch(value) for value in column if value) and any(column):
            return [re.sub(r"[,%\s]", "", value).replace("−", "-") for value in column]
    return column


def written(rows: list[list[str]]) -> bytes:
    """A table as CSV: UTF-8, one line per row."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


def described(page: Page, each: Exhibit, rows: list[list[str]], licence: str) -> bytes:
    """The table's columns as a Data Resource: title, source, and the meaning and type of each column."""
    heads, body = rows[0], rows[1:]
    fields = [
        {"name": head, "type": _type(row[i] for row in body), "description": meaning(page.stem, heads, head)}
        for i, head in enumerate(heads)
    ]
    about: dict[str, Any] = {
        "profile": "tabular-data-resource",
        "name": page.file(each, ""),
        "path": page.file(each, ".csv"),
        "title": " ".join(filter(None, [f"{page.label(each)}.", each.caption])),
        "page": f"{page.name}.html",
        "licence": licence,
        "schema": {"fields": fields, "missingValues": [""]},
    }
    return (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()


def _type(values: Iterable[str]) -> str:
    """The type of a column by its values: integer, number or string."""
    given = [value for value in values if value]
    if given and all(re.fullmatch(r"-?\d+", value) for value in given):
        return "integer"
    return "number" if given and all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in given) else "string"


def meaning(page: str, heads: Iterable[str], head: str) -> str:
    """The meaning of a column of a page's table; GENERAL where none is written down."""
    there = set(heads)
    for rule in _dictionary():
        fits = page in rule.get("pages", [page]) and there.issuperset(rule.get("with", []))
        named = head in rule["columns"] if "columns" in rule else re.fullmatch(rule.get("like", ".*"), head)
        if fits and named:
            return rule["meaning"]
    return GENERAL


@cache
def _dictionary() -> list[dict[str, Any]]:
    return yaml.safe_load(Path(__file__).with_name("columns.yaml").read_text(encoding="utf-8"))


def standalone(each: Exhibit, label: str) -> str:
    """A figure as a file of its own: its finding above, its caption (with the source of the data) below, alt text."""
    attributes, body = _SVG.findall(each.content)[0]
    box = _BOX.search(attributes)
    x, y, width, height = map(float, (box[1] if box else "0 0 600 400").split())
    wide = max(width, 420.0)
    above = textwrap.wrap(each.finding, int(wide / (SMALL * LETTER)))
    below = textwrap.wrap(f"{label}. {each.caption}", int(wide / (0.8 * SMALL * LETTER)))
    top = MARGIN + LINE * len(above)
    whole = top + height + LINE * len(below) + 1.5 * MARGIN
    alt = html.unescape("".join(_ALT.findall(each.content)[:1])) or each.caption
    said = [_line(line, MARGIN + LINE * i + 12, SMALL, "bold") for i, line in enumerate(above)]
    said += [_line(line, top + height + LINE * (i + 1), 0.8 * SMALL, "normal") for i, line in enumerate(below)]
    lined = re.search(r'style="([^"]*)"', attributes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'viewBox="0 0 {wide + 2 * MARGIN:g} {whole:g}" width="{wide + 2 * MARGIN:g}" height="{whole:g}">\n'
        f"<title>{html.escape(each.finding or label)}</title>\n<desc>{html.escape(alt)}</desc>\n"
        f'<style>{STYLE}</style>\n<rect width="100%" height="100%" style="fill:#ffffff"/>\n{"".join(said)}'
        f'<svg x="{MARGIN}" y="{top:g}" width="{width:g}" height="{height:g}" viewBox="{x:g} {y:g} {width:g} '
        f'{height:g}" style="{lined[1] if lined else ""}">{body}</svg>\n</svg>\n'
    )


def _line(words: str, y: float, size: float, weight: str) -> str:
    style = f"font-family:{FONT};font-size:{size:g}px;font-weight:{weight};fill:#262626"
    return f'<text x="{MARGIN}" y="{y:g}" style="{style}">{html.escape(words)}</text>\n'


def _words(content: str) -> str:
    """HTML as one line of text."""
    return " ".join(html.unescape(_INNER.sub(" ", content)).split())
