"""House style: how figures look, and how a notebook shows a figure, a table, a sentence and its checks.

The same colour stands for the same thing in every chapter (COLOURS); the palette (Okabe and Ito 2008) is safe for
colour-blind readers, and colour never carries a meaning alone. Every figure carries alt text and names its source.
"""

from __future__ import annotations

import base64
import html
import io
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import plotly.graph_objects as go
from IPython.display import HTML, Markdown
from matplotlib.axes import Axes
from matplotlib.rcsetup import cycler
from matplotlib.text import Text

from analysis.errors import Missing

COLOURS = {
    "information_sharing": "#0072B2",
    "informal_interaction": "#D55E00",
    "coordination": "#999999",
    "partnership": "#009E73",
    "exchange": "#CC79A7",
    "barriers": "#E69F00",
    "all": "#333333",
    "null": "#BBBBBB",
    "interval": "#56B4E9",
}
WIDTH = 7.0  # inches, the book's text column
DOTS = 144  # per inch
INK = ".15"  # grey, from 0 (black) to 1
STYLE: dict[Any, Any] = {  # seaborn's "ticks" (0.13), written out: its import takes a second and a half in every step
    "font.family": "DejaVu Sans", "font.size": 12, "text.color": INK, "svg.hashsalt": "guyub",
    "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.labelsize": 10,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.linewidth": 1.25, "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "grid.color": ".8", "grid.linewidth": 1,
    "axes.prop_cycle": cycler(color=["#4C72B0", "#DD8452", "#55A868", "#C44E52", "#8172B3", "#937860", "#DA8BC3",
                                         "#8C8C8C", "#CCB974", "#64B5CD"]),
    "legend.fontsize": 9, "legend.title_fontsize": 12, "legend.frameon": False,
    "lines.solid_capstyle": "round", "patch.edgecolor": "w", "patch.force_edgecolor": True,
    **{f"{axis}tick.{name}": value for axis in "xy" for name, value in (
        ("color", INK), ("labelsize", 9), ("major.size", 6), ("major.width", 1.25),
        ("minor.size", 4), ("minor.width", 1))},
}  # fmt: skip
AT_HOME = {"showSendToCloud": False, "displaylogo": False, "responsive": True}  # no button that uploads to plotly


@dataclass(frozen=True)
class Figure:
    """A drawn figure with its words. alt: what a reader who cannot see it needs; caption: what to see."""

    drawing: mpl.figure.Figure
    alt: str
    caption: str


def titled(axes: Axes, caption: str, alt: str = "") -> Figure:
    """The figure that these axes are of; its alt text is their title, and then alt, by default the caption."""
    return Figure(axes.figure.figure, f"{axes.get_title(loc='left')}. {alt or caption}", caption)


def canvas(height: float = 3.6, columns: int = 1, rows: int = 1, **kwargs: Any) -> tuple[mpl.figure.Figure, Any]:
    """A drawing of the book's width (height in inches) in house style; one Axes, or an array of rows x columns."""
    mpl.rcParams.update(STYLE)
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **kwargs)


def absent(missing: Missing) -> HTML:
    """The note in the place of a figure or table that the data do not allow."""
    reason = missing.reason.rstrip(".")
    return HTML(f'<p class="guyub missing">Not shown: {html.escape(reason)}.</p>')


def show(figure: Figure | Missing, source: str) -> HTML:
    """The figure with alt text and caption. source: where the data come from, such as "Simulated data."."""
    if isinstance(figure, Missing):
        return absent(figure)
    figure.drawing.set_dpi(DOTS)  # letters differ in width between resolutions: measure at the one that is saved
    _fit_titles(figure.drawing)
    buffer = io.BytesIO()
    figure.drawing.savefig(buffer, format="png", dpi=DOTS, metadata={"Software": None})
    plt.close(figure.drawing)
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    caption = html.escape(f"{figure.caption} {source}".strip())
    return HTML(
        f'<figure class="guyub"><img alt="{html.escape(figure.alt)}" src="data:image/png;base64,{image}" '
        f'style="max-width:100%"><figcaption>{caption}</figcaption></figure>'
    )


def moving(
    drawing: go.Figure | Missing, caption: str, *, name: str, config: Mapping[str, object] | None = None
) -> HTML:
    """A drawing of plotly's to move in, with its caption; name: its id on the page; config: more for plotly."""
    if isinstance(drawing, Missing):
        return absent(drawing)
    body = drawing.to_html(
        full_html=False, include_plotlyjs=False, div_id=name, config={**(config or {}), **AT_HOME}, auto_play=False
    )
    return HTML(f'<figure class="guyub">{body}<figcaption>{html.escape(caption)}</figcaption></figure>')


def _fit_titles(drawing: mpl.figure.Figure) -> None:
    """Wrap titles that would run out of the drawing on the right, or into the next axes of their row."""
    drawing.canvas.draw()
    for axes in drawing.axes:
        words = axes.get_title(loc="left") or axes.get_title()
        title = next(child for child in axes.get_children() if isinstance(child, Text) and child.get_text() == words)
        box = title.get_window_extent()
        own, *others = (each.get_window_extent() for each in (axes, *drawing.axes))
        starts = [b.x0 for b in others if b.x0 >= own.x1 and b.y0 < own.y1 and b.y1 > own.y0]
        room = min([drawing.bbox.x1, *starts]) - box.x0
        if box.width > 0.98 * room:
            title.set_text(textwrap.fill(title.get_text(), max(12, int(len(title.get_text()) * room / box.width) - 1)))


def table(frame: pd.DataFrame | Missing, caption: str = "", decimals: int = 2) -> HTML:
    """A table for reading: floats rounded, missing values as a dash, text escaped, no index."""
    if isinstance(frame, Missing):
        return absent(frame)
    body = frame.to_html(
        index=False, border=0, classes="guyub", escape=True, na_rep="–", float_format=lambda x: f"{x:,.{decimals}f}"
    )
    note = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return HTML(f'<figure class="guyub guyub-table">{body}{note}</figure>')


def folded(summary: str, content: HTML) -> HTML:
    """Something long behind a line that opens it."""
    return HTML(f"<details><summary>{html.escape(summary)}</summary>{content.data}</details>")


def folded_table(summary: str, frame: pd.DataFrame | Missing, caption: str = "", decimals: int = 2) -> HTML:
    """A long table behind a line that opens it; nothing where it has no rows."""
    if isinstance(frame, Missing):
        return absent(frame)
    return folded(summary, table(frame, caption, decimals)) if len(frame) else HTML("")


def plain(text: str) -> str:
    """Text of a person made safe inside a Markdown sentence: HTML escaped, Markdown and MyST characters too."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|$~:^" else c for c in escaped)


def say(sentence: str | Missing) -> Markdown:
    """A computed sentence, as prose of the page; of a missing result, why it is missing."""
    if isinstance(sentence, Missing):
        return Markdown(f"Not assessable: {plain(sentence.reason.rstrip('.'))}.")
    return Markdown(sentence)


def checks(rows: Iterable[tuple[str, object, bool]] | Missing) -> HTML:
    """The page's own checks: assertion, value, passed. Raises AssertionError when one does not hold."""
    if isinstance(rows, Missing):
        return absent(rows)
    frame = pd.DataFrame(list(rows), columns=["assertion", "value", "passed"])
    broken = frame.loc[~frame["passed"].astype(bool), "assertion"].tolist()
    if broken:
        raise AssertionError(f"checks that do not hold: {'; '.join(broken)}")
    return table(frame.assign(value=frame["value"].astype(str), passed="yes"), "Checks made when this page was run.")
