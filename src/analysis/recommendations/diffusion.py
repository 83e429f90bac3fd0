"""Diffusion of a piece of news over the network of replies: chances to hear from another, and cascades."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.resample import seed_of

SCENARIOS = {
    "as now": "only members who already share business news regularly pass it on",
    "flexible": "every member who hears of it passes it on",
}
CURVES = ("scenario", "step", "mean", "low", "high")


def cascade(hearing: sparse.csr_array, seeds: Ints, passes_on: Flags, steps: int, rng: np.random.Generator) -> Floats:
    """Independent cascades (Kempe, Kleinberg and Tardos 2003), one from each seed.

    hearing: shape (n, n), probability that the column's member hears from the row's, once. seeds: shape (draws,).
    passes_on: shape (n,), which members pass news on; a seed always does once. Returns shape (draws, steps + 1): the
    share of members reached after 0..steps steps.
    """
    source, target = hearing.nonzero()
    probability = hearing[source, target]
    reached = np.empty((seeds.size, steps + 1))
    for draw, seed in enumerate(seeds):
        live = rng.random(probability.size) < probability
        reached[draw] = _levels(source[live], target[live], seed, passes_on, steps)
    return reached


def _levels(source: Ints, target: Ints, seed: int, passes_on: Flags, steps: int) -> Floats:
    """The share of members reached after 0..steps steps along live ties from source to target."""
    heard = np.zeros(passes_on.size, dtype=bool)
    heard[seed] = True
    active = heard.copy()
    shares = [heard.mean()]
    for _ in range(steps):
        fresh = np.zeros_like(heard)
        fresh[target[active[source]]] = True
        fresh &= ~heard
        heard |= fresh
        active = fresh & passes_on
        shares.append(heard.mean())
    return np.array(shares)


def hearing_probability(ties: pd.DataFrame, members: pd.Index, per: float, pass_on: float) -> sparse.csr_array:
    """Probability that a member hears from another: 1 - (1 - pass_on) ** (replies to them a month).

    ties: source replies to target, so news runs from target to source. per: months that the ties' weights cover.
    Returns shape (n, n) in the order of members: the row's member is heard by the column's.
    Raises InputError when pass_on is not a probability.
    """
    if not 0 <= pass_on <= 1:
        raise InputError(f"pass_on must be a probability between 0 and 1, and is {pass_on}")
    rate = ties["weight"].to_numpy() / per
    source, target = members.get_indexer(ties["target"]), members.get_indexer(ties["source"])
    return sparse.csr_array((1 - (1 - pass_on) ** rate, (source, target)), shape=(members.size, members.size))


def observed_months(times: pd.Series) -> float:
    """Length of the observed time in months of 30 days, at least one."""
    return max((times.max() - times.min()) / pd.Timedelta(days=30), 1.0)


def who_passes_on(shares: Ints, months: float, regular: float) -> dict[str, Flags]:
    """By scenario, which members pass on what they hear: those with `regular` shares a month, or everyone.

    shares: shape (n,), pieces of business news each member wrote in these months. Raises InputError when there is none.
    """
    if not shares.sum():
        raise InputError("no message is coded as business news, so no member shares it")
    return {"as now": shares / months >= regular, "flexible": np.ones(len(shares), dtype=bool)}


def cascades(
    hearing: sparse.csr_array, shares: Ints, passes_on: Mapping[str, Flags], *, steps: int, draws: int, seed: int
) -> dict[str, Floats]:
    """Cascades by scenario, shape (draws, steps + 1). Each starts with a member in proportion to their shares.

    Starts and live ties are the same in every scenario, so that only who passes news on differs.
    """
    starts_rng, ties = np.random.default_rng(seed_of(seed, "starts")), seed_of(seed, "live ties")
    starts = starts_rng.choice(shares.size, size=draws, p=shares / shares.sum())
    return {name: cascade(hearing, starts, who, steps, np.random.default_rng(ties)) for name, who in passes_on.items()}


def by_draw(reached: Mapping[str, Floats]) -> pd.DataFrame:
    """Every cascade: scenario, draw, step, reached (share of members)."""
    frames = [pd.DataFrame(values).assign(scenario=name, draw=range(len(values))) for name, values in reached.items()]
    return pd.concat(frames).melt(["scenario", "draw"], var_name="step", value_name="reached").astype({"step": int})


def curves(reached: Mapping[str, Floats]) -> pd.DataFrame:
    """CURVES: the share of members reached by step, its mean and the middle 80 % of the cascades."""
    return pd.concat([_curve(name, values) for name, values in reached.items()], ignore_index=True)


def _curve(scenario: str, reached: Floats) -> pd.DataFrame:
    spread = np.quantile(reached, [0.1, 0.9], axis=0)
    return pd.DataFrame(
        {
            "scenario": scenario,
            "step": np.arange(reached.shape[1]),
            "mean": reached.mean(axis=0),
            "low": spread[0],
            "high": spread[1],
        }
    )
