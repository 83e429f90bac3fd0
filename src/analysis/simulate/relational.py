"""The second generator: who answers whom by a relational event model (Butts 2008), with parameters that are known.

While a message is open, each member i present may answer its member j at the rate

    exp(theta' s_ij(t)) = a_i h_i(t) exp(AT_ONCE[i was addressed] + effects of liking, reciprocity, trust)

where a_i is i's activity, h_i the share of i's hour of the day, and the last are Bonds.pull: liking and trust of the
scenario, the log of 1 + answers between the two. Answers compete, informal and business ones each at a rate of their
own. Statistics are those of the evening before, so between two events, hours and closings of messages all rates are
constant and the next event is drawn exactly (Gillespie 1977). Openings of conversations, continuations of own messages
and texts are as in the agent model (talk.py).
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from analysis.arrays import Floats
from analysis.simulate.rhythm import DAY
from analysis.simulate.talk import LONGEST, Conversations, Message, Move, Thread, informal

ADDRESSED = 1.5  # effect of having been addressed by the message (log odds)
OPEN = 25.0  # minutes that a message stays open, on average
ANSWERS = (0.3, 0.3)  # expected business and informal answers in that time, from activity alone


class RelationalEvents(Conversations):
    """Conversations whose answers are relational events."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.left = np.array([person["left"] for person in self.people])
        self.usable: dict[tuple[str, bool, int], tuple[list[Move], Floats]] = {}

    def _run(self, thread: Thread, root: Message) -> None:
        time, closing = root.time, self._opened(thread, root)
        rates: dict[Message, Floats] = {}
        while thread.size < LONGEST and (closing or thread.queue):
            rates = {
                message: rates[message] if message in rates else self._rates(thread, message, time)
                for message in closing
            }
            hour = (time // 60 + 1) * 60
            own = thread.queue[0][0] if thread.queue else np.inf
            until = min(own, hour, *closing.values())
            total = sum(float(each.sum()) for each in rates.values())
            wait = self.dice.exponential(1 / total) if total > 0 else np.inf
            row = None
            if time + wait < until:
                time += wait
                row = self._event(thread, time, rates)
            elif own == until:
                time, _, parent, move, by = heapq.heappop(thread.queue)
                row = self._go_on(thread, time, parent, move, by)
            else:
                time = until
            closing = {message: end for message, end in closing.items() if end > time}
            if row is not None:
                closing |= self._opened(thread, row)
            if time >= hour or row is not None:
                rates = {}

    def _opened(self, thread: Thread, message: Message) -> dict[Message, float]:
        """The message with the time until which it may be answered; empty for a picture."""
        begun = message.begun.move
        if begun is None or message.kind not in ("text", "poll"):
            return {}
        self._plan_more(thread, message, self.further[begun.name])
        return {message: message.time + self.dice.exponential(OPEN)} if begun.replies else {}

    def _moves(self, message: Message, addressed: bool, kind: int) -> tuple[list[Move], Floats]:
        """The moves of this kind (1: informal) by which somebody may answer, and their weights."""
        begun = message.begun.move
        assert begun is not None
        key = begun.name, addressed, kind
        if key not in self.usable:
            usual = ("other", "either", "addressee") if addressed else ("other", "either")
            replies = zip(begun.replies, self.answers[begun.name], strict=True)
            moves = [(self.moves[name], by or self.moves[name].by, weight) for (name, by, _), weight in replies]
            fit = [(move, weight) for move, by, weight in moves if by in usual and informal(move.codes) == bool(kind)]
            self.usable[key] = [move for move, _ in fit], np.array([weight for _, weight in fit])
        return self.usable[key]

    def _rates(self, thread: Thread, message: Message, time: float) -> Floats:
        """Rate per minute at which each member answers the message, on business and informally: shape (2, n)."""
        agents = self.agents
        able = agents.activity / agents.activity.mean() * agents.hours[:, int(time % DAY // 60)] * 24 / agents.n
        able = able * thread.here * (time < self.left * DAY)
        able[[message.member, *(i for i, what in thread.answered if what == id(message))]] = 0
        rates = np.zeros((2, agents.n))
        for kind in (0, 1):
            others, addressed = (self._moves(message, each, kind)[1].any() for each in (False, True))
            usual = ANSWERS[kind] / OPEN * able * self.bonds.pull(message.member, bool(kind))
            rates[kind] = usual * others
            if message.to >= 0:
                rates[kind, message.to] = usual[message.to] * addressed * np.exp(ADDRESSED)
        return rates

    def _event(self, thread: Thread, time: float, rates: dict[Message, Floats]) -> Message | None:
        """The answer that comes now, drawn by the rates; None where no wording fits."""
        place = self.dice.weighted(np.concatenate([each.ravel() for each in rates.values()]))
        which, cell = divmod(place, 2 * self.agents.n)
        kind, speaker = divmod(cell, self.agents.n)
        message = list(rates)[which]
        moves, weights = self._moves(message, speaker == message.to, kind)
        move = moves[self.dice.weighted(weights)]
        return self._answer_by(speaker, thread, time, message, move, "other")
