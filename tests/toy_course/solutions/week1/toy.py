# %% [markdown] id="intro"
# # A toy
#
# Two functions, one of which calls the other: what the tests of authoring and grading need, and no more.

# %% id="setup" tags=["setup"]
import numpy as np

from courselib.grading import Check

check = Check("toy")
check.progress()

# %% [markdown] id="about-double"
# ## Twice


# %% id="double"
def double(x):
    """Twice x.

    Args:
        x: a number or an array.

    Returns:
        of the same shape. x is not modified.
    """
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% id="check-double"
check(double)

# %% id="experiment"
print("twice", np.arange(3), "is", double(np.arange(3)))


# %% id="quadruple"
def quadruple(x):
    """Four times x."""
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION


# %% id="check-quadruple"
check(quadruple)
