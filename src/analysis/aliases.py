"""What YAML's aliases stand for, counted before a text is loaded: a few lines can stand for thousands of millions of
values ("billion laughs"), which hang whatever walks over them."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

MOST = 10_000  # values that the aliases of a text may stand for in all
DEEPEST = 100  # lists and mappings within each other


def require_bounded(events: Iterable[yaml.Event]) -> None:
    """Raises yaml.YAMLError when aliases stand for more than MOST values or for what holds them, and when values lie
    more than DEEPEST deep. events: of yaml.parse."""
    sizes: dict[str | None, int] = {}  # of what has an anchor, aliases in it written out
    above: list[tuple[str | None, int]] = []  # lists and mappings that are open: anchor, values in them so far
    stood_for = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            above.append((event.anchor, 1))
            if len(above) > DEEPEST:
                raise _refusal(f"values lie more than {DEEPEST} deep in each other", event)
            continue
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in above):
                raise _refusal(f"the alias *{event.anchor} stands for what it is in", event)
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
