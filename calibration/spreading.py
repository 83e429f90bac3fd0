"""Runs calibration/spreading.yaml: python calibration/spreading.py. Writes calibration/spreading.csv, in minutes."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd

from analysis.halfway import trials


def main() -> None:
    """Every community of the plan, one after the other."""
    root = Path(__file__).resolve().parents[1]
    began, rows = time.process_time(), []
    for row in trials.rows(trials.load(root)):
        rows.append(row)
        predicted = f"predicted {row['predicted']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        print(f"{row['change']}, {row['seed']}: {predicted}, realised {row['realised']:.2f}", flush=True)
    table = pd.DataFrame(rows).round(6)
    table.to_csv(root / "calibration" / "spreading.csv", index=False, lineterminator="\n")
    print(f"{table['inside'].sum()} of {len(table)} inside the band, in {time.process_time() - began:.0f} CPU seconds")


if __name__ == "__main__":
    main()
