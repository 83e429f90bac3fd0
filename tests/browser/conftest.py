"""Every page of the built book, loaded once: what a reader's browser meets there, for the tests to ask about."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .served import DESK, PATIENCE, PHONE, SITE, STILL, pages, served

QUIET = 120  # ms
ALIKE = 5  # of what is alike in a table, a section or a piece of code, axe looks at so many
TRIMMED = f"""() => {{
  document.querySelectorAll('.drawing > svg > *, mjx-container > *').forEach((each) => each.remove());
  [...document.querySelectorAll('div.cell_input')].slice({ALIKE}).forEach((each) => each.remove());
  const seen = new Map();
  for (const each of document.querySelectorAll('article :is(tr, li, dt, dd, pre span, details, .citation)')) {{
    const frame = each.parentElement.closest('table, pre, section') ?? document.body;
    const kinds = seen.get(frame) ?? seen.set(frame, {{}}).get(frame);
    const kind = `${{each.parentElement.className}} ${{each.tagName}} ${{each.className}}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (kinds[kind] > {ALIKE}) each.remove();
  }}
}}"""
BARRIERS = """async (rules) => {
  const found = await axe.run({resultTypes: ['violations'], preload: false, ...(rules && {runOnly: rules})});
  const grave = found.violations.filter(({impact}) => ['moderate', 'serious', 'critical'].includes(impact));
  return grave.map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 120)} (${nodes.length})`);
}"""
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
DARK = "Object.assign(document.documentElement.dataset, {theme: 'dark', mode: 'dark'})"
TO_THE_END = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
}"""
SETTLED = """async () => { // longer than guyub.js waits once the article has changed its size
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done, 100));
}"""
WIDE = "document.documentElement.scrollWidth - innerWidth"
CLIPPED = """() => [...document.querySelectorAll('article :is(h1, h2, h3, .finding, figcaption, .figure-title)')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.textContent.slice(0, 60))"""
NAMELESS = """() => [...document.querySelectorAll('article img, article svg[role=img], article [role=img]')]
  .filter((each) => !each.alt && !each.ariaLabel).map((each) => each.outerHTML.slice(0, 80))"""
FRAMES = """() => [...document.querySelectorAll('article *')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .filter((each) => ['auto', 'scroll'].includes(getComputedStyle(each).overflowX))
  .map((each) => ({name: each.tagName + '.' + each.className,
    reached: each.tabIndex >= 0 && Boolean(each.ariaLabel)}))"""
LINKS = """() => ({
  links: [...document.querySelectorAll('a[href]')].map((each) => each.getAttribute('href')),
  places: [...document.querySelectorAll('[id]')].map((each) => each.id),
})"""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the built book is served."""
    assert (SITE / "index.html").exists(), "the book is not built: run `make study` first"
    with served() as place:
        yield place


@pytest.fixture(scope="module")
def visits(address: str, browser: Any) -> dict[str, dict[str, Any]]:
    """What was met on each page, by its name."""
    spec = importlib.util.find_spec("axe_playwright_python")
    axe = Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")  # type: ignore[union-attr, arg-type]
    return {name: visit(browser, address, name, axe) for name in pages()}


def visit(browser: Any, address: str, name: str, axe: str) -> dict[str, Any]:
    """Open a page as on a desk, scroll to its end, hold the window as narrow as a phone, unfold all, and look with axe
    in the light and in the dark. An own context each time: nothing comes from a cache."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page, met, asked = context.new_page(), {"problems": [], "bytes": 0}, Counter[str]()
    listen(page, context.new_cdp_session(page), address, met, asked)
    page.goto(address + name, wait_until="load")
    page.add_style_tag(content=STILL)
    page.evaluate(TO_THE_END)
    answered(page, asked)
    met |= {"nameless": page.evaluate(NAMELESS), **page.evaluate(LINKS)}
    page.set_viewport_size(PHONE)
    met |= {"wide": page.evaluate(WIDE), "clipped": page.evaluate(CLIPPED)}
    page.evaluate(SETTLED)
    met["frames"] = page.evaluate(FRAMES)
    page.set_viewport_size(DESK)
    page.evaluate(TRIMMED)
    page.evaluate(UNFOLD)
    page.evaluate(SETTLED)
    page.evaluate(axe)
    met["barriers"] = page.evaluate(BARRIERS, None)
    page.evaluate(DARK)
    met["barriers"] += [f"dark, {each}" for each in page.evaluate(BARRIERS, ["color-contrast"])]
    context.close()
    return met


def answered(page: Any, asked: Counter[str]) -> None:
    """Wait until nothing has been asked for QUIET ms and all has been answered."""
    for _ in range(PATIENCE // QUIET):
        before = asked["ever"]
        page.wait_for_timeout(QUIET)
        if asked["ever"] == before and not asked["open"]:
            return
    pytest.fail(f"{page.url} still loads after {PATIENCE} ms")


def listen(page: Any, session: Any, address: str, met: dict[str, Any], asked: Counter[str]) -> None:
    """Note every complaint of the page, every byte that it fetches, and how many requests there were and are open."""

    def finished(event: dict[str, Any]) -> None:
        met["bytes"] += event["encodedDataLength"]

    session.send("Network.enable")
    session.on("Network.loadingFinished", finished)
    note = met["problems"].append
    page.on("console", lambda message: note(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: note(str(error)))
    page.on("requestfailed", lambda request: note(f"failed: {request.url}"))
    page.on("response", lambda answer: note(f"{answer.status} {answer.url}") if answer.status > 399 else None)
    page.on("request", lambda _: asked.update(ever=1, open=1))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda _: asked.subtract(["open"]))
    page.on("request", lambda request: None if request.url.startswith((address, "data:")) else note(request.url))
