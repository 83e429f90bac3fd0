"""Do two groups connect codes differently? A permutation test for means-rotated networks, and its effect size.

The axis of a means rotation is drawn through the two groups' means, so it separates any two groups, random ones too.
The axis is therefore refitted for each permutation: the null has the same freedom as the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis import resample
from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.themes.ena import centre

AT_ONCE = 200  # permutations held in memory together


@dataclass(frozen=True)
class Comparison:
    """A comparison of two groups of units.

    effect: Cohen's d between the groups on their own axis; null: the same for relabelled groups, shape (permutations,);
    by_chance: its mean (the effect of fitting the axis alone); p: one-sided, axis refitted; first, second: number of
    units; strata: number of strata in which labels are exchanged.
    """

    effect: float
    by_chance: float
    p: float
    first: int
    second: int
    strata: int
    null: Floats


def compare_groups(
    lines: ArrayLike, second: ArrayLike, *, strata: ArrayLike | None = None, permutations: int = 1000, seed: int = 0
) -> Comparison:
    """Compare two groups of units by relabelling them, with the means rotation refitted each time.

    lines: shape (units, connections), unit length, as EpistemicNetwork.lines. second: shape (units,), which units are
    of the second group; the others are of the first. strata: shape (units,); labels are exchanged within a stratum only
    (a member in two settings is a stratum of two). Raises InputError when a group has fewer than two units, or when no
    label can be exchanged.
    """
    centred, labels = centre(np.asarray(lines, dtype=float)), np.asarray(second, dtype=bool)
    if min(labels.sum(), (~labels).sum()) < 2:
        raise InputError(f"the groups have {(~labels).sum()} and {labels.sum()} units; a comparison needs two of each")
    stratum = np.zeros(labels.size, dtype=np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    mixed = np.array([0 < labels[stratum == s].mean() < 1 for s in range(stratum.max() + 1)])
    if not mixed.any():
        raise InputError("no stratum holds units of both groups, so no label can be exchanged")
    observed = effects(centred, labels[None])[0]
    rng = np.random.default_rng(seed)
    sizes = np.diff(np.append(np.arange(0, permutations, AT_ONCE), permutations))
    null = np.concatenate([effects(centred, relabelled(labels, stratum, int(n), rng)) for n in sizes])
    p, units = resample.p_greater(null, observed), (int((~labels).sum()), int(labels.sum()))
    return Comparison(float(observed), float(null.mean()), p, *units, int(mixed.sum()), null)


def relabelled(labels: Flags, stratum: Ints, draws: int, rng: np.random.Generator) -> Flags:
    """Labels exchanged at random within strata; shape (draws, units)."""
    home = np.argsort(stratum, kind="stable")
    keys = rng.random((draws, labels.size))
    order = np.lexsort((keys, np.broadcast_to(stratum, keys.shape)), axis=1)
    drawn = np.empty((draws, labels.size), dtype=bool)
    drawn[:, home] = labels[order]
    return drawn


def effects(centred: Floats, labels: Flags) -> Floats:
    """Cohen's d (pooled standard deviation) on the axis through the groups' means, for each row of labels.

    centred: shape (units, connections). labels: shape (draws, units), which units are of the second group.
    0 where the means are the same.
    """
    second = labels / labels.sum(axis=1, keepdims=True)
    first = ~labels / (~labels).sum(axis=1, keepdims=True)
    axis = second @ centred - first @ centred
    distance = np.linalg.norm(axis, axis=1)
    scores = np.divide(axis, distance[:, None], out=np.zeros_like(axis), where=distance[:, None] > 1e-12) @ centred.T
    squares = _sum_of_squares(scores, labels) + _sum_of_squares(scores, ~labels)
    pooled = np.sqrt(squares / (labels.shape[1] - 2))
    return np.divide(distance, pooled, out=np.zeros_like(distance), where=(distance > 1e-12) & (pooled > 0))


def _sum_of_squares(scores: Floats, group: Flags) -> Floats:
    """Squared deviations from the group's own mean, summed over the group; one value per row."""
    n = group.sum(axis=1)
    mean = (scores * group).sum(axis=1) / n
    return ((scores - mean[:, None]) ** 2 * group).sum(axis=1)
