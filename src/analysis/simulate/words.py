"""Words, things and topics: drawing from the word lists and the goods, and filling templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.simulate.dice import Dice
from analysis.simulate.grammar import Node, grammar
from analysis.simulate.people import LEADERS, goods
from analysis.simulate.rhythm import MONTHS, WEEKDAYS, Event, date_of

# Private-use marks around what typing must not change: KEEP a number or link, NAME a person (case may change), END.
KEEP, END, NAME = "\ue000", "\ue001", "\ue002"
Filling = str | tuple[Node, ...]
_STEMS = {"place": "shop", "news": "marketnews"}  # slots drawn from a list of another name
_TROUBLES = {
    "lupa sandi": "password", "memorinya penuh": "memory", "minta kode terus": "code", "gak bisa upload foto": "photo",
    "fotonya buram": "photo",
}  # fmt: skip
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


class Words:
    """The words and things of one community, and the dice they are drawn with."""

    def __init__(self, people: pd.DataFrame, events: list[Event], dice: Dice) -> None:
        self.people: list[dict[str, Any]] = people.to_dict("records")
        self.events = events
        self.dice = dice
        self.lists = grammar().words
        self.leaders = {r: next((i for i, p in enumerate(self.people) if p["role"] == r), 0) for r in LEADERS}

    def fill(self, nodes: tuple[Node, ...], look: Callable[[str], Filling]) -> str:
        """A template's text: one of each choice, and for each slot what `look` returns."""
        parts: list[str] = []
        for node in nodes:
            filling = node if isinstance(node, str) else self.dice.pick(node[1]) if node[0] == "any" else look(node[1])
            parts.append(filling if isinstance(filling, str) else self.fill(filling, look))
        return "".join(parts)

    def word(self, name: str, topic: Topic) -> str:
        """An entry of a word list, filled."""
        return self.fill(self.dice.pick(self.lists[name]), lambda slot: self.common(slot, topic))

    def common(self, slot: str, topic: Topic) -> Filling:
        """The content of a slot that does not depend on the speaker: the topic's word, a person, a day, a list
        entry."""
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
        """The member's name as people use it."""
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


def draw_topic(words: Words, kind: str, speaker: int, day: int, present: list[int]) -> Topic:
    """The topic of a conversation that `speaker` opens on `day`; present: the members of the channel. Raises
    InputError for an unknown kind of topic."""
    topic = Topic(qty=words.dice.pick((5, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 100)))
    topic.slots["day"] = words.day(day)
    others = [i for i in present if i != speaker] or present
    topic.third = words.dice.pick(others)
    if kind:
        if not hasattr(_Draw, kind):
            raise InputError(f"a move names the topic {kind}, which does not exist")
        getattr(_Draw(words, topic, speaker, day, others), kind)()
    return topic


@dataclass
class _Draw:
    """One topic being drawn: its words, who opens the conversation, on which day, and who else is there. Each kind of
    topic that a move may name is the method of that name."""

    words: Words
    topic: Topic
    speaker: int
    day: int
    others: list[int]

    def _fix(self, *names: str, hour: bool = False) -> None:
        """Draw these lists (and an hour) once, so that all messages of the conversation say the same."""
        for name in names:
            self.topic.slots[name] = self.words.word(name, self.topic)
        if hour:
            self.topic.slots["hour"] = self.words.hour()

    def _other(self, name: str, slot: str) -> str:
        """An entry of the list that is not the one the slot already has."""
        drawn = [self.words.word(name, self.topic) for _ in range(4)]
        return next((word for word in drawn if word != self.topic.slots.get(slot)), drawn[0])

    def _stuff(self, row: list[Any]) -> None:
        name, unit, low, high = row
        self.topic.slots |= {"item": name, "unit": unit}
        self.topic.price, self.topic.old = self.words.dice.whole(low, high), low

    def _goods_of(self, owner: int) -> None:
        product = self.words.product(owner)
        item, second = self.words.dice.shuffled(product["items"])[:2]
        self.topic.slots |= {"item": item, "item2": second, "unit": product["unit"]}
        self.topic.price = self.words.dice.whole(*product["price"])

    def supply(self) -> None:
        self._stuff(self.words.supply(self.speaker))
        self.topic.slots["place"] = self.words.word("shop", self.topic)
        sectors = [person["sector"] for person in self.words.people]
        alike = [i for i in self.others if sectors[i] == sectors[self.speaker]]
        self.topic.third = self.words.dice.pick(alike or self.others)

    def commodity(self) -> None:
        mine = self.words.product(self.speaker)["supplies"]
        row = self.words.dice.pick(goods()["commodities"] if self.words.dice.chance(0.6) else mine)
        self._stuff(row)
        self.topic.price = self.topic.old + self.words.dice.whole(1, 2) * max(1, (row[3] - row[2]) // 3)
        self.topic.slots["place"] = self.words.word("market" if self.words.dice.chance(0.6) else "shop", self.topic)
        self.topic.about = frozenset(["price"])

    def sale(self) -> None:
        self.topic.owner = self.speaker
        self._goods_of(self.speaker)

    def order(self) -> None:
        self.topic.owner = self.topic.third
        self._goods_of(self.topic.owner)
        self._fix("buyer")
        if self.words.people[self.topic.owner]["sector"] == "services":
            self.topic.qty = self.words.dice.whole(2, 6)

    def rule(self) -> None:
        self._fix("rule", "paper", "office", "permit")
        self.topic.slots |= {"rule2": self._other("rule", "rule"), "paper2": self._other("paper", "paper")}

    def marketnews(self) -> None:
        self._fix("market")
        self.topic.slots |= {slot: self.words.word("marketnews", self.topic) for slot in ("news", "news2")}
        self._goods_of(self.topic.third)

    def event(self) -> None:
        ahead = [e for e in self.words.events if e.day >= self.day] or self.words.events[-1:]
        self.topic.event = event = ahead[0]
        date, fee = date_of(event.day), f"{event.fee} ribu" if event.fee else "gratis"
        self.topic.about = frozenset(["bazaar" if event.bazaar else "training"])
        self.topic.slots |= {"event": event.name, "place": event.place, "fee": fee}
        self.topic.slots["date"] = f"{WEEKDAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"
        self.topic.qty = self.words.dice.whole(3, 20)
        self._fix("office", "paper", "permit")
        self.topic.slots["paper2"] = self._other("paper", "paper")

    def grant(self) -> None:
        self._fix("grant", "office", "paper", "permit", "bank")
        self.topic.slots |= {"paper2": self._other("paper", "paper"), "fee": "gratis"}
        self.topic.qty = self.words.dice.whole(3, 20)

    def permit(self) -> None:
        people = self.words.people
        kind = "permit_food" if people[self.speaker]["sector"] == "food" else "permit"
        self._fix("office", "buyer", "paper")
        self.topic.slots |= {"permit": self.words.word(kind, self.topic), "paper2": self._other("paper", "paper")}
        self.topic.slots["permit2"] = self._other(kind, "permit")
        seniors = [i for i in self.others if people[i]["age"] >= 40 or people[i]["role"] != "member"]
        self.topic.third = self.words.dice.pick(seniors or self.others)

    def app(self) -> None:
        self._fix("app", "trouble")
        self.topic.about = frozenset([_TROUBLES.get(self.topic.slots["trouble"], "slow")])

    def tip(self) -> None:
        self.topic.slots["item"] = self.words.dice.pick(self.words.product(self.speaker)["items"])
        food = self.words.people[self.speaker]["sector"] == "food" and self.words.dice.chance(0.5)
        self.topic.slots["tip"] = self.words.word("tip_food" if food else "tip", self.topic)
        self.topic.slots |= {"tip2": self._other("tip", "tip"), "tip3": self._other("tip", "tip")}

    def meeting(self) -> None:
        self._fix("hall", "agenda", "task")
        self.topic.slots |= {"agenda2": self._other("agenda", "agenda"), "hour": self.words.hour()}
        self.topic.slots["date"] = self.topic.slots["day"]
        self.topic.price = self.words.dice.pick((50, 75, 100, 150, 200))

    def task(self) -> None:
        self.event()
        self._fix("task", "hall", "agenda")
        self.topic.slots |= {"task2": self._other("task", "task"), "hour": self.words.hour()}
        self.topic.price = self.words.dice.pick((50, 75, 100, 150))

    def dues(self) -> None:
        self.topic.slots["month"] = MONTHS[date_of(self.day).month - 1]
        self.topic.price = self.words.dice.pick((10, 20, 25, 30, 50))
        self.topic.qty = self.words.dice.whole(len(self.words.people) // 4, len(self.words.people) * 3 // 4)
        self._fix("task", "hall")

    def patient(self) -> None:
        self._fix("ailment", "hospital", "relative", "cafe", hour=True)
        self.topic.price = self.words.dice.pick((100, 150, 200, 300))

    def work(self) -> None:
        self.event()
        self._fix("kindwork", "share", "buyer", "cafe")
        self.topic.owner = self.speaker
        self._goods_of(self.speaker)
        self.topic.qty = self.words.dice.pick((5, 10, 15, 20, 25, 30, 40, 50))

    def meet(self) -> None:
        self._fix("cafe", "trip", "dish", "ago", hour=True)

    def tease(self) -> None:
        self._fix("joke")

    def life(self) -> None:
        self._fix("trip", "dish", "sport", "hobby", "weather", "school", "cafe", hour=True)
