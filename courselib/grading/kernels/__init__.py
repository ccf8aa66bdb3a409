"""Kernels for grading: how one starts, what keeps it in, and how code runs in it."""

from courselib.grading.kernels.kernel import Execution, Kernel
from courselib.grading.kernels.sandbox import Protection, gaps

__all__ = ["Execution", "Kernel", "Protection", "gaps"]
