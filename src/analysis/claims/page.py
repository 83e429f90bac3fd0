"""Claims: the figures, tables and sentences of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from analysis import figures, wording
from analysis.claims import rule
from analysis.claims.ledger import ALOUD, AXES, coverage_of, number_lines, reasons
from analysis.claims.rule import VERDICTS
from analysis.claims.words import badge
from analysis.errors import InputError, stage

Ledger = Sequence[Mapping]  # rows of ledger.with_sensitivity
SEVERAL = "several"  # in place of a claim's name
BEYOND = "the whole interval lies beyond the smallest effect that matters"
LEDGER = "The claims ledger: each claim, its verdict by the rule, and the number it rests on; below, how far it holds."


def answer(ledger: Ledger) -> str:
    """The page's answer: the claims by their verdicts."""
    by_verdict: dict[str, list[str]] = {word: [] for word in VERDICTS}
    for row in ledger:
        by_verdict[row["verdict"]].append(row["id"])
    return " ".join(f"{word.capitalize()}: {wording.listed(ids)}." for word, ids in by_verdict.items() if ids)


def declared_table(declared: Sequence[Mapping]) -> pd.DataFrame:
    """The claims as declared: what is estimated, how it is tested, and what effect matters."""
    words = {"id": "claim", "smallest_effect": "smallest effect that matters", "minimum": "at least"}
    rows = pd.DataFrame(declared, columns=["id", "estimand", "test", "smallest_effect", "unit", "minimum"])
    least = [wording.listed(f"{n} {what}" for what, n in minimum.items()) for minimum in rows["minimum"]]
    return rows.assign(minimum=least).rename(columns=words)


@stage
def amendments_table(declared: Sequence[Mapping], common: Sequence[Mapping] = ()) -> pd.DataFrame:
    """Declared fields that were changed later: one row per changed field, as it was. Missing if there are none.

    common: amendments that apply to several claims, such as those of the rule.
    """
    kept = [(claim["id"], each) for claim in declared for each in claim.get("amendments", [])]
    rows = [
        (whose, each["date"], str(each["commit"]), name.replace("_", " "), str(former), each["seen"], each["why"])
        for whose, each in [*kept, *((SEVERAL, each) for each in common)]
        for name, former in each["former"].items()
    ]
    if not rows:
        raise InputError("no claim was amended after it was declared")
    columns = ["claim", "amended", "last held in commit", "what", "as it was", "what had been seen", "why"]
    frame = pd.DataFrame(rows, columns=columns)
    once = ["amended", "last held in commit", "what had been seen", "why"]  # written once per amendment, not per field
    frame[once] = frame[once].mask(frame.duplicated(["claim", *once]), "")
    return frame


def say_amendments(declared: Sequence[Mapping], common: Sequence[Mapping] = ()) -> str:
    """Which claims were amended after they were declared, and when. common: as in amendments_table."""
    dates = {claim["id"]: rule.amended(claim) for claim in declared}
    parts = [f"{claim} on {date}" for claim, date in dates.items() if date]
    parts += [f"the {name} on {each['date']}" for each in common for name in each["former"]]
    if not parts:
        return "No claim was amended after it was declared."
    return f"Amended after they were first declared: {wording.listed(parts)}. The table gives each former wording."


RULE_TAKES = (
    "What the rule takes: each claim's value, interval and p-values. The values of C1 and C2 are shares; times a "
    "hundred they are % and partnerships per hundred pairs."
)


def tests_table(verdicts: Sequence[Mapping]) -> pd.DataFrame:
    """The rule's inputs: value, interval, smallest effect, p before and after Holm. verdicts: as from rule.judge."""
    names = ["id", "value", "low", "high", "smallest_effect", "p", "p_holm", "verdict"]
    words = {"id": "claim", "low": "from", "high": "to", "smallest_effect": "smallest effect", "p_holm": "p after Holm"}
    rows = pd.DataFrame(verdicts)[names]
    measured = ["value", "low", "high", "p"]  # from too few data if the claim is not assessable
    rows[measured] = rows[measured].astype(float).mask(rows["verdict"] == "not assessable")
    numbers = rows.rename(columns=words)
    numbers = numbers.astype({name: float for name in numbers.columns if name not in ("claim", "verdict")})
    counts = [int(value) if value.is_integer() else value for value in numbers["value"]]  # a count has no decimals
    return numbers.assign(value=pd.Series(counts, numbers.index, dtype=object))


def ledger_table(ledger: Ledger, leaning: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame:
    """The ledger for reading. leaning: by claim, the bias of its number (ledger.leanings)."""
    rows = [
        (
            f"{row['id']}: {row['sentence']}",
            badge(row),
            "; ".join([*number_lines(row, leaning=leaning.get(row["id"], ""))[:2], *reasons(row)]) or "–",
            row["amended"] or "",
            chapter_title(row["chapter"]),
        )
        for row in ledger
    ]
    return pd.DataFrame(rows, columns=["claim", "verdict", "number", "amended", "look in"])


def chapter_title(chapter: str) -> str:
    """The title of a chapter from its name: "Partnership" for 05-partnership."""
    return chapter.partition("-")[2].capitalize()


@stage
def firmness_table(ledger: Ledger) -> pd.DataFrame:
    """How firmly each tested claim holds: over universes, under small changes of the data, and where it is false."""
    rows = []
    for row in _tested(ledger):
        share, wrong = row.get("universes_supporting"), row.get("not_tried")
        if row.get("tried"):
            kind = "; on earlier code" if row.get("earlier_code") else ""
            wrong = f"{wording.percent(row['wrongly_supported'])} of {row['tried']:.0f} ({row['misled_by']}{kind})"
        given = (None if n is None else wording.percent(n) for n in (row.get("universes_agreeing"), share))
        cells = (*given, row.get("smallest_change"), wrong)
        rows.append((row["id"], badge(row), *(cell or "–" for cell in cells)))
    universes = ["universes with this verdict", "universes that support it"]
    columns = ["claim", "verdict", *universes, "smallest change found", "supported where it is false"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


@stage
def effects_figure(ledger: Ledger) -> figures.Figure:
    """Each tested claim's value and interval next to the smallest effect that matters. Missing where none is."""
    rows = _tested(ledger)
    drawing, axes = figures.canvas(height=1.55 * len(rows), rows=len(rows), squeeze=False, gridspec_kw={"hspace": 0.12})
    for cell, row in zip(axes[:, 0], rows, strict=True):
        factor = ALOUD.get(row["unit"], (1,))[0]
        if _has_bar(row):
            cell.hlines(0, factor * row["low"], factor * row["high"], color=figures.COLOURS["interval"], lw=5)
        cell.plot(factor * row["value"], 0, "o", color=figures.COLOURS["all"])
        cell.axvline(factor * row["smallest_effect"], color=figures.COLOURS["all"], ls=":")
        cell.axvline(0, color=figures.COLOURS["null"], lw=1)
        cell.set(yticks=[], xlabel=AXES.get(row["unit"], row["unit"]))
        cell.set_title(f"{row['id']}: {badge(row)}")
    drawing.suptitle(effects_finding(rows))
    text = "Dot: value; bar: interval; grey line: no effect; dotted line: the smallest effect that matters."
    alt = "; ".join(f"{row['id']} {'; '.join(number_lines(row))}: {row['verdict']}" for row in rows)
    return figures.Figure(drawing, f"{drawing.get_suptitle()}. {alt}", text)


def _has_bar(row: Mapping) -> bool:
    """Whether a claim's interval is drawn: not if its coverage in simulated communities is too low."""
    held = coverage_of(row)
    return held is None or held.shown


def effects_finding(tested: Ledger) -> str:
    """Which of the claims' intervals shown are wholly beyond the smallest effect that matters."""
    beyond = [row["id"] for row in tested if _has_bar(row) and _next_to_smallest(row) == BEYOND]
    if not beyond:
        return "No interval that is shown lies wholly beyond the smallest effect that matters"
    intervals = "interval" if len(beyond) == 1 else "intervals"
    lie = "lies" if len(beyond) == 1 else "lie"
    return f"The {intervals} of {wording.listed(beyond)} {lie} wholly beyond the smallest effect that matters"


@stage
def say_effects(ledger: Ledger) -> str:
    """Each tested claim's interval relative to the smallest effect that matters. Missing if none could be tested."""
    claims: dict[str, list[str]] = {}
    for row in _tested(ledger):
        claims.setdefault(_next_to_smallest(row), []).append(row["id"])
    return " ".join(f"{wording.listed(ids)}: {place}." for place, ids in claims.items())


def _next_to_smallest(row: Mapping) -> str:
    """A claim's interval relative to the smallest effect that matters, in the claim's direction."""
    sign = 1 if row["direction"] == "greater" else -1
    least = sign * row["smallest_effect"]
    near, far = sorted((sign * row["low"], sign * row["high"]))
    if near >= least:
        return BEYOND
    if far < least:
        return "the whole interval falls short of the smallest effect that matters"
    smaller = "zero" if near <= 0 else "effects too small to matter"
    return f"the interval includes {smaller} as well as effects that matter, so it leaves the size open"


def _tested(ledger: Ledger) -> list[Mapping]:
    """The claims that were tested. Raises InputError when there is none."""
    rows = [row for row in ledger if row["p_holm"] is not None]
    if not rows:
        raise InputError("no claim could be tested on these data")
    return rows


def page_checks(ledger: Ledger) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    tested = [row for row in ledger if row["p_holm"] is not None]
    silent = [row for row in ledger if row["verdict"] == "not assessable" and not row["reason"]]
    return [
        ("every claim has one of the five verdicts", len(ledger), all(row["verdict"] in VERDICTS for row in ledger)),
        ("Holm never lowers a p-value", len(tested), all(row["p_holm"] >= row["p"] for row in tested)),
        ("each claim that is not assessable gives its reason", len(ledger), not silent),
    ]
