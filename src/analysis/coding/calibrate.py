"""Calibration of a classifier's probabilities, overall and for groups that depart from the overall curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats, Ints

WIDE = 10.0  # standard deviation of the prior of slope and offset


def platt(probabilities: Floats, truth: Ints, weights: Floats | None = None) -> tuple[float, float]:
    """Slope and offset on the logit scale that calibrate the held-out probabilities of one code.

    Platt (1999), with his smoothed targets, so that slope and offset stay finite where a code is separated without
    error. Fitted by Newton's method. weights: of units, equal by default.
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
    """Probabilities calibrated by the slope and offset of `platt`."""
    return 1 / (1 + np.exp(-(scale[0] * _logit(probabilities) + scale[1])))


def _logit(probabilities: Floats) -> Floats:
    p = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.log(p / (1 - p))


@dataclass(frozen=True)
class GroupScale:
    """Calibration of one code by group: logit = offset + slope * logit(said) + a departure for each group.

    Departures are normal around 0, each factor (member, channel, conversation) with a spread of its own (half-Cauchy),
    so that a group with few coded messages departs little and varies most. said, truth: of the coded messages. factors:
    the group of each coded message, one row per factor. new_said, new_factors: the same for the messages to draw; both
    use the same group numbers.
    """

    said: Floats
    truth: Ints
    factors: NDArray[np.intp]
    new_said: Floats
    new_factors: NDArray[np.intp]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, labelled: pd.DataFrame, new: pd.DataFrame, groups: pd.DataFrame) -> Self:
        """The scale from tables. labelled: unit_id, value, probability. new: unit_id, probability. groups: one column
        per factor, by unit id."""
        parts = [(labelled["unit_id"].map(groups[name]), new["unit_id"].map(groups[name])) for name in groups.columns]
        numbered = [np.unique(np.concatenate([a.astype(str), b.astype(str)]), return_inverse=True) for a, b in parts]
        codes = np.array([code for _, code in numbered], dtype=np.intp).reshape(len(parts), len(labelled) + len(new))
        said, new_said = (_logit(part["probability"].to_numpy()) for part in (labelled, new))
        factors, new_factors = codes[:, : len(labelled)], codes[:, len(labelled) :]
        sizes = tuple(names.size for names, _ in numbered)
        return cls(said, labelled["value"].to_numpy(), factors, new_said, new_factors, sizes)

    def draws(self, count: int, rng: np.random.Generator, *, warm: int = 400, thinning: int = 25) -> Iterator[Floats]:
        """Probabilities of the new messages under draws from the posterior (Metropolis within Gibbs). warm: sweeps left
        out at the start. thinning: sweeps between two draws."""
        chain = _Chain(self, rng)
        for _ in range(warm):
            chain.sweep()
        for _ in range(count):
            for _ in range(thinning):
                chain.sweep()
            logit = chain.beta[0] * self.new_said + chain.beta[1]
            for departure, code in zip(chain.departures, self.new_factors, strict=True):
                logit = logit + departure[code]
            yield 1 / (1 + np.exp(-logit))


class _Chain:
    """The state of the sampler: slope and offset, departures, and each factor's variance."""

    def __init__(self, scale: GroupScale, rng: np.random.Generator) -> None:
        self.scale, self.rng = scale, rng
        self.x = np.column_stack([scale.said, np.ones(scale.said.size)])
        self.beta = np.array(platt(1 / (1 + np.exp(-scale.said)), scale.truth))
        self.departures = [np.zeros(size) for size in scale.sizes]
        self.variances, self.mixing = np.ones(len(scale.sizes)), np.ones(len(scale.sizes))
        self.logit = self.x @ self.beta
        self.fit = self._fit(self.logit)
        p = 1 / (1 + np.exp(-self.logit))
        curvature = self.x.T @ (self.x * (p * (1 - p))[:, None]) + 1e-3 * np.eye(2)
        self.stride = np.linalg.cholesky(np.linalg.inv(curvature)) * 1.7  # 2.4 / sqrt(2), Gelman et al. 1996
        self.information = [np.bincount(c, p * (1 - p), n) for c, n in zip(scale.factors, scale.sizes, strict=True)]

    def sweep(self) -> None:
        """One pass over slope and offset, each factor's departures, and its variance."""
        step = self.stride @ self.rng.normal(size=2)
        moved = self.logit + self.x @ step
        prior = float(self.beta @ self.beta - (self.beta + step) @ (self.beta + step)) / (2 * WIDE**2)
        fit = self._fit(moved)
        if np.log(self.rng.random()) < (fit - self.fit).sum() + prior:
            self.beta, self.logit, self.fit = self.beta + step, moved, fit
        for k in range(len(self.departures)):
            self._depart(k)
            # The factor's variance, half-Cauchy(0, 1) on its root, by two inverse gammas (Makalic and Schmidt 2016)
            rate = float(self.departures[k] @ self.departures[k]) / 2 + 1 / self.mixing[k]
            self.variances[k] = rate / self.rng.gamma((self.scale.sizes[k] + 1) / 2)
            self.mixing[k] = (1 + 1 / self.variances[k]) / self.rng.gamma(1.0)

    def _fit(self, logit: Floats) -> Floats:
        """Log likelihood of each coded message."""
        return self.scale.truth * logit - np.logaddexp(0, logit)

    def _depart(self, k: int) -> None:
        """Update all groups of a factor at once: given everything else, they are independent of each other."""
        code, old, size = self.scale.factors[k], self.departures[k], self.scale.sizes[k]
        new = old + self.rng.normal(size=size) * 2.4 / np.sqrt(self.information[k] + 1 / self.variances[k])
        moved = self.logit + (new - old)[code]
        fit = self._fit(moved)
        gain = np.bincount(code, fit - self.fit, size) + (old**2 - new**2) / (2 * self.variances[k])
        taken = np.log(self.rng.random(size)) < gain
        self.departures[k] = np.where(taken, new, old)
        self.logit, self.fit = np.where(taken[code], (moved, fit), (self.logit, self.fit))
