"""Addresses of other sites that a page, style or script fetches from, or redirects to, when it is opened.

Attributes are read as a browser reads them: entities decoded, backslashes as slashes, without line ends. Every
attribute counts except those that only hold text or wait for a click. An address that a script composes from pieces is
not seen; but such a script is not a file of a package, or a new build does not have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from analysis.drawings import with_strokes
from analysis.site import PageParser

CODE = ("script", "style")  # elements whose text is code
CLICKED = ("a", "area")  # elements that fetch their href only on a click
SAYING = {"alt", "title", "aria-label", "placeholder", "summary", "value", "cite", "content", "xmlns"}
POINTING = {"canonical", "alternate", "license", "next", "prev", "author", "help", "index", "search"}  # rel of a link
_END = r"[^\s\"'`<>)]*"
NAMESPACES = {f"http://www.w3.org/{name}" for name in ("2000/svg", "1999/xlink", "1999/xhtml")}  # names, not addresses
_SCHEME = r"(?<![\w.-])(?:https?|wss?|ftp):(?=[\w/\\])"
_IN_CODE = re.compile(rf"(?:{_SCHEME}|(?:(?<=[\"'`])|(?<=url\())(?://|\\\\)(?=[\w\[])){_END}", re.I)
_IN_ATTRIBUTE = re.compile(rf"(?:{_SCHEME}|(?:^|(?<=[\s\"'`(,;=]))//+(?=[\w\[])|^data:(?!image/)){_END}", re.I)
_HEX = re.compile(r"\\(?:x([0-9a-f]{2})|u\{?([0-9a-f]{4,6})\}?|([0-9a-f]{2,6})\s?)", re.I)  # a character of JS or CSS
_FOLDED = re.compile(r"\\[ntr]")  # escaped line ends and tabs, which a browser removes from an address


def in_code(text: str) -> list[str]:
    """Addresses of other sites in a style or script."""
    shown = _HEX.sub(lambda match: _sign(next(filter(None, match.groups()))), text)
    read = re.sub(r"(?<=url\()\s+", "", _FOLDED.sub("", shown).replace("\\/", "/").replace("\\\\", "\\"))
    return [address for address in _IN_CODE.findall(read) if address not in NAMESPACES]


def _sign(digits: str) -> str:
    """A character by its code point in hexadecimal digits."""
    return chr(number) if (number := int(digits, 16)) < 0x110000 else ""


@lru_cache(maxsize=256)
def on_page(text: str) -> tuple[str, ...]:
    """Addresses of other sites that a page fetches from, or redirects to, when it is opened."""
    page = _Fetching()
    page.feed(with_strokes(text, lambda run: ""))
    page.close()
    return tuple(page.addresses)


class _Fetching(PageParser):
    """Collects a page's addresses of other sites that are fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in CODE else self._inside
        given = {name: value or "" for name, value in reversed(attrs)}  # of a repeated attribute the first value counts
        if tag == "base" or given.get("http-equiv", "").strip().lower() == "refresh":
            self.addresses.append(self.get_starttag_text() or tag)
        for name, value in given.items():
            if not _waits(tag, name, given.get("rel", "").lower().split()):
                self.addresses += _in_attribute(name, value)

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.addresses += in_code(data)

    def handle_skipped(self, written: str) -> None:
        self.addresses += in_code(written)  # a browser may end a comment before this parser does


def _waits(tag: str, name: str, rel: Sequence[str]) -> bool:
    """Whether an attribute's address is not fetched until a reader clicks."""
    pointing = tag == "link" and bool(rel) and set(rel) <= POINTING
    return name in SAYING or name.startswith("xmlns:") or (name == "href" and (tag in CLICKED or pointing))


def _in_attribute(name: str, value: str) -> list[str]:
    """Addresses of other sites in an attribute's value."""
    if name == "srcdoc":
        return list(on_page(value))
    read = re.sub(r"[\t\r\n]", "", value).strip("".join(map(chr, range(33)))).replace("\\", "/")
    return _IN_ATTRIBUTE.findall(read) or in_code(value)
