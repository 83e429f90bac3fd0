"""A claim's minimum data, and how much of it a study has regardless of coding: coding more messages cannot add to it.

The minimum is the claim's `minimum` in claims.yaml. The available data are counted from the tables of ingest alone, so
that shortfalls are known before anybody codes; a step that has codes counts the same or less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis import study, tables, wording
from analysis.claims.rule import step_of
from analysis.local_time import zone_of

WORDS = {  # what a minimum counts, in the words of a person who collects data
    "members": "members",
    "pairs": "pairs of members who answer each other",
    "partnerships": "partnerships that begin within the time of the chats",
    "shares": "messages with business news",
    "weeks": "weeks with messages",
    "participants": "participants of interviews",
}
INGESTED = ("messages", "members", "partnerships", "utterances")  # tables
BOUNDS = ("pairs", "partnerships")  # upper bounds: a step may count fewer
CODES: Mapping[str, tuple[str, ...]] = {
    "partnership": ("informal", "business"), "sharing": ("code",), "recommendations": ("code",),
}  # fmt: skip  # by step, the parameters with codes that have to be known for all messages


@dataclass(frozen=True)
class Available:
    """The data that a study has. there: amounts of what minima count, regardless of coding. scarce: by code that no
    model can carry to the messages that nobody read, the reason."""

    there: Mapping[str, int]
    scarce: Mapping[str, str] = field(default_factory=dict)


def read(paths: study.Paths) -> Available:
    """The data that the study has, from the tables of ingest and coding."""
    *places, of_codes = _places(paths)
    ingested = {place.stem: tables.read(place, getattr(tables, place.stem.capitalize())) for place in places}
    codes = tables.read(of_codes)
    return Available(there(**ingested, zone=zone_of(paths)), scarce(codes, len(texts_of(ingested["messages"]))))


def tables_are_here(paths: study.Paths) -> bool:
    """Whether the tables that `read` needs are here; those of real people stay with the researchers."""
    return all(place.exists() for place in _places(paths))


def _places(paths: study.Paths) -> list[Path]:
    ingested = [paths.processed("ingest") / f"{name}.parquet" for name in INGESTED]
    return [*ingested, paths.processed("coding") / "performance.parquet"]


def there(
    messages: pd.DataFrame, members: pd.DataFrame, partnerships: pd.DataFrame, utterances: pd.DataFrame, *, zone: str
) -> dict[str, int]:
    """Amounts of what minima count that a study has, regardless of coding; for BOUNDS, upper bounds.

    Arguments are the tables of ingest; zone: of the study's clock, by which weeks begin.
    """
    n = len(tables.community(members))
    first, last = messages["time"].min(), messages["time"].max()
    within = (partnerships["since"] > first) & (partnerships["since"] <= last)
    weeks = texts_of(messages)["time"].dt.tz_convert(zone).dt.tz_localize(None).dt.to_period("W")
    participants = utterances.loc[utterances["role"] == "participant", "member"]
    return {
        "members": n,
        "pairs": n * (n - 1) // 2,
        "partnerships": int(within.sum()),
        "weeks": int(weeks.nunique()),
        "participants": int(participants.nunique()),
    }


def texts_of(messages: pd.DataFrame) -> pd.DataFrame:
    """Members' texts, the only part of the chats that can be coded."""
    return messages[(messages["kind"] == "text") & messages["member"].notna()]


def scarce(codes: pd.DataFrame, texts: int) -> dict[str, str]:
    """By code that no model can carry, the reason. Empty if people read every text.

    codes: of coding.carry.codes_to_carry. texts: number of texts.
    """
    if codes.empty:
        return {}
    lacking = codes[~codes["carried"].astype(bool) & (codes["units"] < texts)]
    return dict(zip(lacking["code"], lacking["reason"], strict=True))


def short(claim: Mapping, available: Available) -> dict[str, str]:
    """The claim's minima that are out of reach regardless of coding, with the shortfall: "8 members where 15 are
    needed"."""
    there, least = available.there, claim["minimum"]
    return {
        what: f"{'at most ' * (what in BOUNDS)}{there[what]} {what} where {least[what]} are needed"
        for what in least
        if what in there and there[what] < least[what]
    }


def codes_of(claim: Mapping, params: Mapping) -> list[str]:
    """The codes that have to be known for all messages for the claim, by the study's parameters."""
    step = step_of(claim)
    given = [params[step][name] for name in CODES.get(step, ())]
    return [code for one in given for code in ([one] if isinstance(one, str) else one)]


def explained(claim: Mapping, numbers: Mapping, available: Available, codes: Sequence[str]) -> dict:
    """The claim's numbers; if there are none, the reasons in the order that matters to those who collect data: first
    what coding cannot add, then the step's own reason, then which of the codes are too rare.

    numbers: as rule.evidence gives them. codes: of codes_of.
    """
    if numbers["status"] == "ok":
        return dict(numbers)
    reason = str(numbers["reason"])
    missed = [said for what, said in short(claim, available).items() if not re.search(rf"\d {what}\b", reason)]
    lead = f"{wording.listed(missed)}, whatever is coded; " if missed else ""
    seldom = [f"{code.replace('_', ' ')}: {why}" for code in codes if (why := available.scarce.get(code))]
    return {**numbers, "reason": lead + reason + (f" ({'; '.join(seldom)})" if seldom else "")}
