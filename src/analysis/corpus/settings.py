"""corpus.yaml: how the exports of a corpus are read, and on which engine its tables are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from analysis.errors import InputError
from analysis.ingest import clock

FILE = "corpus.yaml"
MEANINGS = {  # the settings, each with its default and what it means
    "tz": ("Asia/Jakarta", "zone of the exporting phones' clocks"),
    "date_order": (None, "dmy, mdy or ymd where the dates do not settle it; null to read it off them"),
    "engine": ("duckdb", "what makes the tables: duckdb, polars, pandas or spark"),
    "master": ("local[*]", "of spark: the master's address, as in spark://host:7077; credentials: docs/scale.md"),
    "memory": ("4GB", "what duckdb, or a process of spark, may take"),
}
FIXED = ("tz", "date_order")  # the same for all exports of a corpus


def settled(out: Path, given: Mapping[str, str | None]) -> dict[str, str | None]:
    """The settings of a corpus: those of its file, else the defaults, with what is given in their place; written down.

    Raises InputError on a file with other settings than these, an unknown time zone, or a zone or order of
    dates other than before.
    """
    path = out / FILE
    before = read(out) if path.exists() else {}
    now = {name: default for name, (default, _) in MEANINGS.items()} | before
    now |= {name: value for name, value in given.items() if value is not None}
    clock.zone(str(now["tz"]))
    if changed := [name for name in FIXED if before and before[name] != now[name]]:
        what = f"this corpus was read with {changed[0]} {before[changed[0]]}, not {now[changed[0]]}"
        raise InputError(what, path=path, fix="Give a new folder to --out, or leave the option out.")
    lines = [f"{name}: {yaml.safe_dump(now[name]).partition(chr(10))[0]}  # {m}" for name, (_, m) in MEANINGS.items()]
    draft = path.with_suffix(".draft")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(path)
    return now


def read(out: Path) -> dict[str, str | None]:
    """The settings of a corpus. Raises InputError where there is none, or its file holds others."""
    path = out / FILE
    if not path.exists():
        raise InputError("there is no corpus in this folder", path=out, fix="Make one: guyub corpus DIR --out OUT")
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"this is not YAML: {error}", path=path, fix="Write each setting as `name: value`.") from error
    if not isinstance(settings, dict) or set(settings) != set(MEANINGS):
        raise InputError(f"this file must hold {', '.join(MEANINGS)}, and nothing else", path=path,
                         fix="Delete it, and run guyub corpus with the options that are not the defaults.")  # fmt: skip
    return settings
