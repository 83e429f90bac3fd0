"""Words that a message shares with each of the messages just before it, weighted by their information.

A word's frequency is estimated from the messages before the one that repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats32
from analysis.network.replies.words import Tokens, running

COMMON = 0.05  # a word in more than this share of the messages so far has no weight
PRIOR = 20.0  # pseudo-messages without the word
SCALE = 10.0  # a rare word weighs 3 to 8 (its information, in nats); sums are divided by this
SMALL = 0.5  # added to a message's total weight before it divides a share


@dataclass(frozen=True)
class Overlap:
    """Shared words of n messages.

    weight: sum of the weights of the words shared with each message of the window, the nearest first, over SCALE, shape
    (n, window). whole: the same of all words of the message, and SMALL, shape (n,). rarity: mean weight of its words.
    """

    weight: Floats32
    whole: Floats32
    rarity: Floats32


def read_overlap(words: Tokens, counted: NDArray[np.bool_], n: int, window: int) -> Overlap:
    """Words shared by the n messages of one channel. counted: by word, whether it counts (names do not)."""
    keys = np.unique(words.code[counted].astype(np.int64) * n + words.message[counted])  # each word once per message
    code, at = np.divmod(keys, max(n, 1))
    before = running(code)
    information = np.where(before > COMMON * (at + PRIOR), 0, -np.log((before + 1) / (at + PRIOR + 1))) / SCALE
    whole = np.bincount(at, weights=information, minlength=n)
    informative = information > 0
    return Overlap(
        weight=_shared(code[informative], at[informative], information[informative], n, window),
        whole=(whole + SMALL).astype(np.float32),
        rarity=(2 * whole / np.maximum(np.bincount(at, minlength=n), 1)).astype(np.float32),
    )


def _shared(code: NDArray, at: NDArray, information: NDArray, n: int, window: int) -> Floats32:
    """Uses of words, in order of word and message, summed by message and how far back the word was used."""
    cells, weights = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for lag in range(1, window + 1):
        back = at[lag:] - at[:-lag]
        shared = (code[lag:] == code[:-lag]) & (back <= window)
        if not shared.any():
            break
        cells.append(at[lag:][shared] * window + back[shared] - 1)
        weights.append(information[lag:][shared])
    weight = np.bincount(np.concatenate(cells), weights=np.concatenate(weights), minlength=n * window)
    return weight.reshape(n, window).astype(np.float32)
