"""Several texts in one description, distinguished by labels: `definition`, then `Include: ...`, each a paragraph.

A line that begins like a label without being one gets a backslash before it, so that any text comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def pack(body: str, labelled: Mapping[str, str]) -> str:
    """One text of the body and the labelled texts that are not empty, in their order."""
    escape = re.compile(rf"^(?=\\*(?:{'|'.join(labelled)}): )", re.MULTILINE)
    parts = [f"{label}: {escape.sub(_BACKSLASH, text)}" for label, text in labelled.items() if text]
    return "\n\n".join([escape.sub(_BACKSLASH, body)] * bool(body or not parts) + parts)


def unpack(text: str, labels: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The body and the labelled texts, each empty where it is not there: the inverse of `pack`."""
    names = "|".join(labels)
    pieces = re.split(rf"(?:^|\n\n)({names}): ", text)
    unescape = re.compile(rf"^\\(?=\\*(?:{names}): )", re.MULTILINE)
    texts = dict.fromkeys(labels, "")
    body = pieces[0]
    for label, part in zip(pieces[1::2], pieces[2::2], strict=True):
        texts[label] = f"{texts[label]}\n\n{part}" if texts[label] else part
    return unescape.sub("", body), {label: unescape.sub("", part) for label, part in texts.items()}


_BACKSLASH = r"\\"
