"""A chat's title, from the manifest, stands on pages in place of its code, and leads to nobody."""

import pytest

from analysis import tables
from analysis.errors import InputError
from analysis.ingest import manifest, step
from analysis.ingest.gather import gather
from analysis.ingest.identities import pseudonymiser
from analysis.ingest.titles import titles_by_channel

from .community import CHAT, PARAMS, paths

ALICE = "chats/WhatsApp Chat with Pak Harun.txt"
GROUP = "chats/Chat WhatsApp dengan UMKM Guyub.txt"
OTHER = "chats/kopdar/WhatsApp Chat.txt"


@pytest.fixture
def named(tmp_path):
    """A study with a chat that is called after a member."""
    own = paths(tmp_path, "yes")
    for place in (ALICE, OTHER):
        (own.raw / place).parent.mkdir(exist_ok=True)
        (own.raw / place).write_text(CHAT.replace("24/07/24", "25/07/24"), encoding="utf-8")
    return own


def channels(own):
    step.run(PARAMS, own)
    messages = tables.read(own.processed("ingest") / "messages.parquet", tables.Messages)
    return messages.groupby("channel")["message_id"].first().to_dict()


def test_a_title_stands_in_place_of_the_code_and_ids_stay(named):
    before = channels(named)
    code = next(channel for channel in before if channel.startswith("chat-"))
    manifest.entered(named.raw, [{"path": ALICE, "simulated": "yes", "title": "Purchasing, two of us"}])
    after = channels(named)
    assert after.pop("Purchasing, two of us") == before.pop(code)
    assert after == before


@pytest.mark.parametrize(
    ("name", "shown", "channel"),
    [
        ("Keripik & Kue", "Keripik & Kue", "keripik-kue"),
        ("Kopi + Teh", "Kopi + Teh", "kopi-teh"),
        ("Café Ibu-Ibu", "Café Ibu-Ibu", "cafe-ibu-ibu"),
        ("Jum'at 100%", "Jum'at 100%", "jum-at-100"),
        ("Pasar (Pagi) #2", "Pasar (Pagi) #2", "pasar-pagi-2"),
        ("Keripik & Kue \U0001f370", "Keripik & Kue", "keripik-kue"),
        ("Toko $erba $5", "toko-erba-5", "toko-erba-5"),
        ("Grup Besar_2.1", "grup-besar-2-1", "grup-besar-2-1"),
        ("\u5c0f\u5403 & co", "co", "co"),
    ],
)
def test_a_chats_name_keeps_on_pages_the_signs_that_ids_cannot_hold(tmp_path, name, shown, channel):
    own = paths(tmp_path, "yes")
    (own.raw / GROUP).rename(own.raw / f"chats/WhatsApp Chat with {name} (1).txt")
    ((called, first),) = channels(own).items()
    assert called == shown
    assert first.startswith(f"{channel}-2024")


def test_two_chats_whose_names_would_be_shown_alike_stay_two(named):
    for old, new in ((GROUP, "chats/Kopi & Teh.txt"), (OTHER, "chats/Kopi \u2103 & Teh.txt")):
        (named.raw / old).rename(named.raw / new)
    assert {"kopi-teh", "kopi-c-teh"} <= channels(named).keys()


def test_a_title_takes_the_place_of_a_name_with_signs_and_a_name_of_a_person_is_not_shown(named):
    for old, new in ((GROUP, "chats/Keripik & Kue.txt"), (ALICE, "chats/Pak Harun & Bu Sri.txt")):
        (named.raw / old).rename(named.raw / new)
    assert "Keripik & Kue" in channels(named)
    assert not any("Harun" in channel for channel in channels(named))
    manifest.entered(named.raw, [{"path": "chats/Keripik & Kue.txt", "simulated": "yes", "title": "Snacks"}])
    assert set(channels(named)) >= {"Snacks"}
    assert "Keripik & Kue" not in channels(named)


def test_exports_in_a_folder_share_the_title_of_one_and_a_file_of_that_name_elsewhere_has_none(named):
    manifest.entered(named.raw, [{"path": OTHER, "simulated": "yes", "title": "Meetings"}])
    assert set(channels(named)) > {"Meetings", "umkm-guyub"}
    assert len(channels(named)) == 3


@pytest.mark.parametrize("other", [ALICE, OTHER])
def test_files_of_one_title_are_one_chat_and_what_both_have_counts_once(named, other):
    rows = [{"path": path, "simulated": "yes", "title": "The market"} for path in (GROUP, other)]
    (named.raw / other).write_text(CHAT + "26/07/24 09.43 - Bu Sri: besok\n", encoding="utf-8")
    one_less = channels(named)
    manifest.entered(named.raw, rows)
    shown = channels(named)
    assert len(shown) == len(one_less) - 1
    messages = tables.read(named.processed("ingest") / "messages.parquet", tables.Messages)
    assert (messages["channel"] == "The market").sum() == (messages["channel"] != "The market").sum() + 1
    assert messages["message_id"].is_unique


@pytest.mark.parametrize(
    ("titles", "wrong"),
    [
        ({"members.csv": "All of us"}, "no chat"),
        ({ALICE: "With Pak Harun"}, "leads to a person"),
        ({ALICE: "0812-3456-7890"}, "leads to a person"),
        ({ALICE: "Talk", GROUP: "Talk"}, "two chats would be shown as Talk"),
        ({ALICE: "umkm-guyub"}, "two chats would be shown as umkm-guyub"),
    ],
)
def test_a_title_that_misleads_is_refused(named, titles, wrong):
    raw = gather(named.raw, tz="Asia/Jakarta", date_order=None)
    with pytest.raises(InputError, match=wrong):
        titles_by_channel(raw, pseudonymiser(raw, b"k"), titles)


def test_all_titles_that_mislead_are_refused_at_once(named):
    raw = gather(named.raw, tz="Asia/Jakarta", date_order=None)
    titles = {"members.csv": "All of us", ALICE: "With Pak Harun"}
    with pytest.raises(InputError, match=r"(?s)2 mistakes:.+no chat that is read.+leads to a person"):
        titles_by_channel(raw, pseudonymiser(raw, b"k"), titles)


def test_a_title_that_is_refused_is_named_with_its_manifest_and_the_file_in_its_row(named):
    manifest.entered(named.raw, [{"path": ALICE, "simulated": "yes", "title": "With Pak Harun"}])
    with pytest.raises(InputError, match=ALICE) as error:
        step.run(PARAMS, named)
    assert error.value.path == named.raw / manifest.NAME
