"""The project as Guyub represents it, and its assembly from sources with selections in any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from analysis import tables
from analysis.codebook import Codebook
from analysis.coding.anchors import text_hash
from analysis.coding.refiqda.codes import unpack
from analysis.coding.refiqda.documents import Placed, pieces, unbundle
from analysis.coding.refiqda.positions import (
    STANDARD,
    Claims,
    Convention,
    Reading,
    Spans,
    agrees,
    differ,
    locate,
    received,
    recognise,
)
from analysis.coding.refiqda.report import Report, unused

MEMO = ("Translation", "Round", "Read")  # labelled parts after the memo in a selection's description
READ = "no code applies"


@dataclass(frozen=True)
class Project:
    """A project that was read from a file.

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

        Where a unit's text equals the one in the file except for line ends and a byte order mark, positions and hash
        become the unit's. Other rows keep those of the file, so that `check_anchors` finds them broken.
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
    """A code that a coder gave; without a code, the coder read the words and none applies. memo: with its labelled
    parts. read: False for a memo alone."""

    code: str | None
    coder: str
    memo: str = ""
    read: bool = True


@dataclass(frozen=True)
class CodedText:
    """A text with its selections, positions as the file gives them. applied: the codings of each selection. whole: of
    the whole text."""

    name: str
    claims: Claims
    applied: list[list[Applied]]
    whole: list[Applied] = field(default_factory=list)


def assemble(sources: list[CodedText], assumed: Convention, report: Report) -> tuple[dict[str, str], pd.DataFrame]:
    """Texts by unit id and their codings, with positions read by the convention that fits, noted in the report."""
    reading = recognise([source.claims for source in sources], assumed)
    _note_positions(report, sources, reading)
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
    _note_spans(report, source.name, claims, spans)
    placed = zip(spans.start.tolist(), spans.end.tolist(), spans.inside, source.applied, strict=True)
    codings = [(start, end, applied) for start, end, inside, given in placed if inside for applied in given]
    codings += [(0, len(claims.text.text), applied) for applied in source.whole]
    rows = []
    for start, end, applied in codings:
        where = f"{source.name} {start}-{end}"
        memo, parts = unpack(applied.memo, MEMO)
        number = parts["Round"]
        if number and not (number.isdecimal() and 0 < int(number[:9]) < 1_000_000):
            report.note("round", "the round is not a number; 1 is used", where)
            number = ""
        given = (applied.code, applied.coder, int(number or 1))
        words = (memo or None, parts["Translation"] or None)
        inside = pieces(units, start, end)
        if not inside:
            report.note("between-units", "codings that fall between units are left out", where)
        elif sum(last - first for _, first, last in inside) != end - start:
            report.note("split-coding", "codings reached beyond their unit and were cut to the units", where)
        for unit, first, last in inside:
            end = last if applied.read else first
            quotation = texts[unit.unit_id][first:end]
            rows.append((unit.unit_id, first, end, *given, hashes[unit.unit_id], *words, quotation))
    return rows


def _note_positions(report: Report, sources: list[CodedText], reading: Reading) -> None:
    """Note how positions were read, wherever that is not simply the standard's way."""
    claims, how = [source.claims for source in sources], reading.how
    if marked := [source.name for source in sources if source.claims.text.mark]:
        counted = "counted it and were moved" if how.mark else "do not count it"
        report.note("byte-order-mark", f"a byte order mark was taken off; positions {counted}", *marked)
    if long := [source.name for source in sources if source.claims.text.long_ends]:
        counted = "one, as Guyub does" if how.one_end else "two and were moved"
        report.note("crlf", f"CR LF became line feeds; positions count each as {counted}", *long)
    if lone := [source.name for source in sources if source.claims.text.lone]:
        report.note("lone-cr", "carriage returns became line feeds", *lone)
    if not any(claim.start.size for claim in claims):
        return
    why = f"{report.origin} is known to" + (", and words fit" if reading.checked else "")
    if how != reading.assumed:
        fit, assumed = (each.full + each.short for each in (reading.fit, reading.assumed_fit))
        why = f"read so, {fit} characters of quotations stand where the file says, "
        why += f"{assumed} in the way expected of that program"
    if how.unit != STANDARD.unit and differ(claims, how, replace(how, unit=STANDARD.unit)):
        kind = {"UTF-16": "utf16-offsets", "UTF-8": "utf8-offsets"}[how.unit]
        report.note(kind, f"positions count {how.unit} and were turned into code points: {why}")
    if how.inclusive:
        report.note("inclusive-end", f"ends are the last character's, and were moved by one: {why}")
    if not reading.checked:
        report.note("unchecked", f"no selection quotes its words, so positions were not checked; read as: {how}")
    if reading.rivals:
        report.note("ambiguous", f"positions were read as: {how}; they may be", *map(str, reading.rivals))


def _note_spans(report: Report, name: str, claims: Claims, spans: Spans) -> None:
    """Note selections that the text does not have, that cut characters, or whose words are not those they quote."""
    places = [f"{name} {start}-{end}" for start, end in zip(claims.start, claims.end, strict=True)]
    if gone := [place for place, inside in zip(places, spans.inside, strict=True) if not inside]:
        report.note("outside-text", "selections that the text does not reach are left out", *gone)
    cut = spans.inside & ~spans.whole
    if parts := [place for place, part in zip(places, cut, strict=True) if part]:
        report.note("cut-character", "selections began or ended within a character and were widened to it", *parts)
    words = list(map(claims.words, spans.start, spans.end, claims.quote))
    fits = [bool(quote) and bool(agrees(quote, word)) for quote, word in zip(claims.quote, words, strict=True)]
    if not any(fits):
        return
    rows = zip(places, claims.quote, words, fits, spans.inside, strict=True)
    if wrong := [f"{place}: {quote[:40]!r} is not {word[:40]!r}"
                 for place, quote, word, fit, inside in rows if quote and inside and not fit]:  # fmt: skip
        report.note("quotation-differs", "selections mark other words than they quote", *wrong)
