"""Pages to fill in with a browser: each is one file with its data, needs no network and runs only its own script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

SHARED = Path(__file__).with_name("browser.js")  # the part of the script that all these pages share
OWN_SCRIPT = re.compile(r"<script>(.*)</script>", re.S)


def page(template: Path, data: Mapping[str, object]) -> str:
    """The template as a page of these data, which its script reads from the element `data` as JSON.

    The data hold texts of others. No `<` is left in them, so none can end that element; and the page's Content Security
    Policy lets only the page's own script run, known by its hash, and lets nothing be fetched or sent.
    template: HTML with __POLICY__, __DATA__, and one script with __SHARED__ in it.
    """
    html = template.read_text(encoding="utf-8").replace("__SHARED__", SHARED.read_text(encoding="utf-8"))
    (script,) = OWN_SCRIPT.findall(html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:"
    embedded = json.dumps(data, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return html.replace("__POLICY__", policy).replace("__DATA__", embedded)
