"""All universes of a claim together: which choice moves it, and whether as many would agree by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis import resample
from analysis.arrays import Floats
from analysis.robustness.finished import ClaimResult


@dataclass(frozen=True)
class JointTest:
    """One test of all universes of a claim (Simonsohn, Simmons and Nelson 2020, section "inferences").

    median: of the effects; significant: share of universes significant in the claim's direction. null: one row per
    data set made without the effect, with the same two columns.
    """

    median: float
    significant: float
    null: pd.DataFrame

    def numbers(self) -> dict:
        """Both statistics with their p-values, (b + 1) / (R + 1); expected: the mean share under the null."""
        p = {f"p_{name}": resample.p_greater(self.null[name], getattr(self, name)) for name in self.null}
        shares = {"significant": self.significant, "expected": float(self.null["significant"].mean())}
        return {"relabellings": len(self.null), "median": self.median, **shares, **p}


def joint_test(results: Sequence[ClaimResult], alpha: float) -> JointTest:
    """The joint test of the universes.

    Data without the effect are made R times, each time in the same way for all universes (the same relabelling of
    members, or the same messages that become news), and every universe is computed on them. A universe is significant
    where all its tests that rest on this null have p <= alpha.
    """
    both = np.array([np.column_stack([one.observed, one.permuted]) for one in results])  # (universes, tests, 1 + R)
    as_extreme = np.where(np.isnan(both), np.inf, both)  # a relabelling without a fit counts against the claim
    as_extreme[..., 0] = np.where(np.isnan(both[..., 0]), -np.inf, both[..., 0])  # and so do data without a fit
    p = 1 - (stats.rankdata(as_extreme, method="min", axis=-1) - 1) / both.shape[-1]  # of each as if it were observed
    significant = (p.max(axis=1) <= alpha).mean(axis=0)
    median = pd.DataFrame(both[:, 0]).median()  # missing where no universe has a fit
    null = pd.DataFrame({"median": median[1:].to_numpy(), "significant": significant[1:]})
    return JointTest(float(median[0]), float(significant[0]), null)


def variance_explained(rows: pd.DataFrame, choices: Sequence[str]) -> dict[str, float]:
    """Share of the variance of `value` over universes explained by each choice alone, and by "all" together.

    A regression on every option of every choice; a choice's share is what R2 loses without it (squared semi-partial
    correlation). The rest is interactions of choices, and random draws.
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
