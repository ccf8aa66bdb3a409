"""Sends messages of 90 MB each, with answers that nobody asked for, until somebody's memory is full."""

# %% double
from IPython.display import publish_display_data

from courselib.grading.probe import ANSWERS_MIME


def double(x):
    text = "a" * 90_000_000
    for _ in range(30):
        publish_display_data({ANSWERS_MIME: {"nonce": text}, "text/plain": ""})
    return x
