"""A study that shares nothing with the shipped one but its form: other codes, other words for offices, other signs in
its title, tables as a spreadsheet saves them."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from analysis import codebook, study
from analysis.ingest import manifest
from analysis.verify.checks import CHECKS
from analysis.verify.subject import Subject

from .conftest import copy_sources, git

OFFICES = {
    "member": "Anggota", "chair": "ketua", "secretary": "sekretaris", "treasurer": "bendahara", "committee": "pengurus"
}  # fmt: skip
TITLE = 'Guyub: "camilan" & kue <Rungkut>, -- it\'s *ours* (a_b_c)...'
CODES = ("code", "news", "informal", "business", "helps", "hinders", "weighs")  # parameters that name codes


@pytest.fixture(scope="module")
def other(tmp_path_factory, with_few_draws, in_this_process) -> study.Paths:
    paths = copy_sources(tmp_path_factory.mktemp("other") / "study")
    with_few_draws(paths)
    renamed = {name: f"tema-{name[::-1]}" for name in codebook.load(paths.raw / "codebook.yaml").names}
    rewrite(
        paths.raw / "codebook.yaml",
        lambda text: re.sub(r"(?<=name: )\w+", lambda match: renamed[match[0]], text),
    )
    for codings in (paths.raw / "codings").iterdir():
        rewrite_table(codings, "code", renamed)
    rewrite_table(paths.raw / "members.csv", "role", OFFICES, delimiter=";")
    rewrite_yaml(paths.root / "params.yaml", lambda params: with_codes(params, renamed))
    rewrite_yaml(paths.root / "study.yaml", lambda about: about | {"title": TITLE})
    manifest.entered(paths.raw, [{**row, "sha256": ""} for row in manifest.read(paths.raw).values()])
    with contextlib.chdir(paths.root):
        in_this_process(paths)
    git(paths.root, "init", "--quiet")
    git(paths.root, "add", "--all")
    git(paths.root, "commit", "--quiet", "--message", "A study")
    return paths


def rewrite(place: Path, change: Callable[[str], str]) -> None:
    place.write_text(change(place.read_text(encoding="utf-8")), encoding="utf-8")


def rewrite_yaml(place: Path, change: Callable[[dict], dict]) -> None:
    rewrite(place, lambda text: yaml.safe_dump(change(yaml.safe_load(text)), sort_keys=False))


def rewrite_table(place: Path, column: str, words: Mapping[str, str], *, delimiter: str = ",") -> None:
    """Give a column of a table other words, and save it with a mark of UTF-8, as a spreadsheet does."""
    with place.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with place.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows({**row, column: words.get(row[column], row[column])} for row in rows)


def with_codes(params: dict, renamed: Mapping[str, str]) -> dict:
    """The parameters, with other names of the codes."""
    for own in params.values():
        for name in own.keys() & {*CODES}:
            codes = own[name]
            own[name] = renamed.get(codes, codes) if isinstance(codes, str) else [renamed[code] for code in codes]
    return params


def test_it_runs_to_a_book(other):
    page = (other.book / "_build/html/index.html").read_text(encoding="utf-8")
    assert "camilan" in page


@pytest.mark.parametrize("check", [name for name in CHECKS if name not in ("release", "calibrated", "declared-first")])
def test_nothing_is_wrong_with_it(other, check):
    assert [str(finding) for finding in CHECKS[check](Subject(other))] == []
