"""A regression over dyads and its null distribution: the common part of the linear and the logistic test."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.network.qap.relabel import Dyads, complete, p_values, varying

NULLS = ("dsp", "y", "x")
INTERCEPT = "intercept"


@dataclass(frozen=True)
class DyadModel:
    """y (dyads,), the design (dyads, terms), intercept first; tested: places of terms; complete: dyads of the fit."""

    dyads: Dyads
    terms: list[str]
    tested: list[int]
    y: Floats
    design: Floats
    complete: Flags

    @classmethod
    def of(
        cls, y: ArrayLike, x: Mapping[str, ArrayLike], directed: bool, null: str, test: Collection[str] | None
    ) -> DyadModel:
        if null not in NULLS:
            raise InputError(f"unknown null {null!r}", fix=f"Use one of {', '.join(NULLS)}.")
        if not isinstance(x, Mapping):
            raise InputError(f"x must map names to relations, but it is a {type(x).__name__}")
        if not x or INTERCEPT in x or "y" in x:
            raise InputError(f"x must name at least one covariate, and none may be called {INTERCEPT!r} or 'y'")
        dyads = Dyads.of({"y": y, **x}, directed)
        design = np.column_stack([np.ones(dyads.vectors["y"].size), *(dyads.vectors[name] for name in x)])
        rows = dyads.complete(["y", *x])
        varying(dyads.vectors["y"][rows], "y")
        terms = [INTERCEPT, *x]
        _check_rank(design[rows], terms)
        if not set(terms).issuperset(test or ()):
            raise InputError(f"no such terms to test: {', '.join(sorted(set(test or ()) - set(terms)))}")
        tested = [place for place, term in enumerate(terms) if test is None or term in test]
        return cls(dyads, terms, tested, dyads.vectors["y"], design, rows)

    def others(self, term: int) -> Floats:
        return np.delete(self.design, term, axis=1)

    def residual(self, term: int) -> Floats:
        """Residual of the covariate given the others on the dyads that have all covariates; elsewhere missing."""
        whole = complete(self.design)
        others, column = self.others(term)[whole], self.design[whole, term]
        residual = np.full(column.size if whole.all() else whole.size, np.nan)
        residual[whole] = column - others @ np.linalg.lstsq(others, column, rcond=None)[0]
        return residual


def _check_rank(design: Floats, terms: list[str]) -> None:
    if design.shape[0] <= design.shape[1]:
        raise InputError(f"{design.shape[0]} dyads are too few for {design.shape[1]} terms")
    scale = np.abs(design).max(axis=0)
    if (scale == 0).any():
        raise InputError(f"the covariate {terms[int(np.argmin(scale))]} is 0 in every dyad")
    if np.linalg.matrix_rank(design / scale, tol=1e-9 * np.sqrt(len(design))) < design.shape[1]:
        what = f"the covariates {', '.join(terms[1:])} are not independent: one is constant or a combination of others"
        raise InputError(what, fix="Leave one of them out.")


def coefficient_table(model: DyadModel, coef: Floats, se: Floats, permuted: Floats) -> pd.DataFrame:
    """One row per term: coef, se, statistic (coef / se) and p-values, which only tested terms have.

    coef, se: shape (terms,). permuted: shape (R, terms), the statistics under each relabelling.
    """
    p, statistic = np.full((len(model.terms), 3), np.nan), coef / se
    p[model.tested] = [p_values(permuted[:, term], statistic[term]) for term in model.tested]
    names = ["coef", "se", "statistic", "p_greater", "p_less", "p_two_sided"]
    return pd.DataFrame(np.column_stack([coef, se, statistic, p]), pd.Index(model.terms, name="term"), names)


@dataclass(frozen=True)
class Others:
    """y and the other covariates, which stay in place while one is relabelled, on the dyads (rows) that have them.

    basis: orthonormal columns spanning the other covariates. y: unchanged; projected: y minus its fit on the basis.
    """

    rows: Flags
    basis: Floats
    y: Floats
    projected: Floats

    @classmethod
    def of(cls, others: Floats, y: Floats) -> Others:
        rows = complete(np.column_stack([others, y]))
        basis, _ = np.linalg.qr(others[rows])
        return cls(rows, basis, y[rows], y[rows] - basis @ (basis.T @ y[rows]))


OneTerm = Callable[[Floats, Others], Floats]
AllTerms = Callable[[Floats, Floats], Floats]


def null_distribution(model: DyadModel, null: str, orders: Ints, one: OneTerm, every: AllTerms) -> Floats:
    """The statistic of each term under each relabelling, shape (R, terms).

    one(relabelled covariate (batch, dyads), the others): the covariate's statistic, shape (batch,).
    every(relabelled y (batch, dyads), design): all statistics, shape (batch, terms).
    Dyads that a relabelling makes missing are NaN in the relabelled matrix.
    """
    if null == "y":
        fit = complete(model.design)
        batches = model.dyads.relabelled([model.y], orders)
        return np.concatenate([every(_at(block, fit), model.design[fit]) for (block,) in batches])
    moved = [model.residual(term) if null == "dsp" else model.design[:, term] for term in model.tested]
    others = [Others.of(model.others(term), model.y) for term in model.tested]
    batches = model.dyads.relabelled(moved, orders)
    permuted = np.full((len(orders), len(model.terms)), np.nan)
    permuted[:, model.tested] = np.concatenate([_side_by_side(one, blocks, others) for blocks in batches])
    return permuted


def _side_by_side(one: OneTerm, blocks: list[Floats], others: list[Others]) -> Floats:
    return np.column_stack([one(_at(block, fixed.rows), fixed) for block, fixed in zip(blocks, others, strict=True)])


def _at(block: Floats, rows: Flags) -> Floats:
    return block if rows.all() else block[:, rows]


def masked(block: Floats) -> tuple[Floats, Floats, bool]:
    """The block with 0 for missing values; weights, 1 for each dyad that is not missing; and whether none is missing.

    The weights have shape (batch, dyads), or (1, dyads) when none is missing. A batch of one relabelling has a single
    row of weights in either case, so only the flag says which.
    """
    if not np.isnan(np.sum(block)):
        return block, np.ones((1, block.shape[1])), True
    missing = np.isnan(block)
    return np.where(missing, 0, block), (~missing).astype(float), False


def solved(matrices: Floats, sides: Floats, singular: float = np.nan) -> Floats:
    """Solution of each symmetric linear system, shape (batch, q, sides); `singular` where there is none or many.

    A relabelling may leave dyads on which covariates are combinations of each other, when others are missing.
    """
    regular = np.linalg.matrix_rank(matrices, hermitian=True) == matrices.shape[-1]
    answer = np.full(sides.shape, singular)
    answer[regular] = np.linalg.solve(matrices[regular], sides[regular])
    return answer


def inverse(matrices: Floats) -> Floats:
    """Inverse of each symmetric matrix, shape (batch, q, q); missing where there is none."""
    return solved(matrices, np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape))
