"""The step `recommendations`: how news spreads here, what each scenario would change (R1), and what advice follows.

Three kinds of quantity are drawn together: labels and replies (with the errors of coders and models), quantities fitted
to them, and assumptions. No interval reflects the simulation's error alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import study, tables
from analysis.claims import rule
from analysis.coding.floor import unknown
from analysis.errors import InputError, Missing, stage
from analysis.local_time import local, zone_of
from analysis.recommendations import actions, advice, bridges, findings, fit, gains, news, predictive
from analysis.recommendations.assumptions import Assumption, read_assumptions
from analysis.recommendations.gains import Spreading, joint_draws
from analysis.recommendations.groups import Groups, groups_of
from analysis.recommendations.headline import adds, further, made_of
from analysis.recommendations.scenarios import Setting, WhatIf, read_scenarios
from analysis.resample import interval, seed_of
from analysis.sharing.counts import Texts, redrawn_labels

HELD_OUT = ("unit_id", "conversation", "code", "value", "probability", "readers", "share", "decided", "weight")
PASSAGES = ("theme", "member", "unit_id", "start", "end", "text", "translation")
TESTED = ("C1", "C2", "C3")
STEADIER = 5  # times as many pieces of news behind a bar of the tornado as in a draw
PASSING = ("passing_chance", "passing_age")  # quantities fitted if enough was observed, otherwise assumed


@dataclass(frozen=True)
class Params:
    """code: what counts as news; informal: codes of informal talk.

    assumptions, scenarios: as in assumptions.py and scenarios.py. headline: the scenario that R1 is. labels: draws of
    the labels. draws: of everything together; pieces: of news spread in each. least_events: posts in a second group,
    beyond chance, from which passing on is fitted. least_people: smaller parts are not shown, nor are any of fewer than
    published.FEWEST, even if it is lower. tie_a_month: answers a month from which two members are tied. confidence: of
    intervals. seed.
    """

    code: str
    informal: Sequence[str]
    assumptions: Mapping[str, Mapping[str, Any]]
    scenarios: Mapping[str, Mapping[str, Any]]
    headline: str
    labels: int
    draws: int
    pieces: int
    least_events: int
    least_people: int
    tie_a_month: float
    confidence: float
    seed: int


@dataclass(frozen=True)
class Data:
    """The step's inputs: tables of earlier steps, times by the study's clock, their metrics by step, the tested
    claims, the tests' level, the coders' agreement."""

    messages: pd.DataFrame
    members: pd.DataFrame
    coded: pd.DataFrame
    held_out: pd.DataFrame
    likely: pd.DataFrame
    drawn: pd.DataFrame
    sharing_groups: pd.DataFrame
    passages: pd.DataFrame
    negative: pd.DataFrame
    metrics: Mapping[str, Mapping[str, Any]]
    declared: Sequence[Mapping]
    alpha: float
    agreement: pd.DataFrame

    @property
    def agreed(self) -> frozenset[str]:
        """Members who agreed to be shown by themselves."""
        return tables.agreed(self.members)


@dataclass(frozen=True)
class Headline:
    """R1: additional pieces of news that a member reads in a week under the scenario, median over draws and interval.

    depends_on: quantities that decide its sign. members: how many there are. moved_by: the quantity that moves it most.
    adds, made_of: its components, in sentences by language (headline.py), in brief and in full; further: whether
    news reaches more members if more pass it on (headline.further); passing_fitted: whether the chance of that was
    fitted, and not assumed.
    """

    scenario: str
    value: float
    low: float
    high: float
    depends_on: Sequence[str]
    members: int
    moved_by: str | None = None
    adds: Mapping[str, str] = field(default_factory=dict)
    made_of: Mapping[str, str] = field(default_factory=dict)
    further: str | None = None
    passing_fitted: bool = False

    def numbers(self) -> dict[str, Any]:
        """The numbers in the form of rule.evidence."""
        own = {"value": self.value, "low": self.low, "high": self.high}
        return {"status": "ok", **own, "n": {"members": self.members}}


@dataclass(frozen=True)
class Results:
    """What the step writes: the results of its stages, each of which may be Missing, the members who agreed to be shown
    by themselves (agreed), and least_events and confidence of Params."""

    today: Setting | Missing
    pieces: Sequence[news.Pieces] | Missing
    spreading: Spreading | Missing
    check: pd.DataFrame | Missing
    results: gains.Results | Missing
    summary: pd.DataFrame | Missing
    parts: pd.DataFrame | Missing
    bars: pd.DataFrame | Missing
    headline: Headline | Missing
    evidence: advice.Evidence
    advised: Sequence[advice.Advice]
    pairs: pd.DataFrame | Missing
    held: Any
    agreed: frozenset[str]
    least_events: int
    confidence: float


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """Fit how news spreads, compute every scenario, judge the advice; write tables and metrics."""
    return write(paths, assess(read(paths, params), params))


def read(paths: study.Paths, params: Params) -> Data:
    """The tables and metrics of the earlier steps, and the tested claims, whatever the parameters."""
    ingested, coding, themes = paths.processed("ingest"), paths.processed("coding"), paths.processed("themes")
    declared, zone = rule.load_claims(paths.root / "claims.yaml"), zone_of(paths)
    return Data(
        local(tables.read(ingested / "messages.parquet", tables.Messages), zone),
        local(tables.community(tables.read(ingested / "members.parquet", tables.Members)), zone),
        tables.read(coding / "coded.parquet", tables.Coded),
        _read(coding / "held_out.parquet", HELD_OUT),
        _read(coding / "likely.parquet", tables.Coded.columns),
        _read(paths.processed("network") / "reply_draws.parquet", tables.ReplyDraws.columns),
        _read(paths.processed("sharing") / "groups.parquet", ("by", "group", "value")),
        _read(themes / "passages.parquet", PASSAGES),
        _read(themes / "negative.parquet", PASSAGES[:5]),
        {
            "sharing": study.read_metrics(paths, "sharing"),
            "partnership": study.read_metrics(paths, "partnership"),
            "themes": study.read_metrics(paths, "themes"),
            "robustness": study.read_metrics(paths, "robustness"),
        },
        [claim for claim in declared if claim["id"] in TESTED],
        float(study.load_params(paths)["claims"]["alpha"]),  # type: ignore[arg-type]
        _read(coding / "agreement.parquet", ("code", "alpha", "usable")),
    )


def _read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    """A table of an earlier step, without rows if that step could not make it."""
    return tables.read(path) if path.exists() else pd.DataFrame(columns=list(columns))


def assess(data: Data, params: Params) -> Results:
    """Run every stage of the step, as the notebook shows them cell by cell."""
    assumed = read_assumptions(params.assumptions)
    declared = read_scenarios(params.scenarios, assumed)
    seed, confidence = params.seed, params.confidence
    today = community(data, informal=params.informal)
    pieces = pieces_of_news(data, today, code=params.code, labels=params.labels, seed=seed)
    spreading = spread_as_now(
        data, today, pieces, assumed, draws=params.draws, least_events=params.least_events, seed=seed
    )
    check = predict(today, pieces, spreading, least_events=params.least_events, confidence=confidence, seed=seed)
    results = evaluate(today, declared, spreading, pieces=params.pieces, seed=seed)
    bars = tornado(today, declared, spreading, results, pieces=params.pieces, seed=seed)
    evidence = evidence_of(data, today, pieces, spreading, results, bars, assumed, confidence=confidence)
    pairs, held = bridging(data, today, tie_a_month=params.tie_a_month, confidence=confidence)
    return Results(
        today, pieces, spreading, check, results, summary(results, confidence),
        by_part(results, today, params.least_people, confidence), bars,
        headline(results, bars, today, declared, spreading, params.headline, confidence), evidence,
        advice.judged(advice.load()["rules"], evidence), pairs, held, data.agreed, params.least_events, confidence,
    )  # fmt: skip


# Stages

summary, by_part = stage(gains.summary), stage(gains.by_part)


@stage
def community(data: Data, *, informal: Sequence[str]) -> Setting:
    """The community as it is, without drawn quantities. Missing if there are too few members."""
    groups = groups_of(data.messages, data.members)
    people = data.members.set_index("member")[["sector", "role", "joined"]].reindex(groups.members)
    size = groups.members.size, groups.names.size
    return Setting(
        groups, people, _informal(data, groups, informal), np.zeros(size), np.zeros(size[1]), np.zeros(size),
        np.zeros(size[0]), np.ones(size[0]), np.ones(size[0], dtype=bool),
    )  # fmt: skip


def _informal(data: Data, groups: Groups, codes: Sequence[str]) -> np.ndarray:
    """Share of informal talk in each group, 0 if nothing is coded, shape (g,)."""
    own = data.likely[data.likely["code"].isin(codes)].groupby("unit_id")["probability"].max()
    channel = data.messages.set_index("message_id")["channel"].reindex(own.index)
    return own.groupby(channel).mean().reindex(groups.names).fillna(0).to_numpy(float)


@stage
def pieces_of_news(data: Data, today: Setting, *, code: str, labels: int, seed: int) -> list[news.Pieces]:
    """The pieces of news with what followed each, in draws of the labels. Raises InputError when the code is not known
    for all messages: a piece that nobody read would count as talk of another kind."""
    if reason := unknown(data.coded, data.messages, [code]):
        raise InputError(reason)
    texts = Texts.of(data.messages, data.members["member"])
    flags = redrawn_labels(texts, data.coded, data.held_out, code, draws=labels, seed=seed_of(seed, "labels"))
    messages = data.messages.set_index("message_id").loc[texts.rows.index]
    return list(news.pieces(messages, flags, data.drawn, today.groups))


@stage
def spread_as_now(
    data: Data, today: Setting, pieces: Sequence[news.Pieces], assumed: Mapping[str, Assumption], *, draws: int,
    least_events: int, seed: int
) -> Spreading:  # fmt: skip
    """Joint draws of the quantities fitted to the pieces of news and of the assumptions."""
    weeks = max((data.messages["time"].max() - data.messages["time"].min()) / pd.Timedelta(days=7), 1.0)
    stream = seed_of(seed, "spreading")
    return joint_draws(today.groups, pieces, assumed, weeks, draws=draws, least=least_events, seed=stream)


@stage
def predict(
    today: Setting,
    pieces: Sequence[news.Pieces],
    spreading: Spreading,
    *,
    least_events: int,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Posterior predictive check: every other piece of news, predicted from the others (predictive.check)."""
    rng = np.random.default_rng(seed_of(seed, "predictive"))
    seen, foretold = [], []
    filled = [one for one in pieces if one.time.size]
    for k, draw in enumerate(spreading.draws):
        first, second = predictive.halves(filled[k % len(filled)])
        fitted = fit.fit(first, today.groups, draw.how, least_events, rng)
        passing = fitted.passing or fit.Fading(draw.quantities["passing_chance"], draw.quantities["passing_age"])
        seen.append(predictive.followed(second))
        foretold.append(predictive.predicted(second, today.groups, draw.how, fitted, passing, rng))
    return predictive.check(seen, foretold, confidence)


@stage
def evaluate(
    today: Setting, scenarios: Sequence[WhatIf], spreading: Spreading, *, pieces: int, seed: int
) -> gains.Results:
    """Today and every scenario in every draw."""
    return gains.evaluate(today, scenarios, spreading.draws, pieces=pieces, seed=seed_of(seed, "scenarios"))


@stage
def tornado(
    today: Setting,
    scenarios: Sequence[WhatIf],
    spreading: Spreading,
    results: gains.Results,
    *,
    pieces: int,
    seed: int,
) -> pd.DataFrame:
    """How each quantity moves each scenario's gain with all others at their median, by STEADIER times as many pieces of
    news as a draw has: single points are compared here, with no draws to average the simulation's error out."""
    computed = [scenario for scenario in scenarios if scenario.name in results.scenarios]
    return gains.tornado(today, computed, spreading.draws, pieces=STEADIER * pieces, seed=seed_of(seed, "tornado"))


@stage
def headline(
    results: gains.Results,
    bars: pd.DataFrame,
    today: Setting,
    declared: Sequence[WhatIf],
    spreading: Spreading,
    scenario: str,
    confidence: float,
) -> Headline:
    """R1's number and its components."""
    if scenario not in results.scenarios:
        raise InputError(results.missing.get(scenario, f"headline: no scenario is called {scenario}"))
    gain = results.gain(scenario)
    own = bars[bars["scenario"] == scenario].set_index("quantity")
    decided = gains.sign_depends_on(own.reset_index(), gain)
    width = (own["gain_high"] - own["gain_low"]).abs()
    most = str(width.idxmax()) if width.any() else None
    size = today.groups.members.size
    shown, fitted = (results, declared, scenario, confidence), spreading.passing_fitted
    approval = bool(today.need_approval.any())
    return Headline(
        scenario, float(np.median(gain)), *interval(gain, confidence), decided, size, most,
        adds(*shown, approval=approval, fitted=fitted), made_of(*shown, approval=approval, fitted=fitted),
        further(*shown), fitted,
    )  # fmt: skip


def evidence_of(
    data: Data, today: Setting | Missing, pieces: Any, spreading: Any, results: Any, bars: Any,
    assumed: Mapping[str, Assumption], *, confidence: float
) -> advice.Evidence:  # fmt: skip
    """The evidence for advice; if news could not be followed, the rest of it."""
    voices = advice.load()["voices"]
    participants = int(data.metrics["themes"].get("participants", 0))
    unsure = findings.unsure(data.agreement, voices) if participants else set()
    sure = {name: voice for name, voice in voices.items() if name not in unsure}
    said = findings.voices(data.passages, data.negative, participants, sure) if participants else {}
    found = {f"voices_{name}": float(for_it) for name, (for_it, _, _) in said.items()}
    expected: dict[str, advice.Expected] = {}
    if not isinstance(today, Missing):
        found |= findings.numbers(today, data.metrics, data.sharing_groups)
        if not any(isinstance(each, Missing) for each in (pieces, spreading, results, bars)):
            end = data.messages["time"].max()
            found |= findings.of_news(results, today, spreading.draws, pieces, end, confidence)
            fitted = set(PASSING) if spreading.passing_fitted else set()
            chance = findings.by_chance(found, pieces)
            expected = findings.expected(results, bars, set(assumed) - fitted, confidence, chance)
    return advice.Evidence(found, findings.grounds(data.declared, data.metrics, data.alpha), expected, said, unsure)


def bridging(data: Data, today: Setting | Missing, *, tie_a_month: float, confidence: float) -> tuple[Any, Any]:
    """Potential bridges (bridges.bridging_pairs), and the share of efficiency that remains when the three members with
    most ties leave, by drawn graph. Both may be missing."""
    graphs = _graphs(data, today, tie_a_month)
    if isinstance(graphs, Missing):
        return graphs, graphs
    return bridges.bridging_pairs(graphs, today.groups.members, confidence), bridges.held(graphs, gains.TOP)  # type: ignore[union-attr]


@stage
def _graphs(data: Data, today: Setting, tie_a_month: float) -> list[np.ndarray]:
    messages = data.messages.set_index("message_id")
    return bridges.ties_drawn(messages, data.drawn, today.groups.members, tie_a_month)


def write(paths: study.Paths, results: Results) -> dict[str, Any]:
    """Write the step's tables and metrics; returns the metrics."""
    tables.write_all(tables_of(results), paths.results.processed("recommendations"))
    metrics = metrics_of(results)
    study.write_metrics(paths, "recommendations", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name. A table that is Missing has no rows."""
    frames = {
        "scenarios": (results.summary, gains.SUMMARY),
        "parts": (results.parts, gains.PARTS),
        "tornado": (results.bars, gains.TORNADO),
        "predictive": (results.check, predictive.CHECKED),
        "draws": (draws_frame(results.spreading, results.results), ("draw",)),
        "advice": (advice_frame(results.advised), ()),
    }
    return {
        f"{name}.parquet": pd.DataFrame(columns=list(columns)) if isinstance(frame, Missing) else frame
        for name, (frame, columns) in frames.items()
    }


@stage
def draws_frame(spreading: Spreading, results: gains.Results) -> pd.DataFrame:
    """One row per draw: its quantities, and the pieces read today and under each scenario."""
    quantities = pd.DataFrame([draw.quantities for draw in spreading.draws])
    read = {f"pieces read: {name}": results.of(name, "pieces_read") for name in (gains.TODAY, *results.scenarios)}
    return quantities.assign(**read).rename_axis("draw").reset_index()


def advice_frame(advised: Sequence[advice.Advice]) -> pd.DataFrame:
    """One row per piece of advice: status, strength, expected gain with its interval, messages."""
    names = ("gain", "low", "high", "messages")
    rows = [
        (each.rule["name"], each.status, each.strength or "", *(getattr(each.expected, name, np.nan) for name in names))
        for each in advised
    ]
    return pd.DataFrame(rows, columns=["advice", "status", "strength", *names])


def metrics_of(results: Results) -> dict[str, Any]:
    """The step's metrics; if news could not be followed, status says so, and the other metrics remain."""
    own = actions.shown(results.advised, results.evidence, results.today, advice.load())
    own |= {"structure": structure(results.pairs, results.held, results.agreed, results.confidence)}
    own |= {"findings": dict(results.evidence.findings)}
    of_news = results.spreading, results.results, results.summary, results.headline
    spread = of_spreading(*of_news, results.least_events, results.confidence)
    if isinstance(spread, Missing):
        return {"status": "missing", "reason": spread.reason, **own}
    return {"status": "ok", **spread, "predicted": predicted(results.check), **own}


@stage
def structure(pairs: pd.DataFrame, held: np.ndarray, agreed: frozenset[str], confidence: float) -> dict[str, Any]:
    """Numbers of potential bridges and of those that may be shown; the share of efficiency that remains without the
    members with most ties."""
    shown = int((pairs["member_a"].isin(agreed) & pairs["member_b"].isin(agreed)).sum())
    kept = held[np.isfinite(held)]  # empty if members hardly answer each other
    measured = {"held": of_draws(kept, confidence)} if kept.size else {}
    return {"status": "ok", "pairs": len(pairs), "shown": shown} | measured


@stage
def predicted(check: pd.DataFrame) -> dict[str, Any]:
    """Number of statistics within their predictive interval, and each of them."""
    each = check.set_index("statistic").to_dict("index")
    return {"status": "ok", "within": int(check["within"].sum()), "of": len(check), "statistics": each}


@stage
def of_spreading(
    spreading: Spreading, results: gains.Results, summary: pd.DataFrame, headline: Headline, least_events: int,
    confidence: float,
) -> dict[str, Any]:  # fmt: skip
    """Metrics of the what-if: R1, today, every scenario, and how much passing on was observed."""
    changes = ["value", "gain", "low", "high"]
    return {
        "members": headline.members,
        "R1": headline.numbers(),
        "headline": {
            "scenario": headline.scenario,
            "depends_on": list(headline.depends_on),
            "assumed": assumed_most(headline, spreading),
            "adds": dict(headline.adds),
            "made_of": dict(headline.made_of),
        },
        "passing": {
            "fitted": spreading.passing_fitted,
            "seen": float(np.median([one.second for one in spreading.fitted])),
            "needed": least_events,
            "occasions": float(np.median([one.chances_to for one in spreading.fitted])),
        },
        "today": {measure: of_draws(results.of(gains.TODAY, measure), confidence) for measure in gains.MEASURES},
        "scenarios": {
            name: rows.set_index("measure")[changes].to_dict("index")
            for name, rows in summary.groupby("scenario", sort=False)
        },
        "not_computed": dict(results.missing),
    }


def assumed_most(headline: Headline, spreading: Spreading) -> dict[str, str | None]:
    """The assumption that moves R1's number most, in words, by language; None if what moves it most was fitted."""
    fitted = spreading.passing_fitted and headline.moved_by in PASSING
    words = {} if fitted else actions.MEANT.get(headline.moved_by or "", {})
    return {language: words.get(language) for language in advice.LANGUAGES}


def of_draws(values: np.ndarray, confidence: float) -> dict[str, float]:
    """The median of draws and their interval; draws that are infinite or missing do not count for the interval."""
    low, high = interval(np.where(np.isfinite(values), values, np.nan), confidence)
    return {"value": float(np.median(values)), "low": low, "high": high}
