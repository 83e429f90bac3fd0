"""The checker of books finds each kind of false sentence, and lets true ones pass."""

from dataclasses import replace

import pytest

from .checker import Facts, blocks_of_html, blocks_of_notebook, findings, numbers_of

FACTS = Facts(
    messages=320, written=310, texts=300, members=26, silent=0, channels=2, interviews=3, partnerships=1, codings=240,
    read=120, known=frozenset({"greeting"}),
    verdicts={"C1": "not assessable", "C2": "supported", "C3": "not assessable"},
)  # fmt: skip
COUNTED = replace(FACTS, known=frozenset({"business_news"}), silent=2, verdicts={"C1": "supported", "C3": "supported"})
FALSE = {
    "7 of 26 members ever shared any, and 3 members wrote 60 % of it.": "known of 120 of 300",
    "By redrawn labels, about 2 members have ever shared business news (0 to 2).": "known of 120 of 300",
    "2 of 26 members write 60 % of all business news": "known of 120 of 300",
    "7 dari 26 anggota pernah menyebarkannya": "known of 120 of 300",
    "A piece of news reaches 12 % of the members as it is shared now": "who shares is not known",
    "Of the 12 messages read, none is business news.": "12 messages read, of 120",
    "2 of 26 members never wrote.": "there are 0",
    "Each of the 19 members wrote.": "there are 26",
    "310 messages of 26 members in 3 chats were read.": "there are 2",
    "Of 4 partnerships that were declared, 1 began in a wave and counts here.": "there are 1",
    "It reads 4 interviews.": "there are 3",
    "The share of business news neither clearly rises nor falls (0.00 percentage points a month, 0.00 to 0.00)":
        "no width",
    "the share of business news rises (0.40 percentage points a month, −0.10 to 0.90).": "rises though",
    "Per doubling, 2.0 fewer (interval −5.1 to −1.1) partnerships begin per hundred pairs.": "does not hold 2.0",
    "Relative to those at its start, are 12 % fewer than in pairs as active (−30 to 9 %)": "C1 is not assessable",
    "at its start, are 8.1 % fewer than in pairs as active (difference 3 to 22 %)": "does not hold −8.1",
    "an alpha 0.61, 0.70 to 0.80": "does not hold 0.61",
    "by 16 members (18 to 23)": "does not hold 16",
    "0.50 (0.60 to 0.40)": "down to",
    "began −0.1 more partnerships": "comparison with a negative number",
    "trust is named by only 6 of 23": "only 6 of 23",
    "31 of 26 members": "31 of 26",
    "104 % of the members": "104 %",
    "they met 1 times": "'1 times'",
    "supported with 4 of 13,605 codings changed": "13,605 codings, but people gave 240",
    "given to 1 coded messages, fewer than 20": "'1 coded messages'",
    "A Gini coefficient of nan": "none",
    "C2 (Informal interactions enhance partnership potential): undecided. 0.1 partnerships": "C2 is supported",
    "5.0 % more answers on other matters at the end of the study, relative to its start": "C1 is not assessable",
    "jawaban itu pada bulan terakhir terhadap bulan pertama 5,0% lebih besar daripada": "C1 is not assessable",
    "the Gini coefficient of business news exceeds what unequal activity alone gives by 0.21": "C3 is not assessable",
}  # fmt: skip
TRUE = (
    "Of the 120 messages read, 1 is business news. Nobody read the others, and no model carries the code to them.",
    "Each of the 26 members wrote.",
    "Not assessable: 7 members where 10 are needed; 1 partnership where 10 are needed.",
    "Per doubling of informal exchange before, 2.0 fewer (difference −2.0, interval −5.1 to 1.1) partnerships begin",
    "Of those shown, MAAAA is answered most, about 1,548 times (1,475 to 1,612).",
    "C1 with 80 members (96 % of 24, 80 % to 99 %)",
    "300 of 320 messages are texts of members. Only these are coded, and shares of messages with a code refer to "
    "these. Of the others, 12 are lines of the app itself and 8 are of another kind, such as a photo.",
    "15 of 62 partnerships are listed, those with most informal exchange of the 60 that may be shown.",
    "Of what helps, reward is named most often (12 of 12; 1 of them says the opposite).",
    "1 of 13 expectations is met. Tested against chance, none of 7 is clearly met; 4 point as expected, within chance.",
    "Power was lower for C2 in 24 months (71 %; 75 % with every reply and code known) than in published (85 %; 98 %).",
    "With one choice changed, the interval is in the median 1.0 times as wide for C1 and 3.0 times as wide for C3.",
    "Most common among the messages: informal interaction (51 % or 46 %).",
    "With 12 interviews, no pair of themes is clearly together beyond chance (55 pairs tested).",
    "The share of business news neither clearly rises nor falls (0.32 percentage points a month, −2.51 to 3.16).",
    "From 2024-01 to 2024-05, 20 of 120 codings; p = .031; interviews 1 to 3.",
    "smallest effect that matters: greater, 0.1 more growth of other answers through the study",
)


@pytest.mark.parametrize("sentence", FALSE)
def test_a_false_sentence_is_found(sentence):
    found = findings({"03-sharing": [sentence]}, FACTS)
    assert any(FALSE[sentence] in each.why for each in found), found


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_passes(sentence):
    assert findings({"03-sharing": [sentence]}, FACTS) == []


def test_where_the_code_is_known_of_all_messages_members_may_be_counted():
    said = ["7 of 26 members ever shared any.", "over 26 members (2 never wrote)", "1 of 26 members writes 60 % of"]
    assert findings({"03-sharing": said}, COUNTED) == []


def test_a_summary_tells_nothing_of_a_claim_that_is_not_assessable():
    said = ["Of 26 members, 7 ever shared business news, and 3 wrote 60 % of it."]
    assert findings({"03-sharing": said}, COUNTED) == []
    silent = replace(COUNTED, verdicts={"C3": "not assessable"})
    assert "C3 is not assessable" in findings({"index": said}, silent)[0].why


def test_what_claims_yaml_declares_may_be_quoted():
    former = "The number of the shipped community (85 % more growth per doubling, interval 38 to 148 %)."
    assert findings({"09-claims": [former]}, FACTS)
    assert findings({"09-claims": [former]}, replace(FACTS, declared=former)) == []


def test_the_numbers_of_a_sentence_are_counted_without_its_names_and_dates():
    assert numbers_of("C1 rests on 13,605 messages of M3ZCQ until 2024-12-31: 0.41 (−0.06 to 1.11)") == [
        "13,605", "0.41", "−0.06", "1.11",
    ]  # fmt: skip


def test_a_page_is_read_with_its_alt_texts_and_cells_and_without_its_code():
    page = """<html><nav>3 of 2</nav><article><p>One <b>two</b>.</p><img alt="In words."><pre>4 of 3</pre>
    <table><tr><td>a</td><td>b</td></tr></table><script>5 of 4</script></article></html>"""
    assert blocks_of_html(page) == ["One two.", "In words.", "a", "b"]


def test_a_notebook_is_read_by_what_its_cells_show():
    said = {"data": {"text/markdown": "*Not* known \\(yet\\).\n\n- **C1** (x): *supported*."}}
    cells = [{"outputs": [said, {"data": {"text/html": "<p>Seen.</p>"}}]}, {"source": "1 times"}]
    assert blocks_of_notebook({"cells": cells}) == ["Not known (yet).", "C1 (x): supported.", "Seen."]
