"""Two simulated coders, each with codes they overlook, confuse and drift on, and what they settle on after discussion
where they differ (coders.yaml)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analysis.coding.human import CONSENSUS
from analysis.simulate.dice import Dice
from analysis.simulate.people import load_yaml

TRANSLATOR = "coder-a"  # also notes what participants say about their own sharing, and evidence against a theme
HEADER = ("unit_id", "start", "end", "code", "coder", "round", "text_sha256", "memo", "translation")
_WORD_EDGE = re.compile(r"\S+")
Row = tuple[str, int, int, str, str, int, str, str, str]


@dataclass(frozen=True)
class Span:
    """A stretch of a unit's text that truly has a code. end exclusive, in code points. memo: what a coder notes."""

    start: int
    end: int
    code: str
    english: str = ""
    memo: str = ""


@dataclass(frozen=True)
class Unit:
    """A unit that a coder reads. whole: codes apply to the whole text (chat messages), else to stretches of it."""

    id: str
    text: str
    spans: tuple[Span, ...]
    whole: bool


def code_all(units: list[Unit], seed: int) -> dict[str, list[Row]]:
    """The codings of each coder over the units, in the order given, and of their consensus: {coder: rows of HEADER}."""
    spec = load_yaml("coders.yaml")
    hard = {
        (unit.id, k)
        for unit in units
        for k, span in enumerate(unit.spans)
        if Dice("hard", seed, unit.id, span.code).chance(spec["hard"])
    }  # truths that are hard to see, for every coder: unit, number of the span
    coders = {name: _Coder(name, habits, spec["near"], seed) for name, habits in spec["coders"].items()}
    done = {name: list(coder.code(units, hard)) for name, coder in coders.items()}
    return done | {CONSENSUS: list(_discuss(units, done, spec, seed))}


def _discuss(units: list[Unit], done: dict[str, list[Row]], spec: dict[str, Any], seed: int) -> Iterable[Row]:
    """Consensus on the first of the messages, where coders differ: the codes that all gave, and of those that some gave
    nearly all true ones and few false ones."""
    given: dict[str, list[set[str]]] = {}
    for rows in done.values():
        mine: dict[str, set[str]] = {}
        for number, _, _, code, *_ in rows:
            mine.setdefault(number, set()).update({code} - {""})
        for number, codes in mine.items():
            given.setdefault(number, []).append(codes)
    messages = [unit for unit in units if unit.whole]
    for unit in messages[: round(spec["discussed"] * len(messages))]:
        agreed, disputed = set.intersection(*given[unit.id]), set.union(*given[unit.id])
        if agreed == disputed:
            continue
        dice, true = Dice("discussion", seed, unit.id), {span.code for span in unit.spans}
        kept = [code for code in sorted(disputed - agreed) if dice.chance(spec["kept"][code in true])]
        digest, memo = hashlib.sha256(unit.text.encode()).hexdigest(), f"{', '.join(done)}: after discussion"
        for code in sorted(agreed | set(kept)) or [""]:
            yield unit.id, 0, len(unit.text), code, CONSENSUS, 1, digest, memo, ""


class _Coder:
    def __init__(self, name: str, habits: dict[str, Any], near: dict[str, list[str]], seed: int) -> None:
        self.name, self.habits, self.near, self.seed = name, habits, near, seed
        self.dice = Dice("coder", name, seed)

    def code(self, units: list[Unit], hard: set[tuple[str, int]]) -> Iterable[Row]:
        for k, unit in enumerate(units):
            fatigue = k / max(1, len(units) - 1)
            self.dice = Dice("coder", self.name, self.seed, unit.id)
            seen = [self._see(span, (unit.id, i) in hard, fatigue) for i, span in enumerate(unit.spans)]
            spans = [span for span in seen if span is not None]
            yield from self._rows(unit, spans + self._extra(unit))

    def _see(self, span: Span, hard: bool, fatigue: float) -> Span | None:
        """The span as this coder sees it: missed, taken for another code, or seen."""
        miss = self.habits["miss"][hard] + self.habits["drift"].get(span.code, 0.0) * fatigue
        if self.dice.chance(miss) and not self._notes(span):
            return None
        for other, chance in self.habits["confuse"].get(span.code, {}).items():
            if self.dice.chance(chance) and not self._notes(span):
                return Span(span.start, span.end, other, span.english)
        return span

    def _extra(self, unit: Unit) -> list[Span]:
        """A similar code that does not apply: rarely, and only in units that have a code to be mistaken for it."""
        if not unit.spans or not self.dice.chance(self.habits["extra"]):
            return []
        span = self.dice.pick(unit.spans)
        return [Span(span.start, span.end, self.dice.pick(self.near[span.code]), span.english)]

    def _rows(self, unit: Unit, spans: list[Span]) -> Iterable[Row]:
        digest = hashlib.sha256(unit.text.encode()).hexdigest()
        done: set[tuple[str, int]] = set()
        for span in sorted(spans, key=lambda s: (s.start, s.code)):
            start, end = (0, len(unit.text)) if unit.whole else self._edges(unit.text, span)
            if (span.code, start) in done:
                continue
            done.add((span.code, start))
            english = span.english if self.name == TRANSLATOR else ""
            yield unit.id, start, end, span.code, self.name, 1, digest, self._memo(span), english
        if not done:
            yield unit.id, 0, len(unit.text), "", self.name, 1, digest, "", ""

    def _edges(self, text: str, span: Span) -> tuple[int, int]:
        """The span, its edges now and then some words off."""
        words = [match.span() for match in _WORD_EDGE.finditer(text)]
        first = max((i for i, w in enumerate(words) if w[0] <= span.start), default=0)
        last = min((i for i, w in enumerate(words) if w[1] >= span.end), default=len(words) - 1)
        start, end = span.start, span.end
        if self.dice.chance(self.habits["shift"]):
            start = words[max(0, min(first + self.dice.whole(-4, 3), last))][0]
        if self.dice.chance(self.habits["shift"]):
            end = words[min(len(words) - 1, max(last + self.dice.whole(-3, 4), first))][1]
        translated = self.name == TRANSLATOR and span.english  # whoever translates a stretch marks just that
        return (span.start, span.end) if translated or start >= end else (start, end)

    def _notes(self, span: Span) -> bool:
        """Whether this coder has a remark on the stretch, and so has seen it."""
        return bool(span.memo) and self.name == TRANSLATOR

    def _memo(self, span: Span) -> str:
        if self._notes(span):
            return span.memo
        doubts = self.dice.chance(self.habits["doubt"])
        return f"unsure, perhaps {self.dice.pick(self.near[span.code])}" if doubts else ""
