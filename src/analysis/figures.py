"""House style: how figures look, and how a notebook shows a figure, a table, a sentence and its checks.

The same colour stands for the same thing in every chapter (COLOURS); the palette (Okabe and Ito 2008) is safe for
colour-blind readers, and colour never carries a meaning alone. Every figure carries alt text and names its source.
A figure is drawn twice, for a page and for a phone, as SVG in the page itself, so that its letters keep their size, its
ink follows the page's (guyub.css) and it prints sharp. Its title is text of the page and wraps as such.
"""

from __future__ import annotations

import hashlib
import html
import io
import itertools
import json
import os
import re
import textwrap
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML, Markdown
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator
from matplotlib.legend import Legend
from matplotlib.rcsetup import cycler
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from analysis import published, study, wording
from analysis.errors import InputError, Missing

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
WIDTH, PHONE = 7.0, 3.9  # inches: of the book's text column, and of a phone's
DOTS = 144  # per inch
INK = "#262626"  # dark grey; light on a dark page
LONGEST = 250  # characters of an alt text
LONG_LABEL, LONG_TITLE = 23, 36  # characters per line on a phone: of a tick's label, and of an axis title or a legend
LETTERS = 9  # points of a tick's label; smaller ones hold more per line
LINE, GAP = 0.16, 0.03  # inches: height of a line of a legend; twice the least distance between tick labels
SHORTEST = 12  # characters of a line of a title that is wrapped
SENTENCE, PHRASE = 60, 20  # characters of a cell above which a table counts as one of sentences
MOST_STEPS = 6  # between the numbers below an axis where matplotlib's own choice would crowd them
MANY = 4  # panels in a row from which on they form two columns on a phone
SOURCES = ("Simulated data:", "Data:")  # how study.data_source begins
UNSEEN = re.compile(  # the parts of a drawing's SVG that show nothing on a page
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*</defs>", re.S
)
COMMENT = re.compile(r"<!--(.*?)-->", re.S)
SEPARATE = r"(?<=[.;?!]) (?=\S)"  # between the sentences and clauses of an alt text
HASHED = r"\b(?:[mp]|C\w*_)[0-9a-f]{10}\b"  # matplotlib's names of markers, clips and collections
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


@dataclass(frozen=True)
class Figure:
    """A drawn figure with its words. alt: what a reader who cannot see it needs; caption: what it shows."""

    drawing: mpl.figure.Figure
    alt: str
    caption: str

    @property
    def title(self) -> str:
        """The finding: the title above all panels, or that of the only panel with one."""
        of_panels = [title for axes in self.drawing.axes if (title := axes.get_title(loc="left"))]
        return self.drawing.get_suptitle() or (of_panels[0] if len(of_panels) == 1 else "")


@dataclass(frozen=True)
class Moving:
    """An interactive figure: a script of book/_static, named after the figure, reads its data.

    still: SVG elements of the static picture; empty where there is none. alt, caption: as of a Figure.
    """

    still: str
    data: Mapping[str, Any]
    alt: str
    caption: str


def titled(axes: Axes, caption: str, alt: str = "") -> Figure:
    """The figure of these axes; its alt text is their title followed by alt, which is the caption by default."""
    return Figure(axes.figure.figure, f"{axes.get_title(loc='left')}. {alt or caption}", caption)


def canvas(height: float = 3.6, columns: int = 1, rows: int = 1, **kwargs: Any) -> tuple[mpl.figure.Figure, Any]:
    """A drawing of the book's width (height in inches) in house style; one Axes, or an array of rows x columns."""
    mpl.rcParams.update(STYLE)
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **kwargs)


def absent(missing: Missing) -> HTML:
    """The note shown instead of a figure or table that the data do not allow."""
    reason = missing.reason.rstrip(".")
    return HTML(f'<p class="guyub missing">Not shown: {html.escape(reason)}.</p>')


def show(figure: Figure | Missing, source: str) -> HTML:
    """The figure with its title, alt text and caption. source: where the data come from, such as "Simulated data."."""
    if isinstance(figure, Missing):
        return absent(figure)
    drawing, title = figure.drawing, figure.title
    finding, alt, caption = said(figure, source)
    if title:
        drawing.suptitle("")
        for axes in drawing.axes:
            if axes.get_title(loc="left") == title:
                axes.set_title("", loc="left")
    _call(drawing, called()[0])
    drawings = _svg(drawing, "wide") + _on_a_phone(drawing)
    plt.close(drawing)
    return HTML(f'<figure class="guyub">{finding}<div class="drawing" {alt}>{drawings}</div>{caption}</figure>')


def said(figure: Figure, source: str) -> tuple[str, str, str]:
    """The title above a drawing, its alt text and the caption below it, as HTML."""
    finding = f'<p class="finding">{html.escape(figure.title)}</p>' if figure.title else ""
    alt = f'role="img" aria-label="{html.escape(brief(figure.alt))}"'
    return finding, alt, f"<figcaption>{html.escape(f'{figure.caption} {source}'.strip())}</figcaption>"


def called() -> tuple[dict[str, str], frozenset[str]]:
    """The names that the chapter now made by `guyub run` gives people, as study.called; empty outside such a run."""
    running = os.environ.get(study.PIPELINE)
    return study.called(study.opened(), running) if running else ({}, frozenset())


def alphabetical(pairs: pd.DataFrame) -> pd.DataFrame:
    """Rows of two members (member_a, member_b), sorted by the chapter's pseudonyms, as is each pair: the order of the
    study's own pseudonyms would link one chapter to another."""
    names = called()[0]
    ends = pairs[["member_a", "member_b"]].map(lambda code: names.get(code, code))
    ordered = pairs.assign(member_a=ends.min(axis=1), member_b=ends.max(axis=1))
    return ordered.sort_values(["member_a", "member_b"], kind="stable", ignore_index=True)


def _call(drawing: mpl.figure.Figure, names: Mapping[str, str]) -> None:
    """Replace the pseudonyms in a drawing, whose letters become outlines; `guyub run` replaces those in text."""
    for axis in (axis for axes in drawing.axes for axis in (axes.xaxis, axes.yaxis)):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        if published.named_in("\n".join(labels), names):
            axis.set_ticks(axis.get_ticklocs(), [published.renamed(label, names) for label in labels])
    for text in drawing.findobj(Text):
        text.set_text(published.renamed(text.get_text(), names))


def _require_called(svg: str) -> None:
    """Raises InputError when a drawing, as matplotlib writes it with its words in comments, holds a pseudonym of the
    study's own."""
    names, hidden = called()
    if left := published.named_in("\n".join(COMMENT.findall(svg)), {*names, *hidden}):
        what = f"a drawing names {wording.count(len(left), 'person', 'people')} by the study's own pseudonyms"
        raise InputError(what, fix="Name people only in axis labels and texts; leave out those counted in sums only.")


def brief(text: str) -> str:
    """An alt text without markup, at most LONGEST characters long: as many of its clauses as fit, or the first one cut
    at a word if even that does not fit."""
    words = re.sub(r"[*`]", "", text)
    if len(words) <= LONGEST:
        return words
    kept = ""
    for clause in re.split(SEPARATE, words):
        if len(kept) + len(clause) >= LONGEST:
            break
        kept = f"{kept} {clause}".strip()
    return f"{kept.rstrip('.;')}." if kept else textwrap.shorten(words, LONGEST, placeholder=" …")


def _svg(drawing: mpl.figure.Figure, name: str) -> str:
    """A drawing as SVG for a page: letters as outlines, no date, ids of its own. Empty where so little room is left for
    the axes that the layout fails."""
    drawing.set_dpi(DOTS)  # letter widths depend on the resolution: measure at the one that is saved
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="constrained_layout not applied")
        try:
            _fit_titles(drawing)
            _fit_labels(drawing)
            _fit_ticks(drawing)
            shown = _holding_all(drawing)
            drawing.savefig(
                buffer, format="svg", dpi=DOTS, bbox_inches=shown, transparent=True, metadata={"Date": None}
            )
        except UserWarning:
            return ""
    _require_called(buffer.getvalue())
    body = UNSEEN.sub("", buffer.getvalue())
    body = re.sub(r' d="([^"]*)"', lambda path: f' d="{_rounded(path[1])}"', body)
    body = _numbered(body)
    own = hashlib.sha256(body.encode()).hexdigest()[:8]  # drawings on a page must not use each other's parts
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}-", body)
    head = f'<svg class="{name}" aria-hidden="true" style="stroke-linejoin:round;stroke-linecap:butt"'
    return re.sub(r"\n\s*", "\n", body.replace("<svg", head, 1)).strip()


def _numbered(body: str) -> str:
    """A drawing whose clips, markers and collections are numbered in order: matplotlib names them by a hash of their
    coordinates, whose last bit differs between machines although the drawing looks the same."""
    names = dict.fromkeys(re.findall(HASHED, body))
    numbers = {name: f"{name[0]}{number}" for number, name in enumerate(names)}
    return re.sub(HASHED, lambda found: numbers[found[0]], body)


def _on_a_phone(drawing: mpl.figure.Figure) -> str:
    """The drawing for a narrow page: panels below each other, long labels wrapped, legends in one column, as high as
    that needs. Empty where the layout fails."""
    height = drawing.get_size_inches()[1] * _stacked(drawing)
    alone = len(drawing.axes) == 1
    for axes in drawing.axes:
        _wrap_labels(axes)
        if axes.get_aspect() == 1:
            height = min(height, 0.8 * PHONE)  # a square drawing leaves room for labels at its sides
        legend = axes.get_legend()
        if legend and (alone or legend.get_window_extent().y1 < axes.get_window_extent().y0):
            height += LINE * _in_one_column(drawing, legend)
    for legend in [each for each in drawing.legends if each.get_label() != "anew"]:
        _in_one_column(drawing, legend)
    drawing.set_size_inches(PHONE, height)
    drawing.set_size_inches(PHONE, height * _crowding(drawing))
    return _svg(drawing, "narrow")


def _stacked(drawing: mpl.figure.Figure) -> float:
    """Put panels of a row below each other, in two columns if they are many; returns the factor by which the drawing
    must grow."""
    panels = [(axes, spec) for axes in drawing.axes if (spec := axes.get_subplotspec())]
    columns = max((spec.get_gridspec().ncols for _, spec in panels), default=1)
    if columns == 1:
        return 1.0
    kept = 1 if columns < MANY else 2
    rows = -(-len(panels) // kept)
    grid, first = drawing.add_gridspec(rows, kept), panels[0][0]
    for place, (axes, _) in enumerate(panels):
        axes.set_subplotspec(grid[place // kept, place % kept])
        axes.tick_params(labelbottom=True)
        if place % kept == 0:
            axes.tick_params(labelleft=True)
            if axes in first.get_shared_y_axes().get_siblings(first):
                axes.set_ylabel(first.get_ylabel())
    return 1 + 0.8 * (rows - 1)


def _wrap_labels(axes: Axes) -> None:
    """Wrap the labels along the axes, and thin out dates."""
    ticks = axes.get_yticklabels()
    words = [textwrap.fill(tick.get_text(), int(LONG_LABEL * LETTERS / float(tick.get_fontsize()))) for tick in ticks]
    if any("\n" in word for word in words):
        axes.set_yticks(axes.get_yticks(), words)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_text("\n".join(textwrap.fill(line, LONG_TITLE) for line in label.get_text().splitlines()))
    if isinstance(axes.xaxis.get_major_locator(), AutoDateLocator):
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))


def _crowding(drawing: mpl.figure.Figure) -> float:
    """The factor by which labels next to a vertical axis are too high for their distance; 1 where none touch."""
    drawing.draw_without_rendering()
    most = 1.0
    for axes in drawing.axes:
        low, high = axes.get_window_extent().intervaly
        boxes = (label.get_window_extent() for label in axes.get_yticklabels() if label.get_text())
        places = sorted((box.y0 + box.y1, box.height) for box in boxes if low <= (box.y0 + box.y1) / 2 <= high)
        for (below, one), (above, other) in itertools.pairwise(places):
            most = max(most, (one + other + GAP * DOTS) / (above - below)) if above > below else most
    return most


def _in_one_column(drawing: mpl.figure.Figure, legend: Legend) -> int:
    """Redraw a legend below the axes, with its entries below each other and wrapped; returns its number of lines."""
    words = [textwrap.fill(text.get_text(), LONG_TITLE) for text in legend.get_texts()]
    handles = [handle for handle in legend.legend_handles if handle is not None]
    title = legend.get_title().get_text() or None
    anew = drawing.legend(handles, words, loc="outside lower left", ncols=1, fontsize=9, title=title, title_fontsize=9)
    anew.set_label("anew")
    legend.remove()
    return sum(word.count("\n") + 1 for word in words) + bool(title)


def _rounded(path: str) -> str:
    """A path in hundredths of a point, on one line."""
    return re.sub(r"(\.\d\d)\d+", r"\1", " ".join(path.split()))


def moving(figure: Moving | Missing, *, name: str, size: tuple[int, int] = (680, 560)) -> HTML:
    """The figure with its data, for the script NAME.js of book/_static. size: of its drawing, in px."""
    if isinstance(figure, Missing):
        return absent(figure)
    data = json.dumps(figure.data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return HTML(
        f'<figure class="guyub moving {name}" id="guyub-{name}"><svg role="img" aria-label="{html.escape(figure.alt)}" '
        f'viewBox="0 0 {size[0]} {size[1]}">{figure.still}</svg><script type="application/json">{data}</script>'
        f"<figcaption>{html.escape(figure.caption)}</figcaption></figure>"
    )


def _fit_titles(drawing: mpl.figure.Figure) -> None:
    """Wrap titles that would run out of the drawing on the right, or into the next axes of their row."""
    drawing.draw_without_rendering()
    for axes in drawing.axes:
        words = axes.get_title(loc="left") or axes.get_title()
        title = next(child for child in axes.get_children() if isinstance(child, Text) and child.get_text() == words)
        box = title.get_window_extent()
        own, *others = (each.get_window_extent() for each in (axes, *drawing.axes))
        starts = [b.x0 for b in others if b.x0 >= own.x1 and b.y0 < own.y1 and b.y1 > own.y0]
        room = min([drawing.bbox.x1, *starts]) - box.x0
        longest = int(len(words) * room / max(box.width, 1))
        while title.get_window_extent().width > 0.98 * room and longest > SHORTEST:
            longest -= 1
            title.set_text(textwrap.fill(words, longest))


def _fit_labels(drawing: mpl.figure.Figure) -> None:
    """Wrap words along a horizontal axis that would run out of the drawing on either side."""
    for label in (axes.xaxis.label for axes in drawing.axes):
        words = " ".join(label.get_text().split())
        longest = len(words)
        while _sticks_out(label, drawing) and longest > SHORTEST:
            longest -= 1
            label.set_text(textwrap.fill(words, longest))


def _sticks_out(label: Text, drawing: mpl.figure.Figure) -> bool:
    box = label.get_window_extent()
    return bool(box.x0 < drawing.bbox.x0 or box.x1 > drawing.bbox.x1)


def _holding_all(drawing: mpl.figure.Figure) -> Bbox | None:
    """The drawing's frame in inches, with what sticks out of it; None where nothing does."""
    drawing.draw_without_rendering()
    frame, drawn = drawing.bbox_inches, drawing.get_tightbbox()
    inside = drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= frame.x1 and drawn.y1 <= frame.y1
    return None if inside else Bbox.union([frame, drawn])


def _fit_ticks(drawing: mpl.figure.Figure) -> None:
    """Reduce the numbers below an axis where they would overlap, as in narrow panels."""
    for axis in (axes.xaxis for axes in drawing.axes):
        steps = MOST_STEPS
        while isinstance(axis.get_major_locator(), MaxNLocator) and steps and _crowded(axis):
            axis.set_major_locator(MaxNLocator(steps))
            steps -= 1


def _crowded(axis: Axis) -> bool:
    """Whether two numbers below an axis have less than about a digit's width between them."""
    boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text() and label.get_visible()]
    boxes.sort(key=lambda box: box.x0)
    return any(right.x0 - left.x1 < left.height / 2 for left, right in itertools.pairwise(boxes))


def cell(value: float, decimals: int = 2) -> str:
    """A number as tables show it: commas for thousands, a true minus sign, at most one decimal from 100 on; no sign if
    it rounds to 0."""
    places = min(decimals, 1) if abs(value) >= 100 else decimals
    return f"{value:z,.{places}f}".replace("-", "−")


def table(frame: pd.DataFrame | Missing, caption: str = "", decimals: int = 2) -> HTML:
    """A table for reading: floats rounded, missing values as a dash, text escaped, no index. In a table of sentences
    each row becomes a card on a phone, where its columns would be out of sight (guyub.css)."""
    if isinstance(frame, Missing):
        return absent(frame)
    wordy = _wordy(frame)
    body = frame.to_html(
        index=False, border=0, classes="guyub cards" if wordy else "guyub", escape=True, na_rep="–",
        float_format=lambda x: cell(x, decimals),
    )  # fmt: skip
    body = _headed(body, frame.columns) if wordy else body
    note = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return HTML(f'<figure class="guyub guyub-table">{body}{note}</figure>')


def _wordy(frame: pd.DataFrame) -> bool:
    """Whether a table of three columns or more holds sentences: a cell of more than SENTENCE characters, and a second
    column with one of more than PHRASE."""
    if len(frame.columns) < 3:
        return False
    texts = frame.astype(object).map(lambda value: len(value) if isinstance(value, str) else 0)
    longest = sorted(texts.max(), reverse=True) if len(frame) else [0, 0]
    return bool(longest[0] > SENTENCE and longest[1] > PHRASE)


def _headed(body: str, columns: Iterable[object]) -> str:
    """A table whose cells carry the head of their column, which a card shows with them."""
    heads = itertools.cycle(html.escape(str(name), quote=True) for name in columns)
    return re.sub("<td>", lambda _: f'<td data-head="{next(heads)}">', body)


def folded(summary: str, content: HTML) -> HTML:
    """Long content, folded below a line that opens it."""
    return HTML(f"<details><summary>{html.escape(summary)}</summary>{content.data}</details>")


def aside(summary: str, content: HTML) -> HTML:
    """A detail of the method, folded below a line that opens it; on paper it is open."""
    return HTML(f'<details class="aside"><summary>{html.escape(summary)}</summary>{content.data}</details>')


def folded_table(summary: str, frame: pd.DataFrame | Missing, caption: str = "", decimals: int = 2) -> HTML:
    """A long table, folded below a line that opens it; nothing if it has no rows. A caption that only gives the source
    of the data begins with the summary, so that lists of tables name it."""
    if isinstance(frame, Missing):
        return absent(frame)
    if not caption or caption.startswith(SOURCES):
        caption = f"{summary}. {caption}".rstrip()
    return folded(summary, table(frame, caption, decimals)) if len(frame) else HTML("")


def plain(text: str) -> str:
    """Text of a person made safe inside a Markdown sentence: HTML, Markdown and MyST characters are escaped."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|$~:^" else c for c in escaped)


def say(sentence: str | Missing) -> Markdown:
    """A computed sentence, as prose of the page; for a missing result, the reason why it is missing."""
    if isinstance(sentence, Missing):
        return Markdown(f"Not assessable: {plain(sentence.reason.rstrip('.'))}.")
    return Markdown(sentence)


def checks(rows: Iterable[tuple[str, object, bool]] | Missing) -> HTML:
    """The page's own checks: assertion, value, passed. Raises AssertionError when one fails."""
    if isinstance(rows, Missing):
        return absent(rows)
    frame = pd.DataFrame(list(rows), columns=["assertion", "value", "passed"], dtype=object)
    broken = frame.loc[~frame["passed"].astype(bool), "assertion"].tolist()
    if broken:
        raise AssertionError(f"checks that failed: {'; '.join(broken)}")
    shown = frame.assign(value=frame["value"].astype(str), passed="yes")
    return folded("What is checked on this page", table(shown, "Checks made when this page was run."))
