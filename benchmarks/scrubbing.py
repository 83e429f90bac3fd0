"""Accuracy of the scrubbing: recall and precision of each class, on invented messages labelled by hand (scrubbing/).

python benchmarks/scrubbing.py                  # measure on all messages, which have served to make the rules
python benchmarks/scrubbing.py --record round5  # score a round of fresh messages, once, and keep the record
python benchmarks/scrubbing.py --errors         # what was missed or marked wrongly, for whoever changes the rules
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.errors import InputError
from analysis.identifiers.folded import plain
from analysis.identifiers.spans import Span
from analysis.ingest.accuracy import NAMES, SCRUBBING, grouped, with_rates
from analysis.privacy import CLASSES, Pseudonymiser

FOLDER = Path(__file__).with_name("scrubbing")
RECORD = FOLDER / "rounds.csv"
TUNED = ("structured", "names", "clean")  # the rules were made on them
LATER = ("heldout", *(f"heldout{n}" for n in range(2, 15)))  # written afterwards; the errors on them were fixed
UNTOUCHED = ("untouched", "untouched2")  # written last of these; nothing was fixed on them
ROUNDS = tuple(sorted(path.stem for path in FOLDER.glob("round*.yaml")))  # with a roster, date and author of its own
FIRST = (*TUNED, *LATER, *UNTOUCHED)  # before the rounds
LATER_CLASSES = ("BIRTHDATE", "BPJS", "SIM", "PASSPORT", "CARD", "PIN", "ORDER")  # not labelled in FIRST
MARKED = re.compile(r"\[\[([A-Z]+):(.*?)\]\](?!\])", re.DOTALL)
PSEUDONYM = re.compile(r"@?[MP][A-Z2-7]{4,8}")
KEY = b"public: no secret is measured here"


@dataclass(frozen=True)
class Sentence:
    """A text, and the places in it that have to be taken out: class, start, end."""

    text: str
    labels: tuple[tuple[str, int, int], ...]


def read(name: str) -> dict[str, Any]:
    """A labelled file: messages, roster, and of a round its author and date."""
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    if isinstance(data, dict):
        return data
    return {"messages": data, "roster": yaml.safe_load((FOLDER / "roster.yaml").read_text(encoding="utf-8"))}


def sentences(name: str) -> list[Sentence]:
    """The messages of the labelled file of this name."""
    return [_sentence(str(row)) for row in read(name)["messages"]]


def _sentence(marked: str) -> Sentence:
    text, labels, place = "", [], 0
    for match in MARKED.finditer(marked):
        text += plain(marked[place : match.start()])
        inside = plain(match[2])
        labels.append((match[1], len(text), len(text) + len(inside)))
        text += inside
        place = match.end()
    return Sentence(text + plain(marked[place:]), tuple(labels))


def pseudonymiser(name: str) -> Pseudonymiser:
    """Knows the people on the roster of a labelled file."""
    return Pseudonymiser(pd.DataFrame(read(name)["roster"]), key=KEY)


def measure(names: Iterable[str]) -> pd.DataFrame:
    """Counts of each class on the labelled files of these names: class, labelled, found, marked, right.

    A label is found when all of it is taken out, under whatever mark, but a stranger not under a member's pseudonym; a
    mark is right when it overlaps a label of its class, and a pseudonym when that is of a name on the roster. OTHER:
    names on no roster; a mark does not show whose name it is, so both kinds of names are marked in NAME.
    """
    counts = {kind: dict.fromkeys(("labelled", "found", "marked", "right"), 0) for kind in (*CLASSES[:-1], "OTHER")}
    for name in names:
        people = pseudonymiser(name)
        for sentence in sentences(name):
            spans = people.spans(sentence.text)
            for kind, start, end in sentence.labels:
                counts[kind]["labelled"] += 1
                counts[kind]["found"] += _is_found(sentence.text, kind, start, end, spans)
            for span in spans:
                if name in ROUNDS or span[2] not in LATER_CLASSES:
                    counts[span[2]]["marked"] += 1
                    counts[span[2]]["right"] += _is_right(span, sentence)
    return pd.DataFrame([{"class": kind} | n for kind, n in counts.items() if n["labelled"] or n["marked"]])


def record(name: str) -> pd.DataFrame:
    """Scores a round and adds it to the record: round, date, author, messages, class and counts. Raises InputError when
    it has been scored before: then the rules may have been changed for it."""
    kept = pd.read_csv(RECORD)
    if name in set(kept["round"]):
        raise InputError(f"{name} was scored before", path=RECORD, fix="Write new messages: scrubbing/README.md.")
    own = read(name)
    about = {"round": name, "date": str(own["date"]), "author": own["author"], "messages": len(own["messages"])}
    scored = measure([name]).assign(**about)[list(kept.columns)]
    pd.concat([kept, scored]).to_csv(RECORD, index=False, lineterminator="\n")
    return scored


def last() -> pd.DataFrame:
    """The record of the last round, which the chapter Ingest shows."""
    kept = pd.read_csv(RECORD)
    return kept[kept["round"] == kept["round"].iloc[-1]].reset_index(drop=True)


def errors(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Class, what was missed or marked wrongly, and the scrubbed sentence."""
    wrong = []
    for name in names:
        people = pseudonymiser(name)
        for sentence in sentences(name):
            text, spans, clean = sentence.text, people.spans(sentence.text), people.scrub(sentence.text)[0]
            missed = (label for label in sentence.labels if not _is_found(text, *label, spans))
            wrong += [(kind, f"missed {text[start:end]!r}", clean) for kind, start, end in missed]
            marked = (span for span in spans if name in ROUNDS or span[2] not in LATER_CLASSES)
            bad = (span for span in marked if not _is_right(span, sentence))
            wrong += [(span[2], f"wrong {text[span[0] : span[1]]!r}", clean) for span in bad]
    return wrong


def _is_found(text: str, kind: str, start: int, end: int, spans: list[Span]) -> bool:
    mistaken = kind == "OTHER" and any(s < end and start < e and PSEUDONYM.fullmatch(m) for s, e, _, m in spans)
    return not mistaken and _covered(text, start, end, spans)


def _covered(text: str, start: int, end: int, spans: list[Span]) -> bool:
    """Whether the spans cover a place from start to end, but for blanks between them."""
    for s, e, _, _ in sorted(spans):
        if not text[start:s].strip():
            start = max(start, e)
    return start >= end


def _is_right(span: Span, sentence: Sentence) -> bool:
    """Whether a mark overlaps a label of its class."""
    start, end, kind, instead = span
    met = {k for k, s, e in sentence.labels if start < e and s < end}
    if PSEUDONYM.fullmatch(instead):
        return "NAME" in met
    return not met.isdisjoint(NAMES) if kind == "NAME" else kind in met


def main() -> None:
    """Measure on all messages, or score a round, and print."""
    words = argparse.ArgumentParser(description="Recall and precision of the scrubbing, by class.")
    words.add_argument("--record", metavar="ROUND", help="score a round of fresh messages, once, and keep the record")
    words.add_argument("--errors", action="store_true", help="list what was missed or marked wrongly")
    given = words.parse_args()
    names = (given.record,) if given.record else (*FIRST, *ROUNDS)
    counts = record(given.record) if given.record else measure(names)
    if given.record:
        last().to_csv(SCRUBBING, index=False, lineterminator="\n")
    print(with_rates(counts).round(4).to_string(index=False), grouped(counts).round(4).to_string(), sep="\n")
    if given.errors:
        print(*("\t".join(row) for row in errors(names)), sep="\n")


if __name__ == "__main__":
    main()
