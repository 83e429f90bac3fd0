"""The numbers of figures and tables in the chapters, by the anchors of the cells that show them, for references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from analysis import study
from analysis.book import chapter_page
from analysis.book.downloads import HELD, LABELS

FIGURE = re.compile(r'<figure class="guyub[^"]*"[^>]*>.*?</figure>', re.S)


def shown_in(cell: Any) -> list[tuple[str, str]]:
    """Kind (figure or table) and HTML of each that a cell of an executed notebook shows, except the page's checks."""
    texts = (output.get("data", {}).get("text/html", "") for output in cell.get("outputs", []))
    found = (figure for text in texts for figure in FIGURE.findall(text) if HELD not in figure)
    return [("table" if "<table" in figure else "figure", figure) for figure in found]


def labels_of(notebook: Any, chapter: str) -> Iterator[tuple[str, str]]:
    """Cell and label, such as "Figure 3.2", of each figure and table of a chapter, in the page's order.

    chapter: its name, as in 03-sharing.
    """
    count = dict.fromkeys(LABELS, 0)
    for cell in chapter_page.page_cells(notebook.cells, "", ()):
        for kind, _ in shown_in(cell):
            count[kind] += 1
            yield cell.get("id", ""), f"{LABELS[kind]} {int(chapter.partition('-')[0])}.{count[kind]}"


def labels(paths: study.Paths) -> dict[str, tuple[str, str]]:
    """Chapter and label by anchor: `sharing-cell-05`, and `sharing-cell-05|2` for the second one of a cell."""
    found: dict[str, tuple[str, str]] = {}
    for step in study.STEPS:
        place = paths.executed(step)
        if place.exists():
            for cell, label in labels_of(study.read_notebook(place), place.stem):
                anchor, number = f"{step}-{cell}", 1
                while (anchor if number == 1 else f"{anchor}|{number}") in found:
                    number += 1
                found[anchor if number == 1 else f"{anchor}|{number}"] = place.stem, label
    return found
