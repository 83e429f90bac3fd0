"""Many groups at once, for the benchmarks: communities made and written one after the other, in flat memory."""

from __future__ import annotations

import csv
from pathlib import Path

from analysis.errors import InputError
from analysis.simulate.chats import write_chat
from analysis.simulate.community import Community, simulate_community
from analysis.simulate.export import MEMBERS, PARTNERS, declared_rows, member_rows, save

GROUPS = 4  # chats of one community
SEVERAL = 50_000  # messages of one community that still fit easily into memory


def write_large(out: Path | str, *, groups: int, messages: int, seed: int = 0, members: int = 40) -> list[Path]:
    """Write about `messages` messages in `groups` chats as a raw folder without interviews and codings.

    Each four chats are one community of `members` people, who are in no other; only one community is in memory at a
    time. Returns the files written. Raises InputError when the groups do not come out even or would be too large.
    """
    out, communities = Path(out), groups // GROUPS
    if groups < GROUPS or groups % GROUPS:
        raise InputError(
            "the number of groups is no multiple of 4", fix="A community has four chats: give 4, 8, 12 ..."
        )
    if messages > communities * SEVERAL:
        raise InputError("too many messages for so few groups", fix=f"Give {SEVERAL // GROUPS} a group at most.")
    heads = {"members.csv": MEMBERS, "partnerships.csv": PARTNERS}
    files = [save(out / name, ",".join(head) + "\n") for name, head in heads.items()]
    for k in range(communities):
        community = simulate_community(seed + k, members, messages=messages // communities, first=k * members)
        files += _append(community, out, f"{k + 1:04d}")
    return files


def _append(community: Community, out: Path, number: str) -> list[Path]:
    for name, rows in (("members.csv", member_rows(community)), ("partnerships.csv", declared_rows(community))):
        with (out / name).open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return [write_chat(community, channel, out / "chats", number) for channel in community.channels]
