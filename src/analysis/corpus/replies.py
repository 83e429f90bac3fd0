"""The trained reply model in every chat of a corpus, chat by chat on the workers of its engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from analysis.corpus.chats import place_of
from analysis.corpus.engines import Engine
from analysis.corpus.workers import mapped
from analysis.errors import InputError
from analysis.network.replies import infer_replies
from analysis.network.ties import exchange, linked_turns

KINDS = {"channel": "str", "member": "str", "answered": "str", "weight": "float64"}
SCHEMA = "channel string, member string, answered string, weight double"  # as Spark writes it
DIGITS = 6  # of weights
LEAST = 5e-4  # expected turns below which there is no tie, as in network.ties


def expected_ties(messages: pd.DataFrame) -> pd.DataFrame:
    """Ties of a chat by the trained model: channel, member, answered, weight (turns expected to answer the other).

    messages: of a chat of a corpus, in its order.
    """
    chat = exchange(messages, infer_replies(messages))
    linked, member = linked_turns(chat.links), chat.turns["member"].to_numpy()
    ends = {"member": member[linked["later"]], "answered": member[linked["earlier"]]}
    pairs = pd.DataFrame(ends | {"weight": linked["probability"].to_numpy()})
    sums = pairs[pairs["member"] != pairs["answered"]].groupby(["member", "answered"], as_index=False)["weight"].sum()
    kept = sums[sums["weight"] >= LEAST].round({"weight": DIGITS})
    named = {name: chat.members[kept[name]].to_numpy() for name in ("member", "answered")}
    channel = messages["channel"].iloc[0] if len(messages) else ""
    return kept.assign(channel=channel, **named)[list(KINDS)].astype(KINDS).reset_index(drop=True)


def of_file(path: str) -> pd.DataFrame:
    """expected_ties of the messages in a file."""
    return expected_ties(pd.read_parquet(path).sort_values("place", ignore_index=True))


def ties_by_model(own: Engine, out: Path, chats: Iterable[str], *, processes: int) -> pd.DataFrame:
    """Ties of the chats of a corpus (codes) by the trained model: on Spark its workers make them, else processes here.

    Raises InputError with the chat that failed, after the others are done.
    """
    paths = [str(place_of(out, chat)) for chat in chats]
    frames = list(_on_spark(own, paths) if own.name == "spark" else _in_processes(paths, processes))
    return pd.concat([pd.DataFrame(columns=list(KINDS)).astype(KINDS), *frames], ignore_index=True)


def _in_processes(paths: list[str], processes: int) -> Iterator[pd.DataFrame]:
    failed = {}
    for path, made in mapped(of_file, paths, processes):
        if isinstance(made, BaseException):
            failed[path] = made
        else:
            yield made
    if failed:
        path, error = next(iter(failed.items()))
        what = f"{len(failed)} of {len(paths)} chats failed; the first said: {type(error).__name__}: {error}"
        raise InputError(what, path=path, fix="Delete the chat's file; guyub corpus DIR --out OUT reads it again.")


def _on_spark(own: Engine, paths: list[str]) -> Iterator[pd.DataFrame]:
    listed = own.session.createDataFrame([(path,) for path in paths], "path string")
    parts = min(len(paths), 4 * own.session.sparkContext.defaultParallelism)
    made = listed.repartition(parts).mapInPandas(_of_batches, SCHEMA)
    yield made.toArrow().to_pandas()  # its toPandas is not for pandas 3


def _of_batches(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The expected ties of one Spark worker's share of the chats."""
    return (of_file(path) for batch in batches for path in batch["path"])
