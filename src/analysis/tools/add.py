"""A community's own files taken into data/raw: each to the folder of its kind, and into MANIFEST.csv with its hash."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from analysis import disk, study, wording
from analysis.coding.exchange import is_starter
from analysis.errors import InputError
from analysis.ingest import files as texts
from analysis.ingest import manifest, read_chat, read_transcript, tabular
from analysis.ingest.gather import MEDIA, visible
from analysis.ingest.sheets import ROSTER
from analysis.ingest.tabular import cell_rows
from analysis.ingest.titles import says_nothing
from analysis.network.replies import annotate
from analysis.tools import papers
from analysis.workbook import ENDING, read_cells

OWN = {"members.csv": "roster", "partnerships.csv": "partnerships", "codebook.yaml": "codebook", "sample.csv": "sample"}
NAMES = {kind: name for name, kind in OWN.items()}
FOLDERS = {"chat": "chats", "transcript": "transcripts"}
CODED = (".qdpx", ".qdc", ".sqlite3")
CELLS = (".csv", ".tsv", ENDING)
YAML = (".yaml", ".yml")
IMPORT = "Take them in with: guyub import FILE"
READ = "a chat export, an interview transcript, a list of members or of partnerships, or a codebook"
OF_ONE = ("title", "date_order")  # what is said of a chat that may lie there already
LISTED = 10  # files that cannot be taken in
NOTHING = "Nothing was added."


@dataclass(frozen=True)
class Added:
    """A file given: where it lies in data/raw, its kind, and whether it lay there before with the same content.
    nameless: what pages call the chat in it, where that says nothing of which chat it is; empty otherwise."""

    given: Path
    path: PurePosixPath
    kind: str
    before: bool
    nameless: str = ""


def add(
    paths: study.Paths,
    files: Iterable[Path],
    about: Mapping[str, str],
    *,
    replace: bool = False,
    simulated: bool = False,
) -> list[Added]:
    """Copy files, and the files of folders, into data/raw, and enter them into MANIFEST.csv.

    about: source, licence and consent_basis, which hold for all of them, and a title and date_order; of a file that
    lies there already, these two are entered. simulated: nobody wrote them, and every page of the study says so. What a
    phone exports next to a chat (pictures, recordings) stays where it is. Nothing is copied unless all can be. Raises
    InputError when a file is not there or of no kind known, would take the place of another (replace: then it does), or
    the study is of a simulated community.
    """
    if simulated:
        _check_unreal(paths)
    elif paths.simulated:
        fix = "Begin a study of your own: guyub new FOLDER --raw YOUR-FILES"
        raise InputError("this study is of a simulated community, and real files do not go with it", fix=fix)
    tz = str(study.step_params(paths, "ingest")["tz"])
    given = [*_given(files)]
    added = _placed(paths, given, tz)
    with _of_several(given):
        _check(paths, added, replace)
    listed = manifest.read(paths.raw)
    rows = [{**row, "simulated": "yes"} for row in listed.values() if simulated]
    if of_one := {field: value for field in OF_ONE if (value := about.get(field))}:
        rows += [{**listed[name], **of_one} for each in added if (name := each.path.as_posix()) in listed]
    with contextlib.ExitStack() as copies:  # all take their places at its end, when all are listed
        for each in (each for each in added if not each.before):
            draft = copies.enter_context(disk.whole(paths.raw / each.path))
            shutil.copyfile(each.given, draft)
            known = {"path": each.path.as_posix(), "sha256": manifest.sha256(draft), "kind": each.kind}
            rows.append({**known, "simulated": "yes" if simulated else "no", **about})
        if rows:
            manifest.entered(paths.raw, rows)
    if simulated:
        papers.say_simulated(paths.root)
    return added


def _check_unreal(paths: study.Paths) -> None:
    """Raises InputError when the study holds more than a codebook of which nobody says that it is simulated."""
    rows = manifest.read(paths.raw)
    if real := [name for name, row in rows.items() if row["simulated"] != "yes" and row["kind"] != "codebook"]:
        fix = "Begin another study for it: guyub new FOLDER"
        raise InputError(
            f"this study holds real data, such as {real[0]}, and simulated ones do not go with it", fix=fix
        )


def _given(files: Iterable[Path]) -> Iterator[Path]:
    """The files, and those of folders. Raises InputError on what is no file: a link, a named pipe, a device."""
    for path in files:
        if path.is_dir():
            yield from (each for each in visible(path) if not MEDIA.fullmatch(each.suffix))
        elif path.is_symlink():
            raise InputError("this is a link, and no file", path=path, fix="Give the file that it leads to.")
        elif not path.exists():
            raise InputError("there is no such file", path=path)
        else:
            disk.require_regular(path)
            yield path


@contextlib.contextmanager
def _of_several(given: Sequence[Path]) -> Iterator[None]:
    """What is wrong with one of several files, with the word that none was taken in."""
    try:
        yield
    except InputError as error:
        fix = f"{NOTHING} {error.fix}".strip() if len(given) > 1 else error.fix
        raise InputError(error.what, path=error.path, line=error.line, fix=fix) from error


def _placed(paths: study.Paths, given: Sequence[Path], tz: str) -> list[Added]:
    """Where each file goes. Raises InputError with all that cannot be taken in."""
    added, refused = [], list[InputError]()
    for path in tqdm(given, desc="reading", disable=None):
        try:
            added.append(_place(paths, path, tz))
        except InputError as error:
            refused.append(error)
    if len(refused) > 1:
        lines = [f"{error.path}: {error.what}" for error in refused[:LISTED]]
        more = [f"and {len(refused) - LISTED} more"] if refused[LISTED:] else []
        what = "\n".join([f"{len(refused)} of {len(given)} files cannot be taken in:", *lines, *more])
        raise InputError(
            what, fix=f"{NOTHING} Give the others alone, or say what these are by their columns or ending."
        )
    if refused:
        with _of_several(given):
            raise refused[0]
    return added


def _place(paths: study.Paths, path: Path, tz: str) -> Added:
    kind, nameless = _recognised(path, tz)
    place = PurePosixPath(FOLDERS.get(kind, ""), NAMES.get(kind, path.name))
    there = paths.raw / place
    return Added(path, place, kind, there.is_file() and there.read_bytes() == path.read_bytes(), nameless)


def _recognised(path: Path, tz: str) -> tuple[str, str]:
    """What a raw file is: chat, transcript, roster, partnerships, codebook or sample; and `nameless` of Added. A list$
    is known by its columns, or else by its name. Raises InputError with what to do when it is none of these."""
    if kind := _listed(path) or OWN.get(path.name.lower(), ""):
        return kind, ""
    if path.suffix.lower() in CODED:
        raise InputError("this holds codings", path=path, fix=IMPORT)
    try:
        chat = read_chat(path, tz=tz, date_order="dmy")  # whichever way its dates are read, it is a chat
    except InputError as no_chat:
        try:
            _interview(path)
        except InputError as no_transcript:
            what = f"this is not {READ}. As a chat: {no_chat.what}. As a transcript: {no_transcript.what}"
            raise InputError(
                what, path=path, fix="Codings and annotations are taken in by: guyub import FILE"
            ) from None
        return "transcript", ""
    channels = [texts.slug(name) for name in chat.attrs["report"]["channels"].values()]
    return "chat", channels[0] if len(channels) == 1 and says_nothing(channels[0]) else ""


def _interview(path: Path) -> None:
    """Raises InputError where a file is no transcript, or nobody asks or speaks twice in it: notes and lists have lines
    such as `tanggal 5: beli gula` too."""
    turns = read_transcript(path)
    if not (turns["speaker"].duplicated().any() or (turns["role"] == "interviewer").any()):
        fix = "If it is an interview, put it into data/raw/transcripts yourself."
        raise InputError(
            f"{wording.count(len(turns), 'line')} could be a turn, and nobody asks or speaks twice", path=path, fix=fix
        )


def _listed(path: Path) -> str:
    """What a table or a YAML file lists, by its columns or keys; empty where these do not say. Raises InputError on
    codings, annotations, and a list in a spreadsheet's own form."""
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
    """What a table with these columns lists. A table of messages has names too, and says when they wrote what."""
    messages = {"time", "text"} <= {tabular.SPELLINGS.get(name) for name in names}
    roster = "name" in names and names & {*ROSTER[1:]} and not messages
    needed = {"partnerships": {"member_a", "member_b"}, "sample": {"unit_id", "inclusion_probability"}}
    return "roster" if roster else next((kind for kind, columns in needed.items() if columns <= names), "")


def _columns(path: Path) -> list[str]:
    """The columns of a table in small letters; none where it cannot be read as one."""
    try:
        head = read_cells(path)[0] if path.suffix.lower() == ENDING else next(cell_rows(texts.read_text(path), path))[2]
    except (InputError, StopIteration, IndexError):
        return []
    return [name.strip().lower() for name in head]


def _check(paths: study.Paths, added: list[Added], replace: bool) -> None:
    """Raises InputError when two files would lie in one place, or one would take the place of another file."""
    taken: dict[PurePosixPath, Path] = {}
    for each in added:
        if each.path in taken and taken[each.path].read_bytes() != each.given.read_bytes():
            one = each.kind in NAMES
            what = (
                f"{taken[each.path]} {'is a ' + each.kind + ' too' if one else 'has the same name and other content'}"
            )
            fix = "A study has one: put all its rows into one file." if one else "Give one of them another name."
            raise InputError(what, path=each.given, fix=fix)
        taken[each.path] = each.given
        target = paths.raw / each.path
        if target.exists() and not each.before and not replace and not (each.kind == "codebook" and is_starter(target)):
            fix = "Give it another name, or put it in its place with --replace."
            raise InputError(f"data/raw/{each.path} is there already, with other content", path=each.given, fix=fix)
