"""Communities whose answer is known by construction, for the tests of recommendations."""

import numpy as np
import pandas as pd

from analysis.recommendations.groups import DELAYS, Groups
from analysis.recommendations.scenarios import Setting

NAMES = [f"M{a}{b}AA" for a in "ABCDE" for b in "ABCDEFGH"]


def groups_like(inside, *, written=None, a_day=10.0, days=360.0, member_for=None, writes=np.inf) -> Groups:
    """Groups with these members (shape (g, n)), in which everybody writes after `writes` days."""
    inside = np.asarray(inside, dtype=bool)
    g, n = inside.shape
    return Groups(
        members=pd.Index(NAMES[:n]),
        names=pd.Index([f"group-{k}" for k in range(g)]),
        member_of=inside,
        writes=np.where(inside[:, :, None], writes, np.inf) * np.ones((1, 1, DELAYS)),
        written_days=np.where(inside, 50, 0) if written is None else np.asarray(written),
        days=np.full(n, days, dtype=float),
        member_for=np.full(n, days if member_for is None else member_for, dtype=float),
        a_day=np.full(g, a_day),
    )


def community_of(groups: Groups, posts=None, *, informal=None, roles=None) -> Setting:
    """A community in these groups; posts: shape (n, g), by default one piece a week by the first member."""
    n, g = groups.members.size, groups.names.size
    if posts is None:
        posts = np.zeros((n, g))
        posts[0, 0] = 1.0
    people = pd.DataFrame({"sector": "food", "role": roles or "member", "joined": pd.NaT}, index=groups.members)
    return Setting(
        groups=groups,
        people=people,
        informal=np.zeros(g) if informal is None else np.asarray(informal, dtype=float),
        posts=np.asarray(posts, dtype=float),
        further=np.zeros(g),
        passes=np.zeros((n, g)),
        waits=np.zeros(n),
        lifts=np.ones(n),
        there=np.ones(n, dtype=bool),
    )
