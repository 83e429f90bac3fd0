"""The step `robustness`: C1 to C3 in many universes, judged by the ledger's own rule (rule.judge)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from joblib import delayed

from analysis import codebook, study, tables, wording
from analysis.arrays import Floats
from analysis.claims import rule
from analysis.coding.floor import too_different
from analysis.errors import Missing
from analysis.partnership import step as partnership
from analysis.resample import seed_of
from analysis.robustness import finished, leave_one_out
from analysis.robustness.choices import MAIN, Choice, read_choices, read_exclusions, read_shortcuts, without
from analysis.robustness.fragility import CHANGED, FLIPS, flips
from analysis.robustness.influence import PairAnalysis, pair_analysis
from analysis.robustness.joint import JointTest
from analysis.robustness.news import News, business_news
from analysis.robustness.options import Data, Readings, agreed, kept, reading
from analysis.robustness.universes import (
    TESTED,
    Main,
    Multiverse,
    assessed,
    compute,
    explained,
    joint_tests,
    judged,
    summarise,
)
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, redrawn_counts
from analysis.workers import spread

CHOICES = (
    "replies", "window", "codes", "floor", "members", "active", "consent", "ties", "hours", "null", "windows", "time",
    "exposure", "partners", "level", "waves", "timing", "period", "activity", "index",
)  # fmt: skip
SEEDS = ("seed", "claim", "value", "low", "high", "verdict")


@dataclass(frozen=True)
class Params:
    """choices: by name, claims that a choice can move, and options with reasons; excluded: combinations, with reasons;
    shortcuts: as choices, usual options that are not defensible.

    universes: how many are drawn in addition to the main analysis and its single changes; together: how many of these
    in a row share the costly computations. draws, labels, permutations, bootstrap: resamples in each universe but the
    main one. seeds: number of other seeds with which the main analysis is repeated. alpha: level of the tests. seed.
    """

    choices: Mapping[str, Mapping]
    excluded: Sequence[Mapping]
    shortcuts: Mapping[str, Mapping]
    universes: int
    together: int
    draws: int
    labels: int
    permutations: int
    bootstrap: int
    seeds: int
    alpha: float
    seed: int


@dataclass(frozen=True)
class Results:
    """The step's results. rows: of universes.judged; shortcuts: the same with each shortcut; summaries: by claim;
    joint: by claim, its joint test; left_out, seeds, flips: of the main analysis."""

    multiverse: Multiverse
    rows: pd.DataFrame
    shortcuts: pd.DataFrame
    summaries: Mapping[str, dict]
    joint: Mapping[str, JointTest]
    left_out: pd.DataFrame
    seeds: pd.DataFrame
    flips: pd.DataFrame


def read(paths: study.Paths, params: Params) -> Data:
    """The data of the repeated steps with their parameters, the tested claims, and the steps' metrics; all of this
    whatever the parameters of this step."""
    of_steps = study.load_params(paths)
    declared = [claim for claim in rule.load_claims(paths.root / "claims.yaml") if claim["id"] in TESTED]
    own = {"partnership": study.read_metrics(paths, "partnership"), "sharing": study.read_metrics(paths, "sharing")}
    measured = {claim["id"]: rule.evidence(claim, own.get(rule.step_of(claim), {})) for claim in declared}
    of_pairs = partnership.Params(**of_steps["partnership"])  # type: ignore[arg-type]
    return Data(
        pairs=partnership.read(paths, of_pairs),
        news=sharing.read_tables(paths),
        book=codebook.read(paths.processed("ingest") / "codebook.parquet"),
        of_pairs=of_pairs,
        of_news=sharing.Params(**of_steps["sharing"]),  # type: ignore[arg-type]
        folds=int(of_steps["coding"]["folds"]),  # type: ignore[call-overload]
        declared=declared,
        measured=measured,
        likely=tables.read(paths.processed("coding") / "likely.parquet", tables.Coded),
        finished=finished.place_of(paths),
    )


def assess(data: Data, params: Params) -> Results:
    """Run every stage of the step, as the notebook shows them cell by cell."""
    alpha, seed, permutations = params.alpha, params.seed, params.permutations
    choices = read_choices(params.choices, CHOICES, TESTED)
    exclusions = read_exclusions(params.excluded, choices)
    usual = read_shortcuts(params.shortcuts, CHOICES, TESTED)
    readings = readings_of(data, [*choices, *usual])
    main = main_analysis(data, alpha=alpha)
    used, taken = (without(each, idle(each, data, readings)) for each in (choices, usual))
    multiverse = Multiverse.of(used, exclusions, params.universes if main.assessable else 0, params.together, seed=seed)
    sizes = {name: getattr(params, name) for name in ("draws", "labels", "bootstrap")}
    results = compute(data, readings, multiverse, main, permutations=permutations, **sizes, seed=seed)
    rows = judged(multiverse, results, main)
    joint = joint_tests(rows, multiverse, results, alpha=alpha)
    summaries = summarise(rows, multiverse, explained(rows, multiverse), joint)
    shortcuts = with_shortcuts(data, readings, taken, main, permutations=permutations, **sizes, seed=seed)

    pairs, news = held_pairs(data, permutations=permutations), held_news(data, readings)
    members, alone = leave_one_out.without_members(data, pairs, news)
    weeks = leave_one_out.without_weeks(data, pairs, news, jobs=main.jobs)
    seeds = by_seed(data, main, seeds=params.seeds, permutations=permutations)
    left_out, changes = left_out_of(main, members, weeks), flips_of(data, main, pairs, news, alone)
    return Results(multiverse, rows, shortcuts, summaries, joint, left_out, seeds, changes)


def write(paths: study.Paths, results: Results) -> dict:
    """Write the step's tables and metrics; returns the metrics. Universes that were kept for an interrupted run are
    cleared."""
    tables.write_all(tables_of(results), paths.results.processed("robustness"))
    metrics = metrics_of(results)
    study.write_metrics(paths, "robustness", metrics)
    finished.clear(paths)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name."""
    numbers = dict.fromkeys(("value", "low", "high", "p", "p_holm"), float)
    return {
        "universes.parquet": results.rows.astype(numbers),
        "shortcuts.parquet": results.shortcuts.astype(numbers),
        "joint_null.parquet": joint_null(results.joint),
        "left_out.parquet": results.left_out,
        "seeds.parquet": results.seeds,
        "flips.parquet": results.flips,
        "curves.csv": specification_curves(results.rows),
    }


def metrics_of(results: Results) -> dict:
    """The step's metrics."""
    claims = {
        claim: summary
        | fragility_of(claim, results.left_out, results.seeds, results.flips)
        | {"shortcuts": verdicts_by_shortcut(results.shortcuts, claim)}
        for claim, summary in results.summaries.items()
    }
    return {"status": "ok", "universes": len(results.multiverse.universes), "claims": claims}


def specification_curves(rows: pd.DataFrame) -> pd.DataFrame:
    """Specification curves for `dvc plots`: each tested claim's value in the universes where it was assessed, lowest
    first, by place; the rows end with the longest curve. rows: of universes.judged."""
    values = {claim: np.sort(assessed(rows, claim)["value"].to_numpy(float)) for claim in TESTED}
    curves = pd.DataFrame({claim: pd.Series(value) for claim, value in values.items()}, dtype=float)
    return curves.rename_axis("universe").reset_index()


def run(params: Params, paths: study.Paths) -> dict:
    """Judge C1 to C3 in every universe; write the tables and metrics; returns the metrics."""
    return write(paths, assess(read(paths, params), params))


# The choices on these data


def readings_of(data: Data, choices: Sequence[Choice]) -> Readings:
    """The coded messages under each option of `codes`."""
    options = [option for choice in choices if choice.name == "codes" for option in choice.options]
    return {option: reading(data, option) for option in dict.fromkeys([MAIN, *options])}


def idle(choices: Sequence[Choice], data: Data, readings: Readings) -> pd.DataFrame:
    """Options that change nothing on these data or need data that are missing: choice, option, reason."""
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


def _out_of_reach(data: Data, kind: str, codes: Sequence[str]) -> str:
    """Why a floor leaves no code of a kind of talk, naming the code that comes nearest to it."""
    agreement = data.news.agreement.set_index("code")["alpha"].astype(float)
    parts = [part for code in codes for part in data.parts(code) or [code]]
    if (known := agreement[agreement.index.isin(parts)].dropna()).empty:
        return f"no code of {kind} talk reaches it"
    nearest = known.sort_values(ascending=False, kind="stable").index[0].replace("_", " ")
    return f"no code of {kind} talk reaches it; the nearest, {nearest}, has {wording.number(known.max(), 3)}"


def _effect(data: Data, readings: Readings, choice: str, option: str) -> tuple[object, str]:
    """The effect of an option, comparable with that of others, and the reason if it cannot be taken (else empty)."""
    if choice in ("members", "active", "consent"):
        return tuple(kept(data.community, {choice: option})), ""
    if choice == "floor":
        kinds = {"informal": data.of_pairs.informal, "business": data.of_pairs.business}
        codes = {kind: agreed(data, each, option) for kind, each in kinds.items()}
        every = [*data.of_pairs.informal, *data.of_pairs.business]
        refusal = too_different(data.news.agreement, every) if option == MAIN else ""
        empty = [kind for kind, each in codes.items() if not each]
        return (codes, refusal), _out_of_reach(data, empty[0], kinds[empty[0]]) if empty else ""
    if choice == "codes" and isinstance(missing := readings[option], Missing):
        return option, missing.reason
    if option == "not adapted" and same_replies(data.not_adapted, data.pairs.replies):
        return MAIN, ""
    return option, ""


def same_replies(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two tables Replies have the same links with the same probabilities."""
    ends = ["message_id", "reply_to"]
    return bool(
        len(one) == len(other)
        and np.array_equal(*(each[ends].fillna("").to_numpy(str) for each in (one, other)))
        and np.allclose(one["probability"], other["probability"])
    )


def with_shortcuts(
    data: Data, readings: Readings, shortcuts: Sequence[Choice], main: Main, **sizes: int
) -> pd.DataFrame:
    """The claims with each shortcut in place of the main option, and with the first of each choice together: rows as of
    universes.judged, for the claims that a shortcut moves. sizes: of universes.compute."""
    panel = Multiverse.of_shortcuts(shortcuts)
    return judged(panel, compute(data, readings, panel, main, **sizes), main)


# The main analysis


def main_analysis(data: Data, *, alpha: float) -> Main:
    """The claims as the steps compute them, with the steps' own number of resamples. alpha: level of the tests."""
    return Main(data.declared, _claims(data, data.of_pairs, data.of_news), alpha)


def _claims(data: Data, of_pairs: partnership.Params, of_news: sharing.Params) -> dict[str, dict]:
    texts, code = Texts.of(data.news.messages, data.news.members["member"]), of_news.code
    redrawn = redrawn_counts(texts, data.news.coded, data.news.held_out, code, draws=of_news.labels, seed=of_news.seed)
    counts = sharing.among_all(redrawn, sharing.reading_of(texts, data.news.coded, code))
    excess = sharing.excess(counts, data.news.agreement, code, **of_news.of_excess)
    return {**partnership.claims_alone(data.pairs, of_pairs), "C3": rule.numbers_of(excess)}


def held_pairs(data: Data, *, permutations: int) -> PairAnalysis | Missing:
    """The main analysis of C1 and C2 with its draws held fixed, and twice as many permutations as in a universe."""
    finer = 2 * permutations + 1
    return pair_analysis(data.pairs, replace(data.of_pairs, permutations=finer))


def held_news(data: Data, readings: Readings) -> News | Missing:
    """The main analysis of C3 with its draws held fixed; missing where no message is news."""
    texts = Texts.of(data.news.messages, data.community.index)
    news = business_news(data, texts, readings[MAIN], data.of_news)
    return news if isinstance(news, Missing) or news.likely.any() else Missing("no message is business news")


def left_out_of(main: Main, members: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """Members and weeks left out, with the resulting value (the main analysis's plus the change), of assessable
    claims."""
    both = pd.concat([members, weeks], ignore_index=True)
    value = both["claim"].map({claim: numbers.get("value") for claim, numbers in main.numbers.items()})
    both = both.assign(value=value.astype(float) + both["change"].astype(float))
    return both[both["claim"].isin(main.assessable)]


def by_seed(data: Data, main: Main, *, seeds: int, permutations: int) -> pd.DataFrame:
    """The main analysis with other seeds for all random draws: SEEDS, of the assessable claims."""
    claims, finer = main.assessable, 2 * permutations + 1
    work = [delayed(_seeded)(data, f"seed {k}", finer) for k in range(1, seeds + 1)] if claims else []
    rows = [
        {"seed": seed, "claim": row["id"]} | {name: row[name] for name in SEEDS[2:]}
        for seed, numbers in enumerate(spread(work, jobs=main.jobs, what="seeds"), 1)
        for row in main.judge(numbers)
        if row["id"] in claims
    ]
    return pd.DataFrame(rows, columns=list(SEEDS))


def _seeded(data: Data, name: str, permutations: int) -> dict[str, dict]:
    """The claims with each step's seed replaced by one derived from it and the name."""
    of_pairs, of_news = data.of_pairs, replace(data.of_news, seed=seed_of(data.of_news.seed, name))
    seed = seed_of(of_pairs.seed, name)
    of_pairs = replace(of_pairs, seed=seed, permutations=permutations)
    return _claims(data, of_pairs, of_news)


def flips_of(
    data: Data, main: Main, pairs: PairAnalysis | Missing, news: News | Missing, alone: Mapping[str, Floats]
) -> pd.DataFrame:
    """The smallest changes found that give each assessable claim another verdict (fragility.flips). alone: by claim,
    the change of its value without each member."""
    verdict = {row["id"]: row["verdict"] for row in main.verdicts}
    has_code = (data.messages["kind"] == "text") & data.messages["member"].notna()  # or could have
    of = dict.fromkeys(CHANGED, len(data.messages)) | {"codings": int(has_code.sum())}
    held: dict[str, PairAnalysis | News | Missing] = {"C1": pairs, "C2": pairs, "C3": news}
    work = [
        delayed(flips)(claim, verdict[claim], held[claim], change, of[what], main, what)
        for claim, change in alone.items()
        if claim in main.assessable
        for what in CHANGED
    ]
    found = spread(work, jobs=main.jobs, what="searches for another verdict")
    rows = [row for row in found if row is not None]
    return pd.DataFrame(rows, columns=list(FLIPS)).astype({"count": float})


def joint_null(joint: Mapping[str, JointTest]) -> pd.DataFrame:
    """Statistics of the joint tests on data without the effect: claim, relabelling, median, significant."""
    rows = [(claim, k, *row) for claim, test in joint.items() for k, row in enumerate(test.null.to_numpy(), 1)]
    return pd.DataFrame(rows, columns=["claim", "relabelling", "median", "significant"])


def fragility_of(claim: str, left_out: pd.DataFrame, seeds: pd.DataFrame, flips: pd.DataFrame) -> dict:
    """A claim's part of the tables left_out, seeds and flips, as the ledger and the book read it."""
    ranges: dict[str, Any] = {
        f"without_a_{what}": {"least": part["value"].min(), "most": part["value"].max()}
        for what, part in left_out[left_out["claim"] == claim].groupby("what")
    }
    of_seeds = seeds[seeds["claim"] == claim]
    if len(of_seeds):
        verdicts = of_seeds["verdict"].value_counts().to_dict()
        ranges["seeds"] = {"least": of_seeds["value"].min(), "most": of_seeds["value"].max(), "verdicts": verdicts}
    return ranges | {"flips": flips_by_kind(flips, claim)}


def verdicts_by_shortcut(shortcuts: pd.DataFrame, claim: str) -> dict[str, int]:
    """Number of shortcuts, counting all together as one, that give each verdict of a claim."""
    of_claim = shortcuts[(shortcuts["claim"] == claim) & (shortcuts["universe"] > 0)]
    return {str(verdict): int(count) for verdict, count in of_claim["verdict"].value_counts().items()}


def flips_by_kind(flips: pd.DataFrame, claim: str) -> dict[str, dict]:
    """By kind of change: count (None: none found), of, verdict."""
    of_claim = flips[flips["claim"] == claim].set_index("what")[["count", "of", "verdict"]].astype(object)
    return of_claim.where(of_claim.notna(), None).to_dict("index")
