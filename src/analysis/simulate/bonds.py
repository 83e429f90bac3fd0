"""Bonds between members: trust from informal exchange, partnerships from trust or other causes by scenario, and their
effect on who answers whom."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.simulate import rhythm
from analysis.simulate.agents import Agents, draw_liking, overlap, standard
from analysis.simulate.dice import Dice
from analysis.simulate.people import load_yaml
from analysis.simulate.scenario import Scenario

PARTNERS = 0.095  # share of all pairs that become partners within twelve months
EARLIER = 0.014  # share of all pairs that were partners before
KINDS = ("titip jual", "stan bareng", "pasok", "kulakan bareng", "reseller", "paket bersama")
HALF = 6.0  # informal exchanges that bring half of full trust
RIPE = 60  # days until exchange has become trust
MEMORY = 0.5 ** (1 / 150)  # of trust, a day: half is gone in 150 days
EXCHANGES = 0.68  # informal exchanges per member and day, which set the trust with which an old group begins
SILENT, COLD = 42, -3.0  # days in which two who fell out hardly answer each other; effect on their answers (log odds)
FORGOTTEN, IMAGINED = 0.08, 0.03  # shares of partnerships missing from the survey, and of near-partners listed in it


class Bonds:
    """Trust, liking and partnerships while a community runs for a number of days.

    partner: (n, n), day of becoming partners, NaN for none. answers: (2, n, n), answers between two up to the evening
    before, of business and informal ones (number False and True), those of long ago faded.
    """

    def __init__(self, scenario: Scenario, agents: Agents, days: int, dice: Dice) -> None:
        self.scenario, self.agents, self.days, self.dice = scenario, agents, days, dice
        self.count: Floats = np.zeros((agents.n, agents.n))  # informal exchange that has ripened and not yet faded
        self.ripening: deque[tuple[float, int, int]] = deque()
        self.partner: Floats = np.full((agents.n, agents.n), np.nan)
        self.kinds: dict[tuple[int, int], str] = {}
        self.day, self.liking = 0, agents.liking
        self.answers, self.today = np.zeros((2, agents.n, agents.n)), np.zeros((2, agents.n, agents.n))
        self.shared: Floats = np.zeros((2, agents.n, agents.n))  # how many correspondents two have in common
        self.cold_until: Floats = np.full((agents.n, agents.n), -1.0)
        self.other_liking = draw_liking(agents.n, dice) if scenario.liking_drift or scenario.private else agents.liking
        self.privately = np.triu(self._informal_rates(self.other_liking), 1).ravel()
        if scenario.old:
            self._remember(scenario.old)
        log = np.log(agents.activity + 0.1)
        z = (log - log.mean()) / log.std()
        score = scenario.activity_partner * (z[:, None] + z[None, :])
        score = score + scenario.hours_partner * standard(overlap(agents.hours))
        self.fixed = score  # the constant part of the log odds of partnership

    def _informal_rates(self, liking: Floats) -> Floats:
        """Relative rate of informal exchange of each two members, by activity and this liking, shape (n, n)."""
        activity = self.agents.activity
        return np.outer(activity, activity) * np.exp(self.scenario.liking_informal * liking)

    def _remember(self, years: float) -> None:
        """Exchange of the years before the first day."""
        rates = np.triu(self._informal_rates(self.liking), 1)
        kept = (1 - MEMORY ** (365 * years)) / (1 - MEMORY)  # days' worth of exchange that has not faded
        mean = rates / rates.sum() * self.agents.n * EXCHANGES / 2 * kept
        count = np.array([[min(self.dice.poisson(min(x, 50.0)), 50) if x else 0 for x in row] for row in mean])
        self.count = (count + count.T).astype(float)

    # trust

    def answer(self, a: int, b: int, informally: bool, day: float) -> None:
        """Record that one answered the other; an informal answer becomes trust in time, and implies private ones."""
        self.today[int(informally), a, b] += 1
        self.today[int(informally), b, a] += 1
        if informally:
            self.ripening.append((day + RIPE, a, b))
            for _ in range(self.dice.poisson(self.scenario.private) if self.scenario.private else 0):
                self.ripening.append((day + RIPE, *divmod(self.dice.weighted(self.privately), self.agents.n)))

    def ripen(self, day: int) -> None:
        """Start a new day: exchange fades, older exchange has become trust, liking moves, and some members fall out."""
        self.day = day
        self.answers = self.answers * MEMORY + self.today
        self.today = np.zeros_like(self.today)
        if self.scenario.closure:
            known = self.answers / (self.answers + HALF)
            self.shared = known @ known
        if self.scenario.liking_drift:
            turn = np.pi / 2 * self.scenario.liking_drift * day / self.days
            self.liking = np.cos(turn) * self.agents.liking + np.sin(turn) * self.other_liking
        for _ in range(self.dice.poisson(self.scenario.quarrels / 30) if self.scenario.quarrels else 0):
            k = self.dice.weighted(np.triu(self.answers.sum(axis=0), 1).ravel())
            if k >= 0:
                a, b = divmod(k, self.agents.n)
                self.cold_until[a, b] = self.cold_until[b, a] = day + SILENT
        self.count *= MEMORY
        while self.ripening and self.ripening[0][0] <= day:
            _, a, b = self.ripening.popleft()
            self.count[a, b] += 1
            self.count[b, a] += 1

    def trust(self, i: int | slice = slice(None)) -> Floats:
        """Trust of member i, or of all, in each member: 0 to 1; of relational events, the log of 1 + exchanges."""
        if self.scenario.family == "events":
            return np.log1p(self.count[i])
        return self.count[i] / (self.count[i] + HALF)

    def pull(self, i: int, informally: bool) -> Floats:
        """How much more each member answers member i than activity alone says, shape (n,)."""
        asked, kind = self.scenario, int(informally)
        if informally:
            effect = asked.liking_informal * self.liking[i]
        else:
            grown = 1 - asked.warming + 2 * asked.warming * self.day / self.days
            effect = asked.liking_business * grown * self.liking[i] + asked.trust_talk * self.trust(i)
        effect = (
            effect
            + asked.reciprocity * np.log1p(self.answers[kind, i])
            + asked.closure * np.log1p(self.shared[kind, i])
        )
        return np.exp(effect + COLD * (self.cold_until[i] > self.day))

    # partnerships

    def start(self, names: list[str], here: NDArray[np.bool_]) -> None:
        """Partnerships from before the first day: those that the interviews mention, and some more."""
        earlier = EARLIER + PARTNERS * self.scenario.old
        number = round(earlier * self.agents.n * (self.agents.n - 1) / 2)
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
        """Draw pairs who are both here and not yet partners, with odds by the scenario's score."""
        if not number:
            return []
        score = self.fixed + self.scenario.liking_partner * self.liking + self.scenario.trust_partner * self.trust()
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
        """All true partnerships: member_a, member_b, since (date), kind."""
        days = {pair: rhythm.date_of(int(self.partner[pair])) for pair in self.kinds}
        rows = [(names[a], names[b], days[a, b], kind) for (a, b), kind in self.kinds.items()]
        return pd.DataFrame(rows, columns=["member_a", "member_b", "since", "kind"])


def survey(partners: pd.DataFrame, names: list[str], days: int, dice: Dice) -> pd.DataFrame:
    """The partnerships that members declare: some forgotten, dates rounded or off, a few pairs who nearly were
    partners."""
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
