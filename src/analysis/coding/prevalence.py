"""Prevalence of each code: counted from the model's labels, corrected for its error, and by each coder alone."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis import tables
from analysis.codebook import Codebook
from analysis.coding.carry import NONE_CARRIED, Carried, carry, codes_to_carry
from analysis.coding.classify import MakeClassifier
from analysis.coding.corrected import corrected_share, corrected_shares, naive_share
from analysis.coding.human import CONSENSUS, Settled
from analysis.coding.latent import Posterior
from analysis.errors import InputError

CORRECTED, COUNTED, LIKELY = "corrected", "counted", "likely"
EVERYWHERE = "all chats"
PREVALENCE = ("of", "code", "kind", "value", "low", "high", "error", "coded", "units")


class Alone(NamedTuple):
    """Results if one coder alone had coded: the table Coded with a column coder, and prevalence."""

    coded: pd.DataFrame
    prevalence: pd.DataFrame


def prevalence(
    texts: pd.DataFrame,
    carried: Carried,
    settled: Settled,
    likely: Posterior,
    *,
    inclusion: pd.Series | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of messages with each carried code, one row per code, kind and group (all chats; also each, corrected).

    texts: message_id, channel, conversation. kind: corrected by what the coders settled on, counted (the labels of
    coded as they are), or likely true, corrected for coders' errors too (for these messages only). inclusion: as in
    carry. value is missing where too few messages are coded. Raises InputError when no code is carried.
    """
    if not carried.codes:
        raise InputError(NONE_CARRIED)
    rows: list[dict] = []
    of_all = likely.prevalence[likely.prevalence["member"].isna()].set_index("code")[["value", "low", "high", "units"]]
    labels = carried.coded.groupby("code")
    for code in carried.codes:
        part = _evidence(texts, carried, settled.value, code, inclusion)
        given = labels.get_group(code).set_index("unit_id")["value"].reindex(part.index)
        counted = naive_share(given, part["conversation"], confidence=confidence)
        rows.append({"of": EVERYWHERE, "code": code, "kind": COUNTED} | vars(counted))
        rows.append(_corrected(part, code, CORRECTED, confidence))
        rows.append({"of": EVERYWHERE, "code": code, "kind": LIKELY} | of_all.loc[code].to_dict())
        by_chat = corrected_shares(part, "channel", confidence=confidence).rename(columns={"channel": "of"})
        rows += by_chat.assign(code=code, kind=CORRECTED).to_dict("records")
    return pd.DataFrame(rows).reindex(columns=list(PREVALENCE))


def coders_alone(
    texts: pd.DataFrame,
    applied: pd.DataFrame,
    carried: Carried,
    book: Codebook,
    *,
    inclusion: pd.Series | None,
    folds: int,
    min_positives: int,
    model: MakeClassifier,
    confidence: float,
) -> Alone:
    """The codes carried, and the prevalence of each, if one coder alone had coded.

    applied: as in human.presence. A code that a coder gave too seldom to carry is left out of that coder's tables. Both
    tables are empty unless there are two or more coders.
    """
    coders = sorted(set(applied.index.get_level_values("coder")) - {CONSENSUS})
    coded, rows = [tables.empty(tables.Coded).assign(coder=pd.Series(dtype=str))], []
    for coder in coders if len(coders) > 1 else ():
        own = applied.xs(coder, level="coder")[carried.codes].astype("int64")
        codes = codes_to_carry(texts, Settled.by_one(own), book, folds=folds, min_positives=min_positives)
        own = own[codes.loc[codes["carried"], "code"].tolist()]
        if own.columns.empty:
            continue
        by_one = carry(texts, Settled.by_one(own), list(own), folds=folds, inclusion=inclusion, model=model)
        coded.append(by_one.coded.assign(coder=coder))
        parts = {code: _evidence(texts, by_one, own, code, inclusion) for code in by_one.codes}
        rows += [_corrected(part, code, coder, confidence) for code, part in parts.items()]
    return Alone(pd.concat(coded, ignore_index=True), pd.DataFrame(rows).reindex(columns=list(PREVALENCE)))


def _evidence(
    texts: pd.DataFrame, carried: Carried, value: pd.DataFrame, code: str, inclusion: pd.Series | None
) -> pd.DataFrame:
    """The evidence for the shares of a code, by message id: channel, conversation, said, truth (, inclusion)."""
    frame = texts.set_index("message_id")[["channel", "conversation"]]
    if inclusion is not None:
        frame["inclusion"] = inclusion.reindex(frame.index)
    return frame.assign(said=carried.probabilities[code], truth=value[code].reindex(frame.index).astype(float))


def _corrected(frame: pd.DataFrame, code: str, kind: str, confidence: float) -> dict:
    """One row of the table: the corrected share over all of frame; without a value where too few messages are coded."""
    row: dict[str, object] = {"of": EVERYWHERE, "code": code, "kind": kind}
    row |= {"coded": int(frame["truth"].notna().sum()), "units": len(frame)}
    given = (frame["said"], frame["truth"], frame["conversation"])
    try:
        return row | vars(corrected_share(*given, inclusion=frame.get("inclusion"), confidence=confidence))
    except InputError:
        return row
