"""The simulated community: the agent model run day by day, and the truth it leaves."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.errors import InputError
from analysis.simulate import rhythm
from analysis.simulate.agents import Channel, make_agents, make_channels, overlap
from analysis.simulate.bonds import PARTNERS, Bonds, survey
from analysis.simulate.dice import Dice
from analysis.simulate.language import Voice
from analysis.simulate.people import make_people
from analysis.simulate.relational import RelationalEvents
from analysis.simulate.rhythm import DAY, Event
from analysis.simulate.saying import Occasion
from analysis.simulate.scenario import Scenario
from analysis.simulate.scenario import scenario as named
from analysis.simulate.talk import INFORMAL, Conversations, Message
from analysis.simulate.words import Topic

MESSAGES_A_MONTH = 27  # per member, pictures among them
EDITED = 0.012
PARALLEL, NEAR = 0.65, 8.0  # share of conversations that start while another runs, and after how many minutes
BUSINESS = 0.6  # share of business talk among conversations, used to make the days of a crisis busier
PRIVATELY = 0.35  # share of new partnerships that no chat mentions
MISREAD = dict.fromkeys(INFORMAL, "coordination") | {"promotion": "business_news"}  # true code: code read instead
ENCRYPTED = (
    "Pesan dan panggilan terenkripsi secara end-to-end. Hanya orang dalam chat ini yang bisa membaca, mendengarkan, "
    "atau membagikannya. Pelajari selengkapnya."
)
ODDITIES = (
    "⟦{i}⟧ telah mengganti nomor teleponnya ke nomor baru. Ketuk untuk mengirim pesan atau menambahkan nomor baru.",
    "Kode keamanan Anda dengan ⟦{i}⟧ telah berubah. Ketuk untuk info selengkapnya.",
    "⟦{i}⟧ mengubah ikon grup ini",
    "⟦{i}⟧ menyematkan pesan",
    "⟦{i}⟧ mengubah deskripsi grup",
)


@dataclass
class Community:
    """A simulated community and its truth.

    people: one row a member. messages: one row a message in order of time, columns channel, time (Asia/Jakarta),
    member (missing on system lines, whose text names members as ⟦number⟧), text, kind (text, media, sticker, voice,
    deleted, location, contact, poll, system), edited, codes (tuple), read_as (the codes that every coder sees in it),
    reply_to (row of the true parent), thread, event, move, template. partnerships: member_a, member_b, since (date),
    kind. declared: the same as reported in the survey, with recall error. trust (at the end), liking (of the first
    day), hours (overlap): members x members.
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
    trust: Floats
    liking: Floats
    hours: Floats

    def truth(self) -> dict[str, Any]:
        """The planted truth: the scenario with its parameters and the claims that hold."""
        return asdict(self.scenario) | {"seed": self.seed, "members": len(self.people), "months": self.months}


def simulate_community(
    seed: int = 0,
    members: int = 40,
    months: int = 12,
    scenario: str = "published",
    *,
    messages: int | None = None,
    texts: bool = True,
    first: int = 0,
    **changes: Any,
) -> Community:
    """A community with planted truth; equal arguments give equal communities.

    messages: about how many (by default 24 per member and month). texts: False leaves the texts out, which is faster.
    first: number of the first person, so that two communities have nobody in common. changes: parameters of the
    scenario to change. Raises InputError when members, months or seed are out of range, or the scenario is unknown.
    """
    if members < 8 or months < 1:
        raise InputError("a community needs at least 8 members and 1 month", fix="Raise --members or --months.")
    if seed < 0:
        raise InputError(f"a seed must be a whole number from 0, not {seed}", fix="Give --seed 0 or more.")
    total = messages or round(members * months * MESSAGES_A_MONTH)
    return _Model(seed, members, months, named(scenario, **changes), first).run(total, texts=texts)


class _Model:
    """The running model. All chance comes from `dice`, except in writing and in the survey, which have their own."""

    def __init__(self, seed: int, members: int, months: int, scenario: Scenario, first: int) -> None:
        self.seed, self.months, self.scenario = seed, months, scenario
        self.days = rhythm.days_in(months)
        self.dice = dice = Dice("community", seed, members, months)
        self.people = people = make_people(members, self.days, dice, first, scenario.turnover)
        self.events = rhythm.make_events(self.days, list(people.village.unique()), dice)
        self.agents = agents = make_agents(people, scenario, dice)
        self.channels = make_channels(people, agents.activity, dice)
        people["activity"], people["sharing"] = agents.activity, agents.sharing
        # The member who writes least, of those not interviewed, withholds consent
        writers = people.index[(people.activity > 0) & (people.index >= min(12, members // 2))]
        people.loc[people.activity[writers].sort_values(kind="stable").index[:1], "consent"] = "none"
        self.voice = Voice(people, self.events, Dice("voice", seed))
        self.bonds = Bonds(scenario, agents, self.days, dice)
        family = RelationalEvents if scenario.family == "events" else Conversations
        self.talk = family(scenario, agents, self.bonds, self.channels, self.voice, dice)
        self.members = np.array([np.isin(np.arange(members), channel.members) for channel in self.channels])
        self.joined, self.left = people.joined.to_numpy(), people.left.to_numpy()

    def run(self, total: int, *, texts: bool) -> Community:
        self.bonds.start(self.people.name.to_list(), self._here(0))
        weights = rhythm.day_weights(self.days, self.events, self.dice)
        busy = 1 + BUSINESS * (self.scenario.crisis - 1)
        weights = weights * [busy if rhythm.in_crisis(day) else 1.0 for day in range(self.days)]
        due = np.zeros(len(self.channels))
        shares = np.array([channel.share for channel in self.channels])
        for day, weight in enumerate(weights / weights.mean()):
            self.bonds.ripen(day)
            self._partner(day, weight)
            due += weight * total / self.days * shares
            self._day(day, due)
        for c, channel in enumerate(self.channels):
            if channel.platform == "whatsapp":
                self._made(c, channel)
                self._comings(c, channel)
                self._oddities(c, channel)
        return self._community(texts)

    def _here(self, day: int) -> Flags:
        return (self.joined <= day) & (day < self.left)

    def _day(self, day: int, due: Floats) -> None:
        """All conversations that start on this day, until each channel has the messages due (counted down)."""
        today, season = self._here(day), rhythm.hour_weights(rhythm.date_of(day))
        for c in range(len(self.channels)):
            here = self.members[c] & today
            if here.sum() < 3:
                continue
            curve = (self.agents.activity * here @ self.agents.hours) * season
            minute = 0.0
            while due[c] > 0:
                if not minute or not self.dice.chance(PARALLEL):
                    minute = day * DAY + (self.dice.weighted(curve) + self.dice.random()) * 60
                else:
                    minute += self.dice.exponential(NEAR)
                due[c] -= self.talk.open(c, rhythm.settle(minute, self.dice), here)

    def _partner(self, day: int, weight: float) -> None:
        """Make pairs partners today, most of whom mention it in a chat that both are in."""
        n = len(self.people)
        expected = PARTNERS * n * (n - 1) / 2 * min(1.0, self.months / 12) / self.days * weight**0.3
        today = self._here(day)
        for pair in self.bonds.form(day, expected, today):
            a, b = self.dice.shuffled(pair)
            if min(self.agents.activity[[a, b]]) == 0 or self.dice.chance(PRIVATELY):
                continue
            shared = [c for c, ch in enumerate(self.channels) if {a, b} <= set(ch.members) and ch.key != "pengurus"]
            c = self.dice.pick(shared)
            start = rhythm.settle(day * DAY + 300 + 990 * self.dice.random(), self.dice)
            self.talk.converse(c, start, self.talk.moves["offer"], a, b, self.members[c] & today)

    # system lines: groups made, members added, those who leave, new numbers, pinned messages

    def _system(self, channel: int, time: float, text: str) -> None:
        self.talk.rows.append(Message(time, channel, -1, "system", text=text))

    def _made(self, c: int, channel: Channel) -> None:
        founder = channel.exporter
        self._system(c, 0.1, ENCRYPTED)
        self._system(c, 0.2, f'⟦{founder}⟧ membuat grup "{channel.title}"')
        first = [i for i in channel.members if i != founder and self.joined[i] < 0]
        for k in range(0, len(first), 6):
            *others, last = (f"⟦{i}⟧" for i in first[k : k + 6])
            added = f"{', '.join(others)}, dan {last}" if others else last
            self._system(c, 0.3 + k / 100, f"⟦{founder}⟧ menambahkan {added}")

    def _comings(self, c: int, channel: Channel) -> None:
        for i in channel.members:
            if self.joined[i] >= 0:
                text = f"⟦{i}⟧ bergabung menggunakan tautan undangan grup ini"
                text = text if self.dice.chance(0.4) else f"⟦{channel.exporter}⟧ menambahkan ⟦{i}⟧"
                self._system(c, self.joined[i] * DAY + 1.0 + self.dice.random(), text)
            if self.left[i] <= self.days:
                self._system(c, (self.left[i] - 1) * DAY + 1430 + self.dice.random(), f"⟦{i}⟧ keluar")

    def _oddities(self, c: int, channel: Channel) -> None:
        settled = [i for i in channel.members if self.joined[i] < 0]
        for _ in range(max(1, round(self.months * channel.share * 3))):
            time = self.dice.random() * self.days * DAY
            self._system(c, time, self.dice.pick(ODDITIES).format(i=self.dice.pick(settled)))

    # the end

    def _community(self, texts: bool) -> Community:
        rows = sorted((r for r in self.talk.rows if r.time < self.days * DAY), key=lambda r: r.time)
        if texts:
            rows = sorted(self._written(rows), key=lambda r: r.time)
        for k, row in enumerate(rows):
            row.index = k
        names = self.people.name.to_list()
        partners = self.bonds.table(names)
        declared = survey(partners, names, self.days, Dice("survey", self.seed))
        return Community(
            self.scenario, self.seed, self.months, self.people, self.channels, self._frame(rows), partners, declared,
            self.events, self.bonds.trust(), self.agents.liking, overlap(self.agents.hours),
        )  # fmt: skip

    def _written(self, rows: list[Message]) -> list[Message]:
        """All rows with their texts; a message sent in two parts becomes two rows."""
        out = []
        for row in rows:
            out.append(row)
            topic, numbers = row.topic, self.channels[row.channel].platform == "whatsapp"
            if row.template is None or topic is None or row.kind not in ("text", "poll") or self._as_card(row, topic):
                continue
            present = np.flatnonzero(self.members[row.channel] & self._here(int(row.time // DAY))).tolist()
            now = Occasion(row.member, row.to, topic, row.time, present, row.codes)
            row.text, *more = self.voice.write(row.template, now, plain=row.kind == "poll", numbers=numbers)
            row.edited = row.kind == "text" and self.dice.chance(EDITED)
            for text in more:  # the second part, or the correction, which has no code
                codes = () if text.startswith("*") and " " not in text else row.codes
                time = row.time + 0.1 + 0.3 * self.dice.random()
                out.append(replace(row, time=time, kind="text", codes=codes, parent=row, text=text, edited=False))
        return out

    def _as_card(self, row: Message, topic: Topic) -> bool:
        """Now and then send a place as a location, or a person as a contact card (WhatsApp only). Whether it did."""
        people = self.voice.words.people
        if self.channels[row.channel].platform != "whatsapp":
            return False
        if row.template and "where" in row.template.answers and self.dice.chance(0.15):
            row.kind, row.codes, row.text = "location", (), f"lokasi: {people[row.member]['maplink']}"
        elif row.move and row.move.refer and topic.third >= 0 and self.dice.chance(0.06):
            row.kind, row.codes, row.text = "contact", (), f"{people[topic.third]['alias']}.vcf (file terlampir)"
        return row.kind in ("location", "contact")

    def _read_as(self, row: Message) -> tuple[str, ...]:
        """The codes that every coder sees in the message: a few wordings are read as what they are not (MISREAD)."""
        share = self.scenario.misread + self.scenario.misread_drift * row.time / (self.days * DAY)
        if not share or row.template is None or not Dice("misread", self.seed, row.template.key).chance(share):
            return row.codes
        return tuple(dict.fromkeys(MISREAD.get(code, code) for code in row.codes))

    def _frame(self, rows: list[Message]) -> pd.DataFrame:
        names = self.people.name.to_list()
        start = pd.Timestamp(datetime.combine(rhythm.START, datetime.min.time()), tz=rhythm.TZ)
        seconds = np.floor([row.time * 60 for row in rows])
        columns = {
            "channel": [self.channels[row.channel].key for row in rows],
            "time": start + pd.to_timedelta(seconds, unit="s"),
            "member": [names[row.member] if row.member >= 0 else None for row in rows],
            "text": [row.text for row in rows],
            "kind": [row.kind for row in rows],
            "edited": [row.edited for row in rows],
            "codes": [row.codes for row in rows],
            "read_as": [self._read_as(row) for row in rows],
            "reply_to": pd.array([row.parent.index if row.parent else None for row in rows], dtype="Int64"),
            "thread": [row.thread for row in rows],
            "event": [_event(row) for row in rows],
            "move": [row.move.name if row.move else None for row in rows],
            "template": [row.template.key if row.template else None for row in rows],
        }
        words = dict.fromkeys(("member", "text", "kind", "event", "move", "template"), "str")
        return pd.DataFrame(columns).astype(words)


def _event(row: Message) -> str | None:
    """The event that a message is about, if its conversation is about one."""
    while row.parent is not None:
        row = row.parent
    event = row.topic.event if row.topic is not None and row.move is not None and row.move.event else None
    return event.name if event is not None else None
