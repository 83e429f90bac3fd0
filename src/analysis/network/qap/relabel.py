"""Relations among the same members as vectors over dyads, their relabellings, and p-values among these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError

TIE = 1e-9
CELLS = 1_000_000  # numbers that one batch of relabelled relations holds


@dataclass(frozen=True)
class Dyads:
    """Relations as vectors over dyads, wave after wave: each ordered pair, or with directed=False each pair once."""

    n: int
    waves: int
    rows: Ints
    columns: Ints
    vectors: dict[str, Floats]

    @classmethod
    def of(cls, relations: Mapping[str, ArrayLike], directed: bool) -> Dyads:
        if not isinstance(directed, (bool, np.bool_)):
            raise InputError(f"directed must be True or False, not {directed!r}")
        _check_labels(relations)
        stacks = {name: _stack(name, relation) for name, relation in relations.items()}
        sizes = {stack.shape for stack in stacks.values()}
        if len(sizes) != 1:
            shapes = ", ".join(f"{name} {np.shape(relation)}" for name, relation in relations.items())
            raise InputError(f"relations must be among the same members, but the shapes differ: {shapes}")
        waves, n, _ = sizes.pop()
        if n < 3:
            raise InputError(f"{n} members are too few to relabel", fix="Give relations among at least 3 members.")
        for name, stack in stacks.items():
            if not (directed or np.allclose(stack, np.swapaxes(stack, 1, 2), rtol=0, atol=TIE, equal_nan=True)):
                what = f"the relation {name} is not symmetric, so it is not undirected"
                raise InputError(what, fix="Use directed=True, or add the matrix to its transpose.")
        rows, columns = np.nonzero(~np.eye(n, dtype=bool)) if directed else np.triu_indices(n, 1)
        vectors = {name: stack[:, rows, columns].ravel() for name, stack in stacks.items()}
        return cls(n, waves, rows, columns, vectors)

    def complete(self, names: list[str]) -> Flags:
        """Which dyads are missing in none of the relations, shape (dyads,)."""
        return complete(np.column_stack([self.vectors[name] for name in names]))

    def relabelled(self, vectors: list[Floats], orders: Ints) -> Iterator[list[Floats]]:
        """Each relation under each relabelling, all waves alike: for each batch, one block (batch, dyads) per
        vector."""
        flat = [self._flat(vector) for vector in vectors]
        batches = np.clip(len(orders) * self.rows.size * self.waves // CELLS, 1, len(orders))  # so no batch is empty
        for order in np.array_split(orders, batches):
            cells = self._cells(order)
            taken = (np.take(stack, cells, axis=1, mode="clip") for stack in flat)
            yield [np.moveaxis(block, 0, 1).reshape(len(order), -1) for block in taken]

    def _flat(self, vector: Floats) -> Floats:
        """The relation as matrices, flattened: shape (waves, n * n)."""
        stack = np.full((self.waves, self.n, self.n), np.nan)
        stack[:, self.columns, self.rows] = vector.reshape(self.waves, -1)  # mirrored values; if directed, the
        stack[:, self.rows, self.columns] = vector.reshape(self.waves, -1)  # next line overwrites them
        return stack.reshape(self.waves, -1)

    def _cells(self, order: Ints) -> Ints:
        """Where each dyad's value is in a flattened matrix after relabelling: shape (batch, dyads of a wave)."""
        if self.rows.size < self.n * (self.n - 1):
            return order[:, self.rows] * self.n + order[:, self.columns]
        square = (order[:, :, None] * self.n + order[:, None, :]).reshape(len(order), -1)
        return square[:, 1:].reshape(len(order), self.n - 1, self.n + 1)[:, :, :-1].reshape(len(order), -1)


def complete(columns: Floats) -> Flags:
    """Which rows have no missing value."""
    return np.asarray(~np.isnan(columns).any(axis=1))


def _stack(name: str, relation: ArrayLike) -> Floats:
    """The relation as shape (waves, n, n)."""
    try:
        stack = np.asarray(relation, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"the relation {name} does not hold numbers only: {error}") from None
    stack = stack[None] if stack.ndim == 2 else stack
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2]:
        raise InputError(f"the relation {name} must be a square matrix, but its shape is {np.shape(relation)}")
    if np.isinf(stack[:, ~np.eye(stack.shape[1], dtype=bool)]).any():
        raise InputError(f"the relation {name} holds an infinite value", fix="Mark missing dyads with NaN.")
    return stack


def _check_labels(relations: Mapping[str, ArrayLike]) -> None:
    """Labelled relations must name the same members in the same order, along rows and columns."""
    frames = {name: relation for name, relation in relations.items() if isinstance(relation, pd.DataFrame)}
    first = next(iter(frames.values()), pd.DataFrame()).index
    for name, frame in frames.items():
        if not (frame.index.equals(frame.columns) and frame.index.equals(first)):
            what = f"the relation {name} does not name the same members in the same order as the others"
            raise InputError(what, fix="Reindex every relation, rows and columns, by one list of members.")


def varying(values: Floats, name: str) -> Floats:
    """The values. Raises InputError when they do not vary."""
    if values.size == 0 or np.ptp(values) == 0:
        raise InputError(f"the relation {name} is the same in every dyad, so nothing can correlate with it")
    return values


def relabellings(n: int, permutations: int, seed: int) -> Ints:
    """Random orders of n members, shape (permutations, n). Raises InputError for fewer than one."""
    if not isinstance(permutations, (int, np.integer)) or permutations < 1:
        raise InputError(f"permutations must be a whole number of at least 1, not {permutations}")
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)


def p_values(null: Floats, observed: float) -> tuple[float, float, float]:
    """p greater, less and two-sided. A relabelling without a fit (NaN) counts as extreme, which can only raise p."""
    counts = (~(null < observed - TIE), ~(null > observed + TIE), ~(np.abs(null) < abs(observed) - TIE))
    greater, less, two_sided = ((np.sum(extreme) + 1) / (null.size + 1) for extreme in counts)
    return float(greater), float(less), float(two_sided)
