"""What universes start from: the steps' tables, and what each option of a choice takes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import codebook, study, tables, wording
from analysis.codebook import Codebook
from analysis.coding.carry import carry
from analysis.coding.classify import character_models
from analysis.coding.conversations import conversations
from analysis.coding.floor import too_different
from analysis.coding.human import Settled
from analysis.coding.sample import inclusion_of
from analysis.errors import InputError, Missing
from analysis.network.replies.infer import addressee_rule
from analysis.partnership import step as partnership
from analysis.partnership.step import Data
from analysis.robustness.choices import AS_SETTLED
from analysis.sharing import step as sharing

BOTS = {"bot"}
OFFICERS = {"admin", "chair", "committee", "owner", "secretary", "treasurer"}
PREVIOUS_S = 3600.0  # seconds back in which the previous message is taken for answered, unless the window says less


@dataclass(frozen=True)
class Inputs:
    """The tables, and the parameters of the steps that are repeated.

    agreement: alpha by code. apart: why nothing is concluded of "pairs" or "news", whose codes are under the study's
    own floor; empty if not. book: None where there is no codebook. alone: a table Coded for each coder alone.
    read_alone: coded and held_out by a classifier that reads messages without their neighbours, where one was asked for
    and can learn.
    """

    messages: pd.DataFrame
    members: pd.DataFrame
    partnerships: pd.DataFrame
    coded: pd.DataFrame
    held_out: pd.DataFrame
    replies: pd.DataFrame
    agreement: Mapping[str, float]
    apart: Mapping[str, str]
    book: Codebook | None
    alone: list[pd.DataFrame]
    read_alone: tuple[pd.DataFrame, pd.DataFrame] | None
    sharing: sharing.Params
    partnership: partnership.Params

    @cached_property
    def everyone(self) -> pd.Index:
        """All members, in order; a member's place in it is their number in matrices."""
        named = {*self.members["member"], *self.partnerships["member_a"], *self.partnerships["member_b"]}
        return pd.Index(sorted({*named, *self.messages["member"].dropna()}), dtype="str")

    @cached_property
    def people(self) -> pd.DataFrame:
        """Role and consent of everyone, missing where they are not on the roster, and how many messages they wrote."""
        known = self.members.set_index("member")[["role", "consent"]].reindex(self.everyone)
        return known.assign(wrote=self.messages["member"].value_counts().reindex(known.index).fillna(0))

    @property
    def of_pairs(self) -> Data:
        """What the step `partnership` reads."""
        coded = Missing(self.apart["pairs"]) if self.apart["pairs"] else self.coded
        return Data(self.messages, self.members, self.partnerships, coded, self.replies, self.held_out)

    @property
    def used(self) -> list[str]:
        """Codes on which a claim rests, and those that stand under one, on which it may rest by a floor."""
        codes = [*self.partnership.informal, *self.partnership.business, self.sharing.code]
        return codes + [c.name for c in (self.book.codes if self.book else ()) if c.parent in codes]


def read_inputs(paths: study.Paths, *, classifier: bool) -> Inputs:
    """The tables of the steps. classifier: whether the one that reads messages alone is to be trained."""
    ingested, coding = paths.processed("ingest"), paths.processed("coding")
    own = study.load_params(paths)
    agreement = tables.read(coding / "agreement.parquet")
    alone = tables.read(coding / "alone.parquet")
    book = codebook.read(ingested / "codebook.parquet")
    of_news = sharing.Params(**own["sharing"])  # type: ignore[arg-type]
    of_pairs = partnership.Params(**own["partnership"])  # type: ignore[arg-type]
    given = Inputs(
        messages=tables.read(ingested / "messages.parquet", tables.Messages),
        members=tables.read(ingested / "members.parquet", tables.Members),
        partnerships=tables.read(ingested / "partnerships.parquet", tables.Partnerships),
        coded=tables.read(coding / "coded.parquet", tables.Coded),
        held_out=tables.read(coding / "held_out.parquet"),
        replies=tables.read(paths.processed("network") / "replies.parquet", tables.Replies),
        agreement=dict(zip(agreement["code"], agreement["alpha"].astype(float), strict=True)),
        apart={
            "pairs": too_different(agreement, [*of_pairs.informal, *of_pairs.business]),
            "news": too_different(agreement, [of_news.code]),
        },
        book=None if isinstance(book, Missing) else book,
        alone=[part.drop(columns="coder") for _, part in alone.groupby("coder")],
        read_alone=None,
        sharing=of_news,
        partnership=of_pairs,
    )
    if not classifier:
        return given
    by_people = set(given.coded.loc[given.coded["origin"] == "human", "unit_id"])
    inclusion = inclusion_of(tables.read(ingested / "sample.parquet", tables.Sample), by_people)
    settings = own["coding"]
    trained = read_alone(given, inclusion, int(settings["folds"]), float(settings["gap_minutes"]))  # type: ignore[call-overload, arg-type]
    return replace(given, read_alone=trained)


def read_alone(
    inputs: Inputs, inclusion: pd.Series | None, folds: int, gap_minutes: float
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """coded and held_out as the step `coding` makes them, by its classifier shown each message without its neighbours.

    None where no code that a claim rests on is carried to other messages.
    """
    coded = inputs.coded[inputs.coded["code"].isin(inputs.used)]
    carried = sorted(set(coded.loc[coded["origin"] == "model", "code"]))
    if not carried:
        return None
    texts = inputs.messages[(inputs.messages["kind"] == "text") & inputs.messages["member"].notna()]
    names = conversations(inputs.messages, gap_minutes)
    texts = texts.assign(conversation=names, before="", after="")
    human = coded[(coded["origin"] == "human") & coded["code"].isin(carried)]
    value, share = (
        human.pivot_table(index="unit_id", columns="code", values=of, aggfunc="first")
        for of in ("value", "probability")
    )
    settled = Settled(value, share)
    alone = carry(texts, settled, carried, folds=folds, inclusion=inclusion, model=character_models())
    return alone.coded, alone.held_out


# What an option takes


def links(inputs: Inputs, rule: str, window: str) -> pd.DataFrame:
    """Replies by a rule of REPLIES; answers to messages older than the window (minutes) are no answers."""
    found = REPLIES[rule](inputs)
    return found if window == AS_SETTLED else within(found, inputs.messages, 60 * float(window))


def within(replies: pd.DataFrame, messages: pd.DataFrame, window_s: float) -> pd.DataFrame:
    """The replies that answer something written at most window_s seconds before."""
    time = messages.set_index("message_id")["time"]
    waited = (replies["message_id"].map(time) - replies["reply_to"].map(time)).dt.total_seconds()
    return replies[~(waited > window_s)].reset_index(drop=True)


def previous_message(messages: pd.DataFrame) -> pd.DataFrame:
    """The naive rule, in the shape of infer_replies: each message answers the last one by another member.

    In its channel, and at most PREVIOUS_S seconds before; probability is 1.
    """
    spoken = messages[messages["member"].notna()]
    by_channel = spoken.groupby("channel", sort=False)
    new_turn = spoken["member"] != by_channel["member"].shift()
    before = by_channel["message_id"].shift().where(new_turn)
    answered = before.groupby(spoken["channel"], sort=False).ffill()
    linked = {"message_id": spoken["message_id"], "reply_to": answered.astype("str"), "probability": 1.0}
    return within(pd.DataFrame(linked).reset_index(drop=True), messages, PREVIOUS_S)


REPLIES: dict[str, Callable[[Inputs], pd.DataFrame]] = {
    AS_SETTLED: lambda inputs: inputs.replies,
    "addressee rule": lambda inputs: addressee_rule(inputs.messages),
    "previous message": lambda inputs: previous_message(inputs.messages),
}


def reading(inputs: Inputs, option: str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The coded messages by an option of `codes`, and what is known of the classifier's error where it is drawn from.

    Raises InputError where the option needs what is not there.
    """
    if option == AS_SETTLED:
        return inputs.coded, inputs.held_out
    if option == "as probable":
        return inputs.coded, None
    if option == "break-even":
        return inputs.coded.assign(probability=inputs.coded["value"].astype(float)), None
    if option == "read alone":
        if inputs.read_alone is None:
            raise InputError("no code is carried by a classifier")
        return inputs.read_alone
    if option.startswith("coder "):
        number = int(option.split()[1])
        if number > len(inputs.alone):
            raise InputError(f"there are {wording.count(len(inputs.alone), 'coder')} whose codings were carried alone")
        return inputs.alone[number - 1], None
    return settle(inputs.coded, float(option)), None


def refused(inputs: Inputs, of: str, codes: str, floor: str) -> str:
    """Why the study's own floor forbids conclusions in a universe, empty if it does not. of: "pairs" or "news".

    With one coder alone, or another floor, the study's own does not apply.
    """
    return inputs.apart[of] if floor == AS_SETTLED and not codes.startswith("coder ") else ""


def settle(coded: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """The model's codes taken as certain where their probability reaches the threshold; people's codes stay."""
    over = (coded["probability"] >= threshold).astype("int64")
    value = coded["value"].where(coded["origin"] == "human", over)
    return coded.assign(value=value, probability=value.astype(float))


def agreed(inputs: Inputs, codes: Collection[str], floor: str) -> list[str]:
    """The codes on whose meaning coders agreed: a code that stands above others becomes those of them that reach alpha.

    Whole if all of them reach it. floor: least alpha, or as settled or none (all codes stay as they are).
    """
    if floor in (AS_SETTLED, "none") or inputs.book is None:
        return list(codes)
    under = {name: [c.name for c in inputs.book.codes if c.parent == name] for name in codes}
    known = set(inputs.coded["code"])
    kept = []
    for code in codes:
        parts = [part for part in under[code] or [code] if part in known]
        reach = [part for part in parts if inputs.agreement.get(part, np.nan) >= float(floor)]
        kept += [code] if reach == parts else reach
    return kept


def kept(inputs: Inputs, members: str, active: str, consent: str) -> set[str]:
    """Who counts: by role, by how many messages they wrote at least, and by what they agreed to."""
    people = inputs.people
    chosen = ~people["role"].isin(ROLES_OUT[members])
    chosen &= people["wrote"] >= (0 if active == AS_SETTLED else int(active))
    if consent == "quotes":
        chosen &= people["consent"] == "quotes"
    return set(people.index[chosen])


ROLES_OUT: dict[str, set[str]] = {AS_SETTLED: set(), "without bots": BOTS, "without officers": BOTS | OFFICERS}
