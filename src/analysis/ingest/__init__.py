"""Ingest: chat exports and interview transcripts into tables, with every raw line accounted for and no names."""

from analysis.ingest.chat import read_chat
from analysis.ingest.transcript import read_transcript

__all__ = ["read_chat", "read_transcript"]
