"""Everything that is computed from the coded interviews, in memory: no file is read or written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.codebook import Codebook
from analysis.coding.anchors import check_anchors
from analysis.coding.human import CONSENSUS
from analysis.errors import InputError
from analysis.themes import matrix, quotations, saturation, theory, triangulation
from analysis.themes.compare import Comparison, compare_groups
from analysis.themes.ena import EpistemicNetwork

SIDES = ("helps", "hinders", "weighs")
UNOFFICED = "member"  # the role of those without an office; any other role is the committee's


@dataclass(frozen=True)
class Tables:
    """What earlier steps wrote, in the schemas of the same names; interviews without any consent are left out."""

    utterances: pd.DataFrame
    codings: pd.DataFrame
    coded: pd.DataFrame
    members: pd.DataFrame
    messages: pd.DataFrame


@dataclass(frozen=True)
class Settings:
    """The numbers of Params that the interviews need, with the themes in order. side: of each theme, of SIDES."""

    side: Mapping[str, str]
    window: int
    base: int
    run: int
    threshold: float
    orders: int
    permutations: int
    quotations: int
    common: float
    nearly_all: float
    alpha: float
    news: str
    seed: int

    @property
    def themes(self) -> list[str]:
        return list(self.side)


@dataclass(frozen=True)
class Saturated:
    """Saturation over the interviews' order and over random orders.

    basis: "introduced" (by the codebook's record) or "first heard". result: None, with a reason, where it cannot be
    assessed. found: codes in random orders, shape (orders, interviews); reached: in each order.
    """

    basis: str
    result: saturation.Saturation | None
    reason: str
    found: NDArray[np.int64]
    reached: list[int | None]


@dataclass(frozen=True)
class Interviews:
    """What the page shows of the interviews; each table as the function that makes it says.

    network, roles: the epistemic network of the themes and its comparison of committee and members; None, with a reason
    in `without`, where they cannot be had. coders: without the consensus. offices: participants who hold one. alone:
    participants who are shown by themselves, the others in sums only.
    """

    turns: pd.DataFrame
    matrix: pd.DataFrame
    counts: pd.DataFrame
    by_role: pd.DataFrame
    by_sector: pd.DataFrame
    together: pd.DataFrame
    deviant: pd.DataFrame
    negative: pd.DataFrame
    saturated: Saturated
    network: EpistemicNetwork | None
    roles: Comparison | None
    without: dict[str, str]
    passages: pd.DataFrame
    quotations: pd.DataFrame
    theory: pd.DataFrame
    word_and_deed: pd.DataFrame
    self_reports: pd.DataFrame
    coders: list[str]
    offices: list[str]
    alone: list[str]


def why_not(tables: Tables) -> str:
    """Why the interviews cannot be studied; empty when they can."""
    said = tables.utterances[tables.utterances["role"] == "participant"]
    if said.empty:
        return "there are no interview transcripts"
    if not tables.codings["unit_id"].isin(said["utterance_id"]).any():
        return "no interview is coded"
    return ""


def study_interviews(tables: Tables, codebook: Codebook, introduced: Mapping[str, str], s: Settings) -> Interviews:
    """Count, relate, saturate, quote and judge the themes. introduced: code -> transcript that brought it, as recorded.

    Raises InputError when a theme is no code of the codebook.
    """
    for theme in s.themes:
        codebook[theme]
    read = tables.utterances["utterance_id"].isin(tables.codings["unit_id"])
    utterances = tables.utterances[tables.utterances["transcript"].isin(tables.utterances.loc[read, "transcript"])]
    human = tables.coded[tables.coded["origin"] == "human"]
    turns = matrix.coded_turns(utterances, human, s.themes)
    counts = matrix.thematic_matrix(turns, s.themes)
    together = matrix.cooccurrence(turns, s.themes, window=s.window, permutations=s.permutations, seed=s.seed)
    roles = tables.members.set_index("member")["role"].dropna()
    expected = theory.load()
    anchored = check_anchors(tables.codings, utterances.set_index("utterance_id")["text"]).holding
    found = quotations.passages(quotations.spans(anchored, s.themes), turns, utterances, s.themes)
    alone = matrix.shown_alone(counts, set(tables.members.loc[tables.members["consent"] == "quotes", "member"]))
    measures = triangulation.chat_measures(tables.messages, tables.coded, codebook, tables.members["member"])
    network, compared, without = networks(turns, roles, s)
    return Interviews(
        turns=turns,
        matrix=counts,
        counts=matrix.prevalence(counts).assign(side=[s.side[theme] for theme in s.themes]),
        by_role=matrix.by_group(counts, tables.members, "role"),
        by_sector=matrix.by_group(counts, tables.members, "sector"),
        together=together,
        deviant=matrix.deviant_cases(counts, s.nearly_all),
        negative=quotations.negative_cases(anchored, turns, s.themes),
        saturated=saturate(matrix.coded_turns(utterances, human, codebook.leaves), codebook.leaves, introduced, s),
        network=network,
        roles=compared,
        without=without,
        passages=found,
        quotations=quotations.choose(found, set(alone), limit=s.quotations),
        theory=theory.judged(expected, counts, together, roles, s.alpha),
        word_and_deed=triangulation.word_and_deed(expected, counts, measures),
        self_reports=triangulation.self_reports(anchored, turns, measures, s.news),
        coders=sorted(set(anchored["coder"]) - {CONSENSUS}),
        offices=[member for member in counts.index if roles.get(member, UNOFFICED) != UNOFFICED],
        alone=alone,
    )


def saturate(turns: pd.DataFrame, codes: Sequence[str], introduced: Mapping[str, str], s: Settings) -> Saturated:
    """Saturation over the interviews' order and over random orders.

    With a record of which interview introduced which code, only recorded codes count; without, all codes where they are
    first heard, which on a codebook closed beforehand tells how soon the codes were met and no more.
    """
    heard = turns.groupby("transcript", sort=True)[list(codes)].max()
    recorded = [code for code in codes if introduced.get(code) in heard.index]
    basis = "introduced" if recorded else "first heard"
    heard = heard[recorded] if recorded else heard
    by = pd.Series([introduced[code] for code in recorded], dtype=str).value_counts()
    new = by.reindex(heard.index, fill_value=0) if recorded else saturation.first_heard(heard)
    try:
        result = saturation.saturation(new, base=s.base, run=s.run, threshold=s.threshold)
    except InputError as error:
        return Saturated(basis, None, error.what, np.empty((0, len(heard)), dtype=np.int64), [])
    found, reached = saturation.random_orders(
        heard, base=s.base, run=s.run, threshold=s.threshold, orders=s.orders, seed=s.seed
    )
    return Saturated(basis, result, "", found, reached)


def networks(
    turns: pd.DataFrame, roles: pd.Series, s: Settings
) -> tuple[EpistemicNetwork | None, Comparison | None, dict[str, str]]:
    """The themes' network over participants, the comparison of committee and members, and why one is not there."""
    used = [theme for theme in s.themes if turns[theme].any()]
    try:
        network = EpistemicNetwork(["member"], ["transcript"], used, s.window).fit(turns)
    except InputError as error:
        return None, None, {"network": error.what, "roles": error.what}
    role = roles.reindex(network.lines.index)
    known = role.notna().to_numpy()
    try:
        lines, office = network.lines[known], (role[known] != UNOFFICED).to_numpy()
        return network, compare_groups(lines, office, permutations=s.permutations, seed=s.seed), {}
    except InputError as error:
        return network, None, {"roles": error.what}
