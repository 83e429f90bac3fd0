"""From the coded sample to all messages: which codes a model carries, how well, and the table of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import tables
from analysis.codebook import Codebook
from analysis.coding import calibrate, classify
from analysis.coding.classify import Model
from analysis.errors import InputError

LEARNING = (0.25, 0.5, 0.75)  # shares of the training conversations, beside all of them
MEASURES = (
    "threshold",
    "precision",
    "recall",
    "f1",
    "f1_by_member",
    "brier",
    "hits",
    "false_alarms",
    "misses",
    "rejections",
)
PERFORMANCE = ("code", "level", "units", "positives", "conversations", "coded_share", "carried", "reason", *MEASURES)

HELD_OUT = ("unit_id", "conversation", "code", "value", "probability")


@dataclass(frozen=True)
class Carried:
    """What the model says.

    probabilities: all messages (by id) x carried codes, none from a model that saw the message's own codes: of a coded
    message from the fold that left its conversation out, of any other the mean of the folds. held_out: what is known of
    their error, a row a coded message and carried code: unit_id, conversation, code, value (the coders'), probability.
    performance: a row a code of the codebook. calibration: code, said, seen, units. learning: code, units (learned
    from), f1.
    """

    performance: pd.DataFrame
    probabilities: pd.DataFrame = field(default_factory=pd.DataFrame)
    held_out: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(HELD_OUT)))
    calibration: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["code", "said", "seen", "units"]))
    learning: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["units", "code", "f1"]))

    @property
    def thresholds(self) -> pd.Series:
        """The least probability at which a code is given, by code."""
        return self.performance.set_index("code").loc[list(self.probabilities.columns), "threshold"]


def carry(
    texts: pd.DataFrame,
    value: pd.DataFrame,
    book: Codebook,
    *,
    folds: int,
    min_positives: int,
    inclusion: pd.Series | None = None,
    model: Callable[[], Model] = classify.CharacterModel,
) -> Carried:
    """Learn the codes of the coded messages, measure the error by conversation, and give every message its codes.

    texts: message_id, member, conversation, text, before, after. value: units x codes, 0 or 1. A code is carried when
    at least min_positives coded messages have it, in at least as many conversations as there are folds. inclusion: by
    message, its probability to be drawn for coding; without it all had the same. model: makes an unfitted model.
    """
    sample = texts[texts["message_id"].isin(value.index)]
    truth = value.reindex(sample["message_id"])
    counts = _counts(truth, sample["conversation"].to_numpy(), book)
    counts["reason"] = [_not_carried(row, folds, min_positives) for row in counts.to_dict("records")]
    counts["carried"] = counts["reason"] == ""
    codes = counts.loc[counts["carried"], "code"].tolist()
    if not codes:
        return Carried(counts.reindex(columns=list(PERFORMANCE)))
    labels = truth[codes].to_numpy(dtype=np.int64)
    weights = weights_of(sample, inclusion)
    said = crossed(texts, truth[codes], folds, model, weights)
    held_out = said.loc[sample["message_id"]].to_numpy()
    by_member = _by_member(sample, labels, folds, model)
    measured = {code: _measured(held_out[:, k], by_member[:, k], labels[:, k], weights) for k, code in enumerate(codes)}
    curves = {code: classify.calibration(held_out[:, k], labels[:, k], weights) for k, code in enumerate(codes)}
    performance = counts.join(pd.DataFrame.from_dict(measured, orient="index"), on="code")
    return Carried(
        performance.reindex(columns=list(PERFORMANCE)),
        said,
        _known(sample, codes, labels, held_out),
        pd.concat(curves, names=["code"]).reset_index("code").reset_index(drop=True),
        _learning(sample, labels, folds, model, performance[performance["carried"]], weights),
    )


def weights_of(sample: pd.DataFrame, inclusion: pd.Series | None) -> NDArray[np.float64]:
    """1 / inclusion of the coded messages, with mean 1. Raises InputError when a coded message has no inclusion."""
    if inclusion is None:
        return np.ones(len(sample))
    drawn = sample["message_id"].map(inclusion).to_numpy(dtype=float)
    if np.isnan(drawn).any() or not ((drawn > 0) & (drawn <= 1)).all():
        missing = sample["message_id"].to_numpy()[~((drawn > 0) & (drawn <= 1))][0]
        raise InputError(f"the coded message {missing!r} has no inclusion probability within 0 and 1 in sample.csv")
    return drawn.size / drawn / (1 / drawn).sum()


def crossed(
    texts: pd.DataFrame,
    truth: pd.DataFrame,
    folds: int,
    model: Callable[[], Model] = classify.CharacterModel,
    weights: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Probabilities, all texts x codes, from models that saw none of the text's conversation, set to mean what they
    say.

    Cross-prediction (Zrnic and Candès 2024): coded texts from their own fold, the others from the mean of the folds.
    truth: coded messages, in the texts' order, x codes.
    """
    coded = texts["message_id"].isin(truth.index).to_numpy()
    sample, labels = texts[coded], truth.to_numpy(dtype=np.int64)
    fitted = list(classify.cross_fit(sample, labels, sample["conversation"].tolist(), folds, model))
    held_out = np.zeros(labels.shape)
    for fold in fitted:
        held_out[fold.test] = fold.model.probabilities(sample.iloc[fold.test])
    scales = [calibrate.platt(held_out[:, k], labels[:, k], weights) for k in range(labels.shape[1])]
    result = np.zeros((len(texts), labels.shape[1]))
    for fold in fitted:
        said = fold.model.probabilities(texts)
        result += np.column_stack([calibrate.rescaled(said[:, k], scale) for k, scale in enumerate(scales)])
    result /= folds
    result[coded] = np.column_stack([calibrate.rescaled(held_out[:, k], scale) for k, scale in enumerate(scales)])
    return pd.DataFrame(result, index=texts["message_id"], columns=truth.columns)


def _known(
    sample: pd.DataFrame, codes: list[str], labels: NDArray[np.int64], held_out: NDArray[np.float64]
) -> pd.DataFrame:
    """What the coders and the held-out models say of the coded messages, a row a message and code."""
    frame = {
        "unit_id": np.repeat(sample["message_id"].to_numpy(), len(codes)),
        "conversation": np.repeat(sample["conversation"].to_numpy(), len(codes)),
        "code": np.tile(codes, len(sample)),
        "value": labels.ravel(),
        "probability": held_out.ravel(),
    }
    return pd.DataFrame(frame)


def _learning(
    sample: pd.DataFrame,
    labels: NDArray[np.int64],
    folds: int,
    model: Callable[[], Model],
    whole: pd.DataFrame,
    weights: NDArray[np.float64],
) -> pd.DataFrame:
    """The learning curve; its last point is the error measured already."""
    part = classify.learning_curve(
        sample, labels, sample["conversation"].tolist(), folds, LEARNING, model=model, weights=weights
    )
    part["code"] = part["code"].map(dict(enumerate(whole["code"])))
    last = whole[["code", "f1"]].assign(units=len(sample) * (folds - 1) // folds)
    return pd.concat([part, last[["units", "code", "f1"]]], ignore_index=True)


def _counts(truth: pd.DataFrame, conversation: NDArray, book: Codebook) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": list(book.names),
            "level": ["parent" if name in book.parents else "leaf" for name in book.names],
            "units": len(truth),
            "positives": [int(truth[name].sum()) for name in book.names],
            "conversations": [len(set(conversation[truth[name].to_numpy() == 1])) for name in book.names],
            "coded_share": [float(truth[name].mean()) for name in book.names],
        }
    )


def _not_carried(row: dict, folds: int, min_positives: int) -> str:
    """Why a code is not carried; empty when it is."""
    if row["positives"] < min_positives:
        return f"given to {row['positives']} coded messages, fewer than {min_positives}"
    if row["conversations"] < folds:
        return f"given in {row['conversations']} conversations, fewer than the {folds} folds"
    return "given to every coded message" if row["positives"] == row["units"] else ""


def _by_member(
    sample: pd.DataFrame, labels: NDArray[np.int64], folds: int, model: Callable[[], Model]
) -> NDArray[np.float64]:
    """Out of fold by member; missing where there are fewer members than folds."""
    try:
        return classify.out_of_fold(sample, labels, sample["member"].tolist(), folds, model)
    except InputError:
        return np.full(labels.shape, np.nan)


def _measured(held_out: NDArray, by_member: NDArray, truth: NDArray, weights: NDArray) -> dict[str, float]:
    threshold = classify.break_even(held_out, truth, weights)
    apart = classify.errors(by_member, truth, classify.break_even(by_member, truth, weights), weights)
    return classify.errors(held_out, truth, threshold, weights) | {
        "threshold": threshold,
        "f1_by_member": float("nan") if np.isnan(by_member).any() else apart["f1"],
    }


def one_coder(
    texts: pd.DataFrame,
    value: pd.DataFrame,
    codes: list[str],
    *,
    folds: int,
    min_positives: int,
    inclusion: pd.Series | None = None,
    model: Callable[[], Model] = classify.CharacterModel,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What would be carried if this coder alone had coded: probabilities (all messages x codes) and the table Coded.

    value: the units that the coder read x codes. Codes that this coder gave too seldom (as in carry) are left out.
    """
    sample = texts[texts["message_id"].isin(value.index)]
    truth = value.reindex(sample["message_id"])[codes].astype("int64")
    spread = {code: len(set(sample["conversation"][truth[code].to_numpy() == 1])) for code in codes}
    enough = [code for code in codes if min_positives <= truth[code].sum() < len(truth) and spread[code] >= folds]
    if not enough:
        return pd.DataFrame(), tables.empty(tables.Coded)
    weights = weights_of(sample, inclusion)
    said = crossed(texts, truth[enough], folds, model, weights)
    thresholds = pd.Series(
        {
            code: classify.break_even(said.loc[truth.index, code].to_numpy(), truth[code].to_numpy(), weights)
            for code in enough
        }
    )
    own = value[enough]
    return said, coded_table(own, own.astype(float), said, thresholds)


def coded_table(
    value: pd.DataFrame, share: pd.DataFrame, probabilities: pd.DataFrame, thresholds: pd.Series
) -> pd.DataFrame:
    """The table Coded: the coders' word on the units they read, the model's on every other message.

    value, share: units x codes, what the coders settled on and the share of them who gave the code. probabilities:
    messages x carried codes. thresholds: by carried code, the least probability at which it is given.
    """
    parts = [_long(value, share, "human")]
    others = probabilities[~probabilities.index.isin(value.index)]
    if len(others.columns):
        parts.append(_long((others >= thresholds).astype("int64"), others, "model"))
    return pd.concat(parts).sort_values(["unit_id", "code"], ignore_index=True)


def _long(value: pd.DataFrame, probability: pd.DataFrame, origin: str) -> pd.DataFrame:
    """One row a unit and code of two tables of units x codes."""
    units, codes = value.shape
    frame = {
        "unit_id": np.repeat(value.index.to_numpy(), codes),
        "code": np.tile(value.columns.to_numpy(), units),
        "value": value.to_numpy().ravel(),
        "probability": probability.to_numpy().ravel(),
        "origin": origin,
    }
    return tables.conform(pd.DataFrame(frame), tables.Coded)
