"""The step `robustness`: C1 to C3 in many universes, judged by the ledger's own rule (rule.judge)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from analysis import codebook, study, tables
from analysis.claims import rule
from analysis.coding.floor import too_different
from analysis.errors import Missing
from analysis.partnership import step as partnership
from analysis.partnership.step import as_numbers
from analysis.robustness import choices as multiverses
from analysis.robustness import fragility, leave_one_out, news, pairs
from analysis.robustness.choices import MAIN, Choice, Exclusion, Universe, main_universe, options_of, own
from analysis.robustness.influence import PairAnalysis, pair_analysis
from analysis.robustness.joint import JointTest, joint_test, variance_explained
from analysis.robustness.news import News
from analysis.robustness.options import Data, Reading, agreed, kept, reading
from analysis.robustness.pairs import ClaimResult
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, redrawn_counts

TESTED = ("C1", "C2", "C3")
CHOICES = (
    "replies", "window", "codes", "floor", "members", "active", "consent", "ties", "hours", "null", "splits", "waves",
    "period", "later", "effect", "activity", "index",
)  # fmt: skip
SEEDS = ("seed", "claim", "value", "low", "high", "verdict")
JUDGED = ("value", "low", "high", "p", "p_holm", "verdict", "reason")

Key = tuple[str, tuple[tuple[str, str], ...]]  # a claim, and the options of the choices that can move it
Claims = Mapping[Key, ClaimResult | Missing]


@dataclass(frozen=True)
class Params:
    """choices: by name, claims that a choice can move, and options with reasons; excluded: combinations, with reasons.

    universes: drawn in addition to the main analysis and its single changes; together: how many of these in a row share
    what is computed once. draws, labels, permutations, shuffles, bootstrap: resamples in each universe but the main
    one. seeds: others with which the main analysis is repeated. alpha: level of the tests. seed.
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
class Results:
    """What the step writes. universes: those that were chosen; rows: of judged; summaries: by claim; joint: by claim,
    its joint test; left_out, seeds, flips: of the main analysis.
    """

    universes: Sequence[Universe]
    rows: pd.DataFrame
    summaries: Mapping[str, dict]
    joint: Mapping[str, JointTest]
    left_out: pd.DataFrame
    seeds: pd.DataFrame
    flips: pd.DataFrame

    @property
    def metrics(self) -> dict:
        """The step's metrics."""
        claims = {
            claim: summary | fragility_of(claim, self.left_out, self.seeds, self.flips)
            for claim, summary in self.summaries.items()
        }
        return {"status": "ok", "universes": len(self.universes), "claims": claims}


def read(paths: study.Paths) -> Data:
    """The data of the repeated steps with their parameters, the tested claims, and what the steps found."""
    params = study.load_params(paths)
    declared = [claim for claim in rule.load_claims(paths.root / "claims.yaml") if claim["id"] in TESTED]
    return Data(
        pairs=partnership.read(paths),
        news=sharing.read(paths),
        book=codebook.read(paths.processed("ingest") / "codebook.parquet"),
        of_pairs=partnership.Params(**params["partnership"]),  # type: ignore[arg-type]
        of_news=sharing.Params(**params["sharing"]),  # type: ignore[arg-type]
        folds=int(params["coding"]["folds"]),  # type: ignore[call-overload]
        declared=declared,
        measured={
            claim["id"]: rule.evidence(claim, study.read_metrics(paths, rule.step_of(claim))) for claim in declared
        },
    )


def assess(data: Data, params: Params) -> Results:
    """Every stage of the step, as the notebook shows them cell by cell."""
    alpha, seed = params.alpha, params.seed
    choices = multiverses.read_choices(params.choices, CHOICES, TESTED)
    exclusions = multiverses.read_exclusions(params.excluded, choices)
    readings = readings_of(data, choices)
    used = without_idle(choices, idle(choices, data, readings))

    main = main_analysis(data)
    verdicts = verdicts_of(data.declared, main, alpha)
    universes = universes_of(used, exclusions, verdicts, params.universes, params.together, seed=seed)
    sizes = {name: getattr(params, name) for name in ("draws", "labels", "permutations", "shuffles", "bootstrap")}
    results = compute(data, readings, universes, used, verdicts, **sizes, seed=seed)
    rows = judged(data.declared, universes, used, results, main, alpha)
    joint = joint_tests(rows, used, results, alpha)
    summaries = summarise(rows, used, exclusions, explained(rows, used), joint)

    of_pairs, of_news = held_pairs(data, params.permutations), held_news(data, readings)
    members, alone = leave_one_out.without_members(data, of_pairs, of_news)
    weeks = leave_one_out.without_weeks(data, of_pairs, of_news, jobs=jobs_of(verdicts))
    left_out = left_out_of(verdicts, members, weeks)
    seeds = by_seed(data, verdicts, seeds=params.seeds, permutations=params.permutations, alpha=alpha)
    flips = flips_of(data, main, verdicts, of_pairs, of_news, alone, alpha)
    return Results(universes, rows, summaries, joint, left_out, seeds, flips)


def write(paths: study.Paths, results: Results) -> dict:
    """Write the step's tables and metrics; returns the metrics."""
    numbers = dict.fromkeys(("value", "low", "high", "p", "p_holm"), float)
    nulls = [test.null.assign(claim=claim, relabelling=test.null.index + 1) for claim, test in results.joint.items()]
    columns = ["claim", "relabelling", "median", "significant"]
    frames = {
        "universes": results.rows.astype(numbers),
        "joint_null": pd.concat(nulls, ignore_index=True)[columns] if nulls else pd.DataFrame(columns=columns),
        "left_out": results.left_out,
        "seeds": results.seeds,
        "flips": results.flips,
    }
    for name, frame in frames.items():
        tables.write(frame, paths.results.processed("robustness") / f"{name}.parquet")
    study.write_metrics(paths, "robustness", results.metrics)
    return results.metrics


def run(params: Params, paths: study.Paths) -> dict:
    """Judge C1 to C3 in every universe; write the tables and metrics; returns the metrics."""
    return write(paths, assess(read(paths), params))


# The choices on these data


def readings_of(data: Data, choices: Sequence[Choice]) -> dict[str, Reading | Missing]:
    """The coded messages by each option of `codes`."""
    options = next((choice.options for choice in choices if choice.name == "codes"), [MAIN])
    return {option: reading(data, option) for option in options}


def idle(choices: Sequence[Choice], data: Data, readings: Mapping[str, Reading | Missing]) -> pd.DataFrame:
    """Options that change nothing on these data or need what they lack: choice, option, reason."""
    rows = []
    for choice in choices:
        earlier: list[object] = []
        for option in choice.options:
            effect, reason = _effect(data, readings, choice.name, option)
            if effect in earlier:
                reason = f"gives the same here ({list(choice.options)[earlier.index(effect)]})"
            earlier.append(effect)
            if reason:
                rows.append((choice.name, option, reason))
    return pd.DataFrame(rows, columns=["choice", "option", "reason"])


def without_idle(choices: Sequence[Choice], idle: pd.DataFrame) -> list[Choice]:
    """The choices that are left without the idle options."""
    return multiverses.without(choices, set(zip(idle["choice"], idle["option"], strict=True)))


def _effect(data: Data, readings: Mapping[str, Reading | Missing], choice: str, option: str) -> tuple[object, str]:
    """What an option gives, as far as another may give the same, and why it cannot be taken, if so."""
    if choice in ("members", "active", "consent"):
        return tuple(kept(data.people, {choice: option})), ""
    if choice == "floor":
        kinds = {"informal": data.of_pairs.informal, "business": data.of_pairs.business}
        codes = {kind: agreed(data, each, option) for kind, each in kinds.items()}
        every = [*data.of_pairs.informal, *data.of_pairs.business]
        refusal = too_different(data.news.agreement, every) if option == MAIN else ""
        empty = [kind for kind, each in codes.items() if not each]
        return (codes, refusal), f"no code of {empty[0]} talk reaches it" if empty else ""
    if choice == "codes" and isinstance(missing := readings[option], Missing):
        return option, missing.reason
    return option, ""


def universes_of(
    choices: Sequence[Choice],
    excluded: Sequence[Exclusion],
    verdicts: Sequence[Mapping],
    count: int,
    together: int,
    *,
    seed: int,
) -> list[Universe]:
    """The main analysis, its single changes, and, where it can assess any claim, as many drawn ones as count."""
    listed = [main_universe(choices), *multiverses.single_changes(choices)]
    if assessable(verdicts):
        rng = np.random.default_rng(seed)
        listed += multiverses.hypercube(choices, count, pairs.SHARED, together, rng)
    return multiverses.multiverse(iter(listed), excluded)


# The claims in each universe


def main_analysis(data: Data) -> dict[str, dict]:
    """The claims' numbers as the steps compute them, with the steps' own resamples."""
    return _claims(data, data.of_pairs, data.of_news)


def _claims(data: Data, of_pairs: partnership.Params, of_news: sharing.Params) -> dict[str, dict]:
    texts, code = Texts.of(data.messages, data.news.members["member"]), of_news.code
    redrawn = redrawn_counts(texts, data.news.coded, data.news.held_out, code, draws=of_news.labels, seed=of_news.seed)
    excess = sharing.excess(redrawn, data.news.agreement, code, **of_news.of_excess)
    return {**partnership.claims_alone(data.pairs, of_pairs), "C3": rule.numbers_of(excess)}


def verdicts_of(declared: Sequence[Mapping], numbers: Mapping[str, Mapping], alpha: float) -> list[dict]:
    """The claims judged together: rows of rule.judge. numbers: by claim."""
    return rule.judge(declared, [numbers[claim["id"]] for claim in declared], alpha)


def assessable(verdicts: Sequence[Mapping]) -> set[str]:
    """The claims that can be assessed."""
    return {row["id"] for row in verdicts if row["verdict"] != "not assessable"}


def jobs_of(verdicts: Sequence[Mapping]) -> int:
    """Processes at a time: all processors, but one where nothing can be assessed and little is computed."""
    return -1 if assessable(verdicts) else 1


def compute(
    data: Data,
    readings: Mapping[str, Reading | Missing],
    universes: Sequence[Universe],
    choices: Sequence[Choice],
    verdicts: Sequence[Mapping],
    *,
    draws: int,
    labels: int,
    permutations: int,
    shuffles: int,
    bootstrap: int,
    seed: int,
) -> dict[Key, ClaimResult | Missing]:
    """Each claim in each of its own universes, once.

    Of claims that the main analysis cannot assess only the main analysis and its single changes are computed, because
    another choice may make them assessable.
    """
    few = main_universe(choices), *multiverses.single_changes(choices)
    main = assessable(verdicts)
    wanted = {(claim, own(u, claim, choices)): u for claim in TESTED for u in universes if claim in main or u in few}
    of_pairs = replace(data.of_pairs, draws=draws, permutations=permutations, shuffles=shuffles)
    of_news = replace(data.of_news, labels=labels, bootstrap=bootstrap, null_draws=2 * permutations)
    orders = pairs.orders_of(len(data.everyone), permutations, seed)
    texts = Texts.of(data.messages, data.everyone)
    keys = news.keys_of(len(texts.rows), permutations, seed)
    rules = dict.fromkeys(tuple(options_of(universe, "replies", "window")) for universe in wanted.values())
    turns = {rule: pairs.turns_of(data, *rule) for rule in rules}
    groups, work = list(_grouped(wanted).items()), []
    for (is_news, codes, *_), group in groups:
        if is_news:
            arguments = data, texts, readings[codes], [wanted[key] for key in group], of_news, keys
            work.append(delayed(news.news_claims)(*arguments))
        else:
            universes_of_claims = [(key[0], wanted[key]) for key in group]
            work.append(delayed(pairs.pair_claims)(data, turns, readings[codes], universes_of_claims, of_pairs, orders))
    answers = Parallel(n_jobs=jobs_of(verdicts))(work)
    return {
        key: result
        for (_, group), answer in zip(groups, answers, strict=True)
        for key, result in zip(group, answer, strict=True)
    }


def _grouped(wanted: Mapping[Key, Universe]) -> dict[tuple, list[Key]]:
    """The universes that share codes and floor, C1 and C2 together: by whether they are of C3, codes and floor."""
    groups: dict[tuple, list[Key]] = {}
    for key, universe in wanted.items():
        codes, floor = options_of(universe, "codes", "floor")
        groups.setdefault((True, codes) if key[0] == "C3" else (False, codes, floor), []).append(key)
    return groups


def judged(
    declared: Sequence[Mapping],
    universes: Sequence[Universe],
    choices: Sequence[Choice],
    results: Claims,
    main: Mapping[str, dict],
    alpha: float,
) -> pd.DataFrame:
    """Verdicts: a row a claim and universe of its own, the first of those that do not differ for it.

    Holm's correction goes over the claims of that universe. The main analysis comes first.
    """
    return pd.DataFrame(_judged(declared, universes, choices, results, main, alpha))


def _judged(
    declared: Sequence[Mapping],
    universes: Sequence[Universe],
    choices: Sequence[Choice],
    results: Claims,
    main: Mapping[str, dict],
    alpha: float,
) -> Iterator[dict[str, Any]]:
    seen: set[Key] = set()
    for number, universe in enumerate(universes):
        keys: dict[str, Key] = {c["id"]: (c["id"], own(universe, c["id"], choices)) for c in declared}
        numbers = {
            claim: main[claim] if number == 0 or key not in results else numbers_of(results[key])
            for claim, key in keys.items()
        }
        for row in verdicts_of(declared, numbers, alpha):
            key = keys[row["id"]]
            if key in results and key not in seen:
                seen.add(key)
                options = dict.fromkeys((c.name for c in choices), "") | dict(key[1])
                yield {"universe": number, "claim": row["id"], **options, **{name: row[name] for name in JUDGED}}


def numbers_of(result: ClaimResult | Missing) -> dict:
    """A claim's numbers in a universe, as the ledger judges them."""
    return as_numbers(result if isinstance(result, Missing) else result.numbers)


# All universes


def assessed(rows: pd.DataFrame, claim: str) -> pd.DataFrame:
    """The universes in which the claim could be assessed."""
    return rows[(rows["claim"] == claim) & (rows["verdict"] != "not assessable")]


def explained(rows: pd.DataFrame, choices: Sequence[Choice]) -> dict[str, dict[str, float]]:
    """By claim, the share of the variance of its value that goes with each choice (joint.variance_explained)."""
    names = {claim: [choice.name for choice in choices if claim in choice.claims] for claim in TESTED}
    return {claim: variance_explained(assessed(rows, claim), names[claim]) for claim in TESTED}


def joint_tests(rows: pd.DataFrame, choices: Sequence[Choice], results: Claims, alpha: float) -> dict[str, JointTest]:
    """By claim, one test of all universes in which it could be assessed."""
    tests = {}
    for claim in TESTED:
        names = [choice.name for choice in choices if claim in choice.claims]
        records = assessed(rows, claim).to_dict("records")
        of_claim = [results[claim, tuple((name, row[name]) for name in names)] for row in records]
        computed = [result for result in of_claim if not isinstance(result, Missing)]
        if of_claim and len(computed) == len(of_claim):
            tests[claim] = joint_test(computed, alpha)
    return tests


def summarise(
    rows: pd.DataFrame,
    choices: Sequence[Choice],
    excluded: Sequence[Exclusion],
    explained: Mapping[str, Mapping[str, float]],
    joint: Mapping[str, JointTest],
) -> dict[str, dict]:
    """By claim: how many universes there are, support, range, what moves it, and the joint test."""
    return {
        claim: _summary(rows, claim, multiverses.possible(choices, excluded, claim), explained[claim], joint.get(claim))
        for claim in TESTED
    }


def _summary(
    rows: pd.DataFrame, claim: str, possible: int, explained: Mapping[str, float], joint: JointTest | None
) -> dict:
    of_claim, some = rows[rows["claim"] == claim], assessed(rows, claim)
    counts = {
        "universes": len(of_claim),
        "possible": possible,
        "assessed": len(some),
        "verdicts": of_claim["verdict"].value_counts().to_dict(),
    }
    if some.empty:
        return counts | {"share_supported": None, "reason": of_claim["reason"].iloc[0]}
    values = some["value"].astype(float)
    return counts | {
        "share_supported": float((some["verdict"] == "supported").mean()),
        "share_contradicted": float((some["verdict"] == "contradicted").mean()),
        "share_positive": float((values > 0).mean()),
        "least": values.min(),
        "median": values.median(),
        "most": values.max(),
        "explained": explained,
        "joint": joint.numbers() if joint else {},
    }


# Influence and fragility of the main analysis


def held_pairs(data: Data, permutations: int) -> PairAnalysis | Missing:
    """The main analysis of C1 and C2 with its draws held fixed, and twice as many permutations as in a universe."""
    finer = 2 * permutations + 1
    return pair_analysis(data.pairs, replace(data.of_pairs, permutations=finer, shuffles=finer))


def held_news(data: Data, readings: Mapping[str, Reading | Missing]) -> News | Missing:
    """The main analysis of C3 with its draws held fixed."""
    return news.business_news(data, Texts.of(data.messages, data.everyone), readings[MAIN], data.of_news)


def left_out_of(verdicts: Sequence[Mapping], members: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """Members and weeks left out, with the value then: that of the main analysis and the change. Assessable claims."""
    both = pd.concat([members, weeks], ignore_index=True)
    main = both["claim"].map({row["id"]: row["value"] for row in verdicts})
    both = both.assign(value=main.astype(float) + both["change"].astype(float))
    return both[both["claim"].isin(assessable(verdicts))]


def by_seed(data: Data, verdicts: Sequence[Mapping], *, seeds: int, permutations: int, alpha: float) -> pd.DataFrame:
    """The main analysis with other seeds of all that is drawn: SEEDS, of the assessable claims."""
    claims, finer = assessable(verdicts), 2 * permutations + 1
    work = [delayed(_seeded)(data, data.of_pairs.seed + k, finer) for k in range(1, seeds + 1)] if claims else []
    rows = [
        {"seed": seed, "claim": row["id"]} | {name: row[name] for name in SEEDS[2:]}
        for seed, numbers in enumerate(Parallel(n_jobs=jobs_of(verdicts))(work), 1)
        for row in verdicts_of(data.declared, numbers, alpha)
    ]
    frame = pd.DataFrame(rows, columns=list(SEEDS))
    return frame[frame["claim"].isin(claims)]


def _seeded(data: Data, seed: int, permutations: int) -> dict[str, dict]:
    of_pairs = replace(data.of_pairs, seed=seed, permutations=permutations, shuffles=permutations)
    return _claims(data, of_pairs, replace(data.of_news, seed=seed))


def flips_of(
    data: Data,
    main: Mapping[str, dict],
    verdicts: Sequence[Mapping],
    of_pairs: PairAnalysis | Missing,
    of_news: News | Missing,
    alone: Mapping[str, Any],
    alpha: float,
) -> pd.DataFrame:
    """The smallest changes found that give each assessable claim another verdict (fragility.flips).

    alone: by claim, the change of its value without each member.
    """
    verdict = {row["id"]: row["verdict"] for row in verdicts}
    work = [
        delayed(fragility.flips)(
            claim, verdict[claim], of_pairs, of_news, change, len(data.messages),
            partial(verdict_with, data.declared, main, alpha, claim),
        )
        for claim, change in alone.items()
        if claim in assessable(verdicts)
    ]  # fmt: skip
    empty = pd.DataFrame(columns=list(fragility.FLIPS))
    flips = Parallel(n_jobs=jobs_of(verdicts))(work)
    return pd.concat(flips or [empty], ignore_index=True).astype({"count": float})


def verdict_with(declared: Sequence[Mapping], main: Mapping[str, dict], alpha: float, claim: str, numbers: dict) -> str:
    """A claim's verdict with these numbers, the others' as in the main analysis."""
    rows = verdicts_of(declared, {**main, claim: numbers}, alpha)
    return next(row["verdict"] for row in rows if row["id"] == claim)


def fragility_of(claim: str, left_out: pd.DataFrame, seeds: pd.DataFrame, flips: pd.DataFrame) -> dict:
    """A claim's part of those tables, as the ledger and the book read it."""
    ranges: dict[str, Any] = {
        f"without_a_{what}": {"least": part["value"].min(), "most": part["value"].max()}
        for what, part in left_out[left_out["claim"] == claim].groupby("what")
    }
    of_seeds = seeds[seeds["claim"] == claim]
    if len(of_seeds):
        verdicts = of_seeds["verdict"].value_counts().to_dict()
        ranges["seeds"] = {"least": of_seeds["value"].min(), "most": of_seeds["value"].max(), "verdicts": verdicts}
    return ranges | {"flips": flips_by_kind(flips, claim)}


def flips_by_kind(flips: pd.DataFrame, claim: str) -> dict[str, dict]:
    """By what is changed: count (None: none found), of, verdict."""
    of_claim = flips[flips["claim"] == claim].set_index("what")[["count", "of", "verdict"]].astype(object)
    return of_claim.where(of_claim.notna(), None).to_dict("index")
