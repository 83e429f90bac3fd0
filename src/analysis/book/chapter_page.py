"""A chapter's page: its notebook's cells in the order of the page, which shows the answer first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis import study

OPENING = "opening"  # tag of the cells of a notebook that its page shows first
HOW = "## How we know"  # the heading of the cells below the opening
REMOVED = "remove-cell"  # the tag of cells that no page shows


def page_cells(cells: Sequence[Any], chapter: str, claims: Iterable[Mapping[str, Any]]) -> list[Any]:
    """A chapter's cells as its page shows them: title, verdicts of its claims, cells tagged `opening`, how we know (and
    in the margin how each claim is tested), the others.

    The notebook runs the opening last, when all is computed; a page shows its answer first. A cell tagged `remove-cell`
    (the opening's heading in the notebook) is not on the page.
    cells: in the notebook's order; chapter: its name, as in 03-sharing; claims: as claims.yaml declares them.
    """
    body = [cell for cell in cells[1:] if REMOVED not in cell["metadata"].get("tags", [])]
    opening = [cell for cell in body if OPENING in cell["metadata"].get("tags", [])]
    own = [claim for claim in claims if claim["chapter"] == chapter]
    badges = [f"- **{claim['id']}** {claim['sentence']}: {{verdict}}`{claim['id']}`" for claim in own]
    notes = [margin_note(claim) for claim in own if claim.get("direction")]
    verdicts = study.Node(cell_type="markdown", id="verdicts", metadata={}, source="\n".join(badges))
    further = study.Node(cell_type="markdown", id="how-we-know", metadata={}, source="\n\n".join([HOW, *notes]))
    rest = [cell for cell in body if cell not in opening]
    return [*cells[:1], *([verdicts] if badges else []), *opening, *([further] if opening else []), *rest]


def margin_note(claim: Mapping[str, Any]) -> str:
    """How a claim is measured and tested, as declared, for the page's margin."""
    return f":::{{margin}} How {claim['id']} is tested\n{claim['estimand']}.\n\nTest: {claim['test']}.\n:::"
