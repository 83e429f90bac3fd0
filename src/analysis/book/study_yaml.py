"""What only the author knows: study.yaml, its keys, and its values as prose."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from analysis import study, wording
from analysis.errors import InputError
from analysis.themes import coreq

STUDY = {
    "title": "the book's title; the one key that must be filled in",
    "subtitle": "one line under it",
    "authors": "a list of mappings: name, and affiliation and orcid where there are any",
    "language": "of the talk that is studied, as a BCP 47 tag such as id",
    "community": "a mapping: name, place, kind (as in: an association of small enterprises)",
    "ethics": "who approved the study, under which number; how consent was asked",
    "funding": "who paid; none if nobody did",
    "competing_interests": "of the authors; none if there are none",
    "contact": "how a member or a reviewer reaches the authors",
    "repository": "where the sources are published",
    "licence": "of text and data",
    "version": "of the published study, such as 1.0",
    "date": "of that version, as year, year-month or year-month-day",
    "doi": "of that version, where an archive gave one",
    "data_set": "how members agreed that a data set of theirs is published; without it none is made of real people",
    "site": "the address at which the book is published",
    "issues": "the address at which readers report an error; {page} stands for the page",
    "launch": "the address of a Binder or JupyterHub that opens this repository",
    "quotations": "approved: only turns that a person has approved are quoted (guyub quotes); null: all by consent",
    "coreq": "a mapping: the facts of the interviews that only the interviewer knows, by COREQ item",
}
COMMUNITY = ("name", "place", "kind")
AUTHOR = ("name", "affiliation", "orcid")
SHOWN = {
    "Community": "community.name", "Place": "community.place", "Kind": "community.kind",
    "Language of the talk": "language", "Ethics": "ethics", "Funding": "funding",
    "Competing interests": "competing_interests", "Contact": "contact", "Sources": "repository",
    "Licence of text and data": "licence",
}  # fmt: skip
ADDRESS = (r"https?://[^\s\"'<>]+", "an address such as https://example.org/study")
FORMS = {  # what can be written for a key that programs read, as a regular expression and in words
    "version": (r"[\w.+-]+", "a version such as 1.0"),
    "date": (r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", "a date such as 2026-11-29"),
    "doi": (r"(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.\d{4,9}/\S+", "a DOI such as 10.5281/zenodo.1234567"),
    "site": ADDRESS, "issues": ADDRESS, "launch": ADDRESS,
}  # fmt: skip
UNKNOWN = {"en": "not stated", "id": "tidak disebutkan"}


def load_study(paths: study.Paths) -> dict[str, Any]:
    """study.yaml with every key of STUDY and of the mappings in it; what the file leaves out is None.

    Raises InputError when there is no such file, on an unknown key, a missing title or a value not in its form.
    """
    path = paths.root / "study.yaml"
    if not path.exists():
        raise InputError("nothing is stated: there is no such file", path=path, fix="Write it: see the README.")
    given = study.read_yaml(path) or {}
    about = {**dict.fromkeys(STUDY), **given}
    about["community"] = {**dict.fromkeys(COMMUNITY), **(about["community"] or {})}
    about["coreq"] = {**dict.fromkeys(coreq_items()), **(about["coreq"] or {})}
    about["authors"] = [{**dict.fromkeys(AUTHOR), **author} for author in about["authors"] or []]
    parts = [(about, STUDY), (about["community"], COMMUNITY), (about["coreq"], coreq_items())]
    parts += [(author, AUTHOR) for author in about["authors"]]
    unknown = sorted({key for given_part, allowed in parts for key in set(given_part) - set(allowed)})
    if unknown:
        raise InputError(f"unknown keys: {', '.join(unknown)}", path=path, fix=f"Keys are {', '.join(STUDY)}.")
    if not about["title"]:
        raise InputError("the study has no title", path=path, fix="Add a line `title: ...`.")
    for key, (form, like) in FORMS.items():
        about[key] = str(about[key]) if about[key] else None
        if about[key] and not re.fullmatch(form, about[key]):
            raise InputError(f"`{key}: {about[key]}` is not {like}", path=path, fix="Correct it, or write null.")
    return about


@cache
def coreq_items() -> dict[str, str]:
    """The keys under `coreq`: facts of the interviews that only the author knows, each with its COREQ item."""
    items = coreq.load_items().dropna(subset="stated")
    return dict(zip(items["stated"], items["item"], strict=True))


def blank_study(title: str, known: Mapping[str, Any] | None = None) -> str:
    """The text of a study.yaml with the title and the known values filled in, and every other key explained."""
    given = {key: value for key, value in (known or {}).items() if value}
    lines = ["# What only the author knows. Leave null what you do not know: the book says so."]
    for key, meaning in STUDY.items():
        if key in ("community", "coreq"):
            lines.append(f"{key}:  # {meaning}")
            inner = dict.fromkeys(COMMUNITY, "") if key == "community" else coreq_items()
            lines += [f"  {name}: null" + (f"  # {item}" if item else "") for name, item in inner.items()]
        else:
            value = title if key == "title" else given.get(key)
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}  # {meaning}")  # JSON is YAML, in one line
    return "\n".join(lines) + "\n"


def author(entry: Mapping[str, str | None]) -> str:
    """An author in one line: name, affiliation and ORCID iD as far as they are stated."""
    return ", ".join(str(entry[key]) for key in AUTHOR if entry[key])


def fact(about: Mapping[str, Any], path: str, language: str = "en") -> str:
    """A value of study.yaml as prose, by its dotted path; "not stated" if null. Raises InputError on unknown keys."""
    value: Any = about
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            raise InputError(f"study.yaml has no key {path!r}")
        value = value[name]
    if not value:
        return UNKNOWN[language]
    return wording.listed(entry["name"] for entry in value) if isinstance(value, list) else str(value)
