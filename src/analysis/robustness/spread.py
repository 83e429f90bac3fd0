"""C3 in many universes: how concentrated business news is, by other codes, members, periods, nulls and indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.network.ties import Floats, Whole
from analysis.robustness.choices import AS_SETTLED, Universe
from analysis.robustness.inputs import Inputs, kept, reading, refused
from analysis.robustness.pairs import Found, nothing
from analysis.sharing import step as sharing

INDICES: dict[str, sharing.Index] = {AS_SETTLED: sharing.corrected_gini, "top tenth": sharing.top_tenth}
WITHIN = {AS_SETTLED: None, "within chats": "channel", "within months": "month"}
PERIODS = (AS_SETTLED, "first half", "second half")


@dataclass(frozen=True)
class Texts:
    """Text messages of members. rows: member (place among all), week, channel, month, late (second half of the time).

    roster: places of those who are on the roster or wrote.
    """

    ids: pd.Index
    rows: pd.DataFrame
    roster: Whole

    @classmethod
    def of(cls, inputs: Inputs) -> Texts:
        """The texts in the order of the messages."""
        messages = inputs.messages
        texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
        time = texts["time"].dt.tz_localize(None)
        middle = time.min() + (time.max() - time.min()) / 2
        numbered = {
            "member": inputs.everyone.get_indexer(texts["member"]),
            "week": pd.factorize(time.dt.to_period("W"), sort=True)[0],
            "channel": pd.factorize(texts["channel"], sort=True)[0],
            "month": pd.factorize(time.dt.to_period("M"), sort=True)[0],
            "late": (time > middle).to_numpy(),
        }
        named = {*inputs.members["member"], *texts["member"]}
        roster = np.flatnonzero(inputs.everyone.isin(named))
        return cls(pd.Index(texts["message_id"]), pd.DataFrame(numbered), roster)

    def weekly(
        self, shares: NDArray[np.bool_], rows: NDArray[np.bool_], places: Whole, within: str | None
    ) -> pd.DataFrame:
        """The rows as weekly_counts gives them, one a message, with a row of 0 for each of these members who is silent.

        Activity is equal within each value of the column `within`.
        """
        part = self.rows[rows]
        silent = np.setdiff1d(places, part["member"])
        member = np.concatenate([part["member"], silent])
        counts = {
            "member": member,
            "week": np.concatenate([part["week"], np.full(silent.size, part["week"].min() if len(part) else -1)]),
            "messages": np.arange(member.size) < len(part),
            "shares": np.concatenate([shares[rows], np.zeros(silent.size, dtype=bool)]),
        }
        if within:
            first = part[within].min() if len(part) else 0
            counts["stratum"] = np.concatenate([part[within], np.full(silent.size, first)])
        return pd.DataFrame(counts).astype("int64")


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
    own = coded[coded["code"] == params.code]
    told = texts.ids.isin(own["unit_id"]) if len(own) else np.ones(len(texts.ids), dtype=bool)
    if held_out is not None:
        drawn = sharing.redrawn(inputs.messages, coded, held_out, params)
        return Labels(told, [_is_share(each[each["code"] == params.code], texts.ids) for each in drawn])
    probability = own.set_index("unit_id")["probability"].reindex(texts.ids).fillna(0.0).to_numpy(float)
    if np.isin(probability, (0.0, 1.0)).all():
        return Labels(told, [probability == 1])
    rng = np.random.default_rng(params.seed)
    return Labels(told, [rng.random(probability.size) < probability for _ in range(params.labels)])


def _is_share(own: pd.DataFrame, ids: pd.Index) -> NDArray[np.bool_]:
    return ids.isin(own.loc[own["value"] == 1, "unit_id"])


def keys_of(texts: int, permutations: int, seed: int) -> Whole:
    """The texts in random orders, shape (permutations, texts), the same for every universe: a universe with 500 shares
    gives its shares to the first 500 texts that it knows."""
    rng = np.random.default_rng([seed, 3])
    return np.argsort(rng.random((permutations, texts), dtype=np.float32), axis=1).astype(np.int32)


def in_turn(
    inputs: Inputs, texts: Texts, universes: Sequence[Universe], params: sharing.Params, keys: Whole
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
    keys: Whole,
) -> Found:
    names = kept(inputs, *(universe.get(name, AS_SETTLED) for name in ("members", "active", "consent")))
    places = texts.roster[inputs.everyone[texts.roster].isin(names)]
    rows = known.told & in_period(texts, universe.get("period", AS_SETTLED))
    rows &= texts.rows["member"].isin(places).to_numpy()
    within, index = WITHIN[universe.get("activity", AS_SETTLED)], INDICES[universe.get("index", AS_SETTLED)]
    if places.size < 2:
        return nothing(f"{places.size} members are too few to compare")
    weeklies = [texts.weekly(shares, rows, places, within) for shares in known.drawn]
    numbers = numbers_of(weeklies, params, index)
    if numbers["status"] != "ok":
        return nothing(numbers["reason"])
    stratum = texts.rows[within].to_numpy() if within else np.zeros(len(rows), dtype=int)
    null = shuffled(texts, np.array(known.drawn), rows, places, stratum, keys, index)
    return Found(numbers, np.array([numbers["value"]]), null[None, :])


def numbers_of(weeklies: Sequence[pd.DataFrame], params: sharing.Params, index: sharing.Index) -> dict:
    """C3's numbers over draws of the labels, or of labels that are taken as certain."""
    if len(weeklies) > 1:
        return sharing.over_labels(weeklies, params, index)
    (weekly,) = weeklies
    return sharing.excess_over_activity(weekly, sharing.null_of(weekly, params, index), params, index)


def in_period(texts: Texts, period: str) -> NDArray[np.bool_]:
    """Which texts were written in it."""
    late = texts.rows["late"].to_numpy()
    return {AS_SETTLED: np.ones(late.size, dtype=bool), "first half": ~late, "second half": late}[period]


def shuffled(
    texts: Texts,
    drawn: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    places: Whole,
    stratum: Whole,
    keys: Whole,
    index: sharing.Index,
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
