"""Pictures of every page of the built book, for a person to look at before it lands: three widths, light and dark.

    python -m tests.browser.screenshots [PAGE ...]      # from the study's root; without names, of every page

They go into .guyub/screenshots/, which git ignores: a folder a width and theme. Nothing is unfolded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from tests.browser.served import ROOT, STILL, THEMES, pages, served

from analysis.book import pdf

PLACE = ROOT / ".guyub" / "screenshots"
WIDTHS = (360, 768, 1280)
LONGEST = 16_000  # px of a picture's height: Chromium draws no more in one


def main(names: list[str]) -> None:
    """Take the pictures of these pages."""
    program = pdf.browser()
    if program is None:
        sys.exit("There is no Chromium here. To get one: apt-get install chromium")
    with sync_playwright() as engine, served() as address:
        browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for width in WIDTHS:
            for theme in THEMES:
                page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
                page.add_init_script(
                    f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
                )
                for name in names or pages():
                    print(take(page, address, name, PLACE / f"{width}-{theme}"), flush=True)
                page.close()
        browser.close()


def take(page: Any, address: str, name: str, folder: Path) -> Path:
    """Save a page's picture, as far as LONGEST; returns the file."""
    page.goto(address + name, wait_until="load")
    page.add_style_tag(content=STILL)
    target = folder / f"{name.removesuffix('.html').replace('/', '-')}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    height = min(page.evaluate("document.documentElement.scrollHeight"), LONGEST)
    width = page.viewport_size["width"]
    page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    return target


if __name__ == "__main__":
    main(sys.argv[1:])
