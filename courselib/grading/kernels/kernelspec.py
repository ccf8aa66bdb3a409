"""Kernelspecs of the warm kernels: made in memory for the grader, installed on disk for JupyterLab."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Literal

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

from courselib.grading.kernels.sandbox import Policy

Flavour = Literal["numpy", "keras"]

KERNEL_NAME = "courselib"
PROVISIONER = "courselib-warm"
_SUPPORT = {"numpy": "NumPy", "keras": "Keras"}


def warm_kernelspec(flavour: Flavour = "keras", policy: Policy | None = None) -> KernelSpec:
    """The kernelspec of a kernel that is forked from a server.

    Args:
        flavour: What has been imported when the kernel starts: `"numpy"` (never TensorFlow) or `"keras"`.
        policy: What the kernel may do. `None`: all that the user may; home, environment and directory as usual.

    Raises:
        ValueError: If there is no such flavour.

    Example:
    ```python
    spec = warm_kernelspec("numpy", Policy(scratch="/tmp/submission", memory_mb=1000))
    ```
    """
    if flavour not in _SUPPORT:
        raise ValueError(f"A flavour is one of {', '.join(_SUPPORT)}. Received: flavour={flavour!r}")
    config = {"flavour": flavour, "policy": None if policy is None else policy.to_dict()}
    return KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name=f"courselib ({_SUPPORT[flavour]}, quick start)",
        language="python",
        metadata={
            "debugger": policy is None,
            "kernel_provisioner": {"provisioner_name": PROVISIONER, "config": config},
        },
    )


def install(
    *, user: bool = False, prefix: str | None = None, flavour: Flavour = "keras", name: str = KERNEL_NAME
) -> Path:
    """Install a kernelspec without a sandbox, so that a learner's JupyterLab starts and restarts kernels quickly.

    Args:
        user: Install for the current user.
        prefix: Install into this environment, for example `sys.prefix`. Neither: for all users of the system.
        flavour: As for `warm_kernelspec`.
        name: The kernel's name on disk.

    Returns:
        The directory of the installed kernelspec.
    """
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(warm_kernelspec(flavour).to_dict(), indent=1)
        Path(folder, "kernel.json").write_text(text + "\n", encoding="utf-8")
        installed = KernelSpecManager().install_kernel_spec(folder, kernel_name=name, user=user, prefix=prefix)
    return Path(installed)
