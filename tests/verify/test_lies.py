"""What an adversary tried and verify did not see: forms of HTML, of addresses, of names, of links, without a study."""

import hashlib
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from analysis import site, study
from analysis.verify import alike, closed, damage, fetching, meant, pages, quotations, rebuild, stages, stated, styles
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


def test_a_page_with_known_bytes_is_not_read_again_and_a_rebuild_believes_no_noted_hash(tmp_path):
    page = tmp_path / "book" / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>As built</p>", encoding="utf-8")
    made = site.hashes(page.parent)
    noted = {"index.html": {**made["index.html"], site.WHOLE: "noted"}}
    assert site.hashes(page.parent, noted) == noted
    page.write_text("<p>As  built</p >", encoding="utf-8")  # another page in bytes only
    assert not list(closed.differing(made, site.hashes(page.parent, made)))
    page.write_text("<p>As forged</p>", encoding="utf-8")
    forged = {"index.html": {**made["index.html"], site.BYTES: hashlib.sha256(page.read_bytes()).hexdigest()}}
    site_of = {"site": forged, "built_from": {}}
    (page.parent.parent / site.NAME).write_text(json.dumps(site_of), encoding="utf-8")
    subject = Subject(study.Paths(tmp_path))
    assert [each.place for each in rebuild._unlike(subject, made)] == ["book/_build/html/index.html"]


@pytest.mark.parametrize(("other", "found"), [(2, []), (3, ["it gives 3 where there is no metric"])])
def test_a_quantity_that_no_metric_holds_is_alike_wherever_the_book_gives_it(monkeypatch, other, found):
    """As of a claim that a small study cannot assess."""
    said = {"a.html": "Of 2 partnerships that were declared", "b.html": f"Members declared {other} partnerships."}
    monkeypatch.setattr(alike, "_value", lambda *_: None)
    monkeypatch.setattr(alike, "sentences", lambda _: said)
    monkeypatch.setattr(alike, "cells", lambda _: {})
    subject = SimpleNamespace(language=lambda _: "en")
    findings = list(alike.one_quantity_has_one_figure(subject))
    assert [each.what[: len("it gives 3 where there is no metric")] for each in findings] == found


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
    assert fetching.on_page(page) == ()


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
    assert fetching.on_page(f"<html>{markup}</html>") == ()


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
    subject = Subject(study.Paths(root))
    found = {each.place for each in closed._links(subject, closed._looked_at(subject))}
    assert found == {"claims.yaml", "metrics", "data/raw", "docs/loop", "book/_static", ".dvcignore"}


def test_a_second_file_whose_name_differs_by_case_alone_is_found(tmp_path):
    (tmp_path / "book").mkdir()
    subject = Subject(study.Paths(tmp_path))
    for name in ("params.yaml", "book/index.md", "book/trust.md"):
        (tmp_path / name).touch()
    assert [*closed._twins(subject, closed._looked_at(subject))] == []
    for name in ("Params.yaml", "book/Index.md"):
        (tmp_path / name).touch()
    found = {each.place.casefold() for each in closed._twins(subject, closed._looked_at(subject))}
    assert found == {"params.yaml", "book/index.md"}


def test_a_file_of_dvc_elsewhere_is_found_whatever_it_is_called(tmp_path):
    for name in ("dvc.yaml", "docs/dvc.yaml", "src/dvc.lock", "data/raw/chats.dvc", ".venv/dvc.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(stages._elsewhere(tmp_path)) == ["data/raw/chats.dvc", "docs/dvc.yaml", "src/dvc.lock"]


# What is written, and what is meant


def wrongs(ran, text, place="book/own.md"):
    subject = Subject(ran)
    subject.__dict__["prose"] = {place: text}
    return [each.what for each in meant.numbers_are_those_meant(subject)]


@pytest.mark.parametrize("text", [
    "It grows by {num}`partnership.C1.low|.2f` to {num}`partnership.C2.high|.2f`.",
    "It grows by {num}`partnership.C1.high|.2f` to {num}`partnership.C1.low|.2f`.",
    "Antara {num}`partnership.C1.value|.2f` dan {num}`partnership.C1.high|.2f`.",
    "It grows, and may by {num}`partnership.C1.high|.2f`.",
    "## Partnerships\n\nIt is {verdict}`C3`.", "For C2, it is {verdict}`C1`.", "Kemitraan: {verdict}`C1`.",
    "- Business news is left to a few ({verdict}`C1`).", "**What hinders?** {verdict}`R1`",
    "Ties grow ({num}`claims.claims.1.wrongly_supported|percent`).",
    "A day has {num}`recommendations.today.reach_week.value|percent`.",
    "It takes {num}`timings.study_minutes|count hour`.",
    "A hundred leave {num}`replies.adapted.400.worst|.1%`.",
    "It is {num}`replies.links.plain.trained model.f|.2f` against {num}`replies.links.plain.trained model.f|.2f`.",
    ":::{unless} network.adaptation.status = ok\nIt is {num}`network.adaptation.effect.adapted.stated|percent`.\n:::",
    "It is {num}`timings.disk_gigabytes|+.0e`, and {num}`replies.links.plain.trained model.f|.0f`.",
])  # fmt: skip
def test_a_number_that_its_words_do_not_mean_is_found(ran, text):
    assert wrongs(ran, text)


@pytest.mark.parametrize("text", [
    "By {num}`partnership.C1.value|.2f` (from {num}`partnership.C1.low|.2f` to {num}`partnership.C1.high|.2f`).",
    "Ties grow by at least {num}`partnership.C1.low|.2f`.", "Paling sedikit {num}`partnership.C1.low|.2f`.",
    "From {num}`ingest.first|date` to {num}`ingest.last|date`, {num}`ingest.messages|count message` were written.",
    "Relationships ({verdict}`C1`) and partnerships ({verdict}`C2`): both hang on informal talk.",
    "Informal talk strengthens relationships {verdict}`C1` and partnerships {verdict}`C2`.",
    "The verdict is {verdict}`C4`.", "Of three, {verdict}`C1`, {verdict}`C2` and {verdict}`C3`, one is firm.",
    "Unlike C2, C1 is {verdict}`C1`.", "The second test is of {num}`partnership.C2.n.pairs|count pair`.",
    "In the quiet one it is {num}`replies.communities.quiet.overconfidence|.1%`, unlike the busy one.",
    "Every day, {num}`ingest.writers|count member` write.", "{num}`ingest.members|.0f` members wrote.",
    "It takes {num}`timings.study_minutes|count minute`, then {num}`timings.again_seconds|count second` the next day.",
])  # fmt: skip
def test_a_number_that_its_words_do_mean_is_left_alone(ran, text):
    assert wrongs(ran, text) == []


# Styles


@pytest.mark.parametrize("style", [
    ".verdict { color: transparent }", ".computed{opacity:.01}", '[title$=".low"] { color: #fff !important }',
    "td:nth-child(2) { visibility: hidden }", '.x::before { content: "\\34 2" }', "strong { display : none }",
    "@media screen { @supports (display: grid) { p.limits { position: absolute; left: -9999px } } }",
    ".cell_output { max-height: 0; overflow: clip }", "aside { clip-path: inset(50%) }", ".computed { font-size: 1px }",
    ".verdict { & > b { display: none } }", ".bd-sidebar-primary ~ main .verdict { display: none }",
    ".verdict::after { content: attr(title) }", "@font-face { font-family: x; src: url(x.woff) }",
    ".computed { unicode-bidi: bidi-override; direction: rtl }", ".verdict { transform: scale(0) }",
    ":root { --pst-color-text-base: #fff }", "/* } */ .ledger td { font-size: 0 }", ".computed { filter: opacity(0) }",
])  # fmt: skip
def test_a_style_that_writes_or_hides_is_found(style):
    assert [what for rule in styles.rules(style) for what in styles.wrong(rule)]


@pytest.mark.parametrize("style", [
    "h2 { color: #b34b00 }", ".note { background: #333; color: #fff }", "table { font-size: 0.8rem }",
    'html[data-theme="dark"] p { color: #fff }', ".prev-next-area, .bd-footer p { display: none }",
    'blockquote::before { content: "\\201C" }', "figure img { width: 50% }", ".headerlink { visibility: hidden }",
    "p { margin: 0; padding: 0; line-height: 1.5 }", ":root { --guyub-blue: #004488 }", "@page { size: A5 }",
])  # fmt: skip
def test_a_style_that_dresses_is_left_alone(style):
    assert [what for rule in styles.rules(style) for what in styles.wrong(rule)] == []


# What is stated of a study


def test_the_banner_of_every_page_is_known(ran):
    subject = Subject(ran)
    assert list(stated._banners(subject, simulated=True)) == []
    assert len(list(stated._banners(subject, simulated=False))) == len(subject.site)


def test_a_study_of_real_people_says_nowhere_that_nobody_wrote_it(ran):
    subject = Subject(ran)
    assert {each.place for each in stated._fronts(subject, simulated=False)} == {
        "book/index.md", "book/ringkasan.md", "book/brief.md", "book/brief-id.md"}  # fmt: skip


@pytest.mark.parametrize(("title", "cited", "own"), [
    ("Guyub: how a business community talks", "Guyub: a reproducible study of how a community talks", True),
    ("Bakers of Malang", "Guyub: a reproducible study of how a business community talks", False),
    ("Guyub Malang: talk", "Guyub: a reproducible study of how a business community talks", False),
    ("Talk among bakers", "Talk among bakers, a study", True), ("Guyub", "Other: a book", False),
])  # fmt: skip
def test_a_citation_of_the_program_is_not_taken_for_one_of_the_study(title, cited, own):
    assert stated._is_own(title, cited) is own


@pytest.mark.parametrize(
    "said", ["No person took part, and no consent was asked.", "Approval is needed before a real one."]
)
def test_ethics_that_claim_nothing_are_left_alone(broken, said):
    broken("study.yaml", "No person took part.", said)
    assert list(stated._statements(Subject(broken.paths))) == []
