"""Check that the book's search finds what its pages say: shared words, titles of sections and terms of the glossary are
in the index that Sphinx made, and nothing else is."""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.search.en import SearchEnglish

from analysis.verify.subject import REBUILD, Finding

INDEX = "searchindex.js"
SHARED = 2  # least number of pages with a word: a single page may have it where Sphinx does not look
SPLITTER = SearchEnglish({})  # stems and drops words as the build does
# Parts that are not a page's words, and links to its downloads, which are added after the index is made
APART = re.compile(
    r"<(script|style|svg|details|button|pre|nav)\b.*?</\1>|<a\b[^>]*_?download[^>]*>.*?</a>|<[^>]+>", re.DOTALL
)

HEADING = re.compile(
    r'<section[^>]*\bid="(?P<place>[^"]+)"[^>]*>\s*(?:<span[^>]*></span>\s*)*<h(?P<level>[1-6])>(?P<title>.*?)'
    r'<a class="headerlink"',
    re.DOTALL,
)
UNSEARCHED = re.compile(r"---\n(?:(?!---).*\n)*?nosearch: true\n")  # the page's metadata
TERM = re.compile(r'<dt id="(term-[^"]+)"')
Entry = tuple[str, int, str | None]  # a title, or nothing for a term; the number of a page; the place on it


def search_finds_what_pages_say(site: Path, name: str) -> Iterator[Finding]:
    """Words of SHARED pages or more that the index lists on none of them. site: its folder; name: of that folder, as
    findings show it. Raises ValueError on an invalid index."""
    index = json.loads((site / INDEX).read_text(encoding="utf-8").partition("(")[2].rpartition(")")[0])
    listed = _listed(index)
    pages: dict[str, set[int]] = defaultdict(set)
    for number, page in enumerate(index["docnames"]):
        for term in _terms(_read(site / f"{page}.html")):
            pages[term].add(number)
    hidden = sorted(term for term, on in pages.items() if len(on) >= SHARED and not on & listed[term])
    if hidden:
        what = (
            f"its search finds no page for {', '.join(hidden[:5])}; the first is said on {len(pages[hidden[0]])} pages"
        )
        yield Finding(f"{name}/{INDEX}", what, REBUILD)
    there, entered = {*_entries(site, index)}, {*_entered(index)}
    for title, number, place in sorted(there ^ entered, key=str):
        what = "does not know" if (title, number, place) in there else "leads to a page that does not exist:"
        named = f"{title or 'the term'} ({index['docnames'][number]}#{place or ''})"
        yield Finding(f"{name}/{INDEX}", f"its search {what} {named}", REBUILD)


def _entries(site: Path, index: dict[str, Any]) -> Iterator[Entry]:
    """Titles and terms of the pages, except pages excluded from search."""
    for number, name in enumerate(index["docnames"]):
        text, source = (_read(place) for place in (site / f"{name}.html", site / "_sources" / f"{name}.md"))
        for found in () if UNSEARCHED.match(source) else HEADING.finditer(text):
            yield _shown(found["title"]), number, None if found["level"] == "1" else found["place"]
        yield from (("", number, place) for place in TERM.findall(text))


def _shown(title: str) -> str:
    """The plain text of a title in HTML."""
    return _spaced(html.unescape(re.sub(r"<[^>]+>", "", title)))


def _spaced(text: str) -> str:
    """A text in single spaces; code in HTML has non-breaking ones."""
    return " ".join(text.split())


def _read(place: Path) -> str:
    return place.read_text(encoding="utf-8") if place.exists() else ""


def _entered(index: dict[str, Any]) -> Iterator[Entry]:
    """Titles and terms in the index, except those of boxes within a page, which have no anchor."""
    pages = [_shown(title) for title in index["titles"]]  # these are HTML, while alltitles are text
    for title, places in ((_spaced(title), places) for title, places in index["alltitles"].items()):
        yield from ((title, number, place) for number, place in places if place or title == pages[number])
    for entries in index["indexentries"].values():
        yield from (("", number, place) for number, place, *_ in entries)


def _listed(index: dict) -> dict[str, set[int]]:
    """The numbers of the pages on which the index lists each term."""
    listed: dict[str, set[int]] = defaultdict(set)
    for kind in ("terms", "titleterms"):
        for term, on in index[kind].items():
            listed[term] |= {on} if isinstance(on, int) else set(on)
    return listed


def _terms(page: str) -> Iterator[str]:
    """The terms under which Sphinx lists what a page says in its article."""
    said = re.search(r"<article\b.*?</article>", page, re.DOTALL)
    words = set(SPLITTER.split(html.unescape(APART.sub(" ", said[0] if said else ""))))
    for word in (word.lower() for word in words):
        if SPLITTER.word_filter(stem := SPLITTER.stem(word)):
            yield stem
        elif SPLITTER.word_filter(word):
            yield word
