"""Starts processes that leave the session, wait until the run is over, and rewrite reports and gradebook."""
# ruff: noqa: F821

# %%
import os
import subprocess
import sys

LATER = f"""
import os, time
for _ in range(400):
    time.sleep(0.25)
    for name in ("gradebook.csv", "report/index.html", "reports/toy/ada-before.json"):
        try:
            with open(os.path.join({PLACES["grades"]!r}, name), "w") as file:
                file.write("owned")
        except OSError:
            pass
"""
subprocess.Popen([sys.executable, "-c", LATER], start_new_session=True, close_fds=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 64)
        os.execv(sys.executable, [sys.executable, "-c", LATER])
    os._exit(0)
