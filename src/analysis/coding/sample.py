"""Stratified samples for human coders, with each unit's inclusion probability recorded.

data/raw/sample.csv holds, for every draw and every message that could have been drawn, its probability of being drawn.
The estimators weight by the probability of being in any draw, so that a rare code may be looked for where it is likely
without making it look frequent. A partly coded draw counts as a smaller draw, since its order is random.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import disk, tables
from analysis.errors import InputError

SAMPLE = tuple(tables.Sample.columns)
BEFORE = "0"  # the draw that stands for what was coded before draws were kept
BANDS = (0.02, 0.1, 0.3)  # of the model's probability: unlikely, perhaps, likely, very likely


def inclusion_of(draws: pd.DataFrame, coded: Collection[str]) -> pd.Series | None:
    """Inclusion probability in the coded sample, by unit id; None where no draw is recorded, so that all were equally
    likely. draws: tables.Sample. coded: ids of the units that people coded."""
    if draws.empty:
        return None
    back = draws[draws["drawn"]].assign(coded=lambda rows: rows["unit_id"].isin(coded)).groupby("draw")["coded"].mean()
    reached = draws["inclusion_probability"] * draws["draw"].map(back).fillna(1.0)
    return 1 - (1 - reached).groupby(draws["unit_id"]).prod()


def check_drawn(draws: pd.DataFrame, coded: Collection[str]) -> None:
    """Raises InputError on a coded message that no draw could have drawn. draws: tables.Sample, or none."""
    reached = set(draws.loc[draws["inclusion_probability"] > 0, "unit_id"])
    if len(draws) and (left := sorted(set(coded) - reached)):
        raise InputError(f"the coded message {left[0]!r} has no inclusion probability from 0 to 1 in sample.csv")


def write_draws(path: Path, draws: pd.DataFrame) -> None:
    """Write sample.csv. draws: SAMPLE."""
    rows = draws[list(SAMPLE)].assign(drawn=np.where(draws["drawn"].astype(bool), "yes", "no"))
    disk.write_text(path, rows.to_csv(index=False, lineterminator="\n", float_format="%.10g"))


def strata(texts: pd.DataFrame, said: pd.Series | None = None) -> pd.Series:
    """The stratum of each message: its chat, or its chat and how likely a code is by the model. texts: message_id,
    channel. said: the model's probability of the code by message id, cut at BANDS."""
    if said is None:
        return texts["channel"].astype(str)
    band = np.digitize(texts["message_id"].map(said).fillna(0).to_numpy(), BANDS)
    return texts["channel"].astype(str) + np.array([f", band {i}" for i in range(len(BANDS) + 1)])[band]


def draw(units: pd.DataFrame, size: int, *, seed: int, even: bool = False) -> pd.DataFrame:
    """A stratified random sample without replacement, with each unit's inclusion probability and a random coding order.

    units: unit_id, stratum. size: units to draw; the strata share it in proportion to their size, or evenly (as far as
    they reach), at least one each. Returns unit_id, stratum, inclusion (probability to be drawn), drawn (place in the
    order of coding from 1, 0 for those not drawn), in the order of units. Raises InputError when there are fewer units.
    """
    if not 1 <= size <= len(units):
        raise InputError(f"{size} of {len(units)} units cannot be drawn", fix="Ask for fewer.")
    rng = np.random.default_rng(seed)
    sizes = units["stratum"].value_counts().sort_index()
    wanted = allocation(sizes, size, even=even)
    order = units.assign(lot=rng.random(len(units))).groupby("stratum")["lot"].rank(method="first")
    drawn = (order <= units["stratum"].map(wanted)).to_numpy()
    place = np.zeros(len(units), dtype=np.int64)
    place[drawn] = rng.permutation(int(drawn.sum())) + 1
    inclusion = units["stratum"].map(wanted / sizes).astype(float)
    return units[["unit_id", "stratum"]].assign(inclusion=inclusion, drawn=place)


def allocation(sizes: pd.Series, size: int, *, even: bool) -> pd.Series:
    """Units allocated to each stratum: by size or evenly, rounded by largest remainders, at least one each.

    A stratum never gives more than it has; the rest goes to the others. Raises InputError when size is below the
    number of strata.
    """
    if size < len(sizes):
        raise InputError(f"{size} units cannot cover {len(sizes)} strata", fix="Draw more units, or use fewer strata.")
    weight = pd.Series(1.0, index=sizes.index) if even else sizes.astype(float)
    given = pd.Series(1, index=sizes.index)
    while (left := size - int(given.sum())) > 0:
        room = sizes - given
        open_weight = weight.where(room > 0, 0.0)
        share = np.minimum(left * open_weight / open_weight.sum(), room)
        whole = np.floor(share).astype("int64")
        if whole.sum() == 0:
            first = (share - whole).where(room > 0, -1.0).sort_values(ascending=False, kind="stable").index[:left]
            whole = whole.add(pd.Series(1, index=first), fill_value=0).astype("int64")
        given = given + whole
    return given
