"""Which codes allow conclusions: none with an alpha below the floor (by default .667, Krippendorff 2019), and about
members and pairs none that is known for only part of the messages."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from analysis import wording


def too_different(agreed: pd.DataFrame, codes: Collection[str]) -> str:
    """The reason why nothing is concluded from these codes: coders agree too little on one of them. Empty if there is
    none.

    agreed: the step coding's agreement.parquet (code, alpha, usable). A code without an alpha, because no unit was read
    twice or nobody gave it, passes; the page on coding says so.
    """
    low = agreed[agreed["code"].isin(codes) & agreed["alpha"].notna() & ~agreed["usable"].astype(bool)]
    if low.empty:
        return ""
    said = [f"{row.code.replace('_', ' ')} (alpha {wording.number(row.alpha)})" for row in low.itertuples()]
    return f"the coders differ too much on {wording.listed(said)} for conclusions"


def below_floor(agreed: pd.DataFrame, codes: Collection[str]) -> str:
    """As too_different, for a sentence about codes that are shown all the same, some of which may be just below."""
    if not too_different(agreed, codes):
        return ""
    low = agreed[agreed["code"].isin(codes) & ~agreed["usable"].astype(bool)].dropna(subset="alpha")
    said = [f"{row.code.replace('_', ' ')} (alpha {wording.number(row.alpha, 3)})" for row in low.itertuples()]
    return f"the coders' agreement on {wording.listed(said)} is below the floor for conclusions"


def known_of_all(coded: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """The rows of Coded on messages, for the codes known for every text message of a member, because people read all of
    them or a model carries the code. What members share, or pairs exchange, can be counted only by these.

    coded: the table Coded. messages: the table Messages.
    """
    texts = messages.loc[(messages["kind"] == "text") & messages["member"].notna(), "message_id"]
    own = coded[coded["unit_id"].isin(texts)]
    labelled = own.groupby("code")["unit_id"].nunique()
    return own[own["code"].isin(labelled.index[labelled == len(texts)])].reset_index(drop=True)


def unknown(coded: pd.DataFrame, messages: pd.DataFrame, codes: Collection[str]) -> str:
    """The reason why members and pairs cannot be counted by these codes: one is not known for all messages. Empty when
    all are.

    coded, messages: as for known_of_all.
    """
    texts = messages.loc[messages["kind"] == "text", "message_id"]
    if not (read := coded.loc[coded["unit_id"].isin(texts), "unit_id"].nunique()):
        return "nobody has coded any message"
    known = set(known_of_all(coded, messages)["code"])
    absent = [code.replace("_", " ") for code in codes if code not in known]
    if not absent:
        return ""
    own = coded.loc[coded["unit_id"].isin(texts) & (coded["origin"] == "human"), "unit_id"].nunique()
    among = wording.count(own or read, "message")
    return f"no model carries {wording.listed(absent)}, so that is known of the {among} read alone"
