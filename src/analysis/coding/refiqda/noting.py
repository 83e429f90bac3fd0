"""What the report says about the positions of a project."""

from __future__ import annotations

from analysis.coding.refiqda.positions import STANDARD, Claims, Reading, Spans, agrees, matters
from analysis.coding.refiqda.report import Report


def note_positions(report: Report, sources: list[tuple[str, Claims]], reading: Reading) -> None:
    """Note how positions were read, wherever that is not simply the standard's way."""
    claims = [claim for _, claim in sources]
    how = reading.how
    marked = [name for name, claim in sources if claim.text.mark]
    if marked:
        counted = "counted it and were moved" if how.mark else "do not count it"
        report.note("byte-order-mark", f"a byte order mark was taken off; positions {counted}", *marked)
    if long := [name for name, claim in sources if claim.text.long_ends]:
        counted = "one, as Guyub does" if how.one_end else "two and were moved"
        report.note("crlf", f"CR LF became line feeds; positions count each as {counted}", *long)
    if lone := [name for name, claim in sources if claim.text.lone]:
        report.note("lone-cr", "carriage returns became line feeds", *lone)
    if not any(claim.start.size for claim in claims):
        return
    why = _why(report, reading)
    if how.unit != STANDARD.unit and matters(claims, how, "unit"):
        kind = {"UTF-16": "utf16-offsets", "UTF-8": "utf8-offsets"}[how.unit]
        report.note(kind, f"positions count {how.unit} and were turned into code points: {why}")
    if how.inclusive:
        report.note("inclusive-end", f"ends are the last character's, and were moved by one: {why}")
    if not reading.checked:
        report.note("unchecked", f"no selection quotes its words, so positions were not checked; read as: {how}")
    if reading.rivals:
        report.note("ambiguous", f"positions were read as: {how}; they may be", *map(str, reading.rivals))


def _why(report: Report, reading: Reading) -> str:
    if reading.how == reading.assumed:
        return f"{report.origin} is known to" if not reading.checked else f"{report.origin} is known to, and words fit"
    return (
        f"read so, {reading.fit.full + reading.fit.short} characters of quotations stand where the file says, "
        f"{reading.assumed_fit.full + reading.assumed_fit.short} in the way expected of that program"
    )


def note_spans(report: Report, name: str, claims: Claims, spans: Spans) -> None:
    """Note selections that the text does not have, that cut characters, or whose words are not those they quote."""
    places = [f"{name} {start}-{end}" for start, end in zip(claims.start, claims.end, strict=True)]
    if gone := [place for place, inside in zip(places, spans.inside, strict=True) if not inside]:
        report.note("outside-text", "selections that the text does not reach are left out", *gone)
    cut = spans.inside & ~spans.whole
    if parts := [place for place, part in zip(places, cut, strict=True) if part]:
        report.note("cut-character", "selections began or ended within a character and were widened to it", *parts)
    words = [
        claims.words(start, end, quote) for start, end, quote in zip(spans.start, spans.end, claims.quote, strict=True)
    ]
    fits = [bool(quote) and bool(agrees(quote, word)) for quote, word in zip(claims.quote, words, strict=True)]
    if not any(fits):
        return
    rows = zip(places, claims.quote, words, fits, spans.inside, strict=True)
    if wrong := [f"{place}: {quote[:40]!r} is not {word[:40]!r}"
                 for place, quote, word, fit, inside in rows if quote and inside and not fit]:  # fmt: skip
        report.note("quotation-differs", "selections stand on other words than they quote", *wrong)
