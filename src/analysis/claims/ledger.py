"""Rows of the ledger: a verdict, with the results of robustness and calibration, and its number in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import coverage, study, wording
from analysis.claims import robust

FIELDS = {  # fields of an amendment, in words
    "test": "the test", "smallest_effect": "the smallest effect that matters", "minimum": "the least data",
    "limits": "what is said of its limits", "supported_if": "when it is supported",
}  # fmt: skip
PERCENT = "% "  # at the start of a unit
ALOUD = {  # by unit, as claims.yaml declares it: a factor, decimals, and words for a number above and below 0
    "more growth of other answers through the study, per doubling of informal exchange (share)": (
        100, 0, "% more answers", "% fewer answers",
        " on other matters at the end of the study, relative to its start, per doubling of informal turns plus one in "
        "pairs of the same activity",
    ),
    "partnerships a pair through the study, per doubling of informal exchange": (
        100, 1, "more partnerships", "fewer partnerships",
        " per hundred pairs through the study, per doubling of their informal turns plus one",
    ),
}  # fmt: skip
AXES = {  # by unit: the label of a figure's axis, in the words and with the factor of ALOUD
    "more growth of other answers through the study, per doubling of informal exchange (share)": (
        "other answers, end relative to start: % higher per doubling of informal exchange"
    ),
    "partnerships a pair through the study, per doubling of informal exchange": (
        "more partnerships per hundred pairs through the study, per doubling of informal exchange"
    ),
}
ASSUMED = frozenset({"more pieces of news that a member reads in a week"})  # units whose intervals span assumptions
KINDS = {  # kinds of simulated communities in which a claim is false, by name in calibration: what holds there
    "null": "informal talk has no effect on anything",
    "hubs": "those who talk most have most partners",
    "affinity": "a hidden liking drives all talk and partnership alike",
    "hours": "those who are up at the same hours become partners",
    "open": "everybody passes on business news",
    "broadcast": "few pass on news, and there is hardly any informal talk",
    "formal": "the committee speaks and the others keep silent",
    "half liking": "a hidden liking drives informal talk more than business talk and partnership",
    "liking outside business": "a hidden liking drives informal talk and partnership, and no business talk",
    "liking in business": "a hidden liking drives business talk more than informal talk",
    "moving liking": "a hidden liking moves on to other pairs within the year",
    "warming": "a hidden liking drives informal talk from the start, and business talk more and more",
    "cliques": "two groups of friends keep to themselves",
    "talk begets talk": "members answer those who have answered them",
    "quarrels": "some pairs fall out and hardly answer each other for weeks",
    "bursts": "two members at a time go to and fro for long",
    "moderator": "the chair gives most answers",
    "late replies": "many answers come late",
    "turnover": "many members join late or leave",
    "crisis": "there is much more business talk in one month",
    "biased coders": "all coders take some informal talk for coordination, and promotions for news",
    "drifting codes": "coders take more and more informal talk for coordination",
    "rem null": "answers follow from earlier answers, whatever the talk was about",
}
CHANGED = {"members": "members left out", "messages": "messages struck out", "codings": "messages given another code"}


def misleading_kind(row: Mapping) -> str:
    """The kind of community that most often misleads a claim, in words: "warming, where a hidden liking ..."."""
    name = row["misled_by"]
    return f"{name}, where {KINDS[name]}" if name in KINDS else str(name)


def with_sensitivity(
    verdicts: Sequence[Mapping],
    robustness: Mapping[str, Mapping],
    rates: pd.DataFrame,
    earlier_code: str | None = None,
    held: Mapping[str, coverage.Coverage] | None = None,
    not_tried: Mapping[str, str] | None = None,
) -> list[dict]:
    """The rows of the ledger.

    verdicts: rows of rule.judge. robustness: by claim, as the step robustness writes it. rates: calibration's table of
    verdicts. earlier_code: the fingerprint that the rates were measured on, if it differs from that of the present
    code. held: the coverage of intervals, as coverage.read gives it. not_tried: by claim, the words that replace a rate
    that does not apply to this study.
    """
    rows = []
    for verdict in verdicts:
        own = robustness.get(verdict["id"], {})
        why = (not_tried or {}).get(verdict["id"]) if wrongly_supported(rates, verdict["id"])["tried"] else None
        varied = {
            "universes_agreeing": robust.agreeing(verdict["verdict"], own),
            "universes_supporting": own.get("share_supported"),
            "universes_contradicting": own.get("share_contradicted"),
            "smallest_change": smallest_change(own.get("flips") or {}),
            "robustness": robust.grade(verdict["verdict"], own),
            **_covered({} if why else held or {}, verdict["id"]),
        }
        known = wrongly_supported(rates.iloc[:0] if why else rates, verdict["id"]) | {"not_tried": why}
        reason = wording.agreeing(verdict["reason"])
        rows.append(
            {**verdict, "reason": reason, **varied, **known, "earlier_code": earlier_code if known["tried"] else None}
        )
    return rows


def amendments(claim: Mapping) -> list[str]:
    """The amended fields of a claim by date, in words: "2026-11-28: unit and limits"."""
    fields: dict[str, dict[str, None]] = {}
    for each in claim.get("amendments", []):
        fields.setdefault(str(each["date"]), {}).update(dict.fromkeys(each["former"]))
    named = {date: [FIELDS.get(name, f"the {name}") for name in names] for date, names in sorted(fields.items())}
    return [f"{date}: {wording.listed(names)}" for date, names in named.items()]


def common_amendments(common: Sequence[Mapping]) -> str:
    """A sentence on the amendments that apply to several claims; empty if there are none. common: from
    rule.load_common."""
    parts = [f"the {name} on {each['date']}" for each in common for name in each["former"]]
    return f"Amended for several claims: {wording.listed(parts)}." if parts else ""


def _covered(held: Mapping[str, coverage.Coverage], claim_id: str) -> dict[str, float | None]:
    """The lowest coverage of the claim's interval, and the number of communities it was measured on."""
    own = coverage.of_claim(held, claim_id)
    return {"coverage": own.share if own else None, "coverage_of": own.of if own else None}


def coverage_of(row: Mapping) -> coverage.Coverage | None:
    """The coverage of a row's interval; None where it was not measured."""
    share = row.get("coverage")
    return None if share is None else coverage.Coverage(share, int(row["coverage_of"]), "")


def wrongly_supported(rates: pd.DataFrame, claim_id: str) -> dict[str, Any]:
    """Worst-case false-support rate: how often the claim was supported in simulated communities in which it is false.

    rates: calibration's table of verdicts. wrongly_supported: the rate in the scenario where it is highest, of those
    that the chapter on calibration judges (coverage.worst_case); tried: how many communities; misled_by: that scenario;
    None where the claim was not tried.
    """
    highest = coverage.worst_case(rates)
    if claim_id not in highest.index:
        return {"wrongly_supported": None, "tried": None, "misled_by": None}
    worst = highest.loc[claim_id]
    return {
        "wrongly_supported": float(worst["rate"]),
        "tried": int(worst["communities"]),
        "misled_by": str(worst["scenario"]),
    }


def smallest_change(flips: Mapping[str, Mapping]) -> str | None:
    """The fewest members, messages and codings whose change gives another verdict, in words; None if not searched for.

    flips: by kind of change, count (None: none found), of, verdict, as the step robustness writes them.
    """
    changes: dict[str, list[str]] = {}
    for what, flip in flips.items():
        if flip["count"] is not None:
            change = f"{flip['count']:,.0f} of {flip['of']:,.0f} {CHANGED[what]}"
            changes.setdefault(flip["verdict"], []).append(change)
    said = "; ".join(f"{verdict} with {', or '.join(each)}" for verdict, each in changes.items())
    return said or ("no other verdict found with few changes" if flips else None)


def _with_unit(value: float, unit: str, places: int) -> str:
    """A value and its unit; a negative value of a unit "more ..." is written as less: "0.12 less (−0.12)"."""
    number = wording.number(value, places)
    _, _, more, less, rest = _read_aloud(unit)
    if value < 0 and less:
        percent = " %" if less.startswith(PERCENT) else ""
        return f"{wording.number(abs(value), places)} {less}{rest} ({number}{percent})"
    return f"{number} {more}{rest}"


def _read_aloud(unit: str) -> tuple[float, int | None, str, str, str]:
    """How a unit is worded: factor, decimals (None: by size), words above 0, words below 0 (empty: the same), and what
    follows."""
    if unit in ALOUD:
        return ALOUD[unit]
    return (1, None, "more", "less", unit.removeprefix("more")) if unit.startswith("more ") else (1, None, unit, "", "")


def universes(row: Mapping) -> list[str]:
    """Shares of universes that give the row's verdict, and that support and contradict the claim, as a list of one
    line; empty if none was computed."""
    if row.get("universes_supporting") is None:
        return []
    names = {"supported": "universes_supporting", "contradicted": "universes_contradicting"}
    given = {row["verdict"]: row.get(names.get(row["verdict"], "universes_agreeing"))}
    given |= {word: row.get(name) or None for word, name in names.items() if word not in given}
    said = [f"{word} in {wording.percent(share)}" for word, share in given.items() if share is not None]
    first, *others = said or ["supported in 0 %"]
    return [", ".join([f"{first} of universes", *others])]


def reasons(row: Mapping) -> list[str]:
    """The reason why a claim is not assessable, as a list of one; empty if it can be assessed."""
    return [row["reason"]] if row.get("reason") else []


def leanings(paths: study.Paths) -> dict[str, str]:
    """By claim, the bias of its number in simulated communities: C2's, with the alternative number that is biased the
    other way, and C3's, if its intervals miss the truth to one side."""
    too_large = coverage.too_large(paths.root, "C2").mean
    metric = study.read_metrics(paths, "partnership").get("C2", {}) if _has(paths, "partnership") else {}
    other = (metric.get("single_draws") or {}).get("value")
    said = {"C2": _two_ends(paths, too_large, other)} if too_large > 0 and other is not None else {}
    above = coverage.missed_above(paths.root, "C3")
    return said | ({"C3": "in simulated communities, where its interval missed, too large"} if above else {})


def _two_ends(paths: study.Paths, too_large: float, other: float) -> str:
    """The bias of C2's number. other: the number that is biased the other way."""
    none = coverage.without_effect(paths.root, "C2")
    false = f", and up to {wording.number(100 * none[0], 1)} where there is no effect" if none and none[0] > 0 else ""
    return (
        f"in simulated communities on average up to {wording.percent(too_large)} too large{false}; another way of "
        f"computing it, too small where there is an effect, gives {wording.number(100 * other, 1)}"
    )


def _has(paths: study.Paths, step: str) -> bool:
    return paths.metrics(step).exists()


def number_lines(row: Mapping, claim: Mapping | None = None, leaning: str = "") -> list[str]:
    """A claim's number in lines: value and unit; interval and p-value; robustness. Empty if there is no number, or the
    claim is not assessable. claim: as declared, for the line on amendments. leaning: the bias of the number (leanings),
    given next to it."""
    if row.get("value") is None or row.get("verdict") == "not assessable":
        return []
    factor, decimals, words, *_ = _read_aloud(row["unit"])
    value = factor * row["value"]
    low, high, least = (
        None if (x := row.get(name)) is None else factor * x for name in ("low", "high", "smallest_effect")
    )
    ends = [end for end in (value, low, high) if end is not None]
    places = wording.digits(ends) if decimals is None else max(wording.sided(end, 0.0, decimals) for end in ends)
    if least is not None:
        places = max(wording.sided(end, least, places) for end in ends)
    lines = [_with_unit(value, row["unit"], places) + (f" ({leaning})" if leaning else "")]
    if low is not None and high is not None:
        percent = " %" if words.startswith(PERCENT) else ""
        lines.append(coverage.interval(low, high, coverage_of(row), places, percent))
        if row["unit"] in ASSUMED:
            lines[-1] += ", depending on assumptions"
    if row.get("p_holm") is not None:
        lines[-1] += f"; {wording.p_value(row['p_holm'])} after Holm"
    lines += universes(row)
    if row.get("smallest_change"):
        lines.append(row["smallest_change"])
    if row.get("tried"):
        rate = wording.percent(row["wrongly_supported"])
        where = f"simulated communities in which it is false (the kind that misleads most: {misleading_kind(row)})"
        lines.append(f"supported in {rate} of {row['tried']:.0f} {where}")
        if row.get("earlier_code"):
            lines[-1] += " (measured on earlier code)"
    if row.get("not_tried"):
        lines.append(f"how often it is supported where it is false was {row['not_tried']}")
    if row.get("amended"):
        lines.append(f"amended on {'; '.join(amendments(claim or {})) or row['amended']}")
    return lines
