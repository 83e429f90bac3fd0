"""Whether the error rates that the study reports were measured on its present code."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.fingerprint import earlier_code, plan_changed
from analysis.verify.subject import Finding, Subject

FIX = "Measure them again: make calibrate, then dvc repro"


def rates_are_of_this_code(subject: Subject) -> Iterator[Finding]:
    """The tables of calibration were measured on the present code, data files and settings, and by the present plan."""
    if earlier := earlier_code(subject.root):
        what = f"rates were measured on earlier code (fingerprint {earlier})"
        yield Finding("calibration/provenance.yaml", what, fix=FIX)
    if plan_changed(subject.root):
        yield Finding("calibration/plan.yaml", "rates were measured before this plan was changed", fix=FIX)
