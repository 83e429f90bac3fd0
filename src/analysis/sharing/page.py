"""Sharing: what the page shows and says of a Result."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from analysis import figures, resample, wording
from analysis.sharing.parts import OTHERS
from analysis.sharing.step import Result, corrected_gini, lorenz

MARKERS = {"chat": "s", "sector": "o", "role": "D"}


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    m = result.metrics
    if m["C3"]["status"] != "ok":
        return f"Who shares business news cannot be told: {m['C3']['reason']}. How unequally members write can."
    return (
        f"{wording.percent(m['common'])} of the messages are business news; {m['sharers']} of "
        f"{wording.count(m['members'], 'member')} ever shared any, and "
        f"{wording.count(m['members_for_half'], 'member')} wrote half of it."
    )


def share_table(result: Result) -> pd.DataFrame:
    """The share of messages that are business news, counted and corrected, in percent with its interval."""
    names = {"corrected": "corrected for the model’s error", "counted": "as the labels count it"}
    found = result.metrics["share"]
    rows = [(names[kind], *(100 * found[kind][end] for end in ("value", "low", "high"))) for kind in names if found]
    return pd.DataFrame(rows, columns=["share of messages", "%", "from", "to"])


def say_share(result: Result) -> str:
    """How common business news is and how many ever share it, in words and numbers."""
    m = result.metrics
    if not m["share"]:
        return "Nobody has coded any message, so it cannot be told how common business news is."
    counted, fixed = m["share"]["counted"], m["share"]["corrected"]
    ever = m["ever"]
    sentence = (
        f"Counted from the labels as they stand, {wording.percent(counted['value'])} of messages are business news"
    )
    if not np.isnan(fixed["value"]):
        off = "outside" if not fixed["low"] <= counted["value"] <= fixed["high"] else "within"
        sentence += (
            f"; corrected it is {wording.percent(fixed['value'])} ({100 * fixed['low']:.1f} to "
            f"{100 * fixed['high']:.1f}), and the count lies {off} that interval"
        )
    if np.isnan(ever["value"]):
        return f"{sentence}."
    return (
        f"{sentence}. A coder has read business news of {wording.count(ever['certain'], 'member')}; with labels "
        f"redrawn as the model errs, {ever['low']:.0f} to {ever['high']:.0f} of {m['members']} ever share."
    )


def lorenz_figure(result: Result) -> figures.Figure:
    """Lorenz curves of messages and of shares over the members."""
    if not result.metrics["messages"]:
        return figures.nothing("there are no messages")
    drawing, axes = figures.canvas(height=4.4)
    axes.plot([0, 100], [0, 100], color=figures.COLOURS["null"], ls=":", label="if all wrote the same")
    _curve(axes, result.counts["messages"], "all", "--", "all messages")
    if result.metrics["shares"]:
        for drawn in result.drawn[result.drawn.sum(axis=1) > 0]:
            _curve(axes, drawn, "interval", "-", "", width=0.5)
        _curve(axes, result.counts["shares"], "information_sharing", "-", "business news")
    axes.set(
        xlabel="members, from those who write least (%)",
        ylabel="their share of what is written (%)",
        xlim=(0, 100),
        ylim=(0, 100),
    )
    axes.legend(loc="upper left")
    axes.set_title(_lorenz_title(result.metrics))
    text = (
        "Lorenz curves. The further a curve hangs below the dotted line, the fewer members write most. "
        "Thin lines: labels redrawn as the model errs."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _curve(axes: Axes, counts: ArrayLike, colour: str, style: str, label: str, width: float = 2) -> None:
    curve = 100 * lorenz(counts)
    label = label or "_"
    axes.plot(np.linspace(0, 100, curve.size), curve, style, color=figures.COLOURS[colour], lw=width, label=label)


def _lorenz_title(metrics: dict) -> str:
    if metrics["shares"]:
        return f"{metrics['members_for_half']} of {metrics['members']} members write half of all business news"
    value = wording.number(metrics["activity"]["gini_corrected"]["value"])
    return f"Gini coefficient of messages: {value} among {metrics['members']} members"


def say_concentration(result: Result) -> str:
    """What the Lorenz curve shows, in words and numbers."""
    m = result.metrics
    if not m["messages"]:
        return "There are no messages."
    messages, news = m["activity"]["gini_corrected"], m["news"]["gini_corrected"]
    members = wording.count(m["members"], "member") + (f", of whom {m['silent']} never wrote" if m["silent"] else "")
    sentence = f"Messages have a Gini coefficient of {_with_interval(messages)} over {members}"
    if m["shares"]:
        top = wording.percent(m["news"]["top3_share"]["value"])
        sentence += f"; business news has {_with_interval(news)}, and the first three sharers hold {top}"
    if np.isfinite(spread := resample.interval(corrected_gini(result.drawn), m["confidence"])).all():
        sentence += f". With labels redrawn as the model errs, its coefficient goes from {wording.between(*spread)}"
    return sentence + "."


def _with_interval(row: dict) -> str:
    return f"{wording.number(row['value'])} ({wording.between(row['low'], row['high'])})"


def null_figure(result: Result) -> figures.Figure:
    """Gini of shares against its distribution when only activity is unequal."""
    if result.metrics["C3"]["status"] != "ok":
        return figures.nothing(result.metrics["C3"]["reason"])
    observed = result.metrics["news"]["gini_corrected"]["value"]
    spread = resample.interval(corrected_gini(result.drawn), result.metrics["confidence"])
    drawing, axes = figures.canvas(height=3.2)
    axes.hist(result.null, bins=30, color=figures.COLOURS["null"], label="activity alone")
    axes.axvspan(*spread, color=figures.COLOURS["interval"], alpha=0.4, label="observed, by labels redrawn")
    axes.axvline(observed, color=figures.COLOURS["information_sharing"], lw=2, label="observed")
    axes.set(
        xlabel="Gini coefficient of business news over members (0 equal, 1 one member has all)",
        ylabel="null draws (count)",
    )
    axes.legend(loc="upper center")
    reach = int((result.null >= observed).sum())
    draws = wording.count(result.null.size, "draw")
    axes.set_title(
        f"{reach or 'None'} of {draws} of activity alone {'reaches' if reach < 2 else 'reach'} what was observed"
    )
    text = "Grey: what unequal activity alone gives. Line: what was observed. Band: how far the labels leave that open."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def say_excess(result: Result) -> str:
    """C3's number in words."""
    c = result.metrics["C3"]
    if c["status"] != "ok":
        return f"C3 is not assessable: {c['reason']}."
    return (
        "Against unequal activity alone, and with labels redrawn as the model errs, the Gini coefficient of business "
        f"news is {'higher' if c['value'] >= 0 else 'lower'} by {wording.number(abs(c['value']))} (difference "
        f"{wording.number(c['value'])}, {wording.between(c['low'], c['high'])} over weeks and labels; "
        f"{wording.p_value(c['p'])}, one-sided)."
    )


def alone_table(result: Result) -> pd.DataFrame:
    """C3's number in the main analysis and as if each coder alone had coded, with its interval."""
    c, alone = result.metrics["C3"], result.metrics["alone"]
    rows = [("all coders, labels redrawn", c)] if c["status"] == "ok" else []
    rows += [(f"{coder} alone", one) for coder, one in alone.items()]
    return pd.DataFrame(
        [(who, *(one[end] for end in ("value", "low", "high"))) for who, one in rows],
        columns=["coded by", "Gini beyond activity", "from", "to"],
    )


def say_alone(result: Result) -> str:
    """Whether the answer hangs on who coded, in words and numbers."""
    c, alone = result.metrics["C3"], result.metrics["alone"]
    if c["status"] != "ok" or len(alone) < 2:
        return "It cannot be told whether the answer hangs on who coded: no two coders can each stand alone."
    values = [one["value"] for one in alone.values()]
    sides = {one["low"] > 0 for one in [c, *alone.values()]}
    return (
        f"By each coder alone it is {wording.between(min(values), max(values))}, and the answer "
        f"{'does not hang' if len(sides) == 1 else 'hangs'} on who coded."
    )


def months_figure(result: Result) -> figures.Figure:
    """By month: the corrected share of messages, and how many of those who wrote shared any business news.

    A first or last month with less than half the messages of the middle one is cut, and would look like a change.
    """
    rows = whole_months(result.months)
    if len(rows) < 2 or rows["value"].isna().all():
        return figures.nothing(result.metrics["C3"].get("reason", "too few messages were coded in each month"))
    drawing, (left, right) = figures.canvas(height=3.2, columns=2)
    at = np.arange(len(rows))
    left.vlines(at, 100 * rows["low"], 100 * rows["high"], color=figures.COLOURS["interval"], lw=4)
    left.plot(at, 100 * rows["value"], "o", color=figures.COLOURS["information_sharing"])
    left.set(ylabel="business news among messages (%)", ylim=(0, None))
    left.set_title("How common it is")
    right.plot(at, rows["writers"], "s--", mfc="white", color=figures.COLOURS["all"], label="members who wrote")
    right.vlines(at, rows["sharers_low"], rows["sharers_high"], color=figures.COLOURS["interval"], lw=4)
    right.plot(at, rows["sharers"], "o", color=figures.COLOURS["information_sharing"], label="who shared business news")
    right.set(ylabel="members (count)", ylim=(0, None))
    right.set_title("How many share it")
    right.legend(fontsize=8)
    for axes in (left, right):
        axes.set_xticks(at[::3], rows["month"].iloc[::3])
    text = (
        "By month (a week counts where it begins). Left: corrected share with interval. Right: members, with the span "
        "that labels redrawn as the model errs leave open."
    )
    if cut := len(result.months) - len(rows):
        text += f" Not drawn: {wording.count(cut, 'month')} at the start or end, of which the chats hold only a part."
    return figures.Figure(drawing, f"{_months_alt(rows)} {text}", text)


def whole_months(months: pd.DataFrame) -> pd.DataFrame:
    """The months (sharing_parts.MONTHS) without a first or last one that holds less than half the median's messages."""
    part = (months["units"] < months["units"].median() / 2).to_numpy()
    ends = np.isin(np.arange(len(months)), (0, len(months) - 1))
    return months[~(part & ends)].reset_index(drop=True)


def _months_alt(rows: pd.DataFrame) -> str:
    """The figure's two ends in words."""
    told = rows.dropna(subset="value")
    low, high = told.loc[told["value"].idxmin()], told.loc[told["value"].idxmax()]
    return (
        f"Business news is between {wording.percent(low['value'])} ({low['month']}) and "
        f"{wording.percent(high['value'])} ({high['month']}) of a month's messages; of {rows['writers'].min():.0f} to "
        f"{rows['writers'].max():.0f} members who wrote, {rows['sharers'].min():.0f} to {rows['sharers'].max():.0f} "
        "shared any."
    )


def say_trend(result: Result) -> str:
    """Whether sharing became more or less common, in words and numbers."""
    found = result.metrics["trend"]
    if not found:
        return "The time is too short, or too little is coded, to tell whether sharing changes."
    low, high = 100 * found["low"], 100 * found["high"]
    verb = "rises" if low > 0 else "falls" if high < 0 else "neither clearly rises nor falls"
    return (
        f"Over {found['weeks']} weeks the share of business news {verb}: {wording.number(100 * found['value'])} "
        f"percentage points a month ({wording.between(low, high)}, blocks of weeks resampled and labels redrawn)."
    )


def groups_figure(result: Result) -> figures.Figure:
    """The corrected share of messages that are business news by chat, sector and role."""
    rows = result.groups.dropna(subset="value").reset_index(drop=True)
    if rows.empty:
        return figures.nothing(result.metrics["C3"].get("reason", "too few messages were coded in each group"))
    drawing, axes = figures.canvas(height=0.8 + 0.26 * len(rows))
    at = len(rows) - 1 - rows.index
    axes.hlines(at, 100 * rows["low"], 100 * rows["high"], color=figures.COLOURS["interval"], lw=4)
    for by, part in rows.groupby("by", sort=False):
        place = len(rows) - 1 - part.index
        axes.plot(100 * part["value"], place, MARKERS[by], color=figures.COLOURS["information_sharing"])
    axes.set(xlabel="business news among the group's messages (%)", xlim=(0, None))
    axes.set_yticks(at, [f"{_named(row)} ({row['members']:.0f})" for _, row in rows.iterrows()])
    apart = [f"{by}s" for by, part in rows.groupby("by", sort=False) if _apart(part)]
    axes.set_title(
        f"Intervals lie apart between {wording.listed(apart)}" if apart else "No group's interval lies apart"
    )
    text = (
        "Mark and bar: corrected share and interval; squares are chats, circles sectors, diamonds roles; in brackets: "
        "members of the group."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _apart(part: pd.DataFrame) -> bool:
    """Whether the group with the highest share lies above the one with the lowest, intervals and all."""
    return bool(part.loc[part["value"].idxmax(), "low"] > part.loc[part["value"].idxmin(), "high"])


def _named(row: pd.Series) -> str:
    return f"other {row['by']}s" if row["group"] == OTHERS else f"{row['by']} {row['group']}"


def groups_table(result: Result) -> pd.DataFrame:
    """Each sector's and role's members, how many of them ever share, and its part of all business news."""
    rows = result.groups.dropna(subset="part")
    spans = zip(rows["part"], rows["part_low"], rows["part_high"], strict=True)
    return pd.DataFrame(
        {
            "by": rows["by"],
            "group": rows["group"],
            "members": rows["members"].map("{:.0f}".format),
            "who ever share": rows["sharers"].map("{:.0f}".format),
            "of all business news": [f"{wording.percent(v)} ({100 * a:.0f} to {100 * b:.0f})" for v, a, b in spans],
        }
    )


def say_groups(result: Result) -> str:
    """Which groups' intervals lie apart, in words."""
    rows = result.groups.dropna(subset="value")
    if rows.empty:
        return "No group has enough coded messages to tell its share apart."
    phrases = []
    for by, part in rows.groupby("by", sort=False):
        top, least = part.loc[part["value"].idxmax()], part.loc[part["value"].idxmin()]
        over = f"{_named(top)} over {_named(least)}".replace(f"{by} ", "")
        phrases.append(
            f"between {by}s the intervals lie apart ({over})" if _apart(part) else f"between {by}s they overlap"
        )
    merged = (
        " Groups of too few people to be shown by themselves are together in *others*."
        if (rows["group"] == OTHERS).any()
        else ""
    )
    return f"Compared by their intervals: {wording.listed(phrases)}.{merged}"


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    counts, metrics = result.counts, result.metrics
    most = int((counts["shares"] - counts["messages"]).max()) if len(counts) else 0
    return [
        ("no member shares more than they write (largest difference)", most, most <= 0),
        ("every member is counted once, silent ones too", len(counts), bool(counts["member"].is_unique)),
        ("shares add up", metrics["shares"], metrics["shares"] == int(counts["shares"].sum())),
        ("no group shown has fewer people than it may", len(result.groups), _large_enough(result)),
    ]


def _large_enough(result: Result) -> bool:
    return bool((result.groups["members"] >= result.metrics["least_people"]).all()) if len(result.groups) else True
