"""The one error a user of the study is meant to read."""

from __future__ import annotations

from pathlib import Path


class InputError(ValueError):
    """Input that cannot be used: what is wrong, where, and how to fix it.

    what: one or two sentences, without a final line break.
    path, line: the file and the 1-based line that hold it, where known.
    fix: what the user can do about it.
    """

    def __init__(self, what: str, *, path: str | Path | None = None, line: int | None = None, fix: str = "") -> None:
        self.what, self.path, self.line, self.fix = what, path, line, fix
        place = "" if path is None else f"{path}:{line}: " if line else f"{path}: "
        super().__init__(place + what + (f"\n{fix}" if fix else ""))
