"""Remove members who have withdrawn from files that people made from earlier tables. Sheets of annotated replies lose
the rows of their messages, decisions on quotations the rows of their turns, and codings the rows of what they wrote and
said, and their names in all other rows.

A coding of what somebody else wrote keeps its words: where a pseudonym in that text is replaced by a mark, its
positions and its hash become those of the text that the next run makes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from analysis import study, tables
from analysis.coding.anchors import text_hash
from analysis.identifiers.folded import plain
from analysis.ingest import identities, overlap
from analysis.ingest.annotations import reduced
from analysis.ingest.consent import consented
from analysis.ingest.files import slug
from analysis.ingest.gather import gather, visible
from analysis.ingest.keys import draw, study_key
from analysis.ingest.scrubbing import Scrubber, file_name, pseudonyms_of, without_pasted
from analysis.ingest.sheets import WORDS, read_roster, read_rows
from analysis.tools import quotes

MARK = "[WITHHELD]"
MOST = 10_000  # most texts tried in search of the one that was coded


@dataclass(frozen=True)
class Withdrawal:
    """The members who withhold consent, and their data. names: as on the roster; interviews: their transcript files;
    none: their pseudonyms; gone: ids of what they wrote and said; texts: the raw texts of all other units, by id."""

    scrubber: Scrubber
    names: tuple[str, ...]
    interviews: tuple[str, ...]
    none: frozenset[str]
    gone: frozenset[str]
    texts: dict[str, str]

    def is_theirs(self, unit: str) -> bool:
        """Whether a unit is by these members; for one that no longer exists, whether its id has their pseudonym, as ids
        of earlier versions had."""
        lost = unit not in self.texts and not self.none.isdisjoint(unit.upper().split("-"))
        return unit in self.gone or lost

    def without_names(self, text: str) -> str:
        """A text with a mark for each of these members."""
        found = [span for span in self.scrubber.people.spans(plain(text), talk=False) if span[2] == "WITHHELD"]
        clean = plain(text) if found else text
        for start, end, _, mark in reversed(found):
            clean = clean[:start] + mark + clean[end:]
        return pseudonyms_of(self.none).sub(MARK, clean)

    def next_text(self, unit: str) -> str:
        """The text of a unit as the next run makes it; empty where there is no such unit."""
        return without_pasted(self.scrubber.text(self.texts.get(unit, ""), source=unit))


def withdrawal(paths: study.Paths) -> Withdrawal | None:
    """The members who withhold consent in a study; None if nobody does. Raises InputError on what would stop ingest."""
    roster = read_roster(paths.raw / "members.csv")
    names = tuple(roster.loc[roster["consent"] == "none", "name"])
    if not names:
        return None
    params: dict[str, Any] = study.step_params(paths, "ingest")
    raw = gather(paths.raw, tz=params["tz"], date_order=params["date_order"])
    people = identities.pseudonymiser(raw, study_key(paths, params["demo_key"]) or draw(raw))
    members = identities.members(raw, people, tz=params["tz"])
    messages, _ = overlap.joined(identities.exports(raw, people).tables)
    turns = identities.utterances(raw, people)
    neither = tables.empty(tables.Partnerships), raw.codings, raw.annotations.head(0)
    kept = consented(members, messages, turns, *neither)
    texts = dict(zip(kept.messages["message_id"], kept.messages["text"], strict=True))
    texts |= dict(zip(kept.utterances["utterance_id"], kept.utterances["text"], strict=True))
    files = {t["source"].iloc[0]: slug(file_name(people, t["source"].iloc[0], "interview")) for t in raw.transcripts}
    return Withdrawal(
        scrubber=Scrubber(people, kept.none), names=names, none=kept.none, texts=texts,
        interviews=tuple(file for file, code in files.items() if code not in set(kept.utterances["transcript"])),
        gone=frozenset({*messages["message_id"], *turns["utterance_id"]} - texts.keys()),
    )  # fmt: skip


# Sheets of annotations


def sheets_without(paths: study.Paths, withdrawn: Withdrawal | None) -> dict[Path, str]:
    """The new text of each annotation sheet that holds texts or rows of theirs, without these. Raises InputError on a
    sheet that cannot be read."""
    gone = withdrawn.gone if withdrawn else frozenset()
    texts = {path: reduced(path, gone) for path in _tables_in(paths.raw / "annotations")}
    return {path: text for path, text in texts.items() if text.encode() != path.read_bytes()}


def _tables_in(folder: Path) -> list[Path]:
    return [path for path in visible(folder) if path.suffix.lower() == ".csv"]


# Decisions on quotations


def approvals_without(paths: study.Paths, withdrawn: Withdrawal | None) -> dict[Path, str]:
    """The new text of the file of decisions on quotations, without the turns of those members, if it has any."""
    path = paths.raw / quotes.FILE
    if withdrawn is None or not path.exists():
        return {}
    header, rows = _table(path)
    left = [cells for cells in rows if not withdrawn.is_theirs(cells["unit_id"].strip())]
    return {} if left == rows else {path: _written(header, left)}


# Codings


def codings_without(paths: study.Paths, withdrawn: Withdrawal | None) -> dict[Path, str]:
    """The new text of each file of codings that shows those members, without what does."""
    if withdrawn is None:
        return {}
    texts = {path: _codings_without(path, withdrawn) for path in _tables_in(paths.raw / "codings")}
    return {path: text for path, text in texts.items() if text is not None}


def _codings_without(path: Path, withdrawn: Withdrawal) -> str | None:
    """The text of a file of codings without what shows those members; None where nothing does."""
    header, rows = _table(path)
    left = [_without(cells, withdrawn) for cells in rows if not withdrawn.is_theirs(cells["unit_id"].strip())]
    return None if left == rows else _written(header, left)


def _table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of a table, and its rows."""
    header, lines = read_rows(path)
    return header, [cells for _, cells in lines]


def _written(header: list[str], rows: list[dict[str, str]]) -> str:
    """A table as text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _without(cells: dict[str, str], withdrawn: Withdrawal) -> dict[str, str]:
    """A coding of what somebody else wrote or said, without names of those members, on the text of the next run."""
    words = {name: withdrawn.without_names(cells[name]) for name in WORDS if cells.get(name)}
    return cells | words | _anchored(cells, withdrawn.next_text(cells["unit_id"].strip()), withdrawn.none)


def _anchored(cells: dict[str, str], text: str, none: frozenset[str]) -> dict[str, str]:
    """Start, end and hash of a coding on the text of the next run, if it was coded on the same text with pseudonyms of
    these members in place of marks; otherwise empty."""
    coded = cells["text_sha256"].strip()
    if MARK not in text or text_hash(text) == coded:
        return {}
    for pieces in _as_coded(text.split(MARK), none):
        if text_hash("".join(pieces)) == coded:
            start, end = (str(_moved(int(cells[name]), pieces)) for name in ("start", "end"))
            return {"start": start, "end": end, "text_sha256": text_hash(text)}
    return {}


def _as_coded(between: list[str], none: frozenset[str]) -> Iterator[list[str]]:
    """The possible originals of a text with marks, as pieces: text between marks and, as every second piece, what a
    mark replaced. Yields nothing if there are too many."""
    marks = len(between) - 1
    if (len(none) + 1) ** marks > MOST:
        return
    for instead in product([*sorted(none), MARK], repeat=marks):
        yield [piece for pair in zip(between, [*instead, ""], strict=True) for piece in pair]


def _moved(place: int, pieces: list[str]) -> int:
    """The position, in the text with a mark in place of each second piece, of a position in the joined pieces."""
    moved = at = 0
    for number, piece in enumerate(pieces):
        width = len(MARK) if number % 2 and piece else len(piece)
        if place <= at + len(piece):
            return moved + (place - at if width == len(piece) or place == at else width)
        at, moved = at + len(piece), moved + width
    return moved
