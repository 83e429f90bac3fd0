"""Check in git's history that claims were declared before the first numbers, and that each later change is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import yaml

from analysis import study
from analysis.claims.rule import VALUE
from analysis.repository import said
from analysis.verify.subject import Finding, Subject

CLAIMS, NUMBERS = "claims.yaml", "metrics/claims.json"
REWORDED = "why"  # field of an amendment that may be reworded on the day of its commit; all others stay as committed
# Every field of a claim is compared except these: limits say what a number does not show, and may grow; the others say
# where code, figures and data are, which `dossiers` checks.
FREE = {"limits", "computed_by", "shown_by", "data", "amendments"}
DECLARE = "Commit claims.yaml before the first run; where that is past, say in the text that git does not show it."
ELSEWHERE = "Look into the repository that it comes from, if study.yaml names one."
AS_IT_WAS = "Restore the amendment as it was committed; add another one for what was learnt since."
AMEND = "Keep the former wording in claims.yaml under `amendments`: date, commit, seen, why, former."
UNDO = "Take it out: git replace -d NAME, or remove .git/info/grafts."
SHARED = "Take the line out, or write it into .gitattributes, which everybody has."
SEEN = ("claims.yaml", "params.yaml", "study.yaml", "dvc.yaml", "dvc.lock", "metrics/*.json")  # which people compare
SHOW = "Take the line out: whoever reads git should see what changed in it."
LOOK = "Let git look at it again: git update-index --no-assume-unchanged --no-skip-worktree FILE"
HIDING = {"-diff", "!diff", "binary", "export-ignore", "export-subst"}  # attributes of git
TRUE = "Name the last commit with the former text, and the day on which it was changed."
USUAL = {"supported_if": VALUE}  # default values of fields that a claim may leave out
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
COMMON = "several claims"  # the key for amendments of claims.yaml itself
Claims = Mapping[str, Mapping[str, Any]]
# Lets git show the objects themselves, ignoring replacements and grafts
AS_KEPT = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}


def git(subject: Subject, *words: str) -> str | None:
    """Output of git for the study, with legible names; None where it fails, as without git or such an object."""
    raw = said(subject.root, "-c", "core.commitGraph=false", *words, environment=AS_KEPT)
    return None if raw is None else os.fsencode(raw).decode("utf-8", "replace").strip()


def _another_history(subject: Subject) -> Iterator[Finding]:
    """Settings that let git show a history other than the one it stores; the checks read the stored one."""
    for name in (git(subject, "for-each-ref", "--format=%(refname)", "refs/replace") or "").split():
        yield Finding(name, "by it git shows another object than the one that it keeps, which is read here", UNDO)
    yield from _hiding(subject)
    yield from _unseen(subject)
    folder = git(subject, "rev-parse", "--git-common-dir")
    grafts = f"{folder}/info/grafts"
    if folder and (subject.root / grafts).is_file():
        yield Finding(grafts, "by it git shows commits after others than they came after, which are read here", UNDO)


def _hiding(subject: Subject) -> Iterator[Finding]:
    """Attributes for this folder alone that make git hide a file's differences or leave it out of an archive."""
    named = [git(subject, "rev-parse", "--git-path", "info/attributes"),
             git(subject, "config", "--local", "--path", "core.attributesFile")]  # fmt: skip
    for name in dict.fromkeys(filter(None, named)):
        place = subject.root / name
        lines = place.read_text(encoding="utf-8", errors="replace").splitlines() if place.is_file() else []
        for number, line in enumerate(lines, 1):
            pattern, *given = line.split() or [""]
            own = not pattern.endswith((".ipynb", ".zpln"))  # for these, tools show differences in their own way
            hiding = [each for each in given if each in HIDING or (own and each.startswith("diff="))]
            if hiding and not pattern.startswith("#"):
                what = f"{' '.join(hiding)} for {pattern} hides what git has of it, in this folder alone"
                yield Finding(f"{name}, line {number}", what, SHARED)


def _unseen(subject: Subject) -> Iterator[Finding]:
    """Files of which git is told, by attributes that everybody has, to show no differences, or not to look at all."""
    names = (git(subject, "ls-files", "--", *SEEN) or "").splitlines()
    said = git(subject, "check-attr", "diff", "--", *names) if names else None
    for line in (said or "").splitlines():
        name, _, value = line.rsplit(": ", 2)
        if value == "unset":
            yield Finding(".gitattributes", f"by it git shows no differences of {name}", SHOW)
    for tag, _, name in (line.partition(" ") for line in (git(subject, "ls-files", "-v") or "").splitlines()):
        if tag.islower() or (tag == "S" and (subject.root / name).exists()):
            yield Finding(name, "git is told to take it for unchanged", LOOK)


def claims_come_before_the_numbers(subject: Subject) -> Iterator[Finding]:
    """git has claims.yaml in a commit before the first that has a ledger's numbers, and shows no other history."""
    yield from _another_history(subject)
    if (shallow := git(subject, "rev-parse", "--is-shallow-repository")) != "false":
        what, fix = ("not all of history is here", DECLARE) if shallow else ("this is not a git repository", ELSEWHERE)
        yield Finding(CLAIMS, f"git does not show when it was declared: {what}", fix)
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
    """Whatever was changed in a claim after the first numbers is kept in claims.yaml as it was, and amendments stay."""
    numbers = _first(subject, NUMBERS)
    now = _by_id(subject.yaml(CLAIMS))
    versions = list(_versions(subject))
    yield from _amended_amendments(versions, now, _settled(subject))
    if git(subject, "rev-parse", "--is-shallow-repository") == "false":
        yield from _false_amendments(subject, versions, now)
    before: Claims = {}
    for commit, claims in [*versions, ("", now)]:
        if numbers and (not commit or git(subject, "merge-base", "--is-ancestor", numbers, commit) is not None):
            for name, field in _changed(before, claims):
                if not _kept(now.get(name, {}), field, before[name].get(field)):
                    place = f"in {commit[:7]}" if commit else "since the last commit"
                    what = f"{field} was changed {place}, after the first numbers, and no amendment keeps what it was"
                    yield Finding(f"{CLAIMS}, {name}", what, AMEND)
        before = claims


def _amended_amendments(versions: list[tuple[str, Claims]], now: Claims, settled: Collection[str]) -> Iterator[Finding]:
    """Amendments of a version that the present claims hold differently or not at all, each once.
    settled: commits after which their words must not change."""
    known: dict[str, list[Any]] = {name: _amendments(claim) for name, claim in now.items()}
    for commit, claims in versions:
        free = set() if commit in settled else {REWORDED}
        for name, claim in claims.items():
            for each in _amendments(claim):
                held = known.setdefault(name, [])
                if not any(_without(free, each) == _without(free, other) for other in held):
                    held.append(each)
                    what = f"the amendment of {each.get('date')}, in {commit[:7]}, is not there any more as it was"
                    yield Finding(f"{CLAIMS}, {name}", what, AS_IT_WAS)


def _false_amendments(subject: Subject, versions: list[tuple[str, Claims]], now: Claims) -> Iterator[Finding]:
    """Amendments whose commit git does not have, or that git shows to be wrong. Those in the first commit, such as
    Guyub's claims in a new study, belong to another history and cannot be looked up."""
    first = versions[0][1] if versions else now
    for name, claim in now.items():
        begun_with = [_without({REWORDED}, each) for each in _amendments(first.get(name, {}))]
        later = (each for each in _amendments(claim) if _without({REWORDED}, each) not in begun_with)
        for each in (each for each in later if each.get("commit")):
            if wrong := _wrong(subject, name, each) or _backdated(subject, name, each, versions):
                yield Finding(f"{CLAIMS}, {name}", f"the amendment of {each.get('date')} {wrong}", TRUE)


def _backdated(subject: Subject, name: str, amendment: Mapping[str, Any], versions: list[tuple[str, Claims]]) -> str:
    """What is wrong if the former value still held more than a day after an amendment's date; otherwise empty."""
    dated = str(amendment.get("date"))
    if name == COMMON or not _DAY.fullmatch(dated):
        return ""
    later = set((git(subject, "rev-list", f"{amendment['commit']}..HEAD", "--", CLAIMS) or "").split())
    ended = (
        commit
        for commit, claims in versions
        if commit in later and any(_value(claims, name, field) != value for field, value in amendment["former"].items())
    )
    last = next(ended, "")
    held = git(subject, "show", "--no-patch", "--format=%cs %h", f"{last}^" if last else "HEAD") or ""
    day, _, commit = held.partition(" ")
    late = bool(day) and date.fromisoformat(day) - date.fromisoformat(dated) > timedelta(days=1)
    return f"is of something that still held in {commit}, on {day}" if late else ""


def _value(claims: Claims, name: str, field: str) -> Any:
    """The value of a field of a claim, or its default if it was left out."""
    return claims.get(name, {}).get(field, USUAL.get(field))


def _wrong(subject: Subject, name: str, amendment: Mapping[str, Any]) -> str:
    """What is wrong with an amendment of a claim by git's history; empty when nothing is."""
    commit = str(amendment["commit"])
    if git(subject, "merge-base", "--is-ancestor", commit, "HEAD") is None:
        return f"names the commit {commit}, which is not in this history"
    day = git(subject, "show", "--no-patch", "--format=%cs", commit) or ""
    if str(amendment.get("date")) < day:
        return f"is dated before its commit {commit}, which had the former text on {day}"
    if name == COMMON:
        return ""
    held = _at(subject, commit) or {}
    wrong = [field for field, value in amendment["former"].items() if _value(held, name, field) != value]
    return f"says of {', '.join(wrong)} what the commit {commit} does not hold" if wrong else ""


def _amendments(claim: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(claim.get("amendments") or [])


def _without(fields: Collection[str], amendment: Mapping[str, Any]) -> dict[str, Any]:
    """An amendment without some of its fields."""
    return {key: value for key, value in amendment.items() if key not in fields}


def _settled(subject: Subject) -> set[str]:
    """The last commit of each day that changed claims.yaml, on the main line."""
    lines = (git(subject, "log", "--first-parent", "--reverse", "--format=%cs %H", "--", CLAIMS) or "").splitlines()
    return set(dict(line.split() for line in lines).values())


def _versions(subject: Subject) -> Iterator[tuple[str, Claims]]:
    """Each commit of the main line that changed claims.yaml, with its claims; those that are not YAML are left out."""
    for commit in (git(subject, "log", "--first-parent", "--reverse", "--format=%H", "--", CLAIMS) or "").split():
        if (claims := _at(subject, commit)) is not None:
            yield commit, claims


def _at(subject: Subject, commit: str) -> Claims | None:
    """The claims in a commit; None where they are not YAML or not in this form."""
    try:
        return _by_id(study.parsed_yaml(git(subject, "show", f"{commit}:{CLAIMS}") or ""))
    except (yaml.YAMLError, TypeError, KeyError):
        return None


def _by_id(declared: Any) -> Claims:
    """The claims by their ids, and under COMMON what holds for several of them."""
    common = {COMMON: {"amendments": declared.get("amendments") or []}}
    return {claim["id"]: claim for claim in declared["claims"]} | (common if common[COMMON]["amendments"] else {})


def _changed(before: Claims, claims: Claims) -> Iterator[tuple[str, str]]:
    """Claim and field of each change from one version to the next; a removed claim counts with its estimand."""
    for name, old in before.items():
        new = claims.get(name, {})
        fields = sorted({*old, *new} - FREE) if new else ["estimand"]
        yield from ((name, field) for field in fields if old.get(field) != new.get(field))


def _kept(claim: Mapping[str, Any], field: str, value: Any) -> bool:
    """Whether an amendment of a claim keeps a former value. A field that was absent had its default value."""
    kept = [each["former"] for each in _amendments(claim)]
    return any(field in former and (former[field] == value or value is None) for former in kept)
