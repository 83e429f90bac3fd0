"""Figures, tables and computed sentences of the chapter `coding`.

The functions take the results of the step's stages; given a Missing, each returns it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from analysis import coverage, figures, wording
from analysis.codebook import Codebook
from analysis.coding.anchors import Anchored
from analysis.coding.carry import NONE_CARRIED, Carried
from analysis.coding.human import CONSENSUS, NO_CODE, lead_coder
from analysis.coding.latent import Posterior
from analysis.coding.prevalence import CORRECTED, COUNTED, EVERYWHERE, LIKELY, Alone
from analysis.coverage import Coverage, hidden
from analysis.errors import InputError, Missing, stage

MARKERS = {
    "information_sharing": "o", "informal_interaction": "s", "coordination": "^",
    "partnership": "D", "exchange": "v", "barriers": "P",
}  # fmt: skip
SIMULATED_CODERS = (
    "The coders are simulated too, so their agreement is as the generator makes it and does not show how well people "
    "would agree."
)
FIRM = 0.8  # alpha from which conclusions are more than tentative (Krippendorff 2004, p. 241)
WORST = 12  # units shown, those on which coders differ most
MOST_PAIRS = 3  # pairs of codes named, those confused most often

# A check of the page: what must hold, its value, whether it does
Check = tuple[str, object, bool]


@stage
def answer(
    summary: dict,
    book: Codebook,
    too_low: Mapping[str, coverage.Miss] = MappingProxyType({}),
    *,
    simulated: bool = False,
) -> str:
    """The page's answer: what the talk is about, and how far coders agreed.

    too_low: by code, how much too low calibration found its likely share to be. simulated: whether the coders are
    simulated.
    """
    what = f"{summary['units']:,} messages and turns of interviews"
    read = f"{wording.count(summary['coders'], 'coder')} read {what}"
    carried = f"A model carries {wording.count(summary['carried'], 'code')} to the messages that nobody read."
    groups = [name for name in book.names if book[name].parent is None]
    shares = pd.Series({name: summary["by_code"][name]["likely"] for name in groups}, dtype=float).dropna()
    first = shares.sort_values(ascending=False, kind="stable").head(3)
    named = [f"*{_worded(name)}* ({wording.percent(share)})" for name, share in first.items()]
    common = f"Most common among the messages: {wording.listed(named)}. " if named else ""
    common += _off(first, too_low) + _with_coders_errors(first, summary["by_code"])
    if not summary["double_coded"]:
        unknown = f"{common}{read}, none of them twice, so their agreement cannot be assessed. {carried}"
        return f"{unknown} The coders are simulated." if simulated else unknown
    if summary["double_coded"] < summary["units"]:
        twice = f"{read}. Of these, {summary['double_coded']:,} were coded by two coders independently."
    elif summary["coders"] == 2:
        twice = f"Each of {what} was coded by two coders independently."
    else:
        twice = f"{read}. Each was coded by two of them or more independently."
    whole = sum((code["low"] or 0) >= summary["alpha_floor"] for code in summary["by_code"].values() if code["usable"])
    fiction = f" {SIMULATED_CODERS}" if simulated else ""
    return (
        f"{common}{twice} On {summary['usable']} of {wording.count(summary['codes'], 'code')} (groups included) they "
        f"agree with an alpha of {wording.number(summary['alpha_floor'], 3)} or more, the least for conclusions, "
        f"tentative ones at least. On {whole} of these the whole interval reaches it.{fiction} {carried}"
    )


@stage
def too_low(root: Path, book: Codebook) -> dict[str, coverage.Miss]:
    """By code, how much too low its likely share is in the simulated communities of calibration, in the kind where the
    bias is largest; missing where that was not tried."""
    return {code: coverage.too_low(root, f"share of {code} (true codes)") for code in book.names}


def _off(likely: pd.Series, too_low: Mapping[str, coverage.Miss]) -> str:
    """By how many points the first share is too low in simulated communities; empty if by less than one."""
    off = too_low.get(likely.index[0], coverage.NOT_TRIED) if len(likely) else coverage.NOT_TRIED
    points, tenth = (round(100 * np.nan_to_num(by)) for by in (off.mean, off.tenth))
    if not points:
        return ""
    return (
        f"In simulated communities, of kinds that were tried {coverage.FEW} times or more, the share of "
        f"*{_worded(likely.index[0])}* came out too low by {wording.count(points, 'percentage point')} on average, and "
        f"by {tenth} or more in one of ten. "
    )


def _with_coders_errors(likely: pd.Series, by_code: Mapping[str, Mapping[str, float]]) -> str:
    """The first share without correction for the coders' errors, where that is a different number."""
    if likely.empty or pd.isna(share := by_code[likely.index[0]].get("share", np.nan)):
        return ""
    if wording.percent(share) == wording.percent(likely.iloc[0]):
        return ""
    return (
        f"Without a correction of the coders' own errors, *{_worded(likely.index[0])}* would be "
        f"{wording.percent(share)}. "
    )


@stage
def codebook_table(book: Codebook) -> pd.DataFrame:
    """The codes with their definitions, parents above their children."""
    rows = [(code.name, code.parent or "", code.definition, code.include, code.exclude) for code in book.codes]
    columns = ["code", "part of", "definition", "include", "exclude"]
    return _spoken(pd.DataFrame(rows, columns=columns), book, *columns)


def _spoken(frame: pd.DataFrame, book: Codebook, *columns: str) -> pd.DataFrame:
    """The table with the codes' names in these columns as figures write them: `business news`."""
    long = "|".join(re.escape(name) for name in sorted(book.names, key=len, reverse=True) if "_" in name)
    if not long or frame.empty:
        return frame
    names = re.compile(rf"\b(?:{long})\b")
    return frame.assign(**{c: frame[c].str.replace(names, lambda name: _plain(name[0]), regex=True) for c in columns})


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _worded(code: str) -> str:
    """A code as a sentence in Markdown names it, whatever signs its name has."""
    return figures.plain(_plain(code))


@stage
def examples_table(examples: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Up to three passages per code, from interviews with people who agreed to be quoted."""
    return _spoken(examples[["code", "quotation", "translation"]], book, "code")


def _ranked(rows: pd.DataFrame, low: str, high: str, x: str, **style: object) -> tuple[Figure, Axes]:
    """A drawing with one line per code from low to high, the codes named on the left. x: what the axis shows."""
    drawing, axes = figures.canvas(height=0.8 + 0.25 * len(rows))
    axes.hlines(rows.index, rows[low], rows[high], **{"color": figures.COLOURS["interval"], "lw": 3, **style})
    axes.set_yticks(rows.index, rows["code"].map(_plain))
    axes.set(xlabel=x, xlim=(min(0, rows[low].min()), 1.02), ylim=(-0.7, len(rows) - 0.3))  # a dot at 1 is not cut off
    return drawing, axes


def _legend_below(drawing: Figure, axes: Axes, **style: Any) -> None:
    """A legend below the axis and its label: with few codes, a legend within the axes would cover the data."""
    below = axes.transAxes + ScaledTranslation(0, -0.45, drawing.dpi_scale_trans)  # inches
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below, **style)
    drawing.set_figheight(drawing.get_figheight() + 0.5)


def _titled(drawing: Figure, axes: Axes, title: str, text: str, more: str = "") -> figures.Figure:
    """The figure under its title, which the alt text repeats. more: what the alt text adds."""
    axes.set_title(title)
    return figures.Figure(drawing, f"{title}{more}. {text}", text)


@stage
def agreement_figure(agreement: pd.DataFrame, floor: float) -> figures.Figure:
    """Krippendorff's alpha of each code with its interval, and the floor for conclusions."""
    rows = agreement.sort_values("alpha", kind="stable", ignore_index=True)
    drawing, axes = _ranked(rows, "low", "high", "Krippendorff's alpha (0 chance, 1 full agreement)")
    enough = rows["usable"].astype(bool)
    axes.plot(rows["alpha"][enough], rows.index[enough], "o", color=figures.COLOURS["all"], label="enough")
    low = rows[~enough]
    axes.plot(low["alpha"], low.index, "o", mfc="white", mec=figures.COLOURS["all"], label="too low")
    axes.axvline(floor, color=figures.COLOURS["all"], ls=":")
    _legend_below(drawing, axes, ncols=2, title="for conclusions", title_fontsize=9)
    whole, firm = int((enough & (rows["low"] >= floor)).sum()), int((rows["alpha"] >= FIRM).sum())
    least = wording.number(floor, 3)
    title = (
        f"Alpha is {least} or more on {enough.sum()} of {wording.count(len(rows), 'code')}, with its whole interval on "
        f"{whole}"
    )
    text = (
        f"Dot: alpha; bar: interval; dotted line: {least}, the least for conclusions. "
        f"{wording.count(firm, 'code')} {'reaches' if firm == 1 else 'reach'} {wording.number(FIRM)}; below it, "
        "conclusions are tentative (Krippendorff 2004)."
    )
    return _titled(drawing, axes, title, text)


@stage
def say_agreement(agreement: pd.DataFrame) -> str:
    """Which codes have the lowest and highest agreement, which allow no conclusion, and which have no alpha."""
    rows = agreement.sort_values("alpha", kind="stable")
    defined, undefined = rows.dropna(subset="alpha"), rows.loc[rows["alpha"].isna(), "code"]
    weak = rows.loc[~rows["usable"].astype(bool) & rows["alpha"].notna(), "code"]
    sentences = []
    if len(defined) > 1:
        least, most = (_worded(defined.iloc[end]["code"]) for end in (0, -1))
        sentences = [f"Coders differ most on *{least}* and least on *{most}*."]
    elif len(defined):
        only = defined.iloc[0]
        sentences = [f"On *{_worded(only['code'])}* coders agree to an alpha of {wording.number(only['alpha'])}."]
    if len(weak):
        sentences.append(f"Not used for conclusions by themselves: {wording.listed(map(_worded, weak))}.")
    if len(undefined):
        named = wording.listed(map(_worded, undefined))
        sentences.append(f"Alpha is undefined for {named}: every or no unit read twice has the code.")
    return " ".join(sentences)


@stage
def agreement_table(agreement: pd.DataFrame) -> pd.DataFrame:
    """Every coefficient of each code: alpha with its interval, percent agreement, kappa and AC1."""
    columns = {"code": "code", "units": "units", "agreed": "given by all", "disputed": "given by some",
               "alpha": "alpha", "low": "low", "high": "high", "percent": "percent", "kappa": "kappa",
               "ac1": "AC1"}  # fmt: skip
    rows = agreement[list(columns)].rename(columns=columns)
    return rows.assign(code=rows["code"].map(_plain), percent=100 * rows["percent"])


@stage
def spans_figure(spans: pd.DataFrame) -> figures.Figure:
    """Agreement on which words of the interviews have each code."""
    rows = spans.dropna(subset="u").sort_values("u", kind="stable", ignore_index=True)
    if rows.empty:
        raise InputError("no code was given in the interviews that two coders read")
    drawing, axes = _ranked(rows, "low", "high", "unitizing alpha u (0 chance, 1 the same words)")
    axes.plot(rows["u"], rows.index, "o", color=figures.COLOURS["all"], clip_on=False)
    title = f"Half the codes are marked with a u of {wording.number(rows['u'].median())} or more"
    text = f"Dot: u over {wording.count(rows['turns'].max(), 'turn')} of the interviews; bar: interval."
    return _titled(drawing, axes, title, text)


@stage
def say_spans(spans: pd.DataFrame) -> str:
    """How many codes are too rare to say whether coders mark the same words."""
    rows = spans[spans["level"] == "leaf"].dropna(subset="u")
    wide = int((rows["low"] < 0.05).sum())
    if not wide:
        return "No interval reaches down to chance."
    return f"For {wording.count(wide, 'rare code')} the interval reaches down to chance: too few passages."


@stage
def confusions_table(differences: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Pairs of codes that coders gave to the same unit in place of each other, most frequent first."""
    renamed = _mixed(differences).rename(columns={"first": "one coder", "second": "the other"})
    return _spoken(renamed.head(WORST), book, "one coder", "the other")


@stage
def overlooked_table(differences: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Codes that one coder gave where the other gave none, most frequent first."""
    alone = differences[differences[["first", "second"]].eq(NO_CODE).any(axis=1)]
    code = alone["first"].where(alone["first"] != NO_CODE, alone["second"])
    frame = pd.DataFrame({"code": code, "units": alone["units"]})
    return _spoken(frame.sort_values("units", ascending=False, kind="stable"), book, "code")


def _mixed(differences: pd.DataFrame) -> pd.DataFrame:
    """The differences in which both coders gave a code."""
    both = differences[~differences[["first", "second"]].eq(NO_CODE).any(axis=1)]
    return both.sort_values("units", ascending=False, kind="stable")


@stage
def say_confusions(differences: pd.DataFrame, agreement: pd.DataFrame) -> str:
    """Whether coders more often overlook or confuse codes, and which they confuse most; Missing where agreement is."""
    mixed, total = _mixed(differences), int(differences["units"].sum())
    missed = total - int(mixed["units"].sum())
    if not total:
        return "The coders differ on no code."
    counted = f"Of {wording.count(total, 'difference')}, {wording.percent(missed / total)}"
    sentence = f"{counted} are codes that only one coder gave."
    if mixed.empty:
        return f"{sentence} No code was taken for another."
    most = mixed[mixed["units"] == mixed["units"].max()]
    units = wording.count(int(most["units"].iloc[0]), "unit")
    if len(most) > MOST_PAIRS:
        return f"{sentence} {len(most)} pairs of codes are confused most often, in {units} each."
    pairs = [f"*{_worded(row.first)}* with *{_worded(row.second)}*" for row in most.itertuples()]
    named, each = wording.listed(pairs), "" if len(pairs) == 1 else " each"
    return f"{sentence} Most often confused {'are' if each else 'is'} {named} ({units}{each})."


@stage
def disputed_table(disputed: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """The interview turns on which coders differ most, with each coder's codes."""
    columns = {"unit_id": "turn", "said": "what each coder said", "text": "text"}
    shown = disputed.dropna(subset="text").head(WORST)
    return _spoken(shown[list(columns)], book, "said").rename(columns=columns)


@stage
def decisions_table(decisions: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Decisions made after discussion, with who decided and why."""
    columns = {"unit_id": "unit", "code": "settled on", "memo": "who decided, and why"}
    return _spoken(decisions.fillna({"code": NO_CODE, "memo": ""}), book, "code").rename(columns=columns)


@stage
def say_decisions(applied: pd.DataFrame) -> str:
    """How differences were settled."""
    if applied.index.get_level_values("coder").drop_duplicates().drop(CONSENSUS, errors="ignore").size < 2:
        return "One coder read the units, so there was nothing to settle."
    rule = _tie_rule(applied)
    if not (applied.index.get_level_values("coder") == CONSENSUS).any():
        return f"No unit was settled after discussion. Where coders differ on one, {rule}."
    return f"Where coders settled a unit after discussion, their decision counts. Elsewhere, {rule}."


def _tie_rule(applied: pd.DataFrame) -> str:
    """Who decides where coders differ (human.adjudicated)."""
    counts = applied.index.get_level_values("coder").value_counts().drop(CONSENSUS, errors="ignore")
    lead, equals = lead_coder(applied), int((counts == counts.max()).sum())
    who = f"*{lead}*, {'who read most' if equals == 1 else 'by name the first of those who read most'}"
    return f"{who}, decides" if counts.size == 2 else f"the majority decides, and on a tie {who}, if they read it"


@stage
def say_anchors(anchored: Anchored) -> str:
    """Whether every coding is still anchored to the words that were coded."""
    broken = len(anchored.broken)
    total = len(anchored.holding) + broken
    if not broken:
        return "No coded text has changed since it was coded."
    left = f"{wording.count(broken, 'coding')} of {total:,}"
    return f"{left} no longer stand on the text that was coded, and are left out everywhere."


@stage
def anchors_table(broken: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """Codings left out because their text is not the one that was coded: the old words of people who may be quoted,
    and the likeliest new place."""
    columns = {"unit_id": "unit", "coder": "coder", "code": "code", "reason": "reason", "quotation": "old words"}
    places = zip(broken["new_unit_id"], broken["new_start"], broken["new_end"], strict=True)
    shown = _spoken(broken[list(columns)].fillna({"code": "", "quotation": ""}), book, "code").rename(columns=columns)
    new = ["" if pd.isna(unit) else f"{unit}, characters {start} to {end}" for unit, start, end in places]
    return shown.assign(**{"likeliest new place": new})


@stage
def held_out_table(carried: Carried, most: int = 20) -> pd.DataFrame:
    """The first coded messages with each code that the coders or the held-out model gave, and its probability."""
    rows = carried.held_out
    given = rows["probability"] >= rows["code"].map(carried.thresholds)
    columns = {"unit_id": "message", "code": "code", "value": "given by coders", "probability": "probability"}
    shown = rows[given | (rows["value"] == 1)].head(most)[list(columns)].rename(columns=columns)
    return shown.assign(code=shown["code"].map(_plain))


@stage
def performance_figure(performance: pd.DataFrame) -> figures.Figure:
    """F1 of each carried code, from models that saw none of the conversation, and none of the member."""
    rows = _carried(performance).sort_values("f1", kind="stable", ignore_index=True)
    drawing, axes = _ranked(rows, "f1", "f1_by_member", "F1 (0 never right, 1 always)", color=figures.COLOURS["null"])
    axes.plot(rows["f1"], rows.index, "s", color=figures.COLOURS["information_sharing"], label="conversations left out")
    circle = figures.COLOURS["informal_interaction"]
    axes.plot(rows["f1_by_member"], rows.index, "o", mfc="white", mec=circle, label="members left out")
    _legend_below(drawing, axes, ncols=2)
    best, worst = rows.iloc[-1], rows.iloc[0]
    how = "is best at" if len(rows) > 1 else "carries"
    title = f"The model {how} {_plain(best['code'])} (F1 {wording.number(best['f1'])})"
    text = "Square: F1 on conversations, circle: on members that the model has not seen."
    least = f" and worst at {_plain(worst['code'])} (F1 {wording.number(worst['f1'])})" if len(rows) > 1 else ""
    return _titled(drawing, axes, title, text, least)


@stage
def performance_table(performance: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and F1 of each carried code, and the reason for each code that is too rare."""
    columns = {"code": "code", "positives": "coded messages", "threshold": "given from", "precision": "precision",
               "recall": "recall", "f1": "F1", "f1_by_member": "F1, new members", "reason": "not carried"}  # fmt: skip
    rows = performance[list(columns)].rename(columns=columns)
    reasons = rows["not carried"].map(wording.agreeing, na_action="ignore")
    return rows.assign(code=rows["code"].map(_plain), **{"not carried": reasons})


def _carried(performance: pd.DataFrame) -> pd.DataFrame:
    """The rows of carried codes. Raises InputError when there are none."""
    rows = performance[performance["carried"].astype(bool)]
    if rows.empty:
        raise InputError(NONE_CARRIED)
    return rows


@stage
def say_performance(performance: pd.DataFrame) -> str:
    """Which codes the model does not carry, and what later steps use."""
    left = len(performance) - len(_carried(performance))
    used = "Later steps use the model's probabilities, not its yes or no, where they can."
    if not left:
        return f"Every code is carried. {used}"
    return (
        f"{wording.count(left, 'code')} {'is' if left == 1 else 'are'} not carried to other messages; the table says "
        f"why. {used}"
    )


@stage
def calibration_figure(calibration: pd.DataFrame, learning: pd.DataFrame) -> figures.Figure:
    """Calibration curves, and learning curves, which show whether more coding would help."""
    drawing, (left, right) = figures.canvas(height=3.4, columns=2)
    curves = ((left, calibration, "said", "seen"), (right, learning, "units", "f1"))
    codes = calibration["code"].unique()
    styles = _styles(codes)
    for code, (marker, colour) in styles.items():
        style = {"marker": marker, "ms": 4, "color": colour, "label": _plain(code)}
        for axes, curve, x, y in curves:
            axes.plot(x, y, data=curve[curve["code"] == code], **style)
    left.plot([0, 1], [0, 1], ":", color=figures.COLOURS["null"])
    left.set(xlabel="probability that the model gives", ylabel="share that coders gave")
    left.set_title("Predicted against observed")
    right.set(xlabel="messages coded by people (count)", ylabel="F1 (0 to 1)", ylim=(0, 1))
    right.set_title("Would more coding help?")
    left.legend(fontsize=7)
    gap = (calibration["said"] - calibration["seen"]).abs().mean()
    helps = "would still help" if _still_rises(learning) else "would hardly help"
    drawing.suptitle(f"Probabilities are {100 * gap:.1f} points off on average; more coding {helps}")
    text = "Predicted: on the dotted line the model's probabilities are right. More coding helps where a line rises."
    if len(styles) < len(codes):
        text += f" {len(styles)} of {len(codes)} codes are drawn."
    return figures.Figure(drawing, text, text)


def _styles(codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Marker and colour of as many codes as there are markers: first the codes with a fixed colour in every chapter,
    then the others of the codebook in order."""
    own, others = [code for code in codes if code in MARKERS], [code for code in codes if code not in MARKERS]
    free = [name for name in MARKERS if name not in own]
    named = [*zip(own, own, strict=True), *zip(others, free, strict=False)]
    return {code: (MARKERS[name], figures.COLOURS[name]) for code, name in named}


@stage
def say_learning(learning: pd.DataFrame) -> str:
    """Whether more coding would help, in words."""
    if _still_rises(learning):
        return "More coding would still help: the mean F1 rises to the last message that was coded."
    return "More coding would hardly help: the mean F1 no longer rises at the end."


def _still_rises(learning: pd.DataFrame) -> bool:
    """Whether the mean F1 gains more than 0.01 from the last messages that were coded."""
    mean = learning.groupby("units")["f1"].mean()
    return len(mean) > 1 and bool(mean.iloc[-1] - mean.iloc[-2] > 0.01)


@stage
def coder_errors_figure(likely: Posterior) -> figures.Figure:
    """Sensitivity: the share of the messages to which each carried code truly applies that one coder gives the code.
    Missing where the coders' errors cannot be learned for any code."""
    rows = _learned(likely).sort_values("sensitivity", kind="stable", ignore_index=True)
    drawing, axes = _ranked(rows, "sensitivity_low", "sensitivity_high", "found by one coder (0 none, 1 all)")
    axes.plot(rows["sensitivity"], rows.index, "o", color=figures.COLOURS["all"])
    missed = int((1 - rows["sensitivity"]).mul(20).round().median())
    title = f"One coder overlooks about {missed} of 20 messages to which a code applies"
    text = "Dot: sensitivity of one coder, estimated from where two coders and the model differ; bar: interval."
    return _titled(drawing, axes, title, text)


def _learned(likely: Posterior) -> pd.DataFrame:
    """The codes for which coders' errors could be learned. Raises InputError when there are none."""
    rows = likely.errors[likely.errors["errors_known"].astype(bool)]
    if rows.empty:
        raise InputError("no code was given often enough by two coders, so what coders settled on is taken as true")
    return rows


@stage
def say_coder_errors(likely: Posterior) -> str:
    """How often coders overlook and invent codes, in words and numbers."""
    rows = _learned(likely).sort_values("sensitivity", kind="stable")
    worst, best = rows.iloc[0], rows.iloc[-1]
    rest = len(likely.errors) - len(rows)
    spread = f"{wording.percent(worst['sensitivity'])} of the messages to which *{_worded(worst['code'])}* applies"
    if len(rows) > 1:
        least, most = (f"{wording.percent(row['sensitivity'])} (*{_worded(row['code'])}*)" for row in (worst, best))
        spread = f"from {least} to {most} of the messages to which a code applies"
    invented = wording.percent(rows["false_positives"].max())
    taken = f" For {wording.count(rest, 'code')} too few were read twice: what was settled is taken as true."
    return f"One coder finds {spread}, and invents a code in at most {invented} of the others.{taken if rest else ''}"


@stage
def coder_errors_table(likely: Posterior) -> pd.DataFrame:
    """Sensitivity and false positives of one coder for each carried code, in percent with interval, and how far a
    member's own prevalence moves the odds (shift)."""
    rows = likely.errors
    cells = {
        words: [
            f"{100 * value:.{places}f} ({wording.between(100 * low, 100 * high, places)})" if known else "not learned"
            for value, low, high, known in zip(
                rows[name], rows[f"{name}_low"], rows[f"{name}_high"], rows["errors_known"], strict=True
            )
        ]
        for name, words, places in (("sensitivity", "found", 0), ("false_positives", "invented", 2))
    }
    return pd.DataFrame({"code": rows["code"].map(_plain), **cells, "shift": rows["shift"]})


@stage
def prevalence_figure(
    shares: pd.DataFrame, alone: Alone, held: Mapping[str, Coverage] = MappingProxyType({})
) -> figures.Figure:
    """The share of messages with each code: likely true, as coders would settle on, as counted, by each coder alone.

    held: coverage of the intervals (coverage.read); if empty, every interval is drawn.
    """
    wide, of_coders = _wide(shares, "value"), _wide(alone.prevalence, "value")
    wide = wide.join(shares[_in_all(shares, LIKELY)].set_index("code")[["low", "high"]]).sort_values(LIKELY)
    seldom = sorted(hidden(held, {code: f"share of {code} (true codes)" for code in wide.index}))
    wide.loc[seldom, ["low", "high"]] = np.nan
    drawing, axes = figures.canvas(height=0.9 + 0.26 * len(wide))
    at = range(len(wide))
    axes.hlines(at, 100 * wide["low"], 100 * wide["high"], color=figures.COLOURS["interval"], lw=4)
    for number, coder in enumerate(of_coders):
        label = "each coder alone, corrected" if number == 0 else None
        values = 100 * of_coders[coder].reindex(wide.index)
        axes.plot(values, at, "|", ms=9, color=figures.COLOURS["coordination"], label=label)
    axes.plot(100 * wide[LIKELY], at, "o", color=figures.COLOURS["all"], label="likely true")
    axes.plot(
        100 * wide[CORRECTED], at, "D", mfc="none", mec=figures.COLOURS["all"], label="as coders settle, corrected"
    )
    axes.plot(100 * wide[COUNTED], at, "s", mfc="none", mec=figures.COLOURS["informal_interaction"], label="as counted")
    axes.set(xlabel="messages with the code (%)", xlim=(0, None), ylim=(-0.7, len(wide) - 0.3))
    axes.set_yticks(list(at), [_plain(code) for code in wide.index])
    _legend_below(drawing, axes, ncols=2)
    outside = int(((wide[COUNTED] < wide["low"]) | (wide[COUNTED] > wide["high"])).sum())
    drawn = int(wide["low"].notna().sum())
    counted = f"{outside} of {wording.count(drawn, 'counted share')} {'lies' if 1 in (outside, drawn) else 'lie'}"
    title = f"{counted} outside the interval of what is likely" if drawn else "How common each code is"
    text = (
        "Dot, bar: likely share, interval. Diamond: corrected for the model’s error alone. Square: the labels as they "
        "stand. Strokes: one coder alone."
    )
    if seldom:
        text += (
            f" No bar: {wording.listed(map(_plain, seldom))}, whose interval held the truth too seldom in calibration."
        )
    return _titled(drawing, axes, title, text)


def _in_all(shares: pd.DataFrame, kind: str) -> pd.Series:
    """Which rows are of all chats, of one kind, and have a value."""
    return (shares["of"] == EVERYWHERE) & (shares["kind"] == kind) & shares["value"].notna()


def _wide(shares: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure of the shares of all chats, codes x kinds."""
    rows = shares[shares["of"] == EVERYWHERE].dropna(subset="value")
    return rows.pivot_table(index="code", columns="kind", values=measure, aggfunc="first", sort=False)


@stage
def say_prevalence(shares: pd.DataFrame) -> str:
    """The largest difference that the correction makes, and what coders' errors add, in words and numbers."""
    wide = _wide(shares, "value")
    moved = (wide[COUNTED] - wide[CORRECTED]).abs().idxmax()
    more = (wide[LIKELY] / wide[CORRECTED] - 1).median()
    return (
        f"Correcting for the model's error moves *{_worded(moved)}* most. Taking out coders' errors too makes half the "
        f"shares {'larger' if more >= 0 else 'smaller'} by {wording.percent(abs(more))} or more."
    )


@stage
def alone_table(shares: pd.DataFrame, alone: Alone) -> pd.DataFrame:
    """The corrected share of messages with each code, by all coders and by each alone, in percent with interval."""
    rows = pd.concat([shares[_in_all(shares, CORRECTED)], alone.prevalence.dropna(subset="value")])
    wide = _wide(rows.assign(cell=_cells(rows)), "cell")
    wide = wide.rename(columns={CORRECTED: "all coders"}, index=_plain).fillna("too rare")
    return wide.rename_axis(None, axis=1).reset_index()


@stage
def say_alone(alone: Alone) -> str:
    """Whether the shares depend on who coded, in words and numbers."""
    value, low, high = (_wide(alone.prevalence, end) for end in ("value", "low", "high"))
    if len(value.columns) < 2:
        raise InputError("no two coders each coded enough to be taken alone")
    both = value.dropna()
    least, most = both.min(axis=1), both.max(axis=1)
    code = (most - least).idxmax()
    said = (
        f"By one coder alone, the share changes most for *{_worded(code)}*: from {wording.percent(least[code])} to "
        f"{wording.percent(most[code])}."
    )
    outside = int((low.loc[both.index].max(axis=1) > high.loc[both.index].min(axis=1)).sum())
    of = f"{outside} of {wording.count(len(both), 'code')}"
    further = f" For {of} the intervals of two coders do not overlap, so that the share depends on who coded."
    return said + further * bool(outside)


@stage
def chats_table(shares: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """The corrected share of each group of codes in each chat, with its interval; whichever is fewer forms the columns.
    Empty where too few messages were coded."""
    top = [code for code in book.names if book[code].parent is None]
    rows = shares[(shares["of"] != EVERYWHERE) & (shares["kind"] == CORRECTED) & shares["code"].isin(top)]
    wide = rows.assign(cell=_cells(rows)).pivot_table(index="of", columns="code", values="cell", aggfunc="first")
    wide = wide.reindex(columns=top).dropna(axis=1, how="all").rename(columns=_plain)
    wide, corner = (wide.T, "codes") if len(wide) <= len(wide.columns) else (wide, "chat")
    return wide.rename_axis(corner, axis=0).rename_axis(None, axis=1).reset_index()


def _cells(rows: pd.DataFrame) -> list[str]:
    """Each row's share and interval in percent, with a decimal below 10 %; empty without a share."""
    return [
        f"{100 * value:.{places}f} ({wording.between(100 * low, 100 * high, places)})" if pd.notna(value) else ""
        for value, low, high in zip(rows["value"], rows["low"], rows["high"], strict=True)
        for places in [1 if value < 0.1 else 0]
    ]


@stage
def reporting_table(summary: dict, book: Codebook) -> pd.DataFrame:
    """Checklist for reporting intercoder agreement (O'Connor and Joffe 2020), filled from the data."""
    m = summary
    double = wording.percent(m["double_coded"] / m["units"])
    alone = (
        "each coder's own codings are kept, and agreement is computed from these; whether they talked is not recorded"
    )
    if m["consensus"]:
        settled = f"{wording.count(m['consensus'], 'unit')} {'was' if m['consensus'] == 1 else 'were'}"
        alone += f". {settled} settled in consensus as well, which agreement does not use"
    alphas = pd.Series([m["by_code"][code]["alpha"] for code in book.leaves], dtype=float).dropna()
    reached = "none: no unit was read by two coders"
    if len(alphas):
        spread = f"{wording.between(alphas.min(), alphas.max())} over {wording.count(len(alphas), 'code')}"
        reached = f"{spread}, median {wording.number(alphas.median())}"
    rows = [
        ("How many coders?", wording.count(m["coders"], "coder")),
        ("How much was coded?", wording.count(m["units"], "unit") + f", {m['messages']:,} of them messages"),
        ("How much was coded twice?", f"{m['double_coded']:,} of {m['units']:,} ({double})"),
        ("How was the text cut?", "a message, or a turn of an interview; within it each coder marks the words"),
        ("Were coders independent?", alone),
        ("Which coefficient?", "Krippendorff's alpha of presence or absence; u for the words marked"),
        ("What was its value?", reached),
        ("What was enough?", f"{wording.number(m['alpha_floor'], 3)}, set before coding was compared"),
        (
            "How were differences settled?",
            "by most coders, on a tie by the coder who read most, of equals the first by name; consensus overrules",
        ),
    ]
    return pd.DataFrame(rows, columns=["asked", "answer"])


Frame: TypeAlias = pd.DataFrame | Missing


def page_checks(summary: dict | Missing, broken: Frame, agreement: Frame, shares: Frame) -> list[Check]:
    """Checks that must hold on this page; for missing results, that the page gives the reason."""
    alphas = _inside("every alpha lies in its interval", agreement, "alpha")
    corrected = _inside("every share lies in its interval", shares, "value")
    made = [_anchors_counted(summary, broken), alphas, corrected, _double_among_coded(summary)]
    return [
        ("the page says what is missing", check.reason, bool(check.reason)) if isinstance(check, Missing) else check
        for check in made
    ]


@stage
def _anchors_counted(summary: dict, broken: pd.DataFrame) -> Check:
    number = summary["anchors_broken"]
    return "codings whose text has changed since", number, number == len(broken)


@stage
def _double_among_coded(summary: dict) -> Check:
    double = summary["double_coded"]
    return "units read by two coders are among those coded", double, double <= summary["units"]


@stage
def _inside(what: str, table: pd.DataFrame, column: str) -> Check:
    rows = table.dropna(subset=[column, "low"])
    return what, len(table), bool(rows[column].between(rows["low"] - 1e-9, rows["high"] + 1e-9).all())
