"""Scores of inferred replies against annotated, explicit or simulated ones: precision, recall, F, calibration.

Links are a table of message_id and reply_to (missing: it starts a thread), a message having several rows where it
answers several. Only messages in it are judged.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis import wording
from analysis.resample import interval, seed_of

BINS = 15  # of equal mass, in the calibration error
OVERCONFIDENCE = ("overconfidence", "overconfidence_low", "overconfidence_high")
FLOOR_DRAWS, RESAMPLED = 100, 1000


def score(replies: pd.DataFrame, links: pd.DataFrame, speaker: pd.Series, *, seed: int = 0) -> dict[str, float]:
    """Scores of the likeliest replies (as of infer_replies) against the links; speaker: the member, by message_id.

    messages: number judged; precision, recall, f over links; cross_f over links between two members (Kummerfeld et al.
    2019); of members' messages stated: mean probability of the likeliest answers, right: the share of these that are
    correct, overconfidence the difference with its interval (_low, _high), and calibration_error with its
    calibration_floor, NaN when there are fewer than BINS.
    """
    best = likeliest(replies, links)
    count = counts(best, links, speaker)
    hit, by_member = right(best, links), speaker.reindex(best["message_id"]).notna().to_numpy()
    probability, hit = best["probability"].to_numpy()[by_member], hit[by_member]
    return {
        "messages": len(best),
        "precision": _share(count["correct"], count["inferred"]),
        "recall": _share(count["correct"], count["annotated"]),
        "f": f_score(count),
        "cross_f": f_score(count, "cross_"),
        "stated": float(probability.mean()) if hit.size else float("nan"),
        "right": float(hit.mean()) if hit.size else float("nan"),
        **dict(zip(OVERCONFIDENCE, overconfidence(probability, hit, seed=seed_of(seed, "stated")), strict=True)),
        "calibration_error": calibration_error(probability, hit),
        "calibration_floor": calibration_floor(probability, seed=seed_of(seed, "floor")),
    }


def likeliest(replies: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """The likeliest answer of each message that is judged: message_id, reply_to, probability."""
    judged = replies[replies["message_id"].isin(links["message_id"])]
    order = judged["probability"].to_numpy().argsort(kind="stable")[::-1]
    return judged.iloc[order].drop_duplicates("message_id").sort_index().reset_index(drop=True)


def right(inferred: pd.DataFrame, links: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each inferred link is among the links."""
    return _keys(inferred).isin(_keys(links))


def counts(inferred: pd.DataFrame, links: pd.DataFrame, speaker: pd.Series) -> dict[str, int]:
    """The counts of F: links inferred correctly, inferred and annotated; and of links between two members (cross_)."""
    hit, between = right(inferred, links), _between(inferred, speaker)
    return {
        "correct": int(hit.sum()),
        "inferred": len(inferred),
        "annotated": len(links),
        "cross_correct": int((hit & between).sum()),
        "cross_inferred": int(between.sum()),
        "cross_annotated": int(_between(links, speaker).sum()),
    }


def meaning_of_f(ceiling: float | None) -> str:
    """What F says, in a sentence. ceiling: F of two annotators against each other, where there are two."""
    people = (
        f"Here people reach {wording.number(ceiling)} against each other, and more cannot be expected of a model."
        if ceiling is not None and ceiling == ceiling
        else "How far two people agree would say how much can be expected."
    )
    return f"F is the share of links that two sides have in common: 1 is all of them, 0 none. {people}"


def f_score(count: Mapping[str, float], prefix: str = "") -> float:
    """F, 0 to 1: 2 correct / (inferred + annotated); micro-averaged if the counts are sums; NaN without links."""
    return _share(2 * count[f"{prefix}correct"], count[f"{prefix}inferred"] + count[f"{prefix}annotated"])


def calibration_error(probability: NDArray, hit: NDArray) -> float:
    """Expected calibration error: mean distance of stated and true share correct, in BINS bins of equal mass."""
    if len(probability) < BINS:
        return float("nan")
    bins = np.array_split(np.argsort(probability, kind="stable"), BINS)
    return float(sum(abs(probability[b].mean() - hit[b].mean()) * len(b) for b in bins) / len(probability))


def calibration_floor(probability: NDArray, *, seed: int) -> float:
    """Mean calibration error of as many messages if these probabilities were all true: the noise of that error."""
    rng = np.random.default_rng(seed)
    hits = (rng.random(len(probability)) < probability for _ in range(FLOOR_DRAWS))
    return float(np.mean([calibration_error(probability, hit) for hit in hits]))


def overconfidence(probability: ArrayLike, hit: ArrayLike, *, seed: int) -> tuple[float, float, float]:
    """Stated minus true share right, mean over messages, with a 95% interval (low, high; messages resampled).

    hit: whether each message is right, or an unbiased estimate of it. NaN when there are none.
    """
    excess = np.asarray(probability, dtype=float) - np.asarray(hit, dtype=float)
    if not excess.size:
        return float("nan"), float("nan"), float("nan")
    draws = np.random.default_rng(seed).integers(excess.size, size=(RESAMPLED, excess.size))
    return float(excess.mean()), *interval(excess[draws].mean(axis=1))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _keys(links: pd.DataFrame) -> pd.Index:
    return pd.Index(links["message_id"].astype(str) + "\n" + links["reply_to"].astype("str").fillna(""))


def _between(links: pd.DataFrame, speaker: pd.Series) -> NDArray[np.bool_]:
    ends = (speaker.reindex(links[name]) for name in ("message_id", "reply_to"))
    later, earlier = (member.astype("str").fillna("").to_numpy() for member in ends)
    return (later != "") & (earlier != "") & (later != earlier)
