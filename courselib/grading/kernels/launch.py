"""The one door to kernels: which kind a submission gets, and what it may see and use."""

from __future__ import annotations

import os

from courselib.errors import CourselibError
from courselib.grading.check import GRADING_VARIABLE
from courselib.grading.kernels._client import SHARED_SERVERS, ServerError, share_servers
from courselib.grading.kernels.kernel import Kernel
from courselib.grading.kernels.kernelspec import Flavour, warm_kernelspec
from courselib.grading.kernels.sandbox import Policy, gaps

GPU_VARIABLE = "CUDA_VISIBLE_DEVICES"

__all__ = ["GPU_VARIABLE", "SHARED_SERVERS", "Flavour", "share_kernels", "share_own_kernels", "start_kernel"]


def start_kernel(flavour: Flavour, gpu: bool = False, require_sandbox: bool = False) -> Kernel:
    """Start a fresh kernel for a submission: warm and confined, as far as the host allows.

    Args:
        flavour: What it has imported when it starts.
        gpu: Whether it may use a GPU.
        require_sandbox: Refuse where a protection is missing.

    Raises:
        CourselibError: If it does not start, or if a sandbox is required and the host cannot give one.
    """
    kernel = Kernel(warm_kernelspec(flavour, Policy(gpu=gpu)), _environment(gpu))
    open_ways = gaps(kernel.protections)
    if require_sandbox and open_ways:
        kernel.stop()
        raise CourselibError(f"--require-sandbox: this host cannot keep a submission in: {'; '.join(open_ways)}.")
    return kernel


def share_kernels(flavour: Flavour, gpu: bool = False) -> str:
    """Start the server that kernels of this flavour fork from, unless this process has it already.

    Returns:
        The value of the variable `SHARED_SERVERS` for processes that are to use it; empty where nothing can be forked.
    """
    try:
        return share_servers(flavour, env={**os.environ, **_environment(gpu)})[SHARED_SERVERS]
    except ServerError:
        return ""  # the kernels will start cold, and say so


def share_own_kernels() -> str:
    """Start the server that a learner's own kernels fork from: everything imported, nothing forbidden.

    Returns:
        As `share_kernels`.
    """
    try:
        return share_servers("keras", sandboxed=False)[SHARED_SERVERS]
    except ServerError:
        return ""


def _environment(gpu: bool) -> dict[str, str]:
    """The environment of a kernel that grades, beside the usual."""
    # Figures are drawn by nobody: a learner's plots cost time, and nobody looks at them here.
    common = {GRADING_VARIABLE: "1", "MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "2"}
    if not gpu:
        return {**common, GPU_VARIABLE: "-1"}
    return {**common, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
