"""The list of figures and tables is that of the notebooks, and the container holds what it must and nobody's data."""

import fnmatch
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analysis import study
from analysis.reads import Program

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def exhibits():
    spec = importlib.util.spec_from_file_location("exhibits", ROOT / "docs" / "exhibits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_of_figures_and_tables_is_that_of_the_notebooks(exhibits):
    listed = (ROOT / "docs" / "exhibits.md").read_text(encoding="utf-8")
    assert listed == exhibits.page(study.Paths(ROOT)), "python docs/exhibits.py writes it anew"
    made = re.findall(r"\| `(\w+\.[\w.]+)` \|", listed)
    program = Program(ROOT)
    assert len(made) > 100
    assert [name for name in made if not program.line(f"analysis.{name}")] == []


def dockerfile() -> list[tuple[str, str]]:
    """Instructions and what follows them."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [tuple(line.split(" ", 1)) for line in lines]


def copied(name: str) -> bool:
    """Whether a file of the repository is in the build's context: the last pattern of .dockerignore that fits counts"""
    kept = True
    parents = [name, *(parent.as_posix() for parent in Path(name).parents)]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and any(fits(parent, pattern) for parent in parents if parent != "."):
            kept = line.startswith("!")
    return kept


def fits(name: str, pattern: str) -> bool:
    any_depth = pattern.removeprefix("**/")
    return fnmatch.fnmatch(name, pattern) or (any_depth != pattern and Path(name).name == any_depth)


@pytest.fixture(scope="module")
def tracked():
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True
    ).stdout
    return [name for name in listed.split("\0") if name]


def test_the_image_holds_no_raw_file_key_or_result(tracked):
    away = ["secrets/pseudonym.key", "data/raw/chats/x.txt", "data/processed/ingest/messages.parquet", ".guyub/x",
            ".git/x", "book/_build/html/index.html", "book/executed/03-sharing.ipynb", ".venv/x", "metrics/x.json",
            "study.yaml", "src/analysis/__pycache__/x.pyc", "papers/consent.md"]  # fmt: skip
    assert [name for name in away if copied(name)] == []
    assert [name for name in tracked if name.startswith("data/raw/") and copied(name)] == []


def test_the_image_holds_what_the_wheel_is_built_from(tracked):
    given = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["guyub"]
    patterns = [*given["released"], *given["begun_with"]]
    needed = {
        path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()
    }
    needed |= {name for name in tracked if name.startswith("src/")} | {"pyproject.toml", ".ci/wheel.py"}
    left_out = {name for name in needed & set(tracked) if not copied(name)}
    assert left_out <= {".ci/run", "Dockerfile", ".dockerignore", ".devcontainer/devcontainer.json"}


def test_the_image_installs_as_make_study_does():
    steps = dockerfile()
    base = next(words for kind, words in steps if kind == "FROM")
    python = re.fullmatch(r"python:(3\.\d+)-slim", base)[1]
    assert f"Programming Language :: Python :: {python}" in (ROOT / "pyproject.toml").read_text(encoding="utf-8") or (
        python in (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    )
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    wanted = [set(re.findall(r"--[\w-]+|requirements\.lock", line)) - {"--quiet"}
              for line in re.findall(r"pip install .*(?:requirements\.lock|-e \.)", makefile)]  # fmt: skip
    got = [set(re.findall(r"--[\w-]+|requirements\.lock", words)) - {"--no-cache-dir"}
           for kind, words in steps if kind == "RUN" and "pip install" in words]  # fmt: skip
    assert got == wanted[:2]
    for kind, words in steps:
        if kind == "COPY" and not words.startswith("."):
            assert all((ROOT / name).is_file() and copied(name) for name in words.split()[:-1])


def test_whoever_runs_the_image_by_number_has_a_name_for_dvc_and_a_home_that_the_build_left_alone():
    steps = dockerfile()
    last_run = max(place for place, (kind, _) in enumerate(steps) if kind == "RUN")
    names = {word.split("=")[0] for kind, words in steps[last_run:] if kind == "ENV" for word in words.split()}
    assert names >= {"HOME", "LOGNAME"}


def test_every_line_of_dockerignore_means_something():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    named = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_devcontainer_is_of_that_image():
    given = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert (ROOT / ".devcontainer" / given["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (ROOT / ".devcontainer" / given["build"]["context"]).resolve() == ROOT
    assert f"target={given['workspaceFolder']}," in given["workspaceMount"]


def test_the_workflows_fit_the_schema_of_github():
    files = sorted(map(str, (ROOT / ".github" / "workflows").glob("*.yml")))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_action_is_named_by_major_tag_or_by_a_hash_with_its_tag():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for used in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
            assert re.match(r"[\w-]+/[\w-]+@(v\d+( +#.*)?|[0-9a-f]{40} # v\d+.*)$", used), used
