"""Waits for input from the keyboard, from standard input and from a pipe that it made."""

# %% double
import contextlib
import os
import sys


def double(x):
    for ask in (input, sys.__stdin__.readline):
        with contextlib.suppress(Exception):
            ask()
    os.mkfifo(f"pipe-{os.urandom(4).hex()}")
    return open(sorted(name for name in os.listdir() if name.startswith("pipe-"))[-1]).read() or x
