"""Starts threads as fast as it can."""

# %% double
import threading
import time


def double(x):
    for _ in range(2000):
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            time.sleep(0.01)
    return x
