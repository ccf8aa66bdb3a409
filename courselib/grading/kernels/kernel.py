"""A running kernel: executes code under a deadline and survives whatever the code does."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from courselib.errors import CourselibError
from courselib.grading.kernels.sandbox import Protection

INTERRUPT_GRACE = 3.0  # seconds that code gets to react to an interrupt before its kernel is killed
MAX_OUTPUT = 16 * 2**20  # characters of output of one execution; whoever writes more loses the kernel
MAX_ANSWER = 160 * 2**20  # bytes of one message; larger ones are refused by the socket
MAX_FORGED = 20  # messages that break the protocol in one execution; kernels send none, submissions may
_ASK_AGAIN = 0.05  # seconds between two questions to a kernel that starts
_POLL = 0.5  # seconds between two looks at whether the kernel lives
_CELL_FILE = re.compile(r"\(\d+\.py, (?=line \d+\))")  # how a SyntaxError names the cell
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


# What reading a message raises that is not what the protocol says.
_FORGED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass
class Execution:
    """What came of executing a piece of code.

    Args:
        status: `"ok"`, `"error"` (it raised), `"timeout"` (it was interrupted) or `"dead"` (the kernel ended).
        error: The exception as `"Name: message"`, or why the kernel ended.
        traceback: The traceback as text.
        data: The display data of the wanted MIME type, in the order they came.
        seconds: How long it took.
    """

    status: str = "ok"
    error: str = ""
    traceback: str = ""
    data: list[Any] = field(default_factory=list)
    seconds: float = 0.0


class _OneSpec(KernelSpecManager):  # type: ignore[misc]
    """A kernelspec manager that knows one spec and looks nowhere else."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self._spec


class Kernel:
    """A started kernel.

    Args:
        spec: What to start: a cold `ipykernel` or one that comes from a kernel provisioner.
        env: Environment variables beside those of this process.
        startup_timeout: Seconds until the kernel must answer.

    Raises:
        CourselibError: If the kernel does not start.
    """

    def __init__(self, spec: KernelSpec, env: Mapping[str, str], startup_timeout: float = 120.0) -> None:
        self._manager = KernelManager(kernel_name="courselib", kernel_spec_manager=_OneSpec(spec))
        try:
            self._manager.start_kernel(env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self._client = self._manager.client()
            self._client.context.setsockopt(zmq.MAXMSGSIZE, MAX_ANSWER)  # for the sockets to come
            self._client.context.setsockopt(zmq.RECONNECT_IVL, 10)  # ms; it is connected before the kernel listens
            self._client.start_channels(hb=False, stdin=False, control=False)
            self._wait_until_ready(startup_timeout)
        except (RuntimeError, OSError) as error:
            self.stop()
            raise CourselibError(f"The kernel did not start: {error}") from None

    def _wait_until_ready(self, timeout: float) -> None:
        """Ask until an answer comes on the channel for output, which is the last one to be connected.

        jupyter_client's own `wait_for_ready` waits a fifth of a second more, for messages that nobody sends.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            request, again = self._client.kernel_info(), time.monotonic() + _ASK_AGAIN
            while time.monotonic() < again:
                with contextlib.suppress(Empty):
                    message = self._client.get_iopub_msg(timeout=_ASK_AGAIN)
                    if message["parent_header"].get("msg_id") == request:
                        return
            if not self.is_alive():
                raise RuntimeError(f"its process ended ({self._exit_reason()})")
        raise RuntimeError(f"it did not answer within {timeout:g} s")

    def is_alive(self) -> bool:
        """Whether the kernel's process runs."""
        return bool(self._manager.is_alive())

    @property
    def protections(self) -> list[Protection]:
        """What keeps the kernel in; empty where nothing does."""
        return list(getattr(self._manager.provisioner, "protections", []))

    @property
    def fallback(self) -> str:
        """Why the kernel did not start quickly; empty where it did."""
        return str(getattr(self._manager.provisioner, "fallback", None) or "")

    def execute(self, code: str, timeout: float, mime: str | None = None) -> Execution:
        """Run code and wait until it is done, but not longer than allowed.

        Args:
            code: The code of one cell.
            timeout: Seconds after which it is interrupted, and killed if that does not help.
            mime: The MIME type of the display data to keep; everything else that is shown is dropped.

        Returns:
            What came of it. After `"dead"`, or a `"timeout"` that needed a kill, the kernel is not alive.
        """
        result, start = Execution(), time.monotonic()
        if not self.is_alive():
            return Execution("dead", "the kernel is not running")
        request = self._client.execute(code, store_history=False, allow_stdin=False, stop_on_error=False)
        deadline, interrupted, output, forged = start + timeout, False, 0, 0
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=max(0.0, min(_POLL, deadline - time.monotonic())))
            except Empty:
                message = None
            except _FORGED:
                message, forged = None, forged + 1
            if message is None and not self.is_alive():
                result.status, result.error = "dead", self._exit_reason()
                break
            if message is not None:
                try:
                    ours = message["parent_header"].get("msg_id") == request
                    output += self._take(message, result if ours else Execution(), mime)
                    if ours and message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                        break
                except _FORGED:
                    forged += 1
            if forged > MAX_FORGED:
                self._kill()
                result.status, result.error = "dead", "it sent forged messages and was stopped"
                break
            if output > MAX_OUTPUT:
                self._kill()
                result.status, result.error = "dead", f"it printed more than {MAX_OUTPUT // 2**20} MB and was stopped"
                break
            if time.monotonic() < deadline:
                continue
            if interrupted:
                self._kill()
                break
            interrupted, deadline = True, time.monotonic() + INTERRUPT_GRACE
            self._interrupt()
        if interrupted:
            result.status, result.error = "timeout", f"it did not finish within {timeout:g} s"
        self._drain_replies()
        result.seconds = time.monotonic() - start
        return result

    def _take(self, message: Mapping[str, Any], result: Execution, mime: str | None) -> int:
        """Keep what is wanted of a message and return how many characters of output it held."""
        content, kind = message["content"], message["msg_type"]
        if kind == "stream":
            return len(content.get("text", ""))
        if kind == "error":
            result.status = "error"
            result.error = _CELL_FILE.sub("(", f"{content.get('ename')}: {content.get('evalue')}"[:2000])
            result.traceback = _ANSI.sub("", "\n".join(content.get("traceback", [])))[-10_000:]
            return len(result.error)
        if kind in ("display_data", "execute_result", "update_display_data"):
            data = content.get("data", {})
            if mime is not None and mime in data:
                result.data = [*result.data, data[mime]][:2]  # two are as wrong as many
                return MAX_OUTPUT // 8
            return sum(len(item) for item in data.values() if isinstance(item, str))
        return 0

    def _drain_replies(self) -> None:
        with contextlib.suppress(Empty, *_FORGED):
            for _ in range(100):
                self._client.get_shell_msg(timeout=0)

    def _interrupt(self) -> None:
        with contextlib.suppress(RuntimeError, OSError):
            self._manager.interrupt_kernel()

    def _exit_reason(self) -> str:
        reason = getattr(self._manager.provisioner, "exit_reason", None)
        return f"it ended the kernel ({reason})" if reason else "it ended the kernel"

    def _kill(self) -> None:
        with contextlib.suppress(RuntimeError, OSError):
            self._manager.shutdown_kernel(now=True)

    def stop(self) -> None:
        """End the kernel at once and remove what it left."""
        client = getattr(self, "_client", None)
        if client is not None:
            client.stop_channels()
        self._kill()
