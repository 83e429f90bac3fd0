"""What readers take along: each figure as SVG, each table as CSV, how to cite, and references to figures by number.

Role: fig (a reference such as "Figure 3.2", by the anchor of the cell that shows it: {fig}`sharing-cell-05`, and with
|2 its second one). Directive: cite-as. Files are made of the finished pages (analysis.book.downloads), so this
extension comes last.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from guyub_reader import words_of
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from analysis import study
from analysis.book import citation, downloads, exhibit_numbers, light_pages, pdf

LOGGER = logging.getLogger(__name__)


def paths_of(app: Sphinx) -> study.Paths:
    """The study that the book's folder lies in."""
    return study.Paths(Path(app.srcdir).parent)


class Reference(SphinxRole):
    """{fig}`sharing-cell-05`: the number of a figure or table of a chapter, as a link to it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = exhibit_numbers.labels(paths_of(self.env.app)).get(self.text.strip())
        if found is None:
            LOGGER.warning("no figure and no table is at %r", self.text, location=self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        chapter, label = found
        link = nodes.reference("", label, internal=True, classes=["fig"])
        link["refuri"] = self.env.app.builder.get_relative_uri(self.env.docname, f"{downloads.CHAPTERS}{chapter}")
        link["refuri"] += f"#{self.text.strip().partition('|')[0]}"
        return [link], []


class CiteAs(SphinxDirective):
    """How this study is cited, and the entry for each kind of program."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", citation.shown(citation.work(paths_of(self.env.app))), format="html")]


def take_along(app: Sphinx, error: Exception | None) -> None:
    """Number the figures and tables of the finished pages, write what can be taken along of them, and link it."""
    if error is not None:
        return
    out, paths = Path(app.outdir), paths_of(app)
    toc = pdf.listed(study.read_yaml(paths.book / "_toc.yml"))
    texts = {name: (out / f"{name}.html").read_text("utf-8") for name, _ in toc if (out / f"{name}.html").exists()}
    (out / downloads.FOLDER).mkdir(exist_ok=True)
    pages = downloads.pages(texts, lambda name: words_of(app, name))
    for page in pages:
        (out / f"{page.name}.html").write_text(light_pages.unbroken(downloads.dressed(page)), encoding="utf-8")
    for name, raw in downloads.everything(paths, pages).items():
        (out / downloads.FOLDER / name).write_bytes(raw)


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.add_role("fig", Reference())
    app.add_directive("cite-as", CiteAs)
    app.connect("build-finished", take_along, priority=900)  # after all that changes a page
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
