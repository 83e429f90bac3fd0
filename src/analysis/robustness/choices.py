"""The choices of the analysis, their defensible options, and which combinations of them are computed.

A universe is one option of each choice (a multiverse; Steegen, Tuerlinckx, Gelman and Vanpaemel 2016). There are far
too many to compute them all, so a selection is computed: the main analysis, each single change from it, and a Latin
hypercube (McKay, Beckman and Conover 1979), in which every option occurs equally often.

A usual option that is known to be biased, or blind to what a claim must be distinguished from, is not defensible: it is
a shortcut. Shortcuts are computed too, one at a time and all together, and are not part of the multiverse.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis import wording
from analysis.errors import InputError

MAIN = "main"  # the first option of every choice: the way of the main analysis
Universe = dict[str, str]  # by choice, the option


@dataclass(frozen=True)
class Choice:
    """A decision of the analysis. claims: those whose numbers it can move; options: by option, why it is defensible and
    the evidence for it (of shortcuts, the evidence against it). same: by claim, options that are equal to another one
    for it."""

    name: str
    claims: tuple[str, ...]
    options: dict[str, str]
    same: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Exclusion:
    """A combination of options that makes no sense. when: by choice, the options excluded together; because: why."""

    when: dict[str, tuple[str, ...]]
    because: str

    def holds(self, universe: Universe) -> bool:
        """Whether the exclusion applies to the universe."""
        return all(universe.get(name) in options for name, options in self.when.items())


def read_choices(declared: Mapping[str, Mapping], names: Collection[str], claims: Collection[str]) -> list[Choice]:
    """The choices as params.yaml declares them: by name, claims and options with reasons.

    Raises InputError on a choice whose name is not among names, a claim that is not tested, a first option other than
    the main one, or an option without a reason.
    """
    choices = []
    for name, entry in declared.items():
        options = {str(key): str(why) for key, why in entry["options"].items()}
        choice = Choice(name, tuple(entry["claims"]), options, dict(entry.get("same", {})))
        problem = _problem(choice, names, claims)
        if problem:
            raise InputError(f"robustness: the choice {name!r} {problem}", fix="Look at `choices` in params.yaml.")
        choices.append(choice)
    return choices


def read_shortcuts(declared: Mapping[str, Mapping], names: Collection[str], claims: Collection[str]) -> list[Choice]:
    """The shortcuts as params.yaml declares them, by the choice in which they are taken: by option, why it is not
    defensible. Each gets the main option in front. Raises InputError as read_choices does."""
    main = {MAIN: "as in the main analysis"}
    return read_choices(
        {name: {**entry, "options": main | entry["options"]} for name, entry in declared.items()}, names, claims
    )


def together(shortcuts: Sequence[Choice]) -> Universe:
    """The first shortcut of each choice, all at once."""
    return {choice.name: list(choice.options)[1] for choice in shortcuts}


def _problem(choice: Choice, names: Collection[str], claims: Collection[str]) -> str:
    if choice.name not in names:
        return f"is none of {wording.listed(names)}"
    if not set(choice.claims) <= set(claims):
        return f"names claims other than {wording.listed(claims)}"
    if next(iter(choice.options), None) != MAIN:
        return f"must have {MAIN!r} as its first option"
    unreasoned = [option for option, why in choice.options.items() if why in ("", "None")]
    return f"gives no reason for {wording.listed(unreasoned)}" if unreasoned else ""


def read_exclusions(declared: Sequence[Mapping], choices: Sequence[Choice]) -> list[Exclusion]:
    """The exclusions as params.yaml declares them. Raises InputError when one names an unknown choice or option."""
    options = {choice.name: choice.options for choice in choices}
    exclusions = []
    for entry in declared:
        when: dict[str, tuple[str, ...]] = {}
        for name, wanted in entry["when"].items():
            when[name] = tuple(map(str, wanted if isinstance(wanted, list | tuple) else [wanted]))
            if missing := [option for option in when[name] if option not in options.get(name, {})]:
                raise InputError(f"robustness: an exclusion names {name}: {missing[0]}, which is not an option")
        exclusions.append(Exclusion(when, str(entry["because"])))
    return exclusions


def without(choices: Sequence[Choice], idle: pd.DataFrame) -> list[Choice]:
    """The choices without idle options (choice, option). A choice that keeps one option only is dropped."""
    gone = set(zip(idle["choice"], idle["option"], strict=True))
    kept = [replace(c, options={o: why for o, why in c.options.items() if (c.name, o) not in gone}) for c in choices]
    return [choice for choice in kept if len(choice.options) > 1]


def main_universe(choices: Sequence[Choice]) -> Universe:
    """The universe of the main analysis."""
    return {choice.name: MAIN for choice in choices}


def single_changes(choices: Sequence[Choice]) -> Iterator[Universe]:
    """The main analysis with one choice changed, each in turn."""
    for choice in choices:
        for option in list(choice.options)[1:]:
            yield main_universe(choices) | {choice.name: option}


def hypercube(
    choices: Sequence[Choice], count: int, together: Collection[str], each: int, rng: np.random.Generator
) -> Iterator[Universe]:
    """A Latin hypercube of `count` universes. together: choices whose options are costly; `each` consecutive universes
    share a combination of them, so that it is computed once."""
    columns = {}
    for choice in choices:
        options, stretch = list(choice.options), each if choice.name in together else 1
        order = rng.permutation(np.resize(np.arange(len(options)), -(-count // stretch)))
        columns[choice.name] = [options[k] for k in np.repeat(order, stretch)[:count]]
    for row in range(count):
        yield {name: column[row] for name, column in columns.items()}


def distinct(universes: Iterator[Universe], exclusions: Sequence[Exclusion]) -> list[Universe]:
    """Each universe once, in order, without the excluded ones."""
    by_options = {tuple(universe.items()): universe for universe in universes}
    return [u for u in by_options.values() if not any(exclusion.holds(u) for exclusion in exclusions)]


def options_of(universe: Universe, *names: str) -> list[str]:
    """The universe's options of these choices; the main one where a choice is not declared."""
    return [universe.get(name, MAIN) for name in names]


def own(universe: Universe, claim: str, choices: Sequence[Choice]) -> tuple[tuple[str, str], ...]:
    """The part of the universe that can move the claim: (choice, option) in order."""
    moving = (c for c in choices if claim in c.claims)
    return tuple((c.name, c.same.get(claim, {}).get(universe[c.name], universe[c.name])) for c in moving)


def possible(choices: Sequence[Choice], exclusions: Sequence[Exclusion], claim: str) -> int:
    """Number of different universes that the claim has in all."""
    options = {c.name: [o for o in c.options if o not in c.same.get(claim, {})] for c in choices if claim in c.claims}
    touching = [e for e in exclusions if e.when.keys() <= options.keys()]
    involved = [name for name in options if any(name in e.when for e in touching)]
    combinations = itertools.product(*([(name, option) for option in options[name]] for name in involved))
    allowed = sum(not any(e.holds(dict(combination)) for e in touching) for combination in combinations)
    return allowed * math.prod(len(options[name]) for name in options if name not in involved)
