"""The book's list of numbers: each metric with its key, its file and line, and the rows it comes from."""

from __future__ import annotations

import html
from collections.abc import Iterator

from analysis import wording
from analysis.trace import origins
from analysis.trace.metrics import Names
from analysis.trace.origins import Origin, Selection, taken
from analysis.trace.trail import Tracer

HEADS = ("Key", "Value", "Line", "Comes from")


def numbers_table(tracer: Tracer, step: str) -> str:
    """Every number of a step's metrics, folded, as HTML, without texts and truth values."""
    held = ((names, value, line) for names, value, line in tracer.held(step) if _is_number(value))
    rows = [_row(tracer, step, *each) for each in held]
    heads = "".join(f'<th scope="col">{name}</th>' for name in HEADS)
    title = f"metrics/{step}.json: {wording.count(len(rows), 'number')}"
    table = f'<table class="guyub numbers"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f'<details class="paths"><summary>{title}</summary><div class="guyub-table">{table}</div></details>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _row(tracer: Tracer, step: str, names: Names, value: object, line: int) -> str:
    key = ".".join((step, *names))
    origin = origins.origin(step, names, tracer.values)
    words = "; ".join(_text(each) for each in sources(origin)) if origin else "the step's notebook"
    return f"<tr><td><code>{_text(key)}</code></td><td>{value}</td><td>{line}</td><td>{words}</td></tr>\n"


def sources(origin: Origin) -> Iterator[str]:
    """Where a metric comes from, in clauses: the rows, the function, or the metric that it copies."""
    if origin.rows:
        over = f", divided by how many rows of {_rows(origin.over)}" if origin.over else ""
        yield f"{taken(origin.take)} {_rows(origin.rows)}{over}"
    if origin.stage:
        yield f"{'.'.join(origin.stage.split('.')[1:])} from {wording.listed(map(_rows, origin.inputs))}"
    if origin.parameter:
        yield f"parameter {origin.parameter}"
    if origin.metric:
        yield origin.metric
    if origin.file:
        yield origin.file


def _rows(rows: Selection) -> str:
    words = rows.words()
    return f"{rows.of} where {words}" if words else rows.of


def _text(text: str) -> str:
    """Text as HTML that may break at dots and slashes."""
    return html.escape(text).replace("/", "/<wbr>").replace(".", ".<wbr>")
