"""Saturation: how much new the last interviews brought (Guest, Namey and Chen 2020, 10.1371/journal.pone.0232076)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Ints
from analysis.errors import InputError


@dataclass(frozen=True)
class CodesHeard:
    """Which codes are heard in which interview.

    codes: interviews (in order) x codes, 0/1. new: codes that each interview brought. basis: "introduced", where the
    codebook records which interview introduced which code (codes holds the recorded ones only), else "first heard",
    which, if the codebook was closed beforehand, says only how soon its codes occurred.
    """

    codes: pd.DataFrame
    new: pd.Series
    basis: str


@dataclass(frozen=True)
class Saturation:
    """How far the interviews saturate the codes.

    curve: one row per interview: interview (1..n), new (codes), found (codes so far), new_information (new codes of the
    run that ends here over the codes of the base; missing before the first run). base_codes: codes of the base.
    reached: interviews before the first run at or below the threshold, None when no run is. base, run, threshold: as
    given to saturation.
    """

    curve: pd.DataFrame
    base_codes: int
    reached: int | None
    base: int
    run: int
    threshold: float


class RandomOrders(NamedTuple):
    """The same interviews in random orders.

    so_far: codes found after each interview, shape (orders, interviews). reached: in each order, as in Saturation.
    """

    so_far: Ints
    reached: list[int | None]

    def band(self) -> tuple[Floats, Floats]:
        """Range of codes found after each interview in 90 % of the orders: low, high, shape (interviews,)."""
        low, high = np.quantile(self.so_far, [0.05, 0.95], axis=0)
        return low, high


def codes_heard(turns: pd.DataFrame, codes: Sequence[str], introduced: Mapping[str, str]) -> CodesHeard:
    """Which codes are heard in which interview, and where each is new.

    turns: as from matrix.coded_turns, in whose order the interviews count. introduced: code -> transcript that brought
    it, as the codebook records it.
    """
    heard = turns.groupby("transcript", sort=False)[list(codes)].max()
    recorded = [code for code in codes if introduced.get(code) in heard.index]
    if not recorded:
        return CodesHeard(heard, pd.Series(first_heard(heard), index=heard.index), "first heard")
    brought = pd.Series([introduced[code] for code in recorded], dtype=str).value_counts()
    return CodesHeard(heard[recorded], brought.reindex(heard.index, fill_value=0), "introduced")


def saturation(new: ArrayLike, *, base: int, run: int, threshold: float) -> Saturation:
    """Assess saturation from the number of codes that each interview, in order, brought into the codebook.

    new: shape (n,). base: number of interviews whose codes are the denominator. run: number of interviews in which new
    codes are counted; runs overlap and advance by one interview. threshold: largest share of the base's codes that
    still counts as nothing new. Raises InputError when there are fewer interviews than base and one run, or the base
    has no code.
    """
    counts = np.asarray(new, dtype=np.int64)
    _check(counts.size, base, run, threshold)
    so_far = counts.cumsum()
    if not so_far[base - 1]:
        raise InputError(f"the first {base} interviews bring no code, so there is no base to measure new ones against")
    share = _new_information(so_far[None, :], base, run)
    curve = pd.DataFrame({"interview": np.arange(1, counts.size + 1), "new": counts, "found": so_far})
    curve["new_information"] = pd.Series(share[0], index=curve.index[base + run - 1 :])
    return Saturation(curve, int(so_far[base - 1]), _reached(share, base, threshold)[0], base, run, threshold)


def random_orders(heard: ArrayLike, base: int, run: int, threshold: float, *, orders: int, seed: int) -> RandomOrders:
    """The curve and its end if the interviews had come in another order.

    heard: shape (interviews, codes), whether a code is heard in an interview. An order's `reached` is the number of
    interviews before the first run at or below the threshold, or None.
    """
    presence = np.asarray(heard, dtype=bool)
    _check(len(presence), base, run, threshold)
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.broadcast_to(np.arange(len(presence)), (orders, len(presence))), axis=1)
    so_far = np.logical_or.accumulate(presence[order], axis=1).sum(axis=2)
    return RandomOrders(so_far, _reached(_new_information(so_far, base, run), base, threshold))


def first_heard(heard: ArrayLike) -> Ints:
    """Number of codes heard for the first time in each interview; heard: shape (interviews, codes)."""
    presence = np.asarray(heard, dtype=bool)
    return np.diff(np.logical_or.accumulate(presence, axis=0).sum(axis=1), prepend=0)


def _check(n: int, base: int, run: int, threshold: float) -> None:
    if base < 1 or run < 1 or not 0 <= threshold <= 1:
        raise InputError(
            f"base {base}, run {run}, threshold {threshold} cannot be used",
            fix="Base and run are 1 or more; the threshold is a share, 0 to 1.",
        )
    if n < base + run:
        raise InputError(f"{n} interviews are too few for a base of {base} and a run of {run}")


def _new_information(so_far: Ints, base: int, run: int) -> Floats:
    """New codes of each run over the base's codes; so_far: shape (orders, n). Returns (orders, n - base - run + 1)."""
    new = so_far[:, base + run - 1 :] - so_far[:, base - 1 : so_far.shape[1] - run]
    return new / np.maximum(so_far[:, [base - 1]], 1)


def _reached(share: Floats, base: int, threshold: float) -> list[int | None]:
    """Interviews before the first run at or below the threshold, of each row."""
    below = share <= threshold + 1e-12
    return [base + int(row.argmax()) if row.any() else None for row in below]
