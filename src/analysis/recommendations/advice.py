"""Advice: what a community may do, each graded by the evidence that this study has for it.

The advice in advice.yaml is the same in every study; verdicts and counts of the study at hand grade it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import InputError

FILE = Path(__file__).with_name("advice.yaml")
LANGUAGES = ("en", "id")
KEYS = {"claims", "themes", *LANGUAGES}
NAMED = {"en": "{} of {} name {}", "id": "{} dari {} peserta wawancara menyebut {}"}
LEAST = 3  # participants who name a theme before it speaks for anything


@dataclass(frozen=True)
class Advice:
    """One piece of advice. verdicts: of the claims that bear on it; voices: how many participants name a theme, of how
    many; words: each theme's name in Indonesian; grade: one of GRADES."""

    text: Mapping[str, str]
    verdicts: Mapping[str, str]
    voices: Mapping[str, tuple[int, int]]
    words: Mapping[str, str]
    grade: str

    def said(self, language: str) -> list[str]:
        """How many participants name each theme, in words of the language."""
        names = self.words if language == "id" else {theme: theme.replace("_", " ") for theme in self.words}
        return [NAMED[language].format(*self.voices[theme], names[theme]) for theme in self.voices]


GRADES = {
    "tested": {
        "en": "the reason for it was tested here and holds; the advice itself was not tried",
        "id": "alasannya diuji di sini dan didukung; sarannya sendiri belum dicoba",
    },
    "mixed": {"en": "tests of the reason for it disagree", "id": "hasil uji atas alasannya tidak sejalan"},
    "against": {
        "en": "the reason for it was tested here, and does not hold",
        "id": "alasannya diuji di sini, dan dibantah",
    },
    "what-if": {"en": "a what-if, not tried", "id": "hitungan andai-andai, belum dicoba"},
    "said": {"en": "said in interviews, not tested", "id": "kata peserta wawancara, tidak diuji"},
    "none": {"en": "nothing in this study speaks for it", "id": "belum ada bukti dalam penelitian ini"},
}


def load(path: Path = FILE) -> list[dict[str, Any]]:
    """The advice as written. Raises InputError on an unknown or missing key."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in entries:
        if odd := sorted(set(entry) ^ KEYS):
            raise InputError(f"advice {entry.get('en', '?')!r}: missing or unknown: {', '.join(odd)}", path=path)
    return entries


def graded(claims: Sequence[Mapping[str, Any]], themes: Mapping[str, Any]) -> list[Advice]:
    """Every piece of advice with its evidence, in the order of the file.

    claims: the ledger's rows (id, verdict). themes: metrics of the step, in which `themes` maps a theme to participants
    and of; without any when there are no interviews.
    """
    verdicts = {row["id"]: row["verdict"] for row in claims}
    return [_graded(entry, verdicts, themes.get("themes") or {}) for entry in load()]


def _graded(entry: Mapping[str, Any], verdicts: Mapping[str, str], themes: Mapping[str, Any]) -> Advice:
    bearing = {claim: verdicts[claim] for claim in entry["claims"] if claim in verdicts}
    voices = {name: (themes[name]["participants"], themes[name]["of"]) for name in entry["themes"] if name in themes}
    text = {language: entry[language] for language in LANGUAGES}
    return Advice(text, bearing, voices, entry["themes"], grade(bearing.values(), voices.values()))


def grade(verdicts: Iterable[str], voices: Iterable[tuple[int, int]]) -> str:
    """The strongest evidence: a test of its reason, else a what-if, else what LEAST participants say, else none.

    A test that contradicts always counts.
    """
    given = set(verdicts)
    if "contradicted" in given:
        return "mixed" if "supported" in given else "against"
    if "supported" in given:
        return "tested"
    if "described" in given:
        return "what-if"
    return "said" if any(number >= LEAST for number, _ in voices) else "none"
