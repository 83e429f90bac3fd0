"""The changes that `guyub new` makes to what a study takes over from a release: Guyub's own parts are replaced.

`guyub verify` compares a study's files with the result, so that it lists only what the author changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from analysis.verify.facts import own_licence

IGNORED = "\n# this community's own: never in git\n/data/raw/\n"
TUTORIAL = {  # the lines that name it
    "book/_toc.yml": r"  - caption: Your own community\n    chapters:\n      - file: tutorial\n",
    "dvc.yaml": r" +- book/tutorial(?:\.md)?\n",
}
CHANGED = (*TUTORIAL, ".gitignore", "LICENSE", "claims.yaml", "params.yaml")
LICENCE = Path(__file__).parents[1] / "tools" / "templates" / "study" / "LICENSE.in"
AMENDMENTS = re.compile(r"(?m)^(?:#.*\n)?( *)amendments:\n(?:\1[ -].*\n|\n)+")
DECLARED = "# Declared on {day}, when this study was begun, as in Guyub {version}, whose own amendments stay there.\n"
DECLARED_BEFORE = re.compile(r"\A# Declared on (\d{4}-\d\d-\d\d), when.*\n")
TIME_ZONE = re.compile(r"(?m)^  tz: (\S+)")


def begun(name: str, released: str, now: str, *, version: str, notebook: Callable[[str], Path]) -> str:
    """A file of the release as a study began with it. released, now: its text in the release and at present, from which
    the study's day and time zone are taken. notebook: path of a step's notebook in the release."""
    if name in TUTORIAL:
        return without_tutorial(name, released)
    if name == ".gitignore":
        return ignoring_raw(released)
    if name == "LICENSE":
        return licence(released)
    if name == "claims.yaml":
        day = DECLARED_BEFORE.match(now)
        return fresh(released, version=version, day=day[1] if day else "")
    if name == "params.yaml":
        zone = TIME_ZONE.search(now)
        return commented(released, zone[1] if zone else "", notebook)
    return released


def without_tutorial(name: str, text: str) -> str:
    """The book's contents, or the inputs of the stage book, without the tutorial."""
    return re.sub(TUTORIAL[name], "", text)


def ignoring_raw(text: str) -> str:
    """.gitignore of a study of people, whose raw files git must not track."""
    return text if IGNORED in text else text + IGNORED


def licence(text: str) -> str:
    """LICENSE of a study: what belongs to whom, followed by Guyub's own."""
    return LICENCE.read_text(encoding="utf-8") + own_licence(text)


def fresh(claims: str, *, version: str, day: str) -> str:
    """claims.yaml as a study begins with it: without another study's amendments, and with the day."""
    return DECLARED.format(version=version, day=day) + AMENDMENTS.sub("", DECLARED_BEFORE.sub("", claims))


def commented(params: str, tz: str, notebook: Callable[[str], Path]) -> str:
    """params.yaml with the meaning of each parameter from its step's notebook, with the study's time zone (empty: left
    as it is), and without words that occur only in chat names of the simulated community."""
    if tz:
        params = TIME_ZONE.sub(f"  tz: {tz}", params)
    params = re.sub(r"(?m)^  (informal|committee): [\w-]+$", r'  \1: ""', params)  # lists of codes stay
    meanings: Mapping[str, str] = {}
    lines = []
    for line in params.splitlines():
        if step := re.fullmatch(r"(\w+):", line):
            meanings = _meanings(notebook(step[1]))
        if (given := re.match(r"  (\w+):", line)) and " #" not in line and given[1] in meanings:
            line = f"{line}  # {meanings[given[1]]}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _meanings(notebook: Path) -> dict[str, str]:
    """The comment after each parameter in the notebook's cell of parameters."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = ("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    return {name: words for cell in tagged for name, words in re.findall(r"(?m)^(\w+) = .*?  # (.*)$", cell)}
