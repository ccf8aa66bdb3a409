"""A Jupyter kernel provisioner whose kernels come from a fork server, so that they start in a fraction of a second.

A kernelspec that names it (see `kernelspec.py`) works with everything that starts kernels through jupyter_client:
nbclient, nbval, Jupyter Server. The kernel's sockets are unix sockets in a folder of its own, so a kernel needs no
network. Where there is no fork server, an ordinary kernel starts instead, and `fallback` says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Unicode

from courselib.grading.kernels import _client
from courselib.grading.kernels._client import ServerError
from courselib.grading.kernels.sandbox import PROTECTIONS, Policy, Protection

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
_EXIT_POLL = 0.02  # seconds between two looks whether the kernel has ended
_KILL_POLL, _KILL_POLLS = 0.002, 250  # seconds between two looks at a killed kernel, and how many
_GONE = -int(getattr(signal, "SIGKILL", 9))  # the code of a kernel whose supervisor vanished

# The environment that a sandboxed kernel gets, besides what the kernelspec sets and what its starter sets on purpose.
_PASSED = (
    *_client.LIBRARY_VARIABLES, "PATH", "LANG", "LC_", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_",
    "COLUMNS", "SYSTEMROOT", "COURSELIB_GRADING", "JPY_SESSION_NAME",
)  # fmt: skip
_NEVER_PASSED = ("JPY_PARENT_PID", _client.SHARED_SERVERS)


class WarmProvisioner(LocalProvisioner):  # type: ignore[misc]  # jupyter_client counts as untyped
    """Starts a kernel by asking a fork server for one.

    Attributes:
        exit_reason: Why the kernel ended (`"memory limit exceeded: ..."`, `"killed by SIGSEGV"`, `"exited with status
            3"`); `None` while it runs.
        protections: What keeps the running kernel in its place; each says whether it is active. Empty without policy.
        peak_mb: The most memory that the kernel was seen to take, 0 as long as that was far below the limit.
        fallback: Why the kernel did not start as quickly as it could; `None` for one that was forked with everything
            imported.
        scratch: The kernel's scratch directory; `None` without policy.
    """

    flavour: Any = Unicode("keras", help="What the fork server has imported: 'numpy' or 'keras'.").tag(config=True)
    policy: Any = Dict(
        default_value=None, allow_none=True, help="What a kernel may do (see Policy); None for no sandbox."
    ).tag(config=True)

    exit_reason: str | None = None
    fallback: str | None = None
    scratch: str | None = None
    peak_mb: int = 0

    _folder: str | None = None
    _folder_connection: socket.socket | None = None  # while it is open, the fork server keeps the folder
    _own_folder = False  # we made the folder, for a cold kernel
    _server: _client.Server | None = None
    _connection: socket.socket | None = None  # to the kernel's supervisor
    _code: int | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._buffer = bytearray()
        self._protections: list[Protection] = []
        policy: dict[str, Any] | None = self.policy
        self._policy = None if policy is None else Policy.from_dict(policy)

    # -------------------------------------------------------------------------------------------- launching

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Find a fork server and a folder for the kernel, before the connection file is written."""
        manager: KernelManager = self.parent
        if self._folder is None and self.fallback is None:  # not on a restart
            env = {**kwargs.get("env", os.environ), **self.kernel_spec.env}
            folder = await asyncio.get_running_loop().run_in_executor(None, self._find_folder, env)
            if folder is not None:
                manager.transport, manager.ip, manager.cache_ports = "ipc", f"{folder}/sockets/z", False
                if self._policy is not None:
                    manager.connection_file = f"{folder}/connection.json"
            self._folder = folder
        prepared: dict[str, Any] = await super().pre_launch(**kwargs)
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; `kwargs` are those of `subprocess.Popen`, of which `cwd`, `env` and the streams matter."""
        self.exit_reason, self._code, self._protections = None, None, []
        kwargs["env"] = self._kernel_env(kwargs.get("env") or dict(os.environ))
        kwargs["cwd"] = os.path.realpath(kwargs.get("cwd") or self.scratch or os.getcwd())
        if self._server is None:
            if self._policy is not None:
                cmd = self._cold_command(self._policy)
            return await super().launch_kernel(cmd, **kwargs)
        await asyncio.get_running_loop().run_in_executor(None, self._launch, self._server, cmd, kwargs)
        return self.connection_info

    def _find_folder(self, env: Mapping[str, str]) -> str | None:
        """Get a folder from a fork server; without one, make a folder for a cold kernel that is to be confined."""
        policy, folder = self._policy, None
        remove = [policy.scratch] if policy is not None and policy.scratch and policy.remove_scratch else []
        for flavour in dict.fromkeys((self.flavour, "plain")):  # an import may crash; a kernel can still be forked
            try:
                self._server = _client.find_or_start(flavour, env, sandboxed=policy is not None)
                self._folder_connection, answer = self._server.open_folder(remove)
                folder = answer["folder"]
                for module, reason in answer["missing"].items():
                    self.fallback = f"{module} could not be imported before the kernel started: {reason}"
                break
            except ServerError as error:
                self._server = None
                self.log.warning("No quick start for a %s kernel: %s", self.flavour, error)
                self.fallback = self.fallback or str(error)
        if folder is None and policy is not None and sys.platform != "win32":
            folder, self._own_folder = _client.make_cold_folder(), True
        if policy is not None and folder is not None:
            self.scratch = policy.scratch or f"{folder}/scratch"
            self._policy = replace(policy, scratch=self.scratch)
        return folder

    def _launch(self, server: _client.Server, cmd: list[str], kwargs: Mapping[str, Any]) -> None:
        """Ask the server for the kernel; blocks for a moment."""
        arguments = cmd[cmd.index("-f") :] if "-f" in cmd else cmd[1:]
        if self._policy is not None:
            arguments = [*arguments, "--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
        streams: dict[int, int] = _streams(kwargs) if self._policy is None else {}
        request = {
            "folder": self._folder,
            "argv": arguments,
            "env": kwargs["env"],
            "cwd": kwargs["cwd"],
            "policy": None if self._policy is None else self._policy.to_dict(),
            "streams": list(streams),
        }
        self._connection, event = server.launch(request, list(streams.values()))
        self._connection.setblocking(False)
        self._buffer.clear()
        self._protections = _client.to_protections(event["protections"])
        self.pid, self.cwd = event["pid"], kwargs["cwd"]

    def _cold_command(self, policy: Policy) -> list[str]:
        """The command of a cold kernel that confines itself, where it can."""
        manager: KernelManager = self.parent
        if self._folder is None:  # Windows: nothing to confine with
            return [sys.executable, "-m", "ipykernel_launcher", "-f", manager.connection_file]
        module = [sys.executable, "-m", "courselib.grading.kernels.cold"]
        options = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
        return [*module, json.dumps(policy.to_dict()), self._folder, "-f", manager.connection_file, *options]

    def _kernel_env(self, env: Mapping[str, str]) -> dict[str, str]:
        """The kernel's environment: the real one for a learner, next to nothing in a sandbox."""
        result = {name: value for name, value in env.items() if name not in _NEVER_PASSED}
        if self._policy is not None:
            # A variable that differs from ours was set for this kernel, on purpose.
            result = {
                name: value
                for name, value in result.items()
                if _client.matches(name, _PASSED) or name in self.kernel_spec.env or os.environ.get(name) != value
            }
            # OpenBLAS starts its threads when it is loaded, and a process with threads cannot confine itself.
            result |= {"USER": "learner", "LOGNAME": "learner", "OPENBLAS_NUM_THREADS": "1"}
            result |= self._scratch_env()
        result.setdefault("MPLBACKEND", INLINE_BACKEND)
        result.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        return result

    def _scratch_env(self) -> dict[str, str]:
        """Home and all caches in the scratch directory."""
        if self.scratch is None:
            return {}
        with contextlib.suppress(FileExistsError):
            os.mkdir(f"{self.scratch}/.tmp", 0o700)
        folders = {"MPLCONFIGDIR": ".matplotlib", "IPYTHONDIR": ".ipython", "KERAS_HOME": ".keras", "TMPDIR": ".tmp"}
        folders |= {"XDG_CACHE_HOME": ".cache", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".data"}
        return {"HOME": self.scratch, **{name: f"{self.scratch}/{folder}" for name, folder in folders.items()}}

    # -------------------------------------------------------------------------------------------- the running kernel

    @property
    def protections(self) -> list[Protection]:
        """What keeps the running kernel in its place."""
        if self._policy is None or self._protections:
            return self._protections
        if self._folder is not None:  # a cold kernel writes them down, once it is confined
            with contextlib.suppress(OSError, ValueError):
                written = json.loads(Path(self._folder, "protections.json").read_text(encoding="utf-8"))
                self._protections = _client.to_protections(written)
                return self._protections
        return [Protection(name, False, self.fallback or "the kernel has not started") for name in PROTECTIONS]

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel whose end has not been taken note of by `wait`."""
        return self._connection is not None or self._code is not None or super().has_process

    async def poll(self) -> int | None:
        """The kernel's exit code; `None` while it runs."""
        if self._server is None:
            code: int | None = await super().poll()
            if code is not None and self.process is not None:
                self.exit_reason = self.exit_reason or _reason(code)
            return code
        if self._connection is None:
            return 0 if self._code is None else self._code
        while True:
            try:
                data = self._connection.recv(1 << 16)
            except (BlockingIOError, InterruptedError):
                return None
            except OSError:
                data = b""
            self._buffer += data
            if not data or b"\n" in self._buffer:
                return self._note_end(self._connection)

    def _note_end(self, connection: socket.socket) -> int:
        line, _, _ = bytes(self._buffer).partition(b"\n")
        gone = {"code": _GONE, "reason": "its supervisor was killed"}
        ending: dict[str, Any] = json.loads(line) if line else gone
        code = self._code = int(ending["code"])
        self.exit_reason = ending["reason"]
        self.peak_mb = ending.get("peak_mb", 0)
        self.log.debug("The kernel ended: %s. Its last words: %s", self.exit_reason, ending.get("stderr", ""))
        connection.close()
        self._connection = None
        return code

    async def wait(self) -> int | None:
        """Wait for the kernel's end and return its exit code."""
        if self._server is None:
            status: int | None = await super().wait()
            return status
        while await self.poll() is None:
            await asyncio.sleep(_EXIT_POLL)
        code, self._code = self._code, None
        return code

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and what it runs."""
        if self._server is None:
            await super().send_signal(signum)
        elif self._connection is not None:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                self._connection.send(json.dumps({"signal": int(signum)}).encode() + b"\n")

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and every process that it started."""
        if self._server is None:
            await super().kill(restart=restart)
        else:
            await self.send_signal(signal.SIGKILL)
            for _ in range(_KILL_POLLS):  # the manager looks every tenth of a second only, and the end comes sooner
                if await self.poll() is not None:
                    break
                await asyncio.sleep(_KILL_POLL)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        if self._server is None:
            await super().terminate(restart=restart)
        else:
            await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the kernel and, unless it restarts, of its folder."""
        if self._connection is not None:
            self._connection.close()  # its supervisor ends all that is left
            self._connection = None
        if not restart:
            if self._folder_connection is not None:
                self._folder_connection.close()
            if self._own_folder and self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                if self._policy is not None and self._policy.remove_scratch and self._policy.scratch is not None:
                    shutil.rmtree(self._policy.scratch, ignore_errors=True)
            self._folder = self._folder_connection = self._server = None
        await super().cleanup(restart=restart)


def _streams(kwargs: Mapping[str, Any]) -> dict[int, int]:
    """The kernel's standard streams, as far as they are open descriptors; as `subprocess.Popen` would inherit them."""
    found = {}
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream: Any = kwargs.get(name)
        with contextlib.suppress(OSError, ValueError):  # closed, or no real file
            descriptor = stream.fileno() if hasattr(stream, "fileno") else stream
            if descriptor is None and number:
                descriptor = number
            if isinstance(descriptor, int) and descriptor >= 0:
                os.fstat(descriptor)
                found[number] = descriptor
    return found


def _reason(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
