"""Journal of the exports: the outcome of each as one line of JSON in a file that only grows, so a kill costs one line.

A line is written when the chats of its export are in place. One that a kill cut off is dropped, and its export is read
again, into the same places. The journal names files as they are, so it is kept with the key, in secrets/.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from analysis.corpus.exports import FoundExport
from analysis.errors import InputError

READ, FAILED, COPY, GONE = "read", "failed", "copy", "gone"


@dataclass(frozen=True)
class ChatRecord:
    """A chat of the corpus. first, last: of its messages, as ISO times in UTC."""

    chat: str
    messages: int
    members: int
    first: str
    last: str


@dataclass(frozen=True)
class Entry:
    """An export's outcome. status: read, failed (why says why), copy (of the one that why names) or gone (pruned).

    roster: hash of the roster that it was read with (chats.ExportSettings); withheld: messages left out as their
    writers withhold consent; lines: of the file, by class; marks: that scrubbing left, by class.
    """

    name: str
    size: int
    changed: int
    sha256: str
    status: str
    why: str = ""
    format: str = ""
    roster: str = ""
    withheld: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    chats: tuple[ChatRecord, ...] = ()

    def still(self, found: FoundExport) -> bool:
        """Whether the export need not be read again: it is as it was, and could be read."""
        return self.status != FAILED and (self.size, self.changed) == (found.size, found.changed)


class Journal:
    """The entries of a corpus, the last of each export, and the file that they are added to."""

    def __init__(self, file: IO[bytes], entries: dict[str, Entry]) -> None:
        self.file, self.entries = file, entries

    def add(self, entry: Entry) -> None:
        """Write an entry through to the disk."""
        self.file.write(json.dumps(asdict(entry), ensure_ascii=True).encode() + b"\n")
        self.file.flush()
        self.entries[entry.name] = entry


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """The journal, for one process at a time. Raises InputError when another one has it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            fix = "Wait until it has ended; it need not be started again."
            raise InputError("another process is making this corpus", path=path.parent.parent, fix=fix) from error
        whole, _, cut = (text := file.read()).rpartition(b"\n")
        file.truncate(len(text) - len(cut))
        file.seek(0, os.SEEK_END)
        yield Journal(file, {entry.name: entry for entry in map(_entry, whole.splitlines())})


def _entry(line: bytes) -> Entry:
    read = json.loads(line)
    return Entry(**read | {"chats": tuple(ChatRecord(**chat) for chat in read["chats"])})
