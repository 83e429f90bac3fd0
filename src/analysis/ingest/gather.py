"""Read a study's raw folder as it is, names included: once, and into memory only.

Where there is a folder chats/, every file in it has to be readable as a chat. Where there is none, the raw folder
itself holds the chats: files that are not chats are skipped, and named with the reason. Pictures, recordings and the
like, which a phone exports next to a chat, are skipped in either case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis import codebook, disk, tables, wording
from analysis.codebook import Codebook
from analysis.errors import InputError
from analysis.ingest import manifest, overlap
from analysis.ingest.annotations import LINKS, annotator_of, read_annotations
from analysis.ingest.chat import FOLDERS, SHEETS, read_chat
from analysis.ingest.clock import AmbiguousDates
from analysis.ingest.sheets import (
    APPROVALS,
    REVIEWED,
    coded,
    read_approvals,
    read_codings,
    read_partnerships,
    read_reviewed,
    read_roster,
    read_sample,
)
from analysis.ingest.transcript import read_transcript
from analysis.ingest.words import SELVES
from analysis.privacy import Directory, canonical, listed

OWN_FILES = (*manifest.OWN, manifest.NAME.lower())
OWN_FOLDERS = (("transcripts",), ("codings",), ("annotations",))
README = "a readme"
UNKNOWN = "nothing of this name is looked for here"
OUTSIDE = "it is a chat outside chats/, where none is read; move it into data/raw/chats if it is to count"
PAGE = re.compile(r"messages(?!1\.)\d+\.html|message_(?!1\.)\d+\.json")
OF_A_FOLDER = (".html", ".json", ".jsonl")  # endings of the files that an export of several files is read from
OWN_CHANNELS = ("telegram", "discord", "slack", "irc")  # formats that say which chat it is, or have a file a day
MEDIA = re.compile(  # endings of what a phone or a file manager puts next to a chat
    r"(?i)\.(jpe?g|png|webp|gif|heic|mp4|3gp|mov|mkv|webm|opus|og[ga]|m4a|mp3|aac|amr|wav|vcf|pdf|tgs|thumb|db|ini)"
)
GENERIC = re.compile(
    r"(?i)(narasumber|informan|informant|participant|partisipan|peserta|responden|respondent|subjek|speaker|r|n)"
    r"[\s\d.]*(\(([a-z]|\d+)\))?"
)


@dataclass(frozen=True)
class Unread:
    """A file that was skipped: its name, its bytes, and why. ambiguous: it is a chat whose dates can be read in two
    ways."""

    source: str
    size: int
    why: str
    ambiguous: bool = False


@dataclass(frozen=True, repr=False)
class Raw:
    """A raw folder as read. roster, participants: as a Directory takes them; strangers: senders on no roster;
    speakers: transcript, speaker as written, name of the participant; book: None where there is no codebook;
    annotations: columns annotations.LINKS, annotator and source; reviewed: decisions on what the scrubbing left;
    approvals: decisions on turns that may be quoted.

    Printed, it gives counts only: a page must show no name.
    """

    chats: list[pd.DataFrame]
    transcripts: list[pd.DataFrame]
    roster: pd.DataFrame
    partnerships: pd.DataFrame
    codings: pd.DataFrame
    unread: list[Unread]
    strangers: pd.DataFrame = field(default_factory=pd.DataFrame)
    participants: pd.DataFrame = field(default_factory=pd.DataFrame)
    speakers: dict[tuple[str, str], str] = field(default_factory=dict)
    book: Codebook | None = None
    sample: pd.DataFrame = field(default_factory=lambda: tables.empty(tables.Sample))
    annotations: pd.DataFrame = field(default_factory=lambda: _annotations([]))
    reviewed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*REVIEWED]))
    approvals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*APPROVALS]))

    def __repr__(self) -> str:
        counts = {"chat": self.chats, "transcript": self.transcripts, "member": self.roster, "coding": self.codings}
        return f"Raw({', '.join(wording.count(len(items), name) for name, items in counts.items())})"

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """Canonical names of all members and chat senders, and of the other interview participants."""
        members = [*self.roster["name"], *self.strangers["name"]]
        return [canonical(name) for name in members], [canonical(name) for name in self.participants["name"]]


def gather(folder: Path, *, tz: str, date_order: str | None) -> Raw:
    """Everything in a raw folder. date_order: for dates that do not settle it, unless the manifest gives a chat's.

    Raises InputError when a file cannot be used, or when there is neither a chat nor an interview.
    """
    visible(folder)  # refuses what is not a file of a study, before anything is opened
    roster = read_roster(folder / "members.csv")
    names = sorted({name for row in roster.itertuples() for name in (row.name, *listed(row.aliases))})
    chats, unread = _chats(folder, chat_reader(folder, tz=tz, date_order=date_order, senders=names))
    chats = _with_owners(chats)
    spoken = sorted(visible(folder / "transcripts"), key=_numbered)
    if not chats and not any(not is_readme(path) for path in spoken):
        fix = "Add an exported chat or an interview: guyub add FILE"
        raise InputError("there is no chat and no interview to read", path=folder, fix=fix)
    transcripts = _transcripts([path for path in spoken if not is_readme(path)])
    unread += [_unread(path, README) for path in spoken if is_readme(path)]
    with_codings, not_coded = _csv_of(folder / "codings")
    annotated, not_annotated = _csv_of(folder / "annotations")
    codings = [coded(read_codings(path)).assign(source=path.name) for path in with_codings]
    unread += not_coded + not_annotated
    strangers = _strangers(chats, Directory(roster))
    roster, strangers = _with_nicknames(chats, roster, strangers)
    members = Directory(pd.concat([roster, strangers], ignore_index=True))
    speakers, participants, labels = _participants(transcripts, members)
    roster, strangers, participants = (_also_called(people, labels) for people in (roster, strangers, participants))
    book = folder / "codebook.yaml"
    return Raw(
        chats=chats, transcripts=transcripts, roster=roster, unread=unread,
        partnerships=read_partnerships(folder / "partnerships.csv"),
        codings=pd.concat([tables.empty(tables.Codings).assign(source=""), *codings], ignore_index=True),
        book=codebook.checked(book) if book.exists() else None, sample=read_sample(folder / "sample.csv"),
        strangers=strangers, participants=participants, speakers=speakers, annotations=_annotations(annotated),
        reviewed=read_reviewed(folder / "reviewed.csv"), approvals=read_approvals(folder / "quotations.csv"),
    )  # fmt: skip


def lists(folder: Path) -> Iterator[tuple[Callable[[Path], object], Path]]:
    """How each of the tables and lists of a raw folder but for the roster is read, and where it is."""
    yield read_partnerships, folder / "partnerships.csv"
    yield from ((read_codings, path) for path in _csv_of(folder / "codings")[0])
    yield from ((read_annotations, path) for path in _csv_of(folder / "annotations")[0])
    if (book := folder / "codebook.yaml").exists():
        yield codebook.checked, book
    yield read_sample, folder / "sample.csv"
    yield read_reviewed, folder / "reviewed.csv"
    yield read_approvals, folder / "quotations.csv"


def chat_reader(
    folder: Path, *, tz: str, date_order: str | None, senders: Collection[str] = ()
) -> Callable[[Path], pd.DataFrame]:
    """read_chat for the files of a raw folder, each with the order of dates that its manifest gives for it, and in its
    report the title."""
    own, titles = manifest.date_orders(folder), manifest.titles(folder)

    def read(path: Path) -> pd.DataFrame:
        name = path.relative_to(folder).as_posix()
        chat = read_chat(path, tz=tz, date_order=own.get(name, date_order), senders=senders)
        chat.attrs["report"]["title"] = titles.get(name, "")
        return chat

    return read


def of_chats(chats: list[pd.DataFrame], roster: pd.DataFrame) -> Raw:
    """Chats alone, as read_chat gives them, with the roster of the members who may write in them."""
    roster, strangers = _with_nicknames(chats, roster, _strangers(chats, Directory(roster)))
    nobody = pd.DataFrame(columns=["name", "aliases"], dtype="str")
    codings = tables.empty(tables.Codings).assign(source="")
    return Raw(
        chats=chats, transcripts=[], roster=roster, partnerships=pd.DataFrame(), codings=codings, unread=[],
        strangers=strangers, participants=nobody,
    )  # fmt: skip


def _transcripts(paths: list[Path]) -> list[pd.DataFrame]:
    """The transcripts. Raises InputError on two of one name, with which the ids of their turns begin."""
    read: dict[str, Path] = {}
    transcripts = []
    for path in paths:
        transcripts.append(transcript := read_transcript(path))
        name = transcript["transcript"].iloc[0]
        if (other := read.setdefault(name, path)) != path:
            what = f"two transcripts are called {name}: this one and {other}"
            raise InputError(what, path=path, fix="Give one of them another name.")
    return transcripts


def _csv_of(folder: Path) -> tuple[list[Path], list[Unread]]:
    """The tables of a folder, and the other files next to them."""
    paths = visible(folder)
    others = [path for path in paths if path.suffix.lower() != ".csv"]
    why = f"no table of {folder.name} (.csv)"
    return [p for p in paths if p not in others], [_unread(p, README if is_readme(p) else why) for p in others]


def _annotations(paths: list[Path]) -> pd.DataFrame:
    """The annotations of all sheets; two of one name, in two folders or a copy, are one annotator's."""
    read = [read_annotations(path).assign(annotator=annotator_of(path), source=str(path)) for path in paths]
    none = pd.DataFrame(columns=[*LINKS, "annotator", "source"]).astype(LINKS | {"annotator": "str", "source": "str"})
    return pd.concat([none, *read], ignore_index=True)


def visible(folder: Path) -> list[Path]:
    """The files of a folder and its folders in order of name, without hidden ones; none where there is no folder.
    Raises InputError as disk.regular_files does."""
    return disk.regular_files(folder)


def _numbered(path: Path) -> list[tuple[str, int, str]]:
    """A key that sorts names by their numbers, as interviews are counted: `interview 2` before `interview 10`."""
    parts = re.findall(r"(\D*)(\d*)", str(path).lower())
    return [(letters, int(number or 0), number) for letters, number in parts]


def is_readme(path: Path) -> bool:
    """Whether the file describes the others, whatever its ending, and holds no data."""
    return path.stem.lower() == "readme"


def no_chat(path: Path) -> str:
    """Why a file of chats/ is left alone, by its name; empty where it must be a chat."""
    if is_readme(path):
        return README
    return "a picture, recording or document, and no chat" if MEDIA.fullmatch(path.suffix) else ""


def _chats(folder: Path, read: Callable[[Path], pd.DataFrame]) -> tuple[list[pd.DataFrame], list[Unread]]:
    inside = folder / "chats"
    if inside.is_dir():
        paths = exports(inside)
        left_alone = [_unread(path, why) for path in paths if (why := no_chat(path))]
        in_folder = [_in_folder(read(path), path, inside) for path in paths if not no_chat(path)]
        return _of_one_title(in_folder), left_alone + _elsewhere(folder, read)
    chats, unread = [], []
    for path in _loose(folder):
        if why := _no_loose_chat(path, folder):
            unread.append(_unread(path, why))
            continue
        try:
            chats.append(read(path))
        except InputError as error:
            unread.append(_unread(path, error.what, ambiguous=isinstance(error, AmbiguousDates)))
    return _of_one_title(chats), unread


def lies_loose(folder: Path) -> bool:
    """Whether the chats of a raw folder are looked for in the folder itself: there is no chats/, and a file that may be
    one."""
    return not (folder / "chats").is_dir() and any(not _no_loose_chat(path, folder) for path in _loose(folder))


def _loose(folder: Path) -> list[Path]:
    """The exports of a raw folder without chats/, and other files that are of no own kind."""
    return [path for path in exports(folder) if path.name.lower() not in OWN_FILES
            and path.relative_to(folder).parts[:1] not in OWN_FOLDERS]  # fmt: skip


def _no_loose_chat(path: Path, folder: Path) -> str:
    """Why a file of a raw folder without chats/ is left alone, by its name and place; empty where it may be a chat."""
    licence = "a readme or licence" if re.match(r"(?i)(readme|licen[cs]e)", path.name) else ""
    astray = "" if path.is_dir() or path.parent == folder else "it lies in a folder other than chats"
    return licence or no_chat(path) or astray


def _of_one_title(chats: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The chats, those of several files with the same title as one: their channels called after it. Not where the
    messenger itself says in the file which chat it is."""
    channels: dict[str, set[str]] = {}
    for chat in (chat for chat in chats if _may_be_called(chat)):
        channels.setdefault(chat.attrs["report"]["title"], set()).update(chat.attrs["report"]["channels"])
    for chat in (chat for chat in chats if _may_be_called(chat)):
        report = chat.attrs["report"]
        if report["title"] and len(channels[report["title"]]) > 1:
            report["channels"] = dict.fromkeys(report["channels"], report["title"])
    return chats


def _may_be_called(chat: pd.DataFrame) -> bool:
    """Whether the name of the chat in an export is that of its file."""
    report = chat.attrs["report"]
    return len(report["channels"]) == 1 and report["format"] not in OWN_CHANNELS


def _elsewhere(folder: Path, read: Callable[[Path], pd.DataFrame]) -> list[Unread]:
    """The files next to chats/ that are not read, or would be only under another name."""
    inside = (("chats",), *OWN_FOLDERS)
    outside = [path for path in visible(folder) if path.relative_to(folder).parent.parts[:1] not in inside]
    others = [path for path in outside if path.parent != folder or path.name not in (*OWN_FILES, "MANIFEST.csv")]
    return [_unread(path, _why_elsewhere(path, read)) for path in others]


def _why_elsewhere(path: Path, read: Callable[[Path], pd.DataFrame]) -> str:
    """Why a file next to chats/ is not read."""
    if path.suffix.lower() in SHEETS:
        return "a spreadsheet; save it as CSV UTF-8"
    try:
        read(path)
    except AmbiguousDates:
        return OUTSIDE  # a chat, whichever way they are read
    except InputError:
        return UNKNOWN
    return OUTSIDE


def _with_owners(chats: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The chats, their owner's own messages (`Anda`) under the owner's name where another export of a chat shows it."""
    done, channels = [], [frozenset(chat["channel"].unique()) for chat in chats]
    for number, chat in enumerate(chats):
        own = chat["sender"].isin(SELVES)
        alike = (other for other, same in enumerate(channels) if same == channels[number] and other != number)
        others = [chats[other] for other in alike]
        owner = overlap.owner_of(chat[own], others) if own.any() and others else None
        done.append(chat if owner is None else chat.assign(sender=chat["sender"].mask(own, owner)))
    return done


def exports(inside: Path) -> list[Path]:
    """The exports in chats/: files, and the folders of exports that are of several files, each given as its folder."""
    found = visible(inside)
    folders = {path.parent for path in found if path.name in FOLDERS and path.parent != inside}
    whole = {folder for folder in folders if not folders.intersection(folder.parents)}
    pages = [path for path in found if PAGE.fullmatch(path.name) and path.parent == inside]  # read with the first
    return sorted([p for p in found if not whole.intersection(p.parents) and p not in pages] + list(whole))


def _in_folder(chat: pd.DataFrame, path: Path, inside: Path) -> pd.DataFrame:
    """A chat of chats/. A folder within it holds the exports of one chat by several members, and gives its name."""
    report = chat.attrs["report"]
    if path.parent != inside and len(report["channels"]) == 1 and report["format"] != "irc":
        report["channels"] = dict.fromkeys(report["channels"], path.parent.name)
    return chat


def _unread(path: Path, why: str, *, ambiguous: bool = False) -> Unread:
    return Unread(path.name, path.stat().st_size if path.is_file() else 0, why, ambiguous)


# People


def stated_participant(transcript: pd.DataFrame) -> str | None:
    """The name of the person interviewed, from the transcript's metadata."""
    meta = transcript.attrs["metadata"]
    return next((meta[k] for k in ("peserta", "participant", "partisipan", "narasumber") if meta.get(k)), None)


def _strangers(chats: list[pd.DataFrame], roster: Directory) -> pd.DataFrame:
    """Senders of chats who are on no roster, one row a person."""
    senders = [sender for chat in chats for sender in chat["sender"].dropna().unique()]
    unlisted = {canonical(sender): sender for sender in reversed(senders) if not roster.who(sender)}
    return pd.DataFrame({"name": pd.Series(sorted(unlisted.values()), dtype="str")})


def _with_nicknames(chats: list[pd.DataFrame], roster: pd.DataFrame, strangers: pd.DataFrame) -> list[pd.DataFrame]:
    """Roster and strangers with the nicknames that a messenger gives senders as aliases, unless others go by them."""
    everyone = Directory(pd.concat([roster, strangers], ignore_index=True))
    given: dict[str, set[str]] = {}  # nickname -> canonical names of the people it is given to
    for chat in chats:
        for sender, nicknames in chat.attrs["report"].get("aliases", {}).items():
            for nickname in nicknames:
                given.setdefault(nickname, set()).update(everyone.who(sender))
    free = {nickname: people for nickname, people in given.items() if not everyone.who(nickname)}
    return [_also_called(people, free) for people in (roster, strangers.assign(aliases=""))]


def _also_called(people: pd.DataFrame, nicknames: dict[str, set[str]]) -> pd.DataFrame:
    """People with the nicknames (of canonical names) among their aliases."""
    own = [[n for n, who in nicknames.items() if canonical(name) in who] for name in people["name"]]
    joined = [";".join(filter(None, [old, *new])) for old, new in zip(people["aliases"], own, strict=True)]
    return people.assign(aliases=pd.Series(joined, index=people.index, dtype="str"))


def _participants(
    transcripts: list[pd.DataFrame], members: Directory
) -> tuple[dict[tuple[str, str], str], pd.DataFrame, dict[str, set[str]]]:
    """Who speaks in each transcript: (transcript, speaker as written) -> name; those who are on no roster; and by what
    else the transcripts call people: label -> canonical names, of members only a label that nobody on the roster has.

    The metadata's participant names the one speaker who is not the interviewer. A label such as `Narasumber` means
    another person in each transcript.
    """
    speakers: dict[tuple[str, str], str] = {}
    others: dict[str, str] = {}
    called: dict[str, set[str]] = {}
    for transcript in transcripts:
        slug, named = transcript["transcript"].iloc[0], stated_participant(transcript)
        labels = transcript.loc[transcript["role"] == "participant", "speaker"].unique().tolist()
        for label in labels:
            name = named if named and len(labels) == 1 else f"{slug} {label}" if GENERIC.fullmatch(label) else label
            speakers[slug, label] = name
            if not (people := members.who(name)):
                others.setdefault(canonical(name), name)
            if label != name and not GENERIC.fullmatch(label) and not (people and members.who(label)):
                called.setdefault(label, set()).update(people or {canonical(name)})
    return speakers, pd.DataFrame({"name": list(others.values()), "aliases": ""}, dtype="str"), called
