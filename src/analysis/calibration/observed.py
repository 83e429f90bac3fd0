"""A simulated community as the study observes it: ingest's tables, and the planted codes of each message.

Made either by the full chain (written as phones export it, read, scrubbed), or by a shortcut to the same tables without
files: times to the minute as in WhatsApp, members by pseudonym, also in texts, members without consent left out,
explicit replies where Telegram has them. The shortcut scrubs members' names and no other names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis import tables
from analysis.arrays import Objects
from analysis.errors import Missing
from analysis.ingest.corpus import read_corpus
from analysis.network import step as network
from analysis.network.drawn import as_table
from analysis.network.replies import infer_replies
from analysis.network.replies.adapt import Adaptation
from analysis.network.ties import Exchange
from analysis.privacy import pseudonym
from analysis.resample import seed_of
from analysis.simulate import Community, annotators, rhythm
from analysis.simulate.chats import telegram_chat, telegram_ids, true_replies, true_rows
from analysis.simulate.export import DEMO_KEY, MEMBERS, PARTNERS, declared_rows, member_rows, write_study

ANNOTATED = 400  # messages for which annotators mark what they answer, as in the shipped study
KINDS = {"sticker": "media", "voice": "media"}  # as ingest calls them
GONE, LEFT_OUT, ATTACHED = "Pesan ini dihapus", "<Media tidak disertakan>", "IMG (file terlampir)"  # WhatsApp's words


@dataclass(frozen=True)
class Observed:
    """Ingest's tables. planted: by message_id, the message's true codes; read_as: those that every coder sees in it.
    parents: true replies, as the table Replies has them."""

    messages: pd.DataFrame
    members: pd.DataFrame
    partnerships: pd.DataFrame
    planted: pd.Series
    read_as: pd.Series
    parents: pd.DataFrame


def by_files(community: Community, folder: Path) -> tuple[Observed, pd.DataFrame]:
    """The full chain: raw files written into the folder (new or empty), and read as the step `ingest` reads them. Also
    returns the coders' codings."""
    write_study(community, folder)
    corpus = read_corpus(folder, tz=rhythm.TZ, date_order=None, key=DEMO_KEY)
    written = corpus.messages[corpus.messages["member"].notna()]
    places, said = true_rows(community), community.messages
    rows = [
        places[source, number.rsplit("-", 1)[1] if source.endswith(".json") else line]
        for number, source, line in zip(written["message_id"], written["source"], written["line"], strict=True)
    ]
    planted, read_as = (_by_message(said[name], rows, written["message_id"]) for name in ("codes", "read_as"))
    parents = true_replies(community, corpus.messages)
    observed = Observed(corpus.messages, corpus.members, corpus.partnerships, planted, read_as, parents)
    return observed, corpus.codings


@dataclass(frozen=True)
class Inferred:
    """Replies as the study infers them. data: as the step `network` reads it; turns: with the reply graphs drawn
    jointly; replies, drawn: the tables Replies and ReplyDraws."""

    data: network.Data
    adaptation: Adaptation | Missing
    turns: Exchange
    replies: pd.DataFrame
    drawn: pd.DataFrame


def inferred_replies(
    observed: Observed, coded: pd.DataFrame, held_out: pd.DataFrame | None, *, informal: Sequence[str], gap_s: float,
    hours: float, draws: int, seed: int
) -> Inferred:  # fmt: skip
    """Replies by a model adapted to ANNOTATED messages (half of all if that is fewer) that the simulated annotators
    mark, drawn jointly with the network by the functions of the step `network`."""
    messages = observed.messages
    size = min(ANNOTATED, int(messages["member"].notna().sum()) // 2)
    marked = annotators.annotations(messages, observed.parents, size=size, seed=seed_of(seed, "annotations"))
    data = network.Data(messages, observed.members, coded, marked, held_out)
    adaptation = network.adapted(network.labels_of(data), seed=seed)
    replies = infer_replies(messages, adaptation=adaptation, scored=data.scored)
    turns = network.turns_of(data, replies, gap_s=gap_s)
    turns = network.drawn_jointly(
        turns, data, replies, adaptation, informal=informal, hours=hours, draws=draws, seed=seed
    )
    assert not isinstance(turns, Missing)
    return Inferred(data, adaptation, turns, replies, as_table(turns, replies, draws))


def by_shortcut(community: Community) -> Observed:
    """The same tables without files, in a tenth of the time."""
    names = {name: pseudonym(name, DEMO_KEY) for name in community.people["name"]}
    withheld = {names[name] for name in community.people.loc[community.people["consent"] == "none", "name"]}
    said = community.messages
    kept = (said["member"].notna() & ~said["member"].map(names).isin(withheld)).to_numpy()
    rows = np.flatnonzero(kept)[np.argsort(said["channel"].to_numpy(object)[kept], kind="stable")]
    ids = (said["channel"] + "-" + said.index.astype(str)).to_numpy(object).copy()
    ids[~kept] = None
    parent = said["reply_to"].fillna(-1).to_numpy(int)
    answered = np.where(parent >= 0, ids[parent], None)[rows]
    messages = _messages(community, names, withheld, ids).iloc[rows].reset_index(drop=True)
    planted, read_as = (_by_message(said[name], rows, ids[rows]) for name in ("codes", "read_as"))
    parents = pd.DataFrame({"message_id": ids[rows], "reply_to": answered}, dtype="str").assign(probability=1.0)
    people = _members(community, names, withheld), _partnerships(community, names, withheld)
    return Observed(messages, *people, planted, read_as, parents)


def _by_message(codes: pd.Series, rows: ArrayLike, ids: ArrayLike) -> pd.Series:
    """The codes in these rows, by message_id."""
    return pd.Series(codes.to_numpy()[np.asarray(rows, dtype=np.intp)], index=pd.Index(ids, dtype="str"))


def _messages(community: Community, names: dict[str, str], withheld: set[str], ids: Objects) -> pd.DataFrame:
    """All messages as ingest has them, in order of time. ids: of each row, None where it is not shown."""
    said = community.messages
    whatsapp = said["channel"].isin([channel.key for channel in community.channels if channel.platform == "whatsapp"])
    time = said["time"].dt.tz_convert("UTC").astype("datetime64[ns, UTC]")
    shown = {name: "[WITHHELD]" if who in withheld else who for name, who in names.items()}
    channel, time = said["channel"].astype("str"), time.dt.floor("min").where(whatsapp, time)
    columns = {"message_id": pd.Series(ids, dtype="str"), "channel": channel, "time": time}
    columns |= {"member": said["member"].map(names).astype("str"), "text": _texts(community, shown)}
    columns |= {"kind": said["kind"].replace(KINDS).astype("str"), "edited": said["edited"]}
    columns |= {"reply_to": _explicit(community, ids), "source": channel, "line": np.arange(1, len(said) + 1)}
    return pd.DataFrame(columns)


def _texts(community: Community, names: dict[str, str]) -> pd.Series:
    """The texts, with pseudonyms for members' names, nicknames and numbers, and with the words that replace files."""
    who: dict[str, str] = {}
    for person in community.people.itertuples():
        for form in (person.name, person.alias, person.short, person.digits):
            who.setdefault(form.lower(), names[person.name])
    pattern = re.compile(rf"(?<![\w.]){_any_of(who)}(?![\w@]|\.\w+@)", re.IGNORECASE)
    instead = {
        channel.key: {"deleted": GONE} | dict.fromkeys(("media", *KINDS), ATTACHED if channel.files else LEFT_OUT)
        for channel in community.channels
        if channel.platform == "whatsapp"
    }
    rows = community.messages[["channel", "kind", "text"]].fillna("").itertuples(index=False)
    texts = [
        instead.get(channel, {}).get(kind) or pattern.sub(lambda m: who[m[0].lower()], text)
        for channel, kind, text in rows
    ]
    return pd.Series(texts, dtype="str")


def _any_of(words: Iterable[str]) -> str:
    """A pattern of the words that looks at each character once, longer words first: of "ab" and "abc", ab(?:c|)."""
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[:1], []).append(word[1:])
    branches = [re.escape(head) + _any_of(tail) if head else "" for head, tail in sorted(tails.items(), reverse=True)]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _explicit(community: Community, ids: Objects) -> pd.Series:
    """The message that each answers by Telegram's own reply link; missing elsewhere, and if that message is not
    shown."""
    answers = np.full(len(community.messages), None, dtype=object)
    for channel in community.channels:
        if channel.platform == "telegram":
            rows = community.messages[community.messages["channel"] == channel.key]
            place = {number: index for index, number in telegram_ids(rows).items()}
            for message in telegram_chat(community, channel, rows)["messages"]:
                if "reply_to_message_id" in message:
                    answers[place[message["id"]]] = ids[place[message["reply_to_message_id"]]]
    return pd.Series(answers, dtype="str")


def _members(community: Community, names: dict[str, str], withheld: set[str]) -> pd.DataFrame:
    roster = pd.DataFrame(member_rows(community), columns=list(MEMBERS))
    roster["member"], roster["joined"] = roster["name"].map(names), _midnight(roster["joined"])
    roster = roster[~roster["member"].isin(withheld)].sort_values("member", ignore_index=True)
    return tables.conform(roster[list(tables.Members.columns)], tables.Members)


def _partnerships(community: Community, names: dict[str, str], withheld: set[str]) -> pd.DataFrame:
    declared = pd.DataFrame(declared_rows(community), columns=list(PARTNERS))
    for side in ("member_a", "member_b"):
        declared[side] = declared[side].map(names)
        declared = declared[~declared[side].isin(withheld)]
    declared["since"] = _midnight(declared["since"])
    return tables.conform(declared.reset_index(drop=True), tables.Partnerships)


def _midnight(dates: pd.Series) -> pd.Series:
    """Dates as the instant the day begins where the community is, in UTC."""
    return pd.to_datetime(dates).dt.tz_localize(rhythm.TZ).dt.tz_convert("UTC")
