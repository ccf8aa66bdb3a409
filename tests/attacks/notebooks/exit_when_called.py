"""Ends the kernel with status 0 whenever its function is called."""

# %% double
import os


def double(x):
    os._exit(0)
