"""tests/slow.txt: what `make test` leaves to `make test-slow` (docs/adr/0025)."""

from __future__ import annotations

import ast

import pytest

LIST = "tests/slow.txt"
FIRST = (  # what a reviewer asks for first: corruptions and broken files, the books of small studies, every alarm
    "tests/verify/test_corruptions.py",
    "tests/books/test_alone.py",
    "tests/verify/test_verify.py::test_the_alarm_fails_when",
)


@pytest.fixture(scope="module")
def listed(root):
    return (root / LIST).read_text(encoding="utf-8").splitlines()


def named_in(path):
    """The names of the tests in a file."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_line_names_a_file_of_tests_or_a_test_in_it(root, listed):
    parts = [line.partition("::") for line in listed]
    assert [f"{file}::{name}" for file, _, name in parts if name and name not in named_in(root / file)] == []
    assert [file for file, _, name in parts if not named_in(root / file)] == []


def test_no_line_stands_twice_or_under_its_file(listed):
    assert listed == sorted(set(listed))
    assert [line for line in listed if "::" in line and line.split("::")[0] in listed] == []


@pytest.mark.parametrize("name", FIRST)
def test_what_a_reviewer_asks_first_is_part_of_make_test(listed, name):
    assert [
        line for line in listed if name == line or name.startswith(f"{line}::") or line.startswith(f"{name}::")
    ] == []


@pytest.mark.parametrize("place", [".ci/run", ".github/workflows/test.yml", ".github/workflows/publish.yml"])
def test_nothing_lands_or_is_published_without_both_parts(root, place):
    commands = [line.strip().removeprefix("- run: ") for line in (root / place).read_text("utf-8").splitlines()]
    assert {"make test", "make test-slow"} <= set(commands)
