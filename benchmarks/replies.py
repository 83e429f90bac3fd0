"""Who answers whom, scored against people's annotation of the Ubuntu logs, and in the simulated community.

    python benchmarks/replies.py --irc DIR           # prints the tables; the logs' dev part in DIR/dev
    python benchmarks/replies.py --irc DIR --write   # and keeps them in docs/replies.yaml, which the book reads
    python benchmarks/replies.py --corpus DIR        # one table of any chats: annotated IRC logs, a study, exports

Precision, recall and F are micro over (file, later, earlier), self-links and system lines included (Kummerfeld et al.
2019); a method is judged by its likeliest answer. Masked: nicknames deleted from the text. The calibration error is of
the likeliest answers of messages by members, in 15 bins of equal mass; its floor is what it would be if all stated
probabilities were true. Intervals are percentiles over resampled chats; over days where there is one chat.

Of a study or of exports, annotations are scored if there are any, else explicit replies. These are hidden, and judged
given that they answer another member: people mark some answers only, so that other shares would say what people mark.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml
from irc import HOW, Chat, add_folder, annotated, read_chats, speakers
from numpy.typing import NDArray

from analysis.calibration.observed import by_shortcut
from analysis.errors import InputError
from analysis.ingest import read_chat
from analysis.ingest.corpus import read_corpus
from analysis.network.replies import infer_replies
from analysis.network.replies.model import shipped
from analysis.network.replies.rule import addressee_rule
from analysis.network.replies.scores import (
    calibration_error,
    calibration_floor,
    counts,
    f_score,
    likeliest,
    right,
    score,
)
from analysis.simulate import simulate_community
from analysis.simulate.chats import true_replies
from analysis.simulate.export import DEMO_KEY, write_study
from analysis.verify.facts import digest_of

RESULTS = Path(__file__).parents[1] / "docs" / "replies.yaml"
RESAMPLED = 1000
KINDS = ("start", "own", "1 back", "2 to 5", "6 to 20", "beyond")  # of links: own ones separately, others by lines back
DRAWS = 20  # sampled reply graphs a chat
LOWE_S = 180.0  # seconds in which a member goes on, by the Lowe-like heuristic
MARKS = ":,;.!?@()\"'<>[]{}"
RELIABILITY_BINS = 10
SEED = 20240724
PACES = {"busy": (96, 3, 20263900), "quiet": (6, 12, 20263901)}  # messages a member and month; months; seed
MEMBERS = 40

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
    answers: list[str | None] = []
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


def last_other_member(messages: pd.DataFrame) -> pd.DataFrame:
    """Every message by a member answers the last message of another member in the chat."""
    answers = pd.Series(None, index=messages.index, dtype=object)
    for _, chat in messages[messages["sender"].notna()].groupby("channel", sort=False):
        before = chat["message_id"].shift()
        answers[chat.index] = before.where(chat["sender"] != chat["sender"].shift()).ffill()
    return pd.DataFrame({"message_id": messages["message_id"], "reply_to": answers.astype("str"), "probability": 1.0})


MODELS: dict[str, Method] = {
    "causal model": partial(infer_replies, model=shipped("causal")),  # two passes that never look ahead
    "trained model": infer_replies,
}
METHODS: dict[str, Method] = {
    "previous message": previous_message,
    "Lowe-like heuristic": lowe_like,
    "addressee rule": addressee_rule,
    **MODELS,
}
OF_A_CORPUS: dict[str, Method] = {
    "previous message": previous_message,
    "last other member": last_other_member,
    **MODELS,
}


# Links


def judge(chats: Sequence[Chat], method: Method) -> dict[str, float]:
    """Scores of one method on these chats."""
    return _scored(chats, *_inferred(chats, method))


def _inferred(chats: Sequence[Chat], method: Method) -> tuple[list[pd.DataFrame], float]:
    """The method's replies in each chat, and messages per CPU second."""
    start = time.process_time()
    replies = [method(chat.messages) for chat in chats]
    return replies, sum(len(chat.messages) for chat in chats) / (time.process_time() - start)


def _scored(chats: Sequence[Chat], replies: Sequence[pd.DataFrame], speed: float) -> dict[str, float]:
    links, speaker = [annotated(chat) for chat in chats], [speakers(chat) for chat in chats]
    scores = score(*(pd.concat(parts) for parts in (replies, links, speaker)))
    each = []
    for chat, table, link, who in zip(chats, replies, links, speaker, strict=True):
        best = likeliest(table, link)
        by_member = who.reindex(best["message_id"]).notna().to_numpy()
        for part in _parts(chat, len(chats)):
            some, own = link[link["message_id"].isin(part)], best["message_id"].isin(part).to_numpy()
            excess = (best["probability"].to_numpy() - right(best, link))[own & by_member]
            each.append(counts(best[own], some, who) | {"excess": excess.sum(), "members": excess.size})
    rows = pd.DataFrame(each).to_numpy(float)
    ways: dict[str, Callable[[pd.Series], float]] = {
        "f": f_score,
        "cross_f": lambda count: f_score(count, "cross_"),
        "precision": lambda count: count["correct"] / count["inferred"],
        "recall": lambda count: count["correct"] / count["annotated"],
        "overconfidence": lambda count: count["excess"] / count["members"],
    }
    names = list(each[0])
    scores["overconfidence"] = ways["overconfidence"](pd.Series(rows.sum(axis=0), index=names))
    for name, (low, high) in _intervals(rows, names, ways).items():
        scores |= {f"{name}_low": low, f"{name}_high": high}
    scores["messages_a_cpu_second"] = round(speed, -3)
    return {name: round(float(value), 4) for name, value in scores.items()}


def _parts(chat: Chat, chats: int) -> Iterator[pd.Index]:
    """What is resampled: the messages of the whole chat, or of each of its days where it is the only one."""
    messages = chat.messages
    days = messages["time"].dt.floor("D") if chats == 1 else np.zeros(len(messages))
    for _, part in messages.groupby(days):
        yield pd.Index(part["message_id"])


def _intervals(
    rows: NDArray, names: Sequence[str], ways: dict[str, Callable[[pd.Series], float]]
) -> dict[str, tuple[float, float]]:
    """95% intervals of the figures that `ways` makes of sums over rows, which are resampled."""
    rng = np.random.default_rng(SEED)
    sums = [pd.Series(rows[rng.integers(len(rows), size=len(rows))].sum(axis=0), index=names) for _ in range(RESAMPLED)]
    limits = {name: np.nanquantile([way(count) for count in sums], (0.025, 0.975)) for name, way in ways.items()}
    return {name: (float(low), float(high)) for name, (low, high) in limits.items()}


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
    community = simulate_community(SEED, MEMBERS, 12)
    with TemporaryDirectory() as folder:
        write_study(community, Path(folder) / "raw")
        messages = read_corpus(Path(folder) / "raw", tz="Asia/Jakarta", date_order=None, key=DEMO_KEY).messages
    truth = true_replies(community, messages)
    chat = as_chat(messages, truth)
    inferred = set(messages.index[messages["reply_to"].isna()])
    judged = Chat(chat.name, chat.messages, frozenset(link for link in chat.links if link[0] in inferred))
    return {name: judge([judged], method) for name, method in METHODS.items() if method is not previous_message}


def communities(links: dict[str, dict], as_shipped: dict[str, dict]) -> dict[str, dict]:
    """The trained model in communities other than a study's: logs of the channel from which it learnt, those that it
    did not see, with names; the simulated community that ships, where a member writes 24 messages a month; and two
    that are simulated with another pace."""
    scores = {"logs": dict(links["trained model"]), "shipped": dict(as_shipped["trained model"])}
    for name, (pace, months, seed) in PACES.items():
        community = simulate_community(seed, MEMBERS, months, messages=pace * MEMBERS * months)
        observed = by_shortcut(community)
        free = observed.messages.loc[observed.messages["reply_to"].isna(), "message_id"]
        planted = observed.parents[observed.parents["message_id"].isin(free)]
        scores[name] = judge([as_chat(observed.messages, planted, name)], infer_replies)
    return scores


def as_chat(messages: pd.DataFrame, links: pd.DataFrame, name: str = "simulated") -> Chat:
    """Messages of members as an annotated chat. links: message_id and reply_to, missing where it answers none."""
    row = pd.Series(np.arange(len(messages)), index=messages["message_id"])
    later = row[links["message_id"]].to_numpy()
    earlier = row.reindex(links["reply_to"]).to_numpy()
    earlier = np.where(np.isnan(earlier), later, earlier).astype(int)
    frame = messages.rename(columns={"member": "sender"})
    return Chat(name, frame, frozenset(zip(later.tolist(), earlier.tolist(), strict=True)))


# Any corpus


def corpus_tables(folder: Path, tz: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Title and table of what the folder holds: annotated IRC logs (also masked), a study's annotations, or explicit
    replies. Raises InputError where there is nothing to score."""
    if any(folder.glob("*.ascii.txt")):
        for text in ("plain", "masked"):
            yield f"Annotated logs, {text} text", annotated_table(list(read_chats(folder, masked=text == "masked")))
        return
    raw = next((each for each in (folder / "data" / "raw", folder) if (each / "chats").is_dir()), None)
    if raw is not None and (raw / "annotations").is_dir():
        corpus = read_corpus(raw, tz=tz, date_order=None, key=DEMO_KEY)  # the key shows in no figure
        for annotator, links in corpus.annotations.groupby("annotator"):
            yield f"Messages marked by {annotator}", annotated_table([as_chat(corpus.messages, links)])
    files = sorted((raw / "chats" if raw is not None else folder).iterdir())
    read = (read_chat(path, tz=tz) for path in files if not path.name.startswith("."))
    explicit = [chat for chat in read if chat["reply_to"].notna().any()]
    if explicit:
        yield "Explicit replies to other members, hidden", explicit_table(explicit)
    elif raw is None or not (raw / "annotations").is_dir():
        raise InputError("no message is annotated or marked as a reply", path=folder)


def annotated_table(chats: Sequence[Chat]) -> pd.DataFrame:
    """A row a method: F, precision and recall in percent with intervals, overconfidence (stated minus right, points),
    calibration error and its floor, messages a CPU second; and the share of each kind of link that is recovered."""
    kinds = np.concatenate([kinds_of(chat) for chat in chats])
    rows = {"links": {"F": str(len(kinds))} | {kind: str((kinds == kind).sum()) for kind in KINDS}}
    for name, method in OF_A_CORPUS.items():
        replies, speed = _inferred(chats, method)
        scores = _scored(chats, replies, speed)
        recovered = np.concatenate(
            [
                right(annotated(chat), likeliest(table, annotated(chat)))
                for chat, table in zip(chats, replies, strict=True)
            ]
        )
        row = {shown: _percent(scores, key) for shown, key in (("F", "f"), ("F across", "cross_f"))}
        row |= {key: _percent(scores, key) for key in ("precision", "recall", "overconfidence")}
        row |= {"ECE": f"{scores['calibration_error']:.3f}", "its floor": f"{scores['calibration_floor']:.3f}"}
        row["a CPU second"] = f"{speed:,.0f}"
        rows[name] = row | {
            kind: f"{100 * recovered[kinds == kind].mean():.1f}" for kind in KINDS if (kinds == kind).any()
        }
    return pd.DataFrame(rows).T.fillna("")


def kinds_of(chat: Chat) -> NDArray:
    """The kind of each annotated link, in the order of `annotated`."""
    links = np.array(sorted(chat.links)).reshape(-1, 2)
    sender = chat.messages["sender"].fillna("").to_numpy()
    place = chat.messages.groupby("channel").cumcount().to_numpy()
    return _kinds(place[links[:, 0]] - place[links[:, 1]], sender[links[:, 0]] == sender[links[:, 1]])


def _kinds(lines: NDArray, own: NDArray) -> NDArray:
    return np.select([lines == 0, own, lines == 1, lines <= 5, lines <= 20], KINDS[:5], KINDS[5])


def explicit_table(chats: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """A row a method: share of links and of members found, in percent with intervals, given that another member is
    answered; overconfidence, calibration error and its floor of the links; and the share found of each kind of link."""
    rows: dict[str, dict[str, str]] = {}
    for name, method in OF_A_CORPUS.items():
        start = time.process_time()
        judged = pd.concat([given_other(chat, method(chat.drop(columns="reply_to"))) for chat in chats])
        speed = sum(map(len, chats)) / (time.process_time() - start)
        rows.setdefault("links", {"links found": str(len(judged))} | judged["kind"].value_counts().map(str).to_dict())
        judged["excess"], judged["n"] = judged["probability"] - judged["link"], 1
        sums = judged.groupby("part")[["link", "member", "excess", "n"]].sum()
        ways = {way: _mean_of(way) for way in ("link", "member", "excess")}
        scores = {way: judged[way].mean() for way in ways}
        for way, (low, high) in _intervals(sums.to_numpy(float), list(sums), ways).items():
            scores |= {f"{way}_low": low, f"{way}_high": high}
        stated, hit = judged["probability"].to_numpy(), judged["link"].to_numpy()
        row = {"links found": _percent(scores, "link"), "members found": _percent(scores, "member")}
        row |= {"overconfidence": _percent(scores, "excess"), "ECE": f"{calibration_error(stated, hit):.3f}"}
        row |= {"its floor": f"{calibration_floor(stated, seed=SEED):.3f}", "a CPU second": f"{speed:,.0f}"}
        rows[name] = row | {kind: f"{100 * share:.1f}" for kind, share in judged.groupby("kind")["link"].mean().items()}
    columns = [name for name in pd.DataFrame(rows).index if name not in KINDS]
    return pd.DataFrame(rows).T.reindex(columns=[*columns, *KINDS[2:]], fill_value="").fillna("")


def given_other(messages: pd.DataFrame, replies: pd.DataFrame) -> pd.DataFrame:
    """Of each explicit reply to an earlier message by another member of the chat: whether the likeliest message by
    another member is the one answered (link), and the likeliest member the one (member); the link's probability, given
    that another member is answered; its kind; and the part of the chat, a day, that is resampled."""
    row = pd.Series(np.arange(len(messages)), index=messages["message_id"])
    sender, channel = messages["sender"].to_numpy(object), messages["channel"].to_numpy(object)
    place = messages.groupby("channel").cumcount().to_numpy()
    marked = messages[messages["reply_to"].isin(row.index) & messages["sender"].notna()]
    later, earlier = row[marked["message_id"]].to_numpy(), row[marked["reply_to"]].to_numpy()
    other = (sender[later] != sender[earlier]) & ~pd.isna(sender[earlier]) & (place[earlier] < place[later])
    other &= channel[later] == channel[earlier]
    later, earlier = later[other], earlier[other]
    given = replies.dropna(subset="reply_to")
    given = given.assign(later=row[given["message_id"]].to_numpy(), earlier=row[given["reply_to"]].to_numpy())
    given = given.assign(member=sender[given["earlier"]])
    given = given[given["later"].isin(later) & (given["member"] != sender[given["later"]]) & given["member"].notna()]
    given["probability"] /= given.groupby("later")["probability"].transform("sum")
    best = given.sort_values("probability", kind="stable").groupby("later").last()
    members = given.groupby(["later", "member"])["probability"].sum().reset_index()
    member = members.sort_values("probability", kind="stable").groupby("later")["member"].last()
    return pd.DataFrame(
        {
            "link": best["earlier"].reindex(later).to_numpy() == earlier,
            "member": member.reindex(later).to_numpy(object) == sender[earlier],
            "probability": best["probability"].reindex(later).fillna(0.0).to_numpy(),
            "kind": _kinds(place[later] - place[earlier], np.zeros(later.size, dtype=bool)),
            "part": messages["channel"].astype(str).to_numpy()[later]
            + messages["time"].dt.strftime(" %F").to_numpy()[later],
        }
    )


def _mean_of(name: str) -> Callable[[pd.Series], float]:
    return lambda count: float(count[name] / count["n"])


def _percent(scores: dict[str, float], name: str) -> str:
    return f"{100 * scores[name]:.1f} [{100 * scores[f'{name}_low']:.1f}, {100 * scores[f'{name}_high']:.1f}]"


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
    as_shipped = simulated()
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
        "simulated": as_shipped,
        "communities": communities(links["plain"], as_shipped),
    }


def _graphs_of(method: Method) -> Callable[[Chat, np.random.Generator], list[NDArray]]:
    return lambda chat, rng: sampled_graphs(chat, method(chat.messages), rng)


def keep(results: dict) -> None:
    """Put these results into RESULTS with a hash of all, and leave what other benchmarks keep there."""
    kept = (yaml.safe_load(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}) | results
    kept["provenance"]["sha256"] = digest_of(kept)
    RESULTS.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"keep the tables in docs/{RESULTS.name}")
    add_folder(parser)
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="score these chats instead, in one table")
    parser.add_argument("--tz", default="Asia/Jakarta", help="time zone of a corpus's exports (%(default)s)")
    args = parser.parse_args()
    pd.set_option("display.width", 250)
    if args.corpus is not None:
        for title, table in corpus_tables(args.corpus, args.tz):
            print(f"\n{title}\n{table.to_string()}")
        return
    if args.irc is None:
        print(f"Replies are not scored without the annotated Ubuntu logs: {HOW}")
        return
    results = measure(args.irc / "dev")
    for text in ("plain", "masked"):
        print(f"\nLinks, {text} text\n{pd.DataFrame(results['links'][text]).T.to_string()}")
        print(f"\nNetwork, {text} text\n{pd.DataFrame(results['network'][text]).T.to_string()}")
    print(f"\nSimulated community, against what was planted\n{pd.DataFrame(results['simulated']).T.to_string()}")
    if args.write:
        keep(results)


if __name__ == "__main__":
    main()
