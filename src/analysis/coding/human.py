"""The coders' judgements: who read what, who applied which code, and the single value settled from several coders.

A coder has read a unit when they have a row for it, with or without a code. A parent code counts as applied when any
code under it was. If there are several rounds, a coder's last one on a unit counts. Rows of the coder named
`consensus` are decisions after discussion (the memo says who decided and why): they settle a unit's value, and do not
count as a coder in agreement.
"""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from itertools import combinations, compress, product
from typing import NamedTuple, Self

import pandas as pd

from analysis.codebook import Codebook
from analysis.errors import REPORTED, InputError

CONSENSUS = "consensus"
NO_CODE = "(none)"  # stands for the code of a coder who gave none


class Settled(NamedTuple):
    """What the coders settled on. value: 0 or 1, units x codes. share: the share of the coders who read the unit alone
    and gave the code, units x codes; missing where only the consensus read it. readers: how many coders read each unit
    alone. decided: whether the consensus settled the unit. The last two are by unit id."""

    value: pd.DataFrame
    share: pd.DataFrame
    readers: pd.Series
    decided: pd.Series

    @classmethod
    def by_one(cls, given: pd.DataFrame) -> Self:
        """The codes of a single coder, as if settled. given: units x codes, 0 or 1."""
        readers = pd.Series(1, index=given.index)
        return cls(given.astype("int64"), given.astype(float), readers, readers == 0)

    @property
    def probability(self) -> pd.DataFrame:
        """The share of coders who gave the code; 0 or 1 where the consensus decided. Units x codes."""
        return self.share.mask(self.decided, self.value.astype(float), axis=0)


def presence(codings: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Which codes each coder applied to each unit they read.

    codings: unit_id, code (missing: no code applies), coder, round. Returns booleans, indexed by unit_id and coder, a
    column for each code of the codebook in its order. Raises InputError on a code that is not in the codebook.
    """
    check_codes(codings["code"], codebook)
    rows = _last_round(codings)
    read = pd.MultiIndex.from_frame(rows[["unit_id", "coder"]]).unique().sort_values()
    given = rows.dropna(subset="code")
    places = pd.MultiIndex.from_frame(given[["unit_id", "coder"]])
    hits = {name: places[given["code"].isin(_under(name, codebook))] for name in codebook.names}
    return pd.DataFrame({name: read.isin(places) for name, places in hits.items()}, index=read)


def _under(code: str, codebook: Codebook) -> list[str]:
    """The code and all codes under it."""
    return [name for name in codebook.names if code in (name, *codebook.ancestors(name))]


def _last_round(codings: pd.DataFrame) -> pd.DataFrame:
    """The last round of each coder's codings of a unit."""
    return codings[codings["round"] == codings.groupby(["unit_id", "coder"])["round"].transform("max")]


def spans_of(codings: pd.DataFrame, code: str, codebook: Codebook) -> pd.DataFrame:
    """Spans to which each coder gave a code, or one under it, for unitizing_alpha: unit_id, coder, code, start, end.

    Spans that touch or overlap are one. A coder who read a unit and gave it nothing has a row without a code; consensus
    is left out.
    """
    rows = _last_round(codings[codings["coder"] != CONSENSUS])
    place = ["unit_id", "coder"]
    given = rows[rows["code"].isin(_under(code, codebook))].sort_values([*place, "start", "end"], kind="stable")
    reach = given.groupby(place)["end"].cummax().groupby([given["unit_id"], given["coder"]]).shift(1)
    piece = (reach.isna() | (given["start"] > reach)).cumsum()
    pieces = given.groupby([*place, piece.rename("piece")], as_index=False)
    merged = pieces.agg(start=("start", "min"), end=("end", "max"))
    read = rows[place].drop_duplicates()
    without = read[~pd.MultiIndex.from_frame(read).isin(pd.MultiIndex.from_frame(merged[place]))]
    spans = [merged[[*place, "start", "end"]].assign(code=code), without.assign(code=None, start=0, end=0)]
    return pd.concat(spans, ignore_index=True)


def check_codes(codes: pd.Series, codebook: Codebook) -> None:
    """Raises InputError on a code that is not in the codebook; a missing code is allowed."""
    if unknown := sorted(set(codes.dropna()) - set(codebook.names)):
        near = {code: get_close_matches(code, codebook.names, n=1) for code in unknown[:REPORTED]}
        by = {code: f" by {code!r}" * (len(unknown) > 1) for code in near}
        hint = "".join(f"Did you mean {found[0]!r}{by[code]}? " for code, found in near.items() if found)
        more = f" and {len(unknown) - REPORTED:,} more" if len(unknown) > REPORTED else ""
        what = f"codings use a code missing from the codebook: {', '.join(map(repr, unknown[:REPORTED]))}{more}"
        raise InputError(what, fix=f"{hint}Fix the codings, or add the code to codebook.yaml.")


def independent(applied: pd.DataFrame) -> pd.DataFrame:
    """The codes that each coder applied alone; the consensus is left out."""
    return applied[applied.index.get_level_values("coder") != CONSENSUS]


def matrix(applied: pd.DataFrame, code: str) -> pd.DataFrame:
    """Units x coders for one code: 1 applied, 0 not, missing where a coder did not read; consensus left out."""
    alone = independent(applied)[code].astype(float).reset_index()
    return alone.pivot_table(index="unit_id", columns="coder", values=code)


def lead_coder(applied: pd.DataFrame) -> str:
    """The coder who read most units (the first by name if tied); consensus left out. Raises InputError if none did."""
    counts = applied.index.get_level_values("coder").value_counts().drop(CONSENSUS, errors="ignore")
    if counts.empty:
        raise InputError("nobody has coded anything except in consensus")
    return sorted(counts[counts == counts.max()].index)[0]


def adjudicated(applied: pd.DataFrame) -> Settled:
    """One settled value, and the share of coders who gave the code, for each unit and code.

    The consensus decides where there is one, else the majority of the coders. On a tie the lead coder decides if she
    read the unit (she read most units, so that double-coded and single-coded units mean the same); otherwise the code
    is not given.
    """
    alone = independent(applied)
    settled = applied[applied.index.get_level_values("coder") == CONSENSUS].droplevel("coder")
    share = alone.groupby("unit_id").mean().astype(float)
    value = (share > 0.5).astype("int64")
    if len(alone):
        lead = applied.xs(lead_coder(applied), level="coder").reindex(share.index)
        value = value.mask((share == 0.5) & lead.eq(True), 1)
    units = share.index.union(settled.index)
    readers = alone.groupby("unit_id").size().reindex(units, fill_value=0)
    value = value.reindex(units)
    value.loc[settled.index] = settled.astype("int64")
    decided = pd.Series(units.isin(settled.index), index=units)
    return Settled(value.astype("int64"), share.reindex(units), readers, decided)


def confusions(applied: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    """Pairs of codes that two coders gave in place of each other: first, second, units, the most frequent first.

    Every pair of coders on every unit both read; a code that only one gave is paired with each that only the other
    gave, or with "(none)". The order within a pair has no meaning; consensus is left out.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for _, rows in independent(applied)[list(codes)].groupby("unit_id"):
        given = [set(compress(codes, row)) for row in rows.to_numpy()]
        for one, other in combinations(given, 2):
            pairs = product(one - other or {NO_CODE}, other - one or {NO_CODE})
            seen.update(tuple(sorted(pair)) for pair in pairs)
    seen.pop((NO_CODE, NO_CODE), None)
    ordered = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    return pd.DataFrame([(*pair, units) for pair, units in ordered], columns=["first", "second", "units"])


def disputed(applied: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    """Units on which coders disagree, most codes in dispute first: unit_id, differing (a count), said (codes by coder).
    said: "ani: offer; budi: negotiation, outcome". Units on which all agree, and those of one coder, are left out."""
    alone = independent(applied)[list(codes)]
    units = alone.groupby("unit_id")
    split = units.any() & ~units.all()
    differing = split.sum(axis=1)
    said: dict[str, list[str]] = {}
    for (unit, coder), row in zip(alone.index, alone.to_numpy(), strict=True):
        if differing[unit]:
            named = ", ".join(compress(codes, row)) or NO_CODE
            said.setdefault(unit, []).append(f"{coder}: {named}")
    rows = [(unit, int(differing[unit]), "; ".join(words)) for unit, words in said.items()]
    frame = pd.DataFrame(rows, columns=["unit_id", "differing", "said"])
    return frame.sort_values(["differing", "unit_id"], ascending=[False, True], kind="stable", ignore_index=True)
