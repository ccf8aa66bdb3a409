"""Kernels for grading: how one starts, and how code runs in it."""

from courselib.grading.kernels.kernel import Execution, Kernel
from courselib.grading.kernels.launch import launcher

__all__ = ["Execution", "Kernel", "launcher"]
