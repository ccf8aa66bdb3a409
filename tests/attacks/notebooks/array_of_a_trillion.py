"""Returns arrays of 10^12 elements that take eight bytes."""

# %% double
import numpy as np


def double(x):
    one = np.lib.stride_tricks.as_strided(np.ones(1), (10**6, 10**6), (0, 0))
    return one if np.shape(x) else [one.T, np.broadcast_to(1.0, (10**4, 10**8))]
