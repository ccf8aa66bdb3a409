"""Returns an array whose memory does not exist."""

# %% double
import numpy as np


def double(x):
    return np.lib.stride_tricks.as_strided(np.ones(8), (8, 8), (2**40, 2**41))
