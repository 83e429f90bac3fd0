"""Copy a community's own files into data/raw, each to the folder of its kind, and list them in MANIFEST.csv."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd
from tqdm import tqdm

from analysis import disk, study, wording
from analysis.coding.exchange import YAML, is_starter
from analysis.errors import InputError
from analysis.ingest import files as texts
from analysis.ingest import manifest, read_chat, read_transcript
from analysis.ingest.chat import FOLDERS as OF_SEVERAL
from analysis.ingest.clock import AmbiguousDates
from analysis.ingest.gather import MEDIA, OF_A_FOLDER, PAGE, exports, lies_loose, visible
from analysis.ingest.readers import tabular
from analysis.ingest.readers.jsonstream import BrokenJSON
from analysis.ingest.sheets import PARTNERSHIPS, ROSTER, columns_meant, translated
from analysis.ingest.titles import says_nothing
from analysis.network.replies import annotate
from analysis.tools import papers
from analysis.workbook import ENDING, read_cells

OWN = {name: kind for name, kind in manifest.OWN.items() if kind != manifest.DECISIONS}
NAMES = {kind: name for name, kind in OWN.items()}
FOLDERS = {"chat": "chats", "transcript": "transcripts"}
CODED = (".qdpx", ".qdc", ".sqlite3")
CELLS = (".csv", ".tsv", ENDING)
SPOKEN = (".txt", ".md", ".docx", ".odt", ".vtt", ".srt")  # endings that a transcript may have
IMPORT = "Take them in with: guyub import FILE"
READ = "a chat export, an interview transcript, a list of members or of partnerships, or a codebook"
OF_ONE = ("title", "date_order")  # what may be stated of a chat that is there already
LISTED = 10  # most files named that cannot be taken in
NOTHING = "Nothing was added."
OTHERWISE = (  # files that people give but that are not read, by ending, and what to do
    ((".pdf", ".doc", ".rtf", ".pages"),
     "Save an interview as .docx or .txt, and add that. Of a chat, add the export that its app writes."),
    ((".png", ".jpg", ".jpeg", ".heic", ".webp", ".gif", ".mp3", ".m4a", ".wav", ".opus", ".ogg", ".mp4", ".mov"),
     "Pictures and recordings are not read. Of an interview, add the transcript (.docx or .txt); of a chat, the export "
     "that its app writes."),
)  # fmt: skip
LISTS = (("members", ROSTER, {"name"}), ("partnerships", PARTNERSHIPS, {"member_a", "member_b"}))
MEMBERS_FIX = "docs/raw-data.md describes them. A codebook is taken in by: guyub import FILE"
TABLES = (
    f"A list of members has the column name and any of {', '.join(ROSTER[1:])}; one of partnerships member_a and "
    "member_b; a chat time, sender and text. docs/raw-data.md describes them. Codings and annotations are taken in by: "
    "guyub import FILE"
)


@dataclass(frozen=True)
class Added:
    """A given file, or the folder of an export of several files: its place in data/raw, its kind, and whether it was
    there before with the same content (a chat: under any name). nameless: what pages call the chat in it, if that does
    not identify the chat; otherwise empty."""

    given: Path
    path: PurePosixPath
    kind: str
    before: bool
    nameless: str = ""

    @property
    def files(self) -> dict[PurePosixPath, Path]:
        """The file itself, or those that the export in a folder is read from, by their places in data/raw."""
        if not self.given.is_dir():
            return {self.path: self.given}
        read = (path for path in visible(self.given) if path.suffix.lower() in OF_A_FOLDER)
        return {self.path / path.relative_to(self.given).as_posix(): path for path in read}

    def lies_in(self, raw: Path) -> bool:
        """Whether it is in data/raw already, with the same content."""
        return all((raw / place).is_file() and (raw / place).read_bytes() == file.read_bytes()
                   for place, file in self.files.items())  # fmt: skip


def add(
    paths: study.Paths,
    files: Iterable[Path],
    about: Mapping[str, str],
    *,
    replace: bool = False,
    simulated: bool = False,
) -> list[Added]:
    """Copy files, and the files of folders, into data/raw, and enter them into MANIFEST.csv.

    about: source, licence and consent_basis, which hold for all of them, and a title and date_order, which are also
    entered for a file that is there already; when a file is replaced, what is not stated stays as it was. simulated:
    nobody wrote them, and every page of the study says so. What a phone exports next to a chat (pictures, recordings)
    stays where it is. An export of several files is copied as its folder, and a chat that is there under another name
    is not copied. Nothing is copied unless all can be. Raises InputError when a file does not exist, is of unknown kind
    or would replace another (unless replace is set), or when the study is of a simulated community.
    """
    if simulated:
        _check_unreal(paths)
    elif paths.simulated:
        fix = "Begin a study of your own: guyub new FOLDER --raw YOUR-FILES"
        raise InputError("this study is of a simulated community, so real files cannot be added", fix=fix)
    tz = str(study.step_params(paths, "ingest")["tz"])
    given = [*_given(files, tz)]
    added = [*_once(paths.raw, _placed(paths, given, tz, about.get("date_order") or None))]
    with _of_several(given):
        _check(paths, added, replace)
    listed = manifest.read(paths.raw)
    rows = [{**row, "simulated": "yes"} for row in listed.values() if simulated]
    if of_one := {field: value for field in OF_ONE if (value := about.get(field))}:
        rows += [{**listed[name], **of_one} for each in added for name in _listed_as(paths.raw, each) if name in listed]
    with contextlib.ExitStack() as copies:  # all files are put in place at its end, when all are listed
        copied = ((one.kind, *at) for one in added if not one.before for at in one.files.items())
        for kind, place, file in copied:
            draft = copies.enter_context(disk.whole(paths.raw / place))
            shutil.copyfile(file, draft)
            known = {"path": place.as_posix(), "sha256": manifest.sha256(draft), "kind": kind}
            known["simulated"] = "yes" if simulated else "no"
            rows.append(
                _said_before(paths.raw / place, kind, listed.get(place.as_posix(), {}))
                | known
                | {k: v for k, v in about.items() if v}
            )
        if rows:
            manifest.entered(paths.raw, rows)
    if simulated:
        papers.say_simulated(paths.root)
    return added


def _said_before(place: Path, kind: str, row: Mapping[str, str]) -> dict[str, str]:
    """What the manifest's row states of a file that is replaced; empty for the starter codebook."""
    return {} if kind == "codebook" and is_starter(place) else dict(row)


def _check_unreal(paths: study.Paths) -> None:
    """Raises InputError when the study holds files, other than a codebook, that are not stated to be simulated."""
    rows = manifest.read(paths.raw)
    if real := [name for name, row in rows.items() if row["simulated"] != "yes" and row["kind"] != "codebook"]:
        fix = "Begin another study for it: guyub new FOLDER"
        raise InputError(f"this study holds real data, such as {real[0]}, so simulated data cannot be added", fix=fix)


def _listed_as(raw: Path, each: Added) -> list[str]:
    """The paths under which the manifest may list it: those of its files."""
    there = raw / each.path
    inside = visible(there) if there.is_dir() else [there]
    return [path.relative_to(raw).as_posix() for path in inside]


def _given(files: Iterable[Path], tz: str) -> Iterator[Path]:
    """The files, and those of folders; an export of several files as its folder. Raises InputError on anything that is
    not a file: a link, a named pipe, a device."""
    for path in files:
        if path.is_dir() and _is_export(path.resolve(), tz):
            yield path.resolve()  # so that `.` has a name
        elif path.is_dir():
            yield from (each for each in exports(path) if not MEDIA.fullmatch(each.suffix))
        elif path.is_symlink():
            raise InputError("this is a link, not a file", path=path, fix="Give the file that it points to.")
        elif not path.exists():
            raise InputError("there is no such file", path=path)
        else:
            disk.require_regular(path)
            yield path


def left_where_they_are(files: Iterable[Path]) -> list[Path]:
    """What folders hold that is not taken in: pictures, recordings, documents, such as a phone puts next to a chat."""
    folders = (path for path in files if path.is_dir())
    return [path for folder in folders for path in visible(folder) if MEDIA.fullmatch(path.suffix)]


def _is_export(folder: Path, tz: str) -> bool:
    """Whether a folder as a whole is an export of several files, and holds nothing else that can be taken in."""
    own = [path for path in visible(folder) if path.parent == folder]
    others = (path for path in own if path.suffix.lower() not in OF_A_FOLDER and not MEDIA.fullmatch(path.suffix))
    return any(path.name in OF_SEVERAL for path in own) and not any(_is_known(path, tz) for path in others)


def _is_known(path: Path, tz: str) -> bool:
    """Whether a file can be taken in."""
    try:
        return bool(_recognised(path, tz))
    except InputError:
        return False


@contextlib.contextmanager
def _of_several(given: Sequence[Path]) -> Iterator[None]:
    """Reraise an InputError on one of several files, with the remark that none was taken in."""
    try:
        yield
    except InputError as error:
        fix = f"{NOTHING} {error.fix}".strip() if len(given) > 1 else error.fix
        raise InputError(error.what, path=error.path, line=error.line, fix=fix) from error


def _placed(paths: study.Paths, given: Sequence[Path], tz: str, order: str | None) -> list[Added]:
    """The place of each file. Raises InputError that lists all files that cannot be taken in."""
    added, refused = [], list[InputError]()
    for path in tqdm(given, desc="reading", disable=None):
        try:
            added.append(_place(paths, path, tz, order))
        except InputError as error:
            refused.append(error)
    if len(refused) > 1:
        lines = [f"{error.path}: {error.what}" + f". {error.fix}" * bool(error.fix) for error in refused[:LISTED]]
        more = [f"and {len(refused) - LISTED} more"] if refused[LISTED:] else []
        what = "\n".join([f"{len(refused)} of {len(given)} files cannot be taken in:", *lines, *more])
        raise InputError(what, fix=f"{NOTHING} Fix these files, or give only the others.")
    if refused:
        with _of_several(given):
            raise refused[0]
    return added


def _place(paths: study.Paths, path: Path, tz: str, order: str | None) -> Added:
    """The place of a file: a chat goes to the others, which may be in data/raw itself. Raises InputError on an unknown
    kind, a file that needs others of its export, and dates that are not in the given order."""
    _require_whole(path)
    kind, nameless = _recognised(path, tz)
    if kind == "chat" and order:
        _require_order(path, tz, order)
    folder = "" if kind == "chat" and lies_loose(paths.raw) else FOLDERS.get(kind, "")
    each = Added(path, PurePosixPath(folder, NAMES.get(kind, path.name)), kind, False, nameless)
    return dataclasses.replace(each, before=each.lies_in(paths.raw))


def _require_whole(path: Path) -> None:
    """Raises InputError on a single file of an export of several, since the others would be missing."""
    if path.is_dir() or not (path.name in OF_SEVERAL or PAGE.fullmatch(path.name)):
        return
    siblings = (other.name for other in sorted(path.parent.iterdir()) if other.suffix == path.suffix and other != path)
    if other := next((name for name in siblings if name in OF_SEVERAL or PAGE.fullmatch(name)), ""):
        fix = "Give the folder that holds them, called after the chat: guyub add FOLDER"
        raise InputError(f"this is one of several files of an export, such as {other}", path=path, fix=fix)


def _require_order(path: Path, tz: str, order: str) -> None:
    """Raises InputError where the dates of a chat are invalid in the order that was given for them."""
    try:
        read_chat(path, tz=tz, date_order=order)
    except InputError as error:
        fix = "Leave --date-order out for this file: its dates show their order."
        raise InputError(error.what, path=path, line=error.line, fix=fix) from error


def _once(raw: Path, added: Iterable[Added]) -> Iterator[Added]:
    """The given files, with duplicates (given twice or already in data/raw) marked as already there: files of the same
    place and content or, for chats in one file, of the same content, since their messages would count twice."""
    chats = raw if lies_loose(raw) else raw / "chats"
    there = {manifest.sha256(path): PurePosixPath(path.relative_to(raw).as_posix())
             for path in exports(chats) if path.is_file()}  # fmt: skip
    seen: set[tuple[PurePosixPath, tuple[str, ...]]] = set()
    for each in added:
        content = tuple(map(manifest.sha256, each.files.values()))
        twin = there.setdefault(content[0], each.path) if each.kind == "chat" and len(content) == 1 else each.path
        if twin != each.path and not each.before:
            yield dataclasses.replace(each, path=twin, before=True, nameless="")
        else:
            yield dataclasses.replace(each, before=each.before or (each.path, content) in seen)
        seen.add((each.path, content))


def _recognised(path: Path, tz: str) -> tuple[str, str]:
    """The kind of a raw file: chat, transcript, roster, partnerships, codebook or sample; and `nameless` of Added. A
    list is recognised by its columns, or else by its name. Raises InputError with a fix when it is of no such kind."""
    if path.is_dir():
        as_chat(path, tz)
        return "chat", ""
    if kind := _listed(path) or OWN.get(path.name.lower(), ""):
        return kind, ""
    if path.suffix.lower() in CODED:
        raise InputError("this holds codings", path=path, fix=IMPORT)
    try:
        chat = as_chat(path, tz)
    except InputError as no_chat:
        try:
            require_interview(path)
        except InputError as no_transcript:
            raise _refusal(path, no_chat, no_transcript) from None
        return "transcript", ""
    channels = [texts.slug(name) for name in chat.attrs["report"]["channels"].values()]
    return "chat", channels[0] if len(channels) == 1 and says_nothing(channels[0]) else ""


def as_chat(path: Path, tz: str) -> pd.DataFrame:
    """The messages of an export; ambiguous dates are read day first. Raises InputError when it is not a chat."""
    try:
        return read_chat(path, tz=tz)
    except AmbiguousDates:
        return read_chat(path, tz=tz, date_order="dmy")


def _refusal(path: Path, no_chat: InputError, no_transcript: InputError) -> InputError:
    """The error for a file of unknown kind, with what to do."""
    ending, what = path.suffix.lower(), f"this is not {READ}"
    if fix := next((fix for endings, fix in OTHERWISE if ending in endings), ""):
        return InputError(what, path=path, fix=fix)
    if ending in CELLS and (names := _columns(path)) and not {"time", "text"} & {*map(tabular.SPELLINGS.get, names)}:
        for kind, columns, needed in LISTS:
            known = {*names, *translated(names, columns).values()}
            if needed <= {*names} or (needed <= known and len(known & {*columns}) > 1):
                what, fix = f"this looks like a list of {kind}", f"{columns_meant(names, columns)} {MEMBERS_FIX}"
        return InputError(f"{what}, but its columns are {', '.join(names)}", path=path, line=1, fix=fix or TABLES)
    if ending in SPOKEN:
        what = f"{what}. As a chat: {no_chat.what}. As a transcript: {no_transcript.what}"
        return InputError(what, path=path, fix="Codings and annotations are taken in by: guyub import FILE")
    cut = " It may have been cut off on the way." if isinstance(no_chat, BrokenJSON) else ""
    return InputError(f"{what}: {no_chat.what}", path=path, line=no_chat.line, fix=no_chat.fix + cut)


def require_interview(path: Path) -> None:
    """Raises InputError where a file is not a transcript, or nobody asks or speaks twice in it: notes and lists also
    have lines such as `tanggal 5: beli gula`."""
    turns = read_transcript(path)
    if not (turns["speaker"].duplicated().any() or (turns["role"] == "interviewer").any()):
        fix = "If it is an interview, put it into data/raw/transcripts yourself."
        raise InputError(
            f"{wording.count(len(turns), 'line')} could be a turn, but nobody asks or speaks twice", path=path, fix=fix
        )


def _listed(path: Path) -> str:
    """The kind of list in a table or a YAML file, by its columns or keys; empty where these do not show it. Raises
    InputError on codings, annotations, and a list in a spreadsheet's own format."""
    if path.suffix.lower() in YAML:
        held = study.read_yaml(path)
        return "codebook" if isinstance(held, Mapping) and "codes" in held else ""
    names = set(_columns(path)) if path.suffix.lower() in CELLS else set[str]()
    if {"unit_id", "text_sha256", "coder"} <= names or annotate.is_sheet(path):
        raise InputError("this holds codings or annotations", path=path, fix=IMPORT)
    kind = _by_columns(names)
    if not kind and len(names & {*ROSTER[1:]}) > 1:
        what = f"this looks like a list of members, and has no column `name` but {', '.join(sorted(names - {*ROSTER}))}"
        raise InputError(what, path=path, line=1, fix="Call the column of the names `name`.")
    if kind and path.suffix.lower() == ENDING:
        raise InputError(f"this is a {kind} in a spreadsheet", path=path, fix="Save it as CSV UTF-8, and add that.")
    return kind


def _by_columns(names: set[str]) -> str:
    """The kind of list with these columns. A table of messages also has names, but with times and texts."""
    messages = {"time", "text"} <= {tabular.SPELLINGS.get(name) for name in names}
    roster = "name" in names and names & {*ROSTER[1:]} and not messages
    needed = {"partnerships": {"member_a", "member_b"}, "sample": {"unit_id", "inclusion_probability"}}
    return "roster" if roster else next((kind for kind, columns in needed.items() if columns <= names), "")


def _columns(path: Path) -> list[str]:
    """The columns of a table in lower case; none where it cannot be read as a table."""
    try:
        head = next(iter(read_cells(path) if path.suffix.lower() == ENDING else _cells(path)), [])
    except InputError:
        return []
    return [name.strip().lower() for name in head]


def _cells(path: Path) -> Iterator[list[str]]:
    return (cells for _, _, cells in disk.cell_rows(texts.read_text(path).lines, path))


def _check(paths: study.Paths, added: list[Added], replace: bool) -> None:
    """Raises InputError when two files would have the same place, or one would replace another file. A folder never
    replaces another, since pages of the older export would stay in it."""
    taken: dict[PurePosixPath, Path] = {}
    for each in (each for each in added if not each.before):
        if each.path in taken:
            one = each.kind in NAMES
            what = (
                f"{taken[each.path]} {'is a ' + each.kind + ' too' if one else 'has the same name and other content'}"
            )
            fix = "A study has one: put all its rows into one file." if one else "Give one of them another name."
            raise InputError(what, path=each.given, fix=fix)
        taken[each.path] = each.given
        target = paths.raw / each.path
        if each.given.is_dir() and target.exists():
            fix = "Call the folder otherwise, or take the other one out of data/raw first."
            raise InputError(f"data/raw/{each.path} is there already, with other content", path=each.given, fix=fix)
        if target.exists() and not replace and not (each.kind == "codebook" and is_starter(target)):
            fix = "Give it another name, or put it in its place with --replace."
            if each.path.name in OF_SEVERAL:
                fix = "Put it into a folder that is called after the chat, and add that folder: guyub add FOLDER"
            raise InputError(f"data/raw/{each.path} is there already, with other content", path=each.given, fix=fix)
