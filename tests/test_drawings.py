"""A drawing's strokes are taken as one, and nothing that has words is taken for a stroke."""

import re

import matplotlib.pyplot as plt
import pytest

from analysis import figures, site
from analysis.drawings import DRAWING, with_strokes
from analysis.scan import readable


@pytest.fixture(scope="module")
def page() -> str:
    drawing, axes = figures.canvas()
    axes.plot([1, 2], [3, 4], label="a line")
    axes.fill_between([1, 2], [1, 1], [2, 2])
    axes.legend()
    axes.set_title("What is seen", loc="left")
    shown = figures.show(figures.titled(axes, "A caption."), "Simulated data.").data
    plt.close(drawing)
    return f"<!doctype html><html><body>{shown}</body></html>"


def test_a_drawing_is_strokes_alone(page):
    wide, narrow = DRAWING.findall(with_strokes(page, lambda run: ""))
    assert re.fullmatch(r"<svg[^<>]*>\s*</svg>", wide)
    assert re.fullmatch(r"<svg[^<>]*>\s*</svg>", narrow)


@pytest.mark.parametrize("planted", [
    '<text x="1">Sinta Wulandari</text>', "Sinta Wulandari", "<!-- Sinta Wulandari -->", '<g id="Sinta Wulandari">',
    '<g id="0a1b2c3d-Sinta Wulandari_1"/>', '<path d="M 1 2 Sinta Wulandari"/>', '<use title="Sinta Wulandari"/>',
    '<g style="fill: none; Sinta Wulandari"/>', "<g onclick='Sinta Wulandari'/>",
])  # fmt: skip
def test_a_name_among_the_strokes_is_read(page, planted):
    strokes = [match.start() for match in re.finditer("<use ", page)]
    spoiled = page[: strokes[3]] + planted + page[strokes[3] :]
    ignored = readable.GEOMETRY & set(re.findall(r"(\w+)=", planted))  # what the scan reads in no attribute
    read = " ".join(piece.text for piece in readable._html(spoiled, ""))
    assert "Sinta Wulandari" in read or ignored
    assert site.page_hashes(spoiled)[site.WHOLE] != site.page_hashes(page)[site.WHOLE]


def test_a_stroke_that_is_moved_changes_the_hash_of_the_page(page):
    moved = re.sub(r'd="M (\d)', r'd="M 1\1', page, count=1)
    assert moved != page
    assert site.page_hashes(moved) != site.page_hashes(page)


def test_lines_keep_their_numbers(page):
    below = f"{page}\n<p>here</p>"
    place = next(piece.place for piece in readable._html(below, "") if piece.text == "here")
    assert place == f"line {below.count(chr(10)) + 1}"
