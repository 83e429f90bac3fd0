"""Conversion of codebooks to and from REFI-QDA elements and .qdc files; several texts share one description."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement

from analysis import disk
from analysis.codebook import COLOUR, Code, Codebook
from analysis.coding.refiqda import markup
from analysis.coding.refiqda.report import Report, unused
from analysis.errors import InputError

NAMESPACE = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Guyub"
TEXTS = ("Include", "Exclude", "Example", "Introduced")
QDC_BYTES = 32 * 2**20
CODES = 5_000  # limit; more codes than any person can apply
_OURS = uuid5(NAMESPACE_URL, "guyub:refi-qda")
_INSTRUCTION = "guyub-codebook"
_BACKSLASH = r"\\"


def guid(*names: str) -> str:
    """A GUID that depends only on these names, so that equal projects give equal files."""
    return str(uuid5(_OURS, "\x1f".join(names)))


def same(guid_: str) -> str:
    """A GUID in normal form: without braces, in lower case."""
    return guid_.strip().strip("{}").lower()


def pack(body: str, labelled: Mapping[str, str]) -> str:
    """The body and the non-empty labelled texts as one text: `definition`, then `Include: ...`, each a paragraph. A
    line that merely begins like a label gets a backslash in front, so that any text is restored exactly.
    """
    escape = re.compile(rf"^(?=\\*(?:{'|'.join(labelled)}): )", re.MULTILINE)
    parts = [f"{label}: {escape.sub(_BACKSLASH, text)}" for label, text in labelled.items() if text]
    return "\n\n".join([escape.sub(_BACKSLASH, body)] * bool(body or not parts) + parts)


def unpack(text: str, labels: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The body and the labelled texts, empty where absent: the inverse of `pack`."""
    names = "|".join(labels)
    body, *pieces = re.split(rf"(?:^|\n\n)({names}): ", text)
    unescape = re.compile(rf"^\\(?=\\*(?:{names}): )", re.MULTILINE)
    texts = dict.fromkeys(labels, "")
    for label, part in zip(pieces[::2], pieces[1::2], strict=True):
        texts[label] = f"{texts[label]}\n\n{part}" if texts[label] else part
    return unescape.sub("", body), {label: unescape.sub("", part) for label, part in texts.items()}


def elements(book: Codebook) -> list[Element]:
    """The codes as nested elements, each parent before the codes under it."""
    nodes = {code.name: _element(code) for code in book.codes}
    for code in book.codes:
        if code.parent is not None:
            nodes[code.parent].append(nodes[code.name])
    return [nodes[code.name] for code in book.codes if code.parent is None]


def _element(code: Code) -> Element:
    """The element of a code; definition, include, exclude and example form the one description that programs keep."""
    if not code.name.strip():
        raise InputError("a code has no name", fix="Name it.")
    if code.colour and not COLOUR.match(code.colour):
        raise InputError(f"the code {code.name!r} has an invalid colour, {code.colour!r}", fix="Write it as #RRGGBB.")
    colour = {"color": code.colour} if code.colour else {}
    node = Element("Code", {"guid": guid("code", code.name), "name": code.name, "isCodable": "true", **colour})
    if text := pack(code.definition, {label: getattr(code, label.lower()) for label in TEXTS}):
        SubElement(node, "Description").text = text
    return node


def instructions(book: Codebook) -> dict[str, str]:
    """Version and language as a processing instruction, as the standard has no place for them."""
    facts = (markup.legal(text, "codebook's version or language") for text in (book.version, book.language))
    version, language = map(quote, facts)
    return {_INSTRUCTION: f'version="{version}" language="{language}"'}


def write_qdc(path: str | Path, codebook: Codebook) -> None:
    """Write a codebook as REFI-QDA 1.5 (.qdc): UTF-8, line feeds, no byte order mark, `origin` set, fixed GUIDs.

    A code's definition, include, exclude and example become one description with a paragraph each (`Include: ...`),
    which `read_qdc` splits again. Raises InputError on a codebook without codes, which the standard does not allow.
    """
    if not codebook.codes:
        raise InputError("a codebook without codes cannot be written", path=path, fix="Give it a code.")
    root = Element("CodeBook", {"origin": ORIGIN})
    SubElement(root, "Codes").extend(elements(codebook))
    data = markup.serialise(root, NAMESPACE, instructions(codebook))
    disk.write_bytes(Path(path), data)


def read_qdc(path: str | Path, *, report: Report | None = None) -> Codebook:
    """Read a codebook (.qdc) from any program that writes REFI-QDA.

    report: collects the deviations: no origin, codes of the same name (NVivo), invalid colours, an empty Sets
    (Taguette), names that are paths (Taguette), groups of codes, and content that Guyub has no place for. Raises
    InputError on a file that is not a codebook or is unsafe (a document type, excessive nesting or size).
    """
    place, report = Path(path), Report() if report is None else report
    if not place.is_file():
        raise InputError("this file does not exist", path=place)
    if place.stat().st_size > QDC_BYTES:
        raise InputError("this file is too large for a codebook", path=place)
    document = markup.parse(place.read_bytes(), place)
    root = document.root
    if root.tag == "Project" and (inner := root.find("CodeBook")) is not None:
        root = inner
    if root.tag != "CodeBook":
        what, line = f"this is not a codebook: its root is {root.tag!r}", int(root.attrib[markup.LINE])
        raise InputError(what, path=place, line=line, fix="Export the codebook as REFI-QDA (.qdc).")
    note_origin(document, report)
    book, _ = read_codes(root, document, report, place)
    if root.find("Sets") is not None and not root.findall("Sets/*"):
        report.note("empty-sets", "Sets is there without a set, which the standard forbids; nothing is lost")
    return book


def note_origin(document: markup.XmlFile, report: Report) -> None:
    """Keep the file's origin; note it when there is none, and when the file is not in the namespace of version 1.0."""
    report.origin = document.root.get("origin", "").strip()
    if not report.origin:
        report.note("missing-origin", "the file does not say which program wrote it")
    if not re.fullmatch(r"urn:QDA-XML:(codebook|project):1\.0", document.namespace):
        what = f"the namespace is {document.namespace!r}, not that of REFI-QDA 1.0; read all the same"
        report.note("namespace", what)


def read_codes(
    codebook: Element | None, document: markup.XmlFile, report: Report, place: Path
) -> tuple[Codebook, dict[str, str]]:
    """The codebook in a CodeBook element, each code with a name of its own, and the codes' names by GUID."""
    codes: dict[str, Code] = {}
    names: dict[str, str] = {}
    above: dict[Element, str] = {}
    folders: set[str] = set()  # codes that cannot be given
    for node in codebook.iterfind("Codes//Code") if codebook is not None else ():
        parent = above.get(node)
        category = parent is not None and parent in folders and node.get("name") == parent  # parent repeats as a code
        name = parent if category and parent else _own_name(node, parent, codes, report)
        above |= dict.fromkeys(node.findall("Code"), name)
        if node.get("isCodable", "true").lower() in ("false", "0"):
            folders.add(name)
        if (code_guid := same(node.get("guid", ""))) in names:
            report.note("duplicate-guid", "two codes have one GUID; codings with it go to the first", name)
        names.setdefault(code_guid, name)
        body, parts = unpack(node.findtext("Description", ""), TEXTS)
        texts = {label.lower(): part for label, part in parts.items()}
        if category:  # QualCoder exports a code with codes under it as a category and a code of the same name
            folders.discard(name)
            parent, body = codes[name].parent, "\n\n".join(filter(None, (codes[name].definition, body)))
        codes[name] = Code(name, parent, body, **texts, colour=_colour(node, name, report))
        if len(codes) > CODES:
            raise InputError(f"there are more than {CODES} codes", path=place, line=int(node.attrib[markup.LINE]))
    names.pop("", None)
    sets = [*(codebook.iterfind("Sets/Set") if codebook is not None else ()), *document.root.iterfind("Sets/Set")]
    listed = grouped(list(codes.values()), dict.fromkeys(sets), names, report)
    if report.origin.casefold().startswith("taguette"):
        listed, paths = from_paths(listed, report)
        names = {code_guid: paths[name] for code_guid, name in names.items()}
    facts = re.findall(r'(version|language)="([^"]*)"', document.instructions.get(_INSTRUCTION, ""))
    return Codebook(tuple(listed), **{key: unquote(value) for key, value in facts}), names


def grouped(codes: list[Code], sets: Iterable[Element], names: Mapping[str, str], report: Report) -> list[Code]:
    """The codes with each group of them (a Set, as in ATLAS.ti and MAXQDA) as a code above its members.

    names: of codes, by GUID. A code has one place: a member that is already under another code stays there.
    """
    book = {code.name: code for code in codes}
    for each in sets:
        refs = (member.get("guid", member.get("targetGUID", "")) for member in each.iterfind("MemberCode"))
        members = [names[key] for ref in refs if (key := same(ref)) in names]
        free = [name for name in members if book[name].parent is None]
        group = unused(each.get("name", "").strip() or "unnamed", book)
        if free:
            book = {group: Code(group, None, each.findtext("Description", "")), **book}
            book |= {name: replace(book[name], parent=group) for name in free}
            report.note("groups", "groups of codes were read as codes above their members", group)
        if stay := [f"{name} in {group}" for name in members if name not in free] or ([group] if not free else []):
            report.note(
                "left-out", "codes that lie under another code, or groups of none, are in no further group", *stay
            )
    return _depth_first(list(book.values()))


def _own_name(node: Element, parent: str | None, taken: Mapping[str, Code], report: Report) -> str:
    given = node.get("name", "")
    if not given.strip():
        report.note("unnamed-code", "a code has no name", f"line {node.get(markup.LINE)}")
        given = "unnamed"
    if given not in taken:
        return given
    name = unused(f"{given} ({parent})" if parent else given, taken)
    report.note("duplicate-code", f"more than one code is called {given!r}; this one is now {name!r}", name)
    return name


def _colour(node: Element, name: str, report: Report) -> str:
    colour = node.get("color", "").strip()
    if re.fullmatch("#[0-9A-Fa-f]{3}", colour):
        return "#" + "".join(2 * digit for digit in colour[1:])
    if colour and not COLOUR.match(colour):
        report.note("colour", f"{colour!r} is not a colour", name)
        return ""
    return colour


def from_paths(codes: list[Code], report: Report) -> tuple[list[Code], dict[str, str]]:
    """Codes whose names are paths with dots (Taguette) as a tree, and the new names by path.

    A path is placed under its longest leading part that is a code. A last part that two codes would share stays a path.
    """
    codes = [*codes, *map(Code, _shared_stems([code.name for code in codes]))]
    paths = dict.fromkeys(code.name for code in codes)
    stems = {path: [path[:i] for i in range(len(path) - 2, 0, -1) if path[i] == "."] for path in paths}
    above = {path: next((stem for stem in stems[path] if stem in paths), None) for path in paths}
    last = {path: path.removeprefix(f"{above[path]}.") for path in paths}
    times = Counter(last.values())
    names: dict[str, str] = {}
    for path, part in last.items():
        names[path] = unused(part if times[part] == 1 else path, set(names.values()))
    if moved := sorted(path for path in paths if above[path]):
        report.note("paths", "names that are paths were read as codes under codes", *moved)
    renamed = [replace(c, name=names[c.name], parent=names[p] if (p := above[c.name]) else None) for c in codes]
    return _depth_first(renamed), names


def _shared_stems(paths: list[str]) -> list[str]:
    """Leading parts, up to the last dot, that two or more paths share and that are not codes: groups without a tag in
    Taguette."""
    times = Counter(path.rpartition(".")[0] for path in paths)
    return [stem for stem, n in times.items() if stem and n > 1 and stem not in paths]


def _depth_first(codes: list[Code]) -> list[Code]:
    under: dict[str | None, list[Code]] = {}
    for code in codes:
        under.setdefault(code.parent, []).append(code)
    ordered, waiting = [], list(reversed(under.get(None, [])))
    while waiting:
        ordered.append(waiting.pop())
        waiting += reversed(under.get(ordered[-1].name, []))
    return ordered
