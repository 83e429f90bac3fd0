"""The formats of chat exports that are read, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from analysis.ingest.readers import (
    archive,
    discord,
    discord_html,
    google_chat,
    irc,
    line,
    matrix,
    meta,
    signal,
    slack,
    tabular,
    teams,
    telegram,
    telegram_html,
    viber,
    whatsapp,
)
from analysis.ingest.readers.export import Export


class Format(NamedTuple):
    """A format: its name, a test whether an export is in it, and a function that reads its messages."""

    name: str
    fits: Callable[[Export], bool]
    read: Callable[[Export], pd.DataFrame]


FORMATS = (  # formats recognised by more features come first
    Format("Slack export", slack.fits, slack.read),
    Format("Telegram Desktop HTML", telegram_html.fits, telegram_html.read),
    Format("DiscordChatExporter HTML", discord_html.fits, discord_html.read),
    Format("Instagram or Messenger JSON", meta.fits, meta.read),
    Format("Google Chat Takeout", google_chat.fits, google_chat.read),
    Format("Teams or Skype JSON", teams.fits, teams.read),
    Format("Element (Matrix) JSON", matrix.fits, matrix.read),
    Format("Signal JSON", signal.fits, signal.read),
    Format("LINE text", line.fits, line.read),
    Format("Viber history", viber.fits, viber.read),
    Format("table", tabular.fits, tabular.read),
    Format("DiscordChatExporter JSON", discord.fits, discord.read),
    Format("Telegram Desktop JSON", telegram.fits, telegram.read),
    Format("IRC log", irc.fits, irc.read),
    Format("WhatsApp text", whatsapp.fits, whatsapp.read),
)


def known() -> str:
    """The names of all formats, for an error; first what most chats are."""
    *others, irc_log, text = (each.name for each in FORMATS)
    return f"{', '.join([text, *others])} or {irc_log}"


def read(export: Export) -> pd.DataFrame | None:
    """The messages of an export, read in the first format that fits, None where none does. An archive in no format of
    several files is that of one chat. Raises InputError as the readers do, and as archive.chat_in."""
    if fitting := next((each for each in FORMATS if each.fits(export)), None):
        return fitting.read(export)
    return read(archive.chat_in(export, export.archive)) if export.archive else None
