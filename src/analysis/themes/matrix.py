"""The thematic matrix and counts from it: who voices which theme, how often, and which themes co-occur.

Interviewer turns are never evidence. Sampling is purposive, so counts ("9 of 12") have no intervals.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError, stage
from analysis.published import FEWEST, small

SIDES = ("helps", "hinders", "weighs")
LEAST = 3  # fewest participants who are shown as a group by what they voice
OTHERS = "others"  # groups too small to be shown by themselves
PAIRS = ["theme_a", "theme_b", "together", "expected", "p", "p_adjusted"]


@stage
def coded_turns(utterances: pd.DataFrame, coded: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Participants' turns in the order of the interviews: unit_id, transcript, turn, member and one 0/1 column per
    code.

    utterances: tables.Utterances, in that order. coded: tables.Coded; codes that coders settled count, codes that a
    model carried do not, and a missing unit or code counts as 0.
    """
    said = utterances[(utterances["role"] == "participant") & utterances["member"].notna()]
    given = coded[(coded["origin"] == "human") & (coded["value"] == 1) & coded["code"].isin(codes)]
    given = given[given["unit_id"].isin(said["utterance_id"])]
    marks = pd.crosstab(given["unit_id"], given["code"])
    marks = marks.reindex(index=said["utterance_id"], columns=pd.Index(codes), fill_value=0)
    turns = said[["utterance_id", "transcript", "turn", "member"]].rename(columns={"utterance_id": "unit_id"})
    turns[list(codes)] = marks.to_numpy(dtype="int64")
    return turns.reset_index(drop=True)


@stage
def thematic_matrix(turns: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Participants (in the order of the interviews) x themes: number of turns in which a participant voices a theme."""
    return turns.groupby("member", sort=False)[list(themes)].sum()


@stage
def prevalence(matrix: pd.DataFrame, sides: Mapping[str, str]) -> pd.DataFrame:
    """One row per theme, in the matrix's order: theme, participants (who voice it), of (all participants), turns, side.

    sides: by theme, whether it helps, hinders or is weighed.
    """
    return _prevalence(matrix).assign(side=[sides[theme] for theme in matrix.columns])


def _prevalence(matrix: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"participants": (matrix > 0).sum(), "of": len(matrix), "turns": matrix.sum()})
    return table.rename_axis("theme").reset_index()


@stage
def by_group(matrix: pd.DataFrame, members: pd.DataFrame, column: str, *, least: int = FEWEST) -> pd.DataFrame:
    """Prevalence within each value of a column of tables.Members: group, theme, participants, of, turns.

    Groups of fewer than `least` participants are one ("others"), so that no role or sector gives away who said what.
    """
    group = groups(matrix.index, members, column, least=least)
    parts = {name: _prevalence(matrix[(group == name).to_numpy()]) for name in sorted(set(group))}
    return pd.concat(parts, names=["group", "row"]).reset_index("group").reset_index(drop=True)


def groups(participants: pd.Index, members: pd.DataFrame, column: str, *, least: int = FEWEST) -> pd.Series:
    """Each participant's value of a column of tables.Members, small groups joined into "others".

    Participants not on the roster, or without a value, start as "unknown".
    """
    values = members.set_index("member")[column].reindex(participants).astype(object).fillna("unknown")
    return values.mask(values.isin(small(values, least)), OTHERS)


def shuffled_cooccurrence(
    turns: pd.DataFrame, themes: Sequence[str], *, window: int, permutations: int, seed: int
) -> pd.DataFrame:
    """Co-occurrence counts of themes when each interview's codes are shuffled over its own coded turns.

    turns: as from coded_turns. window: participant's turns within which themes are close; 1 is the turn alone. Returns
    draws x pairs (theme_a, theme_b) of themes that occur. Each theme is shuffled separately over the interview's turns
    with any theme, so long answers and talkative participants alone produce no connection. Raises InputError
    on a window or a number of permutations below one.
    """
    if min(window, permutations) < 1:
        raise InputError(f"a window of {window} and {permutations} permutations cannot be used; both are 1 or more")
    pairs = list(combinations([theme for theme in themes if turns[theme].any()], 2))
    null = np.zeros((permutations, len(pairs)), dtype=np.int64)
    for i, codes in enumerate(_by_interview(turns, themes)):
        rng, bearing = np.random.default_rng([seed, i]), codes.any(axis=1)
        copies = np.broadcast_to(codes[bearing], (permutations, *codes[bearing].shape))
        shuffled = np.zeros((permutations, *codes.shape), dtype=bool)
        shuffled[:, bearing] = rng.permuted(copies, axis=1)
        null += _close(shuffled, pairs, themes, window)
    return pd.DataFrame(null, columns=pd.MultiIndex.from_tuples(pairs, names=PAIRS[:2]) if pairs else None)


@stage
def cooccurrence(turns: pd.DataFrame, null: pd.DataFrame, *, window: int) -> pd.DataFrame:
    """Co-occurrence of themes, compared with the shuffle.

    null: as from shuffled_cooccurrence, with the same window. Returns one row per pair: theme_a, theme_b, together
    (turns with one of them, and the other in the window that ends there), expected (under the shuffle), p (one-sided,
    (b + 1) / (R + 1)), p_adjusted (for all pairs at once, by the largest standardised excess of each shuffle; Westfall
    and Young 1993), the smallest p first.
    """
    if null.empty:
        return pd.DataFrame(columns=PAIRS)
    draws, pairs = null.to_numpy(), list(null.columns)
    themes = list(dict.fromkeys(chain.from_iterable(pairs)))
    observed = sum(_close(codes[None], pairs, themes, window)[0] for codes in _by_interview(turns, themes))
    mean, spread = draws.mean(axis=0), np.where(draws.std(axis=0) > 0, draws.std(axis=0), np.inf)
    largest = ((draws - mean) / spread).max(axis=1, keepdims=True)
    adjusted = _p(largest, (observed - mean) / spread)
    rows = zip(pairs, observed, mean, _p(draws, observed), adjusted, strict=True)
    table = pd.DataFrame([(*pair, int(n), *numbers) for pair, n, *numbers in rows], columns=PAIRS)
    return table.sort_values(["p_adjusted", "p"], kind="stable").reset_index(drop=True)


def _by_interview(turns: pd.DataFrame, themes: Sequence[str]) -> list[Flags]:
    """Turns x themes of each interview."""
    return [group[list(themes)].to_numpy(dtype=bool) for _, group in turns.groupby("transcript", sort=False)]


def _close(codes: Flags, pairs: Sequence[tuple[str, str]], themes: Sequence[str], window: int) -> Ints:
    """Number of turns with one code of a pair and the other in their window; (draws, turns, themes) to (draws,
    pairs)."""
    near = codes.copy()
    for lag in range(1, min(window, codes.shape[1])):
        near[:, lag:] |= codes[:, :-lag]
    at = [(themes.index(a), themes.index(b)) for a, b in pairs]
    close = [(codes[:, :, a] & near[:, :, b]) | (codes[:, :, b] & near[:, :, a]) for a, b in at]
    return np.array([turns.sum(axis=1) for turns in close], dtype=np.int64).reshape(len(at), len(codes)).T


def _p(null: Ints | Floats, observed: Ints | Floats) -> Floats:
    """Share of null draws (rows) at or above each observed value, with the observed one counted in."""
    return ((null >= observed - 1e-9).sum(axis=0) + 1) / (len(null) + 1)


@stage
def shown_alone(matrix: pd.DataFrame, consenting: Collection[str], *, least: int = LEAST) -> list[str]:
    """Participants shown individually, with their own column, passages and quotations: those who consent to it.

    If the others are fewer than `least`, the consenting participants who voice fewest themes join them, so that
    nobody's themes are revealed by subtraction.
    """
    agreed = matrix.index.isin(list(consenting))
    others = int((~agreed).sum())
    fewest = (matrix[agreed] > 0).sum(axis=1).sort_values(kind="stable").index
    joined = fewest[: max(least - others, 0)] if others else fewest[:0]
    return matrix.index[agreed].difference(joined, sort=False).tolist()


@stage
def deviant_cases(matrix: pd.DataFrame, common: float) -> pd.DataFrame:
    """Participants who deviate from the others: theme, member, case.

    case: "does not voice it" for a theme that at least the share `common` of participants voice, "alone voices it" for
    a theme that one participant voices. Negative cases proper, who say the opposite, are marked by the coders.
    """
    voiced = matrix > 0
    share = voiced.mean()
    lacked = matrix.columns[(share >= common) & (share < 1)]
    single = matrix.columns[(voiced.sum() == 1) & (len(matrix) > 1)]
    rows = [(theme, member, "does not voice it") for theme in lacked for member in matrix.index[~voiced[theme]]]
    rows += [(theme, member, "alone voices it") for theme in single for member in matrix.index[voiced[theme]]]
    return pd.DataFrame(rows, columns=["theme", "member", "case"], dtype=str)
