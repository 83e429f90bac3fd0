"""InputError, the error that users of the study read, and Missing, the value of a result that the data do not allow."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
REPORTED = 10  # mistakes of one file that are reported at once


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


class Mistakes(InputError):
    """Several mistakes, by file and line: the first REPORTED, and how many more there are. errors: all of them."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (str(error.path), error.line or 0)))
        self.alike = len({str(error.path) for error in errors}) == 1  # of one file
        more = [f"and {len(errors) - REPORTED:,} more"] if len(errors) > REPORTED else []
        lines = [f"{len(errors):,} mistakes:", *map(self._reported, self.errors[:REPORTED]), *more]
        super().__init__("\n".join(lines), path=errors[0].path if self.alike else None)

    def __reduce__(self) -> tuple[type[Mistakes], tuple[tuple[InputError, ...]]]:
        return Mistakes, (self.errors,)  # so that it survives pickling from another process

    def _reported(self, error: InputError) -> str:
        place = "" if self.alike else f"{error.path}, "
        place += f"line {error.line}: " if error.line else ""
        return f"{place}{error.what.rstrip('.')}. {error.fix}".rstrip()


@contextlib.contextmanager
def noting(errors: list[InputError]) -> Iterator[None]:
    """Adds what is wrong with one part of a file to the errors, so that the other parts are looked at too."""
    try:
        yield
    except Mistakes as several:
        errors.extend(several.errors)
    except InputError as error:
        errors.append(error)


def refuse(errors: Iterable[InputError]) -> None:
    """Raises the errors of a file: one as it is, several as Mistakes; returns if there are none."""
    found = list(errors)
    if found:
        raise Mistakes(found) if len(found) > 1 else found[0]


@dataclass(frozen=True)
class Missing:
    """A result that the data do not allow. reason: why, in words that a page can print, without a final stop."""

    reason: str


def stage(function: Callable[..., Result]) -> Callable[..., Result | Missing]:
    """Make a function a stage of a step, through which a missing result travels.

    Given a Missing as an argument, the stage returns it. A stage reads no files, so an InputError raised within it says
    that the data do not allow the result: the stage returns Missing with what the error says.
    """

    @functools.wraps(function)
    def run(*args: object, **kwargs: object) -> Result | Missing:
        missing = [value for value in (*args, *kwargs.values()) if isinstance(value, Missing)]
        if missing:
            return missing[0]
        try:
            return function(*args, **kwargs)
        except InputError as error:
            return Missing(error.what)

    return run


def given(result: Result | Missing, *needed: object) -> Result | Missing:
    """The result, or the first Missing among what it needs."""
    return next((each for each in needed if isinstance(each, Missing)), result)
