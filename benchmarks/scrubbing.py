"""Accuracy of the scrubbing: recall and precision of each class, on invented sentences labelled by hand (scrubbing/).

python benchmarks/scrubbing.py            # measure
python benchmarks/scrubbing.py --write    # and keep the table that the chapter Ingest shows
python benchmarks/scrubbing.py --errors   # what was missed or marked wrongly, for whoever changes the rules
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from analysis.ingest.accuracy import NAMES, SCRUBBING, summary, with_rates
from analysis.privacy import CLASSES, Pseudonymiser, Span, plain

FOLDER = Path(__file__).with_name("scrubbing")
TUNED = ("structured", "names", "clean")  # the rules were made on them
LATER = ("heldout", *(f"heldout{n}" for n in range(2, 15)))  # written afterwards; the errors on them were fixed
UNTOUCHED = ("untouched", "untouched2")  # written last; nothing was fixed on them
ALL = (*TUNED, *LATER, *UNTOUCHED)
FIRST = {"structured": "structured", "roster": "NAME", "others": "OTHER"}  # columns of first.yaml, as classes
MARKED = re.compile(r"\[\[([A-Z]+):(.*?)\]\](?!\])", re.DOTALL)
KEY = b"public: no secret is measured here"


@dataclass(frozen=True)
class Sentence:
    """A text, and the places in it that have to be taken out: class, start, end."""

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


def pseudonymiser() -> Pseudonymiser:
    """Knows the people on the roster of the labelled sentences."""
    return Pseudonymiser(pd.DataFrame(yaml.safe_load((FOLDER / "roster.yaml").read_text(encoding="utf-8"))), key=KEY)


def measure(names: Iterable[str]) -> pd.DataFrame:
    """Counts of each class on the labelled files of these names: class, labelled, found, marked, right.

    A label is found when all of it is taken out, under whatever mark; a mark is right when it overlaps a label of its
    class. OTHER: names on no roster; a mark does not show whose name it is, so both kinds of names are marked in NAME.
    """
    people = pseudonymiser()
    counts = {kind: dict.fromkeys(("labelled", "found", "marked", "right"), 0) for kind in (*CLASSES[:-1], "OTHER")}
    for sentence in sentences(names):
        spans = people.spans(sentence.text)
        for kind, start, end in sentence.labels:
            counts[kind]["labelled"] += 1
            counts[kind]["found"] += _covered(sentence.text, start, end, spans)
        for span in spans:
            counts[span[2]]["marked"] += 1
            counts[span[2]]["right"] += _is_right(span, sentence)
    return pd.DataFrame([{"class": kind} | n for kind, n in counts.items() if n["labelled"] or n["marked"]])


def at_first() -> pd.DataFrame:
    """The same of the files written after the rules, each measured before any fixing; marks were not counted then."""
    rows = yaml.safe_load((FOLDER / "first.yaml").read_text(encoding="utf-8"))
    counts = {kind: [sum(n) for n in zip(*(row[name] for row in rows), strict=True)] for name, kind in FIRST.items()}
    return pd.DataFrame([{"class": kind, "labelled": n[1], "found": n[0]} for kind, n in counts.items()])


def table() -> pd.DataFrame:
    """The committed table: measured_on (all, at_first, untouched), sentences, class, labelled, found, marked, right."""
    parts = {"all": (ALL, measure(ALL)), "at_first": ((*LATER, *UNTOUCHED), at_first()),
             "untouched": (UNTOUCHED, measure(UNTOUCHED))}  # fmt: skip
    rows = [part.assign(measured_on=name, sentences=len(sentences(files))) for name, (files, part) in parts.items()]
    columns = ["measured_on", "sentences", "class", "labelled", "found", "marked", "right"]
    return pd.concat(rows, ignore_index=True)[columns].astype({"marked": "Int64", "right": "Int64"})


def errors(names: Iterable[str] = ALL) -> list[tuple[str, str, str]]:
    """Class, what was missed or marked wrongly, and the scrubbed sentence."""
    people = pseudonymiser()
    wrong = []
    for sentence in sentences(names):
        spans, clean = people.spans(sentence.text), people.scrub(sentence.text)[0]
        for kind, start, end in sentence.labels:
            if not _covered(sentence.text, start, end, spans):
                wrong.append((kind, f"missed {sentence.text[start:end]!r}", clean))
        for span in spans:
            if not _is_right(span, sentence):
                wrong.append((span[2], f"wrong {sentence.text[span[0] : span[1]]!r}", clean))
    return wrong


def _covered(text: str, start: int, end: int, spans: list[Span]) -> bool:
    """Whether the spans cover a place from start to end, but for blanks between them."""
    for s, e, _, _ in sorted(spans):
        if not text[start:s].strip():
            start = max(start, e)
    return start >= end


def _is_right(span: Span, sentence: Sentence) -> bool:
    """Whether a mark overlaps a label of its class."""
    start, end, kind, _ = span
    return any(start < e and s < end and kind == ("NAME" if k in NAMES else k) for k, s, e in sentence.labels)


if __name__ == "__main__":
    measured = table()
    print(with_rates(measured).round(4).to_string(index=False))
    print(summary(measured).to_string(index=False))
    if "--errors" in sys.argv:
        print(*("\t".join(row) for row in errors()), sep="\n")
    if "--write" in sys.argv:
        measured.to_csv(SCRUBBING, index=False, lineterminator="\n")
