"""Network: the map of the community, to print and to move in. Both have the same members in the same places, the same
ties, and the same opacity for how sure a tie is.

Only members who agreed to be shown by themselves are drawn; the others count in sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from IPython.display import HTML
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from sklearn.manifold import MDS

from analysis import figures, wording
from analysis.network.layers import REPLY
from analysis.network.step import Result
from analysis.network.structure import OBSERVED

DRAWN = 60  # members drawn at most: those with the strongest ties
VIEWS = {
    "reply": "who answers whom",
    "informal": "who answers whom in informal talk",
    "business": "who answers whom in business talk",
    "mention": "who names whom",
    "company": "who is in the same conversations",
}
SHORT = {"reply": "answers", "informal": "informal", "business": "business", "mention": "names", "company": "together"}
SURENESS = ((0.6, 0.6, "sure"), (0.25, 0.28, "less sure"), (-1.0, 0.1, "unsure"))  # least low / weight, opacity, word
SPREAD = 0.4  # 0: where stress majorisation puts them; 1: all on the rim
OFF = 0.03  # by which a stated share may lie above the true one, before it is called too much
THICK = 10.0  # turns (or conversations) from which a tie is drawn thick
SHAPES = {
    "circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "cross": "P", "star": "*", "hexagon": "h",
    "triangle-down": "v",
}  # fmt: skip

CONFIG = {
    "scrollZoom": True,
    "displayModeBar": True,  # with buttons to zoom, as a phone cannot scroll to zoom
    "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "zoom2d", "autoScale2d"],
}  # fmt: skip

Places = dict[str, NDArray[np.float64]]


def named(result: Result) -> pd.DataFrame:
    """The rows of members who agreed to be shown by themselves; the others count in sums."""
    return result.members[result.members["member"].isin(result.named)]


def drawn(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Members and ties to draw: of those who agreed to be shown, the DRAWN with most answers given and got, and their
    ties of at least `least`, of every layer and period."""
    if result.metrics["status"] != "ok":
        return result.members, result.layers.iloc[:0]
    who = named(result)
    strength = who["in_strength"] + who["out_strength"]
    shown = who.loc[strength.sort_values(ascending=False, kind="stable").index[:DRAWN]]
    among = result.layers["source"].isin(shown["member"]) & result.layers["target"].isin(shown["member"])
    return shown, result.layers[among & (result.layers["weight"] >= result.metrics["least"])]


def places(graph: Any) -> Places:
    """Where members stand, always the same: the tied ones by their answers (stress majorisation; Gansner, Koren and
    North 2004), the middle then spread out, where members would hide each other; the others in a row below.

    Run to the end it gives equal places on every machine, which Kamada and Kawai's descent does not.
    """
    tied = nx.Graph(graph)
    alone = sorted(nx.isolates(tied))
    tied.remove_nodes_from(alone)
    row = zip(alone, np.linspace(-1, 1, len(alone) + 2)[1:-1], strict=True)
    place = dict(zip(tied, _spread(nx.rescale_layout(_majorised(_distances(tied)))), strict=True)) if len(tied) else {}
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


def _spread(spots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spots moved outward from the middle, each in its direction and in the same order; the outermost stays."""
    far = np.linalg.norm(spots, axis=1, keepdims=True)
    return spots * np.divide(far.max(), far, out=np.ones_like(far), where=far > 0) ** SPREAD


def _graph(shown: pd.DataFrame, ties: pd.DataFrame) -> Any:
    graph: Any = nx.from_pandas_edgelist(_answers(ties), "source", "target", "weight", create_using=nx.DiGraph)
    graph.add_nodes_from(shown["member"])
    return graph


def _answers(ties: pd.DataFrame) -> pd.DataFrame:
    return ties[(ties["layer"] == REPLY) & (ties["period"] == 0)]


def sureness(ties: pd.DataFrame) -> NDArray[np.intp]:
    """Which of SURENESS each tie is, by the lower end of its interval as a share of its weight: shape (ties,)."""
    share = (ties["low"] / ties["weight"]).to_numpy(float)
    return np.argmax(share[:, None] >= np.array([least for least, _, _ in SURENESS]), axis=1)


NONE = "no tie between members who agreed to be shown by themselves reaches the least weight"


def sociogram(result: Result) -> figures.Figure:
    """Members and who answers whom, those with the strongest ties in the middle; the layout is fixed."""
    shown, ties = drawn(result)
    ties = _answers(ties)
    if ties.empty:
        return figures.nothing(NONE)
    drawing, axes = figures.canvas(height=6.4)
    graph = _graph(shown, ties)
    place = places(graph)
    opacity = dict(zip(zip(ties["source"], ties["target"], strict=True), sureness(ties), strict=True))
    for level, (_, alpha, _) in enumerate(SURENESS):
        edges = [(a, b) for a, b in graph.edges if opacity[a, b] == level]
        width = [2.5 if graph.edges[edge]["weight"] >= THICK else 1.0 for edge in edges]
        nx.draw_networkx_edges(
            graph, place, edgelist=edges, ax=axes, width=width, alpha=alpha, arrowsize=6, node_size=60,
            edge_color=figures.COLOURS["all"], connectionstyle="arc3,rad=0.08",
        )  # fmt: skip
    for community, part in shown.groupby("community"):
        size = 30 + 230 * part["in_strength"] / max(shown["in_strength"].max(), 1)
        nx.draw_networkx_nodes(
            graph, place, nodelist=part["member"].tolist(), ax=axes, node_size=size.tolist(),
            node_color=figures.COLOURS["interval"], edgecolors="white", node_shape=_shape(community)[1],
        )  # fmt: skip
    most = shown.nlargest(10, "in_strength")["member"]
    behind = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}
    nx.draw_networkx_labels(graph, place, labels={name: name for name in most}, ax=axes, font_size=7, bbox=behind)
    axes.axis("off")
    axes.legend(handles=_key(), loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=3)
    axes.set_title(_sociogram_title(result, len(shown)))
    text = (
        f"Arrows run from who answers to who is answered, thick from {THICK:.0f} turns on; the fainter, the less sure. "
        "Larger signs are answered more, shapes are communities; the ten most answered are named."
    )
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def _key() -> list[Line2D]:
    colour = figures.COLOURS["all"]
    return [Line2D([], [], color=colour, alpha=alpha, lw=2, label=f"tie is {word}") for _, alpha, word in SURENESS]


def _shape(community: int) -> tuple[str, str]:
    """The sign of a community, by plotly's name and matplotlib's."""
    return list(SHAPES.items())[community % len(SHAPES)]


def _sociogram_title(result: Result, shown: int) -> str:
    whole = result.metrics["members"]
    which = "with most ties" if shown < len(named(result)) else "who agreed to be shown"
    group = f"The {shown} of {whole:,} members {which}" if shown < whole else f"All {whole} members"
    return f"{group}: three members get {wording.percent(top_share(result))} of all answers"


def top_share(result: Result) -> float:
    """Share of all answers that the three most answered members get."""
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
    who = named(result)
    hidden = m["members"] - len(who)
    withheld = (
        f" {wording.count(hidden, 'member')} {'counts' if hidden == 1 else 'count'} in sums only." if hidden else ""
    )
    if who.empty:
        return f"No member agreed to be shown by themselves; {alone}{withheld} {say_trust(m['hidden'])}"
    most = who.nlargest(1, "in_strength").iloc[0]
    return (
        f"Of those shown, {most['member']} is answered most, about {most['in_strength']:,.0f} times "
        f"({_reach(result, most['member'], 'in_strength')} over sampled reply graphs), by "
        f"{wording.count(round(most['answered_by']), 'member')} "
        f"({_reach(result, most['member'], 'answered_by')}). Of all, {alone}{withheld} {say_trust(m['hidden'])}"
    )


def say_trust(hidden: Mapping[str, Any]) -> str:
    """Whether a tie is as sure as it is drawn, as far as replies tell that the app marks (metrics `hidden`)."""
    if hidden["status"] != "ok":
        return "How sure a tie is, is the model's own word, and nothing in these chats tells whether it holds."
    right, stated = (wording.percent(hidden[name]) for name in ("right", "stated"))
    measured = f"of the replies that the app marks {right} are found again where it expects {stated}"
    if hidden["stated"] - hidden["right"] > OFF:
        return (
            f"How sure a tie is, is the model's own word, and here it claims too much: {measured}. Take ties for less "
            "sure than they are drawn, and the brackets and bars of this page for too narrow."
        )
    return f"How sure a tie is, is the model's own word, and here it does not claim too much: {measured}."


def _reach(result: Result, member: str, measure: str) -> str:
    """From where to where a member's measure goes over sampled reply graphs."""
    row = result.scores.query("of == @OBSERVED and member == @member and measure == @measure").iloc[0]
    return f"{row['low']:,.0f} to {row['high']:,.0f}"


def layers_figure(result: Result) -> figures.Figure:
    """Every layer (rows) in the whole time and its parts (columns): what the map to move in shows, for print."""
    shown, ties = drawn(result)
    if _answers(ties).empty:
        return figures.nothing(NONE)
    place, when, kinds = places(_graph(shown, ties)), _periods(ties), _kinds(ties)
    drawing, panels = figures.canvas(height=1.5 * len(kinds) + 0.5, columns=len(when), rows=len(kinds), squeeze=False)
    spots = np.array([place[member] for member in shown["member"]])
    for row, layer in zip(panels, kinds, strict=True):
        for axes, period in zip(row, when, strict=True):
            part = pairs(ties[(ties["layer"] == layer) & (ties["period"] == period)])
            ends = [(place[a], place[b]) for a, b in zip(part["source"], part["target"], strict=True)]
            alpha = [SURENESS[level][1] for level in sureness(part)]
            width = np.where(part["weight"] >= THICK, 1.2, 0.4)
            axes.add_collection(LineCollection(ends, colors=figures.COLOURS["all"], alpha=alpha or None, lw=width))
            axes.plot(spots[:, 0], spots[:, 1], "o", color=figures.COLOURS["interval"], ms=2.5)
            axes.set(xticks=[], yticks=[], aspect="equal")
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(SHORT[layer], fontsize=9)
    for axes, label in zip(panels[0], when.values(), strict=True):
        axes.set_title(label, fontsize=8, loc="center", fontweight="normal")
    text = (
        "A row a layer, a column a part of the time; members always stand in the same place. Fainter ties: less sure."
    )
    return figures.Figure(drawing, f"{say_layers(result)} {text}", text)


def say_layers(result: Result) -> str:
    """How many pairs each layer joins."""
    if result.metrics["status"] != "ok":
        return "There is no layer of ties."
    reached = result.layers[(result.layers["period"] == 0) & (result.layers["weight"] >= result.metrics["least"])]
    counts = [f"{len(pairs(reached[reached['layer'] == layer])):,} ({VIEWS[layer]})" for layer in _kinds(result.layers)]
    return f"Pairs with a tie, over the whole time and all members: {wording.listed(counts) if counts else 'none'}."


def pairs(ties: pd.DataFrame) -> pd.DataFrame:
    """Ties of one layer and period with both directions added up: source, target (in order of name), weight, low."""
    first, second = ties[["source", "target"]].min(axis=1), ties[["source", "target"]].max(axis=1)
    both = ties.assign(source=first, target=second)
    return both.groupby(["source", "target"], as_index=False)[["weight", "low"]].sum()


def _kinds(ties: pd.DataFrame) -> list[str]:
    return [layer for layer in VIEWS if layer in set(ties["layer"])]


def _periods(ties: pd.DataFrame) -> dict[int, str]:
    """What each period is called."""
    when = ties.drop_duplicates("period").sort_values("period")
    return {row.period: "whole time" if row.period == 0 else f"until {row.end:%-d %b %Y}" for row in when.itertuples()}


def interactive(result: Result, source: str) -> HTML:
    """The map to drag and zoom: hover for a member's numbers, choose layer and period; unsure ties are fainter.

    source: where the data come from.
    """
    shown, ties = drawn(result)
    if _answers(ties).empty:
        return figures.show(figures.nothing(NONE), source)
    place, when, kinds = places(_graph(shown, ties)), _periods(ties), _kinds(ties)
    frames = []
    for period, label in when.items():
        part = ties[ties["period"] == period]
        lines = [line for layer in kinds for line in _lines(pairs(part[part["layer"] == layer]), place)]
        frames.append(go.Frame(name=label, data=[*lines, _signs(result, shown, part, place, period)]))
    drawing = go.Figure(data=frames[0].data, frames=[_changes(frame) for frame in frames])
    each = len(SURENESS) * 2
    for number, trace in enumerate(drawing.data[:-1]):
        trace.update(visible=number < each)
    views = [
        {
            "label": VIEWS[layer], "method": "restyle",
            "args": ["visible", [number // each == place_of for number in range(each * len(kinds))] + [True]],
        }
        for place_of, layer in enumerate(kinds)
    ]  # fmt: skip
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    times = [{"label": label, "method": "animate", "args": [[label], at_once]} for label in when.values()]
    menu = {"x": 0, "xanchor": "left", "yanchor": "bottom", "pad": {"b": 4}}
    axis = {"visible": False, "showgrid": False}
    drawing.update_layout(
        template="plotly_white", height=600, margin={"l": 0, "r": 0, "t": 104, "b": 0}, xaxis=axis, yaxis=axis,
        dragmode="pan", modebar={"orientation": "v"}, legend={"orientation": "h", "y": 0},
        hoverlabel={"bgcolor": "white"},
        updatemenus=[{**menu, "buttons": views, "y": 1.11}, {**menu, "buttons": times, "y": 1.0}],
    )  # fmt: skip
    text = (
        "Drag to move, scroll to zoom, hover for a member's numbers, choose layer and time above. The fainter a tie, "
        f"the less sure; thick from {THICK:.0f} on."
    )
    return figures.moving(drawing, f"{text} {source}", name="guyub-map", config=CONFIG)


def _changes(frame: go.Frame) -> go.Frame:
    """The frame with what changes from period to period, so that the layer chosen stays chosen."""
    *lines, signs = frame.data
    changed = [go.Scatter(x=line.x, y=line.y) for line in lines]
    return go.Frame(name=frame.name, data=[*changed, go.Scatter(text=signs.text, marker={"size": signs.marker.size})],
                    traces=list(range(len(frame.data))))  # fmt: skip


def _lines(ties: pd.DataFrame, place: Places) -> Iterator[go.Scatter]:
    """A layer's ties as lines: for each degree of sureness, the thin and the thick ones."""
    level, thick = sureness(ties), (ties["weight"] >= THICK).to_numpy()
    for number, (_, opacity, word) in enumerate(SURENESS):
        for wide in (False, True):
            part = ties[(level == number) & (thick == wide)]
            ends = [(place[a], place[b]) for a, b in zip(part["source"], part["target"], strict=True)]
            x, y = ([value for a, b in ends for value in (_at(a, i), _at(b, i), None)] for i in (0, 1))
            yield go.Scatter(
                x=x, y=y, mode="lines", line={"width": 2.5 if wide else 1, "color": f"rgba(51, 51, 51, {opacity})"},
                hoverinfo="skip", name=f"tie is {word}", legendgroup=word, showlegend=not wide,
            )  # fmt: skip


def _at(spot: NDArray[np.float64], axis: int) -> float:
    return round(float(spot[axis]), 3)


def _signs(result: Result, shown: pd.DataFrame, ties: pd.DataFrame, place: Places, period: int) -> go.Scatter:
    """Members as signs, larger for those answered more in the period, in their communities' shapes, with their numbers
    to hover."""
    answers = result.layers[(result.layers["layer"] == REPLY) & (result.layers["period"] == period)]
    got, given = (
        answers.groupby(end)["weight"].sum().reindex(shown["member"]).fillna(0) for end in ("target", "source")
    )
    size = 7 + 21 * np.sqrt(got / max(got.max(), 1))
    lines = [
        f"<b>{name}</b><br>answers {given[name]:.0f} turns<br>is answered {got[name]:.0f} times" for name in got.index
    ]
    if period == 0:
        lines = [f"{line}{more}" for line, more in zip(lines, _numbers(result, shown), strict=True)]
    where = np.round([place[member] for member in shown["member"]], 3)
    marker = {"size": size.round(1).tolist(), "symbol": [_shape(community)[0] for community in shown["community"]],
              "color": figures.COLOURS["interval"], "line": {"width": 1, "color": "white"}, "opacity": 1}  # fmt: skip
    return go.Scatter(
        x=where[:, 0].tolist(), y=where[:, 1].tolist(), mode="markers", marker=marker, text=lines, hoverinfo="text",
        name="members (shape: community)",
    )  # fmt: skip


def _numbers(result: Result, shown: pd.DataFrame) -> Iterator[str]:
    """A member's measures over the whole time with their link-uncertainty intervals, for hovering."""
    observed = result.scores[result.scores["of"] == OBSERVED].set_index(["member", "measure"])
    for row in shown.itertuples():
        said = [
            f"{label} {numbers['value']:.{decimals}f} ({numbers['low']:.{decimals}f} to {numbers['high']:.{decimals}f})"
            for measure, label, decimals in HOVERED
            for numbers in [observed.loc[(row.member, measure)]]
            if not np.isnan(numbers["value"])
        ]
        core = f"core in {wording.percent(observed.loc[(row.member, 'core'), 'value'])} of reply graphs"
        yield "<br>" + "<br>".join([*said, core, f"community {row.community + 1}"])


HOVERED = (
    ("answered_by", "answered by members:", 0),
    ("got_per_turn", "answers per turn written:", 2),
    ("betweenness", "betweenness", 0),
    ("pagerank", "PageRank", 3),
    ("constraint", "constraint", 2),
)
