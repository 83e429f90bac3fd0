"""The language of the simulated community: a grammar of moves, filled with words and typed in each member's own way.

Indonesian as small-business people in Sidoarjo type it on a phone, East Javanese in between. See grammar.py for moves
and templates, topics.py for what conversations are about, saying.py for the slots, habits.py for the typing. The texts
are data: language/moves/*.yaml, lexicon.yaml, goods.yaml, tails.yaml, style.yaml.
"""

from __future__ import annotations

import pandas as pd

from analysis.simulate.dice import Dice
from analysis.simulate.grammar import Template, grammar
from analysis.simulate.habits import Habits, strip
from analysis.simulate.people import load_yaml
from analysis.simulate.rhythm import Event
from analysis.simulate.saying import Occasion, Saying
from analysis.simulate.topics import draw_topic
from analysis.simulate.words import Topic, Words

SHORT = 90  # characters: a message shorter than this may get a tail
TAILED = 0.6  # chance that it does
SENIOR = 8  # years from which on one is spoken to in polite Javanese


class Voice:
    """Writes the texts of one community."""

    def __init__(self, people: pd.DataFrame, events: list[Event], dice: Dice) -> None:
        self.words = Words(people, events, dice)
        self.style = load_yaml("language/style.yaml")
        self.habits = [Habits(p, self.style["short"], dice) for p in self.words.people]
        self.tails = grammar().tails

    def topic(self, kind: str, speaker: int, day: int, present: list[int]) -> Topic:
        """What a conversation that `speaker` opens on `day` is about."""
        return draw_topic(self.words, kind, speaker, day, present)

    def write(self, template: Template, now: Occasion, *, plain: bool = False, numbers: bool = True) -> list[str]:
        """One message, or two where the member sends it in two goes, or adds a correction (which begins with *).

        plain: without the member's habits of typing. numbers: mentions as @numbers, else as names.
        """
        habits, dice = self.habits[now.speaker], self.words.dice
        say = Saying(self.words, now, habits.price, numbers)
        text = self.words.fill(template.nodes, say.look)
        if plain:
            return [strip(text)]
        if len(text) < SHORT and "\n" not in text and dice.chance(TAILED):
            text = self._with_tail(text, say)
        return habits.type(text, self._dialect(now), dice, calm="care" in now.codes)

    def _with_tail(self, text: str, say: Saying) -> str:
        """The text with something more of what it is about."""
        about = sorted(say.now.topic.about)
        keys = [next((k for a in about if (k := f"{code}.{a}") in self.tails), code) for code in say.now.codes]
        keys = [key for key in keys if key in self.tails]
        if not keys:
            return text
        dice = self.words.dice
        tail = self.words.fill(dice.pick(self.tails[dice.pick(keys)]), say.look)
        ended = text[-1] in "?!." or not text[-1].isascii()
        return text + (" " if ended else dice.pick((", ", ", ", " "))) + tail

    def _dialect(self, now: Occasion) -> dict[str, list[str]]:
        """Polite Javanese upwards, familiar Javanese among equals."""
        people = self.words.people
        older = now.to >= 0 and people[now.to]["age"] > people[now.speaker]["age"] + SENIOR
        return self.style["krama" if older else "ngoko"]
