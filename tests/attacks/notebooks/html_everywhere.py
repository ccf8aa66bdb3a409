"""Writes HTML, scripts and terminal commands into outputs, names, mistakes and error messages."""

# %%
from IPython.display import HTML, Javascript, display

display(HTML("<script>alert('owned')</script>"), Javascript("alert('owned')"))

# %% double
SCRIPT = (
    "</td></details><script>alert('owned')</script><img src=x onerror=alert('owned')>{{ 7 * 7 }}\x1b]0;owned\x07\x1b[2J"
)


def double(x):
    raise type(SCRIPT, (Exception,), {})(SCRIPT)


# %%
raise ValueError(SCRIPT)
