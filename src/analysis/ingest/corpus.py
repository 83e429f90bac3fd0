"""A study's raw folder as the step's tables: pseudonymised, scrubbed, without what consent withholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import tables, wording
from analysis.ingest import identities, overlap, words
from analysis.ingest.annotations import by_annotator
from analysis.ingest.consent import Consented, consent_counts, consented
from analysis.ingest.gather import Raw, gather
from analysis.ingest.scrubbing import Scrubbed, file_name, marks_table, scrubbed
from analysis.ingest.sheets import APPROVALS
from analysis.privacy import Pseudonymiser

REPORTS = {
    "source": "str", "part": "str", "format": "str", "bytes": "int64", "lines": "int64", "headers": "int64",
    "continuation": "int64", "undecodable": "int64", "skipped": "int64", "rows": "int64", "shared": "int64",
    "pasted": "int64", "first": "datetime64[ns, UTC]", "last": "datetime64[ns, UTC]", "note": "str",
}  # fmt: skip

KINDS = {"chats": "chat", "transcripts": "interview"}  # kinds of files by folder of data/raw


@dataclass(frozen=True)
class Corpus:
    """The step's tables (schemas in analysis.tables) and what was done to make them.

    members: those who withhold consent are left out. reports: one row per file, lines by class; marks: source, class,
    count; consent: members by answer (consent_counts); withheld: how much was left out for lack of it; annotators:
    counts of each one's sheets (annotations.by_annotator); problems: sentences for the page; strangers: how many chat
    senders are on no roster; approvals: decisions on turns that may be quoted.
    """

    messages: pd.DataFrame
    utterances: pd.DataFrame
    members: pd.DataFrame
    partnerships: pd.DataFrame
    codings: pd.DataFrame
    codebook: pd.DataFrame
    sample: pd.DataFrame
    annotations: pd.DataFrame
    annotators: pd.DataFrame
    reports: pd.DataFrame
    marks: pd.DataFrame
    consent: pd.DataFrame
    withheld: dict[str, int]
    problems: tuple[str, ...]
    strangers: int
    approvals: pd.DataFrame


def read_corpus(folder: Path, *, tz: str, date_order: str | None, key: bytes) -> Corpus:
    """The tables of a raw folder, with pseudonyms made from key. Raises InputError as gather and assess do."""
    return assess(gather(folder, tz=tz, date_order=date_order), key=key, tz=tz)


def assess(raw: Raw, *, key: bytes, tz: str) -> Corpus:
    """The tables that may leave the step. Raises InputError on a collision, a name that several members go by, and
    annotations that are of another study or contradict each other."""
    people = identities.pseudonymiser(raw, key)
    members = identities.members(raw, people, tz=tz)
    exports = identities.exports(raw, people)
    messages, shared = overlap.joined(exports.tables)
    utterances = identities.utterances(raw, people)
    partnerships = identities.partnerships(raw, people, tz=tz)
    annotations = identities.annotated_replies(raw, people)
    codings = identities.codings(raw, people)
    kept = consented(members, messages, utterances, partnerships, codings, annotations)
    return as_tables(raw, people, members, exports, shared, kept, scrubbed(kept, raw.book, people))


def as_tables(
    raw: Raw, people: Pseudonymiser, members: pd.DataFrame, exports: identities.Exports, shared: list[int],
    kept: Consented, texts: Scrubbed,
) -> Corpus:  # fmt: skip
    """The step's tables, with the report on every file."""
    marks = exports.marks + texts.marks
    writers = {member for table in exports.tables for member in table["member"].dropna()}
    annotators = by_annotator(identities.annotated_replies(raw, people), texts.annotations)
    silent = set(tables.community(members)["member"]) - writers
    mentions = sum(count for (_, kind), count in marks.items() if kind == "WITHHELD")
    return Corpus(
        messages=texts.messages, utterances=texts.utterances,
        members=members[members["consent"] != "none"].sort_values("member", ignore_index=True),
        partnerships=kept.partnerships.reset_index(drop=True), codings=texts.codings, codebook=texts.codebook,
        sample=raw.sample, annotations=texts.annotations, annotators=annotators,
        reports=_reports(raw, people, shared), marks=marks_table(marks),
        consent=consent_counts(members), withheld=kept.withheld | {"mentions": mentions},
        problems=_problems(raw, people, kept, len(silent)), strangers=len(raw.strangers),
        approvals=raw.approvals.loc[raw.approvals["unit_id"].isin(kept.utterances["utterance_id"]), [*APPROVALS[:3]]],
    )  # fmt: skip


def _reports(raw: Raw, people: Pseudonymiser, shared: list[int]) -> pd.DataFrame:
    """One row per file: its lines by class. shared: messages of each chat that an earlier export also has."""
    rows = [_report(chat, "chats", people) | {"shared": n} for chat, n in zip(raw.chats, shared, strict=True)]
    rows += [_report(transcript, "transcripts", people) for transcript in raw.transcripts]
    rows += [
        {"source": file_name(people, file.source, "file"), "part": "not read", "bytes": file.size,
         "note": f"not read, because: {people.scrub(file.why, talk=False)[0]}"}
        for file in raw.unread
    ]  # fmt: skip
    reports = pd.DataFrame(rows, columns=list(REPORTS))
    counts = [name for name, kind in REPORTS.items() if kind == "int64"]
    reports[counts] = reports[counts].fillna(0)
    times = {name: pd.to_datetime(reports[name], utc=True) for name in ("first", "last")}  # interviews have none
    reports = reports.assign(**times)
    return reports.astype(REPORTS)


def _report(table: pd.DataFrame, part: str, people: Pseudonymiser) -> dict[str, object]:
    report: Mapping[str, object] = table.attrs["report"]
    times = table["time"].dt.tz_convert("UTC") if "time" in table else pd.Series(dtype="datetime64[ns, UTC]")
    return {name: report[name] for name in REPORTS if name in report} | {
        "source": file_name(people, str(report["source"]), KINDS[part]), "part": part, "rows": len(table),
        "pasted": report.get("pasted_headers", 0), "first": times.min(), "last": times.max(),
        "note": "; ".join(report["warnings"]),  # type: ignore[arg-type]
    }  # fmt: skip


def _problems(raw: Raw, people: Pseudonymiser, kept: Consented, silent: int) -> tuple[str, ...]:
    """Sentences on what a reader of the page should know about the input. silent: members who wrote nothing."""
    problems = []
    if len(raw.roster) and len(raw.strangers):
        are, members = ("is", "counts as a member") if len(raw.strangers) == 1 else ("are", "count as members")
        problems.append(f"{wording.count(len(raw.strangers), 'chat sender')} {are} on no roster, and {members} without "
                        "stated consent (in sums only).")  # fmt: skip
        if silent:
            problems.append(
                f"{wording.count(silent, 'member')} of the roster wrote nothing. A member who is one of these senders "
                "under another name counts twice in all that follows, once as silent, until that name is an alias in "
                "members.csv; guyub check reports who may be who."
            )
    if not len(raw.roster):
        problems.append("There is no members.csv: nobody's consent, sector or role is known, "
                        "everyone is counted in sums only.")  # fmt: skip
    if len(kept.orphans):
        units = ", ".join(kept.orphans["unit_id"].unique()[:3])
        problems.append(f"{len(kept.orphans)} codings refer to units that do not exist: {units}.")
    if len(kept.unmatched):
        annotations = wording.count(len(kept.unmatched), "annotation")
        problems.append(f"{annotations} of messages that do not exist, or answers to such, are left out.")
    sources = [file_name(people, chat.attrs["report"]["source"], "chat") for chat in raw.chats]
    own = [name for name, chat in zip(sources, raw.chats, strict=True) if chat["sender"].isin(words.SELVES).any()]
    if own and raw.strangers["name"].isin(words.SELVES).any():
        problems.append(
            f"The phone that exported {', '.join(own)} signs its owner's messages with {' or '.join(words.SELVES)}: "
            "enter that as an alias of the owner in members.csv."
        )
    for name, chat in zip(sources, raw.chats, strict=True):
        problems += [f"{name}: {warning}" for warning in chat.attrs["report"]["warnings"]]
    return tuple(problems)
