"""What grows between members: trust from informal exchange, partnerships from trust or what a scenario says."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.simulate import rhythm
from analysis.simulate.agents import Agents, overlap, standard
from analysis.simulate.dice import Dice
from analysis.simulate.people import load_yaml
from analysis.simulate.scenario import Scenario

PARTNERS = 0.095  # share of all pairs that become partners within twelve months
EARLIER = 0.014  # share of all pairs that were partners before
KINDS = ("titip jual", "stan bareng", "pasok", "kulakan bareng", "reseller", "paket bersama")
HALF = 6.0  # informal exchanges that bring half of full trust
RIPE = 60  # days until exchange has become trust
MEMORY = 0.5 ** (1 / 150)  # of trust, a day: half is gone in 150 days
FORGOTTEN, IMAGINED = 0.08, 0.03  # partnerships left out of the survey, and pairs in it that only nearly were


class Bonds:
    """Trust and partnerships while a community runs. partner: (n, n), day of becoming partners, NaN for none."""

    def __init__(self, scenario: Scenario, agents: Agents, dice: Dice) -> None:
        self.scenario, self.agents, self.dice = scenario, agents, dice
        self.count: Floats = np.zeros((agents.n, agents.n))  # informal exchange that has ripened and not yet faded
        self.ripening: deque[tuple[float, int, int]] = deque()
        self.partner: Floats = np.full((agents.n, agents.n), np.nan)
        self.kinds: dict[tuple[int, int], str] = {}
        log = np.log(agents.activity + 0.1)
        z = (log - log.mean()) / log.std()
        score = scenario.activity_partner * (z[:, None] + z[None, :])
        score = score + scenario.hours_partner * standard(overlap(agents.hours))
        self.fixed = score + scenario.liking_partner * agents.liking  # the unchanging part of log odds of partnership

    # trust

    def exchange(self, a: int, b: int, day: float) -> None:
        """The two had an informal exchange."""
        self.ripening.append((day + RIPE, a, b))

    def ripen(self, day: int) -> None:
        """Old exchange fades; exchange of a while ago has by now become trust."""
        self.count *= MEMORY
        while self.ripening and self.ripening[0][0] <= day:
            _, a, b = self.ripening.popleft()
            self.count[a, b] += 1
            self.count[b, a] += 1

    def trust(self, i: int | slice = slice(None)) -> Floats:
        """Trust of member i, or of all, in each member: 0 to 1."""
        return self.count[i] / (self.count[i] + HALF)

    # partnerships

    def start(self, names: list[str], here: NDArray[np.bool_]) -> None:
        """Partnerships from before the first day: those that the interviews mention, and some more."""
        number = round(EARLIER * self.agents.n * (self.agents.n - 1) / 2)
        for one, other, since, kind in load_yaml("interviewed.yaml")["partners"]:
            if number and one in names and other in names:
                a, b = sorted((names.index(one), names.index(other)))
                self._join(a, b, (since - rhythm.START).days, kind)
                number -= 1
        for a, b in self._pairs(number, here):
            self._join(a, b, -self.dice.whole(20, 700), self.dice.pick(KINDS))

    def form(self, day: int, expected: float, here: NDArray[np.bool_]) -> list[tuple[int, int]]:
        """The pairs that become partners on this day, about `expected` of them."""
        pairs = self._pairs(self.dice.poisson(expected), here)
        for a, b in pairs:
            self._join(a, b, day, self.dice.pick(KINDS))
        return pairs

    def _join(self, a: int, b: int, day: int, kind: str) -> None:
        self.partner[a, b] = self.partner[b, a] = day
        self.kinds[a, b] = kind

    def _pairs(self, number: int, here: NDArray[np.bool_]) -> list[tuple[int, int]]:
        """Draw pairs who are both here and no partners yet, with odds by the scenario's score."""
        if not number:
            return []
        score = self.fixed + self.scenario.trust_partner * self.trust()
        allowed = np.outer(here, here) & ~np.isfinite(self.partner)
        weights = np.triu(np.exp(score) * allowed, 1).ravel()
        pairs = []
        for _ in range(number):
            k = self.dice.weighted(weights)
            if k >= 0:
                weights[k] = 0
                pairs.append((k // self.agents.n, k % self.agents.n))
        return pairs

    def table(self, names: list[str]) -> pd.DataFrame:
        """All partnerships as they were: member_a, member_b, since (date), kind."""
        days = {pair: rhythm.date_of(int(self.partner[pair])) for pair in self.kinds}
        rows = [(names[a], names[b], days[a, b], kind) for (a, b), kind in self.kinds.items()]
        return pd.DataFrame(rows, columns=["member_a", "member_b", "since", "kind"])


def survey(partners: pd.DataFrame, names: list[str], days: int, dice: Dice) -> pd.DataFrame:
    """What members declare: some forgotten, dates rounded or off, a few pairs that only nearly were partners."""
    rows: list[tuple[Any, ...]] = []
    for pair in partners.itertuples():
        if not dice.chance(FORGOTTEN):
            rows.append((*dice.shuffled([pair.member_a, pair.member_b]), _recalled(pair.since, dice), pair.kind))
    declared = {frozenset((row[0], row[1])) for row in rows}
    for _ in range(round(IMAGINED * len(rows))):
        a, b = dice.shuffled(names)[:2]
        if frozenset((a, b)) not in declared:
            rows.append((a, b, rhythm.date_of(dice.whole(0, days - 1)), dice.pick(KINDS)))
    frame = pd.DataFrame(rows, columns=["member_a", "member_b", "since", "kind"])
    return frame.sort_values(["since", "member_a", "member_b"], ignore_index=True)


def _recalled(since: Any, dice: Dice) -> Any:
    """A date as remembered: right, the first of the month, or some days off."""
    r = dice.random()
    if r < 0.45:
        return since
    if r < 0.75:
        return since.replace(day=1)
    return rhythm.date_of((since - rhythm.START).days + dice.whole(-15, 15))
