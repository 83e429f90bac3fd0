"""Epistemic networks of the chat: how members connect codes where talk is informal, against the committee's chat."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.coding.codebook import Codebook
from analysis.coding.conversations import conversations
from analysis.errors import InputError
from analysis.themes.compare import Comparison, compare_groups
from analysis.themes.ena import EpistemicNetwork, accumulate

SETTINGS = ("committee", "informal")


@dataclass(frozen=True)
class ChatNetwork:
    """What the chat shows.

    network: units are a member in a setting, rotated by the settings' means. comparison: of the settings, within
    members. rows: texts read; members: who write enough in both settings.
    """

    network: EpistemicNetwork
    comparison: Comparison
    rows: int
    members: int


def settings(channels: pd.Series, informal: str, committee: str) -> pd.Series:
    """The setting of each channel by the word in its name; missing where it holds neither.

    Raises InputError on a channel whose name holds both words.
    """
    is_informal = channels.str.contains(informal, regex=False)
    is_committee = channels.str.contains(committee, regex=False)
    if (is_informal & is_committee).any():
        name = channels[is_informal & is_committee].iloc[0]
        raise InputError(
            f"the chat {name!r} is both informal ({informal!r}) and the committee's ({committee!r}) by its name",
            mend="Give other words in themes of params.yaml.",
        )
    none = pd.Series(None, index=channels.index, dtype=object)
    return none.mask(is_committee, "committee").mask(is_informal, "informal")


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
    found = coded.loc[(coded["value"] == 1) & coded["code"].isin(codebook.names), ["unit_id", "code"]]
    top = found["code"].map({name: codebook.top(name) for name in codebook.names})
    for name in dict.fromkeys(codebook.top(code) for code in codebook.names):
        rows[name] = kept["message_id"].isin(found.loc[top == name, "unit_id"]).astype("int64")
    return rows.reset_index(drop=True)


def chat_network(rows: pd.DataFrame, *, window: int, least: int, permutations: int, seed: int) -> ChatNetwork:
    """Compare how members connect codes in one setting and in the other, each member a pair of units.

    rows: as from chat_rows; everybody's texts stand in the windows, but only members with at least `least` texts in
    both settings are placed. Labels are exchanged within members, so what a member is like everywhere is no difference.
    Raises InputError when fewer than two members write enough in both, or nobody connects two codes.
    """
    texts = rows.pivot_table(index="member", columns="setting", values="channel", aggfunc="size", fill_value=0)
    both = texts.index[(texts.reindex(columns=list(SETTINGS), fill_value=0) >= least).all(axis=1)]
    if len(both) < 2:
        raise InputError(f"{len(both)} members write at least {least} texts in both settings; two are needed")
    codes = [name for name in rows.columns[4:] if rows[name].any()]
    units, bounds = ["member", "setting"], ["channel", "conversation"]
    adjacency = accumulate(rows, units, bounds, codes, window=window)
    names = adjacency.index.str.split(".", expand=True)
    kept = names.get_level_values(0).isin(both)
    member, setting = (names[kept].get_level_values(i).to_numpy(dtype=str) for i in (0, 1))
    network = EpistemicNetwork(units, bounds, codes, window, rotation="means", groups=("setting", *SETTINGS))
    network.place(adjacency[kept], setting)
    comparison = compare_groups(
        network.lines, setting == SETTINGS[1], strata=member, permutations=permutations, seed=seed
    )
    return ChatNetwork(network, comparison, len(rows), len(both))
