"""Marks its cells with the tags and comments that make other graders skip them or forgive them."""


# %% double tags=["skip-execution", "raises-exception", "nbval-skip", "remove-cell"]
# NBVAL_SKIP
# NBVAL_RAISES_EXCEPTION
# NBVAL_IGNORE_OUTPUT
def double(x):
    return x


# %% tags=["raises-exception", "nbval-raises-exception", "skip-execution"]
# NBVAL_RAISES_EXCEPTION
raise AssertionError("this is what the check would have said")

# %% tags=["skip-execution", "nbval-check-output"]
# NBVAL_SKIP
raise ZeroDivisionError
