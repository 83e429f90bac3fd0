"""What all universes of a claim say together: which choice moves it, and whether so many agree by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Floats
from analysis.robustness.pairs import Found


def joint_test(found: Sequence[Found], alpha: float) -> dict:
    """One test of all universes of a claim (Simonsohn, Simmons and Nelson 2020, section "inferences").

    Data without the effect are made R times, each time in the same way for all universes (the same relabelling of
    members, or the same messages that become news), and every universe computed on them. p: how often these give a
    median effect, or a share of universes significant in the claim's direction, at least as large as the observed
    (b + 1) / (R + 1). A universe is significant where all its tests that rest on this null have p <= alpha.
    """
    observed = np.array([one.observed[0] for one in found])
    permuted = np.array([one.permuted[0] for one in found])
    median, medians = np.median(observed), np.nanmedian(permuted, axis=0)
    significant = np.array([_p_values(one).max(axis=0) <= alpha for one in found]).mean(axis=0)
    return {
        "relabellings": permuted.shape[1],
        "median": float(median),
        "p_median": _p(medians, median),
        "significant": float(significant[0]),
        "expected": float(significant[1:].mean()),
        "p_significant": _p(significant[1:], significant[0]),
    }


def _p(null: Floats, observed: float) -> float:
    return float((np.sum(null >= observed - 1e-12) + 1) / (null.size + 1))


def _p_values(one: Found) -> Floats:
    """p greater of each test, observed first and then each relabelling as if it were observed: shape (tests, 1 + R)."""
    both = np.column_stack([one.observed, one.permuted])
    return 1 - (stats.rankdata(both, method="min", axis=1) - 1) / both.shape[1]


def variance_explained(rows: pd.DataFrame, choices: Sequence[str]) -> dict[str, float]:
    """Share of the variance of `value` over universes that goes with each choice alone, and "all" together.

    A regression on every option of every choice; a choice's share is what R2 loses without it (squared semi-partial
    correlation). What is not "all" is combinations of choices, and draws.
    """
    value = rows["value"].to_numpy(dtype=float)
    names = [name for name in choices if len(set(rows[name])) > 1]
    if not names or np.ptp(value) == 0:
        return {}
    columns = {name: pd.get_dummies(rows[name], drop_first=True).to_numpy(dtype=float) for name in names}
    whole = _r2(value, list(columns.values()))
    alone = {name: whole - _r2(value, [c for other, c in columns.items() if other != name]) for name in names}
    return {"all": whole} | {name: max(share, 0.0) for name, share in alone.items()}


def _r2(value: Floats, columns: Sequence[Floats]) -> float:
    design = np.column_stack([np.ones(value.size), *columns])
    left = value - design @ np.linalg.lstsq(design, value, rcond=None)[0]
    return float(1 - (left @ left) / np.sum((value - value.mean()) ** 2))
