"""Data of people that a research object (`guyub export ro-crate`) leaves out, known only by their hash."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath

from analysis import study, wording
from analysis.errors import InputError

METADATA = "ro-crate-metadata.json"
KEPT = "#kept/"  # prefix of the id of data that stay with the researchers, before the path
STAYS = "It stays with the researchers."


def left_out(paths: study.Paths) -> dict[str, str]:
    """Data of people that this folder, a research object, declares left out and does not hold: path to MD5.

    Empty in a study that is not a research object, or whose data are simulated. Raises InputError where the metadata or
    what the step ingest counted cannot be read.
    """
    place = paths.root / METADATA
    if not place.is_file() or study.read_metrics(paths, "ingest").get("simulated") is not False:
        return {}
    try:
        entities = json.loads(place.read_text(encoding="utf-8"))["@graph"]
        kept = {str(each["@id"]): str(each["md5"]) for each in entities if str(each["@id"]).startswith(KEPT)}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"this is not the metadata of a research object: {error}", path=place) from error
    named = {name.removeprefix(KEPT): digest for name, digest in kept.items()}
    return {name: digest for name, digest in named.items() if not (paths.root / name).exists()}


def in_words(names: Iterable[str]) -> str:
    """Files and folders as a phrase, those of one folder together: "data/raw; in data/processed: ingest and coding"."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folders.setdefault(PurePosixPath(name).parent.as_posix(), []).append(name)
    inner = {folder: wording.listed(PurePosixPath(name).name for name in within) for folder, within in folders.items()}
    return "; ".join(f"in {folder}: {inner[folder]}" if within[1:] else within[0] for folder, within in folders.items())
