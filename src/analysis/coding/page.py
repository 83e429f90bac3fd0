"""What the chapter `coding` shows: figures, tables and computed sentences."""

from __future__ import annotations

import re

import pandas as pd
from matplotlib.axes import Axes

from analysis import figures, wording
from analysis.coding.prevalence import CORRECTED, COUNTED, EVERYWHERE
from analysis.coding.step import Result

MARKERS = {
    "information_sharing": "o",
    "informal_interaction": "s",
    "coordination": "^",
    "partnership": "D",
    "exchange": "v",
    "barriers": "P",
}
NOTHING = "(none)"  # what a coder gave who gave no other code
WORST = 12  # units shown of those that coders differ on most


def answer(result: Result) -> str:
    """The page's answer: what the talk is about, and how alike it was read."""
    m = result.metrics
    if m["status"] != "ok":
        return f"What the talk is about cannot be told: {m['reason']}."
    read = f"{wording.count(m['coders'], 'coder')} read {m['units']:,} messages and turns of interviews"
    carried = f"A model carries {wording.count(m['carried'], 'code')} to the messages that nobody read."
    if not m["double_coded"]:
        return f"{_commonest(result)}{read}, none of them twice, so how alike they read cannot be told. {carried}"
    twice = "all" if m["double_coded"] == m["units"] else f"{m['double_coded']:,}"
    return (
        f"{_commonest(result)}{read}, {twice} of them twice, each coder alone. They read {m['usable']} of "
        f"{wording.count(m['codes'], 'code')} (groups of codes included) alike enough for conclusions, an alpha of "
        f"{wording.number(m['alpha_floor'], 3)} or more. {carried}"
    )


def _commonest(result: Result, most: int = 3) -> str:
    """The groups of codes that most messages hold, as a sentence; empty where no share is told."""
    rows, book = _everywhere(result), result.codebook
    if rows.empty or book is None:
        return ""
    groups = [name for name in book.names if book[name].parent is None]
    top = rows[(rows["kind"] == CORRECTED) & rows["code"].isin(groups)]
    first = top.sort_values("value", ascending=False, kind="stable").head(most)
    said = [f"*{_name(row)}* ({wording.percent(row['value'])})" for _, row in first.iterrows()]
    return f"Messages hold most often {wording.listed(said)}. " if said else ""


def codebook_table(result: Result) -> pd.DataFrame:
    """The codes with their definitions, parents above their children."""
    codes = result.codebook.codes if result.codebook else ()
    rows = [(code.name, code.parent or "", code.definition, code.include, code.exclude) for code in codes]
    columns = ["code", "part of", "definition", "include", "exclude"]
    return _spoken(pd.DataFrame(rows, columns=columns), result, *columns)


def _spoken(frame: pd.DataFrame, result: Result, *columns: str) -> pd.DataFrame:
    """The table with the codes' names in these columns as figures write them: `business news`."""
    names = result.codebook.names if result.codebook else ()
    long = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if "_" in name)
    if not long or frame.empty:
        return frame
    return frame.assign(**{column: _spaced(frame[column], rf"\b(?:{long})\b") for column in columns})


def _spaced(words: pd.Series, names: str) -> pd.Series:
    return words.str.replace(names, lambda name: name[0].replace("_", " "), regex=True)


def examples_table(result: Result) -> pd.DataFrame:
    """Up to three passages a code, from interviews with people who agreed to be quoted."""
    columns = ["code", "quotation", "translation"]
    shown = result.examples[columns] if len(result.examples) else pd.DataFrame(columns=columns)
    return _spoken(shown, result, "code")


def agreement_figure(result: Result) -> figures.Figure:
    """Krippendorff's alpha of each code with its interval, and the least for conclusions."""
    if result.agreement.empty:
        return figures.nothing(result.metrics.get("reason", "no unit was read by two coders"))
    rows = result.agreement.sort_values("alpha", kind="stable", ignore_index=True)
    floor = result.metrics["alpha_floor"]
    drawing, axes = figures.canvas(height=0.6 + 0.22 * len(rows))
    axes.hlines(rows.index, rows["low"], rows["high"], color=figures.COLOURS["interval"], lw=3)
    enough = rows["usable"].astype(bool)
    axes.plot(rows["alpha"][enough], rows.index[enough], "o", color=figures.COLOURS["all"], label="enough")
    axes.plot(
        rows["alpha"][~enough], rows.index[~enough], "o", mfc="white", mec=figures.COLOURS["all"], label="too low"
    )
    axes.axvline(floor, color=figures.COLOURS["all"], ls=":")
    axes.set(xlabel="Krippendorff's alpha (0 chance, 1 full agreement)", xlim=(min(0, rows["low"].min()), 1))
    axes.set_yticks(rows.index, rows["code"].str.replace("_", " "))
    axes.legend(loc="upper left", title="for conclusions")
    axes.set_title(f"{enough.sum()} of {wording.count(len(rows), 'code')} are coded alike enough for conclusions")
    text = f"Dot: alpha; bar: interval; dotted line: {wording.number(floor, 3)}, the least for conclusions."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def say_agreement(result: Result) -> str:
    """Which codes agree least and most, in words and numbers."""
    if result.agreement.empty:
        return "Agreement cannot be told: no unit was read by two coders."
    rows = result.agreement.sort_values("alpha", kind="stable")
    told, untold = rows.dropna(subset="alpha"), rows.loc[rows["alpha"].isna(), "code"]
    weak = rows.loc[~rows["usable"].astype(bool) & rows["alpha"].notna(), "code"]
    sentences = []
    if len(told) > 1:
        low, high = told.iloc[0], told.iloc[-1]
        sentences = [
            f"Coders differ most on *{_name(low)}* ({_alpha(low)}) and least on *{_name(high)}* ({_alpha(high)})."
        ]
    elif len(told):
        sentences = [f"On *{_name(told.iloc[0])}* coders agree to an {_alpha(told.iloc[0])}."]
    if len(weak):
        sentences.append(f"Not used for conclusions by themselves: {_codes(weak)}.")
    if len(untold):
        sentences.append(f"It cannot be told of {_codes(untold)}: all or nothing of what was read twice bears them.")
    return " ".join(sentences)


def _codes(names: pd.Series) -> str:
    return wording.listed(name.replace("_", " ") for name in names)


def _name(row: pd.Series) -> str:
    return row["code"].replace("_", " ")


def _alpha(row: pd.Series) -> str:
    return f"alpha {wording.number(row['alpha'])}, {wording.between(row['low'], row['high'])}"


def spans_figure(result: Result) -> figures.Figure:
    """Agreement on the very words that bear each code in the interviews."""
    rows = result.spans.dropna(subset="u") if len(result.spans) else result.spans
    if rows.empty:
        return figures.nothing(result.metrics.get("reason", "no interview was read by two coders"))
    rows = rows.sort_values("u", kind="stable", ignore_index=True)
    drawing, axes = figures.canvas(height=0.6 + 0.22 * len(rows))
    axes.hlines(rows.index, rows["low"], rows["high"], color=figures.COLOURS["interval"], lw=3)
    axes.plot(rows["u"], rows.index, "o", color=figures.COLOURS["all"], clip_on=False)
    axes.set(xlabel="unitizing alpha u (0 chance, 1 the same words)", xlim=(min(0, rows["low"].min()), 1))
    axes.set_yticks(rows.index, rows["code"].str.replace("_", " "))
    axes.set_title(f"Half the codes are marked with a u of {wording.number(rows['u'].median())} or more")
    text = f"Dot: u over {wording.count(rows['turns'].max(), 'turn')} of the interviews; bar: interval."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def say_spans(result: Result) -> str:
    """How far coders mark the same words, in words and numbers."""
    if result.spans.empty:
        return "No interview was read by two coders, so it cannot be told whether they mark the same words."
    rows = result.spans[result.spans["level"] == "leaf"].dropna(subset="u")
    wide = int((rows["low"] < 0.05).sum())
    sentence = (
        f"Over {wording.count(len(rows), 'code')} the median u is {wording.number(rows['u'].median())} "
        f"({wording.between(rows['u'].min(), rows['u'].max())})."
    )
    if not wide:
        return sentence
    return f"{sentence} For {wording.count(wide, 'rare code')} the interval reaches down to chance: too few passages."


def confusions_table(result: Result) -> pd.DataFrame:
    """Pairs of codes that coders gave to the same unit in place of each other, most frequent first."""
    renamed = _taken(result, NOTHING).rename(columns={"first": "one coder", "second": "the other"})
    return _spoken(renamed.head(WORST), result, "one coder", "the other")


def overlooked_table(result: Result) -> pd.DataFrame:
    """Codes that one coder gave where the other gave none, most frequent first."""
    rows = result.confusions
    if rows.empty:
        return pd.DataFrame(columns=["code", "units"])
    alone = rows[(rows["first"] == NOTHING) | (rows["second"] == NOTHING)]
    code = alone["first"].where(alone["first"] != NOTHING, alone["second"])
    frame = pd.DataFrame({"code": code, "units": alone["units"]})
    return _spoken(frame.sort_values("units", ascending=False, kind="stable"), result, "code")


def _taken(result: Result, nothing: str) -> pd.DataFrame:
    rows = result.confusions
    if rows.empty:
        return pd.DataFrame(columns=["first", "second", "units"])
    return rows[(rows["first"] != nothing) & (rows["second"] != nothing)].sort_values(
        "units", ascending=False, kind="stable"
    )


def say_confusions(result: Result) -> str:
    """Whether coders rather overlook or rather mix up, and what they mix up most, in words and numbers."""
    mixed, missed = _taken(result, NOTHING), int(overlooked_table(result)["units"].sum())
    total = missed + int(mixed["units"].sum())
    if result.agreement.empty:
        return "Nothing was read by two coders who could differ."
    if not total:
        return "The coders differ on no code."
    sentence = (
        f"Of {wording.count(total, 'difference')} {wording.percent(missed / total)} are codes that only one coder saw"
    )
    if mixed.empty:
        return f"{sentence}; the others took no code for another."
    top = mixed.iloc[0]
    first, second = (top[name].replace("_", " ") for name in ("first", "second"))
    return (
        f"{sentence}; taken for each other most are *{first}* and *{second}* ({wording.count(top['units'], 'unit')})."
    )


def disputed_table(result: Result) -> pd.DataFrame:
    """The interview turns that coders differ on most, with what each said."""
    columns = {"unit_id": "turn", "said": "what each coder said", "text": "text"}
    if result.disputed.empty:
        return pd.DataFrame(columns=list(columns.values()))
    shown = result.disputed.dropna(subset="text").head(WORST)
    return _spoken(shown[list(columns)], result, "said").rename(columns=columns)


def decisions_table(result: Result) -> pd.DataFrame:
    """What was settled after discussion, with who decided and why."""
    columns = {"unit_id": "unit", "code": "settled on", "memo": "who decided, and why"}
    if result.decisions.empty:
        return pd.DataFrame(columns=list(columns.values()))
    shown = result.decisions.fillna({"code": NOTHING, "memo": ""})
    return _spoken(shown, result, "code").rename(columns=columns)


def say_decisions(result: Result) -> str:
    """How differences were settled, in words and numbers."""
    settled = result.metrics.get("consensus", 0)
    rule = "by most coders, on a tie by the coder who read most"
    if not settled:
        return f"No unit was settled after discussion; differences are settled {rule}."
    return f"Settled after discussion, which decides: {wording.count(settled, 'unit')}; others {rule}."


def say_anchors(result: Result) -> str:
    """Whether every coding still stands on the words that were coded."""
    m = result.metrics
    if m["status"] != "ok":
        return "There is nothing coded."
    if not m["anchors_broken"]:
        return f"All {wording.count(m['codings'], 'coding')} stand on the very words that were coded."
    return (
        f"{wording.count(m['anchors_broken'], 'coding')} of {m['codings']:,} no longer stand on the words that were "
        "coded, and are left out everywhere."
    )


def anchors_table(result: Result) -> pd.DataFrame:
    """Codings left out because their text is not the one that was coded: the old words of people who may be quoted,
    and the likeliest new place."""
    columns = {"unit_id": "unit", "coder": "coder", "code": "code", "reason": "reason", "quotation": "old words"}
    if result.broken.empty:
        return pd.DataFrame(columns=[*columns.values(), "likeliest new place"])
    rows = result.broken
    places = zip(rows["new_unit_id"], rows["new_start"], rows["new_end"], strict=True)
    shown = _spoken(rows[list(columns)].fillna({"code": "", "quotation": ""}), result, "code").rename(columns=columns)
    return shown.assign(
        **{"likeliest new place": ["" if pd.isna(u) else f"{u}, characters {s} to {e}" for u, s, e in places]}
    )


def performance_figure(result: Result) -> figures.Figure:
    """F1 of each carried code, from models that saw none of the conversation, and none of the member."""
    rows = _carried(result)
    if rows.empty:
        return figures.nothing(result.metrics.get("reason", "no code is frequent enough for a model"))
    rows = rows.sort_values("f1", kind="stable", ignore_index=True)
    drawing, axes = figures.canvas(height=0.9 + 0.26 * len(rows))
    axes.hlines(rows.index, rows["f1"], rows["f1_by_member"], color=figures.COLOURS["null"], lw=2)
    axes.plot(rows["f1"], rows.index, "s", color=figures.COLOURS["information_sharing"], label="conversations left out")
    circles = {"mfc": "white", "mec": figures.COLOURS["informal_interaction"], "label": "members left out"}
    axes.plot(rows["f1_by_member"], rows.index, "o", **circles)
    axes.set(xlabel="F1 (0 never right, 1 always)", xlim=(0, 1))
    axes.set_yticks(rows.index, rows["code"].str.replace("_", " "))
    axes.legend(loc="lower right")
    best, worst = rows.iloc[-1], rows.iloc[0]
    how = "is best at" if len(rows) > 1 else "carries"
    axes.set_title(f"The model {how} {_name(best)} (F1 {wording.number(best['f1'])})")
    text = "Square: F1 on conversations, circle: on members that the model has not seen."
    least = f" and worst at {_name(worst)} (F1 {wording.number(worst['f1'])})" if len(rows) > 1 else ""
    alt = f"{axes.get_title(loc='left')}{least}. {text}"
    return figures.Figure(drawing, alt, text)


def performance_table(result: Result) -> pd.DataFrame:
    """Precision, recall and F1 of each carried code, and the rows that are too rare with the reason."""
    columns = {"code": "code", "positives": "coded messages", "threshold": "given from", "precision": "precision",
               "recall": "recall", "f1": "F1", "f1_by_member": "F1, new members", "reason": "not carried"}  # fmt: skip
    rows = result.performance.reindex(columns=list(columns)).rename(columns=columns)
    return rows.assign(code=rows["code"].astype(str).str.replace("_", " "))


def _carried(result: Result) -> pd.DataFrame:
    rows = result.performance
    return rows[rows["carried"].astype(bool)] if len(rows) else rows


def say_performance(result: Result) -> str:
    """How far the machine's codes can be trusted, in words and numbers."""
    rows = _carried(result)
    if rows.empty:
        return "No code is carried to messages that nobody read."
    left = len(result.performance) - len(rows)
    return (
        f"Over the {wording.count(len(rows), 'carried code')} the median F1 is {wording.number(rows['f1'].median())} "
        f"({wording.between(rows['f1'].min(), rows['f1'].max())}), and {wording.number(rows['f1_by_member'].median())} "
        f"where whole members are held out instead of conversations; {wording.count(left, 'code')} stay with what "
        "people coded, being too rare to learn. Later steps use the model's probabilities, not its yes or no, where "
        "they can."
    )


def calibration_figure(result: Result) -> figures.Figure:
    """What the model says against what is seen, and what more coding would bring."""
    if result.calibration.empty:
        return figures.nothing(result.metrics.get("reason", "no code is carried"))
    drawing, (left, right) = figures.canvas(height=3.4, columns=2)
    parents = [code for code in result.calibration["code"].unique() if code in figures.COLOURS]
    for code in parents:
        _lines(left, result.calibration[result.calibration["code"] == code], "said", "seen", code)
        _lines(right, result.learning[result.learning["code"] == code], "units", "f1", code)
    left.plot([0, 1], [0, 1], ":", color=figures.COLOURS["null"])
    left.set(xlabel="probability that the model says", ylabel="share that coders gave")
    left.set_title("Said against seen")
    right.set(xlabel="messages coded by people (count)", ylabel="F1 (0 to 1)", ylim=(0, 1))
    right.set_title("Would more coding help?")
    left.legend(fontsize=7)
    text = "Left: on the dotted line the model's probabilities are right. Right: where a line rises, more coding helps."
    return figures.Figure(drawing, text, text)


def _lines(axes: Axes, rows: pd.DataFrame, x: str, y: str, code: str) -> None:
    colour, marker = figures.COLOURS[code], MARKERS.get(code, ".")
    axes.plot(rows[x], rows[y], marker=marker, ms=4, color=colour, label=code.replace("_", " "))


def say_learning(result: Result) -> str:
    """Whether more coding would help, in words."""
    if result.learning.empty:
        return "There is nothing to learn from yet."
    mean = result.learning.groupby("units")["f1"].mean()
    last, before = mean.iloc[-1], mean.iloc[-2] if len(mean) > 1 else mean.iloc[-1]
    verb = "still rises" if last - before > 0.01 else "hardly rises"
    return (
        f"From {mean.index[0]:,.0f} to {mean.index[-1]:,.0f} coded messages the mean F1 goes from "
        f"{wording.number(mean.iloc[0])} to {wording.number(last)}; at the end it {verb}."
    )


def prevalence_figure(result: Result) -> figures.Figure:
    """The share of messages with each code: corrected, as the labels count it, and by each coder alone."""
    rows = _everywhere(result)
    if rows.empty:
        return figures.nothing(result.metrics.get("reason", "no code is carried"))
    wide = rows.pivot_table(index="code", columns="kind", values="value")
    wide = wide.join(rows[rows["kind"] == CORRECTED].set_index("code")[["low", "high"]]).sort_values(CORRECTED)
    drawing, axes = figures.canvas(height=0.9 + 0.26 * len(wide))
    at = range(len(wide))
    axes.hlines(at, 100 * wide["low"], 100 * wide["high"], color=figures.COLOURS["interval"], lw=4)
    coders = [kind for kind in wide.columns if kind not in (CORRECTED, COUNTED, "low", "high")]
    for number, coder in enumerate(coders):
        label = "each coder alone, corrected" if number == 0 else None
        axes.plot(100 * wide[coder], at, "|", ms=9, color=figures.COLOURS["coordination"], label=label)
    axes.plot(100 * wide[CORRECTED], at, "o", color=figures.COLOURS["all"], label="corrected")
    axes.plot(100 * wide[COUNTED], at, "s", mfc="none", mec=figures.COLOURS["informal_interaction"], label="as counted")
    axes.set(xlabel="messages with the code (%)", xlim=(0, None))
    axes.set_yticks(list(at), [code.replace("_", " ") for code in wide.index])
    axes.legend(loc="lower right")
    outside = int(((wide[COUNTED] < wide["low"]) | (wide[COUNTED] > wide["high"])).sum())
    axes.set_title(f"{outside} of {wording.count(len(wide), 'counted share')} lie outside the corrected interval")
    text = (
        "Dot and bar: corrected share and interval. Square: the model's labels as they stand. Strokes: one coder alone."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _everywhere(result: Result) -> pd.DataFrame:
    rows = result.prevalence
    return rows[(rows["of"] == EVERYWHERE) & rows["value"].notna()] if len(rows) else rows


def say_prevalence(result: Result) -> str:
    """The largest difference that the correction makes, and that between coders, in words and numbers."""
    rows = _everywhere(result)
    if rows.empty:
        return "No code is carried, so no share of all messages is told."
    wide = rows.pivot_table(index="code", columns="kind", values="value")
    moved = (wide[COUNTED] - wide[CORRECTED]).abs().idxmax()
    sentence = (
        f"The correction moves *{moved.replace('_', ' ')}* most: {wording.percent(wide.loc[moved, COUNTED])} of "
        f"messages as counted, {wording.percent(wide.loc[moved, CORRECTED])} corrected."
    )
    return sentence


def alone_table(result: Result) -> pd.DataFrame:
    """The corrected share of messages with each code, by all coders and by each alone, in percent with interval."""
    rows = _everywhere(result)
    if rows.empty:
        return pd.DataFrame(columns=["code"])
    rows = rows[rows["kind"] != COUNTED].copy()
    rows["cell"] = [_share_words(*span) for span in zip(rows["value"], rows["low"], rows["high"], strict=True)]
    wide = rows.pivot_table(index="code", columns="kind", values="cell", aggfunc="first", sort=False)
    wide = wide.rename(columns={CORRECTED: "all coders"}).fillna("too rare")
    wide.index = wide.index.str.replace("_", " ")
    return wide.rename_axis(None, axis=1).reset_index()


def say_alone(result: Result) -> str:
    """Whether the shares hang on who coded, in words and numbers."""
    rows = _everywhere(result)
    kinds = list(rows["kind"].unique()) if len(rows) else []
    coders = [kind for kind in kinds if kind not in (CORRECTED, COUNTED)]
    if len(coders) < 2:
        return "Whether the shares hang on who coded cannot be told: no two coders can each stand alone."
    value, low, high = (rows.pivot_table(index="code", columns="kind", values=end) for end in ("value", "low", "high"))
    both = value[coders].dropna()
    apart = both.max(axis=1) - both.min(axis=1)
    outside = (low.loc[both.index, coders].max(axis=1) > high.loc[both.index, coders].min(axis=1)).sum()
    code = apart.idxmax()
    spread = f"{wording.percent(both.loc[code].min())} to {wording.percent(both.loc[code].max())}"
    return (
        f"By one coder alone, *{code.replace('_', ' ')}* would be {spread} of messages: the largest difference. "
        f"For {outside} of {wording.count(len(both), 'code')} the intervals of two coders lie apart. Both coders' own "
        "tables go on to the later chapters as a test of whether their answers hang on who coded."
    )


def chats_table(result: Result) -> pd.DataFrame:
    """The corrected share of each group of codes in each chat, with its interval, the shorter of both across; empty
    where too few were coded."""
    rows = result.prevalence
    if rows.empty or result.codebook is None:
        return pd.DataFrame(columns=["chat"])
    top = [code for code in result.codebook.names if result.codebook[code].parent is None]
    rows = rows[(rows["of"] != EVERYWHERE) & (rows["kind"] == CORRECTED) & rows["code"].isin(top)].copy()
    spans = zip(rows["value"], rows["low"], rows["high"], strict=True)
    rows["cell"] = [_share_words(*span) for span in spans]
    wide = rows.pivot_table(index="of", columns="code", values="cell", aggfunc="first").reindex(columns=top)
    wide = wide.dropna(axis=1, how="all").rename(columns=lambda code: code.replace("_", " "))
    wide, corner = (wide.T, "codes") if len(wide) <= len(wide.columns) else (wide, "chat")
    return wide.rename_axis(corner, axis=0).rename_axis(None, axis=1).reset_index()


def _share_words(value: float, low: float, high: float) -> str:
    """A share and its interval in percent, with a decimal below 10 %."""
    if pd.isna(value):
        return ""
    decimals = 1 if value < 0.1 else 0
    return f"{100 * value:.{decimals}f} ({wording.between(100 * low, 100 * high, decimals)})"


def reporting_table(result: Result) -> pd.DataFrame:
    """What a report of intercoder agreement owes its readers (O'Connor and Joffe 2020), filled from the data."""
    m = result.metrics
    if m["status"] != "ok":
        return pd.DataFrame(columns=["asked", "answer"])
    agreed, double = result.agreement, m["double_coded"] / m["units"]
    leaves = agreed[agreed["level"] == "leaf"] if len(agreed) else agreed
    rows = [
        ("How many coders?", wording.count(m["coders"], "coder")),
        ("How much was coded?", wording.count(m["units"], "unit") + f", {m['messages']:,} of them messages"),
        ("How much was coded twice?", f"{m['double_coded']:,} of {m['units']:,} ({wording.percent(double)})"),
        ("How was the text cut?", "a message, or a turn of an interview; within it each coder marks the words"),
        ("Were coders independent?", _independence(m)),
        ("Which coefficient?", "Krippendorff's alpha of presence or absence; u for the words marked"),
        ("What was its value?", _alphas(leaves)),
        ("What was enough?", f"{wording.number(m['alpha_floor'], 3)}, set before coding was compared"),
        ("How were differences settled?", "by most coders, on a tie by the coder who read most; consensus overrules"),
    ]
    return pd.DataFrame(rows, columns=["asked", "answer"])


def _independence(metrics: dict) -> str:
    if metrics["consensus"]:
        return f"{wording.count(metrics['consensus'], 'unit')} were settled in consensus, which agreement leaves out"
    return "each coder's codings are kept apart, and none is a consensus; whether they talked is not recorded"


def _alphas(leaves: pd.DataFrame) -> str:
    alphas = leaves["alpha"].dropna() if len(leaves) else pd.Series(dtype=float)
    if alphas.empty:
        return "none: no unit was read by two coders"
    spread = wording.between(alphas.min(), alphas.max())
    return f"{spread} over {wording.count(len(alphas), 'code')}, median {wording.number(alphas.median())}"


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    m, agreed = result.metrics, result.agreement
    if m["status"] != "ok":
        return [("the page says what is missing", m["reason"], bool(m["reason"]))]
    inside = agreed.empty or bool(
        (agreed["low"].isna() | agreed["alpha"].between(agreed["low"] - 1e-9, agreed["high"] + 1e-9)).all()
    )
    return [
        ("codings whose text has changed since", m["anchors_broken"], m["anchors_broken"] == len(result.broken)),
        ("every alpha lies in its interval", len(agreed), inside),
        ("every corrected share lies in its interval", len(result.prevalence), _shares_inside(result.prevalence)),
        ("units read by two coders are among those coded", m["double_coded"], m["double_coded"] <= m["units"]),
    ]


def _shares_inside(shares: pd.DataFrame) -> bool:
    known = shares.dropna(subset="value")
    return bool(known["value"].between(known["low"] - 1e-9, known["high"] + 1e-9).all()) if len(known) else True
