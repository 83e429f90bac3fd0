"""House style: nothing runs off a figure, and what people wrote stays text."""

import html
import itertools
import json
import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis import figures, study


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


def test_numbers_below_a_narrow_panel_do_not_touch():
    drawing = drawn("Five panels", columns=5)
    drawing.axes[0].set_xlim(0, 1700)
    drawing.draw_without_rendering()
    assert figures._crowded(drawing.axes[0].xaxis)
    roomy = drawing.axes[1].get_xticks().tolist()
    figures._fit_ticks(drawing)
    assert not any(figures._crowded(axes.xaxis) for axes in drawing.axes)
    assert len(drawing.axes[0].get_xticks()) >= 2
    assert drawing.axes[1].get_xticks().tolist() == roomy
    plt.close(drawing)


def test_a_short_title_is_left_alone():
    drawing = drawn("Short")
    figures._fit_titles(drawing)
    assert drawing.axes[0].get_title(loc="left") == "Short"
    plt.close(drawing)


def test_the_same_figure_gives_the_same_bytes_and_holds_no_date():
    pages = [figures.show(figures.Figure(drawn("Same"), "alt", "caption"), "Simulated data.").data for _ in range(2)]
    assert pages[0] == pages[1]
    assert not re.search(r"Matplotlib|20\d\d-\d\d|base64", pages[0])


def test_a_drawing_that_differs_in_the_last_bit_is_the_same_file():
    def marked(shift):
        drawing = drawn("Same")
        axes = drawing.axes[0]
        axes.plot([0, 1], [0.5, 0.7], "s")
        axes.set_position([0.125 + shift, 0.11, 0.6, 0.6])
        return figures.show(figures.Figure(drawing, "alt", "caption"), "").data

    assert marked(0) == marked(1e-14)
    assert marked(0) != marked(0.01)


def test_a_figure_is_drawn_for_a_page_and_for_a_phone_and_its_title_is_text():
    page = figures.show(figures.Figure(drawn("The finding"), "alt", "caption"), "").data
    widths = [float(width) for width in re.findall(r'<svg [^>]*?width="([\d.]+)pt"', page)]
    assert widths == pytest.approx([72 * figures.WIDTH, 72 * figures.PHONE])
    assert '<p class="finding">The finding</p>' in page
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))


def narrow(drawing):
    """The drawing, laid out anew for a phone, in whose place its axes are."""
    assert figures._on_a_phone(drawing)
    drawing.draw_without_rendering()
    return [axes.get_window_extent() for axes in drawing.axes]


def test_panels_next_to_each_other_are_below_each_other_on_a_phone():
    drawing, panels = figures.canvas(columns=2, sharey=True)
    panels[0].set_ylabel("members")
    first, second = narrow(drawing)
    assert second.y1 < first.y0
    assert (second.x0, second.width) == pytest.approx((first.x0, first.width), abs=1)
    assert panels[1].get_ylabel() == "members"
    plt.close(drawing)


def test_wrapped_labels_of_rows_do_not_touch_on_a_phone():
    drawing, axes = figures.canvas(height=2)
    axes.set_yticks(range(6), ["share of informal interaction among all messages"] * 6)
    narrow(drawing)
    boxes = sorted(label.get_window_extent().intervaly.tolist() for label in axes.get_yticklabels())
    assert all(below[1] < above[0] for below, above in itertools.pairwise(boxes))
    plt.close(drawing)


def test_a_legend_is_below_the_axes_on_a_phone_and_keeps_its_title():
    drawing, axes = figures.canvas()
    axes.plot([0, 1], label="observed")
    axes.legend(title="kind")
    (place,) = narrow(drawing)
    (legend,) = drawing.legends
    assert legend.get_window_extent().y1 < place.y0
    assert legend.get_title().get_text() == "kind"
    plt.close(drawing)


def test_the_only_title_of_several_panels_is_the_finding_and_that_of_each_is_not():
    drawing, panels = figures.canvas(rows=2)
    panels[0].set_title("The finding")
    figure = figures.Figure(drawing, "alt", "caption")
    assert figure.title == "The finding"
    assert '<p class="finding">The finding</p>' in figures.show(figure, "").data
    assert figures.Figure(drawn("One each", columns=2), "alt", "caption").title == ""
    plt.close("all")


def test_a_number_of_a_table_has_a_true_minus_sign_and_none_where_it_rounds_to_nothing():
    shown = figures.table(pd.DataFrame({"value": [-1234.5, -0.001]})).data
    assert "−1,234.5" in shown
    assert ">0.00<" in shown


def test_an_alt_text_is_short_and_plain():
    assert figures.brief("*Few* share.") == "Few share."
    long = figures.brief("; ".join(f"member {i} is answered {i} times" for i in range(40)) + ".")
    assert len(long) <= figures.LONGEST
    assert long.endswith("times.")
    assert len(figures.brief("word " * 100)) <= figures.LONGEST


def test_alt_text_and_caption_are_escaped():
    page = figures.show(figures.Figure(drawn("x"), 'a "quoted" <alt>', "<script>"), "").data
    assert "<script>" not in page
    assert 'aria-label="a &quot;quoted&quot; &lt;alt&gt;"' in page


def test_what_a_table_rounds_to_zero_has_no_minus_sign():
    shown = figures.table(pd.DataFrame({"value": [-0.0004, -0.0, -0.0006, -1234.5]}), decimals=3).data
    assert re.findall(r"<td>(.*?)</td>", shown) == ["0.000", "0.000", "−0.001", "−1,234.5"]


def test_a_table_of_sentences_can_become_cards_in_which_each_cell_has_its_head():
    wordy = pd.DataFrame({"what": ["Ask. " * 20, "–"], 'gain & "cost"': ["more news " * 5, "none"], "n": [1, 2]})
    shown = figures.table(wordy).data
    assert 'class="dataframe guyub cards"' in shown
    heads = ["what", "gain &amp; &quot;cost&quot;", "n"]
    assert re.findall(r'<td data-head="(.*?)">', shown) == heads * 2
    assert "<td>" not in shown


@pytest.mark.parametrize("changes", [{"gain": "0.64"}, {"what": "Ask them."}, {"n": None}])
def test_a_table_of_numbers_or_of_two_columns_keeps_its_columns(changes):
    frame = pd.DataFrame({"what": ["Ask. " * 20], "gain": ["more news " * 5], "n": [1]}).assign(**changes)
    shown = figures.table(frame.dropna(axis=1)).data
    assert "cards" not in shown
    assert "data-head" not in shown
    assert "cards" not in figures.table(frame.iloc[:0]).data


def test_markup_in_a_table_stays_text():
    assert "<b>" not in figures.table(pd.DataFrame({"text": ["<b>bold</b>"]})).data


@pytest.mark.parametrize("text", ["{num}`x`", "$x^2$", "[a](b)", "<script>", "*a* _b_", "# a"])
def test_markup_in_a_quotation_is_escaped(text):
    assert not re.search(r"(?<!\\)[{}`$\[\]()*_#^]|<", figures.plain(text))


def test_a_check_that_does_not_hold_stops_the_page():
    with pytest.raises(AssertionError, match="broken"):
        figures.checks([("fine", 1, True), ("broken", 2, False)])


def test_the_data_of_a_figure_that_answers_cannot_end_the_element_that_holds_them():
    moving = figures.Moving("<g/>", {"codes": ["</script><b>"]}, 'a "map"', "A <caption>.")
    shown = figures.moving(moving, name="map").data
    held = re.search(r'<script type="application/json">(.*?)</script>', shown)[1]
    assert json.loads(held) == moving.data
    assert "<b>" not in shown
    assert 'aria-label="a &quot;map&quot;"' in shown


def test_a_folded_table_without_rows_leaves_nothing_on_the_page():
    frame = pd.DataFrame({"code": ["humour"]})
    assert "<summary>Codes</summary>" in figures.folded_table("Codes", frame).data
    assert figures.folded_table("Codes", frame[:0]).data == ""


@pytest.mark.parametrize("simulated", [True, False])
def test_a_folded_table_is_named_where_its_caption_says_only_where_the_data_come_from(simulated):
    frame, source = pd.DataFrame({"code": ["trust"]}), study.data_source(simulated)
    assert f"<figcaption>Codes. {html.escape(source)}</figcaption>" in figures.folded_table("Codes", frame, source).data
    assert "<figcaption>Codes.</figcaption>" in figures.folded_table("Codes", frame).data
    assert "<figcaption>Of all.</figcaption>" in figures.folded_table("Codes", frame, "Of all.").data


def test_words_below_a_narrow_axis_are_wrapped_inside_the_drawing():
    drawing, axes = figures.canvas()
    axes.set_yticks([0, 1], ["a label that takes room on the left", "another"])
    axes.set_xlabel("business news among the group's messages (%)")
    axes.plot([0, 1], [0, 1])
    assert figures._on_a_phone(drawing)
    box = axes.xaxis.label.get_window_extent()
    assert (box.x0 >= drawing.bbox.x0, box.x1 <= drawing.bbox.x1) == (True, True)
    assert axes.xaxis.label.get_text().replace("\n", " ") == "business news among the group's messages (%)"
    plt.close(drawing)


def test_what_sticks_out_of_a_drawing_is_not_cut_off():
    drawing, axes = figures.canvas()
    axes.plot([0, 1], [0, 1])
    assert figures._holding_all(drawing) is None
    words = axes.text(1, 0.5, "words that run out on the right", clip_on=False)
    words.set_in_layout(False)
    axes.set_xlim(0, 1)
    drawing.draw_without_rendering()
    assert words.get_window_extent().x1 > drawing.bbox.x1
    words.set_in_layout(True)
    drawing.set_layout_engine("none")
    held = figures._holding_all(drawing)
    assert held.x1 * drawing.dpi >= words.get_window_extent().x1
    assert held.x0 <= 0
    plt.close(drawing)
