"""The accuracy of the scrubbing, as benchmarks/scrubbing.py measured it on invented sentences."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

SCRUBBING = Path(__file__).with_name("scrubbing.csv")
NAMES = ("NAME", "OTHER")  # classes of names: on the roster, on none
GROUPS = {"structured": "numbers, addresses and links", "NAME": "names on the roster", "OTHER": "names on no roster"}
MEASURED_ON = {
    "all": "all sentences (most served to make or fix the rules)",
    "at_first": "those written later, with the rules as they were then",
    "untouched": "those of them on which nothing was ever fixed",
}


def read() -> pd.DataFrame:
    """The committed table: measured_on, sentences, class, labelled, found, marked, right (counts)."""
    return pd.read_csv(SCRUBBING, dtype={"marked": "Int64", "right": "Int64"})


def with_rates(measured: pd.DataFrame) -> pd.DataFrame:
    """The table with recall (found of labelled) and precision (right of marked), missing where nothing was counted."""
    counts = measured[["labelled", "found", "marked", "right"]].astype("Float64")
    recall, precision = counts["found"] / counts["labelled"], counts["right"] / counts["marked"]
    return measured.assign(recall=recall.astype(float), precision=precision.astype(float))


def grouped(measured: pd.DataFrame, measured_on: str) -> pd.DataFrame:
    """Counts and rates of each of GROUPS (index) in one set of sentences."""
    rows = measured[measured["measured_on"] == measured_on]
    group = rows["class"].where(rows["class"].isin(NAMES), "structured")
    counts = rows[["labelled", "found", "marked", "right"]].groupby(group).sum(min_count=1)
    return with_rates(counts.loc[list(GROUPS)])


def summary(measured: pd.DataFrame) -> pd.DataFrame:
    """Found of labelled in each set of sentences (rows) and group (columns): in counts, since a share would round the
    last misses away."""
    rows = []
    for name, words in MEASURED_ON.items():
        counts = grouped(measured, name)
        rows.append({"measured on": words} | {
            GROUPS[group]: f"{int(n.found):,} of {int(n.labelled):,}" for group, n in counts.iterrows()})  # fmt: skip
    return pd.DataFrame(rows)
