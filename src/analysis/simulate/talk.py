"""Conversations: who opens them with which move, who answers whom, and when. A conversation is a tree of messages.

Members also continue earlier messages of their own: at once, after others have written, or to ask again. Such a
message's parent is the member's own message; it is not an answer to anybody, and creates no trust.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.arrays import Flags, Floats
from analysis.simulate import rhythm
from analysis.simulate.agents import Agents, Channel
from analysis.simulate.bonds import Bonds
from analysis.simulate.dice import Dice
from analysis.simulate.grammar import Move, Template, grammar
from analysis.simulate.language import Voice
from analysis.simulate.rhythm import DAY
from analysis.simulate.scenario import Scenario
from analysis.simulate.words import Topic, draw_topic

INFORMAL = frozenset(("greeting", "humour", "personal_talk", "care", "meeting_up"))
MEDIA = ("media", "sticker", "voice")
EVENTS = frozenset(("bazaar", "training"))
LONGEST = 28  # messages in a conversation
WORDLESS = 0.22  # share of answers that are a picture, a sticker or a voice note
# Openings: share that are a picture or a forwarded file alone, and of the others share that nobody answers. How much
# more than their move says the rest are answered, and answers, these against the share that goes to and fro. Media are
# 20 % of the messages of 81 WhatsApp groups (Caetano et al. 2018). Of the Ubuntu logs' openings .51 stay without an
# answer; that is a channel of strangers, this a circle of members, so fewer do here, pictures among them.
# benchmarks/simulator.py measures all of these.
PICTURED, IGNORED, LIVELY, BACK = 0.18, 0.22, 1.25, 3.5
DELETED = 0.008
# How often members continue their own texts: at once (within a minute or so), and after others have written in the
# conversation. In the Ubuntu logs (Kummerfeld et al. 2019, training part) .235 of the messages go on with one of the
# member's own, .139 after others have written, .056 from more than five lines on; here pictures, second goes and
# corrections (community.py) are among them.
AT_ONCE, AFTER_OTHERS = 0.065, 0.42
ASKED_AGAIN = 0.5  # share of unanswered questions that are asked again
# Mean and standard deviation of log minutes until an answer, until the rest, until asking again. In the Ubuntu logs .31
# of answers to others are more than five lines back; here a group writes some forty messages a day, and fewer are.
ANSWERED, LATER, AGAIN = (1.6, 1.6), (2.9, 1.6), (3.6, 0.9)
AFTER = "self after others"  # value of a move's `by`: the one who wrote, if others have written since
SPECIFIC = 6.0  # weight of continuations specific to the message, relative to an apology for slips
SEASONAL = 60.0  # weight of openings of the day's season, relative to other openings


@dataclass(eq=False)
class Message:
    """One message while the model runs. time: minutes from the first day on. member -1: system line; to -1: all."""

    time: float
    channel: int
    member: int
    kind: str
    codes: tuple[str, ...] = ()
    parent: Message | None = None
    thread: int = -1
    to: int = -1
    topic: Topic | None = None
    move: Move | None = None
    template: Template | None = None
    text: str = ""
    edited: bool = False
    index: int = -1
    answered: bool = False  # by another member

    @property
    def begun(self) -> Message:
        """The first of the member's messages that this one continues; itself if it continues none."""
        row = self
        while row.parent is not None and row.move is not None and row.move.by == "self":
            row = row.parent
        return row


Parent = Message | None  # None for a conversation's first message


@dataclass
class Thread:
    """A conversation while it runs. said: templates used; answered: who has answered what, or made which move."""

    number: int
    channel: int
    here: Flags
    codes: tuple[str, ...] = ()
    personal: bool = False  # about a person, who then speaks of themselves only by moves for that
    size: int = 0
    rows: list[Message] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    answered: set[tuple[int, int | str]] = field(default_factory=set)
    queue: list[tuple[float, int, Message, Move, str]] = field(default_factory=list)
    queued: int = 0


class Conversations:
    """Makes conversations of a community's members, and keeps their messages in `rows`."""

    def __init__(
        self, scenario: Scenario, agents: Agents, bonds: Bonds, channels: list[Channel], voice: Voice, dice: Dice
    ) -> None:
        self.scenario, self.agents, self.bonds, self.dice = scenario, agents, bonds, dice
        self.channels, self.voice = channels, voice
        self.moves = grammar().moves
        self.people = voice.words.people
        self.rows: list[Message] = []
        self.threads = 0
        self.decks: dict[str, list[Template]] = {}
        self.openers = {channel.key: self._openers(channel.key) for channel in channels}
        self.answers = {name: self._answers(move) for name, move in self.moves.items()}
        own = [move for move in self.moves.values() if move.by == "self"]
        self.further = {name: [move for move in own if name in move.of] for name in self.moves}
        self.seasons: dict[tuple[int, int], Floats] = {}
        leads = {move.lead for move in self.moves.values()}
        self.leads = {lead: np.exp((2.0 * lead + scenario.lead) * agents.leader) for lead in leads}
        self.shares = {share: agents.sharing**share for share in {move.share for move in self.moves.values()}}

    def _openers(self, key: str) -> tuple[list[Move], Floats]:
        moves = [move for move in self.moves.values() if move.start.get(key)]
        usual = {True: self.scenario.informal, False: 1.0}
        tastes = [self.scenario.barriers if move.barrier else usual[informal(move.codes)] for move in moves]
        return moves, np.array([move.start[key] * taste for move, taste in zip(moves, tastes, strict=True)])

    def _answers(self, move: Move) -> Floats:
        """Weights of a move's answers; where informal talk is rare, informal answers are rare too."""
        rare = self.scenario.informal**0.5
        return np.array([w * (rare if informal(self.moves[name].codes) else 1.0) for name, _, w in move.replies])

    # opening

    def open(self, channel: int, start: float, here: Flags) -> int:
        """Run one conversation, opened by a member who is present; returns how many messages it has."""
        moves, weights = self.openers[self.channels[channel].key]
        move = moves[self.dice.weighted(weights * self._season(channel, start))]
        speaker, target = self._starters(move, self._speakers(move, start) * here)
        return self.converse(channel, start, move, speaker, target, here) if speaker >= 0 else 0

    def _season(self, channel: int, start: float) -> Floats:
        """Factor of each opening on this day: some belong to a season, and at Eid business rests."""
        day = int(start // DAY)
        if (channel, day) not in self.seasons:
            have = rhythm.flags(rhythm.date_of(day), 12)
            moves, _ = self.openers[self.channels[channel].key]
            business = 0.25 if "eid" in have else self.scenario.crisis if rhythm.in_crisis(day) else 1.0
            self.seasons[channel, day] = np.array(
                [(m.season in have) * SEASONAL if m.season else 1.0 if informal(m.codes) else business for m in moves]
            )
        return self.seasons[channel, day]

    def _starters(self, move: Move, weights: Floats) -> tuple[int, int]:
        """The member who opens, and the one addressed if the move is for two."""
        if not move.pair:
            return self.dice.weighted(weights), -1
        if move.deal:
            pairs = np.argwhere(np.triu(np.isfinite(self.bonds.partner) & np.outer(weights > 0, weights > 0), 1))
            if not len(pairs):
                return -1, -1
            a, b = self.dice.shuffled(self.dice.pick(pairs.tolist()))
            return a, b
        a = self.dice.weighted(weights)
        if a < 0:
            return -1, -1
        weights = weights * self.bonds.pull(a, False)
        weights[a] = 0
        b = self.dice.weighted(weights)
        return (a, b) if b >= 0 else (-1, -1)

    def _speakers(self, move: Move, minute: float) -> Floats:
        """Weight of each member as speaker of the move at this minute, shape (n,)."""
        weights = self.agents.activity * self.agents.hours[:, int(minute % DAY // 60)]
        if move.share:
            weights *= self.shares[move.share]
        if move.lead or self.scenario.lead:
            weights *= self.leads[move.lead]
        if move.only:
            weights *= np.array([p["sector"] == move.only for p in self.people])
        return weights

    # a conversation

    def converse(self, channel: int, start: float, move: Move, speaker: int, target: int, here: Flags) -> int:
        """A conversation that begins with this move; returns how many messages it has."""
        present = [int(i) for i in np.flatnonzero(here)]
        topic = draw_topic(self.voice.words, move.topic, speaker, int(start // DAY), present)
        topic.target = target
        if move.refer and topic.owner >= 0:
            topic.third = topic.owner
        self.threads += 1
        thread = Thread(self.threads, channel, here, personal=move.topic in ("patient", "tease"))
        template = self._template(thread, move, speaker, topic, start, None)
        if template is None:
            return 0
        topic.about |= template.about | ({"barrier"} if move.barrier else set())
        if "self" in template.needs:
            topic.third = speaker
        root = self._say(thread, start, move, template, speaker, topic, None)
        thread.codes = root.codes
        thread.size += self._pictures(root)
        self._run(thread, root)
        return thread.size

    def _run(self, thread: Thread, root: Message) -> None:
        """All that follows a conversation's first message."""
        self._plan(thread, root)
        while thread.queue and thread.size < LONGEST:
            time, _, parent, answer, by = heapq.heappop(thread.queue)
            make = self._go_on if by in ("self", AFTER) else self._answer
            row = make(thread, time, parent, answer, by)
            if row is not None:
                self._plan(thread, row)

    def _plan(self, thread: Thread, parent: Message) -> None:
        """Queue the answers that a message will get, and what its member will add."""
        move, begun = parent.move, parent.begun.move
        if move is None or begun is None or parent.kind not in ("text", "poll"):
            return
        time = parent.time
        ignored = parent.parent is None and self.dice.chance(IGNORED)
        lively = LIVELY if parent.parent is None else BACK * self.scenario.to_and_fro
        for _ in range(self.dice.poisson(lively * move.n) if begun.replies and not ignored else 0):
            name, by, _ = begun.replies[self.dice.weighted(self.answers[begun.name])]
            answer = self.moves[name]
            minutes = 0.25 + self._wait(*ANSWERED)
            if self.scenario.late_replies and self.dice.chance(self.scenario.late_replies):
                minutes += 60 + self.dice.exponential(60)
            time = self._queue(thread, time, minutes, parent, answer, by or answer.by)
        self._plan_more(thread, parent, self.further[begun.name])

    def _plan_more(self, thread: Thread, parent: Message, further: list[Move]) -> None:
        """Queue what the member will add to the message. further: the moves that continue it."""
        if parent.template is None or "self" in parent.template.needs:  # talk about oneself has moves of its own
            return
        for move in further:
            if move.unanswered and self.dice.chance(ASKED_AGAIN):
                self._queue(thread, parent.time, self._wait(*AGAIN), parent, move, "self")
        usual = [move for move in further if not move.unanswered]
        weights = np.array([SPECIFIC if move.codes else 1.0 for move in usual])
        for often, by in ((AT_ONCE, "self"), (AFTER_OTHERS, AFTER)):
            if usual and self.dice.chance(often * self.agents.returns[parent.member]):
                minutes = 0.15 + self.dice.exponential(0.6) if by == "self" else self._wait(*LATER)
                self._queue(thread, parent.time, minutes, parent, usual[self.dice.weighted(weights)], by)

    def _wait(self, mean: float, deviation: float) -> float:
        """Log-normal minutes."""
        return float(np.exp(mean + deviation * self.dice.normal()))

    def _queue(self, thread: Thread, time: float, minutes: float, parent: Message, move: Move, by: str) -> float:
        """Plan a message some minutes after this time; returns when it will be."""
        time = rhythm.settle(time + min(minutes, 600.0), self.dice)
        heapq.heappush(thread.queue, (time, thread.queued, parent, move, by))
        thread.queued += 1
        return time

    def _answer(self, thread: Thread, time: float, parent: Message, move: Move, by: str) -> Message | None:
        assert parent.topic is not None
        speaker = self._answerer(thread, time, parent, move, by, parent.topic)
        return self._answer_by(speaker, thread, time, parent, move, by)

    def _answer_by(
        self, speaker: int, thread: Thread, time: float, parent: Message, move: Move, by: str
    ) -> Message | None:
        """This member's answer; None for one who may not answer, has done so already, or finds no words for it."""
        assert parent.topic is not None
        if speaker < 0 or speaker == parent.member or not thread.here[speaker] or self.agents.activity[speaker] <= 0:
            return None
        if self._gone(speaker, time):
            return None
        marks: set[tuple[int, int | str]] = {(speaker, id(parent))}
        if by == "other":
            marks.add((speaker, move.name))
        topic = self._topic_for(thread, move, by, speaker, parent, parent.topic)
        if topic is None or marks & thread.answered:
            return None
        template = self._template(thread, move, speaker, topic, time, parent)
        if template is None:
            return None
        thread.answered |= marks
        parent.begun.answered = True
        return self._say(thread, time, move, template, speaker, topic, parent)

    def _go_on(self, thread: Thread, time: float, parent: Message, move: Move, by: str) -> Message | None:
        """The member continues their own message, with AFTER only if others, but not the member, have written since; or
        asks again, unless somebody has answered."""
        assert parent.topic is not None
        if self._gone(parent.member, time) or (move.unanswered and parent.begun.answered):
            return None
        since = {row.member for row in thread.rows[thread.rows.index(parent) + 1 :]}
        if by == AFTER and (not since or parent.member in since):
            return None
        template = self._template(thread, move, parent.member, parent.topic, time, parent)
        if template is None:
            return None
        return self._say(thread, time, move, template, parent.member, parent.topic, parent)

    def _gone(self, speaker: int, time: float) -> bool:
        """Whether the member has left by then."""
        return bool(time >= self.people[speaker]["left"] * DAY)

    def _topic_for(
        self, thread: Thread, move: Move, by: str, speaker: int, parent: Message, topic: Topic
    ) -> Topic | None:
        """The parent's topic, with a new third person where the move introduces one or the third is the speaker."""
        if move.refer:
            third = topic.owner if topic.owner >= 0 else topic.third
            return None if third in (speaker, parent.member) else replace(topic, third=third)
        if topic.third != speaker or by in ("third", "owner"):
            return topic
        others = [int(i) for i in np.flatnonzero(thread.here) if i not in (speaker, parent.member)]
        return None if thread.personal or not others else replace(topic, third=self.dice.pick(others))

    def _answerer(self, thread: Thread, time: float, parent: Message, move: Move, by: str, topic: Topic) -> int:
        if by == "either":
            by = "addressee" if parent.to >= 0 and self.dice.chance(0.75) else "other"
        if by == "addressee":
            return parent.to
        if by in ("third", "owner"):
            return topic.third if by == "third" else topic.owner
        informally = informal(move.codes)
        if parent.to >= 0 and self.dice.chance(self.scenario.to_and_fro):
            return parent.to
        if self.scenario.moderator and self.dice.chance(self.scenario.moderator):
            return self.voice.words.leaders["chair"]
        if topic.target >= 0 and parent.begun.parent is None and not informally:
            return topic.target
        weights = self._speakers(move, time) * thread.here * self.bonds.pull(parent.member, informally)
        weights[parent.member] = 0
        return self.dice.weighted(weights)

    def _say(
        self,
        thread: Thread,
        time: float,
        move: Move,
        card: Template,
        speaker: int,
        topic: Topic,
        parent: Message | None,
    ) -> Message:
        to = topic.target if parent is None else parent.to if speaker == parent.member else parent.member
        inherited = {"@thread": thread.codes, "@own": parent.begun.codes if parent is not None else ()}
        codes = tuple(dict.fromkeys(x for c in card.codes for x in inherited.get(c, (c,))))
        row = Message(time, thread.channel, speaker, move.kind, codes, parent, thread.number, to, topic, move, card)
        answers = parent is not None and parent.member != speaker
        if row.kind == "text" and self.dice.chance(WORDLESS if answers else PICTURED * (parent is None)):
            row.kind, row.codes = self.dice.pick(MEDIA), ()
        elif self.channels[row.channel].platform == "whatsapp" and self.dice.chance(DELETED):
            row.kind, row.codes = "deleted", ()  # Telegram does not show deleted messages
        thread.size += 1
        thread.said.add(card.key)
        self.rows.append(row)
        thread.rows.append(row)
        if answers and row.kind == "text":
            self.bonds.answer(speaker, to, informal(codes), time / DAY)
        return row

    def _pictures(self, root: Message) -> int:
        """Pictures that go with an offer, sent by the same member; returns how many."""
        if root.move is None or root.kind != "text" or not self.dice.chance(root.move.media):
            return 0
        number = self.dice.whole(1, 3)
        for k in range(number):
            time = root.time + 0.05 + 0.2 * k
            self.rows.append(Message(time, root.channel, root.member, "media", (), root, root.thread))
        return number

    # templates

    def _template(
        self, thread: Thread, move: Move, speaker: int, topic: Topic, time: float, parent: Message | None
    ) -> Template | None:
        """The next fitting template of the move's shuffled deck, so that all are used equally; None if none fits.
        If the parent asks a question, a template that answers just that takes precedence over one that answers any."""
        have = self._have(speaker, parent.member if parent else topic.target, topic, time)
        begun = parent.begun.template if parent else None
        asked = begun.asks if begun else ""

        def fits(t: Template) -> bool:
            opens = parent is None and t.about & EVENTS <= topic.about
            answers = parent is not None and (not t.about or not t.about.isdisjoint(topic.about))
            return (opens or answers) and t.needs <= have and t.key not in thread.said

        if not asked:
            return self._deal(move, fits)
        exact = self._deal(move, lambda t: asked in t.answers and fits(t))
        return exact or self._deal(move, lambda t: not t.answers and fits(t))

    def _deal(self, move: Move, fits: Callable[[Template], bool]) -> Template | None:
        """The next fitting card of the move's deck; a deck without one is filled up, if any card fits at all."""
        deck = self.decks.setdefault(move.name, [])
        for fresh in (False, True):
            if fresh:
                if not any(fits(t) for t in move.templates):
                    return None
                deck += self.dice.shuffled([t for t in move.templates if t not in deck])
            for k, template in enumerate(deck):
                if fits(template):
                    return deck.pop(k)
        return None

    def _have(self, speaker: int, to: int, topic: Topic, time: float) -> set[str]:
        """The conditions that hold now for this speaker."""
        p = self.people[speaker]
        have = {p["gender"], p["sector"], "self"}
        have |= rhythm.flags(rhythm.date_of(int(time // DAY)), int(time % DAY // 60))
        own = {"lead": p["role"] != "member", "parent": p["age"] >= 28, "elder": p["age"] >= 42}
        own["goods"] = p["sector"] != "services"
        have |= {name for name, true in own.items() if true}
        if topic.owner >= 0:
            owner = self.people[topic.owner]["sector"]
            have |= {f"{owner}_owner"} | ({"goods_owner"} if owner != "services" else set())
        if to >= 0 and self.people[to]["sector"] != "services":
            have.add("goods_to")
        return have


def informal(codes: tuple[str, ...]) -> bool:
    """Whether these are codes of informal interaction."""
    return not INFORMAL.isdisjoint(codes)
