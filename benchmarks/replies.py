"""Who answers whom, scored against people's annotation of the Ubuntu logs, and in the simulated community.

    python benchmarks/replies.py --irc DIR           # prints the tables; the logs' dev part in DIR/dev
    python benchmarks/replies.py --irc DIR --write   # and keeps them in docs/replies.yaml, which the book reads

Precision, recall and F are micro over (file, later, earlier), self-links and system lines included (Kummerfeld et al.
2019); a method is judged by its likeliest answer. Masked: nicknames deleted from the text. The calibration error is of
the likeliest answers of messages by members, in 15 bins of equal mass. Intervals are percentiles over resampled chats.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml
from irc import HOW, Chat, add_folder, annotated, read_chats, speakers
from numpy.typing import NDArray

from analysis.ingest.corpus import read_corpus
from analysis.network.replies import infer_replies
from analysis.network.replies.rule import addressee_rule
from analysis.network.replies.scores import counts, f_score, likeliest, right, score
from analysis.simulate import simulate_community
from analysis.simulate.chats import true_replies
from analysis.simulate.export import DEMO_KEY, write_study

RESULTS = Path(__file__).parents[1] / "docs" / "replies.yaml"
RESAMPLED = 1000
DRAWS = 20  # sampled reply graphs a chat
LOWE_S = 180.0  # seconds in which a member goes on, by the Lowe-like heuristic
MARKS = ":,;.!?@()\"'<>[]{}"
RELIABILITY_BINS = 10
SEED = 20240724

Method = Callable[[pd.DataFrame], pd.DataFrame]


# Plain methods


def previous_message(messages: pd.DataFrame) -> pd.DataFrame:
    """Every message by a member answers the member's message before it, whoever wrote that."""
    written = messages["sender"].notna()
    before = messages["message_id"].where(written).ffill().shift().where(written)
    return pd.DataFrame({"message_id": messages["message_id"], "reply_to": before, "probability": 1.0})


def lowe_like(messages: pd.DataFrame) -> pd.DataFrame:
    """After Lowe et al. (2015): who opens with a name answers that member's last message; who names nobody goes on from
    their own last message when that is at most LOWE_S old, and otherwise starts a thread."""
    last: dict[str, tuple[str, float]] = {}
    answers = []
    seconds = (messages["time"] - messages["time"].iloc[0]).dt.total_seconds()
    for number, sender, text, now in zip(
        messages["message_id"], messages["sender"], messages["text"], seconds, strict=True
    ):
        if pd.isna(sender):
            answers.append(None)
            continue
        named = next(iter(text.lower().split()), "").strip(MARKS)
        own = last.get(sender.lower())
        if named in last and named != sender.lower():
            answers.append(last[named][0])
        else:
            answers.append(own[0] if own and now - own[1] <= LOWE_S else None)
        last[sender.lower()] = (number, now)
    return pd.DataFrame({"message_id": messages["message_id"], "reply_to": answers, "probability": 1.0})


METHODS: dict[str, Method] = {
    "previous message": previous_message,
    "Lowe-like heuristic": lowe_like,
    "addressee rule": addressee_rule,
    "trained model": infer_replies,
}


# Links


def judge(chats: Sequence[Chat], method: Method) -> dict[str, float]:
    """Scores of one method on these chats."""
    start = time.process_time()
    replies = [method(chat.messages) for chat in chats]
    speed = sum(len(chat.messages) for chat in chats) / (time.process_time() - start)
    links, speaker = [annotated(chat) for chat in chats], [speakers(chat) for chat in chats]
    scores = score(*(pd.concat(parts) for parts in (replies, links, speaker)))
    each = [counts(likeliest(t, link), link, who) for t, link, who in zip(replies, links, speaker, strict=True)]
    rng = np.random.default_rng(SEED)
    table = pd.DataFrame(each)
    again = [table.iloc[rng.integers(len(each), size=len(each))].sum() for _ in range(RESAMPLED)]
    for name, prefix in (("f", ""), ("cross_f", "cross_")):
        low, high = np.quantile([f_score(count, prefix) for count in again], (0.025, 0.975))
        scores |= {f"{name}_low": float(low), f"{name}_high": float(high)}
    return {name: round(value, 4) for name, value in scores.items()} | {"messages_a_cpu_second": round(speed, -3)}


def reliability(chats: Sequence[Chat]) -> list[dict[str, float]]:
    """Stated and true share right of members' messages' likeliest answers, in RELIABILITY_BINS bins of equal mass."""
    best, hit = [], []
    for chat in chats:
        links = annotated(chat)
        answers = likeliest(infer_replies(chat.messages), links)
        by_member = speakers(chat).reindex(answers["message_id"]).notna().to_numpy()
        best.append(answers["probability"].to_numpy()[by_member])
        hit.append(right(answers, links)[by_member])
    probability, correct = np.concatenate(best), np.concatenate(hit)
    bins = np.array_split(np.argsort(probability, kind="stable"), RELIABILITY_BINS)
    return [
        {
            "stated": round(float(probability[b].mean()), 3),
            "right": round(float(correct[b].mean()), 3),
            "messages": len(b),
        }
        for b in bins
    ]


# The network that the links make


def annotated_replies(chat: Chat) -> pd.DataFrame:
    """The annotation in the shape of infer_replies: several answers of a message share its probability."""
    links = annotated(chat)
    return links.assign(probability=1 / links.groupby("message_id")["message_id"].transform("size"))


def members_of(chat: Chat) -> pd.Series:
    """Messages in the annotated part of each member who wrote there."""
    later = sorted({row for row, _ in chat.links})
    return chat.messages["sender"].iloc[later].value_counts().sort_index()


def graph(chat: Chat, replies: pd.DataFrame) -> NDArray:
    """Expected replies between members of the annotated part: shape (members, members), who answers by row."""
    sender, names = chat.messages.set_index("message_id")["sender"], members_of(chat).index
    later = {chat.messages["message_id"].iloc[row] for row, _ in chat.links}
    kept = replies[replies["message_id"].isin(later) & replies["reply_to"].notna()]
    source = names.get_indexer(sender.reindex(kept["message_id"]))
    target = names.get_indexer(sender.reindex(kept["reply_to"]))
    between = (source >= 0) & (target >= 0) & (source != target)
    matrix = np.zeros((len(names), len(names)))
    np.add.at(matrix, (source[between], target[between]), kept["probability"].to_numpy()[between])
    return matrix


def sampled_graphs(chat: Chat, replies: pd.DataFrame, rng: np.random.Generator) -> list[NDArray]:
    """Graphs of replies, each message's answer drawn by its probability; one where all are certain."""
    if (replies["probability"] == 1).all():
        return [graph(chat, replies)]
    upto = replies.groupby("message_id", sort=False)["probability"].cumsum()
    codes = pd.factorize(replies["message_id"])[0]
    drawn = []
    for _ in range(DRAWS):
        u = rng.random(codes.max() + 1)[codes]
        chosen = (upto - replies["probability"] <= u) & (u < upto)
        drawn.append(graph(chat, replies[chosen].assign(probability=1.0)))
    return drawn


def graphs_by_message_count(chat: Chat, rng: np.random.Generator) -> list[NDArray]:
    """The null: as many replies as annotated, from and to members in proportion to how much they wrote."""
    count = members_of(chat).to_numpy()
    share = np.outer(count, count) * ~np.eye(len(count), dtype=bool)
    size = round(graph(chat, annotated_replies(chat)).sum())
    return [rng.multinomial(size, share.ravel() / share.sum()).reshape(share.shape) for _ in range(DRAWS)]


def recovery(chats: Sequence[Chat], graphs: Callable[[Chat, np.random.Generator], list[NDArray]]) -> dict[str, float]:
    """How well graphs recover the annotated networks, means over chats.

    Correlations over members with annotated in- and out-degree and replies got per message written; annotated and
    inferred reciprocity (share of ties returned) and density; edge Jaccard.
    """
    rng, rows = np.random.default_rng(SEED), []
    for chat in chats:
        true, written = graph(chat, annotated_replies(chat)), members_of(chat).to_numpy()
        drawn = graphs(chat, rng)
        mean = np.mean(drawn, axis=0)
        rows.append(
            {
                "in_degree": _correlation(mean.sum(axis=0), true.sum(axis=0)),
                "out_degree": _correlation(mean.sum(axis=1), true.sum(axis=1)),
                "replies_per_message": _correlation(mean.sum(axis=0) / written, true.sum(axis=0) / written),
                "reciprocity": np.mean([_reciprocity(one) for one in drawn]),
                "reciprocity_annotated": _reciprocity(true),
                "density": np.mean([(one > 0).mean() for one in drawn]),
                "density_annotated": (true > 0).mean(),
                "jaccard": np.mean([((one > 0) & (true > 0)).sum() / ((one > 0) | (true > 0)).sum() for one in drawn]),
            }
        )
    return {name: round(float(value), 3) for name, value in pd.DataFrame(rows).mean().items()}


def _correlation(one: NDArray, other: NDArray) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0


def _reciprocity(matrix: NDArray) -> float:
    tie = matrix > 0
    return float((tie & tie.T).sum() / tie.sum()) if tie.any() else 0.0


# The simulated community


def simulated() -> dict[str, dict]:
    """The shipped community, its explicit replies among the messages: each method against what was planted."""
    community = simulate_community(SEED, 40, 12)
    with TemporaryDirectory() as folder:
        write_study(community, Path(folder) / "raw")
        messages = read_corpus(Path(folder) / "raw", tz="Asia/Jakarta", date_order=None, key=DEMO_KEY).messages
    truth = true_replies(community, messages)
    chat = as_chat(messages, truth)
    inferred = set(messages.index[messages["reply_to"].isna()])
    judged = Chat(chat.name, chat.messages, frozenset(link for link in chat.links if link[0] in inferred))
    return {name: judge([judged], method) for name, method in METHODS.items() if method is not previous_message}


def as_chat(messages: pd.DataFrame, truth: pd.DataFrame) -> Chat:
    """Messages with the true replies to them as an annotated chat."""
    row = pd.Series(np.arange(len(messages)), index=messages["message_id"])
    later = np.arange(len(messages))
    earlier = row.reindex(truth["reply_to"]).to_numpy()
    earlier = np.where(np.isnan(earlier), later, earlier).astype(int)
    frame = messages.rename(columns={"member": "sender"})
    return Chat("simulated", frame, frozenset(zip(later.tolist(), earlier.tolist(), strict=True)))


# Tables


def measure(dev: Path) -> dict:
    """Everything, as it is kept. dev: the folder of the development part."""
    chats = {text: list(read_chats(dev, masked=text == "masked")) for text in ("plain", "masked")}
    links, networks, curves = {}, {}, {}
    for text, each in chats.items():
        links[text] = {name: judge(each, method) for name, method in METHODS.items()}
        networks[text] = {name: recovery(each, _graphs_of(method)) for name, method in METHODS.items()}
        networks[text]["message count"] = recovery(each, graphs_by_message_count)
        curves[text] = reliability(each)
    return {
        "provenance": {
            "script": "benchmarks/replies.py --write",
            "data": "Kummerfeld et al. (2019), #ubuntu, development part; CC BY 4.0",
            "chats": len(chats["plain"]),
            "annotated": sum(len(chat.links) for chat in chats["plain"]),
        },
        "links": links,
        "network": networks,
        "reliability": curves,
        "simulated": simulated(),
    }


def _graphs_of(method: Method) -> Callable[[Chat, np.random.Generator], list[NDArray]]:
    return lambda chat, rng: sampled_graphs(chat, method(chat.messages), rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"keep the tables in docs/{RESULTS.name}")
    add_folder(parser)
    args = parser.parse_args()
    if args.irc is None:
        print(f"Replies are not scored without the annotated Ubuntu logs: {HOW}")
        return
    results = measure(args.irc / "dev")
    pd.set_option("display.width", 200)
    for text in ("plain", "masked"):
        print(f"\nLinks, {text} text\n{pd.DataFrame(results['links'][text]).T.to_string()}")
        print(f"\nNetwork, {text} text\n{pd.DataFrame(results['network'][text]).T.to_string()}")
    print(f"\nSimulated community, against what was planted\n{pd.DataFrame(results['simulated']).T.to_string()}")
    if args.write:
        RESULTS.write_text(yaml.safe_dump(results, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
