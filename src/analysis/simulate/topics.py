"""What conversations are about: one way of drawing it for each kind of topic that a move may name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.errors import InputError
from analysis.simulate.people import goods
from analysis.simulate.rhythm import MONTHS, WEEKDAYS, date_of
from analysis.simulate.words import Topic, Words

_TROUBLES = {
    "lupa sandi": "password",
    "memorinya penuh": "memory",
    "minta kode terus": "code",
    "gak bisa upload foto": "photo",
    "fotonya buram": "photo",
}


@dataclass
class _Draw:
    """One topic being drawn: its words, who opens the conversation, on which day, and who else is there."""

    words: Words
    topic: Topic
    speaker: int
    day: int
    others: list[int]

    def fix(self, *names: str, hour: bool = False) -> None:
        """Draw these lists (and an hour) once, so that all messages of the conversation say the same."""
        for name in names:
            self.topic.slots[name] = self.words.word(name, self.topic)
        if hour:
            self.topic.slots["hour"] = self.words.hour()

    def other(self, name: str, slot: str) -> str:
        """An entry of the list that is not the one the slot already has."""
        drawn = [self.words.word(name, self.topic) for _ in range(4)]
        return next((word for word in drawn if word != self.topic.slots.get(slot)), drawn[0])

    def stuff(self, row: list[Any]) -> None:
        name, unit, low, high = row
        self.topic.slots |= {"item": name, "unit": unit}
        self.topic.price, self.topic.old = self.words.dice.whole(low, high), low

    def goods_of(self, owner: int) -> None:
        product = self.words.product(owner)
        item, second = self.words.dice.shuffled(product["items"])[:2]
        self.topic.slots |= {"item": item, "item2": second, "unit": product["unit"]}
        self.topic.price = self.words.dice.whole(*product["price"])


def draw_topic(words: Words, kind: str, speaker: int, day: int, present: list[int]) -> Topic:
    """What a conversation that `speaker` opens on `day` is about; present: the members of the channel.

    Raises InputError for a kind of topic that is not there.
    """
    topic = Topic(qty=words.dice.pick((5, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 100)))
    topic.slots["day"] = words.day(day)
    others = [i for i in present if i != speaker] or present
    topic.third = words.dice.pick(others)
    if kind:
        if kind not in _KINDS:
            raise InputError(f"a move names the topic {kind}, which is not there")
        _KINDS[kind](_Draw(words, topic, speaker, day, others))
    return topic


def _supply(d: _Draw) -> None:
    d.stuff(d.words.supply(d.speaker))
    d.topic.slots["place"] = d.words.word("shop", d.topic)
    sector = d.words.people[d.speaker]["sector"]
    d.topic.third = d.words.dice.pick([i for i in d.others if d.words.people[i]["sector"] == sector] or d.others)


def _commodity(d: _Draw) -> None:
    mine = d.words.product(d.speaker)["supplies"]
    row = d.words.dice.pick(goods()["commodities"] if d.words.dice.chance(0.6) else mine)
    d.stuff(row)
    d.topic.price = d.topic.old + d.words.dice.whole(1, 2) * max(1, (row[3] - row[2]) // 3)
    d.topic.slots["place"] = d.words.word("market" if d.words.dice.chance(0.6) else "shop", d.topic)
    d.topic.about = frozenset(["price"])


def _sale(d: _Draw) -> None:
    d.topic.owner = d.speaker
    d.goods_of(d.speaker)


def _order(d: _Draw) -> None:
    d.topic.owner = d.topic.third
    d.goods_of(d.topic.owner)
    d.fix("buyer")
    if d.words.people[d.topic.owner]["sector"] == "services":
        d.topic.qty = d.words.dice.whole(2, 6)


def _rule(d: _Draw) -> None:
    d.fix("rule", "paper", "office", "permit")
    d.topic.slots |= {"rule2": d.other("rule", "rule"), "paper2": d.other("paper", "paper")}


def _marketnews(d: _Draw) -> None:
    d.fix("market")
    d.topic.slots |= {"news": d.words.word("marketnews", d.topic), "news2": d.words.word("marketnews", d.topic)}
    d.goods_of(d.topic.third)


def _event(d: _Draw) -> None:
    ahead = [e for e in d.words.events if e.day >= d.day] or d.words.events[-1:]
    d.topic.event = event = ahead[0]
    date = date_of(event.day)
    d.topic.about = frozenset(["bazaar" if event.bazaar else "training"])
    d.topic.slots |= {"event": event.name, "place": event.place, "fee": f"{event.fee} ribu" if event.fee else "gratis"}
    d.topic.slots["date"] = f"{WEEKDAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"
    d.topic.qty = d.words.dice.whole(3, 20)
    d.fix("office", "paper", "permit")
    d.topic.slots["paper2"] = d.other("paper", "paper")


def _grant(d: _Draw) -> None:
    d.fix("grant", "office", "paper", "permit", "bank")
    d.topic.slots |= {"paper2": d.other("paper", "paper"), "fee": "gratis"}
    d.topic.qty = d.words.dice.whole(3, 20)


def _permit(d: _Draw) -> None:
    kind = "permit_food" if d.words.people[d.speaker]["sector"] == "food" else "permit"
    d.fix("office", "buyer", "paper")
    d.topic.slots |= {"permit": d.words.word(kind, d.topic), "paper2": d.other("paper", "paper")}
    d.topic.slots["permit2"] = d.other(kind, "permit")
    seniors = [i for i in d.others if d.words.people[i]["age"] >= 40 or d.words.people[i]["role"] != "member"]
    d.topic.third = d.words.dice.pick(seniors or d.others)


def _app(d: _Draw) -> None:
    d.fix("app", "trouble")
    d.topic.about = frozenset([_TROUBLES.get(d.topic.slots["trouble"], "slow")])


def _tip(d: _Draw) -> None:
    d.topic.slots["item"] = d.words.dice.pick(d.words.product(d.speaker)["items"])
    food = d.words.people[d.speaker]["sector"] == "food" and d.words.dice.chance(0.5)
    d.topic.slots["tip"] = d.words.word("tip_food" if food else "tip", d.topic)
    d.topic.slots |= {"tip2": d.other("tip", "tip"), "tip3": d.other("tip", "tip")}


def _meeting(d: _Draw) -> None:
    d.fix("hall", "agenda", "task")
    d.topic.slots |= {"agenda2": d.other("agenda", "agenda"), "hour": d.words.hour(), "date": d.topic.slots["day"]}
    d.topic.price = d.words.dice.pick((50, 75, 100, 150, 200))


def _task(d: _Draw) -> None:
    _event(d)
    d.fix("task", "hall", "agenda")
    d.topic.slots |= {"task2": d.other("task", "task"), "hour": d.words.hour()}
    d.topic.price = d.words.dice.pick((50, 75, 100, 150))


def _dues(d: _Draw) -> None:
    d.topic.slots["month"] = MONTHS[date_of(d.day).month - 1]
    d.topic.price = d.words.dice.pick((10, 20, 25, 30, 50))
    d.topic.qty = d.words.dice.whole(len(d.words.people) // 4, len(d.words.people) * 3 // 4)
    d.fix("task", "hall")


def _patient(d: _Draw) -> None:
    d.fix("ailment", "hospital", "relative", "cafe", hour=True)
    d.topic.price = d.words.dice.pick((100, 150, 200, 300))


def _work(d: _Draw) -> None:
    _event(d)
    d.fix("kindwork", "share", "buyer", "cafe")
    d.topic.owner = d.speaker
    d.goods_of(d.speaker)
    d.topic.qty = d.words.dice.pick((5, 10, 15, 20, 25, 30, 40, 50))


_KINDS: dict[str, Callable[[_Draw], None]] = {
    draw.__name__.lstrip("_"): draw
    for draw in (
        *(_supply, _commodity, _sale, _order, _rule, _marketnews, _event, _grant, _permit, _app),
        *(_tip, _meeting, _task, _dues, _patient, _work),
    )
} | {
    "meet": lambda d: d.fix("cafe", "trip", "dish", "ago", hour=True),
    "tease": lambda d: d.fix("joke"),
    "life": lambda d: d.fix("trip", "dish", "sport", "hobby", "weather", "school", "cafe", hour=True),
}
