"""Speed of the tests of relations, next to R's sna: python benchmarks/table.py "tests of relations".

sna runs the null model that ours runs (double semi-partialling), from R, which Debian's r-cran-sna brings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from table import HERE, Case, Tool, ours
from timed import chosen, report

from analysis.network.events import exchanged_before, relational_events, standard
from analysis.network.qap import logistic_qap, mrqap, qap_correlation

PERMUTATIONS = 1000
EVENTS, MEMBERS = 20_000, 60
NAMES = ("y", "a", "b", "c")


def write(folder: Path, n: int, *, binary: bool) -> None:
    """Four random relations of n members as CSV: y, which is 0 or 1 if binary, and three that explain it."""
    folder.mkdir()
    y, *others = np.random.default_rng(0).normal(size=(4, n, n))
    for name, matrix in zip(NAMES, ((y > 1.3).astype(float) if binary else y, *others), strict=True):
        pd.DataFrame(matrix).to_csv(folder / f"{name}.csv", index=False, header=False)


def read(folder: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    y, *x = (pd.read_csv(Path(folder) / f"{name}.csv", header=None).to_numpy(float) for name in NAMES)
    return y, dict(zip(NAMES[1:], x, strict=True))


def slope(fit: Any) -> float:
    return float(fit.table.loc["a", "coef"])


def linear(null: str, folder: str) -> None:
    y, x = read(folder)
    report(lambda: mrqap(y, x, directed=True, null=null, permutations=PERMUTATIONS), slope)


def logistic(folder: str) -> None:
    y, x = read(folder)
    report(lambda: logistic_qap(y, x, directed=True, permutations=PERMUTATIONS), slope)


def correlation(folder: str) -> None:
    y, x = read(folder)
    a = x["a"]
    report(lambda: qap_correlation(y, a, directed=True, permutations=PERMUTATIONS), lambda fit: fit.correlation)


def events() -> None:
    """The relational event model with eight effects on events made at random."""
    rng = np.random.default_rng(0)
    source = rng.integers(MEMBERS, size=EVENTS)
    target = (source + rng.integers(1, MEMBERS, size=EVENTS)) % MEMBERS
    names = ("inertia", "reciprocity", "recency_sent", "recency_received", "PSAB-BA", "PSAB-BY", "PSAB-AY")
    effects = standard(*names) | {"earlier": exchanged_before(rng.random(EVENTS) < 0.5)}
    report(lambda: relational_events(source, target, effects, members=MEMBERS), lambda _: EVENTS)


def sna(function: str, folder: Path) -> Tool:
    command = ["Rscript", str(HERE / "peers" / "sna_run.R"), function, str(PERMUTATIONS), str(folder)]
    return Tool("sna", command, "apt-get install r-cran-sna")


def cases(folder: Path) -> Iterator[Case]:
    small, large, yes = folder / "small", folder / "large", folder / "yes"
    for place, n in ((small, 60), (large, 200), (yes, 60)):
        write(place, n, binary=place == yes)
    each = f"3 covariates, {PERMUTATIONS:,} permutations"
    yield Case(f"MRQAP-DSP, 60 members, {each}", [ours("qap.py", "linear", "dsp", str(small)), sna("netlm", small)])
    yield Case(f"logistic QAP, 60 members, {each}", [ours("qap.py", "logistic", str(yes)), sna("netlogit", yes)])
    yield Case(f"MRQAP-DSP, 200 members, {each}", [ours("qap.py", "linear", "dsp", str(large))])
    yield Case(f"MRQAP-Y, 200 members, {each}", [ours("qap.py", "linear", "y", str(large))])
    yield Case(
        f"QAP correlation, 200 members, {PERMUTATIONS:,} permutations", [ours("qap.py", "correlation", str(large))]
    )
    yield Case(f"{EVENTS:,} relational events among {MEMBERS} members", [ours("qap.py", "events")])


if __name__ == "__main__":
    chosen({"linear": linear, "logistic": logistic, "correlation": correlation, "events": events})
