"""Readers of exports, one module per format: `fits` recognises an export, `read` turns it into the table of chats."""
