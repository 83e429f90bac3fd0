"""Predicted against realised changes: the figure, table and sentence of the chapter on calibration."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import figures, wording
from analysis.errors import InputError
from analysis.halfway.trials import COLUMNS, HalfwayPlan, load

SOURCE = "Simulated communities."
EVERY = "Pieces of news more that a member reads in a week, and whether what was realised lies in the band."
MEANS = "Means over the communities of each change: pieces of news more that a member reads in a week."
PARTS = ("figure", "say", "changes", "table")


def read(root: Path) -> pd.DataFrame:
    """Read calibration/spreading.csv. Raises InputError when it is missing or has other columns."""
    path = root / "calibration" / "spreading.csv"
    fix = "Make it: python calibration/spreading.py"
    if not path.exists():
        raise InputError("no change has been tried yet", path=path, fix=fix)
    table = pd.read_csv(path)
    if tuple(table.columns) != COLUMNS:
        raise InputError(f"its columns are not {', '.join(COLUMNS)}", path=path, fix=fix)
    return table


def say(table: pd.DataFrame, plan: HalfwayPlan) -> str:
    """How often the realised change is within the band, how wide that is, and how far the gain of single communities
    was predicted."""
    changes = by_change(table).set_index("change")
    widest = (changes["to"] - changes["from"]).idxmax()
    least, most = changes["correlation"].idxmin(), changes["correlation"].idxmax()
    ends = wording.between(*changes.loc[widest, ["from", "to"]].tolist())
    return (
        f"The realised change lies within the {wording.percent(plan.band)} band in {table['inside'].sum()} of "
        f"{len(table)} communities. A wide band hardly misses: that of *{widest}* goes from {ends} on average. Which "
        f"communities gain more was predicted best for *{most}* (correlation "
        f"{wording.number(changes.loc[most, 'correlation'])}) and worst for *{least}* "
        f"({wording.number(changes.loc[least, 'correlation'])}). Other advice, such as asking silent members to post, "
        "was not tried."
    )


def by_change(table: pd.DataFrame) -> pd.DataFrame:
    """One row per change: how many of its communities lie within the band, means over them, and the correlation of
    predicted and realised gains."""
    rows = [
        {
            "change": change,
            "within the band": f"{own['inside'].sum()} of {len(own)}",
            **own[["predicted", "low", "high", "realised"]].mean().rename({"low": "from", "high": "to"}).to_dict(),
            "correlation": own["predicted"].corr(own["realised"]),
        }
        for change, own in table.groupby("change", sort=False)
    ]
    return pd.DataFrame(rows)


def panels(table: pd.DataFrame, plan: HalfwayPlan) -> figures.Figure:
    """Each community's band and realised change, one panel per change, in order of the realised change."""
    changes = list(dict.fromkeys(table["change"]))
    drawing, axes = figures.canvas(
        height=3.6, columns=len(changes), squeeze=False, sharey=True, gridspec_kw={"wspace": 0.1}
    )
    for cell, change in zip(axes[0], changes, strict=True):
        own = table[table["change"] == change].sort_values("realised", ignore_index=True)
        cell.vlines(own.index, own["low"], own["high"], color=figures.COLOURS["interval"], lw=3)
        for inside, mark in ((True, "o"), (False, "X")):
            part = own[own["inside"] == inside]
            cell.plot(part.index, part["realised"], mark, color=figures.COLOURS["all"], ms=4 if inside else 7)
        cell.axhline(0, color=figures.COLOURS["null"], lw=1)
        cell.set(xticks=[], xlabel="communities")
        cell.set_title(f"{change}: {own['inside'].sum()} of {len(own)}")
    axes[0, 0].set_ylabel("pieces of news more that a\nmember reads in a week")
    band = wording.percent(plan.band)
    drawing.suptitle(f"{table['inside'].sum()} of {len(table)} realised changes lie within the {band} band")
    text = f"Bar: {band} band, predicted from the first half; dot: realised; cross: realised outside the band."
    return figures.Figure(drawing, say(table, plan).replace("*", ""), text)


def drawn(root: Path, name: str) -> str:
    """A part of the page by its name: Markdown for `say`, HTML for the others. Raises InputError on an unknown name."""
    if name not in PARTS:
        raise InputError(f"no part of predicted and realised changes is called {name!r}; there are {', '.join(PARTS)}")
    table, plan = read(root), load(root)
    if name == "say":
        return say(table, plan)
    if name == "figure":
        return str(figures.show(panels(table, plan), SOURCE).data)
    if name == "changes":
        return str(figures.table(by_change(table), f"{MEANS} {SOURCE}").data)
    shown = table.assign(inside=table["inside"].map({True: "yes", False: "no"}))
    words = f"{EVERY} {SOURCE}"
    return str(figures.folded_table("Every community", shown, words).data)
