"""Sets LD_PRELOAD, PYTHONPATH and other variables and files that make programs load code, then ends its kernel."""

# %%
import os
from pathlib import Path

folder = Path.home()
(folder / "json.py").write_text("raise SystemExit('poisoned')")
os.environ.update(LD_PRELOAD=str(folder / "evil.so"), LD_LIBRARY_PATH=str(folder), PYTHONPATH=str(folder))
os.environ.update(PYTHONHOME=str(folder), PYTHONINSPECT="1", IPYTHONDIR=str(folder), COURSELIB_GRADING="")
os._exit(0)


# %% double
def double(x):
    try:
        open("/etc/ld.so.preload", "a").close()
    except OSError:
        os._exit(0)
    raise RuntimeError("LOOT /etc/ld.so.preload")
