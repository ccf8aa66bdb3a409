"""Takes memory in many processes and in memory that they share, each of them below the limit of one."""

# %% double
import mmap
import os
import time


def double(x):
    shared = mmap.mmap(-1, 2**30)
    for i in range(0, 2**30, 4096):
        shared[i] = 1
    for _ in range(6):
        if os.fork() == 0:
            own = bytearray(800 * 2**20)
            own[::4096] = b"x" * len(own[::4096])
            time.sleep(60)
            os._exit(0)
    time.sleep(3)
    raise RuntimeError("LOOT six gigabytes")
