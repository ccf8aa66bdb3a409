"""Finding a fork server, or starting one, and asking it for kernels.

A process starts at most one server per flavour and environment, and the server ends with the process. Processes that
work together share the servers of one of them: see `share_servers`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import hashlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from courselib.grading.kernels.sandbox import Protection

SHARED_SERVERS = "COURSELIB_KERNEL_SERVERS"  # environment variable: directories of servers that others keep
_IDLE_SECONDS = 600.0
_START_TIMEOUT = 180.0  # importing TensorFlow from a cold, slow disk
_ANSWER_TIMEOUT = 60.0
_LONGEST_FOLDER = 45  # a socket's path must stay under 108 characters
_PREFIX, _COLD_PREFIX = "courselib-kernels-", "courselib-cold-"

# What the server's libraries read, as names or beginnings of names. All else, secrets included, stays outside.
_PASSED = ("PATH", "HOME", "LANG", "LC_", "TZ", "LD_LIBRARY_PATH", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR")
# What libraries read while they are imported or first used: another value needs another server.
# Not all of `TF_`: Terraform keeps passwords in `TF_VAR_` and `TF_TOKEN_`.
LIBRARY_VARIABLES = (
    "KERAS_BACKEND", "TF_CPP_", "TF_CUDNN_", "TF_CUDA_", "TF_DETERMINISTIC_", "TF_DISABLE_", "TF_ENABLE_", "TF_FORCE_",
    "TF_GPU_", "TF_MLIR_", "TF_NUM_", "TF_ONEDNN_", "TF_USE_", "TF_XLA_", "XLA_", "JAX_", "OMP_", "MKL_", "OPENBLAS_",
    "NUMEXPR_", "PYTHONHASHSEED", "MPLBACKEND",
)  # fmt: skip

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_started: dict[str, Server] = {}
_connections: weakref.WeakSet[socket.socket] = weakref.WeakSet()


class ServerError(RuntimeError):
    """There is no fork server, or it could not make a kernel."""


class Server:
    """A fork server as its clients see it.

    Args:
        directory: Its directory, with the socket `s`.
        owner: The connection that keeps it alive, where this process started it.
    """

    def __init__(self, directory: str, owner: socket.socket | None = None) -> None:
        self.directory = directory
        self._owner = owner

    def open_folder(self, remove: Iterable[str]) -> tuple[socket.socket, dict[str, Any]]:
        """Get a folder for kernels.

        Args:
            remove: Paths that disappear together with the folder.

        Returns:
            The connection that keeps the folder, and the server's answer: `folder`, `missing`, `protections`.
        """
        connection = self._connect()
        _send(connection, {"open": True, "remove": list(remove)})
        answer = read_event(connection, bytearray(), _ANSWER_TIMEOUT)
        if "folder" not in answer:
            raise ServerError(f"The fork server refused to open a folder: {answer.get('reason')}")
        return connection, answer

    def launch(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> tuple[socket.socket, dict[str, Any]]:
        """Start a kernel.

        Returns:
            The connection to its supervisor, and the supervisor's first event.
        """
        connection = self._connect()
        _send(connection, {"launch": request}, descriptors)
        event = read_event(connection, bytearray(), _ANSWER_TIMEOUT)
        if event["event"] != "started":
            connection.close()
            raise ServerError(f"The kernel did not start: {event.get('reason')}\n{event.get('stderr', '')}".rstrip())
        return connection, event

    def stop(self) -> None:
        """Let go of the server: it ends as soon as its last kernel has."""
        if self._owner is not None:
            self._owner.close()

    def _connect(self) -> socket.socket:
        connection = _watched(socket.socket(socket.AF_UNIX))
        try:
            connection.connect(f"{self.directory}/s")
        except OSError as error:
            connection.close()
            raise ServerError(f"There is no fork server in {self.directory}: {error}") from None
        return connection


def find_or_start(flavour: str, kernel_env: Mapping[str, str], *, sandboxed: bool) -> Server:
    """The server for kernels of this flavour and environment.

    Args:
        flavour: A key of `server.FLAVOURS`.
        kernel_env: The environment of the kernel to come.
        sandboxed: Kernels in a sandbox do not see the user's Keras configuration.

    Raises:
        ServerError: If there is none and none can be started.
    """
    if sys.platform != "linux":
        raise ServerError(f"kernels can be forked on Linux only, this is {sys.platform}")
    env = _server_env(kernel_env)
    key = hashlib.sha256(json.dumps([sys.executable, flavour, sandboxed, sorted(env.items())]).encode()).hexdigest()[
        :12
    ]
    for directory in os.environ.get(SHARED_SERVERS, "").split(os.pathsep):
        if os.path.basename(directory).startswith(f"{_PREFIX}{key}-") and _answers(directory):
            return Server(directory)
    with _lock:
        server = _started.get(key)
        if server is not None and _answers(server.directory):
            return server
        if server is not None:
            server.stop()
        _started[key] = _start(key, flavour, env, sandboxed=sandboxed)
        return _started[key]


def share_servers(*flavours: str, env: Mapping[str, str] | None = None, sandboxed: bool = True) -> dict[str, str]:
    """Start servers now, for other processes to use as well.

    Args:
        flavours: What they import: `"numpy"`, `"keras"`.
        env: Environment of the kernels to come, this process's own by default.
        sandboxed: Whether the kernels will have a policy.

    Returns:
        The environment variable that tells other processes (child processes, say) about the servers. They live as
        long as this process does.
    """
    servers = [find_or_start(flavour, env or os.environ, sandboxed=sandboxed) for flavour in flavours]
    return {SHARED_SERVERS: os.pathsep.join(server.directory for server in servers)}


def stop_servers() -> None:
    """Let go of all servers that this process started. They end as soon as their last kernels have."""
    with _lock:
        for server in _started.values():
            server.stop()
        _started.clear()


def matches(name: str, beginnings: Iterable[str]) -> bool:
    """Whether an environment variable is one of these; an entry that ends in `_` stands for all that begin so."""
    return any(name == item or (item.endswith("_") and name.startswith(item)) for item in beginnings)


def read_event(connection: socket.socket, buffer: bytearray, timeout: float) -> dict[str, Any]:
    """Wait for one line of JSON.

    Raises:
        ServerError: If the other side closes the connection or does not answer in time.
    """
    connection.settimeout(timeout)
    try:
        while b"\n" not in buffer:
            data = connection.recv(1 << 16)
            if not data:
                raise ServerError("The fork server closed the connection.")
            buffer += data
    except OSError as error:
        raise ServerError(f"The fork server did not answer: {error}") from None
    line, _, rest = bytes(buffer).partition(b"\n")
    buffer[:] = rest
    event: dict[str, Any] = json.loads(line)
    return event


def to_protections(items: Iterable[Sequence[Any]]) -> list[Protection]:
    """Protections as they come over the wire."""
    return [Protection(str(name), bool(active), str(detail)) for name, active, detail in items]


def _send(connection: socket.socket, request: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    line = json.dumps(request).encode() + b"\n"
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    try:
        sent = connection.sendmsg([line], rights)
        connection.sendall(line[sent:])
    except OSError as error:
        raise ServerError(f"The fork server did not take the request: {error}") from None


def _server_env(kernel_env: Mapping[str, str]) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if matches(name, _PASSED)}
    env.update({name: value for name, value in kernel_env.items() if matches(name, LIBRARY_VARIABLES)})
    env.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    env["OPENBLAS_NUM_THREADS"] = "1"  # its threads would not survive the fork
    return env


def _answers(directory: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(f"{directory}/s")
        except OSError:
            return False
    return True


def _base_directory() -> str:
    base = tempfile.gettempdir()
    return base if len(base) <= _LONGEST_FOLDER else "/tmp"


def _start(key: str, flavour: str, env: Mapping[str, str], *, sandboxed: bool) -> Server:
    """Start a server and wait until it has imported everything."""
    _sweep()
    ours, theirs = socket.socketpair()
    directory = tempfile.mkdtemp(prefix=f"{_PREFIX}{key}-", dir=_base_directory())
    os.chmod(directory, 0o711)  # the server makes the folders in it; names in it are not secret, contents are
    package_root = str(Path(__file__).resolve().parents[3])
    # Without the working directory, and with our package wherever it lies, after all that is installed.
    path = f"import sys; sys.path = [*filter(None, sys.path), {package_root!r}]"
    code = f"{path}; from courselib.grading.kernels.server import main; main()"
    if sandboxed:
        env = {**env, "KERAS_HOME": f"{directory}/keras"}
    # The lock says that the directory is in use. The server inherits it, so it stays locked however we end.
    with open(f"{directory}/log", "ab") as log, theirs:
        _lock_directory(directory, log.fileno())
        process = subprocess.Popen(
            [sys.executable, "-c", code, directory, flavour, str(theirs.fileno()), str(_IDLE_SECONDS)],
            pass_fds=[theirs.fileno()], env=env, cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    threading.Thread(target=process.wait, daemon=True).start()  # no zombie when it ends before we do
    start = time.monotonic()
    try:
        news = read_event(ours, bytearray(), _START_TIMEOUT)
    except ServerError as error:
        ours.close()
        process.kill()
        said = Path(directory, "log").read_text(errors="replace")[-2000:]
        _remove(directory)
        raise ServerError(f"The fork server for {flavour!r} kernels did not start. {error} It said:\n{said}") from None
    for module, reason in news["missing"].items():
        _log.warning("Kernels start without %s, which could not be imported: %s", module, reason)
    if news["threads"] != 1:
        _log.warning("The fork server has %s threads; its kernels may hang. Expected one.", news["threads"])
    _log.debug("fork server %s (%s) ready after %.1f s", process.pid, flavour, time.monotonic() - start)
    return Server(directory, _watched(ours))


def _lock_directory(directory: str, log: int) -> bool:
    import fcntl  # not on Windows

    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep() -> None:
    """Remove what servers left that were killed together with their owners."""
    for directory in Path(_base_directory()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            young = time.time() - directory.stat().st_mtime < 60  # perhaps its owner has not locked it yet
            if directory.stat().st_uid != os.geteuid() or young:
                continue
            with open(directory / "log", "rb") as log:
                unused = _lock_directory(str(directory), log.fileno())
            if unused:
                _remove(str(directory))


def make_cold_folder() -> str:
    """A folder for a kernel that no server looks after; what earlier processes left of theirs is removed first."""
    for folder in Path(_base_directory()).glob(f"{_COLD_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            try:
                os.kill(int(folder.name.removeprefix(_COLD_PREFIX).partition("-")[0]), 0)
            except ProcessLookupError:
                if folder.stat().st_uid == os.geteuid():
                    _remove(str(folder))
    folder_of_ours = tempfile.mkdtemp(prefix=f"{_COLD_PREFIX}{os.getpid()}-", dir=_base_directory())
    os.chmod(folder_of_ours, 0o711)  # a kernel with a user of its own must be able to pass through
    for name in ("sockets", "scratch"):
        os.mkdir(f"{folder_of_ours}/{name}", 0o700)
    return folder_of_ours


def _remove(directory: str) -> None:
    from courselib.grading.kernels.server import remove

    remove(directory)


def _watched(connection: socket.socket) -> socket.socket:
    _connections.add(connection)
    return connection


def _close_in_forked_child() -> None:
    """A fork of this process must not keep its servers and kernels alive."""
    global _lock
    _lock = threading.Lock()
    _started.clear()
    for connection in list(_connections):
        with contextlib.suppress(OSError):
            os.close(connection.detach())


atexit.register(stop_servers)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_forked_child)
