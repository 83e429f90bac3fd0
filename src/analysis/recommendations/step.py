"""Recommendations: how far a piece of business news would travel if the way of sharing changed (R1).

A what-if on the observed network, no test: the model's assumptions are the scenario's, and stand on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis import figures, resample, study, tables, wording
from analysis.errors import InputError

SCENARIOS = {
    "as now": "only members who already share business news regularly pass it on",
    "flexible": "every member who hears of it passes it on",
}


@dataclass(frozen=True)
class Params:
    """What the scenarios assume.

    pass_on: probability that one reply a month carries a piece of news; regular: pieces of business news a month from
    which a member counts as sharing regularly; steps, draws, seed: of the simulation.
    """

    pass_on: float
    regular: float
    steps: int
    draws: int
    seed: int


@dataclass(frozen=True)
class Result:
    """What the page shows. curves: scenario, step, mean, low, high (share of members reached)."""

    metrics: dict
    curves: pd.DataFrame


def run(params: Params, paths: study.Paths) -> Result:
    """Spread news over the reply network under each scenario; write the curves and metrics."""
    counts = tables.read(paths.processed("sharing") / "counts.parquet")
    ties = tables.read(paths.processed("network") / "ties.parquet", tables.Ties)
    messages = tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)
    reason = _why_not(counts, ties)
    curves, metrics = (
        (_no_curves(), {"status": "missing", "reason": reason})
        if reason
        else _spread(counts, ties, months(messages["time"]), params)
    )
    tables.write(curves, paths.processed("recommendations") / "curves.parquet")
    study.write_metrics(paths, "recommendations", metrics)
    return Result(metrics, curves)


def _why_not(counts: pd.DataFrame, ties: pd.DataFrame) -> str:
    if not counts["shares"].sum():
        return "no message is coded as business news, so nobody is known to share it"
    return "" if len(ties) else "no ties were found"


def _no_curves() -> pd.DataFrame:
    return pd.DataFrame(
        {"scenario": pd.Series(dtype=str), "step": pd.Series(dtype="int64"), "mean": 0.0, "low": 0.0, "high": 0.0}
    )


# Methods


def cascade(
    hearing: sparse.csr_array,
    seeds: NDArray[np.intp],
    passes_on: NDArray[np.bool_],
    steps: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Independent cascades (Kempe, Kleinberg and Tardos 2003), one from each seed.

    hearing: shape (n, n), probability that the column's member hears from the row's, once. seeds: shape (draws,).
    passes_on: shape (n,), who passes news on; a seed always does once. Returns shape (draws, steps + 1): the share of
    members reached after 0..steps steps.
    """
    source, target = hearing.nonzero()
    probability = hearing[source, target]
    reached = np.empty((seeds.size, steps + 1))
    for draw, seed in enumerate(seeds):
        live = rng.random(probability.size) < probability
        reached[draw] = _levels(source[live], target[live], seed, passes_on, steps)
    return reached


def _levels(
    source: NDArray, target: NDArray, seed: int, passes_on: NDArray[np.bool_], steps: int
) -> NDArray[np.float64]:
    heard = np.zeros(passes_on.size, dtype=bool)
    heard[seed] = True
    active = heard.copy()
    shares = [heard.mean()]
    for _ in range(steps):
        fresh = np.zeros_like(heard)
        fresh[target[active[source]]] = True
        fresh &= ~heard
        heard |= fresh
        active = fresh & passes_on
        shares.append(heard.mean())
    return np.array(shares)


def hearing_probability(ties: pd.DataFrame, members: pd.Index, per: float, pass_on: float) -> sparse.csr_array:
    """Probability that a member hears from another: 1 - (1 - pass_on) ** (replies to them a month).

    ties: source replies to target, so news runs from target to source. per: months that the ties' weights cover.
    Returns shape (n, n) in the order of members, rows the tellers.
    Raises InputError when pass_on is not a probability.
    """
    if not 0 <= pass_on <= 1:
        raise InputError(f"pass_on is a probability, and {pass_on} is none")
    rate = ties["weight"].to_numpy() / per
    teller, hearer = members.get_indexer(ties["target"]), members.get_indexer(ties["source"])
    return sparse.csr_array((1 - (1 - pass_on) ** rate, (teller, hearer)), shape=(members.size, members.size))


def months(times: pd.Series) -> float:
    """Length of the observed time in months of 30 days, at least one."""
    return max((times.max() - times.min()) / pd.Timedelta(days=30), 1.0)


# The step


def _spread(counts: pd.DataFrame, ties: pd.DataFrame, length: float, params: Params) -> tuple[pd.DataFrame, dict]:
    members = pd.Index(counts["member"])
    shares = counts["shares"].to_numpy()
    hearing = hearing_probability(ties[ties["layer"] == "reply"], members, length, params.pass_on)
    seeds = np.random.default_rng(params.seed).choice(members.size, size=params.draws, p=shares / shares.sum())
    willing = {"as now": shares / length >= params.regular, "flexible": np.ones(members.size, dtype=bool)}
    reached = {
        name: cascade(hearing, seeds, passes_on, params.steps, np.random.default_rng([params.seed, 1]))
        for name, passes_on in willing.items()
    }  # the same seeds and live ties in both, so that only the way of sharing differs
    curves = pd.concat([_curve(name, values) for name, values in reached.items()], ignore_index=True)
    return curves, _metrics(reached, willing, params)


def _curve(scenario: str, reached: NDArray[np.float64]) -> pd.DataFrame:
    spread = np.quantile(reached, [0.1, 0.9], axis=0)
    return pd.DataFrame(
        {
            "scenario": scenario,
            "step": np.arange(reached.shape[1]),
            "mean": reached.mean(axis=0),
            "low": spread[0],
            "high": spread[1],
        }
    )


def _metrics(
    reached: Mapping[str, NDArray[np.float64]], willing: Mapping[str, NDArray[np.bool_]], params: Params
) -> dict:
    last = {name: values[:, -1] for name, values in reached.items()}
    gain = last["flexible"] - last["as now"]
    rng = np.random.default_rng([params.seed, 2])
    draws = resample.bootstrap(np.arange(gain.size), lambda rows: gain[rows].mean(), draws=500, rng=rng)
    low, high = resample.interval(draws)
    reach = {name: {"reach": values.mean(), "pass_on": int(willing[name].sum())} for name, values in last.items()}
    members = int(willing["flexible"].size)
    claim = {"status": "ok", "value": gain.mean(), "low": low, "high": high, "n": {"members": members}}
    return {
        "status": "ok",
        "members": members,
        "steps": params.steps,
        "regular": params.regular,
        "scenarios": reach,
        "R1": claim,
    }


# The page


def answer(result: Result) -> str:
    """The page's answer in one sentence."""
    if result.metrics["status"] != "ok":
        return f"How news would spread cannot be told: {result.metrics['reason']}."
    now, flexible = (_percent(result.metrics["scenarios"][name]["reach"]) for name in SCENARIOS)
    return (
        f"In the what-if, a piece of business news reaches {now} % of the members within "
        f"{wording.count(result.metrics['steps'], 'step')} as it is shared now, and {flexible} % if everyone who hears "
        "of it passes it on."
    )


def _percent(share: float) -> str:
    """A share in percent with one decimal, so that differences of shares agree with the shares."""
    return wording.number(100 * share, 1)


def reach_figure(result: Result) -> figures.Figure:
    """Members reached step by step under each scenario."""
    if result.metrics["status"] != "ok":
        return figures.nothing(result.metrics["reason"])
    drawing, axes = figures.canvas(height=3.8)
    styles = {"as now": ("all", "--"), "flexible": ("information_sharing", "-")}
    for name, curve in result.curves.groupby("scenario", sort=False):
        colour, line = styles[str(name)]
        axes.fill_between(
            curve["step"], 100 * curve["low"], 100 * curve["high"], color=figures.COLOURS[colour], alpha=0.15, lw=0
        )
        axes.plot(
            curve["step"],
            100 * curve["mean"],
            line,
            color=figures.COLOURS[colour],
            lw=2,
            label=f"{name}: {SCENARIOS[str(name)]}",
        )
    axes.set(xlabel="steps of passing on", ylabel="members reached (%)", ylim=(0, 105))
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.18))
    gain = result.metrics["R1"]["value"]
    axes.set_title(f"If everyone passed news on, it would reach {_percent(gain)} more of every 100 members")
    text = "Lines: mean over the simulation's pieces of news; bands: the middle 80 % of them, overlapping where darker."
    return figures.Figure(drawing, f"{axes.get_title(loc='left')}. {text}", text)


def say_reach(result: Result) -> str:
    """R1's number in words."""
    if result.metrics["status"] != "ok":
        return f"R1 is not assessable: {result.metrics['reason']}."
    now, claim = result.metrics["scenarios"]["as now"], result.metrics["R1"]
    gain = _percent(claim["value"])
    error = wording.between(100 * claim["low"], 100 * claim["high"], 1)
    return (
        f"Now {now['pass_on']} of {wording.count(result.metrics['members'], 'member')} share business news regularly, "
        f"that is {wording.count(result.metrics['regular'], 'piece')} a month or more, and are taken to pass it on. "
        f"If all did, {gain} more of every 100 members would be reached ({error}, the simulation's own error)."
    )


def page_checks(result: Result) -> list[tuple[str, object, bool]]:
    """What must hold on this page."""
    wide = result.curves.pivot_table(index="step", columns="scenario", values="mean", observed=False)
    ordered = wide.empty or bool((wide["flexible"] >= wide["as now"] - 1e-12).all())
    rising = wide.empty or bool((wide.diff().dropna() >= -1e-12).all(axis=None))
    return [
        ("more passing on never reaches fewer", len(wide), ordered),
        ("reach never falls from step to step", len(wide), rising),
    ]
