"""Counts of each tie's weights over drawn graphs, from which its mean and interval are computed.

A tie's weight in a graph is a small whole number with few distinct values, so the counts take far less memory than the
graphs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Self

import numpy as np

from analysis.arrays import Floats, Ints

WIDTH = 2**20  # above every weight, so that a cell and a weight fit into one number
AT_ONCE = 16  # graphs held before they are counted


@dataclass(frozen=True)
class Weighed:
    """Weights of ties and their counts. cell: of a tie, source times members plus target; weight: above 0; graphs: how
    many have this weight: (entries,) each, in order of cell and weight. draws: how many graphs there are."""

    cell: Ints
    weight: Ints
    graphs: Ints
    draws: int

    @classmethod
    def of(cls, drawn: Iterable[tuple[Ints, Ints]]) -> Self:
        """The counts over drawn graphs. drawn: for each graph the cells of its ties, each once, and their weights."""
        rest, draws = iter(drawn), 0
        entries, graphs = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        while part := [cell * WIDTH + weight for cell, weight in islice(rest, AT_ONCE)]:
            draws += len(part)
            added = [entries, *part]
            entries, place = np.unique(np.concatenate(added), return_inverse=True)
            times = np.append(graphs, np.ones(place.size - graphs.size, dtype=np.int64))
            graphs = np.bincount(place, weights=times).astype(np.int64)
        return cls(*np.divmod(entries, WIDTH), graphs, draws)

    def mean(self) -> tuple[Ints, Floats]:
        """The cells of the ties that any graph has, in order, and the mean of each over all graphs: (ties,) each."""
        cells, tie = np.unique(self.cell, return_inverse=True)
        return cells, np.bincount(tie, weights=self.weight * self.graphs, minlength=cells.size) / max(self.draws, 1)

    def interval(self, cells: Ints, confidence: float) -> Floats:
        """The percentiles of these cells over all graphs (interpolated linearly, as by NumPy): shape (2, cells)."""
        tail = (1 - confidence) / 2
        return np.array([self._quantile(cells, at) for at in (tail, 1 - tail)])

    def _quantile(self, cells: Ints, at: float) -> Floats:
        place = (self.draws - 1) * at
        below, above = (self._ranked(cells, int(rank)) for rank in (np.floor(place), np.ceil(place)))
        return below + (above - below) * (place - np.floor(place))

    def _ranked(self, cells: Ints, rank: int) -> Floats:
        """The weight of each of these cells at this rank (from 0) among the graphs, in ascending order."""
        first, end = (np.searchsorted(self.cell, cells, side) for side in ("left", "right"))
        before = np.append(0, self.graphs.cumsum())
        absent = self.draws - (before[end] - before[first])  # graphs without the tie
        entry = np.searchsorted(before, before[first] + rank - absent, side="right") - 1
        return np.where(rank < absent, 0, np.append(self.weight, 0)[entry]).astype(float)
