"""Run a command and measure it: `child.py RESULT COMMAND…` writes JSON to the file RESULT.

In a small process of its own, because the peak memory that Linux reports for a child is never less
than that of the process that started it.
"""

import json
import os
import subprocess
import sys
import time

_KILOBYTE = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    """Run the command, wait for it, and write its cost."""
    started = time.perf_counter()
    with subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    cost = {
        "code": process.returncode,
        "seconds": seconds,
        "memory": usage.ru_maxrss * _KILOBYTE,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as result:
        json.dump(cost, result)


main()
