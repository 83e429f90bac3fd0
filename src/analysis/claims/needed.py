"""What a claim needs at least, and what of it a study has whatever is coded: reading more messages adds to none of it.

The least is the claim's `minimum` in claims.yaml. What is there is counted from the tables of ingest alone, so that it
can be said before anybody codes; a step that has codes counts the same or less.
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

WORDS = {  # what a minimum counts, as a person who collects data knows it
    "members": "members",
    "pairs": "pairs of members who answer each other",
    "partnerships": "partnerships that begin within the time of the chats",
    "shares": "messages with business news",
    "weeks": "weeks with messages",
    "participants": "participants of interviews",
}
INGESTED = ("messages", "members", "partnerships", "utterances")  # tables
BOUNDS = ("pairs", "partnerships")  # of which a step may count fewer
CODES: Mapping[str, tuple[str, ...]] = {
    "partnership": ("informal", "business"), "sharing": ("code",), "recommendations": ("code",),
}  # fmt: skip  # parameters, by step, of the codes that have to be known of all messages


@dataclass(frozen=True)
class Available:
    """What a study has. there: how much of what minima count, whatever is coded. scarce: by code that no model can
    carry to the messages that nobody read, why not."""

    there: Mapping[str, int]
    scarce: Mapping[str, str] = field(default_factory=dict)


def read(paths: study.Paths) -> Available:
    """What the study has, by the tables of ingest and coding."""
    *places, of_codes = _places(paths)
    ingested = {place.stem: tables.read(place, getattr(tables, place.stem.capitalize())) for place in places}
    codes = tables.read(of_codes)
    return Available(there(**ingested, zone=zone_of(paths)), scarce(codes, len(texts_of(ingested["messages"]))))


def tables_are_here(paths: study.Paths) -> bool:
    """Whether the tables are here that `read` reads; those of real people stay with the researchers."""
    return all(place.exists() for place in _places(paths))


def _places(paths: study.Paths) -> list[Path]:
    ingested = [paths.processed("ingest") / f"{name}.parquet" for name in INGESTED]
    return [*ingested, paths.processed("coding") / "performance.parquet"]


def there(
    messages: pd.DataFrame, members: pd.DataFrame, partnerships: pd.DataFrame, utterances: pd.DataFrame, *, zone: str
) -> dict[str, int]:
    """How much a study has of what minima count, whatever is coded; of BOUNDS, how much at most.

    The tables of ingest; zone: of the study's clock, by which weeks begin.
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
    """Members' texts, which is what can be coded of the chats."""
    return messages[(messages["kind"] == "text") & messages["member"].notna()]


def scarce(codes: pd.DataFrame, texts: int) -> dict[str, str]:
    """By code that no model can carry, why not. Empty where people read every text.

    codes: of coding.carry.codes_to_carry. texts: how many there are.
    """
    if codes.empty:
        return {}
    lacking = codes[~codes["carried"].astype(bool) & (codes["units"] < texts)]
    return dict(zip(lacking["code"], lacking["reason"], strict=True))


def short(claim: Mapping, available: Available) -> dict[str, str]:
    """Which of the claim's minima are out of reach whatever is coded, and by how much: "8 members where 15 are
    needed"."""
    there, least = available.there, claim["minimum"]
    return {
        what: f"{'at most ' * (what in BOUNDS)}{there[what]} {what} where {least[what]} are needed"
        for what in least
        if what in there and there[what] < least[what]
    }


def codes_of(claim: Mapping, params: Mapping) -> list[str]:
    """The codes that have to be known of all messages for the claim, by the study's parameters."""
    step = step_of(claim)
    given = [params[step][name] for name in CODES.get(step, ())]
    return [code for one in given for code in ([one] if isinstance(one, str) else one)]


def explained(claim: Mapping, numbers: Mapping, available: Available, codes: Sequence[str]) -> dict:
    """The claim's numbers; where there are none, why not in the order in which it matters to whoever collects data:
    first what no coding adds, then the step's own reason, then which of the codes are given too seldom.

    numbers: as rule.evidence gives them. codes: of codes_of.
    """
    if numbers["status"] == "ok":
        return dict(numbers)
    reason = str(numbers["reason"])
    missed = [said for what, said in short(claim, available).items() if not re.search(rf"\d {what}\b", reason)]
    lead = f"{wording.listed(missed)}, whatever is coded; " if missed else ""
    seldom = [f"{code.replace('_', ' ')}: {why}" for code in codes if (why := available.scarce.get(code))]
    return {**numbers, "reason": lead + reason + (f" ({'; '.join(seldom)})" if seldom else "")}
