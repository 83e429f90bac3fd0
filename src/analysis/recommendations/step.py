"""The step `recommendations`: how far a piece of business news would travel if the way of sharing changed (R1).

A what-if on the observed network, no test: its assumptions are those of the scenarios and are stated on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import resample, study, tables
from analysis.arrays import Flags, Floats
from analysis.errors import InputError, Missing, stage
from analysis.recommendations import diffusion


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
class Data:
    """What the step reads. counts: member, messages, shares (step sharing); ties (step network); times of messages."""

    counts: pd.DataFrame
    ties: pd.DataFrame
    times: pd.Series


@dataclass(frozen=True)
class Gain:
    """R1: share of members reached if all pass news on, less the share reached now.

    value: mean over the simulated pieces of news. low, high: interval of that mean, the simulation's own error.
    """

    value: float
    low: float
    high: float


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """Spread news over the reply network under each scenario; write the curves and metrics."""
    return write(paths, **assess(read(paths), params), regular=params.regular)


def read(paths: study.Paths) -> Data:
    """The tables of the earlier steps."""
    return Data(
        tables.read(paths.processed("sharing") / "counts.parquet"),
        tables.read(paths.processed("network") / "ties.parquet", tables.Ties),
        tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)["time"],
    )


def assess(data: Data, params: Params) -> dict[str, Any]:
    """Every result of the step, by the names that write takes."""
    shares, months = data.counts["shares"].to_numpy(), diffusion.observed_months(data.times)
    passes_on = who_passes_on(shares, months, params.regular)
    network = hearing(data, months, params.pass_on)
    reached = cascades(network, shares, passes_on, steps=params.steps, draws=params.draws, seed=params.seed)
    return {"passes_on": passes_on, "reached": reached, "gain": gain(reached, seed=params.seed)}


# Stages


who_passes_on = stage(diffusion.who_passes_on)
cascades = stage(diffusion.cascades)
curves = stage(diffusion.curves)


@stage
def hearing(data: Data, months: float, pass_on: float) -> sparse.csr_array:
    """Probability that a member hears from another (diffusion.hearing_probability); missing where there are no ties."""
    if not len(data.ties):
        raise InputError("there are no ties")
    replies = data.ties[data.ties["layer"] == "reply"]
    return diffusion.hearing_probability(replies, pd.Index(data.counts["member"]), months, pass_on)


@stage
def gain(reached: Mapping[str, Floats], *, seed: int) -> Gain:
    """How many more members are reached if all pass news on."""
    more = reached["flexible"][:, -1] - reached["as now"][:, -1]
    rng = np.random.default_rng(resample.seed_of(seed, "gain"))
    means = resample.bootstrap(np.arange(more.size), lambda rows: more[rows].mean(), draws=500, rng=rng)
    return Gain(float(more.mean()), *resample.interval(means))


# Results


def write(
    paths: study.Paths,
    *,
    passes_on: Mapping[str, Flags] | Missing,
    reached: Mapping[str, Floats] | Missing,
    gain: Gain | Missing,
    regular: float,
) -> dict[str, Any]:
    """Write the curves (none where there are no cascades) and metrics; returns the metrics."""
    out = paths.results.processed("recommendations")
    table, metrics = curves(reached), measured(passes_on, reached, gain, regular)
    if isinstance(metrics, Missing):
        table, metrics = pd.DataFrame(columns=list(diffusion.CURVES)), {"status": "missing", "reason": metrics.reason}
    tables.write(table, out / "curves.parquet")
    if not isinstance(reached, Missing):
        tables.write(diffusion.by_draw(reached), out / "cascades.parquet")
    study.write_metrics(paths, "recommendations", metrics)
    return metrics


@stage
def measured(
    passes_on: Mapping[str, Flags], reached: Mapping[str, Floats], gain: Gain, regular: float
) -> dict[str, Any]:
    """The metrics of the step."""
    members = len(passes_on["flexible"])
    scenarios = {
        name: {"reach": values[:, -1].mean(), "pass_on": int(passes_on[name].sum())} for name, values in reached.items()
    }
    return {
        "status": "ok",
        "members": members,
        "steps": reached["flexible"].shape[1] - 1,
        "regular": regular,
        "scenarios": scenarios,
        "R1": {"status": "ok", **asdict(gain), "n": {"members": members}},
    }
