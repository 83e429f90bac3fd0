"""The book as PDF: bound, printed by Chromium, offered by the pages where it is there."""

import re
from pathlib import Path

import pytest

from analysis import cli, site, study
from analysis.book import pdf
from analysis.errors import InputError
from analysis.verify import closed, rebuild
from analysis.verify.subject import Subject

ROOT = Path(__file__).parents[2]

TOC = "root: index\nparts: [{caption: The study, chapters: [{file: executed/03-sharing}, {file: ringkasan}]}]\n"
PAGES = {
    "index": '<section id="a-book"><h1>A book</h1><p>See <a href="executed/03-sharing.html#how">how</a>, '
    '<a href="https://example.org/">elsewhere</a>, <a href="executed/03-sharing.html#folded">more</a>.</p></section>',
    "executed/03-sharing": '<section id="sharing"><h1>Sharing<a class="headerlink" href="#sharing">#</a></h1>'
    '<section id="how-we-know"><h2>How we know</h2><div class="cell"><details class="hide"><p class="title">Code</p>'
    '</details></div></section><div style="height: 300mm"></div>'
    '<section id="how"><h2>How &amp; y</h2><p><a href="../index.html">As said</a>.</p>'
    '<details><summary>More</summary><p id="folded">Folded.</p></details></section></section>',
    "ringkasan": '<section id="ringkasan"><h1>Ringkasan</h1><p>Satu <a href="index.html#a-book">halaman</a>.</p>'
    "</section>",
}


def a_site(root) -> study.Paths:
    """A study whose book is built, as far as printing needs it."""
    paths = study.Paths(root)
    folder = paths.book / "_build" / site.FOLDER
    for name, body in PAGES.items():
        page = folder / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        language = "id" if name == "ringkasan" else "en"
        article = f'<article class="bd-article">{body}</article>'
        head = f"<head><title>{name} &#8212; A book</title></head>"
        page.write_text(f'<html lang="{language}">{head}<body>{article}</body></html>')
    (paths.book / "_toc.yml").write_text(TOC)
    (root / "study.yaml").write_text("title: A <small> book\nlicence: CC BY 4.0\n")
    (folder / "_static").mkdir()
    site.offer(folder, {})
    site.write(folder, {})
    return paths


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> study.Paths:
    if pdf.browser() is None:
        pytest.skip("no Chromium")
    paths = a_site(tmp_path_factory.mktemp("printed"))
    pdf.make(paths)
    return paths


def html_of(paths: study.Paths):
    return paths.book / "_build" / site.FOLDER


def test_every_link_of_the_bound_book_leads_to_a_place_in_it(printed):
    raw = (html_of(printed) / pdf.BOOK).read_bytes()
    places, links = pdf.page_numbers(raw), [name.decode() for name in re.findall(rb"/Dest /([^\s/\[\]()<>]+)", raw)]
    assert places["executed-03-sharing--how"] == places["executed-03-sharing--sharing"] + 1
    assert "executed-03-sharing--how" in links
    assert set(links) <= set(places)
    assert re.findall(rb"/URI \(([^)]*)\)", raw) == [b"https://example.org/"]


def test_a_heading_below_which_paper_shows_nothing_is_left_out(tmp_path):
    paths = a_site(tmp_path)
    assert "How we know" not in pdf.bind(paths, pdf.chapters(paths))


def test_each_brief_is_on_one_sheet_of_the_shipped_book():
    if pdf.browser() is None:
        pytest.skip("no Chromium")
    places = pdf.page_numbers((html_of(study.Paths(ROOT)) / pdf.BOOK).read_bytes())
    begins = {name: min(page for place, page in places.items() if place.startswith(f"{name}--"))
              for name in ("brief", "theory", "brief-id", "istilah")}  # fmt: skip
    assert begins["brief"] + 1 == begins["theory"]
    assert begins["brief-id"] + 1 == begins["istilah"]


def test_no_pdf_names_a_folder_of_the_machine_that_printed_it(printed):
    for path in html_of(printed).glob("*.pdf"):
        raw = path.read_bytes()
        assert b"file:" not in raw
        assert str(printed.root).encode() not in raw


@pytest.mark.parametrize(
    ("published", "link"),
    [(None, "<a>"), ("https://example.org/study", '<a href="https://example.org/study/index.html#a-book">')],
)
def test_links_of_a_page_printed_by_itself_lead_to_the_published_book_or_nowhere(tmp_path, published, link):
    folder = html_of(a_site(tmp_path))
    text = pdf.alone(folder, "ringkasan.html", published)
    assert f"Satu {link}halaman</a>." in text
    assert f'<head><base href="{folder.as_uri()}/">' in text


def test_the_contents_show_the_page_of_each_heading(printed):
    raw = (html_of(printed) / pdf.BOOK).read_bytes()
    places = pdf.page_numbers(raw)
    text = pdf.bind(printed, pdf.chapters(printed), places)
    shown = dict(re.findall(r'<a class="level-\d"[^>]* href="#([^"]+)">.*?<span class="number">(\d+)</span>', text))
    assert shown == {place: str(places[place]) for place in shown}
    assert list(shown) == ["executed-03-sharing--sharing", "executed-03-sharing--how", "ringkasan--ringkasan"]
    assert max(places.values()) == len(re.findall(rb"/Type /Page\b", raw)) == 6  # cover, contents, and 1, 2 and 1 pages


def test_a_pdf_has_the_title_of_its_page_and_says_nothing_else_of_itself(printed):
    titles = pdf.titles(printed)
    assert titles.keys() == {pdf.BOOK, "ringkasan.pdf"}
    for name, title in titles.items():
        raw = (html_of(printed) / name).read_bytes()
        assert pdf.is_plain(raw, title)
        assert not pdf.is_plain(raw, f"{title}.")


@pytest.mark.parametrize(("written", "title"), [
    (rb"(A \(small\) town)", "A (small) town"), (b"<FEFF005200610062006F2014>", "Rabo—"), (rb"(C:\\book)", "C:\\book"),
])  # fmt: skip
def test_a_title_is_read_in_either_way_in_which_chromium_writes_it(written, title):
    raw = b"%%PDF\n1 0 obj\n<</Title %b\n/Producer (Skia)>>\nendobj\ntrailer\n<</Info 1 0 R>>" % written
    assert pdf.about(raw) == {"Title": title, "Producer": "Skia"}


def test_a_second_print_gives_the_same_bytes_and_is_not_made_without_need(printed, monkeypatch):
    sheet = html_of(printed) / "ringkasan.pdf"
    assert dict(pdf.prints(pdf.browser(), printed))[sheet.name] == sheet.read_bytes()
    monkeypatch.setattr(pdf, "printed", lambda *_: pytest.fail("printed again"))
    assert {path.name for path in pdf.make(printed)} == {pdf.BOOK, sheet.name}


def test_without_chromium_no_pdf_is_left_and_the_last_line_says_how_to_get_one(tmp_path, monkeypatch, capsys):
    paths = a_site(tmp_path)
    (html_of(paths) / pdf.BOOK).write_bytes(b"of an earlier book")
    monkeypatch.setattr(pdf, "browser", lambda: None)
    monkeypatch.setattr(study, "here", lambda: paths)
    assert cli.main(["pdf"]) == 0
    assert "apt-get install chromium" in capsys.readouterr().out.splitlines()[-1]
    assert site.downloads(html_of(paths)) == {}
    assert not (html_of(paths) / pdf.BOOK).exists()


def test_a_program_that_prints_nothing_is_an_error(tmp_path):
    with pytest.raises(InputError, match="did not print"):
        pdf.printed("/bin/false", tmp_path.as_uri())


def test_a_pdf_is_no_part_of_the_sites_hashes(tmp_path):
    paths = a_site(tmp_path)
    before = site.hashes(html_of(paths))
    (html_of(paths) / pdf.BOOK).write_bytes(b"%PDF")
    assert site.hashes(html_of(paths)) == before
    ignored = (Path(__file__).parents[2] / ".dvcignore").read_text()
    assert all(f"/book/_build/html/{name}\n" in ignored for name in site.UNHASHED)
    assert {pdf.BOOK, *pdf.SHEETS, site.DOWNLOADS} == site.UNHASHED


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (b"%PDF /Producer (Skia/PDF m156) As printed", []),
        (b"%PDF /Producer (Skia/PDF m156) As forged", [pdf.BOOK]),
        (b"%PDF As forged", [pdf.BOOK]),
        (b"%PDF /Producer (Skia/PDF m140) As an earlier Chromium draws it", []),
    ],
)
def test_a_pdf_that_is_not_the_rebuilt_books_is_found(tmp_path, monkeypatch, there, found):
    paths = a_site(tmp_path)
    (html_of(paths) / pdf.BOOK).write_bytes(there)
    monkeypatch.setattr(pdf, "browser", lambda: "chromium")
    monkeypatch.setattr(pdf, "prints", lambda *_: [(pdf.BOOK, b"%PDF /Producer (Skia/PDF m156) As printed")])
    findings = list(rebuild._misprinted(Subject(paths), paths))
    assert [Path(each.place).name for each in findings] == found


def of_its_headings(paths: study.Paths) -> bytes:
    """As much of a bound book as says where its headings are."""
    places = (b"/%s [5 0 R /XYZ 0 0 0]" % place.encode() for place in sorted(pdf.headings(paths)))
    title = pdf.titles(paths)[pdf.BOOK].encode()
    about = b"%%PDF\n1 0 obj\n<</Title (%s)\n/Producer (Skia/PDF m156)>>\nendobj\n" % title
    return about + b"5 0 obj\n<</Type /Page\n" + b"\n".join(places) + b"\ntrailer\n<</Info 1 0 R>>\n"


ABOUT = {  # what a PDF says of itself, before and after
    "another title": (b"/Title (", b"/Title (Proof: "),
    "an author": (b"/Producer", b"/Author <FEFF004100790075>/Producer"),
    "an author added at the end": (
        b"<</Info 1 0 R>>", b"<</Info 1 0 R>>\n9 0 obj\n<</Author (Ayu)>>\nendobj\ntrailer\n<</Info 9 0 R>>"),
}  # fmt: skip


@pytest.mark.parametrize(
    "how",
    [
        "another PDF", "of fewer pages", "of another site", "a script with more in it", "not offered", "another title",
        "an author", "an author added at the end",
    ],
)  # fmt: skip
def test_a_pdf_of_another_book_and_a_script_with_more_in_it_are_found(tmp_path, how):
    paths = a_site(tmp_path)
    folder, subject = html_of(paths), Subject(paths)
    (folder / pdf.BOOK).write_bytes(of_its_headings(paths))
    site.offer(folder, site.made(folder, [pdf.BOOK]))
    assert not list(closed._downloads(subject))
    if how == "another PDF":
        (folder / pdf.BOOK).write_bytes(of_its_headings(paths) + b"of somebody else")
    elif how == "of fewer pages":
        (folder / pdf.BOOK).write_bytes(of_its_headings(paths).replace(b"executed-03-sharing--how", b"ringkasan"))
        site.offer(folder, site.made(folder, [pdf.BOOK]))
    elif how in ABOUT:
        before, after = ABOUT[how]
        (folder / pdf.BOOK).write_bytes(of_its_headings(paths).replace(before, after))
        site.offer(folder, site.made(folder, [pdf.BOOK]))
    elif how == "of another site":
        site.write(folder, {"more": "0"})
    elif how == "a script with more in it":
        with (folder / site.DOWNLOADS).open("a") as script:
            script.write("alert(1)")
    else:
        site.offer(folder, {})
    assert [finding.fix for finding in closed._downloads(subject)] == [closed.REPRINT]
