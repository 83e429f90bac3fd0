"""The sentences of every cell of the grid on tiny inputs, each step run once for what it depends on.

What a step depends on is declared in DEPENDS; `benchmarks/grid.py` runs every step of every cell, on larger inputs.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
from IPython.display import HTML

from analysis import figures, study, tables
from analysis.coding.floor import known_of_all

from . import chain, checker
from .cells import PARTNERSHIPS, Cell, community_of, write_raw

MESSAGES, MONTHS, MOST, MIN_POSITIVES = 160, 4, 20, 3
KNOWN = "codes known of all messages"  # of the codings, the step network takes these alone
DEPENDS = {
    "ingest": ("codings", "interviews", "members"),  # partnerships are read as they are: see Grid.ingest
    "coding": ("codings", "interviews", "members"),
    "sharing": ("codings", "members"),
    "network": (KNOWN, "members"),
    "partnership": ("codings", "partnerships", "members"),
    "themes": ("codings", "interviews", "members"),
    "recommendations": ("codings", "interviews", "members"),
    "claims": ("codings", "interviews", "partnerships", "members"),
}


class Grid:
    """Runs cells in folders of one place; remembers what each step wrote and said."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.done: dict[tuple, tuple[Path, list[str]]] = {}  # of a step and what it depends on: study, blocks
        self.sentences: set[str] = set()  # that any page computed

    @cache  # noqa: B019  # a grid lives as long as its tests
    def community(self, members: int) -> Any:
        """The chats of the cells with so many members."""
        return community_of(members, messages=MESSAGES, months=MONTHS)

    def read(self, cell: Cell) -> tuple[dict[str, list[str]], checker.Facts]:
        """What each chapter of the cell says, and its facts."""
        paths = chain.prepare(self.place / cell.name, most=MOST, min_positives=MIN_POSITIVES)
        pages = {}
        for step in chain.STEPS:
            if step == "recommendations":
                study.write_metrics(paths, "robustness", chain.OFF)
            pages[paths.notebook(step).stem] = self.step(paths, cell, step)
        return pages, checker.facts_of(paths)

    def step(self, paths: study.Paths, cell: Cell, step: str) -> list[str]:
        """What the step's page says; its results are in the cell's folder afterwards."""
        key = (step, *(known(paths) if name == KNOWN else getattr(cell, name) for name in DEPENDS[step]))
        if key not in self.done:
            if step == "ingest":
                largest = Cell(cell.codings, cell.interviews, max(PARTNERSHIPS), cell.members)
                write_raw(largest, self.community(cell.members), paths.raw)
            notebook = shown(paths, step)
            self.done[key] = (paths.root, checker.blocks_of_notebook(notebook))
            self.sentences.update(checker.sentences_of(notebook))
        source, blocks = self.done[key]
        if source != paths.root:
            shutil.copytree(study.Paths(source).processed(step), paths.processed(step))
            paths.metrics(step).parent.mkdir(exist_ok=True)
            shutil.copy(study.Paths(source).metrics(step), paths.metrics(step))
        if step == "ingest":
            partnerships(paths, cell.partnerships)
        return blocks


def known(paths: study.Paths) -> str:
    """The codes of the step network, as text."""
    coded = pd.read_parquet(paths.processed("coding") / "coded.parquet")
    rows = known_of_all(coded, pd.read_parquet(paths.processed("ingest") / "messages.parquet"))
    return rows.sort_values(["unit_id", "code"]).to_csv(index=False)


def partnerships(paths: study.Paths, count: int) -> None:
    """Leave so many partnerships in what ingest wrote, as if no more had been declared."""
    place = paths.processed("ingest") / "partnerships.parquet"
    kept = pd.read_parquet(place).head(count)
    tables.write(kept, place, tables.Partnerships)
    study.write_metrics(paths, "ingest", {**study.read_metrics(paths, "ingest"), "partnerships": len(kept)})


def shown(paths: study.Paths, step: str) -> Any:
    """A step's notebook with the sentences, titles and captions of its page; its tables are not rendered."""
    nothing = mock.Mock(return_value=HTML(""))
    with mock.patch.object(figures, "table", nothing), mock.patch.object(figures, "folded_table", nothing):
        return chain.executed(paths, step, drawn=False)
