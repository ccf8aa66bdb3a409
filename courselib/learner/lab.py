"""JupyterLab on a workspace, with kernels that start at once."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from courselib.errors import CourselibError
from courselib.files import write_text
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
        browser: Open a browser. The address is printed in any case.
        port: The port; by default the first free one from 8888 on.

    Returns:
        JupyterLab's exit status.
    """
    token, port = secrets.token_hex(24), port or _free_port()
    jupyter = workspace.own_folder / "jupyter"
    environment = {**os.environ, "JUPYTER_TOKEN": token}  # not in the command, which others can see
    environment["JUPYTER_CONFIG_PATH"] = _joined(_settings(jupyter), "JUPYTER_CONFIG_PATH")
    if sys.platform == "linux":
        install(prefix=str(jupyter), name="python3")
        paths = _joined(jupyter / "share" / "jupyter", "JUPYTER_PATH")
        environment |= {"JUPYTER_PATH": paths, SHARED_SERVERS: share_own_kernels()}
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={workspace.folder}"]
    command += [] if browser else ["--no-browser"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container, say
    command += [f"--port={port}", "--ServerApp.port_retries=0", "--log-level=WARN"]
    command += [] if notebook is None else [str(notebook)]
    place = "" if notebook is None else f"/tree/{quote(notebook.relative_to(workspace.folder).as_posix())}"
    print(f"JupyterLab: http://localhost:{port}/lab{place}?token={token}", flush=True)
    lab = subprocess.Popen(command, cwd=workspace.folder, env=environment)
    while True:
        try:
            return lab.wait()
        except KeyboardInterrupt:  # JupyterLab got it as well, and asks whether it was meant
            continue


def _settings(jupyter: Path) -> Path:
    """Write settings under which JupyterLab opens without asking whether it may fetch news; the learner's win."""
    folder = jupyter / "etc" / "jupyter"
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    write_text(folder / "labconfig" / "default_setting_overrides.json", json.dumps(quiet))
    return folder


def _joined(folder: Path, variable: str) -> str:
    """A search path from the environment, with a folder in front."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get(variable)])])


def _free_port(first: int = 8888) -> int:
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CourselibError(f"No free port from {first} to {first + 99}. Give one with --port.")
