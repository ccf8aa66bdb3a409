"""Writes to, reads from and closes every open file that it inherited."""

# %% double
import fcntl
import json
import os


def double(x):
    forged = json.dumps({"event": "exit", "code": 0, "reason": "LOOT", "cpu_seconds": 0}).encode() + b"\n"
    for number in range(3, 1024):
        try:
            fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK)
            os.write(number, forged)
        except OSError:
            pass
    os.write(1, forged)
    os.write(2, forged * 1000)
    os.closerange(0, 1024)
    return x
