"""A study's raw folder as the step's tables: pseudonymised, scrubbed, without what consent withholds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis import tables, wording
from analysis.codebook import Codebook
from analysis.errors import InputError
from analysis.ingest import frame, irc, overlap, words
from analysis.ingest.files import slug
from analysis.ingest.gather import Raw, dates, gather, stated_participant
from analysis.ingest.sheets import UNSTATED, WORDS
from analysis.privacy import CLASSES, Pseudonymiser

REPORTS = {
    "source": "str", "part": "str", "format": "str", "bytes": "int64", "lines": "int64", "headers": "int64",
    "continuation": "int64", "undecodable": "int64", "skipped": "int64", "rows": "int64", "shared": "int64",
    "pasted": "int64",
    "first": "datetime64[ns, UTC]", "last": "datetime64[ns, UTC]", "note": "str",
}  # fmt: skip


OWN_IDS = ("telegram", "discord", "slack")  # formats whose message ids are the messenger's own


@dataclass(frozen=True)
class Corpus:
    """The step's tables (schemas in analysis.tables) and what was done to make them.

    reports: one row a file, its lines by class; marks: file, class, count; withheld: how much consent took out;
    problems: sentences for the page; strangers: how many chat senders are on no roster.
    """

    messages: pd.DataFrame
    utterances: pd.DataFrame
    members: pd.DataFrame
    partnerships: pd.DataFrame
    codings: pd.DataFrame
    codebook: pd.DataFrame
    sample: pd.DataFrame
    reports: pd.DataFrame
    marks: pd.DataFrame
    withheld: dict[str, int]
    problems: tuple[str, ...]
    strangers: int

    @property
    def shared(self) -> int:
        """Messages that stood in more than one export, counted once for each time they did again."""
        return int(self.reports["shared"].sum())


def read_corpus(raw: Path, *, tz: str, date_order: str | None, key: bytes) -> Corpus:
    """The folder raw as tables, pseudonyms made with key. Raises InputError as gather and conceal do."""
    return conceal(gather(raw, tz=tz, date_order=date_order), key=key, tz=tz)


def conceal(raw: Raw, *, key: bytes, tz: str) -> Corpus:
    """Tables that may leave the step. Raises InputError on a collision, or a name that several members go by."""
    everyone = pd.concat([raw.roster, raw.strangers], ignore_index=True)
    people = Pseudonymiser(everyone, key=key, participants=raw.participants)
    log = _Log(people)
    members = _members(raw, people, tz)
    withheld = set(members.loc[members["consent"] == "none", "member"])
    messages, shared = _messages(raw, people, log)
    utterances = _utterances(raw, people, log)
    partnerships = tables.conform(_partnerships(raw, people, tz), tables.Partnerships)
    codings = raw.codings
    kept_messages = messages[~messages["member"].isin(withheld)]
    kept_utterances = utterances[~utterances["transcript"].isin(_withheld_interviews(raw, utterances, log, withheld))]
    kept_partnerships = partnerships[~partnerships[["member_a", "member_b"]].isin(withheld).any(axis=1)]
    units = {*kept_messages["message_id"], *kept_utterances["utterance_id"]}
    gone = {*messages["message_id"], *utterances["utterance_id"]} - units
    kept_codings = codings[~codings["unit_id"].isin(gone)]
    return Corpus(
        messages=_without_dangling(log.table_of(kept_messages, tables.Messages)),
        utterances=log.table_of(kept_utterances, tables.Utterances),
        members=members[members["consent"] != "none"].sort_values("member", ignore_index=True),
        partnerships=kept_partnerships.reset_index(drop=True),
        codings=tables.conform(_codings(kept_codings, log), tables.Codings),
        codebook=_codebook(raw.book, log),
        sample=raw.sample,
        reports=_reports(raw, log, shared),
        marks=log.table(),
        withheld={
            "members": len(withheld),
            "messages": len(messages) - len(kept_messages),
            "utterances": len(utterances) - len(kept_utterances),
            "partnerships": len(partnerships) - len(kept_partnerships),
            "codings": len(codings) - len(kept_codings),
            "mentions": log.total("WITHHELD"),
        },
        problems=_problems(raw, log, kept_codings[~kept_codings["unit_id"].isin(units)], _silent(members, messages)),
        strangers=len(raw.strangers),
    )


class _Log:
    """Scrubs texts and counts what was taken out, by file and class."""

    def __init__(self, people: Pseudonymiser) -> None:
        self.people = people
        self.counts: Counter[tuple[str, str]] = Counter()

    def text(self, text: str, source: str) -> str:
        """A text of a file without what identifies people."""
        clean, marks = self.people.scrub(text)
        for kind, count in marks:
            self.counts[source, kind] += count
        return clean

    def unlisted(self, names: Iterable[str]) -> list[str]:
        """The names of people on no list, the longest first."""
        return sorted({name for name in names if not self.people.owners(name)}, key=len, reverse=True)

    def without_strangers(self, event: str, unlisted: Iterable[str], source: str) -> str:
        """An event with a mark in place of each of these names of people on no list."""
        for name in unlisted:
            if name in event:
                event, times = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", "[NAME]", event)
                self.counts[source, "NAME"] += times
        return event

    def column(self, rows: pd.DataFrame, name: str) -> list[str]:
        """A column of texts without what identifies people, counted under the rows' sources."""
        return [self.text(text, source) for text, source in zip(rows[name], rows["source"], strict=True)]

    def table_of(self, rows: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
        """Rows with their text scrubbed, in the schema's columns, without what a reader noted on them: Parquet would
        carry names out with it."""
        table = rows.assign(text=[without_pasted(text) for text in self.column(rows, "text")])[list(schema.columns)]
        table.attrs = {}
        return tables.conform(table, schema)

    def file(self, name: str) -> str:
        """A file's name without names of people."""
        spaced = self.people.scrub(name.replace("_", " ").replace("-", " "))
        return spaced[0] if spaced[1] else self.people.scrub(name)[0]

    def total(self, kind: str) -> int:
        """Marks of a class in all files."""
        return sum(n for (_, k), n in self.counts.items() if k == kind)

    def table(self) -> pd.DataFrame:
        """Marks by source and class: source, class, count."""
        rows = sorted(self.counts.items(), key=lambda item: (item[0][0], CLASSES.index(item[0][1])))
        return pd.DataFrame(
            {
                "source": pd.Series([source for (source, _), _ in rows], dtype="str"),
                "class": pd.Series([kind for (_, kind), _ in rows], dtype="str"),
                "count": pd.Series([n for _, n in rows], dtype="int64"),
            }
        )


_PASTED = re.compile(
    r"^(?P<head>\W{0,4}\d{1,4}[./:-]\d{1,2}[^\n]{0,40}?\[WITHHELD\]:)[^\n]*(?:\n(?!\W{0,4}\d{1,4}[./:-]\d)[^\n]*)*",
    re.MULTILINE,
)


def without_pasted(text: str) -> str:
    """A scrubbed text without what somebody who withholds consent said, where it was copied in with its header: up to
    the next line that has a date."""
    return _PASTED.sub(r"\g<head> [WITHHELD]", text) if "[WITHHELD]:" in text else text


def _messages(raw: Raw, people: Pseudonymiser, log: _Log) -> tuple[pd.DataFrame, list[int]]:
    """All messages, texts as they are, overlapping exports merged; and how many of each export were in another."""
    exports = [_with_members(chat, people, log) for chat in raw.chats]
    shared = [0] * len(exports)
    whole = []
    for group in _same_chat(exports):
        merged, twice = overlap.union([exports[i] for i in group])
        for i, n in zip(group, twice, strict=True):
            shared[i] = n
        if len(group) > 1 and not merged["own_id"].all():
            stamps = frame.nanoseconds(merged["time"])
            merged["message_id"] = frame.minute_ids(merged["channel"].iloc[0], stamps).to_pylist()
        whole.append(merged)
    return pd.concat(whole, ignore_index=True), shared


def _with_members(chat: pd.DataFrame, people: Pseudonymiser, log: _Log) -> pd.DataFrame:
    """A chat with pseudonyms for its senders, its channels and its file named without names; the texts as they are, but
    for what the messenger writes, which names people who never write."""
    channels = {old: slug(log.file(name)) for old, name in chat.attrs["report"]["channels"].items()}
    senders = chat.dropna(subset="sender").drop_duplicates("sender")
    place = chat.attrs["report"]["source"]
    who = {
        sender: _one(people, sender, place, line)
        for sender, line in zip(senders["sender"], senders["line"], strict=True)
    }
    report = chat.attrs["report"]
    events, cards = (chat["kind"] == kind for kind in ("system", "contact"))
    text = chat["text"].mask(events, _events(chat.loc[events, "text"], report, log))
    text = text.mask(cards, _shown_cards(chat.loc[cards, "text"], report["source"], log))
    authors = chat["message_id"].map(report.get("forwarded", {})).dropna()
    withheld = authors.index[authors.map(people.stand_in) == "[WITHHELD]"]
    text = text.mask(text.index.isin(withheld), "[WITHHELD]")
    old = chat["channel"].tolist()
    rename = {name: (len(name), new) for name, new in channels.items()}
    return chat.assign(
        message_id=[rename[c][1] + i[rename[c][0] :] for c, i in zip(old, chat["message_id"], strict=True)],
        reply_to=[
            i if pd.isna(i) else rename[c][1] + i[rename[c][0] :] for c, i in zip(old, chat["reply_to"], strict=True)
        ],
        channel=[channels[c] for c in old],
        time=chat["time"].dt.tz_convert("UTC"),
        text=text,
        member=chat["sender"].map(who),
        source=log.file(str(chat.attrs["report"]["source"])),
        own_id=chat.attrs["report"]["format"] in OWN_IDS,
    )


def _events(events: pd.Series, report: Mapping, log: _Log) -> pd.Series:
    """What the messenger wrote, with a mark for each person on no list; the others are left to the scrubbing."""
    if report["format"] == "irc":
        return events.map(lambda event: irc.concealed(event, log.people.stand_in))
    source = log.file(report["source"])
    if "named" in report:
        strangers = log.unlisted(report["named"])
        return events.map(lambda event: log.without_strangers(event, strangers, source))
    return events.map(lambda event: log.without_strangers(event, log.unlisted(_one_by_one(event, log)), source))


def _one_by_one(event: str, log: _Log) -> Iterator[str]:
    for part in words.named_in(event):
        yield from [part] if log.people.owners(part) else words.one_by_one(part)


def _shown_cards(cards: pd.Series, source: str, log: _Log) -> pd.Series:
    return cards.map(lambda card: log.without_strangers(card, log.unlisted(words.named_on(card)), log.file(source)))


def _one(people: Pseudonymiser, name: str, path: str, line: int) -> str:
    """The pseudonym of the one person of that name. Raises InputError with the place when there are several or none."""
    owners = people.owners(name)
    if len(owners) != 1:
        how_many = "nobody goes" if not owners else f"{len(owners)} members go"
        raise InputError(f"{how_many} by the name {name}", path=path, line=line,
                         fix="Enter the name into members.csv, as name or alias of one member.")  # fmt: skip
    return next(iter(owners))


def _same_chat(exports: list[pd.DataFrame]) -> list[list[int]]:
    """Places of exports of one chat: of those that are one channel each, the ones with the same channel."""
    groups: dict[object, list[int]] = {}
    for i, export in enumerate(exports):
        channels = export["channel"].unique().tolist()
        groups.setdefault(channels[0] if len(channels) == 1 else i, []).append(i)
    return list(groups.values())


def _without_dangling(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages whose explicit reply, if it answers a message that is not there, is left out."""
    there = messages["reply_to"].isin(messages["message_id"])
    return messages.assign(reply_to=messages["reply_to"].where(there))


def _utterances(raw: Raw, people: Pseudonymiser, log: _Log) -> pd.DataFrame:
    done = [tables.empty(tables.Utterances)]
    for transcript in raw.transcripts:
        source = log.file(transcript["source"].iloc[0])
        old, new = transcript["transcript"].iloc[0], slug(source)
        who = {label: people.pseudonym(name) for (there, label), name in raw.speakers.items() if there == old}
        member = transcript["speaker"].map(who).where(transcript["role"] == "participant")
        done.append(
            transcript.assign(
                utterance_id=[f"{new}-{turn:03d}" for turn in transcript["turn"]],
                transcript=new,
                member=member,
                source=source,
            )[list(tables.Utterances.columns)]
        )
    return pd.concat(done, ignore_index=True)


def _withheld_interviews(raw: Raw, utterances: pd.DataFrame, log: _Log, withheld: set[str]) -> set[str]:
    """Transcripts of people who withhold consent, by their turns or by the metadata (their words may stand under a
    label that was not understood): they go as a whole, the questions too."""
    stated = {slug(log.file(each["source"].iloc[0])): stated_participant(each) for each in raw.transcripts}
    found = {name for name, who in stated.items() if who and log.people.owners(who) & withheld}
    return found | set(utterances.loc[utterances["member"].isin(withheld), "transcript"])


def _members(raw: Raw, people: Pseudonymiser, tz: str) -> pd.DataFrame:
    """Roster, strangers of the chats and other participants, each with a pseudonym."""
    missing = pd.Series(dtype="str")
    others = pd.concat([raw.strangers["name"], raw.participants["name"]], ignore_index=True)
    roster = pd.DataFrame(
        {
            "member": [people.pseudonym(name) for name in raw.roster["name"]],
            "sector": raw.roster["sector"].where(raw.roster["sector"] != ""),
            "role": raw.roster["role"].where(raw.roster["role"] != ""),
            "joined": dates(raw.roster["joined"], raw.roster["row"], tz, "members.csv"),
            "consent": raw.roster["consent"],
        }
    )
    added = pd.DataFrame(
        {
            "member": [people.pseudonym(name) for name in others],
            "sector": missing,
            "role": missing,
            "joined": pd.Series(dtype=roster["joined"].dtype),
            "consent": UNSTATED,
        },
        index=range(len(others)),
    )
    return tables.conform(pd.concat([roster, added], ignore_index=True), tables.Members)


def _partnerships(raw: Raw, people: Pseudonymiser, tz: str) -> pd.DataFrame:
    if raw.partnerships.empty:
        return tables.empty(tables.Partnerships)
    members = {
        side: [
            _one(people, name, "partnerships.csv", line)
            for name, line in zip(raw.partnerships[side], raw.partnerships["row"], strict=True)
        ]
        for side in ("member_a", "member_b")
    }
    for a, b, line in zip(*members.values(), raw.partnerships["row"], strict=True):
        if a == b:
            fix = "Name two members; two names of one person are no partnership."
            raise InputError("both names are of one member", path="partnerships.csv", line=line, fix=fix)
    return pd.DataFrame(
        members
        | {
            "since": dates(raw.partnerships["since"], raw.partnerships["row"], tz, "partnerships.csv"),
            "kind": raw.partnerships["kind"].where(raw.partnerships["kind"] != ""),
        }
    )


def _codings(codings: pd.DataFrame, log: _Log) -> pd.DataFrame:
    """Codings as written, names in them scrubbed."""
    rows = codings.assign(source=[log.file(name) for name in codings["source"]])
    for name in ("coder", *WORDS):
        written = rows[rows[name].notna()]
        rows[name] = pd.Series(log.column(written, name), index=written.index, dtype="str").reindex(rows.index)
    return rows[list(tables.Codings.columns)]


def _codebook(book: Codebook | None, log: _Log) -> pd.DataFrame:
    """The codebook as a table, names in its texts and in its interviews' files scrubbed; empty where there is none."""
    if book is None:
        return tables.empty(tables.Codebook)
    rows = book.table().assign(source="codebook.yaml")
    texts = {name: log.column(rows, name) for name in ("definition", "include", "exclude", "example")}
    texts["introduced"] = [name and slug(log.file(name)) for name in rows["introduced"]]
    return tables.conform(rows.assign(**texts).drop(columns="source"), tables.Codebook)


def _reports(raw: Raw, log: _Log, shared: list[int]) -> pd.DataFrame:
    rows = [_report(chat, "chats", log) | {"shared": n} for chat, n in zip(raw.chats, shared, strict=True)]
    rows += [_report(transcript, "transcripts", log) for transcript in raw.transcripts]
    for left in raw.unread:
        rows.append(
            {
                "source": log.file(left.source),
                "part": "not read",
                "bytes": left.size,
                "note": f"not read, because: {log.people.scrub(left.why)[0]}",
            }
        )
    reports = pd.DataFrame(rows, columns=list(REPORTS))
    whole = [name for name, kind in REPORTS.items() if kind == "int64"]
    reports[whole] = reports[whole].fillna(0)
    return reports.astype(REPORTS)


def _report(table: pd.DataFrame, part: str, log: _Log) -> dict[str, object]:
    report: Mapping[str, object] = table.attrs["report"]
    times = table["time"].dt.tz_convert("UTC") if "time" in table else pd.Series(dtype="datetime64[ns, UTC]")
    return {name: report[name] for name in REPORTS if name in report} | {
        "source": log.file(str(report["source"])),
        "part": part,
        "rows": len(table),
        "pasted": report.get("pasted_headers", 0),
        "first": times.min(),
        "last": times.max(),
        "note": "; ".join(report["warnings"]),  # type: ignore[arg-type]
    }


def _silent(members: pd.DataFrame, messages: pd.DataFrame) -> int:
    """How many members wrote no message; participants of interviews who are no members are not counted."""
    return len(set(members.loc[members["member"].str.startswith("M"), "member"]) - set(messages["member"].dropna()))


def _problems(raw: Raw, log: _Log, orphans: pd.DataFrame, silent: int) -> tuple[str, ...]:
    """What a reader of the page should know of the input, in sentences. silent: members who wrote nothing."""
    found = []
    if len(raw.roster) and len(raw.strangers):
        found.append(
            f"{len(raw.strangers)} chat senders are on no roster; "
            f"they count as members without stated consent (in sums only)."
        )
        if silent:
            found.append(
                f"{wording.count(silent, 'member')} of the roster wrote nothing. Whoever of them is one of these "
                "senders under another name counts twice in all that follows, once as silent, until that name is an "
                "alias in members.csv; guyub check tells who may be who."
            )
    if not len(raw.roster):
        found.append(
            "There is no members.csv: nobody's consent, sector or role is known, everyone is counted in sums only."
        )
    if len(orphans):
        found.append(
            f"{len(orphans)} codings refer to units that are not there: {', '.join(orphans['unit_id'].unique()[:3])}."
        )
    own = [log.file(chat.attrs["report"]["source"]) for chat in raw.chats if chat["sender"].isin(words.SELVES).any()]
    if own and raw.strangers["name"].isin(words.SELVES).any():
        found.append(
            f"The phone that exported {', '.join(own)} signs its owner's messages with {' or '.join(words.SELVES)}: "
            "enter that as an alias of the owner in members.csv."
        )
    for chat in raw.chats:
        found += [
            f"{log.file(chat.attrs['report']['source'])}: {warning}" for warning in chat.attrs["report"]["warnings"]
        ]
    return tuple(found)
