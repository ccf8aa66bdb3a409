"""Runs a command and sees to it that nothing of it goes on: `python watch.py RESULT SECONDS COMMAND...`.

It adopts whatever the command leaves behind, ends the command when it takes too long, and writes what it saw as JSON:
the exit status, the processes that outlived the command, and the most memory that a grading worker took.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from courselib.grading.kernels._linux import adopt_orphans
from courselib.grading.kernels._usage import descendants

GRACE = 10.0  # seconds that processes get to notice that the command has ended
TOO_MUCH_MB = 6_000  # of one worker; then the machine is protected by ending everything


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def worker_mb() -> int:
    """The most memory that a grading worker ever took, of those that run now."""
    most = 0
    for pid in descendants(os.getpid()):
        if "courselib.grading.worker" in command_line(pid):
            with contextlib.suppress(OSError, StopIteration):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                most = max(most, next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM:")))
    return most


def alive() -> list[int]:
    """What still runs below this process, after collecting what has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return list(descendants(os.getpid()))


def main() -> None:
    result, seconds, *command = sys.argv[1:]
    adopt_orphans()
    start, most, status = time.monotonic(), 0, None
    process = subprocess.Popen(command, start_new_session=True)
    while status is None and time.monotonic() - start < float(seconds) and most < TOO_MUCH_MB:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(0.2)
        most = max(most, worker_mb())
    took = time.monotonic() - start
    if status is None:
        process.kill()
        process.wait()
    ended = time.monotonic()
    while alive() and time.monotonic() - ended < GRACE:
        time.sleep(0.1)
    survivors = {pid: command_line(pid) for pid in alive()}
    for pid in survivors:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    seen = {"status": status, "seconds": took, "survivors": list(survivors.values()), "worker_mb": most}
    Path(result).write_text(json.dumps(seen))


if __name__ == "__main__":
    main()
