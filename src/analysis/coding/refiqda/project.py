"""A project as Guyub sees it, and how sources with selections, of whatever format, become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis import tables
from analysis.codebook import Codebook
from analysis.coding.anchors import text_hash
from analysis.coding.refiqda import labels
from analysis.coding.refiqda.documents import Placed, pieces, unbundle
from analysis.coding.refiqda.noting import note_positions, note_spans
from analysis.coding.refiqda.positions import Claims, Convention, locate, received, recognise
from analysis.coding.refiqda.report import Report, unused

MEMO = ("Translation", "Round", "Read")  # what stands in a selection's description after the memo
READ = "no code applies"


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
        old = zip(rows["unit_id"], rows["text_sha256"], strict=True)
        rows["text_sha256"] = [hashes.get(unit_id, digest) for unit_id, digest in old]
        return tables.conform(rows, tables.Codings)


@dataclass(frozen=True)
class Applied:
    """A code that a coder gave; no code: the coder read the words and none applies. memo: with its labelled parts."""

    code: str | None
    coder: str
    memo: str = ""


@dataclass(frozen=True)
class CodedText:
    """A text with its selections, positions as the file gives them. applied: the codings of each selection. whole: of
    the whole text."""

    name: str
    claims: Claims
    applied: list[list[Applied]]
    whole: list[Applied] = field(default_factory=list)


def assemble(sources: list[CodedText], assumed: Convention, report: Report) -> tuple[dict[str, str], pd.DataFrame]:
    """Texts by unit id and the codings of them, positions read by the convention that fits, which the report notes."""
    reading = recognise([source.claims for source in sources], assumed)
    note_positions(report, [(source.name, source.claims) for source in sources], reading)
    texts: dict[str, str] = {}
    rows: list[tuple] = []
    for source in sources:
        units = _units(source, texts, report)
        rows += _rows(source, units, texts, reading.how, report)
    frame = pd.DataFrame(rows, columns=list(tables.Codings.columns)) if rows else tables.empty(tables.Codings)
    return texts, tables.conform(frame, tables.Codings)


def _units(source: CodedText, texts: dict[str, str], report: Report) -> tuple[Placed, ...]:
    """The units of a source under names of their own, their texts added to texts."""
    whole = source.claims.text.text
    made = unbundle(whole)
    units = []
    for unit in made.units if made else (Placed(source.name, 0, len(whole)),):
        name = unused(unit.unit_id, texts)
        if name != unit.unit_id:
            report.note("duplicate-source", f"more than one text is called {unit.unit_id!r}", name)
        texts[name] = whole[unit.start : unit.end]
        units.append(Placed(name, unit.start, unit.end))
    return tuple(units)


def _rows(
    source: CodedText, units: tuple[Placed, ...], texts: Mapping[str, str], how: Convention, report: Report
) -> list[tuple]:
    claims = source.claims
    hashes = {unit.unit_id: text_hash(texts[unit.unit_id]) for unit in units}
    spans = locate(claims.text, how, claims.start, claims.end)
    note_spans(report, source.name, claims, spans)
    placed = zip(spans.start.tolist(), spans.end.tolist(), spans.inside, source.applied, strict=True)
    codings = [(start, end, applied) for start, end, inside, given in placed if inside for applied in given]
    codings += [(0, len(claims.text.text), applied) for applied in source.whole]
    rows = []
    for start, end, applied in codings:
        where = f"{source.name} {start}-{end}"
        number, *words = _facts(applied, where, report)
        for unit, first, last in _pieces(units, start, end, where, report):
            quotation = texts[unit][first:last]
            rows.append((unit, first, last, applied.code, applied.coder, number, hashes[unit], *words, quotation))
    return rows


def _pieces(units: tuple[Placed, ...], start: int, end: int, where: str, report: Report) -> list[tuple[str, int, int]]:
    placed = [(unit.unit_id, first, last) for unit, first, last in pieces(units, start, end)]
    if not placed:
        report.note("between-units", "codings that lie between units are left out", where)
    elif sum(last - first for _, first, last in placed) != end - start:
        report.note("split-coding", "codings reached beyond their unit and were cut to the units", where)
    return placed


def _facts(applied: Applied, where: str, report: Report) -> tuple[int, str | None, str | None]:
    """Round, memo and translation of a coding."""
    memo, parts = labels.unpack(applied.memo, MEMO)
    number = parts["Round"]
    if number and not (number.isdecimal() and 0 < int(number[:9]) < 1_000_000):
        report.note("round", "what stands for the round is no number; 1 is taken", where)
        number = ""
    return int(number or 1), memo or None, parts["Translation"] or None
