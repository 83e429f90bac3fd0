"""Intercoder agreement: one number per statistic, with an interval whose method is named.

All statistics are computed from *patterns*: units that were coded alike form one row with a count. A bootstrap resample
of the units is then one multinomial draw of the counts, and a thousand resamples are one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from numbers import Number
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis import resample
from analysis.arrays import Floats
from analysis.codebook import Codebook
from analysis.coding import human
from analysis.coding.unitizing import UnitizingAlpha, unitizing_alpha
from analysis.errors import InputError
from analysis.resample import seed_of

__all__ = ["Agreement", "UnitizingAlpha", "agreement", "unitizing_alpha"]

Statistic = Literal["percent", "alpha", "kappa", "weighted_kappa", "fleiss", "conger", "ac1"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
Formula = Callable[[Floats], Floats]

BY_CODER = ("kappa", "weighted_kappa", "conger")
CELLS = 400_000  # counts of patterns held at a time while resampling
AGREEMENT = (
    "code", "level", "units", "coders", "agreed", "disputed",
    "alpha", "low", "high", "interval", "percent", "kappa", "ac1", "usable",
)  # fmt: skip
SPANS = ("code", "level", "turns", "coders", "u", "low", "high", "interval")
WEIGHTS_BY_LEVEL = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}


@dataclass(frozen=True)
class Agreement:
    """One statistic and its interval.

    value: the statistic; nan where it is undefined (no variation, so disagreement was not possible).
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

    bootstrap: resamples of the units, with replacement, for a percentile interval; 0 gives no interval.

    Raises InputError on an unknown name, fewer than two coders, no unit with two codes, values a level cannot use.
    A statistic without variation is nan (percent excepted), and .interval says so.
    """
    for name, given, names in (("statistic", statistic, get_args(Statistic)), ("level", level, get_args(Level))):
        if given not in names:
            raise InputError(f"unknown {name} {given!r}", fix=f"Use one of: {', '.join(names)}.")
    if not 0 < confidence < 1 or bootstrap < 0:
        raise InputError(f"confidence {confidence} must lie between 0 and 1, and bootstrap {bootstrap} be 0 or more")
    weights = WEIGHTS_BY_LEVEL[level]
    if statistic in ("percent", "kappa"):
        weights = "identity"
    elif statistic == "weighted_kappa" and level in ("nominal", "ordinal"):
        weights = "linear"
    data = _patterns(codings, statistic, numeric=weights != "identity")
    formula = _alpha(data, level) if statistic == "alpha" else _chance_corrected(data, statistic, weights)
    value = float(formula(data.counts[None, :].astype(float))[0])
    obstacles = {
        "no resamples were asked for": bootstrap == 0,
        "the codes do not vary, so chance alone would agree and the statistic is undefined": np.isnan(value),
        "a single unit cannot be resampled": data.pairable < 2,
    }
    coders = data.codes.shape[1]
    if reason := next((why for why, holds in obstacles.items() if holds), ""):
        return Agreement(value, float("nan"), float("nan"), data.pairable, coders, f"none: {reason}")
    rng, units, size = np.random.default_rng(seed), data.counts.sum(), max(1, CELLS // data.counts.size)
    blocks = (min(size, bootstrap - start) for start in range(0, bootstrap, size))
    counts = (rng.multinomial(units, data.counts / units, size=block).astype(float) for block in blocks)
    draws = np.concatenate(list(map(formula, counts)))
    low, high = resample.interval(draws, confidence)
    undefined = int(np.isnan(draws).sum())
    method = f"percentile bootstrap over units, {draws.size} resamples"
    method += f", {undefined} undefined ones left out" if undefined else ""
    return Agreement(value, low, high, data.pairable, coders, method)


# --- the codes of a codebook ------------------------------------------------------------------------------------------


def agreement_table(
    applied: pd.DataFrame, book: Codebook, *, floor: float, seed: int = 0, **draws: Any
) -> pd.DataFrame:
    """Agreement of each code over the units that two coders or more read: presence or absence of the code.

    Alpha with its interval, percent agreement, Cohen's kappa (two coders only) and AC1. agreed: units where every coder
    gave the code; disputed: where some did. usable: alpha is at the floor or above. draws: confidence,
    bootstrap. seed: each code has a stream of its own. Raises InputError when no unit was read twice.
    """
    read = human.independent(applied).groupby("unit_id").size()
    double = applied[applied.index.get_level_values("unit_id").isin(read[read > 1].index)]
    if double.empty:
        raise InputError("no unit was read by two coders")
    rows = []
    for name in book.names:
        codes = human.matrix(double, name)
        share = codes.mean(axis=1)
        alpha = agreement(codes, seed=seed_of(seed, f"agreement of {name}"), **draws)
        others: tuple[Statistic, ...] = ("percent", "kappa", "ac1") if alpha.coders == 2 else ("percent", "ac1")
        values = {other: agreement(codes, statistic=other, bootstrap=0).value for other in others}
        rows.append(vars(alpha) | {"kappa": float("nan")} | values | {
            "code": name, "level": _level(name, book), "alpha": alpha.value, "usable": bool(alpha.value >= floor),
            "agreed": int((share == 1).sum()), "disputed": int(((share > 0) & (share < 1)).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(AGREEMENT))


def _level(name: str, book: Codebook) -> str:
    return "parent" if name in book.parents else "leaf"


def span_table(codings: pd.DataFrame, turns: pd.Series, book: Codebook, *, seed: int = 0, **draws: Any) -> pd.DataFrame:
    """Agreement on where each code is in the interviews' turns: u of Krippendorff et al. (2016), one row per code.

    turns: texts by unit id. seed, draws: as in agreement_table. Each code is compared separately, since codes may share
    words. Columns: code, level, turns (read by two coders), coders, u, low, high, interval; u is missing where nobody
    gave the code. Raises InputError when no turn was read by two coders.
    """
    read = codings[codings["unit_id"].isin(turns.index) & (codings["coder"] != human.CONSENSUS)]
    double = read.groupby("unit_id")["coder"].nunique()
    read = read[read["unit_id"].isin(double[double > 1].index)]
    lengths = turns[turns.index.isin(read["unit_id"])].map(len).to_dict()
    if not lengths:
        raise InputError("no interview was read by two coders")
    rows = []
    for name in book.names:
        own = {"seed": seed_of(seed, f"spans of {name}"), **draws}
        alpha = unitizing_alpha(human.spans_of(read, name, book), lengths, **own)
        measured = (alpha.coders, alpha.u, alpha.low, alpha.high, alpha.interval)
        rows.append((name, _level(name, book), len(lengths), *measured))
    return pd.DataFrame(rows, columns=list(SPANS))


# --- patterns ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Patterns:
    """Distinct rows of codes. codes: (patterns, coders), -1 missing. counts: (patterns,), the units that have each row.
    labels: the categories, sorted; those of a number are numbers."""

    codes: NDArray[np.intp]
    counts: NDArray[np.intp]
    labels: NDArray[np.object_] | Floats

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """Number of codes in each pattern, shape (patterns,)."""
        return (self.codes >= 0).sum(axis=1)

    @property
    def pairable(self) -> int:
        return int(self.counts[self.sizes >= 2].sum())

    @cached_property
    def tally(self) -> sparse.csr_array:
        """How many coders gave each category, shape (patterns, categories)."""
        return self.indicators(slice(None))

    def indicators(self, coders: slice) -> sparse.csr_array:
        """How many of these coders gave each category, shape (patterns, categories)."""
        codes = self.codes[:, coders]
        rows, places = np.nonzero(codes >= 0)
        shape = (codes.shape[0], len(self.labels))
        return sparse.coo_array((np.ones(rows.size), (rows, codes[rows, places])), shape=shape).tocsr()


def _patterns(codings: pd.DataFrame, statistic: Statistic, *, numeric: bool) -> _Patterns:
    codes, labels = _encode(pd.DataFrame(codings), numeric=numeric)
    codes = codes[:, (codes >= 0).any(axis=0)]
    if codes.shape[1] < 2:
        what = f"agreement needs two coders with codes, and there are {codes.shape[1]}"
        raise InputError(what, fix="Give units as rows, coders as columns.")
    complete = statistic in ("kappa", "weighted_kappa")
    if complete and codes.shape[1] != 2:
        what = f"kappa compares two coders, and there are {codes.shape[1]}"
        raise InputError(what, fix='Use statistic="conger", "fleiss" or "alpha".')
    sizes = (codes >= 0).sum(axis=1)
    codes = codes[sizes == 2] if complete else codes[sizes > 0]
    if not (sizes >= 2).any():
        raise InputError("no unit was coded by two coders or more, so there is nothing to compare")
    if statistic not in BY_CODER:  # which coder gave which code does not matter: fewer patterns
        codes = np.sort(codes, axis=1)
    radix = len(labels) + 1
    if radix ** codes.shape[1] >= 2**62:
        return _Patterns(*np.unique(codes, axis=0, return_counts=True), labels)
    keys = (codes + 1) @ (radix ** np.arange(codes.shape[1]))
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return _Patterns(codes[first], counts, labels)


def _encode(frame: pd.DataFrame, *, numeric: bool) -> tuple[NDArray[np.intp], NDArray[np.object_] | Floats]:
    """Codes as positions in the sorted categories, -1 missing; and the categories."""
    declared = [c.cat.categories for _, c in frame.items() if isinstance(c.dtype, pd.CategoricalDtype)]
    if declared and len(declared) == frame.shape[1] and all(d.equals(declared[0]) for d in declared):
        codes = np.column_stack([c.cat.codes.to_numpy(np.intp) for _, c in frame.items()])
        return codes, np.asarray(declared[0])
    numbers = numeric or all(pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes)
    try:
        frame = frame.apply(pd.to_numeric) if numbers else frame
        cells = frame.to_numpy(float, na_value=np.nan) if numbers else frame.to_numpy(object, na_value=None)
    except (ValueError, TypeError) as error:
        what = f"a level or weights above nominal need numbers: {error}"
        raise InputError(what, fix="Use numbers or ordered categoricals.") from error
    if numeric and np.isinf(cells).any():
        raise InputError("a code is infinite, so it has no distance to the others")
    try:
        flat, seen = pd.factorize(cells.ravel())
    except TypeError as error:
        raise InputError(f"a cell does not hold a single code: {error}", fix="Put one code in each cell.") from error
    if len({Number if isinstance(code, Number) else type(code) for code in seen}) > 1:
        # numbers mixed with words are all taken as words, so that 1, 1.0 and "1" are one code
        whole = [isinstance(code, float) and code.is_integer() for code in seen]
        seen = np.array([str(int(c)) if w else str(c) for c, w in zip(seen, whole, strict=True)], dtype=object)
    labels, place = np.unique(seen, return_inverse=True)
    return np.append(place, -1)[flat].reshape(frame.shape), labels


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
        scores, within = _scores(data.labels), np.zeros(rows.size)
        for one, other in combinations(data.codes[rows].T, 2):
            both = (one >= 0) & (other >= 0)
            within[both] += 2 * _ratio_difference(scores[one[both]], scores[other[both]])
        return (lambda share, n: share @ within), (lambda n: _ratio_between(n, scores))
    if level == "interval":
        x = _scores(data.labels)  # about their mean, the largest 1: their squares neither overflow nor lose digits
        x = x / max(float(np.abs(x).max()), 1e-300)
        x = x - x.mean()
        x = x / max(float(np.abs(x).max()), 1e-300)
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
    try:
        return np.asarray(labels, dtype=float)
    except (ValueError, TypeError):
        return np.arange(1.0, len(labels) + 1)


def _ratio_difference(a: Floats, b: Floats) -> Floats:
    if (a < 0).any() or (b < 0).any():
        raise InputError("a ratio scale has no values below 0", fix='Use level="interval".')
    total = a + b
    return np.divide(a - b, total, out=np.zeros(np.broadcast(a, b).shape), where=total > 0) ** 2


def _ratio_between(n: Floats, scores: Floats, block: int = 1024) -> Floats:
    total = np.zeros(n.shape[0])
    for start in range(0, scores.size, block):
        part = slice(start, start + block)
        total += ((n @ _ratio_difference(scores[:, None], scores[None, part])) * n[:, part]).sum(axis=1)
    return total


# --- percent agreement and the kappas ---------------------------------------------------------------------------------


def _chance_corrected(data: _Patterns, statistic: Statistic, weights: str) -> Formula:
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


def _weights(kind: str, labels: NDArray) -> Floats:
    """Agreement weights, 1 on the diagonal (Gwet 2014, section 3.5)."""
    q, x = len(labels), _scores(labels)
    if kind == "identity":
        return np.eye(q)
    if kind == "ordinal":
        span = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) + 1.0
        return 1 - span * (span - 1) / max(q * (q - 1), 1)
    distance = _ratio_difference(x[:, None], x[None, :]) if kind == "ratio" else np.abs(x[:, None] - x[None, :])
    near = distance / max(float(distance.max()), 1e-300)
    return 1 - near**2 if kind == "quadratic" else 1 - near


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
        coders = [data.indicators(slice(g, g + 1)) for g in range(data.codes.shape[1])]
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
