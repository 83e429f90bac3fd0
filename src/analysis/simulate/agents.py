"""The members' traits: how much and when they write, their liking, who passes on news, and their chats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.simulate.dice import Dice
from analysis.simulate.people import LEADERS, load_yaml
from analysis.simulate.rhythm import PROFILES
from analysis.simulate.scenario import Scenario

SILENT = 1 / 9  # share of members who never write
SHARERS = 0.1  # share of members who pass on news where few do
BOTH = 0.2  # share of members who are in both cliques
RETURNING = 0.4  # standard deviation of the log of how often members continue their own messages
SPREAD = (0.12, 6.0)  # least and most activity, relative to the median


@dataclass(frozen=True)
class Channel:
    """One chat. share: of all messages. exporter: the member whose phone exported it. files: exported with media."""

    key: str
    title: str
    share: float
    members: tuple[int, ...]
    exporter: int
    platform: str = "whatsapp"
    files: bool = False


@dataclass(frozen=True)
class Agents:
    """The traits of n members, by number.

    activity, sharing, leader, returns: shape (n,). hours: (n, 24), each row sums to about 1. liking: (n, n), symmetric,
    standard normal. sharing: how much news a member passes on, relative to other talk. returns: how often a member
    continues an own message, relative to the mean of 1.
    """

    activity: Floats
    hours: Floats
    liking: Floats
    sharing: Floats
    leader: Floats
    returns: Floats

    @property
    def n(self) -> int:
        return int(self.activity.size)


def make_agents(people: pd.DataFrame, scenario: Scenario, dice: Dice) -> Agents:
    """Draw the traits of these people; the scenario sets how they share and like."""
    n, role = len(people), people.role.to_numpy()
    leads, committee = np.isin(role, LEADERS), role == "committee"
    office = np.where(leads, 1.6, np.where(committee, 1.3, 1.0))  # leaders and committee write more
    activity = office * np.clip(np.exp(np.array([dice.normal() for _ in range(n)])), *SPREAD)  # heavy-tailed
    quiet = [i for i in dice.shuffled(range(n)) if role[i] == "member" and (i >= 12 or n <= 12)]
    activity[quiet[: max(1, round(n * SILENT))]] = 0  # some only read
    hours = np.array([_hours(dice) for _ in range(n)])
    liking = draw_liking(n, dice)
    if scenario.cliques:
        liking = np.sqrt(1 - scenario.cliques) * liking + np.sqrt(scenario.cliques) * _cliques(n, dice)
    leader = np.where(leads, 1.0, np.where(committee, 0.7, 0.0))
    shares = _sharing(people, activity, scenario.sharing, dice) ** scenario.stands_out
    returns = np.exp(np.array([RETURNING * dice.normal() - RETURNING**2 / 2 for _ in range(n)]))
    return Agents(activity, hours, liking, shares, leader, returns)


def draw_liking(n: int, dice: Dice) -> Floats:
    """Liking between each pair of n members: symmetric, standard normal, 0 on the diagonal."""
    pair = np.triu(np.array([[dice.normal() for _ in range(n)] for _ in range(n)]), 1)
    return pair + pair.T


def _cliques(n: int, dice: Dice) -> Floats:
    """Whether two members are in a clique together, standardised; two cliques, some members in both."""
    place = np.array(dice.shuffled(range(n))) / n
    first, second = place < (1 + BOTH) / 2, place >= (1 - BOTH) / 2
    together = standard((np.outer(first, first) | np.outer(second, second)).astype(float))
    np.fill_diagonal(together, 0)
    return together


def _hours(dice: Dice) -> Floats:
    mix = np.array([dice.exponential(0.25) for _ in range(len(PROFILES))])
    mix[dice.whole(0, len(PROFILES) - 1)] += 1.5
    return mix @ PROFILES / mix.sum() + 1e-4


def _sharing(people: pd.DataFrame, activity: Floats, kind: str, dice: Dice) -> Floats:
    """Equal shares, shares that offset activity, or a few far above the others; the interviews name some of these."""
    n = activity.size
    if kind == "activity":
        return np.ones(n)
    if kind == "everyone":
        return np.where(activity > 0, np.maximum(activity, SPREAD[0]) ** -0.8, 0)
    interviewed, names = load_yaml("interviewed.yaml"), people.name.to_list()
    order = np.argsort(-activity, kind="stable")[n // 10 : n // 2]
    middle = [i for i in order if names[i] not in interviewed["claims_only"] + interviewed["sharers"]]
    few = [names.index(name) for name in interviewed["sharers"] if name in names] + dice.shuffled(middle)
    few = few[: max(2, round(n * SHARERS))]
    sharing = np.full(n, 0.03)
    sharing[few] = [(6 + 4 * dice.random()) / max(activity[i], 1.0) for i in few]
    return sharing


def make_channels(people: pd.DataFrame, activity: Floats, dice: Dice) -> list[Channel]:
    """Main group (all), informal group, bazaar group, and the committee's chat; they overlap."""
    n, role = len(people), people.role.to_numpy()
    committee = [i for i in range(n) if role[i] != "member"]
    helpers = [i for i in range(n) if role[i] == "member" and activity[i] > 0]
    committee += helpers[: max(0, 5 - len(committee))]
    chair, secretary, treasurer = (next((i for i in range(n) if role[i] == r), 0) for r in LEADERS)
    informal = [i for i in range(n) if dice.chance(0.62) or i == chair]
    bazaar = [i for i in range(n) if dice.chance(0.55) or i in committee]
    writers = [i for i in informal if role[i] == "member" and activity[i] > 0 and people.joined[i] < 0]
    guest = writers[0] if writers else chair
    return [
        Channel("main", "UMKM Guyub Sidoarjo", 0.45, tuple(range(n)), secretary),
        Channel("informal", "Kopdar dan Guyonan", 0.33, tuple(informal), guest, files=True),
        Channel("bazar", "Bazar dan Pelatihan", 0.14, tuple(bazaar), treasurer),
        Channel("pengurus", "Pengurus Guyub", 0.08, tuple(committee), chair, platform="telegram"),
    ]


def overlap(hours: Floats) -> Floats:
    """Overlap of the hours of each two members: shared mass of their daily profiles, 0 to 1, shape (n, n)."""
    share = hours / hours.sum(axis=1, keepdims=True)
    out = np.minimum(share[:, None, :], share[None, :, :]).sum(axis=2)
    np.fill_diagonal(out, 0)
    return out


def standard(x: Floats) -> Floats:
    """A matrix of pairs, standardised over its off-diagonal cells."""
    off = ~np.eye(len(x), dtype=bool)
    return (x - x[off].mean()) / x[off].std()
