"""Terms are explained at their first use on a page, to the mouse, the keyboard and a finger."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.core import publish_doctree

ROOT = Path(__file__).parents[2]
SITE = ROOT / "book" / "_build" / "html"
GLOSSARY = """
Gini coefficient
  How unequally *something* is spread.

  Indonesian: koefisien
tie
  Talk of a pair.
"""
PAGE = """
The tie of a tie
================

``tie``, and `a tie <there>`_ in neckties; no tie-in. Then ties, a Tie and the Gini
coefficient, a tie again.
"""


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import guyub_terms

    return guyub_terms


def test_the_first_use_is_explained_and_no_other_and_none_in_headings_links_and_code(module):
    glossary = publish_doctree(GLOSSARY)
    for term in glossary.findall(nodes.term):
        term["ids"] = [f"term-{term.astext().split()[0]}"]
    page = publish_doctree(PAGE, settings_overrides={"report_level": 5})
    config = SimpleNamespace(guyub_glossaries={"en": "glossary"}, guyub_languages={})
    env = SimpleNamespace(found_docs={"glossary"}, get_doctree=lambda _: glossary)
    builder = SimpleNamespace(get_relative_uri=lambda _, to: f"../{to}.html")
    before = page.astext()
    module.explain(SimpleNamespace(config=config, env=env, builder=builder), page, "executed/03-sharing")
    found = [(node.astext(), node["meaning"], node["place"]) for node in page.findall(module.explained)]
    assert found == [
        ("ties", "Talk of a pair.", "../glossary.html#term-tie"),
        ("Gini\ncoefficient", "How unequally something is spread.", "../glossary.html#term-Gini"),
    ]
    assert page.astext() == before


def test_both_glossaries_explain_each_term_once(module):
    for name in ("glossary", "istilah"):
        text = (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8")
        bodies = [part.partition("```")[0] for part in text.split("```{glossary}\n")[1:]]
        terms = [line for body in bodies for line in body.splitlines() if line and not line.startswith(" ")]
        assert len(terms) == len({term.lower() for term in terms})
        entries = sum(body.count("Indonesian: *" if name == "glossary" else "Inggris: *") for body in bodies)
        assert entries == sum(body.count("\n\n  In") for body in bodies) > 10


@pytest.fixture
def page(browser):
    assert (SITE / "glossary.html").exists(), "the book is not built: run `make study` first"
    context = browser.new_context(viewport={"width": 390, "height": 700}, has_touch=True)
    page = context.new_page()
    page.goto((SITE / "ringkasan.html").as_uri())
    yield page
    context.close()


def test_a_term_is_explained_to_keyboard_mouse_and_finger_and_leads_to_the_glossary(page):
    meaning, terms = page.locator("#term-meaning"), page.locator("a.term")
    first, other = terms.nth(1), terms.nth(2)
    first.focus()
    assert meaning.text_content() == first.get_attribute("data-meaning")
    assert first.get_attribute("aria-describedby") == "term-meaning"
    page.keyboard.press("Escape")
    assert not meaning.is_visible()
    other.hover()
    assert meaning.text_content() == other.get_attribute("data-meaning")
    box = meaning.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    first.tap()
    assert meaning.is_visible()
    assert page.url.endswith("ringkasan.html")
    first.tap()
    page.wait_for_function("location.pathname.endsWith('istilah.html') && location.hash.startsWith('#term-')")
