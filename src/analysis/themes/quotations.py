"""Quotations chosen by rule: agreed on by every coder, typical of their theme or in contrast to it, shared out fairly.

Only members whose consent is `quotes` are quoted. The rule is RULE, and the page prints it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.coding.human import CONSENSUS
from analysis.errors import stage

RULE = (
    "Candidates are passages that every coder who read the turn gave the theme, with overlapping spans (or that the "
    "coders settled on after discussion), of participants who consent to quotations. A passage is as typical of its "
    "theme as its turn's themes are like those of the theme's other passages (mean Jaccard index); of equals the one "
    "nearest to the theme's median length comes first. Each theme gets its most typical passage, then its least "
    "typical one of another participant, in contrast; themes with fewest voices choose first, no turn is quoted "
    "twice, and nobody more often than the limit."
)
KINDS = {"typical": "typical", "contrast": "in contrast", "another": "another voice"}
NEGATIVE = "negative"  # how a coder's memo begins where a passage says the opposite of its theme

_SPAN = {
    "unit_id": str,
    "code": str,
    "start": "int64",
    "end": "int64",
    "translation": str,
    "coders": "int64",
    "readers": "int64",
    "agreed": bool,
}


@stage
def spans(codings: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """One span for each turn and theme that anyone gave.

    codings: tables.Codings; a coder's last round on a unit counts, and the consensus is no coder. Returns unit_id,
    code, start, end, translation, coders (who gave the theme), readers (of the turn), agreed (all readers gave it with
    spans that overlap this one, or the consensus did). The span taken is, of those with a translation (else of all),
    the one most like the other coders' (largest least overlap), then the earliest.
    """
    last = codings.groupby(["unit_id", "coder"])["round"].transform("max")
    rows = codings[codings["round"] == last]
    readers = rows[rows["coder"] != CONSENSUS].groupby("unit_id")["coder"].nunique()
    taken = []
    for (unit, code), group in rows[rows["code"].isin(themes)].groupby(["unit_id", "code"], sort=True):
        best, read = _best_span(group), int(readers.get(unit, 0))
        coders = group.loc[group["coder"] != CONSENSUS, "coder"].nunique()
        agreed = bool((coders == read and best["least"] > 0) or (group["coder"] == CONSENSUS).any())
        taken.append((unit, code, best["start"], best["end"], best["translation"], coders, read, agreed))
    return pd.DataFrame(taken, columns=list(_SPAN)).astype(_SPAN)


def _best_span(group: pd.DataFrame) -> pd.Series:
    """The row whose span is most like those of the other coders, with `least`, its least overlap with one of them."""
    least = [
        min(
            (_overlaps(row, other).max() for name, other in group.groupby("coder") if name != row["coder"]),
            default=1.0,
        )
        for _, row in group.iterrows()
    ]
    ranked = group.assign(least=least, plain=group["translation"].isna())
    return ranked.sort_values(
        ["plain", "least", "start", "coder"], ascending=[True, False, True, True], kind="stable"
    ).iloc[0]


def _overlaps(row: pd.Series, others: pd.DataFrame) -> pd.Series:
    """Shared length over joint length (0 to 1) of a row's span and each of the others'."""
    shared = np.minimum(row["end"], others["end"]) - np.maximum(row["start"], others["start"])
    joint = np.maximum(row["end"], others["end"]) - np.minimum(row["start"], others["start"])
    return (shared.clip(lower=0) / joint.clip(lower=1)).astype(float)


@stage
def themed_passages(
    given: pd.DataFrame, turns: pd.DataFrame, utterances: pd.DataFrame, themes: Sequence[str]
) -> pd.DataFrame:
    """The spans that are evidence of a theme, with their words, place and typicality.

    given: as from spans. turns: as from matrix.coded_turns; spans whose turn does not bear the theme there are left
    out. Returns theme, member, unit_id, transcript, turn, start, end, text, translation, coders, readers, agreed,
    typicality (0 to 1, among those agreed on; missing for the others), question (the interviewer's turn before),
    source, line.
    """
    borne = turns.melt("unit_id", list(themes), var_name="code").query("value == 1")[["unit_id", "code"]]
    rows = (
        given.merge(borne)
        .rename(columns={"code": "theme"})
        .merge(
            utterances[["utterance_id", "member", "transcript", "turn", "source", "line", "text"]],
            left_on="unit_id",
            right_on="utterance_id",
        )
    )
    cuts = zip(rows["text"], rows["start"], rows["end"], strict=True)
    words = [text[start:end].strip() for text, start, end in cuts]
    rows["text"] = pd.Series(words, index=rows.index, dtype=str)
    rows["question"] = pd.Series(_questions(utterances, rows["unit_id"]), index=rows.index, dtype=str)
    rows["typicality"] = typicality(rows[rows["agreed"]], turns.set_index("unit_id")[list(themes)])
    columns = ["theme", "member", "unit_id", "transcript", "turn", "start", "end", "text", "translation"]
    return rows[[*columns, "coders", "readers", "agreed", "typicality", "question", "source", "line"]]


def _questions(utterances: pd.DataFrame, units: pd.Series) -> list[str]:
    """The interviewer's last turn before each unit, empty where there is none."""
    asked = utterances.sort_values(["transcript", "turn"], kind="stable")
    before = asked["text"].where(asked["role"] == "interviewer").groupby(asked["transcript"]).ffill()
    return pd.Series(before.to_numpy(), index=asked["utterance_id"]).reindex(units).fillna("").tolist()


def typicality(given: pd.DataFrame, marks: pd.DataFrame) -> pd.Series:
    """Mean Jaccard index of each span's turn's themes with those of the other spans of its theme; 1 where it is alone.

    given: columns theme, unit_id. marks: 0/1, turns (unit_id) x themes.
    """
    score = pd.Series(1.0, index=given.index)
    for _, group in given.groupby("theme"):
        codes = marks.loc[group["unit_id"]].to_numpy(dtype=float)
        shared = codes @ codes.T
        size = codes.sum(axis=1)
        likeness = shared / (size[:, None] + size[None, :] - shared)
        if len(group) > 1:
            score[group.index] = (likeness.sum(axis=1) - 1) / (len(group) - 1)
    return score


@dataclass
class _Chosen:
    """What has been chosen so far. limit: quotations a participant."""

    limit: int
    taken: list[tuple[int, str]] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    turns: set[str] = field(default_factory=set)

    def free(self, candidates: pd.DataFrame) -> pd.DataFrame:
        """Candidates whose participant may still be quoted and whose turn is not quoted yet."""
        allowed = [self.used.get(member, 0) < self.limit for member in candidates["member"]]
        return candidates[np.array(allowed, dtype=bool) & ~candidates["unit_id"].isin(self.turns)]

    def take(self, row: pd.Series, kind: str) -> None:
        self.taken.append((row.name, kind))
        self.turns.add(row["unit_id"])
        self.used[row["member"]] = self.used.get(row["member"], 0) + 1


@stage
def choose(candidates: pd.DataFrame, consenting: Collection[str], *, limit: int) -> pd.DataFrame:
    """Quotations by RULE: the candidates' columns and kind (of KINDS), in the order of themes.

    candidates: as from themed_passages. consenting: members who may be quoted. limit: most quotations of one of them.
    """
    allowed = candidates[candidates["agreed"] & candidates["member"].isin(list(consenting))]
    distance = (
        allowed["text"].str.len() - allowed.groupby("theme")["text"].transform(lambda t: t.str.len().median())
    ).abs()
    ranked = allowed.assign(distance=distance).sort_values(
        ["typicality", "distance", "unit_id"], ascending=[False, True, True], kind="stable"
    )
    voices = ranked.groupby("theme")["member"].nunique().sort_index().sort_values(kind="stable")
    chosen, first = _Chosen(limit), {}
    for theme in voices.index:
        free = chosen.free(ranked[ranked["theme"] == theme])
        if len(free):
            first[theme] = free.iloc[0]
            chosen.take(free.iloc[0], "typical")
    for theme, typical in first.items():
        free = chosen.free(ranked[(ranked["theme"] == theme) & (ranked["member"] != typical["member"])])
        if len(free):
            least = free.sort_values(["typicality", "distance", "unit_id"], kind="stable").iloc[0]
            chosen.take(least, "contrast" if least["typicality"] < typical["typicality"] - 1e-12 else "another")
    kinds = dict(chosen.taken)
    table = candidates.loc[sorted(kinds)].assign(kind=[kinds[row] for row in sorted(kinds)])
    order = table["kind"].map(list(KINDS).index)
    return table.assign(order=order).sort_values(["theme", "order"], kind="stable", ignore_index=True)[table.columns]


@stage
def negative_cases(codings: pd.DataFrame, turns: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Passages that say the opposite of their theme, as coders marked them (a memo that begins with "negative").

    Returns theme, member, unit_id, start, end, translation, memo; one row a turn and theme, the first coder's.
    """
    marked = codings[codings["code"].isin(themes) & codings["memo"].str.lower().str.startswith(NEGATIVE).fillna(False)]
    rows = marked.sort_values(["unit_id", "code", "coder"], kind="stable").drop_duplicates(["unit_id", "code"])
    spoken = rows.merge(turns[["unit_id", "member"]], on="unit_id").rename(columns={"code": "theme"})
    return spoken[["theme", "member", "unit_id", "start", "end", "translation", "memo"]]
