"""Network: the sociogram to explore; the fainter a tie, the less sure it is. For print there is the matrix.

Only members who agreed to be shown by themselves are drawn; the others count in sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from IPython.display import HTML
from numpy.typing import NDArray
from sklearn.manifold import MDS

from analysis import figures, wording
from analysis.errors import InputError, stage
from analysis.network.layers import REPLY
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
THICK = 10.0  # turns (or conversations) from which a tie is drawn thick
SHAPES = {
    "circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "cross": "P", "star": "*", "hexagon": "h",
    "triangle-down": "v",
}  # fmt: skip

CONFIG = {
    "scrollZoom": True, "displayModeBar": True,  # with buttons to zoom, as a phone cannot scroll to zoom
    "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "zoom2d", "autoScale2d"],
}  # fmt: skip

Places = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Sociogram:
    """What is drawn. everyone: a row a member; agreed: the rows of members who agreed to be shown by themselves.

    members: the DRAWN of them with the most answers, given and received; ties: theirs in every layer and period, of at
    least the least weight; places: where each member is drawn.
    """

    everyone: pd.DataFrame
    agreed: pd.DataFrame
    members: pd.DataFrame
    ties: pd.DataFrame
    places: Places


@stage
def laid_out(members: pd.DataFrame, layers: pd.DataFrame, agreed: Collection[str], *, least: float) -> Sociogram:
    """The sociogram of who agreed, of ties of at least `least`. Raises InputError when no answer has that weight."""
    named = members[members["member"].isin(agreed)]
    strength = named["in_strength"] + named["out_strength"]
    shown = named.loc[strength.sort_values(ascending=False, kind="stable").index[:DRAWN]]
    among = layers["source"].isin(shown["member"]) & layers["target"].isin(shown["member"])
    ties = layers[among & (layers["weight"] >= least)]
    if _answers(ties).empty:
        raise InputError("no tie between members who agreed to be shown by themselves reaches the least weight")
    return Sociogram(members, named, shown, ties, places(_graph(shown, ties)))


def places(graph: Any) -> Places:
    """Coordinates of members by stress majorisation of their answers (Gansner, Koren and North 2004).

    The middle is then spread out, where members would hide each other; members without ties are in a row below. Run
    until it converges, it gives the same places on every machine, which Kamada and Kawai's descent does not.
    """
    tied = nx.Graph(graph)
    alone = sorted(nx.isolates(tied))
    tied.remove_nodes_from(alone)
    row = zip(alone, np.linspace(-1, 1, len(alone) + 2)[1:-1], strict=True)
    below = {name: np.array([x, -1.25]) for name, x in row}
    return dict(zip(tied, _majorised(tied), strict=True)) | below if len(tied) else below


def _majorised(tied: nx.Graph) -> NDArray[np.float64]:
    """Spots at distances like the shortest paths, stronger ties being shorter; members without a path are far away."""
    for _, _, tie in tied.edges(data=True):
        tie["distance"] = tie["weight"] ** -0.25
    lengths = nx.floyd_warshall_numpy(tied, weight="distance")
    distances = np.minimum(lengths, 1.5 * lengths[np.isfinite(lengths)].max())
    steps = {"n_init": 1, "init": "classical_mds", "max_iter": 20_000, "eps": 1e-14, "normalized_stress": False}
    spots = nx.rescale_layout(MDS(metric="precomputed", **steps).fit_transform(distances))
    far = np.linalg.norm(spots, axis=1, keepdims=True)  # each moves outward in its direction, the outermost stays
    return spots * np.divide(far.max(), far, out=np.ones_like(far), where=far > 0) ** SPREAD


def _graph(shown: pd.DataFrame, ties: pd.DataFrame) -> Any:
    graph: Any = nx.from_pandas_edgelist(_answers(ties), "source", "target", "weight", create_using=nx.DiGraph)
    graph.add_nodes_from(shown["member"])
    return graph


def _answers(ties: pd.DataFrame) -> pd.DataFrame:
    return ties[(ties["layer"] == REPLY) & (ties["period"] == 0)]


def sureness(ties: pd.DataFrame) -> NDArray[np.intp]:
    """The level of SURENESS of each tie, by the lower end of its interval as a share of its weight: shape (ties,)."""
    share = (ties["low"] / ties["weight"]).to_numpy(float)
    return np.argmax(share[:, None] >= np.array([least for least, _, _ in SURENESS]), axis=1)


def _shape(community: int) -> tuple[str, str]:
    """The sign of a community, by plotly's name and matplotlib's."""
    return list(SHAPES.items())[community % len(SHAPES)]


@stage
def say_replies(members: pd.DataFrame, scores: pd.DataFrame, agreed: Collection[str], *, least: float) -> str:
    """The member who is answered most, and how many are not answered at all."""
    alone = int((members["out_strength"] + members["in_strength"] < least).sum())
    shown = members[members["member"].isin(agreed)]
    unanswered = f"{wording.count(alone, 'member')} {'is' if alone == 1 else 'are'} without any answer."
    if hidden := len(members) - len(shown):
        unanswered += f" {wording.count(hidden, 'member')} {'counts' if hidden == 1 else 'count'} in sums only."
    if shown.empty:
        return f"No member agreed to be shown by themselves; {unanswered}"
    most = shown.nlargest(1, "in_strength").iloc[0]
    if not most["in_strength"]:
        return f"No member who agreed to be shown was answered. Of all, {unanswered}"
    rows = scores.query("of == @OBSERVED and member == @most['member']").set_index("measure")
    times = f"{rows.loc['in_strength', 'low']:,.0f} to {rows.loc['in_strength', 'high']:,.0f}"
    return f"Of those shown, {most['member']} is answered most, about {most['in_strength']:,.0f} times ({times})."


def pairs(ties: pd.DataFrame) -> pd.DataFrame:
    """Ties of one layer and period with both directions added up: source, target (in order of name), weight, low."""
    ends = ties[["source", "target"]]
    both = ties.assign(source=ends.min(axis=1), target=ends.max(axis=1))
    return both.groupby(["source", "target"], as_index=False)[["weight", "low"]].sum()


def _kinds(ties: pd.DataFrame) -> list[str]:
    return [layer for layer in VIEWS if layer in set(ties["layer"])]


def _periods(ties: pd.DataFrame) -> dict[int, str]:
    """What each period is called."""
    when = ties.drop_duplicates("period").sort_values("period")
    return {row.period: "whole time" if row.period == 0 else f"until {row.end:%-d %b %Y}" for row in when.itertuples()}


def interactive(chart: Sociogram, layers: pd.DataFrame, scores: pd.DataFrame, source: str) -> HTML:
    """The sociogram to drag and zoom. layers: of all members; scores: structure.scores_summary; source: of the data."""
    text = (
        "Drag to move, scroll to zoom, hover for a member's numbers, choose layer and time above. The fainter a tie, "
        f"the less sure; thick from {THICK:.0f} on. {source}"
    )
    return figures.moving(_interactive(chart, layers, scores), text, name="guyub-map", config=CONFIG)


@stage
def _interactive(chart: Sociogram, layers: pd.DataFrame, scores: pd.DataFrame) -> go.Figure:
    ties, place, when, kinds = chart.ties, chart.places, _periods(chart.ties), _kinds(chart.ties)
    frames = []
    for period, label in when.items():
        part = ties[ties["period"] == period]
        lines = [line for layer in kinds for line in _lines(pairs(part[part["layer"] == layer]), place)]
        frames.append(go.Frame(name=label, data=[*lines, _signs(chart, layers, scores, period)]))
    drawing = go.Figure(data=frames[0].data, frames=[_changes(frame) for frame in frames])
    each = len(SURENESS) * 2
    for number, trace in enumerate(drawing.data[:-1]):
        trace.update(visible=number < each)
    visible = [[*np.repeat(np.arange(len(kinds)) == place_of, each).tolist(), True] for place_of in range(len(kinds))]
    views = [
        {"label": VIEWS[layer], "method": "restyle", "args": ["visible", seen]}
        for layer, seen in zip(kinds, visible, strict=True)
    ]
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
    return drawing


def _changes(frame: go.Frame) -> go.Frame:
    """The frame with what changes from period to period, so that the layer chosen stays chosen."""
    *lines, signs = frame.data
    changed = [go.Scatter(x=line.x, y=line.y) for line in lines]
    changed.append(go.Scatter(text=signs.text, marker={"size": signs.marker.size}))
    return go.Frame(name=frame.name, data=changed, traces=list(range(len(changed))))


def _lines(ties: pd.DataFrame, place: Places) -> Iterator[go.Scatter]:
    """A layer's ties as lines: for each level of SURENESS, the thin and the thick ones."""
    level, thick = sureness(ties), (ties["weight"] >= THICK).to_numpy()
    for number, (_, opacity, word) in enumerate(SURENESS):
        for wide in (False, True):
            part = ties[(level == number) & (thick == wide)]
            ends = np.round([[place[a], place[b]] for a, b in zip(part["source"], part["target"], strict=True)], 3)
            x, y = ([value for a, b in ends.tolist() for value in (a[i], b[i], None)] for i in (0, 1))
            yield go.Scatter(
                x=x, y=y, mode="lines", line={"width": 2.5 if wide else 1, "color": f"rgba(51, 51, 51, {opacity})"},
                hoverinfo="skip", name=f"tie is {word}", legendgroup=word, showlegend=not wide,
            )  # fmt: skip


def _signs(chart: Sociogram, layers: pd.DataFrame, scores: pd.DataFrame, period: int) -> go.Scatter:
    """Members as signs, larger for those answered more in the period, in the shapes of their communities."""
    shown, answers = chart.members, layers[(layers["layer"] == REPLY) & (layers["period"] == period)]
    sums = (answers.groupby(end)["weight"].sum() for end in ("target", "source"))
    got, given = (by_member.reindex(shown["member"]).fillna(0) for by_member in sums)
    size = 7 + 21 * np.sqrt(got / max(got.max(), 1))
    turns = zip(got.index, given, got, strict=True)
    lines = [f"<b>{name}</b><br>answers {gave:.0f} turns<br>is answered {had:.0f} times" for name, gave, had in turns]
    if period == 0:
        lines = [f"{line}{more}" for line, more in zip(lines, _numbers(scores, shown), strict=True)]
    where = np.round([chart.places[member] for member in shown["member"]], 3)
    marker = {"size": size.round(1).tolist(), "symbol": [_shape(community)[0] for community in shown["community"]],
              "color": figures.COLOURS["interval"], "line": {"width": 1, "color": "white"}, "opacity": 1}  # fmt: skip
    return go.Scatter(
        x=where[:, 0].tolist(), y=where[:, 1].tolist(), mode="markers", marker=marker, text=lines, hoverinfo="text",
        name="members (shape: community)",
    )  # fmt: skip


def _numbers(scores: pd.DataFrame, shown: pd.DataFrame) -> Iterator[str]:
    """A member's measures over the whole time with their link-uncertainty intervals, to hover for."""
    observed = scores[scores["of"] == OBSERVED].set_index(["member", "measure"])
    for row in shown.itertuples():
        measures = [
            f"{label} {numbers['value']:.{decimals}f} ({numbers['low']:.{decimals}f} to {numbers['high']:.{decimals}f})"
            for measure, label, decimals in HOVERED
            for numbers in [observed.loc[(row.member, measure)]]
            if not np.isnan(numbers["value"])
        ]
        core = f"core in {wording.percent(observed.loc[(row.member, 'core'), 'value'])} of reply graphs"
        yield "<br>" + "<br>".join([*measures, core, f"community {row.community + 1}"])


HOVERED = (
    ("answered_by", "answered by members:", 0), ("got_per_turn", "answers per turn written:", 2),
    ("betweenness", "betweenness", 0), ("pagerank", "PageRank", 3), ("constraint", "constraint", 2),
)  # fmt: skip
