"""The written interviews (interviews/*.yaml) as transcripts, and the codes planted in them. Fiction, by us."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from analysis.errors import InputError
from analysis.simulate.community import Community
from analysis.simulate.people import HERE, load_yaml

WIDTH = 100  # characters per line


@dataclass(frozen=True)
class Quote:
    """A planted code: the words it applies to, their translation, and what a coder would note about them."""

    code: str
    text: str
    english: str
    memo: str = ""


def interviews(community: Community) -> list[dict[str, Any]]:
    """The interviews of members of this community: three of every ten, twelve at most. Raises InputError when a
    quotation is not in its turn, word for word."""
    written = [load_yaml(f"interviews/{path.name}") for path in sorted((HERE / "interviews").glob("*.yaml"))]
    names = set(community.people.name)
    here = [interview for interview in written if interview["participant"] in names]
    planted = ((one["participant"], k, turn) for one in here for k, turn in enumerate(one["turns"], 1))
    for participant, number, turn in planted:
        for quote in turn.get("codes") or ():
            if quote["quote"] not in turn["text"]:
                raise InputError(f"interview of {participant}: turn {number} does not contain: {quote['quote']}")
    return here[: max(3, round(len(names) * 0.3))]


def transcript(interview: dict[str, Any], label: str, *, timed: bool) -> str:
    """The interview as a transcriber's text file: metadata, then turns. timed: with times, as some recorders give."""
    head = {"peserta": interview["participant"], "tanggal": interview["date"], "tempat": interview["place"]}
    head |= {"durasi": f"{interview['minutes']} menit", "simulated": "yes"}
    parts = ["\n".join(f"# {key}: {value}" for key, value in head.items())]
    words = 0
    pace = sum(len(turn["text"].split()) for turn in interview["turns"]) / (interview["minutes"] * 60)
    for turn in interview["turns"]:
        second = int(words / pace)
        time = f"[{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}] " if timed else ""
        who = "Pewawancara" if turn["who"] == "I" else label
        said = f"{time}{who}: {turn['text'].strip()}"
        parts.append(textwrap.fill(said, WIDTH, break_long_words=False, break_on_hyphens=False))
        words += len(turn["text"].split())
    return "\n\n".join(parts) + "\n"


def quotes(interview: dict[str, Any]) -> dict[int, list[Quote]]:
    """The planted codes of the participant's turns, by turn (1-based, the interviewer's counted too)."""
    return {
        number: [Quote(q["code"], q["quote"], q["english"], q.get("memo", "")) for q in turn.get("codes") or ()]
        for number, turn in enumerate(interview["turns"], 1)
        if turn["who"] == "P"
    }
