"""From a request to a running kernel: the three processes that the fork server makes for each kernel.

    fork server --fork--> supervisor --fork--> first process --fork--> kernel

The **supervisor** holds the connection to whoever asked: it passes signals on, enforces the limits that the operating
system cannot, and ends everything as soon as the connection closes. The **first process** is process 1 of the kernel's
pid namespace (where there is none, it adopts orphans instead); when it ends, nothing of the kernel can go on. The
**kernel** confines itself and becomes an ordinary ipykernel.

Messages are one JSON object a line. To the supervisor: `{"signal": 2}`. From it: `{"event": "started", ...}` once,
then `{"event": "exit", ...}` once.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from courselib.grading.kernels import _linux, _namespaces, _usage, sandbox
from courselib.grading.kernels.cold import run_ipykernel
from courselib.grading.kernels.sandbox import Policy, Protection, Reach

_POLL = 0.1  # seconds between two looks at memory and time
_DISK_POLL = 1.0  # seconds between two looks at the disk
_KEPT_OUTPUT = 8192  # bytes of what the kernel wrote to its standard error, for the report of a crash


def supervise(
    connection: socket.socket, request: Mapping[str, Any], descriptors: Sequence[int], host: Sequence[Protection]
) -> None:
    """Run one kernel to its end.

    Args:
        connection: To whoever asked for the kernel.
        request: `argv`, `env`, `cwd`, `folder` (the kernel's own, see `server.py`), `policy` (or None for no sandbox)
            and `streams` (which of 0, 1, 2 the descriptors are).
        descriptors: Standard streams for a kernel without a sandbox.
        host: What the host can give, from `sandbox.protections`.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _linux.adopt_orphans()
    _Supervisor(connection, request, descriptors, host).run()


class _Supervisor:
    def __init__(
        self,
        connection: socket.socket,
        request: Mapping[str, Any],
        descriptors: Sequence[int],
        host: Sequence[Protection],
    ) -> None:
        self.connection = connection
        self.request = request
        self.policy = Policy.from_dict(request["policy"]) if request["policy"] is not None else None
        self.start = time.monotonic()
        self.reason: str | None = None
        self.peak_mb = 0
        self.heard = b""
        self.stderr = b""
        self.disk_checked = self.start
        inherited = _usage.inherited_kb()
        offered = {item.name: item for item in host}
        self.uid = self._choose_user(offered)
        self.spaces = self._enter_namespaces(offered)
        self.orders_in, self.orders = os.pipe()
        self.events, events_out = os.pipe()
        self.errors, errors_out = os.pipe()
        self.first = os.fork()
        if self.first == 0:
            leave_with(lambda: self._become_first_process(descriptors, events_out, errors_out))
        self.meter = _usage.Meter(self.first, self.policy.memory_mb if self.policy else sys.maxsize, inherited)
        for descriptor in (self.orders_in, events_out, errors_out, *descriptors):
            os.close(descriptor)

    def _choose_user(self, offered: Mapping[str, Protection]) -> int | None:
        """The kernel's user; chosen while we are still root and see the whole file system."""
        if self.policy is None:
            return None
        private_root = offered["namespaces"].active and "namespaces" not in self.policy.without
        folder = self.request["folder"]
        uid = sandbox.own_user(self.policy, _reach(self.policy, folder), private_root=private_root)
        if uid is not None:
            os.chown(f"{folder}/connection.json", uid, uid)
        return uid

    def _enter_namespaces(self, offered: Mapping[str, Protection]) -> Protection | None:
        if self.policy is None:
            return None
        if "namespaces" in self.policy.without:
            return Protection("namespaces", False, "left out by the policy")
        if not offered["namespaces"].active:
            return offered["namespaces"]
        _namespaces.enter_namespaces(network=self.policy.network)
        detail = _namespaces.DETAIL_WITH_NETWORK if self.policy.network else _namespaces.DETAIL
        return Protection("namespaces", True, detail)

    def _become_first_process(self, descriptors: Sequence[int], events: int, errors: int) -> int:
        for descriptor in (self.connection.detach(), self.orders, self.events, self.errors):
            os.close(descriptor)
        os.dup2(errors, 2)  # what goes wrong from here on belongs into the report of this kernel
        _linux.die_with_parent()
        if self.policy is not None:
            os.nice(5)  # however many processes it starts, the supervisor must get its turn to end them
            with contextlib.suppress(OSError):  # when the machine runs out of memory, strangers' code goes first
                Path("/proc/self/oom_score_adj").write_text("1000")
        spaces = self.spaces
        if spaces is not None and spaces.active and self.policy is not None:
            folder = self.request["folder"]
            user = os.geteuid() if self.uid is None else self.uid
            _namespaces.enter_private_root(_reach(self.policy, folder), f"{folder}/root", user)
        else:
            _linux.adopt_orphans()
        kernel = os.fork()
        if kernel == 0:
            os.close(self.orders_in)
            streams = {} if self.policy is not None else dict(zip(self.request["streams"], descriptors, strict=True))
            leave_with(lambda: self._become_kernel(streams, events, errors))
        for descriptor in (errors, *descriptors):
            os.close(descriptor)
        return _tend(kernel, self.orders_in, events)

    def _become_kernel(self, streams: Mapping[int, int], events: int, errors: int) -> None:
        """Confine this process and run ipykernel in it."""
        os.setsid()
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        events = _rearrange_descriptors(streams, events, errors, sandboxed=self.policy is not None)
        os.environ.clear()
        os.environ.update(self.request["env"])
        time.tzset()
        protections: list[Protection] = []
        if self.policy is None:
            _linux.set_dumpable(True)
            _linux.die_with_parent()
        else:
            protections = self._enter_sandbox(self.policy)
        os.chdir(self.request["cwd"])
        os.write(events, json.dumps({"event": "started", "protections": protections}).encode() + b"\n")
        os.close(events)
        _start_afresh(sandboxed=self.policy is not None)
        gc.enable()
        run_ipykernel(self.request["argv"])

    def _enter_sandbox(self, policy: Policy) -> list[Protection]:
        os.umask(0o077)
        applied = sandbox.confine(policy, _reach(policy, self.request["folder"]), uid=self.uid)
        _linux.die_with_parent()  # now, because a change of user forgets it
        found = {item.name: item for item in applied}
        if self.spaces is not None:
            found[self.spaces.name] = self.spaces
        return [found[name] for name in sandbox.PROTECTIONS if name in found]

    # -------------------------------------------------------------------------------------------- the supervisor

    def run(self) -> None:
        """Serve the connection until the kernel has ended, then say how it ended."""
        self.connection.setblocking(False)
        watched: list[Any] = [self.connection, self.events, self.errors]
        pending, received = b"", b""
        while self.events in watched:
            ready, _, _ = select.select(watched, [], [], _POLL)
            if self.connection in ready:
                data = self._receive()
                if data == b"":
                    watched.remove(self.connection)
                    self._end("its owner is gone")
                received = self._obey(received + (data or b""))
            if self.errors in ready:
                data = os.read(self.errors, 1 << 16)
                self.stderr = (self.stderr + data)[-_KEPT_OUTPUT:]
                if not data:
                    watched.remove(self.errors)
            if self.events in ready:
                data = os.read(self.events, 1 << 16)
                pending = self._report(pending + data)
                if not data:
                    watched.remove(self.events)
            self._enforce_limits()
        status = self._end_everything()
        self._say({"event": "exit", **self._last_words(status), "peak_mb": self.peak_mb})

    def _receive(self) -> bytes | None:
        try:
            return self.connection.recv(1 << 16)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def _obey(self, received: bytes) -> bytes:
        """Carry out the complete orders in what was received and return the rest."""
        *lines, rest = received.split(b"\n")
        for line in lines:
            number = int(json.loads(line)["signal"])
            if number == signal.SIGKILL:
                self._end(None)
            else:
                with contextlib.suppress(OSError):
                    os.write(self.orders, bytes([number]))
        return rest

    def _report(self, pending: bytes) -> bytes:
        """Pass on what the first process and the kernel say; how the kernel ended is kept for the last words."""
        *lines, rest = pending.split(b"\n")
        for line in lines:
            event = json.loads(line)
            if event["event"] == "started":
                self._say({**event, "pid": self.first})
            else:
                self.heard = line
        return rest

    def _say(self, event: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            self.connection.setblocking(True)
            self.connection.sendall(json.dumps(event).encode() + b"\n")
            self.connection.setblocking(False)

    def _end(self, reason: str | None) -> None:
        self.reason = self.reason or reason
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.first, signal.SIGKILL)

    def _end_everything(self) -> int:
        """Kill and collect all descendants; without a pid namespace some may have outlived the first process."""
        status = 0
        while True:
            for pid in _usage.descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            try:
                pid, wait_status = os.waitpid(-1, 0)
            except ChildProcessError:
                return status
            if pid == self.first:
                status = os.waitstatus_to_exitcode(wait_status)

    def _last_words(self, status: int) -> dict[str, Any]:
        heard = json.loads(self.heard) if self.heard else {}
        code = heard.get("code", status)
        reason = self.reason or heard.get("reason")
        if reason is None and self.policy:
            allowed = self.policy.cpu_seconds
            if code == -signal.SIGXCPU or (code < 0 and heard.get("cpu_seconds", 0) >= allowed):
                reason = f"processor time limit exceeded: {allowed} s allowed"
        if reason is None:
            reason = f"killed by {_signal_name(-code)}" if code < 0 else f"exited with status {code}"
        return {"code": code, "reason": reason, "stderr": self.stderr.decode(errors="replace")}

    def _enforce_limits(self) -> None:
        policy = self.policy
        if policy is None or self.reason:
            return
        now = time.monotonic()
        if policy.wall_seconds is not None and now - self.start > policy.wall_seconds:
            self._end(f"time limit exceeded: {policy.wall_seconds:g} s allowed")
        threads, used = self.meter.threads_and_memory_mb()
        self.peak_mb = max(self.peak_mb, used)
        if used > policy.memory_mb:
            self._end(f"memory limit exceeded: {used} MB in use, {policy.memory_mb} MB allowed")
        if threads > policy.processes + 2:  # the system's own limit does not bind root, and not our first process
            self._end(f"process limit exceeded: {threads} processes and threads, {policy.processes} allowed")
        if now - self.disk_checked > _DISK_POLL and policy.scratch:
            used = _usage.disk_mb(policy.scratch, self.first)
            self.disk_checked = time.monotonic()
            if used > policy.scratch_mb:
                self._end(f"disk limit exceeded: more than {policy.scratch_mb} MB or {_usage.MOST_FILES} files written")


def _reach(policy: Policy, folder: str) -> Reach:
    return Reach.of(policy, readable=[f"{folder}/connection.json"], writable=[f"{folder}/sockets"])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# ------------------------------------------------------------------------------------------------ the first process


def _tend(kernel: int, orders: int, events: int) -> int:
    """Be process 1: pass signals to the kernel, collect dead orphans, report how the kernel ended, and end with it."""
    wake, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([orders, wake], [], [], 1.0)
        if wake in ready:
            os.read(wake, 4096)
        if orders in ready:
            for number in os.read(orders, 64) or [signal.SIGKILL]:  # no supervisor: end
                with contextlib.suppress(OSError):
                    os.killpg(kernel, number)  # like a terminal: what the kernel runs is interrupted, too
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return 0
            if pid == 0:
                break
            if pid == kernel:
                seconds = usage.ru_utime + usage.ru_stime
                ending = {"event": "exit", "code": os.waitstatus_to_exitcode(status), "cpu_seconds": seconds}
                os.write(events, json.dumps(ending).encode() + b"\n")
                return 0


def leave_with(work: Callable[[], int | None]) -> None:
    """Run the whole life of a forked child, so that it never returns into its parent's code."""
    code = 1
    try:
        code = int(work() or 0)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1 if error.code else 0
    except BaseException:
        with contextlib.suppress(Exception):
            traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


# ------------------------------------------------------------------------------------------------ the kernel


def _rearrange_descriptors(streams: Mapping[int, int], events: int, errors: int, *, sandboxed: bool) -> int:
    """Set the standard streams, close everything else but `events`, and return the new number of that."""
    nothing = os.open(os.devnull, os.O_RDWR)
    output = errors if sandboxed else nothing
    wanted = [os.dup(streams.get(number, nothing if number == 0 else output)) for number in range(3)]
    events = os.dup(events)
    for number, descriptor in enumerate([*wanted, events]):
        os.dup2(descriptor, number, inheritable=number < 3)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 3:
            with contextlib.suppress(OSError):  # the one that the listing itself used
                os.close(descriptor)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    return 3


def _start_afresh(*, sandboxed: bool) -> None:
    """Renew what the fork server fixed once and what would otherwise be the same in every kernel."""
    tempfile.tempdir = None
    extra = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in sys.path]
    sys.path[:0] = extra
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()  # Python's own generator renews itself after a fork, TensorFlow's draws its seed late
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and "MPLBACKEND" in os.environ:
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
    keras_config = sys.modules.get("keras.src.backend.config")
    if keras_config is not None and "KERAS_HOME" in os.environ:
        vars(keras_config)["_KERAS_DIR"] = os.environ["KERAS_HOME"]  # Keras reads the variable only when it is imported
    if not sandboxed and "OPENBLAS_NUM_THREADS" not in os.environ:
        with contextlib.suppress(ImportError):  # the fork server kept BLAS to one thread, to be safe to fork
            from threadpoolctl import threadpool_limits

            threadpool_limits(len(os.sched_getaffinity(0)), user_api="blas")
    if sandboxed:
        sys.modules["debugpy"] = None  # type: ignore[assignment]  # the debugger wants TCP; without it starting is faster
