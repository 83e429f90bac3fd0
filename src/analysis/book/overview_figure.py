"""The study in one picture, for the book's first page: who answers whom, and who writes business news.

Only members who agreed to be shown by themselves have a row, and none is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis import figures, study, tables, wording
from analysis.errors import InputError, stage
from analysis.network import matrix

BAR = 0.3  # width of the bars, as a share of the matrix
GAP = 1.5  # cells between matrix and bars


@stage
def figure(paths: study.Paths) -> figures.Figure:
    """Matrix and bars of the study in this folder. Raises InputError where network or sharing wrote no tables."""
    members, layers, counts, people = (
        tables.read(paths.processed(step) / f"{name}.parquet")
        for step, name in (("network", "members"), ("network", "layers"), ("sharing", "counts"), ("ingest", "members"))
    )
    shares, sharing = counts.set_index("member")["shares"], study.read_metrics(paths, "sharing")
    rows = matrix.ordered(members[members["member"].isin(tables.agreed(people))])
    if rows.empty:
        raise InputError("no member agreed to be shown by themselves")
    params: dict[str, Any] = study.load_params(paths)
    ties = matrix.with_backbone(layers, float(params["network"]["least"]))
    _, axes = figures.canvas(height=4.8)
    matrix.draw(axes, rows["member"].tolist(), ties)
    matrix.bounds(axes, rows["group"].tolist())
    _bars(axes, shares.reindex(rows["member"]).fillna(0))
    title = finding(sharing, ties, shares)
    axes.set_title(title)
    text = (
        "A row and a column for each member who agreed to be shown, by groups of members who answer each other most "
        "(below a group’s name: how many of its members are shown). Left: who answers whom, rows answering columns. "
        "The larger a square, the more often, and in full strength where that is more than the members’ activity "
        "explains. "
        f"Right: messages of business news that the member wrote, {_basis(sharing)}."
    )
    if title.endswith("as labelled)"):
        text += " The first share in the title is corrected for likely errors of labels; the bars are as labelled."
    return figures.titled(axes, text)


def _bars(axes: Axes, shares: pd.Series) -> None:
    """One bar per row, to the right of the matrix, with numbers on the longest ones."""
    start, width, most = len(shares) - 0.5 + GAP, BAR * len(shares), max(shares.max(), 1)
    for row, count in enumerate(shares):
        axes.add_patch(
            Rectangle((start, row - 0.4), width * count / most, 0.8, color=figures.COLOURS["information_sharing"], lw=0)
        )
        if count >= most / 3:
            axes.text(start + width * count / most + 0.4, row, f"{count:.0f}", va="center", fontsize=9)
    axes.set_xlim(-0.5, start + width + 3)
    for x, words in ((-0.5, "who answers whom"), (start, "business news")):
        axes.text(x, -1.2, words, va="bottom", fontsize=9, fontweight="bold")


def _basis(sharing: Mapping[str, Any]) -> str:
    """The messages for which business news is known. sharing: the metrics of the step."""
    if sharing["status"] == "ok":
        return "as labelled"
    return f"among the {wording.count(sharing['read'], 'message')} read"


def finding(sharing: Mapping[str, Any], ties: pd.DataFrame, shares: pd.Series) -> str:
    """A sentence on who shares, if that is known for every message; otherwise on how much a few ties carry. sharing:
    the step's metrics; shares: messages of business news by member, as labelled."""
    if not (top := _few(sharing)):
        return matrix.finding(ties)
    who, part = f"{top['members']} of {wording.count(sharing['members'], 'member')}", wording.percent(top["value"])
    said = f"{who} {'writes' if top['members'] == 1 else 'write'} about {part} of all business news"
    labelled = wording.percent(shares.nlargest(top["members"]).sum() / max(shares.sum(), 1))
    return said if labelled == part else f"{said} ({labelled} as labelled)"


def _few(sharing: Mapping[str, Any]) -> Mapping[str, Any]:
    """The few members who share most and how much they share; empty where that is not known."""
    top = sharing.get("top") or {}
    return top if top.get("members") and sharing.get("sharers") else {}
