"""What C1 and C2 compare."""

from __future__ import annotations

import pytest

from analysis.errors import InputError
from analysis.partnership import design

from .community import talk_of


def test_codes_that_hardly_distinguish_informal_talk_are_refused(friendly):
    messages, _, _, coded, replies = friendly
    talk = talk_of(messages, coded.assign(probability=0.5), replies)
    with pytest.raises(InputError, match="hardly distinguish"):
        design.misclassification_corrected(talk, talk.likely, 0, 1)
