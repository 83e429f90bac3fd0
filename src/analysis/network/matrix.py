"""Who answers whom as an ordered matrix: groups next to each other, ties of the backbone dark, silent members last.

Only members who agreed to be shown by themselves have a row; the others count in sums.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from analysis import figures, wording
from analysis.errors import InputError, stage
from analysis.network.backbone import disparity

LEVEL = 0.05  # value of the disparity filter below which a tie belongs to the backbone
LARGEST = 0.95  # side of the largest square, in cells
STEEP = 0.5  # power of the weight that gives a square's side: its area follows the weight
APART = 2.5  # rows between two names at the right
SINGLE, ROWS = 500, 250  # most members for whom each has a row, and the number of rows for more
LINES, LABELS = 60, 22  # most groups separated by lines; most names that have room below each other
DARK, LIGHT = figures.COLOURS["all"], "#a6a6a6"


def ordered(members: pd.DataFrame) -> pd.DataFrame:
    """The members in the order of the rows: groups by their answers, given and received, and members within each group
    by theirs; those who neither answer nor are answered are last, with group -1.

    members: member, community, out_strength, in_strength.
    """
    strength = members["out_strength"] + members["in_strength"]
    rows = members[["member"]].assign(group=members["community"].where(strength > 0, -1), strength=strength)
    total = rows.groupby("group")["strength"].transform("sum")
    return rows.assign(total=total).sort_values(
        ["total", "group", "strength", "member"], ascending=[False, True, False, True], kind="stable", ignore_index=True
    )


def together(members: int) -> int:
    """How many adjacent members share a row: one up to SINGLE members, else as many as needed for ROWS rows."""
    return 1 if members <= SINGLE else -(-members // ROWS)


def draw(axes: Axes, order: Sequence[str], ties: pd.DataFrame) -> None:
    """The matrix: rows answer columns; a square's area follows the weight; dark: backbone, light: other ties.

    ties: source, target, weight, backbone. In a large community several members (together) share a row and a column.
    """
    place, cell = pd.Series(np.arange(len(order)), index=list(order)), together(len(order))
    within = ties[ties["source"].isin(place.index) & ties["target"].isin(place.index)]
    ends = {name: place[within[name]].to_numpy() // cell for name in ("source", "target")}
    squares = within[["weight", "backbone"]].assign(**ends).groupby(["source", "target", "backbone"], as_index=False)
    summed = squares.sum()
    side = cell * LARGEST * (summed["weight"] / summed["weight"].quantile(0.99)).clip(upper=1) ** STEEP
    centre = summed[["target", "source"]] * cell + (cell - 1) / 2
    for kept, colour in ((False, LIGHT), (True, DARK)):
        part = summed["backbone"] == kept
        sized = zip(*centre[part].to_numpy().T, side[part], strict=True)
        drawn = [Rectangle((x - s / 2, y - s / 2), s, s) for x, y, s in sized]
        axes.add_collection(PatchCollection(drawn, facecolor=colour, edgecolor="none"))
    edge = len(order) - 0.5
    axes.plot([-0.5, edge], [-0.5, edge], color=figures.COLOURS["null"], lw=0.8, zorder=0)
    axes.add_patch(Rectangle((-0.5, -0.5), edge + 0.5, edge + 0.5, fill=False, ec=figures.COLOURS["null"], lw=0.8))
    axes.set(xlim=(-0.5, edge), ylim=(edge, -0.5), aspect="equal", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def bounds(axes: Axes, groups: Sequence[int]) -> None:
    """Draw lines between the groups, and their names at the left; with very many groups no lines, and only the names of
    the large ones. groups: of each member, -1 without ties."""
    starts = [i for i, group in enumerate(groups) if i == 0 or group != groups[i - 1]]
    named = 0
    for start, end in zip(starts, [*starts[1:], len(groups)], strict=True):
        if start and len(starts) <= LINES:
            at, edge = start - 0.5, len(groups) - 0.5
            axes.plot([-0.5, edge, np.nan, at, at], [at, at, np.nan, -0.5, edge], color=figures.COLOURS["null"], lw=0.8)
        named += groups[start] >= 0
        name = f"group {named}" if groups[start] >= 0 else "no ties"
        if len(starts) <= LABELS or end - start >= len(groups) / LABELS:
            place = -max(1, len(groups) / 100), (start + end - 1) / 2
            axes.text(*place, f"{name}\n{end - start:,}", ha="right", va="center", fontsize=9)


def with_backbone(layers: pd.DataFrame, least: float) -> pd.DataFrame:
    """The reply ties of all members over the whole time, of at least the least weight, and whether each is in the
    backbone. layers: as from step.layers_by_period. Raises InputError when there is none."""
    ties = layers[(layers["layer"] == "reply") & (layers["period"] == 0) & (layers["weight"] >= least)]
    if ties.empty:
        raise InputError("no tie between members reaches the least weight")
    return ties.assign(backbone=disparity(ties) < LEVEL)


@stage
def replies_figure(
    members: pd.DataFrame, layers: pd.DataFrame, agreed: Collection[str], *, least: float, brokers: Collection[str] = ()
) -> figures.Figure:
    """The matrix of who answers whom. members: as from step.members_of; layers: of all members; least: weight from
    which a tie counts; brokers: members named at the right."""
    ties = with_backbone(layers, least)
    rows = ordered(members[members["member"].isin(agreed)])
    if rows.empty:
        raise InputError("no member agreed to be shown by themselves")
    _, axes = figures.canvas(height=6.2)
    draw(axes, rows["member"].tolist(), ties)
    bounds(axes, rows["group"].tolist())
    place = -np.inf
    for row in np.flatnonzero(rows["member"].isin(list(brokers))):
        place = max(float(row), place + max(APART, len(rows) / 40))
        axes.text(len(rows), place, f"◂ {rows.loc[row, 'member']}", va="center", fontsize=9)
    axes.set_xlabel("rows answer columns")
    axes.set_title(finding(ties))
    named = " Named: who, of the more active half, bridges groups most evenly." if len(brokers) else ""
    hidden = len(members) - len(rows)
    left_out = f" {wording.count(hidden, 'member')} {'is' if hidden == 1 else 'are'} not drawn." if hidden else ""
    many = together(len(rows))
    who = (
        "Each row is a member who answers, each column one who is answered, in the same order."
        if many == 1
        else f"Each row stands for {many:,} members next to each other who answer, each column for as many who are "
        f"answered, in the same order; they form {rows['group'].where(rows['group'] >= 0).nunique():,} groups."
    )
    text = (
        f"{who} The larger a square, the more turns. In full strength: the backbone, expected ties heavier than a "
        f"member's activity spread at random would give (disparity filter, {LEVEL}); faint: other expected ties."
        f"{named}{left_out}"
    )
    return figures.titled(axes, text, backbone_words(ties))


def finding(ties: pd.DataFrame) -> str:
    """The matrix's finding: how much a few ties carry."""
    kept = ties["backbone"]
    share = wording.percent(ties.loc[kept, "weight"].sum() / ties["weight"].sum())
    if not kept.any():
        return f"No expected tie of {len(ties):,} stands out from its members' activity"
    return f"{kept.sum():,} of {wording.count(len(ties), 'expected tie')} carry {share} of the answers of all of them"


def backbone_words(ties: pd.DataFrame) -> str:
    """How many members the backbone joins."""
    kept = ties[ties["backbone"]]
    joined = wording.count(len({*kept["source"], *kept["target"]}), "member")
    return f"The backbone joins {joined} by {wording.count(len(kept), 'expected tie')}."
