"""Check that dvc.yaml runs what a Guyub study runs: each stage has one bare command, its step's outputs and no options.

A stage's command is not covered by a fingerprint of code, so one that does more (`... && sed -i ...`) would even pass a
second run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis import study
from analysis.verify.subject import SITE, Finding, Subject

OF_DVC = re.compile(r"dvc\.(?:yaml|lock)|dvcfile|.*\.dvc", re.I)
UNSEEN = {".git", ".dvc", ".venv", ".guyub", "site-packages", "node_modules"}  # folders of tools
KEYS = {"cmd", "deps", "params", "outs", "metrics"}  # keys of a stage; DVC's others disable something or add commands
ENTRY = {"cache": False}  # the only option of an output, for metrics/ alone: git tracks it
FIX = "Write the stage as Guyub's own dvc.yaml does; what a study adds belongs into its code, where hashes see it."
CONFIG = {
    "core.analytics": "false",
    "core.check_update": "false",
    "core.no_scm": "true",
    "plots.html_template": "plots/page.html",
}  # of .dvc/config


def stages_are_those_of_guyub(subject: Subject) -> Iterator[Finding]:
    """dvc.yaml has the stages of a study, in order, each with its bare command and outputs, and no options. Plots
    make nothing: they define what `dvc plots show` draws."""
    described = subject.yaml("dvc.yaml")
    for key in sorted(set(described) - {"stages", "plots"}):
        yield Finding("dvc.yaml", f"it has a part {key!r} besides its stages", FIX)
    own = ["notebooks", *study.STEPS, "book"]
    if (there := list(described["stages"])) != own:
        odd = ", ".join(sorted(set(there) ^ set(own))) or "their order"
        yield Finding("dvc.yaml", f"its stages are not those of a Guyub study: {odd}", FIX)
    for name in (name for name in there if name in own):
        for what in _odd(described["stages"][name], name, subject):
            yield Finding(f"dvc.yaml, stage {name}", what, FIX)
    for name in _elsewhere(subject.root):
        yield Finding(name, "DVC would run or fetch what it says in addition to the study's own dvc.yaml", "Remove it.")
    yield from _settings(subject)


def _elsewhere(root: Path) -> Iterator[str]:
    """Files by which DVC runs or fetches something, outside the top of the study's folder."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if name not in UNSEEN)
        files = (Path(folder, name).relative_to(root) for name in sorted(names) if OF_DVC.fullmatch(name))
        yield from (path.as_posix() for path in files if path.as_posix() not in ("dvc.yaml", "dvc.lock"))


def command(stage: str) -> str:
    """The one command of a stage."""
    return f"guyub run {stage}" if stage in study.STEPS else f"guyub {stage}"


def outputs(stage: str, subject: Subject) -> set[str]:
    """The outputs of a stage."""
    paths = subject.paths
    if stage == "book":
        return {SITE, "book/_build/site.json"}
    if stage == "notebooks":
        return {subject.name(paths.processed(stage))}
    places = (paths.processed(stage), paths.executed(stage), paths.metrics(stage), paths.headline(stage))
    return {subject.name(place) for place in places}


def _odd(given: Mapping[str, Any], name: str, subject: Subject) -> Iterator[str]:
    """Differences of a stage from Guyub's own."""
    if given["cmd"] != command(name):
        yield f"its command is `{given['cmd']}` and not `{command(name)}`"
    for key in sorted(set(given) - KEYS):
        yield f"it has {key}: {given[key]!r}"
    entries = [entry for key in ("deps", "outs", "metrics") for entry in given.get(key) or []]
    paths = [next(iter(entry)) if isinstance(entry, Mapping) else entry for entry in entries]
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        yield f"it names {path} twice"
    for entry in (entry for entry in entries if isinstance(entry, Mapping)):
        path, options = next(iter(entry.items()))
        if len(entry) > 1 or options != ENTRY or not path.startswith("metrics/"):
            yield f"it says {options!r} of {path}"
    made = {path for key in ("outs", "metrics") for path in _paths(given.get(key))}
    for path in sorted(made ^ outputs(name, subject)):
        yield f"{path} is {'an output that this stage has not' if path in made else 'missing among its outputs'}"
    for dep in _paths(given.get("deps")):
        if dep.startswith(("/", "~", "..")) or "://" in dep:
            yield f"it depends on {dep}, which is not in the study"


def _paths(entries: Any) -> list[str]:
    return [(next(iter(entry)) if isinstance(entry, Mapping) else entry).rstrip("/") for entry in entries or []]


def _settings(subject: Subject) -> Iterator[Finding]:
    """Settings of .dvc/config beyond Guyub's own: an external cache or remote brings files that no run made."""
    for name in ("config", "config.local"):
        place = subject.root / ".dvc" / name
        section = ""
        for line in subject.text(f".dvc/{name}").splitlines() if place.is_file() else []:
            key, _, value = (part.strip() for part in line.partition("="))
            section = key.strip("[]") if key.startswith("[") else section
            if value and CONFIG.get(f"{section}.{key}") != value.lower():
                yield Finding(f".dvc/{name}", f"it sets {section}.{key} = {value}", "Take it out for a check.")
