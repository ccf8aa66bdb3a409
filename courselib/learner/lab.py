"""JupyterLab on a workspace, with kernels that start at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from courselib.grading.kernels.kernelspec import install
from courselib.grading.kernels.launch import SHARED_SERVERS, share_own_kernels
from courselib.learner.overview import overview
from courselib.learner.workspace import Workspace


def next_notebook(workspace: Workspace) -> Path | None:
    """The first notebook with something left to do, the last one when all is done, None without any."""
    standings = overview(workspace)
    unfinished = [one.path for one in standings if one.left]
    return unfinished[0] if unfinished else standings[-1].path if standings else None


def open_lab(workspace: Workspace, notebook: Path | None, browser: bool = True, port: int | None = None) -> int:
    """Run JupyterLab on a workspace until the learner ends it.

    In this JupyterLab, the kernel "Python 3" is forked from a process that has imported TensorFlow already, where the
    system can do that.

    Args:
        workspace: Its folder is what JupyterLab shows.
        notebook: Opened first.
        browser: Open a browser. Otherwise the address is printed.
        port: The port; JupyterLab chooses one by default.

    Returns:
        JupyterLab's exit status.
    """
    environment = dict(os.environ)
    if sys.platform == "linux":
        jupyter = workspace.own_folder / "jupyter"
        install(prefix=str(jupyter), name="python3")
        paths = [str(jupyter / "share" / "jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        environment |= {"JUPYTER_PATH": os.pathsep.join(paths), SHARED_SERVERS: share_own_kernels()}
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={workspace.folder}"]
    command += [] if browser else ["--no-browser"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container, say
    command += [] if port is None else [f"--port={port}", "--ServerApp.port_retries=0"]
    command += [] if notebook is None else [str(notebook)]
    lab = subprocess.Popen(command, cwd=workspace.folder, env=environment)
    while True:
        try:
            return lab.wait()
        except KeyboardInterrupt:  # JupyterLab got it as well, and asks whether it was meant
            continue
