"""The chapter *Can this study say no?*: sentences, figures and tables out of calibration's small tables.

Imports no simulation and no step, so that the book does not hang on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis import figures, wording
from analysis.errors import InputError

NAMES = ("verdicts", "naive", "power", "coverage", "bias", "chain", "scenarios")
FEWEST = 400  # communities for a rate of false support
ENOUGH = 0.8  # of true claims that a study should find, by the usual convention
FEW = 30  # communities below which a rate or coverage is shown, and not judged
NOMINAL = 0.95  # of the study's intervals
LEVEL, POINT, LEAST = 0.05, 0.07, 0.93  # of the tests; most of a rate of false support; least coverage
SOURCE = "Simulated communities."
STUDIED, PERFECT = "as the study sees it", "true replies and codes"
COLOURS = {"C1": "informal_interaction", "C2": "partnership", "C3": "information_sharing"}
MARKS = {"C1": "o", "C2": "s", "C3": "^"}


@dataclass(frozen=True)
class Tables:
    """calibration/*.csv and provenance.yaml."""

    verdicts: pd.DataFrame
    naive: pd.DataFrame
    power: pd.DataFrame
    coverage: pd.DataFrame
    bias: pd.DataFrame
    chain: pd.DataFrame
    scenarios: pd.DataFrame
    provenance: dict


def load(root: Path) -> Tables:
    """The tables of the study at root. Raises InputError when one is not there."""
    folder = root / "calibration"
    for path in [*(folder / f"{name}.csv" for name in NAMES), folder / "provenance.yaml"]:
        if not path.exists():
            raise InputError("this table is not there", path=path, fix="Run `make calibrate`.")
    known = {name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""]) for name in NAMES}
    return Tables(**known, provenance=yaml.safe_load((folder / "provenance.yaml").read_text(encoding="utf-8")))


def false_ones(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The rows in which the claim is false."""
    return verdicts[~verdicts["true"].astype(bool)]


def worst(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Of each claim, the scenario in which it is most often called supported though false, by claim; of scenarios that
    were tried often enough, if there are any."""
    wrong = judged(false_ones(verdicts)).sort_values(["rate", "communities"], ascending=False, kind="stable")
    return wrong.drop_duplicates("claim").set_index("claim").sort_index()


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that rest on communities enough, or if none does all."""
    enough = table[table["communities"] >= FEW]
    return table if enough.empty else enough


def keeps(row: pd.Series) -> bool:
    """Whether a rate of false support keeps to the level: the point to 7 %, the lower end to 5 %."""
    return bool(row["rate"] <= POINT and row["low"] <= LEVEL)


# Sentences


def answer(t: Tables) -> str:
    """Whether the study says no where no is right."""
    wrong = judged(false_ones(t.verdicts))
    parts = [
        f"{claim} in {int(rows['supported'].sum())} of {rows['communities'].sum():,}"
        for claim, rows in wrong.groupby("claim")
    ]
    found = f"In communities made so that a claim is false it was called *supported*: {wording.listed(parts)}."
    broken = wrong[[not keeps(row) for _, row in wrong.iterrows()]]
    if broken.empty:
        return f"Yes, as far as simulation can show. {found} {_promise(wrong)} in every kind."
    where = [f"{row.claim} in *{row.scenario}* ({wording.percent(row.rate)})" for row in broken.itertuples()]
    return f"Mostly. {found} {_promise(wrong)} but for {wording.listed(where)}."


def _promise(tried: pd.DataFrame) -> str:
    """What counts as keeping to the promised level, and in which kinds of community that is judged."""
    return (
        f"The rate keeps to the {wording.percent(LEVEL)} that the tests promise (at most {wording.percent(POINT)} "
        f"seen, and an interval that reaches down to {wording.percent(LEVEL)}{_enough(tried)})"
    )


def _enough(tried: pd.DataFrame) -> str:
    """That kinds with few communities are not judged, where any kind has enough."""
    return f"; judged where {FEW} communities or more were tried" if (tried["communities"] >= FEW).all() else ""


def say_rates(t: Tables) -> str:
    """The worst rate of each claim, and whether enough communities were tried."""
    rows = [
        f"{claim} in *{row['scenario']}*, {wording.percent(row['rate'])} of {int(row['communities'])} "
        f"(Monte-Carlo interval {wording.percent(row['low'])} to {wording.percent(row['high'])})"
        for claim, row in worst(t.verdicts).iterrows()
    ]
    most = int(false_ones(t.verdicts)["communities"].max())
    few = (
        ""
        if most >= FEWEST
        else f" This edition rests on {most} communities a kind at most, of the {FEWEST} that were planned: "
        "the intervals say what that leaves open."
    )
    return f"Most often wrongly supported: {'; '.join(rows)}.{few}"


def say_naive(t: Tables) -> str:
    """What the naive analysis claims where nothing is true."""
    parts = []
    for claim, row in worst(t.naive).iterrows():
        ours = t.verdicts[(t.verdicts["scenario"] == row["scenario"]) & (t.verdicts["claim"] == claim)].iloc[0]
        parts.append(
            f"{claim} in {wording.percent(row['rate'])} of *{row['scenario']}* communities "
            f"(this study: {wording.percent(ours['rate'])})"
        )
    return f"The naive analysis supports what is false: {'; '.join(parts)}."


def say_power(t: Tables) -> str:
    """How often what is true is found in communities like the one that ships, and what holds it back."""
    usual = t.power[t.power["condition"] == "published"]
    seen = usual[usual["measured"] == STUDIED].set_index("claim")
    parts = [f"{claim} in {wording.percent(row['rate'])}" for claim, row in seen.iterrows()]
    perfect = usual[usual["measured"] == PERFECT].set_index("claim")
    better = [f"{claim} in {wording.percent(row['rate'])}" for claim, row in perfect.iterrows()]
    first = seen.iloc[0]
    return (
        f"In {int(first['communities'])} communities of {int(first['members'])} members and {int(first['months'])} "
        f"months in which all claims are true, the study supports {wording.listed(parts)}. If it knew every reply and "
        f"every code, it would support {wording.listed(better)}: what lies between the two is lost in guessing them."
    )


def say_size(t: Tables) -> str:
    """How power changes with the size of the community and of the effect."""
    parts = []
    for condition, part in t.power[t.power["measured"] == STUDIED].groupby("condition", sort=False):
        rates = [f"{row['claim']} {wording.percent(row['rate'])}" for _, row in part.iterrows()]
        parts.append(f"*{condition}* ({int(part['communities'].iloc[0])}): {', '.join(rates)}")
    found = f"Supported where true, by kind of community (how many were tried): {'; '.join(parts)}."
    return " ".join([found, *_no_help(t.power)])


def _no_help(power: pd.DataFrame) -> list[str]:
    """Where more effect, members or time did not help, as the study sees it or with all known: with its whole interval
    below the usual rate."""
    rates = power.set_index(["condition", "measured", "claim"])["rate"]
    usual = power[power["condition"] == "published"]
    sizes = usual[["members", "months", "effect"]].min()
    more = (power[list(sizes.index)] >= sizes).all(axis=1) & (power[list(sizes.index)] > sizes).any(axis=1)
    theirs = [rates.get(("published", *key), np.nan) for key in zip(power["measured"], power["claim"], strict=True)]
    worse = power[more & power["measured"].isin([STUDIED, PERFECT]) & (power["high"] < theirs)]
    if worse.empty:
        return []
    where = [
        f"{claim} in {_both_ways(rates, condition, claim)}, in {_both_ways(rates, 'published', claim)}"
        for condition, claim in dict.fromkeys(zip(worse["condition"], worse["claim"], strict=True))
    ]
    reasons = []
    if "C1" in set(worse["claim"]):
        reasons.append(
            "In these communities trust grows to a limit; once it has, business talk shows it too, and what informal "
            "talk adds is harder to see."
        )
    if "C2" in set(worse["claim"]):
        reasons.append(_c2_no_smaller(power, worse.loc[worse["claim"] == "C2", "condition"].iloc[0]))
    return [f"More is not always better. It was found less often: {'; '.join(where)}.", *reasons]


def _c2_no_smaller(power: pd.DataFrame, condition: str) -> str:
    """Whether C2 is found less often because its number is smaller."""
    known = power[(power["measured"] == PERFECT) & (power["claim"] == "C2")].set_index("condition")["number"]
    if not {condition, "published"} <= set(known.index) or known[condition] < known["published"]:
        return "Why C2 was found less often was not looked into."
    return (
        f"C2's number is no smaller there ({wording.number(known[condition])} on average with every reply and code "
        f"known, {wording.number(known['published'])} in *published*): it is known less exactly."
    )


def _both_ways(rates: pd.Series, condition: str, claim: str) -> str:
    """A kind of community with its rate as the study sees it and, where that was tried, with all known."""
    known = rates.get((condition, PERFECT, claim))
    if_known = "" if known is None else f", {wording.percent(known)} with every reply and code known"
    return f"*{condition}* ({wording.percent(rates[condition, STUDIED, claim])}{if_known})"


def say_needed(t: Tables) -> str:
    """Which of the sizes that were tried finds a true claim in ENOUGH of communities, by claim."""
    sizes = t.power[(t.power["measured"] == STUDIED) & (t.power["months"] == 12) & (t.power["effect"] == 1)]
    parts = []
    for claim, row in _smallest(sizes, "members"):
        what = "with" if row["rate"] >= ENOUGH else "in none; the largest has"
        rate = f"{wording.percent(row['rate'])} of {int(row['communities'])}, {wording.percent(row['low'])} to"
        parts.append(f"{claim} {what} {int(row['members'])} members ({rate} {wording.percent(row['high'])})")
    tried = wording.listed([str(size) for size in sorted(set(sizes["members"]))])
    return (
        f"How large a community is needed? Of {tried} members over a year, the fewest that find a true claim in "
        f"{wording.percent(ENOUGH)} of communities: {'; '.join(parts)}. What lies between these sizes was not tried."
    )


def _smallest(rows: pd.DataFrame, size: str) -> Iterator[tuple[str, pd.Series]]:
    """Each claim's row of the smallest size that finds it in ENOUGH of communities; of the largest, where none does."""
    for claim, part in rows.sort_values(size).groupby("claim"):
        found = part[part["rate"] >= ENOUGH]
        yield str(claim), (found if len(found) else part.tail(1)).iloc[0]


def say_effect(t: Tables) -> str:
    """How small an effect is still found in communities of the usual size, in the claims' own numbers."""
    power = t.power.assign(known=t.power["measured"] == PERFECT)
    usual = power[power["condition"] == "published"]
    alike = (power[["members", "months"]] == usual[["members", "months"]].min()).all(axis=1)
    numbers = power[power["known"]].set_index(["condition", "claim"])["number"]
    parts = []
    for claim, rows in power[alike & (power["measured"] == STUDIED)].groupby("claim"):
        found = sorted(
            (numbers[row.condition, claim], row.rate)
            for row in rows.drop_duplicates("effect").itertuples()
            if (row.condition, claim) in numbers.index
        )
        said = [f"{wording.percent(rate)} where it is {wording.number(number)}" for number, rate in found]
        parts += [f"- {claim}: {', '.join(said)}"] if said else []
    if not parts:
        return "Other sizes of the effects were not tried for this edition."
    return "\n".join(
        [
            "How small an effect is still found? In communities of the usual size, each claim is supported so often "
            "where its number, with every reply and code known, is on average so large:\n",
            *parts,
        ]
    )


def say_contradicted(t: Tables) -> str:
    """How often a true claim is called contradicted, the graver error of the two."""
    rows = t.power[(t.power["measured"] == STUDIED) & (t.power["condition"] == "published")]
    parts = [f"{row['claim']} in {int(row['contradicted'])} of {int(row['communities'])}" for _, row in rows.iterrows()]
    return f"A true claim called *contradicted*: {wording.listed(parts)}."


def say_coverage(t: Tables) -> str:
    """Which intervals fall short, and where most."""
    rows = studied(t.coverage)
    lowest = rows.groupby("quantity", sort=False)["coverage"].min()
    short = rows[rows["quantity"].isin(lowest.index[lowest < LEAST])]
    kept = lowest.size - short["quantity"].nunique()
    whole = (
        f"{kept} of {lowest.size} kinds of interval hold the truth in {wording.percent(LEAST)} or more in every "
        f"kind of community{_enough(rows)}"
    )
    parts = []
    for quantity, part in short.groupby("quantity", sort=False):
        low, high = part.loc[part["coverage"].idxmin()], part.loc[part["coverage"].idxmax()]
        ends = f"{wording.percent(low['coverage'])} in *{low['scenario']}*"
        if len(part) > 1:
            ends += f" to {wording.percent(high['coverage'])} in *{high['scenario']}*"
        parts.append(f"{quantity}, {ends}")
    return "\n".join([f"{whole}. The others:\n", *(f"- {part}" for part in parts)]) if parts else f"{whole}."


def say_no_effect(t: Tables) -> str:
    """Where C1 is false: whether its interval holds no effect, and what its number is where it does not."""
    rows = t.coverage[t.coverage["quantity"] == "C1 (no effect)"]
    means = t.bias[t.bias["quantity"] == "C1"].set_index(["scenario", "measured"])["mean"]
    held = t.coverage[t.coverage["quantity"] == f"C1 ({PERFECT})"].set_index("scenario")["coverage"]
    short = rows[rows["coverage"] < LEAST]
    if short.empty:
        return f"Where C1 is false, its interval holds *no effect* in {wording.percent(LEAST)} or more in every kind."
    parts = []
    for row in short.itertuples():
        found = (
            f"in *{row.scenario}* it leaves *no effect* out in {wording.percent(1 - row.coverage)} of "
            f"{wording.count(int(row.communities), 'community', 'communities')}, with "
            f"{wording.number(means[row.scenario, STUDIED])} on average"
        )
        if row.scenario in held.index:
            found += (
                f" ({wording.number(means[row.scenario, PERFECT])} with every reply and code known, which the interval "
                f"holds in {wording.percent(held[row.scenario])})"
            )
        parts.append(found)
    below = all(means.get((name, PERFECT), 0.0) < 0 for name in short["scenario"])
    why = (
        " The number lies below nothing there with all known too: later ties are mostly business, which earlier "
        "business talk foretells better than as much informal talk. That does not say that informal talk does harm, "
        "and it never supports C1."
    )
    said = f"Where C1 is false, its interval should hold *no effect*; {wording.listed(parts)}."
    return said + why * below


def say_gini(t: Tables) -> str:
    """What the interval of the Gini coefficient reaches, and what the usual one does."""
    laws = t.coverage[t.coverage["quantity"].str.match(r"Gini of \d+ counts")]
    usual = laws["quantity"].str.endswith("percentile")
    if laws.empty:
        return "The interval of the Gini coefficient was not tried on known laws for this edition."
    ours, theirs = laws.loc[~usual, "coverage"], laws.loc[usual, "coverage"]
    return (
        f"On {wording.count(laws['scenario'].nunique(), 'law')} of known Gini coefficient, from light to very heavy "
        f"tails, this study's interval covers in {wording.percent(ours.min())} to {wording.percent(ours.max())} of "
        f"samples, the usual percentile interval in {wording.percent(theirs.min())} to {wording.percent(theirs.max())}."
    )


def say_posterior(t: Tables) -> str:
    """Simulation-based calibration: middle intervals of the posterior at several levels."""
    rows = t.coverage[t.coverage["quantity"].str.startswith("posterior")].sort_values("nominal")
    if rows.empty:
        return "The posterior was not tried for this edition."
    parts = [
        f"{wording.percent(row.coverage)} where {wording.percent(row.nominal)} is right ({wording.percent(row.low)} to "
        f"{wording.percent(row.high)})"
        for row in rows.itertuples()
    ]
    return (
        f"On {int(rows['communities'].iloc[0])} data sets drawn from its prior, middle intervals of the posterior hold "
        f"the truth in {wording.listed(parts)}."
    )


def say_bias(t: Tables) -> str:
    """What guessed replies and codes do to C1's and C2's numbers."""
    rows = t.bias[t.bias["scenario"] == "published"].set_index(["quantity", "measured"])["mean"]
    parts = [
        f"{claim} is {wording.number(rows[claim, STUDIED])} on average where {wording.number(rows[claim, PERFECT])} "
        f"would be found with every reply and code known ({wording.number(rows[claim, 'true replies'])} with every "
        f"reply, {wording.number(rows[claim, 'true codes'])} with every code)"
        for claim in ("C1", "C2")
        if (claim, PERFECT) in rows.index
    ]
    return f"In communities in which all is true, {wording.listed(parts)}." if parts else "This was not measured."


def say_structure(t: Tables) -> str:
    """How near the network's measures come to the truth, and how rarely their intervals hold it."""
    rows = t.coverage[(t.coverage["scenario"] == "published") & t.coverage["quantity"].str.endswith("(true replies)")]
    means = t.bias[t.bias["scenario"] == "published"].set_index(["quantity", "measured"])["mean"]
    held = {row.quantity.removesuffix(" (true replies)"): row.coverage for row in rows.itertuples()}
    parts = [
        f"{name} is {wording.number(means[name, STUDIED])} where {wording.number(means[name, 'true replies'])} is "
        f"true (held by {wording.percent(share)} of intervals)"
        for name, share in held.items()
        if (name, "true replies") in means.index
    ]
    if not parts:
        return "The network's structure was not tried for this edition."
    return (
        f"Of the network's structure, in communities in which all is true and on average: {'; '.join(parts)}. "
        "These intervals tell how far a number moves with who might have answered whom. Where the model errs in one "
        "direction they are narrower than its error: read them for how sure the model is, not for where the truth lies."
    )


def say_shortcut(t: Tables) -> str:
    """How far the shortcut agrees with the full chain."""
    if t.chain.empty:
        return "No community went both ways for this edition."
    pairs = t.chain.groupby("claim")[["communities", "same_verdict"]].sum()
    parts = [f"{claim} in {row['same_verdict']} of {row['communities']}" for claim, row in pairs.iterrows()]
    apart = t.chain[(t.chain["low"] > 0) | (t.chain["high"] < 0)]
    where = [
        f"{row.claim} in *{row.scenario}* by {wording.number(row.difference, 3)} ({wording.number(row.low, 3)} to "
        f"{wording.number(row.high, 3)})"
        for row in apart.itertuples()
    ]
    means = f"lies apart from the shortcut's for {wording.listed(where)}" if where else "lies apart from it in none"
    return (
        f"{int(t.chain.groupby('scenario')['communities'].first().sum())} communities went both ways. "
        f"The verdict was the same for {wording.listed(parts)}. The full chain's number, on average, {means}."
    )


def say_run(t: Tables) -> str:
    """How many communities, and what they took."""
    known = t.provenance
    tried = [count for count in known["communities"].values() if count]
    return (
        f"{wording.count(sum(tried), 'community', 'communities')} of {wording.count(len(tried), 'kind')}, "
        f"{known['cpu_seconds']['a_community']} seconds each (median) on one core, {known['cpu_hours']} hours in all."
    )


# Figures and tables


def studied(coverage: pd.DataFrame) -> pd.DataFrame:
    """The rows of intervals that the study reports, without those of peers, that rest on communities enough."""
    own = ~coverage["quantity"].str.endswith("percentile") & (coverage["nominal"] == NOMINAL)
    return judged(coverage[own].dropna(subset=["coverage"]))


def false_figure(t: Tables) -> figures.Figure:
    """How often each claim is called supported where it is false, with Monte-Carlo intervals, and the naive rate."""
    wrong = false_ones(t.verdicts).sort_values(["claim", "scenario"], ascending=False)
    drawing, axes = figures.canvas(height=0.6 + 0.3 * len(wrong))
    names = [f"{row.claim}, {row.scenario}" for row in wrong.itertuples()]
    naive = t.naive.set_index(["claim", "scenario"])["rate"]
    for y, row in enumerate(wrong.itertuples()):
        colour = figures.COLOURS[COLOURS[row.claim]]
        axes.hlines(y, 100 * row.low, 100 * row.high, color=colour, lw=4, alpha=0.5)
        axes.plot(100 * row.rate, y, MARKS[row.claim], color=colour, ms=6)
        if (row.claim, row.scenario) in naive.index:
            axes.plot(100 * naive[row.claim, row.scenario], y, "x", color=figures.COLOURS["all"], ms=6)
    axes.axvline(100 * LEVEL, color=figures.COLOURS["all"], ls=":")
    axes.set(yticks=range(len(names)), yticklabels=names, xlim=(-2, 102), xlabel="called supported though false (%)")
    top = wrong["rate"].max()
    axes.set_title(f"Where a claim is false, the study supports it in {wording.percent(top)} of communities at most")
    text = (
        "Filled marks: this study, with Monte-Carlo intervals. Crosses: the naive analysis. Dotted: the level of the "
        "tests."
    )
    return figures.Figure(drawing, f"{say_rates(t)} {say_naive(t)}", text)


def power_figure(t: Tables) -> figures.Figure:
    """How often each true claim is called supported, by kind of community, and how often if all were known."""
    rows = t.power[t.power["measured"].isin([STUDIED, PERFECT])]
    names = list(dict.fromkeys(rows["condition"]))[::-1]
    drawing, axes = figures.canvas(height=1.4 + 0.55 * len(names))
    for shift, (claim, part) in zip((0.24, 0, -0.24), rows.groupby("claim"), strict=True):
        colour = figures.COLOURS[COLOURS[str(claim)]]
        seen, known = part[part["measured"] == STUDIED], part[part["measured"] == PERFECT]
        y = [np.array([names.index(name) for name in some["condition"]]) + shift for some in (seen, known)]
        axes.hlines(y[0], 100 * seen["low"], 100 * seen["high"], color=colour, lw=4, alpha=0.5)
        axes.plot(100 * seen["rate"], y[0], MARKS[str(claim)], color=colour, ms=6, label=f"{claim}, {STUDIED}")
        axes.plot(
            100 * known["rate"], y[1], MARKS[str(claim)], color=colour, ms=9, mfc="none", label=f"{claim}, {PERFECT}"
        )
    first = t.power[t.power["condition"] == "published"].iloc[0]
    usual = f"published: {int(first['members'])} members, {int(first['months'])} months"
    labels = [usual if name == "published" else name for name in names]
    axes.set(yticks=range(len(names)), yticklabels=labels, xlim=(-2, 102), xlabel="called supported (%)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.12), ncols=3)
    sizes = t.power[(t.power["measured"] == STUDIED) & (t.power["months"] == 12) & (t.power["effect"] == 1)]
    enough = [f"{claim} {int(r['members'])}" for claim, r in _smallest(sizes, "members") if r["rate"] >= ENOUGH]
    needed = f"members needed to find {wording.percent(ENOUGH)}: {', '.join(enough)}"
    axes.set_title(needed if enough else f"no size that was tried finds {wording.percent(ENOUGH)}")
    text = (
        "Filled: share of communities in which the true claim is called supported, with Monte-Carlo intervals. Hollow: "
        "what it would be in the same communities with every reply and code known. Kinds that change an effect or a "
        "size are as published otherwise; twice the effect is that of C1 and C2 alone."
    )
    return figures.Figure(drawing, f"{say_power(t)} {say_size(t)}", text)


def coverage_figure(t: Tables) -> figures.Figure:
    """Coverage of each kind of interval in every scenario."""
    rows = studied(t.coverage)
    lowest = rows.groupby("quantity")["coverage"].min().sort_values(ascending=False)
    names = list(lowest.index)
    drawing, axes = figures.canvas(height=1.0 + 0.28 * len(names))
    worst_ones = rows.loc[rows.groupby("quantity")["coverage"].idxmin()]
    y = [names.index(quantity) for quantity in worst_ones["quantity"]]
    axes.hlines(y, 100 * worst_ones["low"], 100 * worst_ones["high"], color=figures.COLOURS["interval"], lw=4)
    axes.plot(
        100 * rows["coverage"], [names.index(each) for each in rows["quantity"]], "o", color=figures.COLOURS["all"],
        ms=5, mfc="none",
    )  # fmt: skip
    axes.axvline(100 * rows["nominal"].iloc[0], color=figures.COLOURS["all"], ls=":")
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="intervals that hold the truth (%)")
    axes.margins(y=0.04)
    kept = int((lowest >= LEAST).sum())
    axes.set_title(f"{kept} of {len(names)} kinds of interval hold the truth in {wording.percent(LEAST)} or more")
    text = "Rings: coverage, one a scenario or law; bar: Monte-Carlo interval of the lowest; dotted: what is promised."
    return figures.Figure(drawing, " ".join(say_coverage(t).split()), text)


def _percents(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    shown = {name: ["–" if pd.isna(x) else wording.percent(x) for x in frame[name]] for name in columns}
    return frame.assign(**shown)


def verdicts_table(t: Tables) -> figures.HTML:
    """Every rate of the study's verdicts."""
    shown = _percents(t.verdicts, ("rate", "low", "high")).assign(true=np.where(t.verdicts["true"], "yes", "no"))
    keys = ["scenario", "claim"]
    naive = t.verdicts[keys].merge(t.naive, how="left", on=keys)
    shown["by the naive analysis"] = ["–" if pd.isna(row.rate) else _naively(row) for row in naive.itertuples()]
    return figures.table(shown, "How often each claim is called supported, with Monte-Carlo intervals.")


def _naively(row) -> str:  # type: ignore[no-untyped-def]
    ends = f"{wording.percent(row.low)} to {wording.percent(row.high)}"
    return f"{wording.percent(row.rate)} ({ends}, of {int(row.communities)})"


def scenarios_table(t: Tables) -> figures.HTML:
    """The kinds of community."""
    claims = [name for name in t.scenarios if name in COLOURS]
    shown = t.scenarios.assign(**{name: np.where(t.scenarios[name], "true", "false") for name in claims})
    shown = shown.rename(columns={"scenario": "kind", "what": "what is true in it"})
    return figures.table(shown, "The kinds of simulated community, and which claims are true in each.")


def power_table(t: Tables) -> figures.HTML:
    """Every rate of true claims."""
    shown = _percents(t.power, ("rate", "low", "high"))
    return figures.table(shown, "How often true claims are called supported, and how often contradicted.")


def coverage_table(t: Tables) -> figures.HTML:
    """Every coverage."""
    shown = _percents(t.coverage, ("coverage", "low", "high", "nominal"))
    return figures.table(shown, "How often intervals hold what they should.")


def bias_table(t: Tables) -> figures.HTML:
    """Every mean."""
    return figures.table(t.bias, "Means over communities, by how replies and codes were known.", decimals=3)


def chain_table(t: Tables) -> figures.HTML:
    """The full chain beside the shortcut."""
    return figures.table(
        t.chain, "Communities that went both ways: verdicts, and how far the values differ.", decimals=3
    )


SENTENCES: dict[str, Callable[[Tables], str]] = {
    "answer": answer, "rates": say_rates, "naive": say_naive, "power": say_power, "needed": say_needed,
    "effect": say_effect, "size": say_size, "contradicted": say_contradicted, "coverage": say_coverage,
    "no-effect": say_no_effect, "structure": say_structure, "posterior": say_posterior, "gini": say_gini,
    "bias": say_bias, "shortcut": say_shortcut, "run": say_run,
}  # fmt: skip
FIGURES: dict[str, Callable[[Tables], figures.Figure]] = {
    "false-figure": false_figure, "power-figure": power_figure, "coverage-figure": coverage_figure,
}  # fmt: skip
TABLES: dict[str, Callable[[Tables], figures.HTML]] = {
    "scenarios-table": scenarios_table, "verdicts-table": verdicts_table, "power-table": power_table,
    "coverage-table": coverage_table, "bias-table": bias_table, "chain-table": chain_table,
}  # fmt: skip


def sentence(root: Path, name: str) -> str:
    """A computed sentence of the chapter, as Markdown."""
    return SENTENCES[name](load(root))


def drawn(root: Path, name: str) -> str:
    """A figure or a folded table of the chapter, as HTML."""
    if name not in (*FIGURES, *TABLES):
        raise InputError(f"no part of the chapter on calibration is called {name!r}")
    tables = load(root)
    if name in FIGURES:
        return str(figures.show(FIGURES[name](tables), SOURCE).data)
    folded = figures.folded(f"Table: {name.removesuffix('-table')}", TABLES[name](tables)).data
    return f'<div style="margin-bottom: 1.15rem">{folded}</div>'
