"""Breaks the interpreter: bad memory, endless recursion, a closed standard output."""

# %% double
import ctypes
import sys


def double(x):
    sys.setrecursionlimit(10**9)
    try:
        return double(x)
    finally:
        ctypes.string_at(0)
