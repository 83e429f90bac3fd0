"""The repository stands alone: nothing it runs or shows reads a place outside it, and no test is skipped in silence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("tests", "benchmarks", "src", "notebooks", "book", "calibration")
READ = {".py", ".md", ".yaml", ".yml", ".ipynb", ".toml", ".csv", ".json", ".txt"}
MADE = {"_build", "executed", "runs", "__pycache__", ".ipynb_checkpoints"}
LARGEST = 700_000  # bytes of tests/reference

PARENTS = re.compile(r"__file__\W*(?:resolve\W*)?parents\[(\d+)\]((?:\.parent\b(?!s))*)")
NEIGHBOUR = re.compile(r"""\bshared/(?:data|reference|hooks)\b|\.\./shared\b|(["'])shared\1\s*/|/\s*(["'])shared\2""")
MACHINE = re.compile(r"""(?<![\w.~/-])/(?:work|home|root|mnt|opt|Users)/[\w.-]""")


def outside(name: str, text: str) -> list[str]:
    """Places outside the repository that a file names. name: its path in the repository, with slashes."""
    depth = name.count("/")  # parents[depth] of a file is the repository
    climbs = [m[0] for m in PARENTS.finditer(text) if int(m[1]) + m[2].count(".parent") > depth]
    return climbs + [m[0] for pattern in (NEIGHBOUR, MACHINE) for m in pattern.finditer(text)]


def files() -> list[Path]:
    """Text files of the repository, this one (whose examples are such places) excepted."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in READ]
    return [path for path in paths if not MADE & set(path.parts) and path != Path(__file__).resolve()]


def test_no_file_names_a_place_outside_the_repository():
    named = {(name := path.relative_to(ROOT).as_posix()): outside(name, path.read_text("utf-8")) for path in files()}
    assert len(named) > 200
    assert {name: places for name, places in named.items() if places} == {}


@pytest.mark.parametrize(
    "text",
    [
        "ROOT = Path(__file__).resolve().parents[3]",
        'DATA = Path(__file__).parents[1].parent.parent / "data"',
        'DATA = ROOT.parent / "shared" / "data"',
        "CASES = ROOT / 'shared'",
        'open("shared/reference/ena/summary.json")',
        "the logs lie in ../shared",
        'Path("/home/ani/study")',
        "see /mnt/study/README.md",
    ],
)
def test_a_place_outside_the_repository_is_noticed(text):
    assert outside("tests/coding/test_agreement.py", text)


@pytest.mark.parametrize(
    "text",
    [
        "ROOT = Path(__file__).resolve().parents[2]",
        "ROOT = Path(__file__).parents[1].parent",
        "Carries out a shared order, in a shared chat.",
        'features["shared"] = overlap / whole',
        "https://example.org/home/ani/study",
        "raw ~/exports",
    ],
)
def test_a_place_inside_it_and_a_word_are_not(text):
    assert outside("tests/coding/test_agreement.py", text) == []


def test_every_reference_file_is_listed_with_its_source_and_all_are_small():
    folder = ROOT / "tests" / "reference"
    listed = re.findall(r"`([\w/.*-]+)`", (folder / "README.md").read_text("utf-8"))
    patterns = [pattern if "/" in pattern else f"**/{pattern}" for pattern in listed if "." in pattern]
    documented = {path for pattern in patterns for path in folder.glob(pattern)}
    data = {path for path in folder.rglob("*") if path.is_file() and path.name != "README.md"}
    assert data - documented == set()
    assert sum(path.stat().st_size for path in data) < LARGEST


# Skips

ALLOWED = """
@pytest.mark.skipif(True, reason="no Chromium")
def test_a():
    pass

def test_b():
    pytest.skip("no Chromium")

def test_c():
    pass
"""
OTHERWISE = {
    "called": 'def test_a():\n    pytest.skip("no time")',
    "marked": "@pytest.mark.skip\ndef test_a():\n    pass",
    "conditional": '@pytest.mark.skipif(True, reason="no igraph")\ndef test_a():\n    pass',
    "import": 'def test_a():\n    pytest.importorskip("no_such_package")',
    "module_import": 'pytest.importorskip("no_such_package")',
    "module": 'pytest.skip("not today", allow_module_level=True)',
    "fixture": '@pytest.fixture\ndef thing():\n    pytest.skip("no thing")\n\ndef test_a(thing):\n    pass',
    "expected": '@pytest.mark.xfail(reason="a bug")\ndef test_a():\n    raise ValueError',
    "unreasoned": "@pytest.mark.xfail\ndef test_a():\n    raise ValueError",
}


def suite(
    folder: Path, bodies: dict[str, str], *, slow: str = "", chosen: str = ""
) -> subprocess.CompletedProcess[str]:
    """The outcome of a suite of these test files under the project's own conftest.py.

    slow: the test that its slow.txt lists; chosen: which markers are run, as in pytest's -m.
    """
    tests = folder / "tests"
    tests.mkdir()
    (tests / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"), "utf-8")
    (tests / "slow.txt").write_text(f"{slow}\n", "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  slow\n  engines\n", "utf-8")
    for name, body in bodies.items():
        (tests / f"test_{name}.py").write_text(f"import pytest\n\n{body}\n", "utf-8")
    options = ["-p", "no:cacheprovider", "--import-mode=importlib", "-rfEs", "--continue-on-collection-errors"]
    run = [sys.executable, "-m", "pytest", *options, "--rootdir", str(folder), "-m", chosen, "tests"]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True)


def test_what_was_not_run_is_said_last_and_how_to_get_it(tmp_path):
    done = suite(tmp_path, {"allowed": ALLOWED})
    last, closing = done.stdout.splitlines()[-2:]
    assert last.startswith("Not run: 2 tests (no Chromium): apt-get install chromium")
    assert re.search(r"^=+ 1 passed, 2 skipped in .* =+$", closing)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("chosen", "counted"),
    [("not slow", "1 passed, 2 deselected"), ("slow", "2 passed, 1 deselected"), ("", "3 passed")],
)
def test_a_slow_test_is_run_by_its_own_command_and_by_pytest_alone(tmp_path, chosen, counted):
    cases = '@pytest.mark.parametrize("case", [1, 2])\ndef test_long(case):\n    pass\n\n'
    done = suite(
        tmp_path, {"a": f"{cases}def test_quick():\n    pass"}, slow="tests/test_a.py::test_long", chosen=chosen
    )
    assert done.returncode == 0
    assert counted in done.stdout
    assert ("make test-slow" in done.stdout) == (chosen == "not slow")


def test_a_skip_for_any_other_reason_fails_the_suite(tmp_path):
    done = suite(tmp_path, OTHERWISE)
    assert done.returncode == 1
    failed = re.findall(r"^(?:FAILED|ERROR) tests/test_(\w+)\.py", done.stdout, re.M)
    assert sorted(failed) == sorted(OTHERWISE)
    assert done.stdout.count("does not list the reason") >= len(OTHERWISE)
    assert "Not run" not in done.stdout
