"""Makes the built pages light (analysis.book.light_pages): no library of icons, pictures as files, scripts that do not
wait.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from analysis.book import light_pages

SEARCH = "search.html"
UNUSED = ("fontawesome.js", "fontawesome.js.map", "fontawesome.js.LICENSE.txt")  # of the theme: icons are in the pages


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Rewrite every page of the site, write its pictures next to it, and leave out the scripts that none loads."""
    if error is not None:
        return
    site = Path(app.outdir)
    shapes = (site / "_static" / "scripts" / UNUSED[0]).read_text(encoding="utf-8")  # icons: CC BY 4.0
    (site / light_pages.IMAGES).mkdir(exist_ok=True)
    for page in sorted(path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts):
        text = page.read_text(encoding="utf-8")
        for name, raw in light_pages.pictures(text).items():
            (site / light_pages.IMAGES / name).write_bytes(raw)
        to_root = "../" * (len(page.relative_to(site).parts) - 1)
        text = light_pages.named(light_pages.with_icons(light_pages.unpacked(text, to_root), shapes))
        page.write_text(light_pages.in_time(text, searching=page.name == SEARCH), encoding="utf-8")
    for name in UNUSED:
        (site / "_static" / "scripts" / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, object]:
    """The entry point that Sphinx calls."""
    app.connect("build-finished", lighten)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
