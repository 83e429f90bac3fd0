"""read_chat: one door for every kind of chat export."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import clock, files, irc, shapes, telegram, whatsapp

KNOWN = "WhatsApp text, Telegram Desktop JSON or an IRC log"


def read_chat(
    path: str | Path,
    *,
    tz: str = "Asia/Jakarta",
    date_order: str | None = None,
    senders: Collection[str] | None = None,
) -> pd.DataFrame:
    """The messages of one chat export; platform, header shape and language are found by themselves.

    tz: zone of the exporting phone's clock, for formats that carry local times. date_order: dmy, mdy or ymd, where the
    dates cannot tell. senders: names as exported, which settle where a sender's name ends.

    Returns a DataFrame in file order: message_id, channel, time (zone-aware), sender (as exported; missing on system
    lines), text (never normalised), kind, edited, reply_to (explicit replies only), source, line (1-based).
    df.attrs["report"] accounts for every line: lines = headers + continuation + undecodable + skipped.
    Raises InputError when the file cannot be read as one of the known formats, or day and month cannot be told apart.
    """
    path = Path(path)
    clock.check_order(date_order)
    clock.zone(tz)
    source = files.read_text(path)
    channel = files.slug(path.name)
    if telegram.is_telegram(source.text):
        return telegram.read(source, channel=channel, tz=tz, path=path)
    if irc.is_irc(source.text):
        return irc.read(source, channel=channel, path=path)
    shape = shapes.find(source.text)
    if shape is None:
        raise InputError(f"no message found: this is no {KNOWN}", path=path,
                         mend="Export the chat again, or move the file out of chats/.")  # fmt: skip
    return whatsapp.read(source, shape, channel=channel, tz=tz, date_order=date_order, senders=senders or (), path=path)
