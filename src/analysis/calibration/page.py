"""The chapter *Can this study say no?*: sentences, figures and tables from calibration's small tables.

Imports no simulation and no step, so that the book does not depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import figures, study
from analysis.claims import rule
from analysis.coverage import FEW, STUDIED, TRUTH, judged, where_false, worst_case
from analysis.errors import InputError
from analysis.fingerprint import earlier_code, plan_changed
from analysis.tried import not_tried
from analysis.wording import between, count, listed, number, percent

NAMES = ("verdicts", "naive", "power", "coverage", "bias", "misses", "chain", "scenarios")
MISLEADING = 3  # number of kinds named, those that mislead a claim most
PLANNED = 400  # communities for a false-support rate
ENOUGH = 0.8  # power that a study should have, by the usual convention
INCLUDES = "includes zero"  # what an interval should, where a claim is false
NOMINAL = 0.95  # of the study's intervals
LEVEL, POINT, LEAST = 0.05, 0.07, 0.93  # level of the tests; highest accepted false-support rate; lowest coverage
SOURCE = "Simulated communities."
PERFECT = "true replies and codes"
COLOURS = {"C1": "informal_interaction", "C2": "partnership", "C3": "information_sharing"}
TRUST_IS_LIMITED = (
    "In these communities trust grows to a limit. Where it reaches it early, other ties grow at first and then stay as "
    "they are, so that growth over the whole time is harder to see."
)
CHAPTERS = {  # the intervals that each chapter shows, by their names in the table of coverage
    "coding": r"share of (?!the )|alpha",
    "sharing": r"C3|Gini of (messages|business)|members who|trend|share of the top|Herfindahl|Theil",
    "network": r"(?!reciprocity).*\(true replies\)$",
    "partnership": r"C1|C2",
}
MARKS = {"C1": "o", "C2": "s", "C3": "^"}
EXCEEDED = "it seen to be exceeded"
TENTHS = {"mean": "mean difference", "low": "a tenth fall below", "high": "a tenth exceed"} | {
    "above": "interval above the truth", "below": "interval below the truth",
}  # fmt: skip
OTHER_TESTS = {"C2": "\n\nThere only the tests of timing and beyond business talk say no."}
CHAIN = {  # columns of the table of communities studied both ways, in words
    "same_verdict": "same verdict", "chain": "supported by the full chain", "shortcut": "supported by the shortcut",
}  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """calibration/*.csv and provenance.yaml of the study at root; and values used by many sentences, computed once."""

    root: Path
    verdicts: pd.DataFrame
    naive: pd.DataFrame
    power: pd.DataFrame
    coverage: pd.DataFrame
    bias: pd.DataFrame
    misses: pd.DataFrame
    chain: pd.DataFrame
    scenarios: pd.DataFrame
    provenance: dict

    @cached_property
    def earlier(self) -> str | None:
        """As fingerprint.earlier_code."""
        return earlier_code(self.root)

    @cached_property
    def not_tried(self) -> str | None:
        """As tried.not_tried."""
        return not_tried(study.Paths(self.root))


def load(root: Path) -> Tables:
    """The tables of the study at root. Raises InputError when one is missing."""
    folder = root / "calibration"
    for path in [*(folder / f"{name}.csv" for name in NAMES), folder / "provenance.yaml"]:
        if not path.exists():
            raise InputError("this table is missing", path=path, fix="Run `make calibrate`.")
    tables = {name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""]) for name in NAMES}
    provenance = study.read_yaml(folder / "provenance.yaml")
    return Tables(root, **tables, provenance=provenance)


def keeps_level(row: pd.Series) -> bool:
    """Whether a false-support rate keeps the level: it is at most 7 %, and its interval reaches down to 5 %."""
    return bool(row["rate"] <= POINT and row["low"] <= LEVEL)


def reported(coverage: pd.DataFrame) -> pd.DataFrame:
    """The rows of intervals that the study reports (not the percentile intervals), with enough communities."""
    own = ~coverage["quantity"].str.endswith("percentile") & (coverage["nominal"] == NOMINAL)
    return judged(coverage[own].dropna(subset=["coverage"]))


# Sentences


def answer(t: Tables) -> str:
    """Whether the study rejects claims that are false."""
    wrong = judged(where_false(t.verdicts))
    ends = wrong.groupby("claim")["rate"].agg(["median", "max"])  # not pooled: that weights kinds by their size
    supported = [f"{row.Index} {percent(row.median)} and {percent(row.max)}" for row in ends.itertuples()]
    rates = (
        "How often a false claim was called *supported*, in the median and in the worst kind of community: "
        f"{listed(supported)}."
    )
    level = (
        f"A rate keeps to the level of the tests if it is {percent(POINT)} at most and its interval reaches down to "
        f"{percent(LEVEL)}{_judged_where(wrong)}."
    )
    above = wrong[[not keeps_level(row) for _, row in wrong.iterrows()]]
    if above.empty:
        return f"Yes, as far as simulation can show. {rates} In no kind was {EXCEEDED}{_not_excluded(wrong)} {level}"
    where = [f"{row.claim} in *{row.scenario}* ({percent(row.rate)})" for row in above.itertuples()]
    others = wrong.drop(above.index)
    elsewhere = f" In no other kind was {EXCEEDED}{_not_excluded(others)}" if len(others) else ""
    return f"Mostly. {rates} The level of the tests is exceeded for {listed(where)}.{elsewhere} {level}"


def _not_excluded(rates: pd.DataFrame) -> str:
    """The highest rate that the Monte-Carlo intervals of these rates leave possible, as the end of a sentence."""
    return f". With as few communities as some kinds have, {percent(rates['high'].max())} cannot be excluded."


def say_claim(t: Tables, claim: str) -> str:
    """Errors of a claim's test: false-support rate in the kinds that mislead most; power; coverage."""
    every = where_false(t.verdicts)
    every = every[every["claim"] == claim]
    wrong = judged(every)
    ranked = wrong.sort_values("rate", ascending=False, kind="stable")
    misleading = ranked[ranked["rate"] > 0].head(MISLEADING)
    most = [f"*{row.scenario}* ({percent(row.rate)})" for row in misleading.itertuples()]
    said = [f"Where {claim} is false, it was never called supported." if len(ranked) else "No kind has it false."]
    if most:
        said = [f"Where {claim} is false, it was called supported most often in {listed(most)}."]
    if most and len(ranked) > len(most):
        rest, highest = len(ranked) - len(most), ranked["rate"].iloc[len(most)]
        others = "other kind" if rest == 1 else f"{rest} other kinds"
        enough = f" of which {FEW} communities or more were tried" if len(wrong) < len(every) else ""
        said.append(
            f"In the {others}{enough} {f'the rate is at most {percent(highest)}' if highest else 'it never was'}."
        )
    usual = t.power[(t.power["condition"] == "published") & (t.power["claim"] == claim)].set_index("measured")
    if STUDIED in usual.index:
        row = usual.loc[STUDIED]
        said.append(
            f"Where it is true as in *published*, in communities of {int(row['members'])} members, it was supported in "
            f"{percent(row['rate'])} of {int(row['communities'])}."
        )
        if elsewhere := _elsewhere(t, claim):
            said.append(f"In the other kinds in which it is true, it was supported in {elsewhere}.")
    return " ".join([*said, *_least_coverage(t, claim)])


def _least_coverage(t: Tables, claim: str) -> Iterator[str]:
    """The lowest coverage of a claim's interval, over kinds in which it is true and over those in which it is not."""
    for where, truth, holds in (("is true", TRUTH[claim], "holds the truth"), ("is false", "no effect", INCLUDES)):
        tried = t.coverage[t.coverage["quantity"] == f"{claim} ({truth})"].dropna(subset=["coverage"])
        if tried.empty:
            continue
        own = judged(tried)
        low = own.loc[own["coverage"].idxmin()]
        enough = f" of the kinds of which {FEW} communities or more were tried" if len(own) < len(tried) else ""
        yield (
            f"Where the claim {where}, its {percent(NOMINAL)} interval {holds} least often in "
            f"*{low['scenario']}*{enough}, in {percent(low['coverage'])} of communities."
        )


def _judged_where(tried: pd.DataFrame) -> str:
    """A sentence that kinds with few communities are not judged, if any kind has enough."""
    return f"; kinds with fewer than {FEW} communities are not judged" if (tried["communities"] >= FEW).all() else ""


def say_code(t: Tables, claims: Collection[str] = tuple(COLOURS)) -> str:
    """Whether the rates were measured on the present code, and for the claims as they are asked now."""
    if t.earlier:
        return (
            f"**These rates were measured on earlier code** (fingerprint `{t.earlier}`). What computes has changed "
            "since, so the present rates may differ until they are measured again (`make calibrate`)."
            f"{_other_questions(t, claims)}"
        )
    if plan_changed(t.root):
        return (
            "**These rates were measured before the plan of communities was changed.** They are measured again before "
            "every release."
        )
    return _on_which_code(t) + _earlier_errors(t)


def _on_which_code(t: Tables) -> str:
    """A sentence on the code that communities were tried on: the present, or earlier code found to give the same."""
    present, note = t.provenance["code"]["trials"], t.provenance.get("carried", {}).get("trials")
    if not note:
        return f"These rates were measured on the present code (fingerprint `{present}`)."
    return (
        f"These rates were measured on earlier code (fingerprint `{note['computed']}`) that gives the same as the "
        f"present one (`{present}`): {note['communities']:,} of the communities, drawn at random from every kind, were "
        f"tried again, and both codes gave the same record of each, to the last digit.{_rounded_otherwise(note)}"
    )


def _rounded_otherwise(note: Mapping[str, int]) -> str:
    """A sentence that some records differ from those kept, with earlier and present code alike."""
    few = note["rounded_otherwise"]
    if not few:
        return ""
    return (
        f" Of these records {few:,} {'is' if few == 1 else 'are'} not digit for digit the kept one, which the rates "
        "count. Both codes differ from it alike, as they do where another processor rounds otherwise, so that random "
        "draws fall otherwise."
    )


def _earlier_errors(t: Tables) -> str:
    """A sentence that codes were drawn with errors from an earlier full chain, and how far the present chain's
    differ."""
    errors = t.provenance.get("errors")
    if not errors or errors["code"] == t.provenance["code"]["chain"]:
        return ""
    return (
        " Codes are drawn with the errors of coders and classifier that an earlier run of the full chain showed. "
        "Measured again on the present code, the distribution of probabilities differs nowhere by more than "
        f"{100 * errors['distance']:.1g} percentage points (largest Kolmogorov distance of the kinds of text)."
    )


def _other_questions(t: Tables, claims: Collection[str]) -> str:
    """The claims whose question, by the present claims.yaml, differed when the rates were measured."""
    declared = rule.load_claims(t.root / "claims.yaml")
    now = {claim["id"]: rule.asked(claim) for claim in declared if claim.get("direction")}
    other = [claim for claim in claims if t.provenance["asked"].get(claim) != now.get(claim)]
    if not other:
        return ""
    return f" {listed(other)} had another estimand or rule then (see the ledger); on the present one they say nothing."


def say_rates(t: Tables) -> str:
    """The worst-case false-support rate of each claim, and whether enough communities were tried."""
    rows = worst_case(t.verdicts).iterrows()
    worst = [f"{percent(row['rate'])} for {claim} (*{row['scenario']}*)" for claim, row in rows]
    most = int(where_false(t.verdicts)["communities"].max())
    few = f" This edition has {most} communities a kind at most, of the {PLANNED} that were planned."
    return f"The worst-case false-support rate is {listed(worst)}.{few * (most < PLANNED)}"


def say_naive(t: Tables) -> str:
    """The false-support rates of the naive analysis."""
    ours = t.verdicts.set_index(["claim", "scenario"])["rate"]
    parts = [
        f"- {claim} in {percent(row['rate'])} of *{row['scenario']}* communities, this study in "
        f"{percent(ours[claim, row['scenario']])}"
        for claim, row in worst_case(t.naive).iterrows()
    ]
    return "\n".join(["The naive analysis supports false claims:\n", *parts])


def say_power(t: Tables) -> str:
    """The power in communities like the shipped one, and what limits it."""
    usual = t.power[t.power["condition"] == "published"]
    rates = {measured: rows.set_index("claim")["rate"].map(percent) for measured, rows in usual.groupby("measured")}
    seen, perfect = ([f"{claim} in {rate}" for claim, rate in rates[way].items()] for way in (STUDIED, PERFECT))
    first = usual[usual["measured"] == STUDIED].iloc[0]
    size = (
        f"{int(first['communities'])} communities of {int(first['members'])} members over {int(first['months'])} months"
    )
    return (
        f"In *published* all claims are true ({size}). There the study supports {listed(seen)}. With every reply and "
        f"every code known, it would support {listed(perfect)}: the difference is lost in inferring them."
        f"{_say_elsewhere(t)}"
    )


def _say_elsewhere(t: Tables) -> str:
    """The power in the other kinds in which a claim is true."""
    claims = [(claim, elsewhere) for claim in COLOURS if (elsewhere := _elsewhere(t, claim))]
    if not claims:
        return ""
    said = [f"{claim} in {elsewhere}" for claim, elsewhere in claims]
    return f" In other kinds in which a claim is true the study supports {listed(said)}."


def _elsewhere(t: Tables, claim: str) -> str:
    """The lowest and highest power for a claim in the kinds other than published in which it is true."""
    true = t.verdicts[(t.verdicts["claim"] == claim) & (t.verdicts["true"] == True)]  # noqa: E712  # or missing
    others = true[true["scenario"] != "published"].sort_values("rate", kind="stable")
    ends = [f"{percent(row.rate)} (*{row.scenario}*)" for row in others.itertuples()]
    return " to ".join(dict.fromkeys([ends[0], ends[-1]])) if ends else ""


def say_size(t: Tables) -> str:
    """The communities in which more effect, members or time lowered power, if any."""
    return " ".join(_lower_power(t.power)) or "Power was lower with no larger effect, size or time."


def _lower_power(power: pd.DataFrame) -> list[str]:
    """Where more effect, members or time lowered power, as the study sees it or with all known: the whole interval is
    below the usual rate."""
    rates = power.set_index(["condition", "measured", "claim"])["rate"]
    usual = power[power["condition"] == "published"]
    sizes = usual[["members", "months", "effect"]].min()
    more = (power[list(sizes.index)] >= sizes).all(axis=1) & (power[list(sizes.index)] > sizes).any(axis=1)
    theirs = [rates.get(("published", *key), np.nan) for key in zip(power["measured"], power["claim"], strict=True)]
    lower = power[more & power["measured"].isin([STUDIED, PERFECT]) & (power["high"] < theirs)]
    if lower.empty:
        return []
    where = [
        f"for {claim} in {_both_ways(rates, condition, claim)} than in {_both_ways(rates, 'published', claim)}"
        for condition, claim in dict.fromkeys(zip(lower["condition"], lower["claim"], strict=True))
    ]
    reasons = [TRUST_IS_LIMITED] if "C1" in set(lower["claim"]) else []
    for condition in lower.loc[lower["claim"] == "C2", "condition"].head(1):
        true = power[(power["measured"] == PERFECT) & (power["claim"] == "C2")].set_index("condition")["number"]
        if {condition, "published"} <= set(true.index) and true[condition] >= true["published"]:
            reasons.append(
                f"C2's number is no smaller there ({number(true[condition])} on average with every reply and code "
                f"known, {number(true['published'])} in *published*): it is measured less precisely."
            )
        else:
            reasons.append("Why the power for C2 was lower was not examined.")
    return [f"More is not always better. Power was lower {'; '.join(where)}.", *reasons]


def _both_ways(rates: pd.Series, condition: str, claim: str) -> str:
    """A kind of community with its rate as the study sees it and, if that was tried, with all known."""
    perfect = rates.get((condition, PERFECT, claim))
    if_known = "" if perfect is None else f"; {percent(perfect)} with every reply and code known"
    return f"*{condition}* ({percent(rates[condition, STUDIED, claim])}{if_known})"


def say_needed(t: Tables) -> str:
    """The sizes tried in search of the smallest with a power of ENOUGH, and the claims for which none suffices."""
    tried = listed([str(size) for size in sorted(set(_usual_effects(t.power)["members"]))])
    short = [claim for claim, row in _smallest(t.power) if row["rate"] < ENOUGH]
    none = f" None of them is large enough for {listed(short)}." if short else ""
    return f"Communities of {tried} members over a year were tried, and no sizes between these.{none}"


def _usual_effects(power: pd.DataFrame) -> pd.DataFrame:
    return power[(power["measured"] == STUDIED) & (power["months"] == 12) & (power["effect"] == 1)]


def _smallest(power: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Each claim's row with the fewest members that give a power of ENOUGH; with the most members if none do."""
    for claim, part in _usual_effects(power).sort_values("members").groupby("claim"):
        enough = part[part["rate"] >= ENOUGH]
        yield str(claim), (enough if len(enough) else part.tail(1)).iloc[0]


def effect_table(t: Tables) -> figures.HTML:
    """Power in communities of the usual size by the size of the effect, in the claims' own numbers."""
    usual = t.power[t.power["condition"] == "published"]
    alike = (t.power[["members", "months"]] == usual[["members", "months"]].min()).all(axis=1)
    true = t.power[t.power["measured"] == PERFECT].set_index(["condition", "claim"])["number"]
    rows = [
        (row.claim, true[row.condition, row.claim], percent(row.rate), int(row.communities))
        for row in t.power[alike & (t.power["measured"] == STUDIED)].drop_duplicates(["claim", "effect"]).itertuples()
        if (row.condition, row.claim) in true.index
    ]
    shown = pd.DataFrame(rows, columns=["claim", "its number, with all known", "power", "communities"])
    shown = shown.sort_values(["claim", "its number, with all known"], kind="stable")
    return figures.table(shown, "Power by the size of the effect, in communities of the usual size.")


def say_contradicted(t: Tables) -> str:
    """How often a true claim is called contradicted, the graver error of the two."""
    rows = t.power[(t.power["measured"] == STUDIED) & (t.power["condition"] == "published")]
    parts = [f"{row['claim']} in {int(row['contradicted'])} of {int(row['communities'])}" for _, row in rows.iterrows()]
    return f"A true claim called *contradicted*: {listed(parts)}."


def say_coverage(t: Tables) -> str:
    """How many kinds of interval have sufficient coverage, and which has the lowest."""
    return _say_held(reported(t.coverage), every=False)


def say_intervals(t: Tables, quantities: str) -> str:
    """As say_coverage, for a chapter's intervals, with the code it was measured on. quantities: a pattern of names."""
    rows = t.coverage[t.coverage["quantity"].str.match(quantities)]
    if rows.empty:
        return "The coverage of this chapter's intervals has not been measured."
    claims = [claim for claim in COLOURS if rows["quantity"].str.startswith(f"{claim} ").any()]
    return f"On simulated communities, {_say_held(reported(rows))}\n\n{_measured(t, claims)}"


def _measured(t: Tables, claims: Collection[str]) -> str:
    """The code measured on, for a chapter: in detail only if it was not the present code."""
    if t.earlier or plan_changed(t.root):
        return say_code(t, claims)
    carried = t.provenance.get("carried", {}).get("trials")
    code = "earlier code that gives the same as the present one" if carried else "the present code"
    return f"These rates were measured on {code}; the chapter *Can this study say no?* says how."


def _say_held(rows: pd.DataFrame, every: bool = True) -> str:
    """How many kinds of interval have sufficient coverage; every: with a list of those that do not, else the worst."""
    lowest = rows.groupby("quantity", sort=False)["coverage"].min()
    short = rows[rows["quantity"].isin(lowest.index[lowest < LEAST])]
    whole = (
        f"{_kinds_holding(lowest)} the truth in {percent(LEAST)} or more of the communities of every kind"
        f"{_judged_where(rows)}"
    )
    if short.empty:
        return f"{whole}."
    if not every:
        worst = short.loc[short["coverage"].idxmin()]
        least = f"{percent(worst['coverage'])} (*{worst['scenario']}*)"
        return f"{whole}. The lowest coverage is that of {_plain(worst['quantity'])}, {least}. The table lists all."
    parts = []
    for quantity, part in short.groupby("quantity", sort=False):
        low, high = part.loc[part["coverage"].idxmin()], part.loc[part["coverage"].idxmax()]
        ends = f"{percent(low['coverage'])} in *{low['scenario']}*"
        ends += f" to {percent(high['coverage'])} in *{high['scenario']}*" if len(part) > 1 else ""
        parts.append(f"- {_plain(quantity)}: {ends}")
    return "\n".join([f"{whole}. The others:\n", *parts])


def _kinds_holding(lowest: pd.Series) -> str:
    """Number of kinds of interval whose lowest coverage is at least LEAST, with the verb: "1 of 6 kinds ... holds"."""
    kept = int((lowest >= LEAST).sum())
    return f"{kept} of {count(lowest.size, 'kind')} of interval {'holds' if kept == 1 else 'hold'}"


def _plain(quantity: str) -> str:
    """A quantity's name with codes as words."""
    return quantity.replace("_", " ").replace("answers got", "answers received")


def say_no_effect(t: Tables) -> str:
    """Where C1 or C2 is false: whether the interval includes zero, and the number if it does not."""
    said = [_excluded(t, claim) for claim in ("C1", "C2") if (t.coverage["quantity"] == f"{claim} (no effect)").any()]
    return "\n\n".join(said)


def _excluded(t: Tables, claim: str) -> str:
    """The kinds in which a claim is false and its interval includes zero too seldom."""
    rows = t.coverage[t.coverage["quantity"] == f"{claim} (no effect)"]
    means = t.bias[t.bias["quantity"] == claim].set_index(["scenario", "measured"])["mean"]
    held = t.coverage[t.coverage["quantity"] == f"{claim} ({PERFECT})"].set_index("scenario")["coverage"]
    short = rows[rows["coverage"] < LEAST]
    if short.empty:
        return f"Where {claim} is false, its interval {INCLUDES} in {percent(LEAST)} or more in every kind."
    parts = []
    for row in short.itertuples():
        part = (
            f"- *{row.scenario}*: excluded in {percent(1 - row.coverage)} of {int(row.communities)} communities, with "
        )
        part += f"{claim}'s number at {number(means[row.scenario, STUDIED])} on average."
        if row.scenario in held.index:
            part += (
                f" With every reply and code known it is {number(means[row.scenario, PERFECT])}, which the interval "
            )
            part += f"holds in {percent(held[row.scenario])}."
        parts.append(part)
    should = f"Where {claim} is false, its interval should include zero. Too often it does not in:\n"
    return "\n".join([should, *parts]) + OTHER_TESTS.get(claim, "")


def say_gini(t: Tables) -> str:
    """The coverage of the Gini coefficient's interval, and of the percentile interval."""
    rows = t.coverage[t.coverage["quantity"].str.match(r"Gini of \d+ counts")]
    if rows.empty:
        return "The interval of the Gini coefficient was not tried on known distributions for this edition."
    percentile = rows["quantity"].str.endswith("percentile")
    ours, theirs = rows.loc[~percentile, "coverage"], rows.loc[percentile, "coverage"]
    return (
        f"On {count(rows['scenario'].nunique(), 'distribution')} with a known Gini coefficient, from light to very "
        f"heavy tails, this study's interval covers in {percent(ours.min())} to {percent(ours.max())} of samples. The "
        f"usual percentile interval covers in {percent(theirs.min())} to {percent(theirs.max())}."
    )


def say_posterior(t: Tables) -> str:
    """Simulation-based calibration: central intervals of the posterior at several levels."""
    rows = t.coverage[t.coverage["quantity"].str.startswith("posterior")].sort_values("nominal")
    if rows.empty:
        return "The posterior was not tried for this edition."
    parts = [f"- {percent(row.coverage)} at the {percent(row.nominal)} level" for row in rows.itertuples()]
    drawn = f"{int(rows['communities'].iloc[0])} data sets drawn from the prior"
    about = "How far the classifier is off in single members, coders taken as right, has a posterior."
    return "\n".join([f"{about} On {drawn}, its central intervals hold the truth in:\n", *parts])


def say_bias(t: Tables) -> str:
    """How inferred replies and codes bias C1's and C2's numbers."""
    rows = t.bias[t.bias["scenario"] == "published"].set_index(["quantity", "measured"])["mean"]
    parts = [
        f"- {claim} is {number(rows[claim, STUDIED])}, and {number(rows[claim, PERFECT])} with replies and codes known"
        f"{_too(rows[claim, STUDIED], rows[claim, PERFECT])}"
        for claim in ("C1", "C2")
        if (claim, PERFECT) in rows.index
    ]
    where = "On average over the communities of *published*, in which all claims are true:\n"
    return "\n".join([where, *parts]) if parts else "This was not measured."


def _too(seen: float, known: float) -> str:
    """The direction of a number's bias, if value and truth differ as printed."""
    return "" if number(seen) == number(known) else f": it comes out too {'small' if seen < known else 'large'}"


def structure_table(t: Tables) -> figures.HTML:
    """The bias of the network's measures, and the coverage of their intervals."""
    rows = t.coverage[(t.coverage["scenario"] == "published") & t.coverage["quantity"].str.endswith("(true replies)")]
    means = t.bias[t.bias["scenario"] == "published"].set_index(["quantity", "measured"])["mean"]
    held = {row.quantity.removesuffix(" (true replies)"): row.coverage for row in rows.itertuples()}
    parts = [
        (_plain(name), means[name, STUDIED], means[name, "true replies"], percent(share))
        for name, share in held.items()
        if (name, "true replies") in means.index
    ]
    shown = pd.DataFrame(parts, columns=["measure", "as the study sees it", "in truth", "held by its interval"])
    return figures.table(shown, "Measures of the network, on average over the communities of the kind published.")


def say_shortcut(t: Tables) -> str:
    """How far the shortcut agrees with the full chain."""
    if t.chain.empty:
        return "No community was studied both ways for this edition."
    pairs = t.chain.groupby("claim")[["communities", "same_verdict"]].sum()
    parts = [f"{claim} in {percent(row['same_verdict'] / row['communities'])}" for claim, row in pairs.iterrows()]
    where = [
        f"{row.claim} in *{row.scenario}* ({number(row.difference, 3)}; {between(row.low, row.high, 3)})"
        for row in t.chain[(t.chain["low"] > 0) | (t.chain["high"] < 0)].itertuples()
    ]
    return (
        f"{int(t.chain.groupby('scenario')['communities'].first().sum())} communities were studied both ways. The "
        f"verdict was the same for {listed(parts)}. The interval of the mean difference between the full "
        f"chain's number and the shortcut's {f'excludes 0 for {listed(where)}' if where else 'includes 0 everywhere'}."
        f"{_power_of_both(t.chain[t.chain['scenario'] == 'published'])}"
    )


def _power_of_both(chain: pd.DataFrame) -> str:
    """How often both ways supported true claims, as a sentence after a space; empty where that is the same."""
    other = chain[chain["chain"] != chain["shortcut"]]
    if other.empty:
        return ""
    of = int(other["communities"].max())
    said = [f"{row.claim} in {row.chain} (the shortcut in {row.shortcut})" for row in other.itertuples()]
    return (
        f" Of the {of} communities of *published*, where all claims are true, the full chain supported {listed(said)}: "
        "too few to tell whether the power given above is too high."
    )


def say_run(t: Tables) -> str:
    """The number of communities, and the computing time they took."""
    tried = {kind: communities for kind, communities in t.provenance["communities"].items() if communities}
    unlisted = [kind for kind in tried if kind not in set(t.scenarios["scenario"])]
    others = (
        f" Not in the table {'is' if len(unlisted) == 1 else 'are'} {listed(unlisted)}: there all is as in *published* "
        "but this size, length or effect."
        if unlisted
        else ""
    )
    return (
        f"{count(sum(tried.values()), 'community', 'communities')} of {count(len(tried), 'kind')} were tried, which "
        f"took {t.provenance['cpu_hours']} hours of one core.{others}"
    )


# Figures and tables


def false_support_figure(t: Tables) -> figures.Figure:
    """The false-support rate of each claim by kind of community, the most misleading kind first, with Monte-Carlo
    intervals, and that of the naive analysis."""
    wrong = where_false(t.verdicts)
    names = list(wrong.groupby("scenario")["rate"].max().sort_values(kind="stable").index)
    _, axes = figures.canvas(height=1.4 + 0.3 * len(names))
    naive = t.naive.set_index(["claim", "scenario"])["rate"]
    for shift, (claim, rows) in zip((0.27, 0, -0.27), wrong.groupby("claim"), strict=False):
        y = np.array([names.index(name) for name in rows["scenario"]]) + shift
        colour = figures.COLOURS[COLOURS[str(claim)]]
        axes.hlines(y, 100 * rows["low"], 100 * rows["high"], color=colour, lw=3, alpha=0.5)
        axes.plot(100 * rows["rate"], y, MARKS[str(claim)], color=colour, ms=5, label=str(claim))
        there = [100 * naive.get((claim, name), np.nan) for name in rows["scenario"]]
        axes.plot(there, y, "x", color=colour, ms=4)
    axes.plot([], [], "x", color=figures.COLOURS["all"], ms=4, label="the naive analysis")
    axes.axvline(100 * LEVEL, color=figures.COLOURS["all"], ls=":")
    axes.set(yticks=range(len(names)), yticklabels=names, xlim=(-2, 102), xlabel="called supported though false (%)")
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.figure.legend(loc="outside lower right", ncols=4)
    axes.set_title(_misleading(wrong))
    text = (
        "A row for each kind of community, in each the claims from top to bottom. Filled marks: this study, with "
        "Monte-Carlo intervals. Crosses: the naive analysis. Dotted: the tests' level."
    )
    return figures.Figure(axes.figure.figure, f"{say_rates(t)} {say_naive(t)}", text)


def _misleading(wrong: pd.DataFrame) -> str:
    """The kinds in which false claims are supported too often, and the highest rate in the others. wrong:
    where_false."""
    often = judged(wrong)
    often = often[[not keeps_level(row) for _, row in often.iterrows()]]
    rest = wrong.drop(often.index)
    at_most = f"in {percent(rest['rate'].max())} at most" if len(rest) else ""
    if often.empty:
        return f"Where a claim is false, the study supports it {at_most}, whatever the kind of community"
    named = [f"{row.claim} in {row.scenario} ({percent(row.rate)})" for row in often.itertuples()]
    where = listed(named) if len(named) <= MISLEADING else f"{len(named)} kinds of community"
    return f"Supported too often though false: {where}{f'; elsewhere {at_most}' if at_most else ''}"


def power_figure(t: Tables) -> figures.Figure:
    """The power for each true claim by kind of community, and the power with all replies and codes known."""
    rows = t.power[t.power["measured"].isin([STUDIED, PERFECT])]
    names = list(dict.fromkeys(rows["condition"]))[::-1]
    drawing, axes = figures.canvas(height=1.4 + 0.55 * len(names))
    for shift, (claim, part) in zip((0.24, 0, -0.24), rows.groupby("claim"), strict=True):
        style = {"marker": MARKS[str(claim)], "color": figures.COLOURS[COLOURS[str(claim)]], "ls": "", "clip_on": False}
        for measured, size, face in ((STUDIED, 6, style["color"]), (PERFECT, 9, "none")):
            some = part[part["measured"] == measured]
            y = np.array([names.index(name) for name in some["condition"]]) + shift
            if measured == STUDIED:
                axes.hlines(y, 100 * some["low"], 100 * some["high"], color=style["color"], lw=4, alpha=0.5)
            axes.plot(100 * some["rate"], y, ms=size, mfc=face, label=f"{claim}, {measured}", **style)
    first = t.power[t.power["condition"] == "published"].iloc[0]
    usual = f"published: {int(first['members'])} members, {int(first['months'])} months"
    labels = [usual if name == "published" else name for name in names]
    axes.set(yticks=range(len(names)), yticklabels=labels, xlim=(-2, 102), xlabel="power: called supported (%)")
    axes.legend(loc="upper right", bbox_to_anchor=(1, -0.12), ncols=3, columnspacing=1.2, handletextpad=0.3)
    enough = [f"{claim} {int(row['members'])}" for claim, row in _smallest(t.power) if row["rate"] >= ENOUGH]
    needed = f"Fewest members tried with a power of {percent(ENOUGH)}, as in published: {', '.join(enough)}"
    axes.set_title(needed if enough else f"No size that was tried has a power of {percent(ENOUGH)}")
    text = (
        "Filled: share of communities in which the true claim is called supported, with Monte-Carlo intervals. Hollow: "
        "the same communities with every reply and code known. Kinds that change an effect or a size are otherwise as "
        "published; twice the effect doubles those of C1 and C2 alone."
    )
    return figures.Figure(drawing, f"{say_power(t)} {say_size(t)}", text)


def coverage_figure(t: Tables) -> figures.Figure:
    """Coverage of each kind of interval in every scenario."""
    rows = reported(t.coverage)
    lowest = rows.groupby("quantity")["coverage"].min().sort_values(ascending=False)
    place = {quantity: y for y, quantity in enumerate(lowest.index)}
    drawing, axes = figures.canvas(height=1.0 + 0.26 * len(place))
    worst = rows.loc[rows.groupby("quantity")["coverage"].idxmin()]
    y, ends = worst["quantity"].map(place), 100 * worst[["low", "high"]]
    axes.hlines(y, ends["low"], ends["high"], color=figures.COLOURS["interval"], lw=4)
    axes.plot(100 * rows["coverage"], rows["quantity"].map(place), "o", color=figures.COLOURS["all"], ms=5, mfc="none")
    axes.axvline(100 * NOMINAL, color=figures.COLOURS["all"], ls=":")
    axes.set(yticks=range(len(place)), yticklabels=[_plain(name) for name in place], xlabel="coverage (%)")
    axes.margins(y=0.04)
    axes.set_title(f"{_kinds_holding(lowest)} the truth in {percent(LEAST)} or more")
    text = "Rings: coverage in one scenario or distribution; bar: Monte-Carlo interval of the lowest; dotted: nominal."
    return figures.Figure(drawing, " ".join(say_coverage(t).split()), text)


def _percents(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(**{name: ["–" if pd.isna(x) else percent(x) for x in frame[name]] for name in columns})


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(quantity=frame["quantity"].map(_plain))


def verdicts_table(t: Tables) -> figures.HTML:
    """Every rate of the study's verdicts."""
    shown = _percents(t.verdicts, "rate", "low", "high").assign(true=np.where(t.verdicts["true"], "yes", "no"))
    naive = t.verdicts[["scenario", "claim"]].merge(t.naive, how="left", on=["scenario", "claim"])
    shown["by the naive analysis"] = [
        "–" if pd.isna(row.rate)
        else f"{percent(row.rate)} ({percent(row.low)} to {percent(row.high)}, of {int(row.communities)})"
        for row in naive.itertuples()
    ]  # fmt: skip
    return figures.table(shown, "How often each claim is called supported, with Monte-Carlo intervals.")


def scenarios_table(t: Tables) -> figures.HTML:
    """The kinds of community."""
    shown = t.scenarios.replace({claim: {True: "true", False: "false"} for claim in COLOURS})
    shown = shown.rename(columns={"scenario": "kind", "what": "what is true in it"})
    return figures.table(shown, "The kinds of simulated community, and which claims are true in each.")


SENTENCES: dict[str, Callable[[Tables], str]] = {
    "answer": answer, "code": say_code, "rates": say_rates, "naive": say_naive, "power": say_power,
    "needed": say_needed, "size": say_size, "contradicted": say_contradicted,
    "coverage": say_coverage, "no-effect": say_no_effect, "posterior": say_posterior,
    "gini": say_gini, "bias": say_bias, "shortcut": say_shortcut, "run": say_run,
    **{f"intervals-{step}": partial(say_intervals, quantities=names) for step, names in CHAPTERS.items()},
    **{claim.lower(): partial(say_claim, claim=claim) for claim in COLOURS},
}  # fmt: skip
CITED = ("answer", *(f"intervals-{step}" for step in CHAPTERS), *(claim.lower() for claim in COLOURS))
FIGURES: dict[str, Callable[[Tables], figures.Figure]] = {
    "false-support-figure": false_support_figure, "power-figure": power_figure, "coverage-figure": coverage_figure,
}  # fmt: skip
TABLES: dict[str, Callable[[Tables], figures.HTML]] = {
    "scenarios-table": scenarios_table,
    "verdicts-table": verdicts_table,
    "power-table": lambda t: figures.table(
        _percents(t.power, "rate", "low", "high"),
        "Power: how often true claims are called supported, and how often contradicted.",
    ),
    "coverage-table": lambda t: figures.table(
        _in_words(_percents(t.coverage, "coverage", "low", "high", "nominal")),
        "Coverage of intervals: the share of communities in which each held the truth.",
    ),
    "bias-table": lambda t: figures.table(
        _in_words(t.bias), "Means over communities, by what was known of replies and codes.", decimals=3
    ),
    "misses-table": lambda t: figures.table(
        _in_words(_percents(t.misses, "above", "below")).rename(columns=TENTHS),
        "How far numbers miss the true one of their community.",
        decimals=3,
    ),
    "effect-table": effect_table,
    "structure-table": structure_table,
    "chain-table": lambda t: figures.table(
        t.chain.rename(columns=CHAIN),
        "Communities studied both ways: verdicts, and how far the values differ.",
        decimals=3,
    ),
}


def sentence(t: Tables, name: str) -> str:
    """A computed sentence of the chapter, as Markdown. For a study unlike those tried, a sentence that says so where
    other pages cite a rate, and an empty text within the chapter, whose page leaves these parts out."""
    if t.not_tried:
        return f"How often this study errs was {t.not_tried}." if name in CITED else ""
    return SENTENCES[name](t)


def drawn(t: Tables, name: str) -> str:
    """A figure or a folded table of the chapter, as HTML; empty for a study that is unlike those tried."""
    if name not in (*FIGURES, *TABLES):
        raise InputError(f"no part of the chapter on calibration is called {name!r}")
    if t.not_tried:
        return ""
    if name in FIGURES:
        return str(figures.show(FIGURES[name](t), SOURCE).data)
    folded = figures.folded(f"Table: {name.removesuffix('-table')}", TABLES[name](t)).data
    return f'<div style="margin-bottom: 1.15rem">{folded}</div>'
