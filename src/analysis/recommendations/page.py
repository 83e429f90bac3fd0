"""Recommendations: the figures and sentences of the chapter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import figures, wording
from analysis.arrays import Flags, Floats
from analysis.errors import Missing, stage
from analysis.recommendations.diffusion import SCENARIOS
from analysis.recommendations.step import Gain


@stage
def answer(reached: Mapping[str, Floats]) -> str:
    """The page's answer in one sentence. reached: the cascades by scenario."""
    now, flexible = (_percent(float(reached[name][:, -1].mean())) for name in SCENARIOS)
    steps = wording.count(reached["as now"].shape[1] - 1, "step")
    return (
        f"In the what-if, a piece of business news reaches {now} % of the members within {steps} as it is shared now, "
        f"and {flexible} % if everyone who hears of it passes it on."
    )


@stage
def scenarios_table(passes_on: Mapping[str, Flags]) -> pd.DataFrame:
    """Each scenario, its assumption, and how many members pass news on."""
    rows = [(name, SCENARIOS[name], f"{who.sum()} of {who.size}") for name, who in passes_on.items()]
    return pd.DataFrame(rows, columns=["scenario", "assumption", "members who pass on"])


@stage
def hearing_table(network: sparse.csr_array) -> pd.DataFrame:
    """How many ties there are among the pairs, and the chance that news takes one: median, highest."""
    members, chance = network.shape[0], network.data
    row = (members, f"{chance.size} of {members * (members - 1)}", np.median(chance), chance.max())
    return pd.DataFrame([row], columns=["members", "pairs with a tie", "median chance", "highest chance"])


def _percent(share: float) -> str:
    """A share in percent with one decimal, so that differences of shares agree with the shares."""
    return wording.number(100 * share, 1)


@stage
def reach_figure(curves: pd.DataFrame, gain: Gain) -> figures.Figure:
    """Members reached step by step under each scenario. curves: as diffusion.curves gives them."""
    _, axes = figures.canvas(height=3.8)
    styles = {"as now": ("all", "--"), "flexible": ("information_sharing", "-")}
    for name, (colour, line) in styles.items():
        curve = 100 * curves[curves["scenario"] == name].set_index("step")[["mean", "low", "high"]]
        hue = figures.COLOURS[colour]
        axes.fill_between(curve.index, curve["low"], curve["high"], color=hue, alpha=0.15, lw=0)
        axes.plot(curve.index, curve["mean"], line, color=hue, lw=2, label=f"{name}: {SCENARIOS[name]}")
    axes.set(xlabel="steps of passing on", ylabel="members reached (%)", ylim=(0, 105))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.18))
    axes.set_title(f"If everyone passed news on, it would reach {_percent(gain.value)} more of every 100 members")
    text = "Lines: mean over the simulation's pieces of news; bands: the middle 80 % of them, overlapping where darker."
    return figures.titled(axes, text)


@stage
def say_reach(gain: Gain) -> str:
    """R1's number in words."""
    return (
        f"If all passed news on, {_percent(gain.value)} more of every 100 members would be reached "
        f"({wording.between(100 * gain.low, 100 * gain.high, 1)}, the simulation's own error)."
    )


def page_checks(curves: pd.DataFrame | Missing) -> list[tuple[str, object, bool]]:
    """What must hold on this page; nothing where there are no curves."""
    if isinstance(curves, Missing):
        return []
    mean = curves.pivot_table(index="step", columns="scenario", values="mean", observed=False)
    ordered = bool((mean["flexible"] >= mean["as now"] - 1e-12).all())
    rising = bool((mean.diff().dropna() >= -1e-12).all(axis=None))
    return [
        ("more passing on never reaches fewer", len(mean), ordered),
        ("reach never falls from step to step", len(mean), rising),
    ]
