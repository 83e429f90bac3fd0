"""Safe reading and writing of files: only regular files are read, files are written whole or not at all, and errors of
the disk become one-sentence InputErrors."""

from __future__ import annotations

import base64
import contextlib
import csv
import errno
import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis import wording
from analysis.errors import InputError, refuse

SPACE = "Free some space, then do it again; nothing was left half-written."
WRITABLE = "Use a folder that you may write to, or have its permissions changed; nothing was changed."
CAUSES = {  # of an error of the operating system that a user can do something about: what it means, and what to do
    errno.ENOSPC: ("the disk is full", SPACE),
    errno.EDQUOT: ("your share of the disk is used up", SPACE),
    errno.EFBIG: ("the file grew larger than this system lets it", SPACE),
    errno.EROFS: ("the disk or folder is read-only", WRITABLE),
    errno.EACCES: ("the system denies permission", WRITABLE),
    errno.EPERM: ("the system does not permit it", WRITABLE),
    errno.EIO: ("the disk could not be read or written (input/output error)", "Look at the disk, or copy the study."),
    errno.EISDIR: ("this is a folder where a file must be", "Move the folder away."),
    errno.ENOTDIR: ("a part of this path is a file where a folder must be", "Move the file away."),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "Give a shorter name."),
    errno.ELOOP: ("the links lead in a circle", "Put the file itself there."),
    errno.EMFILE: ("too many files are open at once", "Raise the limit (ulimit -n), then do it again."),
}
LONGEST_CELL = 20_000_000  # characters
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # of where something is written, not of what is read
_SAID = re.compile(r"\[errno (?P<number>\d+)\]", re.IGNORECASE)  # how Python and Arrow write an error's number
_QUOTED = re.compile(r"'(?P<path>[^'\n]+)'\W*$")  # and, last, the file
KINDS = {
    stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}  # fmt: skip


def refusal(error: OSError, path: Path | None = None) -> InputError | None:
    """An error of the operating system as an InputError in one sentence; None where the user can do nothing about it.

    path: what was read or written, where the error does not name it.
    """
    return said_refusal(f"[Errno {error.errno}]" if error.errno else str(error), path or error.filename)


def said_refusal(text: str, path: str | Path | None = None) -> InputError | None:
    """Like refusal, for an error of which only the text is left, such as one from a notebook that ran."""
    number, named = _SAID.search(text), _QUOTED.search(text)
    if number is None or int(number["number"]) not in CAUSES:
        return None
    what, fix = CAUSES[int(number["number"])]
    return InputError(what, path=path or (named["path"] if named else None), fix=fix)


@contextlib.contextmanager
def in_a_sentence(path: Path | None = None) -> Iterator[None]:
    """Raises InputError in place of an error of the operating system that refusal knows."""
    try:
        yield
    except OSError as error:
        if refused := refusal(error, path):
            raise refused from error
        raise


# Writing


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft that takes the place of path when all is written. On failure nothing is left of it, and what was at path
    before is as it was. An existing file keeps its permissions. Folders above are made. Raises InputError when
    the disk refuses."""
    if path.exists() and not path.is_file() and not path.is_dir():  # such as /dev/stdout
        yield path
        return
    draft = path.with_name(f".{path.name[:200]}.draft")
    with in_a_sentence(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield draft
            if path.is_file() and draft.is_file():
                draft.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IWUSR)  # DVC's cache may be read-only
            draft.replace(path)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all, its line breaks as they are."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes, whole or not at all."""
    with whole(path) as draft:
        draft.write_bytes(content)


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """While a new or empty folder is filled: on failure it is again as it was. Raises InputError when the disk
    refuses."""
    before = folder.exists()
    try:
        yield
    except BaseException as error:
        for path in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if not before and folder.is_dir():
            folder.rmdir()
        if isinstance(error, OSError):
            with in_a_sentence(folder if error.errno in FULL else None):
                raise
        raise


# Reading


def regular_files(folder: Path, *, hidden: bool = False) -> list[Path]:
    """The files of a folder and its folders, in order of name; none where there is no folder. A link to a file is one
    when it stays inside. hidden: those whose name, or a folder's, begins with a dot as well.

    Raises InputError on what cannot be a file of a study: a link that leads out of the folder, nowhere, in a circle or
    to a folder, and a named pipe, socket or device, which would never end.
    """
    base, found = folder.resolve(), []
    for above, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if hidden or not name.startswith(".")]
        names = [name for name in names if hidden or not name.startswith(".")]
        for path in (Path(above) / name for name in (*folders, *names)):
            if path.is_symlink():
                _stays(path, base)
            if not path.is_dir():
                require_regular(path)
                found.append(path)
    return sorted(found)


def _stays(link: Path, base: Path) -> None:
    """Raises InputError unless a link leads to a file within base."""
    fix = "Put the file itself there, or take the link out."
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputError("this link leads nowhere, or in a circle", path=link, fix=fix) from error
    if not target.is_relative_to(base):
        raise InputError("this link leads out of the folder", path=link, fix=fix)
    if target.is_dir():
        raise InputError("this link leads to a folder", path=link, fix="Put the files themselves there.")


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    return _sha256(path).hex()


def wheel_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as wheels record it: in URL-safe base 64 without padding."""
    return base64.urlsafe_b64encode(_sha256(path)).rstrip(b"=").decode("ascii")


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def require_regular(path: Path) -> None:
    """Raises InputError when a path is a named pipe, a socket or a device, or a link to one."""
    with in_a_sentence(path):
        kind = KINDS.get(stat.S_IFMT(path.stat().st_mode))
    if kind:
        raise InputError(f"this is {kind}, not a file", path=path, fix="Remove it from the folder.")


def require_member(entry: zipfile.ZipInfo, archive: Path) -> None:
    """Raises InputError when an entry of an archive is a link, a named pipe, a socket or a device."""
    if kind := KINDS.get(stat.S_IFMT(entry.external_attr >> 16)):
        raise InputError(f"{entry.filename} in this archive is {kind}, not a file", path=archive,
                         fix="Pack the files themselves.")  # fmt: skip


def cell_rows(lines: Sequence[str], path: str | Path | None = None) -> Iterator[tuple[int, int, list[str]]]:
    """The rows of a CSV file that hold anything, the header first: first line, number of lines, cells. Commas,
    semicolons or tabs, whichever the first line has most of, separate the cells.

    After the last row raises InputError on all that are longer or shorter than the header, and on quotes that do not
    close, each with its line.
    """
    separator = max("\t;,", key=lines[0].count) if lines else ","
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    sign = {"\t": "a tab"}.get(separator, f"`{separator}`")
    quoted = f'a text that holds {sign} stands in double quotes, as in "a{separator} b".'
    fix = f"Give each row as many cells as the first; {quoted}"
    uneven: list[InputError] = []
    start, width = 1, 0
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cells):
                continue
            width = width or len(cells)
            if len(cells) == width:
                yield line, start - line, cells
            else:
                what = f"{wording.count(len(cells), 'cell')} under {wording.count(width, 'column')}"
                uneven.append(InputError(what, path=path, line=line, fix=fix))
    except csv.Error as error:
        uneven.append(InputError(f"this is not a table: {error}", path=path, line=start, fix="Write it as CSV again."))
    refuse(uneven)
