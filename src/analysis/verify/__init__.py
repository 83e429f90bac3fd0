"""Verification: whether a study is what it says it is. Reads only, never writes.

closure: what code imports and reads; checks: every check by name; rerun: the study run again elsewhere and compared.
"""

from analysis.closure import declared, imported_files, step_files, superfluous, undeclared

__all__ = ["declared", "imported_files", "step_files", "superfluous", "undeclared"]
