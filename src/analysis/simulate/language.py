"""The language of the simulated community: a grammar of moves, filled with words and typed in each member's own way.

Indonesian as small-business people in Sidoarjo type it on a phone, East Javanese in between. See grammar.py for moves
and templates, words.py for what conversations are about, saying.py for the slots. The texts are data:
language/moves/*.yaml, lexicon.yaml, goods.yaml, tails.yaml, style.yaml.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from analysis.simulate.dice import Dice
from analysis.simulate.grammar import Template, grammar
from analysis.simulate.people import load_yaml
from analysis.simulate.rhythm import Event
from analysis.simulate.saying import Occasion, Saying
from analysis.simulate.words import END, KEEP, NAME, Words

SHORT = 90  # characters: a message shorter than this may get a tail
TAILED = 0.6  # chance that a short message gets one
SENIOR = 8  # difference in years from which an older member is addressed in polite Javanese
_MARKED = re.compile(f"([{KEEP}{NAME}][^{END}]*{END})")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_STOP = re.compile(r"(?<=[a-z]{4})[.?] ")
_DOUBLE = re.compile(r"\b([a-z]{3,})-\1\b")


class Voice:
    """Writes the texts of one community."""

    def __init__(self, people: pd.DataFrame, events: list[Event], dice: Dice) -> None:
        self.words = Words(people, events, dice)
        self.style = load_yaml("language/style.yaml")
        self.habits = [Habits(p, self.style["short"], dice) for p in self.words.people]
        self.tails = grammar().tails

    def write(self, template: Template, now: Occasion, *, plain: bool = False, numbers: bool = True) -> list[str]:
        """One message, or two where the member sends it in two parts or adds a correction (which begins with *). plain:
        without the member's habits of typing. numbers: mentions as @numbers, else as names."""
        habits, dice = self.habits[now.speaker], self.words.dice
        say = Saying(self.words, now, habits.price, numbers)
        text = self.words.fill(template.nodes, say.look)
        if plain:
            return [strip(text)]
        if len(text) < SHORT and "\n" not in text and dice.chance(TAILED):
            text = self._with_tail(text, say)
        return habits.type(text, self._dialect(now), dice, calm="care" in now.codes)

    def _with_tail(self, text: str, say: Saying) -> str:
        """The text with an addition on the same topic."""
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


def strip(text: str) -> str:
    """The text without its marks."""
    return text.replace(KEEP, "").replace(NAME, "").replace(END, "").strip()


class Habits:
    """One member's way of typing, drawn once: what is shortened, Javanese, capitals, punctuation, emoji, slips."""

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

    def type(self, text: str, java: dict[str, list[str]], dice: Dice, *, calm: bool = False) -> list[str]:
        """The marked text as the member sends it: one message, rarely two."""
        parts = _MARKED.split(text)
        parts = [p if i % 2 else self._words(p, java, dice) for i, p in enumerate(parts)]
        shout, small = dice.chance(self.capitals), dice.chance(self.lower)
        parts = [self._case(p, i % 2 == 1, shout, small) for i, p in enumerate(parts)]
        fix = self._slip(parts, dice) if dice.chance(self.slips) else ""
        text = strip("".join(parts))
        text = self._finish(text if small else text[:1].upper() + text[1:], dice, calm)
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
        """One slip of the thumb in a word that names nobody. Returns the word meant, empty when none was hit."""
        places = [(i, m) for i in range(0, len(parts), 2) for m in _WORD.finditer(parts[i]) if len(m[0]) > 4]
        if not places:
            return ""
        i, m = dice.pick(places)
        word, k = m[0], dice.whole(1, len(m[0]) - 3)
        swapped, doubled = word[:k] + word[k + 1] + word[k] + word[k + 2 :], word[:k] + word[k] + word[k:]
        wrong = dice.pick((word[:k] + word[k + 1 :], swapped, doubled))
        parts[i] = parts[i][: m.start()] + wrong + parts[i][m.end() :]
        return word

    def _finish(self, text: str, dice: Dice, calm: bool) -> str:
        if dice.chance(self.commas):
            text = text.replace(",", "", 1) if dice.chance(0.6) else text.replace(", ", " ,", 1)
        if "\n" in text:
            return text
        if text.endswith("?"):
            text = text[:-1] + dice.pick(("?", "?", "?", "", " ?", "??"))
        elif text[-1:].isalnum() and dice.chance(0.5):
            text += self.stops
        if dice.chance(self.emojis) and text[-1:].isascii():
            text += " 🙏" if calm else f" {self.emoji}"
        return text

    def _in_two(self, text: str, dice: Dice) -> list[str]:
        stop = _STOP.search(text)
        if stop is None or "\n" in text or len(text) - stop.end() < 10 or not dice.chance(self.split * 3):
            return [text]
        return [text[: stop.end()].rstrip(". "), text[stop.end() :]]
