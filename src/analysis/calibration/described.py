"""How often intervals of what the study describes hold the truth: network structure, sharing, agreement of coders.

Structure and sharing are measured on simulated communities, as trial.py studies the claims; agreement on codings drawn
from a known law.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import resample
from analysis.arrays import Ints
from analysis.calibration import confusion
from analysis.calibration.observed import Observed, by_shortcut
from analysis.calibration.rates import AS_STUDIED, BIAS, COVERAGE, NOMINAL, covered, mean_of, wilson
from analysis.calibration.trial import Condition, Record, Settings
from analysis.coding.agreement import agreement
from analysis.errors import Missing, stage
from analysis.network import structure
from analysis.network.replies.infer import infer_replies
from analysis.network.ties import Exchange, exchange, sampled
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, redrawn_counts, weekly_counts
from analysis.sharing.parts import sharers, trend
from analysis.simulate import simulate_community

STRUCTURE = {
    "density": "density",
    "reciprocity_edgewise": "reciprocity",
    "transitivity": "transitivity",
    "in_centralization": "centralization of answers got",
    "out_centralization": "centralization of answers given",
}
CODED = (100, 400)  # units that both coders read
PREVALENCES = (0.05, 0.2, 0.5)  # of the code
SEES, INVENTS = 0.85, 0.03  # how often a coder gives the code where it applies, and where it does not


@dataclass(frozen=True)
class Network:
    """gap_s, least: of the step `network`; draws: sampled reply graphs."""

    gap_s: float
    least: float
    draws: int


def studied(condition: Condition, seed: int, measured: pd.DataFrame, settings: Settings, network: Network) -> Record:
    """One community: value, low, high and truth of each number, codings drawn as they were measured to err."""
    begun = time.process_time()
    changes: dict[str, Any] = dict(condition.changes)
    community = simulate_community(seed, condition.members, condition.months, condition.scenario, **changes)
    observed = by_shortcut(community)
    codings = confusion.draw(observed, measured, settings.book, gap_minutes=settings.gap_minutes, seed=seed)
    found = _structure(observed, network, seed) | _sharing(observed, codings, settings.sharing)
    return {
        "condition": condition.name,
        "seed": seed,
        "numbers": found,
        "cpu_s": round(time.process_time() - begun, 3),
    }


def _structure(observed: Observed, network: Network, seed: int) -> dict[str, dict[str, float]]:
    """The whole network's measures over sampled reply graphs, and in the true one."""
    everyone, rng = pd.Index(observed.members["member"]), np.random.default_rng(seed)
    assert observed.parents is not None
    inferred, true = (
        exchange(observed.messages, replies, everyone, gap_s=network.gap_s)
        for replies in (infer_replies(observed.messages), observed.parents)
    )
    graphs = sampled(inferred.links, network.draws, rng)
    drawn = pd.DataFrame([_whole(inferred, graph, network.least) for graph in graphs])
    truth = _whole(true, next(sampled(true.links, 1, rng)), network.least)
    ends = {name: resample.interval(drawn[name], NOMINAL) for name in STRUCTURE}
    return {
        f"{words} (true replies)": _number(drawn[name].mean(), *ends[name], truth[name])
        for name, words in STRUCTURE.items()
    }


def _whole(turns: Exchange, graph: tuple[Ints, Ints], least: float) -> dict[str, float]:
    source, target = (turns.turns["member"].to_numpy()[ends] for ends in graph)
    between = source != target
    return structure.whole(structure.counted(source[between], target[between], turns.n), least)


def _sharing(observed: Observed, codings: confusion.Codings, params: sharing.Params) -> dict[str, dict[str, float]]:
    """Who ever shares, and the trend; the truth is what coders would have found had they read all."""
    texts, code = Texts.of(observed.messages, observed.members["member"]), params.code
    redrawn = redrawn_counts(texts, codings.coded, codings.held_out, code, draws=params.labels, seed=params.seed)
    assert codings.wanted is not None
    wanted = codings.wanted[code].rename_axis("unit_id").rename("value").reset_index().assign(code=code)
    true = weekly_counts(texts, wanted, code)
    ever = sharers(redrawn, NOMINAL)
    sizes = {"block": params.block_weeks, "draws": params.bootstrap, "confidence": NOMINAL, "seed": params.seed}
    ours, theirs = (stage(trend)(counts, **sizes) for counts in (redrawn, [true, true]))
    truth = int((true.by_member()["shares"] > 0).sum())
    found = {"members who ever share (if coders read all)": _number(ever["value"], ever["low"], ever["high"], truth)}
    if not isinstance(ours, Missing) and not isinstance(theirs, Missing):
        found["trend of sharing"] = _number(ours["value"], ours["low"], ours["high"], theirs["value"])
    return found


def _number(value: float, low: float, high: float, truth: float) -> dict[str, float]:
    return {name: round(float(number), 6) for name, number in zip(("value", "low", "high", "truth"),
                                                                  (value, low, high, truth), strict=True)}  # fmt: skip


def coverage(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """Rows of the table of coverage (COVERAGE). A trend's truth is what communities of the kind have on average, since
    its interval speaks of other weeks like these."""
    rows = []
    for name in (condition.name for condition in conditions):
        found = [record["numbers"] for record in records if record["condition"] == name]
        for quantity in dict.fromkeys(quantity for numbers in found for quantity in numbers):
            intervals = pd.DataFrame([numbers[quantity] for numbers in found if quantity in numbers])
            truth = intervals["truth"].mean() if quantity.startswith("trend") else intervals["truth"]
            rows.append(covered(name, quantity, intervals, truth))
    return pd.DataFrame(rows, columns=list(COVERAGE))


def bias(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """Rows of the table of bias (BIAS): each number as the study sees it, and as it is."""
    rows = []
    for name in (condition.name for condition in conditions):
        found = [record["numbers"] for record in records if record["condition"] == name]
        for quantity in dict.fromkeys(quantity for numbers in found for quantity in numbers):
            of, _, known = quantity.removesuffix(")").partition(" (")
            for key, measured in (("value", AS_STUDIED), ("truth", known or "if coders read all")):
                means = mean_of([numbers[quantity][key] for numbers in found if quantity in numbers])
                rows.append({"scenario": name, "quantity": of, "measured": measured, **means})
    return pd.DataFrame(rows, columns=list(BIAS))


# Agreement


def alpha_of(prevalence: float) -> float:
    """Krippendorff's alpha of two coders who err alike and apart from each other, in very many units."""
    both = np.array([SEES, INVENTS])
    weight = np.array([prevalence, 1 - prevalence])
    given = float(weight @ both)
    disagreed = float(weight @ (2 * both * (1 - both)))
    return 1 - disagreed / (2 * given * (1 - given))


def agreed(samples: int, seed: int) -> Iterator[dict]:
    """Rows of the table of coverage, of alpha's interval (units resampled), by prevalence and number of units."""
    for prevalence in PREVALENCES:
        for units in CODED:
            rng = np.random.default_rng([seed, units, round(100 * prevalence)])
            held = [_alpha_holds(prevalence, units, rng) for _ in range(samples)]
            ends: Mapping[str, float] = dict(zip(("low", "high"), wilson(sum(held), samples), strict=True))
            place = {"scenario": f"a code in {prevalence:.0%} of units", "quantity": f"alpha on {units} units"}
            yield {**place, "nominal": NOMINAL, "communities": samples, "coverage": float(np.mean(held)), **ends}


def _alpha_holds(prevalence: float, units: int, rng: np.random.Generator) -> bool:
    """Whether the interval on drawn codings holds the true alpha; codings without any code are drawn again."""
    while True:
        applies = rng.random(units) < prevalence
        rate = np.where(applies, SEES, INVENTS)[:, None]
        codings = (rng.random((units, 2)) < rate).astype(int)
        if 0 < codings.sum() < codings.size:
            found = agreement(pd.DataFrame(codings, columns=["a", "b"]), bootstrap=500, seed=int(rng.integers(2**31)))
            return bool(found.low <= alpha_of(prevalence) <= found.high)
