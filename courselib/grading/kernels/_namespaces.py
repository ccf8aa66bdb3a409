"""Namespaces: a kernel that sees no processes, networks and files but its own.

A process cannot enter a pid namespace, its children are born into it; so these functions are called by the parents of
a kernel, in `_supervisor.py`, and by the trial in `sandbox.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from courselib.grading.kernels import _linux

ROOT_MARK = "/.courselib"  # this file exists in the private root and, we trust, nowhere else
DETAIL = "processes, network, IPC and file system of its own"
DETAIL_WITH_NETWORK = "processes, IPC and file system of its own, but the host's network"
_TEMPORARY_MB = 64  # of each memory file system that a kernel gets: /tmp and /dev/shm


class _Reach(Protocol):
    """The paths that stay visible; `sandbox.Reach`."""

    @property
    def readable(self) -> tuple[str, ...]: ...
    @property
    def writable(self) -> tuple[str, ...]: ...
    @property
    def devices(self) -> tuple[str, ...]: ...


def enter_namespaces(*, network: bool) -> None:
    """Detach the children that this process will have from the host's processes, network and System V IPC.

    Args:
        network: Whether they keep the host's network.

    Raises:
        OSError: If the host does not allow it.
    """
    flags = _linux.CLONE_NEWPID | _linux.CLONE_NEWIPC | _linux.CLONE_NEWUTS
    flags |= 0 if network else _linux.CLONE_NEWNET
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        _linux.unshare(flags)
        return
    _linux.set_dumpable(True)  # /proc/self/uid_map is ours only then
    _linux.unshare(flags | _linux.CLONE_NEWUSER)
    _linux.map_own_user(uid, gid)
    _linux.set_dumpable(False)


def enter_private_root(reach: _Reach, mount_point: str, user: int) -> None:
    """Exchange the file system for one that holds nothing but what is in reach.

    Must run in the first process of a new pid namespace, because it mounts that namespace's /proc.

    Args:
        reach: The paths to take along.
        mount_point: An empty directory.
        user: The user id of the kernel; it gets a name there, the host's users do not.

    Raises:
        OSError: If the host does not allow it.
    """
    _linux.unshare(_linux.CLONE_NEWNS)  # here, not in the parent: changing the root moves everyone in the namespace
    _linux.mount(None, "/", None, _linux.MS_REC | _linux.MS_PRIVATE)
    new = mount_point
    plain = _linux.MS_NOSUID | _linux.MS_NODEV
    _linux.mount("tmpfs", new, "tmpfs", plain, "mode=755,size=4m")
    for name in ("tmp", "dev/shm", "dev/pts", "proc", "etc", "var"):
        os.makedirs(f"{new}/{name}", mode=0o755)
    for name in ("tmp", "dev/shm"):
        _linux.mount("tmpfs", f"{new}/{name}", "tmpfs", plain, f"mode=1777,size={_TEMPORARY_MB}m")
    os.symlink("/tmp", f"{new}/var/tmp")
    no_programs = _linux.MS_NOSUID | _linux.MS_NOEXEC
    _linux.mount("devpts", f"{new}/dev/pts", "devpts", no_programs, "newinstance,ptmxmode=0666,mode=620")
    os.symlink("pts/ptmx", f"{new}/dev/ptmx")
    _linux.mount("proc", f"{new}/proc", "proc", plain | _linux.MS_NOEXEC)
    # Writing to /proc/sys or /proc/sysrq-trigger commands the host, and asks for nothing but being user 0.
    _linux.restrict_mount(f"{new}/proc", read_only=True)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(f"/proc/self/{target}", f"{new}/dev/{name}")
    for path in reach.readable:
        if not path.startswith("/proc/"):
            _bring(path, new, read_only=True)
    for path in reach.writable:
        _bring(path, new, read_only=False)
    for path in reach.devices:
        if os.path.exists(path) and not os.path.isdir(path):
            _linux.mount(path, _target(path, new, directory=False), None, _linux.MS_BIND)
    Path(f"{new}/etc/passwd").write_text(f"learner:x:{user}:{user}::/tmp:/bin/sh\n")
    Path(f"{new}{ROOT_MARK}").touch()
    flags = _linux.MS_BIND | _linux.MS_REMOUNT | plain | _linux.MS_RDONLY
    _linux.mount(None, new, None, flags)  # the tree of mount points itself
    _linux.change_root(new)


def _target(path: str, root: str, *, directory: bool) -> str:
    target = root + path
    os.makedirs(target if directory else os.path.dirname(target), mode=0o755, exist_ok=True)
    if not directory and not os.path.lexists(target):
        Path(target).touch()
    return target


def _bring(path: str, root: str, *, read_only: bool) -> None:
    """Make `path` visible below `root`; a symbolic link together with what it points to."""
    if not os.path.exists(path):
        return
    if os.path.islink(path):
        if not os.path.lexists(root + path):
            os.makedirs(os.path.dirname(root + path), mode=0o755, exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        real = os.path.realpath(path)
        if not os.path.lexists(root + real):
            _bring(real, root, read_only=read_only)
        return
    if read_only and os.path.ismount(root + path):
        return
    target = _target(path, root, directory=os.path.isdir(path))
    _linux.mount(path, target, None, _linux.MS_BIND | _linux.MS_REC)
    _linux.restrict_mount(target, read_only=read_only)
