"""From rows of ingest's tables back to the files of data/raw: the file, and the line if there is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import study
from analysis.errors import InputError
from analysis.ingest import identities
from analysis.ingest.corpus import KINDS
from analysis.ingest.gather import Raw, exports, gather, visible
from analysis.ingest.keys import study_key
from analysis.ingest.scrubbing import file_name
from analysis.ingest.sheets import read_rows
from analysis.privacy import Pseudonymiser

CODE = re.compile(r"[-\s]*name:\s*[\"']?([^\"'#]*?)[\"']?\s*$")  # a code in codebook.yaml
DEFAULTS = {"round": "1", "draw": "1"}  # values if a table made by people has no such column


@dataclass(frozen=True)
class Place:
    """A file, relative to the study's root, and its line from 1; None for the file as a whole. here: whether the file
    is present; if not, it stays with the researchers and is known by the name that ingest gave it."""

    file: str
    line: int | None = None
    here: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class RawFiles:
    """The raw files of a study. Names of people are read only if nothing else identifies a row, and are not passed
    on."""

    paths: study.Paths

    def places(self, table: str, rows: pd.DataFrame) -> list[Place] | None:
        """The place of each row of a table (step/name); None if the table does not come directly from a raw file."""
        find = FINDERS.get(table)
        return find(self, rows) if find else None

    def of_sources(self, rows: pd.DataFrame) -> list[Place]:
        """By the columns source and line."""
        lines = rows["line"].tolist() if "line" in rows else [None] * len(rows)
        found = {source: self._source(source) for source in rows["source"].unique()}
        return [_at(found[source], line) for source, line in zip(rows["source"], lines, strict=True)]

    def of_codings(self, rows: pd.DataFrame) -> list[Place]:
        """By unit, span, code and round; coders with the same coding are distinguished by their names."""
        return self._listed(rows, ("unit_id", "start", "end", "code", "coder", "round"), "codings")

    def of_sample(self, rows: pd.DataFrame) -> list[Place]:
        """By unit and draw."""
        return self._listed(rows, ("unit_id", "draw"), "sample.csv")

    def of_codebook(self, rows: pd.DataFrame) -> list[Place]:
        """Where the codebook names the code."""
        path = self.paths.raw / "codebook.yaml"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        named = {found[1]: n for n, line in enumerate(lines, 1) if (found := CODE.match(line))}
        return [self._place(path, named.get(code)) for code in rows["code"]]

    def of_members(self, rows: pd.DataFrame) -> list[Place]:
        """By pseudonyms of the roster's names. People who are on no roster occur only in a chat or interview."""
        path = self.paths.raw / "members.csv"
        lines = self._lines(lambda people: {people.pseudonym(r.name): r.row for r in self._raw.roster.itertuples()})
        return [self._place(path, lines.get(member)) for member in rows["member"]]

    def of_partnerships(self, rows: pd.DataFrame) -> list[Place]:
        """By pseudonyms of both members, and the kind."""
        path, names = self.paths.raw / "partnerships.csv", ["member_a", "member_b", "kind"]

        def numbered(people: Pseudonymiser) -> dict[Any, int]:
            pairs = identities.partnerships(self._raw, people, tz=self._tz)[names].fillna("")
            return dict(zip(pairs.itertuples(index=False, name=None), self._raw.partnerships["row"], strict=True))

        lines = self._lines(numbered)
        pairs = rows[names].fillna("").itertuples(index=False, name=None)
        return [self._place(path, lines.get(pair)) for pair in pairs]

    def of_annotations(self, rows: pd.DataFrame) -> list[Place]:
        """By annotator, message and answer."""
        names = ["annotator", "message_id", "reply_to"]

        def numbered(people: Pseudonymiser) -> dict[Any, Place]:
            links = identities.annotated_replies(self._raw, people).fillna("")
            keys = links[names].itertuples(index=False, name=None)
            places = (self._place(Path(s), int(n)) for s, n in zip(links["source"], links["line"], strict=True))
            return dict(zip(keys, places, strict=True))

        found, other = self._lines(numbered), self._place(self.paths.raw / "annotations", None)
        return [found.get(key, other) for key in rows[names].fillna("").itertuples(index=False, name=None)]

    def _listed(self, rows: pd.DataFrame, names: tuple[str, ...], place: str) -> list[Place]:
        """By the cells of a CSV file, or of the files of a folder; cells that ingest reworded are not compared."""
        found: dict[tuple[str, ...], Place] = {}
        for path in self._tables(self.paths.raw / place):
            for line, cells in read_rows(path, lossy=True)[1]:
                key = tuple(cells.get(name, "").strip() or DEFAULTS.get(name, "") for name in names)
                found.setdefault(key, self._place(path, line))
        other = self._place(self.paths.raw / place, None)
        keys = rows[list(names)].astype(object).where(rows[list(names)].notna(), "").astype(str)
        return [found.get(key, other) for key in keys.itertuples(index=False, name=None)]

    def _tables(self, place: Path) -> list[Path]:
        """The CSV files that ingest reads there."""
        files = [place] if place.is_file() else visible(place)
        return [path for path in files if path.suffix.lower() == ".csv"]

    def _place(self, path: Path, line: int | None) -> Place:
        return Place(path.relative_to(self.paths.root).as_posix(), line, path.exists())

    def _source(self, source: str) -> list[Place]:
        """The raw files with this name in ingest's tables."""
        plain = [path for path in self._files if path.name == source]
        return [self._place(path, None) for path in plain or self._renamed.get(source, [])] or [
            Place(source, here=False)
        ]

    @cached_property
    def _files(self) -> list[Path]:
        raw = self.paths.raw
        chats = exports(raw / "chats") if (raw / "chats").is_dir() else visible(raw)
        return [*chats, *visible(raw / "transcripts")]

    @cached_property
    def _renamed(self) -> dict[str, list[Path]]:
        """Files named after people, by the names that ingest gives them."""
        found: dict[str, list[Path]] = {}
        if (people := self._people) is None:
            return found
        for path in self._files:
            kind = KINDS.get(path.relative_to(self.paths.raw).parts[0], "chat")
            found.setdefault(file_name(people, path.name, kind), []).append(path)
        return found

    def _lines(self, numbered: Callable[[Pseudonymiser], dict[Any, Any]]) -> dict[Any, Any]:
        """What a function finds in the raw files as read; nothing if they or their key are elsewhere."""
        return numbered(self._people) if self._people else {}

    @cached_property
    def _tz(self) -> str:
        return str(study.load_params(self.paths)["ingest"]["tz"])

    @cached_property
    def _raw(self) -> Raw:
        order = study.load_params(self.paths)["ingest"]["date_order"]
        return gather(self.paths.raw, tz=self._tz, date_order=order)  # type: ignore[arg-type]

    @cached_property
    def _people(self) -> Pseudonymiser | None:
        """Which pseudonym is which person; None if the raw files or the key of the pseudonyms are elsewhere."""
        try:
            key = study_key(self.paths, str(study.load_params(self.paths)["ingest"]["demo_key"]))
            return identities.pseudonymiser(self._raw, key) if key else None
        except InputError:
            return None


def _at(places: list[Place], line: int | None) -> Place:
    """The place in the first of files of one name; the others hold the same chat."""
    return Place(places[0].file, line, places[0].here)


FINDERS: dict[str, Callable[[RawFiles, pd.DataFrame], list[Place]]] = {
    "ingest/messages": RawFiles.of_sources, "ingest/utterances": RawFiles.of_sources,
    "ingest/reports": RawFiles.of_sources, "ingest/marks": RawFiles.of_sources,
    "ingest/codings": RawFiles.of_codings, "ingest/sample": RawFiles.of_sample,
    "ingest/codebook": RawFiles.of_codebook, "ingest/members": RawFiles.of_members,
    "ingest/partnerships": RawFiles.of_partnerships, "ingest/annotations": RawFiles.of_annotations,
}  # fmt: skip
