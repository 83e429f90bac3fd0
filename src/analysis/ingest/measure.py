"""How well the scrubbing works: recall and precision a class, on sentences marked by hand (labelled/)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from analysis.privacy import CLASSES, Pseudonymiser, Span, plain

FOLDER = Path(__file__).with_name("labelled")
TUNED = ("structured", "names", "clean")  # the rules were made on them
LATER = ("heldout", *(f"heldout{n}" for n in range(2, 15)))  # written afterwards; what they showed was fixed
UNTOUCHED = ("untouched", "untouched2")  # written last; nothing was fixed on them
ALL = (*TUNED, *LATER, *UNTOUCHED)
GROUPS = ("structured", "roster", "others")  # structured identifiers, names on the roster, names on none
MARKED = re.compile(r"\[\[([A-Z]+):(.*?)\]\](?!\])", re.DOTALL)
KEY = b"public: no secret is measured here"


@dataclass(frozen=True)
class Sentence:
    """A text, and what in it has to be taken out: class, start, end."""

    text: str
    labels: tuple[tuple[str, int, int], ...]


def sentences(names: Iterable[str]) -> list[Sentence]:
    """The sentences of the labelled files of these names."""
    rows = [row for name in names for row in yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))]
    return [_sentence(str(row)) for row in rows]


def _sentence(marked: str) -> Sentence:
    text, labels, place = "", [], 0
    for match in MARKED.finditer(marked):
        text += plain(marked[place : match.start()])
        inside = plain(match[2])
        labels.append((match[1], len(text), len(text) + len(inside)))
        text += inside
        place = match.end()
    return Sentence(text + plain(marked[place:]), tuple(labels))


def roster() -> pd.DataFrame:
    """The people whose names the labelled sentences hold."""
    return pd.DataFrame(yaml.safe_load((FOLDER / "roster.yaml").read_text(encoding="utf-8")))


def measure(names: Iterable[str] = ALL) -> pd.DataFrame:
    """Recall and precision a class on the labelled files of these names.

    A label is found when all of it is taken out, whatever mark stands there; a mark is right when it overlaps a label
    of its class. Returns class, labelled, found, recall, marked, right, precision; OTHER: names on no roster.
    """
    people = Pseudonymiser(roster(), key=KEY)
    counts = {kind: dict.fromkeys(("labelled", "found", "marked", "right"), 0) for kind in (*CLASSES[:-1], "OTHER")}
    for sentence in sentences(names):
        spans = people.spans(sentence.text)
        for kind, start, end in sentence.labels:
            counts[kind]["labelled"] += 1
            counts[kind]["found"] += _covered(sentence.text, start, end, spans)
        for start, end, kind, _ in spans:
            counts[kind]["marked"] += 1
            counts[kind]["right"] += any(
                start < e and s < end and kind == ("NAME" if k == "OTHER" else k) for k, s, e in sentence.labels
            )
    table = pd.DataFrame([{"class": kind} | n for kind, n in counts.items() if n["labelled"] or n["marked"]])
    table["recall"] = table["found"] / table["labelled"].where(table["labelled"] > 0)
    table["precision"] = table["right"] / table["marked"].where(table["marked"] > 0)
    return table


def recall(measured: pd.DataFrame) -> dict[str, dict]:
    """Recall of each of GROUPS in what measure returns: labelled, found, recall."""
    classes = measured.set_index("class")[["labelled", "found"]]
    known = {"roster": classes.loc["NAME"], "others": classes.loc["OTHER"]}
    counts = {"structured": classes.drop(index=["NAME", "OTHER"]).sum()} | known
    return {name: _share(int(n["found"]), int(n["labelled"])) for name, n in counts.items()}


def precision(measured: pd.DataFrame) -> dict:
    """How many of the places taken out as structured identifiers are such: marked, right, precision."""
    counts = measured.loc[~measured["class"].isin(("NAME", "OTHER")), ["marked", "right"]].sum()
    marked, right = int(counts["marked"]), int(counts["right"])
    return {"marked": marked, "right": right, "precision": right / marked}


def at_first() -> dict[str, dict]:
    """Recall of each of GROUPS in all sentences written after the rules, each file measured before any fixing."""
    rows = yaml.safe_load((FOLDER / "first.yaml").read_text(encoding="utf-8"))
    return {name: _share(*map(sum, zip(*(row[name] for row in rows), strict=True))) for name in GROUPS}


def _share(found: int, labelled: int) -> dict:
    return {"labelled": labelled, "found": found, "recall": found / labelled}


def missed(names: Iterable[str] = ALL) -> list[tuple[str, str, str]]:
    """Class, what was missed or marked wrongly, and the scrubbed sentence, for whoever fixes the patterns."""
    people = Pseudonymiser(roster(), key=KEY)
    found = []
    for sentence in sentences(names):
        spans, clean = people.spans(sentence.text), people.scrub(sentence.text)[0]
        for kind, start, end in sentence.labels:
            if not _covered(sentence.text, start, end, spans):
                found.append((kind, f"missed {sentence.text[start:end]!r}", clean))
        for start, end, kind, _ in spans:
            if not any(
                start < e and s < end and kind == ("NAME" if k == "OTHER" else k) for k, s, e in sentence.labels
            ):
                found.append((kind, f"wrong {sentence.text[start:end]!r}", clean))
    return found


def _covered(text: str, start: int, end: int, spans: list[Span]) -> bool:
    """Whether the spans cover a place from start to end, but for blanks between them."""
    for s, e, _, _ in sorted(spans):
        if not text[start:s].strip():
            start = max(start, e)
    return start >= end
