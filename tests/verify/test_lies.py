"""What an adversary tried and verify did not see: forms of HTML, of addresses, of names, of links, without a study."""

import os
import re
import subprocess
import sys

import pytest

from analysis import site, study
from analysis.verify import closed, damage, fetching, pages, quotations, stages
from analysis.verify.subject import Subject

SAID = "<p>The board approved of it.</p>"


@pytest.mark.parametrize("planted", [
    f"<!-->{SAID}<!-- -->", f"<!--->{SAID}<!-- -->", f"<!-- x --!>{SAID}<!-- -->", f"<!-- a -- >{SAID}<!-- -->",
    f"<![CDATA[x>{SAID}]]>", "<![x]>", f"<!x {SAID}", f"<?x {SAID}?>", "<!-- a note -->", "</>", "</ x>",
    '</p x="><p>', '</p title="', "<p a='x'\"y>", '<p a=="x">', '<p title="one" title="other">',
])  # fmt: skip
def test_what_a_browser_may_show_and_a_parser_skips_counts_in_the_hashes_of_a_page(planted):
    page = "<html><p>One</p>{}<p>Two</p></html>"
    before, now = (site.page_hashes(page.format(what)) for what in ("", planted))
    assert site.COMMENTS in site.changed(before, now)


def test_another_order_of_attributes_and_other_white_space_are_the_same_page():
    pages_alike = ('<p class="a" id=b>One <br/>\n two</p >', "<p id='b'  class='a' >One <br  />  two</p>")
    assert len({str(site.page_hashes(page)) for page in pages_alike}) == 1


def test_what_stands_for_strokes_is_not_taken_for_strokes():
    strokes = '<g><path d="M 1 2 L 3 4"/></g>'
    drawn = f'<html><svg class="wide" viewBox="0 0 9 9">{strokes}</svg></html>'
    instead = re.sub(re.escape(strokes), f'<path strokes="{site._hash(strokes.encode())}"/>', drawn)
    assert site.WHOLE in site.page_hashes(drawn)
    assert site.page_hashes(instead)[site.WHOLE] != site.page_hashes(drawn)[site.WHOLE]


@pytest.mark.parametrize("markup", ["<![x]", "<![y]>", "<![", "<!", "<?", "<!--", "</", "<![CDATA[", "<!doctype", "&#"])
def test_no_markup_stops_a_reader_of_pages(markup):
    page = f"<p>One {markup} <q>two</q></p>"
    assert site.page_hashes(page)
    assert quotations._Page(page).words
    assert fetching.on_page(page) == []


def test_what_a_parser_asserts_is_a_broken_file():
    assert issubclass(AssertionError, damage.BROKEN)


def test_a_file_whose_name_no_encoding_takes_is_reported(broken):
    broken(os.fsdecode(b"metrics/\xff.txt"), None, "x")
    command = [sys.executable, "-m", "analysis.cli", "verify", "--only", "closed"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    for words in ([], ["--json"]):
        done = subprocess.run(
            [*command, *words], cwd=broken.paths.root, env=environment, capture_output=True, text=True, check=False
        )
        assert r"metrics/\udcff.txt" in done.stdout
        assert "Traceback" not in done.stderr


# Addresses


@pytest.mark.parametrize("markup", [
    "<script>fetch('https://e.org')</script>", '<script>fetch("\\x68ttps:\\/\\/e.org")</script>',
    '<script>fetch("ht\\ntps://e.org")</script>', "<script>new WebSocket(`wss://e.org`)</script>",
    "<style>@import url(https://e.org)</style>", '<style>@import "//e.org/x.css"</style>',
    "<style>p { background: url( //e.org/x ) }</style>", "<style>p { background: url(\\68ttps://e.org) }</style>",
    '<link rel="alternate stylesheet" href="https://e.org">', "<link rel=stylesheet href=//e.org>",
    '<link rel="preload" href="https:e.org">', '<script src="&#104;ttps://e.org">', r'<script src="https:\\e.org">',
    r'<script src="/\e.org">', '<script src="ht\ntps://e.org">', '<script src=" https://e.org">',
    '<script src="data:text/javascript,1">', '<iframe src="javascript:fetch(\'https://e.org\')">',
    '<iframe srcdoc="&lt;img src=//e.org&gt;">', '<p style="background:url(https://e.org)">',
    '<p style="background:url(&quot;//e.org&quot;)">', '<p onclick="fetch(`//e.org`)">',
    '<img srcset="a.png 1x, //e.org/b.png 2x">', "<body background=//e.org>", "<object data=///e.org>",
    '<svg><feImage href="https://e.org"/></svg>', '<svg><set to="https://e.org"/></svg>', "<video poster=//e.org>",
    '<a href="x.html" ping="https://e.org">x</a>', '<!--><img src="https://e.org"><!-- -->', '<base href="x">',
    '<meta http-equiv=" Refresh" content="0; url=x.html">', '<img src="https://e.org" src="x.png">',
])  # fmt: skip
def test_whatever_a_page_fetches_from_another_site_is_found(markup):
    assert fetching.on_page(f"<html>{markup}</html>")


@pytest.mark.parametrize("markup", [
    '<a href="https://e.org">https://e.org</a>', '<link rel="license" href="https://e.org">',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"></svg>',
    '<path clip-path="url(#x)"/>', '<meta property="og:url" content="https://e.org">', '<img alt="https://e.org">',
    "<script>// see\nf('a') // b\nx.replace(/\\W+$/, '')</script>", '<img src="a//b.png">', "<p>https://e.org</p>",
])  # fmt: skip
def test_an_address_that_nothing_is_fetched_from_is_none(markup):
    assert fetching.on_page(f"<html>{markup}</html>") == []


# The order of what is shown


@pytest.mark.parametrize(("shown", "wrong"), [
    ("4 13 7", ""), ("4 7", ""), ("4 13 7 7", "7"), ("13 4 7", "13"), ("4 7 13", "13"), ("7 13 4", "7"), ("4 13", "7"),
])  # fmt: skip
def test_two_values_of_a_page_that_change_places_are_found(shown, wrong):
    given = [("4", True), ("13", False), ("7", True)]
    assert pages.out_of_place(shown.split(), given) == wrong


# Links, and stages elsewhere


def test_a_link_is_found_in_the_study_itself_and_in_place_of_a_folder(tmp_path):
    root, away = tmp_path / "study", tmp_path / "away"
    for folder in (root / "docs", root / "data", root / "book", root / ".venv", away):
        folder.mkdir(parents=True)
    for name in ("claims.yaml", "metrics", "data/raw", "docs/loop", "book/_static", ".dvcignore", ".venv/bin"):
        (root / name).symlink_to(away)
    found = {each.place for each in closed._links(Subject(study.Paths(root)))}
    assert found == {"claims.yaml", "metrics", "data/raw", "docs/loop", "book/_static", ".dvcignore"}


def test_a_file_of_dvc_elsewhere_is_found_whatever_it_is_called(tmp_path):
    for name in ("dvc.yaml", "docs/dvc.yaml", "src/dvc.lock", "data/raw/chats.dvc", ".venv/dvc.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(stages._elsewhere(tmp_path)) == ["data/raw/chats.dvc", "docs/dvc.yaml", "src/dvc.lock"]
