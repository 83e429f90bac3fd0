"""A study's units out to coders, in the form that their program reads, and their codings back into data/raw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from analysis import study, tables
from analysis.codebook import Code, Codebook, load
from analysis.coding.anchors import check_anchors, text_hash
from analysis.coding.csvqda import read_codebook, write_codebook, write_codings
from analysis.coding.refiqda import Project, Report, read_qdc, read_qdpx, write_qdc, write_qdpx
from analysis.coding.refiqda.taguette import read_taguette, write_taguette
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.ingest.sheets import read_codings

FORMS = ("qdpx", "qdc", "csv", "taguette")
UNDEFINED = "Not defined yet."


@dataclass(frozen=True)
class Imported:
    """What an import wrote, and what it could not use. broken: as in anchors.Anchored, with quotation."""

    files: list[Path]
    codings: pd.DataFrame
    broken: pd.DataFrame
    report: Report


def units(paths: study.Paths) -> pd.DataFrame:
    """All units that can be coded, in reading order: unit_id, text, document (chat or transcript), head (who, when)."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    utterances = tables.read(ingested / "utterances.parquet", tables.Utterances)
    chat = messages[(messages["kind"] == "text") & messages["member"].notna()]
    zone = str(study.load_params(paths).get("ingest", {}).get("tz", "UTC"))
    when = chat["time"].dt.tz_convert(zone).dt.strftime(", %Y-%m-%d %H:%M")
    chat = chat.assign(head=chat["member"] + when, document=chat["channel"])
    turns = utterances.assign(head=utterances["member"].fillna(utterances["role"]), document=utterances["transcript"])
    columns = ["unit_id", "text", "document", "head"]
    parts = [chat.rename(columns={"message_id": "unit_id"}), turns.rename(columns={"utterance_id": "unit_id"})]
    return pd.concat([part[columns] for part in parts], ignore_index=True)


def export_study(paths: study.Paths, out: Path, form: str, chosen: pd.DataFrame | None = None) -> list[Path]:
    """Write the study for coders: a .qdpx with all codings there are, a .qdc, a folder for Taguette, or CSV.

    form: one of FORMS. chosen: the units to write (rows of `units`), such as a sample; all of them without. CSV is a
    folder of codebook.csv and codings.csv. Returns the files written.
    """
    book = load(paths.raw / "codebook.yaml")
    if form == "qdc":
        write_qdc(out, book)
        return [out]
    rows = (units(paths) if chosen is None else chosen).set_index("unit_id")
    codings = tables.read(paths.processed("ingest") / "codings.parquet", tables.Codings)
    holding = check_anchors(codings, rows["text"]).holding
    if form == "qdpx":
        write_qdpx(out, rows["text"], holding, book, documents=rows["document"].to_dict(), heads=rows["head"].to_dict())
        return [out]
    if form == "taguette":
        places = {"documents": rows["document"].to_dict(), "heads": rows["head"].to_dict()}
        return write_taguette(out, rows["text"], book, **places)
    if form != "csv":
        raise InputError(f"{form!r} is no form of export", fix=f"Known are {', '.join(FORMS)}.")
    write_codebook(out / "codebook.csv", book)
    write_codings(out / "codings.csv", quoted(holding, rows["text"]))
    return [out / "codebook.csv", out / "codings.csv"]


def import_file(paths: study.Paths, file: Path, *, coder: str = "", all_read: bool = False) -> Imported:
    """Take codings or a codebook into data/raw, by the file's ending.

    .qdpx, .sqlite3 (Taguette), .csv of codings: become data/raw/codings/NAME.csv, those whose anchor holds; the others
    are returned as broken. .qdc, .csv of codes: become data/raw/codebook.yaml. coder: who coded, where the file does
    not say. all_read: each coder read every unit in the file, so that a unit without a code of theirs has none.
    Raises InputError when the target is there already, no anchor holds, or the codebook lacks a code.
    """
    ending, report = file.suffix.lower(), Report()
    of_codes = ending == ".csv" and "unit_id" not in file.read_text("utf-8-sig", "replace").partition("\n")[0].lower()
    if ending == ".qdc" or of_codes:
        read: Callable = read_codebook if of_codes else read_qdc
        text = codebook_yaml(read(file, report=report))
        target = _free(paths.raw / "codebook.yaml")
        target.write_text(text, encoding="utf-8")
        written = listed(paths, target, "codebook", file.name)
        return Imported(written, tables.empty(tables.Codings), pd.DataFrame(), report)
    project = _project(file, coder)
    ours = units(paths).set_index("unit_id")["text"]
    codings = project.codings if not project.sources else project.onto(ours.to_dict())
    if coder:
        codings = codings.assign(coder=codings["coder"].replace("unknown", coder))
    anchored = check_anchors(codings, ours)
    holding = quoted(tables.conform(anchored.holding, tables.Codings), ours)
    if holding.empty:
        reasons = [f"{reason} ({times})" for reason, times in anchored.broken["reason"].value_counts().items()]
        what = "no coding in it stands on the texts of this study: " if reasons else "there is no coding in it"
        raise InputError(what + "; ".join(reasons), path=file, fix="Was it made from this study as it stands?")
    if unknown := sorted(set(holding["code"].dropna()) - set(load(paths.raw / "codebook.yaml").names)):
        raise InputError(f"codebook.yaml has no code {unknown[0]!r}", path=file, fix="Add it, or fix the codings.")
    if all_read:
        holding = with_read(holding, [unit for unit in project.sources if unit in ours.index], ours)
    target = _free(paths.raw / "codings" / f"{file.stem}.csv")
    write_codings(target, holding)
    return Imported(listed(paths, target, "codings", file.name), holding, anchored.broken, project.report)


def quoted(codings: pd.DataFrame, texts: pd.Series) -> pd.DataFrame:
    """Codings whose anchors hold, with the words coded: should their text change, it shows what they were."""
    spans = zip(codings["unit_id"], codings["start"], codings["end"], codings["code"], strict=True)
    words = [None if pd.isna(code) else texts[unit][start:end] for unit, start, end, code in spans]
    return codings.assign(quotation=pd.Series(words, index=codings.index, dtype=str))


def with_read(codings: pd.DataFrame, read: list[str], texts: pd.Series) -> pd.DataFrame:
    """The codings, and for each coder a row without a code for each unit that they read and gave none."""
    given = set(codings[["unit_id", "coder"]].itertuples(index=False, name=None))
    rows = [
        (unit, 0, len(texts[unit]), None, coder, int(number), text_hash(texts[unit]), None, None, None)
        for coder, number in codings.groupby("coder")["round"].max().items()
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


def _project(file: Path, coder: str) -> Project:
    ending = file.suffix.lower()
    if ending == ".csv":
        return Project({}, read_codings(file, others=True), Codebook(()), Report())
    if ending in (".sqlite3", ".sqlite", ".db"):
        if not coder:
            raise InputError("Taguette does not say who coded", path=file, fix="Give the coder's name.")
        return read_taguette(file, coder=coder)
    if ending == ".qdpx":
        return read_qdpx(file)
    what = f"files ending in {ending!r} cannot be imported"
    raise InputError(what, path=file, fix="Give .qdpx, .qdc, .csv, .sqlite3.")


def _free(target: Path) -> Path:
    if target.exists():
        raise InputError("this file is there already", path=target, fix="Move it away, or rename what you import.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def listed(paths: study.Paths, target: Path, kind: str, source: str) -> list[Path]:
    """Enter a raw file into MANIFEST.csv, where there is one, in place of its older row; returns the files written.
    source: where it is from. What is made of simulated texts is simulated."""
    if not (paths.raw / manifest.NAME).exists():
        return [target]
    name, simulated = target.relative_to(paths.raw).as_posix(), "yes" if paths.simulated else "no"
    row = {"path": name, "kind": kind, "source": source, "simulated": simulated}
    return [target, manifest.entered(paths.raw, [row])]
