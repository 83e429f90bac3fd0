"""Tests of analysis.memory: what is freed goes back to the system, and cycles are seldom looked for."""

import gc
import subprocess
import sys

from analysis import memory, study

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


def test_python_seldom_looks_for_cycles_in_a_step_and_as_before_outside_it(root, monkeypatch):
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        with memory.seldom_collected():
            assert gc.get_threshold() == memory.SELDOM
        monkeypatch.chdir(root)
        study.opened()
        assert gc.get_threshold() == (700, 10, 10)
        monkeypatch.setenv(study.PIPELINE, "sharing")
        study.opened()
        assert gc.get_threshold() == memory.SELDOM
    finally:
        gc.set_threshold(*before)


def test_what_was_freed_between_pieces_that_are_kept_goes_back_to_the_system():
    ran = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 50_000  # of 140,000 kB
