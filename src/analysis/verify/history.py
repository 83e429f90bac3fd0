"""What git shows of when claims were declared: before the first numbers, with each later change kept."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from analysis import study
from analysis.claims.rule import AMENDABLE
from analysis.verify.subject import Finding, Subject

CLAIMS, NUMBERS = "claims.yaml", "metrics/claims.json"
KEPT = ("date", "commit", "seen", "former")  # of an amendment, once it was committed; why may be put better
FIELDS = sorted(AMENDABLE - {"limits"})  # what is tested; limits say what a number does not show, and may grow
DECLARE = "Commit claims.yaml before the first run; where that is past, say in the text that git does not show it."
AS_IT_WAS = "Put the amendment back as it was committed; what was learnt since is another one."
AMEND = "Keep the former wording in claims.yaml under `amendments`: date, commit, seen, why, former."
Claims = Mapping[str, Mapping[str, Any]]


def git(subject: Subject, *words: str) -> str | None:
    """What git says of the study; None where it says nothing, as there is no git or no such thing in it."""
    run = ["git", "-C", str(subject.root), *words]
    done = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def claims_come_before_the_numbers(subject: Subject) -> Iterator[Finding]:
    """git has claims.yaml in a commit before the first that has a ledger's numbers."""
    if git(subject, "rev-parse", "--is-shallow-repository") != "false":
        yield Finding(CLAIMS, "git does not show when it was declared: no whole history is here", DECLARE)
        return
    declared, numbers = (_first(subject, name) for name in (CLAIMS, NUMBERS))
    if not declared:
        yield Finding(CLAIMS, "git does not show when it was declared: it is in no commit", DECLARE)
    elif numbers == declared:
        yield Finding(CLAIMS, f"git has it first in {declared[:7]}, the commit of the first numbers", DECLARE)
    elif numbers and git(subject, "merge-base", "--is-ancestor", declared, numbers) is None:
        yield Finding(CLAIMS, f"git has it first in {declared[:7]}, after the first numbers ({numbers[:7]})", DECLARE)


def _first(subject: Subject, name: str) -> str:
    """The first commit that has a file; empty where none has."""
    return (git(subject, "log", "--reverse", "--diff-filter=A", "--format=%H", "--", name) or "").partition("\n")[0]


def changes_are_amendments(subject: Subject) -> Iterator[Finding]:
    """What of a claim was changed after the first numbers is kept in claims.yaml as it was, and an amendment stays."""
    numbers = _first(subject, NUMBERS)
    now = _by_id(subject.yaml(CLAIMS))
    versions = list(_versions(subject))
    yield from _amended_amendments(versions, now)
    before: Claims = {}
    for commit, claims in [*versions, ("", now)]:
        if numbers and (not commit or git(subject, "merge-base", "--is-ancestor", numbers, commit) is not None):
            for name, field in _changed(before, claims):
                if not _kept(now.get(name, {}), field, before[name].get(field)):
                    place = f"in {commit[:7]}" if commit else "since the last commit"
                    what = f"{field} was changed {place}, after the first numbers, and no amendment keeps what it was"
                    yield Finding(f"{CLAIMS}, {name}", what, AMEND)
        before = claims


def _amended_amendments(versions: list[tuple[str, Claims]], now: Claims) -> Iterator[Finding]:
    """Amendments of a version that the present claims hold differently or not at all, each once, where it came up."""
    known: dict[str, list[Any]] = {name: list(map(_fixed, _amendments(claim))) for name, claim in now.items()}
    for commit, claims in versions:
        for name, claim in claims.items():
            for each in _amendments(claim):
                if (fixed := _fixed(each)) not in known.setdefault(name, []):
                    known[name].append(fixed)
                    what = f"the amendment of {each.get('date')}, in {commit[:7]}, is not there any more as it was"
                    yield Finding(f"{CLAIMS}, {name}", what, AS_IT_WAS)


def _amendments(claim: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(claim.get("amendments") or [])


def _fixed(amendment: Mapping[str, Any]) -> list[Any]:
    return [amendment.get(key) for key in KEPT]


def _versions(subject: Subject) -> Iterator[tuple[str, Claims]]:
    """Each commit of the main line that changed claims.yaml, with the claims in it; those that are no YAML left out."""
    for commit in (git(subject, "log", "--first-parent", "--reverse", "--format=%H", "--", CLAIMS) or "").split():
        try:
            yield commit, _by_id(study.parsed_yaml(git(subject, "show", f"{commit}:{CLAIMS}") or ""))
        except (yaml.YAMLError, TypeError, KeyError):
            continue


def _by_id(declared: Any) -> Claims:
    return {claim["id"]: claim for claim in declared["claims"]}


def _changed(before: Claims, claims: Claims) -> Iterator[tuple[str, str]]:
    """Claim and field of each change from one version to the next; a claim that is gone counts by its estimand."""
    for name, old in before.items():
        new = claims.get(name, {})
        yield from (
            (name, field) for field in FIELDS if old.get(field) != new.get(field) and (new or field == "estimand")
        )


def _kept(claim: Mapping[str, Any], field: str, value: Any) -> bool:
    """Whether an amendment of a claim keeps a former value. A field that was not there stood for its usual value."""
    kept = [each["former"] for each in _amendments(claim)]
    return any(field in former and (former[field] == value or value is None) for former in kept)
