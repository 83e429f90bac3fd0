"""The language of a messenger's own lines, and a warning on what is lost where that language is unknown."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import islice

import pandas as pd

from analysis import wording
from analysis.ingest import words

LINES = 200  # of the messenger's own that are looked at
SCRIPTS = {
    "ARABIC": "Arabic letters", "ARMENIAN": "Armenian", "BENGALI": "Bengali letters", "CJK": "Chinese characters",
    "CYRILLIC": "Cyrillic letters", "DEVANAGARI": "Devanagari letters", "ETHIOPIC": "Amharic letters",
    "GEORGIAN": "Georgian", "GREEK": "Greek", "GUJARATI": "Gujarati", "GURMUKHI": "Punjabi", "HANGUL": "Korean",
    "HEBREW": "Hebrew letters", "HIRAGANA": "Japanese", "KANNADA": "Kannada", "KATAKANA": "Japanese", "KHMER": "Khmer",
    "LAO": "Lao", "LATIN": "Latin letters", "MALAYALAM": "Malayalam", "MYANMAR": "Burmese", "ORIYA": "Odia",
    "SINHALA": "Sinhala", "TAMIL": "Tamil", "TELUGU": "Telugu", "THAI": "Thai",
}  # fmt: skip


def own_lines(table: pd.DataFrame) -> list[str]:
    """The lines of a WhatsApp chat that the messenger wrote, of its own or in a person's place: LINES at most."""
    own = (table["kind"] != "text") | table["text"].str.startswith(("\u200e", "\u200f"))
    return list(islice(table.loc[own, "text"], LINES))


def of(table: pd.DataFrame) -> str | None:
    """The language of most of the messenger's lines, None where no phrase is known, or no line is the messenger's."""
    counts = Counter(code for line in own_lines(table) for code in words.languages_of(line))
    return str(words.languages()[counts.most_common(1)[0][0]]["name"]) if counts else None


def warning(table: pd.DataFrame) -> list[str]:
    """A warning where the messenger's lines are in a language of which no phrase is known: which, and what it costs."""
    lines = own_lines(table)
    if not lines or of(table) is not None:
        return []
    n = wording.count(len(lines) if len(lines) < LINES else int((table["kind"] != "text").sum()), "line")
    return [
        f"{n} of the messenger's own in a language of which no phrase is known ({written_in(lines)}): they are "
        "recognised by their form alone, so a deleted message, a call or a picture may be counted as the one or the "
        "other, and names in them are found only where they are on the roster"
    ]


def written_in(lines: list[str]) -> str:
    """The script of most letters, or its language where it has one."""
    letters = Counter(
        unicodedata.name(char, "").partition(" ")[0] for line in lines for char in line if char.isalpha()
    )  # fmt: skip
    script = letters.most_common(1)[0][0] if letters else ""
    return SCRIPTS.get(script, script.capitalize() or "no letters")
