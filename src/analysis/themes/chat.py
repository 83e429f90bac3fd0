"""Epistemic networks of the chat: how members connect codes where talk is informal, against the committee's chat."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import wording
from analysis.coding.codebook import Codebook
from analysis.coding.conversations import conversations
from analysis.errors import InputError
from analysis.themes.compare import Comparison, compare_groups
from analysis.themes.ena import EpistemicNetwork, accumulate

SETTINGS = ("committee", "informal")
PAIRS_NEEDED = 6  # members in both settings below whom no exchange within members can reach p = .05


@dataclass(frozen=True)
class ChatNetwork:
    """What the chat shows.

    network: units are a member in a setting, rotated by the settings' means. comparison: of the settings. paired:
    whether it is within members who write in both (else between units, so that who writes there differs too).
    rows: texts read; members: who are placed.
    """

    network: EpistemicNetwork
    comparison: Comparison
    paired: bool
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
            fix="Give other words in themes of params.yaml.",
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
    """Compare how members connect codes in one setting and in the other.

    rows: as from chat_rows; everybody's texts stand in the windows, but a member is placed in a setting only from
    `least` texts there. Where PAIRS_NEEDED members are placed in both, only they are compared and labels are exchanged
    within members, so what a member is like everywhere is no difference; with fewer, all units are, and labels are
    exchanged freely. Raises InputError when a setting has fewer than two units, or nobody connects two codes.
    """
    codes = [name for name in rows.columns[4:] if rows[name].any()]
    if len(codes) < 2:
        given = wording.count(len(codes), "group of codes", "groups of codes")
        raise InputError(f"their messages bear {given}; to connect takes two")
    units, bounds = ["member", "setting"], ["channel", "conversation"]
    adjacency = accumulate(rows, units, bounds, codes, window=window)
    texts = (rows["member"] + "." + rows["setting"]).value_counts().reindex(adjacency.index)
    kept = adjacency[(texts >= least).to_numpy()]
    member, setting = (kept.index.str.split(".").str[i].to_numpy(dtype=str) for i in (0, 1))
    both = pd.Series(member).duplicated(keep=False).to_numpy()
    paired = bool(both.sum() >= 2 * PAIRS_NEEDED)
    if paired:
        kept, member, setting = kept[both], member[both], setting[both]
    second = setting == SETTINGS[1]
    if min(second.sum(), (~second).sum()) < 2:
        raise InputError(
            f"at least {least} texts are written in the committee's chat by {wording.count((~second).sum(), 'member')} "
            f"and in informal ones by {second.sum()}; two of each are needed"
        )
    network = EpistemicNetwork(units, bounds, codes, window, rotation="means", groups=("setting", *SETTINGS))
    network.place(kept, setting)
    comparison = compare_groups(
        network.lines, second, strata=member if paired else None, permutations=permutations, seed=seed
    )
    return ChatNetwork(network, comparison, paired, len(rows), len(set(member)))
