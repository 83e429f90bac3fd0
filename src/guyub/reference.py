"""Writes the API reference of the book from the docstrings: python -m guyub.reference (in the project's root)."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import guyub

PAGE = Path("book/api.md")
MODULE = r"\b[a-z_]+(?:\.[a-z_]+)*\.(?=[A-Z])"  # before a class
RUN_ON = r"(?<=\S)\n(?: +|(?![a-z_, ]+: |Raises |Returns ))(?=\S)"  # a line's end within a paragraph or an item
HEAD = """\
# The library

`import guyub` gives the methods of this study to other programs and notebooks. Each is the function that the chapters
use; {doc}`howto` shows them at work. This page is made from the docstrings (`python -m guyub.reference`).
"""


def reference() -> str:
    """The page: each public name with its signature and docstring, methods of classes below them."""
    return "\n".join([HEAD, *(_entry(name, getattr(guyub, name)) for name in guyub.PLACES)])


def _entry(name: str, value: object) -> str:
    parts = [f"## `guyub.{name}`\n", _signature(f"guyub.{name}", value), _text(value)]
    if inspect.isclass(value) and not issubclass(value, Exception):
        for method, function in vars(value).items():
            own = function.fget if isinstance(function, property) else getattr(value, method)
            if not method.startswith("_") and inspect.getdoc(own) and callable(own):
                parts += [_signature(f"{name}.{method}", own, isinstance(function, property)), _text(own)]
    return "\n".join(parts)


def _signature(name: str, value: object, attribute: bool = False) -> str:
    """A fenced line with the arguments, annotations without the names of modules."""
    words = "" if attribute else str(inspect.signature(value))  # type: ignore[arg-type]
    words = re.sub(r"((?::|->) )'([^']*)'", r"\1\2", words)  # annotations are kept as text
    return f"```{{code-block}} python\n:class: wrapped\n\n{name}{re.sub(MODULE, '', words)}\n```\n"


def _text(value: object) -> str:
    """The docstring, a line for each paragraph or item: the page wraps them."""
    words = re.sub(RUN_ON, " ", inspect.getdoc(value) or "")
    return f"```{{code-block}} text\n:class: wrapped docstring\n\n{words}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    print(f"wrote {PAGE}")
