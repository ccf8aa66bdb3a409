"""Sends messages with the kernel's own key: results, errors, "idle" too early, and answers to later requests."""
# ruff: noqa: F821

# %%
import threading
import time

from courselib.grading.probe import ANSWERS_MIME

kernel = get_ipython().kernel
session, socket = kernel.session, kernel.iopub_socket


def claims(nonce):
    answers = [{"value": {"kind": "float", "value": "1.0"}}] * 3
    return {"data": {ANSWERS_MIME: {"nonce": nonce, "defined": True, "answers": answers}}, "metadata": {}}


def forge(parent):
    for nonce in ("0" * 32, "1" * 32):
        session.send(socket, "display_data", claims(nonce), parent=parent)
    session.send(socket, "execute_reply", {"status": "ok", "execution_count": 1}, parent=parent)
    session.send(socket, "status", {"execution_state": "idle"}, parent=parent)


forge(kernel.get_parent())
first = kernel.get_parent()


def go_on():
    end = time.monotonic() + 2
    while time.monotonic() < end:
        forge(kernel.get_parent())
        forge(first)
        time.sleep(0.02)


threading.Thread(target=go_on, daemon=True).start()


# %% double
def double(x):
    forge(kernel.get_parent())
    return x
