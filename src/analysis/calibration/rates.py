"""From records of single communities to the small tables that are kept in git: rates and means with their error.

Every rate has a Monte-Carlo interval for the uncertainty from the limited number of communities tried.
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
CLAIMS = ("C1", "C2", "C3")
RATES = ("scenario", "claim", "true", "communities", "supported", "rate", "low", "high")
COVERAGE = ("scenario", "quantity", "nominal", "communities", "coverage", "low", "high")
POWER = ("condition", "members", "months", "effect", "measured", "claim", "number", "communities", "supported",
         "contradicted", "rate", "low", "high")  # fmt: skip
BIAS = ("scenario", "quantity", "measured", "communities", "mean", "low", "high")
MISSES = ("scenario", "quantity", "communities", "mean", "low", "high", "above", "below")
SHORTCUT = ("scenario", "claim", "communities", "same_verdict", "chain", "shortcut", "difference", "low", "high")
AS_STUDIED, BOTH = "as the study sees it", "true replies and codes"
WAYS = {"replies": "true replies", "codes": "true codes", "both": BOTH}  # of trial's records, key `perfect`
KINDS_OF_SHARE = {
    "value": "corrected", "likely_value": "likely true", "counted": "counted", "adjudicated": "if coders read all",
    "planted": "true codes",
}  # fmt: skip
KINDS_OF_C3 = {"adjudicated_excess": "if coders read all", "true_excess": "true codes"}


def wilson(hits: int, n: int, confidence: float = NOMINAL) -> tuple[float, float]:
    """Wilson's (1927) interval of a rate. Raises InputError when n is 0."""
    if n < 1:
        raise InputError("a rate needs at least one community")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    p = hits / n
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0.0, float((middle - half) / (1 + z**2 / n))), min(1.0, float((middle + half) / (1 + z**2 / n)))


def mean_of(values: ArrayLike, confidence: float = NOMINAL) -> dict[str, float]:
    """communities, mean, low, high of values from independent communities (Student's t); missing ones left out."""
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    if not x.size:
        return {"communities": 0, "mean": np.nan, "low": np.nan, "high": np.nan}
    reach = stats.t.ppf((1 + confidence) / 2, x.size - 1) * stats.sem(x) if x.size > 1 else np.nan
    return {"communities": x.size, "mean": x.mean(), "low": x.mean() - reach, "high": x.mean() + reach}


def coverage_row(scenario: str, quantity: str, held: ArrayLike, nominal: float = NOMINAL) -> dict:
    """A row of the table of coverage: how many intervals hold the truth (held: flags), with Wilson's interval."""
    hits = np.asarray(held, dtype=bool)
    low, high = wilson(int(hits.sum()), hits.size) if hits.size else (np.nan, np.nan)
    share = hits.mean() if hits.size else np.nan
    return dict(zip(COVERAGE, (scenario, quantity, nominal, hits.size, share, low, high), strict=True))


def covered(scenario: str, quantity: str, intervals: pd.DataFrame, truth: ArrayLike) -> dict:
    """A row of the table of coverage, for intervals in columns low and high; those with a missing end or truth are left
    out."""
    low, high = intervals["low"].to_numpy(float), intervals["high"].to_numpy(float)
    true = np.asarray(truth, dtype=float)
    held = (low <= true) & (true <= high)
    return coverage_row(scenario, quantity, held[~np.isnan(low + high + true)])


def missed(scenario: str, quantity: str, numbers: pd.DataFrame, truth: ArrayLike) -> dict:
    """A row of the table of misses: by how much each community's number differs from its own true one, on average and
    in the tenth of communities where it falls shortest (low: at most this) and is largest (high: at least this).

    numbers: columns value, low, high. above, below: the share of their intervals that lie wholly above or below the
    truth; missing ends do neither.
    """
    shown, true = numbers[["value", "low", "high"]].astype(float), np.asarray(truth, dtype=float)
    known = (shown["value"].notna() & ~np.isnan(true)).to_numpy()
    shown, true = shown[known], true[known]
    off = shown["value"] - true
    sides = (shown["low"] > true).mean(), (shown["high"] < true).mean()
    ends = (off.mean(), off.quantile(0.1), off.quantile(0.9))
    return dict(zip(MISSES, (scenario, quantity, len(off), *ends, *sides), strict=True))


def _rate(hits: Iterable[bool]) -> dict[str, float]:
    flags = list(hits)
    low, high = wilson(sum(flags), len(flags))
    rate = sum(flags) / len(flags)
    return {"communities": len(flags), "supported": sum(flags), "rate": rate, "low": low, "high": high}


def of_condition(records: Sequence[Record], condition: Condition) -> list[Record]:
    """The records of communities of this condition."""
    return [record for record in records if record["condition"] == condition.name]


def _standard(records: Sequence[Record], conditions: Sequence[Condition]) -> Iterator[tuple[str, list[Record]]]:
    """Each unmodified scenario, in the plan's order, with its records; conditions that change one are left out."""
    for condition in conditions:
        rows = of_condition(records, condition)
        if condition.name == condition.scenario and rows:
            yield condition.name, rows


def verdicts(records: Sequence[Record], conditions: Sequence[Condition], of: str = "claims") -> pd.DataFrame:
    """How often each claim is called supported in each scenario (RATES): where it is false, the false-support rate. of:
    `claims`, or `naive` for the naive analysis. A claim that could not be assessed was not supported."""
    rows = []
    for name, group in _standard(records, conditions):
        for claim, true in scenario(name).truth.items():
            judged = [record[of][claim] for record in group if of in record]
            hits = [one["verdict"] == "supported" if isinstance(one, Mapping) else one for one in judged]
            rows += [{"scenario": name, "claim": claim, "true": true, **_rate(hits)}] if hits else []
    return pd.DataFrame(rows, columns=list(RATES))


def power(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """How often true claims are called supported, by size of the community and of the effect (POWER).

    effect: relative to `published`, of trust on talk (C1) and on partnership (C2), which are changed alike, and of how
    far the few who share stand out (C3). number: the claim's own, on average.
    """
    usual, rows = scenario("published"), []
    for condition in (each for each in conditions if each.scenario == "published"):
        changed = scenario("published", **condition.changes)
        trust, few = changed.trust_talk / usual.trust_talk, changed.stands_out / usual.stands_out
        for claim, measured, judged in _judged(of_condition(records, condition)):
            place = {"condition": condition.name, "members": condition.members, "months": condition.months}
            place |= {"effect": few if claim == "C3" else trust, "measured": measured, "claim": claim}
            place |= {"number": mean_of([one["value"] for one in judged])["mean"]}
            verdict = [one["verdict"] for one in judged]
            rate = _rate([one == "supported" for one in verdict])
            rows.append({**place, **rate, "contradicted": verdict.count("contradicted")})
    return pd.DataFrame(rows, columns=list(POWER))


def _judged(records: Sequence[Record]) -> Iterator[tuple[str, str, list[Mapping]]]:
    """Each claim's judgements, by whether replies and codes were known: claim, measured, one per community."""
    for claim in CLAIMS if records else ():
        yield claim, AS_STUDIED, [record["claims"][claim] for record in records]
        perfect = [record["perfect"] for record in records if "perfect" in record]
        for way, words in WAYS.items() if perfect else ():
            yield claim, words, [one[way][claim] for one in perfect]


def scenarios(conditions: Sequence[Condition]) -> pd.DataFrame:
    """The scenarios that are calibrated: scenario, what, and which claims are true in it."""
    named = [scenario(each.name) for each in conditions if each.name == each.scenario]
    truth = [{claim: "true" if true else "false" for claim, true in one.truth.items()} for one in named]
    rows = [{"scenario": one.name, "what": one.what, **each} for one, each in zip(named, truth, strict=True)]
    return pd.DataFrame(rows)


def coverage(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """How often each 95 % interval holds the truth (COVERAGE)."""
    rows: list[dict] = []
    for name, group in _standard(records, conditions):
        truth = scenario(name).truth
        claims = {claim: pd.DataFrame([record["claims"][claim] for record in group]) for claim in truth}
        for claim in ("C1", "C2"):
            if not truth[claim]:
                rows.append(covered(name, f"{claim} (no effect)", claims[claim], 0.0))
        if all("perfect" in record for record in group):
            for claim in ("C1", "C2"):
                value = mean_of([record["perfect"]["both"][claim]["value"] for record in group])["mean"]
                rows.append(covered(name, f"{claim} ({BOTH})", claims[claim], value))
        for key, words in KINDS_OF_C3.items():
            rows.append(covered(name, f"C3 ({words})", claims["C3"], [record[key] for record in group]))
        if full := [record for record in group if "ties" in record]:
            rows += _described_covered(name, full)
    return pd.DataFrame(rows, columns=list(COVERAGE))


def _described_covered(name: str, records: Sequence[Record]) -> Iterator[dict]:
    """Intervals of Gini coefficients (truth: the mean over communities of this kind), corrected shares of messages (the
    share in the coders' codes had they read all), likely shares (the share of planted codes) and ties (the share of a
    community's that hold the true number)."""
    for of, words in (("messages", "Gini of messages"), ("shares", "Gini of business news (true codes)")):
        intervals = pd.DataFrame([record["gini"][of] for record in records])
        yield covered(name, words, intervals, intervals["planted"].astype(float).mean())
    for code in records[0]["shares"]:
        intervals = pd.DataFrame([record["shares"][code] for record in records])
        yield covered(name, f"share of {code}", intervals, intervals["adjudicated"].astype(float))
        likely = intervals[["likely_low", "likely_high"]].rename(columns=lambda end: end.removeprefix("likely_"))
        yield covered(name, f"share of {code} (true codes)", likely, intervals["planted"].astype(float))
    held = mean_of([record["ties"]["held"] / record["ties"]["ties"] for record in records if record["ties"]["ties"]])
    held["coverage"] = held.pop("mean")
    yield {"scenario": name, "quantity": "ties (true replies)", "nominal": NOMINAL, **held}


def bias(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """Bias of the numbers from inferred replies and machine codes: means over communities (BIAS)."""
    standard = _standard(records, conditions)
    long = [(name, *value) for name, group in standard for record in group for value in _values(record)]
    frame = pd.DataFrame(long, columns=["scenario", "quantity", "measured", "value"])
    groups = frame.astype({"value": float}).groupby(["scenario", "quantity", "measured"], sort=False)["value"]
    rows = [dict(zip(BIAS, key, strict=False)) | mean_of(values) for key, values in groups]
    return pd.DataFrame(rows, columns=list(BIAS))


def misses(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """How far numbers miss the truth of their own community (MISSES), by the names of the table of coverage."""
    rows = []
    for name, group in _standard(records, conditions):
        claims = {claim: pd.DataFrame([record["claims"][claim] for record in group]) for claim in CLAIMS}
        for claim in ("C1", "C2") if all("perfect" in record for record in group) else ():
            truth = [record["perfect"]["both"][claim]["value"] for record in group]
            rows.append(missed(name, f"{claim} ({BOTH})", claims[claim], truth))
        rows.append(missed(name, "C3 (true codes)", claims["C3"], [record["true_excess"] for record in group]))
        shares = [record["shares"] for record in group if "shares" in record]
        for code in shares[0] if shares else ():
            numbers = pd.DataFrame([each[code] for each in shares])
            likely = pd.DataFrame({end: numbers[f"likely_{end}"] for end in ("value", "low", "high")})
            rows.append(missed(name, f"share of {code} (true codes)", likely, numbers["planted"]))
    return pd.DataFrame(rows, columns=list(MISSES))


def _values(record: Record) -> Iterator[tuple[str, str, float | None]]:
    """A record's values: quantity, how it was measured, value."""
    for claim in ("C1", "C2"):
        yield claim, AS_STUDIED, record["claims"][claim]["value"]
        for way, judged in record.get("perfect", {}).items():
            yield claim, WAYS[way], judged[claim]["value"]
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


def shortcut(chained: Sequence[Record], records: Sequence[Record]) -> pd.DataFrame:
    """Communities studied by both the full chain and the shortcut: how often each claim was supported, and by how much
    the values differ (SHORTCUT)."""
    short = {(record["condition"], record["seed"]): record["claims"] for record in records}
    both = [(each, short[key]) for each in chained if (key := (each["condition"], each["seed"])) in short]
    rows = []
    for name in dict.fromkeys(each["condition"] for each, _ in both):
        for claim in CLAIMS:
            pairs = [(each["claims"][claim], cut[claim]) for each, cut in both if each["condition"] == name]
            supported = [[one["verdict"] == "supported" for one in pair] for pair in pairs]
            full_values, short_values = np.array([[one["value"] for one in pair] for pair in pairs], dtype=float).T
            difference = mean_of(full_values - short_values)
            rows.append({"scenario": name, "claim": claim, "communities": len(pairs),
                         "same_verdict": sum(full["verdict"] == cut["verdict"] for full, cut in pairs),
                         "chain": sum(full for full, _ in supported), "shortcut": sum(cut for _, cut in supported),
                         "difference": difference["mean"], "low": difference["low"], "high": difference["high"],
                         })  # fmt: skip
    return pd.DataFrame(rows, columns=list(SHORTCUT))
