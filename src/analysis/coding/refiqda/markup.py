"""Reading and writing XML: no document type, no custom entities, bounded depth; equal trees give equal bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from analysis.errors import InputError

LINE = ":line"  # attribute with the element's line in the file; not a legal name in XML, so it cannot clash
DEPTH = 200  # levels of elements; a codebook nested deeper than this is an attack
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_VALUE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


@dataclass(frozen=True)
class XmlFile:
    """A file's root element, its namespace, and the processing instructions by target. Tags have no namespace."""

    root: Element
    namespace: str
    instructions: dict[str, str]


def parse(data: bytes, place: str | Path) -> XmlFile:
    """Read XML. Raises InputError, with the line, on what is not well-formed, has a DOCTYPE or is nested too deeply."""
    tree = _Tree(place)
    try:
        tree.parser.feed(data)
        return XmlFile(tree.parser.close(), tree.namespace, tree.instructions)
    except InputError:
        raise
    except DefusedXmlException as error:
        what = "this XML declares a document type, through which entities could be smuggled in"
        raise tree.refused(what) from error
    except ParseError as error:
        raise tree.refused(f"this is not well-formed XML: {expat.ErrorString(error.code)}") from error
    except (LookupError, ValueError) as error:
        raise tree.refused(f"this XML is in an encoding that cannot be read: {error}") from error


class _Tree(TreeBuilder):
    """The target of the parser: elements without their namespace, with the line of each, in bounded depth."""

    def __init__(self, place: str | Path) -> None:
        super().__init__()
        self.place, self.depth, self.namespace = place, 0, ""
        self.instructions: dict[str, str] = {}
        self.parser = XMLParser(target=self, forbid_dtd=True)

    @property
    def line(self) -> int:
        return self.parser.parser.CurrentLineNumber

    def refused(self, what: str) -> InputError:
        return InputError(what, path=self.place, line=self.line,
                          fix="Export the file again from the program that wrote it.")  # fmt: skip

    def start(self, name: str, attributes: dict[str, str]) -> Element:
        if self.depth >= DEPTH:
            raise self.refused(f"elements are nested more than {DEPTH} deep")
        namespace, _, local = name.rpartition("}")
        self.namespace = self.namespace if self.depth else namespace.removeprefix("{")
        self.depth += 1
        return super().start(local, {**attributes, LINE: str(self.line)})

    def pi(self, target: str, text: str | None = None) -> None:  # type: ignore[override]
        self.instructions[target] = text or ""

    def end(self, name: str) -> Element:
        self.depth -= 1
        return super().end(name.rpartition("}")[2])


def serialise(root: Element, namespace: str, instructions: dict[str, str] | None = None) -> bytes:
    """The tree as UTF-8 with line feeds. Raises InputError on a character that XML 1.0 cannot hold."""
    head = [f"<?{target} {legal(value, target)}?>" for target, value in (instructions or {}).items()]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *head, *_lines(root, 0, {"xmlns": namespace})]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _lines(node: Element, depth: int, more: Mapping[str, str]) -> Iterator[str]:
    """The lines of an element. more: attributes before its own."""
    attributes = {**more, **node.attrib}.items()
    start = (
        " " * depth + "<" + node.tag + "".join(f' {key}="{_escaped(value, _VALUE, key)}"' for key, value in attributes)
    )
    if len(node):
        yield f"{start}>"
        for child in node:
            yield from _lines(child, depth + 1, {})
        yield f"{' ' * depth}</{node.tag}>"
    else:
        yield f"{start}>{_escaped(node.text, _TEXT, node.tag)}</{node.tag}>" if node.text else f"{start}/>"


def _escaped(text: str, table: dict[str, str], what: str) -> str:
    return "".join(table.get(character, character) for character in legal(text, what))


def legal(text: str, what: str) -> str:
    """The text, if XML 1.0 can hold it. Raises InputError naming the first character it cannot."""
    if illegal := _ILLEGAL.search(text):
        raise InputError(f"the {what} {text[:40]!r} has a character that XML cannot hold: U+{ord(illegal[0]):04X}",
                         fix="Remove the character.")  # fmt: skip
    return text


def tamed(text: str) -> str:
    """The text with every character that XML 1.0 cannot hold replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)
