"""Readers of exports, one module a format: each says what it fits, and reads it into the one table of chats."""
