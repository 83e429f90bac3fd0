"""Correlation of two relations, and least-squares regression of a relation on others, tested by relabelling members."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Ints
from analysis.network.dyadic import dyadic_errors, influence
from analysis.network.qap.model import DyadModel, Others, coefficient_table, inverse, masked, null_distribution, solved
from analysis.network.qap.relabel import Dyads, p_values, relabellings, varying


@dataclass(frozen=True)
class QapCorrelation:
    """Correlation of two relations over their dyads, and its p-values among relabelled ones (permuted, shape (R,))."""

    correlation: float
    p_greater: float
    p_less: float
    p_two_sided: float
    n_dyads: int
    permuted: Floats


@dataclass(frozen=True)
class Mrqap:
    """A regression over dyads. table: index term; coef, se, statistic, p_greater, p_less, p_two_sided.

    se and statistic (t or z) are the classical ones, valid only for independent dyads; the p-values do not rest on
    them. permuted: R rows, one column per term, the statistic under the null. robust_se: by term, standard errors that
    allow dyads with a common member to depend (Aronow et al. 2015). influence: shape (n_dyads, terms), what each dyad
    adds to the error of each coefficient. ends: shape (n_dyads, 2), the dyads' members.
    """

    table: pd.DataFrame
    r2: float
    n_dyads: int
    permuted: pd.DataFrame
    robust_se: pd.Series
    influence: Floats
    ends: Ints


def qap_correlation(
    a: ArrayLike, b: ArrayLike, *, directed: bool, permutations: int = 1000, seed: int = 0
) -> QapCorrelation:
    """Pearson correlation of two relations among the same members, tested by relabelling those of a (Krackhardt 1988).

    a, b: shape (n, n); the diagonal is not read, missing (NaN) dyads are left out. directed=False takes each pair once.
    Raises InputError when shapes differ, an undirected relation is not symmetric, or a relation is the same everywhere.
    """
    dyads = Dyads.of({"a": a, "b": b}, directed)
    rows = dyads.complete(["a", "b"])
    x, y = (varying(dyads.vectors[name][rows], name) for name in ("a", "b"))
    observed = float(np.corrcoef(x, y)[0, 1])
    batches = dyads.relabelled([dyads.vectors["a"]], relabellings(dyads.n, permutations, seed))
    centre, fixed = x.mean(), dyads.vectors["b"] - y.mean()
    null = np.concatenate([_correlations(block - centre, fixed) for (block,) in batches])
    return QapCorrelation(observed, *p_values(null, observed), n_dyads=int(rows.sum()), permuted=null)


def mrqap(
    y: ArrayLike, x: Mapping[str, ArrayLike], *, directed: bool, null: str = "dsp", permutations: int = 1000,
    seed: int = 0, test: Collection[str] | None = None, orders: ArrayLike | None = None
) -> Mrqap:  # fmt: skip
    """Least-squares regression of a relation on others, tested by relabelling members.

    y and every x: shape (n, n), or (waves, n, n) for several waves of the same members, which are then fitted
    together and relabelled alike; the diagonal is not read, a dyad missing (NaN) in any of them is left out of the fit.
    null: "dsp" (Dekker et al. 2007), "y" or "x". directed=False takes each pair once and requires symmetric matrices.
    test: the terms to test (all by default), the others' p-values and permuted columns are missing; this saves time.
    orders: the relabellings themselves, shape (R, n), in place of permutations drawn by the seed.
    Raises InputError on differing shapes, an asymmetric undirected relation, an unknown null, covariates that are
    combinations of each other, or a y that does not vary.
    """
    model = DyadModel.of(y, x, directed, null, test)
    design, observed = model.design[model.complete], model.y[model.complete]
    basis, triangle = np.linalg.qr(design)
    back = np.linalg.inv(triangle)
    coef = back @ (basis.T @ observed)
    rss = float(np.sum((observed - design @ coef) ** 2))
    se = np.sqrt(rss / (len(observed) - design.shape[1]) * np.sum(back**2, axis=1))
    total = float(np.sum((observed - observed.mean()) ** 2))
    dyads = model.dyads
    first, second = (np.tile(ends, dyads.waves)[model.complete] for ends in (dyads.rows, dyads.columns))
    influences = influence(design, observed - design @ coef)
    drawn = relabellings(dyads.n, permutations, seed) if orders is None else np.asarray(orders, dtype=np.intp)
    permuted = null_distribution(model, null, drawn, _t_of_one, _t_of_all)
    return Mrqap(
        table=coefficient_table(model, coef, se, permuted),
        r2=1 - rss / total,
        n_dyads=int(model.complete.sum()),
        permuted=pd.DataFrame(permuted, columns=model.terms),
        robust_se=pd.Series(dyadic_errors(influences, first, second), index=model.terms, name="robust_se"),
        influence=influences,
        ends=np.column_stack([first, second]),
    )


def _correlations(x: Floats, y: Floats) -> Floats:
    """Correlation of each row of x, shape (batch, dyads), with y, over the dyads missing in neither."""
    present = ~(np.isnan(x) | np.isnan(y))
    x, y = np.where(present, x, 0), np.where(present, y, 0)
    n = np.maximum(present.sum(axis=1), 1)
    sx, sy = x.sum(axis=1), y.sum(axis=1)
    xx, yy, xy = (np.einsum("bd,bd->b", a, b) for a, b in ((x, x), (y, y), (x, y)))
    sxx, syy = xx - sx**2 / n, yy - sy**2 / n
    both = np.where((sxx > 1e-12 * xx) & (syy > 1e-12 * yy), sxx * syy, np.nan)
    return (xy - sx * sy / n) / np.sqrt(both)


def _t_of_one(moved: Floats, others: Others) -> Floats:
    """t of the relabelled covariate given the others, by projecting it and y off them (Frisch, Waugh and Lovell)."""
    (moved, weight, complete), basis, y = masked(moved), others.basis, others.projected
    both = np.column_stack([basis, y])
    cross, total = moved @ both, np.einsum("bd,bd->b", moved, moved)
    with_basis, with_y, n = cross[:, :-1], cross[:, -1], weight.sum(axis=1)
    if complete:  # basis and projected y are orthogonal on the dyads at hand
        xx, xy, yy = total - np.sum(with_basis**2, axis=1), with_y, np.array([y @ y])
    else:
        grams = _grams(weight, both)
        sides, yy = np.stack([with_basis, grams[:, :-1, -1]], axis=2), grams[:, -1, -1]
        inner = np.einsum("bqi,bqj->bij", sides, solved(grams[:, :-1, :-1], sides))
        xx, xy, yy = total - inner[:, 0, 0], with_y - inner[:, 0, 1], yy - inner[:, 1, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(xx > 1e-12 * total, xy / xx, np.nan)
        t = slope / np.sqrt(np.maximum(yy - slope * xy, 0) / (n - basis.shape[1] - 1) / xx)
    return np.where(np.isfinite(t), t, np.nan)  # infinite where y does not vary on the dyads left: no fit


def _grams(weight: Floats, basis: Floats) -> Floats:
    """Products of every two columns, summed over the dyads that each row of weight keeps: shape (batch, q, q)."""
    q = basis.shape[1]
    rows, columns = np.triu_indices(q)
    grams = np.empty((len(weight), q, q))
    grams[:, rows, columns] = grams[:, columns, rows] = weight @ (basis[:, rows] * basis[:, columns])
    return grams


def _t_of_all(moved: Floats, design: Floats) -> Floats:
    """t of every term when each row of moved, shape (batch, dyads), is taken as y."""
    (basis, triangle), (moved, weight, _) = np.linalg.qr(design), masked(moved)
    q = basis.shape[1]
    inverses, back = inverse(_grams(weight, basis)), np.linalg.inv(triangle)
    cross = moved @ basis
    inner = np.einsum("bij,bj->bi", np.broadcast_to(inverses, (len(cross), q, q)), cross)
    total = np.einsum("bd,bd->b", moved, moved)
    rss = total - np.sum(cross * inner, axis=1)
    variance = np.einsum("ij,bjk,ik->bi", back, inverses, back)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.where(rss > 1e-12 * total, rss, np.nan) / (weight.sum(axis=1) - q))
        return (inner @ back.T) / (spread[:, None] * np.sqrt(variance))
