"""What the book's pages use beyond Jupyter Book: computed numbers, the claims ledger, the map of stages, own scripts.

Roles: num (a metric), study (a key of study.yaml), verdict (a claim's). Directives: when and unless (content that
hangs on a metric), overview (the study in one picture), planted (in a simulated community), ledger, grades (of a
verdict), advice (judged), actions (the strongest of it), claims (as declared), stages (the DAG), about (study.yaml),
calibration and spreading (parts of that chapter); further those of guyub_provenance.
A name that leads nowhere is a warning with its line, and warnings fail the build.
"""

from __future__ import annotations

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import guyub_provenance
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from analysis import book, figures, study
from analysis.book import benchmark_tables, overview_figure, reply_scores, simulated_truth
from analysis.calibration import page as calibration
from analysis.claims import robust
from analysis.claims.ledger import common_amendments, leanings, number_lines
from analysis.claims.rule import load_claims, load_common
from analysis.claims.words import badge
from analysis.errors import InputError
from analysis.halfway import page as halfway
from analysis.local_time import zone_of

LOGGER = logging.getLogger(__name__)
CHAPTERS = "executed"
CLEARER = {  # marks of the tools below that mislead a screen reader
    ' aria-label="Toggle hidden content"': "",  # hides what the line itself says
    '<div role="list" class="citation-list">': '<div class="citation-list">',  # holds more than items
    ' role="doc-biblioentry"': "",  # deprecated
}
ADVICE = {
    "en": ("What to do", "What speaks for it here", "What it would bring and cost", "How strong"),
    "id": ("Yang bisa dilakukan", "Dasarnya di sini", "Manfaat dan biayanya", "Seberapa kuat"),
}
COSTS = {
    "en": {"cost": "Cost", "watch": "Side effect to watch"},
    "id": {"cost": "Biaya", "watch": "Yang perlu diwaspadai"},
}
CHAPTER = {"en": ("", ""), "id": ("bab ", " (Inggris)")}  # around the link to a chapter, all of which are in English
NOTHING = {
    "en": "Nothing can be recommended on what was found here.",
    "id": "Dari yang ditemukan di sini, belum ada yang dapat disarankan.",
}
FOLDED = 3  # a longer list of paths folds
PROMPTS = {"parameters": "Parameters and what they mean", "injected-parameters": "Parameters of this run"}
BANNER = '<strong>Simulated data.</strong> No real person wrote this. <strong lang="id">Data simulasi.</strong>'


# Where things are


def paths_of(app: Sphinx) -> study.Paths:
    """The study that the book's folder lies in."""
    return study.Paths(Path(app.srcdir).parent)


def language_of(app: Sphinx, page: str) -> str:
    """The language that a page is written in."""
    return app.config.guyub_languages.get(page, "en")


# Roles


class computed(nodes.inline):
    """A number from the metrics; title: its key, which a reader sees by pointing at it. Docutils calls nodes in small
    letters."""


def visit_computed(translator: nodes.NodeVisitor, node: computed) -> None:
    translator.body.append(translator.starttag(node, "span", "", title=node["title"]))


def depart_computed(translator: nodes.NodeVisitor, _: computed) -> None:
    translator.body.append("</span>")


class Computed(SphinxRole, ABC):
    """A role whose text is computed from its content; what goes wrong is a warning at its line."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            return [self.node()], []
        except InputError as error:
            LOGGER.warning("%s", error, location=self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []

    @abstractmethod
    def node(self) -> nodes.Node:
        """The computed node."""

    @property
    def language(self) -> str:
        return language_of(self.env.app, self.env.docname)

    @property
    def paths(self) -> study.Paths:
        return paths_of(self.env.app)


class Number(Computed):
    """{num}`step.name` or {num}`step.name|format`: a metric, or the words "not assessable"."""

    def node(self) -> nodes.Node:
        path, _, spec = self.text.partition("|")
        value = book.lookup(self.paths, path.strip())
        text = book.prose(value, spec.strip(), self.language, zone_of(self.paths))
        return computed("", text, classes=["computed"], title=path.strip())


class Fact(Computed):
    """{study}`key.key`: what only the author knows, or the words "not stated"."""

    def node(self) -> nodes.Node:
        return nodes.Text(book.fact(book.load_study(self.paths), self.text, self.language))


class Verdict(Computed):
    """{verdict}`C1`: the claim's verdict, as symbol and word; {verdict}`supported`: the word itself, so shown."""

    def node(self) -> nodes.Node:
        return verdict_chip(self.paths, self.text, self.language)


def claims(paths: study.Paths) -> list[dict]:
    """The ledger's rows."""
    return study.read_metrics(paths, "claims")["claims"]


def verdict_chip(paths: study.Paths, name: str, language: str) -> nodes.inline:
    """The badge of a claim or verdict as symbol and words: never by colour alone."""
    row = book.verdict_row(paths, name)
    kinds = ["verdict", f"verdict-{row['verdict'].replace(' ', '-')}", f"verdict-{row.get('robustness') or 'untried'}"]
    return nodes.inline("", badge(row, language), classes=kinds)


# Directives


class Block(SphinxDirective, ABC):
    """A directive whose content is computed; what goes wrong is a warning at its line."""

    def run(self) -> list[nodes.Node]:
        try:
            return self.blocks()
        except InputError as error:
            LOGGER.warning("%s", error, location=self.get_location())
            return []

    @abstractmethod
    def blocks(self) -> list[nodes.Node]:
        """The computed nodes."""

    @property
    def paths(self) -> study.Paths:
        return paths_of(self.env.app)

    def chapter(self, name: str) -> nodes.Node:
        """A link to a chapter by its title, resolved (and checked) by Sphinx."""
        return addnodes.pending_xref(
            "",
            nodes.inline("", name, classes=["doc"]),
            refdoc=self.env.docname,
            refdomain="std",
            reftype="doc",
            reftarget=f"/{CHAPTERS}/{name}",
            refexplicit=False,
            refwarn=True,
        )


class When(Block):
    """```{when} step.name = value: its content where the condition on the metrics holds."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    wanted = True

    def blocks(self) -> list[nodes.Node]:
        if book.holds(self.paths, self.arguments[0]) != self.wanted:
            return []
        return self.parse_content_to_nodes(allow_section_headings=True)


class Unless(When):
    """```{unless} step.name = value: its content where the condition does not hold."""

    wanted = False


class Ledger(Block):
    """The claims ledger: claim and chapter, number and robustness, verdict."""

    def blocks(self) -> list[nodes.Node]:
        heads = ("Claim", "Number", "Verdict")
        written = self.paths.root / "claims.yaml"
        declared, leaning = {claim["id"]: claim for claim in load_claims(written)}, leanings(self.paths)
        rows = [self.cells(row, declared.get(row["id"]), leaning.get(row["id"], "")) for row in claims(self.paths)]
        amended = common_amendments(load_common(written))
        below = self.parse_text_to_nodes(amended) if amended else []
        return [table(heads, rows, ["ledger"], widths=(30, 48, 22)), *below]

    def cells(self, row: dict, declared: dict | None, leaning: str) -> list[nodes.Node]:
        claim = _cell(nodes.strong("", row["id"]), nodes.Text(f" {row['sentence']}. "), self.chapter(row["chapter"]))
        lines = number_lines(row, declared, leaning)
        number = nodes.container("", *(_cell(nodes.inline("", line, classes=["computed"])) for line in lines[:1]))
        further = [*lines[1:], *filter(None, [row.get("reason")])]
        number += [nodes.paragraph("", line, classes=["further"]) for line in further]
        return [claim, number, _cell(verdict_chip(self.paths, row["id"], "en"))]


class Planted(Block):
    """What was planted in a simulated community, and what the study finds of it; nothing where that is not known."""

    def blocks(self) -> list[nodes.Node]:
        said = simulated_truth.say(self.paths)
        return [nodes.paragraph("", said)] if said else []


class Overview(Block):
    """The study in one picture."""

    def blocks(self) -> list[nodes.Node]:
        return [nodes.raw("", figures.show(overview_figure.figure(self.paths), self.paths.source).data, format="html")]


class Grades(Block):
    """What the grades of a verdict mean, by the written rule."""

    def blocks(self) -> list[nodes.Node]:
        said = "\n\n".join(f"*{grade}*\n: {meaning}" for grade, meaning in robust.meanings().items())
        return self.parse_text_to_nodes(said)


class Advised(Block):
    """Every piece of advice: what to do and who, what speaks for it here, what it would bring and cost, how strong."""

    def blocks(self) -> list[nodes.Node]:
        language = language_of(self.env.app, self.env.docname)
        rows = [self.cells(entry, language) for entry in recommended(self.paths)["advice"]]
        return [table(ADVICE[language], rows, ["advice"], widths=(34, 32, 20, 14))]

    def cells(self, entry: dict, language: str) -> list[nodes.Node]:
        own, words = entry[language], COSTS[language]
        bearing: list[nodes.Node] = [_computed(said) for said in own["grounds"]]
        before, after = CHAPTER[language]
        bearing += [
            _cell(nodes.Text(before), self.chapter(page), nodes.Text(after))
            for page in entry["pages"]
            if not self.env.docname.endswith(page)
        ]
        grade = nodes.paragraph("", own["strength"] if entry["strength"] else own["status"])
        return [
            nodes.container("", nodes.paragraph("", own["advice"]), _further(f"{own['owner']}: {own['first']}")),
            nodes.container("", *(bearing or [nodes.paragraph("", "–")])),
            nodes.container(
                "", _computed(own["gain"]), *(_further(f"{word}: {own[key]}") for key, word in words.items())
            ),
            nodes.container("", grade, *map(_computed, own["why"])),
        ]


class Actions(Block):
    """The strongest advice as concrete actions: who, where, which number to watch."""

    key = "actions"  # of the metrics

    def blocks(self) -> list[nodes.Node]:
        language = language_of(self.env.app, self.env.docname)
        lines = recommended(self.paths)[self.key][language]
        items = [nodes.list_item("", _computed(line)) for line in lines]
        if not items:
            return [nodes.paragraph("", NOTHING[language])]
        return [nodes.enumerated_list("", *items, enumtype="arabic", prefix="", suffix=".")]


class ActionsInFull(Actions):
    """The same with what each brings and costs."""

    key = "actions_in_full"


def recommended(paths: study.Paths) -> dict:
    """The metrics of the step recommendations, with `advice` and `actions`."""
    return study.read_metrics(paths, "recommendations")


class Stages(Block):
    """The stages of dvc.yaml: a drawing of which stage needs which, and a table of what each reads, runs and writes."""

    def blocks(self) -> list[nodes.Node]:
        stages = book.stages(self.paths.root / "dvc.yaml")
        heads = ("Stage", "Reads", "Code", "Writes")
        rows = [
            [self.stage(stage.name), *(listing(part) for part in (stage.reads, stage.code, stage.writes))]
            for stage in stages
        ]
        return [nodes.raw("", arcs(stages), format="html"), table(heads, rows, ["stages"], widths=(16, 28, 28, 28))]

    def stage(self, name: str) -> nodes.Node:
        step = name in study.STEPS
        return _cell(self.chapter(self.paths.notebook(name).stem)) if step else nodes.paragraph("", name)


class Declared(Block):
    """What claims.yaml fixed before the numbers: estimand, test, smallest effect, least data, where the number is."""

    def blocks(self) -> list[nodes.Node]:
        heads = ("Claim", "What is measured, and how it is tested", "What it takes", "Number at")
        rows = [self.cells(claim) for claim in load_claims(self.paths.root / "claims.yaml")]
        return [table(heads, rows, ["declared"], widths=(8, 44, 32, 16))]

    def cells(self, claim: dict) -> list[nodes.Node]:
        least = ", ".join(f"{number} {what}" for what, number in claim["minimum"].items())
        takes = [f"At least {least}."]
        if claim.get("direction"):
            takes.insert(
                0, f"Smallest effect that matters: {claim['direction']}, {claim['smallest_effect']} {claim['unit']}."
            )
        if "supported_if" in claim:
            takes.append(f"Supported if {claim['supported_if']}.")
        measured = [f"{claim['estimand']}.", f"Test: {claim['test']}."]
        paragraphs = (
            nodes.container("", *(nodes.paragraph("", text) for text in texts)) for texts in (measured, takes)
        )
        return [_cell(nodes.strong("", claim["id"])), *paragraphs, _cell(nodes.literal("", claim["metrics"]))]


class Provenance(Block):
    """The card of a step's chapter: inputs, parameters, code, packages and checks, by hash."""

    required_arguments = 1

    def blocks(self) -> list[nodes.Node]:
        return guyub_provenance.card(self.paths.root, self.arguments[0])


class Dossiers(Block):
    """Each claim's dossier, folded."""

    def blocks(self) -> list[nodes.Node]:
        return guyub_provenance.claim_cards(self.paths.root)


class Outputs(Block):
    """Every figure and table of the book, with notebook, code, data and hash."""

    def blocks(self) -> list[nodes.Node]:
        return guyub_provenance.outputs(self.paths.root)


class Numbers(Block):
    """Every number of the metrics, with its key, its line and the rows it comes from."""

    def blocks(self) -> list[nodes.Node]:
        return guyub_provenance.numbers(self.paths.root)


class Listed(Block):
    """A table of words: the checks of guyub verify, a reviewer's checklist, the numbers that prose may hold."""

    optional_arguments = 1

    def blocks(self) -> list[nodes.Node]:
        heads, rows = guyub_provenance.TABLES[self.name](*self.arguments)
        cells = [[nodes.paragraph("", text) for text in row] for row in rows]
        return [table(heads, cells, [self.name, "about"], widths=tuple(100 // len(heads) for _ in heads))]


class Calibrated(Block):
    """A sentence, figure or table of the chapter on calibration, by its name."""

    required_arguments = 1

    def blocks(self) -> list[nodes.Node]:
        name = self.arguments[0]
        tables = calibration_of(self.paths.root)
        if name in calibration.SENTENCES:
            return self.parse_text_to_nodes(calibration.sentence(tables, name))
        return [nodes.raw("", calibration.drawn(tables, name), format="html")]


@cache
def calibration_of(root: Path) -> calibration.Tables:
    """Calibration's tables, read once a build."""
    return calibration.load(root)


class Halfway(Block):
    """```{spreading} say (or figure, changes, table): what was predicted and what came of changes half way."""

    required_arguments = 1

    def blocks(self) -> list[nodes.Node]:
        name = self.arguments[0]
        text = halfway.drawn(self.paths.root, name)
        return self.parse_text_to_nodes(text) if name == "say" else [nodes.raw("", text, format="html")]


class About(Block):
    """What study.yaml says of the study; what is not stated is shown as such."""

    def blocks(self) -> list[nodes.Node]:
        about = book.load_study(self.paths)
        facts = {"Authors": "; ".join(map(book.author, about["authors"])) or book.UNKNOWN["en"]}
        facts |= {label: book.fact(about, key) for label, key in book.SHOWN.items()}
        facts["Language of the talk"] = book.language_name(about["language"])
        return [pairs(("About", "As the author states it"), facts, "about")]


class Replies(Block):
    """```{reply-table} links.plain (or network.plain, simulated): a table of the benchmark of replies."""

    required_arguments = 1

    def blocks(self) -> list[nodes.Node]:
        heads, rows = reply_scores.shown(self.paths, self.arguments[0])
        cells = [[nodes.paragraph("", text) for text in row] for row in rows]
        return [table(heads, cells, ["replies"], widths=(20, *[16] * (len(heads) - 1)))]


class Speed(Block):
    """```{speed} reading: the table of a group of benchmarks; ```{speed} answer: how often others are faster."""

    required_arguments = 1
    final_argument_whitespace = True

    def blocks(self) -> list[nodes.Node]:
        group = self.arguments[0]
        if group == benchmark_tables.ANSWER:
            return [nodes.paragraph("", benchmark_tables.answer(self.paths))]
        rows = benchmark_tables.rows(self.paths, group)
        if not rows:
            return [nodes.paragraph("", "Not measured in this run.")]
        cells = [[nodes.paragraph("", text) for text in row] for row in rows]
        return [table(benchmark_tables.HEADS, cells, ["speed"], widths=(36, 20, 18, 8, 18))]


class Reliability(Block):
    """How sure the reply model is against how often it is right."""

    def blocks(self) -> list[nodes.Node]:
        return [nodes.raw("", reply_scores.reliability(self.paths), format="html")]


def _cell(*inline: nodes.Node) -> nodes.paragraph:
    """A paragraph of inline nodes."""
    return nodes.paragraph("", "", *inline)


def _computed(text: str) -> nodes.paragraph:
    """A paragraph that was computed, and is marked as such."""
    return _cell(nodes.inline("", text, classes=["computed"]))


def _further(text: str) -> nodes.paragraph:
    """A paragraph that says more, in small print."""
    return nodes.paragraph("", text, classes=["further"])


def pairs(heads: tuple[str, str], facts: dict[str, str], kind: str) -> nodes.Node:
    """A table of names and values."""
    rows = [[nodes.paragraph("", name), nodes.paragraph("", value)] for name, value in facts.items()]
    return table(heads, rows, [kind], widths=(35, 65))


def listing(names: tuple[str, ...]) -> nodes.Node:
    """Paths as a list; a long one folds."""
    items = "".join(f"<li><code>{html.escape(name).replace('/', '/<wbr>')}</code></li>" for name in names)
    listed = f'<ul class="paths">{items}</ul>' if names else "–"
    if len(names) > FOLDED:
        listed = f'<details class="paths"><summary>{len(names)} files</summary>{listed}</details>'
    return nodes.raw("", listed, format="html")


def table(
    heads: tuple[str, ...], rows: list[list[nodes.Node]], classes: list[str], widths: tuple[int, ...]
) -> nodes.Node:
    """A table node; each cell carries the class cell-N, so that phones can show rows as cards."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), cols=len(heads))
    head = nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in heads))
    body = [
        nodes.row("", *(nodes.entry("", cell, classes=[f"cell-{i}"]) for i, cell in enumerate(row, 1))) for row in rows
    ]
    group += [nodes.thead("", head), nodes.tbody("", *body)]
    frame = nodes.table("", group, classes=["guyub", *classes])
    return nodes.container("", frame, classes=["guyub-table"])


# The map of stages, drawn

ROW, NAME_WIDTH, ARC = 34, 150, 13  # SVG units: height of a row, width of the names, reach of an arc per row spanned


def arcs(stages: list[book.MappedStage]) -> str:
    """An arc diagram as SVG: stages one below the other, an arc from each stage to every stage that reads from it."""
    place = {stage.name: i for i, stage in enumerate(stages)}
    links = [sorted((place[need], place[stage.name])) for stage in stages for need in book.direct_needs(stage, stages)]
    width = NAME_WIDTH + 30 + ARC * max([below - above for above, below in links] or [1])
    alt = html.escape("; ".join(f"{s.name} needs {', '.join(s.needs) or 'no other'}" for s in stages), quote=True)
    body = "".join(_arc(above, below) for above, below in links) + "".join(_dot(name, i) for name, i in place.items())
    return (
        f'<figure class="guyub stage-map"><svg role="img" aria-label="{alt}" viewBox="0 0 {width} {ROW * len(stages)}" '
        f'width="{width}" xmlns="http://www.w3.org/2000/svg">{body}</svg>'
        "<figcaption>Stages from top to bottom. An arc leads from a stage to each stage that reads what it wrote, "
        "unless another way leads there too.</figcaption></figure>"
    )


def _arc(above: int, below: int) -> str:
    x, top, bottom, reach = NAME_WIDTH, ROW * above + ROW / 2, ROW * below + ROW / 2, ARC * (below - above) + 12
    return f'<path class="arc" d="M{x},{top:g} C{x + reach},{top:g} {x + reach},{bottom:g} {x},{bottom:g}"/>'


def _dot(name: str, i: int) -> str:
    y = ROW * i + ROW / 2
    return (
        f'<text x="{NAME_WIDTH - 14}" y="{y + 5:g}" text-anchor="end">{html.escape(name)}</text>'
        f'<circle cx="{NAME_WIDTH}" cy="{y:g}" r="5"/>'
    )


# The site


def describe(app: Sphinx, config: object) -> None:
    """Take title, authors and licence from study.yaml; say on every page when the data are simulated."""
    paths = paths_of(app)
    about = book.load_study(paths)
    config.html_title = config.html_short_title = config.project = about["title"]
    config.author = book.fact(about, "authors") if about["authors"] else "unknown"
    footer = {"Text and data": about["licence"], "Contact": about["contact"]}
    lines = [f"{label}: {html.escape(str(value))}." for label, value in footer.items() if value]
    options = config.html_theme_options
    options["extra_footer"] = f"<p>{' '.join(lines)}</p>"
    options["logo"] = {"text": about["title"]}
    if study.read_metrics(paths, "ingest").get("simulated") is True:
        options["announcement"] = BANNER


def lay_out(app: Sphinx, page: str, source: list[str]) -> None:
    """Lay out a chapter: answer first, its code cells folded (one tagged show-input stays open), provenance last."""
    if not page.startswith(f"{CHAPTERS}/"):
        return
    notebook = json.loads(source[0])
    declared = load_claims(paths_of(app).root / "claims.yaml")
    notebook["cells"] = book.page_cells(notebook["cells"], Path(page).name, declared)
    guyub_provenance.with_provenance(notebook, page)
    for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
        tags = cell["metadata"].setdefault("tags", [])
        if not {"show-input", "hide-input"} & set(tags):
            cell["metadata"]["mystnb"] = {"code_prompt_show": next((PROMPTS[t] for t in tags if t in PROMPTS), "Code")}
            tags.append("hide-input")
    source[0] = json.dumps(notebook)


def alike(page: str, step: Callable[[str], str | None], language: Callable[[str], str]) -> str | None:
    """The nearest page that steps from this one lead to and that is in its language; None where there is none."""
    other = step(page)
    while other and language(other) != language(page):
        other = step(other)
    return other


def dress(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Give a page its language, plain marks for screen readers, and neighbours in its language."""
    context["language"] = language_of(app, page)
    relations = getattr(app.builder, "relations", {})  # of each page: the one above, the one before, the one after
    for place, name in ((1, "prev"), (2, "next")) if page in relations else ():
        other = alike(page, lambda each, place=place: relations[each][place], partial(language_of, app))
        title = other and app.builder.render_partial(app.env.titles[other])["title"]
        context[name] = {"link": app.builder.get_relative_uri(page, other), "title": title} if other else None
    body = context.get("body", "")
    for mark, better in CLEARER.items():
        body = body.replace(mark, better)
    context["body"] = body


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.add_config_value("guyub_languages", {}, "env")
    roles: dict[str, Callable] = {"num": Number(), "study": Fact(), "verdict": Verdict()}
    for name, role in roles.items():
        app.add_role(name, role)
    blocks: dict[str, type[Block]] = {"when": When, "unless": Unless, "ledger": Ledger, "claims": Declared}
    blocks |= {
        "advice": Advised,
        "actions": Actions,
        "actions-in-full": ActionsInFull,
        "overview": Overview,
        "planted": Planted,
        "grades": Grades,
    }
    blocks |= {"numbers": Numbers}
    blocks |= {"stages": Stages, "about": About, "provenance": Provenance, "outputs": Outputs, "dossiers": Dossiers}
    blocks |= {"reply-table": Replies, "reliability": Reliability, "speed": Speed}
    blocks |= {"calibration": Calibrated, "spreading": Halfway, **dict.fromkeys(guyub_provenance.TABLES, Listed)}
    for name, block in blocks.items():
        app.add_directive(name, block)
    app.add_node(computed, html=(visit_computed, depart_computed))
    app.connect("builder-inited", guyub_provenance.forget)
    app.connect("config-inited", describe)
    app.connect("source-read", lay_out)
    app.connect("html-page-context", dress)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
