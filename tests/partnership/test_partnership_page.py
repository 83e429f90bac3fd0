"""The sentences of the page."""

from __future__ import annotations

from analysis.errors import Missing
from analysis.partnership import page


def test_the_answer_gives_each_claim_its_own_reason():
    answer = page.answer(Missing("too few"), Missing("no partners"))
    assert "partnerships is not assessable: no partners" in answer
    assert "strengthens ties is not assessable: too few" in answer
