"""How many of a thousand random corruptions of each kind `guyub verify` finds on the study that ships.

    python benchmarks/verify.py                  # 1,000 of each (about ten minutes)
    python benchmarks/verify.py --number 100 --seed 7

Works on a copy; the study must have run. The generators are those of tests/verify/mutate.py. What was missed is listed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "verify"))

import mutate  # noqa: E402

from analysis import study  # noqa: E402
from analysis.verify.subject import Subject  # noqa: E402

LEFT = (".git", ".venv", ".guyub", "tests", "benchmarks", "runs", "__pycache__")
LISTED = 20  # corruptions that were missed, of a kind


def kinds(paths: study.Paths, number: int, seed: int) -> dict[str, Callable[[], Iterator[mutate.Case]]]:
    """What is corrupted, each with its generator."""
    subject = Subject(paths)
    return {
        "pages of the site": lambda: mutate.page_cases(subject, number, seed),
        "other files of the site": lambda: mutate.asset_cases(subject, number, seed),
        "numbers typed into prose": lambda: mutate.prose_cases(number, seed),
        "values of metrics": lambda: mutate.metric_cases(subject, number, seed),
        "quotations": lambda: mutate.quotation_cases(subject, number, seed),
        "files": lambda: mutate.file_cases(paths, number, seed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=1000, help="of each kind (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the random draws (%(default)s)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guyub-corrupted-") as temporary:
        copy = Path(temporary) / "study"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT))
        for name, made in kinds(study.Paths(copy), args.number, args.seed).items():
            begun = time.process_time()
            cases = list(made())
            missed = [case for case in cases if not case.found]
            share = (len(cases) - len(missed)) / len(cases)
            print(f"{name}: {len(cases):,} made, {share:.1%} found, {time.process_time() - begun:.0f} s")
            for case in missed[:LISTED]:
                print(f"    missed: {case.kind}: {case.place[:120]}")


if __name__ == "__main__":
    main()
