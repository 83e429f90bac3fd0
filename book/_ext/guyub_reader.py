"""What readers take along, in their language: the byline with the PDFs, the switch of languages, navigation in the
page's own language, and the picture and themes of the summary.

The fixed words stand in English here and are translated by book/locale (analysis.book.translation).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from analysis import study
from analysis.book import summary_page, translation

DOWNLOADS = {"book.pdf": "The book as PDF", "ringkasan.pdf": "Ringkasan, one sheet of A4 (PDF)"}
NAMES = {"en": "English", "id": "Bahasa Indonesia"}  # a language's name in itself
TEXT = re.compile(r">([^<>]+)<")
NAMED = re.compile(r'\b(title|aria-label|placeholder)="([^"]+)"')


def words_of(app: Sphinx, page: str) -> Callable[[str], str]:
    """The translator into a page's language."""
    language = app.config.guyub_languages.get(page, "en")
    return lambda text: translation.translated(Path(app.srcdir) / "locale", language, text)


# Byline and languages


def lay_byline(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Put the byline under the title of the first page, and of each that has a counterpart in another language."""
    links = counterparts(app, page)
    if (page == app.config.root_doc or links) and "</h1>" in context.get("body", ""):
        head, end, rest = context["body"].partition("</h1>")
        context["body"] = f"{head}{end}\n{byline(words_of(app, page), links)}{rest}"


def counterparts(app: Sphinx, page: str) -> dict[str, str]:
    """The pages that say the same in another language, by language."""
    other = app.config.guyub_counterparts
    pairs = {**other, **{english: own for own, english in other.items()}}
    return {app.config.guyub_languages.get(pairs[page], "en"): pairs[page]} if page in pairs else {}


def byline(words: Callable[[str], str], links: dict[str, str]) -> str:
    """The other language, and PDFs, which guyub.js shows where downloads.js names the file."""
    switch = "".join(f'<a lang="{to}" hreflang="{to}" href="{page}.html">{NAMES[to]}</a>' for to, page in links.items())
    pdfs = "".join(
        f'<a class="download" data-download="{name}" hidden>{html.escape(words(text))}</a>'
        for name, text in DOWNLOADS.items()
    )
    return f'<p class="byline screen-only">{switch}{pdfs}</p>'


def translate_navigation(app: Sphinx, error: Exception | None) -> None:
    """Put what surrounds the article of each page in another language into that language."""
    for page in app.config.guyub_languages if error is None else ():
        path = Path(app.outdir) / f"{page}.html"
        if path.exists():
            path.write_text(in_its_language(path.read_text("utf-8"), words_of(app, page)), encoding="utf-8")


def in_its_language(text: str, words: Callable[[str], str]) -> str:
    """A page whose navigation is translated; of its article, what its elements are called."""

    def said(found: re.Match[str]) -> str:
        inner = html.unescape(found[1].strip())
        return found[0].replace(found[1].strip(), html.escape(words(inner), quote=False)) if inner else found[0]

    def called(found: re.Match[str]) -> str:
        return f'{found[1]}="{html.escape(words(html.unescape(found[2])))}"'

    head, body, rest = text.partition("<body")
    before, article, inner = rest.partition("<article")
    inner, end, after = inner.partition("</article>")
    return head + body + "".join(
        (NAMED.sub(called, TEXT.sub(said, before)), article, NAMED.sub(called, inner), end,
         NAMED.sub(called, TEXT.sub(said, after)))
    )  # fmt: skip


# The summary


class Summary(SphinxDirective):
    """A part of the summary, computed in the page's language."""

    def run(self) -> list[nodes.Node]:
        paths = study.Paths(Path(self.env.srcdir).parent)
        words = words_of(self.env.app, self.env.docname)
        if self.name == "who-shares":
            language = self.env.app.config.guyub_languages.get(self.env.docname, "en")
            return [nodes.raw("", summary_page.who_shares(paths, words, language), format="html")]
        return [nodes.raw("", summary_page.voiced(paths, words), format="html")]


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.add_config_value("guyub_counterparts", {}, "env")
    for name in ("who-shares", "voiced"):
        app.add_directive(name, Summary)
    app.connect("html-page-context", lay_byline)
    app.connect("build-finished", translate_navigation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
