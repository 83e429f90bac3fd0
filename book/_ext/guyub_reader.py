"""What readers take along: the byline under the book's title, with the PDFs that `make pdf` has made."""

from __future__ import annotations

import html

from docutils import nodes
from sphinx.application import Sphinx

DOWNLOADS = {"book.pdf": "The book as PDF", "ringkasan.pdf": "Ringkasan, one sheet of A4 (PDF)"}


def lay_byline(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Put the byline under the title of the first page."""
    if page == app.config.root_doc and "</h1>" in context.get("body", ""):
        head, end, rest = context["body"].partition("</h1>")
        context["body"] = f"{head}{end}\n{byline()}{rest}"


def byline() -> str:
    """Links to PDFs, which guyub.js shows where downloads.js names the file."""
    links = "".join(
        f'<a class="download" data-download="{name}" hidden>{html.escape(words)}</a>'
        for name, words in DOWNLOADS.items()
    )
    return f'<p class="byline screen-only">{links}</p>'


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.connect("html-page-context", lay_byline)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
