"""The records of a long JSON export one by one, in bounded memory, each with the line it begins on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.ingest.files import pieces

LONGEST_RECORD = 20_000_000  # characters
DEEPEST = 100  # nested lists and objects; messengers stay below 10
CONTEXT = 20_000  # characters kept before a list of messages: the chat's name is there
MESSAGES = re.compile(r'"messages"\s*:\s*\[')
ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9a-fA-F]{2})")
GAP = re.compile(r"[\s,]*")

Record = dict[str, Any]


class BrokenJSON(InputError):
    """A file of JSON, or a line of it, cannot be read as such: it may have been cut off."""


class Window:
    """A part of a text that moves forward; line is the 1-based line at its start."""

    def __init__(self, path: Path) -> None:
        self._pieces = pieces(path)
        self.path, self.text, self.line = path, "", 1

    def more(self) -> bool:
        """Add the next piece; False when there is none. Control characters written \\xNN become JSON's \\u00NN."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self.text += ESCAPE.sub(r"\1\\u00\2", piece) if "\\x" in piece else piece
        return True

    def skip(self, end: int) -> None:
        """Move the start forward to a place in the text."""
        self.line += self.text.count("\n", 0, end)
        self.text = self.text[end:]

    def broken(self, why: str) -> BrokenJSON:
        """The error that says why the JSON cannot be read further, and where."""
        return BrokenJSON(f"broken JSON: {why}", path=self.path, line=self.line,
                          fix="Export the chat again, as machine-readable JSON.")  # fmt: skip


def messages(path: Path) -> Iterator[tuple[str, int, Record | None]]:
    """Each element of each list `messages` in a JSON file: the text before the list, the element's line, itself.

    An element that is not an object is given as None. Raises InputError when the JSON is broken or ends within a list.
    """
    window, lists = Window(path), 0
    while True:
        opening = MESSAGES.search(window.text)
        if opening is None:
            window.skip(max(0, len(window.text) - CONTEXT))
            if not window.more():
                break
            continue
        context = window.text[max(0, opening.start() - CONTEXT) : opening.start()]
        window.skip(opening.end())
        lists += 1
        for line, record in _elements(window):
            yield context, line, record
    if not lists:
        raise window.broken("it holds no list of messages")


def _elements(window: Window) -> Iterator[tuple[int, Record | None]]:
    """The elements of the list whose opening bracket the window has just passed."""
    decoder, place = json.JSONDecoder(strict=False), 0
    line, counted = window.line, 0
    while True:
        place = GAP.match(window.text, place).end()  # type: ignore[union-attr]
        if window.text.startswith("]", place):
            window.skip(place + 1)
            return
        line += window.text.count("\n", counted, place)
        counted = place
        try:
            record, end = decoder.raw_decode(window.text, place)
        except (ValueError, RecursionError) as error:
            window.skip(place)
            place, counted, line = 0, 0, window.line
            if len(window.text) > LONGEST_RECORD or isinstance(error, RecursionError) or not window.more():
                raise window.broken(getattr(error, "msg", "a record is too long or nested too deep")) from error
            continue
        if end == len(window.text) and window.more():
            continue  # a number at the end of a piece may continue in the next
        if too_deep(record, window.text.count("[", place, end) + window.text.count("{", place, end)):
            window.skip(place)
            raise window.broken("a record is too long or nested too deep")
        yield line, record if isinstance(record, dict) else None
        place = end


def too_deep(value: object, brackets: int | None = None) -> bool:
    """Whether a JSON value is nested more than DEEPEST deep, so that what walks it might not return.

    brackets: how many lists and objects it has, where known, which mostly spares the walk.
    """
    level = [value] if brackets is None or brackets > DEEPEST else []
    for _ in range(DEEPEST):
        if not level:
            return False
        held = ((v.values() if isinstance(v, dict) else v) for v in level if isinstance(v, dict | list))
        level = [inner for values in held for inner in values if isinstance(inner, dict | list)]
    return bool(level)
