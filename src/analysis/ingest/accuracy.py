"""The accuracy of the scrubbing on the last round of fresh messages, as benchmarks/scrubbing.py recorded it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

SCRUBBING = Path(__file__).with_name("scrubbing.csv")
NAMES = ("NAME", "OTHER")  # classes of names: on the roster, on no list
GROUPS = {"structured": "numbers, addresses and links", "NAME": "names on the roster", "OTHER": "names on no roster"}
COUNTS = ["labelled", "found", "marked", "right"]


def read() -> pd.DataFrame:
    """The committed record: round, date, author, messages, class, labelled, found, marked, right (counts)."""
    return pd.read_csv(SCRUBBING)


def with_rates(measured: pd.DataFrame) -> pd.DataFrame:
    """The table with recall (found of labelled) and precision (right of marked), missing where nothing was counted."""
    counts = measured[COUNTS].astype("Float64")
    recall, precision = counts["found"] / counts["labelled"], counts["right"] / counts["marked"]
    return measured.assign(recall=recall.astype(float), precision=precision.astype(float))


def grouped(measured: pd.DataFrame) -> pd.DataFrame:
    """Counts and rates of each of GROUPS (index). Marks of names count under NAME, on the roster or not."""
    group = measured["class"].where(measured["class"].isin(NAMES), "structured")
    return with_rates(measured[COUNTS].groupby(group).sum().loc[list(GROUPS)])


def overall(measured: pd.DataFrame) -> pd.Series:
    """Counts and rates over all classes."""
    return with_rates(measured[COUNTS].sum().to_frame().T).iloc[0]


def summary(measured: pd.DataFrame) -> pd.DataFrame:
    """Found of labelled, and right of marked, by group: in counts, since a share would round the last misses away."""
    counts = grouped(measured)
    named = counts.rename(index=GROUPS).rename_axis("what").reset_index()
    right = [f"{n.right:,.0f} of {n.marked:,.0f}" if n.marked else "counted above" for n in named.itertuples()]
    found = [f"{n.found:,.0f} of {n.labelled:,.0f}" for n in named.itertuples()]
    return pd.DataFrame({"what": named["what"], "found, of those there": found, "right, of those taken out": right})
