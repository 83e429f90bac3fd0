"""How alike the coders read: agreement of each code over units, and over the words that bear it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.codebook import Codebook
from analysis.coding import human
from analysis.coding.agreement import agreement, unitizing_alpha
from analysis.errors import InputError
from analysis.resample import seed_of

AGREEMENT = (
    "code", "level", "units", "coders", "agreed", "disputed",
    "alpha", "low", "high", "interval", "percent", "kappa", "ac1", "usable",
)  # fmt: skip
SPANS = ("code", "level", "turns", "coders", "u", "low", "high", "interval")


def agreement_table(
    applied: pd.DataFrame, book: Codebook, *, floor: float, seed: int = 0, **draws: Any
) -> pd.DataFrame:
    """Agreement of each code over the units that two coders or more read: presence or absence of the code.

    Alpha with its interval, percent agreement, Cohen's kappa (two coders only) and AC1. agreed: units where every coder
    gave the code; disputed: where some did. usable: alpha is at the floor or above. draws: confidence,
    bootstrap. seed: each code has a stream of its own. Raises InputError when no unit was read twice.
    """
    rows = []
    for name in book.names:
        own = {"seed": seed_of(seed, f"agreement of {name}"), **draws}
        rows += [row] if (row := _agreement_row(human.matrix(applied, name), name, book, floor, own)) else []
    if not rows:
        raise InputError("no unit was read by two coders")
    return pd.DataFrame(rows, columns=list(AGREEMENT))


def _agreement_row(codes: pd.DataFrame, name: str, book: Codebook, floor: float, draws: dict[str, Any]) -> dict | None:
    double = codes[codes.notna().sum(axis=1) >= 2].dropna(axis=1, how="all")
    if double.empty:
        return None
    alpha = agreement(double, **draws)
    share = double.mean(axis=1)
    return {
        "code": name,
        "level": "parent" if name in book.parents else "leaf",
        "units": alpha.units,
        "coders": alpha.coders,
        "agreed": int((share == 1).sum()),
        "disputed": int(((share > 0) & (share < 1)).sum()),
        "alpha": alpha.value,
        "low": alpha.low,
        "high": alpha.high,
        "interval": alpha.interval,
        "percent": agreement(double, statistic="percent", bootstrap=0).value,
        "kappa": agreement(double, statistic="kappa", bootstrap=0).value if alpha.coders == 2 else float("nan"),
        "ac1": agreement(double, statistic="ac1", bootstrap=0).value,
        "usable": bool(alpha.value >= floor),
    }


def span_table(codings: pd.DataFrame, turns: pd.Series, book: Codebook, *, seed: int = 0, **draws: Any) -> pd.DataFrame:
    """Agreement on where a code stands in the interviews' turns: u of Krippendorff et al. (2016), a row a code.

    turns: texts by unit id. seed, draws: as in agreement_table. Each code is compared for itself, since codes may share
    words. Columns: code, level, turns (read by two coders), coders, u, low, high, interval; u is missing where nobody
    gave the code. Raises InputError when no turn was read by two coders.
    """
    read = codings[codings["unit_id"].isin(turns.index) & (codings["coder"] != human.CONSENSUS)]
    double = read.groupby("unit_id")["coder"].nunique()
    read = read[read["unit_id"].isin(double[double > 1].index)]
    lengths = turns[turns.index.isin(read["unit_id"])].map(len).to_dict()
    if not lengths:
        raise InputError("no interview was read by two coders")
    rows = []
    for name in book.names:
        own = {"seed": seed_of(seed, f"spans of {name}"), **draws}
        alpha = unitizing_alpha(human.spans_of(read, name, book), lengths, **own)
        level = "parent" if name in book.parents else "leaf"
        rows.append((name, level, len(lengths), alpha.coders, alpha.u, alpha.low, alpha.high, alpha.interval))
    return pd.DataFrame(rows, columns=list(SPANS))
