"""Network: what the page shows and says of a Result."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from IPython.display import HTML
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from numpy.typing import NDArray
from sklearn.manifold import MDS

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
    """Where members stand: the tied ones by their ties (stress majorisation; Gansner, Koren and North 2004), the others
    in a row below.

    Run to the end it gives equal places on every machine, which Kamada and Kawai's descent does not.
    """
    tied = nx.Graph(graph)
    alone = sorted(nx.isolates(tied))
    tied.remove_nodes_from(alone)
    row = zip(alone, np.linspace(-1, 1, len(alone) + 2)[1:-1], strict=True)
    place = dict(zip(tied, nx.rescale_layout(_majorised(_distances(tied))), strict=True)) if len(tied) else {}
    return place | {name: np.array([x, -1.25]) for name, x in row}


def _distances(tied: nx.Graph) -> NDArray[np.float64]:
    """Lengths of the shortest paths, a tie being shorter the stronger it is; parts without a path stand far apart."""
    for _, _, tie in tied.edges(data=True):
        tie["distance"] = tie["weight"] ** -0.25
    apart = nx.floyd_warshall_numpy(tied, weight="distance")
    return np.minimum(apart, 1.5 * apart[np.isfinite(apart)].max())


def _majorised(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = {"n_init": 1, "init": "classical_mds", "max_iter": 20_000, "eps": 1e-14, "normalized_stress": False}
    return MDS(metric="precomputed", **steps).fit_transform(distances)


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


VIEWS = {"reply": "who answers whom", "mention": "who names whom", "company": "who is in the same conversations"}
SURENESS = ((0.6, 0.75, "sure"), (0.25, 0.4, "less sure"), (-1.0, 0.15, "unsure"))  # least low / weight, opacity, word


def map_html(result: Result, source: str) -> HTML:
    """The map to drag and zoom: hover for a member's numbers, a menu for the layer; unsure ties are fainter.

    The same members and places as in the sociogram. source: where the data come from.
    """
    shown, ties = _drawn(result)
    if ties.empty:
        return figures.show(figures.nothing("no tie that may be shown reaches the least weight"), source)
    graph: Any = nx.from_pandas_edgelist(ties, "source", "target", "weight", create_using=nx.DiGraph)
    graph.add_nodes_from(shown["member"])
    place = _places(graph)
    among = result.layers["source"].isin(place) & result.layers["target"].isin(place)
    of_layer = {"reply": ties, **dict(list(result.layers[among].groupby("layer")))}
    drawing = go.Figure()
    owner: list[str] = []
    for layer in (layer for layer in VIEWS if layer in of_layer):
        for trace in _lines(of_layer[layer], place):
            drawing.add_trace(trace.update(visible=layer == "reply"))
            owner.append(layer)
    drawing.add_trace(_circles(shown, place))
    buttons = [
        {"label": VIEWS[layer], "method": "update", "args": [{"visible": [each == layer for each in owner] + [True]}]}
        for layer in dict.fromkeys(owner)
    ]
    axis = {"visible": False, "showgrid": False}
    drawing.update_layout(
        template="plotly_white", height=560, margin={"l": 0, "r": 0, "t": 44, "b": 0}, xaxis=axis, yaxis=axis,
        dragmode="pan", legend={"orientation": "h", "y": 0}, hoverlabel={"bgcolor": "white"},
        updatemenus=[{"buttons": buttons, "x": 0, "xanchor": "left", "y": 1.08, "yanchor": "top"}],
    )  # fmt: skip
    body = drawing.to_html(full_html=False, include_plotlyjs=False, div_id="guyub-map", config={"scrollZoom": True})
    text = "Drag to move, scroll to zoom, hover for numbers, choose the layer above. Fainter ties are less sure."
    return HTML(f'<figure class="guyub">{body}<figcaption>{html.escape(f"{text} {source}")}</figcaption></figure>')


def _lines(ties: pd.DataFrame, place: dict) -> Iterator[go.Scatter]:
    """A layer's ties as lines, one trace for each degree of sureness that occurs."""
    sure = (ties["low"] / ties["weight"]).fillna(1.0)
    above = np.inf
    for least, opacity, word in SURENESS:
        part = ties[(sure >= least) & (sure < above)]
        above = least
        if part.empty:
            continue
        ends = [(place[a], place[b]) for a, b in zip(part["source"], part["target"], strict=True)]
        x, y = ([value for a, b in ends for value in (round(a[i], 4), round(b[i], 4), None)] for i in (0, 1))
        colour = f"rgba(51, 51, 51, {opacity})"
        yield go.Scatter(x=x, y=y, mode="lines", line={"width": 1, "color": colour}, hoverinfo="skip", name=word)


def _circles(shown: pd.DataFrame, place: dict) -> go.Scatter:
    """Members as circles, larger for those answered more, in their communities' shapes, with their numbers to hover."""
    size = 8 + 26 * np.sqrt(shown["in_strength"] / max(shown["in_strength"].max(), 1))
    words = [
        f"<b>{row.member}</b><br>answers {row.out_strength:.0f} turns of {row.answers} members"
        f"<br>is answered {row.in_strength:.0f} times by {row.answered_by}<br>betweenness {row.betweenness:.0f}"
        f"<br>{'core' if row.core else 'periphery'}, community {row.community + 1}"
        for row in shown.itertuples()
    ]
    shapes = [SHAPES[community % len(SHAPES)] for community in shown["community"]]
    where = np.round([place[member] for member in shown["member"]], 4)
    marker = {"size": size.round(1).tolist(), "symbol": shapes, "color": figures.COLOURS["interval"],
              "line": {"width": 1, "color": "white"}}  # fmt: skip
    return go.Scatter(
        x=where[:, 0].tolist(), y=where[:, 1].tolist(), mode="markers", marker=marker, text=words, hoverinfo="text",
        name="members (shape: community)",
    )  # fmt: skip


SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon", "triangle-down")


def say_groups(result: Result) -> str:
    """Core, communities and who bridges them."""
    m = result.metrics
    if m["status"] != "ok" or np.isnan(m["communities"]["modularity"]):
        return "There are no ties by which members could fall into groups."
    found = wording.count(m["communities"]["number"], "community", "communities")
    sentence = (
        f"Members fall into {found} (modularity {wording.number(m['communities']['modularity'])}; repeated runs agree "
        f"to {wording.number(m['communities']['stability'])}, where 1 is wholly)"
    )
    if m["core"]["members"]:
        sentence += (
            f"; a core of {wording.count(m['core']['members'], 'member')} fits with a correlation of "
            f"{wording.number(m['core']['fit'])}"
        )
    return f"{sentence}. {_bridges(result)}"


def _bridges(result: Result) -> str:
    named = _named(result)
    named = named[named["in_strength"] + named["out_strength"] > 0]
    if named.empty:
        return "Who bridges them is not shown, as nobody agreed to be shown alone."
    most = named.sort_values(["participation", "member"], ascending=[False, True], kind="stable").head(3)
    return f"Of those who may be named, {wording.listed(most['member'])} spread their ties over them most evenly."


OVER_TIME = {"density": "density", "reciprocity": "reciprocity", "active": "members who wrote"}


def periods_figure(result: Result) -> figures.Figure:
    """Density, reciprocity and active members over time, each point a window, with link-uncertainty intervals."""
    if result.periods.empty:
        return figures.nothing("the time is too short to be split into windows")
    drawing, panels = figures.canvas(height=2.8, columns=3)
    for axes, (measure, label) in zip(panels, OVER_TIME.items(), strict=True):
        rows = result.periods[result.periods["measure"] == measure]
        middle = rows["start"] + (rows["end"] - rows["start"]) / 2
        axes.fill_between(middle, rows["low"], rows["high"], color=figures.COLOURS["interval"], alpha=0.4)
        axes.plot(middle, rows["value"], "o-", color=figures.COLOURS["all"], ms=4)
        top = rows["high"].max()
        axes.set(title=label, ylim=(0, 1.12 * top if top > 0 else 1))
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
    drawing.supxlabel("middle of the window", fontsize=10)
    text = "Each point is a window of a quarter of the time; neighbouring windows overlap. Bands: sampled reply graphs."
    return figures.Figure(drawing, f"{say_periods(result)} {text}", text)


def say_periods(result: Result) -> str:
    """What changed between the first and the last window."""
    if result.periods.empty:
        return "The time is too short to see change."
    rows = result.periods.set_index(["measure", "start"])["value"]
    ends = {measure: (rows[measure].iloc[0], rows[measure].iloc[-1]) for measure in ("density", "active")}
    return (
        f"From the first window to the last, density goes from {wording.percent(ends['density'][0])} to "
        f"{wording.percent(ends['density'][1])}, and {ends['active'][0]:.0f} members wrote in the first, "
        f"{ends['active'][1]:.0f} in the last."
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
