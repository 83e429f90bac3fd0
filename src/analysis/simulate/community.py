"""The agent model: who speaks, when, to whom and why; how trust and partnerships grow from it. All truth is kept."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.simulate import rhythm
from analysis.simulate.dice import Dice
from analysis.simulate.language import Grammar, Move, Template, Topic, Voice, grammar
from analysis.simulate.people import LEADERS, load_yaml, make_people
from analysis.simulate.rhythm import DAY, Event

INFORMAL = frozenset(("greeting", "humour", "personal_talk", "care", "meeting_up"))
MESSAGES_A_MONTH = 24  # per member
PARTNERS = 0.085  # share of all pairs that become partners within twelve months
EARLIER = 0.014  # share of all pairs that were partners before
KINDS = ("titip jual", "stan bareng", "pasok", "kulakan bareng", "reseller", "paket bersama")
TRUST_HALF = 6.0  # informal exchanges that bring half of full trust
RIPE = 60  # days until exchange has become trust
TRUST_MEMORY = 0.5 ** (1 / 150)  # daily, so half in 150 days
MEDIA = ("media", "sticker", "voice")
LONGEST = 28  # messages in a conversation


@dataclass(frozen=True)
class Scenario:
    """The parameters of one community; see scenarios.yaml for what each means and what is true."""

    name: str
    what: str
    truth: dict[str, bool]
    informal: float
    liking_informal: float
    liking_business: float
    liking_partner: float
    trust_talk: float
    trust_partner: float
    activity_partner: float
    hours_partner: float
    sharing: str
    barriers: float
    lead: float


@dataclass(frozen=True)
class Channel:
    """One chat. share: of all messages. exporter: the member whose phone exported it. files: exported with media."""

    key: str
    title: str
    share: float
    members: tuple[int, ...]
    exporter: int
    platform: str = "whatsapp"
    files: bool = False


@dataclass
class Community:
    """A simulated community and its truth.

    people: one row a member. messages: one row a message in order of time, columns channel, time (Asia/Jakarta), member, text,
    kind, edited, codes (tuple), reply_to (row of the true parent), thread, event, move, template.
    partnerships: member_a, member_b, since (date), kind. declared: the same as the survey got it, with recall error.
    trust, liking, hours: members x members; trust as it stood at the end. affected: codes of business news.
    """

    scenario: Scenario
    seed: int
    months: int
    people: pd.DataFrame
    channels: list[Channel]
    messages: pd.DataFrame
    partnerships: pd.DataFrame
    declared: pd.DataFrame
    events: list[Event]
    trust: NDArray[np.float64]
    liking: NDArray[np.float64]
    hours: NDArray[np.float64]

    def truth(self) -> dict[str, Any]:
        """What is planted: the scenario with its parameters and claims."""
        return asdict(self.scenario) | {"seed": self.seed, "members": len(self.people), "months": self.months}


def scenario(name: str, **changes: Any) -> Scenario:
    """The named scenario, with single parameters changed. Raises InputError for a name or parameter that is not there."""
    known = load_yaml("scenarios.yaml")
    if name not in known:
        raise InputError(f"there is no scenario {name}", mend=f"Choose one of {', '.join(known)}.")
    unknown = sorted(set(changes) - set(known[name]))
    if unknown:
        raise InputError(f"a scenario has no parameter {', '.join(unknown)}", mend=f"It has {', '.join(known[name])}.")
    return Scenario(name=name, **(known[name] | changes))


def simulate_community(
    seed: int = 0,
    members: int = 40,
    months: int = 12,
    scenario: str = "published",
    *,
    messages: int | None = None,
    texts: bool = True,
    **changes: Any,
) -> Community:
    """A community with planted truth; equal arguments give equal communities.

    messages: how many about (default 24 a member and month). texts: False leaves the texts out, which is much faster.
    changes: parameters of the scenario to set otherwise. Raises InputError when the arguments make no community.
    """
    if members < 8 or months < 1:
        raise InputError("a community needs at least 8 members and 1 month", mend="Raise --members or --months.")
    return _Model(seed, members, months, _scenario(scenario, changes), messages, texts).run()


def _scenario(name: str, changes: dict[str, Any]) -> Scenario:
    return scenario(name, **changes)


@dataclass
class _Row:
    """One message while the model runs. time in minutes from the first day."""

    time: float
    channel: int
    member: int
    kind: str
    codes: tuple[str, ...]
    parent: _Row | None = None
    thread: int = -1
    to: int = -1
    topic: Topic | None = None
    move: Move | None = None
    template: Template | None = None
    text: str = ""
    edited: bool = False
    index: int = -1


class _Model:
    """The running model. Everything random comes from `dice`; what is written, from a dice of its own."""

    def __init__(self, seed: int, members: int, months: int, sc: Scenario, messages: int | None, texts: bool) -> None:
        self.seed, self.n, self.months, self.sc = seed, members, months, sc
        self.days = rhythm.days_in(months)
        self.dice = Dice("community", seed, members, months)
        self.texts = texts
        self.grammar: Grammar = grammar()
        self.people = make_people(members, self.days, self.dice)
        self.total = messages or round(members * months * MESSAGES_A_MONTH)
        self.events = rhythm.make_events(self.days, list(self.people.village.unique()), self.dice)
        self._natures()
        self.channels = self._channels()
        self.voice = Voice(self.people, self.events, Dice("voice", seed))
        self.count = np.zeros((members, members))  # informal exchange, fading
        self.ripening: deque[tuple[int, int, int]] = deque()  # exchange that has yet to become trust
        self.partner = np.full((members, members), np.nan)  # day of becoming partners
        self.kinds: dict[tuple[int, int], str] = {}
        self.rows: list[_Row] = []
        self.threads = 0
        self.decks: dict[str, list[Template]] = {}

    # -- what people are like

    def _natures(self) -> None:
        """Activity (heavy-tailed, some silent), hours, liking, sharing."""
        n, dice = self.n, self.dice
        activity = np.exp(np.array([dice.normal() for _ in range(n)]))
        activity = np.clip(activity, 0.12, 6.0)
        role = self.people.role.to_numpy()
        activity *= np.where(np.isin(role, LEADERS), 1.6, np.where(role == "committee", 1.3, 1.0))
        quiet = [i for i in dice.shuffled(range(n)) if role[i] == "member" and (i >= 12 or n <= 12)]
        activity[quiet[: max(1, n // 9)]] = 0
        self.activity = activity
        self.hours = np.array([self._hours() for _ in range(n)])
        pair = np.array([[dice.normal() for _ in range(n)] for _ in range(n)])
        self.liking = np.triu(pair, 1) + np.triu(pair, 1).T
        self.sharing = self._sharing(role)
        self.leader = np.where(np.isin(role, LEADERS), 1.0, np.where(role == "committee", 0.7, 0.0))
        writers = [i for i in np.argsort(activity, kind="stable") if activity[i] > 0 and i >= min(12, n // 2)]
        self.people.loc[writers[:1], "consent"] = "none"
        self.people["activity"], self.people["sharing"] = activity, self.sharing

    def _hours(self) -> NDArray[np.float64]:
        mix = np.array([self.dice.exponential(0.25) for _ in range(4)])
        mix[int(self.dice.random() * 4)] += 1.5
        return mix @ rhythm.PROFILES / mix.sum() + 1e-4

    def _sharing(self, role: NDArray[Any]) -> NDArray[np.float64]:
        """How much of news a member passes on, against other talk: equal, or a handful far above the rest."""
        if self.sc.sharing == "activity":
            return np.ones(self.n)
        if self.sc.sharing == "everyone":
            return np.where(self.activity > 0, 1 / np.maximum(self.activity, 0.12) ** 0.8, 0)
        told, names = load_yaml("told.yaml"), self.people.name.to_list()
        order = np.argsort(-self.activity, kind="stable")
        middle = [i for i in order[self.n // 10 : self.n // 2] if names[i] not in told["claims_only"] + told["sharers"]]
        number = max(2, round(self.n * 0.1))
        few = [names.index(name) for name in told["sharers"] if name in names] + self.dice.shuffled(middle)
        few = few[:number]
        sharing = np.full(self.n, 0.035)
        sharing[few] = [2.2 + 1.6 * self.dice.random() for _ in few]
        return sharing

    def _channels(self) -> list[Channel]:
        n, dice, role = self.n, self.dice, self.people.role.to_numpy()
        committee = [i for i in range(n) if role[i] != "member"]
        committee += [i for i in range(n) if i not in committee and self.activity[i] > 0][: max(0, 5 - len(committee))]
        chair, secretary, treasurer = (next((i for i in range(n) if role[i] == r), 0) for r in LEADERS)
        informal = [i for i in range(n) if dice.chance(0.62) or i == chair]
        bazaar = [i for i in range(n) if dice.chance(0.55) or i in committee]
        guest = next(
            (i for i in informal if role[i] == "member" and self.activity[i] > 0 and self.people.joined[i] < 0), chair
        )
        return [
            Channel("main", "UMKM Guyub Sidoarjo", 0.43, tuple(range(n)), secretary),
            Channel("informal", "Kopdar dan Guyonan", 0.33, tuple(informal), guest, files=True),
            Channel("bazar", "Bazar dan Pelatihan", 0.14, tuple(bazaar), treasurer),
            Channel("pengurus", "Pengurus Guyub", 0.10, tuple(committee), chair, platform="telegram"),
        ]

    # -- running

    def run(self) -> Community:
        self._earlier_partners()
        weights = rhythm.day_weights(self.days, self.events, self.dice)
        quota = weights / weights.sum() * self.total
        due = np.zeros(len(self.channels))
        for day in range(self.days):
            self._ripen(day)
            self._new_partners(day, quota)
            due += quota[day] * np.array([c.share for c in self.channels])
            self._day(day, due)
        self._system_lines()
        return self._finish()

    def _ripen(self, day: int) -> None:
        """Old exchange fades; exchange of a while ago has by now become trust."""
        self.count *= TRUST_MEMORY
        while self.ripening and self.ripening[0][0] <= day:
            _, a, b = self.ripening.popleft()
            self.count[a, b] += 1
            self.count[b, a] += 1

    def _day(self, day: int, due: NDArray[np.float64]) -> None:
        """All conversations that start on this day, channel by channel, until each channel has its share."""
        today = self._active(day)
        for c, channel in enumerate(self.channels):
            present = np.zeros(self.n, dtype=bool)
            present[list(channel.members)] = True
            present &= today
            who = np.flatnonzero(present)
            if who.size < 3:
                continue
            curve = (self.activity[who] @ self.hours[who]) * rhythm.hour_weights(rhythm.date_of(day))
            while due[c] > 0:
                hour = self.dice.weighted(curve)
                start = rhythm.settle(day * DAY + hour * 60 + self.dice.random() * 60, self.dice)
                due[c] -= self._open(c, start, present)

    def _active(self, day: int) -> NDArray[np.bool_]:
        return (self.people.joined.to_numpy() <= day) & (day < self.people.left.to_numpy())

    def _open(self, c: int, start: float, present: NDArray[np.bool_]) -> int:
        """One conversation; returns how many messages it has."""
        move = self._opener(c)
        weights = self._speakers(move, start, present)
        speaker, target = self._starters(move, weights)
        if speaker < 0:
            return 0
        return self._converse(c, start, move, speaker, target, present)

    def _opener(self, c: int) -> Move:
        key = self.channels[c].key
        if not hasattr(self, "_openers"):
            self._openers: dict[str, tuple[list[Move], NDArray[np.float64]]] = {}
        if key not in self._openers:
            moves = [m for m in self.grammar.moves.values() if m.start.get(key)]
            weights = np.array([m.start[key] * self._taste(m) for m in moves])
            self._openers[key] = moves, weights
        moves, weights = self._openers[key]
        return moves[self.dice.weighted(weights)]

    def _taste(self, move: Move) -> float:
        if move.barrier:
            return self.sc.barriers
        return self.sc.informal if INFORMAL.intersection(move.codes) else 1.0

    def _speakers(self, move: Move, minute: float, present: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Weight of each member as speaker of the move now, shape (members,)."""
        hour = int(minute % DAY // 60)
        weights = self.activity * self.hours[:, hour] * present
        if move.share:
            weights = weights * self.sharing**move.share
        if move.lead or self.sc.lead:
            weights = weights * np.exp(2.0 * move.lead * self.leader + self.sc.lead * self.leader)
        if move.only:
            weights = weights * (self.people.sector.to_numpy() == move.only)
        return weights

    def _starters(self, move: Move, weights: NDArray[np.float64]) -> tuple[int, int]:
        """Who opens, and the one spoken to where the move is for two."""
        if not move.pair:
            return self.dice.weighted(weights), -1
        if move.deal:
            ties = np.triu(np.isfinite(self.partner) * np.outer(weights > 0, weights > 0), 1)
            pairs = np.argwhere(ties)
            if not len(pairs):
                return -1, -1
            a, b = self.dice.shuffled(self.dice.pick(pairs.tolist()))
            return a, b
        a = self.dice.weighted(weights)
        if a < 0:
            return -1, -1
        return a, self.dice.weighted(weights * self._pull(a, False) * (np.arange(self.n) != a))

    def _pull(self, i: int, informal: bool) -> NDArray[np.float64]:
        """How much more each member answers member i than his activity says, shape (members,)."""
        if informal:
            return np.exp(self.sc.liking_informal * self.liking[i])
        effect = self.sc.liking_business * self.liking[i]
        if self.sc.trust_talk:
            effect = effect + self.sc.trust_talk * self.trust_of(i)
        return np.exp(effect)

    def trust_of(self, i: int | slice) -> NDArray[np.float64]:
        return self.count[i] / (self.count[i] + TRUST_HALF)

    # -- a conversation

    def _converse(self, c: int, start: float, move: Move, speaker: int, target: int, present: NDArray[np.bool_]) -> int:
        """A tree of messages: each is answered by a random number of others, each answer by the rules of its move."""
        day = int(start // DAY)
        who = [int(i) for i in np.flatnonzero(present)]
        topic = self.voice.topic(move.topic, speaker, day, who)
        topic.target = target
        if move.refer:
            topic.third = topic.owner if topic.owner >= 0 else topic.third
        self.threads += 1
        root = self._say(c, start, move, speaker, target, topic, None, ())
        if root is None:
            return 0
        if "self" in root.template.needs:  # type: ignore[union-attr]
            topic.third = speaker
        size, queue, order = 1 + self._attach(root), [], 0
        heap: list[tuple[float, int, _Row, Move, str]] = queue
        order = self._plan(heap, root, order)
        while heap and size < LONGEST:
            time, _, parent, answer, by = heapq.heappop(heap)
            row = self._answer(c, time, parent, answer, by, present, root)
            if row is not None:
                size += 1
                order = self._plan(heap, row, order)
        return size

    def _plan(self, heap: list[tuple[float, int, _Row, Move, str]], parent: _Row, order: int) -> int:
        """Put the answers a message will get into the queue."""
        move = parent.move
        assert move is not None
        if not move.replies or parent.kind not in ("text", "poll"):
            return order
        weights = np.array([w * self._answer_taste(name) for name, _, w in move.replies])
        time = parent.time
        for _ in range(self.dice.poisson(move.n)):
            name, by, _ = move.replies[self.dice.weighted(weights)]
            time = rhythm.settle(time + self._delay(), self.dice)
            heapq.heappush(heap, (time, order, parent, self.grammar.moves[name], by or self.grammar.moves[name].by))
            order += 1
        return order

    def _answer_taste(self, name: str) -> float:
        codes = self.grammar.moves[name].codes
        return self.sc.informal**0.5 if INFORMAL.intersection(codes) else 1.0

    def _delay(self) -> float:
        """Minutes to an answer: mostly within minutes, some after hours."""
        return min(0.25 + float(np.exp(0.9 + 1.25 * self.dice.normal())), 600.0)

    def _answer(
        self, c: int, time: float, parent: _Row, move: Move, by: str, present: NDArray[np.bool_], root: _Row
    ) -> _Row | None:
        topic = parent.topic
        assert topic is not None
        if time >= self.days * DAY:
            return None
        speaker = self._answerer(time, parent, move, by, present, topic)
        if speaker < 0 or speaker == parent.member or not present[speaker] or self.activity[speaker] == 0:
            return None
        if move.refer:
            third = topic.owner if topic.owner >= 0 else topic.third
            if third in (speaker, parent.member):
                return None
            topic = topic.but(third)
        elif topic.third == speaker and by not in ("third", "owner"):
            others = [i for i in np.flatnonzero(present) if i not in (speaker, parent.member)]
            if (
                topic.owner < 0
                and others
                and "third" not in (root.move.name if root.move else "")
                and not self._about(root)
            ):
                topic = topic.but(int(self.dice.pick(others)))
            elif self._about(root):
                return None
        return self._say(c, time, move, speaker, parent.member, topic, parent, root.codes)

    @staticmethod
    def _about(root: _Row) -> bool:
        """Whether the conversation is about a person, who then speaks for himself only by moves of his own."""
        return root.move is not None and root.move.topic in ("patient", "tease")

    def _answerer(
        self, time: float, parent: _Row, move: Move, by: str, present: NDArray[np.bool_], topic: Topic
    ) -> int:
        if by == "either":
            by = "addressee" if parent.to >= 0 and self.dice.chance(0.75) else "other"
        if by == "addressee":
            return parent.to
        if by == "third":
            return topic.third
        if by == "owner":
            return topic.owner
        informal = bool(INFORMAL.intersection(move.codes))
        weights = self._speakers(move, time, present) * self._pull(parent.member, informal)
        weights[parent.member] = 0
        if informal is False and topic.target >= 0 and parent.parent is None:
            return topic.target
        return self.dice.weighted(weights)

    def _say(
        self,
        c: int,
        time: float,
        move: Move,
        speaker: int,
        to: int,
        topic: Topic,
        parent: _Row | None,
        thread: tuple[str, ...],
    ) -> _Row | None:
        template = self._template(move, speaker, topic, time)
        if template is None:
            return None
        codes = tuple(dict.fromkeys(x for code in template.codes for x in (thread if code == "@thread" else (code,))))
        row = _Row(time, c, speaker, move.kind, codes, parent, self.threads, to, topic, move, template)
        if parent is not None and move.kind == "text" and self.dice.chance(0.05):
            row.kind, row.codes = self.dice.pick(MEDIA), ()
        elif self.channels[c].platform == "whatsapp" and self.dice.chance(0.008):
            row.kind, row.codes = "deleted", ()
        self.rows.append(row)
        if parent is not None and parent.member != speaker and row.kind == "text" and INFORMAL.intersection(codes):
            self.ripening.append((int(time // DAY) + RIPE, speaker, parent.member))
        return row

    def _attach(self, root: _Row) -> int:
        """Pictures that go with an offer, sent by the same member."""
        assert root.move is not None
        if root.kind != "text" or not self.dice.chance(root.move.media):
            return 0
        number = self.dice.whole(1, 3)
        for k in range(number):
            self.rows.append(
                _Row(root.time + 0.05 + 0.2 * k, root.channel, root.member, "media", (), root, root.thread, -1)
            )
        return number

    def _template(self, move: Move, speaker: int, topic: Topic, time: float) -> Template | None:
        """The next template of the move's shuffled deck that fits, so that all are used alike."""
        have = self._flags(speaker, topic, time)
        for _ in range(2):
            deck = self.decks.setdefault(move.name, [])
            for k, template in enumerate(deck):
                if template.needs <= have:
                    return deck.pop(k)
            self.decks[move.name] = deck + self.dice.shuffled([t for t in move.templates if t not in deck])
        return None

    def _flags(self, speaker: int, topic: Topic, time: float) -> set[str]:
        p = self.voice.people[speaker]
        have = {p["gender"], p["sector"], "self"} | rhythm.flags(
            rhythm.date_of(int(time // DAY)), int(time % DAY // 60)
        )
        if p["role"] != "member":
            have.add("lead")
        if topic.owner >= 0:
            have.add(self.voice.people[topic.owner]["sector"] + "_owner")
        return have

    # -- partnerships

    def _score(self) -> NDArray[np.float64]:
        """Log odds of each pair to become partners next, members x members."""
        log = np.log(self.activity + 0.1)
        z = (log - log.mean()) / log.std()
        score = self.sc.activity_partner * (z[:, None] + z[None, :])
        score = score + self.sc.hours_partner * _standard(overlap(self.hours))
        score = score + self.sc.liking_partner * self.liking
        return score + self.sc.trust_partner * self.trust_of(slice(None))

    def _draw_pairs(self, number: int, score: NDArray[np.float64], allowed: NDArray[np.bool_]) -> list[tuple[int, int]]:
        weights = np.triu(np.exp(score) * allowed * ~np.isfinite(self.partner), 1).ravel()
        pairs = []
        for _ in range(number):
            k = self.dice.weighted(weights)
            if k < 0:
                break
            weights[k] = 0
            pairs.append((k // self.n, k % self.n))
        return pairs

    def _earlier_partners(self) -> None:
        """Those the interviews tell of, and some more."""
        everyone = np.outer(self._active(0), self._active(0))
        number = round(EARLIER * self.n * (self.n - 1) / 2)
        names = self.people.name.to_list()
        for one, other, since, kind in load_yaml("told.yaml")["partners"]:
            if number and one in names and other in names:
                a, b = sorted((names.index(one), names.index(other)))
                self._join(a, b, (since - rhythm.START).days, kind)
                number -= 1
        for a, b in self._draw_pairs(number, self._score(), everyone):
            self._join(a, b, -self.dice.whole(20, 700), self.dice.pick(KINDS))

    def _join(self, a: int, b: int, day: int, kind: str) -> None:
        self.partner[a, b] = self.partner[b, a] = day
        self.kinds[a, b] = kind

    def _new_partners(self, day: int, quota: NDArray[np.float64]) -> None:
        """Pairs that become partners today, and what they say of it."""
        rate = PARTNERS * self.n * (self.n - 1) / 2 * min(1.0, self.months / 12) / self.days
        number = self.dice.poisson(rate * (quota[day] / quota.mean()) ** 0.3)
        if not number:
            return
        today = self._active(day)
        for a, b in self._draw_pairs(number, self._score(), np.outer(today, today)):
            self._join(a, b, day, self.dice.pick(KINDS))
            self._deal(a, b, day, today)

    def _deal(self, a: int, b: int, day: int, today: NDArray[np.bool_]) -> None:
        """A conversation in which the two agree, where both write and share a chat."""
        a, b = self.dice.shuffled([a, b])
        shared = [
            c for c, ch in enumerate(self.channels) if a in ch.members and b in ch.members and ch.key != "pengurus"
        ]
        if self.activity[a] == 0 or self.activity[b] == 0 or self.dice.chance(0.35):
            return
        c = self.dice.pick(shared)
        present = np.zeros(self.n, dtype=bool)
        present[list(self.channels[c].members)] = True
        start = rhythm.settle(day * DAY + self.dice.whole(300, 1290) + self.dice.random(), self.dice)
        self._converse(c, start, self.grammar.moves["offer"], a, b, present & today)

    # -- system lines

    def _system_lines(self) -> None:
        """Groups made, members added, those who leave, new numbers, subjects and pictures."""
        for c, channel in enumerate(self.channels):
            if channel.platform == "whatsapp":
                self._group_made(c, channel)
                self._comings(c, channel)
                self._oddities(c, channel)

    def _system(self, c: int, time: float, text: str) -> None:
        self.rows.append(_Row(time, c, -1, "system", (), text=text))

    def _group_made(self, c: int, channel: Channel) -> None:
        founder = channel.exporter
        self._system(
            c,
            0.1,
            "Pesan dan panggilan terenkripsi secara end-to-end. Hanya orang dalam chat ini yang bisa membaca, mendengarkan, atau membagikannya. Pelajari selengkapnya.",
        )
        self._system(c, 0.2, f'⟦{founder}⟧ membuat grup "{channel.title}"')
        first = [i for i in channel.members if i != founder and self.people.joined[i] < 0]
        for k in range(0, len(first), 6):
            self._system(c, 0.3 + k / 100, f"⟦{founder}⟧ menambahkan " + _list([f"⟦{i}⟧" for i in first[k : k + 6]]))

    def _comings(self, c: int, channel: Channel) -> None:
        for i in channel.members:
            joined, left = int(self.people.joined[i]), int(self.people.left[i])
            if joined >= 0:
                time = joined * DAY + 1.0 + self.dice.random()
                link = self.dice.chance(0.4)
                self._system(
                    c,
                    time,
                    f"⟦{i}⟧ bergabung menggunakan tautan undangan grup ini"
                    if link
                    else f"⟦{channel.exporter}⟧ menambahkan ⟦{i}⟧",
                )
            if left <= self.days:
                self._system(c, left * DAY + 1300 + self.dice.random(), f"⟦{i}⟧ keluar")

    def _oddities(self, c: int, channel: Channel) -> None:
        lines = (
            "⟦{i}⟧ telah mengganti nomor teleponnya ke nomor baru. Ketuk untuk mengirim pesan atau menambahkan nomor baru.",
            "Kode keamanan Anda dengan ⟦{i}⟧ telah berubah. Ketuk untuk info selengkapnya.",
            "⟦{i}⟧ mengubah ikon grup ini",
            "⟦{i}⟧ menyematkan pesan",
            "⟦{i}⟧ mengubah deskripsi grup",
        )
        for _ in range(max(1, round(self.months * channel.share * 3))):
            i = self.dice.pick([i for i in channel.members if self.people.joined[i] < 0])
            self._system(c, self.dice.random() * self.days * DAY, self.dice.pick(lines).format(i=i))

    # -- the end

    def _finish(self) -> Community:
        rows = [r for r in sorted(self.rows, key=lambda r: r.time) if r.time < self.days * DAY]
        if self.texts:
            rows = self._write(rows)
        rows.sort(key=lambda r: r.time)
        for k, row in enumerate(rows):
            row.index = k
        partners = self._partnerships()
        return Community(
            self.sc, self.seed, self.months, self.people, self.channels, self._frame(rows), partners, self._declared(partners), self.events,
            self.trust_of(slice(None)), self.liking, overlap(self.hours),
        )  # fmt: skip

    def _write(self, rows: list[_Row]) -> list[_Row]:
        """Give every message its text; a message sent in two goes becomes two rows."""
        out, present = [], [list(c.members) for c in self.channels]
        for row in rows:
            out.append(row)
            if row.template is None or row.kind not in ("text", "poll"):
                continue
            here = [i for i in present[row.channel] if self.people.joined[i] * DAY <= row.time]
            self.voice.numbers = self.channels[row.channel].platform == "whatsapp"
            if self._as_card(row):
                continue
            said = self.voice.write(row.template, row.member, row.to, row.topic, row.time, here, row.kind == "poll")  # type: ignore[arg-type]
            row.text = said[0]
            row.edited = row.kind == "text" and self.dice.chance(0.012)
            for more in said[1:]:
                codes = () if more.startswith("*") and " " not in more else row.codes
                after = row.time + 0.1 + 0.3 * self.dice.random()
                out.append(
                    _Row(
                        after,
                        row.channel,
                        row.member,
                        "text",
                        codes,
                        row,
                        row.thread,
                        row.to,
                        row.topic,
                        row.move,
                        row.template,
                        more,
                    )
                )
        return out

    def _as_card(self, row: _Row) -> bool:
        """Now and then a place is sent as a location, and a person as a contact card."""
        if not self.voice.numbers or row.move is None or row.topic is None:
            return False
        if row.move.name in ("answer_where", "answer_detail") and self.dice.chance(0.08):
            row.kind, row.codes, row.text = "location", (), f"lokasi: {self.voice.people[row.member]['maplink']}"
        elif row.move.refer and row.topic.third >= 0 and self.dice.chance(0.06):
            row.kind, row.codes, row.text = (
                "contact",
                (),
                f"{self.voice.people[row.topic.third]['alias']}.vcf (file terlampir)",
            )
        return row.kind != "text"

    def _frame(self, rows: list[_Row]) -> pd.DataFrame:
        names = self.people.name.to_list()
        start = pd.Timestamp(datetime.combine(rhythm.START, datetime.min.time()), tz=rhythm.TZ)
        frame = pd.DataFrame(
            {
                "channel": [self.channels[r.channel].key for r in rows],
                "time": start + pd.to_timedelta(np.floor([r.time * 60 for r in rows]), unit="s"),
                "member": pd.Series([names[r.member] if r.member >= 0 else None for r in rows], dtype="str"),
                "text": [r.text for r in rows],
                "kind": [r.kind for r in rows],
                "edited": [r.edited for r in rows],
                "codes": [r.codes for r in rows],
                "reply_to": pd.array([r.parent.index if r.parent is not None else None for r in rows], dtype="Int64"),
                "thread": [r.thread for r in rows],
                "event": pd.Series([_event(r) for r in rows], dtype="str"),
                "move": pd.Series([r.move.name if r.move else None for r in rows], dtype="str"),
                "template": pd.Series([r.template.key if r.template else None for r in rows], dtype="str"),
            }
        )
        return frame

    def _partnerships(self) -> pd.DataFrame:
        rows = []
        for (a, b), kind in self.kinds.items():
            since = rhythm.date_of(int(self.partner[a, b]))
            rows.append(
                {"member_a": self.people.name[a], "member_b": self.people.name[b], "since": since, "kind": kind}
            )
        return pd.DataFrame(rows, columns=["member_a", "member_b", "since", "kind"])

    def _declared(self, partners: pd.DataFrame) -> pd.DataFrame:
        """What the survey got: some forgotten, dates rounded or off, a few pairs that only nearly were partners."""
        rows, dice = [], Dice("survey", self.seed)
        for pair in partners.itertuples():
            if dice.chance(0.08):
                continue
            a, b = dice.shuffled([pair.member_a, pair.member_b])
            rows.append({"member_a": a, "member_b": b, "since": _recalled(pair.since, dice), "kind": pair.kind})
        for _ in range(round(0.03 * len(rows))):
            a, b = dice.shuffled(self.people.name.to_list())[:2]
            if not any({a, b} == {r["member_a"], r["member_b"]} for r in rows):
                rows.append(
                    {
                        "member_a": a,
                        "member_b": b,
                        "since": rhythm.date_of(dice.whole(0, self.days - 1)),
                        "kind": dice.pick(KINDS),
                    }
                )
        frame = pd.DataFrame(rows, columns=["member_a", "member_b", "since", "kind"])
        return frame.sort_values(["since", "member_a", "member_b"], ignore_index=True)


def _event(row: _Row) -> str | None:
    return (
        row.topic.event.name if row.topic and row.topic.event and row.move and (row.move.event or row.parent) else None
    )


def _recalled(since: Any, dice: Dice) -> Any:
    """A date as remembered: right, the first of the month, or some days off."""
    r = dice.random()
    if r < 0.45:
        return since
    if r < 0.75:
        return since.replace(day=1)
    return rhythm.date_of((since - rhythm.START).days + dice.whole(-15, 15))


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f", dan {names[-1]}"


def overlap(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """How alike the hours of each two members are: shared mass of their daily profiles, 0 to 1, members x members."""
    share = hours / hours.sum(axis=1, keepdims=True)
    out = np.minimum(share[:, None, :], share[None, :, :]).sum(axis=2)
    np.fill_diagonal(out, 0)
    return out


def _standard(x: NDArray[np.float64]) -> NDArray[np.float64]:
    off = ~np.eye(len(x), dtype=bool)
    return (x - x[off].mean()) / x[off].std()
