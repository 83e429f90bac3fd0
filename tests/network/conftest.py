"""Where the third-party answers are, and skipping where they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    def path(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"../shared/{name} is not here")
        return SHARED / name

    return path


@pytest.fixture(scope="session")
def reference(shared: Callable[[str], Path]) -> Callable[[str], Any]:
    """The JSON file of reference outputs with this name."""
    return lambda name: json.loads(shared(f"reference/networks/{name}.json").read_text())


@pytest.fixture(scope="session")
def relation(shared: Callable[[str], Path]) -> Callable[[str], np.ndarray]:
    """The published relation with this name as a matrix."""

    def read(name: str) -> np.ndarray:
        path = shared(f"reference/networks/data/{name}.csv")
        labelled = path.read_text().startswith('""')
        return pd.read_csv(path, header=0 if labelled else None, index_col=0 if labelled else None).to_numpy(float)

    return read
