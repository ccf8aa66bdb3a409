"""Sends an error whose name is half a character, which no file can hold."""
# ruff: noqa: F821

# %%
import json
import time

kernel = get_ipython().kernel
header = kernel.session.msg_header("error")
content = {"ename": "\ud800", "evalue": "\udcff \0 \x1b[2J", "traceback": ["\ud800"]}
parts = [json.dumps(part, default=str).encode() for part in (header, kernel.get_parent()["header"], {}, content)]
kernel.iopub_thread.send_multipart([b"<IDS|MSG>", kernel.session.sign(parts), *parts])
time.sleep(0.3)
