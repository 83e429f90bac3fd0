"""A trail in words and as JSON: a few rows of each table, with texts only of members who may be quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import tables, wording
from analysis.trace import origins
from analysis.trace.raw import Place
from analysis.trace.rows import StudyTables, plain
from analysis.trace.trail import Stop, Trail

SUMS_ONLY = "[in sums only]"  # in place of a text whose writer did not agree to be quoted
FIRST = ("message_id", "utterance_id", "member", "role", "text")  # columns of texts that are shown
FILES = 8  # most raw files named
WIDTH = 60  # most characters of a cell
COLUMNS = 7
SAYS = {
    "said": "It says whether the result could be computed, and if not, why.",
    "stated": "It stands in {place}.", "parameter": "It is a parameter, set in {place}.",
    "copied": "It is the metric {metric}.",
}  # fmt: skip


@dataclass(frozen=True)
class TrailReport:
    """A trail as it is shown. limit: most rows of each table."""

    trail: Trail
    tables: StudyTables
    limit: int

    def text(self) -> str:
        """The trail in words."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The trail in words, line by line."""
        trail = self.trail
        yield f"{trail.key} = {trail.value}"
        yield f"{trail.file}, line {trail.line}"
        yield from self.sayings()
        for part in trail.parts:
            yield ""
            yield from self.part_lines(part)
        if trail.copied:
            yield ""
            yield from TrailReport(trail.copied, self.tables, self.limit).lines()

    def sayings(self) -> Iterator[str]:
        """Sentences on what kind of number it is, and whether its rows give it."""
        trail, origin = self.trail, self.trail.origin
        if origin is None:
            yield f"No rows are declared for it; {trail.stated} computes it from what its step reads (dvc.yaml)."
            return
        if origin.stage:
            went_in = (f"{_rows(n)} of {self.tables.file(table)}" for table, n in trail.went_in)
            yield f"Computed by {_function(trail.computed_by)} from {wording.listed(went_in)}."
        if origin.kind in SAYS:
            yield SAYS[origin.kind].format(place=trail.stated, metric=origin.metric)
        if origin.rows:
            divided = f", divided by how many rows of {self.tables.file(origin.over.of)}" if origin.over else ""
            what = f"{origins.taken(origin.take)} {self.tables.file(origin.rows.of)}{divided}"
            outcome = "as it stands" if trail.agrees else f"which is NOT {trail.value}"
            counted = "" if trail.away else f": {plain(trail.given)}, {outcome}"
            yield f"{what[:1].upper()}{what[1:]}{counted}."
        if trail.away:
            away = ", ".join(trail.away)
            yield f"The rows are left out of this research object, and stay with the researchers: {away}."

    def part_lines(self, part: Stop) -> Iterator[str]:
        """A table on the trail: its file and condition, a few rows, how it was made, the raw files."""
        indent = "  " * part.depth
        among = f"{len(part.chosen):,} of {wording.count(part.of, 'row')}"
        words = part.rows.words()
        leads = " that lead there" if part.depth else ""
        yield f"{indent}{self.tables.file(part.rows.of)}: {among}{leads}{f', where {words}' if words else ''}"
        rows = self.rows(part)
        if rows:
            frame = pd.DataFrame(rows).map(_short)
            if len(frame.columns) > COLUMNS + 1:
                frame = frame.iloc[:, : COLUMNS + 1].assign(**{"…": f"{len(rows[0]) - COLUMNS - 1} more columns"})
            yield from (f"{indent}  {line}" for line in frame.to_string(index=False).splitlines())
        if len(part.chosen) > len(rows):
            yield f"{indent}  ... and {len(part.chosen) - len(rows):,} more (--limit)"
        if part.made_by[0]:
            yield f"{indent}  made by {_function(part.made_by)}"
        if part.places:
            files = [f"{file} ({n:,})" for file, n in part.files.items()]
            more = f", and {wording.count(len(files) - FILES, 'file')} more" if len(files) > FILES else ""
            yield f"{indent}  in raw files: {', '.join(files[:FILES])}{more}"

    def rows(self, part: Stop) -> list[dict[str, Any]]:
        """The first rows of a part, each with its number in the table and its place in data/raw."""
        shown = part.chosen.head(max(self.limit, 0))
        if "text" in shown:
            shown = shown[[column for column in FIRST if column in shown]].assign(text=self.quotable(shown))
        cells = [{name: plain(cell) for name, cell in row.items()} for row in shown.to_dict("records")]
        return [
            {"row": number, **cell, **({"raw": place} if place else {})}
            for number, cell, place in zip(shown.index, cells, _padded(part.places, len(cells)), strict=True)
        ]

    def quotable(self, texts: pd.DataFrame) -> pd.Series:
        """The texts, with those of people who did not agree to be quoted replaced by SUMS_ONLY."""
        members = self.tables["ingest/members"]
        agreed = tables.agreed(members)
        return texts["text"].where(texts["member"].isna() | texts["member"].isin(agreed), SUMS_ONLY)

    def json(self) -> dict[str, Any]:
        """The trail in machine-readable form."""
        trail, origin = self.trail, self.trail.origin
        own = {"key": trail.key, "value": trail.value, "file": trail.file, "line": trail.line}
        own |= {"kind": origin.kind if origin else "undeclared", "words": list(self.sayings())}
        if origin and origin.rows:
            own |= {"take": origin.take, "given": plain(trail.given), "agrees": trail.agrees}
        if trail.computed_by[0]:
            own |= {"stage": _named(trail.computed_by)}
        own |= {"stated": trail.stated} if trail.stated else {}
        own |= {"left_out": list(trail.away)} if trail.away else {}
        own |= {"copied": TrailReport(trail.copied, self.tables, self.limit).json()} if trail.copied else {}
        return own | {"tables": [self.part_json(part) for part in trail.parts]}

    def part_json(self, part: Stop) -> dict[str, Any]:
        """A table on the trail in machine-readable form."""
        own = {"table": part.rows.of, "file": self.tables.file(part.rows.of), "depth": part.depth}
        own |= {"where": part.rows.words(), "rows": len(part.chosen), "of": part.of}
        own |= {"first": [{name: str(cell) if isinstance(cell, Place) else cell for name, cell in row.items()}
                          for row in self.rows(part)]}  # fmt: skip
        own |= {"made_by": _named(part.made_by)} if part.made_by[0] else {}
        return own | ({"raw": part.files} if part.places else {})


def _rows(n: int | None) -> str:
    return "rows" if n is None else wording.count(n, "row")


def _function(function: tuple[str, str]) -> str:
    name, place = function
    return f"{name} ({place})" if place else name


def _named(function: tuple[str, str]) -> Mapping[str, str]:
    return dict(zip(("function", "place"), function, strict=True))


def _padded(places: list[Place], n: int) -> list[Place | None]:
    return [*places[:n], *[None] * (n - len(places))]


def _short(cell: Any) -> str:
    """A cell for a line of text, one line and not too long."""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    if isinstance(cell, Place):
        return str(cell)
    text = "" if cell is None else " ".join(str(cell).split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
