"""Words and things: what to draw from the word lists and the goods, and how templates are filled with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from analysis.simulate.dice import Dice
from analysis.simulate.grammar import Node, grammar
from analysis.simulate.people import LEADERS, goods
from analysis.simulate.rhythm import WEEKDAYS, Event, date_of

# Private-use marks around what typing must not change: KEEP a number or link, NAME a person (case may change), END.
KEEP, END, NAME = "\ue000", "\ue001", "\ue002"
Filling = str | tuple[Node, ...]
_STEMS = {"place": "shop", "news": "marketnews"}  # slots drawn from a list of another name
_HOURS = ("7 malam", "19.00", "8 pagi", "9", "4 sore", "16.00", "10 pagi", "habis isya", "setengah 8", "1 siang")


@dataclass
class Topic:
    """What a conversation is about. slots: words that stay the same in all its messages. Members are numbers."""

    slots: dict[str, str] = field(default_factory=dict)
    price: int = 0  # thousands of rupiah
    old: int = 0
    qty: int = 0
    third: int = -1  # a member talked about
    owner: int = -1  # the member whose goods are talked about
    target: int = -1  # the member spoken to by the first message
    event: Event | None = None
    about: frozenset[str] = frozenset()  # keys that templates may ask for

    def but(self, third: int) -> Topic:
        """The same topic with another third person."""
        return replace(self, third=third)


class Words:
    """The words and things of one community, and the dice they are drawn with."""

    def __init__(self, people: pd.DataFrame, events: list[Event], dice: Dice) -> None:
        self.people: list[dict[str, Any]] = people.to_dict("records")
        self.events = events
        self.dice = dice
        self.lists = grammar().words
        self.leaders = {r: next((i for i, p in enumerate(self.people) if p["role"] == r), 0) for r in LEADERS}

    def fill(self, nodes: tuple[Node, ...], look: Callable[[str], Filling]) -> str:
        """A template's text: of each choice one, of each slot what `look` finds for it."""
        out: list[str] = []
        self._fill(nodes, out, look)
        return "".join(out)

    def _fill(self, nodes: tuple[Node, ...], out: list[str], look: Callable[[str], Filling]) -> None:
        for node in nodes:
            if isinstance(node, str):
                out.append(node)
            elif node[0] == "any":
                self._fill(self.dice.pick(node[1]), out, look)
            else:
                filling = look(node[1])
                if isinstance(filling, str):
                    out.append(filling)
                else:
                    self._fill(filling, out, look)

    def word(self, name: str, topic: Topic) -> str:
        """An entry of a word list, filled."""
        return self.fill(self.dice.pick(self.lists[name]), lambda slot: self.common(slot, topic))

    def common(self, slot: str, topic: Topic) -> Filling:
        """What a slot holds whoever speaks: the topic's word, a person, a day, an entry of a list."""
        if slot in topic.slots:
            return topic.slots[slot]
        if slot == "third":
            return self.person(topic.third)
        if slot in self.leaders:
            return self.person(self.leaders[slot])
        if slot == "day":
            return self.dice.pick(WEEKDAYS)
        if slot == "item":
            return self.dice.pick(self.product(max(topic.third, 0))["items"])
        if slot == "hour":
            return self.hour()
        if slot == "event":
            return self.dice.pick(self.events).name if self.events else "bazar"
        stem = slot if slot in self.lists else slot.rstrip("23")
        return self.dice.pick(self.lists[_STEMS.get(stem, stem)])

    def person(self, i: int) -> str:
        """The member as people call him."""
        return f"{NAME}{self.people[i]['alias']}{END}"

    def product(self, i: int) -> dict[str, Any]:
        """The goods of the member's business."""
        return goods()["products"][self.people[i]["product"]]

    def supply(self, i: int) -> list[Any]:
        """Something the member's business buys: name, unit, lowest and highest price."""
        own = self.product(i)["supplies"]
        return self.dice.pick([*own, *own, *goods()["sectors"][self.people[i]["sector"]]])

    def day(self, today: int) -> str:
        """A day of the coming week, as seen from today."""
        ahead = self.dice.pick((1, 1, 2, 3, 4, 5, 6))
        name = WEEKDAYS[date_of(today + ahead).weekday()]
        if ahead == 1:
            return self.dice.pick(("besok", f"besok {name}", f"{name} besok"))
        return self.dice.pick((name, f"hari {name}", f"{name} besok", "lusa" if ahead == 2 else f"{name} depan"))

    def hour(self) -> str:
        return self.dice.pick(_HOURS)
