"""Trials: a change's effect predicted from a simulated community's first half, and its true effect in the second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis import study
from analysis.arrays import Floats
from analysis.calibration.observed import Observed, by_shortcut
from analysis.errors import InputError
from analysis.halfway import truth
from analysis.recommendations.assumptions import Assumption, drawn, read_assumptions
from analysis.recommendations.fit import readiness
from analysis.recommendations.gains import evaluate, joint_draws
from analysis.recommendations.groups import Groups, days_since_1970, groups_of
from analysis.recommendations.news import pieces
from analysis.recommendations.scenarios import Setting, WhatIf, read_scenarios
from analysis.resample import interval, seed_of
from analysis.simulate import Community, simulate_community

COLUMNS = ("change", "seed", "predicted", "low", "high", "realised", "inside")
CHANGES = ("weekly digest", "bridge", "no approval")
KEYS = {"seed", "communities", "members", "months", "scenario", "draws", "pieces", "band", "differ"}


@dataclass(frozen=True)
class HalfwayPlan:
    """calibration/spreading.yaml, with the assumptions and scenarios of params.yaml.

    communities: number per change, with seeds from `seed` on. band: the share of the predictive distribution in the
    band. differ: variation between members in silent opening and in reading back (standard deviation of logs).
    """

    seed: int
    communities: int
    members: int
    months: int
    scenario: str
    draws: int
    pieces: int
    band: float
    differ: float
    assumed: Mapping[str, Assumption]
    scenarios: Mapping[str, WhatIf]
    code: str
    least: int


def load(root: Path) -> HalfwayPlan:
    """The plan of the study at root. Raises InputError on an unknown or missing key."""
    path = root / "calibration" / "spreading.yaml"
    own = study.read_yaml(path)
    if odd := sorted(set(own) ^ KEYS):
        raise InputError(f"missing or unknown: {', '.join(odd)}", path=path)
    params: Mapping[str, Any] = study.load_params(study.Paths(root))["recommendations"]
    assumed = read_assumptions(params["assumptions"])
    scenarios = {one.name: one for one in read_scenarios(params["scenarios"], assumed)}
    return HalfwayPlan(**own, assumed=assumed, scenarios=scenarios, code=params["code"], least=params["least_events"])


def rows(plan: HalfwayPlan) -> Iterator[dict[str, Any]]:
    """One row per community and change, with COLUMNS."""
    for k, change in enumerate(CHANGES):
        for seed in range(plan.seed + 1000 * k, plan.seed + 1000 * k + plan.communities):
            yield trial(plan, change, seed)


def trial(plan: HalfwayPlan, change: str, seed: int) -> dict[str, Any]:
    """One community: the predicted and the realised gain in pieces read a week."""
    community = simulate_community(seed, plan.members, plan.months, plan.scenario, texts=False)
    observed = by_shortcut(community)
    days = days_since_1970(observed.messages["time"])
    half = (days.min() + days.max()) / 2
    groups = _groups(community, observed, days < half)
    setting = _setting(observed, groups)
    predicted = _predicted(plan, plan.scenarios[change], setting, observed, days < half, seed)
    realised = _realised(plan, change, setting, observed, half, np.random.default_rng(seed_of(seed, "truth")))
    low, high = interval(predicted, plan.band)
    middle = float(np.median(predicted))
    return dict(zip(COLUMNS, (change, seed, middle, low, high, realised, low <= realised <= high), strict=True))


def _groups(community: Community, observed: Observed, first: np.ndarray) -> Groups:
    """The groups as the first half shows them, with their members as system lines would list them."""
    groups = groups_of(observed.messages[first], observed.members)
    seen = dict(zip(community.people.index, _pseudonyms(community, observed), strict=True))
    inside = np.zeros_like(groups.member_of)
    for channel in community.channels:
        if channel.key in groups.names:
            places = groups.members.get_indexer([seen[i] for i in channel.members if seen[i]])
            inside[groups.place(channel.key), places[places >= 0]] = True
    return replace(groups, member_of=inside | groups.member_of)


def _pseudonyms(community: Community, observed: Observed) -> list[str | None]:
    """Each person's pseudonym, None for people who withheld consent."""
    from analysis.privacy import pseudonym
    from analysis.simulate.export import DEMO_KEY

    known = set(observed.members["member"])
    names = [pseudonym(name, DEMO_KEY) for name in community.people["name"]]
    return [name if name in known else None for name in names]


def _setting(observed: Observed, groups: Groups) -> Setting:
    """The community to which levers apply, with its groups' informal talk as planted."""
    people = observed.members.set_index("member")[["sector", "role", "joined"]].reindex(groups.members)
    informal = observed.planted.map(lambda codes: "greeting" in codes or "humour" in codes or "personal_talk" in codes)
    channel = observed.messages.set_index("message_id")["channel"]
    share = informal.groupby(channel.reindex(informal.index)).mean().reindex(groups.names).fillna(0)
    n, g = groups.members.size, groups.names.size
    return Setting(
        groups, people, share.to_numpy(float), np.zeros((n, g)), np.zeros(g), np.zeros((n, g)), np.zeros(n), np.ones(n),
        np.ones(n, dtype=bool),
    )  # fmt: skip


def _is_news(observed: Observed, code: str) -> np.ndarray:
    """Which messages are planted as news."""
    return observed.planted.reindex(observed.messages["message_id"]).map(lambda codes: code in codes).to_numpy(bool)


def _predicted(
    plan: HalfwayPlan, scenario: WhatIf, setting: Setting, observed: Observed, first: np.ndarray, seed: int
) -> Floats:
    """The gain in every draw, from the first half alone. Codes and replies are known; reading and the change are
    not."""
    text = first & (observed.messages["kind"] == "text").to_numpy()
    messages = observed.messages[text].set_index("message_id")
    replies = observed.parents.dropna(subset="reply_to").assign(draw=0, informal=False)
    found = list(pieces(messages, [_is_news(observed, plan.code)[text]], replies, setting.groups))
    weeks = float(np.ptp(days_since_1970(messages["time"])) / 7)
    spreading = joint_draws(
        setting.groups, found, plan.assumed, weeks, draws=plan.draws, least=plan.least, seed=seed_of(seed, "fit")
    )
    results = evaluate(setting, [scenario], spreading.draws, pieces=plan.pieces, seed=seed_of(seed, "predict"))
    return results.gain(scenario.name)


def _realised(
    plan: HalfwayPlan, change: str, setting: Setting, observed: Observed, half: float, rng: np.random.Generator
) -> float:
    """The true gain of the change in the second half: the half with the change less the same half without it."""
    true = {name: float(values[0]) for name, values in drawn(plan.assumed, 1, rng).items()}
    world, news = _second_half(plan, setting, observed, half, true, rng)
    groups = setting.groups
    weeks = (world.end - half) / 7 - 1
    extra = _held_back(news, setting, true["held_back"], half, world.end, rng)
    luck = truth.Luck.drawn(news.posted.size + extra.posted.size, world, rng)
    before = truth.pieces_read(world, news, truth.reads(world, news, luck.first(news.posted.size)), weeks)
    changed, every = world, news
    if change == "weekly digest":
        heeds = np.clip(rng.normal(true["digest_heeded"], 0.1, groups.members.size), 0, 1)
        changed = truth.with_digest(world, groups.largest, true["digest_holds"], heeds, half)
    elif change == "bridge":
        ends = groups.largest, setting.group("social")
        wrote = np.where(groups.member_of[list(ends)].all(axis=0), groups.written_days.sum(axis=0), -1)
        changed = truth.with_bridge(world, int(wrote.argmax()), ends, true["bridge_keeps"])
    else:
        changed, every = truth.without_approval(world, news, extra)
    after = truth.pieces_read(changed, every, truth.reads(changed, every, luck.first(every.posted.size)), weeks)
    return after - before


def _second_half(
    plan: HalfwayPlan,
    setting: Setting,
    observed: Observed,
    half: float,
    true: Mapping[str, float],
    rng: np.random.Generator,
) -> tuple[truth.World, truth.PostedNews]:
    """The second half without a change: who opens which group when, and the news posted in it."""
    groups, messages = setting.groups, observed.messages
    days = days_since_1970(messages["time"])
    group, member = groups.names.get_indexer(messages["channel"]), groups.members.get_indexer(messages["member"])
    later = (days >= half) & (group >= 0)
    end = float(days.max())
    hours = np.bincount((days[~later] % 1 * 24).astype(int), minlength=24).astype(float) + 1.0
    silent, back = (np.exp(rng.normal(0, plan.differ, groups.members.size)) for _ in range(2))
    rate = true["silent_openings"] * groups.written_days / groups.days + true["lurking"]
    own = [[days[later & (group == g) & (member == i)] for i in range(rate.shape[1])] for g in range(len(rate))]
    opened = {
        g: [
            truth.openings(np.sort(own[g][i]), rate[g, i] * silent[i], half, end, hours, rng)
            for i in range(len(silent))
        ]
        for g in range(len(rate))
    }
    rows = np.flatnonzero(later & (member >= 0) & _is_news(observed, plan.code))
    ordinary = ~setting.officers[member[rows]]
    known = days[rows] - np.where(ordinary, true["approval_days"], 0.0)
    news = truth.PostedNews(days[rows], known, group[rows], member[rows])
    posts = np.bincount(news.author, minlength=groups.members.size).astype(float)
    passes = true["passing_chance"] * readiness(posts)[:, None] * groups.member_of.T
    times = tuple(np.sort(days[later & (group == g)]) for g in range(groups.names.size))
    return truth.World(
        groups.member_of, times, opened, true["read_back"] * back, passes, true["passing_age"], end
    ), news


def _held_back(
    news: truth.PostedNews, setting: Setting, share: float, half: float, end: float, rng: np.random.Generator
) -> truth.PostedNews:
    """News of members without an office that approval holds back: like their posted news, at other times."""
    own = np.flatnonzero(~setting.officers[news.author])
    chosen = np.repeat(own, rng.poisson(share / (1 - share), own.size))
    at = rng.uniform(half, end, chosen.size)
    return truth.PostedNews(at, at, news.group[chosen], news.author[chosen])
