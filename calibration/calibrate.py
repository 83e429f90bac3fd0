"""Runs the calibration of calibration/plan.yaml: `make calibrate`, or python calibration/calibrate.py --help.

`make calibrate FINAL=1` draws the communities whose seeds are kept for the last run; nothing else does.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from joblib import cpu_count

from analysis import study
from analysis.calibration import again, run


def main() -> None:
    """Run what is not done yet, then write the tables from all records."""
    words = argparse.ArgumentParser(description="How often the study errs, on simulated communities.")
    words.add_argument(
        "part",
        nargs="*",
        default=["distributions", "chain", "trials", "described", "tables"],
        help="distributions, chain, trials, described, tables (all); or again: after a change of code that is meant "
        "to change no number, try some communities of each kind again, and keep the rows where all give the same",
    )
    words.add_argument("--minutes", type=float, default=95, help="time budget; a later call goes on (%(default)s)")
    words.add_argument("--jobs", type=int, default=cpu_count(), help="processes (all cores)")
    words.add_argument("--fresh", action="store_true", help="forget what these parts tried so far, and begin anew")
    words.add_argument("--final", action="store_true", help="the communities whose seeds are kept for the last run")
    given = words.parse_args()
    alike = study.rounding()
    if not alike.items() <= os.environ.items():  # they count from the start of a process
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | alike)
    until = time.monotonic() + 60 * given.minutes
    plan = run.load(Path(__file__).resolve().parents[1], final=given.final)
    if given.fresh:
        run.forget(plan, given.part)
    if "again" in given.part:
        for part in run.PARTS:
            number = again.carry_over(plan, part, given.jobs)
            print(f"{part}: {f'{number} communities gave the same records' if number else 'of the present code'}")
    for line in run.say_cost(plan, given.jobs):
        print(line, flush=True)
    if "distributions" in given.part:
        run.run_distributions(plan, given.jobs)
    if "chain" in given.part:
        run.run_chain(plan, until, given.jobs)
    if "trials" in given.part:
        run.run_trials(plan, until, given.jobs)
    if "described" in given.part:
        run.run_described(plan, until, given.jobs)
    if "tables" in given.part:
        for name, table in run.write_tables(plan).items():
            print(f"calibration/{name}.csv: {len(table)} rows")


if __name__ == "__main__":
    main()
