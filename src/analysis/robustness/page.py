"""The page of the step `robustness`: figures, tables and computed sentences."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from IPython.display import HTML
from matplotlib.axes import Axes

from analysis import figures, wording
from analysis.claims.ledger import smallest_change
from analysis.robustness.choices import AS_SETTLED
from analysis.robustness.step import TESTED, Result

MARKS = {"supported": ("o", True), "undecided": ("o", False), "contradicted": ("X", True)}  # marker, filled
SYMBOLS = {"supported": "circle", "undecided": "circle-open", "contradicted": "x"}
ASKS = {
    "replies": "who answers whom",
    "window": "how old a message may be that is answered (minutes)",
    "codes": "what a message is coded",
    "floor": "least agreement of coders on a code (alpha)",
    "members": "whose role counts",
    "active": "least messages of a member who counts",
    "consent": "whose consent is enough",
    "ties": "how turns add up to a tie",
    "hours": "within how many hours chance is measured",
    "null": "what is relabelled",
    "splits": "where earlier ends and later begins (share of the time)",
    "later": "what makes a later tie",
    "waves": "how long a wave is (days)",
    "effect": "which term of informal talk",
    "period": "which part of the time",
    "activity": "within what activity is equal",
    "index": "how concentration is measured",
}


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    found = {claim: row for claim, row in result.metrics["claims"].items() if row["assessed"]}
    if not found:
        return "No claim could be assessed in any universe: see the chapters of the steps for what is missing."
    parts = [
        f"{claim} is supported in {wording.percent(row['share_supported'])} of its {row['assessed']:,} universes"
        for claim, row in found.items()
    ]
    return f"Of the universes of defensible choices that were computed, {wording.listed(parts)}."


def say_counts(result: Result) -> str:
    """How many universes there are and were computed, a claim each."""
    parts = [
        f"{claim} has {row['possible']:,} universes of its own, of which {row['universes']:,} were computed"
        for claim, row in result.metrics["claims"].items()
    ]
    missing = [
        f"{claim} could not be assessed ({row['reason']})"
        for claim, row in result.metrics["claims"].items()
        if not row["assessed"]
    ]
    told = f" {wording.listed(missing)}." if missing else ""
    return f"{wording.listed(parts)}.{told}"


def choices_frame(result: Result) -> pd.DataFrame:
    """Every option of every choice with its reason: choice, claims, option, reason; left out: why, if so."""
    why = {
        (choice.name, option): f"the same for {claim} ({other})"
        for choice in result.choices
        for claim, same in choice.same.items()
        for option, other in same.items()
    }
    why |= {(row.choice, row.option): row.reason for row in result.left_out.itertuples()}
    rows = [
        {
            "choice": f"{choice.name}: {ASKS[choice.name]}",
            "claims": wording.listed(choice.claims),
            "option": option,
            "why it is defensible": reason,
            "left out here": why.get((choice.name, option), ""),
        }
        for choice in result.choices
        for option, reason in choice.options.items()
    ]
    frame = pd.DataFrame(rows)
    again = frame["choice"].duplicated()
    return frame.assign(choice=frame["choice"].mask(again, ""), claims=frame["claims"].mask(again, ""))


def excluded_frame(result: Result) -> pd.DataFrame:
    """Combinations that make no sense: together, reason."""
    rows = [
        {
            "not together": " with ".join(f"{name}: {' or '.join(options)}" for name, options in each.when.items()),
            "reason": each.because,
        }
        for each in result.excluded
    ]
    return pd.DataFrame(rows, columns=["not together", "reason"])


# The curves


def curve_figure(result: Result, claim: str) -> figures.Figure:
    """A specification curve (Simonsohn, Simmons and Nelson 2020): values in order, below them the options taken."""
    rows = _in_order(result, claim)
    if rows.empty:
        return figures.nothing(f"{claim} could not be assessed in any universe")
    options = _options(rows, result)
    height = 2.6 + 0.17 * len(options)
    drawing, (upper, lower) = figures.canvas(
        height=height, rows=2, sharex=True, gridspec_kw={"height_ratios": [2.6, 0.17 * len(options) + 0.2]}
    )
    place = np.arange(1, len(rows) + 1)
    upper.vlines(place, rows["low"], rows["high"], color=figures.COLOURS["interval"], lw=0.6, alpha=0.7)
    for verdict, part in rows.groupby("verdict"):
        marker, filled = MARKS[str(verdict)]
        face = figures.COLOURS["all"] if filled else "white"
        size = 14 if verdict == "contradicted" else 7
        upper.scatter(
            part.index + 1, part["value"], s=size, marker=marker, facecolors=face, edgecolors=figures.COLOURS["all"],
            linewidths=0.5, label=f"{verdict}: {len(part)}", zorder=3,
        )  # fmt: skip
    upper.axhline(0, color=figures.COLOURS["null"], lw=1)
    for axes in (upper, lower):
        axes.axvline(_place_of_main(rows), color=figures.COLOURS["barriers"], ls="--", lw=1, zorder=0)
    upper.set_ylabel("value")
    upper.legend(loc="upper left", fontsize=8, handletextpad=0.2)
    _grid(lower, rows, options)
    share = wording.percent(result.metrics["claims"][claim]["share_supported"])
    upper.set_title(f"{claim} is supported in {share} of {len(rows)} universes")
    text = (
        "Above: value and interval in each universe, lowest first; filled dot: supported, hollow: undecided, cross: "
        "contradicted; dashed: the main analysis. Below: the options that each universe takes; right: in how many of "
        "the universes with that option the claim is supported."
    )
    return figures.Figure(drawing, f"{upper.get_title(loc='left')}. {text}", text)


def _in_order(result: Result, claim: str) -> pd.DataFrame:
    """The claim's assessed universes, lowest value first."""
    rows = result.universes[(result.universes["claim"] == claim) & (result.universes["verdict"] != "not assessable")]
    return rows.astype({"value": float, "low": float, "high": float}).sort_values(
        "value", kind="stable", ignore_index=True
    )


def _place_of_main(rows: pd.DataFrame) -> float:
    main = np.flatnonzero(rows["universe"] == 0)
    return float(main[0] + 1) if main.size else float("nan")


def _options(rows: pd.DataFrame, result: Result) -> list[tuple[str, str]]:
    """The options (choice, option) that vary over these universes, in the order in which they were declared."""
    varying = [choice for choice in result.choices if choice.name in rows and len(set(rows[choice.name])) > 1]
    return [(c.name, option) for c in varying for option in c.options if (rows[c.name] == option).any()]


def _grid(axes: Axes, rows: pd.DataFrame, options: list[tuple[str, str]]) -> None:
    """Which options each universe takes, a row an option."""
    names = list(dict.fromkeys(name for name, _ in options))
    for y, (name, option) in enumerate(options):
        chosen = (rows[name] == option).to_numpy()
        if names.index(name) % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color="#F2F2F2", lw=0, zorder=-1)
        axes.vlines(np.flatnonzero(chosen) + 1, y - 0.36, y + 0.36, color=figures.COLOURS["all"], lw=0.5)
        share = (rows.loc[chosen, "verdict"] == "supported").mean()
        axes.text(1.01, y, wording.percent(share), transform=axes.get_yaxis_transform(), va="center", fontsize=7)
    axes.set(
        yticks=range(len(options)), ylim=(len(options) - 0.5, -0.5), xlabel="universes, lowest value first", xticks=[]
    )
    axes.set_yticklabels([f"{name}: {option}" for name, option in options], fontsize=7)
    axes.tick_params(axis="y", length=0)


def curves_html(result: Result, source: str) -> HTML:
    """The curves to explore: hover over a universe for its choices; a menu for the claim. source: of the data."""
    shown = [claim for claim in TESTED if len(_in_order(result, claim))]
    if not shown:
        return figures.show(figures.nothing("no claim could be assessed in any universe"), source)
    drawing: Any = go.Figure()
    owner = []
    for claim in shown:
        rows = _in_order(result, claim)
        for verdict, part in rows.groupby("verdict"):
            drawing.add_trace(_dots(part, str(verdict), result).update(visible=claim == shown[0]))
            owner.append(claim)
    buttons = [
        {"label": claim, "method": "update", "args": [{"visible": [each == claim for each in owner]}]}
        for claim in shown
    ]
    drawing.update_layout(
        template="plotly_white", height=460, margin={"l": 60, "r": 0, "t": 44, "b": 40}, hovermode="closest",
        xaxis={"title": "universes, lowest value first"}, yaxis={"title": "value, with interval"},
        updatemenus=[{"buttons": buttons, "direction": "right", "type": "buttons", "x": 0, "xanchor": "left",
                      "y": 1.12}],
        legend={"orientation": "h", "x": 0, "y": -0.18},
    )  # fmt: skip
    text = "Hover over a dot for the choices of its universe that are not as settled; drag to zoom."
    return figures.moving(drawing, f"{text} {source}", name="guyub-universes")


def _dots(part: pd.DataFrame, verdict: str, result: Result) -> Any:
    values, low, high = (part[name].round(4) for name in ("value", "low", "high"))
    return go.Scatter(
        x=(part.index + 1).tolist(), y=values.tolist(), mode="markers", name=verdict,
        text=[_told(row, result) for row in part.to_dict("records")], hovertemplate="%{text}<extra></extra>",
        marker={"symbol": SYMBOLS[verdict], "size": 6, "color": figures.COLOURS["all"]},
        error_y={"type": "data", "symmetric": False, "array": (high - values).round(4).tolist(),
                 "arrayminus": (values - low).round(4).tolist(), "thickness": 0.5, "width": 0,
                 "color": figures.COLOURS["interval"]},
    )  # fmt: skip


def _told(row: Mapping, result: Result) -> str:
    """A universe's value and its choices that are not as settled."""
    options = {c.name: row[c.name] for c in result.choices if row.get(c.name, "") not in ("", AS_SETTLED)}
    other = "<br>".join(f"{name}: {html.escape(str(option))}" for name, option in options.items())
    number = f"{wording.number(row['value'], 3)} ({wording.between(row['low'], row['high'], 3)})"
    return f"{row['verdict']}, {number}<br>{other or 'the main analysis'}"


# What moves them


def explained_figure(result: Result) -> figures.Figure:
    """How much of the variance of each claim's value over universes goes with each choice."""
    found = {claim: row["explained"] for claim, row in result.metrics["claims"].items() if row.get("explained")}
    if not found:
        return figures.nothing("no claim's value varies over universes")
    most = max(len(shares) for shares in found.values())
    drawing, axes = figures.canvas(height=1.2 + 0.24 * most, columns=len(found), sharex=True, squeeze=False)
    for cell, (claim, shares) in zip(axes[0], found.items(), strict=True):
        ranked = sorted(((share, name) for name, share in shares.items() if name != "all"), reverse=True)
        cell.barh([name for _, name in ranked], [100 * share for share, _ in ranked], color=figures.COLOURS["interval"])
        cell.invert_yaxis()
        cell.tick_params(axis="y", labelsize=8, length=0)
        cell.set(xlabel="% of variance")
        cell.set_title(f"{claim}: most by {ranked[0][1]}")
    text = (
        "Share of the variance of the value over universes that goes with each choice alone; in the title, the choice "
        "with most."
    )
    return figures.Figure(drawing, f"{say_explained(result)} {text}", text)


def say_explained(result: Result) -> str:
    """Which choice moves each claim's value most."""
    sentences = []
    for claim, row in result.metrics["claims"].items():
        shares = {name: share for name, share in row.get("explained", {}).items() if name != "all"}
        if shares:
            name = max(shares, key=shares.__getitem__)
            sentences.append(
                f"{claim} moves most with *{name}* ({ASKS[name]}), which explains {wording.percent(shares[name])} of "
                f"the variance of its value; all choices together, each by itself, explain "
                f"{wording.percent(row['explained']['all'])}."
            )
    return " ".join(sentences) or "No claim's value varies over universes."


def single_frame(result: Result) -> pd.DataFrame:
    """The main analysis with one choice made otherwise: claim, choice, option, value, low, high, verdict."""
    names = [choice.name for choice in result.choices if choice.name in result.universes]
    rows = result.universes
    otherwise = pd.DataFrame({name: ~rows[name].isin(["", AS_SETTLED]) for name in names}, index=rows.index)
    single = rows[otherwise.sum(axis=1) <= 1]
    changed = otherwise.loc[single.index].idxmax(axis=1).where(otherwise.loc[single.index].any(axis=1), "")
    option = [
        row[name] if name else "the main analysis" for name, row in zip(changed, single.to_dict("records"), strict=True)
    ]
    frame = single[["claim", "value", "low", "high", "verdict"]].astype(dict.fromkeys(("value", "low", "high"), float))
    frame = frame.assign(choice=changed, option=option).sort_values("claim", kind="stable")
    return frame[["claim", "choice", "option", "value", "low", "high", "verdict"]]


def joint_frame(result: Result) -> pd.DataFrame:
    """The joint tests: a row a claim."""
    rows = [
        {
            "claim": claim,
            "universes": row["assessed"],
            "median value": row["joint"]["median"],
            "p of the median": wording.p_value(row["joint"]["p_median"]),
            "significant": wording.percent(row["joint"]["significant"]),
            "significant by chance": wording.percent(row["joint"]["expected"]),
            "p of the share": wording.p_value(row["joint"]["p_significant"]),
        }
        for claim, row in _jointly(result)
    ]
    return pd.DataFrame(rows)


def _jointly(result: Result) -> Iterable[tuple[str, dict]]:
    return ((claim, row) for claim, row in result.metrics["claims"].items() if row.get("joint"))


def say_joint(result: Result) -> str:
    """What the joint tests say, and how fine they are."""
    found = list(_jointly(result))
    if not found:
        return "No claim could be tested over its universes."
    parts = [
        f"{claim}'s median value is {wording.number(row['joint']['median'], 3)} "
        f"({wording.p_value(row['joint']['p_median'])}), and {wording.percent(row['joint']['significant'])} of its "
        f"universes are significant where chance alone gives {wording.percent(row['joint']['expected'])} "
        f"({wording.p_value(row['joint']['p_significant'])})"
        for claim, row in found
    ]
    times = found[0][1]["joint"]["relabellings"]
    return (
        f"Over all universes at once, {wording.listed(parts)}. Chance was drawn {times} times, so that no p can be "
        f"below {wording.p_value(1 / (times + 1)).removeprefix('p = ')}."
    )


# What they hang on


ROWS = {"member": "without a member", "week": "without a week", "seed": "with another seed"}


def hangs_figure(result: Result) -> figures.Figure:
    """Each claim's value without each member, without each week, and with other seeds."""
    rows = pd.concat([result.unlike, result.seeds.assign(what="seed")], ignore_index=True).astype({"value": float})
    names = [claim for claim in TESTED if (rows["claim"] == claim).any()]
    if not names:
        return figures.nothing("no claim could be assessed in the main analysis")
    drawing, axes = figures.canvas(height=1.2 + 1.3 * len(names), rows=len(names), squeeze=False)
    for cell, claim in zip(axes[:, 0], names, strict=True):
        of_claim = rows[rows["claim"] == claim]
        for y, what in enumerate(ROWS):
            values = of_claim.loc[of_claim["what"] == what, "value"]
            cell.scatter(values, np.full(len(values), y), s=14, color=figures.COLOURS["interval"], alpha=0.6, lw=0)
        cell.axvline(_main_value(result, claim), color=figures.COLOURS["barriers"], ls="--", lw=1)
        cell.axvline(0, color=figures.COLOURS["null"], lw=1)
        cell.set(yticks=range(len(ROWS)), ylim=(len(ROWS) - 0.5, -0.5))
        cell.set_yticklabels(list(ROWS.values()))
        cell.set_title(f"{claim}: {wording.between(of_claim['value'].min(), of_claim['value'].max(), 3)}")
    axes[-1, 0].set_xlabel("value, in each claim's unit")
    text = (
        "Dots: the value without one member or week, or with another seed; dashed: the main analysis; grey: no effect."
    )
    return figures.Figure(drawing, f"{say_left_out(result)} {text}", text)


def _main_value(result: Result, claim: str) -> float:
    main = result.universes[(result.universes["universe"] == 0) & (result.universes["claim"] == claim)]
    return float(main["value"].iloc[0])


def say_left_out(result: Result) -> str:
    """Without which member and which week each claim's value changes most."""
    rows = result.unlike
    if rows.empty:
        return "No claim could be assessed, so nothing could be left out."
    sentences = []
    for claim, of_claim in rows.groupby("claim"):
        parts = []
        for what, part in of_claim.groupby("what"):
            most = part.loc[part["change"].abs().idxmax()]
            name = f"the week of {most['name']}" if what == "week" else str(most["name"])
            parts.append(f"without {name} (by {wording.number(most['change'], 3)})")
        sentences.append(f"{claim} changes most {wording.listed(parts)}.")
    return " ".join(sentences)


def left_out_frame(result: Result, most: int = 5) -> pd.DataFrame:
    """The members and weeks without which a claim's value changes most: claim, left out, value, change."""
    rows = result.unlike.assign(size=result.unlike["change"].abs())
    top = rows.sort_values("size", ascending=False, kind="stable").groupby(["claim", "what"], sort=True).head(most)
    top = top.sort_values(["claim", "what", "size"], ascending=[True, True, False], kind="stable")
    return top.assign(**{"left out": top["what"] + " " + top["name"]})[["claim", "left out", "value", "change"]]


def say_seeds(result: Result) -> str:
    """How the main analysis fares with other seeds."""
    if result.seeds.empty:
        return "No claim could be assessed, so no other seed was tried."
    parts = []
    for claim, rows in result.seeds.groupby("claim"):
        counts = rows["verdict"].value_counts()
        told = wording.listed(f"{word} in {number}" for word, number in counts.items())
        spread = wording.between(rows["value"].min(), rows["value"].max(), 3)
        parts.append(f"{claim} is {told}, with values of {spread}")
    seeds = wording.count(result.seeds["seed"].nunique(), "other seed")
    return f"With {seeds} of everything that is drawn, {wording.listed(parts)}."


def flips_frame(result: Result) -> pd.DataFrame:
    """The smallest changes found: claim, changed, how many, of, verdict then."""
    rows = result.flips
    count = [f"{c:,.0f}" if pd.notna(c) else "none found" for c in rows["count"]]
    frame = pd.DataFrame({"claim": rows["claim"], "changed": rows["what"], "at most": count})
    return frame.assign(of=[f"{n:,.0f}" for n in rows["of"]], then=rows["verdict"].fillna(""))


def say_flips(result: Result) -> str:
    """The smallest changes that flip each verdict, in words."""
    told = {claim: smallest_change(row.get("flips") or {}) for claim, row in result.metrics["claims"].items()}
    told = {claim: words for claim, words in told.items() if words}
    if not told:
        return "No claim could be assessed, so there is no verdict to flip."
    return ". ".join(f"{claim}: {words}" for claim, words in told.items()) + "."


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    rows = result.universes
    names = [choice.name for choice in result.choices if choice.name in rows]
    main = rows[rows["universe"] == 0].set_index("claim")
    excluded = [any(e.holds(row) for e in result.excluded) for row in rows[names].to_dict("records")]
    same = [
        main.loc[step["id"], "verdict"] == step["verdict"] and _equal(main.loc[step["id"], "value"], step["value"])
        for step in result.steps
    ]
    return [
        ("the main universe has the steps' own verdicts and values", f"{sum(same)} of {len(same)}", all(same)),
        ("no claim is asked twice in the same universe", len(rows), not rows.duplicated(["claim", *names]).any()),
        ("no excluded combination is computed", sum(excluded), not any(excluded)),
        (
            "every option that is computed has a reason",
            sum(len(choice.options) for choice in result.choices),
            all(why for choice in result.choices for why in choice.options.values()),
        ),
    ]


def _equal(a: float | None, b: float | None) -> bool:
    """Whether two numbers are the same to the decimals that metrics keep; missing equals missing."""
    missing = pd.isna(a), pd.isna(b)
    return all(missing) or (not any(missing) and abs(float(a) - float(b)) < 2e-6)  # type: ignore[arg-type]
