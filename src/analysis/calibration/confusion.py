"""Errors of coders and classifier, measured through the full chain, and coded tables drawn with these errors.

Measured: for each message of some communities, its true codes next to those that the coders adjudicated (if they read
it) and those that the classifier predicts (held out if the coders read it). Drawn: a message of a new community gets
the codes that a random message with the same true codes got. So errors have the measured size and their dependence
within a message; dependence of errors between messages of the same wording is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from analysis.calibration.observed import Observed
from analysis.codebook import Codebook
from analysis.coding import human
from analysis.coding.carry import Carried, carry, labelled
from analysis.coding.classify import character_models
from analysis.coding.conversations import conversations, with_neighbours
from analysis.coding.human import Settled
from analysis.simulate.export import CODED

CODES = ("informal_interaction", "information_sharing", "partnership", "business_news")
FEWEST = 20  # fewest messages of exactly the same codes for drawing from them alone
PREDICTED, ADJUDICATED, SHARE = (tuple(f"{what}_{c}" for c in CODES) for what in ("predicted", "adjudicated", "share"))
READ = ("readers", "decided")  # number of coders who read the message alone, and whether the consensus decided
GROUP = ("what", "code", "applies", "coded")  # groups of texts in which two measurements are compared
MEASURED = ("community", "codes", "kinds", "coded", *PREDICTED, *ADJUDICATED, *SHARE, *READ)


@dataclass(frozen=True)
class Codings:
    """The codes of all texts as the step `coding` passes them on, for CODES alone. all_adjudicated: all texts x CODES,
    the coders' joint codes if they had read all; empty unless codings are drawn."""

    carried: Carried
    all_adjudicated: pd.DataFrame = field(default_factory=pd.DataFrame)


def texts_of(observed: Observed, gap_minutes: float) -> pd.DataFrame:
    """The texts that may be coded, with their conversation."""
    messages = observed.messages
    texts = (messages["kind"] == "text") & messages["member"].notna()
    return messages.assign(conversation=conversations(messages, gap_minutes))[texts]


def truth_of(planted: pd.Series, book: Codebook) -> pd.DataFrame:
    """CODES that truly apply to each message, as booleans by message_id; a parent code applies with its children."""
    under = {code: {name for name in book.names if code in (name, *book.ancestors(name))} for code in CODES}
    return pd.DataFrame({code: [not held.isdisjoint(codes) for codes in planted] for code, held in under.items()},
                        index=planted.index)  # fmt: skip


def code_by_model(
    observed: Observed, codings: pd.DataFrame, book: Codebook, *, folds: int, gap_minutes: float
) -> tuple[Codings, pd.DataFrame]:
    """The full chain's codings and their errors: one row per text, columns MEASURED without community. The coders'
    sample is adjudicated and carried to all texts by the step's own functions, for CODES alone."""
    texts = with_neighbours(texts_of(observed, gap_minutes))
    applied = human.presence(codings[codings["unit_id"].isin(texts["message_id"])], book)
    every = human.adjudicated(applied)
    settled = every._replace(value=every.value[list(CODES)], share=every.share[list(CODES)])
    carried = carry(texts, settled, CODES, folds=folds, model=character_models())
    ids = texts["message_id"]
    measured = pd.DataFrame(_keys(observed.planted[ids], book)).assign(coded=ids.isin(settled.value.index).to_numpy())
    read = pd.DataFrame({name: getattr(settled, name) for name in READ})
    parts = ((PREDICTED, carried.probabilities), (ADJUDICATED, settled.value), (SHARE, settled.share), (READ, read))
    for names, table in parts:
        measured[list(names)] = table.reindex(ids).to_numpy(float)
    return Codings(carried), measured.reset_index(drop=True)


def draw(observed: Observed, measured: pd.DataFrame, book: Codebook, *, gap_minutes: float, seed: int) -> Codings:
    """Codings of a community whose texts nobody coded, drawn with the measured errors of coders and classifier in texts
    whose true codes are those that the coders see in these."""
    rng = np.random.default_rng(seed)
    texts = texts_of(observed, gap_minutes)
    keys = _keys(observed.read_as[texts["message_id"]], book)
    coded = np.zeros(len(texts), dtype=bool)
    coded[rng.permutation(len(texts))[: min(CODED, len(texts) // 3)]] = True
    read, unread = (alike(measured[measured["coded"] == part], keys, rng) for part in (True, False))
    ids = texts["message_id"].to_numpy()

    def taken(names: tuple[str, ...], table: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(table[list(names)].to_numpy(), index=ids, columns=list(CODES))

    predicted = taken(PREDICTED, unread)
    predicted[coded] = taken(PREDICTED, read)[coded]
    adjudicated = taken(ADJUDICATED, read).astype("int64")
    readers, decided = (pd.Series(read[name].to_numpy()[coded], index=ids[coded]) for name in READ)
    by_unit = readers.astype("int64"), decided.astype(bool)
    settled = Settled(adjudicated[coded], taken(SHARE, read)[coded], *by_unit)
    conversation = texts["conversation"].to_numpy()[coded]
    return Codings(labelled(predicted, settled.value, settled, conversation, np.ones(coded.sum())), adjudicated)


def _keys(planted: pd.Series, book: Codebook) -> dict[str, np.ndarray]:
    """codes: all true codes of a message as one word; kinds: which of CODES apply, as one word."""
    kinds = ["".join(map(str, row)) for row in truth_of(planted, book).to_numpy().astype(int)]
    words = {"codes": ["+".join(sorted(codes)) for codes in planted], "kinds": kinds}
    return {name: np.array(each, dtype=object) for name, each in words.items()}


def alike(measured: pd.DataFrame, keys: dict[str, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """For each message a random measured row: of the same codes if there are enough, otherwise of the same kinds, or of
    the measured kinds that differ from these in the fewest of CODES."""
    by_codes, by_kinds = (measured.reset_index(drop=True).groupby(name).indices for name in ("codes", "kinds"))
    picks = np.empty(len(keys["codes"]), dtype=np.intp)
    for codes, places in pd.Series(keys["codes"]).groupby(keys["codes"]).indices.items():
        pool = by_codes.get(codes, ())
        if len(pool) < FEWEST:
            pool = by_kinds[min(sorted(by_kinds), key=partial(_differing, keys["kinds"][places[0]]))]
        picks[places] = rng.choice(pool, size=len(places))
    return measured.iloc[picks]


def _differing(one: str, other: str) -> int:
    """Number of CODES in which two kinds differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


# Two measurements compared


def distribution(measured: pd.DataFrame) -> pd.DataFrame:
    """Frequency of each value in each column of errors, by whether a code applies to the text and whether it was read:
    columns what, code, applies, coded, value, messages."""
    parts = [
        measured.assign(value=measured[f"{what}_{code}"], what=what, code=code, applies=measured["kinds"].str[k] == "1")
        for k, code in enumerate(CODES)
        for what in ("predicted", "adjudicated", "share")
    ]
    return pd.concat(parts).groupby([*GROUP, "value"]).size().rename("messages").reset_index()


def distance(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """The largest Kolmogorov-Smirnov distance between two distributions of errors over groups of texts: the largest
    difference of their shares of texts with a value up to any level, as a share of the group."""
    shares = [_shares(each).rename(name) for each, name in ((one, "one"), (other, "other"))]
    both = pd.concat(shares, axis=1).fillna(0.0).sort_index()
    sums = both.groupby(level=[*GROUP]).cumsum()
    return float((sums["one"] - sums["other"]).abs().max())


def _shares(found: pd.DataFrame) -> pd.Series:
    return (
        found["messages"]
        .div(found.groupby([*GROUP])["messages"].transform("sum"))
        .set_axis(pd.MultiIndex.from_frame(found[[*GROUP, "value"]]))
    )
