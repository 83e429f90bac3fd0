"""Codes carried from the coded sample to all messages: which codes, with which probabilities, and with which error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import tables
from analysis.arrays import Floats, Ints
from analysis.codebook import Codebook
from analysis.coding import calibrate, classify
from analysis.coding.classify import MakeClassifier
from analysis.coding.human import Settled
from analysis.errors import InputError
from analysis.resample import seed_of

LEARNING = (0.25, 0.5, 0.75)  # shares of the training conversations at which a learning curve is computed, before all
MEASURES = (
    "threshold", "precision", "recall", "f1", "f1_by_member", "brier", "hits", "false_alarms", "misses", "rejections",
)  # fmt: skip
PERFORMANCE = ("code", "level", "units", "positives", "conversations", "coded_share", "carried", "reason", *MEASURES)
NONE_CARRIED = "no code is frequent enough for a model"
HELD_OUT = ("unit_id", "conversation", "code", "value", "probability", "readers", "share", "decided", "weight")


@dataclass(frozen=True)
class Carried:
    """Codes carried to all messages by a classifier.

    probabilities: all messages (by id) x carried codes, none from a model that saw the message's own codes: for a coded
    message from the fold that left its conversation out, for any other the mean of the folds. thresholds: by carried
    code, the least probability at which it is given. labels: coded messages x carried codes, what the coders settled
    on, 0 or 1; weights: of those messages (1 / inclusion), with mean 1. coded: the table Coded. held_out: labels and
    probabilities of the coded messages, one row per message and code (HELD_OUT), with how many coders read the message
    alone, the share of them who gave the code, whether the consensus decided, and the message's weight.
    """

    probabilities: pd.DataFrame
    thresholds: pd.Series
    labels: pd.DataFrame
    weights: Floats
    coded: pd.DataFrame
    held_out: pd.DataFrame

    @property
    def codes(self) -> list[str]:
        """The carried codes."""
        return list(self.labels.columns)

    @property
    def predictions(self) -> pd.DataFrame:
        """The held-out probabilities: coded messages x carried codes."""
        return self.probabilities.loc[self.labels.index]


def carry(
    texts: pd.DataFrame,
    settled: Settled,
    codes: Sequence[str],
    *,
    folds: int,
    inclusion: pd.Series | None = None,
    model: MakeClassifier = classify.CharacterModel,
) -> Carried:
    """Learn these codes from the coded messages and predict them for every message.

    texts: message_id, conversation, text, before, after. settled: of the coded units. inclusion: by message, its
    probability of being drawn for coding; without it all had the same. model: makes an unfitted classifier. Without a
    code to carry, only the coders' codes remain. Raises InputError when a coded message has no inclusion probability.
    """
    truth, weights = settled_truth(texts, settled, codes, inclusion)
    said = pd.DataFrame(index=pd.Index(texts["message_id"]))
    if len(codes):
        said = crossed(texts, truth, folds, model, weights)
    return labelled(said, truth, settled, coded_texts(texts, truth)["conversation"].to_numpy(), weights)


def settled_truth(
    texts: pd.DataFrame, settled: Settled, codes: Sequence[str], inclusion: pd.Series | None
) -> tuple[pd.DataFrame, Floats]:
    """What the coders settled on (coded messages x codes, 0 or 1), and the messages' weights. Arguments and errors as
    of carry."""
    truth = settled.value.reindex(coded_texts(texts, settled.value)["message_id"])[list(codes)].astype("int64")
    if inclusion is None:
        return truth, np.ones(len(truth))
    drawn = truth.index.map(inclusion).to_numpy(dtype=float)
    if not (valid := (drawn > 0) & (drawn <= 1)).all():
        missing = truth.index.to_numpy()[~valid][0]
        raise InputError(f"the coded message {missing!r} has no inclusion probability from 0 to 1 in sample.csv")
    return truth, drawn.size / drawn / (1 / drawn).sum()


def labelled(
    said: pd.DataFrame, truth: pd.DataFrame, settled: Settled, conversation: NDArray, weights: Floats
) -> Carried:
    """Codes from the probabilities of all messages, each given as often as the coders give it (break-even).

    said: messages x carried codes. truth: coded messages x carried codes. settled: as in carry. conversation, weights:
    of the coded messages.
    """
    codes, held = list(truth.columns), said.loc[truth.index]
    least = {code: classify.break_even(held[code].to_numpy(), truth[code].to_numpy(), weights) for code in codes}
    thresholds = pd.Series(least, dtype=float)
    by_unit = {"conversation": conversation, "weight": weights}
    by_unit |= {name: getattr(settled, name).reindex(truth.index).to_numpy() for name in ("readers", "decided")}
    share = settled.share.reindex(truth.index)[codes].to_numpy(float).ravel()
    held_out = _long(truth, held).assign(share=share, **{k: np.repeat(v, len(codes)) for k, v in by_unit.items()})
    parts = [_long(settled.value, settled.probability).assign(origin="human")]
    others = said[~said.index.isin(settled.value.index)]
    if codes:
        parts.append(_long((others >= thresholds).astype("int64"), others).assign(origin="model"))
    coded = pd.concat([tables.conform(part, tables.Coded) for part in parts])
    coded = coded.sort_values(["unit_id", "code"], ignore_index=True)
    return Carried(said, thresholds, truth, weights, coded, held_out[list(HELD_OUT)])


def _long(value: pd.DataFrame, probability: pd.DataFrame) -> pd.DataFrame:
    """Two tables of units x codes as one long table, one row per unit and code."""
    units = np.repeat(value.index.to_numpy(), len(value.columns))
    codes = np.tile(value.columns.to_numpy(dtype=object), len(value))
    frame = pd.DataFrame({"unit_id": units, "code": codes, "value": value.to_numpy().ravel()})
    return frame.assign(probability=probability.to_numpy().ravel())


def coded_texts(texts: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """The texts that coders read. value: coded units x codes."""
    return texts[texts["message_id"].isin(value.index)]


def crossed(
    texts: pd.DataFrame,
    truth: pd.DataFrame,
    folds: int,
    model: MakeClassifier = classify.CharacterModel,
    weights: Floats | None = None,
) -> pd.DataFrame:
    """Calibrated probabilities, all texts x codes, from models that saw none of the text's conversation.

    Cross-prediction (Zrnic and Candès 2024): coded texts from their own fold, the others from the mean of the folds.
    truth: coded messages, in the texts' order, x codes.
    """
    coded = texts["message_id"].isin(truth.index).to_numpy()
    sample, labels = texts[coded], truth.to_numpy(dtype=np.int64)
    fitted = list(classify.cross_fit(sample, labels, sample["conversation"].tolist(), folds, model))
    held_out = np.zeros(labels.shape)
    for test, without in fitted:
        held_out[test] = without.probabilities(sample.iloc[test])
    scales = [calibrate.platt(held_out[:, k], labels[:, k], weights) for k in range(labels.shape[1])]
    result = np.zeros((len(texts), labels.shape[1]))
    for _, without in fitted:
        said = without.probabilities(texts)
        result += np.column_stack([calibrate.rescaled(said[:, k], scale) for k, scale in enumerate(scales)])
    result /= folds
    result[coded] = np.column_stack([calibrate.rescaled(held_out[:, k], scale) for k, scale in enumerate(scales)])
    return pd.DataFrame(result, index=texts["message_id"], columns=truth.columns)


def codes_to_carry(
    texts: pd.DataFrame, settled: Settled, book: Codebook, *, folds: int, min_positives: int
) -> pd.DataFrame:
    """Each code of the codebook among the coded messages, and whether a model can carry it: the first columns of
    PERFORMANCE.

    A code is carried when at least min_positives coded messages have it, in at least as many conversations as there are
    folds; otherwise the column reason says why not.
    """
    value = settled.value
    sample = coded_texts(texts, value)
    truth, conversation = value.reindex(sample["message_id"]), sample["conversation"].to_numpy()
    codes = [name for name in book.names if name in value]
    level = ["parent" if name in book.parents else "leaf" for name in codes]
    positives = truth[codes].sum().to_numpy("int64")
    held = [len(set(conversation[truth[name].to_numpy() == 1])) for name in codes]
    table = pd.DataFrame({"code": codes, "level": level, "units": len(truth), "positives": positives})
    table = table.assign(conversations=held, coded_share=[float(truth[name].mean()) for name in codes])
    reasons = [
        "given to " + table["positives"].astype(str) + f" coded messages, fewer than {min_positives}",
        "given in " + table["conversations"].astype(str) + f" conversations, fewer than the {folds} folds",
        "given to every coded message",
    ]
    holds = [table["positives"] < min_positives, table["conversations"] < folds, table["positives"] == len(truth)]
    reason = np.select(holds, reasons, "")
    return table.assign(carried=reason == "", reason=reason)


def performance(
    codes: pd.DataFrame,
    carried: Carried,
    texts: pd.DataFrame,
    *,
    folds: int,
    model: MakeClassifier = classify.CharacterModel,
) -> pd.DataFrame:
    """The error of each carried code on conversations, and on members (f1_by_member), that the model has not seen.

    codes: from codes_to_carry. texts, folds, model: as in carry. One row per code of the codebook, columns PERFORMANCE;
    the error of a code that is not carried is missing.
    """
    labels, sample = carried.labels.to_numpy(), coded_texts(texts, carried.labels)
    by_member = np.full(labels.shape, np.nan)  # missing where there are fewer members than folds
    if sample["member"].nunique() >= folds and carried.codes:
        by_member = classify.out_of_fold(sample, labels, sample["member"].tolist(), folds, model)
    return codes.join(measured(carried, by_member), on="code")


def measured(carried: Carried, by_member: Floats) -> pd.DataFrame:
    """The error of each carried code (rows) on what was held out: MEASURES. by_member: coded messages x carried codes,
    probabilities from models that saw no message of the member; all missing where there are too few members."""
    labels, held_out = carried.labels.to_numpy(), carried.predictions.to_numpy()
    rows, enough = [], not np.isnan(by_member).any()
    for k in range(len(carried.codes)):
        f1 = _errors(by_member[:, k], labels[:, k], carried.weights)["f1"] if enough else float("nan")
        rows.append(_errors(held_out[:, k], labels[:, k], carried.weights) | {"f1_by_member": f1})
    return pd.DataFrame(rows, index=pd.Index(carried.codes, dtype=str), columns=list(MEASURES), dtype=float)


def _errors(probabilities: Floats, truth: Ints, weights: Floats) -> dict[str, float]:
    threshold = classify.break_even(probabilities, truth, weights)
    return classify.errors(probabilities, truth, threshold, weights) | {"threshold": threshold}


def calibration_curves(carried: Carried) -> pd.DataFrame:
    """Predicted probabilities and the coders' shares, in equal-sized bins of each carried code's held-out predictions.
    Columns code, said, seen, units. Raises InputError when no code is carried."""
    if not carried.codes:
        raise InputError(NONE_CARRIED)
    said, truth = carried.predictions, carried.labels
    curves = {c: classify.calibration(said[c].to_numpy(), truth[c].to_numpy(), carried.weights) for c in truth}
    return pd.concat(curves, names=["code"]).reset_index("code").reset_index(drop=True)


def learning_curves(
    measured: pd.DataFrame,
    carried: Carried,
    texts: pd.DataFrame,
    *,
    folds: int,
    model: MakeClassifier = classify.CharacterModel,
    seed: int = 0,
) -> pd.DataFrame:
    """F1 of each carried code by how many messages were learned from: units, code, f1.

    measured: from performance; its F1 is the last point of each curve. seed: of the draw of conversations. Raises
    InputError when no code is carried.
    """
    if not carried.codes:
        raise InputError(NONE_CARRIED)
    sample = coded_texts(texts, carried.labels)
    given = (sample, carried.labels.to_numpy(), sample["conversation"].tolist(), folds, LEARNING)
    own = seed_of(seed, "learning curve")
    part = classify.learning_curve(*given, seed=own, model=model, weights=carried.weights)
    part["code"] = part["code"].map(dict(enumerate(carried.codes)))
    last = measured.loc[measured["carried"], ["code", "f1"]].assign(units=len(sample) * (folds - 1) // folds)
    return pd.concat([part, last[["units", "code", "f1"]]], ignore_index=True)
