"""Every engine gives the same tables, to the last bit, and the right ones. Run by `make test-engines`."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.corpus import settings, talk
from analysis.corpus.chats import SCHEMA, place_of
from analysis.corpus.engines import ENGINES, engine
from analysis.corpus.replies import of_file, ties_by_model
from analysis.corpus.site import make_page
from analysis.corpus.summary import TABLES, fingerprint, in_order, make_tables, summarise
from analysis.corpus.summary import table as by_rule
from analysis.errors import InputError
from analysis.sharing import concentration
from analysis.study import data_source

pytestmark = pytest.mark.engines

TEXTS = ("siap", "jam berapa?", "besok jam 9")
OTHERS = [name for name in ENGINES if name != "pandas"]


def chat(code: str, members: int, messages: int, rng: random.Random) -> pa.Table:
    """Messages at random: silences, system lines, and explicit replies, also to oneself."""
    second, rows = 1_700_000_000, []
    for place in range(messages):
        second += rng.choice([5, 60, 301, 3_600, 3_601, 90_000])
        member = None if rng.random() < 0.05 else f"M{rng.randrange(members):04d}"
        earlier = [row for row in rows if row["member"]] if member and rng.random() < 0.1 else []
        answered = rng.choice(earlier)["member"] if earlier else None
        rows.append({
            "message_id": f"{code}-{place}", "channel": code, "place": place, "second": second, "member": member,
            "time": pd.Timestamp(second, unit="s", tz="UTC"), "text": rng.choice(TEXTS),
            "kind": "text", "edited": False, "reply_to": None, "answered": answered, "line": place + 1,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A corpus of chats of 1 to 12 members, in a folder whose name is a pattern."""
    out, rng = tmp_path_factory.mktemp("corpus [1]"), random.Random(5)
    for number in range(12):
        place = place_of(out, f"c{number:02d}")
        place.parent.mkdir(parents=True)
        pq.write_table(chat(f"c{number:02d}", number + 1, rng.randrange(1, 400), rng), place)
    settings.settled(out, {})
    pd.DataFrame({"chat": ["c00"], "simulated": [True]}).to_parquet(out / "manifest.parquet")
    return out


@pytest.fixture(scope="module")
def by_pandas(corpus, tmp_path_factory) -> dict[str, pd.DataFrame]:
    with engine("pandas") as own:
        make_tables(own, corpus / "messages", into := tmp_path_factory.mktemp("pandas"))
    return {name: in_order(pd.read_parquet(into / f"{name}.parquet")) for name in TABLES}


def answers_in_python(messages: pd.DataFrame) -> Counter[tuple[str, str, str]]:
    """What talk.answers says it counts, message by message."""
    found, turn = Counter(), {}
    for row in messages[messages["member"].notna()].sort_values(["channel", "place"]).itertuples():
        last, other = turn.get(row.channel, (None, None))  # the last message, and the last of the other before it
        if last is not None and last.member != row.member:
            other = last
        begins = last is None or last.member != row.member or row.second - last.second > talk.GAP_S
        explicit = row.answered if isinstance(row.answered, str) and row.answered != row.member else None
        if explicit and (begins or other is None or explicit != other.member):
            found[row.channel, row.member, explicit] += 1
        elif begins and not explicit and other is not None and row.second - other.second <= talk.WINDOW_S:
            found[row.channel, row.member, other.member] += 1
        turn[row.channel] = row, other
    return found


def test_ties_are_those_that_a_loop_over_the_messages_counts(corpus, by_pandas):
    messages = pd.read_parquet(corpus / "messages", partitioning=None)
    columns = ["channel", "member", "answered", "weight"]
    assert dict(answers_in_python(messages)) == {
        row[:3]: row[3] for row in by_pandas["ties"][columns].itertuples(index=False)
    }


def test_inequality_is_that_of_the_study_and_its_error_the_jackknifes(by_pandas):
    groups, counts = by_pandas["groups"].set_index("channel"), by_pandas["counts"].groupby("channel")["messages"]
    for channel, own in counts:
        x = own.to_numpy()
        if len(x) > 2:
            whole = concentration(x, bootstrap=2)["value"]
            left_out = [
                concentration(x[[j for j in range(len(x)) if j != i]], bootstrap=2)["value"] for i in range(len(x))
            ]
            each = pd.Series([one["gini_corrected"] for one in left_out])
            error = ((len(x) - 1) / len(x) * ((each - each.mean()) ** 2).sum()) ** 0.5
            row = groups.loc[channel, ["gini", "gini_se", "hhi", "top1_share", "top3_share"]].tolist()
            expected = [whole["gini_corrected"], error, whole["hhi"], whole["top1_share"], whole["top3_share"]]
            assert row == pytest.approx(expected, abs=1e-8)


def test_reciprocity_is_the_share_of_answers_that_go_back(by_pandas):
    dyads = defaultdict(lambda: [0, 0])
    for row in by_pandas["ties"].itertuples():
        dyads[row.channel, *sorted((row.member, row.answered))][row.member > row.answered] += row.weight
    groups = by_pandas["groups"].set_index("channel")
    for channel in groups.index:
        own = pd.DataFrame([pair for key, pair in dyads.items() if key[0] == channel], columns=["one", "two"])
        assert groups.loc[channel, "dyads"] == len(own)
        if len(own) > 1:
            a, b = own.sum(axis=1), 2 * own.min(axis=1)
            share = b.sum() / a.sum()
            error = (len(own) / (len(own) - 1) * ((b - share * a) ** 2).sum()) ** 0.5 / a.sum()
            assert groups.loc[channel, ["reciprocity", "reciprocity_se"]].tolist() == pytest.approx(
                [share, error], abs=1e-8
            )


@pytest.mark.parametrize("name", OTHERS)
def test_every_engine_gives_the_same_tables(corpus, by_pandas, tmp_path, name):
    with engine(name, master="local[2]", memory="1GB", spill=tmp_path / "spill") as own:
        make_tables(own, corpus / "messages", tmp_path)
        if name == "spark":
            by_workers = ties_by_model(own, corpus, ["c05", "c06"], processes=2)
            here = pd.concat([of_file(str(place_of(corpus, each))) for each in ("c05", "c06")])
            assert fingerprint(_sorted(by_workers)) == fingerprint(_sorted(here))
    made = {each: fingerprint(in_order(pd.read_parquet(tmp_path / f"{each}.parquet"))) for each in TABLES}
    assert made == {each: fingerprint(by_pandas[each]) for each in TABLES}


def _sorted(ties: pd.DataFrame) -> pd.DataFrame:
    return ties.astype(dict.fromkeys(ties.columns[:3], "str")).sort_values(list(ties)[:3], ignore_index=True)


def test_a_cluster_of_two_workers_gives_the_same_ties(corpus, by_pandas):
    with engine("spark", master="local-cluster[2,1,1024]", memory="1GB") as own:
        ties = talk.ties(own.read(corpus / "messages")).collect("pyarrow").to_native().to_pandas()
    assert fingerprint(in_order(ties)) == fingerprint(by_pandas["ties"])


def test_the_tables_and_the_page_of_a_corpus_are_put_in_place(corpus):
    assert len(summarise(corpus, model=True)) == 12
    by_model = pd.read_parquet(corpus / "tables" / "ties_by_model.parquet")
    assert set(by_model["channel"]) <= set(by_rule(corpus, "groups")["channel"])
    assert (by_model["weight"] > 0).all()
    assert not (corpus / "spill").exists()
    make_page(corpus)
    page = (corpus / "book" / "groups.html").read_text(encoding="utf-8")
    assert "Groups compared" in page
    assert page.count(data_source(True)) > page.count("<figure") // 2
    assert not list(corpus.glob("*.draft"))


def test_a_damaged_file_of_the_corpus_is_reported_in_a_sentence(corpus):
    before = place_of(corpus, "c03").read_bytes()
    place_of(corpus, "c03").write_bytes(before[:-20])
    try:
        with pytest.raises(InputError, match=r"(?s)duckdb failed: .*delete it"):
            summarise(corpus)
    finally:
        place_of(corpus, "c03").write_bytes(before)
    assert not (corpus / "tables.draft" / "groups.parquet").exists()
