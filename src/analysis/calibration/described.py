"""Coverage of the study's descriptive intervals: network structure, sharing, agreement of coders.

Structure and sharing are measured on simulated communities, as trial.py studies the claims; agreement on codings drawn
with known error rates.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import resample
from analysis.arrays import Ints
from analysis.calibration import confusion
from analysis.calibration.observed import Inferred, Observed, by_shortcut, inferred_replies
from analysis.calibration.rates import (
    AS_STUDIED,
    BIAS,
    COVERAGE,
    MISSES,
    NOMINAL,
    coverage_row,
    covered,
    mean_of,
    missed,
    of_condition,
)
from analysis.calibration.trial import Condition, Record, Settings
from analysis.coding.agreement import agreement
from analysis.errors import Missing, stage
from analysis.network import step as steps
from analysis.network import structure
from analysis.network.ties import Exchange, exchange, sampled
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, redrawn_counts
from analysis.sharing.parts import ever_shared, trend

STRUCTURE = {
    "density": "density", "reciprocity_edgewise": "reciprocity", "transitivity": "transitivity",
    "in_centralization": "centralization of answers got", "out_centralization": "centralization of answers given",
}  # fmt: skip
CODED = (100, 400)  # numbers of units that both coders read
PREVALENCES = (0.05, 0.2, 0.5)  # of the code
SENSITIVITY, FALSE_POSITIVES = 0.85, 0.03  # of each coder: rates of giving the code if it applies, and if not


@dataclass(frozen=True)
class Network:
    """gap_s, least: of the step `network`; draws: sampled reply graphs."""

    gap_s: float
    least: float
    draws: int


def studied(condition: Condition, seed: int, measured: pd.DataFrame, settings: Settings, network: Network) -> Record:
    """One community: value, low, high and truth of each number, with codings drawn as trial.trial draws them."""
    begun = time.process_time()
    observed = by_shortcut(condition.community(seed))
    codings = confusion.draw(observed, measured, settings.book, gap_minutes=settings.gap_minutes, seed=seed)
    numbers = _structure(observed, codings, settings, network, seed) | _sharing(observed, codings, settings.sharing)
    seconds = round(time.process_time() - begun, 3)
    return {"condition": condition.name, "seed": seed, "numbers": numbers, "cpu_s": seconds}


def _structure(
    observed: Observed, codings: confusion.Codings, settings: Settings, network: Network, seed: int
) -> dict[str, dict[str, float]]:
    """The whole network's measures over reply graphs drawn jointly, and in the true one."""
    params, carried, rng = settings.partnership, codings.carried, np.random.default_rng(seed)
    studied = inferred_replies(
        observed, carried.coded, carried.held_out, informal=params.informal, gap_s=network.gap_s, hours=params.hours,
        draws=network.draws, seed=seed,
    )  # fmt: skip
    inferred, everyone = studied.turns, pd.Index(observed.members["member"])
    true = exchange(observed.messages, observed.parents, everyone, gap_s=network.gap_s)
    graphs = sampled(inferred, network.draws, rng)
    drawn = pd.DataFrame([_whole(inferred, graph, network.least) for graph in graphs])
    truth = _whole(true, next(sampled(true, 1, rng)), network.least)
    numbers = {
        f"{words} (true replies)": _number(drawn[name].mean(), *resample.interval(drawn[name], NOMINAL), truth[name])
        for name, words in STRUCTURE.items()
    }
    return numbers | _answering(observed, studied)


def _answering(observed: Observed, studied: Inferred) -> dict[str, dict[str, float]]:
    """The share of messages that answer another member, corrected by the annotations."""
    of_members = observed.messages["member"].notna()
    member = observed.messages[of_members].set_index("message_id")["member"]
    answered = observed.parents.set_index("message_id")["reply_to"].reindex(member.index).map(member)
    labels, own = steps.labels_of(studied.data), {"confidence": NOMINAL, "seed": 0}
    share = steps.answering_others(studied.data, studied.replies, labels, studied.adaptation, **own)
    if isinstance(share, Missing):
        return {}
    truth = float((answered.notna() & (answered != member)).mean())
    return {"messages that answer another member (true replies)": _number(share.value, share.low, share.high, truth)}


def _whole(turns: Exchange, graph: tuple[Ints, Ints], least: float) -> dict[str, float]:
    source, target = (turns.turns["member"].to_numpy()[ends] for ends in graph)
    between = source != target
    return structure.whole(structure.counted(source[between], target[between], turns.n), least)


def _sharing(observed: Observed, codings: confusion.Codings, params: sharing.Params) -> dict[str, dict[str, float]]:
    """The members who ever share, and the trend; the truth is that of the planted codes."""
    texts, code = Texts.of(observed.messages, observed.members["member"]), params.code
    coded, held_out = codings.carried.coded, codings.carried.held_out
    redrawn = redrawn_counts(texts, coded, held_out, code, draws=params.labels, seed=params.seed)
    planted = np.array([code in codes for codes in observed.planted.reindex(texts.rows.index)])
    true = texts.counts(planted)
    ever = ever_shared(redrawn, NOMINAL)
    sizes = {"block": params.block_weeks, "draws": params.bootstrap, "confidence": NOMINAL, "seed": params.seed}
    ours, theirs = (stage(trend)(counts, **sizes) for counts in (redrawn, [true, true]))
    truth = int((true.by_member()["shares"] > 0).sum())
    numbers = {"members who ever share (true codes)": _number(ever["value"], ever["low"], ever["high"], truth)}
    if not isinstance(ours, Missing) and not isinstance(theirs, Missing):
        numbers["trend of sharing (true codes)"] = _number(ours["value"], ours["low"], ours["high"], theirs["value"])
    return numbers


def _number(value: float, low: float, high: float, truth: float) -> dict[str, float]:
    numbers = {"value": value, "low": low, "high": high, "truth": truth}
    return {name: round(float(number), 6) for name, number in numbers.items()}


def _by_quantity(records: Sequence[Record], conditions: Sequence[Condition]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Scenario, quantity, and its numbers: one row per community, columns value, low, high, truth."""
    for condition in conditions:
        each = [record["numbers"] for record in of_condition(records, condition)]
        for quantity in dict.fromkeys(quantity for numbers in each for quantity in numbers):
            yield condition.name, quantity, pd.DataFrame([one[quantity] for one in each if quantity in one])


def coverage(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """Rows of the table of coverage (COVERAGE). A trend's truth is its mean over communities of the kind, as its
    interval is about other weeks like these."""
    rows = []
    for scenario, quantity, intervals in _by_quantity(records, conditions):
        truth = intervals["truth"].mean() if quantity.startswith("trend") else intervals["truth"]
        rows.append(covered(scenario, quantity, intervals, truth))
    return pd.DataFrame(rows, columns=list(COVERAGE))


def bias(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """Rows of the table of bias (BIAS): each number as the study measures it, and its true value."""
    rows = []
    for scenario, quantity, numbers in _by_quantity(records, conditions):
        of, _, known = quantity.removesuffix(")").partition(" (")
        for key, measured in (("value", AS_STUDIED), ("truth", known)):
            rows.append({"scenario": scenario, "quantity": of, "measured": measured, **mean_of(numbers[key])})
    return pd.DataFrame(rows, columns=list(BIAS))


def misses(records: Sequence[Record], conditions: Sequence[Condition]) -> pd.DataFrame:
    """Rows of the table of misses (MISSES)."""
    rows = [
        missed(scenario, quantity, numbers, numbers["truth"])
        for scenario, quantity, numbers in _by_quantity(records, conditions)
    ]
    return pd.DataFrame(rows, columns=list(MISSES))


# Agreement


def alpha_of(prevalence: float) -> float:
    """Krippendorff's alpha of two coders with equal error rates and independent errors, for infinitely many units."""
    rates, weight = np.array([SENSITIVITY, FALSE_POSITIVES]), np.array([prevalence, 1 - prevalence])
    given, disagreed = float(weight @ rates), float(weight @ (2 * rates * (1 - rates)))
    return 1 - disagreed / (2 * given * (1 - given))


def alpha_coverage(samples: int, seed: int) -> Iterator[dict]:
    """Rows of the table of coverage for alpha's interval (units resampled), by prevalence and number of units."""
    for prevalence in PREVALENCES:
        for units in CODED:
            rng = np.random.default_rng([seed, units, round(100 * prevalence)])
            held = [_alpha_holds(prevalence, units, rng) for _ in range(samples)]
            yield coverage_row(f"a code in {prevalence:.0%} of units", f"alpha on {units} units", held)


def _alpha_holds(prevalence: float, units: int, rng: np.random.Generator) -> bool:
    """Whether the interval on drawn codings holds the true alpha; codings without any code are drawn again."""
    while True:
        applies = rng.random(units) < prevalence
        rate = np.where(applies, SENSITIVITY, FALSE_POSITIVES)[:, None]
        codings = (rng.random((units, 2)) < rate).astype(int)
        if 0 < codings.sum() < codings.size:
            alpha = agreement(pd.DataFrame(codings, columns=["a", "b"]), bootstrap=500, seed=int(rng.integers(2**31)))
            return bool(alpha.low <= alpha_of(prevalence) <= alpha.high)
