"""Verdicts and their robustness in the book's languages; in English a verdict is its own word."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.claims.rule import VERDICTS as SYMBOLS

VERDICTS = {
    "id": {
        "supported": "didukung", "contradicted": "dibantah", "undecided": "belum dapat dipastikan",
        "described": "dipaparkan", "not assessable": "tidak dapat dinilai",
    }
}  # fmt: skip
GRADES = {"id": {"robust": "kokoh", "sensitive": "kurang kokoh", "fragile": "rapuh"}}

PLAIN = {  # what a claim says, by its id, as part of a sentence
    "en": {
        "C1": "informal talk strengthens relationships",
        "C2": "pairs who talk more informally become partners more often",
        "C3": "business news is left to a few",
    },
    "id": {
        "C1": "obrolan santai mempererat hubungan", "C2": "obrolan santai membuka peluang kemitraan",
        "C3": "kabar usaha hanya dari segelintir anggota",
    },
}  # fmt: skip


def plain(claim: str, language: str = "en") -> str:
    """What a claim says in a few words, in English with its id; the id alone if it has no such words."""
    said = PLAIN.get(language, {}).get(claim)
    return claim if said is None else f"{said} ({claim})" if language == "en" else said


def label(verdict: str, robustness: str | None = None, language: str = "en") -> str:
    """A verdict in the page's language, with its robustness if that was assessed: "supported, fragile"."""
    words = [VERDICTS.get(language, {}).get(verdict, verdict)]
    if robustness:
        words.append(GRADES.get(language, {}).get(robustness, robustness))
    return ", ".join(words)


def badge(row: Mapping, language: str = "en") -> str:
    """A claim's verdict as every page shows it, with its symbol first: "✔ supported, fragile".

    row: of the ledger, or only its verdict and robustness.
    """
    return f"{SYMBOLS[row['verdict']]} {label(row['verdict'], row.get('robustness'), language)}"
