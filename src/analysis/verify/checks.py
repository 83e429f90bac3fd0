"""Every check by its name, run one after the other; what they found, for people and for machines."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any

from analysis import study
from analysis.errors import InputError
from analysis.verify.catalogue import Entry, catalogue
from analysis.verify.dossiers import claims_lead_somewhere
from analysis.verify.environment import environment_is_that_of_the_lock
from analysis.verify.identifiers import nothing_leads_to_a_person
from analysis.verify.ledger import ledger_follows_from_the_metrics
from analysis.verify.lock import (
    inputs_are_those_of_the_run,
    lock_is_whole,
    outputs_are_those_of_the_run,
    parameters_are_those_of_the_run,
    stages_declare_what_they_use,
)
from analysis.verify.notebooks import executed_notebooks_are_current
from analysis.verify.pages import pages_show_their_parts
from analysis.verify.prose import bindings_have_a_source, numbers_are_computed
from analysis.verify.quotations import quotations_are_said_and_consented
from analysis.verify.raw import raw_files_are_those_of_the_manifest
from analysis.verify.rerun import rerun
from analysis.verify.reuse import study_can_be_used_and_cited
from analysis.verify.seeds import chance_starts_from_seeds
from analysis.verify.shown import cards_tell_of_these_files
from analysis.verify.subject import Check, Finding, Subject, timed

CHECKS: dict[str, Check] = {
    "raw": raw_files_are_those_of_the_manifest,
    "inputs": inputs_are_those_of_the_run,
    "parameters": parameters_are_those_of_the_run,
    "outputs": outputs_are_those_of_the_run,
    "lock": lock_is_whole,
    "declared": stages_declare_what_they_use,
    "notebooks": executed_notebooks_are_current,
    "ledger": ledger_follows_from_the_metrics,
    "dossiers": claims_lead_somewhere,
    "book": pages_show_their_parts,
    "cards": cards_tell_of_these_files,
    "numbers": numbers_are_computed,
    "bindings": bindings_have_a_source,
    "quotations": quotations_are_said_and_consented,
    "identifiers": nothing_leads_to_a_person,
    "environment": environment_is_that_of_the_lock,
    "seeds": chance_starts_from_seeds,
    "reuse": study_can_be_used_and_cited,
}


ASIDE = ("identifiers",)  # the slowest by far: run beside the others


@dataclass(frozen=True)
class Outcome:
    """What a check found, and how long it took in seconds."""

    entry: Entry
    findings: list[Finding]
    seconds: float

    @property
    def passed(self) -> bool:
        return not self.findings


def verify(paths: study.Paths, only: Iterable[str] = ()) -> list[Outcome]:
    """Run every check, or only those named, on the study as it lies on disk. Writes nothing.

    Raises InputError when no check has such a name.
    """
    wanted = list(only) or list(CHECKS)
    if unknown := sorted(set(wanted) - set(CHECKS)):
        raise InputError(f"no check is called {', '.join(unknown)}", fix=f"Checks are {', '.join(CHECKS)}.")
    entries = [entry for entry in catalogue() if entry.name in wanted]
    subject = Subject(paths)
    if len(wanted) == 1:
        return [Outcome(entry, *timed(CHECKS[entry.name], subject)) for entry in entries]
    spawn = get_context("spawn")
    with uncollected(), ProcessPoolExecutor(max_workers=1, mp_context=spawn, initializer=gc.disable) as other:
        aside = {name: other.submit(timed, CHECKS[name], subject) for name in ASIDE if name in wanted}
        here = {entry.name: timed(CHECKS[entry.name], subject) for entry in entries if entry.name not in ASIDE}
        both = here | {name: future.result() for name, future in aside.items()}
        return [Outcome(entry, *both[entry.name]) for entry in entries]


@contextmanager
def uncollected() -> Iterator[None]:
    """Without collecting garbage, of which the checks make none as they keep what they parse: a sixth of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def verify_by_rerun(paths: study.Paths) -> tuple[list[Outcome], dict[str, float]]:
    """Make the study again in a clean temporary copy and compare; also the seconds that each stage took."""
    found = rerun(paths)
    findings = {"rerun": found.differing, "opened": found.undeclared}
    seconds = sum(found.seconds.values())
    return [Outcome(entry, findings[entry.name], seconds) for entry in catalogue() if entry.rerun], found.seconds


def told(outcomes: list[Outcome], seconds: float, most: int = 5) -> str:
    """The outcomes for reading: a line a check, under it the first findings and what fixes them. seconds: of it all."""
    lines = []
    for each in outcomes:
        lines.append(f"{'ok  ' if each.passed else 'RING'}  {each.entry.name:<12} {each.entry.catches}")
        lines += [f"      {f.place}: {f.what}" for f in each.findings[:most]]
        if len(each.findings) > most:
            lines.append(f"      and {len(each.findings) - most} more; --json tells all")
        lines += [f"      -> {fix}" for fix in dict.fromkeys(f.fix for f in each.findings[:most])]
    rung = [each.entry.name for each in outcomes if not each.passed]
    end = (
        f"{len(rung)} of {len(outcomes)} checks ring: {', '.join(rung)}" if rung else f"all {len(outcomes)} checks pass"
    )
    return "\n".join([*lines, f"{end} ({seconds:.1f} s)"])


def as_json(outcomes: list[Outcome]) -> dict[str, Any]:
    """The outcomes for machines."""
    checks = [
        {
            "name": each.entry.name,
            "catches": each.entry.catches,
            "passed": each.passed,
            "findings": [asdict(finding) for finding in each.findings],
            "seconds": round(each.seconds, 3),
        }
        for each in outcomes
    ]
    return {"passed": all(each.passed for each in outcomes), "checks": checks}
