"""The Linux system calls that Python does not wrap: namespaces, mounts, Landlock, seccomp and capabilities.

Every function applies to the calling process (Landlock and seccomp: to the calling thread, so the process must have
only one) and raises `OSError` when the kernel says no. What is done with them, and in which order, is in `sandbox.py`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
from collections.abc import Iterable
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
_CLONE_NEW_ANY = 0x7E020000  # every CLONE_NEW* flag of clone(2)

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
_MS_KEPT_ON_REMOUNT = MS_NOSUID | MS_NODEV | MS_NOEXEC | 1024 | 2048 | 1 << 21  # ... and noatime, nodiratime, relatime
_MNT_DETACH = 2

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4

# The numbers from 424 on are the same on every architecture.
_COMMON_CALLS = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435, "pidfd_getfd": 438,
    "mount_setattr": 442, "landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446,
    "memfd_secret": 447,
}  # fmt: skip
_CALLS = {
    "x86_64": {
        "socket": 41, "connect": 42, "socketpair": 53, "clone": 56, "ioctl": 16, "ptrace": 101, "syslog": 103,
        "vhangup": 153, "pivot_root": 155, "adjtimex": 159, "chroot": 161, "acct": 163, "settimeofday": 164,
        "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169, "iopl": 172, "ioperm": 173,
        "init_module": 175, "delete_module": 176, "quotactl": 179, "clock_settime": 227, "kexec_load": 246,
        "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
        "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "memfd_create": 319,
        "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323, "shmget": 29, "msgget": 68, "semget": 64,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "socketpair": 199, "clone": 220, "ioctl": 29, "ptrace": 117, "syslog": 116,
        "vhangup": 58, "pivot_root": 41, "adjtimex": 171, "chroot": 51, "acct": 89, "settimeofday": 170,
        "mount": 40, "umount2": 39, "swapon": 224, "swapoff": 225, "reboot": 142, "init_module": 105,
        "delete_module": 106, "quotactl": 60, "clock_settime": 112, "kexec_load": 104, "add_key": 217,
        "request_key": 218, "keyctl": 219, "unshare": 97, "perf_event_open": 241, "name_to_handle_at": 264,
        "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270,
        "process_vm_writev": 271, "finit_module": 273, "memfd_create": 279, "kexec_file_load": 294, "bpf": 280,
        "userfaultfd": 282, "shmget": 194, "msgget": 186, "semget": 190,
    },
}  # fmt: skip
_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def call_numbers() -> dict[str, int]:
    """The system call numbers of this machine; only what all machines share when the architecture is unknown."""
    return {**_COMMON_CALLS, **_CALLS.get(platform.machine(), {})}


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(name: str, *args: object) -> int:
    return _checked(_libc.syscall(ctypes.c_long(call_numbers()[name]), *args), name)


def _prctl(option: int, value: int = 0, argument: int = 0) -> int:
    values = (ctypes.c_ulong(value), ctypes.c_ulong(argument), ctypes.c_ulong(0), ctypes.c_ulong(0))
    return _checked(_libc.prctl(option, *values), f"prctl({option})")


# ------------------------------------------------------------------------------------------------ processes


def die_with_parent(signal_number: int = 9) -> None:
    """Ask for a signal when the parent dies. A change of user id forgets it: call it after that."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def set_dumpable(dumpable: bool) -> None:
    """Whether processes of the same user may look into this one (/proc/PID/mem, environ, ptrace)."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent died, so that none can escape by a double fork."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def no_new_privileges() -> None:
    """From now on, executing a set-user-id program gives no privilege."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability for good: a root of a user namespace holds all of them inside it."""
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:  # not ours to drop, or past the last one
            break
    with contextlib.suppress(OSError):  # before Linux 4.3 there are none
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    version_3 = struct.pack("Ii", 0x20080522, 0)
    _checked(_libc.capset(version_3, b"\0" * 24), "capset")


# ------------------------------------------------------------------------------------------------ namespaces


def unshare(flags: int) -> None:
    _checked(_libc.unshare(ctypes.c_int(flags)), f"unshare({flags:#x})")


def map_own_user(uid: int, gid: int) -> None:
    """After `unshare(CLONE_NEWUSER)`: inside the namespace we keep the user and group id that we have outside."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path("/proc/self", name).write_text(text)


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    source_, kind_, options_ = (None if text is None else os.fsencode(text) for text in (source, kind, options))
    _checked(_libc.mount(source_, os.fsencode(target), kind_, flags, options_), f"mount {kind or source} on {target}")


def restrict_mount(path: str, *, read_only: bool) -> None:
    """No set-user-id programs and no device files at this mount and all below it, and no writing if `read_only`."""
    attributes = struct.pack("QQQQ", (1 if read_only else 0) | 2 | 4, 0, 0, 0)
    at_fdcwd, at_recursive = ctypes.c_int(-100), ctypes.c_uint(0x8000)
    try:
        _syscall("mount_setattr", at_fdcwd, os.fsencode(path), at_recursive, attributes, ctypes.c_size_t(32))
    except OSError:  # before Linux 5.12: only the mount itself, not what is mounted below
        flags = os.statvfs(path).f_flag & _MS_KEPT_ON_REMOUNT | MS_NOSUID | MS_NODEV
        mount(None, path, None, MS_BIND | MS_REMOUNT | flags | (MS_RDONLY if read_only else 0))


def change_root(path: str) -> None:
    """Make `path`, a mount point, the root of this mount namespace; the old root is out of reach afterwards."""
    os.chdir(path)
    _syscall("pivot_root", b".", b".")
    _checked(_libc.umount2(b".", _MNT_DETACH), "umount of the old root")
    os.chdir("/")


# ------------------------------------------------------------------------------------------------ Landlock

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 6, 1 << 11, 1 << 13, 1 << 14, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_USING = _READ_FILE | _READ_DIR | _WRITE_FILE | _IOCTL_DEV
_RULE_PATH_BENEATH = 1


def landlock_version() -> int:
    """The version of Landlock that the kernel offers, 0 for none. 4 restricts TCP, 6 signals and abstract sockets."""
    try:
        return _syscall("landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint(1))
    except OSError:
        return 0


def landlock(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str], *, network: bool) -> int:
    """Forget the file system, for this thread and all it starts, except for these paths and what lies below them.

    Args:
        readable: May be read and executed.
        writable: May be changed in every way, except that no device file may be made.
        devices: May be read, written and sent ioctls.
        network: Whether TCP stays allowed (from version 4 on Landlock can forbid it).

    Returns:
        The version of Landlock that is now in force.
    """
    version = landlock_version()
    if not version:
        raise OSError(38, "Landlock is not part of this kernel or not enabled at boot (lsm=landlock,...)")
    handled = _REFER - 1
    handled |= _REFER if version >= 2 else 0
    handled |= _TRUNCATE if version >= 3 else 0
    handled |= _IOCTL_DEV if version >= 5 else 0
    tcp = 3 if version >= 4 and not network else 0
    abstract_sockets_and_signals = 3 if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("QQQ", handled, tcp, abstract_sockets_and_signals)[:size]
    rules = _syscall("landlock_create_ruleset", attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    everything = handled & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)
    try:
        for paths, rights in ((readable, _READING), (devices, _USING), (writable, everything)):
            for path in paths:
                _allow_beneath(rules, path, rights & handled)
        _syscall("landlock_restrict_self", ctypes.c_int(rules), ctypes.c_uint(0))
    finally:
        os.close(rules)
    return version


def _allow_beneath(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, descriptor)
        kind = ctypes.c_int(_RULE_PATH_BENEATH)
        _syscall("landlock_add_rule", ctypes.c_int(rules), kind, rule, ctypes.c_uint(0))
    finally:
        os.close(descriptor)


# ------------------------------------------------------------------------------------------------ seccomp

_EPERM, _EACCES, _ENOSYS, _EOPNOTSUPP = 1, 13, 38, 95
_LOAD, _AND, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENT_0, _AT_ARGUMENT_1 = 0, 4, 16, 24
_AF_UNIX, _SOCK_STREAM, _SOCK_SEQPACKET, _TIOCSTI, _TIOCLINUX = 1, 1, 5, 0x5412, 0x541C

# A kernel that computes needs none of these, and each has been a way out of a sandbox or into the machine.
_FORBIDDEN = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "mount", "umount2", "pivot_root", "chroot",
    "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "bpf",
    "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot",
    "swapon", "swapoff", "open_by_handle_at", "name_to_handle_at", "quotactl", "acct", "syslog", "vhangup", "iopl",
    "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
)  # fmt: skip
# Memory that belongs to no process and so escapes the memory limit; callers fall back when it "does not exist".
_NOT_IMPLEMENTED = ("clone3", "memfd_create", "memfd_secret", "shmget", "msgget", "semget")


def seccomp(*, network: bool) -> None:
    """Refuse the system calls that a notebook has no business with; without `network` also all but local sockets.

    Without network a process may listen on a unix socket, as a Jupyter kernel does, but connect to none: Landlock
    (before version 9) does not keep it from the sockets of other programs.
    """
    if platform.machine() not in _CALLS:
        known = ", ".join(_CALLS)
        raise OSError(_ENOSYS, f"no system call table for {platform.machine()}; there is one for {known}")
    program = _filter_program(network=network)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    filter_mode = ctypes.c_ulong(2)
    result = _libc.prctl(_PR_SET_SECCOMP, filter_mode, ctypes.c_char_p(header), ctypes.c_ulong(0), ctypes.c_ulong(0))
    _checked(result, "seccomp")


def _filter_program(*, network: bool) -> bytes:
    """The classic BPF program: eight bytes an instruction, jumps counted from the next instruction."""
    numbers = call_numbers()
    program: list[bytes] = []

    def emit(code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        program.append(struct.pack("HBBI", code, if_true, if_false, value))

    def refuse(call: str, error: int) -> None:
        if call in numbers:
            emit(_IF_EQUAL, numbers[call], 0, 1)
            emit(_RETURN, _FAIL | error)

    emit(_LOAD, _AT_ARCHITECTURE)
    emit(_IF_EQUAL, _AUDIT_ARCHITECTURE[platform.machine()], 1, 0)
    emit(_RETURN, _KILL_PROCESS)  # a 32-bit call: its numbers mean something else
    emit(_LOAD, _AT_NUMBER)
    emit(_IF_AT_LEAST, 0x40000000, 0, 1)
    emit(_RETURN, _FAIL | _ENOSYS)  # the x32 numbers of x86-64
    for call in _FORBIDDEN:
        refuse(call, _EPERM)
    for call in _NOT_IMPLEMENTED:
        refuse(call, _ENOSYS)
    # Each block below ends in a return when the call is the one it is about, and is jumped over when it is not.
    emit(_IF_EQUAL, numbers["clone"], 0, 4)
    emit(_LOAD, _AT_ARGUMENT_0)
    emit(_IF_ANY_BIT, _CLONE_NEW_ANY, 0, 1)
    emit(_RETURN, _FAIL | _EPERM)
    emit(_RETURN, _ALLOW)
    emit(_IF_EQUAL, numbers["ioctl"], 0, 5)
    emit(_LOAD, _AT_ARGUMENT_1)
    emit(_IF_EQUAL, _TIOCSTI, 1, 0)
    emit(_IF_EQUAL, _TIOCLINUX, 0, 1)
    emit(_RETURN, _FAIL | _EPERM)  # typing into somebody's terminal
    emit(_RETURN, _ALLOW)
    if not network:
        refuse("connect", _EACCES)
        # libzmq aborts unless a refused socket says EOPNOTSUPP. Datagram sockets could send without connecting.
        emit(_IF_EQUAL, numbers["socket"], 0, 7)
        emit(_LOAD, _AT_ARGUMENT_0)
        emit(_IF_EQUAL, _AF_UNIX, 0, 4)
        emit(_LOAD, _AT_ARGUMENT_1)
        emit(_AND, 0xF)
        emit(_IF_EQUAL, _SOCK_STREAM, 0, 1)
        emit(_RETURN, _ALLOW)
        emit(_RETURN, _FAIL | _EOPNOTSUPP)
        emit(_IF_EQUAL, numbers["socketpair"], 0, 6)
        emit(_LOAD, _AT_ARGUMENT_1)
        emit(_AND, 0xF)
        emit(_IF_EQUAL, _SOCK_STREAM, 2, 0)
        emit(_IF_EQUAL, _SOCK_SEQPACKET, 1, 0)
        emit(_RETURN, _FAIL | _EOPNOTSUPP)
        emit(_RETURN, _ALLOW)
    emit(_RETURN, _ALLOW)
    return b"".join(program)
