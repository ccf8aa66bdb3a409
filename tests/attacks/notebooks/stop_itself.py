"""Stops its own process, so that it neither answers nor ends."""

# %% double
import os
import signal


def double(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return x
