"""Whether anything that the study made leads to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analysis import scan
from analysis.verify.subject import Finding, Subject

FOLDERS = ("metrics", "data/processed", "book/executed", "book/_build/html")
ABSENT = "Run it where the raw files are, or ask the authors to."
FIX = "`guyub scan --show` shows what it is; fix what let it through, then dvc repro."


def nothing_leads_to_a_person(subject: Subject) -> Iterator[Finding]:
    """No file that a step made holds a name, number or address of a person, nor the key of the pseudonyms."""
    if not subject.paths.raw.is_dir():
        yield Finding("data/raw", "the raw files are not here, so nobody's name can be searched for", ABSENT)
    watching = scan.watchlist(subject.paths)
    for folder in (subject.root / name for name in FOLDERS if (subject.root / name).is_dir()):
        places = defaultdict(list)
        for hit in scan.survey(subject.paths, folder, watching).hits:
            places[subject.name(folder / hit.file), hit.kind].append(hit.place)
        for (file, kind), where in places.items():
            yield Finding(file, f"{kind}, {len(where)} times, first at {where[0]}", FIX)
