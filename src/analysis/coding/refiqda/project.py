"""Reading a project: a .qdpx file of any program as texts, codings and codebook, with a report of what was unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from analysis import tables
from analysis.coding.anchors import text_hash
from analysis.coding.codebook import Codebook
from analysis.coding.refiqda import archive, labels, markup
from analysis.coding.refiqda.archive import Archive
from analysis.coding.refiqda.codes import note_origin, read_codes, same, unused
from analysis.coding.refiqda.documents import Placed, pieces, unbundle
from analysis.coding.refiqda.markup import Node
from analysis.coding.refiqda.noting import note_positions, note_spans
from analysis.coding.refiqda.positions import FAR, MARK, Claims, Convention, Text, expected, locate, received, recognise
from analysis.coding.refiqda.report import Report
from analysis.errors import InputError

NAMESPACE = "urn:QDA-XML:project:1.0"
MEMO = ("Translation", "Round", "Read")  # what stands in a selection's description after the memo
READ = "no code applies"
UNKNOWN = "unknown"
OTHER_SOURCES = ("PictureSource", "AudioSource", "VideoSource")
OTHER_PARTS = ("Variables", "Cases", "Links", "Sets", "Graphs")


@dataclass(frozen=True)
class Project:
    """A project read.

    sources: texts by unit id (the source's name, or the units that `write_qdpx` put into it), line feeds only, no byte
    order mark. codings: tables.Codings, of these texts. codebook: its codes. report: what deviated from the standard
    and what became of it.
    """

    sources: dict[str, str]
    codings: pd.DataFrame
    codebook: Codebook
    report: Report
    name: str = ""

    @property
    def quotations(self) -> pd.Series:
        """The coded words of each coding."""
        rows = self.codings[["unit_id", "start", "end"]].itertuples(index=False)
        words = [self.sources[unit_id][start:end] for unit_id, start, end in rows]
        return pd.Series(words, index=self.codings.index, dtype=str, name="quotation")

    def onto(self, units: Mapping[str, str]) -> pd.DataFrame:
        """The codings (tables.Codings) on the study's own units, texts by unit id, in the order of `codings`.

        Where a unit's text is the one in the file but for line ends and a byte order mark, positions and hash become
        the unit's. Other rows keep those of the file, so that `check_anchors` finds them broken.
        """
        ours = {unit_id: received(units[unit_id]) for unit_id in self.sources if unit_id in units}
        held = {unit_id for unit_id, text in ours.items() if text.text == self.sources[unit_id]}
        hashes = {unit_id: text_hash(units[unit_id]) for unit_id in held}
        rows = self.codings.copy()
        spans = [
            ours[unit_id].to_raw(start, end) if unit_id in held else (start, end)
            for unit_id, start, end in rows[["unit_id", "start", "end"]].itertuples(index=False)
        ]
        rows["start"], rows["end"] = [start for start, _ in spans], [end for _, end in spans]
        rows["text_sha256"] = rows["unit_id"].map(hashes).fillna(rows["text_sha256"])
        return tables.conform(rows, tables.Codings)


def read_qdpx(path: str | Path) -> Project:
    """Read a REFI-QDA project (.qdpx) of any program.

    The way its positions are counted is taken from the quotations in it, where they fit another way better than the one
    its origin is known for; `report` says so, and which quotations fit nowhere. Nothing is shifted without a finding.
    Raises InputError on what is no project, is damaged, or does what a project must not (paths out of the archive, a
    document type, files that swell when unpacked).
    """
    path = Path(path)
    with archive.opened(path) as files:
        return _Reader(path, files).read()


@dataclass(frozen=True)
class _Source:
    """A source: its text, and its selections with their positions as the file gives them."""

    name: str
    text: Text
    node: Node
    claims: Claims
    selections: list[Node]


class _Reader:
    def __init__(self, path: Path, files: Archive) -> None:
        self.path, self.files = path, files
        self.report = Report()
        self.users: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.fallback = ""

    def read(self) -> Project:
        document = self.document()
        root = document.root
        note_origin(document, self.report)
        book, self.codes = read_codes(root.first("CodeBook"), document, self.report, self.path)
        self.users = {same(user.get("guid")): _user(user) for user in root.below("Users")}
        self.fallback = self.users.get(same(root.get("creatingUserGUID")), "")
        self.notes = {same(note.get("guid")): self.note_text(note) for note in root.below("Notes")}
        sources = list(self.sources(root))
        reading = recognise([source.claims for source in sources], expected(self.report.origin))
        note_positions(self.report, [(source.name, source.claims) for source in sources], reading)
        texts, rows = self.codings(sources, reading.how)
        self.left_out(root)
        codings = pd.DataFrame(rows, columns=list(tables.Codings.columns)) if rows else tables.empty(tables.Codings)
        return Project(texts, tables.conform(codings, tables.Codings), book, self.report, root.get("name"))

    def document(self) -> markup.Document:
        projects = [name for name in self.files.names if name.casefold().endswith(".qde") and "/" not in name]
        best = [name for name in projects if name.casefold() == "project.qde"] or projects
        if len(best) != 1:
            what = "there are several projects in the archive" if best else "there is no project.qde in the archive"
            raise InputError(what, path=self.path, mend="Export a REFI-QDA project (.qdpx) from the program.")
        document = markup.parse(self.files.read(best[0], archive.XML_BYTES), f"{self.path}/{best[0]}")
        if document.root.name != "Project":
            raise InputError(f"this is no project: its root is {document.root.name!r}", path=self.path)
        return document

    # Texts

    def sources(self, root: Node) -> Iterator[_Source]:
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
            yield _Source(name, text, node, *self.claims(node, text))

    def text(self, node: Node, name: str) -> Text | None:
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
        inner = (rest if split else path).replace("\\", "/").removeprefix("/")
        if archive.outside(inner):
            raise InputError(f"the source {name!r} has a path that leads out of the archive: {path!r}", path=self.path)
        if not split:
            self.report.note("bare-path", "a plainTextPath does not begin with internal://", name)
        tried = (f"sources/{PurePosixPath(inner).name}", inner, f"sources/{inner}")
        found = next((there for name_ in tried if (there := self.files.find(name_))), None)
        return None if found is None else self.files.read(found, archive.TEXT_BYTES)

    def decode(self, data: bytes, name: str) -> str:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.report.note("encoding", "a text is in UTF-16, where the standard asks for UTF-8", name)
        try:
            return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"the text of {name!r} is not UTF-8: {error.reason} at byte {error.start}", path=self.path,
                             mend="Export the project again with its texts in UTF-8.") from error  # fmt: skip

    def note_text(self, note: Node) -> str:
        text = self.text(note, note.get("name") or "a note") if note.get("plainTextPath") else None
        return (text.text if text else note.words("PlainTextContent") or note.words("Description")).removeprefix(MARK)

    def claims(self, node: Node, text: Text) -> tuple[Claims, list[Node]]:
        selections = node.all("PlainTextSelection")
        start, end = (np.array([self.position(s, key) for s in selections], dtype=np.int64)
                      for key in ("startPosition", "endPosition"))  # fmt: skip
        return Claims(text, start, end, tuple(selection.get("name") for selection in selections)), selections

    def position(self, selection: Node, key: str) -> int:
        try:
            return max(-FAR, min(FAR, int(selection.get(key))))
        except ValueError as error:
            raise InputError(f"a selection's {key} is {selection.get(key)[:40]!r}, not a whole number",
                             path=f"{self.path}/project.qde", line=selection.line) from error  # fmt: skip

    # Codings

    def codings(self, sources: list[_Source], how: Convention) -> tuple[dict[str, str], list[tuple]]:
        texts: dict[str, str] = {}
        rows: list[tuple] = []
        for source in sources:
            made = unbundle(source.text.text)
            units = made.units if made else (Placed(source.name, 0, len(source.text.text)),)
            names = [unused(unit.unit_id, texts) for unit in units]
            for unit, name in zip(units, names, strict=True):
                if name != unit.unit_id:
                    self.report.note("duplicate-source", f"more than one unit is called {unit.unit_id!r}", name)
                texts[name] = source.text.text[unit.start : unit.end]
            units = tuple(Placed(name, unit.start, unit.end) for name, unit in zip(names, units, strict=True))
            hashes = {name: text_hash(texts[name]) for name in names}
            for start, end, code, coder, memo in self.spans(source, how):
                rows += self.rows(source.name, units, hashes, (start, end), code, coder, memo)
        return texts, rows

    def spans(self, source: _Source, how: Convention) -> Iterator[tuple[int, int, str | None, str, str]]:
        """Each coding of a source: its span in the source's text, code, coder and memo."""
        spans = locate(source.text, how, source.claims.start, source.claims.end)
        note_spans(self.report, source.name, source.claims, spans)
        for i, selection in enumerate(source.selections):
            if not spans.inside[i]:
                continue
            memo = self.memo(selection)
            for coding in selection.all("Coding"):
                if code := self.code(coding, source.name):
                    extra = self.noted(coding)
                    yield (int(spans.start[i]), int(spans.end[i]), code, self.coder(coding, selection),
                           "\n\n".join(filter(None, (memo, extra))))  # fmt: skip
            if not selection.all("Coding"):
                if labels.unpack(memo, MEMO)[1]["Read"] == READ:
                    yield int(spans.start[i]), int(spans.end[i]), None, self.coder(selection), memo
                else:
                    self.report.note("uncoded-selection", "a selection without a code is left out",
                                     f"{source.name} {spans.start[i]}-{spans.end[i]}")  # fmt: skip
        for coding in source.node.all("Coding"):
            if code := self.code(coding, source.name):
                yield 0, len(source.text.text), code, self.coder(coding, source.node), self.noted(coding)

    def rows(
        self, source: str, units: tuple[Placed, ...], hashes: Mapping[str, str], span: tuple[int, int],
        code: str | None, coder: str, memo: str,
    ) -> list[tuple]:  # fmt: skip
        """A row of tables.Codings for each unit that a coding covers."""
        found = pieces(units, *span)
        if sum(end - start for _, start, end in found) != span[1] - span[0] or not found:
            where = f"{source} {span[0]}-{span[1]}"
            if found:
                self.report.note("split-coding", "a coding reached beyond its unit and was cut to the units", where)
            else:
                self.report.note("between-units", "a coding lies between units and is left out", where)
        body, parts = labels.unpack(memo, MEMO)
        number = parts["Round"] if parts["Round"].isdecimal() and 0 < int(parts["Round"]) < 1000 else ""
        if parts["Round"] and not number:
            self.report.note(
                "round", f"{parts['Round'][:40]!r} is no round; 1 is taken", f"{source} {span[0]}-{span[1]}"
            )
        return [
            (unit.unit_id, start, end, code, coder, int(number or 1), hashes[unit.unit_id],
             body or None, parts["Translation"] or None)
            for unit, start, end in found
        ]  # fmt: skip

    def code(self, coding: Node, source: str) -> str | None:
        reference = coding.first("CodeRef")
        code = self.codes.get(same(reference.get("targetGUID"))) if reference else None
        if code is None:
            self.report.note("unknown-code", "a coding has a code that the codebook has not; it is left out",
                             f"{source}, line {coding.line}")  # fmt: skip
        return code

    def coder(self, *nodes: Node) -> str:
        """Who coded, by the first element that names a user; else the project's user, else `unknown`."""
        keys = ("creatingUser", "modifyingUser")
        named = next((user for node in nodes for key in keys if (user := self.users.get(same(node.get(key)), ""))), "")
        if not named and not self.fallback and "unknown-coder" not in self.report.kinds:
            self.report.note("unknown-coder", f"the file does not say who coded; the coder is called {UNKNOWN!r}")
        return named or self.fallback or UNKNOWN

    def memo(self, selection: Node) -> str:
        return "\n\n".join(filter(None, (selection.words("Description"), self.noted(selection))))

    def noted(self, node: Node) -> str:
        """The texts of the notes that an element refers to."""
        return "\n\n".join(
            filter(None, (self.notes.get(same(ref.get("targetGUID")), "") for ref in node.all("NoteRef")))
        )

    def left_out(self, root: Node) -> None:
        """Note what a table of codings has no place for."""
        parts = [f"{name} ({count})" for name in OTHER_PARTS if (count := len(root.below(name)))]
        kinds = [source.name for source in root.below("Sources")]
        parts += [f"{name} ({kinds.count(name)})" for name in OTHER_SOURCES if name in kinds]
        if parts:
            self.report.note("left-out", "these parts of the project have no place in codings of text", *parts)


def _user(user: Node) -> str:
    names = (user.get("name"), user.get("id"), same(user.get("guid")))
    return next((name for name in names if name.strip()), "")
