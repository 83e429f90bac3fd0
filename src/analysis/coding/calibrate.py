"""Probabilities of a classifier set to mean what they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def platt(probabilities: Floats, truth: Whole, weights: Floats | None = None) -> tuple[float, float]:
    """Slope and offset on the logit scale that make held-out probabilities of one code mean what they say.

    Platt (1999), with his smoothed targets, so that a code told apart without error does not run off to infinity.
    Newton steps on two numbers. weights: of units, by default all the same.
    """
    w = np.ones(truth.size) if weights is None else weights / weights.mean()
    x = np.column_stack([_logit(probabilities), np.ones(truth.size)])
    positives = truth.sum()
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (truth.size - positives + 2))
    beta = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        curvature = x.T @ (x * (w * p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, x.T @ (w * (target - p)))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return float(beta[0]), float(beta[1])


def rescaled(probabilities: Floats, scale: tuple[float, float]) -> Floats:
    """Probabilities after `platt`."""
    return 1 / (1 + np.exp(-(scale[0] * _logit(probabilities) + scale[1])))


def _logit(probabilities: Floats) -> Floats:
    p = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.log(p / (1 - p))
