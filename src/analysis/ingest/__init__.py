"""Ingest: chat exports and interview transcripts into tables, every raw line accounted for, no name let out."""

from analysis.ingest.chat import read_chat
from analysis.ingest.transcript import read_transcript

__all__ = ["read_chat", "read_transcript"]
