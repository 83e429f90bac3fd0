"""What others read of the site: languages, card, sitemap; links that study.yaml names; the environment of a Binder."""

import os
import re
import tomllib
import xml.etree.ElementTree as xml
from pathlib import Path
from types import SimpleNamespace

import pytest

from analysis import study
from analysis.book import preview_card, study_yaml

ROOT = Path(__file__).parents[2]
NOTED = {"title": "Talk", "site": "https://example.org/talk", "issues": "https://example.org/new?title={page}",
         "launch": "https://hub.example.org/v2/gh/a/b/HEAD"}  # fmt: skip
METRICS = [{"id": "C3", "sentence": "Few share", "verdict": "supported", "robustness": "fragile"}]
NAMES = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def extension(monkeypatch):
    """The extension, and a book that study.yaml says nothing of or all of."""
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import guyub_site

    def app(**stated):
        said = {**dict.fromkeys(study_yaml.STUDY), "title": "Talk", **stated}
        monkeypatch.setattr(guyub_site, "about", lambda _: said)
        config = SimpleNamespace(guyub_languages={"ringkasan": "id"}, guyub_counterparts={"ringkasan": "index"},
                                 html_title="Talk", root_doc="index")  # fmt: skip
        return SimpleNamespace(config=config, srcdir=str(ROOT / "book"))

    return guyub_site, app


def head(extension, app, page, body="<p>What this page says, in more than forty letters.</p>") -> dict:
    context = {"title": "A <b>title</b>", "body": body, "pathto": lambda name, _: f"../{name}"}
    extension.describe(app, page, "", context, None)
    return context


def test_a_page_says_what_it_is_and_where_it_is_in_another_language(extension):
    module, app = extension
    tags = head(module, app(), "ringkasan")["metatags"]
    assert '<meta property="og:title" content="A title" />' in tags
    assert 'content="What this page says, in more than forty letters."' in tags
    assert 'content="../_static/card.png"' in tags
    assert '<link rel="alternate" hreflang="en" href="index.html" />' in tags
    assert "og:url" not in tags
    tags = head(module, app(**NOTED), "ringkasan")["metatags"]
    assert '<link rel="alternate" hreflang="en" href="https://example.org/talk/index.html" />' in tags
    assert 'property="og:url" content="https://example.org/talk/ringkasan.html"' in tags


def test_places_for_errors_and_for_running_are_linked_only_where_they_are_named(extension):
    module, app = extension
    assert "byline" not in head(module, app(), "theory")["body"]
    body = head(module, app(**NOTED), "executed/03-sharing")["body"]
    places = re.findall(r'href="([^"]+)"', body)
    assert places == [
        "../_sources/executed/03-sharing.ipynb",
        "https://hub.example.org/v2/gh/a/b/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F03-sharing.ipynb",
        "https://example.org/new?title=executed/03-sharing",
    ]
    assert "Laporkan kesalahan" in head(module, app(**NOTED), "ringkasan")["body"]


def test_the_sitemap_lists_every_page_with_its_counterpart(extension):
    module, app = extension
    urls = xml.fromstring(module.sitemap(app(**NOTED), "https://example.org/a&b/", ["index", "ringkasan", "theory"]))
    assert [url.find(f"{NAMES}loc").text for url in urls][:1] == ["https://example.org/a&b/index.html"]
    assert [len(url) - 1 for url in urls] == [2, 2, 0]


def test_the_card_is_of_the_size_that_sites_ask_for_and_of_equal_bytes(tmp_path):
    paths = study.Paths(tmp_path)
    (tmp_path / "study.yaml").write_text("title: A study with a very long title that does not fit on a single line\n")
    study.write_metrics(paths, "ingest", {"status": "ok", "simulated": True})
    study.write_metrics(paths, "claims", {"status": "ok", "claims": METRICS})
    first, second = preview_card.draw(paths), preview_card.draw(paths)
    assert first == second
    assert (first[:8], first[16:24]) == (b"\x89PNG\r\n\x1a\n", (1200).to_bytes(4) + (630).to_bytes(4))


def test_a_binder_has_the_environment_of_the_lock():
    folder = ROOT / "binder"
    (named,) = re.findall(r"^-r (\S+)$", (folder / "requirements.txt").read_text(), re.M)
    assert (folder / named).resolve() == ROOT / "requirements.lock"
    python = (folder / "runtime.txt").read_text().strip().removeprefix("python-")
    low, high = re.findall(
        r"\d+\.(\d+)", tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    )
    assert int(low) <= int(python.split(".")[1]) < int(high)
    assert all(os.access(folder / name, os.X_OK) for name in ("postBuild", "start"))
    assert "--no-deps --no-build-isolation -e ." in (folder / "postBuild").read_text()


def test_neighbours_are_pages_in_the_same_language(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import guyub_book

    order = ["brief", "ringkasan", "brief-id", "chapter"]
    language = {"ringkasan": "id", "brief-id": "id"}
    after = dict(zip(order, [*order[1:], None], strict=True))
    near = {page: guyub_book.alike(page, after.__getitem__, lambda name: language.get(name, "en")) for page in order}
    assert near == {"brief": "chapter", "ringkasan": "brief-id", "brief-id": None, "chapter": None}
