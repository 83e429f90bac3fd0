"""Difference plot of the epistemic networks of two groups: the connections that differ most, by name."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from analysis import figures, wording
from analysis.arrays import Flags
from analysis.errors import InputError, Missing, stage
from analysis.published import FEWEST
from analysis.themes.chat import ChatNetwork
from analysis.themes.compare import Comparison
from analysis.themes.ena import EpistemicNetwork
from analysis.themes.page import readable

NAMED = 10  # number of connections drawn, those that differ most


@stage
def offices_figure(
    network: EpistemicNetwork, offices: Collection[str], compared: Comparison | Missing, alpha: float
) -> figures.Figure:
    """Connections stronger among participants with an office, and among the others. offices: members who hold one."""
    office = network.points.index.isin(list(offices))
    if min(office.sum(), (~office).sum()) < FEWEST:  # a mean of fewer would say what each of them connects
        who = "hold an office" if office.sum() < FEWEST else "hold none"
        raise InputError(f"fewer than {FEWEST} participants {who}")
    return _difference(network, office, ("with an office", "without one"), compared, alpha, "participants")


@stage
def chat_figure(chat: ChatNetwork, compared: Comparison | Missing, alpha: float) -> figures.Figure:
    """Connections stronger in informal chats, and in the committee's chat."""
    return _difference(
        chat.network, chat.informal, ("in informal chats", "in the committee’s chat"), compared, alpha, "members"
    )


def _difference(
    network: EpistemicNetwork, first: Flags, groups: tuple[str, str], compared: Comparison | Missing, alpha: float,
    units: str,
) -> figures.Figure:  # fmt: skip
    """The NAMED connections whose mean strength differs most between two groups of units, the largest difference on
    top; first: which units are of the first group."""
    rows = differences(network.lines, first).head(NAMED)[::-1].reset_index(drop=True)
    _, axes = figures.canvas(height=1.4 + 0.32 * len(rows))
    axes.hlines(rows.index, rows["first"], rows["second"], color=figures.COLOURS["null"], lw=2, zorder=1)
    marks = zip(("first", "second"), groups, ("o", "s"), ("informal_interaction", "coordination"), strict=True)
    for name, label, mark, colour in marks:
        axes.plot(rows[name], rows.index, mark, color=figures.COLOURS[colour], ms=7, label=label)
    axes.set_yticks(rows.index, rows["connection"].map(readable).str.replace(" & ", " with "))
    axes.set(xlabel="mean strength of the connection", xlim=(-0.02, None))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=2)
    axes.set_title(_finding(rows.iloc[-1], groups, compared, alpha, units))
    text = (
        f"The {len(rows)} connections that differ most between {units} {groups[0]} (round) and {groups[1]} (square). "
        "A connection is the stronger, the more often its two codes come close together. No connection was tested by "
        "itself."
    )
    return figures.titled(axes, text)


def differences(lines: pd.DataFrame, first: Flags) -> pd.DataFrame:
    """Each connection with its mean strength in two groups of units, those that differ most first: connection, first,
    second."""
    rows = pd.DataFrame({"first": lines[first].mean(), "second": lines[~np.asarray(first)].mean()})
    rows = rows.rename_axis("connection").reset_index()
    apart = (rows["first"] - rows["second"]).abs().sort_values(ascending=False, kind="stable")
    return rows.loc[apart.index].reset_index(drop=True)


def _finding(most: pd.Series, groups: tuple[str, str], compared: Comparison | Missing, alpha: float, units: str) -> str:
    """Whether the groups differ, and in which connection most."""
    if isinstance(compared, Missing) or compared.p > alpha:
        how = "" if isinstance(compared, Missing) else f" ({wording.p_value(compared.p)})"
        return f"No difference beyond chance between {units} {groups[0]} and {groups[1]}{how}"
    connection = readable(most["connection"]).replace(" & ", " with ")
    return f"{units.capitalize()} {groups[0]} and {groups[1]} connect differently, most {connection}"
