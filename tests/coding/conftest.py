"""A small coded community for the tests of coding: texts that words give away, two coders who slip now and then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.codebook import load
from analysis.coding.anchors import text_hash

CODEBOOK = """\
version: 1
language: en
codes:
  - name: sharing
    definition: Passes something on.
    colour: "#0072B2"
    children:
      - {name: news, definition: News of prices., include: A price that rose., example: harga tepung naik}
      - {name: promotion, definition: Offers one's own goods.}
  - name: informal
    definition: Serves no task.
    children:
      - {name: humour, definition: Jokes.}
      - {name: care, definition: Comforts.}
  - {name: coordination, definition: Organises the association., exclude: Meeting for company.}
"""
WORDS = {
    "news": "info harga {} naik di pasar {}",
    "promotion": "ready {} buatan sendiri 15rb {}",
    "humour": "wkwkwk {} ketiduran maneh {}",
    "care": "semoga {} lekas sembuh ya {} amin",
    "coordination": "rapat pengurus {} jam 19 di balai {}",
    "": "iya {} besok saja {}",
}
FILL = ["tepung", "peyek", "batik", "kopi", "bu Sri", "gula", "kardus", "tahu", "krupuk", "pak Harun"]


def _make_messages(n: int, seed: int = 0) -> pd.DataFrame:
    """Messages of one chat, their true code in a column code (empty: none); conversations of about five messages."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(list(WORDS), size=n, p=[0.15, 0.1, 0.2, 0.1, 0.15, 0.3])
    minutes = np.cumsum(np.where(rng.random(n) < 0.2, 180, rng.integers(1, 9, n)))
    return pd.DataFrame(
        {
            "message_id": [f"umkm-{i:05d}" for i in range(n)],
            "channel": "umkm",
            "time": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(minutes, unit="min"),
            "member": [f"MAAA{'ABCDEFGHIJ'[i]}" for i in rng.integers(0, 10, n)],
            "text": [WORDS[c].format(rng.choice(FILL), rng.choice(FILL)) for c in codes],
            "kind": "text",
            "edited": False,
            "reply_to": None,
            "source": "umkm.txt",
            "line": np.arange(1, n + 1),
            "code": codes,
        }
    )


def _make_codings(messages: pd.DataFrame, double: int, slip: float = 0.05, seed: int = 1) -> pd.DataFrame:
    """Codings of the messages by ani, of the first `double` of them by budi too; each slips with that probability."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, message in enumerate(messages.itertuples()):
        for coder in ("ani", "budi") if i < double else ("ani",):
            code = message.code if rng.random() > slip else rng.choice(list(WORDS))
            rows.append(
                (
                    message.message_id,
                    0,
                    len(message.text),
                    code or None,
                    coder,
                    1,
                    text_hash(message.text),
                    None,
                    None,
                    None,
                )
            )
    return pd.DataFrame(rows, columns=list(tables.Codings.columns))


def _write_study(root, messages: pd.DataFrame, codings: pd.DataFrame, codebook: str | None = CODEBOOK) -> study.Paths:
    """A study's folder as ingest leaves it."""
    paths = study.Paths(root)
    paths.raw.mkdir(parents=True)
    ingested, codes = paths.processed("ingest"), tables.empty(tables.Codebook)
    if codebook:
        (paths.raw / "codebook.yaml").write_text(codebook, encoding="utf-8")
        codes = load(paths.raw / "codebook.yaml").table()
    tables.write(codes, ingested / "codebook.parquet", tables.Codebook)
    tables.write(tables.empty(tables.Sample), ingested / "sample.parquet", tables.Sample)
    tables.write(messages[list(tables.Messages.columns)], ingested / "messages.parquet", tables.Messages)
    tables.write(tables.empty(tables.Utterances), ingested / "utterances.parquet", tables.Utterances)
    people = pd.DataFrame({"member": sorted(messages["member"].unique())})
    people = people.assign(sector=None, role=None, joined=pd.NaT, consent="quotes")
    people.loc[people["member"] == "MAAAA", "consent"] = "aggregate"
    tables.write(people, ingested / "members.parquet", tables.Members)
    tables.write(codings, ingested / "codings.parquet", tables.Codings)
    return paths


@pytest.fixture(scope="session")
def case(reference) -> Callable[[str], dict]:
    """case("cohen_sas"): a worked example of intercoder agreement with its published answers."""
    cases = {case["id"]: case for case in reference("reliability_cases.json")["cases"]}
    return cases.__getitem__


@pytest.fixture(scope="session")
def make_messages():
    return _make_messages


@pytest.fixture(scope="session")
def make_codings():
    return _make_codings


@pytest.fixture(scope="session")
def write_study():
    return _write_study


@pytest.fixture
def codebook_file(tmp_path):
    path = tmp_path / "codebook.yaml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def coded_study(tmp_path_factory) -> study.Paths:
    messages = _make_messages(900)
    return _write_study(tmp_path_factory.mktemp("coded"), messages, _make_codings(messages.iloc[:300], double=120))
