"""Speed of intercoder agreement with its bootstrap, against a loop over the package krippendorff.

Run: python benchmarks/agreement.py (needs the extra `bench`). Prints one line a case, the median of five runs in
milliseconds of CPU.
The loop is timed over ten resamples and scaled to all. Three coders, ten categories, a tenth of the codes missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import krippendorff
import numpy as np
import pandas as pd

from analysis.coding.agreement import agreement

RESAMPLES = 1000


def codings(units: int, coders: int = 3, categories: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, categories + 1, (units, 1))
    codes = np.where(rng.random((units, coders)) < 0.7, truth, rng.integers(1, categories + 1, (units, coders)))
    return pd.DataFrame(np.where(rng.random((units, coders)) < 0.1, np.nan, codes))


def milliseconds(call: Callable[[], object], runs: int = 5) -> float:
    took = []
    for _ in range(runs):
        started = time.process_time()
        call()
        took.append(1000 * (time.process_time() - started))
    return median(took)


def loop(data: pd.DataFrame, level: str, resamples: int = 10) -> float:
    """Milliseconds that RESAMPLES resamples of the units take with the package, one call each."""
    table = data.to_numpy().T
    rng = np.random.default_rng(0)

    def resampled() -> None:
        for _ in range(resamples):
            krippendorff.alpha(table[:, rng.integers(table.shape[1], size=table.shape[1])], level_of_measurement=level)

    return milliseconds(resampled, runs=1) * RESAMPLES / resamples


def main() -> None:
    for units in (10_000, 100_000):
        data = codings(units)
        for level in ("nominal", "ordinal", "interval", "ratio"):
            ours = milliseconds(lambda data=data, level=level: agreement(data, level=level, bootstrap=RESAMPLES))
            theirs = loop(data, level)
            times = f"{ours:6.1f} ms; a loop {theirs:9,.0f} ms ({theirs / ours:,.0f} x)"
            print(f"alpha {level:10s} {units:7,d} units: {times}")
        for statistic in ("percent", "fleiss", "ac1", "conger"):
            ours = milliseconds(lambda data=data, s=statistic: agreement(data, statistic=s, bootstrap=RESAMPLES))
            print(f"{statistic:16s} {units:7,d} units: {ours:6.1f} ms")
        for statistic in ("kappa", "weighted_kappa"):
            pair = data.iloc[:, :2]
            ours = milliseconds(lambda data=pair, s=statistic: agreement(data, statistic=s, bootstrap=RESAMPLES))
            print(f"{statistic:16s} {units:7,d} units: {ours:6.1f} ms")


if __name__ == "__main__":
    main()
