"""What a kernel that runs a stranger's notebook may do, and how a process gives up everything else.

A host offers some of the protections and not others, so each is tried, and each says whether it is in force:

| protection | keeps the notebook from | needs |
| --- | --- | --- |
| `limits` | taking all memory, processes, disk, descriptors, time | any Unix |
| `namespaces` | seeing other processes, files and networks at all | root, or user namespaces for ordinary users |
| `own user` | touching what belongs to the user who grades | root |
| `no new privileges` | gaining rights by set-user-id programs | Linux |
| `landlock` | files outside its folder, TCP, signals to strangers | Linux with Landlock in its list of modules |
| `seccomp` | sockets, and system calls that have been ways out | Linux on x86-64 or aarch64 |

They overlap on purpose: on a good host each file, socket and process is out of reach twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import site
import sys
import sysconfig
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import courselib

if sys.platform == "linux":
    from courselib.grading.kernels import _linux, _namespaces

PROTECTIONS = ("limits", "namespaces", "own user", "no new privileges", "landlock", "seccomp")

# What programs and libraries read on any Linux; none of it is about a person.
_SYSTEM_FILES = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime",
    "/etc/fonts", "/etc/mime.types", "/sys/devices/system",
)  # fmt: skip
_NETWORK_FILES = (
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_GPU_FILES = ("/proc/driver/nvidia", "/sys/module/nvidia", "/sys/bus/pci", "/sys/class/drm", "/sys/devices")


class Protection(NamedTuple):
    """One protection: whether it is in force, and how far it reaches or why it is missing."""

    name: str
    active: bool
    detail: str


def _default_processes() -> int:
    return 256 + 8 * (os.cpu_count() or 1)  # TensorFlow starts a few threads per core


@dataclass(frozen=True)
class Policy:
    """What a kernel may do.

    Args:
        scratch: The one directory that it may write, its home and working directory. `None`: a new one, removed
            together with the kernel.
        remove_scratch: Remove `scratch` when the kernel manager lets go of the kernel or dies, even by SIGKILL.
        readable: Files and directories that it may read, beside the Python installation and the system's libraries.
        network: Whether it may use the network.
        gpu: Whether it may use the machine's NVIDIA GPUs, where there are any.
        memory_mb: Memory that it and its subprocesses may take beyond what a new kernel has.
        processes: Processes and threads at a time.
        file_mb: Size of one file.
        scratch_mb: Size of all that it writes.
        open_files: Open files per process.
        cpu_seconds: Processor time per process.
        wall_seconds: Time from start to end; `None` does not limit it.
        without: Names from `PROTECTIONS` to leave out, for example because the whole grader already runs in a
            container that forbids them.

    Raises:
        ValueError: If a limit is not positive, or `without` names no protection.
    """

    scratch: str | None = None
    remove_scratch: bool = False
    readable: tuple[str, ...] = ()
    network: bool = False
    gpu: bool = True
    memory_mb: int = 4096
    processes: int = field(default_factory=_default_processes)
    file_mb: int = 512
    scratch_mb: int = 2048
    open_files: int = 1024
    cpu_seconds: int = 3600
    wall_seconds: float | None = None
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.scratch is not None:
            object.__setattr__(self, "scratch", os.path.realpath(self.scratch))
        object.__setattr__(self, "readable", tuple(os.path.abspath(path) for path in self.readable))
        object.__setattr__(self, "without", tuple(self.without))
        for name in ("memory_mb", "processes", "file_mb", "scratch_mb", "open_files", "cpu_seconds", "wall_seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"A policy's `{name}` must be positive. Received: {name}={value!r}")
        if unknown := set(self.without) - set(PROTECTIONS):
            raise ValueError(f"`without` may name {', '.join(PROTECTIONS)}. Received: {', '.join(sorted(unknown))}")

    def to_dict(self) -> dict[str, Any]:
        """The policy as JSON data, for a kernelspec."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Policy:
        """The policy that `to_dict` described.

        Raises:
            ValueError: If the data has a field that policies do not have.
        """
        known = {item.name for item in fields(cls)}
        if unknown := set(data) - known:
            raise ValueError(
                f"A policy has the fields {', '.join(sorted(known))}. Received: {', '.join(sorted(unknown))}"
            )
        return cls(**{**data, "readable": tuple(data.get("readable", ())), "without": tuple(data.get("without", ()))})


@dataclass(frozen=True)
class Reach:
    """The paths that a policy comes down to on this machine."""

    readable: tuple[str, ...]
    writable: tuple[str, ...]
    devices: tuple[str, ...]

    @classmethod
    def of(cls, policy: Policy, *, writable: Sequence[str] = (), readable: Sequence[str] = ()) -> Reach:
        """Add to a policy's paths what every kernel needs."""
        own = [policy.scratch] if policy.scratch else []
        gpus = sorted(str(path) for path in Path("/dev").glob("nvidia*")) if policy.gpu else []
        network = _NETWORK_FILES if policy.network else ()
        system = (*_SYSTEM_FILES, *network, *(_GPU_FILES if gpus else ()))
        return cls(
            readable=tuple(dict.fromkeys((*system, *python_paths(), *policy.readable, *readable))),
            writable=tuple(dict.fromkeys((*own, *writable))),
            devices=(*_DEVICES, *gpus),
        )


def python_paths() -> tuple[str, ...]:
    """Where this Python, its packages and courselib's own modules lie; not the rest of courselib's repository."""
    paths = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *sysconfig.get_paths().values()]
    if site.ENABLE_USER_SITE:
        paths.append(site.getusersitepackages())
    paths.extend(courselib.__path__)
    found = sorted({os.path.abspath(path) for path in paths if os.path.exists(path)}, key=len)
    kept: list[str] = []
    for path in found:
        if path != "/" and not any(Path(path).is_relative_to(parent) for parent in kept):
            kept.append(path)
    return tuple(kept)


# ------------------------------------------------------------------------------------------------ the sandbox


class _Attempts:
    """Try protections one by one and keep what came of each."""

    def __init__(self, without: Sequence[str]) -> None:
        self.without = without
        self.results: list[Protection] = []

    def __call__(self, name: str, apply: Callable[[], str]) -> None:
        try:
            if name in self.without:
                result = Protection(name, False, "left out by the policy")
            elif sys.platform != "linux" and name != "limits":
                result = Protection(name, False, f"needs Linux, this is {sys.platform}")
            else:
                result = Protection(name, True, apply())
        except (OSError, ValueError, ImportError) as error:
            result = Protection(name, False, str(error))
        self.results.append(result)


def confine(policy: Policy, reach: Reach | None = None, *, uid: int | None = None) -> list[Protection]:
    """Give up, in this process and for all that it starts, whatever the policy does not allow. There is no way back.

    Namespaces are not among it, because a process must be born into them: `server.py` arranges that.

    Args:
        policy: What stays allowed.
        reach: The paths that stay allowed, `Reach.of(policy)` by default.
        uid: The user to become, where this process is root.

    Returns:
        What is in force now. A protection that the host does not give is in the list with the reason.

    Raises:
        RuntimeError: If this process has more than one thread; the others would keep their rights.
    """
    reach = reach or Reach.of(policy)
    attempt = _Attempts(policy.without)
    if sys.platform == "linux" and (threads := len(os.listdir("/proc/self/task"))) != 1:
        raise RuntimeError(f"A process must have one thread to confine itself. Received: {threads} threads.")

    def become_own_user() -> str:
        if os.geteuid() != 0:
            raise OSError("only root can give a kernel a user of its own")
        if obstacle := _closed_to_others(reach):
            raise OSError(f"another user could not reach {obstacle}")
        number = uid or own_user_id()
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)
        return f"user id {number}"

    def keep_privileges_away() -> str:
        _linux.set_dumpable(True)  # the change of user forgot it; without it /proc/self belongs to root
        _linux.drop_capabilities()
        _linux.no_new_privileges()
        return "set-user-id programs give nothing, no capabilities"

    def close_files() -> str:
        private = os.path.exists(
            _namespaces.ROOT_MARK
        )  # then these are the kernel's own, elsewhere they are everybody's
        readable = (*reach.readable, "/proc", *(("/",) if private else ()))
        writable = (*reach.writable, *(("/tmp", "/dev/shm") if private else ()))
        devices = (*reach.devices, "/dev/pts", "/dev/ptmx")
        version = _linux.landlock(readable, writable, devices, network=policy.network)
        notes = [f"version {version}: files outside the scratch directory"]
        notes += ["TCP"] if version >= 4 and not policy.network else []
        notes += ["signals and abstract sockets"] if version >= 6 else []
        return ", ".join(notes)

    def close_calls() -> str:
        _linux.seccomp(network=policy.network)
        return "dangerous system calls" + ("" if policy.network else ", all sockets but its own")

    attempt("limits", lambda: set_limits(policy))
    attempt("own user", become_own_user)
    attempt("no new privileges", keep_privileges_away)
    attempt("landlock", close_files)
    attempt("seccomp", close_calls)
    return attempt.results


def set_limits(policy: Policy) -> str:
    """Limit what this process and its children may take."""
    import resource  # not on Windows

    def limit(kind: int, soft: int, hard: int | None = None) -> None:
        most = resource.getrlimit(kind)[1]
        hard = soft if hard is None else hard
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, policy.file_mb << 20)
    limit(resource.RLIMIT_NOFILE, policy.open_files)
    limit(resource.RLIMIT_CPU, policy.cpu_seconds, policy.cpu_seconds + 5)
    limit(resource.RLIMIT_NPROC, policy.processes + _processes_of_user())
    # The data segment rather than the address space: TensorFlow reserves much more than it uses, and a refused
    # allocation is a clean MemoryError. What is there already does not count.
    limit(resource.RLIMIT_DATA, (policy.memory_mb << 20) + _data_segment())
    note = f"{policy.memory_mb} MB of memory, {policy.processes} processes, {policy.file_mb} MB a file"
    return f"{note}, {policy.open_files} open files, {policy.cpu_seconds} s of processor time"


def _data_segment() -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _processes_of_user() -> int:
    """Processes and threads of this user that we see: the limit counts them all. Root is about to change its user."""
    if os.geteuid() == 0:
        return 0
    total, user = 0, os.geteuid()
    with contextlib.suppress(OSError):
        for entry in os.scandir("/proc"):
            with contextlib.suppress(OSError):  # it may have ended since
                if entry.name.isdigit() and entry.stat().st_uid == user:
                    total += len(os.listdir(f"{entry.path}/task"))
    return total


def own_user(policy: Policy, reach: Reach, *, private_root: bool) -> int | None:
    """The user id that a kernel is going to get, with what it may write already given to it.

    Args:
        policy: The kernel's policy.
        reach: Its paths.
        private_root: Whether it will see its paths in a file system of its own, whatever surrounds them here.

    Returns:
        A user id for `confine`; `None` when the kernel keeps the user of this process.
    """
    closed = not private_root and _closed_to_others(reach)
    if os.geteuid() != 0 or "own user" in policy.without or closed:
        return None
    uid = own_user_id()
    for path in reach.writable:
        os.chown(path, uid, uid)
        for _folder, names, files, descriptor in os.fwalk(path, follow_symlinks=False):
            for name in (*names, *files):  # links are not followed: they could point anywhere
                os.chown(name, uid, uid, dir_fd=descriptor, follow_symlinks=False)
    return uid


def _closed_to_others(reach: Reach) -> str | None:
    """The first path in reach that lies in a directory which other users may not enter."""
    if os.path.exists(_namespaces.ROOT_MARK):
        return None
    for path in (*python_paths(), *reach.writable):
        for parent in Path(path).parents:
            if not parent.stat().st_mode & 1:
                return path
    return None


def own_user_id() -> int:
    """A user id that nobody has: random and high. Containers may map only a few ids, so it comes from those."""
    first, count = 0, 65536
    with contextlib.suppress(OSError):
        ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
        first, _outside, count = max(ranges, key=lambda item: item[2])
    count = min(count, 2**31 - first)
    return first + count // 2 + int.from_bytes(os.urandom(6), "big") % (count // 2 - 2)


# ------------------------------------------------------------------------------------------------ what a host gives


def protections(policy: Policy | None = None) -> list[Protection]:
    """Try every protection in a short-lived child and say which of them this host gives a kernel.

    Returns:
        One entry per name in `PROTECTIONS`, in that order.
    """
    policy = policy or Policy()
    if not hasattr(os, "fork"):
        return [Protection(name, False, f"needs Linux, this is {sys.platform}") for name in PROTECTIONS]
    with tempfile.TemporaryDirectory(prefix="courselib-probe-", ignore_cleanup_errors=True) as folder:
        results = _in_child(lambda: _rehearse(policy, folder))
        if len(results) <= 1:  # no namespaces; the rest may well work without them
            results += _in_child(lambda: confine(policy))
    found = {item.name: item for item in results}
    missing = Protection("", False, "the trial ended without a result")
    return [found.get(name, missing._replace(name=name)) for name in PROTECTIONS]


def gaps(found: Sequence[Protection]) -> list[str]:
    """What a kernel behind these protections could still do that it should not, in plain words.

    Several protections overlap, so one that is missing need not matter: an ordinary user, for example, cannot give a
    kernel a user of its own, but namespaces keep it away from the user's files and processes all the same.

    Args:
        found: The protections of a kernel, or those that `protections` found.

    Returns:
        An empty list when nothing is left open.
    """
    active = {item.name for item in found if item.active}
    signals = {item.name for item in found if item.name == "landlock" and "signals" in item.detail}
    needs = {
        "read and change files outside its scratch directory": {"namespaces", "landlock"},
        "use the network and connect to local sockets": {"namespaces", "seccomp"},
        "stop other processes of the same user": {"namespaces", "own user"} | signals,
        "gain rights by set-user-id programs": {"no new privileges"},
        "take all memory and processor time": {"limits"},
    }
    return [harm for harm, any_of in needs.items() if not any_of & active]


def _rehearse(policy: Policy, mount_point: str) -> list[Protection]:
    """Enter namespaces as a kernel's ancestors do and confine a process in there as a kernel does itself."""
    attempt, inner = _Attempts(policy.without), list[Protection]()

    def enter() -> str:
        _namespaces.enter_namespaces(network=policy.network)
        inner.extend(_in_child(lambda: _confine_in_private_root(policy, mount_point)))
        if len(inner) <= 1:
            raise OSError(inner[0].detail if inner else "the first process of the namespaces ended early")
        return _namespaces.DETAIL_WITH_NETWORK if policy.network else _namespaces.DETAIL

    attempt("namespaces", enter)
    return [*attempt.results, *inner[1:]]


def _confine_in_private_root(policy: Policy, mount_point: str) -> list[Protection]:
    attempt, reach = _Attempts(()), Reach.of(policy)

    def enter() -> str:
        _namespaces.enter_private_root(reach, mount_point, os.geteuid())
        return ""

    attempt("namespaces", enter)
    return [*attempt.results, *confine(policy, reach)] if attempt.results[0].active else attempt.results


def _in_child(work: Callable[[], list[Protection]]) -> list[Protection]:
    """Run `work` in a forked child, which it may confine or break, and return its result; empty when it crashed."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking a process with threads: the child only computes
        child = os.fork()
    if child == 0:
        try:
            os.close(read)
            os.write(write, json.dumps(work()).encode())
        except BaseException:  # the child must not return into the caller's code
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return [Protection(*item) for item in json.loads(answer)] if answer else []
