"""Reading a project: a .qdpx file of any program as texts, codings and codebook, with a report of what was unusual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import numpy as np

from analysis.coding.refiqda import archive, markup
from analysis.coding.refiqda.archive import Archive
from analysis.coding.refiqda.codes import note_origin, read_codes, same, unpack
from analysis.coding.refiqda.markup import LINE
from analysis.coding.refiqda.positions import FAR, MARK, Claims, Text, expected, received
from analysis.coding.refiqda.project import MEMO, READ, Applied, CodedText, Project, assemble
from analysis.coding.refiqda.report import Report, unused
from analysis.errors import InputError

UNKNOWN = "unknown"
OTHER_SOURCES = ("PictureSource", "AudioSource", "VideoSource")
OTHER_PARTS = ("Variables", "Cases", "Links", "Graphs")


def read_qdpx(path: str | Path) -> Project:
    """Read a REFI-QDA project (.qdpx) of any program.

    Positions are counted by the convention of the program named as its origin, or by another one if the quotations in
    the file fit that better; `report` says so, and which quotations fit nowhere. No shift goes unreported.
    Raises InputError on a file that is not a project, is damaged, or is unsafe (paths out of the archive, a document
    type, files that grow excessively when unpacked).
    """
    path = Path(path)
    with archive.opened(path) as files:
        return _ProjectReader(path, files).read()


class _ProjectReader:
    def __init__(self, path: Path, files: Archive) -> None:
        self.path, self.files = path, files
        self.report = Report()
        self.users: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.used: set[str] = set()  # notes that codings refer to
        self.fallback = ""

    def read(self) -> Project:
        document = self.document()
        root = document.root
        note_origin(document, self.report)
        book, self.codes = read_codes(root.find("CodeBook"), document, self.report, self.path)
        for user in root.iterfind("Users/*"):
            named = (user.get("name", ""), user.get("id", ""), key := same(user.get("guid", "")))
            self.users[key] = next((name for name in named if name.strip()), "")
        self.fallback = self.users.get(same(root.get("creatingUserGUID", "")), "")
        self.notes = {same(note.get("guid", "")): self.note_text(note) for note in root.iterfind("Notes/*")}
        texts, codings = assemble(list(self.sources(root)), expected(self.report.origin), self.report)
        self.left_out(root)
        return Project(texts, codings, book, self.report, root.get("name", ""))

    def document(self) -> markup.XmlFile:
        projects = [name for name in self.files.names if name.casefold().endswith(".qde") and "/" not in name]
        best = [name for name in projects if name.casefold() == "project.qde"] or projects
        if len(best) != 1:
            what = "there are several projects in the archive" if best else "there is no project.qde in the archive"
            raise InputError(what, path=self.path, fix="Export a REFI-QDA project (.qdpx) from the program.")
        document = markup.parse(self.files.read(best[0], archive.XML_BYTES), f"{self.path}/{best[0]}")
        if document.root.tag != "Project":
            raise InputError(f"this is not a project: its root is {document.root.tag!r}", path=self.path)
        return document

    def sources(self, root: Element) -> Iterator[CodedText]:
        """The sources that are text, pages of a PDF included."""
        taken: set[str] = set()
        for outer in root.iterfind("Sources/*"):
            node = {"TextSource": outer, "PDFSource": outer.find("Representation")}.get(outer.tag)
            name = outer.get("name", "")
            name = name if name.strip() else outer.get("guid") or f"line {outer.get(LINE)}"
            if node is None or (text := self.text(node, name)) is None:
                continue
            if name in taken:
                self.report.note("duplicate-source", f"more than one source is called {name!r}", unused(name, taken))
            name = unused(name, taken)
            taken.add(name)
            yield self.source(name, text, node)

    def text(self, node: Element, name: str) -> Text | None:
        """A source's text, from the file or from the XML; missing, with a finding, when there is none."""
        path = node.get("plainTextPath")
        data = self.member(path, name) if path else None
        text = node.findtext("PlainTextContent") if data is None else self.decode(data, name)
        if text is None:
            what = "the file holds no plain text of a source; its codings are left out"
            self.report.note("no-text", what, name)
        return None if text is None else received(text)

    def member(self, path: str, name: str) -> bytes | None:
        """The bytes that a plainTextPath leads to; missing when it leads out of the archive or to nothing."""
        scheme, split, inner = path.partition("://")
        if split and scheme != "internal":
            self.report.note("external-text", f"a text is outside the archive and is not read: {path!r}", name)
            return None
        inner = (inner.removeprefix("/") if split else path).replace("\\", "/")
        if archive.outside(inner):
            raise InputError(f"the source {name!r} has a path that leads out of the archive: {path!r}", path=self.path)
        if not split:
            self.report.note("bare-path", "a plainTextPath does not begin with internal://", name)
        tried = (f"sources/{inner}", inner, f"sources/{PurePosixPath(inner).name}")
        place = next((there for name_ in tried if (there := self.files.find(name_))), None)
        return None if place is None else self.files.read(place, archive.TEXT_BYTES)

    def decode(self, data: bytes, name: str) -> str:
        if wide := data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.report.note("encoding", "a text is in UTF-16, where the standard asks for UTF-8", name)
        try:
            return data.decode("utf-16" if wide else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"the text of {name!r} is not UTF-8: {error.reason} at byte {error.start}", path=self.path,
                             fix="Export the project again with its texts in UTF-8.") from error  # fmt: skip

    def note_text(self, note: Element) -> str:
        text = self.text(note, note.get("name") or "a note") if note.get("plainTextPath") else None
        inline = note.findtext("PlainTextContent", "") or note.findtext("Description", "")
        return (text.text if text else inline).removeprefix(MARK)

    def source(self, name: str, text: Text, node: Element) -> CodedText:
        selections = node.findall("PlainTextSelection")
        start, end = (np.array([self.position(s, key) for s in selections], dtype=np.int64)
                      for key in ("startPosition", "endPosition"))  # fmt: skip
        claims = Claims(text, start, end, tuple(selection.get("name", "") for selection in selections))
        applied = [self.applied(selection, name) for selection in selections]
        return CodedText(name, claims, applied, self.codings(node, node, name, ""))

    def position(self, selection: Element, key: str) -> int:
        try:
            return max(-FAR, min(FAR, int(selection.get(key, ""))))
        except ValueError as error:
            what = f"a selection's {key} is {selection.get(key, '')[:40]!r}, not a whole number"
            raise InputError(what, path=f"{self.path}/project.qde", line=int(selection.attrib[LINE])) from error

    def applied(self, selection: Element, source: str) -> list[Applied]:
        """The codings of a selection; one without a code when its description says that it was read, or is a memo."""
        memo = _paragraphs(selection.findtext("Description", ""), self.noted(selection))
        if selection.find("Coding") is not None:
            return self.codings(selection, selection, source, memo)
        if unpack(memo, MEMO)[1]["Read"] == READ:
            return [Applied(None, self.coder(selection), memo)]
        if memo.strip():
            return [Applied(None, self.coder(selection), memo, read=False)]
        where = f"{source}, line {selection.get(LINE)}"
        self.report.note("uncoded-selection", "selections without a code and a memo are left out", where)
        return []

    def codings(self, node: Element, author: Element, source: str, memo: str) -> list[Applied]:
        given = []
        for coding in node.iterfind("Coding"):
            reference = coding.find("CodeRef")
            code = None if reference is None else self.codes.get(same(reference.get("targetGUID", "")))
            if code is None:
                what = "codings with a code missing from the codebook are left out"
                self.report.note("unknown-code", what, f"{source}, line {coding.get(LINE)}")
            else:
                given.append(Applied(code, self.coder(coding, author), _paragraphs(memo, self.noted(coding))))
        return given

    def coder(self, *nodes: Element) -> str:
        """Who coded, by the first element that names a user; else the project's user, else `unknown`."""
        keys = ("creatingUser", "modifyingUser")
        users = (self.users.get(same(node.get(key, "")), "") for node in nodes for key in keys)
        named = next(filter(None, users), "")
        if not named and not self.fallback and "unknown-coder" not in self.report.kinds:
            self.report.note("unknown-coder", f"the file does not say who coded; the coder is called {UNKNOWN!r}")
        return named or self.fallback or UNKNOWN

    def noted(self, node: Element) -> str:
        """The texts of the notes that an element refers to."""
        guids = [same(reference.get("targetGUID", "")) for reference in node.iterfind("NoteRef")]
        self.used.update(guids)
        return _paragraphs(*(self.notes.get(guid, "") for guid in guids))

    def left_out(self, root: Element) -> None:
        """Note what a table of codings has no place for."""
        counts = {name: len(root.findall(f"{name}/*")) for name in OTHER_PARTS}
        counts |= {name: len(root.findall(f"Sources/{name}")) for name in OTHER_SOURCES}
        counts["Notes"] = len(set(self.notes) - self.used)
        descriptions = [source.findtext("Description", "").strip() for source in root.iterfind("Sources/*")]
        counts["descriptions of sources"] = len(descriptions) - descriptions.count("")
        if parts := [f"{name} ({count})" for name, count in counts.items() if count]:
            self.report.note("left-out", "these parts of the project have no place in codings of text", *parts)


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)
