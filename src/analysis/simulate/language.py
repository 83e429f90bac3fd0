"""The language of the simulated community: a grammar of moves, filled from word lists and typed in each member's own way.

A *move* is something one does with a message (ask for a supplier, thank, tease). It has hand-written *templates* and says which
moves may answer it. Templates hold (a|b) choices and {slots}; slots come from the conversation's topic, from the people in it,
from the calendar, or from the word lists. The codes of a message are its move's and its template's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.simulate.dice import Dice
from analysis.simulate.people import HERE, LEADERS, goods, load_yaml
from analysis.simulate.rhythm import MONTHS, WEEKDAYS, Event, date_of

# Private-use marks around what typing must not change: KEEP a number or link, NAME a person (case may change), END of either.
KEEP, END, NAME = "\ue000", "\ue001", "\ue002"
CONDITIONS = frozenset(
    ["f", "m", "food", "craft", "fashion", "services", "food_owner", "fashion_owner", "ramadan", "eid", "friday", "morning", "night", "august", "rain", "lead", "self"]
)
_TAG = re.compile(r" @([a-z_]+(?:\+[a-z_]+)*)$")
_MARKED = re.compile(f"([{KEEP}{NAME}][^{END}]*{END})")
_WORD = re.compile(r"[A-Za-z]+")
_STOP = re.compile(r"(?<=[a-z]{4})[.?] ")
_DOUBLE = re.compile(r"\b([a-z]{3,})-\1\b")
_SECTORS = {"food": "makanan", "craft": "kerajinan", "fashion": "fashion", "services": "jasa"}
_STEMS = {
    "place": "shop",
    "news": "marketnews",
    "news2": "marketnews",
    "kid3": "kid3",
    "reason2": "reason2",
    "hobby2": "hobby2",
    "my2": "my2",
}
Node = str | tuple[str, Any]


@dataclass(frozen=True)
class Template:
    """One hand-written text. needs: what must hold of its moment and speaker for it to be said."""

    key: str
    nodes: tuple[Node, ...]
    codes: tuple[str, ...]
    needs: frozenset[str]


@dataclass(frozen=True)
class Move:
    """What one does with a message, and what may answer it. by: other, addressee, either, third, owner."""

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


@dataclass
class Grammar:
    moves: dict[str, Move]
    words: dict[str, list[tuple[Node, ...]]]


def leaf_codes() -> list[str]:
    """The codebook's codes that have no children, in its order."""
    out: list[str] = []

    def walk(codes: list[dict[str, Any]]) -> None:
        for code in codes:
            if "children" in code:
                walk(code["children"])
            else:
                out.append(code["name"])

    walk(load_yaml("codebook.yaml")["codes"])
    return out


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """All moves and words, read once. Raises InputError where a move, code or list is named that is not there."""
    raw: dict[str, Any] = {}
    for path in sorted((HERE / "language/moves").glob("*.yaml")):
        raw |= load_yaml(f"language/moves/{path.name}")
    codes = set(leaf_codes())
    moves = {name: _move(name, spec, codes) for name, spec in raw.items()}
    for move in moves.values():
        for answer, _, _ in move.replies:
            if answer not in moves:
                raise InputError(f"the move {move.name} is answered by {answer}, which is not there")
    words = {
        name: [parse(entry) for entry in line.split("; ")] for name, line in load_yaml("language/lexicon.yaml").items()
    }
    return Grammar(moves, words)


def _move(name: str, spec: dict[str, Any], codes: set[str]) -> Move:
    spec = dict(spec)
    own = tuple(spec.pop("codes"))
    lines = spec.pop("say").splitlines()
    templates = tuple(_template(f"{name}/{i}", line, own, codes) for i, line in enumerate(lines))
    replies = []
    for answer, weight in spec.pop("replies").items():
        move, _, by = answer.partition("@")
        replies.append((move, by, float(weight)))
    return Move(name=name, codes=own, templates=templates, replies=tuple(replies), start=spec.pop("start", {}), **spec)


def _template(key: str, line: str, own: tuple[str, ...], codes: set[str]) -> Template:
    tag = _TAG.search(line)
    tags = tag[1].split("+") if tag else []
    unknown = [t for t in [*tags, *own] if t not in CONDITIONS and t not in codes and t != "@thread"]
    if unknown:
        raise InputError(f"the template {key} names {unknown}, neither a code nor a condition")
    text = (line[: tag.start()] if tag else line).replace("\\n", "\n")
    extra = tuple(t for t in tags if t in codes and t not in own)
    return Template(key, parse(text), own + extra, frozenset(t for t in tags if t in CONDITIONS))


def parse(text: str) -> tuple[Node, ...]:
    """Text into nodes: a literal string, ("slot", name) or ("any", [nodes, ...]). Brackets without | are plain text."""
    nodes, rest = _parse(text, 0, False)
    assert rest == len(text)
    return nodes[0]


def _parse(text: str, at: int, inside: bool) -> tuple[list[tuple[Node, ...]], int]:
    options: list[tuple[Node, ...]] = []
    nodes: list[Node] = []
    literal = ""

    def flush() -> None:
        nonlocal literal
        if literal:
            nodes.append(literal)
        literal = ""

    while at < len(text):
        c = text[at]
        if c == "{":
            flush()
            end = text.index("}", at)
            nodes.append(("slot", text[at + 1 : end]))
            at = end + 1
        elif c == "(":
            inner, end = _parse(text, at + 1, True)
            if len(inner) > 1:
                flush()
                nodes.append(("any", inner))
            else:
                literal += text[at:end]
            at = end
        elif inside and c in "|)":
            flush()
            options.append(tuple(nodes))
            nodes, at = [], at + 1
            if c == ")":
                return options, at
        else:
            literal, at = literal + c, at + 1
    flush()
    options.append(tuple(nodes))
    return options, at


# --- what a conversation is about -------------------------------------------------------------------------------------------


@dataclass
class Topic:
    """What a conversation is about: slot values that stay the same in all its messages."""

    slots: dict[str, str] = field(default_factory=dict)
    price: int = 0  # thousands of rupiah
    old: int = 0
    qty: int = 0
    third: int = -1  # a member talked about
    owner: int = -1  # the member whose goods are talked about
    target: int = -1  # the member spoken to by the first message
    event: Event | None = None

    def but(self, third: int) -> Topic:
        """The same topic with another third person."""
        return Topic(self.slots, self.price, self.old, self.qty, third, self.owner, self.target, self.event)


def person(people: list[dict[str, Any]], i: int) -> str:
    return f"{NAME}{people[i]['alias']}{END}"


class Voice:
    """Writes the texts of one community: fills templates, then types them as the member would."""

    def __init__(self, people: pd.DataFrame, events: list[Event], dice: Dice) -> None:
        self.people: list[dict[str, Any]] = people.to_dict("records")
        self.events = events
        self.dice = dice
        self.numbers = True  # mentions are @numbers, as WhatsApp exports them; else names
        self.words = grammar().words
        self.style = load_yaml("language/style.yaml")
        self.habits = [Habits(p, self.style["short"], dice) for p in self.people]
        self.leaders = {r: next((i for i, p in enumerate(self.people) if p["role"] == r), 0) for r in LEADERS}

    # -- topics

    def topic(self, kind: str, speaker: int, day: int, present: list[int]) -> Topic:
        """Draw what a conversation that `speaker` opens on `day` is about."""
        topic = Topic(qty=self.dice.pick((5, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 100)))
        topic.slots["day"] = self._day(day)
        others = [i for i in present if i != speaker] or present
        topic.third = self.dice.pick(others)
        draw: Callable[[Topic, int, int, list[int]], None] | None = getattr(self, f"_topic_{kind}", None)
        if draw is not None:
            draw(topic, speaker, day, others)
        return topic

    def _fix(self, topic: Topic, *names: str) -> None:
        """Draw these lists once, so that all messages of the conversation say the same."""
        for name in names:
            topic.slots[name] = self._word(name, topic)

    def _word(self, name: str, topic: Topic) -> str:
        out: list[str] = []
        self._fill(self.dice.pick(self.words[name]), out, lambda slot: self._common(slot, topic))
        return "".join(out)

    def _stuff(self, topic: Topic, row: list[Any]) -> None:
        name, unit, low, high = row
        topic.slots |= {"item": name, "unit": unit}
        topic.price, topic.old = self.dice.whole(low, high), low

    def _topic_supply(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._stuff(topic, self._supply(speaker))
        topic.slots["place"] = self._word("shop", topic)
        same = [i for i in others if self.people[i]["sector"] == self.people[speaker]["sector"]]
        topic.third = self.dice.pick(same or others)

    def _supply(self, i: int) -> list[Any]:
        own = goods()["products"][self.people[i]["product"]]["supplies"]
        return self.dice.pick([*own, *own, *goods()["sectors"][self.people[i]["sector"]]])

    def _topic_commodity(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        mine = goods()["products"][self.people[speaker]["product"]]["supplies"]
        row = self.dice.pick(goods()["commodities"] if self.dice.chance(0.6) else mine)
        self._stuff(topic, row)
        step = max(1, (row[3] - row[2]) // 3)
        topic.price = topic.old + self.dice.whole(1, 2) * step
        topic.slots["place"] = self._word("market" if self.dice.chance(0.6) else "shop", topic)

    def _topic_sale(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        topic.owner = speaker
        self._goods(topic, speaker)

    def _goods(self, topic: Topic, owner: int) -> None:
        product = goods()["products"][self.people[owner]["product"]]
        item, other = self.dice.shuffled(product["items"])[:2]
        topic.slots |= {"item": item, "item2": other, "unit": product["unit"]}
        topic.price = self.dice.whole(*product["price"])

    def _topic_order(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        topic.owner = topic.third
        self._goods(topic, topic.owner)
        self._fix(topic, "buyer")

    def _topic_rule(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "rule", "rule", "paper", "office", "permit")
        topic.slots["rule2"], topic.slots["paper2"] = self._other("rule", topic), self._other("paper", topic)

    def _topic_marketnews(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "market")
        topic.slots["news"], topic.slots["news2"] = self._word("marketnews", topic), self._word("marketnews", topic)
        self._goods(topic, topic.third)

    def _other(self, name: str, topic: Topic) -> str:
        """An entry of the list that is not the one the topic already has."""
        words = [self._word(name, topic) for _ in range(4)]
        return next((w for w in words if w != topic.slots.get(name)), words[0])

    def _topic_event(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        ahead = [e for e in self.events if e.day >= day] or self.events[-1:]
        topic.event = event = ahead[0]
        d = date_of(event.day)
        topic.slots |= {
            "event": event.name,
            "place": event.place,
            "date": f"{WEEKDAYS[d.weekday()]} {d.day} {MONTHS[d.month - 1]}",
        }
        topic.slots["fee"] = "gratis" if not event.fee else f"{event.fee} ribu"
        topic.qty = self.dice.whole(3, 20)
        self._fix(topic, "office", "paper", "permit")
        topic.slots["paper2"] = self._other("paper", topic)

    def _topic_grant(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "grant", "office", "paper", "permit", "bank")
        topic.slots |= {"paper2": self._other("paper", topic), "fee": "gratis"}
        topic.qty = self.dice.whole(3, 20)

    def _topic_permit(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "permit", "office", "buyer")
        topic.slots["permit2"] = self._other("permit", topic)
        seniors = [i for i in others if self.people[i]["age"] >= 40 or self.people[i]["role"] != "member"]
        topic.third = self.dice.pick(seniors or others)

    def _topic_app(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "app", "trouble")

    def _topic_tip(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        product = goods()["products"][self.people[speaker]["product"]]
        topic.slots["item"] = self.dice.pick(product["items"])
        self._fix(topic, "tip")
        topic.slots |= {"tip2": self._other("tip", topic), "tip3": self._other("tip", topic)}

    def _topic_meet(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "cafe", "trip", "dish", "ago")
        topic.slots["hour"] = self._hour()

    def _topic_meeting(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "hall", "agenda", "task")
        topic.slots |= {"agenda2": self._other("agenda", topic), "hour": self._hour()}
        topic.price = self.dice.pick((50, 75, 100, 150, 200))
        topic.slots["date"] = topic.slots["day"]

    def _topic_task(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._topic_event(topic, speaker, day, others)
        self._fix(topic, "task", "hall", "agenda")
        topic.slots |= {"task2": self._other("task", topic), "hour": self._hour()}
        topic.price = self.dice.pick((50, 75, 100, 150))

    def _topic_dues(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        topic.slots["month"] = MONTHS[date_of(day).month - 1]
        topic.price = self.dice.pick((10, 20, 25, 30, 50))
        self._fix(topic, "task", "hall")

    def _topic_patient(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "ailment", "hospital", "relative", "cafe")
        topic.slots["hour"] = self._hour()
        topic.price = self.dice.pick((100, 150, 200, 300))

    def _topic_tease(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "joke")

    def _topic_life(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._fix(topic, "trip", "dish", "sport", "hobby", "weather", "school")

    def _topic_work(self, topic: Topic, speaker: int, day: int, others: list[int]) -> None:
        self._topic_event(topic, speaker, day, others)
        self._fix(topic, "kindwork", "share", "buyer", "cafe")
        topic.owner = speaker
        self._goods(topic, speaker)
        topic.qty = self.dice.pick((5, 10, 15, 20, 25, 30, 40, 50))

    # -- slots

    def _day(self, day: int) -> str:
        ahead = self.dice.pick((1, 1, 2, 3, 4, 5, 6))
        name = WEEKDAYS[date_of(day + ahead).weekday()]
        if ahead == 1:
            return self.dice.pick(("besok", f"besok {name}", "besok pagi"))
        return self.dice.pick((name, f"hari {name}", f"{name} besok", "lusa" if ahead == 2 else f"{name} depan"))

    def _hour(self) -> str:
        return self.dice.pick(
            (
                "7 malam",
                "19.00",
                "8 pagi",
                "9",
                "4 sore",
                "16.00",
                "10 pagi",
                "habis isya",
                "setengah 8",
                "1 siang",
                "13.00",
            )
        )

    def rupiah(self, thousands: int, habit: str) -> str:
        """An amount as people write it: 25rb, 25 ribu, 25.000, 25k, 1,2jt."""
        if thousands >= 1000:
            return f"{thousands / 1000:.1f}jt".replace(".", ",").replace(",0", "")
        return {
            "rb": f"{thousands}rb",
            "ribu": f"{thousands} ribu",
            "dot": f"{thousands}.000",
            "k": f"{thousands}k",
            "rp": f"Rp{thousands}.000",
        }[habit]

    def _common(self, slot: str, topic: Topic) -> str | tuple[Node, ...]:
        """Slots that need nobody: the topic's, amounts, days, and the word lists."""
        if slot in topic.slots:
            return topic.slots[slot]
        if slot == "third":
            return person(self.people, topic.third)
        if slot in self.leaders:
            return person(self.people, self.leaders[slot])
        if slot == "day":
            return self.dice.pick(WEEKDAYS)
        if slot == "kid" and topic.third < 0:
            return "anaknya"
        if slot == "item":
            return self.dice.pick(goods()["products"][self.people[max(topic.third, 0)]["product"]]["items"])
        if slot == "hour":
            return self._hour()
        if slot == "event":
            return self.dice.pick(self.events).name if self.events else "bazar"
        stem = _STEMS.get(slot, slot.rstrip("23"))
        return self.dice.pick(self.words[stem])

    def _fill(self, nodes: tuple[Node, ...], out: list[str], look: Callable[[str], str | tuple[Node, ...]]) -> None:
        for node in nodes:
            if isinstance(node, str):
                out.append(node)
            elif node[0] == "any":
                self._fill(self.dice.pick(node[1]), out, look)
            else:
                found = look(node[1])
                if isinstance(found, str):
                    out.append(found)
                else:
                    self._fill(found, out, look)

    def write(
        self, template: Template, speaker: int, to: int, topic: Topic, minute: float, present: list[int], plain: bool
    ) -> list[str]:
        """One message, or two where the member sends it in two goes, or adds a correction (which begins with *).

        to: the member answered, -1 for all. minute: since the first day. present: members of the channel. plain: no typing habits.
        """
        say = Saying(self, speaker, to, topic, minute, present)
        out: list[str] = []
        self._fill(template.nodes, out, say.look)
        text = "".join(out)
        return [strip(text)] if plain else self.habits[speaker].type(text, self._dialect(speaker, to), self.dice)

    def _dialect(self, speaker: int, to: int) -> dict[str, list[str]]:
        """Polite Javanese upwards, familiar Javanese among equals."""
        older = to >= 0 and self.people[to]["age"] > self.people[speaker]["age"] + 8
        return self.style["krama" if older else "ngoko"]


_GREET = (("pagi", "enjing", 10), ("siang", "siang", 15), ("sore", "sonten", 18), ("malam", "dalu", 24))


@dataclass
class Saying:
    """Who says something to whom, about what, when: gives each slot its words."""

    voice: Voice
    speaker: int
    to: int
    topic: Topic
    minute: float
    present: list[int]
    called: bool = False

    def look(self, slot: str) -> str | tuple[Node, ...]:
        own = getattr(self, f"_{slot.replace('+', '_plus').replace('-', '_minus')}", None)
        return own() if own is not None else self.voice._common(slot, self.topic)

    @property
    def _dice(self) -> Dice:
        return self.voice.dice

    @property
    def me(self) -> dict[str, Any]:
        return self.voice.people[self.speaker]

    @property
    def date(self) -> date:
        return date_of(int(self.minute // 1440))

    # people
    def _you(self) -> str:
        if self.to < 0:
            return self.voice._word("all", self.topic)
        you = self.voice.people[self.to]
        prefix = you["alias"].split()[0]
        first, self.called = not self.called, True
        r = self._dice.random()
        if first and r < 0.5:
            return person(self.voice.people, self.to)
        if first and r < 0.55:
            return self._at(self.to)
        if prefix == "Bu" and r > 0.9:
            return "bun"
        if r > 0.96 and you["age"] > self.me["age"] + 8:
            return "panjenengan"
        return prefix.lower()

    def _me(self) -> str:
        return f"{NAME}{self.me['short']}{END}" if self._dice.chance(0.5) else person(self.voice.people, self.speaker)

    def _mention(self) -> str:
        return self._at(self.voice.leaders["secretary"] if self.to < 0 else self.to)

    def _at(self, i: int) -> str:
        return f"{KEEP}@{self.voice.people[i]['digits']}{END}" if self.voice.numbers else person(self.voice.people, i)

    def _some(self) -> int:
        choices = [i for i in self.present if i not in (self.speaker, self.to)]
        return self._dice.pick(choices) if choices else self.speaker

    def _third(self) -> str:
        i = self.topic.third
        return person(self.voice.people, i if i not in (self.speaker, self.to) or i < 0 else self._third_other(i))

    def _third_other(self, i: int) -> int:
        """Nobody speaks of himself by name, nor of the one he answers."""
        return i if i == self.to else self._some()

    def _third_any(self) -> str:
        return person(self.voice.people, self._some())

    _third_any2 = _third_any

    def _third_any_product(self) -> str:
        return self.voice.people[self._some()]["product"]

    def _phone_third(self) -> str:
        return f"{KEEP}{self.voice.people[self.topic.third]['phone']}{END}"

    def _spouse(self) -> str:
        return (
            self._dice.pick(("suami", "ayahnya anak-anak", "bojo"))
            if self.me["gender"] == "f"
            else self._dice.pick(("istri", "ibunya anak-anak", "bojo"))
        )

    def _spouse_you(self) -> str:
        you = self.voice.people[self.to if self.to >= 0 else self.speaker]
        return "suaminya" if you["gender"] == "f" else "istrinya"

    # goods
    def _product(self, i: int) -> dict[str, Any]:
        return goods()["products"][self.voice.people[i]["product"]]

    def _my(self) -> str:
        if self.topic.owner == self.speaker and "item" in self.topic.slots:
            return self.topic.slots["item"]
        return self._dice.pick(self._product(self.speaker)["items"])

    def _your(self) -> str:
        return self._dice.pick(self._product(self.to if self.to >= 0 else self.topic.third)["items"])

    def _item(self) -> str:
        return self.topic.slots.get("item") or self._my()

    def _myother(self) -> str:
        return self.voice.people[self._some()]["product"]

    def _supplyq(self) -> str:
        return self.voice._supply(self.speaker)[0]

    def _unit(self) -> str:
        return self.topic.slots.get("unit") or self._product(self.speaker)["unit"]

    def _unit_your(self) -> str:
        return self._product(self.to)["unit"] if self.to >= 0 else "biji"

    def _sectorname(self) -> str:
        return _SECTORS[self.me["sector"]]

    def _commodity(self) -> str:
        name, unit, low, high = self._dice.pick(goods()["commodities"])
        return f"{name} {self._money(self._dice.whole(low, high))}"

    # amounts
    def _money(self, thousands: int) -> str:
        return f"{KEEP}{self.voice.rupiah(max(1, thousands), self.voice.habits[self.speaker].price)}{END}"

    def _base(self) -> int:
        return self.topic.price or self._dice.whole(*self._product(self.speaker)["price"])

    def _price(self) -> str:
        return self._money(self._base())

    def _price_minus(self) -> str:
        return self._money(self._base() - max(1, self._base() // 8))

    def _price_plus(self) -> str:
        return self._money(self._base() + max(1, self._base() // 6))

    def _price_your(self) -> str:
        return self._money(self._dice.whole(*self._product(self.to if self.to >= 0 else self.speaker)["price"]))

    def _old(self) -> str:
        return self._money(self.topic.old or self._base() - 1)

    def _small(self) -> str:
        return self._money(self._dice.pick((10, 15, 20, 25, 30, 40, 50)))

    def _qty(self) -> str:
        return str(self.topic.qty or self._dice.pick((10, 20, 30)))

    def _small_n(self) -> str:
        return str(self._dice.whole(2, 9))

    # time
    def _salam(self) -> str:
        hour = int(self.minute % 1440 // 60)
        plain, java, _ = next(g for g in _GREET if hour < g[2])
        return self._dice.pick(
            (f"Selamat {plain}", plain.capitalize(), f"Sugeng {java}", f"Assalamualaikum, {plain}", f"Met {plain}")
        )

    def _salam2(self) -> str:
        hour = int(self.minute % 1440 // 60)
        plain, java, _ = next(g for g in _GREET if hour < g[2])
        return self._dice.pick((f"selamat {plain}", plain, f"sugeng {java}"))

    def _today(self) -> str:
        return WEEKDAYS[self.date.weekday()]

    _today2 = _today

    def _season(self) -> str:
        ahead = (
            "Imlek",
            "puasa",
            "puasa",
            "Lebaran",
            "haji",
            "Idul Adha",
            "tahun ajaran baru",
            "Agustusan",
            "Maulid",
            "panen",
            "akhir tahun",
            "tahun baru",
        )
        return (
            ahead[self.date.month - 1]
            if self._dice.chance(0.6)
            else self._dice.pick(("bulan depan", "akhir bulan", "minggu depan"))
        )

    def _day_far(self) -> str:
        return f"bulan {MONTHS[self.date.month % 12]}"

    def _month(self) -> str:
        return self.topic.slots.get("month") or MONTHS[self.date.month - 1]

    def _laugh2(self) -> tuple[Node, ...]:
        return self._dice.pick(self.voice.words["laugh"])

    # what identifies a person: kept as it is, whatever the member's typing
    def _detail(self, name: str) -> str:
        return f"{KEEP}{self.me[name]}{END}"

    def _phone(self) -> str:
        digits = self.me["digits"]
        local = "0" + digits[2:]
        return (
            KEEP
            + self._dice.pick(
                (
                    self.me["phone"],
                    local,
                    f"{local[:4]}-{local[4:8]}-{local[8:]}",
                    f"wa.me/{digits}",
                    f"{local[:4]} {local[4:8]} {local[8:]}",
                )
            )
            + END
        )

    def _email(self) -> str:
        return self._detail("email")

    def _nik(self) -> str:
        return self._detail("nik")

    def _npwp(self) -> str:
        return self._detail("npwp")

    def _account(self) -> str:
        return f"{KEEP}{self.me['account']}{END} a.n. {NAME}{self.me['name']}{END}"

    def _address(self) -> str:
        return self._detail("address")

    def _maplink(self) -> str:
        return self._detail("maplink")

    def _coords(self) -> str:
        return self._detail("coords")

    def _plate(self) -> str:
        return self._detail("plate")

    def _handle(self) -> str:
        return self._detail("handle")

    def _profile(self) -> str:
        return self._detail("profile")


def strip(text: str) -> str:
    """The text without its marks."""
    return text.replace(KEEP, "").replace(NAME, "").replace(END, "").strip()


class Habits:
    """How one member types: what is shortened, Javanese, capitals, punctuation, emoji, slips of the thumb."""

    def __init__(self, p: dict[str, Any], short: dict[str, list[str]], dice: Dice) -> None:
        level = dice.random() * (1.0 if p["age"] < 55 else 0.7)
        self.short = {word: dice.pick(forms) for word, forms in short.items() if dice.chance(0.15 + 0.7 * level)}
        self.java = 0.05 + 0.4 * dice.random() * (1 if p["age"] > 35 else 0.5)
        self.lower = dice.pick((0.1, 0.25, 0.8, 0.97))
        self.capitals = 0.9 if dice.chance(0.05) else 0.0
        self.commas = dice.random()
        self.stops = dice.pick(("", "", ".", "..", "..."))
        self.emoji = dice.pick(("🙏", "😊", "👍", "😁", "🙏🙏", "❤️", "🤗"))
        self.emojis = 0.3 * dice.random()
        self.slips = 0.02 + 0.16 * dice.random()
        self.split = 0.02 + 0.14 * dice.random()
        self.price = dice.pick(("rb", "rb", "ribu", "dot", "k", "rp"))
        self.double = dice.chance(0.3 + 0.6 * level)

    def type(self, text: str, java: dict[str, list[str]], dice: Dice) -> list[str]:
        """The marked text as the member sends it: one message, seldom two."""
        parts = _MARKED.split(text)
        parts = [p if i % 2 else self._words(p, java, dice) for i, p in enumerate(parts)]
        shout, small = dice.chance(self.capitals), dice.chance(self.lower)
        parts = [self._case(p, i % 2 == 1, shout, small) for i, p in enumerate(parts)]
        fix = self._slip(parts, dice) if dice.chance(self.slips) else ""
        text = strip("".join(parts))
        text = self._finish(text if small else text[:1].upper() + text[1:], dice)
        sent = self._in_two(text, dice)
        return [*sent, f"*{fix}"] if fix and dice.chance(0.2) else sent

    def _words(self, text: str, java: dict[str, list[str]], dice: Dice) -> str:
        def one(match: re.Match[str]) -> str:
            word = match[0]
            low = word.lower()
            if low in java and dice.chance(self.java):
                new = dice.pick(java[low])
            elif low in self.short and dice.chance(0.85):
                new = self.short[low]
            else:
                return word
            return new.capitalize() if word[0].isupper() else new

        text = _WORD.sub(one, text)
        return _DOUBLE.sub(r"\g<1>2", text) if self.double else text

    def _case(self, part: str, marked: bool, shout: bool, small: bool) -> str:
        if marked and part[0] == KEEP:
            return part
        return part.upper() if shout and not marked else part.lower() if small else part

    def _slip(self, parts: list[str], dice: Dice) -> str:
        """One slip of the thumb in a word that names nobody. Returns the word meant, empty when there was none to hit."""
        places = [(i, m) for i in range(0, len(parts), 2) for m in _WORD.finditer(parts[i]) if len(m[0]) > 4]
        if not places:
            return ""
        i, m = dice.pick(places)
        word, k = m[0], dice.whole(1, len(m[0]) - 3)
        wrong = dice.pick(
            (word[:k] + word[k + 1 :], word[:k] + word[k + 1] + word[k] + word[k + 2 :], word[:k] + word[k] + word[k:])
        )
        parts[i] = parts[i][: m.start()] + wrong + parts[i][m.end() :]
        return word

    def _finish(self, text: str, dice: Dice) -> str:
        if dice.chance(self.commas):
            text = text.replace(",", "", 1) if dice.chance(0.6) else text.replace(", ", " ,", 1)
        if "\n" in text:
            return text
        if text.endswith("?"):
            text = text[:-1] + dice.pick(("?", "?", "?", "", " ?", "??"))
        elif text[-1:].isalnum() and dice.chance(0.5):
            text += self.stops
        if dice.chance(self.emojis) and text[-1:].isascii():
            text += " " + self.emoji
        return text

    def _in_two(self, text: str, dice: Dice) -> list[str]:
        stop = _STOP.search(text)
        if stop is None or "\n" in text or len(text) - stop.end() < 10 or not dice.chance(self.split * 3):
            return [text]
        return [text[: stop.end()].rstrip(". "), text[stop.end() :]]
