"""House style: nothing runs off a figure, and what people wrote stays text."""

import base64
import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import plotly.graph_objects as go
import pytest

from analysis import figures


def drawn(title, columns=1):
    drawing, axes = figures.canvas(columns=columns)
    for cell in [axes] if columns == 1 else axes:
        cell.set_title(title)
        cell.set_ylabel("a rather long label\nthat pushes the axes to the right")
    return drawing


def title_of(axes):
    return next(t for t in axes.findobj(plt.Text) if t.get_text() == axes.get_title(loc="left"))


@pytest.mark.parametrize("columns", [1, 2])
def test_a_long_title_is_wrapped_inside_the_figure(columns):
    drawing = drawn("Ties are returned about as often as shared hours and shared chats together would explain", columns)
    figures._fit_titles(drawing)
    drawing.canvas.draw()
    ends = [title_of(axes).get_window_extent().x1 for axes in drawing.axes]
    starts = [axes.get_window_extent().x0 for axes in drawing.axes]
    assert all(end <= limit for end, limit in zip(ends, [*starts[1:], drawing.bbox.x1], strict=True))
    plt.close(drawing)


def test_a_short_title_is_left_alone():
    drawing = drawn("Short")
    figures._fit_titles(drawing)
    assert drawing.axes[0].get_title(loc="left") == "Short"
    plt.close(drawing)


def test_the_same_figure_gives_the_same_bytes_and_holds_no_date():
    pages = [figures.show(figures.Figure(drawn("Same"), "alt", "caption"), "Simulated data.").data for _ in range(2)]
    assert pages[0] == pages[1]
    picture = base64.b64decode(re.search('base64,([^"]+)', pages[0])[1])
    assert b"Software" not in picture
    assert plt.imread(io.BytesIO(picture)).shape[1] == figures.WIDTH * figures.DOTS


def test_alt_text_and_caption_are_escaped():
    page = figures.show(figures.Figure(drawn("x"), 'a "quoted" <alt>', "<script>"), "").data
    assert "<script>" not in page
    assert 'alt="a &quot;quoted&quot; &lt;alt&gt;"' in page


def test_markup_in_a_table_stays_text():
    assert "<b>" not in figures.table(pd.DataFrame({"text": ["<b>bold</b>"]})).data


@pytest.mark.parametrize("text", ["{num}`x`", "$x^2$", "[a](b)", "<script>", "*a* _b_", "# a"])
def test_markup_in_a_quotation_is_escaped(text):
    assert not re.search(r"(?<!\\)[{}`$\[\]()*_#^]|<", figures.plain(text))


def test_a_check_that_does_not_hold_stops_the_page():
    with pytest.raises(AssertionError, match="broken"):
        figures.checks([("fine", 1, True), ("broken", 2, False)])


def test_no_drawing_to_move_in_can_be_sent_to_plotlys_servers():
    shown = figures.moving(go.Figure(), "A map.", name="map", config={"showSendToCloud": True, "scrollZoom": True}).data
    assert re.search(r'"showSendToCloud":\s*false', shown)
    assert re.search(r'"scrollZoom":\s*true', shown)
    assert all("to_html(full_html" not in path.read_text(encoding="utf-8") for path in pages_but_figures())


def pages_but_figures():
    """Code that might write a drawing of plotly's by itself."""
    source = Path(figures.__file__)
    return [path for path in source.parent.rglob("*.py") if path != source]


def test_a_folded_table_without_rows_leaves_nothing_on_the_page():
    frame = pd.DataFrame({"code": ["humour"]})
    assert "<summary>Codes</summary>" in figures.folded_table("Codes", frame).data
    assert figures.folded_table("Codes", frame[:0]).data == ""
