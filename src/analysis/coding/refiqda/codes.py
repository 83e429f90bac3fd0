"""Codebooks: Guyub's to and from the elements of REFI-QDA, and whole .qdc files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, uuid5

from analysis.codebook import COLOUR, Code, Codebook
from analysis.coding.refiqda import labels, markup
from analysis.coding.refiqda.markup import XmlElement
from analysis.coding.refiqda.report import Report, unused
from analysis.errors import InputError

NAMESPACE = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Guyub"
TEXTS = ("Include", "Exclude", "Example", "Introduced")
QDC_BYTES = 32 * 2**20
CODES = 5_000  # more codes than any person can apply
_SHORT_COLOUR = re.compile(r"^#[0-9A-Fa-f]{3}$")
_OURS = uuid5(NAMESPACE_URL, "guyub:refi-qda")
_INSTRUCTION = "guyub-codebook"


def guid(*names: str) -> str:
    """A GUID that depends on nothing but what it names, so that equal projects have equal files."""
    return str(uuid5(_OURS, "\x1f".join(names)))


def same(guid_: str) -> str:
    """A GUID as one writes it in many ways, in one: without braces, in lower case."""
    return guid_.strip().strip("{}").lower()


# Out


def elements(book: Codebook) -> list[XmlElement]:
    """The codes as nested elements, each parent before the codes under it."""
    nodes = {code.name: _element(code) for code in book.codes}
    for code in book.codes:
        if code.parent is not None:
            nodes[code.parent].children.append(nodes[code.name])
    return [nodes[code.name] for code in book.codes if code.parent is None]


def _element(code: Code) -> XmlElement:
    if not code.name.strip():
        raise InputError("a code has no name", fix="Name it.")
    colour = {"color": code.colour} if code.colour else {}
    if code.colour and not COLOUR.match(code.colour):
        raise InputError(f"the code {code.name!r} has the colour {code.colour!r}", fix="Write it as #RRGGBB.")
    node = XmlElement("Code", {"guid": guid("code", code.name), "name": code.name, "isCodable": "true", **colour})
    if text := description(code):
        node.children.append(XmlElement("Description", text=text))
    return node


def description(code: Code) -> str:
    """What a code means, as the one text that other programs keep with a code."""
    return labels.pack(code.definition, {label: getattr(code, label.lower()) for label in TEXTS})


def instructions(book: Codebook) -> dict[str, str]:
    """Version and language as a processing instruction, for which the standard has no place and others no use."""
    version, language = (quote(markup.legal(text, "codebook's version or language")) for text in _facts(book))
    return {_INSTRUCTION: f'version="{version}" language="{language}"'}


def _facts(book: Codebook) -> tuple[str, str]:
    return book.version, book.language


def write_qdc(path: str | Path, codebook: Codebook) -> None:
    """Write a codebook as REFI-QDA 1.5 (.qdc): UTF-8, line feeds, no byte order mark, `origin` set, fixed GUIDs.

    Of a code, definition, include, exclude and example become one description with a paragraph each (`Include: ...`),
    which `read_qdc` separates again. Raises InputError on a codebook without codes, which the standard does not know.
    """
    if not codebook.codes:
        raise InputError("a codebook without codes cannot be written", path=path, fix="Give it a code.")
    root = XmlElement("CodeBook", {"origin": ORIGIN}, [XmlElement("Codes", children=elements(codebook))])
    data = markup.serialise(root, NAMESPACE, instructions(codebook))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(data)


# In


def read_qdc(path: str | Path, *, report: Report | None = None) -> Codebook:
    """Read a codebook (.qdc) of any program that writes REFI-QDA.

    report: takes the deviations: no origin, codes of the same name (NVivo), colours that are none, an empty Sets
    (Taguette), names that are paths (Taguette), what Guyub has no place for. Raises InputError on what is no codebook,
    or tries what a codebook must not (a document type, nesting without bounds, sheer size).
    """
    place, report = Path(path), Report() if report is None else report
    if not place.is_file():
        raise InputError("this file is not there", path=place)
    if place.stat().st_size > QDC_BYTES:
        raise InputError("this file is too large for a codebook", path=place)
    document = markup.parse(place.read_bytes(), place)
    root = document.root
    if root.name == "Project":
        root = root.first("CodeBook") or root
    if root.name != "CodeBook":
        raise InputError(f"this is no codebook: its root is {root.name!r}", path=place, line=root.line,
                         fix="Export the codebook as REFI-QDA (.qdc).")  # fmt: skip
    note_origin(document, report)
    book, _ = read_codes(root, document, report, place)
    if root.first("Sets"):
        sets = tuple(child.get("name") for child in root.below("Sets"))
        if sets:
            report.note("left-out", "sets of codes have no place in a codebook of Guyub", *sets)
        else:
            report.note("empty-sets", "Sets is there without a set, which the standard forbids; nothing is lost")
    return book


def note_origin(document: markup.XmlFile, report: Report) -> None:
    """Keep the file's origin; note it when there is none, and when the file is not in the namespace of version 1.0."""
    report.origin = document.root.get("origin").strip()
    if not report.origin:
        report.note("missing-origin", "the file does not say which program wrote it")
    if not re.fullmatch(r"urn:QDA-XML:(codebook|project):1\.0", document.namespace):
        report.note(
            "namespace", f"the namespace is {document.namespace!r}, not that of REFI-QDA 1.0; read all the same"
        )


def read_codes(
    codebook: XmlElement | None, document: markup.XmlFile, report: Report, place: Path
) -> tuple[Codebook, dict[str, str]]:
    """The codebook in a CodeBook element, and the codes' names by GUID."""
    nodes = codebook.below("Codes") if codebook else []
    reader = _Codes(report, place)
    reader.walk([node for node in nodes if node.name == "Code"], None)
    codes, renamed = reader.codes, reader.final()
    if report.origin.casefold().startswith("taguette"):
        codes, paths = from_paths(codes, report)
        renamed = {guid_: paths[name] for guid_, name in renamed.items()}
    return Codebook(tuple(codes), **_version(document.instructions.get(_INSTRUCTION, ""))), renamed


class _Codes:
    """Reads Code elements depth first, and gives each a name of its own."""

    def __init__(self, report: Report, place: Path) -> None:
        self.report, self.place = report, place
        self.codes: list[Code] = []
        self.by_guid: dict[str, str] = {}
        self.taken: set[str] = set()

    def walk(self, nodes: Iterable[XmlElement], parent: str | None) -> None:
        for node in nodes:
            name = self.name(node, parent)
            code_guid = same(node.get("guid"))
            if code_guid in self.by_guid:
                self.report.note("duplicate-guid", "two codes have one GUID; codings with it go to the first", name)
            self.by_guid.setdefault(code_guid, name)
            self.codes.append(self.code(node, name, parent))
            if len(self.codes) > CODES:
                raise InputError(f"there are more than {CODES} codes", path=self.place, line=node.line)
            self.walk(node.all("Code"), name)

    def final(self) -> dict[str, str]:
        return {code_guid: name for code_guid, name in self.by_guid.items() if code_guid}

    def name(self, node: XmlElement, parent: str | None) -> str:
        given = node.get("name")
        if not given.strip():
            self.report.note("unnamed-code", "a code has no name", f"line {node.line}")
            given = "unnamed"
        if given in self.taken:
            name = unused(f"{given} ({parent})" if parent else given, self.taken)
            self.report.note(
                "duplicate-code", f"more than one code is called {given!r}; this one is now {name!r}", name
            )
            given = name
        self.taken.add(given)
        return given

    def code(self, node: XmlElement, name: str, parent: str | None) -> Code:
        body, parts = labels.unpack(node.words("Description"), TEXTS)
        texts = {label.lower(): part for label, part in parts.items()}
        return Code(name, parent, body, **texts, colour=self.colour(node, name))

    def colour(self, node: XmlElement, name: str) -> str:
        colour = node.get("color").strip()
        if _SHORT_COLOUR.match(colour):
            return "#" + "".join(2 * digit for digit in colour[1:])
        if colour and not COLOUR.match(colour):
            self.report.note("colour", f"{colour!r} is no colour", name)
            return ""
        return colour


def from_paths(codes: list[Code], report: Report) -> tuple[list[Code], dict[str, str]]:
    """Codes whose names are paths with dots (Taguette) as a tree, and the new names by path.

    A path goes under the longest path before it that is a code. A last part that two codes would share stays a path.
    """
    paths = [code.name for code in codes]
    above = {path: _above(path, set(paths)) for path in paths}
    last = {path: path.removeprefix(f"{above[path]}.") for path in paths}
    times = Counter(last.values())
    names: dict[str, str] = {}
    for path, part in last.items():
        names[path] = unused(part if times[part] == 1 else path, set(names.values()))
    if moved := sorted(path for path in paths if above[path]):
        report.note("paths", "names that are paths were read as codes under codes", *moved)
    renamed = [replace(c, name=names[c.name], parent=names[p] if (p := above[c.name]) else None) for c in codes]
    return _depth_first(renamed), names


def _above(path: str, paths: set[str]) -> str | None:
    dots = [i for i, character in enumerate(path) if character == "." and 0 < i < len(path) - 1]
    return next((path[:dot] for dot in reversed(dots) if path[:dot] in paths), None)


def _depth_first(codes: list[Code]) -> list[Code]:
    under: dict[str | None, list[Code]] = {}
    for code in codes:
        under.setdefault(code.parent, []).append(code)
    ordered, waiting = [], list(reversed(under.get(None, [])))
    while waiting:
        ordered.append(waiting.pop())
        waiting += reversed(under.get(ordered[-1].name, []))
    return ordered


def _version(instruction: str) -> dict[str, str]:
    facts = dict(re.findall(r'(version|language)="([^"]*)"', instruction))
    return {key: unquote(value) for key, value in facts.items()}
