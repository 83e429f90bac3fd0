"""How each member types: what is shortened, Javanese, capitals, punctuation, emoji, slips of the thumb."""

from __future__ import annotations

import re
from typing import Any

from analysis.simulate.dice import Dice
from analysis.simulate.words import END, KEEP, NAME

_MARKED = re.compile(f"([{KEEP}{NAME}][^{END}]*{END})")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_STOP = re.compile(r"(?<=[a-z]{4})[.?] ")
_DOUBLE = re.compile(r"\b([a-z]{3,})-\1\b")


def strip(text: str) -> str:
    """The text without its marks."""
    return text.replace(KEEP, "").replace(NAME, "").replace(END, "").strip()


class Habits:
    """One member's way of typing, drawn once."""

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
        """The marked text as the member sends it: one message, seldom two."""
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
        wrong = dice.pick(
            (word[:k] + word[k + 1 :], word[:k] + word[k + 1] + word[k] + word[k + 2 :], word[:k] + word[k] + word[k:])
        )
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
