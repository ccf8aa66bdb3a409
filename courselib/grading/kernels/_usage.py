"""What the processes below a given one use: memory that is theirs alone, and disk."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_EXACT_PERIOD = 1.0
MOST_FILES = 200_000  # more than that in a scratch directory counts as too much


def descendants(root: int) -> Iterator[int]:
    """The processes below `root`, as long as they can be seen."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                for child in map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split()):
                    waiting.append(child)
                    yield child


def inherited_kb() -> int:
    """The memory that a child of this process starts with, shared with this process."""
    return _fields("/proc/self/status", "RssAnon:")["RssAnon:"]


class Meter:
    """Measures a kernel and its processes again and again.

    Counting exactly the memory that is not shared with the fork server walks the page tables, which is slow just when
    there is much to count. So two cheap bounds come first, clearly too much and clearly little enough, and between
    them the exact count is taken at most once a second.

    Args:
        first: The kernel's first process.
        limit_mb: How much memory is too much.
        inherited: `inherited_kb` of the process that forked the kernel.
    """

    def __init__(self, first: int, limit_mb: int, inherited: int) -> None:
        self.first = first
        self.limit_mb = limit_mb
        self.inherited = inherited
        self.exact_mb = 0
        self.exact_at = 0.0

    def threads_and_memory_mb(self) -> tuple[int, int]:
        """How many threads there are, and how much memory is theirs alone; 0 while that is clearly little enough."""
        pids = [self.first, *descendants(self.first)]
        names = ("Threads:", "RssAnon:", "VmRSS:", "VmPTE:")
        found = [_fields(f"/proc/{pid}/status", *names) for pid in pids]
        threads = sum(item["Threads:"] for item in found)
        at_least = sum(max(0, item["RssAnon:"] - self.inherited) for item in found) >> 10
        at_most = sum(item["VmRSS:"] + item["VmPTE:"] for item in found) >> 10
        if at_least > self.limit_mb:
            return threads, at_least
        if at_most <= self.limit_mb:
            return threads, 0
        if time.monotonic() - self.exact_at > _EXACT_PERIOD:
            own = sum(item["VmPTE:"] for item in found)
            for pid in pids:
                own += sum(_fields(f"/proc/{pid}/smaps_rollup", "Private_Dirty:", "Pss_Shmem:", "SwapPss:").values())
            self.exact_mb, self.exact_at = own >> 10, time.monotonic()
        return threads, max(at_least, self.exact_mb)


def _fields(path: str, *names: str) -> dict[str, int]:
    """Some lines of a /proc file, memory in kB; 0 for what is not there, as when the process has ended."""
    found = dict.fromkeys(names, 0)
    with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(names):
                name, value, *_unit = line.split()
                found[name] = int(value)
    return found


def disk_mb(scratch: str, first: int) -> int:
    """What the scratch directory holds, in MB; files that are deleted but still open count as well."""
    blocks, files, folders = 0, 0, [scratch]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    blocks += status.st_blocks
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    if files > MOST_FILES:
                        return sys.maxsize
        except (FileNotFoundError, NotADirectoryError):  # gone meanwhile
            continue
        except OSError:  # nested too deep to be named, or closed to us: nobody needs that
            return sys.maxsize
    for pid in descendants(first):
        with contextlib.suppress(OSError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    status = entry.stat()
                    blocks += status.st_blocks if status.st_nlink == 0 else 0
    return blocks >> 11
