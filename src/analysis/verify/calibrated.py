"""Whether the error rates that the study reports were measured on its present code."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.fingerprint import earlier_code
from analysis.verify.subject import Finding, Subject


def rates_are_of_this_code(subject: Subject) -> Iterator[Finding]:
    """The tables of calibration were measured on the present code, data files and settings, as far as they compute."""
    if earlier := earlier_code(subject.root):
        what = f"rates were measured on earlier code (fingerprint {earlier})"
        yield Finding("calibration/provenance.yaml", what, fix="Measure them again: make calibrate, then dvc repro")
