"""Work on several processes: results in order, progress, and no worker that outlives the process that started it."""

import os
import select
import subprocess
import sys
import time

import pytest
from joblib import delayed

from analysis import workers


def test_results_come_in_the_order_of_the_tasks_and_the_largest_begins_first():
    begun: list[int] = []
    tasks = [delayed(lambda number: begun.append(number) or 10 * number)(number) for number in range(3)]
    assert workers.spread(tasks, jobs=1, what="numbers", sizes=[1, 5, 3]) == [0, 10, 20]
    assert begun == [1, 2, 0]


def test_progress_says_how_many_are_done_and_how_long_the_rest_takes(tmp_path, monkeypatch):
    place = tmp_path / "told"
    monkeypatch.setenv(workers.PROGRESS, str(place))
    progress = workers.Progress("universes", 555)
    progress.add(212)
    assert place.read_text().startswith("universes 212 of 555, ")
    assert progress.line(24.7) == "universes 212 of 555, 40 s left"
    progress.add(343)
    assert place.read_text() == ""


NAPS = {
    "spread": "workers.spread([delayed(time.sleep)(60)] * 2, jobs=2, what='naps')",
    "pool": "with workers.pool(1) as pool:\n    pool.submit(time.sleep, 1).result()\n    time.sleep(60)",
    "calibration": "run.in_parallel(2)([delayed(time.sleep)(60)] * 2)",
}


@pytest.mark.parametrize("naps", NAPS.values(), ids=NAPS)
def test_a_worker_ends_when_the_process_that_started_it_was_killed(naps):
    """Its only sign: it writes to a pipe that is closed when the last process that holds it is gone."""
    begin = (
        "import time\nfrom joblib import delayed\nfrom analysis import workers\nfrom analysis.calibration import run\n"
        "print('begun', end='', flush=True)\n"
    )
    read, write = os.pipe()
    child = subprocess.Popen([sys.executable, "-c", begin + naps], stdout=write, pass_fds=(write,))
    os.close(write)
    assert os.read(read, 5) == b"begun"
    time.sleep(4)  # for the workers to begin
    assert child.poll() is None
    child.kill()
    child.wait()
    closed, _, _ = select.select([read], [], [], 30)
    assert closed, "a worker still holds the pipe"
    assert os.read(read, 1) == b""
    os.close(read)
