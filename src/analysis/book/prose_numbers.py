"""Numbers for prose: values by their paths, how prose writes them, and the badges of verdicts.

Nothing here knows Sphinx; book/_ext/guyub_book.py hands these functions to it as roles.
"""

from __future__ import annotations

import datetime
import json
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from analysis import study, wording
from analysis.book.study_yaml import UNKNOWN, load_study
from analysis.claims.rule import VERDICTS
from analysis.claims.words import badge
from analysis.errors import InputError

NOT_ASSESSABLE = {"en": "not assessable", "id": "tidak dapat dinilai"}


def lookup(paths: study.Paths, path: str) -> Any:
    """The value at `step.name.name` in metrics/<step>.json, or None where the study could not compute it.

    A name that is absent counts as not computed when a mapping on the way says that its status is not ok.
    `timings.name` reads docs/timings.yaml, `replies.name` docs/replies.yaml, `benchmarks.name` docs/benchmarks.json,
    `study.name` study.yaml.
    Raises InputError when the step has no metrics or the path leads nowhere.
    """
    root, *names = path.split(".")
    value = _source(paths, root)
    missing = False
    for name in names:
        missing = missing or (isinstance(value, Mapping) and value.get("status", "ok") != "ok")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, Mapping) and name in value:
            value = value[name]
        elif missing:
            return None
        else:
            raise InputError(f"no value at {path!r}")
    return value


def _source(paths: study.Paths, root: str) -> Any:
    """The values that a path's first name refers to. Raises InputError on an unknown name."""
    if root in ("timings", "replies"):
        return study.read_yaml(paths.root / "docs" / f"{root}.yaml")
    if root == "benchmarks":
        return benchmarks(paths.root / "docs" / "benchmarks.json")
    if root == "study":
        return load_study(paths)
    if root in study.STEPS:
        return study.read_metrics(paths, root)
    names = ", ".join((*study.STEPS, "timings", "replies", "benchmarks", "study"))
    raise InputError(f"no numbers are called {root!r}", fix=f"Use one of {names}.")


def benchmarks(path: Path) -> Any:
    """What `make bench KEEP=1` measured. Raises InputError when the file is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"the benchmarks cannot be read: {error}", path=path, fix="Take it from git.") from error


def holds(paths: study.Paths, condition: str) -> bool:
    """Whether a condition holds: `step.name` (a value is there, and not empty) or `step.name = value`."""
    path, _, wanted = (part.strip() for part in condition.partition("="))
    value = lookup(paths, path)
    return value not in (None, "", [], {}) if not wanted else str(value).lower() == wanted.lower()


def prose(value: Any, spec: str = "", language: str = "en", zone: str = "UTC") -> str:
    """A value as prose writes it: a missing one as "not assessable", a number by its format, text as it is.

    spec: a Python format such as `,.0f` or `.0%`, or one of this book's own: `percent`, `p`, `hundredfold` (of a rate
    per pair: a rate per hundred), `lebih` (of a share: how much larger or smaller a ratio is, in Indonesian),
    `count reply replies` (with the noun, its plural where it is not -s), `date` (of an ISO time, in the time zone).
    Indonesian (language id) swaps point and comma. Raises InputError when the spec does not fit the value.
    """
    if value is None or (isinstance(value, Mapping) and value.get("status") == "missing"):
        return NOT_ASSESSABLE[language]
    if spec == "date":
        from babel.dates import format_date  # Sphinx brings it

        time = datetime.datetime.fromisoformat(str(value)).astimezone(zoneinfo.ZoneInfo(zone))
        return format_date(time.date(), "d MMMM y", locale=language)
    if isinstance(value, str | list):
        return wording.listed(map(str, value)) if isinstance(value, list) else value
    try:
        name, *words = spec.split() or [""]
        text = _HOUSE[name](value, *words) if name in _HOUSE else format(value, spec)
    except (TypeError, ValueError) as error:
        raise InputError(f"format {spec!r} does not fit {value!r}") from error
    text = text.replace("-", "−") if isinstance(value, int | float) else text
    text = text.replace(" %", "%").replace("%", " %")
    return wording.indonesian(text) if language == "id" else text


_HOUSE: dict[str, Callable] = {
    "percent": wording.percent, "p": wording.p_value, "count": wording.count,
    "hundredfold": lambda value: wording.number(100 * value, 1), "lebih": wording.lebih,
}  # fmt: skip


def verdict_row(paths: study.Paths, name: str) -> dict[str, Any]:
    """Verdict and robustness of a claim, for its badge; of a verdict's own name, the verdict alone.

    Raises InputError when the name is neither a claim nor a verdict.
    """
    row = next((row for row in study.read_metrics(paths, "claims")["claims"] if row["id"] == name), {"verdict": name})
    if row["verdict"] not in VERDICTS:
        raise InputError(f"{name!r} is neither a claim nor a verdict")
    return row


def verdict_badge(paths: study.Paths, name: str, language: str = "en") -> str:
    """The badge of a claim or verdict. Raises InputError when the name is neither."""
    return badge(verdict_row(paths, name), language)


def language_name(tag: str | None) -> str:
    """A language's English name with its tag, such as "Indonesian (id)"."""
    from babel import Locale

    return f"{Locale.parse(tag, sep='-').get_display_name('en')} ({tag})" if tag else UNKNOWN["en"]
