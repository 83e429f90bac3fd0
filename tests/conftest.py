"""What several tests use: the project's root, third-party answers, a browser; what may be skipped."""

from __future__ import annotations

import os

from analysis.study import rounding

os.environ.update(rounding())  # before numpy is read: as in a step, and each core has a process of its own

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import pytest
import yaml
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from analysis import study

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "tests" / "reference"
WHOLE = "tests/verify/"  # breaks one study, which is run and built once,
WALK = "tests/verify/test_walk.py"  # but for the walk, which makes its own
SLOWEST = (  # start first, so that no process waits for the other at the end
    WHOLE, "tests/books/", "tests/browser/", "tests/test_calibration.py", "tests/test_simulate.py", "tests/halfway/",
    "tests/book/", "tests/test_pipeline.py", "tests/coding/", "tests/robustness/", "tests/partnership/",
    "tests/network/", "tests/tools/",
)  # fmt: skip
DRAWS = ("bootstrap", "null_draws", "draws", "slow_draws", "labels", "permutations", "shuffles", "orders")
FEW = 20
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-quic", "disable-background-networking",
         "disable-component-update", "disable-sync", "no-first-run")  # fmt: skip
NOT_HERE = {  # the only reasons to skip a test, and how to get what is missing
    "no Chromium": "apt-get install chromium, or GUYUB_CHROMIUM=PROGRAM; then make test-slow",
    "no EoN": "pip install EoN==2.0 (MIT), or the lock of tests; then make test",
    "no Ubuntu IRC logs": "GUYUB_IRC=FOLDER make test; FOLDER is data/ of github.com/jkkummerfeld/irc-disentanglement",
}
SLOW = frozenset((ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines())  # docs/adr/0025
ELSEWHERE = {  # the tests of a marker that `make test` leaves out, and how to run them
    "engines": "the tests of DuckDB, Polars and Spark: make test-engines",
    "slow": "whole studies, browsers and whatever else takes over half a second (tests/slow.txt): make test-slow",
}

# How long an example takes says what else the machine does. One commit passes or fails everywhere alike: what is drawn
# at random anew each time are the damaged exports of `make bench`.
settings.register_profile("guyub", deadline=None, derandomize=True)
settings.load_profile("guyub")


class OneStudy(LoadFileScheduling):
    """Gives each process whole files, the slowest first, and to one all that break the study of tests/verify."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False  # by how many tests a file has, which says nothing of how long it takes
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        one = nodeid.startswith(WHOLE) and not nodeid.startswith(WALK)
        return "whole study" if one else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneStudy:
    return OneStudy(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Marks what tests/slow.txt lists, before -m chooses; then the slowest files first, otherwise as collected."""
    for item in items:
        if not SLOW.isdisjoint((item.nodeid.split("::")[0], item.nodeid.split("[")[0])):
            item.add_marker("slow")
    yield
    items.sort(key=lambda item: next((i for i, name in enumerate(SLOWEST) if item.nodeid.startswith(name)), 99))


# Nothing is skipped in silence


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    return failed_unless_allowed((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    return failed_unless_allowed((yield))


def failed_unless_allowed(report: Any) -> Any:
    """The report of a test or of a file; failed where it was skipped for a reason that NOT_HERE does not list."""
    if report.skipped and (reason := reason_of(report)) not in NOT_HERE:
        vars(report).pop("wasxfail", None)
        report.outcome, report.longrepr = "failed", f"skipped, but tests/conftest.py does not list the reason: {reason}"
    return report


def reason_of(report: Any) -> str:
    """Why a test was skipped, or is expected to fail."""
    skip = isinstance(report.longrepr, tuple)
    return report.longrepr[2].removeprefix("Skipped: ") if skip else f"xfail: {report.wasxfail}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Iterator[None]:
    """Say last what was not run and how to run it."""
    yield
    for reason, tests in sorted(Counter(map(reason_of, terminalreporter.stats.get("skipped", []))).items()):
        terminalreporter.write_line(f"Not run: {tests} test{'s' * (tests > 1)} ({reason}): {NOT_HERE[reason]}")
    for marker, how in ELSEWHERE.items():
        if f"not {marker}" in terminalreporter.config.option.markexpr:
            terminalreporter.write_line(f"Not run: {how}")


# Fixtures


@pytest.fixture(autouse=True)
def figures_closed() -> Iterator[None]:
    """Leaves no figure open: after twenty, matplotlib warns whoever draws next, and a warning fails a test."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def reference():
    """reference("networks/inequality.json"): third-party answers or data of tests/reference.

    JSON is parsed; CSV is read into a table, with pandas' keywords.
    """

    def read(name: str, **csv: Any) -> Any:
        path = REFERENCE / name
        return json.loads(path.read_text(encoding="utf-8")) if path.suffix == ".json" else pd.read_csv(path, **csv)

    return read


@pytest.fixture(scope="session")
def irc_logs() -> Path:
    """The annotated Ubuntu logs (Kummerfeld et al. 2019): a folder with dev/ and train/, named by GUYUB_IRC."""
    if not (named := os.environ.get("GUYUB_IRC")):
        pytest.skip("no Ubuntu IRC logs")
    folder = Path(named)
    assert any(folder.glob("dev/*.ascii.txt")), f"GUYUB_IRC: no dev/*.ascii.txt in {folder}"
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, run by playwright: the program named by GUYUB_CHROMIUM, or the first of CHROMIUM on the PATH."""
    from playwright.sync_api import sync_playwright

    named = os.environ.get("GUYUB_CHROMIUM")
    program = next(filter(None, map(shutil.which, [named] if named else CHROMIUM)), None)
    assert program or not named, f"GUYUB_CHROMIUM: no program {named}"
    if not program:
        pytest.skip("no Chromium")
    with sync_playwright() as engine:
        opened = engine.chromium.launch(executable_path=program, args=[f"--{flag}" for flag in FLAGS])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def quick_books() -> Iterator[Callable[[], AbstractContextManager[Any]]]:
    """Within quick_books() a book is built as ever, but Sphinx is imported once for all of them (tests/forks.py)."""
    from tests.forks import Forks

    forks = Forks()
    yield lambda: mock.patch("analysis.book.sphinx_build.subprocess", forks)
    forks.close()


@pytest.fixture(scope="session")
def copied() -> Callable[[Path], study.Paths]:
    """copied(folder): a copy of the study's sources there, without data or results."""

    def copy(folder: Path) -> study.Paths:
        for name in ("dvc.yaml", "params.yaml", "claims.yaml"):
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        return study.Paths(folder)

    return copy


@pytest.fixture
def bare_study(copied, tmp_path) -> study.Paths:
    """A copy of the study's sources without data or results, to break at will."""
    return copied(tmp_path)


@pytest.fixture(scope="session")
def with_few_draws() -> Callable[[study.Paths], None]:
    """with_few_draws(paths): let a study whose numbers are not what is tested draw little of everything."""

    def write(paths: study.Paths) -> None:
        place = paths.root / "params.yaml"
        params = yaml.safe_load(place.read_text(encoding="utf-8"))
        for values in params.values():
            values.update({name: min(values[name], FEW) for name in DRAWS if name in values})
        place.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")

    return write
