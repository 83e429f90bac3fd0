"""Checks of a YAML text before it is loaded: its aliases must stand for few values, and no key may be repeated or
merged in.

A few lines can stand for thousands of millions of values ("billion laughs"), which hang code that walks over them. Of a
repeated key the last counts, but a reader sees the first; a merge key brings values from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import yaml

MOST = 10_000  # values that the aliases of a text may stand for in all
DEEPEST = 100  # lists and mappings within each other


def require_bounded(events: Iterable[yaml.Event]) -> None:
    """Raises yaml.YAMLError when aliases stand for more than MOST values or for a value that holds them, and when
    values are nested more than DEEPEST deep. events: from yaml.parse."""
    sizes: dict[str | None, int] = {}  # values under each anchor, with its aliases written out
    above: list[tuple[str | None, int]] = []  # open lists and mappings: anchor, values in them so far
    stood_for = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            above.append((event.anchor, 1))
            if len(above) > DEEPEST:
                raise _refusal(f"values are nested more than {DEEPEST} deep", event)
            continue
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in above):
                raise _refusal(f"the alias *{event.anchor} refers to a value that contains it", event)
            size = sizes.get(event.anchor, 1)
            stood_for += size
            if stood_for > MOST:
                raise _refusal(f"its aliases stand for more than {MOST:,} values", event)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = above.pop()
            sizes |= {anchor: size} if anchor else {}
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            sizes |= {event.anchor: size} if event.anchor else {}
        else:
            continue
        if above:
            above[-1] = (above[-1][0], above[-1][1] + size)


def _refusal(what: str, event: yaml.Event) -> yaml.YAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)  # type: ignore[arg-type]


def require_distinct_keys(node: yaml.Node | None) -> None:
    """Raises yaml.YAMLError when a mapping repeats a key, with both lines, or merges another mapping in.

    node: the root of a text; None where it is empty.
    """
    for mapping in _mappings(node):
        lines: dict[object, int] = {}  # of each key, from 1
        for key in (key for key, _ in mapping.value if isinstance(key, yaml.ScalarNode)):
            if key.tag == "tag:yaml.org,2002:merge":
                what = f"a merge key (<<) in line {key.start_mark.line + 1} gives values that nobody reads there"
                raise yaml.MarkedYAMLError(problem=what, problem_mark=key.start_mark)
            text = key.tag == "tag:yaml.org,2002:str"
            value, line = key.value if text else yaml.safe_load(key.value), key.start_mark.line + 1
            if value in lines:
                what = f"the key {key.value} is repeated, in line {lines[value]} and in line {line}"
                raise yaml.MarkedYAMLError(problem=what, problem_mark=key.start_mark)
            lines[value] = line


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Every mapping of a text, once each."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, yaml.CollectionNode) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.MappingNode):
            yield one
        waiting += [child for part in one.value for child in (part if isinstance(part, tuple) else (part,))]
