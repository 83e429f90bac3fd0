"""Speed of epistemic networks, and how often their test rejects random labels.

    python benchmarks/table.py "epistemic networks"    # speed, next to ena-python
    python benchmarks/ena.py labels                    # the test (some minutes)

The Rescushell rows of tests/reference 50 times with distinct keys: 191,200 rows, 2,400 units.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from table import ROOT, Case, ours, peer
from timed import chosen, report

from analysis.themes.compare import compare_groups
from analysis.themes.ena import EpistemicNetwork, accumulate, centre, means_axes

ROWS = ROOT / "tests" / "reference" / "ena" / "rescushell_codes.csv"
UNITS, CONVERSATIONS = ["Condition", "UserName"], ["Condition", "GroupName", "ActivityNumber"]
CODES = ["Data", "Technical.Constraints", "Performance.Parameters"]
CODES += ["Client.and.Consultant.Requests", "Design.Reasoning", "Collaboration"]
COPIES = 50
LABELLINGS, PERMUTATIONS, LEVEL = 200, 199, 0.05


def copies(one: pd.DataFrame) -> pd.DataFrame:
    """The rows COPIES times, each copy with units and conversations of its own."""
    parts = [
        one.assign(UserName=one["UserName"] + f"-{i}", GroupName=one["GroupName"] + f"-{i}") for i in range(COPIES)
    ]
    return pd.concat(parts, ignore_index=True)


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


def labels() -> None:
    kept, refitted = false_alarms(pd.read_csv(ROWS))
    print(f"random labels rejected at {LEVEL}: {kept:.3f} with the axis kept, {refitted:.3f} with the axis refitted")


def accumulated(path: str) -> None:
    rows = pd.read_csv(path)
    report(
        lambda: accumulate(rows, UNITS, CONVERSATIONS, CODES, window=4), lambda made: made.to_numpy().sum(),
    )  # fmt: skip


def fitted(path: str) -> None:
    rows = pd.read_csv(path)
    report(lambda: EpistemicNetwork(UNITS, CONVERSATIONS, CODES, window=4).fit(rows), lambda made: made.variance[0])


def cases(folder: Path) -> Iterator[Case]:
    path = folder / "rows.csv"
    rows = copies(pd.read_csv(ROWS))
    rows.to_csv(path, index=False)
    size = f"{len(rows):,} rows, {rows[UNITS].drop_duplicates().shape[0]:,} units"
    for task, work in (("accumulate", f"connections of {size}"), ("fit", f"connections and points of {size}")):
        yield Case(work, [ours("ena.py", task, str(path)), peer("ena-python", "ena_python_run.py", task, str(path))])


if __name__ == "__main__":
    chosen({"accumulate": accumulated, "fit": fitted, "labels": labels})
