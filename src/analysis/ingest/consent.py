"""Members' consent, and the removal of what members who withhold it wrote or said."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import tables
from analysis.ingest.annotations import of_the_study
from analysis.ingest.sheets import WORDS
from analysis.published import small

FEWEST = 3  # people in a published cell; smaller ones are merged


@dataclass(frozen=True)
class Consented:
    """The data that may be analysed, texts as read. none: members who withhold consent; withheld: how much of each kind
    was left out; orphans: codings of units that do not exist; unmatched: annotations of messages that do not exist."""

    messages: pd.DataFrame
    utterances: pd.DataFrame
    partnerships: pd.DataFrame
    codings: pd.DataFrame
    annotations: pd.DataFrame
    none: frozenset[str]
    withheld: dict[str, int]
    orphans: pd.DataFrame
    unmatched: pd.DataFrame


def consented(
    members: pd.DataFrame, messages: pd.DataFrame, utterances: pd.DataFrame, partnerships: pd.DataFrame,
    codings: pd.DataFrame, annotations: pd.DataFrame,
) -> Consented:  # fmt: skip
    """Everything but what members who withhold consent wrote, said in an interview, or have a part in.

    An interview goes as a whole, the questions too, also where only its metadata name the person (column interviewed):
    their words may be under a label that was not understood. Codings of a unit that does not exist keep no words,
    because it is unknown whose they were. annotations: as Raw has them; those answered are kept. Raises InputError as
    annotations.of_the_study does.
    """
    none = withholding(members)
    said = utterances["member"].isin(none) | utterances["interviewed"].map(lambda who: bool(who & none)).astype(bool)
    kept = {
        "messages": messages[~messages["member"].isin(none)],
        "utterances": utterances[~utterances["transcript"].isin(utterances.loc[said, "transcript"])],
        "partnerships": partnerships[~partnerships[["member_a", "member_b"]].isin(none).any(axis=1)],
    }
    units = {*kept["messages"]["message_id"], *kept["utterances"]["utterance_id"]}
    gone = {*messages["message_id"], *utterances["utterance_id"]} - units
    kept["codings"] = _without_words(codings[~codings["unit_id"].isin(gone)], units)
    given = annotations[annotations["answered"]]
    kept["annotations"] = given[~given[["message_id", "reply_to"]].isin(gone).any(axis=1)]
    before = {"messages": messages, "utterances": utterances, "partnerships": partnerships, "codings": codings,
              "annotations": given}  # fmt: skip
    withheld = {"members": len(none)} | {name: len(before[name]) - len(kept[name]) for name in before}
    orphans = kept["codings"][~kept["codings"]["unit_id"].isin(units)]
    kept["annotations"], unmatched = of_the_study(kept["annotations"], kept["messages"])
    return Consented(**kept, none=frozenset(none), withheld=withheld, orphans=orphans, unmatched=unmatched)


def _without_words(codings: pd.DataFrame, units: set[str]) -> pd.DataFrame:
    """Codings, without people's words where the unit is not among these."""
    there = codings["unit_id"].isin(units)
    return codings.assign(**{name: codings[name].where(there) for name in WORDS})


def withholding(members: pd.DataFrame) -> set[str]:
    """The members who withhold consent."""
    return set(members.loc[members["consent"] == "none", "member"])


def consent_counts(members: pd.DataFrame) -> pd.DataFrame:
    """Members of the community by consent: consent, members. Answers of fewer than FEWEST people are merged into one
    row, the last."""
    answers = tables.community(members)["consent"]
    few = sorted(small(answers, FEWEST))
    counts = answers.value_counts()
    rows = [(answer, counts[answer]) for answer in sorted(counts.index.difference(few))]
    if few:
        rows.append((" or ".join(few), counts[few].sum()))
    return pd.DataFrame(rows, columns=["consent", "members"])
