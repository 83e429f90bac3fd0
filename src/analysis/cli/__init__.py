"""The command `guyub`: each module holds a group of commands, entry puts them together and starts them."""

from analysis.cli.entry import command, main

__all__ = ["command", "main"]
