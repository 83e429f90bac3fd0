"""The lines of a Markdown text, each with the blocks that contain it: code, and directives of MyST."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CONDITIONS = ("when", "unless")  # directives that show their content under a condition only
LITERAL = ("", "code-block", "code", "math", "raw")  # blocks in which no other can open; code has no name

_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_MARK = re.compile(r"\s*(`{3,}(?!.*`)|~{3,}|:{3,})\s*(?:\{([^\s}]+)\})?(.*)")


@dataclass(frozen=True)
class OpenBlock:
    """A block that a line opens. mark: its fence, such as `:::`; name: of its directive, empty for code; argument: the
    text after the name."""

    mark: str
    name: str
    argument: str

    @property
    def is_condition(self) -> bool:
        """Whether it shows its content under a condition only."""
        return self.name in CONDITIONS


@dataclass(frozen=True)
class PageLine:
    """A line. number: from 1; within: the blocks around it, from outside in, without one that it opens or closes;
    opens: the block that it opens; is_mark: whether it opens or closes one."""

    number: int
    text: str
    within: tuple[OpenBlock, ...]
    opens: OpenBlock | None
    is_mark: bool

    @property
    def conditions(self) -> tuple[OpenBlock, ...]:
        """The conditions under which it is shown, from outside in."""
        return tuple(block for block in self.within if block.is_condition)


def lines(text: str) -> Iterator[PageLine]:
    """The lines of a text, nested as in MyST: a mark as long as that of an open block closes it and all within it.
    Outside lists, a line that begins with four blanks is code."""
    around: list[OpenBlock] = []
    listed = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            listed = _ITEM.match(line) is not None or (listed and line[0].isspace())
        is_code = not listed and line.expandtabs(4).startswith(" " * 4)
        found = None if is_code else _MARK.fullmatch(line)
        mark, name, rest = found.groups("") if found else ("", "", "")
        closing = mark if not (name or rest.strip()) else ""
        closed = next((at for at, block in enumerate(around) if closing.startswith(block.mark)), None)
        opens = None
        if closed is not None:
            del around[closed:]
        elif mark and not (around and around[-1].name in LITERAL):
            opens = OpenBlock(mark, name, rest.strip())
        yield PageLine(number, line, tuple(around), opens, is_mark=closed is not None or opens is not None)
        around += [opens] if opens else []
