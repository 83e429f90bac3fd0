"""The messenger's own lines in every language: by phrase, by form, and with a warning where no phrase is known."""

from __future__ import annotations

import pytest

from analysis.ingest import read_chat, words

from .chat_writers import LRM, NNBSP, RLM, write

# As a phone in that language writes them: picture left out, deleted, own deleted, missed call, card, notice
EVERYWHERE = sorted(code for code, language in words.languages().items() if language.get("contact", [""])[0][0] != "*")
PERSON = ("media", "contact", "deleted", "call")


def ios(tmp_path, *rows, mark=LRM):
    lines = [f"[24/07/24, 09.{m:02d}.00] {who}: {mark * is_own}{said}" for m, (who, said, is_own) in enumerate(rows)]
    return read_chat(write(tmp_path / "_chat.txt", "\n".join(lines) + "\n"), date_order="dmy")


def android(tmp_path, *rows, head="24/07/24 09.{:02d} - "):
    lines = [head.format(m) + said for m, said in enumerate(rows)]
    return read_chat(write(tmp_path / "a.txt", "\n".join(lines) + "\n"), date_order="dmy")


def plain(code: str, kind: str) -> list[str]:
    """The phrases of a language that are written as they stand, its files as one is written."""
    phrases = [phrase.replace("{own}", "") for phrase in words.languages()[code].get(kind, [])]
    return [
        p.replace("{file}", "daftar.pdf")
        for p in phrases
        if "*" not in p and not (set("{}") & set(p.replace("{file}", "")))
    ]


def test_whatsapp_is_known_in_more_than_forty_languages_and_partly_in_sixty():
    assert len(EVERYWHERE) >= 40
    assert len(words.languages()) >= 60


@pytest.mark.parametrize("mark", [LRM, RLM])
@pytest.mark.parametrize("code", EVERYWHERE)
def test_on_ios_what_stands_in_a_persons_place_is_theirs_and_of_its_kind(tmp_path, code, mark):
    said = [(kind, phrase) for kind in PERSON for phrase in plain(code, kind)]
    frame = ios(tmp_path, *(("Bu Sri", phrase, True) for _, phrase in said), mark=mark)
    assert frame["kind"].tolist() == [kind for kind, _ in said]
    assert set(frame["sender"]) == {"Bu Sri"}
    assert frame.attrs["report"]["warnings"] == []


@pytest.mark.parametrize("code", EVERYWHERE)
def test_on_ios_the_messengers_own_lines_have_no_sender_in_any_language(tmp_path, code):
    notices = [phrase.replace("*", " Info") for phrase in words.languages()[code]["system"] if phrase[0] != "*"]
    frame = ios(tmp_path, *(("UMKM", notice, True) for notice in notices), ("Bu Sri", "halo", False))
    assert frame["kind"].tolist() == ["system"] * len(notices) + ["text"]
    assert frame["sender"].isna().tolist() == [True] * len(notices) + [False]


@pytest.mark.parametrize("code", EVERYWHERE)
def test_on_android_placeholders_and_attachments_are_known_without_a_mark(tmp_path, code):
    said = [phrase for phrase in plain(code, "media") if phrase[0] == "<" or phrase.startswith("daftar.pdf (")]
    frame = android(tmp_path, *(f"Bu Sri: {phrase}" for phrase in said), "Bu Sri: apa kabar")
    assert frame["kind"].tolist() == ["media"] * len(said) + ["text"]


@pytest.mark.parametrize("code", words.languages())
def test_each_phrase_names_its_language_and_none_matches_all(code):
    language = words.languages()[code]
    assert language["name"]
    for kind in (*words.ORDER, "system", "edited"):
        for phrase in (*language.get(kind, []), *language.get("unsure", {}).get(kind, [])):
            assert len(words.Phrase(code, phrase).literal.strip()) >= 2, phrase


def test_a_language_without_phrases_is_read_by_its_form_and_named(tmp_path):
    frame = ios(
        tmp_path, ("გუნდი", "შეტყობინებები დაშიფრულია.", True), ("გუნდი", "ნინომ დაამატა გია", True),
        ("ნინო", "გამარჯობა", False),
        ("გია", "სურათი გამოტოვებულია", True), ("ნინო", "სურათი გამოტოვებულია", True),
    )  # fmt: skip
    assert frame["kind"].tolist() == ["system", "system", "text", "media", "media"]
    assert frame["sender"].fillna("-").tolist() == ["-", "-", "ნინო", "გია", "ნინო"]
    (warning,) = frame.attrs["report"]["warnings"]
    assert "no phrase is known (Georgian)" in warning
    assert "4 lines" in warning


def test_on_android_a_header_without_a_sender_is_the_messengers_in_any_language(tmp_path):
    frame = android(tmp_path, "ნინომ დაამატა გია", "ნინო: გამარჯობა", "ნინო: <მედია გამოტოვებულია>")
    assert frame["kind"].tolist() == ["system", "text", "media"]
    assert "Georgian" in frame.attrs["report"]["warnings"][0]


def test_a_chat_without_a_line_of_the_messenger_is_not_warned_of(tmp_path):
    assert android(tmp_path, "Bu Sri: halo").attrs["report"]["warnings"] == []


def test_where_a_phone_marks_every_text_the_mark_says_nothing(tmp_path):
    rows = [("Bu Sri", f"pesan nomor {m}", True) for m in range(59)]
    assert set(ios(tmp_path, *rows)["kind"]) == {"text"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Daftar.pdf • 2 halaman <allegato: 00000012-Daftar.pdf>", "media"),
        ("<მიმაგრებული: 00000012-Bu Sri.vcf>", "contact"),
        ("ადგილი: https://maps.google.com/?q=-7.44,112.71", "location"),
        ("გამოკითხვა\nროდის?\nპასუხი: შაბათი (2 ხმა)\nპასუხი: კვირა (0 ხმა)", "poll"),
        ("lihat https://maps.google.com/?q=1,2", "text"),
        ("iuran:\nkapan?\nsiapa: Bu Sri (2 orang)\njam: sembilan (9 pagi)", "text"),
    ],
)
def test_files_places_and_polls_are_known_by_their_form_alone(tmp_path, said, kind):
    assert android(tmp_path, f"Bu Sri: {said}")["kind"].tolist() == [kind]


def test_the_mark_of_an_edit_is_known_by_its_form(tmp_path):
    frame = android(tmp_path, f"ნინო: კარგი {LRM}<შეტყობინება შეიცვალა>", "ნინო: <3 <3", "ნინო: a <b c d e f g h>")
    assert frame["edited"].tolist() == [True, False, False]
    assert frame["text"].tolist() == ["კარგი", "<3 <3", "a <b c d e f g h>"]


def test_a_group_without_marks_is_known_by_all_it_signs(tmp_path):
    frame = ios(
        tmp_path, ("UMKM", "Messages and calls are end-to-end encrypted.", False),
        ("UMKM", "Bu Sri added Pak Harun", False),
        ("Bu Sri", "I added you to the list", False),
    )  # fmt: skip
    assert frame["kind"].tolist() == ["system", "system", "text"]


# Calendars, digits and clocks


@pytest.mark.parametrize(
    ("header", "time"),
    [
        ("R6/7/24 9:43 - ", "2024-07-24 09:43"),
        ("令和6年7月24日 9:43 - ", "2024-07-24 09:43"),
        ("[平成31/04/30 9:43:01] ", "2019-04-30 09:43:01"),
        ("2024年7月24日 下午3:05 - ", "2024-07-24 15:05"),
        ("2024/07/24 晚上9:05 - ", "2024-07-24 21:05"),
        ("2024년 7월 24일 오후 3:05 - ", "2024-07-24 15:05"),
        ("民國113/7/24 下午3:05 - ", "2024-07-24 15:05"),
        ("24/7/2567 15:05 - ", "2024-07-24 15:05"),
        ("24/7/2567 BE, 15:05 - ", "2024-07-24 15:05"),
        ("١٨/١/١٤٤٦ هـ، ٣:٠٥ م - ", "2024-07-25 15:05"),
        ("18/1/1446 AH, 3:05 PM - ", "2024-07-25 15:05"),
        ("۱۴۰۳/۵/۳،\u200f ۱۵:۰۵ - ", "2024-07-24 15:05"),
        ("1403/5/3, 3:05 ب.ظ. - ", "2024-07-24 15:05"),
        ("٢٤/٧/٢٠٢٤، ٣:٠٥ م - ", "2024-07-24 15:05"),
        (f"7/24/24, 3:05{NNBSP}PM - ", "2024-07-24 15:05"),
        ("24/7/24 3:05 p. m. - ", "2024-07-24 15:05"),
        ("24/7/24 3:05 p.\u00a0m. - ", "2024-07-24 15:05"),
        ("24/07/2024, 3:05 in the afternoon - ", "2024-07-24 15:05"),
        ("24.07.2024, 3:05 nachm. - ", "2024-07-24 15:05"),
        ("2024. 07. 24. 15:05 - ", "2024-07-24 15:05"),
        ("2024-07-24 15:05 - ", "2024-07-24 15:05"),
        ("24. 7. 24. 오후 3:05 - ", "2024-07-24 15:05"),
        ("24/07/2024 15h05 - ", "2024-07-24 15:05"),
        ("24/7/24, 3:05 म.उ. - ", "2024-07-24 15:05"),
        ("24.7.24, 3:05 e pasdites - ", "2024-07-24 15:05"),
    ],
)
def test_calendars_digits_and_clocks_of_the_world_are_read(tmp_path, header, time):
    frame = read_chat(
        write(tmp_path / "a.txt", f"{header}Bu Sri: halo\n"), date_order="dmy" if header[1] == "8" else None
    )
    assert frame["sender"].tolist() == ["Bu Sri"]
    assert str(frame["time"].dt.tz_localize(None)[0]) == (time if time.count(":") == 2 else f"{time}:00")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("[令和5年12月31日 21:43:00]", "[令和6年1月1日 0:00:05]"), ("[R5/12/31 21:43:00]", "[R6/1/1 0:00:05]"),
        ("23. 12. 31. 21:43 -", "24. 1. 1. 0:00 -"), ("民國112/12/31 21:43 -", "民國113/1/1 0:00 -"),
    ],
)  # fmt: skip
def test_a_day_of_one_digit_after_days_of_two_opens_a_message_where_the_year_comes_first(tmp_path, first, then):
    rows = [f"{first} Bu Sri: {d}" for d in range(30)] + [f"{then} Baru: halo", f"{then} Bu Sri: ya"]
    frame = read_chat(write(tmp_path / "a.txt", "\n".join(rows) + "\n"), date_order="ymd")
    assert frame["sender"].tolist() == ["Bu Sri"] * 30 + ["Baru", "Bu Sri"]
    assert frame["time"].dt.year.tolist()[-1] == 2024


def test_what_was_not_exported_is_media_though_the_line_only_says_so(tmp_path):
    said = ["null", "![a.jpg](./media/a.jpg)", "null and void", "see ![a.jpg](./media/a.jpg)"]
    frame = read_chat(write(tmp_path / "a.txt", "".join(f"24/07/24 09.43 - Bu Sri: {text}\n" for text in said)))
    assert frame["kind"].tolist() == ["media", "media", "text", "text"]


def test_two_digit_years_first_are_seen_by_their_days(tmp_path):
    rows = [f"24. {7 + d // 30}. {d % 30 + 1}. 오후 3:05 - Bu Sri: {d}" for d in range(60)]
    frame = read_chat(write(tmp_path / "a.txt", "\n".join(rows) + "\n"))
    assert frame["time"].dt.year.unique().tolist() == [2024]
    assert frame["time"].is_monotonic_increasing
