"""From records of single communities to the small tables that are kept in git: rates and means with their error.

Every rate has a Monte-Carlo interval: how far it may be off because only so many communities were tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.calibration.trial import Condition, Record
from analysis.errors import InputError
from analysis.simulate.scenario import scenario

NOMINAL = 0.95
RATES = ("scenario", "claim", "true", "communities", "supported", "rate", "low", "high")
COVERAGE = ("scenario", "quantity", "nominal", "communities", "coverage", "low", "high")
POWER = ("condition", "members", "months", "effect", "measured", "claim", "number", "communities", "supported",
         "contradicted", "rate", "low", "high")  # fmt: skip
BIAS = ("scenario", "quantity", "measured", "communities", "mean", "low", "high")
FAIR = ("scenario", "claim", "communities", "same_verdict", "chain", "shortcut", "difference", "low", "high")
AS_STUDIED, BOTH = "as the study sees it", "true replies and codes"
WAYS = {"replies": "true replies", "codes": "true codes", "both": BOTH}  # of trial's records, key `perfect`
KINDS_OF_SHARE = {"value": "corrected", "counted": "counted", "wanted": "if coders read all", "planted": "true codes"}
KINDS_OF_C3 = {"wanted_excess": "if coders read all", "true_excess": "true codes"}
NOTHING_BEYOND = (
    "null",
    "hubs",
    "hours",
    "broadcast",
    "formal",
)  # where C2's number is truly 0: no liking confounds it


def wilson(hits: int, n: int, confidence: float = NOMINAL) -> tuple[float, float]:
    """Wilson's (1927) interval of a rate. Raises InputError when n is 0."""
    if n < 1:
        raise InputError("a rate needs one community at least")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    p = hits / n
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0.0, float((middle - half) / (1 + z**2 / n))), min(1.0, float((middle + half) / (1 + z**2 / n)))


def mean_of(values: ArrayLike, confidence: float = NOMINAL) -> dict[str, float]:
    """communities, mean, low, high of values of independent communities (Student's t); missing ones left out."""
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    if not x.size:
        return {"communities": 0, "mean": np.nan, "low": np.nan, "high": np.nan}
    reach = stats.t.ppf((1 + confidence) / 2, x.size - 1) * stats.sem(x) if x.size > 1 else np.nan
    return {"communities": x.size, "mean": x.mean(), "low": x.mean() - reach, "high": x.mean() + reach}


def _rate(hits: Iterable[bool]) -> dict[str, float]:
    found = list(hits)
    low, high = wilson(sum(found), len(found))
    return {
        "communities": len(found),
        "supported": sum(found),
        "rate": sum(found) / len(found),
        "low": low,
        "high": high,
    }


def _standard(records: Sequence[Record], conditions: Sequence[Condition]) -> dict[str, list[Record]]:
    """Records of the scenarios as they are named, in the plan's order; conditions that change them are left out."""
    names = [condition.name for condition in conditions if condition.name == condition.scenario]
    found = {name: [record for record in records if record["condition"] == name] for name in names}
    return {name: rows for name, rows in found.items() if rows}


def verdicts(records: Sequence[Record], conditions: Sequence[Condition], of: str = "claims") -> pd.DataFrame:
    """How often each claim is called supported in each scenario (RATES). of: `claims`, or `naive` for the naive
    analysis. A claim that could not be assessed was not supported."""
    rows = []
    for name, found in _standard(records, conditions).items():
        for claim, true in scenario(name).truth.items():
            said = [record[of][claim] for record in found if of in record]
            if not said:
                continue
            hits = [one["verdict"] == "supported" if isinstance(one, Mapping) else one for one in said]
            rows.append({"scenario": name, "claim": claim, "true": true, **_rate(hits)})
    return pd.DataFrame(rows, columns=list(RATES))


def power(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """How often true claims are called supported, by size of the community and of the effect (POWER).

    effect: against `published`, of trust on talk (C1) and on partnership (C2), which are changed alike, and of how far
    the few who share stand out (C3). number: the claim's own, on average.
    """
    usual, rows = scenario("published"), []
    for condition in (each for each in conditions if each.scenario == "published"):
        found = [record for record in records if record["condition"] == condition.name]
        changed = scenario("published", **condition.changes)
        trust, few = changed.trust_talk / usual.trust_talk, changed.stands_out / usual.stands_out
        for claim, measured, judged in _judged(found):
            place = {"condition": condition.name, "members": condition.members, "months": condition.months}
            place |= {"effect": few if claim == "C3" else trust, "measured": measured, "claim": claim}
            place |= {"number": mean_of([_float(one["value"]) for one in judged])["mean"]}
            said = [one["verdict"] for one in judged]
            rate = _rate([one == "supported" for one in said])
            rows.append({**place, **rate, "contradicted": said.count("contradicted")})
    return pd.DataFrame(rows, columns=list(POWER))


def _judged(found: Sequence[Record]) -> Iterator[tuple[str, str, list[Mapping]]]:
    """Each claim's judgements, by how replies and codes were known: claim, measured, one a community."""
    for claim in ("C1", "C2", "C3") if found else ():
        yield claim, AS_STUDIED, [record["claims"][claim] for record in found]
        known = [record["perfect"] for record in found if "perfect" in record]
        for way, words in WAYS.items() if known else ():
            yield claim, words, [one[way][claim] for one in known]


def scenarios(conditions: Sequence[Condition]) -> pd.DataFrame:
    """The scenarios that are calibrated: scenario, what, and which claims are true in it."""
    named = [scenario(each.name) for each in conditions if each.name == each.scenario]
    truth = [{claim: "true" if true else "false" for claim, true in one.truth.items()} for one in named]
    return pd.DataFrame(
        [{"scenario": one.name, "what": one.what, **each} for one, each in zip(named, truth, strict=True)]
    )


def coverage(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """How often each 95 % interval holds what it should (COVERAGE)."""
    rows: list[dict] = []
    for name, found in _standard(records, conditions).items():
        truth = scenario(name).truth
        claims = pd.DataFrame([{**record["claims"][claim], "claim": claim} for record in found for claim in truth])
        of = {claim: part.reset_index(drop=True) for claim, part in claims.groupby("claim")}
        if not truth["C1"]:
            rows.append(covered(name, "C1 (no effect)", of["C1"], 0.0))
        if name in NOTHING_BEYOND:
            rows.append(covered(name, "C2 (no effect)", of["C2"], 0.0))
        if all("perfect" in record for record in found):
            for claim in ("C1", "C2"):
                value = mean_of([record["perfect"]["both"][claim]["value"] for record in found])["mean"]
                rows.append(covered(name, f"{claim} ({BOTH})", of[claim], value))
        for key, words in KINDS_OF_C3.items():
            rows.append(covered(name, f"C3 ({words})", of["C3"], [record[key] for record in found]))
        if beside := [record for record in found if "ties" in record]:
            rows += [*_ginis_covered(name, beside), *_shares_covered(name, beside), _ties_covered(name, beside)]
    return pd.DataFrame(rows, columns=list(COVERAGE))


def _ties_covered(name: str, found: Sequence[Record]) -> dict:
    """Ties: the share of a community's tie intervals that hold the true number of answering turns, on average."""
    held = mean_of([record["ties"]["held"] / record["ties"]["ties"] for record in found if record["ties"]["ties"]])
    held["coverage"] = held.pop("mean")
    return {"scenario": name, "quantity": "ties (true replies)", "nominal": NOMINAL, **held}


def _ginis_covered(name: str, found: Sequence[Record]) -> list[dict]:
    """Gini coefficients: the truth is what communities of this kind have on average."""
    rows = []
    for of, words in (("messages", "Gini of messages"), ("shares", "Gini of business news (true codes)")):
        intervals = pd.DataFrame([record["gini"][of] for record in found])
        rows.append(covered(name, words, intervals, intervals["planted"].astype(float).mean()))
    return rows


def _shares_covered(name: str, found: Sequence[Record]) -> list[dict]:
    """Corrected shares of messages: the truth is what the coders would have found had they read all."""
    rows = []
    for code in found[0]["shares"]:
        intervals = pd.DataFrame([record["shares"][code] for record in found])
        rows.append(covered(name, f"share of {code}", intervals, intervals["wanted"].astype(float)))
    return rows


def covered(name: str, quantity: str, intervals: pd.DataFrame, truth: ArrayLike) -> dict:
    """One row: the share of intervals (columns low, high) that hold the truth; those that are missing left out."""
    low, high = intervals["low"].to_numpy(float), intervals["high"].to_numpy(float)
    known = ~(np.isnan(low) | np.isnan(high))
    held = ((low <= np.asarray(truth, dtype=float)) & (np.asarray(truth, dtype=float) <= high))[known]
    ends = wilson(int(held.sum()), held.size) if held.size else (np.nan, np.nan)
    return {"scenario": name, "quantity": quantity, "nominal": NOMINAL, "communities": held.size,
            "coverage": held.mean() if held.size else np.nan, "low": ends[0], "high": ends[1]}  # fmt: skip


def bias(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """What inferred replies and machine codes do to the numbers: means over communities (BIAS)."""
    long = [
        (name, *row)
        for name, found in _standard(records, conditions).items()
        for record in found
        for row in _values(record)
    ]
    frame = pd.DataFrame(long, columns=["scenario", "quantity", "measured", "value"])
    groups = frame.astype({"value": float}).groupby(["scenario", "quantity", "measured"], sort=False)["value"]
    rows = [dict(zip(BIAS, key, strict=False)) | mean_of(values) for key, values in groups]
    return pd.DataFrame(rows, columns=list(BIAS))


def _values(record: Record) -> Iterator[tuple[str, str, float | None]]:
    """A record's values: quantity, how it was measured, value."""
    for claim in ("C1", "C2"):
        yield claim, AS_STUDIED, record["claims"][claim]["value"]
        for way, found in record.get("perfect", {}).items():
            yield claim, WAYS[way], found[claim]["value"]
    yield "C3", AS_STUDIED, record["claims"]["C3"]["value"]
    for key, words in KINDS_OF_C3.items():
        yield "C3", words, record[key]
    if "shares" not in record:
        return
    for code, share in record["shares"].items():
        for key, words in KINDS_OF_SHARE.items():
            yield f"share of {code}", words, share[key]
    for key, words in {"inferred": AS_STUDIED, "true": "true replies"}.items():
        yield "answering turns", words, record["ties"].get(key)


def fairness(chained: Sequence[Record], records: Sequence[Record]) -> pd.DataFrame:
    """Communities that went both ways, the full chain and the shortcut: how often they were supported, and by how much
    the values differ (FAIR)."""
    short = {(record["condition"], record["seed"]): record for record in records}
    both = [(long, short[key]) for long in chained if (key := (long["condition"], long["seed"])) in short]
    rows = []
    for name in dict.fromkeys(long["condition"] for long, _ in both):
        pairs = [(long["claims"], cut["claims"]) for long, cut in both if long["condition"] == name]
        for claim in ("C1", "C2", "C3"):
            verdict = [(long[claim]["verdict"], cut[claim]["verdict"]) for long, cut in pairs]
            difference = mean_of([_float(long[claim]["value"]) - _float(cut[claim]["value"]) for long, cut in pairs])
            rows.append({"scenario": name, "claim": claim, "same_verdict": sum(a == b for a, b in verdict),
                         "chain": sum(a == "supported" for a, _ in verdict),
                         "shortcut": sum(b == "supported" for _, b in verdict),
                         **{("difference" if key == "mean" else key): value for key, value in difference.items()},
                         "communities": len(pairs)})  # fmt: skip
    return pd.DataFrame(rows, columns=list(FAIR))


def _float(value: float | None) -> float:
    return np.nan if value is None else value
