"""What readers take along, in their language: the byline with the PDFs, the switch of languages, navigation in the
page's own language, and the picture and themes of the summary.

The fixed words stand in English here and are translated by book/locale (analysis.translation).
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from analysis import book, study, translation

DOWNLOADS = {"book.pdf": "The book as PDF", "ringkasan.pdf": "Ringkasan, one sheet of A4 (PDF)"}
NAMES = {"en": "English", "id": "Bahasa Indonesia"}  # a language's name in itself
THEMES = 6  # most frequent ones that the summary names on each side, and those as frequent as the last of them
SIDES = {"Helps": "helps", "Hinders": "hinders"}
DOT, ROWS, COLUMNS = 22, 3, 20  # of the picture: SVG units a dot takes, rows, and columns at least
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
            return [nodes.raw("", who_shares(paths, words, language), format="html")]
        return [nodes.raw("", voiced(paths, words), format="html")]


def who_shares(paths: study.Paths, words: Callable[[str], str], language: str = "en") -> str:
    """Every member as a dot: the few who write most business news, others who share, those who never do."""
    names = ("members", "sharers", "top", "ever")
    of, sharers, few, ever = (book.lookup(paths, f"sharing.{name}") for name in names)
    if not (of and sharers and few and few.get("members") and ever and ever.get("value")):
        reason = words("nobody has coded enough messages for it")
        return f'<p class="guyub missing">{words("Not shown: {reason}.").format(reason=reason)}</p>'
    top, share = few["members"], book.prose(few["value"], "percent", language)
    likely = max(top, round(ever["value"]))
    groups = (
        ("most", top, "{n} with about {share} of it"),
        ("some", likely - top, "{n} more have likely shared some"),
        ("none", of - likely, "{n} likely never have"),
    )
    one = "{n} of {of} members writes about {share} of all business news"
    several = "{n} of {of} members write about {share} of all business news"
    title = words(one if top == 1 else several).format(n=top, of=of, share=share)
    legend = "".join(
        f'<span><svg width="14" height="14" aria-hidden="true"><circle class="{kind}" cx="7" cy="7" r="5.5"/></svg>'
        f"{words(line).format(n=n, share=share)}</span>"
        for kind, n, line in groups
    )
    return (
        f'<figure class="guyub dots"><p class="figure-title">{title}</p>{_dots([(kind, n) for kind, n, _ in groups])}'
        f'<figcaption><span class="legend">{legend}</span> {words("One dot a member.")}</figcaption></figure>'
    )


def _dots(groups: list[tuple[str, int]]) -> str:
    """Dots of several kinds, one after the other, as SVG."""
    kinds = [kind for kind, n in groups for _ in range(n)]
    columns = max(COLUMNS, math.ceil(len(kinds) / ROWS)) if len(kinds) < 200 else math.ceil(math.sqrt(5 * len(kinds)))
    circles = "".join(
        f'<circle class="{kind}" cx="{DOT * (i % columns) + DOT // 2}" cy="{DOT * (i // columns) + DOT // 2}" r="8"/>'
        for i, kind in enumerate(kinds)
    )
    height = DOT * math.ceil(len(kinds) / columns)
    return f'<svg aria-hidden="true" viewBox="0 0 {DOT * columns} {height}">{circles}</svg>'


def voiced(paths: study.Paths, words: Callable[[str], str]) -> str:
    """The themes that most interviews voice, on each side, by name, and how many more there are; without those on which
    coders differ too much for conclusions: these are named after them."""
    themes = book.lookup(paths, "themes.themes") or {}
    codes = book.lookup(paths, "coding.by_code") or {}
    read_twice = {name: code for name, code in codes.items() if code["alpha"] is not None}
    unsure = [name for name in themes if not read_twice.get(name, {"usable": True})["usable"]]
    lines = []
    for label, side in SIDES.items():
        sure = [(name, each) for name, each in themes.items() if each["side"] == side and name not in unsure]
        every = sorted((-each["participants"], name) for name, each in sure if each["participants"])
        own = [one for one in every if one[0] <= every[:THEMES][-1][0]]
        if own:
            named = ", ".join(f"{html.escape(words(name.replace('_', ' ')))} ({-n})" for n, name in own)
            if rest := len(every) - len(own):
                named = words("{themes}, and {n} more").format(themes=named, n=rest)
            lines.append(f"<strong>{words(label)}</strong>: {named}.")
    if not lines:
        return ""
    of = max(each["of"] for each in themes.values())
    lines.append(words("In brackets: in how many of {of} interviews it comes up, for or against.").format(of=of))
    if unsure:
        left = ", ".join(
            f"{html.escape(words(name.replace('_', ' ')))} ({themes[name]['participants']})" for name in sorted(unsure)
        )
        lines.append(words("Left out here, because the coders differ too much: {themes}.").format(themes=left))
    return f"<p>{' '.join(lines)}</p>"


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.add_config_value("guyub_counterparts", {}, "env")
    for name in ("who-shares", "voiced"):
        app.add_directive(name, Summary)
    app.connect("html-page-context", lay_byline)
    app.connect("build-finished", translate_navigation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
