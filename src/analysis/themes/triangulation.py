"""Triangulation: what the chats show compared with what the interviews say.

No test: the participants are few and purposively sampled. The tables show whether word and deed point the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import tables
from analysis.codebook import Codebook
from analysis.errors import InputError, stage
from analysis.themes.matrix import LEAST
from analysis.themes.theory import Expectation

AGREES, DISAGREES, NO_DIFFERENCE, UNKNOWN = "agrees", "disagrees", "no difference", "not assessable"
SMALL = 0.06  # smallest distance from one half at which a superiority is not negligible (Vargha and Delaney 2000)
SAYS = ("often", "sometimes", "seldom", "never")
SELF_REPORT = rf"^self-report:\s*({'|'.join(SAYS)})\b"  # a coder's memo on what a participant says about their sharing
WORD_AND_DEED = ["theme", "measure", "expected", "voicing", "others", "superiority", "n_voicing", "n_others", "outcome"]
SELF_REPORTED = ["member", "unit_id", "says", "shared", "messages", "rank", "of", "outcome"]


@stage
def chat_measures(
    messages: pd.DataFrame, coded: pd.DataFrame, codebook: Codebook, members: pd.DataFrame
) -> pd.DataFrame:
    """Measures of each member's chat: members x (messages, and one column per code: the share of texts with the code).

    messages: tables.Messages; texts with a member count. coded: tables.Coded; a parent code applies where a child does;
    the share is missing for a code that the table lacks because it is not known for all messages. members:
    tables.Members; those of the community count. Without a text they have 0 messages and missing shares.
    """
    people = pd.Index(tables.community(members)["member"], name="member")
    texts = messages.loc[(messages["kind"] == "text") & messages["member"].notna(), ["message_id", "member"]]
    given = coded.loc[coded["value"] == 1, ["unit_id", "code"]].merge(texts, left_on="unit_id", right_on="message_id")
    total = texts["member"].value_counts().reindex(people, fill_value=0)
    shares, known = {"messages": total}, set(coded["code"])
    for name in codebook.names:
        under = {other for other in codebook.names if name in (other, *codebook.ancestors(other))}
        bearing = given[given["code"].isin(under)].drop_duplicates("unit_id")["member"].value_counts()
        whole = name in known or bool(under > {name} and known >= under - {name})
        counted = total.where((total > 0) & whole)
        shares[name] = bearing.reindex(people, fill_value=0) / counted
    return pd.DataFrame(shares, index=people)


def superiority(one: Sequence[float] | NDArray, other: Sequence[float] | NDArray) -> float:
    """Probability that a value of the first group is above one of the second, ties half (Vargha and Delaney 2000)."""
    difference = np.sign(np.subtract.outer(np.asarray(one, dtype=float), np.asarray(other, dtype=float)))
    return float((difference.mean() + 1) / 2)


def differing_by_chance(n: int, m: int) -> float:
    """Probability that n values and m others, all from one distribution and without ties, have a superiority at least
    SMALL from one half (the distribution of U, Mann and Whitney 1947)."""
    ways = np.zeros(n * m + 1)
    ways[0] = 1
    for i in range(1, n + 1):  # the Gaussian binomial coefficient, factor by factor
        for u in range(n * m, m + i - 1, -1):
            ways[u] -= ways[u - m - i]
        for u in range(i, n * m + 1):
            ways[u] += ways[u - i]
    apart = np.abs(np.arange(n * m + 1) / (n * m) - 0.5) >= SMALL - 1e-9
    return float(ways[apart].sum() / ways.sum())


@stage
def word_and_deed(expectations: Sequence[Expectation], matrix: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """For each theme with a measure in the chat, participants who voice the theme against those who do not.

    matrix: participants x themes. measures: as from chat_measures. Returns theme, measure, expected (more or less),
    voicing and others (means), superiority, n_voicing, n_others, outcome (agrees, disagrees, no difference). Where a
    side has fewer than LEAST participants who write, the outcome is unknown, and means and superiority, which would
    reveal what one or two of them do, are missing.
    """
    rows = []
    for e in expectations:
        if e.chat is None or e.theme not in matrix.columns or e.chat[0] not in measures.columns:
            continue
        value = measures[e.chat[0]].reindex(matrix.index).dropna()
        voiced = matrix.loc[value.index, e.theme] > 0
        one, other = value[voiced], value[~voiced]
        numbers, outcome = (float("nan"),) * 3, UNKNOWN
        if min(len(one), len(other)) >= LEAST:
            numbers = (one.mean(), other.mean(), superiority(one, other))
            towards = (numbers[-1] - 0.5) * (1 if e.chat[1] == "more" else -1)
            outcome = NO_DIFFERENCE if abs(towards) < SMALL else AGREES if towards > 0 else DISAGREES
        rows.append((e.theme, *e.chat, *numbers, len(one), len(other), outcome))
    return pd.DataFrame(rows, columns=WORD_AND_DEED)


@stage
def self_reports(codings: pd.DataFrame, turns: pd.DataFrame, measures: pd.DataFrame, code: str) -> pd.DataFrame:
    """What participants say about their own sharing (a coder's memo "self-report: often") against what they shared.

    measures: as from chat_measures; code: what counts as sharing. Returns one row per participant who is a member of
    the community: member, unit_id, says, shared and messages (counts), rank (1 shared most; ties share the better
    rank), of (members), outcome. "often" agrees with a place in the upper quarter of members, "seldom" and "never" with
    one in the lower half or with nothing shared, "sometimes" with one between; for a participant without a message the
    outcome is unknown.
    """
    says = codings["memo"].str.lower().str.extract(SELF_REPORT, expand=False)
    said = codings.assign(says=says).dropna(subset="says").sort_values(["unit_id", "coder"], kind="stable")
    said = said.merge(turns[["unit_id", "member"]], on="unit_id").drop_duplicates("member")
    if code not in measures or said.empty:
        return pd.DataFrame(columns=SELF_REPORTED)
    if measures[code].isna().all():
        raise InputError(f"{code.replace('_', ' ')} is not known for all messages, so nobody's can be counted")
    shared = (measures[code].fillna(0) * measures["messages"]).round().astype("int64")
    rank = shared.rank(ascending=False, method="min").astype("int64")
    counted = pd.DataFrame({"shared": shared, "messages": measures["messages"], "rank": rank, "of": len(measures)})
    said = said.join(counted, on="member", how="inner")
    lower = (said["shared"] == 0) | (said["rank"] > said["of"] / 2)
    place = np.select([lower, said["rank"] <= said["of"] / 4], ["seldom", "often"], "sometimes")
    agrees = said["says"].replace("never", "seldom") == place
    said["outcome"] = np.select([~(said["messages"] > 0), agrees], [UNKNOWN, AGREES], DISAGREES)
    return said[SELF_REPORTED].reset_index(drop=True)
