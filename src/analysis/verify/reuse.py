"""Whether what a person needs to use and cite the study is there, and says the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from analysis.verify.subject import Finding, Subject

NEEDED = ("README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "study.yaml", "requirements.lock")
CITED = (
    "cff-version",
    "message",
    "title",
    "authors",
    "version",
    "license",
)  # the first four are the format's own demand


def study_can_be_used_and_cited(subject: Subject) -> Iterator[Finding]:
    """README, licence, citation and lock are there; the citation is whole and names the version that this is."""
    gone = [name for name in NEEDED if not (subject.root / name).is_file()]
    yield from (Finding(name, "the file is not there", "Write it.") for name in gone)
    if "CITATION.cff" in gone:
        return
    cited = subject.yaml("CITATION.cff")
    for key in CITED:
        if not cited.get(key):
            yield Finding("CITATION.cff", f"it does not say {key}", f"Add `{key}`.")
    version = tomllib.loads(subject.text("pyproject.toml"))["project"]["version"]
    if cited.get("version") not in (None, version):
        yield Finding(
            "CITATION.cff", f"it cites version {cited['version']}, this is {version}", "Write the same in both."
        )
