"""Runs a command and prints what it took as a line of JSON below what the command prints: launch.py COMMAND...

A small process between table.py and the command. A child counts the memory of its parent as its own until it becomes
another program, and the peak remembers that; this parent has a few megabytes.
"""

import json
import resource
import subprocess
import sys
import time

start = time.monotonic()
done = subprocess.run(sys.argv[1:], check=False)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
took = {"wall_s": time.monotonic() - start, "process_cpu_s": used.ru_utime + used.ru_stime}
print(json.dumps(took | {"peak_mb": used.ru_maxrss * unit / 1e6}))
sys.exit(min(abs(done.returncode), 255))
