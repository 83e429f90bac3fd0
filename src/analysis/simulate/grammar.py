"""The grammar: moves, their hand-written templates, and which moves may answer which.

A *move* is something one does with a message (ask for a supplier, thank, tease). A move by `self` continues an
earlier message of its speaker (moves/again.yaml). A template has (a|b) choices and
{slots}. At its end may follow: @ codes of its own and conditions on its time or speaker; # the topic that the
conversation must have; ? the question it asks; ! the questions it answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from analysis import codebook
from analysis.errors import InputError
from analysis.simulate.people import HERE, load_yaml

CONDITIONS = frozenset((
    "f", "m", "parent", "elder", "lead", "self", "food", "craft", "fashion", "services", "goods",
    "food_owner", "fashion_owner", "services_owner", "goods_owner", "goods_to",
    "ramadan", "eid", "friday", "morning", "night", "august", "rain",
))  # fmt: skip
INHERITED = frozenset(("@thread", "@own"))  # codes of the conversation's first message, of the message gone on with
_TAG = re.compile(r" ([@#?!])([a-z_0-9]+(?:\+[a-z_0-9]+)*)$")
_TOKEN = re.compile(r"\{([^}]+)\}|[(|)]|[^{(|)]+")
Node = str | tuple[str, Any]


@dataclass(frozen=True)
class Template:
    """One hand-written text.

    needs (@): conditions on its time and speaker. about (#): what the conversation must be about; a first message
    sets it. asks (?): the question it asks. answers (!): the questions it answers; empty: any.
    """

    key: str
    nodes: tuple[Node, ...]
    codes: tuple[str, ...]
    needs: frozenset[str]
    about: frozenset[str]
    asks: str
    answers: frozenset[str]


@dataclass(frozen=True)
class Move:
    """What one does with a message, and what may answer it. by: other, addressee, either, third, owner; self for a move
    that continues the speaker's own message, which is then one of the moves `of`; whatever answers those answers it."""

    name: str
    codes: tuple[str, ...]
    templates: tuple[Template, ...]
    replies: tuple[tuple[str, str, float], ...]  # move, by, weight
    n: float  # mean number of answers
    start: dict[str, float]
    by: str = "other"
    topic: str = ""
    kind: str = "text"
    share: float = 0.0  # how far the speaker is one of those who share news
    lead: float = 0.0  # how far the speaker is one of the committee
    barrier: float = 0.0
    media: float = 0.0
    event: bool = False
    pair: bool = False
    deal: bool = False
    refer: Any = False
    only: str = ""
    season: str = ""  # opened only on such days
    of: frozenset[str] = frozenset()
    unanswered: bool = False  # only while nobody has answered


@dataclass
class Grammar:
    """Moves by name; words and tails: lists of variants by name, of a slot and of what may end a message."""

    moves: dict[str, Move]
    words: dict[str, list[tuple[Node, ...]]]
    tails: dict[str, list[tuple[Node, ...]]]


def leaf_codes() -> list[str]:
    """The codebook's codes that have no children, in its order."""
    return list(codebook.load(HERE / "codebook.yaml").leaves)


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """All moves and words, read once. Raises InputError when a move, code or list is named that does not exist."""
    raw: dict[str, Any] = {}
    for path in sorted((HERE / "language/moves").glob("*.yaml")):
        raw |= load_yaml(f"language/moves/{path.name}")
    codes = set(leaf_codes())
    moves = {name: _move(name, spec, codes) for name, spec in raw.items()}
    moves = {name: replace(move, of=_continued(move, moves)) for name, move in moves.items()}
    for move in moves.values():
        for answer, _, _ in move.replies:
            if answer not in moves:
                raise InputError(f"the move {move.name} is answered by {answer}, which does not exist")
    return Grammar(moves, _lists("lexicon"), _lists("tails"))


def _continued(move: Move, moves: dict[str, Move]) -> frozenset[str]:
    """The moves that this one may continue: `of` names them, or codes that stand for the moves with such a code."""
    with_code = {code: {name for name, one in moves.items() if code in one.codes} for code in move.of}
    names = set().union(*(with_code[each] or {each} for each in move.of))
    if unknown := sorted(names - set(moves)):
        raise InputError(f"the move {move.name} continues {', '.join(unknown)}, which does not exist")
    return frozenset(name for name in names if moves[name].by != "self")


def _lists(name: str) -> dict[str, list[tuple[Node, ...]]]:
    lists = load_yaml(f"language/{name}.yaml")
    return {key: [parse(entry) for entry in line.split("; ")] for key, line in lists.items()}


def _move(name: str, spec: dict[str, Any], codes: set[str]) -> Move:
    spec = dict(spec)
    own, lines = tuple(spec.pop("codes")), spec.pop("say").splitlines()
    templates = tuple(_template(f"{name}/{i}", line, own, codes) for i, line in enumerate(lines))
    replies = []
    for answer, weight in spec.pop("replies", {}).items():
        move, _, by = answer.partition("@")
        replies.append((move, by, float(weight)))
    start, of = spec.pop("start", {}), frozenset(spec.pop("of", ()))
    return Move(name=name, codes=own, templates=templates, replies=tuple(replies), start=start, of=of, **spec)


def _template(key: str, line: str, own: tuple[str, ...], codes: set[str]) -> Template:
    marked: dict[str, list[str]] = {mark: [] for mark in "@#?!"}
    while tag := _TAG.search(line):
        marked[tag[1]] += tag[2].split("+")
        line = line[: tag.start()]
    tags = marked["@"]
    unknown = [t for t in [*tags, *own] if t not in CONDITIONS and t not in codes and t not in INHERITED]
    if unknown:
        raise InputError(f"the template {key} names {unknown}, which is neither a code nor a condition")
    all_codes = own + tuple(t for t in tags if t in codes and t not in own)
    needs, about, answers = (frozenset(each) for each in (CONDITIONS.intersection(tags), marked["#"], marked["!"]))
    nodes = parse(line.replace("\\n", "\n"))
    return Template(key, nodes, all_codes, needs, about, "".join(marked["?"]), answers)


def parse(text: str) -> tuple[Node, ...]:
    """Text into nodes: a literal string, ("slot", name) or ("any", [nodes, ...]). Brackets without | are plain text.
    Raises InputError on an unclosed bracket."""
    groups: list[list[list[Node]]] = [[[]]]  # open brackets, each with its options so far
    for match in _TOKEN.finditer(text):
        token, inside = match[0], len(groups) > 1
        if match[1]:
            groups[-1][-1].append(("slot", match[1]))
        elif token == "(":
            groups.append([[]])
        elif token == "|" and inside:
            groups[-1].append([])
        elif token == ")" and inside:
            options = groups.pop()
            choice: list[Node] = [("any", [tuple(o) for o in options])]
            groups[-1][-1] += choice if len(options) > 1 else ["(", *options[0], ")"]
        else:
            groups[-1][-1].append(token)
    if len(groups) > 1:
        raise InputError(f"a bracket is not closed: {text}")
    return tuple(groups[0][0])
