"""Which codes allow conclusions: not those with an alpha under the floor (by default .667, Krippendorff 2019), and of
members and pairs not those that are known of a part of the messages alone."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from analysis import wording


def too_different(agreed: pd.DataFrame, codes: Collection[str]) -> str:
    """Why nothing is concluded from these codes: the coders read one of them too differently. Empty when they do not.

    agreed: the step coding's agreement.parquet (code, alpha, usable). A code that nobody read twice, or that nobody
    gave, has no alpha and is let pass; the page on coding says so.
    """
    low = agreed[agreed["code"].isin(codes) & agreed["alpha"].notna() & ~agreed["usable"].astype(bool)]
    if low.empty:
        return ""
    said = [f"{row.code.replace('_', ' ')} (alpha {wording.number(row.alpha)})" for row in low.itertuples()]
    return f"the coders differ too much on {wording.listed(said)} for conclusions"


def known_of_all(coded: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """The rows of messages for the codes that every text message of a member has, because people read all of them or a
    model carries the code. What members share, or pairs exchange, can be counted by these alone.

    coded: the table Coded. messages: the table Messages.
    """
    texts = messages.loc[(messages["kind"] == "text") & messages["member"].notna(), "message_id"]
    own = coded[coded["unit_id"].isin(texts)]
    labelled = own.groupby("code")["unit_id"].nunique()
    return own[own["code"].isin(labelled.index[labelled == len(texts)])].reset_index(drop=True)


def unknown(coded: pd.DataFrame, messages: pd.DataFrame, codes: Collection[str]) -> str:
    """Why members and pairs cannot be counted by these codes: one is not known of all messages. Empty when all are.

    coded, messages: as known_of_all takes them.
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
