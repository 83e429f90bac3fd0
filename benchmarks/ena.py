"""Speed of epistemic networks, beside the package ena-python where it is installed, and the test's false alarms.

Run: python benchmarks/ena.py. Uses the Rescushell rows of tests/reference 50 times with distinct keys: 191,200 rows,
2,400 units, on one core. Prints the median of five runs.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from analysis.themes.compare import compare_groups
from analysis.themes.ena import EpistemicNetwork, accumulate, centre, means_axes

ROWS = Path(__file__).resolve().parents[1] / "tests" / "reference" / "ena" / "rescushell_codes.csv"
UNITS, CONVERSATIONS = ["Condition", "UserName"], ["Condition", "GroupName", "ActivityNumber"]
CODES = ["Data", "Technical.Constraints", "Performance.Parameters"]
CODES += ["Client.and.Consultant.Requests", "Design.Reasoning", "Collaboration"]
COPIES, LIMIT = 50, 0.4
LABELLINGS, PERMUTATIONS, LEVEL = 200, 199, 0.05


def copies(one: pd.DataFrame) -> pd.DataFrame:
    """The rows COPIES times, each copy with units and conversations of its own."""
    parts = [
        one.assign(UserName=one["UserName"] + f"-{i}", GroupName=one["GroupName"] + f"-{i}") for i in range(COPIES)
    ]
    return pd.concat(parts, ignore_index=True)


def seconds(call: Callable[[], object], runs: int = 5) -> float:
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return median(took)


def peer(many: pd.DataFrame) -> float | None:
    """Seconds that ena-python takes to accumulate the rows; None where it is not installed."""
    if find_spec("ena_python") is None:
        return None
    from ena_python.accumulation import accumulate_data

    return seconds(
        lambda: accumulate_data(many, units=UNITS, conversation=CONVERSATIONS, codes=CODES, window_size_back=4), runs=3
    )


def false_alarms(one: pd.DataFrame) -> tuple[float, float]:
    """Share of random labellings that are rejected: with the axis kept, and with the axis refitted."""
    lines = EpistemicNetwork(UNITS, CONVERSATIONS, CODES).fit(one).lines.to_numpy()
    centred, rng, kept, refitted = centre(lines), np.random.default_rng(0), [], []
    for i in range(LABELLINGS):
        labels = rng.permutation(np.arange(len(lines)) % 2 == 0)
        scores = centred @ means_axes(centred, ~labels, labels)[:, 0]
        drawn = rng.permuted(np.broadcast_to(labels, (PERMUTATIONS, labels.size)), axis=1)
        null = np.abs(drawn @ scores / labels.sum() - ~drawn @ scores / (~labels).sum())
        observed = abs(scores[labels].mean() - scores[~labels].mean())
        kept.append(((null >= observed).sum() + 1) / (PERMUTATIONS + 1) <= LEVEL)
        refitted.append(compare_groups(lines, labels, permutations=PERMUTATIONS, seed=i).p <= LEVEL)
    return float(np.mean(kept)), float(np.mean(refitted))


def main() -> None:
    one = pd.read_csv(ROWS)
    many = copies(one)
    units = many[UNITS].drop_duplicates().shape[0]
    ours = seconds(lambda: accumulate(many, UNITS, CONVERSATIONS, CODES, window=4))
    whole = seconds(lambda: EpistemicNetwork(UNITS, CONVERSATIONS, CODES, window=4).fit(many))
    size = f"{len(many):,d} rows, {units:,d} units"
    print(f"accumulate {size}: {ours:.3f} s (at most {LIMIT} s wanted); accumulate and fit {whole:.3f} s")
    theirs = peer(many)
    print("ena-python: not installed" if theirs is None else f"ena-python: {theirs:.2f} s ({theirs / ours:.0f} x)")
    kept, refitted = false_alarms(one)
    print(f"random labels rejected at {LEVEL}: {kept:.3f} with the axis kept, {refitted:.3f} with the axis refitted")


if __name__ == "__main__":
    main()
