"""The inputs of universes: the tables of the repeated steps, and these tables under each option of a choice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import tables, wording
from analysis.codebook import Codebook
from analysis.coding.carry import Carried, carry
from analysis.coding.classify import character_models
from analysis.coding.human import Settled
from analysis.coding.latent import posterior
from analysis.errors import InputError, Missing, stage
from analysis.network.replies import infer_replies
from analysis.network.replies.rule import addressee_rule
from analysis.partnership import step as partnership
from analysis.robustness.choices import MAIN, Universe, options_of
from analysis.sharing import step as sharing

LIKELY_DRAWS = 20  # draws of the codes' posterior
PREVIOUS_S = 3600.0  # seconds within which a message is taken to answer the previous one, unless the window is shorter


@dataclass(frozen=True)
class Data:
    """The step's inputs.

    pairs, news: the data of the steps partnership and sharing; of_pairs, of_news: their parameters; folds: of coding's
    cross-validation. declared: the tested claims; measured: by claim, its numbers in the metrics of its step.
    likely: the table Coded of all messages, with the probability that each code truly applies. finished:
    where universes are stored until the step has finished (robustness.finished).
    """

    pairs: partnership.Data
    news: sharing.Data
    book: Codebook | Missing
    of_pairs: partnership.Params
    of_news: sharing.Params
    folds: int
    declared: Sequence[Mapping]
    measured: Mapping[str, Mapping]
    likely: pd.DataFrame | None = None
    finished: Path | None = None

    @property
    def messages(self) -> pd.DataFrame:
        """The table Messages."""
        return self.pairs.messages

    @cached_property
    def everyone(self) -> pd.Index:
        """The members of C1 and C2, in order, as network.ties.exchange has them: a member's place is their row in
        matrices. In a large community these are the members who wrote most (partnership.read)."""
        return pd.Index(sorted({*self.pairs.everyone, *self.messages["member"].dropna()}), dtype="str")

    @cached_property
    def people(self) -> pd.DataFrame:
        """Role and consent of everyone, missing where they are not on the roster, and how many messages they wrote."""
        return _people(self.everyone, self.pairs.members, self.messages)

    @cached_property
    def community(self) -> pd.DataFrame:
        """The same columns as people for all members, in order: C3 also counts those whom C1 and C2 do not follow."""
        names = {*self.everyone, *self.news.members["member"], *self.news.messages["member"].dropna()}
        return _people(pd.Index(sorted(names), dtype="str"), self.news.members, self.news.messages)

    @cached_property
    def not_adapted(self) -> pd.DataFrame:
        """Replies inferred by the model as trained on other chats, not adapted to this one: the table Replies."""
        return infer_replies(self.messages)

    @property
    def used(self) -> list[str]:
        """The codes on which a claim rests, and the codes under them, on which it may rest under a floor."""
        codes = [*self.of_pairs.informal, *self.of_pairs.business, self.of_news.code]
        return codes + [part for code in codes for part in self.parts(code)]

    def parts(self, code: str) -> list[str]:
        """The codes directly under a code."""
        return [] if isinstance(self.book, Missing) else [c.name for c in self.book.codes if c.parent == code]


def _people(names: pd.Index, members: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """Columns role, consent and wrote, by name. members, messages: the tables of ingest."""
    people = members.set_index("member")[["role", "consent"]].reindex(names)
    return people.assign(wrote=messages["member"].value_counts().reindex(names).fillna(0))


# Who answers whom


def links(data: Data, rule: str, window: str) -> pd.DataFrame:
    """Replies by a rule of REPLIES. An answer to a message older than the window (minutes) does not count."""
    replies = REPLIES[rule](data)
    return replies if window == MAIN else within(replies, data.messages, 60 * float(window))


def within(replies: pd.DataFrame, messages: pd.DataFrame, window_s: float) -> pd.DataFrame:
    """The replies that answer something written at most window_s seconds before."""
    time = messages.set_index("message_id")["time"]
    waited = (replies["message_id"].map(time) - replies["reply_to"].map(time)).dt.total_seconds()
    return replies[~(waited > window_s)].reset_index(drop=True)


def previous_message(messages: pd.DataFrame) -> pd.DataFrame:
    """The naive rule, in the format of infer_replies: each message answers, with probability 1, the last one by another
    member in its channel, if at most PREVIOUS_S seconds passed."""
    spoken = messages[messages["member"].notna()]
    by_channel = spoken.groupby("channel", sort=False)
    new_turn = spoken["member"] != by_channel["member"].shift()
    before = by_channel["message_id"].shift().where(new_turn)
    answered = before.groupby(spoken["channel"], sort=False).ffill()
    linked = {"message_id": spoken["message_id"], "reply_to": answered.astype("str"), "probability": 1.0}
    return within(pd.DataFrame(linked).reset_index(drop=True), messages, PREVIOUS_S)


REPLIES: dict[str, Callable[[Data], pd.DataFrame]] = {
    MAIN: lambda data: data.pairs.replies,
    "not adapted": lambda data: data.not_adapted,
    "addressee rule": lambda data: addressee_rule(data.messages),
    "previous message": lambda data: previous_message(data.messages),
}


# How messages are coded


@dataclass(frozen=True)
class CodedMessages:
    """The coded messages under an option of `codes`: the table Coded.

    held_out: coding's table, from which coders' and classifier's errors are drawn; None: probabilities are taken as
    they are. likely: as in partnership.Data.
    agreement: coding's table, by which the study's own floor may rule out conclusions; None where it does not apply.
    """

    coded: pd.DataFrame
    held_out: pd.DataFrame | None
    agreement: pd.DataFrame | None
    likely: pd.DataFrame | None = None

    @property
    def probable(self) -> pd.DataFrame:
        """The table Coded whose probabilities weight the counts of talk."""
        return self.coded if self.likely is None or self.likely.empty else self.likely


Readings = Mapping[str, CodedMessages | Missing]  # by option of `codes`


@stage
def reading(data: Data, option: str) -> CodedMessages:
    """The coded messages under an option of `codes`. Raises InputError when the data that the option needs are
    missing."""
    coded, held_out, agreement = data.news.coded, data.news.held_out, data.news.agreement
    if option == MAIN:
        return CodedMessages(coded, held_out, agreement, data.pairs.likely)
    if option == "as probable":
        return CodedMessages(main_codes(data), None, agreement)
    if option == "break-even":
        return CodedMessages(coded.assign(probability=coded["value"].astype(float)), None, agreement)
    if option == "read alone":
        carried = without_neighbours(data)
        member = data.news.messages.set_index("message_id")["member"]
        level = data.of_pairs.confidence
        likely = posterior(carried.coded, carried.held_out, member, draws=LIKELY_DRAWS, confidence=level, seed=0)
        return CodedMessages(carried.coded, carried.held_out, agreement, likely.coded)
    if option.startswith("coder "):
        number, coders = int(option.split()[1]), sorted(set(data.news.alone["coder"]))
        if number > len(coders):
            raise InputError(f"only {wording.count(len(coders), 'coder')} had codings that were carried alone")
        return CodedMessages(data.news.alone[data.news.alone["coder"] == coders[number - 1]], None, None)
    return CodedMessages(at_threshold(coded, float(option)), None, agreement)


def main_codes(data: Data) -> pd.DataFrame:
    """The codes of all messages whose probabilities weight the counts of talk in the main analyses of C1 and C2."""
    return data.news.coded if data.likely is None or data.likely.empty else data.likely


def without_neighbours(data: Data) -> Carried:
    """Codes carried as in the step `coding`, with its classifier given each message without its neighbours. Raises
    InputError when no code that a claim rests on is carried to other messages."""
    coded = data.news.coded[data.news.coded["code"].isin(data.used)]
    carried = sorted(set(coded.loc[coded["origin"] == "model", "code"]))
    if not carried:
        raise InputError("no code is carried by a classifier")
    placed = data.news.conversations.set_index("unit_id")
    texts = data.news.messages[data.news.messages["message_id"].isin(placed.index)]
    texts = texts.assign(conversation=texts["message_id"].map(placed["conversation"]), before="", after="")
    held_out = data.news.held_out[data.news.held_out["code"].isin(carried)]
    value, share = (
        held_out.pivot_table(index="unit_id", columns="code", values=name, dropna=False) for name in ("value", "share")
    )
    by_unit = held_out.drop_duplicates("unit_id").set_index("unit_id").loc[value.index]
    settled = Settled(value.astype("int64"), share, by_unit["readers"], by_unit["decided"])
    inclusion = placed["inclusion"] if placed["inclusion"].notna().any() else None
    return carry(texts, settled, carried, folds=data.folds, inclusion=inclusion, model=character_models())


def at_threshold(coded: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """The model's codes taken as certain where their probability reaches the threshold; people's codes stay."""
    over = (coded["probability"] >= threshold).astype("int64")
    value = coded["value"].where(coded["origin"] == "human", over)
    return coded.assign(value=value, probability=value.astype(float))


def agreed(data: Data, codes: Collection[str], floor: str) -> list[str]:
    """The codes on which coders agreed: a parent code is replaced by those of its children that reach the floor, or
    kept if all of them do. floor: least alpha; with `main` and `none` all codes stay as they are."""
    if floor in (MAIN, "none"):
        return list(codes)
    agreement, coded = data.news.agreement, set(data.news.coded["code"])
    alpha = dict(zip(agreement["code"], agreement["alpha"].astype(float), strict=True))
    agreed = []
    for code in codes:
        parts = [part for part in data.parts(code) or [code] if part in coded]
        reach = [part for part in parts if alpha.get(part, np.nan) >= float(floor)]
        agreed += [code] if reach == parts else reach
    return agreed


# Which members count


def kept(people: pd.DataFrame, universe: Universe) -> pd.Series:
    """Whether each member counts, by role, least number of messages written, and consent. Bots
    are left out with the officers."""
    members, active, consent = options_of(universe, "members", "active", "consent")
    left_out = {MAIN: [], "without bots": [tables.is_bot], "without officers": [tables.is_bot, tables.is_officer]}
    counts = people["wrote"] >= (0 if active == MAIN else int(active))
    for holds in left_out[members]:
        counts &= ~holds(people["role"])
    return counts & tables.agrees(people["consent"]) if consent == "quotes" else counts
