"""Saturation: how much new the last interviews brought (Guest, Namey and Chen 2020, 10.1371/journal.pone.0232076)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError


@dataclass(frozen=True)
class Saturation:
    """How far the interviews saturate the codes.

    curve: one row an interview: interview (1..n), new (codes), found (codes so far), new_information (new codes of the
    run that ends here over the codes of the base; missing before the first run). base_codes: codes of the base.
    reached: interviews before the first run at or below the threshold, None when no run is; run: how many confirm it.
    """

    curve: pd.DataFrame
    base_codes: int
    reached: int | None
    run: int


def saturation(new: ArrayLike, *, base: int, run: int, threshold: float) -> Saturation:
    """Assess saturation from the number of codes that each interview, in order, brought into the codebook.

    new: shape (n,). base: interviews whose codes are the yardstick. run: interviews in which new codes are looked for;
    runs overlap and move on by one interview. threshold: largest share of the base's codes that still counts as
    nothing new. Raises InputError when there are fewer interviews than base and one run, or the base has no code.
    """
    counts = np.asarray(new, dtype=np.int64)
    _check(counts.size, base, run, threshold)
    found = counts.cumsum()
    if not found[base - 1]:
        raise InputError(f"the first {base} interviews bring no code, so there is no base to measure new ones against")
    share = _new_information(found[None, :], base, run)[0]
    curve = pd.DataFrame(
        {
            "interview": np.arange(1, counts.size + 1),
            "new": counts,
            "found": found,
            "new_information": np.concatenate([np.full(base + run - 1, np.nan), share]),
        }
    )
    return Saturation(curve, int(found[base - 1]), _reached(share[None, :], base, threshold)[0], run)


def random_orders(
    heard: ArrayLike, *, base: int, run: int, threshold: float, orders: int, seed: int
) -> tuple[NDArray[np.int64], list[int | None]]:
    """What the curve and its end would be had the interviews come in another order.

    heard: shape (interviews, codes), whether a code is heard in an interview. Returns codes found so far, shape
    (orders, interviews), and for each order the interviews before the first run at or below the threshold, or None.
    """
    presence = np.asarray(heard, dtype=bool)
    _check(len(presence), base, run, threshold)
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.broadcast_to(np.arange(len(presence)), (orders, len(presence))), axis=1)
    found = np.logical_or.accumulate(presence[order], axis=1).sum(axis=2)
    return found, _reached(_new_information(found, base, run), base, threshold)


def first_heard(heard: ArrayLike) -> NDArray[np.int64]:
    """How many codes are heard for the first time in each interview; heard: shape (interviews, codes)."""
    presence = np.asarray(heard, dtype=bool)
    found = np.logical_or.accumulate(presence, axis=0).sum(axis=1)
    return np.diff(found, prepend=0)


def _check(n: int, base: int, run: int, threshold: float) -> None:
    if base < 1 or run < 1 or not 0 <= threshold <= 1:
        raise InputError(
            f"base {base}, run {run}, threshold {threshold} cannot be used",
            fix="Base and run are 1 or more; the threshold is a share, 0 to 1.",
        )
    if n < base + run:
        raise InputError(f"{n} interviews are too few for a base of {base} and a run of {run}")


def _new_information(found: NDArray[np.int64], base: int, run: int) -> NDArray[np.float64]:
    """New codes of each run over the base's codes; found: shape (orders, n). Returns (orders, n - base - run + 1)."""
    fresh = found[:, base + run - 1 :] - found[:, base - 1 : found.shape[1] - run]
    return fresh / np.maximum(found[:, [base - 1]], 1)


def _reached(share: NDArray[np.float64], base: int, threshold: float) -> list[int | None]:
    """Interviews before the first run at or below the threshold, of each row."""
    below = share <= threshold + 1e-12
    return [base + int(row.argmax()) if row.any() else None for row in below]
