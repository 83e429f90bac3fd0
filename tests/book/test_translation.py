"""The book's fixed words in other languages, and what is translated of a page."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from analysis import study
from analysis.book import summary_page, translation
from analysis.errors import InputError
from analysis.tools import check

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "book" / "locale"
CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Theory"\nmsgstr "{}"\n'


def a_book(root: Path, translation_of_theory: str) -> study.Paths:
    """A book of one page, with a Javanese catalogue."""
    paths = study.Paths(root)
    folder = paths.book / "locale" / "jv" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "book.po").write_text(CATALOGUE.format(translation_of_theory), encoding="utf-8")
    (paths.book / "theory.md").write_text("# Theory\n\nText.\n")
    (paths.book / "index.md").write_text("# {study}`title`\n")
    return paths


def test_the_shipped_book_has_no_word_without_an_indonesian_one():
    assert translation.untranslated(study.Paths(ROOT)) == {"id": []}


def test_another_language_is_a_file(tmp_path):
    paths = a_book(tmp_path, "Tèori")
    assert translation.translated(paths.book / "locale", "jv", "Theory") == "Tèori"
    assert translation.languages(paths.book / "locale") == ["jv"]


def test_what_is_not_translated_stays_english_and_check_lists_it(tmp_path):
    paths = a_book(tmp_path, "")
    assert translation.translated(paths.book / "locale", "jv", "Theory") == "Theory"
    assert translation.translated(paths.book / "locale", "su", "Theory") == "Theory"
    (note,) = check._untranslated(paths)
    assert note == (
        "1 line of the book stays English, because book/locale/jv/LC_MESSAGES/book.po does not translate: Theory"
    )


def test_a_file_that_is_no_catalogue_is_refused(tmp_path):
    paths = a_book(tmp_path, "")
    (paths.book / "locale" / "jv" / "LC_MESSAGES" / "book.po").write_text("msgid Theory\n")
    with pytest.raises(InputError, match="not a catalogue of translations"):
        translation.translated(paths.book / "locale", "jv", "Theory")


def test_navigation_and_names_are_translated_and_the_article_is_not(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import guyub_reader

    page = (
        '<head><title>Theory</title></head><body><a title="Theory"> Theory</a><article title="Search">Theory</article>'
        "<p>next</p></body>"
    )
    shown = guyub_reader.in_its_language(page, lambda text: translation.translated(LOCALE, "id", text))
    assert shown == (
        '<head><title>Theory</title></head><body><a title="Teori"> Teori</a><article title="Cari">Theory</article>'
        "<p>berikutnya</p></body>"
    )


def test_the_picture_has_a_dot_for_every_member_and_says_why_it_is_missing(monkeypatch):
    found = {"sharing.members": 39, "sharing.sharers": 30, "sharing.ever": {"value": 21.45}}
    found["sharing.top"] = {"members": 3, "value": 0.741}
    monkeypatch.setattr(summary_page.prose_numbers, "lookup", lambda _, path: found[path])
    own, simulated = SimpleNamespace(simulated=False), SimpleNamespace(simulated=True)
    drawn = summary_page.who_shares(own, str)
    assert [drawn.count(f'class="{kind}"') - 1 for kind in ("most", "some", "none")] == [3, 18, 18]  # and the legend's
    assert "3 of 39 members write about 74 % of all business news" in drawn
    assert "Simulated data" not in drawn
    assert "Simulated data" in summary_page.who_shares(simulated, str)  # the picture is taken along without its page
    found["sharing.ever"] = None
    assert "Not shown: nobody has coded enough messages" in summary_page.who_shares(own, str)


def test_the_summary_names_the_most_frequent_themes_and_says_how_many_more_there_are(monkeypatch):
    counts = {"trust": 9, "care": 8, "reward": 7, "humour": 6, "time": 5, "jokes": 4, "tea": 4, "rain": 1, "snow": 0}
    themes = {name: {"side": "helps", "of": 12, "participants": n} for name, n in counts.items()}
    found = {"themes.themes": themes, "coding.by_code": {}}
    monkeypatch.setattr(summary_page.prose_numbers, "lookup", lambda _, path: found[path])
    assert "time (5), jokes (4), tea (4), and 1 more." in summary_page.voiced(None, str)


def test_the_summary_leads_with_no_theme_on_which_coders_differ_too_much(monkeypatch):
    theme = {"side": "hinders", "of": 12}
    found = {
        "themes.themes": {"cost": theme | {"participants": 10}, "formality": theme | {"participants": 8}},
        "coding.by_code": {"cost": {"usable": False, "alpha": 0.5}, "formality": {"usable": True, "alpha": 0.8}},
    }
    monkeypatch.setattr(summary_page.prose_numbers, "lookup", lambda _, path: found[path])
    said = summary_page.voiced(None, str)
    assert "<strong>Hinders</strong>: formality (8)." in said
    assert said.endswith("Left out here, because the coders’ agreement is below the floor: cost (10).</p>")
    found["themes.themes"] = {"cost": theme | {"participants": 10}}
    assert summary_page.voiced(None, str) == ""
    found["coding.by_code"]["cost"] = {"usable": False, "alpha": None}  # read by one coder only
    assert "<strong>Hinders</strong>: cost (10)." in summary_page.voiced(None, str)
