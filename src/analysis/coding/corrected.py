"""Estimates that stay valid when the classifier errs, and labels redrawn from its measured error.

A share of messages with a code, counted over a model's labels, is as biased as the model is, and its interval ignores
that. The corrected share adds what the coders' sample says about the model's error (prediction-powered
inference, Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382, 669-674; weighted by known inclusion
probabilities it is the design-based estimator of Egami, Hinck, Stewart and Wei 2023). Statistics that are not means (a
Gini coefficient, a network test) are recomputed on labels redrawn from the model's measured error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from analysis.arrays import Floats, Ints
from analysis.coding.calibrate import GroupScale
from analysis.errors import InputError
from analysis.resample import seed_of


@dataclass(frozen=True)
class Estimate:
    """A share with its interval. coded: units that coders read; units: all; clusters: conversations with a coded
    unit. power: how far the model was used, 0 (not at all: the coded sample alone) to 1 (in full)."""

    value: float
    low: float
    high: float
    error: float
    coded: int
    units: int
    clusters: int
    power: float


def corrected_share(
    said: ArrayLike,
    truth: ArrayLike,
    clusters: ArrayLike,
    *,
    inclusion: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """The share of units with a code: the model's share, corrected by the coders' sample.

    said: shape (n,), the model's probability (or 0 and 1) for each unit, for coded units from a model that did not
    learn from them. truth: shape (n,), the coders' 0 or 1, missing where nobody read the unit. clusters: conversations,
    within which units depend on each other. inclusion: inclusion probability of each coded unit, equal by default.

    value = power * mean(said) + mean over coded (truth - power * said), weighted by 1 / inclusion and cut to 0 and 1;
    power minimises the error (PPI++, Angelopoulos, Duchi and Zrnic 2023), within 0 and 1. The error sums each
    cluster's influence, a coded cluster's as if it were left out (jackknife). The interval is Wilson's with the number
    of units that this error implies, and t for the effective number of clusters (Korn and Graubard 1998): it stays
    within 0 and 1 and holds for rare codes; with fewer than about fifty coded conversations it covers too little. It
    generalises to a longer stream of such talk. Raises InputError when fewer than two clusters hold coded units, when
    said or inclusion is not a probability, or when truth is not 0, 1 or missing.
    """
    f, y = np.asarray(said, dtype=float), np.asarray(truth, dtype=float)
    names, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    coded = ~np.isnan(y)
    drawn = np.ones(y.size) if inclusion is None else np.asarray(inclusion, dtype=float)
    if not np.isin(y[coded], (0, 1)).all() or not ((f >= 0) & (f <= 1)).all():
        raise InputError("truth must be 0, 1 or missing, and the model's probability between 0 and 1")
    if not ((drawn[coded] > 0) & (drawn[coded] <= 1)).all():
        raise InputError("a coded unit has no inclusion probability", fix="Give each one above 0 and at most 1.")
    held = len(set(cluster[coded]))
    if held < 2:
        raise InputError(f"a corrected share needs coded units in two conversations, and has {held}", fix="Code more.")
    weight = np.divide(1.0, drawn, out=np.zeros(y.size), where=coded)
    weight /= weight.sum()
    labels = np.where(coded, y, 0.0)
    own, of_model = labels - weight @ labels, f - weight @ f
    share = np.bincount(cluster, weight, names.size)
    kept = 1 - share
    from_coded = np.bincount(cluster, weight * own, names.size) / kept
    from_all = np.bincount(cluster, (f - f.mean()) / f.size, names.size)
    from_model = from_all - np.bincount(cluster, weight * of_model, names.size) / kept
    spread = float(from_model @ from_model)
    power = float(np.clip(-(from_coded @ from_model) / spread, 0, 1)) if spread > 0 else 0.0
    value = float(np.clip(power * f.mean() + weight @ (labels - power * f), 0, 1))
    influence = from_coded + power * from_model
    error = float(np.sqrt(influence @ influence))
    low, high = _wilson(value, error, int(coded.sum()), 1 / float(share @ share), confidence)
    return Estimate(value, low, high, error, int(coded.sum()), f.size, held, power)


def naive_share(labels: ArrayLike, clusters: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """The share of units with a code if every label were right, as reported when the model's error is ignored.
    labels: shape (n,), 0 or 1. Error and interval as in corrected_share."""
    y = np.asarray(labels, dtype=float)
    names, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    influence = np.bincount(cluster, (y - y.mean()) / y.size, names.size)
    error = float(np.sqrt(influence @ influence * names.size / max(names.size - 1, 1)))
    low, high = _wilson(float(y.mean()), error, y.size, names.size, confidence)
    return Estimate(float(y.mean()), low, high, error, 0, y.size, names.size, 1.0)


def _wilson(value: float, error: float, units: int, clusters: float, confidence: float) -> tuple[float, float]:
    """Wilson's interval for a share, n being the size at which a random sample has this error; `units` without one."""
    t = float(stdtrit(clusters - 1, (1 + confidence) / 2)) if clusters > 1 else float("inf")
    n = value * (1 - value) / error**2 if error > 0 and 0 < value < 1 else float(units)
    if not np.isfinite(t):
        return 0.0, 1.0
    middle = (value + t**2 / (2 * n)) / (1 + t**2 / n)
    half = t / (1 + t**2 / n) * np.sqrt(value * (1 - value) / n + t**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def corrected_shares(frame: pd.DataFrame, by: str, *, least: int = 30, confidence: float = 0.95) -> pd.DataFrame:
    """Corrected shares of groups (chats, months, members): the group's name, value, low, high, error, coded, units.

    frame: said, truth, conversation, a column `by`, and inclusion where it is known. A group with fewer than `least`
    coded units, or with those in one conversation, has no share of its own: value and interval are missing.
    """
    rows = []
    for name, part in frame.groupby(by, sort=True):
        coded = part["truth"].notna()
        row = {by: name, "coded": int(coded.sum()), "units": len(part)}
        if coded.sum() >= least and len(set(part.loc[coded, "conversation"])) > 1:
            given = (part["said"], part["truth"], part["conversation"])
            row |= vars(corrected_share(*given, inclusion=part.get("inclusion"), confidence=confidence))
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=[by, "value", "low", "high", "error", "coded", "units"])


def evidence(coded: pd.DataFrame, held_out: pd.DataFrame, placed: pd.DataFrame, code: str) -> pd.DataFrame:
    """The evidence for corrected shares of one code, by unit id of every message: said, truth, conversation (,
    inclusion).

    coded: the table Coded. held_out, placed: as the step coding writes them (held_out.parquet, conversations.parquet).
    For a code that no model carries, said is 0 for every message, so that only the coders' sample counts. Empty when
    nobody coded a message.
    """
    own = coded[coded["code"] == code].set_index("unit_id")
    frame = placed.set_index("unit_id")
    if frame["inclusion"].isna().all():
        frame = frame.drop(columns="inclusion")
    predicted = held_out[held_out["code"] == code].set_index("unit_id")["probability"]
    said = pd.concat([own.loc[own["origin"] == "model", "probability"], predicted])
    truth = own.loc[own["origin"] == "human", "value"].astype(float)
    frame = frame.assign(said=said.reindex(frame.index).fillna(0.0), truth=truth.reindex(frame.index))
    return frame if frame["truth"].notna().any() else frame.iloc[:0]


def label_draws(
    coded: pd.DataFrame, held_out: pd.DataFrame, groups: pd.DataFrame, *, draws: int, seed: int
) -> Iterator[pd.DataFrame]:
    """Tables like Coded with the model's labels redrawn from its measured error; the coders' labels stay.

    coded: the table Coded. held_out: unit_id, conversation, code, value, probability of the coded messages (the step
    writes it as held_out.parquet). groups: by unit id of all messages, columns such as member, channel, conversation,
    within which a code may be more or less common than the text alone shows. Name every group that the statistic
    compares: without it the draws make groups more alike than they are. seed: each code has a stream of its own.

    Each draw takes each code's calibration and each group's departure from it (`GroupScale`) from the posterior, and
    draws each label from the resulting probability. A statistic computed on many draws thus varies as much as coders
    and classifier leave it uncertain. A group's departure is learned from its coded messages alone, so groups still
    come out a little too alike: where departures are truly normal, the 95 % interval of a Gini coefficient over 40
    members covers in 70 to 85 % (never, without groups; tests/coding/test_corrected.py).
    """
    streams = _scales(coded, held_out, groups, draws, seed)
    for _ in range(draws):
        value, probability = coded["value"].to_numpy(copy=True), coded["probability"].to_numpy(copy=True)
        for rows, rng, probabilities in streams:
            value[rows] = probability[rows] = rng.random(rows.size) < next(probabilities)
        yield coded.assign(value=value, probability=probability)


def probability_draws(
    coded: pd.DataFrame, held_out: pd.DataFrame, groups: pd.DataFrame, *, draws: int, seed: int
) -> Iterator[pd.DataFrame]:
    """As label_draws, with the model's probabilities redrawn, and no label drawn from them."""
    streams = _scales(coded, held_out, groups, draws, seed)
    for _ in range(draws):
        probability = coded["probability"].to_numpy(copy=True)
        for rows, _, probabilities in streams:
            probability[rows] = next(probabilities)
        yield coded.assign(probability=probability)


Scales = list[tuple[Ints, np.random.Generator, Iterator[Floats]]]


def _scales(coded: pd.DataFrame, held_out: pd.DataFrame, groups: pd.DataFrame, draws: int, seed: int) -> Scales:
    """For each code that a model carries: the rows that it codes, its stream, and draws of their probabilities."""
    model = np.flatnonzero(coded["origin"] == "model")
    guessed = coded.iloc[model][["unit_id", "code", "probability"]]
    streams: Scales = []
    for code, rows in sorted(guessed.groupby("code").indices.items()):
        rng = np.random.default_rng(seed_of(seed, f"labels of {code}"))
        scale = GroupScale.of(held_out[held_out["code"] == code], guessed.iloc[rows], groups)
        streams.append((model[rows], rng, scale.draws(draws, rng)))
    return streams


def pooled(values: ArrayLike, errors: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float, float]:
    """One value and interval from the same analysis on several label draws (Rubin 1987): value, low, high.

    values, errors: shape (draws,), each draw's estimate and its standard error (0 where the draw is the only
    uncertainty). Raises InputError when there are fewer than two draws.
    """
    q, u = np.asarray(values, dtype=float), np.asarray(errors, dtype=float) ** 2
    if q.size < 2:
        raise InputError("pooling needs two draws or more")
    within, between = float(u.mean()), float(q.var(ddof=1)) * (1 + 1 / q.size)
    total = within + between
    freedom = (q.size - 1) * (total / between) ** 2 if between > 0 else float("inf")
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * float(np.sqrt(total))
    return float(q.mean()), float(q.mean() - half), float(q.mean() + half)
