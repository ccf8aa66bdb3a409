"""Prints 500 MB at once."""

# %%
print("x" * 500_000_000)
