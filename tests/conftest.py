"""What several tests share: the project's root, reference answers of third parties, a study folder to break."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from analysis import study

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
WHOLE = ("tests/verify/", "tests/test_pipeline.py")  # run whole studies

# How long an example takes says what else the machine does. One commit passes or fails everywhere alike: what is drawn
# at random anew each time are the damaged exports of `make bench`.
settings.register_profile("guyub", deadline=None, derandomize=True)
settings.load_profile("guyub")


class OneStudy(LoadFileScheduling):
    """Gives each process whole files, and to one all that run whole studies: early, and the study they break once."""

    def _split_scope(self, nodeid: str) -> str:
        return "whole studies" if nodeid.startswith(WHOLE) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneStudy:
    return OneStudy(config, log)


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
def shared() -> Path:
    """The folder of third-party answers and public data, kept outside the project."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here: third-party answers cannot be compared")
    return SHARED


@pytest.fixture(scope="session")
def reference(shared):
    """reference("networks/inequality.json"): a JSON file of third-party answers."""
    return lambda name: json.loads((shared / "reference" / name).read_text(encoding="utf-8"))


@pytest.fixture
def bare_study(tmp_path) -> study.Paths:
    """A copy of the study's sources without data or results, to break at will."""
    for name in ("dvc.yaml", "params.yaml", "claims.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return study.Paths(tmp_path)
