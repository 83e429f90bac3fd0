"""A zip archive of one chat: its text with the media that were sent in it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from analysis import wording
from analysis.errors import InputError
from analysis.ingest import files
from analysis.ingest.files import TextFile
from analysis.ingest.readers.export import FIX, Export
from analysis.ingest.readers.whatsapp import shapes


def chat_in(export: Export, archive: zipfile.ZipFile) -> Export:
    """The text of the chat, as an export. Raises InputError where no text looks like a chat, or several do and their
    names do not settle which is."""
    path = export.path
    texts = [i for i in archive.infolist() if i.filename.lower().endswith(".txt")]
    if sum(info.file_size for info in texts) > files.LARGEST:
        raise InputError("the texts in this archive are too large", path=path, fix=FIX)
    candidates = [info for info in texts if shapes.is_chat(_member(archive, info, path).text)]
    chats = candidates if len(candidates) == 1 else _own(candidates, path)
    if len(chats) != 1:
        what = "no chat" if not candidates else f"{len(candidates)} chats"
        raise InputError(
            f"{what} found in this archive", path=path, fix="Give each exported chat an archive of its own."
        )
    left: tuple[str, ...] = ()
    if others := len(candidates) - 1:
        count = wording.count(others, "text")
        left = (f"{count} in this archive that may be a chat too and was attached: left alone",)
    return replace(export, parts=[], archive=None, chosen=_member(archive, chats[0], path), warnings=left)


def _own(candidates: list[zipfile.ZipInfo], path: Path) -> list[zipfile.ZipInfo]:
    """The text with the name that phones give a chat, among several that look like one: the archive's own, _chat.txt or
    one with WhatsApp in it, in any language, the surest first. Empty or several where names do not settle it."""
    names = [PurePosixPath(info.filename).name.lower() for info in candidates]
    own = f"{path.stem.lower()}.txt"
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: "whatsapp" in name and name == own, lambda name: name == "_chat.txt",
        lambda name: "whatsapp" in name,
    )  # fmt: skip
    for test in tests:
        if fitting := [info for info, name in zip(candidates, names, strict=True) if test(name)]:
            return fitting
    return []


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> TextFile:
    """A member's text, under the archive's name: the phone calls it _chat.txt, whatever the chat."""
    return files.decode(files.member(archive, info, path), path.name, path)
