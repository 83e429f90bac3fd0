"""HTML as a tree, as forgiving as a browser: what is not closed is closed by what closes around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
DEEPEST = 200  # elements within each other; messengers stay below 30
SILENT = ("style", "script", "title")


@dataclass
class Element:
    """An element. children: texts and elements in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        """The names in its class attribute."""
        return set(self.attributes.get("class", "").split())

    def within(self) -> Iterator[Element]:
        """All elements in it, in order."""
        waiting = [child for child in reversed(self.children) if isinstance(child, Element)]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += [child for child in reversed(node.children) if isinstance(child, Element)]

    def all(self, name: str) -> list[Element]:
        """The elements in it of a class."""
        return [node for node in self.within() if name in node.classes]

    def first(self, *names: str) -> Element | None:
        """The first element in it of one of these classes."""
        return next((node for node in self.within() if not node.classes.isdisjoint(names)), None)

    def text(self, without: frozenset[str] = frozenset()) -> str:
        """Its text, a line break for each <br> and paragraph, without elements of some classes."""
        pieces: list[str] = []
        waiting: list[Element | str] = [self]
        while waiting:
            piece = waiting.pop()
            if isinstance(piece, str):
                pieces.append(piece)
            elif piece.tag == "br":
                pieces.append("\n")
            elif piece.tag == "img" and piece.attributes.get("alt"):
                pieces.append(piece.attributes["alt"])  # an emoji
            elif piece.tag not in SILENT and (piece is self or without.isdisjoint(piece.classes)):
                waiting += (["\n"] if piece.tag in ("p", "li") and piece is not self else []) + piece.children[::-1]
        return "".join(pieces)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID and len(self.open) < DEEPEST:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        place = next((i for i in range(len(self.open) - 1, 0, -1) if self.open[i].tag == tag), None)
        if place is not None:
            del self.open[place:]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(html: str) -> Element:
    """The document's root."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def plain(html: str) -> str:
    """The text of a fragment, blank lines at its ends and blanks in rows left out."""
    return re.sub(r"[ \t]+", " ", tree(html).text()).strip()
