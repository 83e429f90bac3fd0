"""What readers take along of a page: made of the page alone, linked where it stands, numbered."""

import csv
import io
import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pandas as pd
import pytest

from analysis import figures, study
from analysis.book import downloads, exhibit_numbers

ROOT = Path(__file__).parents[2]
SITE = ROOT / "book" / "_build" / "html"
FRAME = pd.DataFrame({"member": ["M7KQ2", "A & B"], "shares": [1234.0, None], "share": ["4.2 %", "−0.5 %"]})


def a_figure() -> str:
    drawing, axes = figures.canvas()
    axes.plot([1, 2], [3, 4])
    axes.set_title("Few write most & <all>")
    return figures.show(figures.Figure(drawing, "Few write most. A line.", "A line."), "Simulated data.").data


@pytest.fixture(scope="module")
def page() -> downloads.Page:
    checks = figures.checks([("one is one", 1, True)]).data
    table = f"<details><summary>Who</summary>{figures.table(FRAME, 'Members.').data}</details>"
    rows = "<tr><th><p>Claim</p></th></tr><tr><td><p>C1</p><p>yes</p></td></tr>"
    ledger = (
        '<div class="guyub-table docutils container">\n<div class="pst-scrollable-table-container">'
        f'<table class="guyub ledger table">{rows}</table>\n</div>\n</div>'
    )
    text = f"<html><article><h1>Sharing</h1>{a_figure()}{table}{checks}{ledger}</article></html>"
    (page,) = downloads.pages({"executed/03-sharing": text}, lambda _: str)
    return page


def test_figures_and_tables_are_numbered_by_chapter_and_checks_are_not(page):
    assert [page.label(each) for each in page.shown] == ["Figure 3.1", "Table 3.1", "Table"]
    shown = downloads.dressed(page)
    assert '<figcaption><span class="number-of">Table 3.1.</span> Members.' in shown
    assert '<p class="take"><a download href="../_downloads/03-sharing-ledger-1.csv"' in shown
    assert shown.count("<a download") == 5


def test_a_page_without_its_links_is_the_page_as_it_was(page):
    assert downloads.bare(downloads.dressed(page)) == page.text
    (again,) = downloads.pages({page.name: downloads.dressed(page)}, lambda _: str)
    assert downloads.dressed(again) == downloads.dressed(page)


def test_a_table_is_taken_along_as_numbers_with_what_its_columns_mean(page):
    made = downloads.files(page, "CC BY 4.0")
    rows = list(csv.reader(io.StringIO(made["03-sharing-table-1.csv"].decode())))
    assert rows == [["member", "shares", "share"], ["M7KQ2", "1234.0", "4.2"], ["A & B", "", "-0.5"]]
    assert made["03-sharing-ledger-1.csv"] == b"Claim\nC1; yes\n"
    about = json.loads(made["03-sharing-table-1.json"])
    assert (about["title"], about["path"]) == ("Table 3.1. Members.", "03-sharing-table-1.csv")
    assert [field["type"] for field in about["schema"]["fields"]] == ["string", "number", "number"]
    assert about["schema"]["fields"][0]["description"] == "The member's pseudonym."


def test_a_figure_is_a_drawing_of_its_own_with_finding_caption_and_source(page):
    raw = downloads.files(page, "")["03-sharing-figure-1.svg"]
    drawing = xml.fromstring(raw)
    said = " ".join("".join(element.itertext()) for element in drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert said == "Few write most & <all> Figure 3.1. A line. Simulated data."
    assert drawing.find("{http://www.w3.org/2000/svg}desc").text == "Few write most. A line."
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}svg"))) == 2


def test_equal_pages_give_equal_bytes(page):
    assert downloads.files(page, "CC0") == downloads.files(page, "CC0")


def test_other_pages_with_figures_have_letters_in_reading_order():
    figure = '<figure class="guyub"><svg viewBox="0 0 1 1"></svg></figure>'
    texts = {
        "index": figure,
        "trust": figure,
        "theory": "<p>None.</p>",
        "executed/01-ingest": figure,
        "reviewers": figure,
    }
    found = {page.name: page.prefix for page in downloads.pages(texts, lambda _: str)}
    assert found == {"index": None, "trust": "A.", "theory": None, "executed/01-ingest": "1.", "reviewers": "B."}


def test_a_reference_has_the_number_that_the_page_shows():
    if not (SITE / "executed").exists():
        pytest.fail("the book is not built: run `make study` first")
    labels = exhibit_numbers.labels(study.Paths(ROOT))
    chapters = {chapter for chapter, _ in labels.values()}
    assert len(chapters) == len(study.STEPS)
    for chapter in chapters:
        text = (SITE / "executed" / f"{chapter}.html").read_text(encoding="utf-8")
        (page,) = downloads.pages({f"executed/{chapter}": text}, lambda _: str)
        assert [page.label(each) for each in page.shown if page.is_numbered(each)] == [
            label for place, label in labels.values() if place == chapter
        ]


def test_most_columns_of_the_shipped_chapters_have_a_meaning():
    tables = [json.loads(path.read_text("utf-8")) for path in (SITE / downloads.FOLDER).glob("0*-table-*.json")]
    said = [field["description"] != downloads.GENERAL for table in tables for field in table["schema"]["fields"]]
    assert sum(said) > 0.95 * len(said)


def test_a_legend_below_a_figure_is_read_entry_by_entry():
    legend = '<span class="legend"><span><svg></svg>3 write most</span><span><svg></svg>17 never did</span></span>'
    caption = f"<figcaption>{legend} One dot is one member.</figcaption>"
    figure = downloads.Exhibit("figure", 1, f"<figure>{caption}</figure>")
    assert figure.caption == "3 write most; 17 never did. One dot is one member."
