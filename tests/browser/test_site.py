"""The built book in a browser: every page opened once (conftest.py), and what only some of them do."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urldefrag

import pytest

from analysis import book, study
from analysis.book import pdf
from analysis.claims.rule import VERDICTS
from analysis.verify import alike, shown
from analysis.verify.subject import Subject

from .served import DESK, PATIENCE, PHONE, ROOT, SITE, pages

HEAVIEST = 1.5e6  # bytes of a page with all that it fetches until its end is reached, compressed
OVERLAPPING = """codes => {
    const box = (code) => code.getBoundingClientRect(), blank = 2; // px above and below letters
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + blank < b.bottom && b.top + blank < a.bottom;
    return codes.flatMap((one, i) => codes.slice(0, i).filter((other) => meet(box(one), box(other))))
        .map((code) => code.textContent);
}"""


def met(visits, what):
    """What was met on any page, with the page's name."""
    return [(name, each) for name, visit in visits.items() for each in visit[what]]


def test_every_page_loads_without_an_error_and_asks_only_its_own_origin(visits):
    assert met(visits, "problems") == []


def test_no_page_weighs_more_than_a_phone_can_load(visits):
    heavy = {name: visit["bytes"] for name, visit in visits.items() if visit["bytes"] > HEAVIEST}
    assert heavy == {}


def test_nothing_bars_a_reader_in_the_light_in_the_dark_and_with_all_unfolded(visits):
    assert met(visits, "barriers") == []


def test_every_phrase_by_which_a_quantity_is_compared_stands_in_the_shipped_book():
    subject = Subject(study.Paths(ROOT))
    texts = {"said": alike.sentences(subject).values(), "cell": alike.cells(subject).values()}
    unsaid = [
        phrase.pattern
        for quantity in alike.quantities()
        for kind, held in texts.items()
        for phrase in getattr(quantity, kind)
        if not any(map(phrase.search, held))
    ]
    assert [phrase for phrase in unsaid if "Gini coefficient of messages" not in phrase] == []  # a book without claims


def test_every_picture_has_alt_text(visits):
    assert met(visits, "nameless") == []


def test_no_page_scrolls_sideways_on_a_phone_and_no_title_is_cut(visits):
    assert {name: visit["wide"] for name, visit in visits.items() if visit["wide"] > 0} == {}
    assert met(visits, "clipped") == []


def test_every_frame_that_scrolls_can_be_reached_with_the_keyboard(visits):
    frames = met(visits, "frames")
    assert frames
    assert [(name, frame["name"]) for name, frame in frames if not frame["reached"]] == []


def test_every_internal_link_leads_to_a_file_and_an_anchor_of_it(visits):
    broken = []
    for name, link in met(visits, "links"):
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        path, place = urldefrag(link)
        target = (SITE / name).parent.joinpath(unquote(path)) if path else SITE / name
        other = target.resolve().relative_to(SITE.resolve()).as_posix()
        if not target.is_file() or (place and other in visits and unquote(place) not in visits[other]["places"]):
            broken.append((name, link))
    assert broken == []


@pytest.fixture
def page(browser, address):
    """A page as on a desk, closed afterwards."""
    opened = browser.new_page(viewport=DESK)
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.mark.parametrize(("word", "found"), [("Gini", "03-sharing"), ("anggota", "ringkasan")])
def test_the_search_answers_in_both_languages(page, address, word, found):
    page.goto(f"{address}search.html?q={word}")
    page.wait_for_selector(f"#search-results a[href*='{found}']")


@pytest.mark.parametrize(("name", "tables"), [("08-recommendations", 1), ("09-claims", 2)])
def test_a_table_of_sentences_is_read_whole_on_a_phone(page, address, name, tables):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}executed/{name}.html")
    cards = page.locator("table.cards:visible")
    assert cards.count() >= tables
    for card in cards.all():
        frame = card.evaluate("table => [table.parentElement.scrollWidth, table.parentElement.clientWidth]")
        assert frame[0] <= frame[1]
        said = card.locator("tbody tr").first.evaluate(
            "row => [...row.cells].slice(1).map((cell) => getComputedStyle(cell, '::before').content)"
        )
        assert said[0] == f'"{card.locator("thead th").nth(1).text_content()}: "'


def test_a_code_cell_unfolds(page, address):
    page.goto(address + "executed/03-sharing.html")
    cell = page.locator("details", has_text="from analysis import").first
    code = cell.locator("pre")
    assert not code.is_visible()
    cell.locator("summary").click()
    code.wait_for(state="visible")


# The map


@pytest.fixture
def the_map(page, address):
    page.goto(address + "executed/04-network.html")
    return page.locator("figure.map.awake")


def lines(the_map):
    return the_map.locator(".ties path").count()


def test_the_map_shows_who_is_near_the_member_that_is_pointed_at(the_map):
    before = the_map.locator(".said").inner_text()
    the_map.locator(".member").first.hover()
    assert the_map.locator(".member.near").count() > 1
    assert the_map.locator(".ties .own").count() == the_map.locator(".member.near").count() - 1
    code = the_map.locator(".member.at text").text_content()
    assert code in the_map.locator(".said").inner_text() != before


def test_the_map_is_walked_with_the_arrow_keys_and_left_with_escape(the_map):
    the_map.locator(".member[tabindex='0']").focus()
    first = the_map.locator("[aria-selected=true] text").text_content()
    walked = set()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        the_map.page.keyboard.press(key)
        walked.add(the_map.locator("[aria-selected=true] text").text_content())
    assert walked - {first}
    the_map.page.keyboard.press("Escape")
    assert the_map.locator(".at").count() == the_map.locator("[aria-selected=true]").count() == 0


def test_the_map_finds_a_member_by_code(the_map):
    code = the_map.locator(".member text").last.text_content()
    the_map.get_by_label("Find a member").fill(code.lower())
    assert the_map.locator(".member.at text").text_content() == code
    the_map.get_by_label("Find a member").fill("MZZZZ9")
    assert the_map.locator(".at").count() == 0


def test_no_code_on_the_map_lies_on_another_on_a_phone(the_map):
    the_map.page.set_viewport_size(PHONE)
    codes = the_map.locator(".member text:not(.crowded)")
    assert codes.count() > 10
    assert codes.evaluate_all(OVERLAPPING) == []


def test_the_map_shows_fewer_ties_the_surer_they_must_be_and_others_in_another_time_or_layer(the_map):
    sure, time = (the_map.get_by_role("slider", name=name) for name in ("Lower end at least", "Time"))
    layer = the_map.get_by_role("combobox", name="Ties")
    some = lines(the_map)
    sure.fill("90")
    few = lines(the_map)
    sure.fill("0")
    every = lines(the_map)
    assert few < some < every
    time.fill("1")
    assert "until" in the_map.locator("output").first.inner_text()
    assert lines(the_map) < every
    layer.select_option(label="who is in the same conversations")
    assert lines(the_map) != every


def test_the_curves_show_the_universes_that_take_an_option(page, address):
    page.goto(address + "executed/07-robustness.html")
    curves = page.locator("figure.curves.awake")
    assert curves.locator(".faded").count() == 0
    curves.get_by_role("combobox", name="Option").select_option(index=1)
    assert 0 < curves.locator(".faded").count() < curves.locator(".universe").count()
    said = curves.locator(".said").inner_text()
    curves.get_by_role("slider", name="Universe").press("ArrowRight")
    assert curves.locator(".said").inner_text() != said


# On paper


def sheets(raw: bytes) -> list[str]:
    """The size of every page of a PDF in points; Chromium writes its page objects as plain text."""
    found = re.findall(rb"/Type /Page\b.*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", raw, re.S)
    return [f"{float(width):.0f} x {float(height):.0f}" for width, height in found]


@pytest.mark.parametrize("name", ["ringkasan.html", "brief.html", "brief-id.html"])
def test_the_brief_prints_on_one_sheet_of_a4(page, address, name):
    page.goto(address + name, wait_until="load")
    assert sheets(page.pdf(prefer_css_page_size=True)) == ["595 x 842"]


def test_every_link_of_the_printed_book_leads_to_a_place_and_the_sheet_is_one():
    whole, sheet = (SITE / name for name in (pdf.BOOK, *pdf.SHEETS))
    assert whole.exists() == sheet.exists() == (pdf.browser() is not None), "the book is not printed: run `make pdf`"
    if not whole.exists():
        return
    raw = whole.read_bytes()
    places, links = pdf.page_numbers(raw), {name.decode() for name in re.findall(rb"/Dest /([^\s/\[\]()<>]+)", raw)}
    assert len(links) > 100
    assert links <= set(places)
    assert max(places.values()) <= len(sheets(raw))
    assert sheets(sheet.read_bytes()) == ["595 x 842"]


# What its pages hold


def test_a_line_that_unfolds_is_called_by_what_it_says():
    assert "Toggle hidden content" not in "".join((SITE / name).read_text("utf-8") for name in pages())


def test_the_summary_for_the_community_is_marked_as_indonesian(page, address):
    page.set_viewport_size(PHONE)
    page.goto(address + "ringkasan.html")
    assert page.evaluate("document.documentElement.lang") == "id"


def test_no_page_holds_a_path_of_this_machine_or_what_a_library_complained_of():
    loud = {"a path": str(ROOT), "site-packages": "site-packages", "standard error": "output stderr"}
    found = [
        (name, what) for name in pages() for what, text in loud.items() if text in (SITE / name).read_text("utf-8")
    ]
    assert found == []


def test_the_built_map_of_stages_is_of_the_present_dvc_yaml():
    page = (SITE / "reviewers.html").read_text(encoding="utf-8")
    assert shown.lists(page, book.stages(ROOT / "dvc.yaml"))


def test_the_built_book_shows_the_verdicts_of_the_metrics():
    rows = json.loads((ROOT / "metrics" / "claims.json").read_text(encoding="utf-8"))["claims"]
    index = (SITE / "index.html").read_text(encoding="utf-8")
    for row in rows:
        assert f"{VERDICTS[row['verdict']]} {row['verdict']}" in index
