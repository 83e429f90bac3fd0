"""The run as a Workflow Run RO-Crate, with a CODECHECK manifest, for archives and for reviewers.

The crate follows RO-Crate 1.1 and the profiles Workflow RO-Crate 1.0 and Process, Workflow and Provenance Run Crate 0.5
(Leo et al. 2024); codecheck.yml follows CODECHECK's configuration file 1.0 (Nuest and Eglen 2021). It states what
ran, on which inputs and with which outputs, each by hash. No result holds a time; when a stage ran is known if `guyub
run` noted it in .guyub/ran and its output is unchanged, otherwise only that it had ended when dvc.lock was committed.
Two exports of one run hold the same bytes.

Unpacked, it is a study: `dvc repro` and `guyub verify --rerun` work in it without git, and its README says how.

Raw files and tables are included only if the data are simulated. Those of real people are named by hash only, and
nothing is written in which `guyub scan` finds a person.
"""

from __future__ import annotations

import datetime
import json
import mimetypes
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

import yaml

from analysis import book, disk, scan, site, study
from analysis.closure import step_files
from analysis.disk import sha256
from analysis.errors import InputError
from analysis.repository import git
from analysis.research_object import KEPT, METADATA, STAYS, in_words
from analysis.scan.program import INVENTED, JSON_LD
from analysis.trace.trail import Tracer
from analysis.verify import release
from analysis.verify.environment import LOCK, locked_versions, packages_of
from analysis.verify.provenance import Shown, figures_and_tables, parameters
from analysis.verify.rerun import copy, sources, without_git
from analysis.verify.subject import Subject, md5

CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {name: f"https://w3id.org/ro/terms/workflow-run#{name}" for name in ("md5", "sha256")},
]
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
CODECHECK = "https://codecheck.org.uk/spec/config/1.0/"
WHEN = "dvc repro; where only an end is stated, all had ended by then, when dvc.lock was committed"
GUYUB = "pkg:generic/guyub"
WORKFLOW, ENGINE, RUN, PUBLISHER = "dvc.yaml", "#dvc", "#run", "#publisher"
RELEASE = "release.json"
GUYUBS_LICENCES = ("MIT", "CC-BY-4.0")  # licences of what a study takes over from Guyub, as in LICENSE
HOMES = ("homepage", "home", "source", "source code", "repository", "documentation")  # of a package's Project-URL
OF_PEOPLE = ("data/raw", "data/processed")  # stays with the researchers unless the data are simulated,
OF_NOBODY = ("data/processed/notebooks", "data/processed/README.md")  # but for what no stage read from them
OUTPUTS = "outputs"  # the folder of figures and tables, cut out of the notebooks for CODECHECK
GUARDED = (
    "metrics",
    "book",
    OUTPUTS,
    METADATA,
    "codecheck.yml",
    "notebooks",
    OF_NOBODY[0],
    "README.md",
    "CITATION.cff",
)
TRACED = ("sharing.sharers", "network.members", "ingest.messages")  # examples for README: the first that exists is used
REAL = (
    "How a community talks, made with Guyub from real people's chats; raw files and tables stay with the researchers."
)
README = """\
# {title}

This folder is a research object: a study as it was run, with {holds}. `ro-crate-metadata.json` describes it for
programs, `codecheck.yml` lists the outputs that a codechecker makes again, `outputs/` holds each figure and table. The
book begins at `book/_build/html/index.html`.

It needs Python 3.11 to 3.13 and make; git is not needed, nothing above this folder is read.

```
make .venv/.ready && source .venv/bin/activate
guyub verify                             # is the study what it says it is?
guyub trace {traced:<28} # {trail}
{again}
```

{note}

---

"""
TRAIL = {
    True: "from a number to its rows, messages and raw lines",
    False: "from a number to the code that computed it, and to the rows once they are here",
}
AGAIN = {
    True: """\
guyub verify --rerun                     # runs all of it in a copy and compares byte for byte
dvc repro                                # runs it here""",
    False: "dvc repro                                # runs it, once data/raw and secrets/ are here",
}
NOTES = {
    True: "DVC runs a stage whose results its cache does not hold, so the first `dvc repro` runs all; after\n"
    "`dvc commit --force` it runs what you change. The study's own README follows. What it says of git needs a\n"
    "repository: `git init` makes one.",
    False: "**Left out on purpose**, because it is people's ({absent}).\n"
    "It stays with the researchers. `guyub verify` names it, checks everything else and says which checks need it.\n"
    "Whoever gets the raw files and the key from the authors{contact} puts them into `data/raw` and\n"
    "`secrets`; then `dvc repro` makes the tables again. The study's own README follows.",
}
CODE = "src"
BUILDER = "src/analysis/book/sphinx_build.py"  # what the stage book runs
LISTS = "src/analysis/identifiers/"  # lists of names and words, which may hold namesakes of members
HASHES = "_build/site.json"  # hashes under fixed words and file names; the files themselves are searched
TYPES = {".ipynb": "application/x-ipynb+json", ".yaml": "text/yaml", ".parquet": "application/vnd.apache.parquet",
         ".md": "text/markdown", ".lock": "text/plain", ".cff": "text/yaml", ".py": "text/x-python",
         ".bib": "application/x-bibtex", ".toml": "application/toml"}  # fmt: skip
Entity = dict[str, Any]


@dataclass
class Graph:
    """The entities of a crate's metadata, by their id."""

    entities: dict[str, Entity] = field(default_factory=dict)

    def add(self, place: str, kind: str | list[str], /, **properties: Any) -> Entity:
        """Add an entity, or its new properties, and return a reference to it. Empty properties are left out."""
        given = {key: value for key, value in properties.items() if value not in (None, "", [], {})}
        for key, value in given.items():  # a list of one becomes its item, as RO-Crate 1.1 requires
            given[key] = value[0] if isinstance(value, list) and len(value) == 1 else value
        self.entities.setdefault(place, {"@id": place, "@type": kind}).update(given)
        return ref(place)


def ref(name: str) -> Entity:
    """A reference to an entity."""
    return {"@id": name}


def export(paths: study.Paths, out: Path) -> Path:
    """Write the crate of the study's last run to a new folder. Returns its metadata file.

    Raises InputError when out is not new or empty, when the study has not run, or when a person could be recognised in
    what was written (which is then removed).
    """
    study.require_empty(out)
    subject = Subject(paths)
    _require_run(subject)
    for name, stage in subject.locked.items():
        for path, digest in stage.outs.items():
            if subject.hash(path) != digest:
                raise InputError(f"{path} is not what stage {name} wrote", fix="Run dvc repro, then guyub verify.")
    shown = [each for step in study.STEPS for each in figures_and_tables(subject, step)]
    with disk.filled(out):
        copy_files(subject, out)
        site.offer(out / subject.name(paths.book) / "_build" / site.FOLDER, {})  # PDFs are not outputs of the run
        for each in shown:
            disk.write_bytes(out / place_of(each), each.content)
        disk.write_text(out / "codecheck.yml", codecheck(subject, shown))
        disk.write_text(out / "README.md", readme(subject))
        without_git(out)
        metadata = out / METADATA
        whole = {"@context": CONTEXT, "@graph": list(describe(subject, out, shown).entities.values())}
        disk.write_text(metadata, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
        _guard(paths, out)
    return metadata


def _require_run(subject: Subject) -> None:
    """Raises InputError unless every step has run."""
    ran = subject.locked if (subject.root / "dvc.lock").exists() else {}
    if missing := [step for step in study.STEPS if step not in ran]:
        what = (
            "this study has not been run"
            if missing == [*study.STEPS]
            else f"these steps have not run: {', '.join(missing)}"
        )
        raise InputError(f"{what}, so there is no run to export", path=subject.root, fix="Run it: dvc repro")


def _guard(paths: study.Paths, out: Path) -> None:
    """Raises InputError when what was written may identify a person."""
    parts = [out / name for name in GUARDED if (out / name).exists()]
    watching = scan.watchlist(paths)
    everything = [hit for part in parts for hit in scan.survey(paths, part, watching).hits]
    hits = [hit for hit in everything if hit.content not in JSON_LD and hit.file != HASHES]
    if not paths.simulated:
        hits += [hit for path in _own_code(paths, out) for hit in _in_code(paths, out, path, watching)]
    if hits:
        raise InputError(f"the crate leads to people:\n{scan.listing(hits)}", fix="guyub verify reports more.")


def _own_code(paths: study.Paths, out: Path) -> list[Path]:
    """Code files that differ from an independent release: the others cannot name anybody of the study, except by chance
    as namesakes. The study's own release.json does not count, since its author may have renewed it."""
    used = release.tool(paths.root)
    released = used.hashes(paths.root) if used.base is not None else {}
    names = {path.relative_to(out).as_posix(): path for path in disk.regular_files(out / CODE)}
    return [
        path for name, path in names.items() if not name.startswith(INVENTED) and sha256(path) != released.get(name)
    ]


def _in_code(paths: study.Paths, out: Path, path: Path, watching: scan.Watchlist) -> Iterator[scan.Hit]:
    """The places in a code file that name somebody of this study. In a release's lists of names and words, which
    include streets and public figures, a name alone counts as a namesake's."""
    name = path.relative_to(out).as_posix()
    namesakes = name.startswith(LISTS) and sha256(path) == release.tool(paths.root).hashes(paths.root).get(name)
    for hit in scan.survey(paths, path, watching).hits:
        if scan.of_this_study(hit, watching) and not (namesakes and hit.kind == "NAME"):
            yield replace(hit, file=name)


def place_of(shown: Shown) -> str:
    """The path of a figure or table in the crate: named after step and cell, so that no name is repeated, and numbered
    from the second one on."""
    number = f"-{shown.number}" if shown.number > 1 else ""
    return f"{OUTPUTS}/{shown.step}/{shown.step}-{shown.cell}{number}{shown.suffix}"


# Files


def copy_files(subject: Subject, out: Path) -> None:
    """Copy sources and outputs; raw files and tables only if they are simulated."""
    outs = [out for stage in subject.locked.values() for out in stage.outs]
    names = [name for name in sources(subject.root) if not name.startswith("data/raw/")]
    for place in (subject.root / place for place in ("dvc.lock", "data/raw", *outs)):
        names += map(subject.name, subject.files(place) if place.is_dir() else [place] if place.is_file() else [])
    for name in dict.fromkeys(names):
        if not stays(subject, name):
            copy(subject.root / name, out / name)


def stays(subject: Subject, name: str) -> bool:
    """Whether a file or folder stays with the researchers: raw files and tables, unless they are simulated."""
    return not subject.paths.simulated and _within(name, OF_PEOPLE) and not _within(name, OF_NOBODY)


def _within(name: str, places: Iterable[str]) -> bool:
    return any(Path(name).is_relative_to(place) for place in places)


def absent(subject: Subject) -> list[str]:
    """Files that stages read or wrote and that the crate leaves out because they are people's data. Raises InputError
    where dvc.lock cannot be read."""
    named = (path for stage in subject.locked.values() for path in (*stage.deps, *stage.outs))
    return list(dict.fromkeys(path for path in named if stays(subject, path)))


def readme(subject: Subject) -> str:
    """The crate's README: how to run it, then the study's own README. Raises InputError where study.yaml or dvc.lock
    cannot be read."""
    simulated, about = subject.paths.simulated, book.load_study(subject.paths)
    holds = "its raw files, code, tables and results" if simulated else "its code and results"
    contact = f" ({about['contact']})" if about["contact"] else ""
    note = NOTES[simulated].format(absent=in_words(absent(subject)), contact=contact)
    head = README.format(title=about["title"], holds=holds, again=AGAIN[simulated], note=note,
                         traced=traced(subject.paths), trail=TRAIL[simulated])  # fmt: skip
    own = subject.root / "README.md"
    return head + (own.read_text(encoding="utf-8") if own.exists() else "")


def traced(paths: study.Paths) -> str:
    """A number of the study as an example for `guyub trace`."""
    tracer = Tracer.of(paths)
    there = {".".join((step, *names)) for step in study.STEPS for names, *_ in tracer.held(step)}
    return next((key for key in TRACED if key in there), min(there))


# The CODECHECK manifest


def codecheck(subject: Subject, shown: list[Shown]) -> str:
    """The text of codecheck.yml: the outputs that a codechecker must be able to reproduce. What only they know is left
    open. Raises InputError where study.yaml cannot be read."""
    about = book.load_study(subject.paths)
    manifest = [{"file": place_of(each), "comment": comment(each)} for each in shown]
    manifest += [{"file": f"metrics/{step}.json", "comment": f"numbers of the step {step}"} for step in study.STEPS]
    authors = [{"name": a["name"], **({"ORCID": a["orcid"]} if a["orcid"] else {})} for a in about["authors"]]
    paper = {"title": about["title"], "authors": authors or [{"name": book.UNKNOWN["en"]}]}
    whole = {"version": CODECHECK, "manifest": manifest, "paper": paper}
    if about["repository"]:
        whole["repository"] = about["repository"]
    text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{text}# The codechecker adds: codechecker (name, ORCID), report, summary, check_time, certificate.\n"


def comment(shown: Shown) -> str:
    """Description of an output: its title, or else the function that made it, and its place in the notebook."""
    source = study.data_source(True), study.data_source(False)
    made = f"what {shown.maker} made" if shown.maker else "what the cell shows"
    titled = shown.title.strip() if shown.title.strip() not in ("", *source) else made
    which = f", {shown.kind} {shown.number}" if shown.number > 1 else ""
    return f"{shown.kind.capitalize()} of the step {shown.step}: {titled} (notebook, {shown.cell}{which})"


# The metadata


def describe(subject: Subject, out: Path, shown: list[Shown]) -> Graph:
    """Every entity of the crate: the dataset, the workflow and its steps, the run and each step's, files by hash.
    Raises InputError where study.yaml, dvc.yaml or dvc.lock cannot be read."""
    graph = Graph()
    cited = subject.yaml("CITATION.cff")
    about = book.load_study(subject.paths)
    graph.add(METADATA, "CreativeWork", about=ref("./"),
              conformsTo=[ref("https://w3id.org/ro/crate/1.1"), ref(list(PROFILES)[-1])])  # fmt: skip
    if not subject.paths.simulated:  # CITATION.cff may be Guyub's, whose authors, date and version are not the study's
        cited = {"references": cited.get("references", []), "date-released": about["date"], "doi": about["doi"],
                 "version": about["version"] or ""}  # fmt: skip
    root = graph.add("./", "Dataset", name=about["title"], description=_description(subject, about, cited),
                     datePublished=_date(subject, cited), license=_licences(graph, subject, about, cited),
                     author=_authors(graph, about, cited), publisher=_publisher(graph, about, cited),
                     citation=_works(graph, cited),
                     identifier=cited.get("doi"), version=str(cited.get("version", "")),
                     conformsTo=[*map(ref, PROFILES)], mainEntity=ref(WORKFLOW))  # fmt: skip
    for name, (title, version) in PROFILES.items():
        graph.add(name, "CreativeWork", name=title, version=version)
    _engine(graph, subject)
    _workflow(graph, subject)
    _run(graph, subject)
    _documents(graph, subject, shown, out)
    kinds = {name: [entity["@type"]] if isinstance(entity["@type"], str) else entity["@type"]
             for name, entity in graph.entities.items() if name not in ("./", METADATA)}  # fmt: skip
    whole = graph.entities[root["@id"]]
    whole["hasPart"] = [ref(name) for name, own in kinds.items() if {"File", "Dataset"} & set(own)]
    whole["mentions"] = [ref(RUN), ref("#organise"), *(ref(f"#run/{name}") for name in subject.locked)]
    return graph


def _description(subject: Subject, about: dict[str, Any], cited: dict[str, Any]) -> str:
    if not subject.paths.simulated:
        return about["subtitle"] or REAL
    simulated = "The data are simulated: no number here is a finding about real people. "
    return f"{simulated}{about['subtitle'] or cited.get('abstract', about['title'])}".strip()


def _date(subject: Subject, cited: dict[str, Any]) -> str:
    """The date of publication: as cited, else that of the last commit, else today."""
    if cited.get("date-released"):
        return str(cited["date-released"])
    try:
        return git(subject.root, "log", "-1", "--format=%cs").strip()
    except InputError:  # no commit, or no git
        return datetime.date.today().isoformat()


def _licences(graph: Graph, subject: Subject, about: dict[str, Any], cited: dict[str, Any]) -> list[Entity]:
    """Guyub's own licences, preceded by the authors' stated licence if the data are of real people."""
    given = cited.get("license") or GUYUBS_LICENCES
    names = [given] if isinstance(given, str) else [*given]
    own = [graph.add(f"https://spdx.org/licenses/{name}", "CreativeWork", name=name, identifier=name) for name in names]
    if subject.paths.simulated:
        return own
    stated = str(about["licence"] or book.UNKNOWN["en"])
    return [graph.add("#licence", "CreativeWork", name=stated, description="Licence of text and data"), *own]


def _authors(graph: Graph, about: dict[str, Any], cited: dict[str, Any]) -> list[Entity]:
    if not (about["authors"] or cited.get("authors")):
        return [graph.add("#authors", "Organization", name=book.UNKNOWN["en"])]
    people = about["authors"] or [
        {"name": a.get("name") or f"{a.get('given-names', '')} {a.get('family-names', '')}".strip(), "orcid": None,
         "affiliation": a.get("affiliation")} for a in cited.get("authors", [])
    ]  # fmt: skip
    persons = []
    for number, each in enumerate(people, 1):
        orcid = each["orcid"] and f"https://orcid.org/{each['orcid'].rsplit('/', 1)[-1]}"
        place = each["affiliation"] and graph.add(f"#affiliation-{number}", "Organization", name=each["affiliation"])
        persons.append(graph.add(orcid or f"#author-{number}", "Person", name=each["name"], affiliation=place))
    return persons


def _publisher(graph: Graph, about: dict[str, Any], cited: dict[str, Any]) -> Entity:
    """The publisher: the authors' first affiliation, else the authors as a group."""
    names = [a["affiliation"] for a in about["authors"] if a["affiliation"]][:1]
    names = (
        names or [a["name"] for a in about["authors"]] or [a["name"] for a in cited.get("authors", []) if "name" in a]
    )
    return graph.add(PUBLISHER, "Organization", name="; ".join(names) or book.UNKNOWN["en"], url=about["repository"])


def _works(graph: Graph, cited: dict[str, Any]) -> list[Entity]:
    """The works that CITATION.cff refers to."""
    return [
        graph.add(work.get("url") or f"#work-{number}", "ScholarlyArticle", name=work["title"],
                  isPartOf=work.get("journal"), datePublished=str(work.get("year", "")))
        for number, work in enumerate(cited.get("references", []), 1) if work.get("type") != "software"
    ]  # fmt: skip


def _engine(graph: Graph, subject: Subject) -> None:
    """DVC, Python and the packages of the lock that the code imports."""
    versions = locked_versions(subject.text(LOCK))
    used = set().union(*(packages_of(subject.root, step_files(subject.paths, step)) for step in study.STEPS))
    listed = [(name, versions[name]) for name in sorted(used) if name in versions]
    software = [
        graph.add(f"pkg:pypi/{name}@{version}", "SoftwareApplication", name=name, softwareVersion=version,
                  identifier=f"pkg:pypi/{name}@{version}", url=_home(name))
        for name, version in listed
    ]  # fmt: skip
    graph.add("#python", ["SoftwareApplication", "ComputerLanguage"], name="Python", url="https://www.python.org",
              softwareVersion=_code(subject)["requires-python"])  # fmt: skip
    graph.add(GUYUB, "SoftwareApplication", name="Guyub", softwareVersion=_code(subject)["version"],
              identifier=f"sha256:{sha256(subject.root / RELEASE)}" if (subject.root / RELEASE).exists() else None,
              description="The code in src/; its identifier is the hash of the release's list of hashes.")  # fmt: skip
    graph.add(ENGINE, ["SoftwareApplication", "ComputerLanguage"], name="DVC", url="https://dvc.org",
              identifier=ref("https://dvc.org"), softwareVersion=versions.get("dvc"),
              softwareRequirements=[ref("#python"), ref(GUYUB), *software])  # fmt: skip


def _code(subject: Subject) -> dict[str, Any]:
    """The project table of pyproject.toml for Guyub's code: version, licence, Python."""
    return dict(tomllib.loads(subject.text("pyproject.toml"))["project"])


def _home(package: str) -> str | None:
    """A package's home page by its installed metadata; None where it states none or is not installed."""
    try:
        about = metadata(package)
    except PackageNotFoundError:
        return None
    named = (each.partition(", ") for each in about.get_all("Project-URL") or [])
    found = {name.lower(): url for name, _, url in named}
    return next((found[name] for name in HOMES if name in found), next(iter(about.get_all("Home-page") or []), None))


def _workflow(graph: Graph, subject: Subject) -> None:
    """dvc.yaml as a workflow: its steps, the tools that they run, what goes in and what comes out."""
    tools, steps, version = [], [], _code(subject)["version"]
    for position, name in enumerate(subject.declared, 1):
        about = {**_hashes(subject, _tool(subject, name)), "name": f"What the stage {name} runs", "version": version}
        about["programmingLanguage"] = ref("#python")
        tools.append(graph.add(_tool(subject, name), ["File", "SoftwareSourceCode"], **about))
        steps.append(graph.add(f"#step/{name}", "HowToStep", name=name, position=position, workExample=tools[-1]))
    inputs = [_formal(graph, place) for place in external(subject)]
    inputs += [_formal(graph, f"param/{step}.{key}") for step, key, _ in _parameters(subject)]
    outputs = [_formal(graph, path) for stage in subject.locked.values() for path in stage.outs]
    graph.add(WORKFLOW, ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
              programmingLanguage=ref(ENGINE), hasPart=tools, step=steps, input=inputs, output=outputs,
              conformsTo=ref("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
              version=version, **{**_hashes(subject, WORKFLOW), "name": "The study, as stages of DVC"})  # fmt: skip


def _tool(subject: Subject, stage: str) -> str:
    """The code that a stage runs: its notebook, or for the book the module that builds it."""
    return subject.name(subject.paths.notebook(stage)) if stage in study.STEPS else BUILDER


def external(subject: Subject) -> list[str]:
    """Data that stages read and no stage makes. Raises InputError where dvc.lock cannot be read."""
    made = {out for stage in subject.locked.values() for out in stage.outs}
    deps = dict.fromkeys(dep for stage in subject.locked.values() for dep in stage.deps)
    code = {_tool(subject, name) for name in subject.locked}
    outside = [dep for dep in deps if dep not in code and not dep.startswith(("src/", "book/", "notebooks"))]
    return [
        dep
        for dep in outside
        if not any(Path(a).is_relative_to(b) for out in made for a, b in ((out, dep), (dep, out)))
    ]


def _formal(graph: Graph, name: str) -> Entity:
    kind = "PropertyValue" if name.startswith("param/") else "File" if Path(name).suffix else "Dataset"
    return graph.add(f"#formal/{name}", "FormalParameter", name=name, additionalType=kind, valueRequired=True,
                     conformsTo=ref("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"))  # fmt: skip


def _parameters(subject: Subject) -> list[tuple[str, str, Any]]:
    """Step, name and value of every parameter that a step has of its own."""
    named = {step: parameters(subject, step) for step in study.STEPS}
    return [(step, key, value) for step, given in named.items() for key, value in given.items() if "." not in key]


def _run(graph: Graph, subject: Subject) -> None:
    """The run: one action for the whole, one for each stage, and that of the engine."""
    values = {}
    for step, key, value in _parameters(subject):
        name, plain = f"{step}.{key}", isinstance(value, int | float | str) and not isinstance(value, bool)
        written, formal = value if plain else json.dumps(value), ref(f"#formal/param/{name}")
        values[name] = graph.add(f"#param/{name}", "PropertyValue", name=name, value=written, exampleOfWork=formal)
    agents, when = graph.entities["./"]["author"], whole_time(subject)
    by_then = {name: moment for name, moment in when.items() if name == "endTime"}
    controls, made = [], []
    for name, stage in subject.locked.items():
        data = [_data(graph, subject, path) for path in stage.deps if path != _tool(subject, name)]
        given = [values[key] for key in values if key.split(".")[0] in {p.split(".")[0] for p in stage.params}]
        results = [_data(graph, subject, path) for path in stage.outs]
        made += results
        action = graph.add(f"#run/{name}", "CreateAction", name=f"Run of the stage {name}", object=[*data, *given],
                           instrument=ref(_tool(subject, name)), result=results, description=stage.cmd,
                           actionStatus="http://schema.org/CompletedActionStatus", agent=agents,
                           **(times(subject, name) or by_then))  # fmt: skip
        controls.append(graph.add(f"#control/{name}", "ControlAction", name=f"Order to run the stage {name}",
                                  instrument=ref(f"#step/{name}"), object=action))  # fmt: skip
    inputs = [*(_data(graph, subject, path) for path in external(subject)), *values.values()]
    whole = graph.add(RUN, "CreateAction", name="Run of the study", description=WHEN, instrument=ref(WORKFLOW),
                      object=inputs, result=made, agent=agents, **when,
                      actionStatus="http://schema.org/CompletedActionStatus")  # fmt: skip
    graph.add("#organise", "OrganizeAction", name="Run of DVC", instrument=ref(ENGINE), object=controls, result=whole,
              agent=agents, **when)  # fmt: skip


def times(subject: Subject, stage: str) -> dict[str, str]:
    """When a stage began and ended, if that was noted and its output is unchanged; otherwise empty."""
    noted = subject.root / ".guyub" / "ran" / f"{stage}.json"
    made = subject.paths.executed(stage) if stage in study.STEPS else subject.paths.book / "_build" / site.NAME
    if not (noted.is_file() and made.is_file()):
        return {}
    ran = json.loads(noted.read_text(encoding="utf-8"))
    return {"startTime": ran["begun"], "endTime": ran["ended"]} if ran["sha256"] == sha256(made) else {}


def whole_time(subject: Subject) -> dict[str, str]:
    """When the run began and ended, as far as its stages noted it; else the time by which it had ended."""
    each = [times(subject, stage) for stage in subject.locked]
    if all(each):
        return {"startTime": min(t["startTime"] for t in each), "endTime": max(t["endTime"] for t in each)}
    try:
        committed = git(subject.root, "log", "-1", "--format=%cI", "--", "dvc.lock").strip()
    except InputError:
        committed = ""
    return {"endTime": committed} if committed else {}


def _data(graph: Graph, subject: Subject, path: str) -> Entity:
    """A file or folder that a stage read or wrote; only the hash of what stays with the researchers."""
    formal = ref(f"#formal/{path}") if f"#formal/{path}" in graph.entities else None
    if stays(subject, path):
        return graph.add(f"{KEPT}{path}", "Collection", name=path, md5=subject.hash(path), exampleOfWork=formal,
                         description=STAYS)  # fmt: skip
    place = subject.root / path
    if place.is_dir():
        return graph.add(f"{path}/", "Dataset", name=path, md5=subject.hash(path), exampleOfWork=formal,
                         description=f"{len(list(subject.files(place)))} files")  # fmt: skip
    return graph.add(path, "File", exampleOfWork=formal, **_hashes(subject, path))


def _hashes(subject: Subject, path: str) -> dict[str, Any]:
    place = subject.root / path
    return {"name": path, "contentSize": str(place.stat().st_size), "encodingFormat": _format(path), "md5": md5(place),
            "sha256": sha256(place)}  # fmt: skip


def _format(path: str) -> str:
    return TYPES.get(Path(path).suffix, mimetypes.guess_type(path)[0] or "application/octet-stream")


def _documents(graph: Graph, subject: Subject, shown: list[Shown], out: Path) -> None:
    """The documents that a reader looks for first, and each figure and table."""
    for name in ("LICENSE", "CITATION.cff", "params.yaml", "dvc.lock", LOCK, "environment.yml"):
        if (out / name).is_file():
            graph.add(name, "File", **_hashes(subject, name))
    own = out / "README.md"
    graph.add("README.md", "File", about=ref("./"), name="README.md", encodingFormat="text/markdown",
              contentSize=str(own.stat().st_size), sha256=sha256(own))  # fmt: skip
    graph.add("codecheck.yml", "File", name="codecheck.yml", encodingFormat="text/yaml", conformsTo=ref(CODECHECK),
              description="CODECHECK manifest: the outputs that a check must make again")  # fmt: skip
    graph.add(CODECHECK, "CreativeWork", name="CODECHECK configuration file", version="1.0")
    for each in shown:
        source = subject.name(subject.paths.executed(each.step))
        graph.add(place_of(each), "File", name=each.title or each.cell, sha256=each.hash, isBasedOn=ref(source),
                  contentSize=str(len(each.content)), encodingFormat=_format(place_of(each)))  # fmt: skip
