"""What a command consists of: its function, its arguments and its words for `--help`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Command:
    """A command. do: its function, whose docstring is its help; arguments: name to argparse's options.

    either: arguments of which exactly one must be given; epilog: a guide below the help; stopped: what Ctrl-C leaves.
    """

    do: Callable[[argparse.Namespace], None]
    arguments: Mapping[str, Mapping[str, Any]]
    either: tuple[str, ...] = ()
    epilog: str = ""
    stopped: str = ""


def seed(text: str) -> int:
    """A seed from the command line. Raises ArgumentTypeError unless it is a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give a whole number from 0 on, such as 20240724")
    return int(text)


def described(meaning: str, **options: Any) -> dict[str, Any]:
    """An argument's options for argparse, with its line in the help."""
    return {"help": meaning, **options}


SEED = described("seed of all random draws (%(default)s)", type=seed, default=20240724)
