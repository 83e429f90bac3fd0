"""Run the checks by name and report their findings, for people and for programs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from analysis import study, wording, workers
from analysis.errors import InputError
from analysis.research_object import in_words
from analysis.verify import closed, lock, recomputed
from analysis.verify.alike import one_quantity_has_one_figure
from analysis.verify.calibrated import rates_are_of_this_code
from analysis.verify.catalogue import CheckDescription, catalogue
from analysis.verify.damage import BROKEN
from analysis.verify.derived import tables_are_of_the_raw_files
from analysis.verify.dossiers import claims_lead_somewhere, ledger_follows_from_the_metrics
from analysis.verify.environment import environment_is_that_of_the_lock, study_can_be_used_and_cited
from analysis.verify.facts import facts_agree
from analysis.verify.history import changes_are_amendments, claims_come_before_the_numbers
from analysis.verify.meant import numbers_are_those_meant
from analysis.verify.notebooks import executed_notebooks_are_current
from analysis.verify.pages import pages_show_their_parts
from analysis.verify.prose import bindings_have_a_source, numbers_are_computed
from analysis.verify.quotations import nothing_leads_to_a_person, quotations_are_said_and_consented
from analysis.verify.rebuild import book_comes_out_the_same
from analysis.verify.recomputed import longer_steps_follow_from_their_tables, results_follow_from_their_tables
from analysis.verify.release import code_is_that_of_the_release
from analysis.verify.repeated import equal_inputs_give_equal_outputs
from analysis.verify.rerun import Rerun, rerun
from analysis.verify.seeds import chance_starts_from_seeds
from analysis.verify.shown import cards_describe_these_files
from analysis.verify.simulated import simulated_files_are_those_of_the_simulation
from analysis.verify.stages import stages_are_those_of_guyub
from analysis.verify.subject import SITE, WHOLE_AGAIN, Check, Finding, Subject, timed


def every_file_is_whole(subject: Subject) -> Iterator[Finding]:
    """No file of the study is truncated, empty or of another kind than its name says."""
    yield from (Finding(name, what, WHOLE_AGAIN) for name, what in subject.damaged.items())


CHECKS: dict[str, Check] = {
    "whole": every_file_is_whole,
    "raw": lock.raw_files_are_those_of_the_manifest,
    "inputs": lock.inputs_are_those_of_the_run,
    "derived": tables_are_of_the_raw_files,
    "recomputed": results_follow_from_their_tables,
    "parameters": lock.parameters_are_those_of_the_run,
    "outputs": lock.outputs_are_those_of_the_run,
    "lock": lock.lock_is_whole,
    "repeated": equal_inputs_give_equal_outputs,
    "stages": stages_are_those_of_guyub,
    "closed": closed.nothing_else_is_there,
    "declared": lock.stages_declare_what_they_use,
    "notebooks": executed_notebooks_are_current,
    "ledger": ledger_follows_from_the_metrics,
    "dossiers": claims_lead_somewhere,
    "site": closed.site_is_what_the_build_made,
    "book": pages_show_their_parts,
    "cards": cards_describe_these_files,
    "alike": one_quantity_has_one_figure,
    "numbers": numbers_are_computed,
    "bindings": bindings_have_a_source,
    "meant": numbers_are_those_meant,
    "quotations": quotations_are_said_and_consented,
    "identifiers": nothing_leads_to_a_person,
    "environment": environment_is_that_of_the_lock,
    "seeds": chance_starts_from_seeds,
    "reuse": study_can_be_used_and_cited,
    "facts": facts_agree,
    "amended": changes_are_amendments,
    "declared-first": claims_come_before_the_numbers,
    "calibrated": rates_are_of_this_code,
    "release": code_is_that_of_the_release,
}
MADE_AGAIN: dict[str, Check] = {  # checks for which reading is not enough: run with --rebuild, or by name
    "rebuild": book_comes_out_the_same,
    "simulated": simulated_files_are_those_of_the_simulation,
    "longer": longer_steps_follow_from_their_tables,
}

# Checks that together take as long as all others: a second process runs them, and this one those it has not started
SLOWEST = ("identifiers", "longer", "simulated", "site", "derived", "recomputed")
IN_PARTS: dict[str, Sequence[Check]] = {"recomputed": recomputed.EACH}


@dataclass(frozen=True)
class Outcome:
    """The findings of a check, and how long it took in seconds. release: notices count as failures; absent: data that
    a research object leaves out, so that nothing was checked."""

    check: CheckDescription
    findings: list[Finding]
    seconds: float
    release: bool = False
    absent: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """passed, notice (findings that may stay until a release), failed or unread."""
        if self.absent:
            return "unread"
        if not self.findings:
            return "passed"
        return "notice" if self.check.notice and not self.release else "failed"


def verify(
    paths: study.Paths,
    only: Iterable[str] = (),
    *,
    release: bool = False,
    rebuild: bool = False,
    second: Executor | None = None,
) -> list[Outcome]:
    """Run every check that reads, or only those named, on the study as it is on disk; rebuild: also those that build
    the book again and recompute what takes some ten seconds. second: a process for the slowest, if one is running.
    Writes nothing.

    Raises InputError on an unknown name of a check.
    """
    names = list(dict.fromkeys([*(list(only) or CHECKS), *(MADE_AGAIN if rebuild else ())]))
    if unknown := sorted(set(names) - {*CHECKS, *MADE_AGAIN}):
        there = ", ".join([*CHECKS, *MADE_AGAIN])
        raise InputError(f"no check is called {', '.join(unknown)}", fix=f"The checks are {there}.")
    subject = Subject(paths)
    chosen = [check for check in catalogue() if check.name in names]
    absent = {check.name: tuple(subject.lacking(check.data)) for check in chosen}
    done = _done([check.name for check in chosen if not absent[check.name]], subject, second)
    return [Outcome(check, *done.get(check.name, ([], 0.0)), release, absent[check.name]) for check in chosen]


def _check(name: str) -> Check:
    return CHECKS.get(name) or MADE_AGAIN[name]


def _done(names: Sequence[str], subject: Subject, second: Executor | None) -> dict[str, tuple[list[Finding], float]]:
    """The findings of each check, and how long it took. The SLOWEST run in a second process, from the first on, and
    here from the last on once the others are done."""
    if len(names) < 2:
        return {name: timed(_check(name), subject) for name in names}
    slow = [(name, part) for name in SLOWEST if name in names for part in IN_PARTS.get(name, [_check(name)])]
    waiting = deque(range(len(slow)))
    found: dict[int, tuple[list[Finding], float]] = {}

    def done_there(executor: Executor) -> None:
        while (place := _taken(waiting.popleft)) is not None:
            try:
                found[place] = executor.submit(_timed_there, slow[place][1], subject.paths).result()
            except BrokenExecutor:  # it was killed, as when memory is short
                waiting.appendleft(place)
                return

    def done_here() -> None:
        while (place := _taken(waiting.pop)) is not None:
            found[place] = timed(slow[place][1], subject)

    with nullcontext(second) if second else workers.pool(1) as executor, ThreadPoolExecutor(1) as thread:
        there = thread.submit(done_there, executor)
        try:
            done = {name: timed(_check(name), subject) for name in names if name not in SLOWEST}
            done_here()
            there.result()
            done_here()  # what a killed process left
        finally:
            waiting.clear()  # after an interruption, nothing continues
    for place, (name, _) in enumerate(slow):
        findings, seconds = done.get(name, ([], 0.0))
        done[name] = findings + found[place][0], seconds + found[place][1]
    return done


def _taken(take: Callable[[], int]) -> int | None:
    """A waiting place, taken by `take`; None if none is left, since another thread also takes from them."""
    try:
        return take()
    except IndexError:
        return None


def _timed_there(check: Check, paths: study.Paths) -> tuple[list[Finding], float]:
    """The findings of a check in the second process, and how long it took."""
    return timed(check, _kept(paths))


@cache
def _kept(paths: study.Paths) -> Subject:
    """The study in the second process, cached, so that the next check need not read it again."""
    return Subject(paths)


def verify_by_rerun(paths: study.Paths) -> tuple[list[Outcome], dict[str, float]]:
    """Run the study again in a clean temporary copy and compare; also returns the seconds that each stage took."""
    made: list[Rerun] = []

    def differing(subject: Subject) -> Iterator[Finding]:
        made.append(rerun(subject.paths))
        yield from made[0].differing

    found, seconds = timed(differing, Subject(paths))
    again = made[0] if made else Rerun([], [], {})
    findings = {"rerun": found, "opened": again.undeclared, "author": again.by_author}
    return [
        Outcome(check, findings[check.name], seconds) for check in catalogue() if check.needs == "rerun"
    ], again.seconds


def require_data(paths: study.Paths) -> None:
    """Raises InputError in a research object that leaves data out, since book and study cannot be made again there."""
    if absent := [*Subject(paths).left_out]:
        what = f"nothing can be made again here: this research object leaves data of people out ({in_words(absent)})"
        raise InputError(
            what, fix="Ask the authors for the raw files and the key of the pseudonyms, as its README says."
        )


def resting_on_the_lock(paths: study.Paths, outcomes: Iterable[Outcome]) -> list[str]:
    """Outputs not made again for this report, so that only dvc.lock and the cards of the book confirm them."""
    done = {each.check.needs for each in outcomes}
    rebuilt = (SITE, "book/_build/site.json") if "rebuild" in done else ()
    try:
        outs = [out for stage in Subject(paths).declared.values() for out in stage.outs]
    except BROKEN:
        return []
    return [] if "rerun" in done else [out for out in outs if out not in rebuilt]


MARKS = {"passed": "ok    ", "notice": "notice", "failed": "FAILED", "unread": "unread"}


def without_data(paths: study.Paths, outcomes: Sequence[Outcome]) -> str:
    """The report's text on data that a research object leaves out and the checks that need them; empty where none are
    left out."""
    if not (absent := Subject(paths).left_out):
        return ""
    what = f"Left out of this research object on purpose, because it is people's ({in_words(absent)})."
    said = [f"{what} It stays with the researchers; README says how to continue with it."]
    partly = [each.check.name for each in outcomes if Subject(paths).lacking(each.check.partly) and not each.absent]
    for state, names in (("Not checked", named(outcomes, "unread")), ("Checked in part", partly)):
        said += [f"{state} without it: {', '.join(names)}."] if names else []
    return "\n".join(said)


def closing(resting: Sequence[str]) -> str:
    """The report's text on outputs that were not made again; empty where there are none."""
    if not resting:
        return "Every output was made again."
    what = f"{wording.count(len(resting), 'output')}, {resting[0]} to {resting[-1]}"
    return (
        f"Not made again: {what}. That they follow from the raw files rests on dvc.lock and on the book's hashes; "
        "--rebuild builds the book again, --rerun runs everything."
    )


def report(outcomes: list[Outcome], seconds: float, most: int = 5) -> str:
    """The outcomes as text: one line per check, below it the first findings and how to fix them; notices last.

    seconds: in total; most: findings listed per check.
    """
    lines = []
    for each in sorted(outcomes, key=lambda outcome: outcome.state == "notice"):
        lines.append(f"{MARKS[each.state]}  {each.check.name:<12} {each.check.catches}")
        lines += [f"        {f.place}: {f.what}" for f in each.findings[:most]]
        if len(each.findings) > most:
            lines.append(f"        and {len(each.findings) - most} more; --json lists all")
        lines += [f"        -> {fix}" for fix in dict.fromkeys(f.fix for f in each.findings[:most])]
    failed, notices = (named(outcomes, state) for state in ("failed", "notice"))
    passed = wording.count(len(named(outcomes, "passed")), "check passed", "checks passed")
    end = f"{len(failed)} of {len(outcomes)} checks failed: {', '.join(failed)}" if failed else passed
    if notices:
        end += f"; {wording.count(len(notices), 'notice')} to settle before a release: {', '.join(notices)}"
    return "\n".join([*lines, f"{end} ({seconds:.1f} s)"])


def named(outcomes: Iterable[Outcome], state: str) -> list[str]:
    """Names of the checks that ended in a state."""
    return [each.check.name for each in outcomes if each.state == state]


def as_json(outcomes: list[Outcome]) -> dict[str, Any]:
    """The outcomes for programs, as JSON values."""
    checks = [
        {"name": each.check.name, "catches": each.check.catches, "passed": each.state == "passed", "state": each.state,
         "findings": [asdict(finding) for finding in each.findings], "seconds": round(each.seconds, 3)}
        for each in outcomes
    ]  # fmt: skip
    return {"passed": not named(outcomes, "failed"), "checks": checks}
