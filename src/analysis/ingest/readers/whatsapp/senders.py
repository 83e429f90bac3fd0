"""Who sent a message: where a sender's name ends, and which lines the messenger itself wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analysis.ingest import words

REPEATED = 3  # messages in which the same words come before a second colon, for them to be part of the name
LONGEST, MOST = 100, 1_000  # characters of a sender's name, unless it is listed, and if it is
SHORT = 40  # characters of what stands in the place of a picture
MANY, ALL = 50, 0.95  # named lines, and the share with a mark beyond which it says nothing
_QUOTED = re.compile('["“”„‟‚«»‹›「」『』]')  # in any language: a system line quotes the name of a group
_COLON = re.compile(r":(?=[ \n]|\Z)")
# as a name is written: a capital first, not all of them
_NAME = re.compile(r"(?=.*[^\W\d_A-Z])[^\W\d_a-z][^\n:]{0,39}")


@dataclass
class Split:
    """Senders and texts. sender: missing on system lines; text: what was said; system: places of the messenger's own
    lines; placeholders: places of what it wrote in a person's place, in words that are not known; doubtful: senders
    whose name may or may not go on after a colon."""

    sender: list[str | None]
    text: list[str]
    system: list[int]
    placeholders: list[int]
    doubtful: list[str]


def split_senders(
    heads: Sequence[str | None], bodies: list[str], *, listed: Collection[str] = (), bracket: bool = False
) -> Split:
    """Sender and text of each message.

    heads: what comes before the first colon of the header's line, where it could be a name; bodies: what follows it,
    or the whole line and its continuation. listed: names of senders, which settle doubt. bracket: an iOS export, in
    which the group itself signs the messenger's own lines.
    """
    known = frozenset(listed)
    verdicts = {head: None if head is None else name_of(head, known) for head in set(heads)}
    longer, doubtful = longer_names(heads, bodies, verdicts, known)
    sender = [verdicts[head] for head in heads]
    text = list(bodies)
    open_ended = {head for head, name in verdicts.items() if name is None or head in longer}
    doubted = [i for i, head in enumerate(heads) if head in open_ended]
    for i in doubted:
        sender[i], text[i] = _slowly(heads[i], text[i], longer.get(heads[i], ()), known)
    placeholders: list[int] = []
    if bracket:
        signed, placeholders = _by_messenger(sender, text)
        for i in signed:
            sender[i] = None
    return Split(sender, text, [i for i, name in enumerate(sender) if name is None], placeholders, doubtful)


def name_of(head: str, listed: frozenset[str]) -> str | None:
    """The head as a sender's name, None when it is none: a system line may hold a colon too."""
    if head not in listed and (len(head) > LONGEST or _QUOTED.search(head) or words.is_system(head)):
        return None
    return head.rstrip(" ")


def longer_names(
    heads: Sequence[str | None],
    bodies: Sequence[str],
    verdicts: Mapping[str | None, str | None],
    listed: frozenset[str],
) -> tuple[dict[str | None, list[str]], list[str]]:
    """Names that go on after their first colon, by head, and those of them that no list of senders settles.

    Without a list: something like a name comes before a second colon in all their messages, REPEATED or more.
    """
    longer: dict[str | None, list[str]] = {}
    for name in sorted((name for name in listed if ": " in name), key=lambda name: (-len(name), name)):
        longer.setdefault(name.partition(": ")[0], []).append(name)
    open_to = {head for head, name in verdicts.items() if head and name and head not in listed and head not in longer}
    first: dict[str, str] = {}
    texts: dict[str, set[str]] = {}
    for head, body in zip(heads, bodies, strict=True):
        if not open_to:
            break
        if head and head in open_to:
            second, colon, text = body.partition(": ")
            if not colon or first.setdefault(head, second) != second:
                open_to.discard(head)
            texts.setdefault(head, set()).add(text)
    unsettled = {head: f"{head}: {first[head]}" for head in sorted(open_to)
                 if len(texts[head]) >= REPEATED and _NAME.fullmatch(first[head])}  # fmt: skip
    longer.update((head, [name]) for head, name in unsettled.items())
    return longer, list(unsettled.values())


def _slowly(head: str | None, body: str, longer: Sequence[str], listed: frozenset[str]) -> tuple[str | None, str]:
    """Sender and text of one message looked at by itself. longer: names that go on after a colon, the longest first;
    without any the shortest listed name that a colon follows counts."""
    line = body if head is None else f"{head}: {body}"
    first = line.partition("\n")[0]
    begun = [line[: colon.start()] for colon in _COLON.finditer(line[: MOST + 1])]
    name = next((name for name in longer or begun if name in (begun if longer else listed)), None)
    if name is not None:
        return name, line[len(name) + 1 :].removeprefix(" ")
    start = len(first) - 1 if ": " not in first and first.endswith(":") else first.find(": ")
    if start <= 0 or (head is not None and not longer):
        return None, line
    sender = name_of(first[:start], listed)
    return (None, line) if sender is None else (sender, line[start + 1 :].removeprefix(" "))


def _by_messenger(sender: Sequence[str | None], text: Sequence[str]) -> tuple[list[int], list[int]]:
    """Places of lines that the messenger wrote though a name comes before them (iOS), and of its placeholders in words
    that are not known.

    What begins with a direction mark is the messenger's: in a person's place (a picture left out) where a phrase says
    so, or where short words repeat; else of its own. Where hardly any line is without a mark, the mark says nothing.
    Without marks, the group signs as a sender all of whose texts are the messenger's phrases.
    """
    named = [i for i, name in enumerate(sender) if name is not None]
    marked = [i for i in named if words.is_marked(text[i])]
    if len(named) >= MANY and len(marked) > ALL * len(named):
        signed, placeholders = [i for i in marked if words.is_system(text[i])], []
    else:
        unknown = [i for i in marked if words.kind_of(text[i]) == "text"]
        times = Counter(text[i] for i in unknown)
        placeholders = [
            i for i in unknown if times[text[i]] > 1 and len(text[i]) <= SHORT and not words.is_system(text[i])
        ]
        signed = sorted({*unknown} - {*placeholders})
    opening = next((i for i in named[:3] if words.is_notice(text[i])), None)
    if opening is None:
        return signed, placeholders
    own = [i for i in named if sender[i] == sender[opening]]
    group = own if all(words.is_system(text[i]) or words.is_marked(text[i]) for i in own) else []
    return sorted({*signed, *group, opening} - {i for i in group if words.kind_of(text[i]) != "text"}), placeholders
