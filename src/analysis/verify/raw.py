"""Whether the raw files are those that MANIFEST.csv lists."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.verify.subject import Finding, Subject, sha256

PLACE = "data/raw/MANIFEST.csv"
FIX = "Bring the file back; or, if the change is meant, enter it into MANIFEST.csv, then dvc repro."
WRONG = {
    "gone": "the file is listed and not there",
    "unlisted": "the file is there and not listed",
    "changed": "the file is not the one that was listed: its hash differs",
}


def raw_files_are_those_of_the_manifest(subject: Subject) -> Iterator[Finding]:
    """Every raw file is listed in MANIFEST.csv with its SHA-256, and every file listed there is there."""
    if not subject.manifest:
        yield Finding(PLACE, "no raw file is listed", "List path, sha256, kind, source, licence and consent of each.")
        return
    if lacking := [name for name in ("path", "sha256") if name not in subject.manifest[0]]:
        fix = "List path, sha256, kind, source, licence, consent_basis and simulated (yes or no) of each."
        yield Finding(PLACE, f"it has no column {' and no column '.join(lacking)}", fix)
        return
    listed = {row["path"]: row["sha256"] for row in subject.manifest}
    there = {path.relative_to(subject.paths.raw).as_posix(): path for path in subject.files(subject.paths.raw)}
    there.pop("MANIFEST.csv", None)
    for number, name in enumerate(sorted({*listed, *there}), 1):
        state = "gone" if name not in there else "unlisted" if name not in listed else "changed"
        if state != "changed" or sha256(there[name]) != listed[name]:
            now = f"; its sha256 is {sha256(there[name])}" if name in there else ""
            yield Finding(f"{PLACE}, {_shown(subject, name, number)}", WRONG[state] + now, FIX)


def _shown(subject: Subject, name: str, number: int) -> str:
    """A raw file by name where the data are simulated, else by number: an export may be called after a person."""
    return name if subject.paths.simulated else f"file {number} in the order of names"
