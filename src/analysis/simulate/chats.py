"""The chats as exported: WhatsApp's text files from Indonesian Android phones, Telegram Desktop's result.json."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.simulate.agents import Channel
from analysis.simulate.community import Community
from analysis.simulate.dice import Dice

NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
_FILES = {"media": ("IMG", "jpg"), "sticker": ("STK", "webp"), "voice": ("PTT", "opus")}
# Log odds that an answer is marked as a reply: one line back; per doubling of the lines; per other member in between;
# where the text names the member answered; where it continues an own message; and the standard deviation over members.
# Marking takes a gesture, so people do it where a reader could not tell. The numbers are assumptions, as no published
# logs have marks next to what unmarked messages answer; 15 to 40 % of answers to others are marked with them.
MARKED, DOUBLED, BETWEEN, NAMED, OWN, HABIT = -1.7, 0.9, 0.4, -0.5, -2.0, 0.7
_WHO = re.compile(r"⟦(\d+)⟧")
_ENTITY = re.compile(
    r"(?P<email>[\w.]+@[\w.]+\.\w+)|(?P<link>https?://\S+|wa\.me/\d+)|(?P<phone>\+62 [\d-]+)"
    r"|(?P<mention>(?<!\S)@[a-z][\w.]+)"
)


def chat_name(channel: Channel, number: str = "") -> str:
    """The name of the channel's file, as the phone or Telegram Desktop gives it. number: of one of several."""
    if channel.platform == "telegram":
        return f"{channel.key}-telegram{number and '-'}{number}.json"
    return f"Chat WhatsApp dengan {channel.title}{number and ' '}{number}.txt"


def address_book(community: Community, channel: Channel) -> dict[str, str]:
    """The name that the exporting phone shows for each member: an alias, for a few a number or a name with a tilde, for
    its owner the full name."""
    people = community.people
    shown = dict(zip(people.name, people.alias, strict=True))
    for i, p in enumerate(people.itertuples()):
        if channel.key == "bazar" and i % 13 == 5:
            shown[p.name] = p.phone
        if channel.key == "informal" and i % 11 == 7:
            shown[p.name] = f"~ {p.short}"
    owner = people.name[channel.exporter]
    return shown | {owner: owner}


def whatsapp(community: Community, channel: Channel, messages: pd.DataFrame) -> Iterable[str]:
    """Each message as the export writes it, `24/07/24 09.43 - Bu Sri: ...`, line breaks inside kept."""
    names = address_book(community, channel)
    people = community.people.name.to_list()

    def who(match: re.Match[str]) -> str:
        i = int(match[1])
        return "Anda" if i == channel.exporter else names[people[i]]

    stamps = messages.time.dt.strftime("%d/%m/%y %H.%M - ")
    days = messages.time.dt.strftime("%Y%m%d")
    media = messages.kind.isin(_FILES.keys())
    numbers = media.groupby(days).cumsum() - 1
    columns = (stamps, days, numbers, messages.member, messages.text, messages.kind, messages.edited)
    for stamp, day, number, member, text, kind, edited in zip(*columns, strict=True):
        if kind == "system":
            yield stamp + _WHO.sub(who, text)
        elif kind in _FILES:
            name, suffix = _FILES[kind]
            file = f"{name}-{day}-WA{number:04d}.{suffix} (file terlampir)"
            yield f"{stamp}{names[member]}: {file if channel.files else '<Media tidak disertakan>'}"
        else:
            text = "Pesan ini dihapus" if kind == "deleted" else text
            yield f"{stamp}{names[member]}: {text}{' <Pesan ini diedit>' if edited else ''}"


def telegram_ids(messages: pd.DataFrame) -> dict[Any, int]:
    """Telegram's number of each message, by its row; numbers rise with gaps, as in life."""
    return {index: 101 + k * 2 + (k % 7 == 3) for k, index in enumerate(messages.index)}


def telegram_chat(community: Community, channel: Channel, messages: pd.DataFrame) -> dict[str, Any]:
    """The chat as Telegram Desktop has it, with explicit replies for a part of the answers (see `marking`)."""
    dice, ids = Dice("telegram", community.seed, channel.key), telegram_ids(messages)
    people, marked = community.people, marking(community, messages)
    account = {name: f"user7{digits[-9:]}" for name, digits in zip(people.name, people.digits, strict=True)}
    rows: list[dict[str, Any]] = [_service(community, channel, account)]
    for index, m in zip(messages.index, messages.itertuples(), strict=True):
        times = _date("date", m.time) | (_date("edited", m.time + pd.Timedelta(seconds=75)) if m.edited else {})
        row = {"id": ids[index], "type": "message", **times, "from": m.member, "from_id": account[m.member]}
        if dice.chance(marked.get(index, 0.0)):
            row["reply_to_message_id"] = ids[m.reply_to]
        rows.append(row | _body(m.kind, m.text, dice))
    number = 1_900_000_000 + community.seed % 10**6
    return {"name": channel.title, "type": "private_supergroup", "id": number, "messages": rows}


def marking(community: Community, messages: pd.DataFrame) -> dict[Any, float]:
    """By row of an answer to one of these messages of a chat, the probability that its member marks it as a reply."""
    habit = {name: HABIT * Dice("marking", community.seed, name).normal() for name in community.people.name}
    names = dict(zip(community.people.name, community.people.short.str.lower(), strict=True))
    place = {row: k for k, row in enumerate(messages.index)}
    members, texts = messages.member.to_list(), messages.text.str.lower().to_list()
    out = {}
    for row, answered in messages.reply_to[messages.reply_to.isin(messages.index)].items():
        i, j = place[row], place[answered]
        between = set(members[j + 1 : i]) - {members[i], members[j]}
        odds = MARKED + habit[members[i]] + DOUBLED * math.log2(i - j) + BETWEEN * len(between)
        odds += OWN if members[i] == members[j] else NAMED * (names[members[j]] in texts[i])
        out[row] = 1 / (1 + math.exp(-odds))
    return out


def _service(community: Community, channel: Channel, account: dict[str, str]) -> dict[str, Any]:
    names = community.people.name
    founder, time = names[channel.exporter], community.messages.time.iloc[0].normalize()
    return {
        "id": 1, "type": "service", **_date("date", time), "actor": founder, "actor_id": account[founder],
        "action": "create_group", "title": channel.title, "members": [names[i] for i in channel.members],
        "text": "", "text_entities": [],
    }  # fmt: skip


def _date(name: str, time: pd.Timestamp) -> dict[str, str]:
    return {name: f"{time:%Y-%m-%dT%H:%M:%S}", f"{name}_unixtime": str(int(time.timestamp()))}


def _body(kind: str, text: str, dice: Dice) -> dict[str, Any]:
    empty: dict[str, Any] = {"text": "", "text_entities": []}
    if kind == "media":
        return {"photo": NOT_INCLUDED, "width": 1280, "height": 960} | empty
    if kind == "sticker":
        return {"file": NOT_INCLUDED, "media_type": "sticker", "sticker_emoji": dice.pick("😂👍🙏")} | empty
    if kind == "voice":
        seconds = dice.whole(3, 70)
        voice = {"media_type": "voice_message", "mime_type": "audio/ogg", "duration_seconds": seconds}
        return {"file": NOT_INCLUDED} | voice | empty
    entities = text_entities(text)
    plain = len(entities) == 1 and entities[0]["type"] == "plain"
    mixed = [e["text"] if e["type"] == "plain" else e for e in entities]
    return {"text": text if plain else mixed, "text_entities": entities}


def text_entities(text: str) -> list[dict[str, str]]:
    """A text split as Telegram does into plain parts, e-mail addresses, links, numbers and mentions."""
    out, at = [], 0
    for match in _ENTITY.finditer(text):
        if match.start() > at:
            out.append({"type": "plain", "text": text[at : match.start()]})
        out.append({"type": str(match.lastgroup), "text": match[0]})
        at = match.end()
    if at < len(text):
        out.append({"type": "plain", "text": text[at:]})
    return out


def true_rows(community: Community) -> dict[tuple[str, int | str], int]:
    """The row of community.messages of each message, by file name and first line (WhatsApp) or number (Telegram)."""
    rows: dict[tuple[str, int | str], int] = {}
    for channel in community.channels:
        messages = community.messages[community.messages.channel == channel.key]
        if channel.platform == "telegram":
            rows |= {(chat_name(channel), str(number)): row for row, number in telegram_ids(messages).items()}
            continue
        line = 1
        for written, row in zip(whatsapp(community, channel, messages), messages.index, strict=True):
            rows[chat_name(channel), line] = row
            line += 1 + written.count("\n")
    return rows


def true_codes(community: Community, column: str = "codes") -> dict[tuple[str, int | str], tuple[str, ...]]:
    """The planted codes of each message, or those that coders see in it (read_as), by its place as in true_rows."""
    codes = community.messages[column]
    return {place: codes[row] for place, row in true_rows(community).items()}


def true_replies(community: Community, messages: pd.DataFrame) -> pd.DataFrame:
    """The planted reply of each of the read messages, in the shape of infer_replies; no reply to messages not read."""
    rows = true_rows(community)
    numbers = messages.message_id.str.rsplit("-", n=1).str[1]
    telegram = messages.source.str.endswith(".json")
    places = zip(messages.source, numbers.where(telegram, messages.line), strict=True)
    message = pd.Series(messages.message_id.to_numpy(), index=[rows.get(place, -1) for place in places])
    parent = community.messages.reply_to.reindex(message.index).fillna(-1)
    answered = message[message.index >= 0].reindex(parent)
    return pd.DataFrame({"message_id": message.to_numpy(), "reply_to": answered.to_numpy(), "probability": 1.0})


def write_chat(community: Community, channel: Channel, folder: Path, number: str = "") -> Path:
    """Write the chat's file into the folder (UTF-8, LF), and return its path."""
    messages = community.messages[community.messages.channel == channel.key]
    if channel.platform == "telegram":
        text = json.dumps(telegram_chat(community, channel, messages), ensure_ascii=False, indent=1) + "\n"
    else:
        text = "".join(line + "\n" for line in whatsapp(community, channel, messages))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / chat_name(channel, number)
    path.write_bytes(text.encode())
    return path
