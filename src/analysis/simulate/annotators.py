"""Two simulated annotators, who mark independently what the same messages answer, with human error.

An annotator errs more often the further back the true answer is and the more members have written in between, and
then picks a likely answer: a near line, a member's last message, the own last one, or something new. An answer further
back than a sheet shows cannot be marked. Two agree at F 75 to 80, as pairs of annotators of the Ubuntu logs do
(Kummerfeld et al. 2019).
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis import tables
from analysis.ingest.annotations import NEW, TO_ANSWER
from analysis.network.replies.annotate import sampled
from analysis.simulate.dice import Dice

ANNOTATORS = {"annotator-1": -0.1, "annotator-2": 0.1}  # log odds of an error, against the mean of both
ERROR, DOUBLED, BETWEEN = -2.85, 0.45, 0.2  # log odds one line back; per doubling of lines; per other member in between
NEARER = 0.7  # of answers picked in error: weight of a line relative to the one after it
LAST, OWN, STARTS = 2.0, 1.5, 1.0  # weight of a member's last message; further, of the own last one; of something new


def annotations(messages: pd.DataFrame, truth: pd.DataFrame, *, size: int, seed: int) -> pd.DataFrame:
    """Both annotators' marks, as the table Annotations.

    messages: as the table Messages has them; truth: message_id and reply_to of each (missing: something new). Raises
    InputError when fewer than `size` can be sampled.
    """
    rows = [
        (name, ids[-1], ids[-1 - answer] if answer else None)
        for ids, answers in _marked(messages, truth, size=size, seed=seed)
        for name, answer in answers.items()
    ]
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Annotations.columns)), tables.Annotations)


def answered_sheets(
    messages: pd.DataFrame, truth: pd.DataFrame, *, size: int, seed: int
) -> dict[str, list[tuple[int, str, str, str]]]:
    """By annotator, the rows of the answered sheet as `guyub annotate` takes it: item, back, answers, message_id."""
    sheets: dict[str, list[tuple[int, str, str, str]]] = {name: [] for name in ANNOTATORS}
    for item, (ids, answers) in enumerate(_marked(messages, truth, size=size, seed=seed), 1):
        for name, answer in answers.items():
            sheets[name] += [(item, str(len(ids) - k), "", one) for k, one in enumerate(ids[:-1], 1)]
            sheets[name].append((item, TO_ANSWER, str(answer) if answer else NEW, ids[-1]))
    return sheets


def _marked(
    messages: pd.DataFrame, truth: pd.DataFrame, *, size: int, seed: int
) -> Iterator[tuple[list[str], dict[str, int]]]:
    """For each sampled message: the ids of the messages shown, itself last; and how many lines back each annotator says
    that it answers, 0 for something new."""
    true = truth.set_index("message_id")["reply_to"].dropna().to_dict()
    ids, members = messages["message_id"].to_numpy(object), messages["member"].to_numpy(object)
    for rows in sampled(messages, size=size, seed=seed):
        shown, who = ids[rows].tolist(), members[rows].tolist()
        answered = true.get(shown[-1])
        back = len(shown) - 1 - shown.index(answered) if answered in shown else 0
        dice = {name: Dice(name, seed, shown[-1]) for name in ANNOTATORS}
        yield shown, {name: _answer(who, back, habit, dice[name]) for name, habit in ANNOTATORS.items()}


def _answer(members: list[str], true: int, habit: float, dice: Dice) -> int:
    """An annotator's answer, in lines back. members: who wrote the messages shown; true: the true answer, 0 where it is
    something new or is not shown."""
    *before, own = members
    before.reverse()
    between = len(set(before[: true - 1]) - {own, before[true - 1]}) if true else 1
    odds = ERROR + habit + DOUBLED * math.log2(max(true, 1)) + BETWEEN * between
    if not dice.chance(1 / (1 + math.exp(-odds))):
        return true
    weights = np.array([STARTS, *(NEARER**k for k in range(len(before)))])
    for back, member in enumerate(before, 1):
        if member == member and member not in before[: back - 1]:
            weights[back] *= LAST * (OWN if member == own else 1.0)
        elif member != member:
            weights[back] = 0  # a system line
    weights[true] = 0
    return max(dice.weighted(weights), 0)
