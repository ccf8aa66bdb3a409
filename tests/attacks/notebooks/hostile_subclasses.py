"""Returns subclasses of float, str and ndarray, which lie about their contents."""

# %% double
import numpy as np


class Float(float):
    def __repr__(self):
        return "inf"

    def __eq__(self, other):
        return True


class Text(str):
    def __len__(self):
        return 0

    def __eq__(self, other):
        return True


class Array(np.ndarray):
    shape = property(lambda self: (10**9,))

    def astype(self, *args, **options):
        return self

    def tobytes(self, *args):
        return b"\0" * 2**30

    def __eq__(self, other):
        return np.ones(1, bool)


number = 0


def double(x):
    global number
    number += 1
    return [Float(1.0), Text("x"), np.ones((8, 8)).view(Array), np.ma.masked_all((8, 8))][number % 4]
