"""Ties between members: expected counts of turns that answer turns.

A turn is one member's messages in a row, so that ten short messages weigh no more than one long one. A tie's weight is
the expected number of turns of the source that answer a turn of the target, given the probabilities of the replies. The
layers of informal and business talk weigh each answer by the probability of its code as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.arrays import Flags, Floats, Ints, Ints32
from analysis.errors import InputError
from analysis.lookup import values
from analysis.network.weighed import Weighed

LEAST_WEIGHT = 5e-4  # turns


@dataclass(frozen=True)
class Exchange:
    """Messages as turns, and the probability that one turn answers another.

    members: everyone, silent ones too; a member's position in it is their code.
    turns: one row per turn; channel, member (code), time (of its first message), messages (their number).
    links: one row per answering message and answered turn; message_id, later, earlier (rows of turns), probability.
    turn_of: by message_id, the row of its turn.
    chosen: reply graphs drawn jointly (posterior.joint), if there are any: the row of links that each answering message
    takes in each, -1 for none, shape (graphs, answering messages). informal: whether the message is informal there, if
    kinds of talk were drawn too; same shape.
    Links within a turn are left out; links between turns of one member are kept for the null models but make no tie.
    """

    members: pd.Index
    turns: pd.DataFrame
    links: pd.DataFrame
    turn_of: pd.Series
    chosen: Ints32 | None = None
    informal: Flags | None = None

    @property
    def n(self) -> int:
        return len(self.members)

    @cached_property
    def seconds(self) -> NDArray[np.int64]:
        """Time of each turn, seconds since 1970 (UTC): shape (turns,)."""
        return pd.to_datetime(self.turns["time"], utc=True).astype("datetime64[s, UTC]").astype("int64").to_numpy()

    @property
    def span(self) -> tuple[int, int]:
        """The first second of the turns, and the second after the last; zeros if there are none."""
        seconds = self.seconds
        return (int(seconds.min()), int(seconds.max()) + 1) if seconds.size else (0, 0)

    @property
    def written(self) -> Floats:
        """Turns of each member: shape (n,)."""
        return np.bincount(self.turns["member"], minlength=self.n).astype(float)

    @cached_property
    def channels(self) -> tuple[Ints, pd.Index]:
        """The channel of each turn as a number, shape (turns,), and the channels' names."""
        codes, names = pd.factorize(self.turns["channel"])
        return codes.astype(np.intp), pd.Index(names)

    @cached_property
    def answering(self) -> tuple[Ints, pd.Index]:
        """The answering message of each link as a number, shape (links,), and the messages' ids."""
        codes, names = pd.factorize(self.links["message_id"])
        return codes.astype(np.intp), pd.Index(names)

    def of_links(self, by_message: pd.Series) -> Floats:
        """Each link's value of a series by message_id, that of its answering message, 0 if absent: shape (links,)."""
        codes, names = self.answering
        return values(by_message, names)[codes]

    def kind(self, share: pd.Series) -> Floats:
        """Probability that some message of each turn belongs to the layer (share: by message_id): shape (turns,)."""
        p = values(share, self.turn_of.index).clip(0, 1)
        with np.errstate(divide="ignore"):
            return -np.expm1(np.bincount(self.turn_of, weights=np.log1p(-p), minlength=len(self.turns)))


def exchange(
    messages: pd.DataFrame, replies: pd.DataFrame, members: pd.Index | None = None, *, gap_s: float = 300.0
) -> Exchange:
    """Turns and their links, from messages (in order within a channel) and the replies that infer_replies returns.

    members: the community; members who wrote are added. A turn ends when another member writes in the channel or after
    gap_s seconds of silence. Raises InputError when a reply comes from a message that is not among the messages.
    """
    written = messages.loc[messages["member"].notna(), ["message_id", "channel", "time", "member"]]
    written = written.sort_values("channel", kind="stable").reset_index(drop=True)
    everyone = pd.Index(sorted({*written["member"], *(() if members is None else members)}), name="member", dtype="str")
    waited = written["time"].diff().dt.total_seconds().to_numpy()
    same = (written["channel"] == written["channel"].shift()) & (written["member"] == written["member"].shift())
    turn = np.cumsum(~(same.to_numpy() & (waited <= gap_s))) - 1
    first = np.flatnonzero(np.diff(turn, prepend=-1))
    turns = written.loc[first, ["channel", "time"]].reset_index(drop=True)
    turns.insert(1, "member", everyone.get_indexer(written["member"].iloc[first]))
    turns["messages"] = np.bincount(turn, minlength=len(turns)).astype(np.int64)
    turn_of = pd.Series(turn, index=written["message_id"], dtype="int64")
    return Exchange(everyone, turns, _links(replies, turn_of), turn_of)


def _links(replies: pd.DataFrame, turn: pd.Series) -> pd.DataFrame:
    answers = replies[replies["reply_to"].notna() & (replies["probability"] > 0)]
    later, earlier = answers["message_id"].map(turn), answers["reply_to"].map(turn)
    if later.isna().any():
        unknown = answers.loc[later.isna(), "message_id"].iloc[0]
        raise InputError(f"a reply comes from message {unknown}, which is not among the members' messages")
    linked = answers[["message_id", "probability"]].assign(later=later, earlier=earlier)
    linked = linked[earlier.notna() & (later != earlier)].astype({"later": "int64", "earlier": "int64"})
    summed = linked.groupby(["later", "earlier", "message_id"], as_index=False, sort=True)["probability"].sum()
    return summed[["message_id", "later", "earlier", "probability"]]


def linked_turns(links: pd.DataFrame, share: pd.Series | None = None) -> pd.DataFrame:
    """later, earlier and the probability of a link (in the layer of share, by message_id), each pair of turns once."""
    p = links["probability"].to_numpy()
    if share is not None:
        p = p * links["message_id"].map(share).fillna(0.0).to_numpy(float)
    with np.errstate(divide="ignore"):
        missed = pd.Series(np.log1p(-np.minimum(p, 1.0)), index=links.index)
    some = -np.expm1(missed.groupby([links["later"], links["earlier"]]).sum())
    return some.reset_index(name="probability")


def weights(exchange: Exchange, linked: pd.DataFrame) -> sparse.csr_array:
    """Expected answering turns from the row's member to the column's, shape (n, n); linked: as of linked_turns."""
    member = exchange.turns["member"].to_numpy()
    later, earlier, p = (linked[column].to_numpy() for column in ("later", "earlier", "probability"))
    return tally(member[later], member[earlier], p, exchange.n)


def tally(source: Ints, target: Ints, weight: Floats | None, n: int) -> sparse.csr_array:
    """Sums of weight (1 each by default) by source and target, shape (n, n); nothing is stored on the diagonal, nor
    where the sum is 0."""
    cells, place = np.unique(source.astype(np.int64) * n + target, return_inverse=True)
    total = np.bincount(place, weights=weight, minlength=cells.size).astype(float)
    row, column = np.divmod(cells, max(n, 1))
    held = (row != column) & (total != 0)
    return sparse.csr_array((total[held], (row[held], column[held])), shape=(n, n))


def ties(
    exchange: Exchange, layer: str, *, share: pd.Series | None = None, draws: int = 200, confidence: float = 0.95,
    rng: np.random.Generator
) -> pd.DataFrame:  # fmt: skip
    """Ties of one layer: source, target, layer, weight (expected turns), low, high.

    low and high are the link-uncertainty interval: the weight in sampled reply graphs. This is not a confidence
    interval, as the members are a census. A tie with an expected weight below LEAST_WEIGHT is left out.
    """
    member = exchange.turns["member"].to_numpy()
    expected = sparse.coo_array(weights(exchange, linked_turns(exchange.links, share)))
    present = expected.data >= LEAST_WEIGHT
    source, target = (ends[present].astype(np.int64) for ends in (expected.row, expected.col))
    weighed = Weighed.of(
        np.unique(member[later] * exchange.n + member[earlier], return_counts=True)
        for later, earlier in sampled(exchange, draws, rng, share)
    )
    interval = weighed.interval(source * exchange.n + target, confidence)
    return tie_table(exchange.members, layer, (source, target), expected.data[present], interval)


def tie_table(members: pd.Index, layer: str, ends: tuple[Ints, Ints], weight: Floats, interval: Floats) -> pd.DataFrame:
    """Ties of a layer, columns of Ties. weight: of each tie, interval: its low and high, shape (2, ties)."""
    frame = pd.DataFrame({"source": members[ends[0]], "target": members[ends[1]], "layer": layer})
    return frame.assign(weight=weight, low=interval[0], high=interval[1])


def sampled(
    exchange: Exchange, draws: int, rng: np.random.Generator, share: pd.Series | None = None
) -> Iterator[tuple[Ints, Ints]]:
    """Reply graphs drawn from the links: yields (later, earlier), each linked pair of turns once.

    Each message answers one turn or none (sampled_rows); with share its layer is drawn too.
    """
    message, names = exchange.answering
    q = None if share is None else exchange.of_links(share)
    for chosen in sampled_rows(exchange, draws, rng):
        rows = chosen if q is None else chosen[rng.random(len(names))[message[chosen]] < q[chosen]]
        yield distinct(exchange.links, rows)


def sampled_rows(exchange: Exchange, draws: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Row numbers of the links in each drawn reply graph, at most one per message, in order (sampled_graphs)."""
    return (rows for rows, _ in sampled_graphs(exchange, draws, rng))


def sampled_graphs(exchange: Exchange, draws: int, rng: np.random.Generator) -> Iterator[tuple[Ints, Flags | None]]:
    """The rows of sampled_rows, and whether each is informal, if that was drawn too.

    Takes the jointly drawn graphs in random order, starting again after the last; if there are none, draws each
    message's answer separately by the links' probabilities.
    """
    if exchange.chosen is not None:
        for number in islice(cycle(rng.permutation(len(exchange.chosen))), draws):
            message = np.flatnonzero(exchange.chosen[number] >= 0)
            message = message[np.argsort(exchange.chosen[number, message])]
            informal = None if exchange.informal is None else exchange.informal[number, message]
            yield exchange.chosen[number, message].astype(np.int64), informal
        return
    links, message = exchange.links, exchange.answering[0]
    upper = links.groupby("message_id", sort=False)["probability"].cumsum().to_numpy()
    lower = upper - links["probability"].to_numpy()
    size = int(message.max()) + 1 if message.size else 0
    for _ in range(draws):
        u = rng.random(size)[message]
        yield np.flatnonzero((lower <= u) & (u < upper)), None


def distinct(links: pd.DataFrame, rows: Ints) -> tuple[Ints, Ints]:
    """later and earlier of these rows (in order), each linked pair of turns once."""
    later, earlier = links["later"].to_numpy()[rows], links["earlier"].to_numpy()[rows]
    fresh = np.ones(later.size, dtype=bool)
    fresh[1:] = (later[1:] != later[:-1]) | (earlier[1:] != earlier[:-1])  # links are in order of later, earlier
    return later[fresh], earlier[fresh]


@dataclass(frozen=True)
class CodedRows:
    """The rows of the table Coded with some of the codes, by message, so that redrawn probabilities need no search.

    rows: their places. unit: the message of each, a place in names: (rows,). names: the message ids, sorted.
    """

    rows: Ints
    unit: Ints
    names: pd.Index

    @classmethod
    def of(cls, coded: pd.DataFrame, codes: Collection[str]) -> Self:
        """coded: the table Coded. codes: those that count."""
        rows = np.flatnonzero(coded["code"].isin(codes))
        unit, names = pd.factorize(coded["unit_id"].iloc[rows], sort=True)
        return cls(rows, unit.astype(np.int64), pd.Index(names, name="unit_id"))

    def share(self, probability: pd.Series) -> pd.Series:
        """Probability that each message has at least one of the codes, by message_id; codes count as independent.
        probability: of each row of the table."""
        with np.errstate(divide="ignore"):
            missed = np.log1p(-probability.iloc[self.rows].clip(0, 1))
        return (-np.expm1(missed.groupby(self.unit).sum())).set_axis(self.names)


def share_of(coded: pd.DataFrame, codes: Collection[str]) -> pd.Series:
    """Probability that each coded message has at least one of the codes (CodedRows.share)."""
    return CodedRows.of(coded, codes).share(coded["probability"])


def matrix_of(frame: pd.DataFrame, members: pd.Index) -> sparse.csr_array:
    """A table of ties as a matrix in the order of members: rows answer columns; shape (n, n)."""
    source, target = members.get_indexer(frame["source"]), members.get_indexer(frame["target"])
    if (source < 0).any() or (target < 0).any():
        raise InputError("a tie names a member who is not in the list of members")
    return tally(source, target, frame["weight"].to_numpy(float), len(members))
