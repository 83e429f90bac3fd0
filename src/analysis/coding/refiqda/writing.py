"""Writing a project: units, codings and codebook as a .qdpx file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from analysis import tables
from analysis.codebook import Code, Codebook
from analysis.coding.anchors import text_hash
from analysis.coding.refiqda import archive, markup
from analysis.coding.refiqda.codes import ORIGIN, elements, guid, instructions, pack
from analysis.coding.refiqda.documents import Bundle, Placed, bundle, unbundle
from analysis.coding.refiqda.positions import MARK, Text, received
from analysis.coding.refiqda.project import MEMO, READ, Project
from analysis.coding.refiqda.report import Report
from analysis.errors import InputError

NAMESPACE = "urn:QDA-XML:project:1.0"
IDS = ("unit_id", "message_id", "utterance_id")
NEEDED = ("unit_id", "start", "end", "code", "coder")

Around: TypeAlias = Sequence[Sequence[tuple[str, str]]]
Sources: TypeAlias = Mapping[str, str] | pd.Series | pd.DataFrame


def write_qdpx(
    path: str | Path,
    sources: Sources | Project,
    codings: pd.DataFrame | None = None,
    codebook: Codebook | None = None,
    *,
    documents: Mapping[str, str] | None = None,
    heads: Mapping[str, str] | None = None,
    around: Mapping[str, Around] | None = None,
    name: str = "Guyub",
) -> Report:
    """Write units, codings and codebook as a REFI-QDA 1.5 project (.qdpx).

    sources: texts by unit id: a mapping, a Series, a table with unit_id (or message_id, utterance_id) and text, or a
    Project that `read_qdpx` gave. codings: rows of tables.Codings; round, text_sha256, memo and translation may be
    missing; start and end in code points of the unit's text, end exclusive; no code means read, and no code applies.
    codebook: without one, the codes of the codings. documents: the document (chat, transcript) of each unit, for units
    too short to be documents of their own; heads: the label of each unit in it (who, when); around: label and text of
    the passages before and after it, which belong to no unit. name: of the project.

    The file has line feeds only, no byte order mark, code points, exclusive ends, `origin`, `internal://` paths, unique
    names, and the same bytes for the same input. Returns a report of units that had other line ends or a byte order
    mark; their text is written without these, and the positions of their codings are adjusted. Raises InputError on
    codings that do not fit their unit, its hash or the codebook, and on content that the format cannot hold.
    """
    if isinstance(sources, Project):
        codings = sources.codings if codings is None else codings
        codebook, sources = sources.codebook if codebook is None else codebook, sources.sources
    units = texts(sources)
    rows = checked(codings, units)
    book = codebook or Codebook(tuple(Code(str(code)) for code in rows["code"].dropna().unique()))
    if unknown := sorted(set(rows["code"].dropna()) - set(book.names)):
        raise InputError(f"a coding has the code {unknown[0]!r}, which is not in the codebook",
                         fix="Add it to the codebook, or fix the codings.")  # fmt: skip
    plain = {unit_id: received(text) for unit_id, text in units.items()}
    if marked := [unit_id for unit_id, text in plain.items() if text.text.startswith(MARK)]:
        raise InputError(f"the text of {marked[0]!r} begins with two byte order marks", fix="Remove them.")
    made = bundles(plain, documents, heads, around)
    root = Element("Project", {"name": name, "origin": ORIGIN})
    root.extend(_parts(made, rows, plain, book))
    files = {"project.qde": markup.serialise(root, NAMESPACE, instructions(book))}
    for document, text in made.items():
        try:
            files[f"sources/{guid('source', document)}.txt"] = text.text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InputError(f"the text of {document!r} has half a character at position {error.start}",
                             fix="Read the file again in its right encoding.") from error  # fmt: skip
    archive.write(Path(path), files)
    report = Report(ORIGIN)
    if changed := [unit_id for unit_id, unit in plain.items() if unit.long_ends or unit.lone]:
        report.note("crlf", "carriage returns were written as line feeds, positions moved with them", *changed)
    if marked := [unit_id for unit_id, unit in plain.items() if unit.mark]:
        report.note("byte-order-mark", "byte order marks were left out, positions moved with them", *marked)
    return report


def texts(sources: Sources) -> dict[str, str]:
    """Texts by unit id, from any shape that `write_qdpx` takes."""
    if isinstance(sources, pd.DataFrame):
        column = next((name for name in IDS if name in sources.columns), None)
        if column is None or "text" not in sources.columns:
            raise InputError("the table of units has no unit_id or no text", fix=f"Name its columns {IDS[0]} and text.")
        sources = sources.set_index(column)["text"]
    if isinstance(sources, pd.Series):
        if not sources.index.is_unique:
            twice = sources.index[sources.index.duplicated()][0]
            raise InputError(f"two units have the id {twice!r}", fix="Give every unit an id of its own.")
        sources = sources.to_dict()
    for unit_id, text in sources.items():
        if not isinstance(text, str) or not str(unit_id).strip():
            raise InputError(f"the unit {unit_id!r} has no text or no id")
    return {str(unit_id): text for unit_id, text in sources.items()}


def checked(codings: pd.DataFrame | None, units: Mapping[str, str]) -> pd.DataFrame:
    """Codings with all columns of tables.Codings. Raises InputError on one that does not fit its unit."""
    if codings is None or codings.empty:
        return tables.empty(tables.Codings)
    if missing := [column for column in NEEDED if column not in codings.columns]:
        raise InputError(f"the codings have no column {missing[0]!r}", fix=f"They need {', '.join(NEEDED)}.")
    hashes = {unit_id: text_hash(units[unit_id]) for unit_id in codings["unit_id"].unique() if unit_id in units}
    rows = codings.assign(
        code=codings["code"].where(codings["code"] != ""),
        round=codings.get("round", 1),
        text_sha256=codings.get("text_sha256", codings["unit_id"].map(hashes)),
        memo=codings.get("memo"),
        translation=codings.get("translation"),
        quotation=codings.get("quotation"),
    )[list(tables.Codings.columns)]
    for row in rows.itertuples(index=False):
        if row.unit_id not in units:
            raise InputError(f"a coding is of the unit {row.unit_id!r}, which has no text", fix="Add its text.")
        if hashes[row.unit_id] != row.text_sha256:
            raise InputError(f"the text of {row.unit_id!r} is not the one that was coded (its hash differs)",
                             fix="Check the anchors first (analysis.coding.anchors.check_anchors).")  # fmt: skip
        if not str(row.coder).strip():
            raise InputError(f"a coding of {row.unit_id!r} has no coder")
        if not 0 <= row.start <= row.end <= len(units[row.unit_id]):
            raise InputError(f"a coding of {row.unit_id!r} reaches from {row.start} to {row.end}, past its text")
    return tables.conform(rows, tables.Codings)


def bundles(
    units: Mapping[str, Text],
    documents: Mapping[str, str] | None,
    heads: Mapping[str, str] | None,
    around: Mapping[str, Around] | None = None,
) -> dict[str, Bundle]:
    """The texts of documents by name: one per unit, or, given documents, several units under their head lines."""
    if documents is None:
        for unit_id, unit in units.items():
            if unbundle(unit.text):
                what = f"the text of {unit_id!r} looks like a document of several units"
                raise InputError(what, fix="Give documents.")
        return {unit_id: Bundle(unit.text, (Placed(unit_id, 0, len(unit.text)),)) for unit_id, unit in units.items()}
    grouped: dict[str, dict[str, str]] = {}
    for unit_id, unit in units.items():
        if unit_id not in documents:
            raise InputError(f"the unit {unit_id!r} is in no document", fix="Name the document of every unit.")
        grouped.setdefault(documents[unit_id], {})[unit_id] = unit.text
    return {document: bundle(inside, heads, around) for document, inside in grouped.items()}


def _parts(made: Mapping[str, Bundle], rows: pd.DataFrame, units: Mapping[str, Text], book: Codebook) -> list[Element]:
    users, codes, sources = Element("Users"), Element("CodeBook"), Element("Sources")
    for coder in sorted(rows["coder"].unique()):
        SubElement(users, "User", {"guid": guid("user", coder), "name": coder})
    if book.codes:
        SubElement(codes, "Codes").extend(elements(book))
    places = {unit.unit_id: (bundled, unit) for bundled in made.values() for unit in bundled.units}
    selections = _selections(rows, units, places)
    for document, bundled in made.items():
        key = guid("source", document)
        facts = {"guid": key, "name": document, "plainTextPath": f"internal://{key}.txt"}
        source = SubElement(sources, "TextSource", facts)
        source.extend(node for unit in bundled.units for node in selections.get(unit.unit_id, []))
    return [part for part in (users, codes, sources) if len(part)]


def _selections(
    rows: pd.DataFrame, units: Mapping[str, Text], places: Mapping[str, tuple[Bundle, Placed]]
) -> dict[str, list[Element]]:
    """A selection for each coding, by unit."""
    selections: dict[str, list[Element]] = {}
    times: Counter[tuple[str, ...]] = Counter()
    for row in rows.itertuples(index=False):
        start, end = units[row.unit_id].from_raw(row.start, row.end)
        code = "" if pd.isna(row.code) else row.code
        key: tuple[str, ...] = (row.unit_id, str(start), str(end), code, row.coder, str(row.round))
        times[key] += 1
        key, user = (*key, str(times[key])), {"creatingUser": guid("user", row.coder)}
        made, place = places[row.unit_id]
        start, end = place.start + start, place.start + end
        node = Element("PlainTextSelection", {
            "guid": guid("selection", *key), "name": markup.tamed(made.text[start:end]),
            "startPosition": str(start), "endPosition": str(end), **user,
        })  # fmt: skip
        memo, translation = ("" if pd.isna(words) else words for words in (row.memo, row.translation))
        labelled = (translation, str(row.round) if row.round != 1 else "", "" if code else READ)
        if words := pack(memo, dict(zip(MEMO, labelled, strict=True))):
            SubElement(node, "Description").text = words
        if code:
            coding = SubElement(node, "Coding", {"guid": guid("coding", *key), **user})
            SubElement(coding, "CodeRef", {"targetGUID": guid("code", code)})
        selections.setdefault(row.unit_id, []).append(node)
    return selections
