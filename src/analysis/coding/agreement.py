"""Intercoder agreement: one number a statistic, with an interval whose method is named.

All statistics are computed from *patterns*: units that were coded alike are one row with a count. A bootstrap resample
of the units is then one multinomial draw of the counts, and a thousand resamples are one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from numbers import Number
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from analysis import resample
from analysis.arrays import Floats
from analysis.coding.unitizing import UnitizingAlpha, unitizing_alpha
from analysis.errors import InputError

__all__ = ["Agreement", "UnitizingAlpha", "agreement", "unitizing_alpha"]

Statistic = Literal["percent", "alpha", "kappa", "weighted_kappa", "fleiss", "conger", "ac1"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
Formula = Callable[[Floats], Floats]

BY_CODER = ("kappa", "weighted_kappa", "conger")
CELLS = 400_000  # counts of patterns held at a time while resampling
WEIGHTS_BY_LEVEL = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}


@dataclass(frozen=True)
class Agreement:
    """One statistic and its interval.

    value: the statistic; nan where it is undefined (no variation: nothing could have been disagreed upon).
    low, high: the interval's ends, nan where there is none. units: units with two codes or more.
    coders: coders with a code at all. interval: the method of the interval, or why there is none.
    """

    value: float
    low: float
    high: float
    units: int
    coders: int
    interval: str


def agreement(
    codings: pd.DataFrame,
    *,
    statistic: Statistic = "alpha",
    level: Level = "nominal",
    confidence: float = 0.95,
    bootstrap: int = 1000,
    seed: int = 0,
    weights: str | ArrayLike | None = None,
) -> Agreement:
    """Agreement between coders.

    codings: units x coders, missing where a coder did not read the unit. Categories are the values seen, or those
    declared when all columns are categorical with the same categories. Among words, a number is a word: 1 is "1".

    statistic: percent (share of agreeing pairs of coders), alpha (Krippendorff 2019), kappa (Cohen 1960) and
    weighted_kappa (Cohen 1968) for two coders on the units both read, fleiss (1971; two coders: Scott's pi), conger
    (1980), ac1 (Gwet 2008); the last three with missing codes as in Gwet (2014), and weighted (ac1: AC2) at a level
    above nominal.

    level: of measurement. Alpha uses Krippendorff's metric differences; fleiss, conger and ac1 Gwet's ordinal,
    quadratic or ratio weights; weighted_kappa linear weights, or quadratic and ratio ones when the level is interval or
    ratio. percent and kappa count exact matches at every level.
    weights: other weights for all but alpha and kappa: identity, linear, quadratic, ordinal, ratio, or a symmetric
    matrix over the sorted categories, of agreement (largest on its diagonal) or disagreement (0 on its diagonal, as in
    Cohen 1968).

    bootstrap: resamples of the units, with replacement, for a percentile interval; 0 gives no interval.

    Raises InputError on an unknown name, fewer than two coders, no unit with two codes, values a level cannot use.
    A statistic without variation is nan (percent excepted), and .interval says so.
    """
    _check(statistic, level, confidence, bootstrap, weights)
    given = _default_weights(statistic, level) if weights is None else weights
    data = _patterns(codings, statistic, numeric=isinstance(given, str) and given != "identity")
    formula = _alpha(data, level) if statistic == "alpha" else _chance_corrected(data, statistic, given)
    value = float(formula(data.counts[None, :].astype(float))[0])
    result = _Point(value, data.pairable, data.coders)
    if bootstrap == 0:
        return result.without("none: no resamples were asked for")
    if np.isnan(value):
        return result.without("none: the codes do not vary, so chance alone would agree and the statistic is undefined")
    if data.pairable < 2:
        return result.without("none: a single unit cannot be resampled")
    draws = _unit_draws(data, formula, bootstrap, np.random.default_rng(seed))
    return result.within(draws, confidence, "percentile bootstrap over units")


@dataclass(frozen=True)
class _Point:
    value: float
    units: int
    coders: int

    def without(self, reason: str) -> Agreement:
        return Agreement(self.value, float("nan"), float("nan"), self.units, self.coders, reason)

    def within(self, draws: Floats, confidence: float, method: str) -> Agreement:
        low, high = resample.interval(draws, confidence)
        undefined = int(np.isnan(draws).sum())
        note = f", {undefined} undefined ones left out" if undefined else ""
        return Agreement(self.value, low, high, self.units, self.coders, f"{method}, {draws.size} resamples{note}")


def _check(statistic: str, level: str, confidence: float, bootstrap: int, weights: str | ArrayLike | None) -> None:
    for name, given, names in (("statistic", statistic, get_args(Statistic)), ("level", level, get_args(Level))):
        if given not in names:
            raise InputError(f"unknown {name} {given!r}", fix=f"Use one of: {', '.join(names)}.")
    if not 0 < confidence < 1 or bootstrap < 0:
        raise InputError(f"confidence {confidence} must lie between 0 and 1, and bootstrap {bootstrap} be 0 or more")
    if weights is not None and statistic in ("alpha", "kappa"):
        raise InputError(
            f"{statistic} takes no weights", fix='Use level for alpha, and statistic="weighted_kappa" for kappa.'
        )


# --- patterns ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Patterns:
    """Distinct rows of codes. codes: (patterns, coders), -1 missing. counts: (patterns,), the units that have each row.

    labels: the categories, sorted; those of a number are numbers.
    """

    codes: NDArray[np.intp]
    counts: NDArray[np.intp]
    labels: NDArray[np.object_] | Floats

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """Codes a pattern, shape (patterns,)."""
        return (self.codes >= 0).sum(axis=1)

    @property
    def pairable(self) -> int:
        return int(self.counts[self.sizes >= 2].sum())

    @property
    def coders(self) -> int:
        return self.codes.shape[1]

    @cached_property
    def tally(self) -> sparse.csr_array:
        """How many coders gave each category, shape (patterns, categories)."""
        rows, coders = np.nonzero(self.codes >= 0)
        ones = np.ones(rows.size)
        shape = (self.codes.shape[0], len(self.labels))
        return sparse.coo_array((ones, (rows, self.codes[rows, coders])), shape=shape).tocsr()

    def of_coder(self, coder: int) -> sparse.csr_array:
        """One coder's codes as indicators, shape (patterns, categories)."""
        rows = np.flatnonzero(self.codes[:, coder] >= 0)
        shape = (self.codes.shape[0], len(self.labels))
        return sparse.coo_array((np.ones(rows.size), (rows, self.codes[rows, coder])), shape=shape).tocsr()


def _patterns(codings: pd.DataFrame, statistic: Statistic, *, numeric: bool) -> _Patterns:
    frame = pd.DataFrame(codings)
    codes, labels = _encode(frame, numeric=numeric)
    codes = codes[:, (codes >= 0).any(axis=0)]
    if codes.shape[1] < 2:
        raise InputError(
            f"agreement needs two coders with codes, and there are {codes.shape[1]}",
            fix="Give units as rows, coders as columns.",
        )
    complete = statistic in ("kappa", "weighted_kappa")
    if complete and codes.shape[1] != 2:
        raise InputError(
            f"kappa compares two coders, and there are {codes.shape[1]}",
            fix='Use statistic="conger", "fleiss" or "alpha".',
        )
    sizes = (codes >= 0).sum(axis=1)
    codes = codes[sizes == 2] if complete else codes[sizes > 0]
    if not (sizes >= 2).any():
        raise InputError("no unit was coded by two coders or more, so there is nothing to compare")
    if statistic not in BY_CODER:  # who gave which code does not matter: fewer patterns
        codes = np.sort(codes, axis=1)
    return _Patterns(*_collapse(codes, len(labels)), labels)


def _encode(frame: pd.DataFrame, *, numeric: bool) -> tuple[NDArray[np.intp], NDArray[np.object_] | Floats]:
    """Codes as positions in the sorted categories, -1 missing; and the categories."""
    declared = [c.cat.categories for _, c in frame.items() if isinstance(c.dtype, pd.CategoricalDtype)]
    if declared and len(declared) == frame.shape[1] and all(d.equals(declared[0]) for d in declared):
        codes = np.column_stack([c.cat.codes.to_numpy(np.intp) for _, c in frame.items()])
        return codes, np.asarray(declared[0])
    numbers = numeric or all(pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes)
    cells: NDArray = _numbers(frame) if numbers else frame.to_numpy(object, na_value=None)
    if numeric and np.isinf(cells).any():
        raise InputError("a code is infinite, and has no distance to others")
    try:
        flat, seen = pd.factorize(cells.ravel())
    except TypeError as error:
        raise InputError(f"a cell holds no single code: {error}", fix="Give one code, or none, a cell.") from error
    spelled = seen if numbers else _spelled(seen)
    labels, place = np.unique(spelled, return_inverse=True)
    return np.append(place, -1)[flat].reshape(frame.shape), labels


def _spelled(codes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The codes; where some are numbers and some words, all as words, so that 1, 1.0 and "1" are one code."""
    if len({Number if isinstance(code, Number) else type(code) for code in codes}) < 2:
        return codes
    whole = [isinstance(code, float) and code.is_integer() for code in codes]
    return np.array([str(int(c)) if w else str(c) for c, w in zip(codes, whole, strict=True)], dtype=object)


def _numbers(frame: pd.DataFrame) -> Floats:
    try:
        return frame.apply(pd.to_numeric).to_numpy(float, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"a level or weights above nominal need numbers: {error}", fix="Use numbers or ordered categoricals."
        ) from error


def _collapse(codes: NDArray[np.intp], categories: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Distinct rows and how many units have each."""
    radix = categories + 1
    if radix ** codes.shape[1] >= 2**62:
        return np.unique(codes, axis=0, return_counts=True)
    keys = (codes + 1) @ (radix ** np.arange(codes.shape[1]))
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return codes[first], counts


# --- resampling -------------------------------------------------------------------------------------------------------


def _unit_draws(data: _Patterns, formula: Formula, draws: int, rng: np.random.Generator) -> Floats:
    """The formula on resamples of the units, in blocks that bound the memory."""
    units = data.counts.sum()
    size = max(1, CELLS // data.counts.size)
    blocks = [min(size, draws - start) for start in range(0, draws, size)]
    return np.concatenate(
        [formula(rng.multinomial(units, data.counts / units, size=block).astype(float)) for block in blocks]
    )


# --- Krippendorff's alpha ---------------------------------------------------------------------------------------------


def _alpha(data: _Patterns, level: Level) -> Formula:
    """Alpha of pattern counts: 1 - (n - 1) * observed / expected (Krippendorff 2019, chapter 12).

    Observed: sum over units of the differences of its ordered pairs / (codes - 1). Expected: sum of the differences of
    all ordered pairs of codes. Nominal, interval and ordinal differences are sums of squares and need no category x
    category matrix.
    """
    rows = np.flatnonzero(data.sizes >= 2)
    tally, sizes = data.tally[rows], data.sizes[rows].astype(float)
    observed, expected = _disagreements(data, level, rows)

    def alpha(counts: Floats) -> Floats:
        counts = counts[:, rows]
        n = (tally.T @ counts.T).T
        varied = (n > 0).sum(axis=1) > 1  # counted, since squares of rounded scores may not quite cancel
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = observed(counts / (sizes - 1), n) / expected(n)
            return np.where(varied, 1 - (n.sum(axis=1) - 1) * ratio, np.nan)

    return alpha


def _disagreements(
    data: _Patterns, level: Level, rows: NDArray[np.intp]
) -> tuple[Callable[[Floats, Floats], Floats], Formula]:
    tally, sizes = data.tally[rows], data.sizes[rows].astype(float)
    if level == "nominal":
        unlike = sizes**2 - (tally**2).sum(axis=1)
        return (lambda share, n: share @ unlike), (lambda n: n.sum(axis=1) ** 2 - (n**2).sum(axis=1))
    if level == "ratio":
        scores = _scores(data.labels)
        within = _ratio_within(data.codes[rows], scores)
        return (lambda share, n: share @ within), (lambda n: _ratio_between(n, scores))
    if level == "interval":
        x = _centred(data.labels)
        within = 2 * (sizes * (tally @ x**2) - (tally @ x) ** 2)
        return (lambda share, n: share @ within), (lambda n: _squares_between(n, x))

    def observed(share: Floats, n: Floats) -> Floats:
        ranks = (np.cumsum(n, axis=1) - n / 2).T
        spread = 2 * (sizes[:, None] * (tally @ ranks**2) - (tally @ ranks) ** 2)
        return np.einsum("bp,pb->b", share, spread)

    return observed, (lambda n: _squares_between(n, np.cumsum(n, axis=1) - n / 2))


def _squares_between(n: Floats, x: Floats) -> Floats:
    total, first, second = n.sum(axis=1), (n * x).sum(axis=1), (n * x**2).sum(axis=1)
    return 2 * (total * second - first**2)


def _scores(labels: NDArray) -> Floats:
    """The categories as numbers; words and ordered categories as their ranks 1..q."""
    if np.issubdtype(np.asarray(labels).dtype, np.number):
        return np.asarray(labels, dtype=float)
    try:
        return np.asarray(labels, dtype=float)
    except (ValueError, TypeError):
        return np.arange(1.0, len(labels) + 1)


def _centred(labels: NDArray) -> Floats:
    """Scores about their mean, the largest 1, so that their squares neither overflow nor lose digits."""
    x = _scores(labels)
    x = x / max(float(np.abs(x).max()), 1e-300)
    x = x - x.mean()
    return x / max(float(np.abs(x).max()), 1e-300)


def _ratio_difference(a: Floats, b: Floats) -> Floats:
    if (a < 0).any() or (b < 0).any():
        raise InputError("a ratio scale has no values below 0", fix='Use level="interval".')
    total = a + b
    return np.divide(a - b, total, out=np.zeros(np.broadcast(a, b).shape), where=total > 0) ** 2


def _ratio_within(codes: NDArray[np.intp], scores: Floats) -> Floats:
    within = np.zeros(codes.shape[0])
    for i in range(codes.shape[1]):
        for j in range(i):
            both = (codes[:, i] >= 0) & (codes[:, j] >= 0)
            within[both] += 2 * _ratio_difference(scores[codes[both, i]], scores[codes[both, j]])
    return within


def _ratio_between(n: Floats, scores: Floats, block: int = 1024) -> Floats:
    total = np.zeros(n.shape[0])
    for start in range(0, scores.size, block):
        part = slice(start, start + block)
        total += ((n @ _ratio_difference(scores[:, None], scores[None, part])) * n[:, part]).sum(axis=1)
    return total


# --- percent agreement and the kappas ---------------------------------------------------------------------------------


def _chance_corrected(data: _Patterns, statistic: Statistic, weights: str | ArrayLike) -> Formula:
    """(observed - chance) / (1 - chance), with Gwet's (2014, part II) treatment of missing codes."""
    agree = _weights(weights, data.labels)
    observed = _observed(data, agree)
    if statistic == "percent":
        return observed
    chance = _chance(data, statistic, agree)

    def corrected(counts: Floats) -> Floats:
        expected = chance(counts)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(1 - expected > 1e-12, (observed(counts) - expected) / (1 - expected), np.nan)

    return corrected


def _default_weights(statistic: Statistic, level: Level) -> str:
    if statistic in ("percent", "kappa"):
        return "identity"
    if statistic == "weighted_kappa" and level in ("nominal", "ordinal"):
        return "linear"
    return WEIGHTS_BY_LEVEL[level]


def _weights(weights: str | ArrayLike, labels: NDArray) -> Floats:
    """Agreement weights, 1 on the diagonal (Gwet 2014, section 3.5)."""
    q = len(labels)
    if not isinstance(weights, str):
        return _given_weights(np.asarray(weights, dtype=float), q)
    x = _scores(labels)
    distance = np.abs(x[:, None] - x[None, :])
    widest = max(float(distance.max()), 1e-300)
    if weights == "identity":
        return np.eye(q)
    if weights == "linear":
        return 1 - distance / widest
    if weights == "quadratic":
        return 1 - (distance / widest) ** 2
    if weights == "ordinal":
        span = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) + 1.0
        return 1 - span * (span - 1) / max(q * (q - 1), 1)
    if weights == "ratio":
        difference = _ratio_difference(x[:, None], x[None, :])
        return 1 - difference / max(float(difference.max()), 1e-300)
    raise InputError(f"unknown weights {weights!r}", fix="Use identity, linear, quadratic, ordinal, ratio or a matrix.")


def _given_weights(matrix: Floats, categories: int) -> Floats:
    if matrix.shape != (categories, categories) or not np.allclose(matrix, matrix.T):
        raise InputError(
            f"weights must be a symmetric matrix over the {categories} categories, and have shape {matrix.shape}"
        )
    diagonal = np.diag(matrix)
    if (diagonal == 0).all() and matrix.max() > 0:
        return 1 - matrix / matrix.max()
    if diagonal.min() < matrix.max():
        raise InputError("weights must be largest on the diagonal (agreement) or 0 there (disagreement)")
    return matrix / matrix.max()


def _observed(data: _Patterns, agree: Floats) -> Formula:
    rows = np.flatnonzero(data.sizes >= 2)
    tally, sizes = data.tally[rows].toarray(), data.sizes[rows]
    share = (((tally @ agree) * tally).sum(axis=1) - sizes) / (sizes * (sizes - 1))

    def observed(counts: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return counts[:, rows] @ share / counts[:, rows].sum(axis=1)

    return observed


def _chance(data: _Patterns, statistic: Statistic, agree: Floats) -> Formula:
    q = len(data.labels)
    if statistic in ("kappa", "weighted_kappa", "conger"):
        coders = [data.of_coder(g) for g in range(data.codes.shape[1])]
        return lambda counts: _between_coders(counts, coders, agree)
    shares = (data.tally / data.sizes[:, None]).tocsr()

    def prevalence(counts: Floats) -> Floats:
        return (shares.T @ counts.T).T / counts.sum(axis=1, keepdims=True)

    if statistic == "fleiss":
        return lambda counts: _quadratic(prevalence(counts), agree)
    if q < 2:
        return lambda counts: np.ones(counts.shape[0])
    return lambda counts: agree.sum() * (1 - (prevalence(counts) ** 2).sum(axis=1)) / (q * (q - 1))


def _quadratic(shares: Floats, agree: Floats) -> Floats:
    return ((shares @ agree) * shares).sum(axis=1)


def _between_coders(counts: Floats, coders: list[sparse.csr_array], agree: Floats) -> Floats:
    """Mean over ordered pairs of different coders of the agreement that their own shares give (Conger 1980)."""
    both: Floats = np.zeros((counts.shape[0], agree.shape[0]))
    alone: Floats = np.zeros(counts.shape[0])
    for indicators in coders:
        n = (indicators.T @ counts.T).T
        with np.errstate(invalid="ignore"):
            shares = n / n.sum(axis=1, keepdims=True)
        both, alone = both + shares, alone + _quadratic(shares, agree)
    return (_quadratic(both, agree) - alone) / (len(coders) * (len(coders) - 1))
