"""Whether the book's search finds what its pages say: words that they share are in the index that Sphinx made."""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sphinx.search.en import SearchEnglish

from analysis.verify.subject import Finding

INDEX = "searchindex.js"
SHARED = 2  # pages from which a word counts: a single page may say it where Sphinx does not look
REBUILD = "Build the book again: dvc repro book"
SPLITTER = SearchEnglish({})  # which stems and leaves out words as the build does
# What is no words of a page, and links to its downloads, which are put there after the index is made
APART = re.compile(
    r"<(script|style|svg|details|button|pre|nav)\b.*?</\1>|<a\b[^>]*_?download[^>]*>.*?</a>|<[^>]+>", re.DOTALL
)


def search_finds_what_pages_say(site: Path, name: str) -> Iterator[Finding]:
    """Words of SHARED pages or more that the index lists on none of them. site: its folder; name: of that folder, as
    findings have it. Raises ValueError on an index that is none."""
    index = json.loads((site / INDEX).read_text(encoding="utf-8").partition("(")[2].rpartition(")")[0])
    listed = _listed(index)
    pages: dict[str, set[int]] = defaultdict(set)
    for number, page in enumerate(index["docnames"]):
        for term in _terms(site / f"{page}.html"):
            pages[term].add(number)
    hidden = sorted(term for term, on in pages.items() if len(on) >= SHARED and not on & listed[term])
    if hidden:
        what = (
            f"its search finds no page for {', '.join(hidden[:5])}; the first is said on {len(pages[hidden[0]])} pages"
        )
        yield Finding(f"{name}/{INDEX}", what, REBUILD)


def _listed(index: dict) -> dict[str, set[int]]:
    """The numbers of the pages on which the index lists each term."""
    listed: dict[str, set[int]] = defaultdict(set)
    for kind in ("terms", "titleterms"):
        for term, on in index[kind].items():
            listed[term] |= {on} if isinstance(on, int) else set(on)
    return listed


def _terms(page: Path) -> Iterator[str]:
    """The terms under which Sphinx lists what a page says in its article."""
    said = re.search(r"<article\b.*?</article>", page.read_text(encoding="utf-8"), re.DOTALL) if page.exists() else None
    words = set(SPLITTER.split(html.unescape(APART.sub(" ", said[0] if said else ""))))
    for word in (word.lower() for word in words):
        if SPLITTER.word_filter(stem := SPLITTER.stem(word)):
            yield stem
        elif SPLITTER.word_filter(word):
            yield word
