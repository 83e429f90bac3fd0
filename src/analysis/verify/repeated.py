"""Check that each stage gave what it gave in the release's own run, if it got the same data, code and parameters.

A stage is deterministic (equal inputs, equal bytes), so another output from equal inputs was not made by them: it was
edited with the lock, or made by code that was put back afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from analysis.verify import release
from analysis.verify.subject import Finding, Subject

OTHER = "it differs from what the release's run made of the same data, code and parameters"
FIX = "Make it again (dvc repro -f -s {stage}); if it differs still, it rests on something that is not declared."


def equal_inputs_give_equal_outputs(subject: Subject) -> Iterator[Finding]:
    """What dvc.lock names as made from the data, code and parameters of the release's run is what that run made."""
    before = release.tool(subject.root).runs(subject.root)
    if not before and (subject.root / release.MANIFEST).is_file():
        yield Finding(release.MANIFEST, "it does not say what the release's run made", release.RENEW)
    for stage, now in release.runs(subject.locked).items():
        then = before.get(stage, {})
        if then.get("inputs") == now["inputs"]:
            others = set(now["outputs"].items()) - set(then["outputs"].items())
            fix = FIX.format(stage=stage)
            yield from (Finding(f"dvc.lock, stage {stage}, {name}", OTHER, fix) for name, _ in sorted(others))
