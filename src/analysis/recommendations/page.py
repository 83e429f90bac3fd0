"""Recommendations: the figures, tables and sentences of the chapter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import figures, wording
from analysis.arrays import Floats
from analysis.errors import InputError, Missing, stage
from analysis.published import FEWEST
from analysis.recommendations import actions, advice, findings, headline
from analysis.recommendations.assumptions import Assumption
from analysis.recommendations.bridges import FIRST, SHOWN
from analysis.recommendations.gains import MEASURES, TODAY, TOP, Results, Spreading, ends
from analysis.recommendations.news import Pieces
from analysis.recommendations.predictive import STATISTICS
from analysis.recommendations.scenarios import Setting, WhatIf
from analysis.recommendations.step import Headline

UNADVISED = "no advice by itself"
MARKS = {  # shape and shade by strength of the advice, or by its status where it has none
    "strong": ("o", 1.0), "moderate": ("s", 0.6), "tentative": ("^", 0.3), advice.NOT: ("X", 0.3),
    advice.OPEN: ("P", 0.3), UNADVISED: ("D", 0.3),
}  # fmt: skip
MAIN = ("pieces_read", "reach_day", "reach_week", "messages")  # measures that are shown without unfolding
LONGEST = 12  # most bars of a tornado
THINNEST = 2.0  # width in points of a bar whose two ends are the same
NAMED = {  # scenarios whose name says too little
    "silent members post": "members who never share post",
    "bridge": "a bridge between two groups",
}
FURTHER = {  # whether news reaches more members if more pass it on
    headline.MORE: "In the what-if it does.",
    headline.SAME: "In the what-if it does not: about as many members read a piece within a week.",
    headline.LESS: "In the what-if it does not: fewer members read a piece within a week.",
    headline.OPEN: "The what-if leaves that open.",
}
CHOSEN_BY = "median_minutes"  # the number by which the form of the model was chosen (docs/adr/0016)


@stage
def answer(r1: Headline, advised: Sequence[advice.Advice]) -> str:
    """The page's answer, first of all whether the sign depends on an assumption."""
    gain = (
        f"{wording.number(r1.value)} more pieces of news a week ({wording.between(r1.low, r1.high)}, "
        "depending on assumptions)"
    )
    first = ""
    if r1.depends_on:
        first = f"Whether a more flexible way of sharing helps depends on an assumption ({_words(r1.depends_on)}). "
    said = f"{first}If everybody posted without approval and passed news on, each member would read {gain}."
    return " ".join(part for part in (said, r1.made_of.get("en"), _tally(advised)) if part)


@stage
def say_theory(r1: Headline) -> str:
    """Whether the what-if agrees with theory's expectation of R1, or what speaks against it."""
    said = f"Theory expects that news reaches further where more members pass it on. {FURTHER[str(r1.further)]}"
    if r1.passing_fitted:
        return said
    return f"{said} As how often members pass news on is assumed, that says nothing for or against the theory."


def _tally(advised: Sequence[advice.Advice]) -> str:
    """How much advice is recommended, and on what grounds."""
    grades = [each.strength for each in advised if each.strength]
    of = f"Of {wording.count(len(advised), 'piece')} of advice, {len(grades) or 'none'}"
    if not grades:
        return f"{of} is recommended."
    each = [f"{grade} for {grades.count(grade) or 'none'}" for grade in advice.STRENGTHS]
    return f"{of} {'is' if len(grades) == 1 else 'are'} recommended. The grounds are {wording.listed(each)} of these."


def _name(scenario: str) -> str:
    """A scenario as the page names it."""
    return NAMED.get(scenario, scenario)


def _words(names: Collection[str]) -> str:
    return wording.listed(actions.meant(name, "en") for name in names)


def strengths(advised: Sequence[advice.Advice]) -> dict[str, str]:
    """By scenario, the strength of the advice based on it, or its status if it is not recommended."""
    return {each.rule["scenario"]: each.strength or each.status for each in advised if each.rule["scenario"]}


@stage
def balance_figure(results: Results, advised: Sequence[advice.Advice], confidence: float) -> figures.Figure:
    """Each scenario's gain and burden: additional pieces of news that a member reads in a week, and messages to
    read."""
    graded = strengths(advised)
    points = _points(results, confidence).sort_values("gain", ignore_index=True)
    _, axes = figures.canvas(height=0.36 * len(points) + 1.4)
    axes.hlines(points.index, points["low"], points["high"], color=figures.COLOURS["interval"], lw=3, zorder=1)
    for row in points.itertuples():
        axes.scatter(row.gain, row.Index, zorder=2, **_mark(graded.get(row.scenario, UNADVISED)))
        burden = wording.number(row.messages, 1)
        axes.text(1.01, row.Index, burden, transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    axes.text(1.01, len(points) - 0.3, "more\nmessages", transform=axes.get_yaxis_transform(), va="bottom", fontsize=9)
    shown = {graded.get(scenario, UNADVISED) for scenario in points["scenario"]} | set(advice.STRENGTHS)
    for grade in (grade for grade in MARKS if grade in shown):
        axes.scatter([], [], label=grade, **_mark(grade))
    axes.axvline(0, color=figures.COLOURS["null"], lw=1, zorder=0)
    axes.legend(
        title="strength of the advice", title_fontsize=9, loc="upper left", bbox_to_anchor=(-0.2, -0.2), ncols=3
    )
    axes.set(
        yticks=points.index,
        yticklabels=points["scenario"].map(_name),
        xlabel="more pieces of news that a member reads in a week",
    )
    best = points.loc[points["gain"].idxmax()]
    axes.set_title(
        f"Most news for each member: {_name(best.scenario)}, {wording.number(best.gain)} more pieces a week "
        f"for {wording.number(best.messages, 1)} more messages to read"
    )
    text = (
        f"Marks: median over draws of all that is fitted and assumed; bars: {wording.percent(confidence)} of the "
        "draws. On the right: how many more messages a member gets to read in a week, answers included."
    )
    each = "; ".join(
        f"{_name(row.scenario)} {wording.number(row.gain)} for {wording.number(row.messages, 1)}"
        for row in points.itertuples()
    )
    return figures.titled(axes, text, f"{text} {each}.")


def _mark(grade: str) -> dict[str, Any]:
    """How a scenario's point is drawn, by the strength or status of its advice."""
    shape, shade = MARKS[grade]
    colour = figures.COLOURS["coordination" if grade == UNADVISED else "information_sharing"]
    return {"marker": shape, "s": 50, "color": colour, "alpha": shade, "edgecolor": "k"}


def _points(results: Results, confidence: float) -> pd.DataFrame:
    """scenario, gain, low, high, messages, of the scenarios that add something. Raises InputError when none does."""
    tail = (1 - confidence) / 2
    rows = []
    for name in results.scenarios:
        gain = results.gain(name)
        if np.median(gain) > 0:
            low, high = np.quantile(gain, [tail, 1 - tail])
            rows.append((name, np.median(gain), low, high, max(np.median(results.gain(name, "messages")), 0.0)))
    if not rows:
        raise InputError("no scenario adds anything")
    return pd.DataFrame(rows, columns=["scenario", "gain", "low", "high", "messages"])


@stage
def actions_table(advised: Sequence[advice.Advice], evidence: advice.Evidence) -> pd.DataFrame:
    """What to do, who, expected gain, number to watch, strength; the strongest first. Missing if there is none."""
    rows = [
        (
            each.rule["en"]["advice"],
            advice.OWNERS[each.rule["owner"]]["en"],
            actions.gain(each.expected, "en"),
            actions.indicator(each, evidence, "en"),
            each.strength,
        )
        for each in advised
        if each.status == advice.RECOMMENDED
    ]
    if not rows:
        raise InputError("nothing can be recommended on what was found here")
    return pd.DataFrame(rows, columns=["what", "who", "expected gain", "number to watch", "strength"])


def not_recommended_table(advised: Sequence[advice.Advice]) -> pd.DataFrame:
    """What is not recommended or cannot be judged, and why."""
    rows = [
        (each.rule["en"]["advice"], each.status, "; ".join(each.why["en"]))
        for each in advised
        if each.status != advice.RECOMMENDED
    ]
    return pd.DataFrame(rows, columns=["what", "status", "why"])


# How news spreads here


@stage
def groups_table(today: Setting) -> pd.DataFrame:
    """The groups: members, messages a day, share of informal talk; small groups are only counted."""
    groups = today.groups
    columns = {
        "group": groups.names,
        "members": groups.member_of.sum(axis=1),
        "messages a day": groups.a_day,
        "informal talk (likely share)": today.informal,
    }
    table = pd.DataFrame(columns).astype({"members": "Int64"})[groups.shown]
    if hidden := int((~groups.shown).sum()):
        few = f"{wording.count(hidden, 'group')} of fewer than {FEWEST} members"
        table = pd.concat([table, pd.DataFrame({"group": [few]})], ignore_index=True)
    return table


@stage
def say_passing(spreading: Spreading, least_events: int) -> str:
    """Whether passing on was fitted, and on how many posts, or is an assumption."""
    seen = float(np.median([one.second for one in spreading.fitted]))
    posted = wording.count(round(seen), "piece was", "pieces were")
    fact = f"Beyond chance, {posted} posted in a second group"
    if spreading.passing_fitted:
        return f"{fact}. So the chance of passing on was fitted."
    short = (
        f"fewer than the {least_events} that a fit needs" if seen < least_events else "which chance may still explain"
    )
    return f"{fact}, {short}. So **the chance of passing on is an assumption**."


@stage
def say_office(today: Setting, pieces: Sequence[Pieces]) -> str:
    """The delay of news that goes through an office first, if enough was observed; or that nobody approves, if nobody
    holds an office."""
    if not today.officers.any():
        return (
            "According to the roster nobody holds an office, so the what-if assumes that nobody approves what is "
            "posted: how long news waits for approval, and how much of it approval holds back, change nothing here."
        )
    number, days = findings.through_office(today, pieces)
    seen = (
        f"{wording.count(number, 'piece')} of news {'was' if number == 1 else 'were'} seen in a group of officers first"
    )
    if number < findings.ENOUGH:
        return f"{seen} and in another within a week, too few to say how stale news is that goes through approval."
    return f"{seen} and in another within a week, after {wording.number(days, 1)} days (median)."


@stage
def quantities_table(spreading: Spreading, assumed: Mapping[str, Assumption]) -> pd.DataFrame:
    """Every quantity: whether it was fitted or is assumed, its median, the range of nine in ten draws, its meaning."""
    meanings = {
        "answers_per_reader": ("answers per reader", "That a reader of fresh news answers it."),
        "answering_age": ("days", "The age of news at which a quarter of that is left."),
        "answers_a_piece": ("answers", "Direct answers to a piece of news."),
    }
    fitted = {"passing_chance", "passing_age"} if spreading.passing_fitted else set()
    rows = []
    for name, (low, high) in ends(spreading.draws).items():
        middle = np.median([draw.quantities[name] for draw in spreading.draws])
        unit, meaning = meanings.get(name) or (assumed[name].unit, assumed[name].meaning)
        source = "assumed" if name in assumed and name not in fitted else "fitted"
        rows.append((name.replace("_", " "), source, *(_short(value) for value in (middle, low, high)), unit, meaning))
    columns = ["quantity", "from", "middle", "5 %", "95 %", "unit", "meaning"]
    return pd.DataFrame(rows, columns=columns).sort_values("from", ascending=False, kind="stable", ignore_index=True)


def _short(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"


@stage
def posterior_figure(spreading: Spreading) -> figures.Figure:
    """The posterior of answering: its chance and the age at which a quarter of it remains, one dot per draw."""
    _, axes = figures.canvas(height=3.4)
    chance = np.array([one.answering.chance for one in spreading.fitted])
    hours = 24 * np.array([one.answering.ages for one in spreading.fitted])
    axes.scatter(hours, chance, s=14, color=figures.COLOURS["information_sharing"], alpha=0.5)
    axes.set(
        xlabel="age at which a quarter of the chance is left (hours)",
        ylabel="chance that a reader\nof fresh news answers",
    )
    low, high = np.quantile(chance, [0.05, 0.95])
    share = f"{100 * low:.0f} to {wording.percent(high)}"
    axes.set_title(f"If members read as assumed, {share} of those who read fresh news answer it")
    return figures.titled(
        axes, "Each dot: a draw from what is known, given one set of labels, replies and assumptions about reading."
    )


@stage
def predictive_figure(check: pd.DataFrame) -> figures.Figure:
    """What followed half of the news, next to the prediction from the other half."""
    drawing, axes = figures.canvas(height=0.62 * len(check) + 0.4, rows=len(check), squeeze=False)
    for cell, row in zip(axes[:, 0], check.itertuples(), strict=True):
        cell.hlines(0, row.low, row.high, color=figures.COLOURS["interval"], lw=6)
        cell.plot(row.predicted, 0, "|", color=figures.COLOURS["all"], ms=12)
        cell.plot(row.seen, 0, "o", color=figures.COLOURS["informal_interaction"])
        low, high = min(row.low, row.seen, 0), max(row.high, row.seen)
        cell.set(yticks=[], ylim=(-1, 1), xlim=(low - 0.02 * (high - low), high + 0.04 * (high - low) + 1e-9))
        cell.set_ylabel(STATISTICS[row.statistic], rotation=0, ha="right", va="center", fontsize=8.5)
        cell.spines["left"].set_visible(False)
    judged, hardly = _independent(check), [STATISTICS[name] for name in _hardly_failing(check)["statistic"]]
    counted = judged.drop(_hardly_failing(check).index)
    within, of = int(counted["within"].sum()), wording.count(len(counted), "number")
    found = (
        f"{within} of {of} that could fail {'lies' if within == 1 else 'lie'} where the other half of the news "
        f"predicts {'it' if len(counted) == 1 else 'them'}"
    )
    found = found if len(counted) else "No number could fail to lie where the other half predicts it"
    axes[0, 0].set_title(found)
    text = (
        "Dot: seen after every other piece; line: predicted from the others, median; bar: interval of the prediction."
    )
    left_out = [f"{STATISTICS[CHOSEN_BY]}, by which the form of the model was chosen"] * (len(judged) < len(check))
    left_out += [f"{wording.listed(hardly)}, as the prediction begins at 0 and can hardly fail"] * bool(hardly)
    if left_out:
        text += f" Not counted: {'; '.join(left_out)}."
    alt = "; ".join(
        f"{STATISTICS[row.statistic]}: seen {_short(row.seen)}, predicted {_short(row.low)} to {_short(row.high)}"
        for row in check.itertuples()
    )
    return figures.Figure(drawing, f"{found}. {alt}", text)


def _independent(check: pd.DataFrame) -> pd.DataFrame:
    """The numbers that were not used to choose the model."""
    return check[check["statistic"] != CHOSEN_BY]


def _hardly_failing(check: pd.DataFrame) -> pd.DataFrame:
    """Of these, the numbers within a predictive interval that begins at 0; one outside it did fail."""
    judged = _independent(check)
    return judged[judged["within"].astype(bool) & (judged["low"] <= 0) & (judged["high"] > 0)]


@stage
def say_check(check: pd.DataFrame) -> str:
    """Which numbers the model predicts, which it does not, and which predictions say little."""
    judged = _independent(check)
    outside = [STATISTICS[row.statistic] for row in judged.itertuples() if not row.within]
    said = "Each number that had no part in choosing the model lies where it is predicted."
    if outside:
        failed = f"The model does not predict: {wording.listed(outside)}"
        said = f"{failed}. What rests on this is less certain than its interval says."
    weak = [STATISTICS[name] for name in _hardly_failing(check)["statistic"]]
    if not weak:
        return said
    return f"{said} Where the prediction begins at 0, it can hardly fail: {wording.listed(weak)}."


# What the scenarios change


def scenarios_table(scenarios: Sequence[WhatIf], missing: Mapping[str, str]) -> pd.DataFrame:
    """Each scenario: who, what they do, its levers, and why it could not be computed."""
    rows = [
        (
            _name(one.name),
            one.who["en"],
            one.does["en"],
            "; ".join(map(_lever, one.levers.items())),
            missing.get(one.name, "–"),
        )
        for one in scenarios
    ]
    return pd.DataFrame(rows, columns=["scenario", "who", "what they do", "levers", "not computed because"])


def _lever(lever: tuple[str, Mapping[str, Any]]) -> str:
    """A lever with its settings, as in "digest (group: largest)"."""
    name, settings = lever
    return f"{name} ({', '.join(f'{key}: {value}' for key, value in settings.items())})".replace("_", " ")


@stage
def gains_table(summary: pd.DataFrame, measures: Collection[str] = tuple(MEASURES)) -> pd.DataFrame:
    """Every scenario against today in these measures: the change, with its interval."""
    rows = {
        _name(name): {MEASURES[row.measure][0]: _change(row) for row in own.itertuples() if row.measure in measures}
        for name, own in summary.groupby("scenario", sort=False)
    }
    return pd.DataFrame(rows).T.rename_axis("scenario").reset_index()


def _change(row: Any) -> str:
    if row.gain != row.gain:
        return "–"
    return f"{'+' if row.gain > 0 else ''}{wording.number(row.gain)} ({wording.between(row.low, row.high)})"


@stage
def today_table(results: Results, confidence: float) -> pd.DataFrame:
    """Every measure today, with its interval, except messages, which are counted only as additional to today's."""
    tail, rows = (1 - confidence) / 2, []
    for measure, (meaning, _) in MEASURES.items():
        if measure == "messages":
            continue
        values = results.of(TODAY, measure)
        low, high = np.quantile(values, [tail, 1 - tail]) if np.isfinite(values).all() else (np.nan, np.nan)
        middle = float(np.median(values))
        rows.append((meaning, middle if np.isfinite(middle) else np.nan, low, high))
    return pd.DataFrame(rows, columns=["measure", "today", "from", "to"])


@stage
def tornado_figure(
    bars: pd.DataFrame, results: Results, scenario: str, assumed: Mapping[str, Assumption]
) -> figures.Figure:
    """Which quantity moves a scenario's gain most: one at the ends of its range, all others at their median."""
    own = bars[bars["scenario"] == scenario]
    if own.empty:
        raise InputError(f"{scenario} was not computed")
    width = (own["gain_high"] - own["gain_low"]).abs()
    own = own.assign(width=width).sort_values("width").tail(LONGEST)
    _, axes = figures.canvas(height=0.34 * len(own) + 1.4)
    y = np.arange(len(own))
    bar = figures.COLOURS["interval"]
    changed = own["gain_high"] - own["gain_low"]
    axes.barh(y, changed, left=own["gain_low"], color=bar, edgecolor=bar, lw=THINNEST, height=0.6)
    style: dict[str, Any] = {
        "va": "center", "fontsize": 8, "textcoords": "offset points", "bbox": {"fc": "white", "ec": "none", "pad": 0.5},
    }  # fmt: skip
    for k, row in enumerate(own.itertuples()):
        side = 1 if row.gain_low <= row.gain_high else -1
        for gain, end, to in ((row.gain_low, row.low, -side), (row.gain_high, row.high, side)):
            align = "left" if to > 0 else "right"
            axes.annotate(_short(end), (gain, k), xytext=(to * (THINNEST + 3), 0), ha=align, **style)
    median, middle = float(np.median(results.gain(scenario))), float(own["gain_middle"].iloc[0])
    axes.axvline(median, color=figures.COLOURS["all"], lw=1, ls=":")
    axes.axvline(middle, color=figures.COLOURS["all"], lw=1)
    axes.axvline(0, color=figures.COLOURS["null"], lw=1)
    axes.set(
        yticks=y,
        yticklabels=[f"{actions.meant(quantity, 'en')} ({assumed[quantity].unit})" for quantity in own["quantity"]],
        xlabel="more pieces of news that a member reads in a week",
    )
    axes.margins(x=0.25)
    most = f"depends most on {actions.meant(own['quantity'].iloc[-1], 'en')}"
    axes.set_title(f"The gain of the scenario {_name(scenario)} {most if width.any() else 'depends on no assumption'}")
    text = (
        "Each bar: one quantity at the ends of the range that holds nine in ten draws (values at the ends), the others "
        f"at their medians. Solid line: the gain with all at their medians ({wording.number(middle)}); dotted line: "
        f"the median over all draws, in which all vary together ({wording.number(median)})."
    )
    return figures.titled(axes, text)


@stage
def say_signs(bars: pd.DataFrame, results: Results, evidence: advice.Evidence) -> str:
    """What would change the advice: quantities that decide a gain's sign, and assumptions that move a gain by its own
    size."""
    decided = {name: own.depends_on for name, own in evidence.expected.items() if own.depends_on}
    swayed = {name: own.swayed_by for name, own in evidence.expected.items() if own.swayed_by}
    first = "In no scenario does the sign of the gain depend on one assumption alone, within the ranges given."
    if decided:
        first = f"Whether these help or harm depends on an assumption: {_by_scenario(decided)}."
    if not swayed:
        return first
    return f"{first} An assumption moves these by more than the gain itself: {_by_scenario(swayed)}."


def _by_scenario(quantities: Mapping[str, Collection[str]]) -> str:
    """Scenarios with their quantities: "group closes (how far back members read)"."""
    return "; ".join(f"{_name(name)} ({_words(own)})" for name, own in quantities.items())


@stage
def losses_figure(results: Results, confidence: float) -> figures.Figure:
    """The effect of each loss: how much less news members read."""
    rows = [
        (name, results.gain(name) / results.of(TODAY, "pieces_read"))
        for name in results.scenarios
        if np.median(results.gain(name)) < 0
    ]
    if not rows:
        raise InputError("no scenario takes anything away")
    tail = (1 - confidence) / 2
    rows.sort(key=lambda row: -np.median(row[1]))
    _, axes = figures.canvas(height=0.5 * len(rows) + 1.2)
    for k, (_, change) in enumerate(rows):
        low, high = np.quantile(change, [tail, 1 - tail])
        axes.hlines(k, 100 * low, 100 * high, color=figures.COLOURS["interval"], lw=5)
        axes.plot(100 * np.median(change), k, "o", color=figures.COLOURS["all"])
    axes.axvline(0, color=figures.COLOURS["null"], lw=1)
    axes.set(
        yticks=range(len(rows)),
        yticklabels=[_name(name) for name, _ in rows],
        xlabel="change of the news that a member reads (%)",
        ylim=(-0.6, len(rows) - 0.4),
    )
    worst, change = rows[-1]
    low, high = (wording.percent(-float(end)) for end in np.quantile(change, [1 - tail, tail]))
    axes.set_title(f"The heaviest loss: {_name(worst)}, {low} to {high} less news if nobody replaces them")
    return figures.titled(axes, f"Dot: median over draws; bar: {wording.percent(confidence)} of the draws.")


@stage
def parts_table(parts: pd.DataFrame) -> pd.DataFrame:
    """Reach after a day and a week by group, sector and role, today and under each scenario: mean over draws."""
    wide = parts.pivot_table(index=["by", "part", "members", "within"], columns="scenario", values="value", sort=False)
    ordered = 100 * wide[[TODAY, *[name for name in wide.columns if name != TODAY]]]
    return ordered.rename(columns=_name).rename_axis(columns=None).reset_index()


# Who could bridge


@stage
def bridges_table(pairs: pd.DataFrame, agreed: Collection[str]) -> pd.DataFrame:
    """Potential bridges in the order of the chapter's pseudonyms: pairs among the FIRST in some drawn network who
    agreed to be shown. Missing if there are none."""
    first = pairs[pairs["among_first"] > 0]
    shown = first[first["member_a"].isin(agreed) & first["member_b"].isin(agreed)].head(SHOWN)
    if shown.empty:
        raise InputError("none of the pairs whose tie would shorten the most paths agreed to be shown")
    ordered = figures.alphabetical(shown)
    pair = ordered["member_a"] + " and " + ordered["member_b"]
    return pd.DataFrame(
        {"pair": pair, f"among the first {FIRST} (share of the drawn networks)": ordered["among_first"]}
    )


@stage
def say_bridges(pairs: pd.DataFrame, agreed: Collection[str], held: Floats) -> str:
    """How certain the pairs are, and what share of efficiency remains when the members with most ties leave."""
    best = pairs.head(FIRST)
    hidden = int((~(best["member_a"].isin(agreed) & best["member_b"].isin(agreed))).sum())
    kept = held[np.isfinite(held)]
    without = "has" if len(pairs) == 1 else "have"
    said = f"{wording.count(len(pairs), 'pair')} of members who have ties to others {without} none to each other."
    if hidden:
        said += f" Of the {len(best)} whose tie would shorten the most paths, {hidden} did not agree to be shown."
    if not kept.size:
        return said
    share = wording.percent(float(kept.mean()))
    return f"{said} Were the {TOP} members with most ties to leave, the network would keep {share} of its efficiency."


def page_checks(results: Results | Missing, advised: Sequence[advice.Advice]) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    graded = all((each.strength is not None) == (each.status == advice.RECOMMENDED) for each in advised)
    firm = [each for each in advised if each.strength in ("strong", "moderate") and each.expected]
    rows: list[tuple[str, object, bool]] = [
        ("every piece of advice is judged", len(advised), all(each.status in advice.STATUS for each in advised)),
        ("only what is recommended has a strength", len(advised), graded),
        (
            "a gain whose sign depends on an assumption is tentative", len(advised),
            not any(each.expected.depends_on for each in firm if each.expected),
        ),
    ]  # fmt: skip
    if not isinstance(results, Missing):
        day, week = results.rows["reach_day"], results.rows["reach_week"]
        ordered = bool(((day >= 0) & (day <= week + 1e-12) & (week <= 1)).all())
        rows.append(("reach lies from 0 to 1 and grows from day to week", len(day), ordered))
    return rows
