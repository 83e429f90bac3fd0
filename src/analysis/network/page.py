"""Network: what the page shows and says of a Result."""

from __future__ import annotations

import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from analysis import figures, wording
from analysis.network.sociogram import named
from analysis.network.step import Result
from analysis.network.structure import BY_ACTIVITY, BY_COUNT, BY_HOURS, NULLS, OBSERVED

NAMES = {
    "density": "density (share of possible ties that are there)",
    "reciprocity_edgewise": "edgewise reciprocity (share of ties returned)",
    "reciprocity_dyadic": "dyadic reciprocity (share of pairs mutual or null)",
    "transitivity": "transitivity (share of two-paths closed)",
    "in_centralization": "centralization of being answered",
    "out_centralization": "centralization of answering",
    "betweenness_centralization": "centralization of betweenness",
    "modularity": "modularity of the communities",
    "core_fit": "fit of a core and a periphery (correlation)",
}
SIZES = {
    "core_size": "members of the core",
    "same_division": "agreement with the communities of the expected ties (adjusted Rand)",
}
SCORES = {
    "in_strength": "is answered (turns)",
    "got_per_turn": "answers for each turn written",
    "answered_by": "by (members)",
    "out_strength": "answers (turns)",
    "answers": "whom (members)",
    "betweenness": "betweenness",
    "pagerank": "PageRank",
    "constraint": "constraint",
    "participation": "participation",
    "core": "in the core (share of reply graphs)",
}
KINDS = {
    OBSERVED: ("observed", "all", "o"),
    BY_COUNT: ("message count: if answers fell on whoever writes in the chat", "null", "D"),
    BY_HOURS: ("message count and hours: ... on whoever writes in the chat in those hours", "interval", "s"),
    BY_ACTIVITY: ("activity: if each answered, and was answered, as often, but by anyone", "barriers", "^"),
}


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    m = result.metrics
    if m["status"] != "ok":
        return f"Who answers whom cannot be told: {m['reason']}."
    connected = m["members"] - m["unconnected"]
    return (
        f"{connected:,} of {wording.count(m['members'], 'member')} answer others or are answered; "
        f"{_share(result, 'density')} of all possible ties are there, and {_share(result, 'reciprocity_edgewise')} of "
        "them are returned (in brackets: over sampled reply graphs)."
    )


def _share(result: Result, measure: str) -> str:
    """An observed share with its link-uncertainty interval."""
    seen = result.metrics["structure"][OBSERVED][measure]
    if np.isnan(seen["value"]):
        return "none"
    return f"{wording.percent(seen['value'])} ({wording.percent(seen['low'])} to {wording.percent(seen['high'])})"


def sureness_figure(result: Result) -> figures.Figure:
    """How sure the likeliest answer of each message is."""
    if result.sureness.empty:
        return figures.nothing("no reply had to be inferred")
    drawing, axes = figures.canvas(height=2.8)
    weights = np.full(len(result.sureness), 100 / len(result.sureness))
    axes.hist(result.sureness, bins=np.linspace(0, 1, 21), weights=weights, color=figures.COLOURS["interval"])
    axes.set(xlabel="probability of a message's likeliest answer", ylabel="messages (%)", xlim=(0, 1))
    axes.set_title(f"The likeliest answer has a probability of {wording.number(result.sureness.mean())} on average")
    text = "The further right, the surer which earlier message is answered, or that none is."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def say_sureness(result: Result) -> str:
    """How much of the network is inferred."""
    m = result.metrics
    if m["status"] != "ok":
        return f"No network: {m['reason']}."
    said = wording.count(m["explicit_replies"], "reply", "replies")
    return (
        f"Of {wording.count(m['messages'], 'message')}, {said} {'is' if m['explicit_replies'] == 1 else 'are'} marked "
        f"by the app and taken as they are; the others are inferred. About {m['starts']:,.0f} messages start a thread, "
        f"and about {m['expected_replies']:,.0f} turns answer another member's."
    )


def say_hidden(result: Result) -> str:
    """How good the inferred replies are here, where the app itself tells."""
    m = result.metrics
    if m["status"] != "ok":
        return f"No network: {m['reason']}."
    found = m["hidden"]
    if found["status"] != "ok":
        return f"How good the links are in these chats cannot be told: {found['reason']}."
    return (
        f"The app marks {wording.count(found['messages'], 'reply', 'replies')}. Of these, hidden from the model, "
        f"{wording.percent(found['right'])} are found again; it expected {wording.percent(found['stated'])}. "
        "People mark a reply mostly where it would be doubted, so those left unmarked may be easier."
    )


def say_groups(result: Result) -> str:
    """Core, communities and who bridges them."""
    m = result.metrics
    if m["status"] != "ok" or np.isnan(m["communities"]["modularity"]):
        return "There are no ties by which members could fall into groups."
    found = wording.count(m["communities"]["number"], "community", "communities")
    same, size, fit = (m["structure"][OBSERVED][name] for name in ("same_division", "core_size", "core_fit"))
    sentence = (
        f"Members fall into {found} (modularity {wording.number(m['communities']['modularity'])}); repeated runs agree "
        f"to {wording.number(m['communities']['stability'])}, and the communities of sampled reply graphs to "
        f"{wording.number(same['value'])} ({wording.between(same['low'], same['high'])}), where 1 is wholly"
    )
    if m["core"]["members"]:
        sentence += (
            f". A core of {wording.count(round(size['value']), 'member')} ({size['low']:.0f} to {size['high']:.0f} in "
            f"sampled reply graphs) fits with a correlation of {wording.number(fit['value'])} "
            f"({wording.between(fit['low'], fit['high'])})"
        )
    return f"{sentence}. {_bridges(result)}"


def _bridges(result: Result) -> str:
    spread = result.scores.query("of == @OBSERVED and measure == 'participation' and value > 0")
    spread = spread[spread["member"].isin(result.named)]
    if spread.empty:
        return "Who bridges them is not shown, as nobody agreed to be shown alone."
    most = spread.sort_values(["value", "member"], ascending=[False, True], kind="stable").head(3)
    said = [
        f"{row.member} ({wording.number(row.value)}, {wording.between(row.low, row.high)})" for row in most.itertuples()
    ]
    return f"Of those who may be named, {wording.listed(said)} spread their ties over them most evenly (participation)."


def triads_figure(result: Result) -> figures.Figure:
    """How often each kind of triad is there, beside what the null models give."""
    census = _triads(result)
    if census.empty:
        return figures.nothing("there are too few ties for triads")
    drawing, axes = figures.canvas(height=4.4)
    y = np.arange(len(census))
    for shift, null in zip((-0.15, 0.15), (BY_HOURS, BY_ACTIVITY), strict=True):
        label, colour, marker = KINDS[null]
        low, value, high = (census[end] / census[null] for end in ("low", "value", "high"))
        axes.hlines(y + shift, low, high, color=figures.COLOURS[colour], lw=2)
        axes.plot(value, y + shift, marker, color=figures.COLOURS[colour], ms=6, label=f"beside {label}")
    axes.axvline(1, color=figures.COLOURS["all"], lw=1)
    axes.set_yticks(y, census.index)
    axes.invert_yaxis()
    axes.set(xlabel="times as many as the null model gives", ylabel="kind of triad")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=1)
    axes.set_title(_triads_title(census))
    text = (
        "Kinds by their pairs: mutual, one-way, none (Davis and Leinhardt). Right of the line: more than the null "
        "gives. Bars: sampled reply graphs. Kinds of which a null gives less than one are left out."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _triads(result: Result) -> pd.DataFrame:
    """By kind of triad: value, low, high as observed, and the null models' means, where these are at least 1."""
    rows = result.structure[result.structure["measure"].str.startswith("triad_")]
    rows = rows.assign(kind=rows["measure"].str.removeprefix("triad_"))
    observed = rows[rows["of"] == OBSERVED].set_index("kind")[["value", "low", "high"]]
    means = {null: rows[rows["of"] == null].set_index("kind")["value"] for null in NULLS}
    census = observed.assign(**means)
    return census[(census[list(NULLS)] >= 1).all(axis=1)]


def _triads_title(census: pd.DataFrame) -> str:
    ratio = census["value"] / census[BY_HOURS]
    apart = (census["low"] > census[BY_HOURS]) | (census["high"] < census[BY_HOURS])
    if not apart.any():
        return "Every kind of triad is about as frequent as shared hours explain"
    most = np.log(ratio[apart]).abs().idxmax()
    more = "more" if ratio[most] > 1 else "less"
    return (
        f"Of all kinds, triad {most} stands out most: {ratio[most]:.2f} times as many, {more} than shared hours explain"
    )


OVER_TIME = {"density": "density", "reciprocity_edgewise": "reciprocity (edgewise)", "active": "members who wrote"}
LINES = (("o", "-"), ("s", "--"), ("^", ":"), ("D", "-."))  # a sign and a line for each length of window


def periods_figure(result: Result) -> figures.Figure:
    """Density, reciprocity and members over time, a line each length of window, with link-uncertainty intervals."""
    lengths = _by_length(result)
    if not lengths:
        return figures.nothing("the time is too short to be split into windows")
    drawing, panels = figures.canvas(height=3.4, columns=3)
    for axes, (measure, label) in zip(panels, OVER_TIME.items(), strict=True):
        for number, (length, windows) in enumerate(lengths.items()):
            rows, (sign, line) = windows[windows["measure"] == measure], LINES[number % len(LINES)]
            middle = rows["start"] + (rows["end"] - rows["start"]) / 2
            axes.fill_between(middle, rows["low"], rows["high"], color=figures.COLOURS["interval"], alpha=0.4, lw=0)
            axes.plot(middle, rows["value"], sign + line, color=figures.COLOURS["all"], ms=4, lw=1.2, label=length)
        axes.set(title=label)
        axes.set_ylim(0, max(1.12 * axes.dataLim.ymax, 0.1))
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
    panels[1].set_xlabel("middle of the window")
    there = next(iter(lengths.values())).query("measure == 'present'")
    middle = there["start"] + (there["end"] - there["start"]) / 2
    panels[-1].plot(middle, there["value"], color=figures.COLOURS["coordination"], lw=2, label="all members")
    panels[-1].set_ylim(0, 1.12 * panels[-1].dataLim.ymax)
    handles, labels = panels[-1].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="windows of", title_fontsize=9)
    text = (
        "Each point is a window; neighbouring windows overlap. Density is among those who were members in the window, "
        "silent ones too. Bands: sampled reply graphs."
    )
    return figures.Figure(drawing, f"{say_periods(result)} {text}", text)


def _by_length(result: Result) -> dict[str, pd.DataFrame]:
    """The windows of each length, the shortest first, by how long they are."""
    lengths = {}
    for _, windows in sorted(result.periods.groupby("windows"), reverse=True):
        hours = (windows["end"] - windows["start"]).iloc[0] / pd.Timedelta(hours=1)
        length = wording.count(round(hours / 24), "day") if hours >= 36 else wording.count(round(hours), "hour")
        lengths[length] = windows
    return lengths


def say_periods(result: Result) -> str:
    """How a window's length matters, what changed from the first to the last, and who came, left or stayed silent."""
    lengths = _by_length(result)
    if not lengths:
        return "The time is too short to see change."
    density = {length: rows.loc[rows["measure"] == "density", "value"] for length, rows in lengths.items()}
    means = [f"{wording.percent(values.mean())} in {length}" for length, values in density.items()]
    changes = [
        f"{wording.percent(values.iloc[0])} to {wording.percent(values.iloc[-1])} ({length})"
        for length, values in density.items()
    ]
    length, shortest = next(iter(lengths.items()))
    wrote, there = (shortest.loc[shortest["measure"] == name, "value"].astype(int) for name in ("active", "present"))
    came, went = _came_and_went(shortest)
    return (
        f"Density among those who were members depends on how long a window is: on average {wording.listed(means)}; so "
        f"compare windows of one length only. From the first to the last it goes from {wording.listed(changes)}. In "
        f"windows of {length}, {wrote.iloc[0]:,} of {wording.count(there.iloc[0], 'member')} wrote in the first, "
        f"{wrote.iloc[-1]:,} of {there.iloc[-1]:,} in the last; in those that do not overlap {came:,} came and "
        f"{went:,} left."
    )


def _came_and_went(windows: pd.DataFrame) -> tuple[int, int]:
    """Members who came after the first window began, and who left, in windows one after another without overlap."""
    starts, end = [], pd.Timestamp.min.tz_localize("UTC")
    for row in windows.drop_duplicates("start").itertuples():
        if row.start >= end:
            starts.append(row.start)
            end = row.end
    rows = windows[windows["start"].isin(starts)].groupby("measure")["value"].sum()
    return int(rows["came"]), int(rows["went"])


def structure_figure(result: Result) -> figures.Figure:
    """Each measure of structure, observed and under the null models, with link-uncertainty intervals."""
    if result.metrics["status"] != "ok":
        return figures.nothing(result.metrics["reason"])
    drawing, axes = figures.canvas(height=6.4)
    places = {measure: number for number, measure in enumerate(NAMES)}
    lowest = result.structure.loc[result.structure["measure"].isin(places), "low"].min()
    for shift, (of, (label, colour, marker)) in zip((-0.27, -0.09, 0.09, 0.27), KINDS.items(), strict=True):
        rows = result.structure[(result.structure["of"] == of) & result.structure["measure"].isin(places)]
        y = rows["measure"].map(places) + shift
        axes.hlines(y, rows["low"], rows["high"], color=figures.COLOURS[colour], lw=2)
        axes.plot(rows["value"], y, marker, color=figures.COLOURS[colour], label=label, ms=5, clip_on=False)
    axes.set_yticks(range(len(NAMES)), [name.replace(" (", "\n(") for name in NAMES.values()])
    axes.invert_yaxis()
    axes.set(xlabel="value", xlim=(min(0, lowest), None))
    axes.legend(loc="upper center", bbox_to_anchor=(0.3, -0.1), ncols=1)
    axes.set_title(_structure_title(result))
    text = "Bars: how far the value moves between sampled reply graphs. Round: observed; the others: null models."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _structure_title(result: Result) -> str:
    observed, null = (result.metrics["structure"][of]["reciprocity_edgewise"] for of in (OBSERVED, BY_HOURS))
    if np.isnan(observed["value"]) or np.isnan(null["value"]):
        return "There are too few ties to tell how many are returned"
    if observed["low"] > null["high"]:
        return "Ties are returned more often than shared hours explain"
    return "Ties are returned about as often as shared hours explain"


def say_structure(result: Result) -> str:
    """Reciprocity and density beside the nulls, in words and numbers, and which measures stand apart."""
    if result.metrics["status"] != "ok":
        return "There is no structure to compare."
    apart = [NAMES[measure].partition(" (")[0] for measure in NAMES if _apart(result, measure)]
    stands = (
        f"Of {len(NAMES)} measures, {wording.listed(apart)} {'lies' if len(apart) == 1 else 'lie'} outside what all "
        "null models give."
        if apart
        else f"None of the {len(NAMES)} measures lies outside what all null models give."
    )
    returned, there = (_share(result, measure) for measure in ("reciprocity_edgewise", "density"))
    return (
        f"Of the ties {returned} are returned, where {_nulls_give(result, 'reciprocity_edgewise')}. Of all possible "
        f"ties {there} are there, where {_nulls_give(result, 'density')}. {stands}"
    )


def _apart(result: Result, measure: str) -> bool:
    """Whether the observed interval meets that of no null model."""
    of = {kind: measures[measure] for kind, measures in result.metrics["structure"].items() if measure in measures}
    seen = of.get(OBSERVED)
    return seen is not None and all(seen["low"] > of[null]["high"] or seen["high"] < of[null]["low"] for null in NULLS)


def _nulls_give(result: Result, measure: str) -> str:
    """What share each null model gives."""
    means = {null: result.metrics["structure"][null][measure]["value"] for null in NULLS}
    given = [f"{'none' if np.isnan(mean) else wording.percent(mean)} ({null})" for null, mean in means.items()]
    return f"the null models give {wording.listed(given)}"


def structure_frame(result: Result) -> pd.DataFrame:
    """Every measure of the whole network with its interval and the null models' values, for reading."""
    wanted = {**NAMES, **SIZES, **{m: m.replace("triad_", "triads ") for m in _triad_names(result)}}
    return _beside_nulls(result.structure.assign(member=""), wanted).drop(columns="member")


def _triad_names(result: Result) -> list[str]:
    return [name for name in result.structure["measure"].unique() if name.startswith("triad_")]


def _beside_nulls(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """A row a member and measure: observed value, low, high and each null's value, in the order of names."""
    rows = rows[rows["measure"].isin(names)]
    observed = rows[rows["of"] == OBSERVED].set_index(["member", "measure"])[["value", "low", "high"]]
    means = {null: rows[rows["of"] == null].set_index(["member", "measure"])["value"] for null in NULLS}
    frame = observed.assign(**{null: mean.reindex(observed.index) for null, mean in means.items()}).reset_index()
    place = {name: number for number, name in enumerate(names)}
    frame = frame.sort_values("measure", key=lambda column: column.map(place), kind="stable")
    return frame.assign(measure=frame["measure"].map(names)).rename(columns={null: f"{null} gives" for null in NULLS})


MOST = 12  # members shown in the figure and table of members
PANELS = ("in_strength", "got_per_turn", "betweenness", "pagerank", "constraint")


def _most_answered(result: Result) -> list[str]:
    ranked = named(result).sort_values(["in_strength", "member"], ascending=[False, True], kind="stable")
    return ranked["member"].head(MOST).tolist()


def members_figure(result: Result) -> figures.Figure:
    """The members who are answered most: their measures with link-uncertainty intervals, beside two null models."""
    shown = _most_answered(result)
    if not shown or result.metrics["status"] != "ok":
        return figures.nothing("no member agreed to be shown by themselves")
    drawing, panels = figures.canvas(height=0.28 * len(shown) + 1.6, columns=len(PANELS), sharey=True)
    y = np.arange(len(shown))
    for axes, measure in zip(panels, PANELS, strict=True):
        for shift, of in zip((-0.2, 0.0, 0.2), (OBSERVED, BY_COUNT, BY_ACTIVITY), strict=True):
            rows = result.scores.query("of == @of and measure == @measure").set_index("member").reindex(shown)
            label, colour, marker = KINDS[of]
            axes.hlines(y + shift, rows["low"], rows["high"], color=figures.COLOURS[colour], lw=1.5)
            axes.plot(rows["value"], y + shift, marker, color=figures.COLOURS[colour], ms=4, label=label)
        axes.set_title(SCORES[measure].replace(" (", "\n(").replace(" for", "\nfor"), fontsize=8, fontweight="normal")
        axes.tick_params(axis="x", labelsize=7)
    panels[0].set_yticks(y, shown)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=1)
    title = f"{len(_more_than_count(result))} of the {wording.count(len(shown), 'member')} answered most get more"
    drawing.suptitle(f"{title} than their message count gives", x=0.01, ha="left", fontsize=11, fontweight="bold")
    text = (
        "Members answered most, one a row. Bars: sampled reply graphs; the null models keep who writes how much "
        "(message count), or how often each answers and is answered (activity)."
    )
    return figures.Figure(drawing, f"{say_members(result)} {text}", text)


def say_members(result: Result) -> str:
    """For how many of the members shown a measure stands apart from the null models."""
    shown = _most_answered(result)
    if not shown or result.metrics["status"] != "ok":
        return "No member is shown by themselves."
    more = _more_than_count(result)
    answered = (
        f"Of the {wording.count(len(shown), 'member')} answered most, {len(more) or 'none'} "
        f"{'is' if len(more) == 1 else 'are'} answered more than their message count gives"
    )
    if result.scores.loc[result.scores["measure"] == "betweenness", "value"].isna().all():
        return (
            f"{answered} (intervals that do not meet). Betweenness and triads are not measured in sampled reply "
            "graphs: among so many members that takes long with networkx, not with igraph."
        )
    between = _above(result, shown, "betweenness", BY_ACTIVITY)
    return (
        f"{answered}, and {len(between)} {'lies' if len(between) == 1 else 'lie'} on more shortest paths than their "
        "activity gives (intervals that do not meet)."
    )


def _more_than_count(result: Result) -> list[str]:
    return _above(result, _most_answered(result), "in_strength", BY_COUNT)


def _above(result: Result, members: list[str], measure: str, null: str) -> list[str]:
    """Those whose observed interval lies above the null model's."""
    rows = result.scores[result.scores["measure"] == measure]
    low, high = (rows[rows["of"] == of].set_index("member")[end] for of, end in ((OBSERVED, "low"), (null, "high")))
    return [member for member in members if low[member] > high[member]]


def members_frame(result: Result) -> pd.DataFrame:
    """The members who are answered most, all their measures with intervals and the null models' values, for reading."""
    shown = _most_answered(result)
    frame = _beside_nulls(result.scores[result.scores["member"].isin(shown)], SCORES)
    return frame.sort_values("member", key=lambda column: column.map(shown.index), kind="stable", ignore_index=True)


def folded_tables(result: Result) -> HTML:
    """Both tables behind lines that open them."""
    whole = figures.table(structure_frame(result), "The whole network.", decimals=3)
    each = figures.table(members_frame(result), "The members who are answered most.", decimals=3)
    parts = (
        figures.folded("All measures of the whole", whole).data,
        figures.folded("All measures of members", each).data,
    )
    return HTML("".join(parts))


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    table, ties = result.members, result.ties
    own = int((ties["source"] == ties["target"]).sum())
    given, got = float(table["out_strength"].sum()), float(table["in_strength"].sum())
    return [
        ("every member stands once, silent ones too", len(table), bool(table["member"].is_unique)),
        ("answers given are answers got", f"{given:,.1f}", bool(np.isclose(given, got))),
        ("nobody answers themselves", own, own == 0),
    ]
