"""The trail of a metric: what it was counted from or computed of, table by table, down to lines of raw files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import study
from analysis.claims import rule
from analysis.errors import InputError
from analysis.reads import Program
from analysis.research_object import left_out
from analysis.trace import origins
from analysis.trace.metrics import Names, with_lines
from analysis.trace.origins import Origin, Selection
from analysis.trace.raw import Place, RawFiles
from analysis.trace.rows import StudyTables, agree

NEAR = 5  # most similar keys named if a key is missing
DEEPEST = 4  # most tables from a metric down to messages


@dataclass(frozen=True)
class Stop:
    """Rows of a table on the trail. depth: how many tables they are away from the metric; made_by: the function that
    made the table, with its file and line; places: of each row in data/raw, where rows of this table stand there."""

    rows: Selection
    chosen: pd.DataFrame
    of: int
    depth: int
    made_by: tuple[str, str] = ("", "")
    places: list[Place] = field(default_factory=list)

    @property
    def files(self) -> dict[str, int]:
        """How many rows by raw file."""
        return dict(Counter(place.file for place in self.places))


@dataclass(frozen=True)
class Trail:
    """A metric with everything that leads to it.

    line: of its file; given: what its rows give; computed_by: the function that computed it, with its file and line;
    went_in: from how many rows of which tables, None where they are not here; copied: the trail of the metric that it
    was copied from; stated: where the author states it, or which notebook computes it; away: files of the tables that
    it comes from and a research object leaves out.
    """

    key: str
    value: Any
    file: str
    line: int
    origin: Origin | None
    given: Any = None
    computed_by: tuple[str, str] = ("", "")
    went_in: Sequence[tuple[str, int | None]] = ()
    parts: Sequence[Stop] = ()
    copied: Trail | None = None
    stated: str = ""
    away: Sequence[str] = ()

    @property
    def agrees(self) -> bool | None:
        """Whether the rows give the metric's value; None if it is not counted from rows, or they are not here."""
        counted = self.origin and self.origin.rows and not self.away
        return agree(self.value, self.given) if counted else None


@dataclass(frozen=True)
class Tracer:
    """Traces metrics of one study; each of its tables is read once."""

    paths: study.Paths
    tables: StudyTables
    raw: RawFiles
    program: Program
    values: Mapping[str, Any]

    @classmethod
    def of(cls, paths: study.Paths) -> Tracer:
        """A tracer of a study; values: parameters by dotted name, and the metric of each claim by `claim C1` and `claim
        0`. Raises InputError where params.yaml or claims.yaml cannot be used."""
        given = study.load_params(paths)
        values = {f"{step}.{name}": value for step, own in given.items() for name, value in (own or {}).items()}
        for number, claim in enumerate(rule.load_claims(paths.root / "claims.yaml")):
            values |= {f"claim {claim['id']}": claim["metrics"], f"claim {number}": claim["metrics"]}
        return cls(paths, StudyTables(paths), RawFiles(paths), Program(paths.root), values)

    def trail(self, key: str) -> Trail:
        """The trail of a metric, `step.name.name`. Raises InputError with the nearest names when there is none."""
        step, names, value, line = self.find(key)
        origin = origins.origin(step, names, self.values)
        file = f"metrics/{step}.json"
        whole = ".".join((step, *names))
        if origin is None:
            return Trail(whole, value, file, line, None, stated=self.paths.notebook(step).name)
        if away := self.away(origin):
            named = [(rows.of, None) for rows in origin.inputs]
            return Trail(
                whole, value, file, line, origin, computed_by=self.function(origin.stage), went_in=named, away=away
            )
        went_in = [(rows.of, len(self.tables.select(rows))) for rows in origin.inputs]
        return Trail(
            whole, value, file, line, origin,
            given=self.tables.given(origin), computed_by=self.function(origin.stage), went_in=went_in,
            parts=self.parts(origin), stated=self.stated(origin),
            copied=self.trail(origin.metric) if origin.metric and value is not None else None,
        )  # fmt: skip

    def away(self, origin: Origin) -> list[str]:
        """Files of the tables that a metric comes from and this research object leaves out."""
        named = (rows for rows in (origin.rows, origin.over, *origin.inputs) if rows)
        files = dict.fromkeys(self.tables.file(table) for rows in named for table in rows.tables())
        places = left_out(self.paths) if files else {}
        return [file for file in files if any(Path(file).is_relative_to(place) for place in places)]

    def person(self, chapter: str, shown: str) -> Trail:
        """The trail of the person whom a chapter shows under a pseudonym: the study's own pseudonym, and all that they
        wrote and said.

        Raises InputError when the chapter shows nobody under it.
        """
        of = "ingest/chapters"
        named = Selection(of, f"chapter == {chapter!r} and shown == {shown!r}", column="member")
        rows, every = self.tables.select(named), self.tables[of]["chapter"].unique()
        if rows.empty:
            fix = f"Write it as the chapter does. Chapters are {', '.join(every)}."
            raise InputError(f"nobody is called {shown!r} in {chapter!r}", fix=fix)
        origin, own = Origin("cell member", named), str(rows["member"].iloc[0])
        theirs = [
            Selection(f"ingest/{table}", among={"member": named}) for table in ("members", "messages", "utterances")
        ]
        parts = [part for rows in (named, *theirs) for part in self.follow(rows)]
        row, file = int(rows.index[0]), self.tables.file(of)
        return Trail(f"{chapter} {shown}", own, file, row, origin, given=self.tables.given(origin), parts=parts)

    def parts(self, origin: Origin) -> list[Stop]:
        """The rows that a metric was counted from or is kept in, those it was computed from, and what leads to them;
        the same rows once."""
        kept = [rows for rows in (origin.rows, origin.over) if rows]
        here = [Stop(rows, self.tables.select(rows), len(self.tables[rows.of]), 0) for rows in kept]
        if not origin.stage:
            here = [part for rows in kept for part in self.follow(rows)]
        every = [*here, *(part for rows in origin.inputs for part in self.follow(rows))]
        once: dict[tuple[str, bytes], Stop] = {}
        for part in every:
            once.setdefault((part.rows.of, part.chosen.index.to_numpy().tobytes()), part)
        return list(once.values())

    def find(self, key: str) -> tuple[str, Names, Any, int]:
        """Step, names, value and line of a metric. Raises InputError with the nearest names when there is none."""
        step = key.partition(".")[0]
        held = self.held(step)
        for names, value, line in held:
            if ".".join((step, *names)) == key:
                return step, names, value, line
        every = [".".join((s, *names)) for s in ([step] if held else study.STEPS) for names, *_ in self.held(s)]
        within = [name for name in every if name.startswith(f"{key}.")]
        if within:
            more = f" and {len(within) - NEAR} more" if len(within) > NEAR else ""
            raise InputError(f"{key} holds several numbers", fix=f"Such as {', '.join(within[:NEAR])}{more}.")
        near = get_close_matches(key, every, NEAR, cutoff=0.5) or [f"{s}.…" for s in study.STEPS]
        fix = f"Near it: {', '.join(near)}" if every else "No step has run yet: dvc repro"
        raise InputError(f"no metric is called {key!r}{self.why_not(key)}", fix=fix)

    def why_not(self, key: str) -> str:
        """Why a metric could not be computed, where one above it says so."""
        step, *names = key.split(".")
        above = {".".join(names[:n]) for n in range(len(names) + 1)}
        reasons = (value for own, value, _ in self.held(step) if own[-1] == "reason" and ".".join(own[:-1]) in above)
        return next((f"; it could not be computed: {reason}" for reason in reasons), "")

    def held(self, step: str) -> list[tuple[Names, Any, int]]:
        """Names, value and line of every metric of a step; none if it has not run."""
        path = self.paths.metrics(step)  # also for a name that is not a step
        return with_lines(path.read_text(encoding="utf-8")) if path.exists() else []

    def function(self, dotted: str) -> tuple[str, str]:
        """A function's name, with its file and line."""
        return dotted, self.program.line(dotted) if dotted else ""

    def stated(self, origin: Origin) -> str:
        """The file, and for a parameter the line, in which the author states a value."""
        if not origin.parameter:
            return origin.file
        step, _, name = origin.parameter.partition(".")
        lines = (self.paths.root / "params.yaml").read_text(encoding="utf-8").splitlines()
        begun = next((n for n, line in enumerate(lines) if line.startswith(f"{step}:")), 0)
        own = (n for n, line in enumerate(lines[begun:], begun + 1) if line.lstrip().startswith(f"{name}:"))
        return f"params.yaml:{next(own, begun + 1)}"

    def follow(self, rows: Selection, above: pd.DataFrame | None = None, depth: int = 0) -> Iterator[Stop]:
        """The selected rows (only those that lead to rows of the table above), and what they lead to."""
        chosen = self.tables.select(rows) if above is None else self.tables.leading_to(rows, above)
        yield from self.down(rows, chosen, depth)

    def down(self, rows: Selection, chosen: pd.DataFrame, depth: int) -> Iterator[Stop]:
        """Rows of a table, and the rows of earlier tables that lead to them, until messages and raw files."""
        link = origins.link(rows.of, self.values)
        places = self.raw.places(rows.of, chosen) or []
        yield Stop(rows, chosen, len(self.tables[rows.of]), depth, self.function(link.stage), places)
        if depth < DEEPEST and len(chosen):
            for upper in link.inputs:
                yield from self.follow(upper, chosen, depth + 1)
            for texts, named in self.tables.texts_of(chosen) if not link.inputs else ():
                if texts.of != rows.of:
                    yield from self.down(texts, named, depth + 1)
