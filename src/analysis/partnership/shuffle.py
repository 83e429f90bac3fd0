"""The sender shuffle of C2: partners' informal exchange if answers came at random from those writing there and then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import resample
from analysis.arrays import Floats, Ints
from analysis.errors import stage
from analysis.network import nulls
from analysis.partnership.talk import INFORMAL, Talk
from analysis.partnership.waves import Waves


@dataclass(frozen=True)
class SenderShuffle:
    """Informal exchange of partners before their partnership. exchange: shape (pairs,), expected turns;
    shuffled: shape (shuffles, pairs), the same under shuffled senders."""

    exchange: Floats
    shuffled: Floats

    @property
    def weight(self) -> Floats:
        """Weight of each pair, shape (pairs,): one over the root of the exchange expected under the shuffle (plus 1),
        so that a few talkative pairs do not decide."""
        return 1 / np.sqrt(self.shuffled.mean(axis=0) + 1)

    @property
    def observed(self) -> float:
        """The weighted sum over pairs."""
        return float(self.exchange @ self.weight)

    @property
    def null(self) -> Floats:
        """The weighted sum under each shuffle: shape (shuffles,)."""
        return self.shuffled @ self.weight

    @property
    def p(self) -> float:
        """One-sided p-value."""
        return resample.p_greater(self.null, self.observed)


@stage
def shuffle_senders(talk: Talk, waves: Waves, *, hours: float, shuffles: int, seed: int) -> SenderShuffle:
    """Do partners answer each other informally, before they are partners, more than whoever writes in the same chat and
    hours would? A description next to C2's tests, without their controls.

    Senders are shuffled within chat and blocks of this many hours. Links that a shuffle turns into self-links are
    compensated by weighting the others (nulls.chance_of_tie). Raises InputError when no partnership began in a wave.
    """
    waves.require_events()
    linked, member = talk.linked[INFORMAL], talk.turns.turns["member"].to_numpy()
    later, earlier = linked["later"].to_numpy(), linked["earlier"].to_numpy()
    cross = member[later] != member[earlier]
    later, earlier, weight = later[cross], earlier[cross], linked["probability"].to_numpy()[cross]
    blocks = nulls.hour_blocks(talk.turns, hours)
    pair, since = waves.pairs
    seconds = talk.turns.seconds[later]

    def exchange_of_pairs(member: Ints, weight: Floats) -> Floats:
        cell = pair[member[later], member[earlier]]
        rows = (cell >= 0) & (seconds < since[cell])
        return np.bincount(cell[rows], weights=weight[rows], minlength=since.size).astype(float)

    fair = weight / nulls.chance_of_tie(talk.turns, later, earlier, blocks)
    rng = np.random.default_rng(resample.seed_of(seed, "C2 sender shuffle"))
    places = nulls.keeping_who_writes_when(blocks, shuffles, rng)
    null = np.array([exchange_of_pairs(member[place], fair) for place in places])
    return SenderShuffle(exchange_of_pairs(member, weight), null)
