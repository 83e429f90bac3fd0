"""Check that the list of the book's pages and terms that other books link by (objects.inv) leads where it says."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.util.inventory import InventoryFile

from analysis.verify.subject import REBUILD, Finding

INVENTORY = "objects.inv"
LISTS = {"genindex", "modindex", "py-modindex", "search"}  # pages that Sphinx names in every inventory, made or not
_TITLE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.S)
_TERM = re.compile(r'<dt id="(term-[^"]+)">(.*?)<a class="headerlink"', re.S)


def inventory_leads_where_it_says(site: Path, name: str) -> Iterator[Finding]:
    """Entries of the inventory that lead to another page or place than that of their name, or show another title. site:
    its folder; name: of that folder, as findings show it. Raises ValueError on an invalid inventory."""
    with (site / INVENTORY).open("rb") as stream:
        listed = InventoryFile.load(stream, "", posixpath.join)
    for kind, entries in listed.items():
        for entry, (_, _, address, shown) in entries.items():
            page, _, place = address.partition("#")
            if entry not in LISTS and not _leads(site / page, kind, entry, place, shown):
                yield Finding(f"{name}/{INVENTORY}", f"{entry!r} leads to {address}, which is not its place", REBUILD)


def _leads(page: Path, kind: str, entry: str, place: str, shown: str) -> bool:
    """Whether a page is that of an entry: of a document by its path and title, of a term and any other by its place."""
    if not page.is_file():
        return False
    text = page.read_text(encoding="utf-8")
    if kind == "std:doc":
        titles = [_words(title) for title in _TITLE.findall(text)]
        return page.as_posix().endswith(f"/{entry}.html") and _words(shown) in titles
    if kind == "std:term":
        return _words(entry) in (_words(term) for at, term in _TERM.findall(text) if at == place)
    return not place or f'id="{place}"' in text


def _words(text: str) -> list[str]:
    """The words of a title or term, whatever signs a page sets between them."""
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]+>", "", text)).casefold())
