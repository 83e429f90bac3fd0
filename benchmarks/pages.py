"""How heavy the pages of the built book are, and when a phone paints them.

    python benchmarks/pages.py               # every page, some six minutes
    python benchmarks/pages.py index.html    # these pages

Chromium loads each page without a cache at 1.6 Mbit/s and 150 ms of latency (a slow phone's), from a server that
compresses. Columns: kB that came over the line until the page was loaded, first contentful paint and load, in seconds.
The limit of weight is tested (tests/browser); time depends on the machine and is measured here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.served import PATIENCE, PHONE, pages, served

from analysis.book import pdf

RATE, LATENCY = 1.6e6 / 8, 150  # bytes a second, ms
LOADS = 3  # of each page, of which the quickest counts: whatever else the machine does only adds
PAINTED = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
  load: performance.getEntriesByType('navigation')[0].loadEventEnd,
})"""


def main(names: list[str]) -> None:
    """Print a row a page, and the slowest paint."""
    worst = 0.0
    print(f"{'page':32} {'kB':>6} {'paint':>6} {'load':>6}")
    with sync_playwright() as engine, served() as address:
        browser = engine.chromium.launch(executable_path=pdf.browser(), args=["--no-sandbox", "--disable-gpu"])
        for name in names or pages():
            weight, paint, load = min((measured(browser, address + name) for _ in range(LOADS)), key=lambda row: row[1])
            worst = max(worst, paint)
            print(f"{name:32} {weight / 1000:6.0f} {paint:6.2f} {load:6.2f}", flush=True)
        browser.close()
    print(f"slowest first paint: {worst:.2f} s")


def measured(browser: Any, address: str) -> tuple[float, float, float]:
    """Bytes of a page, and seconds until its first paint and until it is loaded."""
    context = browser.new_context(viewport=PHONE)
    context.set_default_timeout(PATIENCE)
    page, came = context.new_page(), []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    throttle = {"offline": False, "latency": LATENCY, "downloadThroughput": RATE, "uploadThroughput": RATE}
    session.send("Network.emulateNetworkConditions", throttle)
    session.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    times = page.evaluate(PAINTED)
    context.close()
    return sum(came), times["paint"] / 1000, times["load"] / 1000


if __name__ == "__main__":
    main(sys.argv[1:])
