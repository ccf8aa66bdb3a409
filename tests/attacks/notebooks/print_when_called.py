"""Prints and shows without end while its function is called, and raises errors with texts of a hundred megabytes."""

# %% double
import sys


def double(x):
    for _ in range(2000):
        print("x" * 10_000)
        print("x" * 10_000, file=sys.stderr)
        sys.__stderr__.write("x" * 10_000)
    raise type("E" * 1_000_000, (ValueError,), {"__str__": lambda self: "x" * 100_000_000})
