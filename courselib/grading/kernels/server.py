"""The fork server: it imports the slow libraries once, runs nothing of them, and forks a kernel per request.

Forking is safe because nothing here starts a thread or touches a GPU, and because importing TensorFlow does not
either. A kernel inherits the whole memory of this process, so nothing secret may ever come in: the environment is the
few variables that libraries need, and the only data are requests for kernels.

The server belongs to the process that started it and ends with it, however that process ends: it notices when the
other end of its first connection closes. It also ends when nobody has asked for a kernel for a while.

A client connects to the unix socket `s` in the server's directory and sends one JSON line:

- `{"open": true, "remove": [...]}`: answered with the path of a new folder for the client's kernels. The folder, and
  the paths to remove, are deleted when this connection closes and the last kernel in the folder has ended.
- `{"launch": {...}}`, with the standard streams attached: the connection now belongs to the supervisor of the new
  kernel (see `_supervisor.py`).
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from courselib.grading.kernels import _linux, sandbox
from courselib.grading.kernels._supervisor import leave_with, supervise

_KERNEL = (
    "IPython", "ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.oinspect", "IPython.core.logger", "IPython.extensions.storemagic", "tornado.platform.asyncio",
    "tornado.queues", "xmlrpc.server", "comm", "unittest.mock",
)  # fmt: skip
# Not `matplotlib_inline.backend_inline`: it hooks itself into the shell when it is imported, and here is none yet.
_NUMPY = ("numpy", "matplotlib.pyplot", *_KERNEL)

# What each flavour of server imports. scikit-learn and pyplot come with Keras; keeping them out would save a second
# once, but Keras remembers that they are missing and its wrappers and plots stay broken in the kernels.
FLAVOURS: Mapping[str, tuple[str, ...]] = {
    "plain": _KERNEL,
    "numpy": _NUMPY,
    "keras": (*_NUMPY, "tensorflow", "keras"),
}

_POLL = 0.25  # seconds between two looks for ended supervisors


@dataclass
class _Folder:
    """One client's folder and what is to be removed with it."""

    path: str
    remove: list[str]
    supervisors: set[int] = field(default_factory=set)
    closed: bool = False


class Server:
    """The server's state: its directory, its owner's connection, and the folders of its clients.

    Args:
        directory: An empty directory that belongs to the server; it is removed in the end.
        owner: The connection to the process that started the server.
        idle_seconds: How long to stay without a kernel.
    """

    def __init__(self, directory: str, owner: socket.socket, idle_seconds: float) -> None:
        self.directory = directory
        self.owner = owner
        self.idle_seconds = idle_seconds
        self.listener = socket.socket(socket.AF_UNIX)
        self.folders: dict[socket.socket, _Folder] = {}
        self.leaving: list[_Folder] = []  # their client is gone, their kernels are still ending
        self.created = 0
        self.host: list[sandbox.Protection] = []
        self.missing: dict[str, str] = {}
        self.last_use = time.monotonic()

    def prepare(self, modules: tuple[str, ...]) -> None:
        """Import the modules, listen, and tell the owner."""
        self.host = sandbox.protections()
        _linux.set_dumpable(False)  # no kernel of the same user may look into us
        gc.disable()  # a collection would touch, and so copy, memory that kernels could share
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception as error:  # whatever a broken package raises, the kernels can do without it
                self.missing[module] = f"{type(error).__name__}: {error}"
                traceback.print_exc()
        gc.collect()
        gc.freeze()
        self.listener.bind(f"{self.directory}/s")
        os.chmod(f"{self.directory}/s", 0o600)
        self.listener.listen(64)
        threads = len(os.listdir("/proc/self/task"))
        news = {"ready": True, "missing": self.missing, "threads": threads, "protections": self.host}
        self.owner.sendall(json.dumps(news).encode() + b"\n")

    def serve(self) -> None:
        """Answer requests until the owner is gone or nothing happened for long; then leave nothing behind."""
        open_to_all = True
        while True:
            watched = [self.owner, self.listener, *self.folders] if open_to_all else [*self.folders]
            ready, _, _ = select.select(watched, [], [], _POLL)
            for connection in ready:
                if connection is self.owner:
                    open_to_all = False
                    self._close_door()
                elif connection is self.listener:
                    self._welcome()
                else:
                    self._forget(connection)
            self._collect()
            busy = self.leaving or any(folder.supervisors for folder in self.folders.values())
            if busy:
                self.last_use = time.monotonic()
            elif not open_to_all or (not self.folders and time.monotonic() - self.last_use > self.idle_seconds):
                self._close_door()
                break
        for connection in list(self.folders):
            self._forget(connection)
        remove(self.directory)

    def _close_door(self) -> None:
        self.listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.directory}/s")

    def _forget(self, connection: socket.socket) -> None:
        """A client closed the connection that keeps its folder."""
        folder = self.folders.pop(connection)
        connection.close()
        folder.closed = True
        self.leaving.append(folder)

    def _collect(self) -> None:
        """Collect ended supervisors, and remove the folders that nobody uses any more."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, _status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                for folder in (*self.folders.values(), *self.leaving):
                    folder.supervisors.discard(pid)
        for folder in [folder for folder in self.leaving if not folder.supervisors]:
            for path in (folder.path, *folder.remove):
                remove(path)
            self.leaving.remove(folder)

    def _welcome(self) -> None:
        connection, _address = self.listener.accept()
        connection.settimeout(10)
        try:
            if _descends_from_us(connection):
                raise PermissionError("a kernel may not ask for kernels")
            request, descriptors = _receive(connection)
            if "launch" in request:
                self._launch(connection, request["launch"], descriptors)
            else:
                self._open(connection, request)
        except (OSError, ValueError, KeyError, EOFError) as error:
            _refuse(connection, error)
            connection.close()

    def _open(self, connection: socket.socket, request: Mapping[str, Any]) -> None:
        self.created += 1
        folder = _Folder(f"{self.directory}/{self.created}", [str(path) for path in request["remove"]])
        os.mkdir(folder.path, 0o711)  # a kernel with a user of its own must be able to pass through
        for name in ("sockets", "scratch"):
            os.mkdir(f"{folder.path}/{name}", 0o700)
        os.mkdir(f"{folder.path}/root", 0o755)
        self.folders[connection] = folder
        answer = {"folder": folder.path, "missing": self.missing, "protections": self.host}
        connection.sendall(json.dumps(answer).encode() + b"\n")

    def _launch(self, connection: socket.socket, request: Mapping[str, Any], descriptors: list[int]) -> None:
        folder = next((item for item in self.folders.values() if item.path == request["folder"]), None)
        if folder is None:
            raise ValueError(f"A kernel needs a folder that this server opened. Received: folder={request['folder']!r}")
        pid = os.fork()
        if pid == 0:
            leave_with(lambda: self._become_supervisor(connection, request, descriptors))
        folder.supervisors.add(pid)
        connection.close()
        for descriptor in descriptors:
            os.close(descriptor)

    def _become_supervisor(self, connection: socket.socket, request: Mapping[str, Any], descriptors: list[int]) -> None:
        for other in (self.listener, self.owner, *self.folders):
            other.close()
        connection.settimeout(None)
        try:
            supervise(connection, request, descriptors, self.host)
        except (OSError, ValueError, KeyError) as error:
            _refuse(connection, error)
            raise


def _refuse(connection: socket.socket, error: Exception) -> None:
    with contextlib.suppress(OSError):
        connection.setblocking(True)
        connection.sendall(json.dumps({"event": "refused", "reason": str(error)}).encode() + b"\n")


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The first line of a connection, and the descriptors attached to it."""
    data, ancillary, _flags, _address = connection.recvmsg(1 << 16, socket.CMSG_SPACE(4 * 8))
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    while not data.endswith(b"\n"):
        more = connection.recv(1 << 16)
        if not more:
            raise EOFError("the client hung up in the middle of its request")
        data += more
    request = json.loads(data)
    if not isinstance(request, dict):
        raise ValueError(f"A request must be a JSON object. Received: {type(request).__name__}")
    return request, list(descriptors)


def _descends_from_us(connection: socket.socket) -> bool:
    """Whether the peer is one of our own kernels, which could ask for a kernel without a sandbox."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _gid = struct.unpack("3i", credentials)
    if uid != os.geteuid():
        return True
    while pid > 1:
        if pid == os.getpid():
            return True
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])  # the name before it may hold anything
        except OSError:
            return True  # already gone: whoever it was, it does not need a kernel
    return False


def remove(path: str) -> None:
    """Delete a directory that a stranger may have filled: closed subdirectories, thousands of levels, links."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(path)
        return
    if not os.path.lexists(path):
        return
    with contextlib.suppress(OSError, RecursionError):
        for _folder, names, _files, descriptor in os.fwalk(path, follow_symlinks=False):
            for name in names:
                if stat.S_ISDIR(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                    os.chmod(name, 0o700, dir_fd=descriptor)
    subprocess.run(["rm", "-rf", "--", path], stderr=subprocess.DEVNULL, check=False)


def main() -> None:
    """Run a server: DIRECTORY FLAVOUR OWNER_DESCRIPTOR IDLE_SECONDS."""
    directory, flavour, owner, idle_seconds = sys.argv[1:5]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, who decides what ends
    server = Server(directory, socket.socket(fileno=int(owner)), float(idle_seconds))
    server.prepare(FLAVOURS[flavour])
    server.serve()


if __name__ == "__main__":
    main()
