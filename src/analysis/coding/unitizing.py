"""Agreement on spans: where coders cut a text, and which codes they give the pieces.

The family u, cu and (k)u of Krippendorff, Mathet, Bouvry and Widlöcher (2016, Quality & Quantity 50, 2347-2364). A
continuum is one text read by all coders; a stretch that no span covers is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import chain, permutations
from typing import Any

import numpy as np
import pandas as pd

from analysis import resample
from analysis.arrays import Floats
from analysis.errors import InputError

Spans = list[tuple[int, float, float]]  # code (0: gap), start, end
COLUMNS = ("coder", "code", "start", "end")


@dataclass(frozen=True)
class UnitizingAlpha:
    """The unitizing alphas; unpacks as u, cu, ku.

    u: the whole continuum, gaps too. cu: the codes where spans of two coders meet. ku: each code where spans meet.
    nan: undefined (nothing meets, or no variation). low, high: interval of u over resampled continua;
    interval: its method, or why there is none.
    """

    u: float
    cu: float
    ku: dict[Any, float]
    coders: int
    low: float = float("nan")
    high: float = float("nan")
    interval: str = "none: one continuum cannot be resampled"

    def __iter__(self) -> Iterator[float | dict[Any, float]]:
        yield from (self.u, self.cu, self.ku)


def unitizing_alpha(
    segments: pd.DataFrame,
    length: float | Mapping[str, float],
    *,
    confidence: float = 0.95,
    bootstrap: int = 1000,
    seed: int = 0,
) -> UnitizingAlpha:
    """Agreement of spans (Krippendorff et al. 2016, equations 1 to 13, nominal).

    segments: columns coder, code, start, end (exclusive), or rows in that order; a row with a missing code says that
    the coder read the continuum. A coder's spans must not overlap. length: of the continuum; or of each continuum by
    its name, with a column unit_id in segments, and then the interval of u resamples the continua. A coder without a
    row in a continuum did not read it, and a continuum that fewer than two coders read is left out.

    Raises InputError on missing columns, fewer than two coders, spans that overlap, are empty or reach past the end.
    """
    lengths = dict(length) if isinstance(length, Mapping) else {"": length}
    frame = _segments(segments, lengths)
    codes = sorted(frame["code"].dropna().unique(), key=str)
    number = {code: i + 1 for i, code in enumerate(codes)}
    partitions = sorted(_partitions(frame, number, lengths).items())
    parts = [_coincidences(coders, len(codes) + 1) for _, coders in partitions if len(coders) > 1]
    if not parts:
        raise InputError("no continuum was read by two coders or more, so there is nothing to compare")
    total = _Coincidences(*(np.sum([getattr(part, f.name) for part in parts], axis=0) for f in fields(_Coincidences)))
    result = _family(total, codes, frame["coder"].nunique())
    if len(parts) < 2 or bootstrap == 0 or np.isnan(result.u):
        return result
    draws = _resampled(parts, bootstrap, np.random.default_rng(seed))
    low, high = resample.interval(draws, confidence)
    method = f"percentile bootstrap over {len(parts)} continua, {bootstrap} resamples"
    return replace(result, low=low, high=high, interval=method)


def _segments(segments: pd.DataFrame, lengths: Mapping[str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(segments)
    if list(frame.columns) == [0, 1, 2, 3]:  # rows without names
        frame.columns = pd.Index(COLUMNS)
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        what = f"segments lack the columns {', '.join(missing)}"
        raise InputError(what, fix="Give coder, code, start, end (exclusive).")
    if "unit_id" not in frame.columns:
        if len(lengths) != 1:
            raise InputError("with several continua, segments need a column unit_id")
        frame = frame.assign(unit_id=next(iter(lengths)))
    if unknown := sorted(set(frame["unit_id"]) - set(lengths), key=str):
        raise InputError(f"no length is given for the continuum {unknown[0]!r}")
    try:
        places = {name: pd.to_numeric(frame[name]) for name in ("start", "end")}
    except (ValueError, TypeError) as error:
        raise InputError(f"a span's start or end is not a number: {error}") from error
    return frame.assign(**places)[["unit_id", *COLUMNS]].drop_duplicates()


def _partitions(frame: pd.DataFrame, number: Mapping[str, int], lengths: Mapping[str, float]) -> dict[str, list[Spans]]:
    """Each coder's partition of each continuum into spans and gaps, in order."""
    marked: dict[str, dict[str, Spans]] = {}
    columns = (frame[name].tolist() for name in ("unit_id", *COLUMNS))
    for unit, coder, code, start, end in zip(*columns, strict=True):
        spans = marked.setdefault(unit, {}).setdefault(coder, [])
        if not pd.isna(code):
            spans.append((number[code], start, end))
    return {
        unit: [_partition(spans, lengths[unit], f"{coder} in {unit!r}") for coder, spans in coders.items()]
        for unit, coders in marked.items()
    }


def _partition(spans: Spans, length: float, where: str) -> Spans:
    pieces: Spans = []
    at = 0.0
    for code, start, end in sorted(spans, key=lambda span: (span[1], span[2])):
        if not 0 <= start < end <= length:
            raise InputError(
                f"the span {start} to {end} of {where} is empty or outside the continuum of length {length}"
            )
        if start < at:
            fix = "Compare overlapping codes one at a time: segments of one code a call."
            raise InputError(f"spans of {where} overlap at {start}", fix=fix)
        if start > at:
            pieces.append((0, at, start))
        pieces.append((code, start, end))
        at = end
    return pieces if at == length else [*pieces, (0, at, length)]


@dataclass(frozen=True)
class _Coincidences:
    """Sums over a continuum; they add up over continua.

    met: (codes, codes) length over which one coder's code meets another's, both orders, over coders - 1 (equation 1).
    own: (codes,) sum of squared span lengths, a gap counting its plain length (equation 4).
    met_own: (codes,) sum of squared lengths over which a span meets any spans of another coder, over coders - 1
    (equation 10).
    """

    met: Floats
    own: Floats
    met_own: Floats


def _coincidences(coders: list[Spans], categories: int) -> _Coincidences:
    met = np.zeros((categories, categories))
    own, met_own = np.zeros(categories), np.zeros(categories)
    for code, start, end in chain(*coders):
        own[code] += end - start if code == 0 else (end - start) ** 2
    others = len(coders) - 1
    for one, other in permutations(coders, 2):
        meets_span = [0.0] * len(one)
        i = j = 0
        while i < len(one) and j < len(other):  # which pieces of the two partitions meet, and over what length
            (code, start, end), (other_code, other_start, other_end) = one[i], other[j]
            shared = min(end, other_end) - max(start, other_start)
            met[code, other_code] += shared / others
            if code and other_code:
                meets_span[i] += shared
            i, j = i + (end <= other_end), j + (other_end <= end)
        for (code, _, _), shared in zip(one, meets_span, strict=True):
            met_own[code] += shared**2 / others
    return _Coincidences(met, own, met_own)


def _expected(n: Floats, own: Floats) -> Floats:
    """Coincidences expected by chance; no piece of a span meets its own span (equations 4 and 10)."""
    total = n.sum()
    scale = total**2 - own.sum()
    return np.full((n.size, n.size), np.nan) if scale <= 0 else total * (np.outer(n, n) - np.diag(own)) / scale


def _family(c: _Coincidences, codes: list[Any], coders: int) -> UnitizingAlpha:
    n, by_chance = c.met.sum(axis=1), _expected(c.met.sum(axis=1), c.own)
    met = c.met[1:, 1:]  # where spans meet spans, without gaps
    met_n = met.sum(axis=1)
    met_chance = _expected(met_n, c.met_own[1:])
    chance_n = met_chance.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ku = 1 - (chance_n / met_n) * (met_n - np.diag(met)) / (chance_n - np.diag(met_chance))
    if len(codes) < 2:  # one code cannot be confused with another
        ku = np.full(len(codes), np.nan)
    u = _one_minus(n.sum() - np.trace(c.met), by_chance.sum() - np.trace(by_chance))
    cu = _one_minus(met_n.sum() - np.trace(met), met_chance.sum() - np.trace(met_chance))
    return UnitizingAlpha(u, cu, dict(zip(codes, map(float, ku), strict=True)), coders)


def _one_minus(observed: float, expected: float) -> float:
    """1 - observed / expected; nan where no disagreement can be expected."""
    return float(1 - observed / expected) if expected > 1e-12 else float("nan")


def _resampled(parts: list[_Coincidences], draws: int, rng: np.random.Generator) -> Floats:
    """u of resampled continua."""
    picks = rng.multinomial(len(parts), np.full(len(parts), 1 / len(parts)), size=draws).astype(float)
    margins = picks @ np.array([p.met.sum(axis=1) for p in parts])
    agreed = picks @ np.array([np.trace(p.met) for p in parts])
    own = picks @ np.array([p.own for p in parts])
    total = margins.sum(axis=1)
    chance = total * ((margins**2).sum(axis=1) - own.sum(axis=1)) / (total**2 - own.sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total - chance > 1e-12, 1 - (total - agreed) / (total - chance), np.nan)
