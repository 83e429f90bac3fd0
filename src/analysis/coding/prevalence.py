"""How common each code is: as the model's labels count it, corrected for the model's error, and by each coder alone."""

from __future__ import annotations

import pandas as pd

from analysis.coding.corrected import Estimate, corrected_share, corrected_shares, naive_share
from analysis.errors import InputError

CORRECTED, COUNTED = "corrected", "counted"
EVERYWHERE = "all chats"
PREVALENCE = ("of", "code", "kind", "value", "low", "high", "error", "coded", "units")


def prevalence(
    texts: pd.DataFrame,
    coded: pd.DataFrame,
    said: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    inclusion: pd.Series | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of messages with each carried code, a row a code, kind and group (all chats, and corrected each chat).

    texts: message_id, channel, conversation. coded: the table Coded. said: messages x codes, the model's cross-fitted
    probabilities. truth: coded messages x codes, what the coders settled on. kind: corrected, or counted (the labels of
    coded as they stand). value is missing where too few coded messages bear on it.
    """
    rows: list[dict] = []
    frame = texts.set_index("message_id")[["channel", "conversation"]]
    if inclusion is not None:
        frame["inclusion"] = inclusion.reindex(frame.index)
    labels = coded[coded["unit_id"].isin(frame.index)].groupby("code")
    for code in said.columns:
        given = labels.get_group(code).set_index("unit_id")["value"].reindex(frame.index)
        rows.append(_row(EVERYWHERE, code, COUNTED, naive_share(given, frame["conversation"], confidence=confidence)))
        part = frame.assign(said=said[code], truth=truth[code].reindex(frame.index).astype(float))
        rows.append(share_of(part, code, CORRECTED, confidence))
        by_chat = corrected_shares(part, "channel", confidence=confidence).rename(columns={"channel": "of"})
        rows += by_chat.assign(code=code, kind=CORRECTED).to_dict("records")
    return pd.DataFrame(rows).reindex(columns=list(PREVALENCE))


def share_of(frame: pd.DataFrame, code: str, kind: str, confidence: float) -> dict:
    """One row of the table: the corrected share over all of frame (said, truth, conversation, perhaps inclusion)."""
    coded = frame["truth"].notna()
    try:
        found = corrected_share(
            frame["said"],
            frame["truth"],
            frame["conversation"],
            inclusion=frame.get("inclusion"),
            confidence=confidence,
        )
    except InputError:
        return {"of": EVERYWHERE, "code": code, "kind": kind, "coded": int(coded.sum()), "units": len(frame)}
    return _row(EVERYWHERE, code, kind, found)


def _row(of: str, code: str, kind: str, found: Estimate) -> dict:
    return {"of": of, "code": code, "kind": kind} | {
        name: getattr(found, name) for name in ("value", "low", "high", "error", "coded", "units")
    }
