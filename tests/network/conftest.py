"""Published networks to compare with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def relation(root: Path) -> Callable[[str], np.ndarray]:
    """The published relation with this name as a matrix."""

    def read(name: str) -> np.ndarray:
        path = root / f"tests/reference/networks/data/{name}.csv"
        labelled = path.read_text().startswith('""')
        return pd.read_csv(path, header=0 if labelled else None, index_col=0 if labelled else None).to_numpy(float)

    return read
