"""Network: what the page shows and says of a Result."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import figures, wording
from analysis.network.step import BY_ACTIVITY, BY_HOURS, OBSERVED, Result

DRAWN = 60  # members drawn at most: those with the strongest ties
NAMES = {
    "density": "density (share of pairs with a tie)",
    "reciprocity": "reciprocity (share of ties returned)",
    "transitivity": "transitivity (share of two-paths closed)",
    "in_centralization": "centralization of being answered",
    "out_centralization": "centralization of answering",
}
KINDS = {
    OBSERVED: ("observed", "all", "o"),
    BY_HOURS: ("if answers fell on whoever writes in the chat in those hours", "interval", "s"),
    BY_ACTIVITY: ("if answers fell on whoever writes in the chat", "null", "D"),
}


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    m = result.metrics
    if m["status"] != "ok":
        return f"Who answers whom cannot be told: {m['reason']}."
    connected = m["members"] - m["unconnected"]
    return (
        f"{connected:,} of {wording.count(m['members'], 'member')} answer others or are answered; "
        f"{wording.percent(_value(result, OBSERVED, 'density'))} of all possible ties are there, and "
        f"{_returned(result, OBSERVED)} of them are returned."
    )


def _value(result: Result, of: str, measure: str) -> float:
    return float(result.metrics["structure"][of][measure]["value"])


def _returned(result: Result, of: str) -> str:
    value = _value(result, of, "reciprocity")
    return "none" if np.isnan(value) else wording.percent(value)


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


def sociogram(result: Result) -> figures.Figure:
    """Members and their ties, those with the strongest ties in the middle; the layout is fixed."""
    shown, ties = _drawn(result)
    if ties.empty:
        return figures.nothing("no tie between members who agreed to be shown by themselves reaches the least weight")
    drawing, axes = figures.canvas(height=6.0)
    graph: Any = nx.from_pandas_edgelist(ties, "source", "target", "weight", create_using=nx.DiGraph)
    graph.add_nodes_from(shown["member"])
    place = _places(graph)
    strength = shown.set_index("member")["in_strength"].reindex(list(graph)).to_numpy()
    width = np.array([d["weight"] for _, _, d in graph.edges(data=True)])
    nx.draw_networkx_edges(
        graph, place, ax=axes, width=0.3 + 2.5 * np.sqrt(width / width.max()), alpha=0.35, arrowsize=6,
        edge_color=figures.COLOURS["all"], connectionstyle="arc3,rad=0.08", node_size=60,
    )  # fmt: skip
    size = 30 + 320 * strength / max(strength.max(), 1)
    nx.draw_networkx_nodes(graph, place, ax=axes, node_size=size, node_color=figures.COLOURS["interval"])
    most = shown.nlargest(10, "in_strength")["member"]
    nx.draw_networkx_labels(graph, place, labels={name: name for name in most if name in place}, ax=axes, font_size=7)
    axes.axis("off")
    axes.set_title(_sociogram_title(result, len(shown)))
    text = (
        "Arrows run from who answers to who is answered, thicker for more turns; larger circles are answered more; "
        "the ten most answered are named."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _places(graph: Any) -> dict[str, NDArray[np.float64]]:
    """Where members stand: the tied ones by their ties (Kamada and Kawai 1989), the others in a row below."""
    tied = nx.Graph(graph)
    alone = sorted(nx.isolates(tied))
    tied.remove_nodes_from(alone)
    for _, _, tie in tied.edges(data=True):
        tie["distance"] = 1 / np.sqrt(tie["weight"])
    place = nx.kamada_kawai_layout(tied, weight="distance") if len(tied) > 1 else dict.fromkeys(tied, np.zeros(2))
    row = zip(alone, np.linspace(-1, 1, len(alone) + 2)[1:-1], strict=True)
    return place | {name: np.array([x, -1.25]) for name, x in row}


def _drawn(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Members and ties to draw: of those who agreed to be shown, the DRAWN with most answers given and got, and their
    ties of at least `least`."""
    if result.metrics["status"] != "ok":
        return result.members, result.ties.iloc[:0]
    named = _named(result)
    strength = named["in_strength"] + named["out_strength"]
    shown = named.loc[strength.sort_values(ascending=False, kind="stable").index[:DRAWN]]
    among = result.ties["source"].isin(shown["member"]) & result.ties["target"].isin(shown["member"])
    return shown, result.ties[among & (result.ties["weight"] >= result.metrics["least"])]


def _named(result: Result) -> pd.DataFrame:
    """The rows of members who agreed to be shown by themselves; the others count in sums."""
    return result.members[result.members["member"].isin(result.named)]


def _sociogram_title(result: Result, shown: int) -> str:
    whole = result.metrics["members"]
    group = f"The {shown} of {whole:,} members with most ties" if shown < whole else f"All {whole} members"
    return f"{group}: three of them get {wording.percent(_top_share(result))} of all answers"


def _top_share(result: Result) -> float:
    got = result.members["in_strength"]
    return float(got.nlargest(3).sum() / got.sum()) if got.sum() else 0.0


def say_sociogram(result: Result) -> str:
    """Who is answered most, and who not at all."""
    m = result.metrics
    if m["status"] != "ok" or not result.members["in_strength"].sum():
        return "No member was answered by another."
    alone = (
        f"{wording.count(m['unconnected'], 'member')} {'is' if m['unconnected'] == 1 else 'are'} without any answer."
    )
    hidden = m["members"] - len(_named(result))
    withheld = (
        f" {wording.count(hidden, 'member')} {'counts' if hidden == 1 else 'count'} in sums only." if hidden else ""
    )
    if _named(result).empty:
        return f"No member agreed to be shown by themselves; {alone}{withheld}"
    most = _named(result).nlargest(1, "in_strength").iloc[0]
    return (
        f"Of those shown, {most['member']} is answered most, about {most['in_strength']:,.0f} times, by "
        f"{wording.count(most['answered_by'], 'member')}. Of all, {alone}{withheld}"
    )


def structure_figure(result: Result) -> figures.Figure:
    """Each measure of structure, observed and under two null models, with link-uncertainty intervals."""
    if result.metrics["status"] != "ok":
        return figures.nothing(result.metrics["reason"])
    drawing, axes = figures.canvas(height=4.2)
    for shift, (of, (label, colour, marker)) in zip((-0.22, 0.0, 0.22), KINDS.items(), strict=True):
        rows = result.structure[result.structure["of"] == of]
        y = np.arange(len(rows)) + shift
        axes.hlines(y, rows["low"], rows["high"], color=figures.COLOURS[colour], lw=2)
        axes.plot(rows["value"], y, marker, color=figures.COLOURS[colour], label=label, ms=6)
    axes.set_yticks(range(len(NAMES)), [name.replace(" (", "\n(") for name in NAMES.values()])
    axes.invert_yaxis()
    axes.set(xlabel="value, 0 to 1", xlim=(0, None))
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=1)
    axes.set_title(_structure_title(result))
    text = "Bars: how far the value moves between sampled reply graphs. Round: observed; the others: null models."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _structure_title(result: Result) -> str:
    observed, null = (result.metrics["structure"][of]["reciprocity"] for of in (OBSERVED, BY_HOURS))
    if np.isnan(observed["value"]) or np.isnan(null["value"]):
        return "There are too few ties to tell how many are returned"
    if observed["low"] > null["high"]:
        return "Ties are returned more often than shared hours explain"
    return "Ties are returned about as often as shared hours explain"


def say_structure(result: Result) -> str:
    """Reciprocity and density beside the null that keeps hours, in words and numbers."""
    if result.metrics["status"] != "ok":
        return "There is no structure to compare."
    return (
        f"{_measure(result, 'reciprocity', 'Of the ties', 'are returned')}; "
        f"{_measure(result, 'density', 'of all possible ties', 'are there')}."
    )


def _measure(result: Result, measure: str, whole: str, what: str) -> str:
    observed, null = (result.metrics["structure"][of][measure] for of in (OBSERVED, BY_HOURS))
    if np.isnan(observed["value"]):
        return f"{whole} none {what}"
    spread = f"{wording.percent(observed['low'])} to {wording.percent(observed['high'])} over sampled reply graphs"
    return (
        f"{whole} {wording.percent(observed['value'])} {what} ({spread}), where answers to whoever "
        f"writes in the chat in those hours would give {wording.percent(null['value'])}"
    )


def members_frame(result: Result, most: int = 12) -> pd.DataFrame:
    """The members who are answered most, with their measures, for reading."""
    columns = {
        "member": "member",
        "in_strength": "is answered (turns)",
        "answered_by": "by (members)",
        "out_strength": "answers (turns)",
        "answers": "whom (members)",
        "betweenness": "betweenness",
        "pagerank": "PageRank",
    }
    ranked = _named(result).sort_values(["in_strength", "member"], ascending=[False, True], kind="stable")
    return ranked[list(columns)].rename(columns=columns).head(most)


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
