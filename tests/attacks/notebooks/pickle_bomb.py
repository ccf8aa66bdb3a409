"""Returns objects that run code when they are unpickled, copied or turned into data."""
# ruff: noqa: F821

# %% double
from pathlib import Path


class Bomb:
    def __reduce__(self):
        return (Path.write_text, (Path(PLACES["grades"]) / "owned", "owned"))

    def __deepcopy__(self, memo):
        raise RuntimeError("copied")

    def __getstate__(self):
        return self.__reduce__()


def double(x):
    return [Bomb(), {"x": Bomb()}]
