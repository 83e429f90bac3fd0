"""Replace the names of members, senders, speakers, partners and annotators by pseudonyms; texts are left as is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis import tables
from analysis.errors import InputError, noting, refuse
from analysis.ingest import words
from analysis.ingest.files import slug
from analysis.ingest.gather import Raw, stated_participant
from analysis.ingest.readers import irc
from analysis.ingest.scrubbing import Marks, Scrubber, file_name, public_name
from analysis.ingest.sheets import UNSTATED, dates
from analysis.privacy import Pseudonymiser

OWN_IDS = ("telegram", "discord", "slack")  # formats whose message ids are the messenger's own
CONSENSUS = "consensus"  # not a coder: what coders decided together (coding.human)


@dataclass(frozen=True)
class Exports:
    """The chats with pseudonyms, one table per export: columns of tables.Messages, and own_id (whether the ids are the
    messenger's own). Members' texts stay as they came; what the messenger itself writes has marks already."""

    tables: list[pd.DataFrame]
    marks: Marks


def pseudonymiser(raw: Raw, key: bytes) -> Pseudonymiser:
    """Knows the roster, the chats' senders on no roster, and the interviews' participants. Raises InputError on a key
    or a roster that cannot be used, and where two people get one pseudonym."""
    everyone = pd.concat([raw.roster, raw.strangers], ignore_index=True)
    removed = raw.reviewed.loc[raw.reviewed["decision"] == "remove", "expression"]
    return Pseudonymiser(everyone, key=key, participants=raw.participants, removed=removed)


def members(raw: Raw, people: Pseudonymiser, *, tz: str) -> pd.DataFrame:
    """Roster, senders on no roster and other participants (tables.Members), also who withholds consent. tz: the zone in
    which dates of joining are days. Raises InputError on an invalid date, and where two people get one pseudonym."""
    everyone = pd.concat([raw.roster, raw.strangers, raw.participants], ignore_index=True)
    joined = _beginning(everyone["joined"].fillna(""), tz)
    table = pd.DataFrame({
        "member": pd.Series([people.pseudonym(name) for name in everyone["name"]], dtype="str"),
        "sector": everyone["sector"].where(everyone["sector"] != ""),
        "role": everyone["role"].where(everyone["role"] != ""), "joined": joined,
        "consent": everyone["consent"].fillna(UNSTATED),
    })  # fmt: skip
    return tables.conform(table, tables.Members)


def _beginning(written: pd.Series, tz: str) -> pd.Series:
    """ISO dates as the instant the day begins in the zone tz, in UTC; missing where empty."""
    return dates(written).dt.tz_localize(tz, ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")


def one_member(people: Pseudonymiser, name: str, path: str, line: int) -> str:
    """The pseudonym of the one person of that name. Raises InputError with the place when there are several or none."""
    owners = people.owners(name)
    if len(owners) != 1:
        how_many = "nobody goes" if not owners else f"{len(owners)} members go"
        raise InputError(f"{how_many} by the name {name}", path=path, line=line,
                         fix="Enter the name into members.csv, as name or alias of one member.")  # fmt: skip
    return next(iter(owners))


def exports(raw: Raw, people: Pseudonymiser) -> Exports:
    """Every export with pseudonyms for its senders, and with its channels and its file named without names. Raises
    InputError, with file and line, on a sender's name that several people go by."""
    scrubber = Scrubber(people)
    return Exports([_export(chat, scrubber) for chat in raw.chats], scrubber.marks)


def _export(chat: pd.DataFrame, scrubber: Scrubber) -> pd.DataFrame:
    report, people = chat.attrs["report"], scrubber.people
    senders = chat.dropna(subset="sender").drop_duplicates("sender")
    member: dict[str, str] = {}
    errors: list[InputError] = []
    for sender, line in zip(senders["sender"], senders["line"], strict=True):
        with noting(errors):
            member[sender] = one_member(people, sender, report["source"], line)
    refuse(errors)
    channels = {old: slug(file_name(people, name, "chat")) for old, name in report["channels"].items()}
    return chat.assign(
        message_id=_renamed(chat["message_id"], chat["channel"], channels),
        reply_to=_renamed(chat["reply_to"], chat["channel"], channels),
        channel=chat["channel"].map(channels),
        time=chat["time"].dt.tz_convert("UTC"),
        text=_texts(chat, report, scrubber),
        member=chat["sender"].map(member),
        source=file_name(people, str(report["source"]), "chat"),
        own_id=report["format"] in OWN_IDS,
    )


def _renamed(ids: pd.Series, channels: pd.Series, public: Mapping[str, str]) -> list[str | None]:
    """Message ids, which begin with their channel, with the channel's public name."""
    return [number if pd.isna(number) else public[channel] + number[len(channel) :]
            for number, channel in zip(ids, channels.tolist(), strict=True)]  # fmt: skip


def _texts(chat: pd.DataFrame, report: Mapping, scrubber: Scrubber) -> pd.Series:
    """The texts as they are, but for those that name people who never write: events, contact cards, and what was
    forwarded from somebody who withholds consent."""
    people, source = scrubber.people, file_name(scrubber.people, report["source"], "chat")
    events, cards = chat["kind"] == "system", chat["kind"] == "contact"
    shown = [_event(text, report, source, scrubber) for text in chat.loc[events, "text"]]
    named = [scrubber.without_unlisted(text, words.named_on(text), source) for text in chat.loc[cards, "text"]]
    texts = chat["text"].copy()
    texts[events], texts[cards] = shown, named
    authors = chat["message_id"].map(report.get("forwarded", {})).dropna()
    return texts.mask(texts.index.isin(authors.index[authors.map(people.stand_in) == "[WITHHELD]"]), "[WITHHELD]")


def _event(event: str, report: Mapping, source: str, scrubber: Scrubber) -> str:
    """The messenger's own text, with a mark for each person on no list; other names are left to the scrubbing."""
    if report["format"] == "irc":
        return irc.concealed(event, scrubber.people.stand_in)
    parts = [] if "named" in report else words.named_in(event)
    people = (name for part in parts for name in ([part] if scrubber.people.owners(part) else words.one_by_one(part)))
    return scrubber.without_unlisted(event, report.get("named", people), source)


def utterances(raw: Raw, people: Pseudonymiser) -> pd.DataFrame:
    """The turns of all interviews: columns of tables.Utterances, and interviewed (the pseudonyms of everyone who goes
    by the participant's name in the metadata). Raises InputError where several people go by a participant's name."""
    interviews = [tables.empty(tables.Utterances).assign(interviewed=pd.Series(dtype=object))]
    for transcript in raw.transcripts:
        source = file_name(people, transcript["source"].iloc[0], "interview")
        as_read, public, stated = transcript["transcript"].iloc[0], slug(source), stated_participant(transcript)
        member = {label: people.pseudonym(name) for (where, label), name in raw.speakers.items() if where == as_read}
        interview = transcript.assign(
            utterance_id=[f"{public}-{turn:03d}" for turn in transcript["turn"]],
            transcript=public,
            member=transcript["speaker"].map(member).where(transcript["role"] == "participant"),
            source=source,
            interviewed=[people.owners(stated) if stated else frozenset()] * len(transcript),
        )
        interviews.append(interview[[*tables.Utterances.columns, "interviewed"]])
    return pd.concat(interviews, ignore_index=True)


def annotated_replies(raw: Raw, people: Pseudonymiser) -> pd.DataFrame:
    """The links as Raw has them, their annotators without names of people: a member by pseudonym, others as numbered
    says."""
    names = raw.annotations["annotator"]
    public = {name: public_name(people, name) for name in names.unique()} | numbered(names, "annotator", people)
    return raw.annotations.assign(annotator=names.map(public).astype("str"))


def codings(raw: Raw, people: Pseudonymiser) -> pd.DataFrame:
    """The codings as Raw has them, but for coders whom numbered calls otherwise, in memos too. The names of members are
    left to the scrubbing."""
    rows = raw.codings
    names = numbered(rows.loc[rows["coder"] != CONSENSUS, "coder"], "coder", people)
    if not names:
        return rows
    longest_first = sorted(names, key=len, reverse=True)
    written = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    memo = rows["memo"].map(lambda text: written.sub(lambda name: names[name[0]], text), na_action="ignore")
    return rows.assign(coder=rows["coder"].replace(names), memo=memo.astype(rows["memo"].dtype))


def numbered(names: Iterable[str], what: str, people: Pseudonymiser) -> dict[str, str]:
    """What tables call those who coded or annotated and are no members: `coder 1`, by the order of their names. Empty
    where none of their names leads to a person: then each is called as their file calls them.

    So two people are never taken for one, and either all of them are named or none. what: coder or annotator.
    """
    public = {name: public_name(people, name) for name in sorted(set(names))}
    others = [name for name, shown in public.items() if shown == name or "[" in shown]
    hidden = any("[" in public[name] for name in others)
    return {name: f"{what} {number}" for number, name in enumerate(others, 1)} if hidden else {}


def partnerships(raw: Raw, people: Pseudonymiser, *, tz: str) -> pd.DataFrame:
    """Declared partnerships (tables.Partnerships). Raises InputError, with the line, on all names that are not one
    member's of the community, and on two names of one member."""
    rows = raw.partnerships
    if rows.empty:
        return tables.empty(tables.Partnerships)
    pairs: list[list[str]] = []
    errors: list[InputError] = []
    for a, b, line in zip(rows["member_a"], rows["member_b"], rows["row"], strict=True):
        pairs.append(pair := [])
        for name in (a, b):
            with noting(errors):
                pair.append(_partner(people, name, line))
        if len({*pair}) < len(pair):
            fix = "Name two members; two names of one person are no partnership."
            errors.append(InputError("both names are of one member", path="partnerships.csv", line=line, fix=fix))
    refuse(errors)
    since, kind = _beginning(rows["since"], tz), rows["kind"].where(rows["kind"] != "")
    table = pd.DataFrame(pairs, columns=["member_a", "member_b"]).assign(since=since, kind=kind)
    return tables.conform(table, tables.Partnerships)


def _partner(people: Pseudonymiser, name: str, line: int) -> str:
    """The pseudonym of the one member of the community of that name."""
    who = one_member(people, name, "partnerships.csv", line)
    if who.startswith("P"):  # as tables.community
        raise InputError(f"{name} was only interviewed and is not a member", path="partnerships.csv", line=line,
                         fix="Give them a row in members.csv, or leave this row out.")  # fmt: skip
    return who
