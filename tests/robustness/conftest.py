"""A small chat, and what the step reads of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.codebook import Codebook
from analysis.errors import Missing
from analysis.partnership import step as partnership
from analysis.robustness.options import Data, previous_message
from analysis.sharing import step as sharing

NAMES = [f"M{letter * 4}" for letter in "ABCDEFGHIJKL"]
START = pd.Timestamp("2024-01-01", tz="UTC")
SHARING = sharing.Params(
    code="news", confidence=0.95, labels=4, bootstrap=60, null_draws=99, block_weeks=4, least_people=3, seed=1
)
PARTNERSHIP = partnership.Params(
    informal=["talk"], business=["news"], gap_s=300, hours=3, window_days=30, wave_days=30, splits=[0.4], draws=2,
    permutations=9, shuffles=9, confidence=0.95, seed=1,
)  # fmt: skip


@pytest.fixture
def chat() -> Callable[..., pd.DataFrame]:
    """Messages of one chat: (minute, number of the member)."""

    def make(*rows: tuple[int, int]) -> pd.DataFrame:
        frame = pd.DataFrame({"message_id": [f"m{k}" for k in range(len(rows))], "channel": "umkm", "kind": "text"})
        frame["time"] = START + pd.to_timedelta([minute for minute, _ in rows], unit="min")
        frame["member"] = [NAMES[who] for _, who in rows]
        frame = frame.assign(text="x", edited=False, reply_to=None, source="s", line=1)
        return tables.conform(frame[list(tables.Messages.columns)], tables.Messages)

    return make


@pytest.fixture
def data_of() -> Callable[..., Data]:
    """What the step reads of these messages; alpha: by code."""

    def make(
        messages: pd.DataFrame,
        coded: pd.DataFrame | None = None,
        book: Codebook | Missing = Missing("there is no codebook"),  # noqa: B008
        alpha: dict[str, float] | None = None,
    ) -> Data:
        roster = pd.DataFrame({"member": NAMES[:4], "sector": None, "role": ["chair", "member", "bot", None]})
        roster = roster.assign(joined=pd.NaT, consent=["quotes", "quotes", "aggregate", "quotes"])
        members = tables.conform(roster, tables.Members)
        coded = tables.empty(tables.Coded) if coded is None else coded
        held_out = pd.DataFrame(columns=["unit_id", "conversation", "code", "value", "probability"])
        agreement = pd.DataFrame({"code": list(alpha or {}), "alpha": list((alpha or {}).values()), "usable": True})
        alone = tables.empty(tables.Coded).assign(coder=pd.Series(dtype=str))
        placed = pd.DataFrame({"unit_id": messages["message_id"], "conversation": "c", "inclusion": np.nan})
        partnerships, replies = tables.empty(tables.Partnerships), tables.empty(tables.Replies)
        return Data(
            pairs=partnership.Data(messages, members, partnerships, coded, replies, held_out, agreement),
            news=sharing.Data(messages, members, coded, held_out, placed, agreement, alone),
            book=book, of_pairs=PARTNERSHIP, of_news=SHARING, folds=3, declared=[], measured={},
        )  # fmt: skip

    return make


@pytest.fixture
def news_of_three(chat, data_of) -> Data:
    """Three members of whom the first writes nearly all news."""
    messages = chat(*((60 * k, k % 3) for k in range(300)))
    news = (np.arange(300) % 3 == 0) & (np.arange(300) % 2 == 0) | (np.arange(300) % 30 == 1)
    coded = pd.DataFrame({"unit_id": messages["message_id"], "code": "news", "value": news.astype(int)})
    return data_of(messages, tables.conform(coded.assign(probability=news.astype(float), origin="human"), tables.Coded))


@pytest.fixture
def talkative(chat, data_of) -> Data:
    """Twelve members who answer each other, informally or not, for 180 days; some become partners."""
    rng = np.random.default_rng(1)
    minutes, who = np.sort(rng.uniform(0, 180 * 1440, 900)), rng.choice(12, 900, p=np.arange(1, 13) / 78)
    minutes = np.repeat(minutes[::3], 3) + np.tile([0, 2, 4], 300)
    messages = chat(*zip(minutes, who, strict=True))
    informal = rng.random(900) < 0.5
    each = {"talk": informal, "news": ~informal}
    coded = pd.concat(
        [pd.DataFrame({"unit_id": messages["message_id"], "code": c, "value": v}) for c, v in each.items()]
    )
    coded = coded.assign(probability=coded["value"].astype(float), value=coded["value"].astype(int), origin="human")
    data = data_of(messages, tables.conform(coded, tables.Coded))
    a, b = np.triu_indices(12, 1)
    pairs = rng.choice(a.size, 15, replace=False)
    since = START + pd.to_timedelta(rng.integers(35, 150, 15), unit="D")
    people = np.array(NAMES)
    frame = pd.DataFrame({"member_a": people[a[pairs]], "member_b": people[b[pairs]], "since": since, "kind": None})
    partnerships = tables.conform(frame, tables.Partnerships)
    roster = pd.DataFrame({"member": NAMES, "sector": None, "role": None, "joined": pd.NaT, "consent": "quotes"})
    members = tables.conform(roster, tables.Members)
    own = replace(data.pairs, members=members, partnerships=partnerships, replies=previous_message(messages))
    return replace(data, pairs=own)
