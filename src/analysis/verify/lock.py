"""Check that a study's files are those listed in MANIFEST.csv, and those of its last run, described by dvc.lock.

Hashes are computed from the files' bytes, not taken from DVC's records or from times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis import reads, study
from analysis.closure import RUNNER, code, imported_files, missing
from analysis.disk import sha256
from analysis.errors import InputError
from analysis.upstream import OBJECTS, md5
from analysis.verify.subject import Finding, Subject

MANIFEST = "data/raw/MANIFEST.csv"
RAW_FIX = "Bring the file back; or, if the change is meant, enter it into MANIFEST.csv, then dvc repro."
WRONG = {
    "gone": "the file is listed and not there",
    "unlisted": "the file exists but is not listed",
    "changed": "the file is not the one that was listed: its hash differs",
}
FORGET = "Delete it; dvc repro makes again whatever results are then missing."
DECLARE = "Add it to the stage's deps in dvc.yaml, then dvc repro."


def raw_files_are_those_of_the_manifest(subject: Subject) -> Iterator[Finding]:
    """Every raw file is listed in MANIFEST.csv with its SHA-256, and every file listed there is there."""
    if not subject.manifest:
        fix = "List path, sha256, kind, source, licence and consent of each."
        yield Finding(MANIFEST, "no raw file is listed", fix)
        return
    if lacking := [name for name in ("path", "sha256") if name not in subject.manifest[0]]:
        fix = "List path, sha256, kind, source, licence, consent_basis and simulated (yes or no) of each."
        yield Finding(MANIFEST, f"it has no column {' and no column '.join(lacking)}", fix)
        return
    listed = {row["path"]: row["sha256"] for row in subject.manifest}
    there = {path.relative_to(subject.paths.raw).as_posix(): path for path in _every_file(subject.paths.raw)}
    there.pop("MANIFEST.csv", None)
    yield from _odd_rows(subject.manifest)
    for number, name in enumerate(sorted({*listed, *there}), 1):
        state = "gone" if name not in there else "unlisted" if name not in listed else "changed"
        if state != "changed" or sha256(there[name]) != listed[name]:
            now = f"; its sha256 is {sha256(there[name])}" if name in there else ""
            # An export may be named after a person, so files of real data are reported by number.
            shown = name if subject.paths.simulated else f"file {number} in the order of names"
            yield Finding(f"{MANIFEST}, {shown}", WRONG[state] + now, RAW_FIX)


def _every_file(folder: Path) -> Iterator[Path]:
    """Every file of a folder, including those that .dvcignore or git skip."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _odd_rows(rows: list[dict[str, str]]) -> Iterator[Finding]:
    """Rows of MANIFEST.csv that are repeated, lead out of data/raw, or hold invalid values."""
    names = [str(row["path"]) for row in rows]
    times = Counter(names)
    for number, (row, name) in enumerate(zip(rows, names, strict=True), 2):
        place = f"{MANIFEST}, line {number}"
        if times[name] > 1:
            yield Finding(place, "the file is listed more than once", RAW_FIX)
        if name.startswith("/") or ".." in name.split("/"):
            yield Finding(place, "the path leads out of data/raw", RAW_FIX)
        if None in row or None in row.values():
            yield Finding(place, "it has more or fewer columns than the header", RAW_FIX)
        if "simulated" in row and row["simulated"] not in ("yes", "no"):
            yield Finding(place, f"simulated is {row['simulated']!r}, not yes or no", RAW_FIX)


def lock_is_whole(subject: Subject) -> Iterator[Finding]:
    """dvc.lock has the stages, commands, dependencies, outputs and parameters of dvc.yaml, and agrees with itself."""
    declared, locked = subject.declared, subject.locked
    for name in sorted(set(declared) ^ set(locked)):
        lacking = "dvc.lock" if name in declared else "dvc.yaml"
        yield Finding(f"{lacking}, stage {name}", "the stage is in one of dvc.yaml and dvc.lock only")
    for name in (name for name in declared if name in locked):
        asked, ran = declared[name], locked[name]
        if asked.cmd != ran.cmd:
            yield Finding(f"dvc.lock, stage {name}", f"it ran `{ran.cmd}`, but dvc.yaml says `{asked.cmd}`")
        for what, part in (("dependency", "deps"), ("output", "outs"), ("parameters", "params")):
            one, other = set(getattr(asked, part)), set(getattr(ran, part))
            for entry in sorted(one ^ other):
                where = "dvc.yaml" if entry in one else "dvc.lock"
                yield Finding(f"dvc.lock, stage {name}", f"the {what} {entry} is in {where} only")
    written = {path: (name, digest) for name, stage in locked.items() for path, digest in stage.outs.items()}
    for name, stage in locked.items():
        for path, digest in stage.deps.items():
            maker, made = written.get(path, (name, digest))
            if made != digest:
                yield Finding(f"dvc.lock, stage {name}", f"it read another {path} than {maker} wrote")
    yield from _wrong_sizes(subject)
    yield from _broken_objects(subject)


def _broken_objects(subject: Subject) -> Iterator[Finding]:
    """Objects of DVC's cache, named in dvc.lock or in a folder's list there, whose content does not match their
    name. DVC itself makes or fetches objects that are missing."""
    waiting = list(dict.fromkeys(digest for stage in subject.locked.values() for digest in stage.outs.values()))
    seen = set(waiting)
    while waiting:
        digest = waiting.pop()
        place = OBJECTS / digest[:2] / digest[2:]
        if not (subject.root / place).is_file():
            continue
        if md5(subject.root / place) != digest.removesuffix(".dir"):
            what = "it holds something else than its name says, and DVC would bring that back"
            yield Finding(place.as_posix(), what, FORGET)
        elif digest.endswith(".dir"):
            inner = {str(each["md5"]) for each in subject.json(place.as_posix())} - seen
            waiting += sorted(inner)
            seen |= inner


def _wrong_sizes(subject: Subject) -> Iterator[Finding]:
    """Entries of dvc.lock whose hash matches the files but whose size or number of files does not."""
    for name, stage in subject.yaml("dvc.lock")["stages"].items():
        for entry in (entry for key in ("deps", "outs") for entry in stage.get(key) or [] if "size" in entry):
            place = subject.root / entry["path"]
            if subject.hash(entry["path"]) == entry["md5"]:
                files = list(subject.files(place)) if place.is_dir() else [place]
                size, number = sum(path.stat().st_size for path in files), len(files)
                if entry["size"] != size or entry.get("nfiles", number) != number:
                    what = f"{entry['path']} has {size:,} bytes in {number:,} files, and the lock says otherwise"
                    yield Finding(f"dvc.lock, stage {name}", what)


def inputs_are_those_of_the_run(subject: Subject) -> Iterator[Finding]:
    """Every file that a stage depends on and no stage makes has the hash that it had when the stage ran."""
    made = {path for stage in subject.locked.values() for path in stage.outs}
    changed: dict[str, list[str]] = {}
    for name, stage in subject.locked.items():
        for path, digest in stage.deps.items():
            if path not in made and subject.stated(path) != digest:
                changed.setdefault(path, []).append(name)
    for path, names in changed.items():
        state = "is gone" if subject.hash(path) is None else "has changed"
        yield Finding(path, f"{state} since it was used by {', '.join(names)}")


def outputs_are_those_of_the_run(subject: Subject) -> Iterator[Finding]:
    """Every file that a stage made exists and has the hash recorded for it in that run."""
    for name, stage in subject.locked.items():
        for path, digest in stage.outs.items():
            if (now := subject.stated(path)) != digest:
                state = "is not there" if now is None else "is not what the stage wrote"
                yield Finding(path, f"{state} (stage {name})", f"dvc repro {name}, or dvc checkout {name}")


def parameters_are_those_of_the_run(subject: Subject) -> Iterator[Finding]:
    """params.yaml has the values that each stage ran with, and its names are those of the notebooks."""
    params = subject.yaml("params.yaml")
    for step in study.STEPS:
        try:
            study.step_params(subject.paths, step)
        except InputError as error:
            yield Finding("params.yaml", str(error), "Fix params.yaml or the notebook's parameters cell.")
    for name, stage in subject.locked.items():
        for key, value in _flat(stage.params).items():
            now = _flat(params).get(key, "nothing")
            if now != value or type(now) is not type(value):
                yield Finding(f"params.yaml, {key}", f"is {now!r}, but stage {name} ran with {value!r}")
    for name, stage in subject.declared.items():
        own = {key.split(".")[0] for key in stage.params}
        if name in study.STEPS and params.get(name) and name not in own:
            yield Finding(f"dvc.yaml, stage {name}", f"it does not declare its parameters, {name}", DECLARE)


def _flat(params: Mapping[str, Any]) -> dict[str, Any]:
    """step.name to value; a value that is not a mapping is under its own name."""
    flat: dict[str, Any] = {}
    for name, values in params.items():
        flat |= {f"{name}.{key}": v for key, v in values.items()} if isinstance(values, Mapping) else {name: values}
    return flat


def stages_declare_what_they_use(subject: Subject) -> Iterator[Finding]:
    """Every module that a stage imports and every place that its code reads is among its dependencies or outputs."""
    for step in study.STEPS:
        used = subject.step_files(step) | {subject.name(subject.paths.bare(step))}
        places = reads.places(subject.program, code(subject.paths.notebook(step)))
        named = {claim["metrics"].split(".")[0] for claim in subject.yaml("claims.yaml")["claims"]}
        yield from _lacking(subject, step, used | _spelt(places, named))
    yield from _lacking(subject, "book", used_by_the_book(subject))
    written = {subject.name(subject.paths.notebook(step)) for step in study.STEPS}
    yield from _lacking(subject, "notebooks", written | imported_files(subject.root, RUNNER))


def used_by_the_book(subject: Subject) -> set[str]:
    """Files that the book reads: its pages and their includes, its extension's code, and for the cards all that the
    steps read and write. Raises InputError where dvc.yaml or a notebook cannot be read."""
    used = {*subject.pages, *subject.included, "docs/timings.yaml", "requirements.lock"}
    used |= {path for step in study.STEPS for path in (*subject.declared[step].deps, *subject.declared[step].outs)}
    for file in sorted((subject.paths.book / "_ext").glob("*.py")):
        places = reads.places(subject.program, subject.text(subject.name(file)))
        used |= imported_files(subject.root, subject.name(file)) | _spelt(places, set(study.STEPS))
    return used


def _spelt(places: set[str], steps: set[str]) -> set[str]:
    """Places with the steps filled in; one whose step is known only at run time, once for each step."""
    return {place.replace(reads.ANY, step) for place in places for step in (steps if reads.ANY in place else {""})}


def _lacking(subject: Subject, stage: str, used: set[str]) -> Iterator[Finding]:
    declared = {*subject.declared[stage].deps, *subject.declared[stage].outs}
    for file in sorted(missing(declared, used)):
        yield Finding(f"dvc.yaml, stage {stage}", f"it uses {file} and does not declare it", DECLARE)
