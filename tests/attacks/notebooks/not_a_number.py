"""Returns NaN and infinity of every kind, in the right shapes."""

# %% double
import numpy as np

number = 0


def double(x):
    global number
    number += 1
    value = [np.nan, np.inf, -np.inf, complex(np.nan, np.inf)][number % 4]
    return np.full(np.shape(x), value)[()] if np.shape(x) else value
