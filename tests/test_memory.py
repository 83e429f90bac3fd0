"""Tests of analysis.memory: what is freed goes back to the system."""

import subprocess
import sys

FREED = """
import pathlib
from analysis import memory

def held():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

pieces = [bytes(700) for _ in range(200_000)]
kept = pieces[::1000]
del pieces
before = held()
memory.give_back()
print(before - held())
"""


def test_what_was_freed_between_pieces_that_are_kept_goes_back_to_the_system():
    ran = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 50_000  # of 140,000 kB
