"""Network: the interactive sociogram; the fainter a tie, the less certain it is.

Drawn here as a static picture (for print, JupyterLab, and without JavaScript); book/_static/map.js makes it
interactive, from the data embedded with it. Only members who agreed to be shown by themselves are drawn; the others
count in sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from IPython.display import HTML
from sklearn.manifold import MDS

from analysis import figures, wording
from analysis.arrays import Floats
from analysis.errors import InputError, stage
from analysis.network import matrix
from analysis.network.layers import REPLY
from analysis.network.structure import OBSERVED

DRAWN = 60  # members drawn at most: those with the most answers
VIEWS = {  # by layer: what its ties are, and what a tie counts
    "reply": ("who answers whom", "answers"),
    "informal": ("who answers whom in informal talk", "answers"),
    "business": ("who answers whom in business talk", "answers"),
    "mention": ("who names whom", "times"),
    "company": ("who is in the same conversations", "conversations"),
}
SURE = 50  # % of a tie's weight that its interval's lower end must reach, as set at first
SPREAD = 0.4  # of the members' places. 0: as stress majorisation gives them; 1: all on the rim
SHAPES = {  # of groups, as SVG paths of about the same area around (0, 0); groups beyond the last begin again
    "circle": "M-1,0A1,1 0 1,0 1,0A1,1 0 1,0 -1,0Z", "square": "M-.88,-.88H.88V.88H-.88Z",
    "triangle": "M0,-1.3L1.15,.75H-1.15Z", "diamond": "M0,-1.25L1.25,0L0,1.25L-1.25,0Z",
    "plus": "M-.42,-1.1H.42V-.42H1.1V.42H.42V1.1H-.42V.42H-1.1V-.42H-.42Z",
    "hexagon": "M1.1,0L.55,.95H-.55L-1.1,0L-.55,-.95H.55Z", "triangle down": "M0,1.3L1.15,-.75H-1.15Z",
}  # fmt: skip
WIDE = (680, 560)  # px: of the drawing on a page
MARGIN = 40  # px around the members
LEAST, MOST = 5, 11  # px: radius of a member who is never answered, and what the most answered one has in addition
LETTER, LINE = 6.9, 12  # px: width of a letter and height of a code
SIDES = (("start", 1, 0), ("end", -1, 0), ("middle", 0, -1), ("middle", 0, 1))  # where a code may stand: anchor, x, y

Places = dict[str, Floats]


@dataclass(frozen=True)
class Sociogram:
    """The members and ties to draw. everyone: one row per member; agreed: the rows of those who agreed to be shown.

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
    """The sociogram of the members who agreed, with ties of at least `least`. Raises InputError when no reply tie
    among them has that weight."""
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


def _majorised(tied: nx.Graph) -> Floats:
    """Places at distances that match the shortest paths, stronger ties being shorter; members without a path are far
    away."""
    for _, _, tie in tied.edges(data=True):
        tie["distance"] = tie["weight"] ** -0.25
    lengths = nx.floyd_warshall_numpy(tied, weight="distance")
    distances = np.minimum(lengths, 1.5 * lengths[np.isfinite(lengths)].max())
    steps = {"n_init": 1, "init": "classical_mds", "max_iter": 20_000, "eps": 1e-14, "normalized_stress": False}
    spots = nx.rescale_layout(MDS(metric="precomputed", **steps).fit_transform(distances))
    far = np.linalg.norm(spots, axis=1, keepdims=True)  # each moves outward; the outermost stays
    return spots * np.divide(far.max(), far, out=np.ones_like(far), where=far > 0) ** SPREAD


def _graph(shown: pd.DataFrame, ties: pd.DataFrame) -> Any:
    graph: Any = nx.from_pandas_edgelist(_answers(ties), "source", "target", "weight", create_using=nx.DiGraph)
    graph.add_nodes_from(shown["member"])
    return graph


def _answers(ties: pd.DataFrame) -> pd.DataFrame:
    return ties[(ties["layer"] == REPLY) & (ties["period"] == 0)]


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
    value, low, high = rows.loc["in_strength", ["value", "low", "high"]]  # as in the table of members
    return f"Of those shown, {most['member']} is answered most, about {value:,.0f} times ({low:,.0f} to {high:,.0f})."


def pairs(ties: pd.DataFrame) -> pd.DataFrame:
    """Ties of one layer and period with both directions added up: source, target (in order of name), weight, low."""
    ends = ties[["source", "target"]]
    both = ties.assign(source=ends.min(axis=1), target=ends.max(axis=1))
    return both.groupby(["source", "target"], as_index=False)[["weight", "low"]].sum()


def _periods(ties: pd.DataFrame) -> dict[int, str]:
    """The name of each period."""
    when = ties.drop_duplicates("period").sort_values("period")
    return {row.period: "whole time" if row.period == 0 else f"until {row.end:%-d %b %Y}" for row in when.itertuples()}


def interactive(chart: Sociogram, layers: pd.DataFrame, scores: pd.DataFrame, source: str) -> HTML:
    """The sociogram to explore. layers: of all members; scores: structure.scores_summary; source: of the data."""
    return figures.moving(_interactive(chart, layers, scores, source), name="map")


@stage
def _interactive(chart: Sociogram, layers: pd.DataFrame, scores: pd.DataFrame, source: str) -> figures.Moving:
    data = _data(chart, layers, scores)
    text = (
        "Each sign is a member, larger if answered more; its shape is the group of the matrix above. An expected "
        "tie is thicker the more it counts and fainter the further down its interval reaches. In print: all talk of "
        f"the whole time, ties whose interval's lower end is at least {SURE} % of their weight. {source}"
    )
    alt = f"Map of who answers whom: {wording.count(len(chart.members), 'member')}, each a sign, joined by their ties."
    return figures.Moving(_still(data), data, alt, text)


def _data(chart: Sociogram, layers: pd.DataFrame, scores: pd.DataFrame) -> dict[str, Any]:
    """The data for the drawing and its script, in columns: of members, and of ties (both directions added up)."""
    codes = chart.members["member"].tolist()
    where = _scaled(np.array([chart.places[code] for code in codes]))
    when, kinds = _periods(chart.ties), [layer for layer in VIEWS if layer in set(chart.ties["layer"])]
    got, given = (_answers_of(layers, end, codes, list(when)) for end in ("target", "source"))
    return {
        "members": codes, "x": where[:, 0].tolist(), "y": where[:, 1].tolist(), "group": _groups(chart),
        "got": got.round(1).tolist(), "gave": given.round(1).tolist(), "said": list(_numbers(scores, codes)),
        "layers": [VIEWS[layer] for layer in kinds], "periods": list(when.values()), "sure": SURE,
        "size": [*WIDE, MARGIN, LEAST, MOST], "ties": _columns(chart.ties, codes, kinds, list(when)),
    }  # fmt: skip


def _scaled(spots: Floats) -> Floats:
    """Places as shares of the drawing's width and height, from the top left: shape (members, 2)."""
    low, span = spots.min(axis=0), np.ptp(spots, axis=0)
    shares = np.divide(spots - low, span, out=np.full_like(spots, 0.5), where=span > 0)
    return np.round(np.column_stack([shares[:, 0], 1 - shares[:, 1]]), 3)


def _groups(chart: Sociogram) -> list[int]:
    """The group of each member as the matrix numbers them, from 1; 0 without ties."""
    order = matrix.ordered(chart.agreed)
    tied = order[order["group"] >= 0]
    number = dict(zip(tied["member"], pd.factorize(tied["group"])[0] + 1, strict=True))
    return [int(number.get(member, 0)) for member in chart.members["member"]]


def _answers_of(layers: pd.DataFrame, end: str, codes: list[str], periods: list[int]) -> Floats:
    """Answers given (end: source) or received (target) by each member in each period, over all members' ties; shape
    (periods, members)."""
    answers = layers[layers["layer"] == REPLY]
    sums = answers.pivot_table(index="period", columns=end, values="weight", aggfunc="sum")
    return sums.reindex(index=periods, columns=codes).fillna(0.0).to_numpy()


def _columns(ties: pd.DataFrame, codes: list[str], kinds: list[str], periods: list[int]) -> dict[str, list[Any]]:
    """Pairs of every layer and period: places of layer, period and members (the first drawn first); weight; lower end
    in % of it."""
    parts = [
        pairs(part).assign(layer=kinds.index(layer), period=periods.index(period))
        for (layer, period), part in ties.groupby(["layer", "period"])
    ]
    rows, place = pd.concat(parts), {code: i for i, code in enumerate(codes)}
    ends = np.sort(rows[["source", "target"]].map(place.__getitem__).to_numpy(), axis=1)
    sure = (100 * rows["low"] / rows["weight"]).round()
    columns = pd.DataFrame({"layer": rows["layer"], "period": rows["period"], "a": ends[:, 0], "b": ends[:, 1],
                            "sure": sure.astype(int), "weight": rows["weight"].round(1)})  # fmt: skip
    ordered = columns.sort_values(["layer", "period", "a", "b"])
    return {str(name): column.tolist() for name, column in ordered.items()}


def _sides(where: Floats, radius: Floats, codes: list[str]) -> list[int]:
    """The one of SIDES on which each member's code has room in the printed drawing; -1 if none. map.js does the same.

    where, radius: of the members, the most answered first in line.
    """
    spots = MARGIN + where * (np.array(WIDE) - 2 * MARGIN)
    taken = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(spots, radius, strict=True)]
    sides = [-1] * len(codes)
    for i in np.argsort(-radius, kind="stable"):
        boxes = [_box(spots[i], radius[i], LETTER * len(codes[i]), side) for side in range(len(SIDES))]
        room = [k for k, box in enumerate(boxes) if _inside(box, WIDE) and not any(_overlap(box, t) for t in taken)]
        if room:
            sides[i] = room[0]
            taken.append(boxes[room[0]])
    return sides


Box = tuple[float, float, float, float]  # left, top, right, bottom


def _box(spot: Floats, radius: float, width: float, side: int) -> Box:
    """The box that a member's code would take."""
    anchor, dx, dy = SIDES[side]
    left = spot[0] + dx * (radius + 2) - {"start": 0, "middle": width / 2, "end": width}[anchor]
    middle = spot[1] + dy * (radius + 2 + LINE / 2)
    return left, middle - LINE / 2, left + width, middle + LINE / 2


def _inside(box: Box, size: tuple[int, int]) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _still(data: dict[str, Any]) -> str:
    """The drawing as SVG elements: reply ties of the whole time that are certain enough, and the members above them."""
    where, got = np.column_stack([data["x"], data["y"]]), np.array(data["got"][0])
    spots, radius = MARGIN + where * (np.array(WIDE) - 2 * MARGIN), LEAST + MOST * np.sqrt(got / max(got.max(), 1))
    sides = _sides(where, radius, data["members"])
    rows = pd.DataFrame(data["ties"]).query("layer == 0 and period == 0 and sure >= @SURE")
    lines = "".join(
        f'<path d="M{spots[row.a][0]:.0f},{spots[row.a][1]:.0f}L{spots[row.b][0]:.0f},{spots[row.b][1]:.0f}" '
        f'stroke-width="{thickness(row.weight):.1f}" opacity="{opacity(row.sure):.2f}"/>'
        for row in rows.itertuples()
    )
    members = zip(data["members"], data["group"], spots, radius, sides, strict=True)
    signs = "".join(_sign(*member) for member in members)
    return f'<g class="ties">{lines}</g><g class="members">{signs}</g>'


def thickness(weight: float) -> float:
    """Width of a tie's line, in px; map.js uses the same."""
    return 0.6 + 0.5 * min(weight, 60) ** 0.5


def opacity(sure: float) -> float:
    """Opacity of a tie's line, by the lower end of its interval in % of its weight; map.js uses the same."""
    return 0.12 + 0.006 * sure


def _sign(code: str, group: int, spot: Floats, radius: float, side: int) -> str:
    """A member's SVG: sign, area to touch, and code if it has room."""
    anchor, dx, dy = SIDES[max(side, 0)]
    shape = list(SHAPES.values())[max(group - 1, 0) % len(SHAPES)]
    hidden = "" if side >= 0 else ' class="crowded"'
    return (
        f'<g class="member" transform="translate({spot[0]:.0f},{spot[1]:.0f})"><circle class="reach" r="12"/>'
        f'<path transform="scale({radius:.1f})" d="{shape}"/><text{hidden} x="{dx * (radius + 2):.0f}" '
        f'y="{dy * (radius + 2 + LINE / 2):.0f}" text-anchor="{anchor}" dominant-baseline="central">'
        f"{code}</text></g>"
    )


def _numbers(scores: pd.DataFrame, codes: list[str]) -> Iterator[list[str]]:
    """A member's measures over the whole time with their link-uncertainty intervals."""
    observed = scores[scores["of"] == OBSERVED].set_index(["member", "measure"])
    for code in codes:
        measures = [
            f"{label} {numbers['value']:.{decimals}f} ({numbers['low']:.{decimals}f} to {numbers['high']:.{decimals}f})"
            for measure, label, decimals in MEASURES
            for numbers in [observed.loc[(code, measure)]]
            if not np.isnan(numbers["value"])
        ]
        yield [*measures, f"in the core of {wording.percent(observed.loc[(code, 'core'), 'value'])} of reply graphs"]


MEASURES = (
    ("answered_by", "members who answer:", 0), ("got_per_turn", "answers per turn written:", 2),
    ("betweenness", "betweenness", 0), ("pagerank", "PageRank", 3), ("constraint", "constraint", 2),
)  # fmt: skip
