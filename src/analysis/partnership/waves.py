"""Partnerships in time: waves in which a pair may begin one, and standardising within a wave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Ints, Seconds
from analysis.errors import InputError
from analysis.network.ties import Exchange

DAY = 86_400  # seconds
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Waves:
    """Declared partnerships in time. starts, end: seconds; since: shape (n, n), when each pair began, NEVER if it did
    not; began: shape (waves, n, n), 1 where a pair began in the wave, missing where it could not (already partners, of
    unknown date, or not both members yet); same_sector: shape (n, n).

    Every pair is at risk in every wave until its partnership begins, and exposure counts up to the wave's start, so
    exposure is measured alike for pairs that become partners and for those that do not.
    """

    starts: Seconds
    end: int
    since: Seconds
    began: Floats
    same_sector: Floats

    @classmethod
    def of(cls, turns: Exchange, members: pd.DataFrame, partnerships: pd.DataFrame, wave_days: float) -> Waves:
        """members, partnerships: the tables of ingest; wave_days: length of a wave."""
        people, seconds = turns.members, turns.seconds
        length = int(wave_days * DAY)
        first, last = (int(seconds.min()), int(seconds.max())) if seconds.size else (0, 0)
        starts = np.arange(first + length, last - length + 1, length, dtype=np.int64)
        since, dated = _since(partnerships, people)
        ends = starts + length
        began = ((since >= starts[:, None, None]) & (since < ends[:, None, None])).astype(float)
        joined = _seconds(members.set_index("member")["joined"].reindex(people), missing=np.iinfo(np.int64).min)
        both = np.maximum(joined[:, None], joined[None, :])
        at_risk = (since >= starts[:, None, None]) & (both <= starts[:, None, None]) & dated
        end = int(ends[-1]) if len(ends) else last
        sector = members.set_index("member")["sector"].reindex(people).to_numpy(dtype=object, na_value=None)
        same_sector = np.array([[float(s is not None and s == t) for t in sector] for s in sector])
        return cls(starts, end, since, np.where(at_risk, began, np.nan), same_sector.reshape(since.shape))

    @property
    def pairs(self) -> tuple[Ints, Seconds]:
        """Index of each pair that became partners in a wave (-1 for others), shape (n, n), and when: shape (pairs,)."""
        began = np.nansum(self.began, axis=0) > 0
        a, b = np.nonzero(np.triu(began, 1))
        pair = np.full(began.shape, -1)
        pair[a, b] = pair[b, a] = np.arange(a.size)
        return pair, self.since[a, b]

    @property
    def events(self) -> int:
        """Partnerships that began in a wave."""
        return int(np.nansum(self.began) / 2)

    def require_events(self) -> None:
        """Raises InputError when no partnership began in a wave."""
        what = "no declared partnership with a date after the first wave and within the time of the chats"
        if not self.events:
            raise InputError(what)


def _since(partnerships: pd.DataFrame, people: pd.Index) -> tuple[Seconds, Flags]:
    """When each pair's first partnership began (NEVER: none), and whether it is dated; both of shape (n, n)."""
    since = np.full((len(people), len(people)), NEVER)
    dated = np.ones_like(since, dtype=bool)
    a, b = people.get_indexer(partnerships["member_a"]), people.get_indexer(partnerships["member_b"])
    for i, j, when in zip(a, b, _seconds(partnerships["since"], missing=-1), strict=True):
        if when < 0:
            dated[i, j] = dated[j, i] = False
        else:
            since[i, j] = since[j, i] = min(since[i, j], when)
    return since, dated


def _seconds(times: pd.Series, missing: int) -> Seconds:
    plain = times.dt.tz_localize(None).astype("datetime64[s]").to_numpy()
    return np.where(np.isnat(plain), missing, plain.astype(np.int64))


def standardised(stack: Floats, at_risk: Floats | None = None) -> Floats:
    """Each wave of a symmetric stack (waves, n, n), standardised to mean 0 and standard deviation 1 over its pairs; 0
    if all are equal. at_risk: of the same shape, missing where a pair is not counted; the result is missing there
    too."""
    counted = np.broadcast_to(~np.eye(stack.shape[1], dtype=bool), stack.shape) & ~np.isnan(stack)
    if at_risk is not None:
        counted = counted & ~np.isnan(at_risk)
    pairs = np.maximum(counted.sum(axis=(1, 2), keepdims=True), 1)
    centred = np.where(counted, stack, 0)
    centred = np.where(counted, centred - centred.sum(axis=(1, 2), keepdims=True) / pairs, 0)
    spread = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True) / pairs)
    return np.where(counted, np.where(spread > 1e-12, centred / np.maximum(spread, 1e-12), 0), np.nan)
