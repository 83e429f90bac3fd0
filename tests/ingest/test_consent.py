"""Of members who withhold consent nothing is left, and no small group of answers is published."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from analysis.ingest.consent import consent_counts
from analysis.privacy import pseudonym

from .community import CODEBOOK, corpus, two


def test_nothing_of_a_member_who_withholds_consent_is_left(tmp_path):
    c = corpus(tmp_path)
    everything = c.messages.to_csv() + c.utterances.to_csv() + c.members.to_csv() + c.partnerships.to_csv()
    assert "utik" not in everything
    assert len(c.members) == 5
    assert c.withheld == {
        "members": 1, "messages": 1, "utterances": 2, "partnerships": 1, "codings": 0, "annotations": 0,
        "mentions": 3,
    }  # fmt: skip
    assert "[WITHHELD] titip salam" in "".join(c.messages["text"])
    assert set(c.utterances["transcript"]) == {"wawancara-01", "wawancara-02"}


def test_a_withheld_number_is_known_with_the_dashes_of_an_iphone(tmp_path):
    chat = (
        "[24/07/24, 09.43.01] \u202a+62 813\u20111111\u20112222\u202c: rahasia\n[24/07/24, 09.44.02] Bu Sri: monggo\n"
    )
    c = two(tmp_path, **{"chats/umkm.txt": chat})
    assert "rahasia" not in c.messages.to_csv()
    assert (c.withheld["messages"], c.strangers) == (1, 0)


def test_an_interview_is_withheld_by_its_metadata_whoever_its_turns_are_given_to(tmp_path):
    talk = "# peserta: Nur Aini\n\nPewawancara: Apa kabar?\n\nrahasia besar saya.\n"
    c = two(tmp_path, **{"transcripts/wawancara-01.txt": talk})
    assert "wawancara-01" not in set(c.utterances["transcript"])


def test_copies_of_what_a_withheld_member_said_go_with_it(tmp_path):
    pasted = (
        "24/07/24 09.43 - Bu Sri: tadi:\n23/07/24 09.00 - Mbak Nur: rahasia\nlagi rahasia\n"
        "23/07/24 09.01 - Bu Sri: oh\n"
    )
    c = two(tmp_path, **{"chats/umkm.txt": pasted})
    text = c.messages["text"].iloc[0]
    assert "rahasia" not in text
    assert "[WITHHELD]" in text
    assert text.endswith("oh")


@pytest.mark.parametrize("date", ["12/03/2024", "12 Maret 2024", "12 Mar 2024"])
@pytest.mark.parametrize(
    "header",
    ["[{0} 19.04] {1}:", "({0} 19.04) {1}:", "{0} 19.04 - {1}:", "19.04, {0} | {1}:", "{1}, [{0} 19:04]\n"],
)
def test_what_a_withheld_member_said_goes_in_whatever_form_it_was_copied(tmp_path, header, date):
    said = (("Mbak Nur", "rahasia\nlagi rahasia"), ("Bu Sri", "monggo"), ("Mbak Nur", "rahasia lain"), ("Bu Sri", "oh"))
    copied = "\n".join(f"{header.format(date, name)} {words}" for name, words in said)
    chat = [{"id": 1, "type": "message", "date": "2024-07-24T09:43:00", "from": "Bu Sri", "text": f"tadi:\n{copied}"}]
    export = json.dumps({"name": "UMKM", "type": "private_group", "id": 1, "messages": chat})
    text = two(tmp_path, **{"chats/umkm.json": export}).messages["text"].iloc[0]
    assert "rahasia" not in text
    assert text.count("[WITHHELD]") == 4  # both in the header and in place of what they said
    assert "monggo" in text
    assert text.endswith("oh")


@pytest.mark.parametrize(
    "header", ["12/03/24 10.00 {}:", "10:05 {}:", "[10:05] {}:", "12/03/24 {}:", "12/03/24 10.00 WIB - {}:"]
)
def test_what_a_withheld_member_said_goes_behind_any_time_or_date(tmp_path, header):
    copied = f"{header.format('Mbak Nur')} rahasia\nlagi rahasia\n{header.format('Bu Sri')} oh"
    chat = [{"id": 1, "type": "message", "date": "2024-07-24T09:43:00", "from": "Bu Sri", "text": f"tadi:\n{copied}"}]
    export = json.dumps({"name": "UMKM", "type": "private_group", "id": 1, "messages": chat})
    text = two(tmp_path, **{"chats/umkm.json": export}).messages["text"].iloc[0]
    assert "rahasia" not in text
    assert text.endswith("oh")


def test_a_message_forwarded_from_a_withheld_member_is_withheld(tmp_path):
    records = [
        {"id": k, "type": "message", "date": "2024-07-24T09:43:00", "from": "Bu Sri", "text": text, **more}
        for k, (text, more) in enumerate([("rahasia", {"forwarded_from": "Mbak Nur"}), ("monggo", {})])
    ]
    chat = json.dumps({"name": "UMKM", "type": "private_group", "id": 1, "messages": records})
    c = two(tmp_path, **{"chats/umkm.json": chat})
    assert "rahasia" not in c.messages.to_csv()
    assert c.messages["text"].tolist().count("[WITHHELD]") == 1


def test_the_pseudonym_of_a_withheld_member_goes_from_what_was_made_when_it_was_shown(tmp_path):
    nur = pseudonym("Nur Aini", b"k" * 32)
    rows = "unit_id,start,end,code,coder,round,text_sha256,memo,translation,quotation\n"
    rows += f"umkm-20240724T0243-1,0,5,humour,a,1,{'0' * 64},{nur} lagi,{nur}'s,kata {nur}nya\n"
    chat = "24/07/24 09.43 - Bu Sri: kata Mbak Nur\n"
    book = CODEBOOK.replace("wkwk Bu Sri ketiduran", f"wkwk {nur} ketiduran")
    c = two(tmp_path, **{"chats/umkm.txt": chat, "codings/a.csv": rows, "codebook.yaml": book})
    words = ["[WITHHELD] lagi", "[WITHHELD]'s", "kata [WITHHELD]nya"]
    assert c.codings.loc[0, ["memo", "translation", "quotation"]].tolist() == words
    assert nur not in c.codebook.to_csv()
    assert c.withheld["mentions"] == 5


def test_a_decision_on_a_quotation_goes_with_the_interview_that_it_is_of(tmp_path):
    decisions = "".join(f"wawancara-0{n}-002,{'0' * 64},show,\n" for n in (1, 3))
    c = corpus(tmp_path, **{"quotations.csv": "unit_id,text_sha256,decision,reviewer\n" + decisions})
    assert c.approvals["unit_id"].tolist() == ["wawancara-01-002"]


def test_consent_that_is_not_stated_counts_in_sums_only(tmp_path):
    c = corpus(tmp_path)
    assert sorted(c.members["consent"]) == ["aggregate"] * 4 + ["quotes"]


@pytest.mark.parametrize(
    ("given", "none", "shown"),
    [
        ({"quotes": 37, "aggregate": 2}, 1, {"aggregate or none": 3, "quotes": 37}),
        ({"quotes": 32, "aggregate": 7}, 1, {"aggregate or none": 8, "quotes": 32}),
        ({"quotes": 5, "aggregate": 4}, 0, {"aggregate": 4, "quotes": 5}),
        ({"aggregate": 2}, 0, {"aggregate": 2}),
    ],
)
def test_no_answer_of_fewer_than_three_people_is_a_row_of_its_own(given, none, shown):
    answers = [answer for answer, n in (given | {"none": none}).items() for _ in range(n)]
    counts = consent_counts(pd.DataFrame({"member": "MAAAA", "consent": answers}))
    assert counts.set_index("consent")["members"].to_dict() == shown


def test_who_was_only_interviewed_is_no_member_who_agreed():
    people = pd.DataFrame({"member": ["MAAAA", "MBBBB", "MCCCC", "PAAAA"], "consent": "aggregate"})
    assert consent_counts(people)["members"].tolist() == [3]
