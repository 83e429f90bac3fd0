"""Telegram Desktop's HTML export (messages.html, messages2.html, ...), what most people have instead of JSON.

As its exporter writes it (tdesktop, export_output_html.cpp): `message default` with the time in a title, `joined` where
the sender is that of the message above; `message service` without a time, which takes that of the message above.
"""

from __future__ import annotations

import re

import pandas as pd

from analysis.ingest.readers import records
from analysis.ingest.readers.export import Chats, Export, Row, row
from analysis.ingest.readers.markup import Element, tree

STAMP = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")
NUMBER = re.compile(r"message(-?\d+)")
ANSWERED = re.compile(r"go_to_message(\d+)")
DAY = re.compile(r"\D{0,20}\d{1,2}\D{1,20}\d{4}\D?|\d{4}\D\d{1,2}\D\d{1,2}")  # a line between days
KINDS = {"media_call": "call", "media_contact": "contact", "media_location": "location", "media_venue": "location",
         "media_live_location": "location", "media_poll": "poll"}  # fmt: skip
DETAILS = frozenset(("details",))
PAGES = r"messages\d*\.html"


def fits(export: Export) -> bool:
    """Whether it is such an export: a page of it, or a folder or archive with one."""
    pages = export.matching(PAGES) or (export.parts if export.head.startswith("<") and export.single else [])
    return bool(pages) and (b'class="history"' in (raw := pages[0].load()) or b"page_body chat_page" in raw)


def read(export: Export) -> pd.DataFrame:
    """The messages of all chats of the export, one folder per chat. Raises InputError on a page that is too large to be
    read."""
    chats = Chats(export, "telegram", "Telegram Desktop HTML")
    named: set[str] = set()
    forwarded: dict[str, str] = {}
    folder, last, sender, channel = None, None, "", ""
    for page in export.matching(PAGES) or export.parts:
        root = tree(page.load().decode("utf-8", "replace"))
        if page.name.parent != folder:
            folder, last, sender = page.name.parent, None, ""
            channel = chats.channels.of(_title(root) or export.path.name, folder)
        for node in root.all("message"):
            if "service" in node.classes:
                text = _clean(node.first("body"))
                if not _is_day(node, text):
                    time = last or _first(root)
                    chats.add(row(channel, time, None, text, "system", id=_id(node)), "service: no time")
                    named.update(_actors(text))
                continue
            sender = sender if "joined" in node.classes else _sender(node) or "Deleted Account"
            made, author = _message(node, channel, sender, export.tz)
            chats.add(made)
            last = made.time if made else last
            if made and author:
                forwarded[f"{channel}-{made.id}"] = author
    return chats.frame(named=sorted(named), forwarded=forwarded)


def _title(root: Element) -> str:
    header = root.first("page_header")
    return _clean(header.first("text")) if header else ""


def _clean(node: Element | None, without: frozenset[str] = frozenset()) -> str:
    """An element's text without the blanks that the exporter puts around it."""
    lines = node.text(without).strip().split("\n") if node else []
    return "\n".join(line.strip() if not line.strip() else line.rstrip("\r") for line in lines)


def _id(node: Element) -> str | None:
    match = NUMBER.fullmatch(node.attributes.get("id", ""))
    return match[1] if match and int(match[1]) >= 0 else None


def _is_day(node: Element, text: str) -> bool:
    """Whether a service line is the line between two days, whose number is below 0."""
    return node.attributes.get("id", "").startswith("message-") or (_id(node) is None and bool(DAY.fullmatch(text)))


def _sender(node: Element) -> str:
    body = next((child for child in node.children if isinstance(child, Element) and "body" in child.classes), node)
    name = next((child for child in body.children if isinstance(child, Element) and "from_name" in child.classes), None)
    return re.sub(r"\s+via\s+@\S+$", "", _clean(name, DETAILS))


def _time(node: Element, tz: str) -> int | None:
    date = next((each for each in node.all("date") if "title" in each.attributes), None)
    match = STAMP.match(date.attributes["title"]) if date else None
    if not match:
        return None
    day, month, year, clock, zone = match.groups()
    try:
        return records.moment(f"{year}-{month}-{day}T{clock}{zone or ''}", tz)
    except ValueError:
        return None


def _first(root: Element) -> int | None:
    """The time of the page's first message."""
    return next((time for node in root.all("message") if (time := _time(node, "UTC")) is not None), None)


def _message(node: Element, channel: str, sender: str, tz: str) -> tuple[Row | None, str]:
    """The message as a row, and whom it was forwarded from."""
    kind, poll, reply = _kind(node), node.first("media_poll"), node.first("reply_to")
    origin = node.first("forwarded")
    text = _poll(poll) if poll else "\n".join(filter(None, (_clean(each) for each in node.all("text"))))
    link = next((a for a in reply.within() if a.tag == "a"), None) if reply else None
    answered = ANSWERED.search(link.attributes.get("href", "")) if link else None
    made = row(channel, _time(node, tz), sender, text, kind, id=_id(node), reply_to=answered[1] if answered else None)
    return made, _clean(origin.first("from_name"), DETAILS) if origin and origin.first("from_name") else ""


def _kind(node: Element) -> str:
    classes = {name for each in node.within() for name in each.classes}
    special = next((kind for name, kind in KINDS.items() if name in classes), None)
    is_media = node.first("media_wrap") is not None or any(name.startswith("media_") for name in classes)
    return special or ("media" if is_media else "text")


def _poll(poll: Element) -> str:
    answers = [_clean(answer, DETAILS).removeprefix("- ") for answer in poll.all("answer")]
    return "\n".join([_clean(poll.first("question")), *(answer.strip() for answer in answers)])


def _actors(text: str) -> list[str]:
    """Who a service line names: what comes before and after its verb, in English."""
    match = re.match(r"(.+?) (?:created|invited|joined|left|removed|pinned|changed|added|kicked|converted)\b(.*)", text)
    others = re.split(r", | and ", match[2].strip()) if match and re.search(r"invited|removed|added", text) else []
    return [name for name in ([match[1]] if match else []) + others if name]
