"""Who sent a message: where a sender's name ends, and which lines the messenger itself wrote."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analysis.ingest import words

REPEATED = 3  # messages in which the same words come before a second colon, for them to be part of the name
LONGEST = 100  # characters of a sender's name
DIRECTION = "\u200e\u200f"
_QUOTED = re.compile('["“”„‟‚«»‹›「」『』]')  # in any language: a system line quotes the name of a group
# as a name is written: a capital first, not all of them
_NAME = re.compile(r"(?=.*[^\W\d_A-Z])[^\W\d_a-z][^\n:]{0,39}")


@dataclass
class Split:
    """Senders and texts. sender: missing on system lines; text: what was said; system: places of the messenger's own
    lines; doubtful: senders whose name may or may not go on after a colon."""

    sender: list[str | None]
    text: list[str]
    system: list[int]
    doubtful: list[str]


def split_senders(
    heads: Sequence[str | None], bodies: list[str], *, listed: Collection[str] = (), bracket: bool = False
) -> Split:
    """Sender and text of each message.

    heads: what comes before the first colon of the header's line, where it could be a name; bodies: what follows it,
    or the whole line and its continuation. listed: names of senders, which settle doubt. bracket: an iOS export, in
    which the group itself signs the messenger's own lines.
    """
    verdicts = {head: None if head is None else _name(head, listed) for head in set(heads)}
    longer, doubtful = _longer(heads, bodies, verdicts, listed)
    sender = [verdicts[head] for head in heads]
    text = list(bodies)
    doubted = [i for i, head in enumerate(heads) if verdicts[head] is None or head in longer]
    for i in doubted:
        sender[i], text[i] = _slowly(heads[i], text[i], longer.get(heads[i], ()), listed)
    if bracket:
        for i in _signed_by_messenger(sender, text):
            sender[i] = None
    return Split(sender, text, [i for i, name in enumerate(sender) if name is None], doubtful)


def _name(head: str, listed: Collection[str]) -> str | None:
    """The head as a sender's name, None when it is none: a system line may hold a colon too."""
    if head not in listed and (len(head) > LONGEST or _QUOTED.search(head) or words.is_system(head)):
        return None
    return head.rstrip(" ")


def _longer(
    heads: Sequence[str | None],
    bodies: Sequence[str],
    verdicts: Mapping[str | None, str | None],
    listed: Collection[str],
) -> tuple[dict[str | None, list[str]], list[str]]:
    """Names that go on after their first colon, by head, and those of them that no list of senders settles.

    Without a list: something like a name comes before a second colon in all their messages, REPEATED or more.
    """
    longer: dict[str | None, list[str]] = {}
    for name in sorted(listed, key=len, reverse=True):
        if ": " in name:
            longer.setdefault(name.partition(": ")[0], []).append(name)
    open_to = {head for head, name in verdicts.items() if head and name and head not in listed and head not in longer}
    first: dict[str, str] = {}
    texts: dict[str, set[str]] = {}
    for head, body in zip(heads, bodies, strict=True):
        if head and head in open_to:
            second, colon, text = body.partition(": ")
            if not colon or first.setdefault(head, second) != second:
                open_to.discard(head)
            texts.setdefault(head, set()).add(text)
    unsettled = {head: f"{head}: {first[head]}" for head in sorted(open_to)
                 if len(texts[head]) >= REPEATED and _NAME.fullmatch(first[head])}  # fmt: skip
    longer.update((head, [name]) for head, name in unsettled.items())
    return longer, list(unsettled.values())


def _slowly(head: str | None, body: str, longer: Sequence[str], listed: Collection[str]) -> tuple[str | None, str]:
    """Sender and text of one message looked at by itself."""
    line = body if head is None else f"{head}: {body}"
    first = line.partition("\n")[0]
    for name in longer or listed:
        if line.startswith((f"{name}: ", f"{name}:\n")) or line == f"{name}:":
            return name, line[len(name) + 1 :].removeprefix(" ")
    start = len(first) - 1 if ": " not in first and first.endswith(":") else first.find(": ")
    if start <= 0 or (head is not None and not longer):
        return None, line
    sender = _name(first[:start], listed)
    return (None, line) if sender is None else (sender, line[start + 1 :].removeprefix(" "))


def _signed_by_messenger(sender: Sequence[str | None], text: Sequence[str]) -> list[int]:
    """Places of lines that the messenger wrote though a name comes before them (iOS).

    Phrases of the messenger begin with a direction mark; the group signs as a sender all of whose texts are phrases.
    """
    marked = [i for i, line in enumerate(text) if line[:1] and line[0] in DIRECTION and words.is_system(line)]
    opening = next((i for i, name in enumerate(sender[:3]) if name is not None and words.is_system(text[i])), None)
    if opening is None:
        return marked
    own = [i for i, name in enumerate(sender) if name == sender[opening]]
    group = own if all(words.is_system(text[i]) or text[i][:1] in DIRECTION for i in own) else []
    return sorted({*marked, *group, opening})
