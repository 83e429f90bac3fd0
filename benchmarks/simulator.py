"""How like real chats the simulated ones are: their marginals next to those of annotated logs, in one table.

    python benchmarks/simulator.py --irc FOLDER [--scenario NAME] [--seed N] [--communities N]
    python benchmarks/table.py simulation    # how fast they are written

Real: the Ubuntu logs with reply links annotated by people (Kummerfeld et al. 2019; see irc.py), training part, members'
messages alone, of each message its nearest link. Simulated: the planted replies of a few communities. Media and the
length of messages are from studies of WhatsApp groups, where IRC has none (PUBLISHED). A group on a phone is no channel
of strangers, so the two need not be equal; what is moved, and why, is said where the rates are
(src/analysis/simulate/talk.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from irc import FIRST, HOW, Chat, add_folder, read_chats
from table import Case, Tool

from analysis.sharing.indices import gini
from analysis.simulate import Community, simulate_community

SEED = 720_000
FAR = 5  # lines
LATE = 50  # lines at a log's end, whose answers may come after it
# Caetano et al. (2018, arXiv:1804.00397), 81 public groups, 270,000 messages: audio, images and video in 20 %
PUBLISHED = {"media": 0.20}


def of_log(chat: Chat) -> pd.DataFrame:
    """Members' messages of an annotated log, a row each: member, minute, parent (row of what it answers, -1: it opens,
    -2: not annotated), media, words."""
    messages = chat.messages
    said = messages["sender"].notna().to_numpy()
    row = np.where(said, np.cumsum(said) - 1, -1)
    nearest = np.full(len(messages), -2)
    for later, earlier in sorted(chat.links):
        if later >= FIRST:
            nearest[later] = max(nearest[later], -1 if later == earlier else row[earlier])
    minute = (messages["time"] - messages["time"].iloc[0]).dt.total_seconds().to_numpy() / 60
    words = messages["text"].str.split().str.len().to_numpy()
    table = {"member": messages["sender"], "minute": minute, "parent": nearest, "media": False, "words": words}
    return pd.DataFrame(table)[said].reset_index(drop=True)


def of_community(community: Community) -> Iterator[pd.DataFrame]:
    """The same of each chat of a simulated community."""
    messages = community.messages[community.messages["member"].notna()]
    for _, chat in messages.groupby("channel", sort=False):
        place = pd.Series(np.arange(len(chat)), index=chat.index)
        parent = chat["reply_to"].map(place).fillna(-1).astype(int).to_numpy()
        minute = (chat["time"] - chat["time"].iloc[0]).dt.total_seconds().to_numpy() / 60
        table = {"member": chat["member"], "minute": minute, "parent": parent}
        table |= {
            "media": chat["kind"].isin(["media", "sticker", "voice"]),
            "words": chat["text"].str.split().str.len(),
        }
        yield pd.DataFrame(table).reset_index(drop=True)


def counted(chat: pd.DataFrame) -> pd.DataFrame:
    """Of each annotated message what the marginals are means of; missing where a marginal does not apply."""
    member, parent = chat["member"].to_numpy(object), chat["parent"].to_numpy()
    rows, minute = np.arange(len(chat)), chat["minute"].to_numpy()
    known, linked = parent > -2, parent >= 0
    up = np.maximum(parent, 0)
    own = linked & (member == member[up])
    other = linked & ~own
    begun = rows.copy()  # the message that each goes on with, through all that its member has added
    for row in np.flatnonzero(own):
        begun[row] = begun[parent[row]]
    answered = np.zeros(len(chat), dtype=bool)
    answered[begun[parent[other]]] = True
    back = other & (parent[begun[up]] >= 0) & (member[np.maximum(parent[begun[up]], 0)] == member)
    opens = (parent == -1) & (rows < len(chat) - LATE)

    def among(flags: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.where(of, flags.astype(float), np.nan)

    lag = rows - parent
    before = np.concatenate([[None], member[:-1]])
    columns = {
        "opens a conversation": among(parent == -1, known),
        "goes on with an own message": among(own, known),
        "goes on with an own message, one line back": among(own & (lag == 1), known),
        "opening that nobody answers": among(~answered, opens),
        "answer to a member who had just answered oneself": among(back, other),
        f"answer to another, more than {FAR} lines back": among(lag > FAR, other),
        "answer to another, one line back": among(lag == 1, other),
        "answer to another, median minutes": np.where(other, minute - minute[up], np.nan),
        "same member as the line before": among(member == before, known & (rows > 0)),
        "a picture, a sticker or a voice note": among(chat["media"].to_numpy(bool), known),
        "words in a text, median": np.where(known & ~chat["media"].to_numpy(bool), chat["words"], np.nan),
    }
    return pd.DataFrame(columns)


def burstiness(chat: pd.DataFrame) -> float:
    """Goh and Barabasi's (2008) B of the minutes between messages of one chat: -1 regular, 0 Poisson, to 1 bursty."""
    gaps = np.diff(np.sort(chat["minute"].to_numpy()))
    return float((gaps.std() - gaps.mean()) / (gaps.std() + gaps.mean()))


def marginals(chats: Iterable[pd.DataFrame]) -> pd.Series:
    """All marginals over some chats; burstiness and inequality are means over chats."""
    chats = list(chats)
    rows = pd.concat([counted(chat) for chat in chats])
    median = [name for name in rows if "median" in name]
    out = rows.mean()
    out[median] = rows[median].median()
    out["burstiness of a chat"] = np.mean([burstiness(chat) for chat in chats])
    out["Gini coefficient of members' messages in a chat"] = np.mean(
        [gini(chat["member"].value_counts().to_numpy()) for chat in chats]
    )
    return out


def cases(folder: Path) -> Iterator[Case]:
    """How fast `guyub simulate` writes a study, and the chats of a corpus. Each goes into a folder of its own."""
    program = (
        "import sys, tempfile; from analysis.cli import main; folder, *words = sys.argv[1:]\n"
        "sys.exit(main([*words, '--out', tempfile.mkdtemp(dir=folder)]))"
    )
    for work, options in (
        ("a study: 40 members, 12 months", ["--members", "40", "--months", "12"]),
        ("200 chats, 200,000 messages", ["--groups", "200", "--messages", "200000"]),
    ):
        command = [sys.executable, "-c", program, str(folder), "simulate", *options]
        yield Case(f"guyub simulate, {work}", [Tool("Guyub", command)], whole=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_folder(parser)
    parser.add_argument("--scenario", default="published")
    parser.add_argument("--seed", type=int, default=SEED, help="of the first community (%(default)s)")
    parser.add_argument("--communities", type=int, default=3)
    args = parser.parse_args()
    seeds = range(args.seed, args.seed + args.communities)
    made = [chat for seed in seeds for chat in of_community(simulate_community(seed, scenario=args.scenario))]
    table = pd.DataFrame({"simulated": marginals(made)})
    if args.irc:
        table.insert(0, "IRC", marginals(map(of_log, read_chats(Path(args.irc) / "train"))))
    else:
        print(HOW)
    print(table.round(3).to_string())
    print(f"published: media {PUBLISHED['media']:.0%} of messages in WhatsApp groups (Caetano et al. 2018)")


if __name__ == "__main__":
    main()
