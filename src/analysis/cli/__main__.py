"""`python -m analysis.cli`: the command `guyub`, with the source that Python finds."""

from analysis.cli import command

if __name__ == "__main__":
    command()
