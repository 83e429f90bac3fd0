"""The figures of the chapter `themes`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import figures, wording
from analysis.codebook import Codebook
from analysis.themes.interviews import SIDES, Saturated
from analysis.themes.step import Result

PAIRS_DRAWN = 10
HEADINGS = {"helps": "helps", "hinders": "hinders", "weighs": "is weighed"}


def readable(theme: str) -> str:
    """A code's name as words."""
    return theme.replace("_", " ")


def colour(codebook: Codebook | None, theme: str) -> str:
    """The house's colour of the topmost code above a theme."""
    return figures.COLOURS.get(codebook.top(theme) if codebook else "", figures.COLOURS["all"])


def prevalence_figure(result: Result) -> figures.Figure:
    """How many participants voice each theme, by side."""
    found = result.interviews
    if found is None:
        return figures.nothing(result.why("interviews"))
    ordered = found.counts.assign(at=found.counts["side"].map(SIDES.index)).sort_values(
        ["at", "participants"], ascending=[False, True], kind="stable"
    )
    steps = (ordered["side"] != ordered["side"].shift()).cumsum().to_numpy()
    height = np.arange(len(ordered)) + 0.9 * steps
    drawing, axes = figures.canvas(height=1.2 + 0.27 * (len(ordered) + steps.max()))
    colours = [colour(result.codebook, theme) for theme in ordered["theme"]]
    axes.barh(height, ordered["participants"], color=colours, height=0.7)
    for y, row in zip(height, ordered.itertuples(), strict=True):
        label = f"{row.participants} of {row.of}{_under(result.codebook, row.theme)}"
        axes.text(row.participants + 0.1, y, label, va="center", fontsize=9)
    for side, group in pd.DataFrame({"side": ordered["side"].to_numpy(), "y": height}).groupby("side"):
        axes.text(0, group["y"].max() + 0.45, f" What {HEADINGS[side]}", fontsize=9, fontweight="bold", va="bottom")
    axes.set_yticks(height, [readable(theme) for theme in ordered["theme"]])
    axes.set(xlabel="participants who voice it", xlim=(0, len(found.matrix) * 1.5), ylim=(0, height.max() + 1.3))
    axes.set_title(_prevalence_title(ordered))
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= len(found.matrix)])
    text = (
        "Bars: in how many interviews a theme is found at least once; behind each, and by colour, the code above it in "
        "the codebook."
    )
    said = "; ".join(f"{readable(r.theme)} {r.participants} of {r.of}" for r in ordered[::-1].itertuples())
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {said}.", text)


def _under(codebook: Codebook | None, theme: str) -> str:
    """The topmost code above a theme, where there is one, in words behind its bar."""
    top = codebook.top(theme) if codebook else theme
    return f", {readable(top)}" if top != theme else ""


def _prevalence_title(counts: pd.DataFrame) -> str:
    parts = []
    for side, verb in zip(SIDES[:2], ("help", "hinder"), strict=True):
        themes, share = leading(counts, side)
        if themes:
            parts.append(f"{wording.listed(themes)} {verb}{'s' * (len(themes) == 1)} most ({share})")
    return "; ".join(parts).capitalize() or "No theme is voiced"


def leading(counts: pd.DataFrame, side: str) -> tuple[list[str], str]:
    """The themes of a side that most participants voice, by name, and how many do ("9 of 12"); none if nobody does."""
    rows = counts[(counts["side"] == side) & (counts["participants"] > 0)]
    top = rows[rows["participants"] == rows["participants"].max()].sort_values("theme")
    return [readable(theme) for theme in top["theme"]], f"{rows['participants'].max()} of {rows['of'].max()}"


def together_figure(result: Result) -> figures.Figure:
    """The pairs of themes that stand close together, beside what chance gives."""
    found = result.interviews
    if found is None or found.together.empty:
        return figures.nothing(result.why("interviews") or "no two themes occur")
    top = found.together.head(PAIRS_DRAWN)[::-1].reset_index(drop=True)
    drawing, axes = figures.canvas(height=1.3 + 0.3 * len(top))
    axes.hlines(top.index, top["expected"], top["together"], color=figures.COLOURS["null"], lw=2)
    axes.plot(top["expected"], top.index, "|", color=figures.COLOURS["all"], ms=12, mew=2, label="expected by chance")
    axes.plot(top["together"], top.index, "o", color=figures.COLOURS["exchange"], ms=7, label="observed")
    axes.set_yticks(
        top.index, [f"{readable(a)} and {readable(b)}" for a, b in zip(top["theme_a"], top["theme_b"], strict=True)]
    )
    axes.set(xlabel=f"times close together (within {result.rule.window} turns)", xlim=(0, None))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2)
    beyond = int((found.together["p_adjusted"] <= result.rule.alpha).sum())
    pairs_found = wording.count(len(found.together), "pair")
    axes.set_title(
        f"{beyond or 'None'} of {pairs_found} of themes {'stands' if beyond == 1 else 'stand'} together beyond chance"
    )
    text = "The pairs furthest beyond chance. Marks: mean of the shuffled interviews; dots: observed."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def band(saturated: Saturated) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Codes found after each interview, between which 90 % of the random orders lie: low, high, shape (interviews,)."""
    low, high = np.quantile(saturated.found, [0.05, 0.95], axis=0)
    return low, high


def saturation_figure(result: Result) -> figures.Figure:
    """Codes found so far over the interviews, in their order and in random orders."""
    found = result.interviews
    if found is None:
        return figures.nothing(result.why("interviews"))
    saturated = found.saturated
    if saturated.result is None:
        return figures.nothing(result.why("saturation"))
    curve = saturated.result.curve
    low, high = band(saturated)
    drawing, axes = figures.canvas(height=3.6)
    axes.fill_between(
        curve["interview"], low, high, color=figures.COLOURS["null"], alpha=0.6, lw=0, label="90 % of random orders"
    )
    axes.plot(curve["interview"], curve["found"], "o-", color=figures.COLOURS["all"], lw=2, label="as interviewed")
    reached = saturated.result.reached
    if reached is not None:
        axes.axvline(reached, color=figures.COLOURS["exchange"], ls="--", lw=1.5, label="saturation reached")
    axes.set(xlabel="interviews", ylabel=f"codes {saturated.basis} so far", ylim=(0, None), xticks=curve["interview"])
    axes.legend(loc="lower right")
    axes.set_title(
        f"Nothing much is new after interview {reached}"
        if reached is not None
        else "The interviews do not saturate the codes"
    )
    text = "Line: codes found so far. Band: where the line runs in 90 % of random orders of the same interviews."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)
