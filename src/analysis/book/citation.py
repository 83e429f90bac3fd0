"""The citation of this study: as a sentence, and as BibTeX, RIS and CSL-JSON for reference managers.

What is cited is the published book of a study, by what study.yaml states. Where the data are simulated, CITATION.cff
fills in what study.yaml leaves open: the study is Guyub's own, or one that `guyub new` gave a citation. In a study of
real people it may describe the program alone. All three formats have a type for works that are neither article nor
book (misc, GEN, document).
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis import study, wording
from analysis.book import study_yaml

NOTE = "Simulated data: no number in it is a finding about real people."
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LATEX = str.maketrans({"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
                        **{sign: f"\\{sign}" for sign in "&%$#_{}"}})  # fmt: skip


@dataclass(frozen=True)
class Work:
    """What is cited. authors: names as printed, which are not split, since many people have one name only;
    date: ISO, a year, a year and month or a day; empty where not stated."""

    title: str
    authors: tuple[str, ...]
    version: str = ""
    date: str = ""
    doi: str = ""
    url: str = ""
    language: str = "en"
    note: str = ""

    @property
    def key(self) -> str:
        """A name for the entry: first author's last word, year, title's first word."""
        words = [*self.authors[:1], self.date[:4], self.title]
        parts = (words[0].split()[-1], *words[1:-1], words[-1].split()[0]) if self.authors else (words[-1].split()[0],)
        return "".join(c for c in "".join(parts).lower() if c.isascii() and c.isalnum()) or "study"

    @property
    def address(self) -> str:
        """The address of the work: that of its DOI if it has one."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


def work(paths: study.Paths) -> Work:
    """The study in this folder as a work to cite. Raises InputError where study.yaml is invalid."""
    about = study_yaml.load_study(paths)
    cited: dict[str, Any] = {}
    place = paths.root / "CITATION.cff"
    simulated = study.read_metrics(paths, "ingest").get("simulated") is True
    if simulated and place.exists():
        cited = study.read_yaml(place) or {}
    authors = [each["name"] for each in about["authors"]] or [author_name(each) for each in cited.get("authors", [])]
    stated = {
        "version": about["version"] or cited.get("version"),
        "date": about["date"] or cited.get("date-released"),
        "doi": bare_doi(str(about["doi"] or cited.get("doi") or "")),
        "url": about["site"] or about["repository"] or cited.get("url") or cited.get("repository-code"),
    }
    return Work(about["title"], tuple(authors), note=NOTE if simulated else "",
                **{key: str(value or "") for key, value in stated.items()})  # fmt: skip


def author_name(author: Mapping[str, str]) -> str:
    """An author of CITATION.cff, a person or an organisation, as printed."""
    parts = (author.get(key) for key in ("given-names", "name-particle", "family-names", "name-suffix", "name"))
    return " ".join(filter(None, parts))


def bare_doi(written: str) -> str:
    """A DOI without the address that it is often written with."""
    return written.strip().removeprefix("https://doi.org/").removeprefix("http://dx.doi.org/").removeprefix("doi:")


def sentence(cited: Work) -> str:
    """The work as a list of references names it."""
    who = wording.listed(cited.authors) or "Anonymous"
    version = f" (version {cited.version})" if cited.version else ""
    parts = [f"{who} ({cited.date[:4] or 'n.d.'}). {cited.title}{version}.", cited.note, cited.address]
    return " ".join(filter(None, parts))


def bibtex(cited: Work) -> str:
    """The work as an entry of BibTeX."""
    month = cited.date[5:7]
    fields = {
        "title": f"{{{_latex(cited.title)}}}",
        "author": " and ".join(f"{{{_latex(name)}}}" for name in cited.authors),
        "year": cited.date[:4],
        "version": _latex(cited.version),
        "doi": cited.doi,
        "url": cited.address,
        "note": _latex(cited.note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    lines += [f"  month = {MONTHS[int(month) - 1]},"] if month else []
    return "\n".join([f"@misc{{{cited.key},", *lines, "}"]) + "\n"


def _latex(text: str) -> str:
    return _plain(text).translate(_LATEX)


def ris(cited: Work) -> str:
    """The work as RIS: one tag per line, ending with ER."""
    lines = [("TY", "GEN"), *(("AU", name) for name in cited.authors), ("TI", cited.title), ("PY", cited.date[:4]),
             ("DA", cited.date.replace("-", "/")), ("ET", cited.version), ("DO", cited.doi), ("UR", cited.address),
             ("LA", cited.language), ("N1", cited.note)]  # fmt: skip
    said = "".join(f"{tag}  - {_plain(value)}\n" for tag, value in lines if value)
    return f"{said}ER  - \n"


def csl(cited: Work) -> str:
    """The work as CSL-JSON, a list of one, as citeproc, Zotero and pandoc read it."""
    item: dict[str, Any] = {
        "id": cited.key,
        "type": "document",
        "title": cited.title,
        "author": [{"literal": name} for name in cited.authors],
        "issued": {"date-parts": [[int(part) for part in cited.date.split("-")]]} if cited.date else None,
        "version": cited.version,
        "DOI": cited.doi,
        "URL": cited.address,
        "language": cited.language,
        "note": cited.note,
    }
    return json.dumps([{key: value for key, value in item.items() if value}], indent=2, ensure_ascii=False) + "\n"


def _plain(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


FORMATS: dict[str, tuple[str, Callable[[Work], str]]] = {
    "BibTeX": ("citation.bib", bibtex),
    "RIS": ("citation.ris", ris),
    "CSL-JSON": ("citation.json", csl),
}


def shown(cited: Work) -> str:
    """The page's block, as HTML: the sentence, what is stated and what is not, and each format, folded, to download.

    The files are where analysis.book.downloads puts them.
    """
    facts = {"Version": cited.version, "Date": cited.date, "DOI": cited.doi, "Address": cited.url}
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{html.escape(value or study_yaml.UNKNOWN["en"])}</td></tr>'
        for name, value in facts.items()
    )
    entries = "".join(
        f'<details class="entry"><summary>{name}</summary><div class="highlight"><pre>{html.escape(write(cited))}</pre>'
        f'</div><p class="take own"><a download href="_downloads/{file}">{file}</a></p></details>'
        for name, (file, write) in FORMATS.items()
    )
    return (
        f'<blockquote class="cite-as"><p>{html.escape(sentence(cited))}</p></blockquote>'
        f'<div class="guyub-table"><table class="guyub about"><tbody>{rows}</tbody></table></div>{entries}'
    )
