"""The claims in every universe: computed, judged together as in the ledger, and summarised over all universes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from joblib import delayed

from analysis import wording
from analysis.claims import rule
from analysis.errors import Missing
from analysis.partnership.step import as_numbers
from analysis.resample import seed_of
from analysis.robustness import news, pairs
from analysis.robustness.choices import (
    Choice,
    Exclusion,
    Universe,
    distinct,
    hypercube,
    main_universe,
    options_of,
    own,
    possible,
    single_changes,
    together,
)
from analysis.robustness.finished import ClaimResult, Finished
from analysis.robustness.joint import JointTest, joint_test, variance_explained
from analysis.robustness.options import Data, Readings
from analysis.sharing.counts import Texts
from analysis.workers import spread

TESTED = ("C1", "C2", "C3")
PART = 30  # universes of C3 in one task
JUDGED = ("value", "low", "high", "p", "p_holm", "verdict", "reason")

Key = tuple[str, tuple[tuple[str, str], ...]]  # a claim, and the options of the choices that can move it
Claims = Mapping[Key, ClaimResult | Missing]


@dataclass(frozen=True)
class Main:
    """The main analysis. declared: the tested claims; numbers: by claim, as the ledger judges them; alpha: level of the
    tests."""

    declared: Sequence[Mapping]
    numbers: Mapping[str, Mapping]
    alpha: float

    def judge(self, numbers: Mapping[str, Mapping]) -> list[dict]:
        """The claims judged together: rows of rule.judge. numbers: by claim, those that differ from the main ones."""
        every = {**self.numbers, **numbers}
        return rule.judge(self.declared, [every[claim["id"]] for claim in self.declared], self.alpha)

    def verdict(self, claim: str, numbers: Mapping) -> str:
        """A claim's verdict with these numbers, the others' as they are."""
        return next(row["verdict"] for row in self.judge({claim: numbers}) if row["id"] == claim)

    @property
    def verdicts(self) -> list[dict]:
        """The claims judged by the main analysis."""
        return self.judge({})

    @property
    def assessable(self) -> set[str]:
        """The claims that can be assessed."""
        return {row["id"] for row in self.verdicts if row["verdict"] != "not assessable"}

    @property
    def jobs(self) -> int:
        """Number of processes (-1: all processors); 1 if no claim can be assessed, as little is computed then."""
        return -1 if self.assessable else 1


@dataclass(frozen=True)
class Multiverse:
    """choices: with the options that differ on these data; universes: those that are computed, the main analysis
    first."""

    choices: Sequence[Choice]
    exclusions: Sequence[Exclusion]
    universes: Sequence[Universe]

    @classmethod
    def of(
        cls, choices: Sequence[Choice], exclusions: Sequence[Exclusion], count: int, each: int, *, seed: int
    ) -> Multiverse:
        """The main analysis, its single changes, and `count` drawn universes, of which `each` in a row share work."""
        rng = np.random.default_rng(seed_of(seed, "hypercube"))
        drawn = hypercube(choices, count, pairs.SHARED, each, rng)
        listed = [main_universe(choices), *single_changes(choices), *drawn]
        return cls(choices, exclusions, distinct(iter(listed), exclusions))

    @classmethod
    def of_shortcuts(cls, shortcuts: Sequence[Choice]) -> Multiverse:
        """The main analysis, each shortcut, and the first of each choice together."""
        listed = [main_universe(shortcuts), *single_changes(shortcuts), together(shortcuts)]
        return cls(shortcuts, [], distinct(iter(listed), []))

    def names(self, claim: str) -> list[str]:
        """The choices that can move the claim."""
        return [choice.name for choice in self.choices if claim in choice.claims]


def compute(
    data: Data,
    readings: Readings,
    multiverse: Multiverse,
    main: Main,
    *,
    draws: int,
    labels: int,
    permutations: int,
    bootstrap: int,
    seed: int,
) -> dict[Key, ClaimResult | Missing]:
    """Each claim in each universe that differs for it, once. For claims that the main analysis cannot assess, only the
    main analysis and its single changes are computed, because another choice may make them assessable."""
    choices, some = multiverse.choices, main.assessable
    few = main_universe(choices), *single_changes(choices)
    wanted = {
        (claim, own(universe, claim, choices)): universe
        for claim in TESTED
        for universe in multiverse.universes
        if claim in some or universe in few
    }
    of_pairs = replace(data.of_pairs, draws=draws, permutations=permutations)
    of_news = replace(data.of_news, labels=labels, bootstrap=bootstrap, null_draws=2 * permutations)
    orders = pairs.orders_of(len(data.everyone), permutations, seed)
    texts = Texts.of(data.news.messages, data.community.index)
    keys = news.keys_of(len(texts.rows), permutations, seed)
    rules = dict.fromkeys(tuple(options_of(universe, "replies", "window")) for universe in wanted.values())
    turns = {rule: pairs.turns_of(data, *rule) for rule in rules}
    finished = Finished(data.finished).of(of_pairs, of_news, seed)
    groups, work = _grouped(wanted), []
    for is_news, codes, group in groups:
        claims = [(key[0], wanted[key]) for key in group]
        if is_news:
            work.append(delayed(news.news_claims)(data, texts, readings[codes], claims, of_news, keys, finished))
        else:
            work.append(delayed(pairs.pair_claims)(data, turns, readings[codes], claims, of_pairs, orders, finished))
    answers = spread(work, jobs=main.jobs, what="universes", sizes=[len(group) for *_, group in groups])
    pairs_of_results = (zip(group, answer, strict=True) for (*_, group), answer in zip(groups, answers, strict=True))
    return {key: result for group in pairs_of_results for key, result in group}


def _grouped(wanted: Mapping[Key, Universe]) -> list[tuple[bool, str, list[Key]]]:
    """Groups of universes that share codes and floor, C1 and C2 together: whether of C3, the codes, and the universes.
    Groups of C3, which share little, are split further."""
    groups: dict[tuple[bool, str, str], list[Key]] = {}
    for key, universe in wanted.items():
        codes, floor = options_of(universe, "codes", "floor")
        groups.setdefault((True, codes, "") if key[0] == "C3" else (False, codes, floor), []).append(key)
    parts: list[tuple[bool, str, list[Key]]] = []
    for (is_news, codes, _), group in groups.items():
        most = PART if is_news else len(group)
        parts += [(is_news, codes, group[k : k + most]) for k in range(0, len(group), most)]
    return parts


def judged(multiverse: Multiverse, results: Claims, main: Main) -> pd.DataFrame:
    """Verdicts: one row per claim and universe, only the first of universes that do not differ for the claim. Holm's
    correction is over the claims of that universe. The main analysis comes first."""
    rows: dict[Key, dict[str, Any]] = {}
    for number, universe in enumerate(multiverse.universes):
        keys = {claim: (claim, own(universe, claim, multiverse.choices)) for claim in main.numbers}
        computed = {claim: numbers_of(results[key]) for claim, key in keys.items() if number and key in results}
        for row in main.judge(computed):
            key = keys[row["id"]]
            if key in results and key not in rows:
                options = dict.fromkeys((choice.name for choice in multiverse.choices), "") | dict(key[1])
                judgement = {name: row[name] for name in JUDGED}
                rows[key] = {"universe": number, "claim": row["id"], **options, **judgement}
    return pd.DataFrame(list(rows.values()))


def numbers_of(result: ClaimResult | Missing) -> dict:
    """A claim's numbers in a universe, as the ledger judges them."""
    return as_numbers(result if isinstance(result, Missing) else result.numbers)


def assessed(rows: pd.DataFrame, claim: str) -> pd.DataFrame:
    """The universes in which the claim could be assessed."""
    return rows[(rows["claim"] == claim) & (rows["verdict"] != "not assessable")]


def explained(rows: pd.DataFrame, multiverse: Multiverse) -> dict[str, dict[str, float]]:
    """By claim, the share of the variance of its value explained by each choice (joint.variance_explained)."""
    return {claim: variance_explained(assessed(rows, claim), multiverse.names(claim)) for claim in TESTED}


def joint_tests(rows: pd.DataFrame, multiverse: Multiverse, results: Claims, *, alpha: float) -> dict[str, JointTest]:
    """By claim, one test of all universes in which it could be assessed."""
    tests = {}
    for claim in TESTED:
        names, records = multiverse.names(claim), assessed(rows, claim).to_dict("records")
        of_claim = [results[claim, tuple((name, row[name]) for name in names)] for row in records]
        computed = [result for result in of_claim if not isinstance(result, Missing)]
        if of_claim and len(computed) == len(of_claim):
            tests[claim] = joint_test(computed, alpha)
    return tests


def summarise(
    rows: pd.DataFrame,
    multiverse: Multiverse,
    explained: Mapping[str, Mapping[str, float]],
    joint: Mapping[str, JointTest],
) -> dict[str, dict]:
    """By claim: number of universes, support, range, what moves it, and the joint test. Shares are of all universes
    that were computed, including those in which the claim could not be assessed."""
    summaries = {}
    for claim in TESTED:
        of_claim, some = rows[rows["claim"] == claim], assessed(rows, claim)
        values, verdicts = some["value"].astype(float), of_claim["verdict"].value_counts().to_dict()
        every = possible(multiverse.choices, multiverse.exclusions, claim)
        counts: dict[str, Any] = {
            "universes": len(of_claim),
            "possible": every,
            "assessed": len(some),
            "verdicts": verdicts,
        }
        shares = {
            f"share_{word}": float((of_claim["verdict"] == word).mean()) for word in ("supported", "contradicted")
        }
        shares |= {"share_positive": float((values > 0).mean())}
        spread = {"least": values.min(), "median": values.median(), "most": values.max()}
        moved: dict[str, Any] = {"explained": explained[claim]}
        moved["joint"] = joint[claim].numbers() if claim in joint else {}
        if len(some) < len(of_claim):
            counts["reason"] = _commonest(of_claim.loc[of_claim["verdict"] == "not assessable", "reason"])
        none = {"share_supported": None}
        summaries[claim] = counts | (none if some.empty else {**shares, **spread, **moved})
    return summaries


def _commonest(reasons: pd.Series) -> str:
    """The most frequent reason, with its frequency if there are others."""
    counted = reasons.value_counts()
    most = str(counted.index[0])
    return most if len(counted) == 1 else f"{most} (in {counted.iloc[0]} of {wording.count(len(reasons), 'universe')})"
