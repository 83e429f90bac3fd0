"""The exports of a folder, one by one, each with its size and time of change."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError
from analysis.ingest.chat import FOLDERS
from analysis.ingest.gather import OWN_FILES, PAGE, no_chat

CODE = 12  # base-32 characters of a chat's code: 60 bits, so that ten million chats collide once in 23,000 corpora


@dataclass(frozen=True)
class FoundExport:
    """A file, or the folder of an export of several files. name: its place in the corpus's folder; size: bytes;
    changed: when it last was, in nanoseconds since 1970."""

    name: str
    size: int
    changed: int


def exports(folder: Path) -> Iterator[FoundExport]:
    """What may be an export in a folder and its folders, in order of name, without hidden files, pictures and the like.

    A folder that holds the parts of one export is given as a whole. Raises InputError when there is no such folder.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", path=folder, fix="Give the folder that holds the exports.")
    for place, inside, names in os.walk(folder):
        here = Path(place)
        if here != folder and not set(FOLDERS).isdisjoint(names):
            inside.clear()
            yield _whole(folder, here)
            continue
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        yield from (_found(folder, here / name) for name in sorted(names) if _may_be_one(here / name))


def _may_be_one(path: Path) -> bool:
    own = path.name.lower() in OWN_FILES or PAGE.fullmatch(path.name)  # further pages are read with the first
    return path.is_file() and not path.name.startswith(".") and not own and not no_chat(path)


def _found(folder: Path, path: Path) -> FoundExport:
    stat = path.stat()
    return FoundExport(path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns)


def _whole(folder: Path, export: Path) -> FoundExport:
    stats = [path.stat() for path in export.rglob("*") if path.is_file()]
    newest = max(stat.st_mtime_ns for stat in stats)
    return FoundExport(export.relative_to(folder).as_posix(), sum(stat.st_size for stat in stats), newest)


def digest(path: Path) -> str:
    """SHA-256 of an export: of a file its bytes, of a folder the names and bytes of its files."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    whole = hashlib.sha256()
    for file in files:
        whole.update(b"" if file == path else os.fsencode(file.relative_to(path).as_posix()) + b"\0")
        with file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest())
    return whole.hexdigest()


def code(key: bytes, *parts: str) -> str:
    """A code that says nothing of what it stands for: a letter, and base-32 characters of a keyed hash of the parts."""
    made = hmac.new(key, "\0".join(parts).encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return "c" + base64.b32encode(made)[:CODE].decode("ascii").lower()
