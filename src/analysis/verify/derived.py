"""Check that the tables of the step `ingest` follow from the raw files, which the step's own readers read again here.

No text is scrubbed, and no secret is needed. Pseudonyms are made with a stand-in for the study's key, and must match
the study's one to one. Where all data are simulated the key is public, and they must be equal. A text must be complete
except for what was replaced by a mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from analysis import study, tables
from analysis.errors import InputError
from analysis.identifiers.folded import plain
from analysis.ingest import corpus, identities, overlap
from analysis.ingest.annotations import annotations_table
from analysis.ingest.consent import Consented, consented
from analysis.ingest.files import slug
from analysis.ingest.gather import Raw, gather
from analysis.ingest.manifest import titles
from analysis.ingest.scrubbing import Scrubbed
from analysis.ingest.step import metrics_of
from analysis.ingest.titles import titles_by_channel
from analysis.privacy import CLASSES, Pseudonymiser
from analysis.verify.damage import BROKEN
from analysis.verify.subject import Finding, Subject

MANIFEST, METRICS = "data/raw/MANIFEST.csv", "metrics/ingest.json"
FICTION = {"licence": "CC-BY-4.0", "consent_basis": "none needed: fiction", "simulated": "yes"}  # of simulated files
OF_MEMBERS = ("chats/", "transcripts/", "partnerships.csv")  # raw files about members; codings are by others
GENERATED = "simulated by guyub"  # how the source of a simulated file begins
STAND_INS = 40  # most keys tried until no two names of a study get the same pseudonym
LOOKED_AT = 50  # messages by which a chat that is named after a person is matched
READ_AGAIN = "Bring the raw file back; or, if the change is meant, run the study again: dvc repro"
AS_SIMULATED = "Write it as the simulation did, or say in `source` where the file is from."
UNREADABLE = "Run guyub check, which says what is wrong with the raw files."

Row = tuple[Hashable, ...]


@dataclass(frozen=True)
class Derived:
    """What the raw files give. exact: whether pseudonyms are the study's own, not stand-ins; kept: raw units, without
    those withheld for lack of consent; whole: all else that the step writes; book: the codebook as it came."""

    exact: bool
    kept: Consented
    whole: corpus.Corpus
    annotations: pd.DataFrame
    book: pd.DataFrame
    people: Pseudonymiser


def tables_are_of_the_raw_files(subject: Subject) -> Iterator[Finding]:
    """The tables and metrics of ingest are those that the raw files give, and MANIFEST.csv agrees with both."""
    yield from _simulated_rows(subject)
    if not (subject.root / METRICS).is_file() or not _raw_files_are_here(subject):
        return
    try:
        raw = _read(subject)
        yield from _stated(subject, raw)
        yield from _differing(subject, _expected(subject, raw))
    except (InputError, *BROKEN) as error:
        if subject.damaged or subject.paths.simulated:
            raise
        # a reader's error message on real data may name a person
        what = f"the raw files cannot be read as the step reads them ({type(error).__name__})"
        yield Finding("data/raw", what, UNREADABLE)


def _raw_files_are_here(subject: Subject) -> bool:
    """Whether any raw file exists; a copy of a study of real people may have none."""
    return any((subject.paths.raw / str(row.get("path"))).is_file() for row in subject.manifest)


def _read(subject: Subject) -> Raw:
    params = _params(subject)
    return gather(subject.paths.raw, tz=params["tz"], date_order=params["date_order"])


def _params(subject: Subject) -> dict[str, Any]:
    """The step's parameters: tz, date_order, demo_key."""
    return study.step_params(subject.paths, "ingest")


# What MANIFEST.csv says


def _simulated_rows(subject: Subject) -> Iterator[Finding]:
    """Rows of MANIFEST.csv for simulated files that contradict the simulation, and for real ones called simulated."""
    sources = {row.get("source") for row in subject.manifest if _generated(row)}
    invented = any(_generated(row) and row.get("path") == "members.csv" for row in subject.manifest)
    for number, row in enumerate(subject.manifest, 2):
        place = f"{MANIFEST}, line {number}"
        if _generated(row):
            for name in (name for name, value in FICTION.items() if name in row and row[name] != value):
                what = f"{name} is {row[name]!r} for a file of the simulation, which wrote {FICTION[name]!r}"
                yield Finding(place, what, AS_SIMULATED)
            if len(sources) > 1 and row.get("source") != min(sources, key=str):
                yield Finding(place, "the file is of another simulation than others", AS_SIMULATED)
        elif row.get("simulated") == "no" and row.get("consent_basis") == FICTION["consent_basis"]:
            yield Finding(place, "its ground is that it is fiction, and it is not simulated", "State what is true.")
        elif invented and str(row.get("path")).startswith(OF_MEMBERS):
            yield Finding(place, "members.csv is of the simulation, and this file of its members is not", AS_SIMULATED)


def _generated(row: dict[str, str]) -> bool:
    return str(row.get("source")).startswith(GENERATED)


def _stated(subject: Subject, raw: Raw) -> Iterator[Finding]:
    """Transcripts that contradict MANIFEST.csv on whether they are simulated."""
    said = {f"transcripts/{transcript['source'].iloc[0]}": transcript.attrs["metadata"].get("simulated", "").lower()
            for transcript in raw.transcripts}  # fmt: skip
    for number, row in enumerate(subject.manifest, 2):
        own = said.get(str(row.get("path")), "")
        if own in ("yes", "no") and row.get("simulated") != own:
            what = f"simulated is {row.get('simulated')!r}, and the transcript itself says {own}"
            yield Finding(f"{MANIFEST}, line {number}", what, AS_SIMULATED)


# What the raw files give


def _expected(subject: Subject, raw: Raw) -> Derived:
    """The step's tables from the raw files, as analysis.ingest.corpus.assess makes them, but without scrubbing."""
    params = _params(subject)
    exact = subject.paths.simulated and bool(subject.json(METRICS)["simulated"])
    people = _people(raw, params["demo_key"].encode() if exact else None)
    members = identities.members(raw, people, tz=params["tz"])
    exports = identities.exports(raw, people)
    messages, shared = overlap.joined(exports.tables)
    utterances = identities.utterances(raw, people)
    if not exact:
        messages, utterances = _named_as(subject, messages), _transcripts_named_as(subject, utterances)
    partnerships = identities.partnerships(raw, people, tz=params["tz"])
    links = identities.annotated_replies(raw, people)
    codings = identities.codings(raw, people)
    kept = consented(members, messages, utterances, partnerships, codings, links)
    annotations = annotations_table(kept.annotations)
    known = replace(kept, messages=kept.messages.assign(
        channel=kept.messages["channel"].replace(titles_by_channel(raw, people, titles(subject.paths.raw))),
        reply_to=kept.messages["reply_to"].where(kept.messages["reply_to"].isin(kept.messages["message_id"])),
    ))  # fmt: skip
    texts = Scrubbed(known.messages, known.utterances, known.codings, annotations, pd.DataFrame(), Counter())
    whole = corpus.as_tables(raw, people, members, exports, shared, known, texts)
    book = tables.empty(tables.Codebook) if raw.book is None else raw.book.table()
    return Derived(exact, known, whole, annotations, book, people)


def _people(raw: Raw, key: bytes | None) -> Pseudonymiser:
    """The study's people under its public key, or under the first stand-in key that gives everybody a distinct
    pseudonym. Raises InputError as identities.pseudonymiser does."""
    if key is not None:
        return identities.pseudonymiser(raw, key)
    for number in range(STAND_INS):
        with suppress(InputError):
            return identities.pseudonymiser(raw, b"stands in for the key %d" % number)
    return identities.pseudonymiser(raw, b"stands in for the key")


def _named_as(subject: Subject, messages: pd.DataFrame) -> pd.DataFrame:
    """Messages with the ids of the study's table, for chats that are named after a person and so have a pseudonym."""
    there = _table(subject, "messages")
    places: dict[Row, list[str]] = {}
    for stamp, line, name in zip(there["time"], there["line"], there["message_id"], strict=True):
        places.setdefault((stamp, line), []).append(name)
    known = set(there["message_id"])
    codes: dict[str, str] = {}
    for code, rows in messages.groupby("channel", sort=False):
        if rows["message_id"].isin(known).any():
            continue
        votes: Counter[str] = Counter()
        for row in rows.head(LOOKED_AT).itertuples():
            end = str(row.message_id)[len(str(code)) :]
            votes.update(name[: -len(end)] for name in places.get((row.time, row.line), []) if name.endswith(end))
        codes |= {str(code): votes.most_common(1)[0][0]} if votes else {}
    if not codes:
        return messages
    channels = messages["channel"].tolist()
    ids = {name: [_with_code(each, code, codes) for each, code in zip(messages[name], channels, strict=True)]
           for name in ("message_id", "reply_to")}  # fmt: skip
    return messages.assign(channel=messages["channel"].replace(codes), **ids)


def _with_code(name: Any, code: str, codes: dict[str, str]) -> Any:
    """A message's id with the code of its chat replaced."""
    return codes[code] + name[len(code) :] if code in codes and isinstance(name, str) else name


def _transcripts_named_as(subject: Subject, utterances: pd.DataFrame) -> pd.DataFrame:
    """Turns with interviews named as in the study's list of files, which has them in the order of reading."""
    read = _table(subject, "reports").query("part == 'transcripts'")["source"].tolist()
    mine = utterances["source"].unique().tolist()
    if len(read) != len(mine) or read == mine:
        return utterances
    sources = utterances["source"].map(dict(zip(mine, read, strict=True)))
    public = sources.map({name: slug(name) for name in read})
    ids = [f"{name}-{turn:03d}" for name, turn in zip(public, utterances["turn"], strict=True)]
    return utterances.assign(source=sources, transcript=public, utterance_id=ids)


def _table(subject: Subject, name: str) -> pd.DataFrame:
    """A table of the step as it is in the study."""
    return tables.read(subject.paths.processed("ingest") / f"{name}.parquet")


# Both compared


def _differing(subject: Subject, raw: Derived) -> Iterator[Finding]:
    """Differences of the tables and metrics from what the raw files give."""
    names = ("messages", "utterances", "partnerships", "codings", "codebook", "annotations", "members", "reports",
             "sample")  # fmt: skip
    now = {name: _table(subject, name) for name in names}
    called = {"messages": "message_id", "utterances": "utterance_id", "codings": "unit_id", "codebook": "code",
              "annotations": "message_id", "sample": "unit_id", "partnerships": "", "reports": ""}  # fmt: skip
    given = {
        "messages": raw.kept.messages, "utterances": raw.kept.utterances, "partnerships": raw.whole.partnerships,
        "codings": raw.kept.codings, "codebook": raw.book, "annotations": raw.annotations, "reports": raw.whole.reports,
        "sample": raw.whole.sample.round(tables.DECIMALS),
    }  # fmt: skip
    mark = re.compile("|".join(map(re.escape, (*(f"[{each}]" for each in CLASSES), *now["members"]["member"]))))
    whole = {name for name in given if len(given[name]) == len(now[name])}
    for name in (name for name in given if name not in whole):
        what = f"it has {len(now[name]):,} rows, and by the raw files {len(given[name]):,}"
        yield Finding(_place(name), what, READ_AGAIN)
    pairs = [pair for name, columns in PEOPLE.items() if name in whole for column in columns
             for pair in zip(given[name][column], now[name][column], strict=True)]  # fmt: skip
    same = _by_pseudonym(pairs, raw.exact)
    for name in (name for name in given if name in whole):
        for column, fits in _columns(name, raw.exact, same, mark).items():
            first, other = given[name][column].tolist(), now[name][column].tolist()
            if first == other:
                continue
            wrong = [row for row, pair in enumerate(zip(first, other, strict=True)) if not fits(*pair)]
            if wrong:
                labels = now[name][called[name]].tolist() if called[name] else range(1, len(other) + 1)
                yield Finding(f"{_place(name)}, {labels[wrong[0]]}", _otherwise(column, len(wrong)), READ_AGAIN)
    if raw.exact and "messages" in whole:  # if two nicknames differ only by a sign, the key shows whose is meant
        yield from _other_names(raw, now["messages"], mark, same)
    yield from _members(raw.whole.members, now["members"], same)
    yield from _approvals(subject, raw.whole.approvals)
    yield from _other_metrics(subject, raw.whole)


PEOPLE = {"messages": ("member",), "utterances": ("member",), "partnerships": ("member_a", "member_b")}
TEXTS = {"messages": ("text",), "utterances": ("text",), "codings": ("coder", "memo", "translation", "quotation"),
         "codebook": ("definition", "include", "exclude", "example")}  # fmt: skip
FREE = {"messages": ("channel", "source"), "utterances": ("transcript", "source"), "annotations": ("annotator",),
        "reports": ("source", "note"), "codebook": ("introduced",)}  # fmt: skip  # may be named after a person
WHAT = {
    "messages": tables.Messages, "utterances": tables.Utterances, "partnerships": tables.Partnerships,
    "codings": tables.Codings, "codebook": tables.Codebook, "annotations": tables.Annotations, "sample": tables.Sample,
}  # fmt: skip


def _columns(
    name: str, exact: bool, same: dict[str, str], mark: re.Pattern[str]
) -> dict[str, Callable[[Any, Any], bool]]:
    """The comparison for each column of a table; arguments: the value from the raw files, the value in the table."""
    columns = list(WHAT[name].columns) if name in WHAT else list(corpus.REPORTS)
    free = FREE.get(name, ()) if not exact else ("introduced", "note")
    ways: dict[str, Callable[[Any, Any], bool]] = dict.fromkeys((c for c in columns if c not in free), _equal)
    ways |= dict.fromkeys(TEXTS.get(name, ()), partial(_is_shown_as, mark))
    ways |= dict.fromkeys(PEOPLE.get(name, ()), lambda one, other: _equal(same.get(one, one), other))
    return ways


def _equal(given: Any, now: Any) -> bool:
    """Whether two values are the same, or both missing."""
    return given is now or given == now or bool(pd.isna(given) and pd.isna(now))


def _is_shown_as(mark: re.Pattern[str], raw: Any, shown: Any) -> bool:
    """Whether a raw text could have become a text of the tables: all is there except what a mark replaced."""
    both = isinstance(raw, str) and isinstance(shown, str)
    return _equal(raw, shown) or (both and _gaps(mark, raw, shown) is not None)


def _gaps(mark: re.Pattern[str], raw: str, shown: str) -> list[str] | None:
    """The part of a raw text that each mark replaces, in order; None where the texts differ otherwise."""
    raw, pieces = plain(raw), mark.split(shown)
    if len(pieces) == 1 or not raw.startswith(pieces[0]):
        return [] if raw == shown else None
    at, gaps = len(pieces[0]), []
    for piece in pieces[1:-1]:
        if (found := raw.find(piece, at)) < 0:
            return None
        gaps.append(raw[at:found])
        at = found + len(piece)
    end = len(raw) - len(pieces[-1])
    return [*gaps, raw[at:end]] if end >= at and raw.endswith(pieces[-1]) else None


def _by_pseudonym(pairs: Sequence[tuple[Any, Any]], exact: bool) -> dict[str, str]:
    """The study's pseudonym by that of the stand-in key, matched one to one by how often both are in one place."""
    counted = Counter(pair for pair in pairs if isinstance(pair[0], str) and isinstance(pair[1], str))
    if exact:
        return {one: one for one, _ in counted}
    same: dict[str, str] = {}
    taken: set[str] = set()
    for (one, other), _ in counted.most_common():
        if one not in same and other not in taken and one[0] == other[0]:
            same[one] = other
            taken.add(other)
    return same


def _other_names(
    raw: Derived, messages: pd.DataFrame, mark: re.Pattern[str], same: dict[str, str]
) -> Iterator[Finding]:
    """Messages with a pseudonym where the raw file names somebody else."""
    owners: dict[str, str] = {}
    wrong = []
    for row, (text, shown) in enumerate(zip(raw.kept.messages["text"], messages["text"], strict=True)):
        if text != shown and (gaps := _gaps(mark, text, shown)):
            for gap, instead in zip(gaps, mark.findall(shown), strict=True):
                if gap not in owners:
                    who = raw.people.owners(gap)
                    owners[gap] = same.get(next(iter(who)), "") if len(who) == 1 else ""
                if owners[gap] and not instead.startswith("[") and owners[gap] != instead:
                    wrong.append(row)
    if wrong:
        place = f"{_place('messages')}, {messages['message_id'].iloc[wrong[0]]}"
        yield Finding(place, "it names somebody else than the raw file", READ_AGAIN)


def _members(given: pd.DataFrame, now: pd.DataFrame, same: dict[str, str]) -> Iterator[Finding]:
    """Members whose sector, role, day or answer differs from members.csv; those without a message are counted."""
    known = set(same.values())
    first, other = (
        Counter((who if who in known else who[0], *map(_plain, rest)) for who, *rest in rows)
        for rows in (
            [(same.get(who, who), *rest) for who, *rest in given.itertuples(index=False)],
            now.itertuples(index=False),
        )
    )
    if more := other - first:
        what = f"{more.total()} of its rows are not as the raw files have them, first that of {next(iter(more))[0]}"
        yield Finding(_place("members"), what, READ_AGAIN)
    elif less := first - other:
        yield Finding(_place("members"), f"it lacks {less.total()} people of the raw files", READ_AGAIN)


def _plain(value: Any) -> Hashable:
    """A hashable value for counting rows; all missing values are equal."""
    return None if pd.isna(value) else value


def _approvals(subject: Subject, given: pd.DataFrame) -> Iterator[Finding]:
    """The decisions on quotations, where there are any."""
    there = (subject.paths.processed("ingest") / "approvals.parquet").exists()
    if there != bool(len(given)) or (there and _table(subject, "approvals").to_dict("list") != given.to_dict("list")):
        yield Finding(_place("approvals"), "it does not hold the decisions of data/raw/quotations.csv", READ_AGAIN)


def _other_metrics(subject: Subject, whole: corpus.Corpus) -> Iterator[Finding]:
    """Metrics of the step that differ from the raw files. Scrubbing counts the marks: their counts are the table's."""
    counted = metrics_of(replace(whole, marks=_table(subject, "marks")))
    now, given = subject.json(METRICS), {"simulated": subject.paths.simulated, **counted}
    for each in (now, given):
        each["withheld"] = {name: n for name, n in each["withheld"].items() if name != "mentions"}
    for name in (name for name in given if given[name] != now.get(name)):
        what = f"{name} is {now.get(name)!r}, and by the raw files {given[name]!r}"
        yield Finding(METRICS, what, READ_AGAIN)


def _place(name: str) -> str:
    return f"data/processed/ingest/{name}.parquet"


def _otherwise(column: str, rows: int) -> str:
    more = f", nor in {rows - 1:,} rows more" if rows > 1 else ""
    return f"its {column} is not as in the raw file{more}"
