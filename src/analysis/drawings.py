"""The drawings of a page: most of its markup, and none of its words.

`figures` writes a drawing as SVG into the page, with letters as outlines. Code that reads or hashes a page treats a run
of strokes as one, which is ten times as fast as going element by element.
"""

from __future__ import annotations

import re
from collections.abc import Callable

DRAWING = re.compile(r'<svg class="(?:wide|narrow)"[^<>]*>.*?</svg>', re.S)
# What a stroke may hold: names that matplotlib gives to parts, after the eight digits of the drawing, outlines, places
# and colours. Quantifiers are possessive (++, *+), so that rejecting a text never takes long, whatever it holds.
_NAME = (
    r"[0-9a-f]{8}-(?:DejaVuSans(?:-Bold|-Oblique|-BoldOblique)?-[0-9a-f]{1,5}|[mpC]\d{1,5}"
    r"|(?:figure|axes|patch|line2d|text|legend|[xy]tick|matplotlib\.axis|QuadMesh"
    r"|(?:Path|Line|Poly|Patch|FillBetweenPoly)Collection)_\d{1,5})"
)
_OUTLINE = r"(?:[MLHVCSQTAZz]|-?\d++(?:\.\d++)?| )*+"
_ATTRIBUTE = (
    rf'(?: (?:id="{_NAME}"|xlink:href="#{_NAME}"|clip-path="url\(#{_NAME}\)"|d="{_OUTLINE}"'
    r'|transform="(?:(?:scale|translate|rotate|matrix)\([-\d. ,e]*+\) ?)*+"'
    r'|style="(?:[a-z-]++: [#\w., %()-]++(?:; |(?=")))*+"|(?:x|y|width|height)="-?[\d.]++"))'
)
STROKES = re.compile(rf"(?:<(?:/(?:g|defs|clipPath)|(?:g|defs|clipPath|path|use|rect){_ATTRIBUTE}*+/?)>\s*+)++")


def with_strokes(text: str, replaced: Callable[[str], str]) -> str:
    """A page's text with each run of strokes in its drawings replaced; everything else in a drawing stays."""
    return DRAWING.sub(lambda drawing: STROKES.sub(lambda run: replaced(run[0]), drawing[0]), text)
