"""The zip file of a project: never unpacked to disk, read within size limits; equal input gives equal bytes."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from analysis import disk
from analysis.errors import InputError

MIB = 1 << 20
ENTRIES = 100_000
XML_BYTES = 64 * MIB
TEXT_BYTES = 32 * MIB
TOTAL_BYTES = 512 * MIB  # of all files that are read; recordings and pictures are not read
RATIO = 200  # factor by which a file may grow when unpacked, if it is larger than a mebibyte
_MEND = "Look where the file came from. If you trust it, unpack it, take out what is not needed and pack it again."
_DATE = (1980, 1, 1, 0, 0, 0)


class Archive:
    """An open zip file. Names are checked on opening; reading is bounded, regardless of the sizes it states."""

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self.path, self._zip, self._left = path, opened, TOTAL_BYTES
        self.entries = [entry for entry in opened.infolist() if not entry.is_dir()]
        if len(self.entries) > ENTRIES:
            raise InputError(f"the archive has {len(self.entries)} files, more than {ENTRIES}", path=path, fix=_MEND)
        self.names = {entry.filename: entry for entry in self.entries}
        for name, entry in self.names.items():
            if _swollen(entry) and entry.file_size > TEXT_BYTES:
                raise self._bomb(name, entry.file_size)
            if outside(name):
                raise InputError(f"the archive holds a path that leads out of it: {name!r}", path=path, fix=_MEND)

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one file. Raises InputError when it is damaged, encrypted, or larger than limit."""
        entry = self.names[name]
        disk.require_member(entry, self.path)
        limit = min(limit, self._left)
        if _swollen(entry) or entry.file_size > limit:
            raise self._bomb(name, entry.file_size)
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
            raise InputError(f"{name!r} in the archive cannot be read: {error}", path=self.path,
                             fix="Export the file again from the program that wrote it.") from error  # fmt: skip
        if len(data) > limit:
            raise self._bomb(name, len(data))
        self._left -= len(data)
        return data

    def _bomb(self, name: str, size: int) -> InputError:
        return InputError(f"{name!r} in the archive unpacks to {size / MIB:,.0f} MiB, too much for a text",
                          path=self.path, fix=_MEND)  # fmt: skip

    def find(self, name: str) -> str | None:
        """The file of this name, else one whose name differs only in case; None when there is neither."""
        alike = [other for other in self.names if other.casefold() == name.casefold()]
        return name if name in self.names else alike[0] if len(alike) == 1 else None


def _swollen(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > MIB and entry.file_size > RATIO * max(entry.compress_size, 1)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at path. Raises InputError when it does not exist, is not a zip file, or is unsafe."""
    if not path.is_file():
        raise InputError("this file does not exist", path=path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise InputError(f"this is not a .qdpx file (a zip archive): {error}", path=path,
                         fix="Export a REFI-QDA project (.qdpx) from the program.") from error  # fmt: skip
    with archive:
        yield Archive(path, archive)


def outside(name: str) -> bool:
    """Whether a path inside an archive leads out of it: absolute, with a drive, or through `..`."""
    parts = re.split(r"[/\\]", name)
    return ".." in parts or parts[0] == "" or bool(re.match(r"^[A-Za-z]:", name)) or "\0" in name


def write(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the files in their order, uncompressed and dated 1980, so the bytes do not depend on clock or zlib."""
    with disk.whole(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
