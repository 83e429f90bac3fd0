"""Quotations chosen by rule: agreed on by every coder, typical of their theme or in contrast, from many participants.

Only members whose consent is `quotes` are quoted. The rule is RULE, and the page prints it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from analysis.coding.human import CONSENSUS
from analysis.errors import stage

RULE = (
    "Candidates are passages of participants who consent to quotations. Every coder who read the turn gave them the "
    "theme, with overlapping spans, or the coders settled on them after discussion. A passage is typical of its theme "
    "if its turn's themes are like those of the theme's other passages (mean Jaccard index). Of equals, the one "
    "nearest to the theme's median length comes first. Each theme gets its most typical passage, and in contrast its "
    "least typical one of another participant. Themes with fewest voices choose first, and no turn is quoted twice."
)
KINDS = {"typical": "typical", "contrast": "in contrast", "another": "another voice"}
NEGATIVE = "negative"  # how a coder's memo begins where a passage says the opposite of its theme

_SPAN = {"unit_id": str, "code": str, "start": "int64", "end": "int64", "translation": str}
_SPAN |= {"coders": "int64", "readers": "int64", "agreed": bool}


@stage
def spans(codings: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """One span for each turn and theme that anyone gave.

    codings: tables.Codings; a coder's last round on a unit counts, and the consensus is not a coder. Returns unit_id,
    code, start, end, translation, coders (who gave the theme), readers (of the turn), agreed (all readers gave it with
    spans that overlap this one, or the consensus did). Chosen is the span most like the other coders' (largest minimum
    overlap), then the earliest, among those with a translation if there are any.
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
    """The row whose span is most like those of the other coders, with `least`, its smallest overlap with one of them.

    Overlap: shared length over joint length, 0 to 1; 1 where there is no other coder.
    """
    coder, start, end = (group[name].to_numpy() for name in ("coder", "start", "end"))
    shared = np.minimum.outer(end, end) - np.maximum.outer(start, start)
    joint = np.maximum.outer(end, end) - np.minimum.outer(start, start)
    overlap = pd.DataFrame(shared.clip(0) / joint.clip(1), index=coder).groupby(level=0).max()  # coders x rows
    least = overlap.mask(overlap.index.to_numpy()[:, None] == coder).min().fillna(1.0)
    ranked = group.assign(least=least.to_numpy(), plain=group["translation"].isna())
    order = ["plain", "least", "start", "coder"]
    return ranked.sort_values(order, ascending=[True, False, True, True], kind="stable").iloc[0]


@stage
def themed_passages(
    given: pd.DataFrame, turns: pd.DataFrame, utterances: pd.DataFrame, themes: Sequence[str]
) -> pd.DataFrame:
    """The spans that are evidence of a theme, with their words, place and typicality.

    given: as from spans. turns: as from matrix.coded_turns; spans whose turn does not have the theme there are left
    out. Returns theme, member, unit_id, transcript, turn, start, end, text, translation, coders, readers, agreed,
    typicality (0 to 1, among those agreed on; missing for the others), question (the interviewer's turn before),
    source, line.
    """
    borne = turns.melt("unit_id", list(themes), var_name="code").query("value == 1")[["unit_id", "code"]]
    said = utterances.rename(columns={"utterance_id": "unit_id"})
    rows = given.merge(borne).rename(columns={"code": "theme"})
    rows = rows.merge(said[["unit_id", "member", "transcript", "turn", "source", "line", "text"]], on="unit_id")
    cuts = zip(rows["text"], rows["start"], rows["end"], strict=True)
    rows["text"] = pd.Series([text[start:end].strip() for text, start, end in cuts], index=rows.index, dtype=str)
    asked = said.sort_values(["transcript", "turn"], kind="stable").set_index("unit_id")
    questions = asked["text"].where(asked["role"] == "interviewer").groupby(asked["transcript"]).ffill()
    rows["question"] = rows["unit_id"].map(questions).fillna("").astype(str)
    rows["typicality"] = typicality(rows[rows["agreed"]], turns.set_index("unit_id")[list(themes)])
    columns = ["theme", "member", "unit_id", "transcript", "turn", "start", "end", "text", "translation"]
    return rows[[*columns, "coders", "readers", "agreed", "typicality", "question", "source", "line"]]


def typicality(given: pd.DataFrame, marks: pd.DataFrame) -> pd.Series:
    """Mean Jaccard index of a span's turn's themes with those of the theme's other spans; 1 if there are no others.

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


@stage
def choose(candidates: pd.DataFrame, consenting: Collection[str], *, limit: int) -> pd.DataFrame:
    """Quotations by RULE: the candidates' columns and kind (of KINDS), in the order of themes.

    candidates: as from themed_passages. consenting: members who may be quoted. limit: most quotations of one of them.
    """
    allowed = candidates[candidates["agreed"] & candidates["member"].isin(list(consenting))]
    length = allowed["text"].str.len()
    allowed = allowed.assign(distance=(length - length.groupby(allowed["theme"]).transform("median")).abs())
    order = ["typicality", "distance", "unit_id"]
    ranked = allowed.sort_values(order, ascending=[False, True, True], kind="stable")
    voices = ranked.groupby("theme")["member"].nunique().sort_index().sort_values(kind="stable")
    kinds: dict = {}  # by row of candidates
    first = {}
    for theme in voices.index:
        free = _free(ranked[ranked["theme"] == theme], candidates.loc[list(kinds)], limit)
        if len(free):
            first[theme] = free.iloc[0]
            kinds[free.index[0]] = "typical"
    for theme, typical in first.items():
        others = ranked[(ranked["theme"] == theme) & (ranked["member"] != typical["member"])]
        free = _free(others, candidates.loc[list(kinds)], limit).sort_values(order, kind="stable")
        if len(free):
            differs = free["typicality"].iloc[0] < typical["typicality"] - 1e-12
            kinds[free.index[0]] = "contrast" if differs else "another"
    table = candidates.loc[sorted(kinds)].assign(kind=[kinds[row] for row in sorted(kinds)])
    rank = table["kind"].map(list(KINDS).index)
    return table.assign(rank=rank).sort_values(["theme", "rank"], kind="stable", ignore_index=True)[table.columns]


def _free(rows: pd.DataFrame, chosen: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Rows whose turn is not quoted yet and whose participant may be quoted again. chosen: the quotations so far."""
    quoted = chosen["member"].value_counts()
    return rows[~rows["unit_id"].isin(chosen["unit_id"]) & ~rows["member"].isin(quoted.index[quoted >= limit])]


@stage
def negative_cases(codings: pd.DataFrame, turns: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Passages that say the opposite of their theme, as coders marked them (a memo that begins with "negative").

    Returns theme, member, unit_id, start, end, translation, memo; one row per turn and theme, the first coder's.
    """
    marked = codings[codings["code"].isin(themes) & codings["memo"].str.lower().str.startswith(NEGATIVE).fillna(False)]
    rows = marked.sort_values(["unit_id", "code", "coder"], kind="stable").drop_duplicates(["unit_id", "code"])
    spoken = rows.merge(turns[["unit_id", "member"]], on="unit_id").rename(columns={"code": "theme"})
    return spoken[["theme", "member", "unit_id", "start", "end", "translation", "memo"]]
