"""The one door to kernels: which kind a submission gets, and what it may see."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec

from courselib.grading.check import GRADING_VARIABLE
from courselib.grading.kernels.kernel import Kernel
from courselib.grading.key import Key


def launcher(key: Key) -> Callable[[], Kernel]:
    """A function that starts a fresh kernel for a submission of the key's assignment."""

    def start() -> Kernel:
        scratch = Path(tempfile.mkdtemp(prefix="courselib-"))
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        argv += ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
        spec = KernelSpec(argv=argv, display_name="courselib", language="python")
        # Figures are drawn by nobody: a learner's plots cost time, and nobody looks at them here.
        return Kernel(spec, scratch, {GRADING_VARIABLE: "1", "MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "2"})

    return start
