"""Logistic regression of a yes-or-no relation on others, tested by relabelling members: many fits at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.arrays import Floats
from analysis.errors import InputError
from analysis.network.qap.model import DyadModel, Others, coefficient_table, inverse, masked, null_distribution, solved
from analysis.network.qap.relabel import relabellings

ITERATIONS = 30  # of Newton's method; a logistic fit that exists needs about 8


@dataclass(frozen=True)
class LogisticQap:
    """As Mrqap, for a yes-or-no relation: coefficients are log odds ratios, and deviance takes the place of R2."""

    table: pd.DataFrame
    deviance: float
    n_dyads: int
    permuted: pd.DataFrame


def logistic_qap(
    y: ArrayLike, x: Mapping[str, ArrayLike], *, directed: bool, null: str = "dsp", permutations: int = 1000,
    seed: int = 0, test: Collection[str] | None = None
) -> LogisticQap:  # fmt: skip
    """Logistic regression of a yes-or-no relation on others, tested by relabelling members.

    Arguments and errors as for mrqap; y holds 0, 1 or NaN. Under "dsp" the residual of a covariate is the least-squares
    one, as in R's netlogit. Also raises InputError when y is not 0 or 1, or covariates split it perfectly, so that no
    fit exists.
    """
    model = DyadModel.of(y, x, directed, null, test)
    observed = model.y[model.complete]
    if not np.isin(observed, (0.0, 1.0)).all():
        raise InputError("y of a logistic regression must hold 0 and 1 only", fix="Use mrqap for a weighted relation.")
    coef, se, deviance = _logit(model.design[model.complete], observed)
    permuted = null_distribution(model, null, relabellings(model.dyads.n, permutations, seed), _z_of_one, _z_of_all)
    table = coefficient_table(model, coef, se, permuted)
    return LogisticQap(table, deviance, int(model.complete.sum()), pd.DataFrame(permuted, columns=model.terms))


def _logit(design: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, standard errors and deviance of a logistic regression by Newton's method."""
    basis, triangle = np.linalg.qr(design)
    beta, information, last_move = _newton_all(y[None, :], np.ones((1, len(y))), basis, tolerance=1e-20)
    variance = inverse(information)[0]
    if last_move[0] > 1e-6 or np.isnan(variance).any():
        what = "the logistic regression has no finite fit: a covariate, or several together, split y perfectly"
        raise InputError(what, fix="Leave the covariate out, or use mrqap.")
    back, eta = np.linalg.inv(triangle), basis @ beta[0]
    deviance = 2 * float(np.sum(np.logaddexp(0, eta) - y * eta))
    return back @ beta[0], np.sqrt(np.diag(back @ variance @ back.T)), deviance


def _newton(
    step: Callable[[Floats], tuple[Floats, Floats]], beta: Floats, tolerance: float = 1e-8
) -> tuple[Floats, Floats, Floats]:
    """Newton's method on a batch: step gives gradient (batch, q) and information (batch, q, q) at beta (batch, q).

    Stops when no deviance would fall by more than the tolerance, as R's glm does: a relabelling that happens to split y
    perfectly ends with a wide standard error and a z near 0. Returns beta, the information there, and the size of the
    last move relative to beta.
    """
    for _ in range(ITERATIONS):
        gradient, information = step(beta)
        move = solved(information, gradient[:, :, None], singular=0.0)[:, :, 0]
        beta = beta + move
        if np.max(np.sum(move * gradient, axis=1)) < tolerance:
            break
    return beta, step(beta)[1], np.max(np.abs(move), axis=1) / (1 + np.max(np.abs(beta), axis=1))


def _newton_all(y: Floats, weight: Floats, basis: Floats, tolerance: float = 1e-8) -> tuple[Floats, Floats, Floats]:
    """Logistic fits of each row of y, shape (batch, dyads), on one orthonormal basis (dyads, q)."""
    q, products = basis.shape[1], _products(basis)

    def step(beta: Floats) -> tuple[Floats, Floats]:
        mean = _logistic(beta @ basis.T)
        return ((y - mean) * weight) @ basis, ((mean * (1 - mean) * weight) @ products).reshape(-1, q, q)

    return _newton(step, np.zeros((len(y), q)), tolerance)


def _logistic(eta: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(eta, -30, 30)))


def _z_of_one(moved: Floats, others: Others) -> Floats:
    """z of the relabelled covariate given the others in a logistic regression, one fit per row of moved."""
    moved, weight, _ = masked(moved)
    scale = np.sqrt(np.sum(moved**2, axis=1))
    moved = moved / np.where(scale > 0, scale, 1)[:, None]
    basis, y, q = others.basis, others.y, others.basis.shape[1]
    products = _products(basis)

    def step(beta: Floats) -> tuple[Floats, Floats]:
        mean = _logistic(beta[:, :-1] @ basis.T + beta[:, -1:] * moved)
        residual, spread = (y - mean) * weight, mean * (1 - mean) * weight
        gradient = np.column_stack([residual @ basis, np.einsum("bd,bd->b", residual, moved)])
        information = np.empty((len(moved), q + 1, q + 1))
        information[:, :q, :q] = (spread @ products).reshape(-1, q, q)
        information[:, :q, q] = information[:, q, :q] = (spread * moved) @ basis
        information[:, q, q] = np.einsum("bd,bd,bd->b", spread, moved, moved)
        return gradient, information

    start, _, _ = _newton_all(y[None, :], np.ones((1, len(y))), basis)
    beta, information, _ = _newton(step, np.column_stack([np.repeat(start, len(moved), axis=0), np.zeros(len(moved))]))
    return beta[:, -1] / np.sqrt(inverse(information)[:, -1, -1])


def _z_of_all(moved: Floats, design: Floats) -> Floats:
    """z of every term in a logistic regression when each row of moved, shape (batch, dyads), is taken as y."""
    (basis, triangle), (moved, weight, _) = np.linalg.qr(design), masked(moved)
    beta, information, _ = _newton_all(moved, weight, basis)
    back = np.linalg.inv(triangle)
    variance = np.einsum("ij,bjk,ik->bi", back, inverse(information), back)
    return beta @ back.T / np.sqrt(variance)


def _products(basis: Floats) -> Floats:
    """Products of every two columns: shape (dyads, q * q)."""
    return (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)
