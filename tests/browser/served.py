"""The built book as a server gives it, compressed, and as a browser shows it."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "book" / "_build" / "html"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 800}
PACKED = (".html", ".css", ".js", ".svg", ".json")
THEMES = ("light", "dark")
PATIENCE = 180_000  # ms that a page may take on a machine that does other things too
HANDED_ON = 500  # ms in which Chromium hands on what a page asks it to keep; nobody reloads a page faster than that
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"


class Packing(http.server.SimpleHTTPRequestHandler):
    """Files compressed as any server of pages does; without talk."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        packed = path.suffix in PACKED
        raw = _packed(path.read_bytes()) if packed else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(raw)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@functools.lru_cache(maxsize=64)  # every page asks for the same scripts and styles
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


@contextlib.contextmanager
def served(folder: Path = SITE) -> Iterator[str]:
    """The address at which a folder is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Packing, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pages(folder: Path = SITE) -> list[str]:
    """Every page of a built book."""
    found = (page.relative_to(folder) for page in folder.rglob("*.html"))
    return sorted(page.as_posix() for page in found if "_static" not in page.parts)


def reload(page: Any) -> None:
    """Load a page again as a person does, who takes a while for that."""
    page.wait_for_timeout(HANDED_ON)
    page.reload()
