"""Which codes allow conclusions: not those with an alpha under the floor (by default .667, Krippendorff 2019)."""

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
