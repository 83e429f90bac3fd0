"""The name of a chat on pages: its title, its name where its channel has lost characters of it, or else its channel.

The author gives titles in the column `title` of data/raw/MANIFEST.csv. An export is often called after a person or a
group, and pages then show a code in its place. The manifest is where an author finds the file, and stays with the raw
files; the title goes to the pages and so must lead to nobody. Ids keep the channel, whatever pages call the chat.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

import pandas as pd

from analysis.errors import InputError, noting, refuse
from analysis.ingest import manifest
from analysis.ingest.corpus import Corpus
from analysis.ingest.files import bare, slug
from analysis.ingest.gather import Raw
from analysis.ingest.scrubbing import file_name
from analysis.privacy import Pseudonymiser

TWO_CHATS = (
    "Give each chat a title of its own. If they are one group, give all its files this title, or, in chats/, put them "
    "into one folder."
)
# Names that a phone or a program gives to an export of any chat: `_chat.txt`, result.json.
SAYS_NOTHING = re.compile(r"(chats?|results?|messages?|exports?|conversations?|obrolan|percakapan)?(-?\d+)*")
# Signs of a name that figures cannot hold: those in no font of Latin letters, and `$`, which begins a formula there.
UNSHOWN = re.compile(r"[^ -#%-~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2026\u20ac]+")
PLAIN = re.compile(r"[\w\s.-]*", re.ASCII)  # a name of which a channel loses capitals and blanks only


def shown_name(name: str) -> str:
    """What pages call a chat of this name, or with a file of this name, that leads to nobody and has no title. Letters
    that figures cannot hold leave it what its channel is called: what is left of two such names may be the same."""
    whole = unicodedata.normalize("NFC", bare(name))
    shown = " ".join(UNSHOWN.sub(" ", whole).split())
    lost = any(map(str.isalnum, "".join(UNSHOWN.findall(whole))))
    return slug(name) if lost or PLAIN.fullmatch(shown) else shown


def says_nothing(channel: str) -> bool:
    """Whether the name of a channel, made by `slug` from a file's name, does not distinguish one chat from another."""
    return bool(SAYS_NOTHING.fullmatch(channel))


def titled(corpus: Corpus, raw: Raw, people: Pseudonymiser, folder: Path) -> Corpus:
    """The corpus with titles in place of the channels' codes; message ids stay as they were. folder: data/raw. Raises
    InputError as titles_by_channel does."""
    titles = titles_by_channel(raw, people, manifest.titles(folder), folder)
    shown = corpus.messages["channel"].replace(titles)
    return replace(corpus, messages=corpus.messages.assign(channel=shown))


def titles_by_channel(
    raw: Raw, people: Pseudonymiser, given: Mapping[str, str], folder: Path = Path()
) -> dict[str, str]:
    """What pages call chats, by the channels' codes. given: titles by path in data/raw. folder: that of the manifest,
    for errors.

    Raises InputError on a title of what is no chat or several, on a chat with two titles, on two chats that pages would
    show as one, and on a title that leads to a person.
    """
    refused = partial(InputError, path=folder / manifest.NAME)
    codes = {code: name for chat in raw.chats for code, name in _names(chat, people)}
    names = Counter(codes.values())
    codes = {code: name if names[name] == 1 else code for code, name in codes.items()}
    titles: dict[str, str] = {}
    errors: list[InputError] = []
    for path, title in given.items():
        with noting(errors):
            channels = {code for chat in _at(raw, path, title) for code in channels_of(chat, people)}
            if len(channels) != 1:
                what = "is no chat that is read" if not channels else f"holds {len(channels)} chats"
                fix = "Give titles to files that hold one chat each."
                raise refused(f"a title is given to {path}, which {what}", fix=fix)
            if people.scrub(title, talk=False)[1]:
                fix = "Write one without names, numbers and addresses."
                raise refused(f"the title of {path} leads to a person", fix=fix)
            if titles.setdefault(code := channels.pop(), title) != title:
                fix = "Give all exports of one chat the same title."
                raise refused(f"the chat of {path} has two titles", fix=fix)
            codes[code] = title
    refuse(errors)
    shown = list(codes.values())
    twice = sorted({title for title in titles.values() if shown.count(title) > 1})
    refuse(refused(f"two chats would be shown as {title}", fix=TWO_CHATS) for title in twice)
    return codes


def channels_of(chat: pd.DataFrame, people: Pseudonymiser) -> list[str]:
    """The codes of an export's channels, as pages show them where there is no title."""
    return [slug(file_name(people, name, "chat")) for name in chat.attrs["report"]["channels"].values()]


def _names(chat: pd.DataFrame, people: Pseudonymiser) -> Iterator[tuple[str, str]]:
    """The codes of an export's channels, each with what pages call it where there is no title."""
    for name in chat.attrs["report"]["channels"].values():
        public = file_name(people, name, "chat")
        shown = shown_name(public)
        yield slug(public), slug(public) if people.scrub(shown, talk=False)[1] else shown


def _at(raw: Raw, path: str, title: str) -> Iterator[pd.DataFrame]:
    """The exports at a path of the manifest: a file, or the folder of an export of several files. Where a folder gives
    its name to the chat in it (gather), a file of that name elsewhere is another's; a title may give it, too."""
    parts = PurePosixPath(path).parts
    for chat in raw.chats:
        source, names = chat.attrs["report"]["source"], set(chat.attrs["report"]["channels"].values())
        if source in parts and (source in names or names & {*parts, title} or len(parts) < 3):
            yield chat
