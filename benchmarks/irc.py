"""The annotated Ubuntu logs (Kummerfeld et al. 2019) as messages and links, for benchmarks and training.

They are not in this repository: data/ of github.com/jkkummerfeld/irc-disentanglement, CC BY 4.0.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

FIRST = 1000  # lines before this one are context, not annotated
LINE = re.compile(r"^\[(\d\d):(\d\d)\] ?(?:<([^>]*)> ?|\* ?(\S+) ?)(.*)$")
HOW = "give --irc DIR or GUYUB_IRC=DIR, with dev/ and train/: data/ of github.com/jkkummerfeld/irc-disentanglement"
STRIPPED = ":,;.!?@()\"'<>[]{}"


@dataclass(frozen=True)
class Chat:
    """One log. messages: as infer_replies wants them, a row a line; links: (later, earlier) rows annotated."""

    name: str
    messages: pd.DataFrame
    links: frozenset[tuple[int, int]]


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Let the command line say where the logs are: --irc, or the environment's GUYUB_IRC; None where neither does."""
    folder = os.environ.get("GUYUB_IRC") or None
    parser.add_argument("--irc", type=Path, default=folder, metavar="DIR", help="folder of the annotated logs")


def annotated(chat: Chat) -> pd.DataFrame:
    """The annotated links as message_id and reply_to, missing where a message starts a thread."""
    ids, links = chat.messages["message_id"].to_numpy(), np.array(sorted(chat.links)).reshape(-1, 2)
    earlier = np.where(links[:, 0] == links[:, 1], None, ids[links[:, 1]])
    return pd.DataFrame({"message_id": ids[links[:, 0]], "reply_to": earlier}).astype("str")


def speakers(chat: Chat) -> pd.Series:
    """Who wrote, by message_id; missing on system lines."""
    return chat.messages.set_index("message_id")["sender"]


def read_chats(folder: Path, *, masked: bool = False) -> Iterator[Chat]:
    """Every annotated log of the folder in order of name; masked: nicknames deleted from the text."""
    if not (paths := sorted(folder.glob("*.ascii.txt"))):
        raise FileNotFoundError(f"no *.ascii.txt in {folder}: {HOW}")
    for path in paths:
        name = path.name.removesuffix(".ascii.txt")
        messages = _messages(path, name)
        if masked:
            messages["text"] = _without_names(messages["text"], set(messages["sender"].dropna()))
        yield Chat(name, messages, _links(path.with_name(f"{name}.annotation.txt")))


def _messages(path: Path, name: str) -> pd.DataFrame:
    lines = path.read_text(encoding="utf-8").split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    rows, clock, day = [], "00:00", pd.Timestamp(name[:10], tz="UTC")
    for number, line in enumerate(lines):
        match = LINE.match(line)
        if match:
            hours, minutes, nick, actor, text = match.groups()
            if f"{hours}:{minutes}" < clock[:5] and hours == "00":
                day += pd.Timedelta(days=1)
            clock = f"{hours}:{minutes}"
            sender, kind = nick or actor, "text"
        else:
            sender, kind, text = None, "system", line
        time = day + pd.Timedelta(f"{clock}:00")
        rows.append((f"{name}-{number}", name, time, sender, text, kind, None))
    columns = ["message_id", "channel", "time", "sender", "text", "kind", "reply_to"]
    return pd.DataFrame(rows, columns=columns).astype({"sender": "str", "text": "str", "reply_to": "str"})


def _without_names(texts: pd.Series, names: set[str]) -> pd.Series:
    lower = {name.lower() for name in names}
    return texts.map(lambda text: " ".join(w for w in text.split() if w.strip(STRIPPED).lower() not in lower))


def _links(path: Path) -> frozenset[tuple[int, int]]:
    pairs = (tuple(map(int, line.split()[:2])) for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset((max(pair), min(pair)) for pair in pairs)
