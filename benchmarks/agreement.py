"""Speed of intercoder agreement with its interval: python benchmarks/table.py agreement.

Three coders, ten categories, a tenth of the codes missing. The package krippendorff has no interval, so it is called
for each resample, with counts of values by unit, its quickest form, made once. irrCAC's interval follows from a formula
of the variance, ours from resamples.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from table import Case, Tool, ours, peer
from timed import chosen, report

from analysis.coding.agreement import agreement

UNITS, CODERS, CATEGORIES, RESAMPLES = 10_000, 3, 10, 1000


def codings() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, CATEGORIES + 1, (UNITS, 1))
    noise = rng.integers(1, CATEGORIES + 1, (UNITS, CODERS))
    codes = np.where(rng.random((UNITS, CODERS)) < 0.7, truth, noise)
    return pd.DataFrame(np.where(rng.random((UNITS, CODERS)) < 0.1, np.nan, codes))


def by_us(statistic: str, level: str, resamples: str, path: str) -> None:
    data, options = pd.read_csv(path), {"statistic": statistic, "level": level, "bootstrap": int(resamples)}
    report(lambda: agreement(data, **options), lambda made: made.value)


def by_krippendorff(level: str, resamples: str, path: str) -> None:
    import krippendorff

    table, rng = pd.read_csv(path).to_numpy(), np.random.default_rng(0)
    counts = np.stack([(table == value).sum(axis=1) for value in range(1, CATEGORIES + 1)], axis=1)

    def work() -> float:
        alpha = krippendorff.alpha(table.T, level_of_measurement=level)
        for _ in range(int(resamples)):
            krippendorff.alpha(value_counts=counts[rng.integers(UNITS, size=UNITS)], level_of_measurement=level)
        return alpha

    report(work, float, "krippendorff")


def cases(folder: Path) -> Iterator[Case]:
    path = folder / "codings.csv"
    codings().to_csv(path, index=False)
    for level, resamples in (("nominal", 0), ("nominal", RESAMPLES)):
        settings = level, str(resamples), str(path)
        there = Tool("krippendorff", [sys.executable, __file__, "krippendorff", *settings], "make .venv/.tests")
        work = f"{level} alpha of {UNITS:,} units" + (f" with {resamples:,} resamples" if resamples else "")
        yield Case(work, [ours("agreement.py", "ours", "alpha", *settings), there])
    for statistic, method, name in (("ac1", "gwet", "AC1"), ("conger", "conger", "Conger's kappa")):
        us = ours("agreement.py", "ours", statistic, "nominal", str(RESAMPLES), str(path))
        them = peer("irrCAC", "irrcac_run.py", method, str(path))
        yield Case(f"{name} of {UNITS:,} units and its interval", [us, them])


if __name__ == "__main__":
    chosen({"ours": by_us, "krippendorff": by_krippendorff})
