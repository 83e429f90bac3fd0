"""How coders and classifier err, measured through the full chain, and coded tables drawn with that error.

Measured: for each message of some communities, what is true of it beside what the coders settled on (if they read it)
and what the classifier says (if they did not, and as a held-out message if they did). Drawn: a message of a new
community gets the answers that a random message of the same true codes got. So its errors have the measured size and
depend on codes together; that messages of one wording err alike is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.calibration.observed import Observed
from analysis.codebook import Codebook
from analysis.coding import human
from analysis.coding.carry import coded_table, crossed
from analysis.coding.classify import CharacterModel, Grams, break_even
from analysis.coding.conversations import conversations, with_neighbours
from analysis.simulate.export import CODED

CODES = ("informal_interaction", "information_sharing", "partnership", "business_news")
FEWEST = 20  # messages of the very same codes, to draw from them alone
SAID, SETTLED, SHARE = (tuple(f"{what}_{code}" for code in CODES) for what in ("said", "settled", "share"))
MEASURED = ("community", "codes", "kinds", "coded", *SAID, *SETTLED, *SHARE)


@dataclass(frozen=True)
class Codings:
    """What the step `coding` hands on, of CODES: the table Coded, and held_out.

    said: all texts x CODES, the model's probabilities. settled: coded texts x CODES, what the coders settled on.
    wanted: all texts x CODES, what they would have settled on had they read all; known where codings are drawn.
    """

    coded: pd.DataFrame
    held_out: pd.DataFrame
    said: pd.DataFrame
    settled: pd.DataFrame
    wanted: pd.DataFrame | None = None


def texts_of(observed: Observed, gap_minutes: float) -> pd.DataFrame:
    """The texts that may be coded, with their conversation."""
    messages = observed.messages
    found = messages.assign(conversation=conversations(messages, gap_minutes))
    return found[(found["kind"] == "text") & found["member"].notna()]


def truth_of(planted: pd.Series, book: Codebook) -> pd.DataFrame:
    """CODES that truly apply to each message, as booleans by message_id; a code above another applies with it."""
    under = {code: {name for name in book.names if code in (name, *book.ancestors(name))} for code in CODES}
    return pd.DataFrame({code: [not held.isdisjoint(codes) for codes in planted] for code, held in under.items()},
                        index=planted.index)  # fmt: skip


def code_by_model(
    observed: Observed, codings: pd.DataFrame, book: Codebook, *, folds: int, gap_minutes: float
) -> tuple[Codings, pd.DataFrame]:
    """The full chain's codings, and what was measured beside the truth: a row a text, columns MEASURED but community.

    The coders' sample is settled, learned from and carried as the step does it, for CODES alone.
    """
    texts = with_neighbours(texts_of(observed, gap_minutes))
    applied = human.presence(codings[codings["unit_id"].isin(texts["message_id"])], book)
    value, share = (table[list(CODES)] for table in human.adjudicated(applied))
    sample = texts.loc[texts["message_id"].isin(value.index), "message_id"]
    truth = value.reindex(sample)
    said = crossed(texts, truth, folds, partial(CharacterModel, Grams()))
    measured = pd.DataFrame(_keys(observed.planted[texts["message_id"]], book)).assign(
        coded=texts["message_id"].isin(value.index).to_numpy()
    )
    for names, table in ((SAID, said), (SETTLED, value), (SHARE, share)):
        measured[list(names)] = table.reindex(texts["message_id"]).to_numpy(float)
    conversation = texts.set_index("message_id")["conversation"]
    return _codings(value, share, said, conversation), measured.reset_index(drop=True)


def draw(observed: Observed, measured: pd.DataFrame, book: Codebook, *, gap_minutes: float, seed: int) -> Codings:
    """Codings of a community whose texts nobody coded, drawn as coders and classifier were measured to err."""
    rng = np.random.default_rng(seed)
    texts = texts_of(observed, gap_minutes)
    keys = _keys(observed.planted[texts["message_id"]], book)
    coded = np.zeros(len(texts), dtype=bool)
    coded[rng.permutation(len(texts))[: min(CODED, len(texts) // 3)]] = True
    read, unread = (_alike(measured[measured["coded"] == part], keys, rng) for part in (True, False))
    ids = texts["message_id"].to_numpy()

    def taken(names: tuple[str, ...], table: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(table[list(names)].to_numpy(), index=ids, columns=list(CODES))

    said = taken(SAID, unread)
    said[coded] = taken(SAID, read)[coded]
    wanted = taken(SETTLED, read).astype("int64")
    found = _codings(wanted[coded], taken(SHARE, read)[coded], said, texts.set_index("message_id")["conversation"])
    return replace(found, wanted=wanted)


def _keys(planted: pd.Series, book: Codebook) -> dict[str, np.ndarray]:
    """codes: all true codes of a message as one word; kinds: which of CODES apply, as one word."""
    truth = truth_of(planted, book).to_numpy().astype(int)
    return {
        "codes": np.array(["+".join(sorted(codes)) for codes in planted], dtype=object),
        "kinds": np.array(["".join(map(str, row)) for row in truth], dtype=object),
    }


def _alike(known: pd.DataFrame, keys: dict[str, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """For each message a random measured row: one of the same codes if there are enough, else of the same kinds."""
    by_codes, by_kinds = (known.reset_index(drop=True).groupby(name).indices for name in ("codes", "kinds"))
    picks = np.empty(len(keys["codes"]), dtype=np.intp)
    for codes, places in pd.Series(keys["codes"]).groupby(keys["codes"]).indices.items():
        pool = by_codes.get(codes, ())
        if len(pool) < FEWEST:
            pool = by_kinds[keys["kinds"][places[0]]]
        picks[places] = rng.choice(pool, size=len(places))
    return known.iloc[picks]


def _codings(value: pd.DataFrame, share: pd.DataFrame, said: pd.DataFrame, conversation: pd.Series) -> Codings:
    """The tables out of what was settled and said, with thresholds at break-even."""
    held = said.loc[value.index]
    thresholds = pd.Series({code: break_even(held[code].to_numpy(), value[code].to_numpy()) for code in CODES})
    known = pd.DataFrame(
        {
            "unit_id": np.repeat(value.index.to_numpy(), len(CODES)),
            "conversation": np.repeat(conversation.reindex(value.index).to_numpy(), len(CODES)),
            "code": np.tile(list(CODES), len(value)),
            "value": value.to_numpy().ravel(),
            "probability": held.to_numpy().ravel(),
        }
    )
    return Codings(coded_table(value, share, said, thresholds), known, said, value)
