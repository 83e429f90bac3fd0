"""Check that no style adds words, or hides what a page says: verdicts, numbers, intervals, notices, cells.

Rules in the release's own styles are not judged. Other rules are reported if they draw letters or digits, or hide
anything but furniture of the page (side bars, links to other pages, buttons) and the author's own classes. Style
attributes of the built pages are judged in the same way.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.verify.release import tool
from analysis.verify.subject import Finding, Subject

STATIC = "book/_static"
FIX = "Take the rule out of the style: a reader sees what the page says."
TAKE_OUT = "Take the attribute out, or build the book again: dvc repro book"
PALE = 0.3  # opacity below which nothing is legible
SIZES = ("height", "max-height", "width", "max-width", "block-size", "max-block-size")
PLACES = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top", "inset")
SMALL = 5.0  # pixels or points below which nothing is legible

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_SIGN = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_SVG = re.compile(r"<svg\b.*?</svg>", re.S)
_ARTICLE = re.compile(r"<article\b.*</article>", re.S)
_ELEMENT = re.compile(r"<style\b[^>]*>(.*?)</style>", re.S)
_TAG = re.compile(
    r"<(\w+)\b([^<>]*?(?:\sstyle\s*=|\shidden\b|d-none|visually-hidden|sr-only|invisible|opacity-0)[^<>]*)>"
)
_STYLE = re.compile(r"\sstyle\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HIDING_CLASS = re.compile(r"\sclass=\"[^\"]*(?<![\w-])(?:d-none|visually-hidden|sr-only|invisible|opacity-0)(?![\w-])")
_FURNITURE = re.compile(
    r"sidebar|footer|prev-next|headerlink|navbar|(?:^|[#.-])nav\b|toc\b|search|header-article|btn|button|toggle|download|"
    r"\btake\b|byline|skip-link|logo|dropdown|breadcrumb|icon|pst-js-only|^::?-?webkit-scroll|jb-print"
)
_SHOWING = re.compile(
    r"verdict|computed|announcement|ledger|advice|interval|further|badge|guyub|found|cell|output|text_html|bd-|"
    r"admonition|margin|\bkey\b|number-of|simulat|notice|limit|banner|finding|said|drawing|wrapped|provenance|ringkasan"
)
_CLASS = re.compile(r"\.((?:[\w-]|[^\x00-\x7f])+)")
_COMBINED = re.compile(r"\s*[>+~\s]\s*")
_GROUND = re.compile("ground|surface|shadow|border")  # names of colours that are not used for text
_NOTHING = re.compile(r"0+(?:\.0*)?(?:px|em|rem|pt|%|vh|vw|ch)?")
_AWAY = re.compile(r"-\s*(?:\d{3,}|\d{2,}(?:em|rem|vw|vh|%))")
_PALE = re.compile(
    r"transparent|(?:rgba|hsla|rgb|hsl)\([^)]*[,/]\s*0?(?:\.[0-2]\d*|\.?0*%?)\)|#[0-9a-f]{3}0|#[0-9a-f]{6}[0-3][0-9a-f]"
)
_WHITE = re.compile(
    r"white|snow|ivory|#f[c-f]f[c-f]f[c-f]|#f[ef]f|#fff|rgb\(25[0-5],? ?25[0-5],? ?25[0-5]\)|"
    r"var\(--pst-color-(?:background|surface|on-background)\)"
)


@dataclass(frozen=True)
class Rule:
    """A rule of a style. context: where it applies, such as @media print; given: its properties."""

    context: str
    selector: str
    given: tuple[tuple[str, str], ...]


def styles_leave_the_words_alone(subject: Subject) -> Iterator[Finding]:
    """No style of the project or of a page adds words or hides what a page says."""
    used, folder = tool(subject.root), subject.root / STATIC
    if used.base is not None:
        known = _released(used.file(STATIC))
        for path in sorted(folder.rglob("*.css")):
            new = [rule for rule in rules(path.read_text(encoding="utf-8", errors="replace")) if rule not in known]
            for rule in new:
                for what in wrong(rule, subject):
                    yield Finding(subject.name(path), what, FIX)
    for place, page in subject.site.items():
        yield from (Finding(place, what, TAKE_OUT) for what in dict.fromkeys(_on_page(page, subject)))


def _released(folder: Path | None) -> set[Rule]:
    """The rules of the release's styles."""
    paths = sorted(folder.rglob("*.css")) if folder is not None and folder.is_dir() else []
    return {rule for path in paths for rule in rules(path.read_text(encoding="utf-8", errors="replace"))}


def rules(text: str, context: str = "", parent: str = "") -> list[Rule]:
    """Every rule of a style, one for each of its selectors. context: enclosing at-rules; parent: a selector."""
    text, found, at = _COMMENT.sub(" ", text), list[Rule](), 0
    while (opening := text.find("{", at)) >= 0:
        head = " ".join(text[at:opening].rpartition(";")[2].rpartition("}")[2].split())
        closing = _closing(text, opening)
        body = text[opening + 1 : closing]
        at = closing + 1
        if head.startswith("@") and not head.startswith(("@font-face", "@page", "@keyframes")):
            found += rules(body, f"{context} {head}".strip(), parent)
            continue
        own = re.sub(r"[^;{}]*\{[^{}]*\}", "", body)
        for each in _selectors(head):
            nested = each.replace("&", parent) if "&" in each else f"{parent} {each}".strip()
            found.append(Rule(context, nested, _given(own)))
            found += rules(body, context, nested) if "{" in body and not head.startswith("@") else []
    return found


def _closing(text: str, opening: int) -> int:
    """The position of the closing brace; the text's end if there is none."""
    depth, quoted = 0, ""
    for at in range(opening, len(text)):
        sign = text[at]
        if quoted:
            quoted = "" if sign == quoted and text[at - 1] != "\\" else quoted
        elif sign in "\"'":
            quoted = sign
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return at
    return len(text)


def _given(body: str) -> tuple[tuple[str, str], ...]:
    """Property and value of each declaration."""
    pairs = (part.partition(":") for part in re.split(r";(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)", body) if ":" in part)
    return tuple((name.strip().lower(), " ".join(value.split())) for name, _, value in pairs)


def _selectors(head: str) -> list[str]:
    """The selectors of a rule's head, separated by commas outside brackets."""
    parts, depth = [""], 0
    for sign in head:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def wrong(rule: Rule, subject: Subject | None = None) -> list[str]:
    """What is wrong with a rule that the release does not have."""
    where = f"{rule.selector}{f' ({rule.context})' if rule.context else ''}"
    if rule.selector.startswith("@font-face"):
        return ["@font-face: letters of a font of its own need not be those that are written"]
    given = dict(rule.given)
    if written := _written(given):
        return [f"{where}: it writes {written} over the page"]
    dark = "dark" in f"{rule.selector}{rule.context}"
    return [f"{where}: {what}" for what in _hides(given, dark=dark) if _is_said(rule, subject)]


def _written(given: dict[str, str]) -> str:
    """A word or number that a rule draws; empty where it draws none."""
    value = re.sub(r"\s*!\s*important", "", given.get("content", ""))
    texts = "".join(a or b for a, b in re.findall(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", value))
    shown = _SIGN.sub(lambda sign: chr(int(sign[1], 16)) if int(sign[1], 16) < 0x110000 else "", texts)
    computed = re.search(r"\b(?:attr|counters?|var|url|image)\(", value)
    signs = re.search(r"[^\W_]|[✓✔✗✘☑☒−<>=≤≥±%]", shown)
    return value[:60] if signs or computed else ""


def _hides(given: dict[str, str], *, dark: bool = False) -> Iterator[str]:
    """Why nobody sees an element with these properties, at most one reason. dark: on a dark background."""
    get = {name: re.sub(r"\s*!\s*important", "", value).strip().lower() for name, value in given.items()}
    way = next((way for way in WAYS if way[1](get)), None)
    if way:
        yield way[0]
    elif not dark and _is_pale(get):
        yield "it hides what it holds for, by a colour"


def _is_out(get: dict[str, str]) -> bool:
    gone = get.get("visibility") in ("hidden", "collapse") or get.get("content-visibility") == "hidden"
    return gone or get.get("display") == "none"


def _is_faint(get: dict[str, str]) -> bool:
    opacity = re.fullmatch(r"([\d.]+)(%?)", get.get("opacity", ""))
    faint = opacity is not None and float(opacity[1]) / (100 if opacity[2] else 1) < PALE
    return faint or bool(re.search(r"blur\(|opacity\(0|brightness\((?:[1-9]\d|0)", get.get("filter", "")))


def _is_small(get: dict[str, str]) -> bool:
    clipped = any("hidden" in value or "clip" in value for name, value in get.items() if name.startswith("overflow"))
    without = [name for name in SIZES if _NOTHING.fullmatch(get.get(name, "-"))]
    scaled = re.search(r"scale[xyz]?\(0", get.get("transform", "")) or any(
        _NOTHING.fullmatch(get.get(name, "-")) for name in ("zoom", "scale", "line-height")
    )
    return _pixels(get.get("font-size", "")) < SMALL or bool(without and clipped) or bool(scaled)


def _is_pale(get: dict[str, str]) -> bool:
    color = next((get[name] for name in ("color", "-webkit-text-fill-color", "fill") if name in get), "")
    ground = get.get("background", get.get("background-color", ""))
    shared = [value for name, value in get.items() if name.startswith("--") and not _GROUND.search(name)]
    invisible = _PALE.fullmatch(color) or (color and color == ground) or (_WHITE.fullmatch(color) and not ground)
    return bool(invisible) or any(_PALE.fullmatch(value) or _WHITE.fullmatch(value) for value in shared)


def _is_cut(get: dict[str, str]) -> bool:
    cuts = ("clip", "clip-path", "mask", "mask-image")
    return any(get.get(name, "auto") not in ("auto", "none", "unset", "initial") for name in cuts)


def _is_away(get: dict[str, str]) -> bool:
    moved = re.search(r"translate[xyz]?\(\s*-\d{3}", get.get("transform", ""))
    return bool(moved) or any(_AWAY.match(get.get(name, "")) for name in PLACES)


def _is_other(get: dict[str, str]) -> bool:
    turned = re.search(r"scale[xyz]?\(-1|rotate[xy]\((?:90|180)deg", get.get("transform", ""))
    coded = "override" in get.get("unicode-bidi", "") or get.get("-webkit-text-security", "none") != "none"
    return coded or bool(turned)


WAYS: tuple[tuple[str, Callable[[dict[str, str]], bool]], ...] = (
    ("it hides what it holds for", _is_out),
    ("it hides what it holds for, by its opacity", _is_faint),
    ("it hides what it holds for, by its size", _is_small),
    ("it hides what it holds for, by cutting it off", _is_cut),
    ("it hides what it holds for, off the screen", _is_away),
    ("it shows other signs than are written", _is_other),
)


def _pixels(size: str) -> float:
    """A font size in pixels; a value that is not a number counts as large enough."""
    found = re.fullmatch(r"(\d*\.?\d+)(px|pt|r?em|%|)", size)
    return float(found[1]) * {"px": 1.0, "pt": 1.33, "%": 0.16, "": 1.0}.get(found[2], 16.0) if found else 16.0


def _is_said(rule: Rule, subject: Subject | None) -> bool:
    """Whether a rule applies to content of a page, not to furniture of the page or a class of the author's."""
    selector = re.sub(r"::?(?:before|after|marker|first-letter|first-line)\b", "", rule.selector)
    if selector != rule.selector and selector and not re.search(r"first-l|marker", rule.selector):
        return False  # drawn by a style itself
    plain = not re.search(r"[~+]|:(?:has|not|is|where)\(", selector)
    if plain and "announcement" not in selector and _FURNITURE.search(selector):
        return False
    last = _COMBINED.split(selector)[-1] or selector
    names = _CLASS.findall(re.sub(r"\[[^\]]*\]", "", last))
    if _SHOWING.search(last) or not names or not plain:
        return True
    own = "\n".join(subject.pages.values()) if subject else ""
    return not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", own) for name in names)


def _on_page(page: str, subject: Subject) -> Iterator[str]:
    """What is wrong with the styles in a built page."""
    page = _SVG.sub("", page)
    for style in _ELEMENT.findall(page):
        for rule in rules(html.unescape(style)):
            yield from wrong(rule, subject)
    article = _ARTICLE.search(page)
    inside = article.span() if article else (0, 0)
    for tag in _TAG.finditer(page):
        name, attributes = tag[1], tag[2]
        style = next((a or b for a, b in _STYLE.findall(attributes)), "")
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", attributes)
        if style and (why := next(_hides(dict(_given(html.unescape(style)))), "")):
            yield f'<{name} style="{style[:60]}">: {why}'
        if re.search(r"\shidden\b", bare) and not (name == "a" and "data-download" in attributes):
            yield f"<{name}{attributes[:60]}>: it is hidden"
        if inside[0] < tag.start() < inside[1] and _HIDING_CLASS.search(attributes) and name not in ("button", "a"):
            yield f"<{name}{attributes[:60]}>: its class hides it"
