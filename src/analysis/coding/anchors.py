"""Anchors: a coding is tied to its unit, span and the text's hash, so editing a text never moves it silently."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from analysis.errors import InputError

CLOSE = 0.6  # least similarity (0 to 1) at which a changed quotation is recognised


@dataclass(frozen=True)
class Anchored:
    """holding: codings whose anchor holds. broken: those whose does not.

    broken has, in addition to the columns of codings, reason, quotation (the old words, where the codings carry them),
    and the likeliest new place: new_unit_id, new_start, new_end (missing where nothing comes close), likeness (0 to 1).
    """

    holding: pd.DataFrame
    broken: pd.DataFrame


def units_of(messages: pd.DataFrame, utterances: pd.DataFrame) -> pd.DataFrame:
    """Member and text of all units that can be coded (members' texts and turns of interviews), by unit id. Raises
    InputError when two units share an id."""
    texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
    turns = utterances.rename(columns={"utterance_id": "message_id"})
    both = pd.concat([part.set_index("message_id")[["member", "text"]] for part in (texts, turns)])
    if not both.index.is_unique:
        twice = both.index[both.index.duplicated()][0]
        raise InputError(f"two units have the id {twice!r}", fix="Rename one of their files.")
    return both.rename_axis("unit_id")


def text_hash(text: str) -> str:
    """SHA-256 of a unit's text in UTF-8, as codings store it."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_anchors(codings: pd.DataFrame, units: pd.Series) -> Anchored:
    """Split codings by whether their unit, text and span still exist.

    codings: the table Codings; quotation (the coded words) is missing where the codings came without it. units: texts
    by unit id. Positions are Unicode code points, the end exclusive.
    """
    hashes, text = units.map(text_hash), codings["unit_id"].map(units)
    reasons = {
        "the unit is not there": text.isna(),
        "the unit's text has changed": codings["unit_id"].map(hashes) != codings["text_sha256"],
        "the span reaches past the text": (codings["end"] > text.str.len()) | (codings["start"] > codings["end"]),
    }
    reason = pd.Series(np.select(list(reasons.values()), list(reasons), ""), index=codings.index, dtype=str)
    broken = codings.assign(reason=reason)[reason != ""]
    if "quotation" not in broken:
        broken = broken.assign(quotation=pd.Series(pd.NA, index=broken.index, dtype=str))
    by_hash = pd.Series(hashes.index, index=hashes.to_numpy()).groupby(level=0).first()
    columns = (broken[name] for name in ("unit_id", "text_sha256", "quotation", "start", "end"))
    places = [_likeliest(anchor, units, by_hash) for anchor in zip(*columns, strict=True)]
    types = {"new_unit_id": str, "new_start": "Int64", "new_end": "Int64", "likeness": float}
    likeliest = pd.DataFrame(places, columns=list(types), index=broken.index).astype(types)
    return Anchored(codings[reason == ""], broken.join(likeliest))


def _likeliest(anchor: tuple, units: pd.Series, by_hash: pd.Series) -> tuple[str | None, int | None, int | None, float]:
    """Where the coded words are now: the same text under another id, else the closest words in the same unit. anchor:
    unit id, hash, quotation, start, end."""
    unit, sha256, quotation, start, end = anchor
    if sha256 in by_hash.index and unit not in units.index:
        return by_hash[sha256], start, end, 1.0
    if unit not in units.index or not isinstance(quotation, str) or not quotation:
        return None, None, None, 0.0
    new_start, new_end, likeness = find_quotation(quotation, units[unit], near=start)
    return (unit, new_start, new_end, likeness) if likeness >= CLOSE else (None, None, None, likeness)


def find_quotation(quotation: str, text: str, near: int = 0) -> tuple[int, int, float]:
    """The span of text most like the quotation: start, end (exclusive), likeness from 0 to 1.

    An exact match wins, the one nearest to the position `near` if there are several; else windows of the quotation's
    length are compared by the ratio of Ratcliff and Obershelp (difflib), and the best is trimmed to its matching parts.
    """
    exact = [i for i in range(len(text) - len(quotation) + 1) if text.startswith(quotation, i)]
    if exact:
        start = min(exact, key=lambda i: (abs(i - near), i))
        return start, start + len(quotation), 1.0
    best = (0, min(len(quotation), len(text)), 0.0)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(quotation)
    width = len(quotation) + max(2, len(quotation) // 10)
    for start in range(max(1, len(text) - width + 1)):
        matcher.set_seq1(text[start : start + width])
        if matcher.real_quick_ratio() > best[2] and matcher.quick_ratio() > best[2] and matcher.ratio() > best[2]:
            blocks = [block for block in matcher.get_matching_blocks() if block.size]
            best = (start + blocks[0].a, start + blocks[-1].a + blocks[-1].size, matcher.ratio())
    return best
