"""Ends its kernel in every cell and every function, also while it is brought back."""

# %%
import os

os._exit(0)


# %% double
def double(x):
    os.kill(os.getpid(), 9)


# %% quadruple
def quadruple(x):
    os.abort()


# %%
os._exit(0)
