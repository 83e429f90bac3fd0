"""C3 in many universes: how concentrated business news is, by other codes, members, periods, nulls and indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Ints
from analysis.errors import InputError, Missing, stage
from analysis.robustness.choices import AS_SETTLED, Universe
from analysis.robustness.inputs import Inputs, kept, reading, refused
from analysis.robustness.pairs import Found, nothing
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, WeeklyCounts, redrawn_labels
from analysis.sharing.excess import Excess, PooledExcess, excess_over_activity, pooled_excess
from analysis.sharing.indices import Index, corrected_gini, top_tenth

INDICES: dict[str, Index] = {AS_SETTLED: corrected_gini, "top tenth": top_tenth}
WITHIN = {AS_SETTLED: None, "within chats": "channel", "within months": "month"}
PERIODS = (AS_SETTLED, "first half", "second half")


def texts_of(inputs: Inputs) -> Texts:
    """The texts, members numbered as everyone."""
    return Texts.of(inputs.messages, inputs.everyone)


def roster(inputs: Inputs, texts: Texts) -> Ints:
    """Places of those who are on the roster or wrote."""
    on_it = inputs.everyone.isin(inputs.members["member"])
    on_it[texts.rows["member"].unique()] = True
    return np.flatnonzero(on_it)


@dataclass(frozen=True)
class Labels:
    """told: which texts the code is known of (all, unless no model carries it); drawn: which are news, in each draw."""

    told: NDArray[np.bool_]
    drawn: list[NDArray[np.bool_]]


def labels(inputs: Inputs, texts: Texts, universe: Universe, params: sharing.Params) -> Labels:
    """Which texts are business news, in one draw or several. Raises InputError where the codes are not there."""
    codes = universe.get("codes", AS_SETTLED)
    coded, held_out = reading(inputs, codes)
    apart = refused(inputs, "news", codes, AS_SETTLED)
    if apart:
        raise InputError(apart)
    told = texts.labelled(coded, params.code)
    if held_out is not None:
        drawn = redrawn_labels(texts, coded, held_out, params.code, draws=params.labels, seed=params.seed)
        return Labels(told, drawn)
    own = coded[coded["code"] == params.code]
    probability = own.set_index("unit_id")["probability"].reindex(texts.rows.index).fillna(0.0).to_numpy(float)
    if np.isin(probability, (0.0, 1.0)).all():
        return Labels(told, [probability == 1])
    rng = np.random.default_rng(params.seed)
    return Labels(told, [rng.random(probability.size) < probability for _ in range(params.labels)])


def keys_of(texts: int, permutations: int, seed: int) -> Ints:
    """The texts in random orders, shape (permutations, texts), the same for every universe: a universe with 500 shares
    gives its shares to the first 500 texts that it knows."""
    rng = np.random.default_rng([seed, 3])
    return np.argsort(rng.random((permutations, texts), dtype=np.float32), axis=1).astype(np.int32)


def in_turn(
    inputs: Inputs, texts: Texts, universes: Sequence[Universe], params: sharing.Params, keys: Ints
) -> list[Found]:
    """C3 in universes that share codes and floor."""
    try:
        known = labels(inputs, texts, universes[0], params)
    except InputError as error:
        return [nothing(error.what) for _ in universes]
    return [_spread(inputs, texts, known, universe, params, keys) for universe in universes]


def _spread(
    inputs: Inputs,
    texts: Texts,
    known: Labels,
    universe: Universe,
    params: sharing.Params,
    keys: Ints,
) -> Found:
    names = kept(inputs, *(universe.get(name, AS_SETTLED) for name in ("members", "active", "consent")))
    places = roster(inputs, texts)
    places = places[inputs.everyone[places].isin(names)]
    rows = known.told & in_period(texts, universe.get("period", AS_SETTLED))
    rows &= texts.rows["member"].isin(places).to_numpy()
    within, index = WITHIN[universe.get("activity", AS_SETTLED)], INDICES[universe.get("index", AS_SETTLED)]
    if places.size < 2:
        return nothing(f"{places.size} members are too few to compare")
    measured = excess([texts.counts(each, rows, members=places, within=within) for each in known.drawn], params, index)
    if isinstance(measured, Missing):
        return nothing(measured.reason)
    stratum = texts.rows[within].to_numpy() if within else np.zeros(len(rows), dtype=int)
    null = shuffled(texts, np.array(known.drawn), rows, places, stratum, keys, index)
    return Found(measured.numbers(), np.array([measured.value]), null[None, :])


@stage
def excess(
    weeklies: Sequence[WeeklyCounts], params: sharing.Params, index: Index = corrected_gini
) -> Excess | PooledExcess:
    """C3 over draws of the labels, or with labels that are taken as certain."""
    if len(weeklies) > 1:
        return pooled_excess(weeklies, index=index, **params.of_excess)
    return excess_over_activity(weeklies[0], index=index, **params.of_excess)


def in_period(texts: Texts, period: str) -> NDArray[np.bool_]:
    """Which texts were written in it."""
    late = texts.rows["late"].to_numpy()
    return {AS_SETTLED: np.ones(late.size, dtype=bool), "first half": ~late, "second half": late}[period]


def shuffled(
    texts: Texts,
    drawn: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    places: Ints,
    stratum: Ints,
    keys: Ints,
    index: Index,
) -> Floats:
    """The excess when shares fall on texts by chance, as many in each stratum as are observed: shape (R,)."""
    order = keys[rows[keys]].reshape(len(keys), -1)
    if stratum.any():
        by_stratum = np.argsort(stratum[order].astype(np.int16), axis=1, kind="stable")
        order = np.take_along_axis(order, by_stratum, axis=1)
    size = np.bincount(stratum[rows])
    total = np.rint(np.mean([np.bincount(stratum[rows], each[rows], size.size) for each in drawn], axis=0)).astype(int)
    start = np.cumsum(size) - size
    chosen = order[:, np.concatenate([np.arange(a, a + k) for a, k in zip(start, total, strict=True)])]
    member = np.searchsorted(places, texts.rows["member"].to_numpy()[chosen])
    cell = member + places.size * np.arange(len(keys))[:, None]
    counts = np.bincount(cell.ravel(), minlength=places.size * len(keys)).reshape(len(keys), -1)
    values = index(counts.astype(float))
    return values - values.mean()
