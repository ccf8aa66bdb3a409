"""Sends messages that are signed with the kernel's key and break the protocol in many ways."""
# ruff: noqa: F821

# %%
import itertools
import json

kernel = get_ipython().kernel
counter = itertools.count()


def send(header, parent, content):
    parts = [json.dumps(part, default=str).encode() for part in (header, parent, {"n": next(counter)}, content)]
    kernel.iopub_thread.send_multipart([b"<IDS|MSG>", kernel.session.sign(parts), *parts])


def forge():
    parent = kernel.get_parent()["header"]
    for kind in ("stream", "error", "display_data", "status"):
        header = kernel.session.msg_header(kind)
        send(header, parent, [])
        send(header, parent, "text")
        send(header, parent, {"text": 5, "traceback": [1, {}], "ename": [], "data": [], "execution_state": {}})
        send(header, [], {})
        send(header, None, {"data": {"a": {}}})
        send({"msg_type": kind}, parent, {})
    send([], [], [])
    send(None, {}, {})


forge()


# %% double
def double(x):
    forge()
    return x
