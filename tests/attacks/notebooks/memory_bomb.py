"""Takes memory and writes to all of it."""

# %% double
import numpy as np

hoard = []


def double(x):
    for _ in range(60):
        hoard.append(np.ones(100 * 2**20, np.uint8))
    raise RuntimeError("LOOT six gigabytes")
