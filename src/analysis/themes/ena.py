"""Epistemic network analysis: which codes people connect within a stretch of talk (Shaffer, Collier and Ruis 2016).

The algorithm is that of rENA 0.2.7 with `center.align.to.origin = TRUE`; results agree with it up to the sign of a
dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError

WEIGHTS = ("binary", "product")
ROTATIONS = ("svd", "means")
FITTED_DIMENSIONS = 2
ROUNDING = 1e-12  # share of all variation below which points differ by rounding alone


@dataclass
class EpistemicNetwork:
    """A model of how units connect codes; call `fit` on coded rows.

    units: columns that together name a unit (a person, or a person in a condition); labels are joined by a full stop.
    conversations: columns that define conversations; connections do not cross from one to another. Rows of a
        conversation need not be adjacent, but must be in order.
    codes: columns of codes, 0 or more (0 and 1 as a rule).
    window: rows in the stanza, the row itself included; "infinite" (all earlier rows of the conversation) or
        "conversation" (codes summed over each conversation and unit, no stanza).
    forward: rows after the row that belong to its stanza too.
    weight: "binary" (a connection is there in a row or not) or "product" (the product of the codes' counts).
    rotation: "svd", or "means" with groups=(column, first, second): the first dimension runs from the first group's
        mean to the second's; column has one value per unit; units of other groups are placed but do not determine the
        axis.

    After `fit`: adjacency (units x connections, summed), lines (the same at unit length), points (units x dimensions),
    nodes (codes x dimensions), centroids (units x dimensions), axes (connections x dimensions), variance (share of each
    dimension), fit_pearson (points against centroids over all pairs of units, first two dimensions; nan where one does
    not vary).
    """

    units: Sequence[str]
    conversations: Sequence[str]
    codes: Sequence[str]
    window: int | str = 4
    forward: int = 0
    weight: str = "binary"
    rotation: str = "svd"
    groups: tuple[str, str, str] | None = None
    adjacency: pd.DataFrame = field(init=False, repr=False)
    lines: pd.DataFrame = field(init=False, repr=False)
    points: pd.DataFrame = field(init=False, repr=False)
    nodes: pd.DataFrame = field(init=False, repr=False)
    centroids: pd.DataFrame = field(init=False, repr=False)
    axes: pd.DataFrame = field(init=False, repr=False)
    variance: Floats = field(init=False, repr=False)
    fit_pearson: Floats = field(init=False, repr=False)

    def fit(self, rows: pd.DataFrame) -> Self:
        """Accumulate the rows and place units and codes. Raises InputError on unusable rows or settings."""
        columns = self.units, self.conversations, self.codes
        adjacency = accumulate(rows, *columns, window=self.window, forward=self.forward, weight=self.weight)
        return self.place(adjacency, unit_groups(rows, self.units, self.groups[0]) if self.groups else None)

    def place(self, adjacency: pd.DataFrame, labels: NDArray[np.str_] | None = None) -> Self:
        """Place units whose connections have already been accumulated, such as a subset of the units.

        adjacency: units x connections, as from accumulate. labels: for "means", each unit's value of the column.
        """
        if self.rotation not in ROTATIONS or (self.rotation == "means") != (self.groups is not None):
            raise InputError(
                f"rotation {self.rotation!r} with groups {self.groups!r} cannot be used",
                fix='Use rotation="svd" without groups, or rotation="means" with groups=(column, first, second).',
            )
        self.adjacency = adjacency
        lines = unit_length(adjacency.to_numpy(dtype=float))
        centred = centre(lines)
        axes, names = self._rotate(centred, labels)
        points = centred @ axes
        if np.abs(points).max(initial=0.0) < np.sqrt(ROUNDING):
            raise InputError("all units connect the same codes to the same degree, so that nothing distinguishes them")
        nodes, centroids = place_nodes(lines, points, len(self.codes))
        units, connections = adjacency.index, adjacency.columns
        self.lines = pd.DataFrame(lines, index=units, columns=connections)
        self.axes = pd.DataFrame(axes, index=connections, columns=names)
        self.points = pd.DataFrame(points, index=units, columns=names)
        self.nodes = pd.DataFrame(nodes, index=pd.Index(self.codes, name="code"), columns=names)
        self.centroids = pd.DataFrame(centroids, index=units, columns=names)
        self.variance = (points**2).sum(axis=0) / (points**2).sum()
        noise = ROUNDING * len(points) * float((points**2).sum())
        fitted = range(min(FITTED_DIMENSIONS, len(names)))
        self.fit_pearson = np.array([_pairwise_pearson(points[:, d], centroids[:, d], noise) for d in fitted])
        return self

    def _rotate(self, centred: Floats, labels: NDArray[np.str_] | None) -> tuple[Floats, list[str]]:
        if self.groups is None or labels is None:
            axes = svd_axes(centred)
            return axes, [f"SVD{i + 1}" for i in range(axes.shape[1])]
        _, first, second = self.groups
        axes = means_axes(centred, labels == str(first), labels == str(second))
        return axes, ["MR1", *(f"SVD{i + 1}" for i in range(1, axes.shape[1]))]


def accumulate(
    rows: pd.DataFrame,
    units: Sequence[str],
    conversations: Sequence[str],
    codes: Sequence[str],
    *,
    window: int | str = 4,
    forward: int = 0,
    weight: str = "binary",
) -> pd.DataFrame:
    """Connections summed over the rows of each unit: units (in order of appearance) x pairs of codes, "A & B".

    A row's connections are the products of its stanza's code counts, less those of the stanza's earlier rows alone and
    of its later rows alone; binary: any positive count is 1. Parameters as in EpistemicNetwork. As in rENA, where fewer
    than `forward` rows follow before the conversation ends, the lacking number of latest earlier rows is not
    subtracted.
    """
    values = _code_values(rows, codes)
    unit, labels = _keys(rows, units)
    conversation, _ = _keys(rows, conversations)
    _check_settings(window, forward, weight)
    if window == "conversation":
        group, keys = pd.factorize(conversation * len(labels) + unit)
        counts, unit = np.stack([np.bincount(group, weights=line) for line in values]), keys % len(labels)
        connections = np.stack([counts[a] * counts[b] for a, b in pairs(len(counts))])
        connections = connections > 0 if weight == "binary" else connections
    else:
        order = np.argsort(conversation, kind="stable")
        values, unit = values[:, order], unit[order]
        stanzas = _stanzas(conversation[order], order.size if window == "infinite" else int(window), forward)
        # presence is counted in whole numbers, so that no rounding can make a connection
        connections = _differences((values > 0).astype(np.int64), *stanzas) > 0
        if weight == "product":
            connections = np.where(connections, _differences(values, *stanzas), 0)
    sums = np.stack([np.bincount(unit, weights=line, minlength=len(labels)) for line in connections], axis=1)
    if weight == "binary" or values.dtype == np.int64:
        sums = sums.astype(np.int64)
    return pd.DataFrame(sums, index=pd.Index(labels, name="unit"), columns=connection_names(codes))


def connection_names(codes: Sequence[str]) -> list[str]:
    """Names of the pairs of codes in upper-triangle column order: 1 & 2, 1 & 3, 2 & 3, 1 & 4, ..."""
    return [f"{codes[a]} & {codes[b]}" for a, b in pairs(len(codes))]


def pairs(n: int) -> list[tuple[int, int]]:
    """Pairs (a, b), a < b, of n codes in upper-triangle column order."""
    return [(a, b) for b in range(1, n) for a in range(b)]


def unit_length(adjacency: Floats) -> Floats:
    """Each row divided by its Euclidean length; an all-zero row stays zero."""
    length = np.linalg.norm(adjacency, axis=1, keepdims=True)
    return np.divide(adjacency, length, out=np.zeros_like(adjacency), where=length > 0)


def centre(lines: Floats) -> Floats:
    """Rows less the mean of the non-zero rows; all-zero rows stay at the origin.

    Raises InputError below two non-zero rows.
    """
    connected = lines.any(axis=1)
    if connected.sum() < 2:
        raise InputError(
            f"{connected.sum()} of {len(lines)} units connect two codes within a window; a network needs at least 2",
            fix="Widen the window, or use more codes or rows.",
        )
    centred = np.zeros_like(lines)
    centred[connected] = lines[connected] - lines[connected].mean(axis=0)
    return centred


def svd_axes(centred: Floats) -> Floats:
    """Right singular vectors as columns, largest variance first, each with its largest loading positive."""
    axes = np.linalg.svd(centred, full_matrices=False)[2].T
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return axes * np.where(largest < 0, -1.0, 1.0)


def means_axes(centred: Floats, first: Flags, second: Flags) -> Floats:
    """Means rotation: from the first group's mean to the second's, then the singular vectors of what is left.

    first, second: which rows belong to the groups. Raises InputError when a group is empty or the means are the same.
    """
    if not first.any() or not second.any():
        raise InputError(f"the groups have {first.sum()} and {second.sum()} units; both need at least one")
    axis = centred[second].mean(axis=0) - centred[first].mean(axis=0)
    length = np.linalg.norm(axis)
    if length < 1e-12:
        raise InputError(
            "the two groups have the same mean network, so there is no axis between them", fix='Use rotation="svd".'
        )
    axis /= length
    orthogonal = np.linalg.qr(axis[:, None], mode="complete")[0][:, 1:]
    return np.column_stack([axis, orthogonal @ svd_axes(centred @ orthogonal)])


def place_nodes(lines: Floats, points: Floats, n_codes: int) -> tuple[Floats, Floats]:
    """Positions of codes such that units' weighted means of them are as close as possible to their points; those means.

    lines: shape (units, connections), unit length. points: shape (units, dimensions). Returns nodes (n_codes,
    dimensions) and centroids (units, dimensions). Each connection gives half of its weight to each of its codes; least
    squares, no intercept.
    """
    weights = np.zeros((len(lines), n_codes))
    for column, (a, b) in enumerate(pairs(n_codes)):
        weights[:, a] += lines[:, column] / 2
        weights[:, b] += lines[:, column] / 2
    total = np.abs(weights).sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=weights, where=total > 0)
    nodes = np.linalg.lstsq(weights, points, rcond=None)[0]
    return nodes, weights @ nodes


def unit_groups(rows: pd.DataFrame, units: Sequence[str], column: str) -> NDArray[np.str_]:
    """The value of a column for each unit, in order of appearance. Raises InputError when it varies within a unit."""
    unit, labels = _keys(rows, units)
    value, _ = _keys(rows, [column])
    first = np.unique(unit, return_index=True)[1]
    varies = np.flatnonzero(value != value[first][unit])
    if varies.size:
        raise InputError(
            f"column {column!r} has more than one value for the unit {labels[unit[varies[0]]]!r}",
            fix=f"Add {column!r} to units, or group by a column that does not change within a unit.",
        )
    return rows[column].iloc[first].astype(str).to_numpy(dtype=str)


def _check_settings(window: int | str, forward: int, weight: str) -> None:
    whole = isinstance(window, (int, np.integer)) and not isinstance(window, bool) and window >= 1
    if not whole and window not in ("infinite", "conversation"):
        raise InputError(
            f"window {window!r} cannot be used", fix='Give a whole number from 1, "infinite" or "conversation".'
        )
    if not isinstance(forward, (int, np.integer)) or forward < 0 or (forward and window == "conversation"):
        raise InputError(
            f"forward {forward!r} cannot be used with window {window!r}", fix="Give a whole number from 0."
        )
    if weight not in WEIGHTS:
        raise InputError(f"weight {weight!r} cannot be used", fix=f"Give one of {', '.join(WEIGHTS)}.")


def _code_values(rows: pd.DataFrame, codes: Sequence[str]) -> Ints | Floats:
    """Codes x rows; whole numbers where they are whole, so that sums are exact."""
    _check_columns(rows, codes)
    if len(codes) < 2 or len(set(codes)) < len(codes):
        raise InputError(f"connections need at least two different codes, not {list(codes)}")
    try:
        values = rows[list(codes)].to_numpy(dtype=float).T
    except (TypeError, ValueError) as error:
        raise InputError(
            f"a code column does not hold numbers: {error}", fix="Code columns hold 0 and 1, or counts."
        ) from error
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        code, row = np.argwhere(bad)[0]
        raise InputError(
            f"code {codes[code]!r} is {values[code, row]} in row {row}", fix="Codes are 0 or more, never missing."
        )
    whole = values.astype(np.int64)
    return whole if (whole == values).all() else values


def _check_columns(rows: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in rows.columns]
    if missing or not columns or not len(rows):
        raise InputError(
            f"{len(rows)} rows with columns {list(rows.columns)}, where the columns {list(columns)} are needed",
            fix=f"Missing: {', '.join(missing)}." if missing else "Give at least one row and one column.",
        )


def _keys(rows: pd.DataFrame, columns: Sequence[str]) -> tuple[Ints, list[str]]:
    """A number for each row's combination of values, in order of appearance, and the combinations' labels."""
    _check_columns(rows, columns)
    key = np.zeros(len(rows), dtype=np.int64)
    for name in columns:
        codes, levels = pd.factorize(rows[name])
        if (codes < 0).any():
            raise InputError(
                f"column {name!r} is missing in row {int(np.argmax(codes < 0))}", fix="Leave such rows out first."
            )
        key, _ = pd.factorize(key * len(levels) + codes)
    first = rows.loc[~pd.Series(key).duplicated().to_numpy(), list(columns)]
    labels = [".".join(map(str, values)) for values in first.itertuples(index=False)]
    if len(set(labels)) < len(labels):
        raise InputError(
            f"two combinations of {list(columns)} have the same label", fix="Take full stops out of their values."
        )
    return key.astype(np.int64), labels


def _stanzas(conversation: Ints, window: int, forward: int) -> tuple[Ints, Ints, Ints, Ints]:
    """For each row (in order of conversations): where its stanza begins, where the earlier rows to subtract end, where
    the later ones begin, and where the stanza ends."""
    row = np.arange(conversation.size)
    bounds = np.flatnonzero(np.diff(conversation, prepend=-1, append=-1))
    opening = np.repeat(bounds[:-1], np.diff(bounds))
    ending = np.repeat(bounds[1:], np.diff(bounds))
    start = np.maximum(row - window + 1, opening)
    stop = np.minimum(row + forward + 1, ending)
    lacking = forward - (stop - row - 1)
    return start, np.maximum(row - lacking, start), row + 1, stop


def _differences(values: Ints | Floats, start: Ints, head: Ints, after: Ints, stop: Ints) -> Ints | Floats:
    """Connections x rows: products of each stanza's sums, less those of its earlier and of its later rows alone."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    before, early, late, whole = (sums.take(place, axis=1) for place in (start, head, after, stop))
    early -= before
    late = whole - late
    whole -= before
    return np.stack([whole[a] * whole[b] - early[a] * early[b] - late[a] * late[b] for a, b in pairs(len(values))])


def _pairwise_pearson(x: Floats, y: Floats, noise: float) -> float:
    """Correlation of x_i - x_j with y_i - y_j over all pairs i < j, from sums alone; nan where one does not vary, or by
    no more than rounding does (noise)."""
    spread = _pairwise_covariance(x, x), _pairwise_covariance(y, y)
    return float(_pairwise_covariance(x, y) / np.sqrt(np.prod(spread))) if min(spread) > noise else float("nan")


def _pairwise_covariance(x: Floats, y: Floats) -> float:
    """Sum over pairs i < j of the products of differences, less the product of their sums over the number of pairs."""
    n = x.size
    order = n - 1 - 2 * np.arange(n)  # how often a value is first in a pair, less how often second
    return float(n * (x @ y) - x.sum() * y.sum() - (order @ x) * (order @ y) * 2 / (n * (n - 1)))
