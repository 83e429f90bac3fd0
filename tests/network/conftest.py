"""Published networks to compare with, a busy chat, and what the step makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.network import step
from analysis.network.replies import infer_replies
from analysis.network.ties import Exchange, exchange

from .chats import ANA, BEN, CUT, DED, annotations, coded_by_turns, drawn_truth, lively

PARAMS = step.Params(
    informal=["informal_interaction"], business=["partnership"], gap_s=300, least=1, hours=3, draws=20, slow_draws=8,
    windows=[12, 4, 2], engine="networkx", confidence=0.95, seed=1,
)  # fmt: skip


@pytest.fixture(scope="session")
def relation(root: Path) -> Callable[[str], np.ndarray]:
    """The published relation with this name as a matrix."""

    def read(name: str) -> np.ndarray:
        path = root / f"tests/reference/networks/data/{name}.csv"
        labelled = path.read_text().startswith('""')
        return pd.read_csv(path, header=0 if labelled else None, index_col=0 if labelled else None).to_numpy(float)

    return read


@pytest.fixture(scope="session")
def busy() -> Exchange:
    """The turns of four members in two lively chats."""
    messages = lively()
    return exchange(messages, infer_replies(messages))


@pytest.fixture(scope="session")
def params() -> step.Params:
    return PARAMS


@pytest.fixture(scope="session")
def data_of() -> Callable[..., step.Data]:
    """What the step reads of these messages, members and annotations, every second message coded informal."""

    def make(
        messages: pd.DataFrame, members: tuple[str, ...] = (ANA, BEN, CUT, DED), marked: pd.DataFrame | None = None
    ) -> step.Data:
        roster = pd.DataFrame({"member": list(members), "sector": None, "role": None, "joined": pd.NaT})
        roster = tables.conform(roster.assign(consent="quotes"), tables.Members)
        nothing = tables.empty(tables.Annotations)
        return step.Data(messages, roster, coded_by_turns(messages), nothing if marked is None else marked)

    return make


@pytest.fixture(scope="session")
def results(data_of) -> dict:
    """Every result of the step for the lively chats, annotated by two, by name, and the data."""
    messages = lively()
    data = data_of(messages, marked=annotations(drawn_truth(messages), size=90, error=0.1))
    return {"data": data, **vars(step.assess(data, PARAMS))}
