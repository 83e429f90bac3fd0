"""A newcomer's walk: every command of the book's tutorial, in its order, the pages filled in with a browser's keyboard.

GUYUB_SCREENS=book/tutorial pytest tests/verify/test_walk.py takes the tutorial's pictures, and puts into it what its
commands print.
"""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.browser.served import reload

from analysis import cli, study
from analysis.ingest.sheets import read_codings, read_sample
from analysis.verify.history import claims_come_before_the_numbers
from analysis.verify.subject import Subject

from .conftest import git

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "book" / "tutorial.md"
SHOWN = {"guyub check": "check", "guyub agree": "agree", "guyub annotate --score": "score"}
WORDS = {"1": r"harga|naik|info|kabar", "7": r"wk|haha|😂|🤣", "6": r"pagi|malam|makasih|terima kasih|salam|suwun",
         "w": r"rapat|iuran|kumpul|jam \d"}  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}


class Walk:
    """The study on the way, and the browser. said: what each command printed."""

    def __init__(self, browser, folder: Path, repro, few) -> None:
        self.browser, self.folder, self.repro, self.few = browser, folder, repro, few
        self.screens = os.environ.get("GUYUB_SCREENS")
        self.said: dict[str, str] = {}
        self.pictured: set[str] = set()

    @property
    def paths(self) -> study.Paths:
        return study.Paths(Path.cwd())

    def page(self, name: str, **window):
        """A page of the study in a window of its own, as its coder opens it."""
        context = self.browser.new_context(**({"viewport": {"width": 1000, "height": 740}, "locale": "en-GB"} | window))
        context.add_init_script("delete window.showSaveFilePicker")  # a dialog, which no test can fill in
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(Path(name).resolve().as_uri())
        return page

    def begun(self, name: str, who: str = "", **window):
        page = self.page(name, **window)
        if who:
            page.locator("#name").fill(who)
        page.locator("#who button").click()
        return page

    def picture(self, page, name: str) -> None:
        """The window as it is, in few colours, where pictures are asked for; the first of its name."""
        if not self.screens or name in self.pictured:
            return
        self.pictured.add(name)
        from PIL import Image

        target = ROOT / self.screens / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        Image.open(target).convert("RGB").quantize(48).save(target, optimize=True)

    def saved(self, page, target: str) -> None:
        """What the page saves, put where the tutorial says; the window is closed."""
        with page.expect_download() as download:
            page.locator("#save").click()
        Path(target).parent.mkdir(exist_ok=True)
        download.value.save_as(target)
        page.context.close()


def key_of(text: str, careless: bool) -> str:
    """The key of the code that a coder gives a text; one who is careless misses some."""
    key = next((key for key, words in WORDS.items() if re.search(words, text, re.I)), "0")
    return "0" if careless and len(text) % 3 == 0 else key


def code(walk: Walk) -> None:
    """Both coders code all 60 passages by keys; one of them goes on after closing the page half-way."""
    for coder in ("Sinta", "Budi"):
        page = walk.begun(f"sheet-{coder}.html")
        assert page.locator("#where").inner_text() == "0 of 60 done, now at number 1"
        for k in range(60):
            if k == 30 and coder == "Sinta":
                page.get_by_text("30 of 60 done").wait_for()
                reload(page)
                page.get_by_text("Go on as Sinta (30 of 60)").click()
            key = key_of(page.locator("#text").inner_text(), careless=coder == "Budi")
            page.keyboard.press(key)
            if key != "0":
                walk.picture(page, "coding")
                page.keyboard.press("Enter")
        assert page.locator("#where").inner_text() == "60 of 60 done"
        walk.saved(page, f"{coder}.csv")
    phone = walk.begun("sheet-Budi.html", **PHONE)
    walk.picture(phone, "phone")
    phone.context.close()


def decide(walk: Walk) -> None:
    """Together they keep what one of them gave to the first passages, and say why."""
    page = walk.begun("decide.html", "Sinta & Budi")
    walk.picture(page, "deciding")
    for _ in range(3):
        page.locator(".code:has(small)").first.click()
        page.keyboard.press("m")
        page.keyboard.type("dibahas bersama")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
    assert page.locator("#where").inner_text().startswith("3 of ")
    walk.saved(page, "consensus.csv")


def answer(walk: Walk) -> None:
    """One who knows the chats answers all 30 by keys."""
    page = walk.begun("who.html", "Sinta")
    walk.picture(page, "who")
    for k in range(30):
        page.keyboard.press("01121"[k % 5])
    assert page.locator("#where").inner_text() == "30 of 30 annotated"
    walk.saved(page, "annotated/Sinta.csv")


def read(walk: Walk) -> None:
    page = walk.page("book/_build/html/index.html")
    assert "Dapur Bersama" in page.title()
    walk.picture(page, "book")
    page.context.close()


def withdraw(walk: Walk) -> None:
    """The first member withdraws, by one edit of the roster."""
    roster = walk.paths.raw / "members.csv"
    with roster.open(encoding="utf-8", newline="") as lines:
        first, *others = csv.DictReader(lines)
    pd.DataFrame([first | {"consent": "none"}, *others]).to_csv(roster, index=False)


BY_HAND = {"guyub sample": code, "guyub agree": decide, "guyub annotate who": answer}  # after these commands
BEFORE = {"guyub forget": withdraw, "guyub annotate --score": read}


def commands() -> list[str]:
    """The commands of the tutorial, in order."""
    return re.findall(r"(?m)^\$ (.+)$", TUTORIAL.read_text(encoding="utf-8"))


def show(name: str, said: str) -> None:
    """Put what a command printed into its place in the tutorial."""
    text = TUTORIAL.read_text(encoding="utf-8")
    place = re.compile(rf"(<!-- shown: {name} -->\n```text\n).*?(\n```\n)", re.DOTALL)
    TUTORIAL.write_text(place.sub(lambda m: m[1] + said.strip("\n") + m[2], text), encoding="utf-8")


def matching(table: dict, command: str):
    return next((what for start, what in table.items() if command.startswith(start)), None)


def walked(walk: Walk, command: str, capsys, monkeypatch) -> None:
    """One command as the newcomer types it; dvc's steps run in this process."""
    if before := matching(BEFORE, command):
        before(walk)
    program, *words = shlex.split(command)
    if program == "cd":
        monkeypatch.chdir(words[0])
        walk.few(walk.paths)
        return
    if program == "git":
        git(walk.paths.root, *words)
        return
    if program == "dvc":
        steps = ["ingest"] if "guyub forget --yes" in walk.said else words[1:]
        walk.repro(walk.paths, *steps)
        return
    capsys.readouterr()
    ended, said = cli.main(words), capsys.readouterr()
    assert ended == 0, said.err + said.out
    walk.said[command] = said.out
    if walk.screens and (name := matching(SHOWN, command)):
        show(name, walk.said[command])
    if by_hand := matching(BY_HAND, command):
        by_hand(walk)


def test_the_tutorial_leads_from_two_phones_to_a_book_and_back_out(
    browser, tmp_path, in_this_process, with_few_draws, capsys, monkeypatch
):
    shutil.copytree(ROOT / "docs" / "two-phones", tmp_path / "two-phones")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUYUB_SOURCE", str(tmp_path / "dapur" / "src"))  # equal to this one: stay in the process
    walk = Walk(browser, tmp_path, in_this_process, with_few_draws)
    for command in commands():
        walked(walk, command, capsys, monkeypatch)
    raw = walk.paths.raw
    drawn = set(read_sample(raw / "sample.csv").query("drawn")["unit_id"])
    there = set(pd.read_parquet(walk.paths.processed("ingest") / "messages.parquet")["message_id"])
    assert len(drawn) == 60
    for coder in ("Sinta", "Budi"):  # nothing is left of what who withdrew had written
        assert set(read_codings(raw / "codings" / f"{coder}.csv")["unit_id"]) == drawn & there
    assert "Budi and Sinta both read 60 passages" in walk.said["guyub agree Sinta.csv Budi.csv --out decide.html"]
    assert list(claims_come_before_the_numbers(Subject(walk.paths))) == []
    forgotten = walk.said["guyub forget --yes"]
    assert all(name in forgotten for name in ("sheet-Sinta.html", "decide.html", "who.html"))
