"""Theory: what social exchange theory predicts for each theme, and what the interviews show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import study, wording
from analysis.errors import InputError, stage
from analysis.published import FEWEST

EXPECTATIONS = Path(__file__).with_name("theory.yaml")
TESTS = ("voiced_by", "together_with", "more_among")
KEYS = {"theme", "construct", "reference", "expect", "test"}
AS_EXPECTED, TOWARDS, OTHERWISE, UNKNOWN = "as expected", "that way, within chance", "otherwise", "not assessable"


@dataclass(frozen=True)
class Expectation:
    """A theme's expectation. test: one of TESTS; value: its share, theme or role; chat: measure, direction."""

    theme: str
    construct: str
    reference: str
    expect: str
    test: str
    value: Any
    chat: tuple[str, str] | None = None


def load(path: Path = EXPECTATIONS) -> tuple[Expectation, ...]:
    """Read the expectations. Raises InputError on unknown or missing keys, tests or directions, or a repeated theme."""
    entries = study.read_yaml(path)["themes"]
    expectations = tuple(_expectation(entry, path) for entry in entries)
    names = [expectation.theme for expectation in expectations]
    if repeated := [name for name, times in Counter(names).items() if times > 1]:
        raise InputError(f"themes listed more than once: {', '.join(repeated)}", path=path)
    return expectations


def _expectation(entry: Mapping[str, Any], path: Path) -> Expectation:
    odd = sorted((KEYS - set(entry)) | (set(entry) - KEYS - {"chat"}))
    if odd:
        raise InputError(f"theme {entry.get('theme', '?')}: missing or unknown: {', '.join(odd)}", path=path)
    if len(entry["test"]) != 1 or next(iter(entry["test"])) not in TESTS:
        raise InputError(f"theme {entry['theme']}: test must be one of {', '.join(TESTS)}", path=path)
    ((test, value),) = entry["test"].items()
    chat = entry.get("chat")
    if chat and (set(chat) != {"measure", "direction"} or chat["direction"] not in ("more", "less")):
        raise InputError(f"theme {entry['theme']}: chat needs a measure, and a direction more or less", path=path)
    texts = {key: entry[key] for key in ("theme", "construct", "reference", "expect")}
    return Expectation(**texts, test=test, value=value, chat=(chat["measure"], chat["direction"]) if chat else None)


@stage
def judged(
    expectations: tuple[Expectation, ...], matrix: pd.DataFrame, together: pd.DataFrame, roles: pd.Series, alpha: float
) -> pd.DataFrame:
    """One row per theme of the matrix: theme, construct, reference, expected, found (words), outcome.

    matrix: participants x themes. together: as from matrix.cooccurrence. roles: role of each member. alpha: level, of
    all planned pairs at once (Bonferroni), at which themes are close more often than by chance. The words are empty for
    a theme without an expectation.
    """
    by_theme = {expectation.theme: expectation for expectation in expectations}
    planned = sum(e.test == "together_with" for e in expectations)
    rows = []
    for theme in matrix.columns:
        if (e := by_theme.get(theme)) is None:
            rows.append((theme, "", "", "", "", UNKNOWN))
            continue
        voiced = matrix[theme] > 0
        if e.test == "voiced_by":
            finding = f"{voiced.sum()} of {len(voiced)} voice it"
            outcome = AS_EXPECTED if voiced.mean() >= float(e.value) else OTHERWISE
        elif e.test == "together_with":
            finding, outcome = _together(theme, str(e.value), together, alpha / max(planned, 1))
        else:
            finding, outcome = _more_among(voiced, roles.reindex(matrix.index), str(e.value))
        rows.append((theme, e.construct, e.reference, e.expect, finding, outcome))
    return pd.DataFrame(rows, columns=["theme", "construct", "reference", "expected", "found", "outcome"], dtype=str)


def _together(theme: str, other: str, together: pd.DataFrame, alpha: float) -> tuple[str, str]:
    a, b = together["theme_a"], together["theme_b"]
    pair = together[((a == theme) & (b == other)) | ((a == other) & (b == theme))]
    if pair.empty:
        return f"it does not occur, or {other} does not", UNKNOWN
    row = pair.iloc[0]
    words = (
        f"close to {other} {wording.count(row['together'], 'time')}, {wording.number(row['expected'], 1)} by chance "
        f"({wording.p_value(row['p'])})"
    )
    if row["together"] <= row["expected"]:
        return words, OTHERWISE
    return words, AS_EXPECTED if row["p"] <= alpha else TOWARDS


def _more_among(voiced: pd.Series, roles: pd.Series, role: str) -> tuple[str, str]:
    inside, others = voiced[(roles == role).to_numpy()], voiced[(roles.notna() & (roles != role)).to_numpy()]
    if min(len(inside), len(others)) < FEWEST:
        return f"fewer than {FEWEST} participants with the role {role}, or with another one", UNKNOWN
    words = f"{inside.sum()} of {len(inside)} with the role {role}, {others.sum()} of {len(others)} others"
    return words, AS_EXPECTED if inside.mean() > others.mean() else OTHERWISE
