"""Make pages that a phone loads in seconds: pictures as separate files, icons inline, scripts only when needed; names
for elements that the theme leaves unnamed; percentages and dates that do not break across lines.

All functions take HTML and return HTML. book/_ext/guyub_light.py applies them to each built page, and `guyub verify`
applies `unpacked` to a notebook's outputs before it looks for them on the page. guyub_take.py applies `unbroken`
last, so that no file to take along holds what it adds, and `guyub verify` reads pages through `breaking`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache

IMAGES = "_images"
ENDINGS = {"png": ".png", "svg+xml": ".svg", "jpeg": ".jpg", "gif": ".gif"}
SEARCHING = ("searchtools.js", "language_data.js", "searchindex.js")  # only the search page needs these
MOVING = {"map.js": "moving map", "curves.js": "moving curves"}  # scripts and the class of the figures that need them
AT_ONCE = "documentation_options.js"  # small, and lines within the page need it

_EMBEDDED = re.compile(r'src="data:image/([a-z+]+);base64,([A-Za-z0-9+/=]+)"')
_ICON = re.compile(r'<(i|span) class="([^"]*\bfa(?:[sbr]|-solid|-brands|-regular)\b[^"]*)"([^>]*)></\1>')
_SHAPE = r'["\']?\b{}["\']?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]'
_FONT_AWESOME = re.compile(r"<(?:script|link)\b[^>]*fontawesome\.js[^>]*>(?:</script>)?\n?")
_SCRIPT = re.compile(r'<script( data-[a-z-]+="[^"]*")? src="([^"]+)"></script>')
_SIDE_BAR = re.compile(r'<div id="pst-primary-sidebar"(?=.*?<p class="title logo__title">(.*?)</p>)', re.S)
_UNFOLDING = re.compile(r'(<a class="[^"]*" href="[^"]*">(?P<page>[^<]*)</a><details[^>]*><summary)>')
_DAY = r"\d{4}-\d\d-\d\d"
_DIVIDED = re.compile(
    r"<(head|script|style|pre|code|svg)\b.*?</\1>|<[^>]*>|(?P<percent>(?<=\d) (?=%))"
    rf"|(?P<day>(?<![\w-]){_DAY}(?![\w-]))",
    re.S,
)
_KEPT = '<span class="unbroken">{}</span>'


def unpacked(text: str, to_root: str) -> str:
    """HTML with its embedded pictures moved to files in IMAGES, loaded when they are scrolled to.

    to_root: from the page to the site's root, such as "../".
    """

    def linked(found: re.Match[str]) -> str:
        return f'loading="lazy" decoding="async" src="{to_root}{IMAGES}/{_named(found[1], found[2])}"'

    return _EMBEDDED.sub(linked, text)


def pictures(text: str) -> dict[str, bytes]:
    """The pictures that are embedded in HTML, by the names that `unpacked` gives them."""
    return {_named(kind, data): base64.b64decode(data) for kind, data in _EMBEDDED.findall(text)}


def _named(kind: str, data: str) -> str:
    """A picture's file name: the beginning of its hash, so that equal pictures share a file."""
    return hashlib.sha256(data.encode()).hexdigest()[:20] + ENDINGS.get(kind, "")


def with_icons(text: str, shapes: str) -> str:
    """A page that draws its icons itself and does not load Font Awesome. shapes: the text of fontawesome.js."""
    return _FONT_AWESOME.sub("", _ICON.sub(lambda found: icon(found[2], found[3], shapes), text))


def icon(classes: str, attributes: str, shapes: str) -> str:
    """An icon of Font Awesome as SVG, by the classes of the element that it replaces; empty where it has none."""
    names = [name.removeprefix("fa-") for name in classes.split() if name.startswith("fa-")]
    found = next(filter(None, (_shape(name, shapes) for name in names)), None)
    if found is None:
        return ""
    width, height, path = found
    return (
        f'<svg class="icon {classes}"{attributes} aria-hidden="true" viewBox="0 0 {width} {height}" '
        f'fill="currentColor"><path d="{path}"/></svg>'
    )


@cache
def _shape(name: str, shapes: str) -> tuple[str, str, str] | None:
    """Width, height and outline of an icon. Cached, since every page has the same few."""
    found = re.search(_SHAPE.format(re.escape(name)), shapes)
    return (found[1], found[2], found[3]) if found else None


def named(text: str) -> str:
    """A page whose side bar is a landmark, and whose toggles in it are named after the page above what they show."""
    text = _SIDE_BAR.sub(lambda found: f'{found[0]} role="complementary" aria-label="{found[1]}"', text, count=1)
    return _UNFOLDING.sub(lambda found: f'{found[1]} aria-label="{found["page"]}">', text)


def in_time(text: str, *, searching: bool) -> str:
    """A page whose scripts do not delay its first paint, and that loads only the scripts it needs."""

    def loaded(found: re.Match[str]) -> str:
        file = found[2].partition("?")[0].rpartition("/")[2]
        if (file in SEARCHING and not searching) or (file in MOVING and MOVING[file] not in body):
            return ""
        at_once = file == AT_ONCE or searching
        return found[0] if at_once else f'<script{found[1] or ""} defer src="{found[2]}"></script>'

    head, tag, body = text.partition("<body")
    return _SCRIPT.sub(loaded, head) + tag + body


def unbroken(text: str) -> str:
    """A page on which a number and its percent sign, and each date, stay on one line; code, drawings and attributes do
    not change."""

    def kept(found: re.Match[str]) -> str:
        if found["percent"]:
            return "\N{NO-BREAK SPACE}"
        return _KEPT.format(found["day"]) if found["day"] else found[0]

    return _DIVIDED.sub(kept, text)


@lru_cache(maxsize=256)
def breaking(text: str) -> str:
    """The page as it was before `unbroken`, if it held nothing that `unbroken` adds."""
    plain = re.sub(r"(?<=\d)\N{NO-BREAK SPACE}(?=%)", " ", text)
    return re.sub(_KEPT.format(f"({_DAY})"), r"\1", plain)
