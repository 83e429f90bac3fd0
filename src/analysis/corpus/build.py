"""Build a corpus from a folder of exports: in parallel, and resumable, even after a kill.

    OUT/corpus.yaml            how its exports are read, and on which engine its tables are made
    OUT/messages/chat=CODE/    the messages of a chat (chats.SCHEMA), Parquet
    OUT/manifest.parquet       one row per chat, written last: where it is missing, the corpus is not finished
    OUT/secrets/               the key, the journal and the names of files: not to be passed on

Each chat is put in place whole, then its export is entered in the journal. After a kill in between the export is read
again, into the same places: nothing is lost, and nothing is there twice. An export is also read again when the roster
(members.csv) is not the one that it was read with.
"""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from analysis import disk, wording
from analysis.corpus import journal, settings
from analysis.corpus.chats import LINES, ExportSettings, ingest, place_of
from analysis.corpus.exports import FoundExport, code, digest, exports
from analysis.corpus.journal import COPY, FAILED, GONE, READ, Entry, Journal
from analysis.corpus.workers import mapped
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.ingest.sheets import read_roster

KEY = "secrets/pseudonym.key"
FAILURES = "secrets/failures.csv"
MANIFEST = "manifest.parquet"
MANIFEST_COLUMNS = {
    "export": "str", "status": "str", "chat": "str", "format": "str", "messages": "int64", "members": "int64",
    "first": "datetime64[us, UTC]", "last": "datetime64[us, UTC]", "bytes": "int64", "withheld": "int64",
    **dict.fromkeys(LINES, "int64"), "marks": "int64", "simulated": "bool",
}  # fmt: skip
NAMED = 5  # failures that are named at the end of a run


@dataclass(frozen=True)
class Build:
    """What a run did. entries: of every export there is; fresh: how many it read; gone: exports of earlier runs that
    are no longer in the folder, whose chats stay; outdated: how many had been read with another roster."""

    out: Path
    entries: list[Entry]
    fresh: int
    gone: list[str]
    outdated: int

    def text(self) -> str:
        """In a few lines, for whoever ran it."""
        read, failed, copies = ([e for e in self.entries if e.status == s] for s in (READ, FAILED, COPY))
        chats = [chat for entry in read for chat in entry.chats]
        messages = wording.count(sum(chat.messages for chat in chats), "message")
        exports = wording.count(len(read), "export")
        lines = [f"{self.out}: {messages} in {wording.count(len(chats), 'chat')} of {exports}, {self.fresh:,} read now"]
        if self.outdated:
            lines.append(f"read again for members.csv as it is now: {wording.count(self.outdated, 'export')}; "
                         "guyub groups makes the tables again")  # fmt: skip
        if copies:
            lines.append(f"left out as the same bytes as another: {wording.count(len(copies), 'export')}")
        if failed:
            lines.append(f"not read: {wording.count(len(failed), 'export')}, each with its reason in {FAILURES}")
            lines += [f"  {entry.name}: {entry.why.splitlines()[0]}" for entry in failed[:NAMED]]
        if self.gone:
            gone = wording.count(len(self.gone), "export")
            lines.append(f"no longer in the folder: {gone}; the chats stay in the corpus unless --prune is given")
        return "\n".join(lines)


def build(folder: Path, out: Path, *, processes: int, prune: bool = False, **options: str | None) -> Build:
    """Make the corpus of a folder's exports, or continue it.

    options: as settings.settled takes them. prune: remove the chats of exports that are gone. Raises InputError when
    the folder holds no export, another process makes the corpus, it was read with other settings, members.csv differs
    from that of exports that are gone, or the disk is full; the same call then continues where it stopped.
    """
    if processes < 1:
        raise InputError(f"the number of processes must be at least 1, not {processes}",
                         fix="Give --processes 1 or more, or leave it out.")  # fmt: skip
    found = {each.name: each for each in exports(folder)}
    if not found:
        raise InputError("there is no export in this folder", path=folder, fix="Give the folder of the exported chats.")
    try:
        with journal.opened(out / "secrets" / "journal.jsonl") as book:
            how = settings.settled(out, options)
            _prepare(out)
            roster = read_roster(folder / "members.csv")
            task = ExportSettings(folder, out, _key(out), roster, str(how["tz"]), how["date_order"])
            gone = _gone(found, book, prune)
            _require_current(task, [book.entries[name] for name in gone])
            outdated = sum(_outdated(task, book.entries[name]) for name in found.keys() & book.entries)
            with tqdm(total=len(found), unit=" exports", desc="corpus", smoothing=0.05, file=sys.stderr) as bar:
                fresh = _read_all(task, found, book, processes, bar)
            _finish(out, book, task.key, manifest.simulated(folder))
            return Build(out, [e for e in book.entries.values() if e.status != GONE], fresh, gone, outdated)
    except OSError as error:
        if error.errno not in disk.FULL:
            raise
        fix = "Make room, then give the same command again: it continues where it stopped."
        raise InputError(f"nothing more can be written here: {error.strerror}", path=out, fix=fix) from error


def _prepare(out: Path) -> None:
    """The folders of a corpus that is not finished; drafts of a run that was killed are removed."""
    (out / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(out / "drafts", ignore_errors=True)
    for name in ("drafts", "messages"):
        (out / name).mkdir(exist_ok=True)


def _key(out: Path) -> bytes:
    """The corpus's key, made on the first run."""
    place = out / KEY
    if not place.exists():
        draft = place.with_suffix(".draft")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        draft.replace(place)
    return bytes.fromhex(place.read_text(encoding="ascii").strip())


def _outdated(task: ExportSettings, entry: Entry) -> bool:
    """Whether an export was read with another roster than there is now."""
    return entry.status == READ and entry.roster != task.roster_hash


def _require_current(task: ExportSettings, gone: list[Entry]) -> None:
    """Raise InputError when chats of exports that are gone were read with another roster than there is now."""
    if names := [entry.name for entry in gone if _outdated(task, entry)]:
        chats = f"the chats of {wording.count(len(names), 'export')} that the corpus still holds"
        which = wording.listed([*names[:NAMED], *(["others"] if len(names) > NAMED else [])])
        raise InputError(
            f"{chats} cannot be read again with the current members.csv, because the exports are gone: {which}",
            path=task.folder, fix="Put these exports back, or remove their chats with --prune.",
        )  # fmt: skip


def _read_all(task: ExportSettings, found: dict[str, FoundExport], book: Journal, processes: int, bar: tqdm) -> int:
    """Read every export that is new, changed or outdated, and enter what became of it; returns how many."""
    waiting: dict[str, str] = {}
    fresh, messages = 0, 0
    for name, read in mapped(partial(ingest, task), _unread(task, found, book, waiting, bar), processes):
        export, sha = found[name], waiting.pop(name)
        if isinstance(read, OSError) and read.errno in disk.FULL:
            raise read
        if isinstance(read, BaseException):
            why = str(read) if isinstance(read, InputError) else f"{type(read).__name__}: {read}"
            book.add(Entry(name, export.size, export.changed, sha, FAILED, why))
        else:
            book.add(Entry(name, export.size, export.changed, sha, READ, roster=task.roster_hash, **vars(read)))
            messages += sum(chat.messages for chat in read.chats)
            fresh += 1
        bar.update()
        bar.set_postfix_str(f"{messages:,} messages", refresh=False)
    return fresh


def _unread(
    task: ExportSettings, found: dict[str, FoundExport], book: Journal, waiting: dict[str, str], bar: tqdm
) -> Iterator[str]:
    """The names of exports that are to be read, entered in waiting with their hashes; one whose bytes another has is
    entered as its copy."""
    originals = _originals(task.out, found, book)
    for name, export in found.items():
        entry = book.entries.get(name)
        if entry is not None and entry.still(export) and _stays(task, entry, originals):
            bar.update()
            continue
        sha = digest(task.folder / name)
        if (first := originals.setdefault(sha, name)) == name:
            waiting[name] = sha
            yield name
        else:
            book.add(Entry(name, export.size, export.changed, sha, COPY, first))
            bar.update()


def _originals(out: Path, found: dict[str, FoundExport], book: Journal) -> dict[str, str]:
    """By hash, the exports of which others may be copies: they were read, and they are as they were, or they are gone
    and their chats stay."""
    return {
        entry.sha256: name for name, entry in book.entries.items()
        if entry.status == READ and (entry.still(found[name]) if name in found else _in_place(out, entry))
    }  # fmt: skip


def _stays(task: ExportSettings, entry: Entry, originals: dict[str, str]) -> bool:
    """Whether what is entered of an export that has not changed holds: of a copy, that its original is one still."""
    if entry.status == COPY:
        return originals.get(entry.sha256) == entry.why
    return not _outdated(task, entry) and _in_place(task.out, entry)


def _in_place(out: Path, entry: Entry) -> bool:
    """Whether every chat of the export is in the corpus."""
    return all(place_of(out, chat.chat).exists() for chat in entry.chats)


def _gone(found: dict[str, FoundExport], book: Journal, prune: bool) -> list[str]:
    """The exports that are no longer in the folder; when pruned they are entered as gone, and none is left."""
    gone = sorted({name for name, entry in book.entries.items() if entry.status != GONE} - found.keys())
    if not prune:
        return gone
    for name in gone:
        book.add(Entry(name, 0, 0, "", GONE))
    return []


def _finish(out: Path, book: Journal, key: bytes, simulated: set[str]) -> None:
    """Remove chats of no entry, which a kill or a changed export left; write the failures, and the manifest last.

    simulated: the names of exports that are.
    """
    chats = {chat.chat: name for name, entry in book.entries.items() for chat in entry.chats}
    for place in (out / "messages").iterdir():
        if place.name.removeprefix("chat=") not in chats:
            shutil.rmtree(place)
    shutil.rmtree(out / "drafts")  # a worker that was killed left its own
    failed = [entry for entry in book.entries.values() if entry.status == FAILED]
    with (out / FAILURES).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        csv.writer(file).writerows([("export", "reason"), *((entry.name, entry.why) for entry in failed)])
    draft = out / "manifest.draft"
    _manifest(book, key, simulated).to_parquet(draft, compression="zstd")
    draft.replace(out / MANIFEST)


def _manifest(book: Journal, key: bytes, simulated: set[str]) -> pd.DataFrame:
    """One row per chat, without names, and one per export without a chat: export (its code), status, chat, format,
    messages, members, first and last (in UTC), and of the export bytes, withheld messages, lines and marks, and whether
    it is simulated."""
    rows = [
        {"export": code(key, entry.name), "status": entry.status, "chat": None, "format": entry.format,
         "bytes": entry.size, "withheld": entry.withheld, **entry.lines, "marks": sum(entry.marks.values()),
         "simulated": entry.name in simulated} | chat
        for entry in sorted(book.entries.values(), key=lambda entry: entry.name) if entry.status != GONE
        for chat in [asdict(chat) for chat in entry.chats] or [{}]
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(MANIFEST_COLUMNS))
    counts = [name for name, kind in MANIFEST_COLUMNS.items() if kind == "int64"]
    times = {name: pd.to_datetime(table[name], utc=True, format="ISO8601") for name in ("first", "last")}
    return table.fillna(dict.fromkeys(counts, 0)).assign(**times).astype(MANIFEST_COLUMNS)
