"""Leaves threads that replace its functions and the probe's while and after they are called."""
# ruff: noqa: F821

# %%
import threading
import time

import courselib.grading.probe as probe


def meddle():
    while True:
        get_ipython().user_ns["double"] = lambda x: x + x / 2
        probe.probe = lambda function, cases: [None] * 3
        time.sleep(0.001)
        probe.encode = lambda value: {"kind": "none"}


threading.Thread(target=meddle, daemon=True).start()
