"""Sends messages with long wrong signatures, without a pause and without an end, while its function never returns."""
# ruff: noqa: F821

# %% double
import itertools
import threading
import time

kernel = get_ipython().kernel


def flood():
    for number in itertools.count():  # each is new, and takes longer to refuse than to send
        signature = b"%d" % number + b"\xff" * 100_000
        kernel.iopub_thread.socket.send_multipart([b"<IDS|MSG>", signature, b"{}", b"{}", b"{}", b"{}"])


def double(x):
    threading.Thread(target=flood, daemon=True).start()
    while True:
        time.sleep(1)
