"""Whether a study is Guyub's own, described by its citation, licence and changelog, or that of other authors."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from analysis.verify.subject import Subject


def is_guyubs_own(subject: Subject) -> bool:
    """Whether study.yaml or CITATION.cff names the authors of the program, as in Guyub's own repository and in a study
    that took its citation over. In another study, version, day and licence are stated by its authors. Raises InputError
    where one of them cannot be read."""
    about = tomllib.loads(subject.text("pyproject.toml")) if _is_there(subject, "pyproject.toml") else {}
    program = _names((about.get("project") or {}).get("authors"))
    stated = [subject.yaml(name) for name in ("study.yaml", "CITATION.cff") if _is_there(subject, name)]
    return any(program & _names(each.get("authors")) for each in stated if isinstance(each, Mapping))


def _is_there(subject: Subject, name: str) -> bool:
    return (subject.root / name).is_file()


def _names(authors: Iterable[Mapping[str, Any]] | None) -> set[str]:
    return {str(each["name"]) for each in authors or () if "name" in each}
