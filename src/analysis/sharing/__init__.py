"""Sharing: who shares business news, and how unequally (C3)."""

from analysis.sharing.indices import concentration

__all__ = ["concentration"]
