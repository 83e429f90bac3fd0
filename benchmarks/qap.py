"""Speed of the tests of relations on one core, and of R's sna where R is installed.

Run: python benchmarks/qap.py. Prints one line a case in CPU seconds; R runs a tenth of the permutations, scaled.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is read: one core

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.network.events import exchanged_before, relational_events, standard
from analysis.network.qap import logistic_qap, mrqap, qap_correlation

PERMUTATIONS = 1000
R_SCRIPT = """
suppressMessages(library(sna)); d <- commandArgs(TRUE)[1]; r <- as.integer(commandArgs(TRUE)[2])
m <- lapply(c("y", "a", "b", "c"), function(n) as.matrix(read.csv(file.path(d, paste0(n, ".csv")), header = FALSE)))
fit <- get(commandArgs(TRUE)[3])
cat(system.time(fit(m[[1]], m[2:4], mode = "digraph", nullhyp = "qapspp", reps = r))[["elapsed"]])
"""


def relations(n: int, *, binary: bool = False) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    y, *x = rng.normal(size=(4, n, n))
    return (y > 1.3).astype(float) if binary else y, dict(zip("abc", x, strict=True))


def seconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def r_seconds(function: str, y: np.ndarray, x: dict[str, np.ndarray]) -> str:
    """sna's time for all permutations, or that R or sna is not there."""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    with tempfile.TemporaryDirectory() as folder:
        for name, matrix in {"y": y, **x}.items():
            pd.DataFrame(matrix).to_csv(Path(folder) / f"{name}.csv", index=False, header=False)
        command = ["Rscript", "-e", R_SCRIPT, folder, str(PERMUTATIONS // 10), function]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"sna {10 * float(done.stdout):,.0f} s" if done.returncode == 0 else "R lacks sna"


def choices(events: int = 20_000, members: int = 60) -> float:
    """The relational event model with eight effects on events made at random."""
    rng = np.random.default_rng(0)
    source = rng.integers(members, size=events)
    target = (source + rng.integers(1, members, size=events)) % members
    effects = standard(
        "inertia", "reciprocity", "recency_sent", "recency_received", "PSAB-BA", "PSAB-BY", "PSAB-AY"
    ) | {"earlier": exchanged_before(rng.random(events) < 0.5)}
    return seconds(lambda: relational_events(source, target, effects, members=members))


def main() -> None:
    y, x = relations(200)
    yes, covariates = relations(100, binary=True)
    cases: dict[str, tuple[Callable[[], object], str, str]] = {
        "correlation, n = 200": (lambda: qap_correlation(y, x["a"], directed=True, permutations=PERMUTATIONS), "", ""),
        "MRQAP-DSP, n = 200, 3 covariates": (lambda: mrqap(y, x, directed=True), "1", r_seconds("netlm", y, x)),
        "MRQAP-Y, n = 200, 3 covariates": (lambda: mrqap(y, x, directed=True, null="y"), "", ""),
        "logistic DSP, n = 100, 3 covariates": (
            lambda: logistic_qap(yes, covariates, directed=True), "20", r_seconds("netlogit", yes, covariates),
        ),
    }  # fmt: skip
    print(f"{PERMUTATIONS} permutations; CPU seconds on one core")
    for name, (call, aim, peer) in cases.items():
        print(f"{name:42s} {seconds(call):6.2f} s  {f'(aim: under {aim} s)' if aim else '':20s} {peer}")
    print(f"{'20,000 events, 60 members, 100 controls':42s} {choices():6.2f} s")


if __name__ == "__main__":
    main()
