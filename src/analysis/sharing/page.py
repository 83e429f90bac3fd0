"""Sharing: the figures, tables and sentences of the chapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from analysis import figures, resample, wording
from analysis.arrays import Floats
from analysis.coverage import NOT_TRIED, Coverage, Miss, hidden, remark
from analysis.errors import InputError, Missing, stage
from analysis.published import FEWEST
from analysis.sharing.counts import WeeklyCounts, shares_by_member
from analysis.sharing.excess import Excess, PooledExcess
from analysis.sharing.indices import corrected_gini, lorenz
from analysis.sharing.parts import OTHERS, TOP, best_share, certain_sharers, ever_shared, top_share
from analysis.sharing.step import Labelled, written_by

MARKERS = {"chat": "s", "sector": "o", "role": "D"}
LEAST_MESSAGES = 20  # fewest messages of a member whose own share is shown
INDICES = {
    "gini": "Gini coefficient",
    "gini_corrected": "Gini coefficient, corrected for few members",
    "top1_share": "share of the top member",
    "top3_share": "share of the top three",
    "hhi": "Herfindahl index",
    "theil": "Theil index",
}
TRIED = {  # as calibration names their intervals
    "gini": "Gini of 40 counts, percentile",
    "gini_corrected": "Gini of 40 counts",
    "top1_share": "share of the top member of 40 counts",
    "top3_share": "share of the top three of 40 counts",
    "hhi": "Herfindahl index of 40 counts",
    "theil": "Theil index of 40 counts",
}


def answer(
    redrawn: Sequence[WeeklyCounts],
    share: pd.DataFrame | Missing,
    excess: PooledExcess | Missing,
    reading: Labelled,
) -> str:
    """The page's answer: who shares; if only part of the messages has a label, how common business news is in it;
    without any label, what is not known."""
    everything = wording.count(reading.messages, "message")
    if not reading.messages:
        return "Who shares business news is not assessable: there are no messages."
    if isinstance(share, Missing) or not reading.labelled:
        return f"Who shares business news is not assessable: nobody has coded any of the {everything}."
    if not reading.whole:
        return (
            f"{_read_as_news(redrawn[0], reading)}. The code is not carried to the other messages, so how many members "
            "share business news, and how unequally, is not assessable."
        )
    if isinstance(excess, Missing):
        return f"Who shares business news is not assessable: {excess.reason}."
    top = top_share(redrawn)
    of, part = wording.count(len(redrawn[0].members), "member"), wording.percent(top["value"])
    drawn = f" ({_least_and_most(top)} over redrawn labels)" if reading.carried else ""
    concentrated = f" {top['members']} of {of} wrote about {part} of it{drawn}." if top["members"] else ""
    texts = wording.count(reading.messages, "text message")
    return f"{wording.percent(best_share(share))} of the {texts} are business news.{concentrated}"


def _read_as_news(weekly: WeeklyCounts, reading: Labelled) -> str:
    """What people found in the messages that they read: "Of the 120 messages read, 6 are business news"."""
    shares = int(weekly.by_member()["shares"].sum())
    found = f"{shares:,} {'is' if shares == 1 else 'are'}" if shares else "none is"
    return f"Of {reading.among}, {found} business news"


def weeks_table(weekly: WeeklyCounts, reading: Labelled) -> pd.DataFrame:
    """Messages and business news of each week; only of the messages read where no others have a label, and only
    messages where none has."""
    weeks = weekly.by_week()
    table = weeks.assign(week=weeks["week"].dt.strftime("%Y-%m-%d"))
    if not reading.labelled:
        return table.drop(columns="shares")
    names = {"shares": "business news"} | ({} if reading.whole else {"messages": "messages read"})
    return table.rename(columns=names)


@stage
def share_table(share: pd.DataFrame, reading: Labelled) -> pd.DataFrame:
    """The share of messages that are business news, likely, corrected and counted, in percent with its interval; where
    no model carries the code, as coders settled on in the messages read."""
    names = {
        "latent": "likely true, model’s and coders’ errors taken out",
        "corrected": "as coders would settle on, model’s error taken out",
        "counted": "counted from the labels",
    }
    if not reading.carried:
        names = {"counted": "as coders settled on"}
    rows = [(words, *(100 * share.loc[kind, ["value", "low", "high"]])) for kind, words in names.items()]
    return pd.DataFrame(rows, columns=[f"share of {reading.among}", "%", "from", "to"])


@stage
def say_share(
    share: pd.DataFrame,
    evidence: pd.DataFrame,
    redrawn: Sequence[WeeklyCounts],
    reading: Labelled,
    confidence: float = 0.95,
    held: Coverage | None = None,
    too_low: Miss = NOT_TRIED,
) -> str:
    """Whether errors affect how common business news is, and how many members ever share it; if only part of the
    messages has a label, how many of those are business news. held, too_low: from calibration, for EVER."""
    if not reading.whole:
        return f"{_read_as_news(redrawn[0], reading)}. Nobody read the others, and no model carries the code to them."
    counted, (low, high) = share.loc["counted", "value"], share.loc["latent", ["low", "high"]]
    place = "within" if low <= counted <= high else "below" if counted < low else "above"
    where = "" if np.isnan(low) else f"The counted share lies {place} the interval of the likely one. "
    of = wording.count(len(redrawn[0].members), "member")
    certain = f"{where}Coders themselves found business news from {certain_sharers(evidence)} of {of}."
    if not reading.carried:
        return certain
    ever = ever_shared(redrawn, confidence)
    likely = wording.count(round(ever["value"]), "member")
    between = f" ({ever['low']:.0f} to {ever['high']:.0f})" if held is None or held.shown else ""
    have = "has" if round(ever["value"]) == 1 else "have"
    ever_did = f"By redrawn labels, about {likely} {have} ever shared business news{between}."
    return f"{certain} {ever_did}{remark(held)}{_off(too_low)}"


def _off(too_low: Miss) -> str:
    """By how many members a count is too low, as a sentence after a space; empty if by less than one."""
    mean, tenth = (round(np.nan_to_num(by)) for by in (too_low.mean, too_low.tenth))
    if not mean:
        return ""
    return (
        f" In simulated communities the number came out too low by {mean} on average, by {tenth} or more in one of ten."
    )


def concentration_table(
    activity: pd.DataFrame | Missing, news: pd.DataFrame | Missing, held: Mapping[str, Coverage] = MappingProxyType({})
) -> pd.DataFrame | Missing:
    """Every index of concentration, of messages and of business news, with its interval; only of messages where
    business news cannot be counted by member.

    held: coverage of the intervals (coverage.read); an interval that covers too seldom is left out.
    """
    if isinstance(activity, Missing):
        return activity
    seldom = hidden(held, TRIED)
    columns = {"all messages": activity} | ({} if isinstance(news, Missing) else {"business news": news})
    cells = {
        name: {index: _with_interval(row, bare=index in seldom) for index, row in rows.iterrows()}
        for name, rows in columns.items()
    }
    return pd.DataFrame(cells).rename(INDICES).rename_axis("index").reset_index()


@stage
def say_silent(everything: WeeklyCounts) -> str:
    """How many members never wrote. everything: counts of all messages. Missing where there are none."""
    n = written_by(everything)
    if n["silent"] == n["members"]:
        raise InputError("there are no messages")
    members = wording.count(n["members"], "member")
    return f"{n['silent']} of {members} never wrote." if n["silent"] else f"Each of the {members} wrote."


@stage
def lorenz_figure(
    everything: WeeklyCounts, weekly: WeeklyCounts, redrawn: Sequence[WeeklyCounts], reading: Labelled
) -> figures.Figure:
    """Lorenz curves of messages over the members, and of business news where every message has a label.

    everything: counts of all messages; weekly: of those that have a label. Missing without messages.
    """
    messages = everything.by_member()["messages"]
    if not messages.any():
        raise InputError("there are no messages")
    _, axes = figures.canvas(height=4.4)
    axes.plot([0, 100], [0, 100], color=figures.COLOURS["null"], ls=":", label="if all wrote the same")
    _curve(axes, messages, "all", "--", "all messages")
    text = "Lorenz curves. The further a curve hangs below the dotted line, the fewer members write most."
    value = wording.number(corrected_gini(messages.to_numpy(float)[None, :])[0])
    title = f"Gini coefficient of messages: {value} among {wording.count(len(messages), 'member')}"
    news, top = weekly.by_member()["shares"], top_share(redrawn)
    if reading.whole and news.any() and top["members"]:
        drawn = shares_by_member(redrawn)
        some = drawn[drawn.sum(axis=1) > 0] if reading.carried else ()
        for number, shares in enumerate(some):
            _curve(axes, shares, "interval", "-", "_" if number else "business news, redrawn (title)", width=0.5)
        _curve(axes, news, "information_sharing", "-", "business news, as labelled" if len(some) else "business news")
        of = f"{top['members']} of {wording.count(len(messages), 'member')}"
        part = f"about {wording.percent(top['value'])} of all business news"
        title = f"{of} {'writes' if top['members'] == 1 else 'write'} {part}"
        text += f" {_top_as_labelled(news, top)}" if reading.carried else ""
    axes.set(xlabel="members, from those who write least (%)", ylabel="their share of what is written (%)")
    axes.set(xlim=(0, 100), ylim=(0, 100))
    axes.legend(loc="upper left")
    axes.set_title(title)
    return figures.titled(axes, text)


def _top_as_labelled(news: pd.Series, top: Mapping[str, float]) -> str:
    """The part of all news by the members who share most, over redrawn labels and as labelled. news: by member, as
    labelled; top: as parts.top_share gives it."""
    counted = wording.percent(news.nlargest(top["members"]).sum() / news.sum())
    who = "the member who shares" if top["members"] == 1 else f"the {top['members']} members who share"
    drawn = _least_and_most(top)
    return f"Thin lines: redrawn labels, of which {who} most have {drawn}; by the labels as they are, {counted}."


def _least_and_most(top: Mapping[str, float]) -> str:
    """The span over redrawn labels: "67 to 78 %"."""
    return f"{100 * top['least']:.0f} to {100 * top['most']:.0f} %"


def _curve(axes: Axes, counts: ArrayLike, colour: str, style: str, label: str, width: float = 2) -> None:
    curve = 100 * lorenz(counts)
    axes.plot(np.linspace(0, 100, curve.size), curve, style, color=figures.COLOURS[colour], lw=width, label=label)


def _with_interval(row: pd.Series, *, bare: bool) -> str:
    return wording.number(row["value"]) if bare else wording.estimate(row["value"], row["low"], row["high"])


def _of_draws(redrawn: Sequence[WeeklyCounts], confidence: float) -> tuple[float, float]:
    """Interval of the Gini coefficient of shares over the draws of the labels."""
    return resample.interval_of_few(corrected_gini(shares_by_member(redrawn)), confidence)


@stage
def null_figure(
    weekly: WeeklyCounts, null: Floats, redrawn: Sequence[WeeklyCounts], excess: PooledExcess, confidence: float = 0.95
) -> figures.Figure:
    """Gini of shares against its distribution when only activity is unequal; missing where C3 is (excess)."""
    observed = float(corrected_gini(weekly.shares.sum(axis=(0, 1))[None, :].astype(float))[0])
    _, axes = figures.canvas(height=3.2)
    axes.hist(null, bins=30, color=figures.COLOURS["null"], label="activity alone")
    band = {"color": figures.COLOURS["interval"], "alpha": 0.4, "label": "redrawn labels"}
    axes.axvspan(*_of_draws(redrawn, confidence), **band)
    axes.axvline(observed, color=figures.COLOURS["information_sharing"], lw=2, label="labels as they are")
    axes.set_xlabel("Gini coefficient of business news over members (0 equal, 1 one member has all)")
    axes.set_ylabel("null draws (count)")
    axes.legend(loc="upper center")
    reach, draws = int((null >= observed).sum()), wording.count(null.size, "draw")
    verb = "reaches" if reach < 2 else "reach"
    axes.set_title(f"{reach or 'None'} of {draws} of activity alone {verb} what the labels give")
    text = (
        "Grey: what unequal activity alone gives. Line: the labels as they are, with the errors of model and coders. "
        "Band: redrawn labels, which take these out, and on which C3 rests."
    )
    return figures.titled(axes, text)


@stage
def say_excess(excess: PooledExcess, held: Coverage | None = None, above: bool = False) -> str:
    """C3's number in words. held: the coverage of its interval; above: as in coverage.remark."""
    span = f" ({wording.between(excess.low, excess.high)})" if held is None or held.shown else ""
    return (
        "With redrawn labels, the Gini coefficient of business news exceeds what unequal activity alone gives by "
        f"{wording.number(excess.value)}{span}.{remark(held, above)}"
    )


@stage
def draws_table(excess: PooledExcess) -> pd.DataFrame:
    """Each draw of the labels: shares, observed and expected Gini coefficient, the excess, its error over weeks, p."""
    names = {"draw": "draw of the labels", "shares": "business news", "observed": "Gini", "value": "excess"}
    names |= {"expected": "expected from activity", "error": "standard error over weeks"}
    return excess.table().rename(columns=names)


@stage
def members_figure(weekly: WeeklyCounts, redrawn: Sequence[WeeklyCounts], confidence: float = 0.95) -> figures.Figure:
    """Share of business news in each member's messages: counted from the labels, and over redrawn labels.

    Members who wrote fewer than LEAST_MESSAGES are not drawn. Missing where nobody who wrote more shared any.
    """
    rows = members_frame(weekly, redrawn, confidence)
    _, axes = figures.canvas(height=3.2)
    axes.vlines(rows.index, 100 * rows["low"], 100 * rows["high"], color=figures.COLOURS["interval"], lw=4)
    style = {"mfc": "none", "mec": figures.COLOURS["informal_interaction"], "label": "counted from the labels"}
    axes.plot(rows.index, 100 * rows["counted"], "s", **style)
    axes.plot(
        rows.index, 100 * rows["likely"], "o", color=figures.COLOURS["information_sharing"], label="redrawn labels"
    )
    axes.set(xlabel="members, from those who share most", ylabel="business news among their messages (%)")
    axes.set(xticks=[], ylim=(0, None))
    axes.legend(loc="upper right")
    below, above = ((rows["counted"] < rows["low"]).sum(), (rows["counted"] > rows["high"]).sum())
    of = wording.count(len(rows), "member")
    axes.set_title(f"The labels count too little for {below} of {of}, too much for {above}")
    text = (
        f"Each mark: a member who wrote {LEAST_MESSAGES} texts or more. Dot and bar: share over redrawn labels, with "
        "interval. Square: the labels as they are."
    )
    return figures.titled(axes, text)


def members_frame(weekly: WeeklyCounts, redrawn: Sequence[WeeklyCounts], confidence: float = 0.95) -> pd.DataFrame:
    """Members who wrote LEAST_MESSAGES or more, those who share most first, unnamed: messages, the share of them that
    is news as counted, and its mean (likely), low and high over redrawn labels. Raises InputError if none has any."""
    counts = weekly.by_member()
    enough = (counts["messages"] >= LEAST_MESSAGES).to_numpy()
    messages = counts.loc[enough, "messages"].to_numpy()
    drawn = shares_by_member(redrawn)[:, enough] / messages
    if not drawn.any():
        raise InputError("nobody who wrote enough for a share of their own shared business news")
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    columns = {"messages": messages, "counted": counts.loc[enough, "shares"].to_numpy() / messages}
    frame = pd.DataFrame(columns | {"likely": drawn.mean(axis=0), "low": low, "high": high})
    return frame.sort_values("likely", ascending=False, kind="stable", ignore_index=True)


@stage
def say_members(weekly: WeeklyCounts, redrawn: Sequence[WeeklyCounts], confidence: float = 0.95) -> str:
    """How much redrawing the labels changes the shares of the members who share most, in words and numbers."""
    rows = members_frame(weekly, redrawn, confidence)
    if len(rows) < 2 * TOP:
        raise InputError(f"fewer than {2 * TOP} members wrote enough for a share of their own")
    first = rows[:TOP]
    counted, likely = (
        wording.percent(first[name].mul(first["messages"]).sum() / first["messages"].sum())
        for name in ("counted", "likely")
    )
    return (
        f"Of what the {TOP} members who share most write, {likely} is likely business news; the labels count {counted}."
    )


@stage
def alone_table(excess: PooledExcess, as_coded: PooledExcess, alone: Mapping[str, Excess]) -> pd.DataFrame:
    """The excess with its interval: in the main analysis, if coders were never wrong, and if each had coded alone."""
    ways = {"all coders, their errors and the model’s taken out": excess, "all coders, as if never wrong": as_coded}
    rows = [(words, one.value, one.low, one.high) for words, one in ways.items()]
    rows += [(f"{coder} alone, as if never wrong", one.value, one.low, one.high) for coder, one in alone.items()]
    return pd.DataFrame(rows, columns=["coded by", "Gini beyond activity", "from", "to"])


@stage
def say_alone(excess: PooledExcess, as_coded: PooledExcess, alone: Mapping[str, Excess], smallest: float) -> str:
    """Whether the answer depends on who coded; missing with fewer than two coders. smallest: C3's smallest effect that
    matters, which its interval must reach."""
    if len(alone) < 2:
        raise InputError("fewer than two coders coded enough to be taken alone")
    ways = [(one.value, one.low) for one in (excess, as_coded)] + [(one.value, one.low) for one in alone.values()]
    reach = sum(low >= smallest for _, low in ways)
    least = f"the smallest effect that matters ({wording.number(smallest)})"
    if reach == len(ways):
        said = f"Whoever coded, the whole interval lies at or above {least}"
    elif not reach:
        said = f"Whoever coded, the interval reaches below {least}"
    else:
        said = f"Whether the whole interval lies at or above {least} depends on who coded"
    size = wording.between(min(value for value, _ in ways), max(value for value, _ in ways))
    return f"{said}. The size depends on whose codes are taken: {size}."


@stage
def months_figure(months: pd.DataFrame, trend: str = "") -> figures.Figure:
    """By month: the corrected share of messages, and how many of those who wrote shared any business news. trend: of
    the share, as returned by trend_finding; without one the title says only what is shown.

    A first or last month with less than half the messages of the median month is incomplete and is not drawn, since it
    would look like a change. Missing with fewer than two months, or where no month has a share.
    """
    rows = whole_months(months)
    if len(rows) < 2 or rows["value"].isna().all():
        raise InputError("too few messages were coded in each month")
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
    right.legend(fontsize=8, loc="center")
    for axes in (left, right):
        axes.set_xticks(at[::3], rows["month"].iloc[::3])
    drawing.suptitle(f"{trend or 'Business news among messages'} over {wording.count(len(rows), 'month')}")
    text = (
        "By month (a week counts where it begins). How common: corrected share with interval. How many: members, with "
        "the span that redrawn labels leave open."
    )
    if cut := len(months) - len(rows):
        text += f" Not drawn: {wording.count(cut, 'month')} at the start or end, which the chats hold only in part."
    return figures.Figure(drawing, f"{drawing.get_suptitle()}. {_months_alt(rows)} {text}", text)


def whole_months(months: pd.DataFrame) -> pd.DataFrame:
    """The months (parts.MONTHS) without a first or last one that holds less than half the median's messages."""
    part = (months["units"] < months["units"].median() / 2).to_numpy()
    ends = np.isin(np.arange(len(months)), (0, len(months) - 1))
    return months[~(part & ends)].reset_index(drop=True)


def _months_alt(rows: pd.DataFrame) -> str:
    """The figure's two ends in words."""
    low, high = rows.loc[rows["value"].idxmin()], rows.loc[rows["value"].idxmax()]
    wrote, shared = (f"{rows[name].min():.0f} to {rows[name].max():.0f}" for name in ("writers", "sharers"))
    spans = (wording.between(100 * row["low"], 100 * row["high"], 1) for row in (low, high))
    ends = " and ".join(
        f"{wording.percent(row['value'])} in {row['month']} (interval {span} %)"
        for row, span in zip((low, high), spans, strict=True)
    )
    return f"The estimates are least and largest with {ends}; of {wrote} members who wrote, {shared} shared any."


def trend_finding(change: Mapping[str, float] | Missing) -> str:
    """Whether the share of business news rises or falls, as a title; empty where that is not known."""
    return "" if isinstance(change, Missing) else f"The share of business news {_trend(change)}"


def _trend(change: Mapping[str, float]) -> str:
    return "rises" if change["low"] > 0 else "falls" if change["high"] < 0 else "neither clearly rises nor falls"


@stage
def say_trend(change: Mapping[str, float]) -> str:
    """Whether sharing became more or less common, in words and numbers. change: as parts.trend gives it."""
    low, high, verb = 100 * change["low"], 100 * change["high"], _trend(change)
    points = f"{wording.number(100 * change['value'])} percentage points a month, {wording.between(low, high)}"
    said = f"The share of business news {verb} ({points})."
    if low > 0 or high < 0:
        return said
    return f"{said} Over a year that may be anything from {wording.between(12 * low, 12 * high, 1)} points."


@stage
def groups_figure(groups: pd.DataFrame) -> figures.Figure:
    """The corrected share of messages that are business news by chat, sector and role. Missing if no group has one."""
    rows = groups.dropna(subset="value").reset_index(drop=True)
    if rows.empty:
        raise InputError("too few messages were coded in each group")
    _, axes = figures.canvas(height=0.8 + 0.26 * len(rows))
    at = len(rows) - 1 - rows.index
    axes.hlines(at, 100 * rows["low"], 100 * rows["high"], color=figures.COLOURS["interval"], lw=4)
    for by, part in rows.groupby("by", sort=False):
        axes.plot(
            100 * part["value"], len(rows) - 1 - part.index, MARKERS[by], color=figures.COLOURS["information_sharing"]
        )
    axes.set(xlabel="business news among the group's messages (%)", xlim=(0, None))
    named = np.where(rows["group"] == OTHERS, "other " + rows["by"] + "s", rows["by"] + " " + rows["group"])
    axes.set_yticks(at, [f"{name} ({n:.0f})" for name, n in zip(named, rows["members"], strict=True)])
    ends = rows.groupby("by", sort=False)["value"].agg(["idxmax", "idxmin"])
    distinct = rows.loc[ends["idxmax"], "low"].to_numpy() > rows.loc[ends["idxmin"], "high"].to_numpy()
    differing = [f"{named[low]} than in {named[high]}" for high, low in ends[distinct].to_numpy()]
    axes.set_title(f"Less business news in {'; in '.join(differing)}" if differing else "No two groups clearly differ")
    text = (
        "Mark and bar: corrected share and interval; squares are chats, circles sectors, diamonds roles; in brackets: "
        "members who wrote in the chat, or who are of the sector or role. The bars do not allow for other members: a "
        "group's share may be that of one or two."
    )
    return figures.titled(axes, text)


@stage
def groups_table(groups: pd.DataFrame) -> pd.DataFrame:
    """Each sector's and role's members, how many of them ever share (mean over the draws), and its part of all news."""
    rows = groups.dropna(subset="part")
    spans = zip(rows["part"], rows["part_low"], rows["part_high"], strict=True)
    part = [f"{wording.percent(value)} ({100 * low:.0f} to {100 * high:.0f})" for value, low, high in spans]
    table = rows[["by", "group", "members", "sharers"]].assign(part=part)
    whole = {name: table[name].map("{:.0f}".format) for name in ("members", "sharers")}
    return table.assign(**whole).rename(columns={"sharers": "who ever share", "part": "of all business news"})


def page_checks(
    weekly: WeeklyCounts, groups: pd.DataFrame | Missing, least_people: int
) -> list[tuple[str, object, bool]]:
    """Checks that must hold on this page."""
    counts = weekly.by_member()
    most = int((counts["shares"] - counts["messages"]).max()) if len(counts) else 0
    sizes = [] if isinstance(groups, Missing) else groups["members"].tolist()
    fewest = max(least_people, FEWEST)
    return [
        ("no member shares more than they write (largest difference)", most, most <= 0),
        ("every member is counted once, silent ones too", len(counts), bool(counts["member"].is_unique)),
        ("no group shown has fewer people than it may", len(sizes), bool(min(sizes, default=fewest) >= fewest)),
    ]
