"""Records of some communities by the code on the path, as `calibrate.py again` asks of former code.

python calibration/records.py ROOT PART CODE JOBS reads [[condition, seed], ...] as JSON and writes [record, ...]. ROOT:
a study of that code; CODE: the fingerprint of PART that it must have, as it computes fingerprints itself.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from joblib import Parallel, delayed

from analysis.calibration import run
from analysis.calibration.described import studied
from analysis.calibration.trial import chain, trial


def main() -> None:
    """Try the communities and write their records."""
    root, part, code, jobs = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    plan = run.load(root)
    if plan.code[part] != code:
        raise SystemExit(f"the code in {root} is {plan.code[part]}")
    study = {
        "chain": lambda: partial(chain, settings=plan.settings),
        "trials": lambda: partial(trial, measured=run.measured(plan), settings=plan.settings),
        "described": lambda: partial(
            studied, measured=run.measured(plan), settings=plan.settings, network=plan.network
        ),
    }[part]()
    conditions = {each.name: each for each in plan.conditions}
    wanted = [(conditions[name], seed) for name, seed in json.load(sys.stdin)]
    found = Parallel(n_jobs=jobs)(delayed(study)(*each) for each in wanted)
    json.dump([each[0] if part == "chain" else each for each in found], sys.stdout)


if __name__ == "__main__":
    main()
