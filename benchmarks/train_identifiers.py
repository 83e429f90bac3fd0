"""Learns which numbers and codes of a message are identifiers, from the labelled rounds of scrubbing/.

    python benchmarks/train_identifiers.py --irc DIR           # how it does on the later half of the rounds
    python benchmarks/train_identifiers.py --irc DIR --write   # and keeps the weights in learned.json

A candidate is of a class where at least half of it is labelled so. Candidates that a pattern takes for an identifier
count too: they teach what is written around one. The Ubuntu logs (irc.py) teach how names of files, versions and
nicknames look, which the rounds hardly have; nothing counts as an identifier there, nor in stays.yaml. The files
taught_*.yaml hold identifiers in running talk, far from the words that announce them, and were written to learn from.
Shown is what candidates give without the patterns, by class, on rounds that the weights were not fitted to, and how
much is marked in logs of the development part.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import scrubbing
from irc import HOW, add_folder, read_chats
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from analysis.identifiers import learned
from analysis.identifiers.folded import fold, plain

PENALTY = 2.0  # C of scikit-learn: chosen on rounds 33 to 38, 41 and 42, fitted to those before (ADR 22)
STAYS = "stays"  # messages whose numbers and codes identify nobody, written to be hard
TAUGHT = ("taught_codes", "taught_numbers")
FEWEST = 2  # candidates that have a feature that counts
DIGITS = 3  # of a weight
LOGS = 12  # from which it learns


def logs(folder: Path, most: int = LOGS) -> list[scrubbing.Sentence]:
    """What people wrote in the first logs of a folder, without labels."""
    chats = islice(read_chats(folder), most)
    return [
        scrubbing.Sentence(plain(text), ())
        for chat in chats
        for text in chat.messages.loc[chat.messages["sender"].notna(), "text"]
    ]


def rows(sentences: Iterable[scrubbing.Sentence]) -> tuple[list[frozenset[str]], list[str], list[str]]:
    """Of each candidate in these texts its features, its class, "" for none, and what it looks like."""
    seen, kinds, own = [], [], []
    for sentence in sentences:
        low = fold(sentence.text)
        text = learned.as_plain(low, sentence.text)
        for start, end in learned.candidates(text):
            seen.append(learned.features(low, text, start, end) | learned.words(low))
            kinds.append(kind_of(sentence, start, end))
            own.append(text[start:end])
    return seen, kinds, own


def kind_of(sentence: scrubbing.Sentence, start: int, end: int) -> str:
    """The class of which at least half of a candidate is labelled."""
    shared = {kind: min(e, end) - max(s, start) for kind, s, e in sentence.labels if kind in learned.DIGITS}
    kind = max(shared, key=lambda each: shared[each], default="")
    return kind if kind and 2 * shared[kind] >= end - start else ""


def fit(seen: list[frozenset[str]], kinds: list[str]) -> dict[str, dict[str, float]]:
    """By class, the weight of each feature that has one, and the intercept as that of ""."""
    often = Counter(feature for features in seen for feature in features)
    names = sorted(feature for feature, n in often.items() if n >= FEWEST)
    place = {name: k for k, name in enumerate(names)}
    cells = [(row, place[feature]) for row, features in enumerate(seen) for feature in features if feature in place]
    row, column = np.array(cells, dtype=np.int32).T
    design = sparse.csr_matrix((np.ones(len(cells)), (row, column)), shape=(len(seen), len(names)))
    result = {}
    for kind in learned.DIGITS:
        model = LogisticRegression(C=PENALTY, l1_ratio=1, solver="liblinear", max_iter=300, random_state=0)
        model.fit(design, np.array(kinds) == kind)
        weights = zip(("", *names), (model.intercept_[0], *model.coef_[0]), strict=True)
        result[kind] = {name: round(float(w), DIGITS) for name, w in weights if not name or abs(w) >= 10**-DIGITS}
    return result


def scored(weights: dict[str, dict[str, float]], sentences: Iterable[scrubbing.Sentence]) -> pd.DataFrame:
    """By class: candidates labelled so, those found, those marked, and those marked rightly."""
    counts = {kind: dict.fromkeys(("labelled", "found", "marked", "right"), 0) for kind in learned.DIGITS}
    for features, kind, own in zip(*rows(sentences), strict=True):
        said, p = learned.likeliest(features, own, weights)
        if kind:
            counts[kind]["labelled"] += 1
            counts[kind]["found"] += p > learned.LEAST
        if p > learned.LEAST:
            counts[said]["marked"] += 1
            counts[said]["right"] += said == kind
    return pd.DataFrame(counts).T


def texts(names: Iterable[str]) -> list[scrubbing.Sentence]:
    """The messages of these rounds."""
    return [sentence for name in names for sentence in scrubbing.sentences(name)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_folder(parser)
    parser.add_argument("--write", action="store_true", help="fit to all rounds and keep the weights")
    options = parser.parse_args()
    if options.irc is None:
        parser.error(HOW)
    half = len(scrubbing.ROUNDS) // 2
    rounds = sorted(scrubbing.ROUNDS, key=lambda name: int(name.removeprefix("round")))
    others, unseen = [*texts([STAYS, *TAUGHT]), *logs(options.irc / "train")], logs(options.irc / "dev")
    weights = fit(*rows([*texts(rounds[:half]), *others])[:2])
    print(f"The later {len(rounds) - half} rounds:", scored(weights, texts(rounds[half:])).to_string(), sep="\n")
    print(f"{scored(weights, unseen)['marked'].sum()} marks in {len(unseen):,} lines of logs")
    if options.write:
        kept = fit(*rows([*texts(rounds), *others])[:2])
        text = json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False)
        learned.WEIGHTS.write_text(text + "\n", encoding="utf-8")
        print(f"{sum(map(len, kept.values())):,} weights written to {learned.WEIGHTS.name}")
