"""The scenarios: parameters of the agent model, and what is true in each (scenarios.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.errors import InputError
from analysis.simulate.people import load_yaml


@dataclass(frozen=True)
class Scenario:
    """The parameters of one community, explained in scenarios.yaml. truth: which published claims hold in it."""

    name: str
    what: str
    truth: dict[str, bool]
    informal: float
    liking_informal: float
    liking_business: float
    liking_partner: float
    liking_drift: float
    warming: float
    cliques: float
    trust_talk: float
    trust_partner: float
    old: float
    private: float
    activity_partner: float
    hours_partner: float
    reciprocity: float
    closure: float
    quarrels: float
    to_and_fro: float
    moderator: float
    late_replies: float
    turnover: float
    crisis: float
    sharing: str
    stands_out: float
    barriers: float
    lead: float
    misread: float
    misread_drift: float
    family: str


def scenario(name: str, **changes: Any) -> Scenario:
    """The named scenario, with single parameters changed. Raises InputError for an unknown name or parameter."""
    scenarios = load_yaml("scenarios.yaml")
    if name not in scenarios:
        raise InputError(f"there is no scenario {name}", fix=f"Choose one of {', '.join(scenarios)}.")
    own = scenarios["published"] | scenarios[name]
    if unknown := sorted(set(changes) - set(own)):
        raise InputError(f"a scenario has no parameter {', '.join(unknown)}", fix=f"It has {', '.join(own)}.")
    return Scenario(name=name, **(own | changes))
