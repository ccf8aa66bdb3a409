"""Removes the handlers of its kernel: nothing that the grader sends is ever answered."""
# ruff: noqa: F821

# %%
kernel = get_ipython().kernel
kernel.shell_handlers.clear()
kernel.control_handlers.clear()
