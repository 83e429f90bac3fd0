"""Sharing: who shares business news, and how unequally (C3)."""

from analysis.sharing.step import concentration

__all__ = ["concentration"]
