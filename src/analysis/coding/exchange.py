"""Export of a study's units in the form that coders' programs read, and import of their codings into data/raw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import yaml

import analysis
from analysis import disk, study, tables
from analysis.codebook import Code, Codebook, load
from analysis.coding import forms
from analysis.coding.anchors import Anchored, check_anchors, text_hash
from analysis.coding.csvqda import PARTS, read_codebook, write_codebook, write_codings
from analysis.coding.human import CONSENSUS
from analysis.coding.refiqda import Project, Report, read_qdc, read_qdpx, write_qdc, write_qdpx
from analysis.coding.refiqda.taguette import read_taguette, write_taguette
from analysis.coding.sample import BEFORE
from analysis.errors import InputError, refuse
from analysis.ingest import manifest
from analysis.ingest.annotations import annotator_of
from analysis.ingest.sheets import ROSTER, coded, notes_alone, read_codings, read_rows, read_sample
from analysis.workbook import ENDING

FORMS = ("qdpx", "qdc", "csv", "taguette")
PLACES = {"documents": "document", "heads": "head", "around": "around"}  # write_qdpx's argument: column of passages
FOLDERS = ("csv", "taguette")  # forms that are several files
TABLES = (".csv", ENDING)
YAML = (".yaml", ".yml")
DATABASES = (".sqlite3", ".sqlite", ".db")
UNDEFINED = "Not defined yet."
ENOUGH, ALIKE = 10, 0.99  # passages, and the share of them with the same codes, at which two coders may be one person


STARTER = """\
# A starter: the codes that the claims, and parameters in params.yaml, ask for by name. Change the definitions to fit
# your community, add examples from a pilot and codes of your own; raise `version` when coders get another one.
"""


@dataclass(frozen=True)
class Imported:
    """What an import wrote, and what it could not use. broken: as in anchors.Anchored, with quotation. unread: by
    coder, the passages of the draws they coded that are not in the file."""

    files: list[Path]
    codings: pd.DataFrame
    broken: pd.DataFrame
    report: Report
    unread: Mapping[str, list[str]] = field(default_factory=dict)


def units(paths: study.Paths) -> pd.DataFrame:
    """All units that can be coded, in reading order: unit_id, text, document (chat or transcript), head (who, when)."""
    rows = shown(paths)
    return rows[rows.pop("codable")].reset_index(drop=True)


def shown(paths: study.Paths) -> pd.DataFrame:
    """All messages and turns as people read them: the columns of `units`, and codable. A photo, call or notice is shown
    as its kind in brackets."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    utterances = tables.read(ingested / "utterances.parquet", tables.Utterances)
    zone = str(study.load_params(paths).get("ingest", {}).get("tz", "UTC"))
    when = messages["time"].dt.tz_convert(zone).dt.strftime(", %Y-%m-%d %H:%M")
    plain = messages["kind"] == "text"
    text = messages["text"].where(plain, ("[" + messages["kind"] + "] " + messages["text"]).str.strip())
    who = messages["member"].fillna(messages["kind"])
    chat = messages.assign(head=who + when, document=messages["channel"], text=text)
    chat["codable"] = plain & messages["member"].notna()
    turns = utterances.assign(head=utterances["member"].fillna(utterances["role"]), document=utterances["transcript"])
    turns["codable"] = True
    columns = ["unit_id", "text", "document", "head", "codable"]
    parts = [chat.rename(columns={"message_id": "unit_id"}), turns.rename(columns={"utterance_id": "unit_id"})]
    return pd.concat([part[columns] for part in parts], ignore_index=True)


def export_study(paths: study.Paths, out: Path, form: str) -> list[Path]:
    """Write the study for coders: a .qdpx with all existing codings, a .qdc, a folder for Taguette, or CSV.

    form: one of FORMS. CSV is a folder of codebook.csv and codings.csv. Returns the files written. Raises InputError
    when the form is unknown, the file exists already, or the folder is not empty.
    """
    if out.is_file():
        raise InputError("this file exists already", path=out, fix="Move it away, or give another name.")
    if form in FOLDERS:
        study.require_empty(out)
    book = load(paths.raw / "codebook.yaml")
    if form == "qdc":
        write_qdc(out, book)
        return [out]
    rows = units(paths).set_index("unit_id")
    codings = tables.read(paths.processed("ingest") / "codings.parquet", tables.Codings)
    holding = check_anchors(codings, rows["text"]).holding
    if form == "qdpx":
        write_qdpx(out, rows["text"], holding, book, documents=rows["document"].to_dict(), heads=rows["head"].to_dict())
        return [out]
    if form == "taguette":
        places = {"documents": rows["document"].to_dict(), "heads": rows["head"].to_dict()}
        return write_taguette(out, rows["text"], book, **places)
    if form != "csv":
        raise InputError(f"unknown export form {form!r}", fix=f"Use one of {', '.join(FORMS)}.")
    write_codebook(out / "codebook.csv", book)
    write_codings(out / "codings.csv", quoted(holding, rows["text"]))
    return [out / "codebook.csv", out / "codings.csv"]


def write_passages(paths: study.Paths, out: Path, rows: pd.DataFrame) -> None:
    """Write passages to code as a .qdpx, with the text around each belonging to no unit. rows: of handout.passages."""
    by_id = rows.set_index("unit_id")
    places = {name: by_id[column].to_dict() for name, column in PLACES.items()}
    write_qdpx(out, by_id["text"], None, load(paths.raw / "codebook.yaml"), **places)


def import_file(
    paths: study.Paths,
    file: Path,
    *,
    coder: str = "",
    project: str = "",
    all_read: bool = False,
    newer: bool = False,
) -> Imported:
    """Take codings or a codebook into data/raw, by the file's ending. newer: in place of an older file of its name.

    .qdpx, .sqlite3 (Taguette), .csv and .xlsx of codings: become data/raw/codings/NAME.csv, those whose anchor holds;
    the others are returned as broken. .qdc, .yaml, .csv and .xlsx of codes: become data/raw/codebook.yaml. coder: who
    coded, where the file does not say. project: which one, where a Taguette file has several. all_read: each coder read
    every unit in the file, so that a unit without a code of theirs has none. Raises InputError when the file does not
    exist or is one for `guyub add`, the target exists already, no anchor holds, or a code is not in the codebook.
    """
    ending, report = _there(file).suffix.lower(), Report()
    columns = read_rows(file)[0] if ending in TABLES else []
    _require_no_list(columns, file)
    if ending in (".qdc", *YAML) or (ending in TABLES and "unit_id" not in columns):
        text = _codebook_text(file, report)
        target = paths.raw / "codebook.yaml"
        _free(target, newer=newer or is_starter(target))
        disk.write_text(target, text)
        written = listed(paths, target, "codebook", file.name)
        return Imported(written, tables.empty(tables.Codings), pd.DataFrame(), report)
    ours = units(paths).set_index("unit_id")["text"]
    read_in = project_of(paths, file, ours, coder=coder, project=project)
    anchored = check_anchors(read_in.codings, ours)
    holding = usable(paths, file, anchored, ours)
    notes, holding = holding[notes_alone(holding)], coded(holding)
    target = _free(place_of(paths, file), newer=newer)
    _note_earlier(paths, target, holding, read_in.report)
    if all_read:
        holding = with_read(holding, [unit for unit in read_in.sources if unit in ours.index], ours)
    if len(notes):
        what = "notes on passages without a code are kept, and these count as not read; 0 says that no code applies"
        read_in.report.note("memo", what, *notes["unit_id"])
    write_codings(target, pd.concat([holding, notes]))
    written = listed(paths, target, "codings", file.name)
    unread = _unread(paths, pd.concat([holding, anchored.broken[holding.columns]]))
    return Imported(written, holding, anchored.broken, read_in.report, unread)


def _codebook_text(file: Path, report: Report) -> str:
    """The text of data/raw/codebook.yaml made from a file of codes; YAML is kept unchanged, comments included."""
    if file.suffix.lower() in YAML:
        load(file)
        return file.read_text(encoding="utf-8")
    read: Callable = read_qdc if file.suffix.lower() == ".qdc" else read_codebook
    return codebook_yaml(read(file, report=report))


def _require_no_list(columns: Sequence[str], file: Path) -> None:
    """Raises InputError on a table for `guyub add`, recognised by columns that no codebook has."""
    names = set(columns)
    kinds = {
        "a list of members": "name" in names
        and not names.isdisjoint(ROSTER[1:])
        and names.isdisjoint((*PARTS, "description")),
        "a list of partnerships": {"member_a", "member_b"} <= names,
        "the record of a sample": {"unit_id", "inclusion_probability"} <= names
        and names.isdisjoint(("code", "codes", "coder")),
    }
    if kind := next((kind for kind, holds in kinds.items() if holds), None):
        what = f"this is {kind}, and neither codings nor a codebook"
        raise InputError(what, path=file, fix="Take it in with: guyub add FILE")


def _note_earlier(paths: study.Paths, target: Path, codings: pd.DataFrame, report: Report) -> None:
    """Note which of these codings other files of data/raw/codings hold too, with other codes or by another coder.
    target: the file that they become."""
    for file in sorted({*(paths.raw / "codings").rglob("*.csv")} - {target}):
        try:
            earlier = dict(iter(coded(read_codings(file)).groupby("coder")))
        except InputError as error:  # which guyub check reports; this import does not need it
            report.note("unread", f"{file.name} could not be compared: {error.what}")
            continue
        for coder, rows in codings.groupby("coder"):
            if coder in earlier:
                _note_changed(str(coder), rows, earlier.pop(coder), file.name, report)
            others = [other for other in earlier if CONSENSUS not in (coder, other)]
            for other in (other for other in others if _repeats(rows, earlier[other])):
                what = f"{coder} gave the same codes to the same words as {other} in {file.name}, and both count"
                report.note("repeated-coder", f"{what}: if they are one person, delete one of the two files")


def _note_changed(coder: str, codings: pd.DataFrame, earlier: pd.DataFrame, name: str, report: Report) -> None:
    """Note the passages to which a coder gave other codes in another file, called name, in the same round."""
    now, before = (_given(rows, "round") for rows in (codings, earlier))
    if changed := [unit for unit, number in now if before.get((unit, number), now[unit, number]) != now[unit, number]]:
        what = f"{coder} gave these passages other codes in {name}, and both count"
        report.note("coded-twice", f"{what}: delete the older file, or give the newer a later `round`", *changed)


def _repeats(codings: pd.DataFrame, earlier: pd.DataFrame) -> bool:
    """Whether a coder coded ENOUGH passages, and gave the share ALIKE of them the same codes and words as another."""
    now = _given(codings)
    return len(now) >= ENOUGH and len(now.items() & _given(earlier).items()) >= ALIKE * len(now)


def _given(codings: pd.DataFrame, *more: str) -> dict[tuple, frozenset[tuple]]:
    """The codes given, with their spans, by unit and further columns; no code is an empty string."""
    spans = codings.assign(code=codings["code"].fillna("")).groupby(["unit_id", *more])[["code", "start", "end"]]
    return {unit: frozenset(rows.itertuples(index=False, name=None)) for unit, rows in spans}


def _unread(paths: study.Paths, codings: pd.DataFrame) -> dict[str, list[str]]:
    """By coder, the passages of the draws they coded for which they recorded nothing, not even that no code applies:
    these count as not read."""
    draws = read_sample(paths.raw / "sample.csv")
    drawn = draws[draws["drawn"] & (draws["draw"] != BEFORE)]
    left: dict[str, list[str]] = {}
    for coder, own in codings[codings["coder"] != CONSENSUS].groupby("coder")["unit_id"]:
        theirs = drawn["draw"].isin(drawn.loc[drawn["unit_id"].isin(own), "draw"])
        if units := drawn.loc[theirs & ~drawn["unit_id"].isin(own), "unit_id"].drop_duplicates().tolist():
            left[str(coder)] = units
    return left


def place_of(paths: study.Paths, file: Path) -> Path:
    """Path in data/raw of a file of codings once imported. The number that browsers add to a repeated download is
    dropped, so that a coder's newer file is not kept next to the older one."""
    return paths.raw / "codings" / f"{annotator_of(file)}.csv"


def _there(file: Path) -> Path:
    """The file. Raises InputError when it does not exist or is a folder."""
    if not file.is_file():
        what = "this is a folder" if file.is_dir() else "this file is not there"
        raise InputError(what, path=file, fix="Give the path of a file.")
    return file


def usable(paths: study.Paths, file: Path, anchored: Anchored, texts: pd.Series) -> pd.DataFrame:
    """The codings whose anchors hold, with their words. Raises InputError when there is none, and on a code that is not
    in the codebook."""
    holding = quoted(tables.conform(anchored.holding, tables.Codings), texts)
    if holding.empty:
        reasons = [f"{reason} ({times})" for reason, times in anchored.broken["reason"].value_counts().items()]
        what = "no coding in it fits the texts of this study: " if reasons else "there is no coding in it"
        raise InputError(what + "; ".join(reasons), path=file, fix="Check that it was made from the current texts.")
    book = load(paths.raw / "codebook.yaml")
    unknown = holding[holding["code"].notna() & ~holding["code"].isin(book.names)]
    lines = _lines(file) if len(unknown) else {}
    refuse(
        forms.unknown_code(code, units[0], book, "Add it, or fix the codings.", more=len(units) - 1, path=file,
                           line=lines.get((units[0], code)))
        for code, units in unknown.groupby("code", sort=False)["unit_id"].agg(lambda own: [*own.unique()]).items()
    )  # fmt: skip
    return holding


def _lines(file: Path) -> dict[tuple[str, str], int]:
    """The first line in which a table of codings gives a passage each code; empty for files without lines."""
    rows = read_rows(file)[1] if file.suffix.lower() in TABLES else []
    return {(row["unit_id"].strip(), row.get("code", "").strip()): line for line, row in reversed(rows)}


def quoted(codings: pd.DataFrame, texts: pd.Series) -> pd.DataFrame:
    """Codings whose anchors hold, with the words coded, which show what was coded if the text changes."""
    spans = zip(codings["unit_id"], codings["start"], codings["end"], codings["code"], strict=True)
    words = [None if pd.isna(code) else texts[unit][start:end] for unit, start, end, code in spans]
    return codings.assign(quotation=pd.Series(words, index=codings.index, dtype=str))


def with_read(codings: pd.DataFrame, read: list[str], texts: pd.Series) -> pd.DataFrame:
    """The codings, and for each coder a row without a code for each unit that they read and gave none. The consensus
    is not a coder: it decided only on the units for which it has rows."""
    given = set(codings[["unit_id", "coder"]].itertuples(index=False, name=None))
    rows = [
        (unit, 0, len(texts[unit]), None, coder, int(number), text_hash(texts[unit]), None, None, None)
        for coder, number in codings[codings["coder"] != CONSENSUS].groupby("coder")["round"].max().items()
        for unit in read
        if (unit, coder) not in given
    ]
    more = pd.DataFrame(rows, columns=list(tables.Codings.columns))
    return codings if more.empty else tables.conform(pd.concat([codings, more]), tables.Codings)


def codebook_yaml(book: Codebook) -> str:
    """A codebook as the text of a codebook.yaml; codes without a definition get one that says so."""

    def entry(code: Code) -> dict:
        texts = {name: getattr(code, name) for name in ("include", "exclude", "example", "introduced", "colour")}
        under = [entry(book[name]) for name in book.children(code.name)]
        texts = {name: text for name, text in texts.items() if text.strip()}
        head = {"name": code.name, "definition": code.definition if code.definition.strip() else UNDEFINED}
        return head | texts | ({"children": under} if under else {})

    facts = {"version": book.version} | ({"language": book.language} if book.language else {})
    codes = [entry(code) for code in book.codes if code.parent is None]
    return yaml.safe_dump(facts | {"codes": codes}, allow_unicode=True, sort_keys=False, width=118)


def starter() -> str:
    """A codebook to start from: the shipped codes, without the examples and interviews of another community."""
    whole = load(Path(analysis.__file__).parent / "simulate" / "codebook.yaml")
    bare = replace(whole, codes=tuple(replace(code, example="", introduced="") for code in whole.codes))
    return STARTER + codebook_yaml(bare)


def is_starter(path: Path) -> bool:
    """Whether a codebook is still the unchanged starter, so that another may replace it."""
    return path.exists() and path.read_text(encoding="utf-8") == starter()


def project_of(paths: study.Paths, file: Path, texts: pd.Series, *, coder: str = "", project: str = "") -> Project:
    """The project in a file of codings, read by its ending; codings are moved to the study's own texts where these are
    the same.

    coder, project: as for import_file. Raises InputError when the file does not exist, is of another kind, or does not
    say who coded.
    """
    ending = _there(file).suffix.lower()
    if ending in TABLES:
        return Project({}, _tabled(paths, file, texts, coder), Codebook(()), Report())
    if ending in DATABASES:
        if not coder:
            raise InputError("Taguette does not say who coded", path=file, fix="Give the name with --coder.")
        read = read_taguette(file, coder=coder, project=project or None)
    elif ending == ".qdpx":
        read = read_qdpx(file)
    else:
        what = f"files ending in {ending!r} cannot be imported"
        raise InputError(what, path=file, fix="Give a .qdpx, .qdc, .csv, .xlsx or .sqlite3.")
    codings = read.onto(texts.to_dict())
    return replace(read, codings=codings.assign(coder=codings["coder"].replace("unknown", coder or "unknown")))


def _tabled(paths: study.Paths, file: Path, texts: pd.Series, coder: str) -> pd.DataFrame:
    """The codings of a table: a sheet that a coder filled in, or the form of data/raw/codings."""
    if forms.is_filled_sheet(file):
        return forms.read_filled(file, texts, load(paths.raw / "codebook.yaml"), coder=coder)
    return read_codings(file, others=True)


def _free(target: Path, *, newer: bool) -> Path:
    if target.exists() and not newer:
        fix = "If this one is newer, put it in its place with --replace; if it holds other passages, rename it."
        raise InputError("this file exists already", path=target, fix=fix)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def listed(paths: study.Paths, target: Path, kind: str, source: str) -> list[Path]:
    """Enter a raw file into MANIFEST.csv, where there is one, in place of its older row; returns the files written.
    source: where it is from."""
    if not (paths.raw / manifest.NAME).exists():
        return [target]
    row = {"path": target.relative_to(paths.raw).as_posix(), "kind": kind, "source": source}
    return [target, manifest.entered(paths.raw, [row])]
