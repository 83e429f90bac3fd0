"""The step `robustness`: C1 to C3 in many universes, judged by the ledger's own rule (rule.judge)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from analysis import study, tables
from analysis.claims import rule
from analysis.errors import InputError
from analysis.partnership import step as partnership
from analysis.robustness import influence, pairs, spread
from analysis.robustness.choices import (
    AS_SETTLED,
    Choice,
    Exclusion,
    Universe,
    hypercube,
    multiverse,
    own,
    possible,
    read_choices,
    read_exclusions,
    settled,
    single_changes,
    without,
)
from analysis.robustness.influence import News
from analysis.robustness.inputs import Inputs, agreed, kept, read_inputs, reading, refused
from analysis.robustness.joint import joint_test, variance_explained
from analysis.robustness.pairs import Found
from analysis.robustness.parts import Parts

TESTED = ("C1", "C2", "C3")
CHOICES = (
    "replies", "window", "codes", "floor", "members", "active", "consent", "ties", "hours", "null", "splits", "waves",
    "period", "later", "effect", "activity", "index",
)  # fmt: skip


@dataclass(frozen=True)
class Params:
    """choices: by name, claims that a choice can move, and options with reasons; excluded: combinations, with reasons.

    universes: drawn beside the main analysis and its single changes; together: how many of these in a row share what
    is computed once. draws, labels, permutations, shuffles, bootstrap: resamples in each universe but the main one.
    seeds: others with which the main analysis is repeated. alpha: level of the tests. seed.
    """

    choices: Mapping[str, Mapping]
    excluded: Sequence[Mapping]
    universes: int
    together: int
    draws: int
    labels: int
    permutations: int
    shuffles: int
    bootstrap: int
    seeds: int
    alpha: float
    seed: int


@dataclass(frozen=True)
class Result:
    """What the page shows. choices: all that were declared; left_out: choice, option, reason; excluded.

    universes: a row a claim and universe of its own: options of the choices that can move it (empty: cannot), numbers,
    verdict, reason. steps: what the ledger will say of each claim by the steps' own metrics. unlike, seeds, flips: of
    the main analysis, without each member and week, with other seeds, and the smallest changes of the verdict.
    """

    metrics: dict
    choices: list[Choice]
    excluded: list[Exclusion]
    left_out: pd.DataFrame
    universes: pd.DataFrame
    steps: list[dict]
    unlike: pd.DataFrame
    seeds: pd.DataFrame
    flips: pd.DataFrame


def run(params: Params, paths: study.Paths) -> Result:
    """Judge C1 to C3 in every universe; write the table of universes and metrics."""
    declared = [claim for claim in rule.load_claims(paths.root / "claims.yaml") if claim["id"] in TESTED]
    choices = read_choices(params.choices, CHOICES, TESTED)
    excluded = read_exclusions(params.excluded, choices)
    classifier = any(c.name == "codes" and "read alone" in c.options for c in choices)
    inputs = read_inputs(paths, classifier=classifier)
    left_out = idle(choices, inputs)
    used = without(choices, set(zip(left_out["choice"], left_out["option"], strict=True)))
    main = main_analysis(inputs)
    asked = {c["id"]: not rule.why_not(c, main[c["id"]]) for c in declared}
    chosen = universes_of(used, excluded, params, drawn=any(asked.values()))
    found = compute(inputs, chosen, used, asked, params)
    rows = judged(declared, chosen, used, found, main, params.alpha)
    unlike, seeds, flips = hanging_on(inputs, declared, main, asked, params)
    by_claim = {
        claim: summary(claim, rows, found, used, excluded, params.alpha) | hangs(claim, unlike, seeds, flips)
        for claim in TESTED
    }
    metrics = {"status": "ok", "universes": len(chosen), "claims": by_claim}
    numbers = dict.fromkeys(("value", "low", "high", "p", "p_holm"), float)
    out = paths.processed("robustness")
    tables.write(rows.astype(numbers), out / "universes.parquet")
    tables.write(unlike, out / "left_out.parquet")
    tables.write(seeds, out / "seeds.parquet")
    tables.write(flips, out / "flips.parquet")
    study.write_metrics(paths, "robustness", metrics)
    told = {"partnership": study.read_metrics(paths, "partnership"), "sharing": study.read_metrics(paths, "sharing")}
    steps = rule.judge(declared, [rule.evidence(c, told.get(rule.step_of(c), {})) for c in declared], params.alpha)
    return Result(metrics, choices, excluded, left_out, rows, steps, unlike, seeds, flips)


# Methods


def idle(choices: Sequence[Choice], inputs: Inputs) -> pd.DataFrame:
    """Options that change nothing on these data or need what they lack: choice, option, reason."""
    rows = []
    for choice in choices:
        taken: list[object] = []
        for option in choice.options:
            what, reason = _taken(inputs, choice.name, option)
            same = taken.index(what) if what in taken else None
            if same is not None:
                reason = f"takes the same here ({list(choice.options)[same]})"
            taken.append(what)
            if reason:
                rows.append((choice.name, option, reason))
    return pd.DataFrame(rows, columns=["choice", "option", "reason"])


def _taken(inputs: Inputs, choice: str, option: str) -> tuple[object, str]:
    """What an option takes of the data, as far as another may take the same, and why it cannot, if so."""
    if choice in ("members", "active", "consent"):
        everybody = dict.fromkeys(("members", "active", "consent"), AS_SETTLED)
        return kept(inputs, **{**everybody, choice: option}), ""
    if choice == "floor":
        kinds = {"informal": inputs.partnership.informal, "business": inputs.partnership.business}
        after = {kind: agreed(inputs, codes, option) for kind, codes in kinds.items()}
        empty = [kind for kind, codes in after.items() if not codes]
        refusal = refused(inputs, "pairs", AS_SETTLED, option)
        return (after, refusal), f"no code of {empty[0]} talk reaches it" if empty else ""
    if choice == "codes":
        try:
            reading(inputs, option)
        except InputError as error:
            return option, error.what
    return option, ""


def universes_of(
    choices: Sequence[Choice], excluded: Sequence[Exclusion], params: Params, *, drawn: bool
) -> list[Universe]:
    """The main analysis, each single change of it, and, where any claim can be assessed, those that are drawn."""
    rng = np.random.default_rng(params.seed)
    listed = [settled(choices), *single_changes(choices)]
    if drawn:
        listed += hypercube(choices, params.universes, pairs.SHARED, params.together, rng)
    return multiverse(iter(listed), excluded)


def main_analysis(inputs: Inputs) -> dict[str, dict]:
    """The claims' numbers with the steps' own resamples, as the steps compute them."""
    both = partnership.assess(inputs.of_pairs, inputs.partnership).metrics
    return {"C1": both["C1"], "C2": both["C2"], "C3": influence.numbers_of_news(inputs)}


Key = tuple[str, tuple[tuple[str, str], ...]]  # a claim, and the options of the choices that can move it


def compute(
    inputs: Inputs, universes: Sequence[Universe], choices: Sequence[Choice], asked: Mapping[str, bool], params: Params
) -> dict[Key, Found]:
    """Each claim in each of its own universes, once. asked: claims that the main analysis can assess.

    Of the others only the main analysis and its single changes are computed: perhaps another choice lets them be.
    """
    few = settled(choices), *single_changes(choices)
    listed = {(claim, own(u, claim, choices)): u for claim in TESTED for u in universes if asked[claim] or u in few}
    of_pairs = replace(
        inputs.partnership, draws=params.draws, permutations=params.permutations, shuffles=params.shuffles
    )
    of_sharing = replace(
        inputs.sharing, labels=params.labels, bootstrap=params.bootstrap, null_draws=2 * params.permutations
    )
    orders = pairs.orders_of(len(inputs.everyone), params.permutations, params.seed)
    texts = spread.texts_of(inputs)
    keys = spread.keys_of(len(texts.rows), params.permutations, params.seed)
    jobs: list[tuple[list[Key], Callable[[], list[Found]]]] = []
    turns = {how: pairs.turns_of(inputs, *how) for how in dict.fromkeys(_rule(u) for u in listed.values())}
    for group in _grouped(listed):
        claim = group[0][0]
        if claim == "C3":
            work = delayed(spread.in_turn)(inputs, texts, [listed[key] for key in group], of_sharing, keys)
        else:
            asked_here = [(key[0], listed[key]) for key in group]
            work = delayed(pairs.in_turn)(inputs, turns, asked_here, of_pairs, orders)
        jobs.append((group, work))
    answers = Parallel(n_jobs=-1 if any(asked.values()) else 1)(work for _, work in jobs)
    return {
        key: one
        for (group, _), answer in zip(jobs, answers, strict=True)
        for key, one in zip(group, answer, strict=True)
    }


def _rule(universe: Universe) -> tuple[str, str]:
    return universe.get("replies", AS_SETTLED), universe.get("window", AS_SETTLED)


def _grouped(listed: Mapping[Key, Universe]) -> list[list[Key]]:
    """The universes that share codes and floor, C1 and C2 together."""
    groups: dict[tuple, list[Key]] = {}
    for key, universe in listed.items():
        shared = (key[0] == "C3", universe.get("codes", AS_SETTLED), universe.get("floor", AS_SETTLED))
        groups.setdefault(shared if key[0] != "C3" else shared[:2], []).append(key)
    return list(groups.values())


def judged(
    declared: Sequence[Mapping],
    universes: Sequence[Universe],
    choices: Sequence[Choice],
    found: Mapping[Key, Found],
    main: Mapping[str, dict],
    alpha: float,
) -> pd.DataFrame:
    """Verdicts: a row a claim and universe of its own, the first of those that do not differ for it.

    Holm's correction goes over the claims of that universe. The main analysis comes first.
    """
    return pd.DataFrame(_judged(declared, universes, choices, found, main, alpha))


def _judged(
    declared: Sequence[Mapping],
    universes: Sequence[Universe],
    choices: Sequence[Choice],
    found: Mapping[Key, Found],
    main: Mapping[str, dict],
    alpha: float,
) -> Iterator[dict[str, Any]]:
    seen: set[Key] = set()
    for number, universe in enumerate(universes):
        mine = {c["id"]: (c["id"], own(universe, c["id"], choices)) for c in declared}
        numbers = [main[c] if number == 0 or mine[c] not in found else found[mine[c]].numbers for c in mine]
        for row in rule.judge(declared, numbers, alpha):
            key = mine[row["id"]]
            if key in found and key not in seen:
                seen.add(key)
                kept_numbers = {
                    name: row[name] for name in ("value", "low", "high", "p", "p_holm", "verdict", "reason")
                }
                options = dict.fromkeys((c.name for c in choices), "") | dict(key[1])
                yield {"universe": number, "claim": row["id"], **options, **kept_numbers}


def summary(
    claim: str,
    rows: pd.DataFrame,
    found: Mapping[Key, Found],
    choices: Sequence[Choice],
    excluded: Sequence[Exclusion],
    alpha: float,
) -> dict:
    """A claim over its universes: how many there are, support, range, what moves it, and the joint test."""
    of_claim = rows[rows["claim"] == claim]
    assessed = of_claim[of_claim["verdict"] != "not assessable"]
    names = [choice.name for choice in choices if claim in choice.claims]
    counts = {
        "universes": len(of_claim),
        "possible": possible(choices, excluded, claim),
        "assessed": len(assessed),
        "verdicts": of_claim["verdict"].value_counts().to_dict(),
    }
    if assessed.empty:
        return counts | {"share_supported": None, "reason": of_claim["reason"].iloc[0]}
    values = assessed["value"].astype(float)
    explained = variance_explained(assessed, names)
    tested = [found[claim, tuple((name, row[name]) for name in names)] for row in assessed.to_dict("records")]
    return counts | {
        "share_supported": float((assessed["verdict"] == "supported").mean()),
        "share_contradicted": float((assessed["verdict"] == "contradicted").mean()),
        "share_positive": float((values > 0).mean()),
        "least": values.min(),
        "median": values.median(),
        "most": values.max(),
        "explained": explained,
        "joint": joint_test(tested, alpha) if all(one.permuted.size for one in tested) else {},
    }


# What the main analysis hangs on


def hanging_on(
    inputs: Inputs, declared: Sequence[Mapping], main: Mapping[str, dict], asked: Mapping[str, bool], params: Params
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The main analysis without each member and week, with other seeds, and with the smallest changes that flip it.

    All of the claims that the main analysis can assess; three tables, empty where there is none.
    """
    finer = 2 * params.permutations + 1
    of_pairs = replace(inputs.partnership, permutations=finer, shuffles=finer)
    pairs = influence.attempt(lambda: Parts.of(inputs, of_pairs)) if asked["C1"] or asked["C2"] else None
    news = influence.attempt(lambda: News.of(inputs)) if asked["C3"] else None
    jobs = -1 if any(asked.values()) else 1
    members, alone = influence.without_members(inputs, pairs, news)
    unlike = pd.concat([members, influence.without_weeks(inputs, pairs, news, jobs)], ignore_index=True)
    settled_value = unlike["claim"].map({claim: numbers.get("value") for claim, numbers in main.items()})
    unlike = unlike.assign(value=settled_value.astype(float) + unlike["change"].astype(float))
    seeds = influence.by_seed(inputs, declared, params.seeds if any(asked.values()) else 0, finer, params.alpha, jobs)
    verdicts = {
        row["id"]: row["verdict"] for row in rule.judge(declared, [main[c["id"]] for c in declared], params.alpha)
    }
    judge = partial(verdict_with, declared, main, params.alpha)
    work = [
        delayed(influence.flipped)(pairs, news, claim, verdicts[claim], alone[claim], len(inputs.messages), judge)
        for claim in alone
        if asked[claim]
    ]
    flips = pd.DataFrame(itertools.chain(*Parallel(n_jobs=jobs)(work)), columns=list(influence.FLIPS))
    return unlike[unlike["claim"].map(asked)], seeds[seeds["claim"].map(asked)], flips.astype({"count": float})


def verdict_with(declared: Sequence[Mapping], main: Mapping[str, dict], alpha: float, claim: str, numbers: dict) -> str:
    """A claim's verdict with these numbers, the others' as in the main analysis."""
    each = [numbers if entry["id"] == claim else main[entry["id"]] for entry in declared]
    return next(row["verdict"] for row in rule.judge(declared, each, alpha) if row["id"] == claim)


def hangs(claim: str, unlike: pd.DataFrame, seeds: pd.DataFrame, flips: pd.DataFrame) -> dict:
    """A claim's part of those tables, as the ledger and the book read it."""
    of_claim = unlike[unlike["claim"] == claim]
    own_flips = flips[flips["claim"] == claim].set_index("what")[["count", "of", "verdict"]].astype(object)
    own_seeds = seeds[seeds["claim"] == claim]
    found: dict[str, Any] = {
        f"without_a_{what}": {"least": part["value"].min(), "most": part["value"].max()}
        for what, part in of_claim.groupby("what")
    }
    if len(own_seeds):
        verdicts = own_seeds["verdict"].value_counts().to_dict()
        found["seeds"] = {"least": own_seeds["value"].min(), "most": own_seeds["value"].max(), "verdicts": verdicts}
    return found | {"flips": own_flips.where(own_flips.notna(), None).to_dict("index")}
