"""Files of a new study about itself: README, citation, licence, claims and study.yaml, and its paper documents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis import book, disk
from analysis.verify import begun

TEMPLATES = Path(__file__).with_name("templates")
OF_THE_STUDY = ("README.md", "CITATION.cff")  # files at its top, from templates/study
PAPERS = "papers"  # the folder of documents that people sign or fill in
UNKNOWN = {
    "authors": "[your names]",
    "contact": "[how to reach you]",
    "ethics": "[Who approved the study, under which number.]",
}
UNKNOWN_IN_INDONESIAN = {
    "authors": "[nama peneliti]",
    "contact": "[cara menghubungi peneliti]",
    "ethics": "[Siapa yang menyetujui penelitian ini, dan nomor persetujuannya.]",
}
DATA = {  # what README says about the data, by whether they are simulated
    False: "Raw files, the tables made of them (`data/processed`) and the key of the pseudonyms (`secrets`) hold what\n"
    "people wrote and said. They stay with the authors, out of git, and are not published; whoever wants to check the\n"
    "study with them asks the authors.",
    True: "The data are simulated: nobody wrote or said any of it, and no number is a finding about people.",
}


def write(folder: Path, known: Mapping[str, str], authors: Sequence[str], *, version: str, simulated: bool) -> None:
    """Write study.yaml with what is known, README, citation and licence, and the documents needed before the first file
    is copied. known: title, language, ethics and contact, empty where not known; version: of Guyub."""
    names = [{"name": name} for name in authors] or None
    stated = {**known, "authors": names, "quotations": "approved"}
    disk.write_text(folder / "study.yaml", book.blank_study(known["title"], stated))
    said = {**known, "authors": "; ".join(authors)}
    words = {name: text or UNKNOWN.get(name, "") for name, text in said.items()}
    quoted = [json.dumps(name, ensure_ascii=False) for name in authors or [UNKNOWN["authors"]]]  # JSON is YAML
    words |= {
        "version": version,
        "data": DATA[simulated],
        "quoted_title": json.dumps(known["title"], ensure_ascii=False),
    }
    words["quoted_authors"] = "\n".join(f"  - name: {name}" for name in quoted)
    for name in OF_THE_STUDY:
        disk.write_text(folder / name, filled(TEMPLATES / "study" / f"{name}.in", words))
    disk.write_text(folder / "LICENSE", begun.licence((folder / "LICENSE").read_text(encoding="utf-8")))
    for template in sorted(TEMPLATES.glob("*.md")):
        own = UNKNOWN_IN_INDONESIAN if template.stem.endswith("-id") else UNKNOWN
        missing = {key: own[key] for key, text in UNKNOWN.items() if words[key] == text}
        disk.write_text(folder / PAPERS / template.name, filled(template, words | missing))


def filled(template: Path, words: Mapping[str, str]) -> str:
    """A template with each name in braces replaced by its words; other braces stay."""
    text = template.read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda key: words.get(key[1], key[0]), text)


def say_simulated(root: Path) -> None:
    """State in README that the data are simulated, if it still has the text of `guyub new` on people's data."""
    place = root / "README.md"
    text = place.read_text(encoding="utf-8") if place.is_file() else ""
    if DATA[False] in text:
        disk.write_text(place, text.replace(DATA[False], DATA[True]))
