"""Words that messages share, the rare ones counting more: with each of the messages just before, and with far ones.

How rare a word is, is judged by the messages before the one that says it again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.network.reply_words import Words, running

Floats = NDArray[np.float32]
Whole = NDArray[np.int32]
Rows = NDArray[np.int64]

COMMON = 0.05  # a word in more than this share of the messages so far tells nothing
PRIOR = 20.0  # messages' worth of doubt about that share
SCALE = 10.0  # a rare word weighs 3 to 8 (its information, in nats); sums are divided by this
SMALL = 5.0  # added to a message's whole weight before a share of it is taken
FAR = 300  # messages back in which far ones are sought
USES = 4  # earlier uses of a word that are looked at for far ones


@dataclass(frozen=True)
class Overlap:
    """Shared words of each message. near: shape (n, window), the window's nearest message first; far: shape (n, 2).

    weight: sum of the shared words' weights over SCALE; count: how many; share: of the weight of all words.
    far: the message beyond the window that shares most, of the speaker and of others (-1: none). rarity: mean weight of
    the message's words, shape (n,).
    """

    weight: Floats
    count: Floats
    share: Floats
    far: Whole
    far_weight: Floats
    far_count: Floats
    far_share: Floats
    rarity: Floats


@dataclass(frozen=True)
class _Uses:
    """Uses of words, each once a message, in order of word and message; weight: information of the use, in nats."""

    at: Rows
    code: Rows
    weight: Floats


def read_overlap(words: Words, counted: NDArray[np.bool_], speaker: Whole, window: int) -> Overlap:
    """Words shared by the messages of one channel. counted: by word, whether it counts (names do not)."""
    n = len(speaker)
    uses = _uses(words.message[counted], words.code[counted], n)
    whole = np.bincount(uses.at, weights=uses.weight, minlength=n).astype(np.float32)
    number = np.bincount(uses.at, minlength=n)
    told = uses.weight > 0
    uses = _Uses(uses.at[told], uses.code[told], uses.weight[told])
    weight, count = _near(uses, n, window)
    far, far_weight, far_count = _far(uses, speaker, window)
    share = SCALE / (whole + np.float32(SMALL))[:, None]
    return Overlap(weight, count, weight * share, far, far_weight, far_count, far_weight * share,
                   (whole / np.maximum(number, 1) / SMALL).astype(np.float32))  # fmt: skip


def _uses(at: Whole, code: Whole, n: int) -> _Uses:
    keys = np.unique(code.astype(np.int64) * n + at)
    code64, at64 = np.divmod(keys, max(n, 1))
    before = running(code64)
    weight = np.where(before > COMMON * (at64 + PRIOR), 0, -np.log((before + 1) / (at64 + PRIOR + 1)))
    return _Uses(at64, code64, weight.astype(np.float32))


def _near(uses: _Uses, n: int, window: int) -> tuple[Floats, Floats]:
    weight, count = np.zeros(n * window), np.zeros(n * window)
    for lag in range(1, window + 1):
        back = uses.at[lag:] - uses.at[:-lag]
        shared = (uses.code[lag:] == uses.code[:-lag]) & (back <= window)
        if not shared.any():
            break
        cell = uses.at[lag:][shared] * window + back[shared] - 1
        weight += np.bincount(cell, weights=uses.weight[lag:][shared], minlength=n * window)
        count += np.bincount(cell, minlength=n * window)
    return (weight / SCALE).reshape(n, window).astype(np.float32), count.reshape(n, window).astype(np.float32)


def _far(uses: _Uses, speaker: Whole, window: int) -> tuple[Whole, Floats, Floats]:
    n = len(speaker)
    far = np.full((n, 2), -1, dtype=np.int32)
    weight, count = np.zeros((n, 2), dtype=np.float32), np.zeros((n, 2), dtype=np.float32)
    who = uses.code * (int(speaker.max(initial=0)) + 1) + speaker[uses.at]
    order = np.lexsort((uses.at, who))
    own = _Uses(uses.at[order], who[order], uses.weight[order])
    for column, (same, chosen) in enumerate(((own, True), (uses, False))):
        later, earlier, sums, counts = _sums(_far_pairs(same, speaker, window, own=chosen), n)
        best = np.lexsort((earlier, sums, later))
        last = best[np.flatnonzero(np.diff(later[best], append=n))]
        far[later[last], column] = earlier[last]
        weight[later[last], column] = sums[last] / SCALE
        count[later[last], column] = counts[last]
    return far, weight, count


def _far_pairs(uses: _Uses, speaker: Whole, window: int, *, own: bool) -> tuple[Rows, Rows, Floats]:
    """Later and earlier message of each far shared word and its weight, within one speaker or between two."""
    found = []
    for lag in range(1, USES + 1):
        later, earlier = uses.at[lag:], uses.at[:-lag]
        back = later - earlier
        shared = (uses.code[lag:] == uses.code[:-lag]) & (back > window) & (back <= FAR)
        shared &= (speaker[later] == speaker[earlier]) == own
        found.append((later[shared], earlier[shared], uses.weight[lag:][shared]))
    later, earlier, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    return later, earlier, weight


def _sums(pairs: tuple[Rows, Rows, Floats], n: int) -> tuple[Rows, Rows, NDArray, NDArray]:
    """Each pair of messages once: later, earlier, summed weight, number of words."""
    later, earlier, weight = pairs
    cells, which = np.unique(later * n + earlier, return_inverse=True)
    sums = np.bincount(which, weights=weight, minlength=cells.size)
    return cells // max(n, 1), cells % max(n, 1), sums, np.bincount(which, minlength=cells.size)
