"""Epistemic networks drawn: codes as discs, connections as lines, units as marks among them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from analysis import figures, wording
from analysis.arrays import Floats
from analysis.codebook import Codebook
from analysis.errors import stage
from analysis.themes.chat import SETTINGS, ChatNetwork
from analysis.themes.ena import EpistemicNetwork, pairs
from analysis.themes.page import colour, readable

LINES_DRAWN = 24  # connections that are drawn, the strongest first
WIDEST = 7.0  # points, of the strongest connection
COMMITTEE, INFORMAL = SETTINGS
SETTING_COLOURS = {COMMITTEE: figures.COLOURS["coordination"], INFORMAL: figures.COLOURS["informal_interaction"]}
PLACES = [(0, 8, "center"), (0, -17, "center"), (8, -4, "left"), (-8, -4, "right"), (0, 20, "center")]
PLACES += [(0, -29, "center")]  # points right and up of a disc, and the label's side


@stage
def network_figure(
    network: EpistemicNetwork, codebook: Codebook, window: int, *, offices: Collection[str], quotable: Collection[str]
) -> figures.Figure:
    """The themes' mean network with the participants in it.

    offices: members who hold an office. quotable: members who may be shown by themselves.
    """
    mean = network.lines.mean()
    _, axes = figures.canvas(height=5.6)
    _edges(axes, network, mean, figures.COLOURS["null"], "-", mean.max())
    points, times = spread_points(network)
    office, shown = (network.points.index.isin(list(people)) for people in (offices, quotable))
    for mark, label, chosen in (("o", "participant", ~office), ("s", "participant with an office", office)):
        axes.plot(*points[chosen & shown].T, mark, mfc="none", mec=figures.COLOURS["all"], ms=6, label=label)
    _frame(axes, f"first dimension ({_share(network, 0)})", f"second dimension ({_share(network, 1)})")
    _nodes(axes, network, mean, [colour(codebook, code) for code in network.codes])
    axes.set_title(f"Most often connected: {readable(str(mean.idxmax())).replace(' & ', ' and ')}")
    text = (
        f"Discs: themes; lines: how strongly participants connect them within {window} turns (the "
        f"{LINES_DRAWN} strongest). Small marks: participants{_drawn_out(times)}; "
        f"who connects a pair of themes more is nearer to it.{_unplaced(int((~shown).sum()), 'participant')}"
    )
    return figures.titled(axes, text)


@stage
def chat_figure(chat: ChatNetwork, codebook: Codebook, *, quotable: Collection[str]) -> figures.Figure:
    """The chats' codes: which connections are stronger in informal chats, and which in the committee's."""
    network, informal = chat.network, chat.informal
    difference = network.lines[informal].mean() - network.lines[~informal].mean()
    shown = chat.member.isin(list(quotable)).to_numpy()
    _, axes = figures.canvas(height=5.4)
    points, times = spread_points(network)
    drawn = ((INFORMAL, 1, "-", "^", informal), (COMMITTEE, -1, "--", "s", ~informal))
    for setting, sign, style, mark, chosen in drawn:
        stronger, hue = (sign * difference).clip(lower=0), SETTING_COLOURS[setting]
        _edges(axes, network, stronger, hue, style, difference.abs().max())
        axes.plot(*points[chosen & shown].T, mark, mfc="none", mec=hue, ms=6, label=f"member in {setting} chat")
    _frame(axes, f"from the committee's mean to the informal one ({_share(network, 0)})",
           f"second dimension ({_share(network, 1)})")  # fmt: skip
    _nodes(axes, network, network.lines.mean(), [colour(codebook, code) for code in network.codes])
    most = readable(str(difference.idxmax())).replace(" & ", " with ")
    axes.set_title(
        f"Of what informal chats connect more, the difference is largest for {most}"
        if difference.max() > 0
        else "Informal chats connect nothing more than the committee's"
    )
    text = (
        "Solid lines: connections that members make more in informal chats; dashed: more in the committee's. "
        f"Marks: members{_drawn_out(times)}.{_unplaced(int((~shown).sum()), 'mark')}"
    )
    return figures.titled(axes, text)


def _drawn_out(times: int) -> str:
    """How much further than they are marks are drawn; empty where they are in their places."""
    return f", drawn {times} times as far from the middle as they are" if times > 1 else ""


def _unplaced(number: int, what: str) -> str:
    """A sentence on those who count in the lines and have no mark of their own; empty where there are none."""
    return f" Counted in the lines and not drawn: {wording.count(number, what)}." if number else ""


def _share(network: EpistemicNetwork, dimension: int) -> str:
    return f"{wording.percent(network.variance[dimension])} of the variance"


def spread_points(network: EpistemicNetwork) -> tuple[Floats, int]:
    """Units' places on the first two dimensions, drawn out to the codes' reach, and how many times (1 or more)."""
    points = network.points.iloc[:, :2].to_numpy()
    reach, own = np.abs(network.nodes.iloc[:, :2].to_numpy()).max(axis=0), np.abs(points).max(axis=0)
    times = max(1, int((0.8 * reach / np.where(own > 0, own, np.inf)).min()))
    return points * times, times


def _edges(axes: Axes, network: EpistemicNetwork, weight: pd.Series, hue: str, style: str, widest: float) -> None:
    """Lines between codes as wide as their weight, the strongest LINES_DRAWN only; widest: the weight drawn widest."""
    at = network.nodes.iloc[:, :2].to_numpy()
    strong = weight.rank(ascending=False, method="first") <= LINES_DRAWN
    for value, drawn, (a, b) in zip(weight, strong, pairs(len(at)), strict=True):
        if drawn and value > 0:
            width = 0.4 + WIDEST * value / widest
            axes.plot(*at[[a, b]].T, style, color=hue, lw=width, alpha=0.7, zorder=1, solid_capstyle="round")


def _nodes(axes: Axes, network: EpistemicNetwork, weight: pd.Series, hues: Sequence[str]) -> None:
    """Discs and labels of the codes; a disc's area follows its code's total weight."""
    at = network.nodes.iloc[:, :2].to_numpy()
    total = np.zeros(len(at))
    for value, (a, b) in zip(weight, pairs(len(at)), strict=True):
        total[[a, b]] += value
    axes.scatter(at[:, 0], at[:, 1], s=30 + 170 * total / max(total.max(), 1e-12), c=list(hues), zorder=3)
    box = {"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75}
    labels = [
        axes.annotate(readable(name), place, PLACES[0][:2], textcoords="offset points", fontsize=9, zorder=4, bbox=box)
        for name, place in zip(network.codes, at, strict=True)
    ]
    _separate(axes, labels, at)


def _separate(axes: Axes, labels: Sequence[Annotation], at: Floats) -> None:
    """Give each label the first of PLACES at which it covers no other label and no disc, else the first of all."""
    axes.figure.canvas.draw()
    discs = axes.transData.transform(at)
    taken: list = []
    for label in labels:
        for x, y, side in (*PLACES, PLACES[0]):
            label.set(position=(x, y), ha=side)
            box = label.get_window_extent().padded(1)
            free = not any(box.overlaps(other) for other in taken) and not box.count_contains(discs)
            if free:
                break
        taken.append(box)


def _frame(axes: Axes, across: str, up: str) -> None:
    axes.axhline(0, color=figures.COLOURS["null"], lw=0.5, zorder=0)
    axes.axvline(0, color=figures.COLOURS["null"], lw=0.5, zorder=0)
    axes.margins(0.12)
    axes.set(xlabel=across, ylabel=up)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=2)
