"""Robustness: the figures, tables and sentences of the page, each made from one object of the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.axes import Axes

from analysis import figures, wording
from analysis.claims.ledger import CHANGED
from analysis.errors import InputError, stage
from analysis.robustness.choices import MAIN, Choice, Exclusion
from analysis.robustness.joint import JointTest
from analysis.robustness.universes import TESTED, Main, assessed

MARKS = {"supported": ("o", True), "undecided": ("o", False), "contradicted": ("X", True)}  # marker, filled
MEANING = {
    "replies": "who answers whom",
    "window": "how old an answered message may be (minutes)",
    "codes": "which codes a message has",
    "floor": "least agreement of coders on a code (alpha)",
    "members": "members of which roles count",
    "active": "least messages of a member who counts",
    "consent": "members of which consent count",
    "ties": "how turns add up to a tie",
    "hours": "within how many hours chance is measured",
    "null": "what is relabelled",
    "windows": "how long a window of growth is (days)",
    "time": "what growth follows",
    "exposure": "when informal exchange is counted",
    "partners": "whether partnership is controlled",
    "level": "whether a pair's own level may grow",
    "waves": "how long a wave is (days)",
    "timing": "what of the exchange over the whole time is controlled",
    "period": "which part of the time",
    "activity": "within what activity is equal",
    "index": "how concentration is measured",
}
IN_WORDS = {  # by claim: factor, decimals and unit in which figures show its value, as the text does
    "C1": (100, 0, "% more other answers, per doubling"),
    "C2": (100, 1, "more partnerships per hundred pairs, per doubling"),
    "C3": (1, 3, "points of the Gini coefficient"),
}
AS_SHARES = "The values of C1 and C2 are shares; times a hundred they are % and partnerships per hundred pairs."
ONE_CHANGED = f"Each single change of the main analysis. {AS_SHARES}"
NONE_ASSESSED = "no claim could be assessed"
WIDER = 1.2  # ratio of widths from which an interval is called wider
ALL_SHORTCUTS = "the first of each choice, together"
Summaries = Mapping[str, Mapping[str, Any]]  # by claim: step.summarise


def answer(summaries: Summaries) -> str:
    """The page's answer: the share of the computed universes that support each claim."""
    parts = [
        f"{wording.percent(row['share_supported'])} support {claim}"
        for claim, row in summaries.items()
        if row["assessed"]
    ]
    if not parts:
        return "No claim could be assessed in any universe: see the chapters of the steps for what is missing."
    return f"Of the universes of defensible choices that were computed, {wording.listed(parts)}."


def counts_frame(summaries: Summaries) -> pd.DataFrame:
    """One row per claim: how many different universes it has, how many were computed and give each verdict, in how many
    it could not be assessed, and why."""
    rows = [
        {"claim": claim, "universes of its own": row["possible"], "computed": row["universes"]}
        | {verdict: row["verdicts"].get(verdict, 0) for verdict in MARKS}
        | {"not assessable": row["universes"] - row["assessed"], "not assessed because": row.get("reason", "")}
        for claim, row in summaries.items()
    ]
    frame = pd.DataFrame(rows)
    return frame if frame["not assessable"].any() else frame.drop(columns=["not assessable", "not assessed because"])


def choices_frame(choices: Sequence[Choice], idle: pd.DataFrame) -> pd.DataFrame:
    """Every option of every choice with its reason: choice, claims, option, reason; left out: the reason, if it is."""
    why = {
        (choice.name, option): f"the same for {claim} ({other})"
        for choice in choices
        for claim, same in choice.same.items()
        for option, other in same.items()
    }
    why |= {(row.choice, row.option): row.reason for row in idle.itertuples()}
    rows = [
        (f"{c.name}: {MEANING[c.name]}", wording.listed(c.claims), option, reason, why.get((c.name, option), ""))
        for c in choices
        for option, reason in c.options.items()
    ]
    frame = pd.DataFrame(rows, columns=["choice", "claims", "option", "reason and evidence", "left out here"])
    again = frame["choice"].duplicated()
    return frame.assign(choice=frame["choice"].mask(again, ""), claims=frame["claims"].mask(again, ""))


def shortcuts_frame(shortcuts: Sequence[Choice], idle: pd.DataFrame) -> pd.DataFrame:
    """Every shortcut with the evidence against it: columns as of choices_frame, without the main options."""
    frame = choices_frame([replace(c, options=dict(list(c.options.items())[1:])) for c in shortcuts], idle)
    return frame.rename(columns={"option": "shortcut", "reason and evidence": "why it is not defensible"})


def excluded_frame(exclusions: Sequence[Exclusion]) -> pd.DataFrame:
    """Excluded combinations of options: not together, reason."""
    rows = [
        (" with ".join(f"{name}: {' or '.join(options)}" for name, options in each.when.items()), each.because)
        for each in exclusions
    ]
    return pd.DataFrame(rows, columns=["not together", "reason"])


def shortcut_names(rows: pd.DataFrame, shortcuts: Sequence[Choice]) -> pd.Series:
    """The shortcut that each row takes, in words."""
    names = [choice.name for choice in shortcuts if choice.name in rows]

    def named(row: Mapping) -> str:
        taken = [f"{name}: {row[name]}" for name in names if row[name] not in ("", MAIN)]
        return ALL_SHORTCUTS if len(taken) > 1 else taken[0] if taken else "the main analysis"

    return pd.Series([named(row) for row in rows.to_dict("records")], index=rows.index, dtype="str")


@stage
def shortcuts_figure(rows: pd.DataFrame, shortcuts: Sequence[Choice]) -> figures.Figure:
    """Each claim's value and interval with each shortcut. rows: of step.with_shortcuts. Missing where no claim could be
    assessed."""
    claims = [claim for claim in TESTED if len(assessed(rows, claim)) > 1]
    if not claims:
        raise InputError(f"{NONE_ASSESSED} with a shortcut")
    parts = {claim: assessed(rows, claim).sort_values("universe", ignore_index=True) for claim in claims}
    ratios = {"height_ratios": [len(part) + 1.5 for part in parts.values()]}
    height = 0.22 * sum(ratios["height_ratios"]) + 0.6 * len(claims)
    drawing, axes = figures.canvas(height=height, rows=len(claims), squeeze=False, gridspec_kw=ratios)
    stay, tried, counted = 0, 0, list[str]()
    for cell, (claim, part) in zip(axes[:, 0], parts.items(), strict=True):
        factor, _, unit = IN_WORDS[claim]
        values = part.astype({"value": float, "low": float, "high": float})
        values[["value", "low", "high"]] *= factor
        place = np.arange(len(values))
        cell.hlines(place, values["low"], values["high"], color=figures.COLOURS["interval"], lw=2)
        for verdict, of_verdict in values.groupby("verdict"):
            marker, filled = MARKS[str(verdict)]
            face = figures.COLOURS["all"] if filled else "white"
            style: dict[str, Any] = {"facecolors": face, "edgecolors": figures.COLOURS["all"], "marker": marker}
            cell.scatter(of_verdict["value"], of_verdict.index, s=28, zorder=3, **style)
        cell.axvline(0, color=figures.COLOURS["null"], lw=1)
        cell.axvline(values["value"].iloc[0], color=figures.COLOURS["barriers"], ls="--", lw=1, zorder=0)
        cell.set(yticks=place, ylim=(len(values) - 0.5, -0.5), xlabel=unit)
        cell.set_yticklabels(shortcut_names(values, shortcuts), fontsize=8)
        for y, verdict in enumerate(values["verdict"]):
            cell.text(1.01, y, verdict, transform=cell.get_yaxis_transform(), va="center", fontsize=8)
        same = int((values["verdict"].iloc[1:] == values["verdict"].iloc[0]).sum())
        counted.append(f"{claim}: {same} of {len(values) - 1}")
        cell.set_title(counted[-1])
        stay, tried = stay + same, tried + len(values) - 1
    title = f"{stay} of {tried} shortcuts give the verdict of the main analysis"
    drawing.suptitle(title)
    text = (
        "Dot, bar: value and interval; filled: supported, hollow: undecided, cross: contradicted; dashed: the main "
        "analysis. These are in no share of universes."
    )
    return figures.Figure(drawing, f"{title} ({'; '.join(counted)}). {text}", text)


@stage
def say_shortcuts(rows: pd.DataFrame, shortcuts: Sequence[Choice]) -> str:
    """Which shortcuts would have given another verdict. Missing where no claim could be assessed."""
    named = rows.assign(shortcut=shortcut_names(rows, shortcuts))
    sentences = []
    for claim in TESTED:
        of_claim = assessed(named, claim).sort_values("universe")
        if len(of_claim) < 2:
            continue
        main, others = of_claim["verdict"].iloc[0], of_claim.iloc[1:]
        changed = others[others["verdict"] != main]
        parts = [f"{row['verdict']} with *{row['shortcut']}*" for row in changed.to_dict("records")]
        became = f"{claim}, {main}, becomes {wording.listed(parts)}."
        sentences.append(became if parts else f"{claim} stays {main} with every shortcut.")
    if not sentences:
        raise InputError(f"{NONE_ASSESSED} with a shortcut")
    return " ".join(sentences)


def verdicts_frame(main: Main) -> pd.DataFrame:
    """The claims in the main analysis: claim, value, low, high, p (after Holm), verdict, and a reason if any claim has
    one."""
    columns = {
        "id": "claim",
        "value": "value",
        "low": "low",
        "high": "high",
        "p_holm": "p after Holm",
        "verdict": "verdict",
    }
    frame = pd.DataFrame(main.verdicts).rename(columns=columns)
    frame = frame[[*columns.values(), "reason"]].astype(dict.fromkeys(("value", "low", "high", "p after Holm"), float))
    return _without_empty(frame, "reason")


def universes_frame(universes: pd.DataFrame, most: int = 20) -> pd.DataFrame:
    """The first universes of step.judged, for reading."""
    return _without_empty(universes.head(most).rename(columns={"p_holm": "p after Holm"}), "reason")


def _without_empty(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table, without this column if it is empty in every row."""
    return frame if (frame[name].notna() & frame[name].ne("")).any() else frame.drop(columns=name)


# Specification curves


@stage
def curve_figure(universes: pd.DataFrame, choices: Sequence[Choice], claim: str) -> figures.Figure:
    """A specification curve (Simonsohn, Simmons and Nelson 2020): values in order, below them the options taken.
    universes: of step.judged. Missing where the claim could not be assessed in any."""
    rows = _in_order(universes, claim)
    if rows.empty:
        raise InputError(f"{claim} could not be assessed in any universe")
    options = _options(rows, choices)
    size, place = 0.17 * len(options), np.arange(1, len(rows) + 1)
    ratios = {"height_ratios": [2.6, size + 0.2]}
    drawing, (upper, lower) = figures.canvas(height=2.6 + size, rows=2, sharex=True, gridspec_kw=ratios)
    _strokes(upper, place, rows["low"], rows["high"], color=figures.COLOURS["interval"], lw=0.6, alpha=0.7)
    for verdict, part in rows.groupby("verdict"):
        marker, filled = MARKS[str(verdict)]
        face = figures.COLOURS["all"] if filled else "white"
        style: dict[str, Any] = {"facecolors": face, "edgecolors": figures.COLOURS["all"]}
        style |= {"s": 14 if verdict == "contradicted" else 7, "marker": marker, "label": f"{verdict}: {len(part)}"}
        upper.scatter(part.index + 1, part["value"], linewidths=0.5, zorder=3, **style)
    upper.axhline(0, color=figures.COLOURS["null"], lw=1)
    main = np.flatnonzero(rows["universe"] == 0)
    for axes in (upper, lower) if main.size else ():
        axes.axvline(float(main[0] + 1), color=figures.COLOURS["barriers"], ls="--", lw=1, zorder=0)
    upper.set_ylabel("value")
    upper.legend(loc="upper left", fontsize=8, handletextpad=0.2)
    _grid(lower, rows, options)
    share = wording.percent((rows["verdict"] == "supported").mean())
    upper.set_title(f"{claim} is supported in {share} of {len(rows)} universes")
    text = (
        "Above: value and interval in each universe, lowest first; filled dot: supported, hollow: undecided, cross: "
        "contradicted; dashed: the main analysis. Below: the options that each universe takes; right: in how many of "
        "the universes with that option the claim is supported."
    )
    return figures.Figure(drawing, f"{upper.get_title(loc='left')}. {text}", text)


def _in_order(universes: pd.DataFrame, claim: str) -> pd.DataFrame:
    """The claim's assessed universes, lowest value first."""
    rows = assessed(universes, claim).astype({"value": float, "low": float, "high": float})
    return rows.sort_values("value", kind="stable", ignore_index=True)


def _options(rows: pd.DataFrame, choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """The options (choice, option) that vary over these universes, in the order in which they were declared."""
    varying = [choice for choice in choices if choice.name in rows and len(set(rows[choice.name])) > 1]
    return [(c.name, option) for c in varying for option in c.options if (rows[c.name] == option).any()]


def _grid(axes: Axes, rows: pd.DataFrame, options: list[tuple[str, str]]) -> None:
    """Which options each universe takes, one row per option."""
    names = list(dict.fromkeys(name for name, _ in options))
    for y, (name, option) in enumerate(options):
        chosen = (rows[name] == option).to_numpy()
        if names.index(name) % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color="#F2F2F2", lw=0, zorder=-1)
        at = np.flatnonzero(chosen) + 1
        _strokes(axes, at, np.full(at.size, y - 0.36), np.full(at.size, y + 0.36), color=figures.COLOURS["all"], lw=0.5)
        share = (rows.loc[chosen, "verdict"] == "supported").mean()
        axes.text(1.01, y, wording.percent(share), transform=axes.get_yaxis_transform(), va="center", fontsize=7)
    axes.set(yticks=range(len(options)), ylim=(len(options) - 0.5, -0.5))
    axes.set(xlabel="universes, lowest value first", xticks=[])
    axes.set_yticklabels([f"{name}: {option}" for name, option in options], fontsize=7)
    axes.tick_params(axis="y", length=0)


def _strokes(axes: Axes, x: Any, low: Any, high: Any, **style: Any) -> None:
    """Vertical strokes drawn as one line, as separate lines would make the page ten times as long."""
    ends = np.column_stack([low, high, np.full(len(x), np.nan)]).ravel()
    axes.plot(np.repeat(x, 3), ends, solid_capstyle="butt", **style)


def curves_html(universes: pd.DataFrame, choices: Sequence[Choice], source: str) -> HTML:
    """Interactive curves: a universe's choices, and the universes that take an option. source: of the data."""
    return figures.moving(_curves(universes, choices, source), name="curves", size=(680, 300))


@stage
def _curves(universes: pd.DataFrame, choices: Sequence[Choice], source: str) -> figures.Moving:
    claims = [claim for claim in TESTED if len(assessed(universes, claim))]
    if not claims:
        raise InputError(f"{NONE_ASSESSED} in any universe")
    data = {"claims": claims, "curves": [_curve(_in_order(universes, claim), choices) for claim in claims]}
    text = (
        "Value and interval of each universe, lowest first; filled dot: supported, hollow: undecided, cross: "
        "contradicted. Choose an option to see only the universes that take it; point at a universe, or move the "
        f"slider, for its choices. {source}"
    )
    return figures.Moving("", data, f"Specification curves of {wording.listed(claims)}.", text)


def _curve(rows: pd.DataFrame, choices: Sequence[Choice]) -> dict[str, Any]:
    """A claim's curve for curves.js. taken: by option, the universes with it; said: each universe's number in words."""
    numbers = rows[["value", "low", "high"]].to_numpy()
    said = [f"{wording.number(value, 3)} ({wording.between(low, high, 3)})" for value, low, high in numbers]
    taken = [
        {"choice": name, "option": option, "main": option == MAIN, "in": np.flatnonzero(rows[name] == option).tolist()}
        for name, option in _options(rows, choices)
    ]
    return {"value": rows["value"].round(4).tolist(), "low": rows["low"].round(4).tolist(),
            "high": rows["high"].round(4).tolist(), "verdict": rows["verdict"].tolist(), "said": said,
            "taken": taken, "main": np.flatnonzero(rows["universe"] == 0).tolist()}  # fmt: skip


# What moves them


@stage
def explained_figure(explained: Mapping[str, Mapping[str, float]]) -> figures.Figure:
    """The share of the variance of each claim's value over universes explained by each choice."""
    claims = {claim: shares for claim, shares in explained.items() if shares}
    if not claims:
        raise InputError("no claim's value varies over universes")
    most = max(len(shares) for shares in claims.values())
    drawing, axes = figures.canvas(height=1.2 + 0.24 * most, columns=len(claims), sharex=True, squeeze=False)
    most_by = []
    for cell, (claim, shares) in zip(axes[0], claims.items(), strict=True):
        ranked = sorted(((share, name) for name, share in shares.items() if name != "all"), reverse=True)
        most_by.append(f"{claim} by {ranked[0][1]}")
        cell.barh([name for _, name in ranked], [100 * share for share, _ in ranked], color=figures.COLOURS["interval"])
        cell.invert_yaxis()
        cell.tick_params(axis="y", labelsize=8, length=0)
        cell.set(xlabel="% of variance")
        cell.set_title(claim)
    drawing.suptitle(f"Moved most: {wording.listed(most_by)}")
    text = "Share of the variance of the value over universes that goes with each choice alone."
    return figures.Figure(drawing, f"{say_explained(explained)} {text}", text)


def say_explained(explained: Mapping[str, Mapping[str, float]]) -> str:
    """Which choice moves each claim's value most."""
    sentences = []
    for claim, shares in explained.items():
        alone = {name: share for name, share in shares.items() if name != "all"}
        if alone:
            name = max(alone, key=alone.__getitem__)
            sentences.append(
                f"{claim} moves most with *{name}* ({MEANING[name]}), which explains {wording.percent(alone[name])} of "
                f"the variance of its value; all choices together, each by itself, explain "
                f"{wording.percent(shares['all'])}."
            )
    return " ".join(sentences) or "No claim's value varies over universes."


def single_frame(universes: pd.DataFrame, choices: Sequence[Choice]) -> pd.DataFrame:
    """The main analysis with one choice changed: claim, choice, option, value, low, high, verdict."""
    names = [choice.name for choice in choices if choice.name in universes]
    options = universes[names].where(~universes[names].isin(["", MAIN]))
    single = options.notna().sum(axis=1) <= 1
    changed = options[single].apply(lambda row: row.first_valid_index() or "", axis=1)
    option = options[single].bfill(axis=1).iloc[:, 0].fillna("the main analysis")
    frame = universes[single].assign(choice=changed, option=option).sort_values("claim", kind="stable")
    frame = frame[["claim", "choice", "option", "value", "low", "high", "verdict"]]
    return frame.astype(dict.fromkeys(("value", "low", "high"), float))


def widened(universes: pd.DataFrame, choices: Sequence[Choice]) -> dict[str, float]:
    """By claim, the median ratio of the interval's width under a single change to its width in the main analysis."""
    single = single_frame(universes, choices)
    single = single.assign(width=single["high"] - single["low"]).dropna(subset="width")
    main = single["choice"] == ""
    wide = single[main].set_index("claim")["width"]
    changed = single[~main & single["claim"].isin(wide.index[wide > 0])]
    return {str(claim): float((part["width"] / wide[claim]).median()) for claim, part in changed.groupby("claim")}


def say_resamples(universes: pd.DataFrame, choices: Sequence[Choice], *, labels: int, labels_of_main: int) -> str:
    """The effect of computing universes with fewer resamples than the main analysis. labels, labels_of_main: draws of
    the codes that C3 pools in a universe, and in the main analysis."""
    said, times = (
        ["Universes and shortcuts are computed with fewer resamples than the main analysis."],
        widened(universes, choices),
    )
    if not times:
        return said[0]
    written = {claim: wording.number(ratio, 1) for claim, ratio in times.items()}
    each = [f"{ratio} times as wide for {claim}" for claim, ratio in written.items()]
    wide = "as wide as in the main analysis" if set(written.values()) == {"1.0"} else wording.listed(each)
    said.append(f"With one choice changed, the interval is in the median {wide}.")
    if times.get("C3", 0) >= WIDER and labels < labels_of_main:
        said.append(
            f"C3 pools {wording.count(labels, 'draw')} of the codes there, and {labels_of_main} in the main analysis. "
            "How far draws differ is known less well from so few, which widens the interval. Universes with the same "
            "codes share them, so one draw far from the others widens all."
        )
    if max(times.values()) >= WIDER:
        said.append(
            "A universe with a wider interval is undecided sooner, so the share that supports such a claim is rather "
            "too low than too high."
        )
    return " ".join(said)


def joint_frame(joint: Mapping[str, JointTest], summaries: Summaries) -> pd.DataFrame:
    """The joint tests: one row per claim."""
    rows = []
    for claim, test in joint.items():
        row = test.numbers()
        median = {"median value": row["median"], "p of the median": _p_of(row["p_median"], row["relabellings"])}
        share = {"significant": wording.percent(row["significant"])}
        share |= {"expected under the null": wording.percent(row["expected"])}
        share |= {"p of the share": _p_of(row["p_significant"], row["relabellings"])}
        rows.append({"claim": claim, "universes": summaries[claim]["assessed"], **median, **share})
    return pd.DataFrame(rows)


def _p_of(p: float, relabellings: int) -> str:
    """A p-value; the smallest that so many relabellings can give is said to be at most that."""
    least = p <= 1 / (relabellings + 1) + 1e-9
    return wording.p_value(p).replace("=", "≤") if least else wording.p_value(p)


# Influence and fragility of the main analysis

ROWS = {"member": "without a member", "week": "without a week", "seed": "with another seed"}


@stage
def left_out_figure(left_out: pd.DataFrame, seeds: pd.DataFrame, main: Main) -> figures.Figure:
    """Each claim's value without each member, without each week, and with other seeds. Missing where no claim could be
    assessed."""
    rows = pd.concat([left_out, seeds.assign(what="seed")], ignore_index=True).astype({"value": float})
    values_of_main = {row["id"]: row["value"] for row in main.verdicts if (rows["claim"] == row["id"]).any()}
    if not values_of_main:
        raise InputError(f"{NONE_ASSESSED} in the main analysis")
    drawing, axes = figures.canvas(height=1.2 + 1.5 * len(values_of_main), rows=len(values_of_main), squeeze=False)
    for cell, (claim, value) in zip(axes[:, 0], values_of_main.items(), strict=True):
        factor, places, unit = IN_WORDS[claim]
        of_claim = rows[rows["claim"] == claim].assign(value=lambda part, factor=factor: factor * part["value"])
        for y, what in enumerate(ROWS):
            values = of_claim.loc[of_claim["what"] == what, "value"]
            cell.scatter(values, np.full(len(values), y), s=14, color=figures.COLOURS["interval"], alpha=0.6, lw=0)
        cell.axvline(factor * value, color=figures.COLOURS["barriers"], ls="--", lw=1)
        cell.axvline(0, color=figures.COLOURS["null"], lw=1)
        cell.set(yticks=range(len(ROWS)), ylim=(len(ROWS) - 0.5, -0.5), xlabel=unit)
        cell.set_yticklabels(list(ROWS.values()))
        cell.set_title(f"{claim}: {wording.between(of_claim['value'].min(), of_claim['value'].max(), places)}")
    drawing.suptitle(left_out_finding(rows, values_of_main))
    text = (
        "Dots: the value without one member or week, or with another seed; dashed: the main analysis; grey: no effect. "
        "A verdict may turn though the sign does not: see the smallest changes below."
    )
    if still := _unmoved_by_seeds(rows, values_of_main):
        value, test = ("value", "its test uses") if len(still) == 1 else ("values", "their tests use")
        text += f" Other seeds do not change the {value} of {wording.listed(still)}: only {test} random draws."
    spread = ". ".join(cell.get_title(loc="left") for cell in axes[:, 0])
    alt = f"{drawing.get_suptitle()}. Each claim's values: {spread}."  # repeated for reviewers: names nobody
    return figures.Figure(drawing, alt, text)


def _unmoved_by_seeds(rows: pd.DataFrame, values_of_main: Mapping[str, float]) -> list[str]:
    """The claims whose value is the same with every seed."""
    seeded = rows[rows["what"] == "seed"].groupby("claim")["value"]
    return [claim for claim, values in seeded if np.allclose(values, values_of_main.get(claim, np.nan), rtol=1e-9)]


def left_out_finding(rows: pd.DataFrame, values_of_main: Mapping[str, float]) -> str:
    """Whether a claim's value changes sign without a member or a week, or with another seed; if not, the claim whose
    value changes most, relative to its size. rows: claim, value."""
    signs = np.sign(rows["value"]), np.sign(rows["claim"].map(values_of_main))
    turned = sorted(set(rows.loc[rows["value"].notna() & (signs[0] != signs[1]), "claim"]) & set(values_of_main))
    if turned:
        return f"The sign of {wording.listed(turned)} depends on a single member, week or seed"
    values = rows.dropna(subset=["value"]).groupby("claim")["value"]
    ends = pd.DataFrame({"low": values.min(), "high": values.max()}).reindex(list(values_of_main))
    most = ((ends["high"] - ends["low"]) / pd.Series(values_of_main, dtype=float).abs()).idxmax()
    factor, places, unit = IN_WORDS[most]
    low, high = (factor * float(ends.loc[most, end]) for end in ("low", "high"))
    between = wording.between(low, high, places)
    return f"No sign changes without a member or week, or with another seed, but {most} goes from {between} {unit}"


def say_left_out(left_out: pd.DataFrame, tried: int, members: int) -> str:
    """The member and the week without which each claim's value changes most. tried: how many members were left out in
    turn."""
    if left_out.empty:
        return "No claim could be assessed, so nothing could be left out."
    sentences = []
    for claim, of_claim in left_out.groupby("claim"):
        parts = []
        for what, part in of_claim.groupby("what"):
            most = part.loc[part["change"].abs().idxmax()]
            parts.append(f"without the week of {most['name']}" if what == "week" else f"without {most['name']}")
        sentences.append(f"{claim} changes most {wording.listed(parts)}.")
    if tried < members:
        sentences.append(f"Of {members:,} members, only the {tried:,} who wrote most were left out in turn.")
    return " ".join(sentences)


@stage
def say_seeds_and_waves(seeds: pd.DataFrame, single: pd.DataFrame, main: Main) -> str:
    """C2's value in the main analysis, with other seeds and with waves of other lengths. single: of single_frame."""
    factor, places, _ = IN_WORDS["C2"]
    value = next((row["value"] for row in main.verdicts if row["id"] == "C2"), None)
    reseeded = seeds.loc[seeds["claim"] == "C2", "value"].astype(float).dropna()
    waves = single[(single["claim"] == "C2") & (single["choice"] == "waves")].set_index("option")["value"].dropna()
    if value is None or reseeded.empty or waves.empty:
        raise InputError("C2 was not computed with other seeds and waves")
    longer = [f"{wording.number(factor * each, places)} with waves of {days} days" for days, each in waves.items()]
    ends = wording.between(factor * reseeded.min(), factor * reseeded.max(), places)
    return (
        f"C2's value of {wording.number(factor * value, places)} per hundred pairs is {ends} with other seeds. It is "
        f"{wording.listed(longer)}, though it should not depend on their length."
    )


def left_out_frame(left_out: pd.DataFrame, most: int = 5) -> pd.DataFrame:
    """The members and weeks without which a claim's value changes most: claim, left out, value, change."""
    rows = left_out.assign(size=left_out["change"].abs())
    rows = rows.sort_values(["claim", "what", "size"], ascending=[True, True, False], kind="stable")
    top = rows.groupby(["claim", "what"]).head(most)
    return top.assign(**{"left out": top["what"] + " " + top["name"]})[["claim", "left out", "value", "change"]]


@stage
def flips_frame(flips: pd.DataFrame) -> pd.DataFrame:
    """The smallest changes found: claim, changed, how many, of, verdict then; Missing where none is assessed."""
    if flips.empty:
        raise InputError("no claim of chapters 3 and 5 can be assessed, so there is no verdict to flip")
    count = [f"{c:,.0f}" if pd.notna(c) else "none found" for c in flips["count"]]
    changed = flips["what"].map(CHANGED)
    frame = pd.DataFrame({"claim": flips["claim"], "changed": changed, "at most": count})
    return frame.assign(of=[f"{n:,.0f}" for n in flips["of"]], then=flips["verdict"].fillna(""))


def page_checks(
    universes: pd.DataFrame, choices: Sequence[Choice], exclusions: Sequence[Exclusion], steps: Sequence[Mapping]
) -> list[tuple[str, object, bool]]:
    """What must hold on this page. steps: the claims judged by the steps' own metrics."""
    names = [choice.name for choice in choices if choice.name in universes]
    main = universes[universes["universe"] == 0].set_index("claim")
    excluded = [any(each.holds(row) for each in exclusions) for row in universes[names].to_dict("records")]
    same = [
        main.loc[step["id"], "verdict"] == step["verdict"] and _equal(main.loc[step["id"], "value"], step["value"])
        for step in steps
    ]
    reasons = [why for choice in choices for why in choice.options.values()]
    distinct = not universes.duplicated(["claim", *names]).any()
    return [
        ("the main universe has the steps' own verdicts and values", f"{sum(same)} of {len(same)}", all(same)),
        ("no claim is computed twice in the same universe", len(universes), distinct),
        ("no excluded combination is computed", sum(excluded), not any(excluded)),
        ("every option that is computed has a reason", len(reasons), all(reasons)),
    ]


def _equal(a: float | None, b: float | None) -> bool:
    """Whether two numbers are the same to the decimals that metrics keep; missing equals missing."""
    missing = pd.isna(a), pd.isna(b)
    return all(missing) or (not any(missing) and abs(float(a) - float(b)) < 2e-6)  # type: ignore[arg-type]
