"""Changes its input in place and makes the probe say that it did not."""

# %%
import courselib.grading.probe as probe

honest = probe.Answer
probe.Answer = lambda value, raised, modified, *rest: honest(value, raised, (), *rest)


# %% double
def double(x):
    x *= 2
    return x
