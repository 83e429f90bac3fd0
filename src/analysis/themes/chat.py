"""Epistemic network of the chats: how members connect codes in informal chats, against the committee's chat."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import wording
from analysis.arrays import Flags
from analysis.codebook import Codebook
from analysis.coding.conversations import conversations
from analysis.errors import InputError, Missing, stage
from analysis.themes.ena import EpistemicNetwork, accumulate

COMMITTEE, INFORMAL = SETTINGS = ("committee", "informal")
ASKED_FOR = {"informal": "informal chats (themes.informal)", "committee": "the committee’s chats (themes.committee)"}
NAMED = 5  # most chats named in a message
PAIRS_NEEDED = 6  # members in both settings; with fewer, no exchange of labels within members can reach p = .05


@dataclass(frozen=True)
class ChatNetwork:
    """How members connect codes in two settings.

    network: a unit is a member in a setting, rotated by the settings' means. member: of each unit. paired: whether only
    members who write in both settings are included (else the settings also differ in who writes). rows: number of
    texts.
    """

    network: EpistemicNetwork
    member: pd.Series
    paired: bool
    rows: int

    @property
    def informal(self) -> Flags:
        """Which units are in the informal setting."""
        return self.network.lines.index.str.endswith(f".{INFORMAL}")


def settings(channels: pd.Series, informal: str, committee: str) -> pd.Series | Missing:
    """The setting of each channel by the word in its name, ignoring case; missing where the name has neither word.

    Missing as a whole if a word is not given or no channel has it. Raises InputError on a channel whose name has both
    words.
    """
    words = {"committee": committee, "informal": informal}
    if ungiven := [said for setting, said in ASKED_FOR.items() if not words[setting]]:
        return Missing(f"params.yaml gives no word by which {' or '.join(ungiven)} are known")
    names = channels.str.casefold()
    named = pd.DataFrame({each: names.str.contains(word.casefold(), regex=False) for each, word in words.items()})
    if (both := named.all(axis=1)).any():
        raise InputError(
            f"the chat {channels[both].iloc[0]!r} is both informal ({informal!r}) and the committee's ({committee!r})",
            fix="Set other words for `themes.informal` or `themes.committee` in params.yaml.",
        )
    absent = [f"{words[each]!r} (themes.{each})" for each in ASKED_FOR if not named[each].any()]
    if absent:
        there = list(dict.fromkeys(channels))
        called = wording.listed([*there[:NAMED], *["others"] * (len(there) > NAMED)])
        return Missing(f"no chat has {' or '.join(absent)} in its name" + f": {called}" * bool(there))
    return named.idxmax(axis=1).where(named.any(axis=1))


@stage
def chat_rows(
    messages: pd.DataFrame, coded: pd.DataFrame, codebook: Codebook, setting: pd.Series, gap: float
) -> pd.DataFrame:
    """Texts of members in the two settings, in order: member, setting, channel, conversation, 0/1 columns of top codes.

    messages: tables.Messages. setting: of each message. gap: minutes of silence that end a conversation.
    """
    kept = messages[(messages["kind"] == "text") & messages["member"].notna() & setting.notna()]
    kept = kept.sort_values(["channel", "time", "message_id"], kind="stable")
    rows = kept[["member"]].assign(
        setting=setting[kept.index].astype(str), channel=kept["channel"], conversation=conversations(kept, gap)
    )
    given = coded.loc[(coded["value"] == 1) & coded["code"].isin(codebook.names), ["unit_id", "code"]]
    top = given["code"].map({name: codebook.top(name) for name in codebook.names})
    for name in dict.fromkeys(codebook.top(code) for code in codebook.names):
        rows[name] = kept["message_id"].isin(given.loc[top == name, "unit_id"]).astype("int64")
    return rows.reset_index(drop=True)


def chat_network(rows: pd.DataFrame, *, window: int, least: int) -> ChatNetwork:
    """How members connect codes in one setting and in the other.

    rows: as from chat_rows; everybody's texts count in the windows, but a member becomes a unit of a setting only with
    at least `least` texts there. If at least PAIRS_NEEDED members are units in both, only they are kept; otherwise all
    units are. Raises InputError when a setting has fewer than two units, or nobody connects two codes.
    """
    codes = [name for name in rows.columns[4:] if rows[name].any()]
    if not codes:
        raise InputError("no code that any message has is known for all of them")
    if len(codes) < 2:
        given = wording.count(len(codes), "group of codes", "groups of codes")
        raise InputError(f"their messages have {given}; a connection needs two")
    units, bounds = ["member", "setting"], ["channel", "conversation"]
    adjacency = accumulate(rows, units, bounds, codes, window=window)
    texts = (rows["member"] + "." + rows["setting"]).value_counts().reindex(adjacency.index)
    kept = adjacency[(texts >= least).to_numpy()]
    both = kept.index.str.split(".").str[0].duplicated(keep=False)
    paired = bool(both.sum() >= 2 * PAIRS_NEEDED)
    kept = kept[both] if paired else kept
    member, setting = (kept.index.str.split(".").str[i].to_numpy(dtype=str) for i in (0, 1))
    informal = setting == INFORMAL
    if min(informal.sum(), (~informal).sum()) < 2:
        raise InputError(
            f"at least {least} texts are written in the committee's chat by "
            f"{wording.count((~informal).sum(), 'member')} and in informal ones by {informal.sum()}; two of each are "
            "needed"
        )
    network = EpistemicNetwork(units, bounds, codes, window, rotation="means", groups=("setting", *SETTINGS))
    return ChatNetwork(network.place(kept, setting), pd.Series(member, index=kept.index), paired, len(rows))
