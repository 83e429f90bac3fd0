"""Answers to COREQ items that the study counts itself, in words, by their names in coreq.yaml."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import tables, wording
from analysis.codebook import Codebook
from analysis.errors import Missing, stage
from analysis.published import FEWEST
from analysis.themes.matrix import OTHERS, groups
from analysis.themes.saturation import CodesHeard, Saturation


@stage
def sample_facts(
    interviews: pd.DataFrame, turns: pd.DataFrame, members: pd.DataFrame, coders: Sequence[str], withheld: int
) -> dict[str, str]:
    """Who was interviewed, for how long, and who coded it.

    interviews: their utterances; turns: those of participants; members: tables.Members; withheld: interviews left out.
    """
    each = turns.groupby("member", sort=False)["transcript"].nunique()
    own = tables.community(members)["member"]
    reached = [f"{own.isin(each.index).sum()} of {wording.count(len(own), 'member')} were interviewed"] * (len(own) > 0)
    left_out = [f"{wording.count(withheld, 'interview')} left out, whose participants consent to no use"] * (
        withheld > 0
    )
    sizes = interviews.groupby("transcript").size()
    minutes = interviews.groupby("transcript")[["start_s", "end_s"]].max().max(axis=1).dropna() / 60
    timed = f"{wording.number(minutes.min(), 0)} to {wording.number(minutes.max(), 0)} minutes"
    return {
        "sample_size": f"{wording.count(len(each), 'participant')} in {wording.count(each.sum(), 'interview')}",
        "non_participation": "; ".join([*reached, *left_out]),
        "sample": f"roles: {_tally(each.index, members, 'role')}; sectors: {_tally(each.index, members, 'sector')}",
        "repeat_interviews": f"{(each > 1).sum()} of {len(each)} participants were interviewed again",
        "duration": f"{timed if len(minutes) else 'not timed'}; {sizes.min()} to {sizes.max()} turns an interview",
        "coders": f"{wording.count(len(coders), 'coder')}: {wording.listed(coders)}",
    }


def _tally(participants: pd.Index, members: pd.DataFrame, column: str) -> str:
    sizes = groups(participants, members, column).value_counts().sort_index()
    if list(sizes.index) == [OTHERS]:
        own = groups(participants, members, column, least=1).value_counts()
        enough = "only one" if (own >= FEWEST).any() else "none"
        return f"not counted, as {enough} has {FEWEST} participants or more"
    return ", ".join(f"{name} {n}" for name, n in sizes.items())


@stage
def theme_facts(
    counts: pd.DataFrame, deviant: pd.DataFrame, negative: pd.DataFrame, quotations: pd.DataFrame, *, common: float
) -> dict[str, str]:
    """Which themes are major and minor, and how they are quoted.

    common: share of participants from which a theme is major. Other arguments: as from matrix and quotations.
    """
    voiced = counts[counts["participants"] > 0]
    major = voiced["participants"] >= common * voiced["of"]
    return {
        "quotations": f"{wording.count(len(quotations), 'quotation')} of "
        f"{wording.count(quotations['member'].nunique(), 'participant')}, with pseudonym, interview and turn",
        "consistency": f"{quotations['theme'].nunique()} of {wording.count(len(voiced), 'theme')} found are quoted, "
        "and every count opens to the passages behind it",
        "major_themes": _named(voiced[major]),
        "minor_themes": f"{_named(voiced[~major])}; {wording.count(deviant['member'].nunique(), 'participant')} "
        f"deviate in a theme, {wording.count(len(negative), 'passage')} marked as saying the opposite",
    }


def _named(counts: pd.DataFrame) -> str:
    return ", ".join(f"{row.theme} ({row.participants} of {row.of})" for row in counts.itertuples()) or "none"


@stage
def codebook_facts(codebook: Codebook, heard: CodesHeard, saturated: str) -> dict[str, str]:
    """The coding tree, where the codes came from, and whether the interviews saturate them (saturation_in_words)."""
    entered = (
        f"{int(heard.new.sum())} of {wording.count(len(codebook.names), 'code')} entered the codebook with an "
        "interview, as it records, and the others before"
    )
    unrecorded = "the codebook records of no code which interview introduced it"
    under: dict[str, list[str]] = {codebook.top(name): [] for name in codebook.names}
    for name in codebook.leaves:
        if name not in under:
            under[codebook.top(name)].append(name)
    return {
        "saturation": saturated,
        "coding_tree": "; ".join(f"{top} ({', '.join(names)})" if names else top for top, names in under.items()),
        "derivation": entered if heard.basis == "introduced" else unrecorded,
    }


def saturation_in_words(saturation: Saturation | Missing) -> str:
    """How far the interviews saturate the codes, in one clause."""
    if isinstance(saturation, Missing):
        return f"cannot be assessed: {saturation.reason}"
    rule = (
        f"base of {wording.count(saturation.base, 'interview')}, runs of {saturation.run}, at most "
        f"{wording.percent(saturation.threshold)} new codes"
    )
    if saturation.reached is None:
        return f"not reached ({rule})"
    reached = wording.count(saturation.reached, "interview")
    return f"reached after {reached} and confirmed by the next {saturation.run} ({rule})"
