"""Prints 500 MB in pieces."""

# %%
piece = "x" * 2**20
for _ in range(500):
    print(piece)
