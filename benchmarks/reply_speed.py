"""Speed of inferring replies: python benchmarks/table.py replies. How right they are, benchmarks/replies.py measures.

No other package infers replies in chats without training data of its own, so the rule by which a name that opens a
message says whom it answers stands next to the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
from table import Case, ours
from timed import chosen, report

from analysis.network.replies import infer_replies
from analysis.network.replies.rule import addressee_rule
from analysis.simulate import simulate_community

METHODS = {"model": infer_replies, "rule": addressee_rule}
MEMBERS, MONTHS, SMALL = 40, 12, 20  # of the community; messages of a small chat


def infer(method: str, path: str) -> None:
    messages = pd.read_parquet(path)
    report(lambda: METHODS[method](messages), lambda made: made["message_id"].nunique())


def cases(folder: Path) -> Iterator[Case]:
    made = simulate_community(0, MEMBERS, MONTHS).messages
    about = {"message_id": [f"m{row}" for row in range(len(made))], "sender": made["member"].astype("str")}
    messages = made[["channel", "time", "text", "kind"]].assign(**about, reply_to=pd.Series(None, made.index, "str"))
    small = messages.assign(channel=[f"c{row // SMALL}" for row in range(len(messages))])
    for table, chats in ((messages, messages["channel"].nunique()), (small, small["channel"].nunique())):
        path = folder / f"{chats}.parquet"
        table.to_parquet(path)
        rule = replace(ours("reply_speed.py", "rule", str(path)), name="plain rule")
        yield Case(f"{len(table):,} messages in {chats:,} chats", [ours("reply_speed.py", "model", str(path)), rule])


if __name__ == "__main__":
    chosen({name: lambda path, name=name: infer(name, path) for name in METHODS})
