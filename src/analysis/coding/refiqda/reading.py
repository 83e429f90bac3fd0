"""Reading a project: a .qdpx file of any program as texts, codings and codebook, with a report of what was unusual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from analysis.coding.refiqda import archive, labels, markup
from analysis.coding.refiqda.archive import Archive
from analysis.coding.refiqda.codes import note_origin, read_codes, same
from analysis.coding.refiqda.markup import XmlElement
from analysis.coding.refiqda.positions import FAR, MARK, Claims, Text, expected, received
from analysis.coding.refiqda.project import MEMO, READ, Applied, CodedText, Project, assemble
from analysis.coding.refiqda.report import Report, unused
from analysis.errors import InputError

UNKNOWN = "unknown"
OTHER_SOURCES = ("PictureSource", "AudioSource", "VideoSource")
OTHER_PARTS = ("Variables", "Cases", "Links", "Sets", "Graphs")


def read_qdpx(path: str | Path) -> Project:
    """Read a REFI-QDA project (.qdpx) of any program.

    The way its positions are counted is taken from the quotations in it, where they fit another way better than the one
    its origin is known for; `report` says so, and which quotations fit nowhere. Nothing is shifted without a finding.
    Raises InputError on what is no project, is damaged, or does what a project must not (paths out of the archive, a
    document type, files that swell when unpacked).
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
        self.used: set[str] = set()  # notes that codings have taken up
        self.fallback = ""

    def read(self) -> Project:
        document = self.document()
        root = document.root
        note_origin(document, self.report)
        book, self.codes = read_codes(root.first("CodeBook"), document, self.report, self.path)
        self.users = {same(user.get("guid")): _user(user) for user in root.below("Users")}
        self.fallback = self.users.get(same(root.get("creatingUserGUID")), "")
        self.notes = {same(note.get("guid")): self.note_text(note) for note in root.below("Notes")}
        texts, codings = assemble(list(self.sources(root)), expected(self.report.origin), self.report)
        self.left_out(root)
        return Project(texts, codings, book, self.report, root.get("name"))

    def document(self) -> markup.XmlFile:
        projects = [name for name in self.files.names if name.casefold().endswith(".qde") and "/" not in name]
        best = [name for name in projects if name.casefold() == "project.qde"] or projects
        if len(best) != 1:
            what = "there are several projects in the archive" if best else "there is no project.qde in the archive"
            raise InputError(what, path=self.path, fix="Export a REFI-QDA project (.qdpx) from the program.")
        document = markup.parse(self.files.read(best[0], archive.XML_BYTES), f"{self.path}/{best[0]}")
        if document.root.name != "Project":
            raise InputError(f"this is no project: its root is {document.root.name!r}", path=self.path)
        return document

    # Texts

    def sources(self, root: XmlElement) -> Iterator[CodedText]:
        """The sources that are text, pages of a PDF included."""
        taken: set[str] = set()
        for outer in root.below("Sources"):
            node = outer.first("Representation") if outer.name == "PDFSource" else outer
            name = outer.get("name") if outer.get("name").strip() else outer.get("guid") or f"line {outer.line}"
            text = self.text(node, name) if node and outer.name in ("TextSource", "PDFSource") else None
            if node is None or text is None:
                continue
            if name in taken:
                self.report.note("duplicate-source", f"more than one source is called {name!r}", unused(name, taken))
            name = unused(name, taken)
            taken.add(name)
            yield self.source(name, text, node)

    def text(self, node: XmlElement, name: str) -> Text | None:
        """A source's text, from the file or from the XML; missing, with a finding, when there is none."""
        inline, path = node.first("PlainTextContent"), node.get("plainTextPath")
        data = self.member(path, name) if path else None
        if data is None and inline is None:
            self.report.note(
                "no-text", "there is no plain text of a source in the file; its codings are left out", name
            )
            return None
        return received(inline.text if data is None and inline else self.decode(data or b"", name))

    def member(self, path: str, name: str) -> bytes | None:
        """The bytes that a plainTextPath leads to; missing when it leads out of the archive or to nothing."""
        scheme, split, rest = path.partition("://")
        if split and scheme != "internal":
            self.report.note("external-text", f"a text lies outside the archive and is not followed: {path!r}", name)
            return None
        inner = (rest.removeprefix("/") if split else path).replace("\\", "/")
        if archive.outside(inner):
            raise InputError(f"the source {name!r} has a path that leads out of the archive: {path!r}", path=self.path)
        if not split:
            self.report.note("bare-path", "a plainTextPath does not begin with internal://", name)
        tried = (f"sources/{inner}", inner, f"sources/{PurePosixPath(inner).name}")
        place = next((there for name_ in tried if (there := self.files.find(name_))), None)
        return None if place is None else self.files.read(place, archive.TEXT_BYTES)

    def decode(self, data: bytes, name: str) -> str:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.report.note("encoding", "a text is in UTF-16, where the standard asks for UTF-8", name)
        try:
            return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"the text of {name!r} is not UTF-8: {error.reason} at byte {error.start}", path=self.path,
                             fix="Export the project again with its texts in UTF-8.") from error  # fmt: skip

    def note_text(self, note: XmlElement) -> str:
        text = self.text(note, note.get("name") or "a note") if note.get("plainTextPath") else None
        return (text.text if text else note.words("PlainTextContent") or note.words("Description")).removeprefix(MARK)

    # Codings

    def source(self, name: str, text: Text, node: XmlElement) -> CodedText:
        selections = node.all("PlainTextSelection")
        start, end = (np.array([self.position(s, key) for s in selections], dtype=np.int64)
                      for key in ("startPosition", "endPosition"))  # fmt: skip
        claims = Claims(text, start, end, tuple(selection.get("name") for selection in selections))
        applied = [self.applied(selection, name) for selection in selections]
        return CodedText(name, claims, applied, self.codings(node, node, name, ""))

    def position(self, selection: XmlElement, key: str) -> int:
        try:
            return max(-FAR, min(FAR, int(selection.get(key))))
        except ValueError as error:
            raise InputError(f"a selection's {key} is {selection.get(key)[:40]!r}, not a whole number",
                             path=f"{self.path}/project.qde", line=selection.line) from error  # fmt: skip

    def applied(self, selection: XmlElement, source: str) -> list[Applied]:
        """The codings of a selection; one without a code when its description says that it was read."""
        memo = _paragraphs(selection.words("Description"), self.noted(selection))
        if selection.all("Coding"):
            return self.codings(selection, selection, source, memo)
        if labels.unpack(memo, MEMO)[1]["Read"] == READ:
            return [Applied(None, self.coder(selection), memo)]
        self.report.note(
            "uncoded-selection", "selections without a code are left out", f"{source}, line {selection.line}"
        )
        return []

    def codings(self, node: XmlElement, author: XmlElement, source: str, memo: str) -> list[Applied]:
        given = [(self.code(coding, source), coding) for coding in node.all("Coding")]
        return [
            Applied(code, self.coder(coding, author), _paragraphs(memo, self.noted(coding)))
            for code, coding in given if code
        ]  # fmt: skip

    def code(self, coding: XmlElement, source: str) -> str | None:
        reference = coding.first("CodeRef")
        code = self.codes.get(same(reference.get("targetGUID"))) if reference else None
        if code is None:
            self.report.note("unknown-code", "codings with a code that the codebook has not are left out",
                             f"{source}, line {coding.line}")  # fmt: skip
        return code

    def coder(self, *nodes: XmlElement) -> str:
        """Who coded, by the first element that names a user; else the project's user, else `unknown`."""
        keys = ("creatingUser", "modifyingUser")
        named = next((user for node in nodes for key in keys if (user := self.users.get(same(node.get(key)), ""))), "")
        if not named and not self.fallback and "unknown-coder" not in self.report.kinds:
            self.report.note("unknown-coder", f"the file does not say who coded; the coder is called {UNKNOWN!r}")
        return named or self.fallback or UNKNOWN

    def noted(self, node: XmlElement) -> str:
        """The texts of the notes that an element refers to."""
        guids = [same(reference.get("targetGUID")) for reference in node.all("NoteRef")]
        self.used.update(guids)
        return _paragraphs(*(self.notes.get(guid, "") for guid in guids))

    def left_out(self, root: XmlElement) -> None:
        """Note what a table of codings has no place for."""
        parts = [f"{name} ({count})" for name in OTHER_PARTS if (count := len(root.below(name)))]
        kinds = [source.name for source in root.below("Sources")]
        parts += [f"{name} ({kinds.count(name)})" for name in OTHER_SOURCES if name in kinds]
        loose = len(set(self.notes) - self.used)
        parts += [f"Notes ({loose})"] if loose else []
        described = [source for source in root.below("Sources") if source.words("Description").strip()]
        parts += [f"descriptions of sources ({len(described)})"] if described else []
        if parts:
            self.report.note("left-out", "these parts of the project have no place in codings of text", *parts)


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _user(user: XmlElement) -> str:
    names = (user.get("name"), user.get("id"), same(user.get("guid")))
    return next((name for name in names if name.strip()), "")
