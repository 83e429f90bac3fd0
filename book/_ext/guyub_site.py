"""What other sites and programs read of a page: what it is called and about, its card, its languages, the sitemap; and
the links to a place for errors and to a hub that runs the notebooks, where study.yaml names them.

Without an address of the site (`site` in study.yaml) links among the pages stay relative, and there is no sitemap.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from guyub_reader import counterparts, words_of
from sphinx.application import Sphinx

from analysis import book, study
from analysis.book import downloads, pdf, preview_card

LONGEST = 200  # characters of what a page says of itself
SITEMAP = "sitemap.xml"


def about(app: Sphinx) -> dict:
    """What study.yaml states."""
    return book.load_study(study.Paths(Path(app.srcdir).parent))


def base(app: Sphinx) -> str:
    """The address of the site with its last slash; empty where study.yaml names none."""
    return f"{site.rstrip('/')}/" if (site := about(app)["site"]) else ""


def settle(app: Sphinx, config: object) -> None:
    """Let Sphinx know the address of the site, by which it says of each page where it is."""
    config.html_baseurl = base(app)


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Say in a page's head what it is, and in which languages there is more; link the places that study.yaml names."""
    root, language = base(app), app.config.guyub_languages.get(page, "en")
    pages, picture = {language: page, **counterparts(app, page)}, f"_static/{preview_card.NAME}"
    facts = {
        "og:type": "article" if page.startswith(downloads.CHAPTERS) else "website",
        "og:site_name": app.config.html_title,
        "og:title": html.unescape(re.sub(r"<[^>]+>", "", context.get("title", ""))),
        "og:description": first_words(context.get("body", "")),
        "og:locale": {"en": "en_GB", "id": "id_ID"}.get(language, language),
        "og:url": f"{root}{page}.html" if root else "",
        "og:image": f"{root}{picture}" if root else context["pathto"](picture, 1),
    }
    tags = [f'<meta property="{name}" content="{html.escape(value)}" />' for name, value in facts.items() if value]
    if facts["og:description"]:
        tags.append(f'<meta name="description" content="{html.escape(facts["og:description"])}" />')
    if len(pages) > 1:
        tags += [
            f'<link rel="alternate" hreflang="{to}" href="{root}{name if root else name.rpartition("/")[2]}.html" />'
            for to, name in pages.items()
        ]
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags)
    context["body"] = context.get("body", "") + places(app, page, context["pathto"](f"_sources/{page}.ipynb", 1))


def first_words(body: str) -> str:
    """The first paragraph of a page that says something, as far as it fits."""
    for found in re.finditer(r"<p(?: [^>]*)?>(.*?)</p>", body, re.S):
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", "", found[1])).split())
        if len(words) > 40 and 'class="byline' not in found[0]:
            return words if len(words) <= LONGEST else f"{words[:LONGEST].rpartition(' ')[0]} …"
    return ""


def places(app: Sphinx, page: str, notebook: str) -> str:
    """Links to a chapter's executed notebook, to where it runs and to where an error is reported, as far as there are
    any. notebook: where it lies, if it is a chapter."""
    stated, say = about(app), words_of(app, page)
    links = {say("Executed notebook"): notebook} if page.startswith(downloads.CHAPTERS) else {}
    if stated["launch"] and page.startswith(downloads.CHAPTERS):
        opened = quote(f"lab/tree/notebooks/{page.removeprefix(downloads.CHAPTERS)}.ipynb", safe="")
        join = "&" if "?" in stated["launch"] else "?"
        links[say("Run this chapter")] = f"{stated['launch']}{join}urlpath={opened}"
    if stated["issues"]:
        links[say("Report an error on this page")] = stated["issues"].replace("{page}", quote(page))
    said = "".join(f'<a href="{html.escape(address)}">{html.escape(words)}</a>' for words, address in links.items())
    return f'<p class="byline places screen-only">{said}</p>' if said else ""


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the card, and the sitemap where the site has an address."""
    if error is not None:
        return
    paths, out = study.Paths(Path(app.srcdir).parent), Path(app.outdir)
    (out / "_static" / preview_card.NAME).write_bytes(preview_card.draw(paths))
    if root := base(app):
        listed = [name for name, _ in pdf.listed(study.read_yaml(paths.book / "_toc.yml"))]
        (out / SITEMAP).write_text(sitemap(app, root, listed), encoding="utf-8")


def sitemap(app: Sphinx, root: str, pages: list[str]) -> str:
    """The pages of the book with their counterparts in other languages, as sitemaps.org has it."""
    entries = []
    for page in pages:
        versions = {app.config.guyub_languages.get(page, "en"): page, **counterparts(app, page)}
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{to}" href="{html.escape(root)}{name}.html"/>'
            for to, name in versions.items()
            if len(versions) > 1
        )
        entries.append(f"<url><loc>{html.escape(root)}{page}.html</loc>{links}</url>")
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {names}>\n{chr(10).join(entries)}\n</urlset>\n'


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.connect("config-inited", settle)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
