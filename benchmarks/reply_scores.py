"""Scores of inferred replies against annotated ones, for the benchmark and for training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from irc import Chat
from numpy.typing import NDArray

BINS = 15  # of equal mass, in the calibration error


def likeliest(chat: Chat, replies: pd.DataFrame) -> pd.DataFrame:
    """Each annotated message's likeliest answer: later, earlier (itself: starts a thread), probability, human."""
    place = pd.Series(np.arange(len(chat.messages)), index=chat.messages["message_id"])
    best = replies.loc[replies.groupby("message_id", sort=False)["probability"].idxmax()]
    later = place[best["message_id"]].to_numpy()
    earlier = place.reindex(best["reply_to"]).to_numpy()
    frame = pd.DataFrame({"later": later, "earlier": np.where(np.isnan(earlier), later, earlier).astype(int)})
    frame["probability"] = best["probability"].to_numpy()
    frame["human"] = chat.messages["sender"].notna().to_numpy()[later]
    return frame[frame["later"].isin({later for later, _ in chat.links})].reset_index(drop=True)


def right(chat: Chat, links: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each link is among the annotated ones."""
    return np.fromiter((link in chat.links for link in zip(links["later"], links["earlier"], strict=True)), bool)


def counts(chat: Chat, links: pd.DataFrame) -> dict[str, int]:
    """What F is made of: links found, told and annotated; the same of links between two members (cross_)."""
    sender, hit = chat.messages["sender"].to_numpy(), right(chat, links)
    told = links["later"].to_numpy(), links["earlier"].to_numpy()
    between = _between(sender, *told)
    annotated = np.array(sorted(chat.links)).reshape(-1, 2)
    return {
        "found": int(hit.sum()),
        "told": len(links),
        "annotated": len(annotated),
        "cross_found": int((hit & between).sum()),
        "cross_told": int(between.sum()),
        "cross_annotated": int(_between(sender, annotated[:, 0], annotated[:, 1]).sum()),
    }


def _between(sender: NDArray, later: NDArray, earlier: NDArray) -> NDArray[np.bool_]:
    human = ~pd.isna(sender)
    return human[later] & human[earlier] & (sender[later] != sender[earlier])


def f_score(count: Mapping[str, float], prefix: str = "") -> float:
    """F in percent: 2 found / (told + annotated), micro over chats when the counts are sums."""
    both = count[f"{prefix}told"] + count[f"{prefix}annotated"]
    return 100 * 2 * count[f"{prefix}found"] / both if both else float("nan")


def calibration_error(probability: NDArray, hit: NDArray) -> float:
    """Expected calibration error: mean distance of stated and true share right, in BINS bins of equal mass."""
    bins = np.array_split(np.argsort(probability, kind="stable"), BINS)
    return float(sum(abs(probability[b].mean() - hit[b].mean()) * len(b) for b in bins if len(b)) / len(probability))


def total(each: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Sums of counts over chats."""
    return pd.DataFrame(list(each)).sum().to_dict()
