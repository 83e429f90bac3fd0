"""XML in and out: no document type, no entities of its own, bounded depth; equal trees give equal bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from analysis.errors import InputError

DEPTH = 200  # levels of elements; a codebook nested deeper than this is an attack
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_VALUE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


@dataclass(slots=True)
class XmlElement:
    """An element: its name without namespace, attributes, children and own text. line: where it stands in the file."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[XmlElement] = field(default_factory=list)
    text: str = ""
    line: int = 0

    def get(self, name: str) -> str:
        """An attribute's value, empty when it is not there."""
        return self.attributes.get(name, "")

    def all(self, *names: str) -> list[XmlElement]:
        """The children of these names, in order."""
        return [child for child in self.children if child.name in names]

    def first(self, name: str) -> XmlElement | None:
        return next((child for child in self.children if child.name == name), None)

    def below(self, name: str) -> list[XmlElement]:
        """The children of the first child of this name; none when it is not there."""
        child = self.first(name)
        return child.children if child else []

    def words(self, name: str) -> str:
        """The text of the first child of this name, empty when it is not there."""
        child = self.first(name)
        return child.text if child else ""


@dataclass(frozen=True)
class XmlFile:
    """A file's root element, its namespace, and the processing instructions by target."""

    root: XmlElement
    namespace: str
    instructions: dict[str, str]


def parse(data: bytes, place: str | Path) -> XmlFile:
    """Read XML. Raises InputError, with the line, on what is not well-formed, has a DOCTYPE or is nested too deeply."""
    tree = _Tree(place)
    try:
        tree.parser.feed(data)
        tree.parser.close()
    except InputError:
        raise
    except DefusedXmlException as error:
        what = "this XML declares a document type, through which entities could be smuggled in"
        raise tree.refused(what) from error
    except ParseError as error:
        raise tree.refused(f"this is not well-formed XML: {expat.ErrorString(error.code)}") from error
    except (LookupError, ValueError) as error:
        raise tree.refused(f"this XML is in an encoding that cannot be read: {error}") from error
    return XmlFile(tree.root, tree.namespace, tree.instructions)


class _Tree:
    """The target of the parser: elements without their namespace, with the line of each."""

    def __init__(self, place: str | Path) -> None:
        self.place = place
        self.open: list[tuple[XmlElement, list[str]]] = []
        self.root, self.namespace = XmlElement(""), ""
        self.instructions: dict[str, str] = {}
        self.pi = self.instructions.__setitem__
        self.parser = XMLParser(target=self, forbid_dtd=True)

    @property
    def line(self) -> int:
        return self.parser.parser.CurrentLineNumber

    def refused(self, what: str) -> InputError:
        return InputError(what, path=self.place, line=self.line,
                          fix="Export the file again from the program that wrote it.")  # fmt: skip

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= DEPTH:
            raise self.refused(f"elements are nested more than {DEPTH} deep")
        namespace, _, local = name.rpartition("}")
        element = XmlElement(local, attributes, line=self.line)
        if self.open:
            self.open[-1][0].children.append(element)
        else:
            self.root, self.namespace = element, namespace.removeprefix("{")
        self.open.append((element, []))

    def data(self, text: str) -> None:
        self.open[-1][1].append(text)

    def end(self, _: str) -> None:
        element, texts = self.open.pop()
        element.text = "".join(texts)


def serialise(root: XmlElement, namespace: str, instructions: dict[str, str] | None = None) -> bytes:
    """The tree as UTF-8 with line feeds. Raises InputError on a character that XML 1.0 cannot hold."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines += [f"<?{target} {legal(value, target)}?>" for target, value in (instructions or {}).items()]
    top = XmlElement(root.name, {"xmlns": namespace, **root.attributes}, root.children, root.text)
    _write(top, 0, lines)
    return ("\n".join(lines) + "\n").encode("utf-8")


def _write(node: XmlElement, depth: int, lines: list[str]) -> None:
    indent = " " * depth
    start = node.name + "".join(f' {key}="{_escaped(value, _VALUE, key)}"' for key, value in node.attributes.items())
    if node.children:
        lines.append(f"{indent}<{start}>")
        for child in node.children:
            _write(child, depth + 1, lines)
        lines.append(f"{indent}</{node.name}>")
    elif node.text:
        lines.append(f"{indent}<{start}>{_escaped(node.text, _TEXT, node.name)}</{node.name}>")
    else:
        lines.append(f"{indent}<{start}/>")


def _escaped(text: str, table: dict[str, str], what: str) -> str:
    return "".join(table.get(character, character) for character in legal(text, what))


def legal(text: str, what: str) -> str:
    """The text, if XML 1.0 can hold it. Raises InputError naming the first character it cannot."""
    if found := _ILLEGAL.search(text):
        raise InputError(f"the {what} {text[:40]!r} has a character that XML cannot hold: U+{ord(found[0]):04X}",
                         fix="Take the character out.")  # fmt: skip
    return text


def tamed(text: str) -> str:
    """The text with every character that XML 1.0 cannot hold replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)
