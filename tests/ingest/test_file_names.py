"""A file is often named after a person or a group: pages show a code in place of a person."""

import pandas as pd
import pytest

from analysis.ingest.scrubbing import file_name
from analysis.privacy import Pseudonymiser

ROSTER = pd.DataFrame(
    {"name": ["Sri Wahyuni", "Harun Rasyid"], "aliases": ["Bu Sri", "Pak Harun"], "consent": ["quotes", "aggregate"]}
)
PEOPLE = Pseudonymiser(ROSTER, key=b"key")


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("WhatsApp Chat with UMKM Guyub.txt", "WhatsApp Chat with UMKM Guyub.txt"),
        ("rapat-pengurus_2024.txt", "rapat-pengurus_2024.txt"),
    ],
)
def test_a_name_that_leads_to_nobody_stays(name, public):
    assert file_name(PEOPLE, name, "chat") == public


@pytest.mark.parametrize(
    "name",
    ["WhatsApp Chat with Pak Harun.txt", "Bu Sri dan Pak Harun.txt", "chat Ibu Tutik.txt", "chat-bu-sri.txt"],
)
def test_a_name_of_anybody_becomes_a_code_and_no_pseudonym_that_would_join_chapters(name):
    public = file_name(PEOPLE, name, "chat")
    assert public.startswith("chat-")
    assert public.endswith(".txt")
    assert not set(public.split("-")[1].removesuffix(".txt")) & set("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    assert file_name(PEOPLE, name, "chat") == public


def test_chats_with_two_people_on_no_list_stay_two_and_copies_of_one_stay_one():
    names = (
        "WhatsApp Chat with Pak Joko.txt",
        "WhatsApp Chat with Ibu Dian.txt",
        "WhatsApp Chat with Pak Joko (1).txt",
    )
    joko, dian, again = (file_name(PEOPLE, name, "chat") for name in names)
    assert joko == again
    assert joko != dian


def test_the_code_depends_on_the_key():
    other = Pseudonymiser(ROSTER, key=b"another")
    name = "WhatsApp Chat with Pak Harun.txt"
    assert file_name(other, name, "chat") != file_name(PEOPLE, name, "chat")


def test_the_code_of_a_chat_is_no_beginning_of_a_persons_pseudonym():
    """`Mulyono.txt` would else be called by the letters of Mulyono's pseudonym, and so would strangers' chats."""
    for name in ("Sri Wahyuni", "Harun Rasyid", "Mulyono", "+62 812-3456-7890"):
        code = file_name(PEOPLE, f"{name}.txt", "chat").removeprefix("chat-").removesuffix(".txt")
        assert code.upper() != PEOPLE.pseudonym(name)[1:]
