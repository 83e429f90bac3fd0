"""Network: the figures, tables and sentences of its page, from the objects that its notebook binds.

structure: of, measure, value, low, high (structure.summary). scores: the same by member (structure.scores_summary).
minus: the same tables of observed minus each null model (structure.minus_nulls).
counts: as step.counts. agreed: members who agreed to be shown by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from numpy.typing import ArrayLike
from scipy.special import logit

from analysis import figures, wording
from analysis.coverage import NOT_TRIED, Coverage, Miss, hidden, remark
from analysis.errors import InputError, Missing, stage
from analysis.network.replies.adapt import Adaptation, elsewhere
from analysis.network.replies.share import ShareOfAnswers
from analysis.network.step import MemberGroups
from analysis.network.structure import BY_ACTIVITY, BY_COUNT, BY_HOURS, NULLS, OBSERVED, Draws

NAMES = {
    "density": "density (share of possible ties in a graph)",
    "reciprocity_edgewise": "edgewise reciprocity (share of ties returned)",
    "reciprocity_dyadic": "dyadic reciprocity (share of pairs mutual or null)",
    "transitivity": "transitivity (share of two-paths closed)",
    "in_centralization": "centralization of being answered",
    "out_centralization": "centralization of answering",
    "betweenness_centralization": "centralization of betweenness",
    "modularity": "modularity of the groups",
    "core_fit": "fit of a core and a periphery (correlation)",
}
NO_INTERVAL = frozenset({"reciprocity_edgewise", "reciprocity_dyadic"})  # measures whose interval is never shown
WHY_NO_INTERVAL = "on simulated communities it holds the truth too seldom"
TIE = "tie"
RECIPROCITY = "reciprocity (true replies)"  # as calibration calls it
CALIBRATED = {  # the intervals of the page, by what calibration calls them
    TIE: "ties (true replies)", "density": "density (true replies)", "transitivity": "transitivity (true replies)",
    "in_centralization": "centralization of answers got (true replies)",
    "out_centralization": "centralization of answers given (true replies)",
}  # fmt: skip
SIZES = {
    "core_size": "members of the core",
    "same_division": "agreement with the groups of the expected ties (adjusted Rand)",
}
SCORES = {
    "in_strength": "is answered (turns)",
    "got_per_turn": "answers for each turn written",
    "answered_by": "by (members)",
    "out_strength": "answers (turns)",
    "answers": "answers (members)",
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
TRIADS = (
    "Triads, groups of three members, are named by how many of their pairs are tied both ways, one way, and not at all."
)
BRIDGES = 3  # members named as bridging communities
MOST = 12  # members in the figure and the table of members
PANELS = ("in_strength", "got_per_turn", "betweenness", "pagerank", "constraint")
OFFSETS = {
    "start": "starts a thread",
    "own": "a message of one's own",
    "next": "the message just before",
    "own next": "the message just before, if one's own",
    "near": "two to five messages back",
    "far": "beyond the window",
    "minutes": "each log minute back",
    "named": "a message by the member who is named",
    "start after a pause": "starts a thread, for each log minute of silence before",
    "start named": "starts a thread though it names a member",
}
OVER_TIME = {"density": "density", "reciprocity_edgewise": "reciprocity (edgewise)", "active": "members who wrote"}
LINES = (("o", "-"), ("s", "--"), ("^", ":"), ("D", "-."))  # marker and line style for each length of window


def without_interval(held: Mapping[str, Coverage]) -> frozenset[str]:
    """The measures whose interval is not shown, as it covers the truth too seldom. held: as from coverage.read."""
    return NO_INTERVAL | hidden(held, CALIBRATED)


@stage
def answer(
    counts: Mapping[str, float], structure: pd.DataFrame, unsure: Collection[str] = NO_INTERVAL,
    held: Mapping[str, Coverage] = MappingProxyType({}), too_low: Miss = NOT_TRIED,
) -> str:  # fmt: skip
    """The page's answer. unsure: measures whose interval is not shown; held: as from coverage.read; too_low: by how
    much reciprocity comes out too low in simulated communities."""
    seldom = "" if "density" in unsure else remark(held.get(CALIBRATED["density"]))
    by_hours = _measure(structure, BY_HOURS, "reciprocity_edgewise")["value"]
    alone = "" if np.isnan(by_hours) else f", where shared hours alone give {wording.percent(by_hours)}"
    points = round(100 * np.nan_to_num(too_low.mean))
    low = f" In simulated communities that share came out about {wording.count(points, 'point')} too low on average."
    return (
        f"{counts['members'] - counts['unconnected']:,} of {wording.count(counts['members'], 'member')} answer others "
        f"or are answered. In a sampled reply graph, {_share(structure, 'density', unsure)} of all possible ties are "
        f"there.{seldom} {_share(structure, 'reciprocity_edgewise', unsure).capitalize()} of the ties are returned"
        f"{alone}.{low * bool(points)}"
    )


def _measure(structure: pd.DataFrame, of: str, measure: str) -> pd.Series:
    """The row (value, low, high) of one measure."""
    return structure[(structure["of"] == of) & (structure["measure"] == measure)].iloc[0]


def _share(structure: pd.DataFrame, measure: str, unsure: Collection[str]) -> str:
    """An observed share with its link-uncertainty interval, if that is shown."""
    row = _measure(structure, OBSERVED, measure)
    value, low, high = (wording.percent(row[name]) for name in ("value", "low", "high"))
    interval = "" if measure in unsure else f" ({low} to {high})"
    return "none" if np.isnan(row["value"]) else f"{value}{interval}"


def _without_intervals(rows: pd.DataFrame, unsure: Collection[str]) -> pd.DataFrame:
    """The rows with low and high of these measures missing."""
    bare = rows["measure"].isin(unsure)
    return rows.assign(low=rows["low"].mask(bare), high=rows["high"].mask(bare))


# Replies


@stage
def sureness_figure(sureness: pd.Series) -> figures.Figure:
    """How probable the likeliest answer of each message is (step.sureness)."""
    _, axes = figures.canvas(height=2.8)
    weights = np.full(len(sureness), 100 / len(sureness))
    axes.hist(sureness, bins=np.linspace(0, 1, 21), weights=weights, color=figures.COLOURS["interval"])
    axes.set(xlabel="probability of a message's likeliest answer", ylabel="messages (%)", xlim=(0, 1))
    axes.set_title(f"The likeliest answer has a probability of {wording.number(sureness.mean())} on average")
    return figures.titled(axes, "The further right, the surer which earlier message is answered, or that none is.")


@stage
def say_replies(counts: Mapping[str, float]) -> str:
    """How much of the network is inferred."""
    explicit = counts["explicit_replies"]
    return (
        f"Of {wording.count(counts['messages'], 'message')} of members, the app marks what {explicit:,} "
        f"{'answers' if explicit == 1 else 'answer'}. For the others it is inferred."
    )


def say_ties(least: float) -> str:
    """The number of turns from which a tie counts as present. least: turns."""
    turns = f"{least:g} {'turn' if least == 1 else 'turns'}"
    return (
        f"In a sampled reply graph, a tie is there from {turns} on. Density, reciprocity and triads count these ties, "
        f"on average over the graphs. An *expected tie* is there where the expected number is {turns} or more. The "
        "matrix, the map and the core show these. The two numbers of ties differ, because many pairs answer each "
        "other in some graphs and not in others."
    )


@stage
def say_answering(answering: ShareOfAnswers) -> str:
    """The share of messages that answer another member, as corrected by the annotations."""
    share = wording.estimated_share(answering.value, answering.low, answering.high)
    return f"Of the messages of members, {share} answer another member, by the model and the annotations together."


@stage
def strongest(ties: pd.DataFrame, agreed: Collection[str], unsure: Collection[str] = NO_INTERVAL) -> pd.DataFrame:
    """The strongest ties between members who agreed to be shown, with their link-uncertainty intervals if shown."""
    between = ties["source"].isin(agreed) & ties["target"].isin(agreed)
    return ties[between].nlargest(20, "weight").drop(columns=["layer", *(("low", "high") if TIE in unsure else ())])


def say_adaptation(
    adaptation: Adaptation | Missing, effect: pd.DataFrame | Missing, annotated: Mapping[str, Any] | Missing, *,
    simulated: bool = False,
) -> str:  # fmt: skip
    """Whether the links are from the model as trained elsewhere or adapted to the study's annotations, and the effect
    of that (step.effect_of_adaptation, step.annotated). simulated: whether the annotators are simulated."""
    if isinstance(adaptation, Missing) or isinstance(effect, Missing) or isinstance(annotated, Missing):
        reason = next(each.reason for each in (adaptation, effect, annotated) if isinstance(each, Missing))
        return (
            f"The links are those of a model from elsewhere, which is not adapted to these chats, because {reason}. "
            "The page on trust reports how far such a model was off in four other communities. Ties may be less sure "
            "than they are drawn. Once two people have annotated a hundred messages it can be adapted, and the page on "
            "trust reports how far it is off then."
        )
    after = effect.to_dict("records")[-1]
    errors = (
        "Annotators are taken to err as often as their disagreement shows."
        if adaptation.double
        else f"As one person annotated each message, an error in {wording.percent(adaptation.error)} is assumed."
    )
    left_out = [
        f"{wording.count(annotated[name], 'annotated message')} {'is' if annotated[name] == 1 else 'are'} left out, as "
        f"{why}."
        for name, why in (("explicit", "the app marks the answer"), ("unknown", "not among the messages of the study"))
        if annotated[name]
    ]
    sentences = [
        f"The links are those of a model adapted to {wording.count(adaptation.messages, 'message')} of this study, "
        f"annotated by {wording.count(adaptation.annotators, 'simulated annotator' if simulated else 'annotator')}.",
        f"On annotated messages that it was not fitted to, it gives its likeliest answers a probability of "
        f"{wording.percent(after['stated'])} on average, and {wording.percent(after['right'])} of them are right.",
        errors,
    ]
    return " ".join([*sentences, *left_out])


def _excess(row: Mapping[str, Any]) -> str:
    """Stated minus right in percentage points, with its interval."""
    value, low, high = (100 * row[f"overconfidence{end}"] for end in ("", "_low", "_high"))
    return wording.estimate(value, low, high, decimals=1)


@stage
def effect_table(effect: pd.DataFrame, annotated: Mapping[str, Any]) -> pd.DataFrame:
    """The model before and after adaptation (step.effect_of_adaptation), and, if there are two annotators, one against
    the other (step.annotated)."""
    rows = [
        (f"the model {row['model']}", wording.percent(row["stated"]), wording.percent(row["right"]), _excess(row),
         wording.number(row["f"]))
        for row in effect.to_dict("records")
    ]  # fmt: skip
    if annotated["f"] == annotated["f"]:
        rows.append(("one annotator", "–", "–", "–", wording.number(annotated["f"])))
    return pd.DataFrame(
        rows, columns=["who links", "stated", "right", "stated minus right (points)", "F against annotators"]
    )


@stage
def adaptation_table(adaptation: Adaptation) -> pd.DataFrame:
    """The fitted parameters with their standard errors; elsewhere, spread elsewhere: the mean and standard deviation
    over other communities, to which they are shrunk. The scale is shown as a logarithm and the last as a logit."""
    names = [f"offset of: {OFFSETS[name]}" for name in adaptation.offsets]
    ridge = elsewhere(tuple(adaptation.offsets))
    return pd.DataFrame(
        {
            "number": ["log factor of the log probabilities", *names, "logit of the share that answers no candidate"],
            "elsewhere": ridge.mean,
            "spread elsewhere": ridge.spread,
            "fitted": [np.log(adaptation.scale), *adaptation.offsets.values(), logit(adaptation.unlisted)],
            "standard error": adaptation.errors,
        }
    )


@stage
def say_hidden(hidden: Mapping[str, Any]) -> str:
    """How accurate the inferred replies are here, scored on the replies that the app marks (step.hidden_score)."""
    links, members = hidden["links"], hidden["members"]
    too_much = max(links["overconfidence_low"], members["overconfidence_low"]) > 0
    return (
        f"Of {wording.count(hidden['messages'], 'reply', 'replies')} to other members that the app marks, the model "
        f"finds the message in {wording.percent(links['found'])} and the member in "
        f"{wording.percent(members['found'])}. The probabilities that it states of them are "
        f"{'' if too_much else 'not clearly '}higher than the share that is right. "
        "People mark a reply mostly where it would be doubted, so those left unmarked may be easier."
    )


@stage
def hidden_table(hidden: Mapping[str, Any]) -> pd.DataFrame:
    """How often the message and the member that a marked reply answers are found (step.hidden_score)."""
    rows = [
        (of, wording.percent(each["found"]), _excess(each), wording.percent(each["last"]))
        for of, each in (("the message", hidden["links"]), ("the member", hidden["members"]))
    ]
    found = [
        "looked for",
        "found by the model",
        "stated minus found (points)",
        "found by taking the last message of another member",
    ]
    return pd.DataFrame(rows, columns=found)


# The whole network and the null models


def measured(table: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """The measures that have a value anywhere, or all of them if none has: in a large community betweenness has none.
    table: measure, value."""
    known = set(table.loc[table["value"].notna(), "measure"])
    return [name for name in names if name in known or known.isdisjoint(names)]


@stage
def structure_figure(
    structure: pd.DataFrame, minus: pd.DataFrame, unsure: Collection[str] = NO_INTERVAL
) -> figures.Figure:
    """Each measure of structure, observed and under the null models, with link-uncertainty intervals if shown."""
    _, axes = figures.canvas(height=6.4)
    names = {measure: NAMES[measure] for measure in measured(structure, NAMES)}
    places = {measure: number for number, measure in enumerate(names)}
    shown = _without_intervals(structure[structure["measure"].isin(places)], unsure)
    for shift, of in zip((-0.27, -0.09, 0.09, 0.27), KINDS, strict=True):
        rows = shown[shown["of"] == of]
        _marks(axes, rows, rows["measure"].map(places) + shift, of, size=5)
    axes.set_yticks(range(len(names)), [name.replace(" (", "\n(") for name in names.values()])
    axes.invert_yaxis()
    axes.set(xlabel="value", xlim=(min(0, shown["low"].min()), None))
    axes.legend(loc="upper center", bbox_to_anchor=(0.3, -0.1), ncols=1)
    axes.set_title(_two_paths(minus))
    text = (
        "Bars: how far the value moves between sampled reply graphs. Round: observed; the others: null models. A "
        f"measure has no bar where {WHY_NO_INTERVAL}. Each graph is compared with its own shuffles, so bars "
        "may overlap where the difference is clear."
    )
    return figures.titled(axes, text)


def _two_paths(minus: pd.DataFrame) -> str:
    """Whether more or fewer two-paths are closed than shared hours explain."""
    row = _minus(minus, "transitivity").loc[BY_HOURS]
    if np.isnan(row["value"]):
        return "There are too few ties to say how many two-paths are closed"
    often = {1: "more often than", -1: "less often than", 0: "not clearly more or less often than"}[_sign(row)]
    return f"Two-paths are closed {often} shared hours explain"


def _minus(minus: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Observed minus each null model: value, low and high of one measure, by null."""
    return minus[minus["measure"] == measure].set_index("of")[["value", "low", "high"]]


def _sign(row: pd.Series) -> int:
    """On which side of 0 the interval lies: 1 above, -1 below, 0 if it includes 0 or is missing."""
    return int(row["low"] > 0) - int(row["high"] < 0)


def _marks(axes: Axes, rows: pd.DataFrame, y: ArrayLike, of: str, size: float, prefix: str = "") -> None:
    """A mark at each value and a bar over its interval, of one of KINDS."""
    label, colour, marker = KINDS[of]
    axes.hlines(y, rows["low"], rows["high"], color=figures.COLOURS[colour], lw=size / 3)
    axes.plot(rows["value"], y, marker, color=figures.COLOURS[colour], label=f"{prefix}{label}", ms=size, clip_on=False)


@stage
def say_structure(structure: pd.DataFrame, minus: pd.DataFrame) -> str:
    """The measures that differ from every null model, of those with an interval, and how far two-paths do."""
    compared = {measure: name.partition(" (")[0] for measure, name in NAMES.items() if measure not in NO_INTERVAL}
    signs = {measure: set(_minus(minus, measure).apply(_sign, axis=1)) for measure in compared}
    of = f"{len(compared)} measures with an interval"
    where = [
        f"{wording.listed(names)} {'lies' if len(names) == 1 else 'lie'} {side} all null models"
        for side, sign in (("below", -1), ("above", 1))
        if (names := [compared[measure] for measure in compared if signs[measure] == {sign}])
    ]
    first = (
        f"Of the {of}, {wording.listed(where)}" if where else f"None of the {of} lies clearly outside all null models"
    )
    return f"{first}.{_two_paths_closed(minus)}{_without_bars(structure)}"


def _two_paths_closed(minus: pd.DataFrame) -> str:
    """How far the share of two-paths closed is from the null model of hours, as a sentence after a space."""
    row = _minus(minus, "transitivity").loc[BY_HOURS]
    if np.isnan(row["value"]):
        return ""
    value, low, high = 100 * row
    points = wording.estimate(value, low, high, decimals=1)
    return f" The share of two-paths closed differs from what shared hours give by {points} percentage points."


def _without_bars(structure: pd.DataFrame) -> str:
    """The values of the measures without an interval, as a sentence after a space; empty if none was measured."""
    values = structure.pivot_table("value", "measure", "of", dropna=False).reindex(columns=[OBSERVED, *NULLS])
    rows = values.loc[[measure for measure in NAMES if measure in NO_INTERVAL and measure in values.index]].dropna()
    nulls = rows[list(NULLS)]
    above, below = rows[OBSERVED] > nulls.max(axis=1), rows[OBSERVED] < nulls.min(axis=1)
    places = {"above the values of": above, "below the values of": below, "among the values of": ~(above | below)}
    said = []
    for place, where in places.items():
        if where.any():
            named = wording.listed(NAMES[measure].partition(" (")[0] for measure in rows.index[where])
            said.append(f"{named} {'lies' if where.sum() == 1 else 'lie'} {place} all null models")
    if not said:
        return ""
    sentence = wording.listed(said)
    return f" {sentence[0].upper()}{sentence[1:]}; no interval is given, so this cannot be judged."


@stage
def structure_table(structure: pd.DataFrame, unsure: Collection[str] = NO_INTERVAL) -> pd.DataFrame:
    """Every measure of the whole network with its interval and the null models' values."""
    triads = [name for name in structure["measure"].unique() if name.startswith("triad_")]
    names = {**NAMES, **SIZES, **{name: name.replace("triad_", "triads ") for name in triads}}
    return _with_nulls(_without_intervals(structure, unsure).assign(member=""), names).drop(columns="member")


def _with_nulls(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per member and measure: observed value, low, high and each null's value, in the order of names."""
    rows = rows[rows["measure"].isin(names)]
    observed = rows[rows["of"] == OBSERVED].set_index(["member", "measure"])[["value", "low", "high"]]
    means = {null: rows[rows["of"] == null].set_index(["member", "measure"])["value"] for null in NULLS}
    frame = observed.assign(**{null: mean.reindex(observed.index) for null, mean in means.items()}).reset_index()
    place = {name: number for number, name in enumerate(names)}
    frame = frame.sort_values("measure", key=lambda column: column.map(place), kind="stable")
    return frame.assign(measure=frame["measure"].map(names)).rename(columns={null: f"{null} gives" for null in NULLS})


@stage
def differences_table(minus: pd.DataFrame, unsure: Collection[str] = NO_INTERVAL) -> pd.DataFrame:
    """Observed minus each null model, with its interval, of the measures whose interval is shown."""
    names = {measure: name for measure, name in NAMES.items() if measure not in unsure}
    rows = minus[minus["measure"].isin(measured(minus, names)) & minus["measure"].isin(names)].dropna()
    words = [wording.estimate(row.value, row.low, row.high, 3) for row in rows.itertuples()]
    table = rows.assign(words=words).pivot_table("words", "measure", "of", aggfunc="first")
    table = table.reindex(index=[measure for measure in names if measure in table.index], columns=list(NULLS))
    return table.rename(index=names, columns="minus {}".format).rename_axis(columns=None).reset_index()


@stage
def draws_table(draws: Draws) -> pd.DataFrame:
    """The first reply graphs, as observed and under each null model, with their measures in words."""
    names = {name: words.partition(" (")[0] for name, words in NAMES.items() if name in draws.network}
    return draws.network.loc[draws.network["draw"] < 3, ["draw", "of", *names]].rename(columns=names)


# Members


@stage
def most_answered(members: pd.DataFrame, agreed: Collection[str]) -> list[str]:
    """The MOST members who are answered most, among those who agreed to be shown."""
    shown = members[members["member"].isin(agreed)]
    if shown.empty:
        raise InputError("no member agreed to be shown by themselves")
    ranked = shown.sort_values(["in_strength", "member"], ascending=[False, True], kind="stable")
    return ranked["member"].head(MOST).tolist()


@stage
def members_figure(scores: pd.DataFrame, minus: pd.DataFrame, shown: Sequence[str]) -> figures.Figure:
    """The members shown: their measures with link-uncertainty intervals, and under two null models."""
    names = measured(scores, PANELS)
    drawing, panels = figures.canvas(height=0.28 * len(shown) + 1.6, columns=len(names), sharey=True)
    y = np.arange(len(shown))
    for axes, measure in zip(panels, names, strict=True):
        for shift, of in zip((-0.2, 0.0, 0.2), (OBSERVED, BY_COUNT, BY_ACTIVITY), strict=True):
            rows = scores.query("of == @of and measure == @measure").set_index("member").reindex(shown)
            _marks(axes, rows, y + shift, of, size=4)
        axes.set_title(SCORES[measure].replace(" (", "\n(").replace(" for", "\nfor"), fontsize=9, fontweight="normal")
        axes.tick_params(axis="x", labelsize=9)
    panels[0].set_yticks(y, shown)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=1)
    more, fewer = (_beyond(minus, shown, "in_strength", BY_COUNT, sign) for sign in (1, -1))
    answered = f"{more or 'None'} of the {wording.count(len(shown), 'member')} answered most"
    title = f"{answered} {'gets' if more == 1 else 'get'} more than message count gives, {fewer or 'none'} less"
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    text = (
        "The members answered most, one per row. Bars: sampled reply graphs; the null models keep who writes how much "
        "(message count), or how often each answers and is answered (activity). Each graph is compared with its own "
        "shuffles."
    )
    return figures.Figure(drawing, f"{say_members(scores, minus, shown)} {text}", text)


@stage
def say_members(scores: pd.DataFrame, minus: pd.DataFrame, shown: Sequence[str]) -> str:
    """How many of the members shown exceed the null models."""
    more, fewer = (_beyond(minus, shown, "in_strength", BY_COUNT, sign) for sign in (1, -1))
    answered = (
        f"Of the {wording.count(len(shown), 'member')} answered most, {more or 'none'} {'is' if more == 1 else 'are'} "
        f"answered more than their message count gives and {fewer or 'none'} less"
    )
    if scores.loc[scores["measure"] == "betweenness", "value"].isna().all():
        return (
            f"{answered}. Betweenness and triads are not measured in sampled reply "
            "graphs: among so many members that takes long with networkx, not with igraph. For the expected ties, "
            "`network/members.parquet` has each member's betweenness as estimated from the paths of some members, with "
            "its standard error."
        )
    between = _beyond(minus, shown, "betweenness", BY_ACTIVITY, 1)
    verb = "lie" if between > 1 else "lies"
    return f"{answered}. {between or 'None'} of them {verb} on more shortest paths than their activity gives."


def _beyond(minus: pd.DataFrame, members: Sequence[str], measure: str, null: str, sign: int) -> int:
    """How many of the members differ from the null model with this sign (_sign)."""
    rows = minus[(minus["measure"] == measure) & (minus["of"] == null) & minus["member"].isin(members)]
    return sum(_sign(row) == sign for _, row in rows.iterrows())


@stage
def members_table(scores: pd.DataFrame, shown: Sequence[str]) -> pd.DataFrame:
    """All measures of the members shown, with intervals and the null models' values; a share of graphs has none."""
    frame = _with_nulls(_without_intervals(scores[scores["member"].isin(shown)], {"core"}), SCORES)
    return frame.sort_values("member", key=lambda column: column.map(shown.index), kind="stable", ignore_index=True)


# Groups


@stage
def say_communities(groups: MemberGroups, members: pd.DataFrame, structure: pd.DataFrame) -> str:
    """The communities, and how far sampled reply graphs agree on them."""
    division = groups.communities
    if np.isnan(division.modularity):
        return "There are no ties by which members could form groups."
    tied = members.loc[members["out_strength"] + members["in_strength"] > 0, "community"].nunique()
    same = _measure(structure, OBSERVED, "same_division")
    return (
        f"The members who have ties form {wording.count(tied, 'group')} (modularity "
        f"{wording.number(division.modularity)}). The agreement of sampled reply graphs on them is "
        f"{wording.estimate(same['value'], same['low'], same['high'])}."
    )


@stage
def say_core(groups: MemberGroups, structure: pd.DataFrame) -> str:
    """The size of the core over sampled reply graphs."""
    if np.isnan(groups.core.fit):
        return "No core and periphery can be distinguished: too few members or ties, or ties of all with all."
    size = _measure(structure, OBSERVED, "core_size")
    return (
        f"In sampled reply graphs the core has {wording.count(round(size['value']), 'member')} on average "
        f"({size['low']:.0f} to {size['high']:.0f})."
    )


@stage
def say_bridges(scores: pd.DataFrame, agreed: Collection[str]) -> str:
    """The members whose ties spread most evenly over the communities."""
    spread = _bridging(scores, agreed)
    if not (scores.query("of == @OBSERVED and measure == 'participation'")["value"] > 0).any():
        return "No member's ties go to several groups."
    if spread.empty:
        return "Who bridges groups is not shown, as nobody of the more active half agreed to be shown alone."
    verb = "spreads" if len(spread) == 1 else "spread"
    return (
        f"Of the more active half of the members, as far as they may be named, {wording.listed(spread)} {verb} their "
        "ties over the groups most evenly."
    )


def _bridging(scores: pd.DataFrame, agreed: Collection[str]) -> pd.Series:
    """The BRIDGES members whose ties spread most evenly over the communities (participation), of those who agreed and
    give and get as many answers as half of all members or more: a few weak ties spread by chance."""
    turns = (
        scores.query("of == @OBSERVED and measure in ('in_strength', 'out_strength')").groupby("member")["value"].sum()
    )
    active = turns.index[turns >= turns.median()]
    spread = scores.query("of == @OBSERVED and measure == 'participation' and value > 0")
    spread = spread[spread["member"].isin(agreed) & spread["member"].isin(active)]
    return spread.sort_values(["value", "member"], ascending=[False, True], kind="stable").head(BRIDGES)["member"]


bridging = stage(_bridging)


# Over time


@stage
def periods_figure(periods: pd.DataFrame, unsure: Collection[str] = NO_INTERVAL) -> figures.Figure:
    """Density, reciprocity and members over time, one line per length of window, with link-uncertainty intervals."""
    lengths = _by_length(periods)
    drawing, panels = figures.canvas(height=3.4, columns=3)
    for axes, (measure, label) in zip(panels, OVER_TIME.items(), strict=True):
        for number, (length, windows) in enumerate(lengths.items()):
            rows, (sign, line) = windows[windows["measure"] == measure], LINES[number % len(LINES)]
            middle = _middle(rows)
            if measure not in unsure:
                band = {"color": figures.COLOURS["interval"], "alpha": 0.4, "lw": 0}
                axes.fill_between(middle, rows["low"], rows["high"], **band)
            axes.plot(middle, rows["value"], sign + line, color=figures.COLOURS["all"], ms=4, lw=1.2, label=length)
        axes.set(title=label)
        axes.set_ylim(0, max(1.12 * axes.dataLim.ymax, 0.1))
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
    panels[1].set_xlabel("middle of the window")
    present = next(iter(lengths.values())).query("measure == 'present'")
    panels[-1].plot(
        _middle(present), present["value"], color=figures.COLOURS["coordination"], lw=2, label="all members"
    )
    panels[-1].set_ylim(0, 1.12 * panels[-1].dataLim.ymax)
    handles, labels = panels[-1].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="windows of", title_fontsize=9)
    drawing.suptitle(_change(lengths, "density", unsure)[0])
    text = (
        "Each point is a window; neighbouring windows overlap. Density is among those who were members in the window, "
        f"silent ones too. Bands: sampled reply graphs; a measure has none where {WHY_NO_INTERVAL}."
    )
    return figures.Figure(drawing, f"{say_periods(periods)} {text}", text)


JUDGED = {"density": "density", "reciprocity_edgewise": "reciprocity"}  # the measures of OVER_TIME that have bands


@stage
def say_change(periods: pd.DataFrame, unsure: Collection[str] = NO_INTERVAL) -> str:
    """Which measures change over time: move further, at every length of window, than their band is wide."""
    lengths = _by_length(periods)
    return " ".join(f"{words}." for measure in JUDGED for words in _change(lengths, measure, unsure) if words)


def _change(lengths: Mapping[str, pd.DataFrame], measure: str, unsure: Collection[str]) -> tuple[str, str]:
    """Whether a measure changes, and if so from what to what."""
    name = JUDGED[measure]
    if measure in unsure:
        return f"Whether {name} changes cannot be judged, as its intervals hold the truth too seldom", ""
    rows = [windows[windows["measure"] == measure].dropna(subset="value") for windows in lengths.values()]
    if any(each.empty for each in rows):
        return f"There are too few members to say whether {name} changes", ""
    bands = [(each["high"] - each["low"]).max() for each in rows]
    if any(map(pd.isna, bands)):
        return f"Whether {name} changes cannot be judged, as it has no interval", ""
    if not all(np.ptp(each["value"]) > band for each, band in zip(rows, bands, strict=True)):
        return f"{name.capitalize()} does not clearly change over time", ""
    ends = [(each["value"].iloc[0], each["value"].iloc[-1]) for each in rows]
    signs = {np.sign(last - first) if abs(last - first) > band else 0.0
             for (first, last), band in zip(ends, bands, strict=True)}  # fmt: skip
    if signs not in ({1.0}, {-1.0}):
        return f"{name.capitalize()} moves over time, and not one way at every length of window", ""
    verb = "rises" if signs == {1.0} else "falls"
    spans = [f"from {wording.percent(first)} to {wording.percent(last)}" for first, last in ends]
    return (
        f"{name.capitalize()} {verb} from the first window to the last, at every length of window",
        f"In windows of {next(iter(lengths))} it goes {spans[0]}",
    )


def _middle(windows: pd.DataFrame) -> pd.Series:
    """The middle of each window, in the time zone of the times."""
    return (windows["start"] + (windows["end"] - windows["start"]) / 2).dt.tz_localize(None)


def _by_length(periods: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The windows of each length by its name, the shortest first."""
    lengths = {}
    for _, windows in sorted(periods.groupby("windows"), reverse=True):
        hours = (windows["end"] - windows["start"]).iloc[0] / pd.Timedelta(hours=1)
        length = wording.count(round(hours / 24), "day") if hours >= 36 else wording.count(round(hours), "hour")
        lengths[length] = windows
    return lengths


def _mean_density(lengths: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """The mean density of the windows of each length."""
    return {length: rows.loc[rows["measure"] == "density", "value"].mean() for length, rows in lengths.items()}


@stage
def say_periods(periods: pd.DataFrame) -> str:
    """The effect of the window's length, the change from first to last, and who joined, left or stayed silent."""
    lengths = _by_length(periods)
    density = {length: rows.loc[rows["measure"] == "density", "value"] for length, rows in lengths.items()}
    means = (f"{wording.percent(mean)} in {length}" for length, mean in _mean_density(lengths).items())
    ends = {length: [wording.percent(value) for value in values.iloc[[0, -1]]] for length, values in density.items()}
    changes = (f"{first} to {last} ({length})" for length, (first, last) in ends.items())
    length, shortest = next(iter(lengths.items()))
    wrote, there = (shortest.loc[shortest["measure"] == name, "value"].astype(int) for name in ("active", "present"))
    starts: list[pd.Timestamp] = []
    end = pd.Timestamp.min.tz_localize("UTC")
    for row in shortest.drop_duplicates("start").itertuples():
        if row.start >= end:
            starts, end = [*starts, row.start], row.end
    moved = shortest[shortest["start"].isin(starts)].groupby("measure")["value"].sum()
    return (
        f"Density among those who were members depends on how long a window is: on average {wording.listed(means)}; so "
        f"compare windows of one length only. From the first to the last it goes from {wording.listed(changes)}. In "
        f"windows of {length}, {wrote.iloc[0]:,} of {wording.count(there.iloc[0], 'member')} wrote in the first, "
        f"{wrote.iloc[-1]:,} of {there.iloc[-1]:,} in the last; in those that do not overlap {moved['came']:,.0f} came "
        f"and {moved['went']:,.0f} left."
    )


@stage
def page_checks(members: pd.DataFrame, ties: pd.DataFrame) -> list[tuple[str, object, bool]]:
    """Checks that must hold on this page."""
    own = int((ties["source"] == ties["target"]).sum())
    given, got = members["out_strength"].sum(), members["in_strength"].sum()
    return [
        ("every member has one row, silent ones too", len(members), bool(members["member"].is_unique)),
        ("answers given equal answers received", f"{given:,.1f}", bool(np.isclose(given, got))),
        ("nobody answers themselves", own, own == 0),
    ]
