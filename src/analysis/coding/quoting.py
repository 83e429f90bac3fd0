"""People's words on the page: only from those who may be quoted, and with nobody named.

Chapter 6 shows the same interviews with pseudonyms of its own. A passage that named people here by other pseudonyms
would link the two chapters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis import tables, wording
from analysis.codebook import Codebook
from analysis.coding import human
from analysis.coding.anchors import Anchored
from analysis.coding.human import CONSENSUS


@dataclass(frozen=True)
class Quotable:
    """units: the units that may be quoted, text by unit id. unnamed: all pseudonyms, which no quotation holds."""

    units: pd.DataFrame
    unnamed: frozenset[str]

    def shown(self, quoted: pd.DataFrame) -> pd.DataFrame:
        """The table with [NAME] for each pseudonym in its text, quotation, translation and memo."""
        spoken = [quoted[name] for name in ("text", "quotation", "translation", "memo") if name in quoted]
        hide = partial(wording.unnamed, people=self.unnamed)
        return quoted.assign(
            **{str(words.name): words.map(hide, na_action="ignore").astype(words.dtype) for words in spoken}
        )


def quotable(
    units: pd.DataFrame, members: pd.DataFrame, utterances: pd.DataFrame, *, chats: bool,
    approved: frozenset[str] | None
) -> Quotable:  # fmt: skip
    """The units that may be quoted: those of members who consent to quotations, from interviews only unless chats; if
    approval is asked for, only approved turns among these. units: member and text of all units, by unit id.
    approved: as returned by approvals.approved."""
    consenting = tables.agreed(members)
    interviewed = units.index.isin(utterances["utterance_id"])
    allowed = units["member"].isin(consenting) & (chats | interviewed)
    if approved is not None:
        allowed &= units.index.isin(list(approved))
    return Quotable(units[allowed], frozenset({*members["member"], *units["member"].dropna()}))


def broken(anchored: Anchored, quotable: Quotable) -> pd.DataFrame:
    """The codings whose text has changed, with the old words only for units that may be quoted."""
    rows = anchored.broken
    return quotable.shown(rows.assign(quotation=rows["quotation"].where(rows["unit_id"].isin(quotable.units.index))))


def disputed(applied: pd.DataFrame, book: Codebook, quotable: Quotable) -> pd.DataFrame:
    """The units on which coders differ most (human.disputed), with the text of those that may be quoted."""
    return quotable.shown(human.disputed(applied, book.leaves).join(quotable.units["text"], on="unit_id"))


def decisions(anchored: Anchored, quotable: Quotable) -> pd.DataFrame:
    """Decisions after discussion on units that may be quoted: unit_id, code (missing: none applies), memo."""
    codings = anchored.holding
    settled = codings[(codings["coder"] == CONSENSUS) & codings["unit_id"].isin(quotable.units.index)]
    return quotable.shown(settled[["unit_id", "code", "memo"]].reset_index(drop=True))


def examples(anchored: Anchored, book: Codebook, quotable: Quotable, most: int = 3) -> pd.DataFrame:
    """Up to `most` quotations per code: code, unit_id, quotation, translation.

    A quotation is the coded span, 15 to 160 characters long; those that most coders gave the code come first, then
    those that are translated, then the shorter ones.
    """
    codings = anchored.holding
    given = codings.assign(text=codings["unit_id"].map(quotable.units["text"])).dropna(subset=["code", "text"])
    spans = zip(given["text"], given["start"], given["end"], strict=True)
    given = given.assign(
        quotation=[text[start:end].strip() for text, start, end in spans],
        coders=given.groupby(["unit_id", "code"])["coder"].transform("nunique"),
        place=given["code"].map({name: i for i, name in enumerate(book.names)}),
    )
    given = given.assign(length=given["quotation"].map(len).astype("int64"), bare=given["translation"].isna())
    order = ["place", "coders", "bare", "length", "unit_id"]
    rising = [name != "coders" for name in order]
    given = given[given["length"].between(15, 160)].sort_values(order, ascending=rising, kind="stable")
    given = given.drop_duplicates(["code", "unit_id"]).drop_duplicates(["code", "quotation"])
    columns = ["code", "unit_id", "quotation", "translation"]
    return quotable.shown(given.groupby("code", sort=False).head(most)[columns].reset_index(drop=True))
