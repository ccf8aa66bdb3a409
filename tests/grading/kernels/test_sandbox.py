"""What a confined kernel can and cannot do. Each attempt is made from inside a kernel, as a submission would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import courselib
from courselib.grading.kernels import _linux, sandbox
from courselib.grading.kernels.sandbox import PROTECTIONS, Policy, Protection, confine, protections
from tests.conftest import wait_until
from tests.grading.kernels.conftest import RunningKernel, StartKernel

REPOSITORY = Path(courselib.__path__[0]).parent

# Which protections are left out, so that each layer shows what it holds alone.
LAYERS = {
    "all": (),
    "no namespaces": ("namespaces",),
    "no namespaces, same user": ("namespaces", "own user"),
    "namespaces only": ("landlock", "seccomp", "own user"),
}


# ------------------------------------------------------------------------------------------------ without a kernel


def test_a_policy_survives_a_kernelspec() -> None:
    policy = Policy(scratch="/tmp", readable=("/usr",), memory_mb=5, without=("landlock",))
    assert Policy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"memory_mb": 0}, "`memory_mb` must be positive"), ({"without": ("walls",)}, "Received: walls")],
)
def test_a_policy_says_what_is_wrong_with_it(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Policy(**arguments)  # type: ignore[arg-type]


def test_a_policy_refuses_unknown_fields() -> None:
    with pytest.raises(ValueError, match="Received: colour"):
        Policy.from_dict({"colour": "red"})


def test_every_protection_reports() -> None:
    found = protections()
    assert tuple(item.name for item in found) == PROTECTIONS
    assert all(item.detail for item in found)


def test_a_protection_left_out_says_so() -> None:
    found = {item.name: item for item in protections(Policy(without=("seccomp",)))}
    assert found["seccomp"] == Protection("seccomp", False, "left out by the policy")


def test_a_missing_protection_matters_only_where_no_other_stands_in() -> None:
    def behind(*names: str) -> list[str]:
        return sandbox.gaps([Protection(name, name in names, "with signals") for name in PROTECTIONS])

    assert behind(*PROTECTIONS) == []
    assert behind("limits", "namespaces", "no new privileges") == []
    assert behind("limits", "landlock", "seccomp", "no new privileges") == []
    assert behind("limits", "seccomp", "no new privileges")[0].startswith("read and change files")
    assert len(behind()) == 5


def test_the_rest_of_the_repository_is_not_in_reach() -> None:
    paths = sandbox.python_paths()
    assert str(Path(courselib.__path__[0])) in paths or any(
        Path(courselib.__path__[0]).is_relative_to(path) for path in paths
    )
    for folder in ("solutions", "assignments", "tests"):
        assert not any((REPOSITORY / folder).is_relative_to(path) for path in paths)


def test_a_process_with_threads_refuses_to_confine_itself() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="one thread"):
            confine(Policy())
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("network", [True, False])
def test_the_system_call_filter_only_jumps_forward_within_itself(
    machine: str, network: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_linux.platform, "machine", lambda: machine)
    program = _linux._filter_program(network=network)
    instructions = [program[at : at + 8] for at in range(0, len(program), 8)]
    for position, instruction in enumerate(instructions):
        assert position + 1 + max(instruction[2], instruction[3]) < len(instructions) or instruction[0] == 0x06


def test_an_unknown_machine_has_no_system_call_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_linux.platform, "machine", lambda: "vax")
    with pytest.raises(OSError, match="vax"):
        _linux.seccomp(network=False)


# ------------------------------------------------------------------------------------------------ from inside


@pytest.fixture(scope="module", params=LAYERS, ids=LAYERS.keys())
def confined(request: pytest.FixtureRequest, host: set[str]) -> Iterator[RunningKernel]:
    """A kernel behind some of the layers."""
    without = LAYERS[request.param]
    if "namespaces" not in without and "namespaces" not in host:
        pytest.skip("this host gives no namespaces")
    if "landlock" not in without and "landlock" not in host:
        pytest.skip("this host has no Landlock")
    kernel = RunningKernel("numpy", Policy(without=without, memory_mb=1500, processes=60))
    yield kernel
    kernel.stop()


def has(kernel: RunningKernel, *names: str) -> bool:
    """Whether any of these protections is active in the kernel."""
    return any(item.active and item.name in names for item in kernel.provisioner.protections)


def attempt(expression: str) -> str:
    """Code that prints `got` and a result, or `refused` and the error."""
    return f"try:\n    print('got', {expression})\nexcept OSError as e:\n    print('refused', e)"


def test_courselib_and_numpy_can_be_imported(confined: RunningKernel) -> None:
    assert confined.run("import courselib, numpy, courselib.grading.exercise; print(numpy.ones(2).sum())") == "2.0"


def test_home_temporary_and_working_directory_are_the_scratch_directory(confined: RunningKernel) -> None:
    code = "import os, tempfile, pathlib; print(os.getcwd()); print(pathlib.Path.home()); print(tempfile.gettempdir())"
    scratch = confined.provisioner.scratch
    assert confined.run(code).splitlines() == [scratch, scratch, f"{scratch}/.tmp"]
    assert confined.run("open('mine', 'w').write('x'); print(open('mine').read())") == "x"


@pytest.mark.parametrize("name", ["pyproject.toml", "tests", "solutions", "courselib/../README.md"])
def test_the_repository_cannot_be_read(confined: RunningKernel, name: str) -> None:
    path = REPOSITORY / name
    reading = f"__import__('os').listdir({str(path)!r})" if path.is_dir() else f"open({str(path)!r}).read(5)"
    assert confined.run(attempt(reading)).startswith("refused")


def test_a_strangers_file_cannot_be_read_or_listed(confined: RunningKernel, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret")
    for parent in (tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o755)
    assert confined.run(attempt(f"open({str(tmp_path / 'key')!r}).read()")).startswith("refused")
    assert confined.run(attempt(f"__import__('os').listdir({str(tmp_path)!r})")).startswith("refused")


def test_nothing_outside_the_scratch_directory_can_be_written(confined: RunningKernel, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    places = [sys.prefix, courselib.__path__[0], str(tmp_path), "/usr", "/etc"]
    for place in places:
        assert confined.run(attempt(f"open({place + '/planted'!r}, 'w')")).startswith("refused"), place
    assert not any(Path(place, "planted").exists() for place in places)


@pytest.mark.parametrize("name", ["sys/kernel/core_pattern", "sys/kernel/hostname", "sysrq-trigger"])
def test_the_host_cannot_be_commanded_through_proc(confined: RunningKernel, name: str) -> None:
    assert confined.run(attempt(f"open('/proc/{name}', 'a')")).startswith("refused")


def test_what_it_writes_to_tmp_is_its_own(confined: RunningKernel) -> None:
    confined.run("try:\n    open('/tmp/planted-by-a-test', 'w').close()\nexcept OSError:\n    pass")
    assert not Path("/tmp/planted-by-a-test").exists()


def test_no_socket_of_the_host_can_be_reached(confined: RunningKernel, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "s"))
        unix.listen()
        (tmp_path / "s").chmod(0o777)
        port = tcp.getsockname()[1]
        code = "import socket\n" + attempt(f"socket.create_connection(('127.0.0.1', {port}), 2)")
        assert confined.run(code).startswith("refused")
        assert confined.run(attempt(f"socket.socket(socket.AF_UNIX).connect({str(tmp_path / 's')!r})")).startswith(
            "refused"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.2)
        address = udp.getsockname()
        confined.run(attempt(f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {address})"))
        with pytest.raises(TimeoutError):
            udp.recv(1)


def test_a_datagram_cannot_be_sent_to_a_unix_socket(confined: RunningKernel, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.bind(str(tmp_path / "d"))
        (tmp_path / "d").chmod(0o777)
        code = f"""
            import socket
            for make in (lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
                         lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]):
                try:
                    make().sendto(b'x', {str(tmp_path / "d")!r})
                except OSError as error:
                    print('refused')
        """
        assert confined.run(code).split() == ["refused", "refused"]


def test_an_abstract_socket_cannot_be_reached(confined: RunningKernel) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0courselib-test-socket")
        unix.listen()
        code = "import socket\n" + attempt("socket.socket(socket.AF_UNIX).connect('\\0courselib-test-socket')")
        assert confined.run(code).startswith("refused")


def test_this_process_cannot_be_signalled_or_read(confined: RunningKernel) -> None:
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={"SECRET": "4711"})
    try:
        confined.run("import os\n" + attempt(f"os.kill({victim.pid}, 9)"))
        time.sleep(0.1)
        assert victim.poll() is None
        for name in ("environ", "mem", "maps"):
            assert confined.run(attempt(f"open('/proc/{victim.pid}/{name}', 'rb').read(9)")).startswith("refused"), name
        for name in ("fd/0", "root", "cwd"):
            assert confined.run(attempt(f"os.readlink('/proc/{victim.pid}/{name}')")).startswith("refused"), name
    finally:
        victim.kill()
        victim.wait()


def test_with_namespaces_it_sees_no_other_process(confined: RunningKernel) -> None:
    if not has(confined, "namespaces"):
        pytest.skip("without namespaces the names of processes are visible")
    seen = confined.run("import os; print(*(name for name in os.listdir('/proc') if name.isdigit()))")
    assert len(seen.split()) == 2  # itself and its first process


def test_its_parents_cannot_be_looked_into(confined: RunningKernel) -> None:
    code = """
        import os
        pid, seen = os.getppid(), []
        while pid > 1:
            for name in ("mem", "environ", "maps"):
                try:
                    open(f"/proc/{pid}/{name}", "rb").read(1)
                    seen.append((pid, name))
                except OSError:
                    pass
            try:
                pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
            except OSError:
                break
        print(seen)
    """
    assert confined.run(code) == "[]"


def test_no_capabilities_and_no_way_to_get_them(confined: RunningKernel) -> None:
    status = confined.run("print(open('/proc/self/status').read())")
    values = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(values["CapEff"], 16) == int(values["CapPrm"], 16) == 0
    assert values["NoNewPrivs"] == "1"


def test_namespaces_mounts_and_tracing_are_refused(confined: RunningKernel) -> None:
    if not has(confined, "seccomp"):
        pytest.skip("only the filter of system calls refuses them")
    code = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.unshare(0x10000000), libc.ptrace(16, 1, 0, 0), libc.mount(b"x", b"/tmp", b"tmpfs", 0, None),
              libc.syscall(425, 1, 0), libc.memfd_create(b"x", 0))
    """
    assert confined.run(code) == "-1 -1 -1 -1 -1"


def test_a_shell_command_works_and_is_confined_as_well(confined: RunningKernel) -> None:
    assert confined.run("!echo hello") == "hello"
    assert "root:" not in confined.run("!cat /etc/shadow")


# ------------------------------------------------------------------------------------------------ limits


def test_an_allocation_beyond_the_limit_is_a_memory_error(confined: RunningKernel) -> None:
    assert confined.run("import numpy as np; x = np.ones(20 * 2**27)").startswith(
        "MemoryError: Unable to allocate 20.0 GiB"
    )
    assert confined.run("print(1)") == "1"


_FORK_BOMB = """
    import os, signal, time
    children = []
    try:
        for _ in range(500):
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            children.append(pid)
    except OSError as error:
        print("refused")
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(len(children) < 60)
"""


def test_a_fork_bomb_stops_at_the_limit(start: StartKernel) -> None:
    kernel = start(Policy(processes=60))
    if os.geteuid() == 0 and not has(kernel, "own user"):
        pytest.skip("the system does not limit root's processes; the supervisor does, in the next test")
    assert kernel.run(_FORK_BOMB).split() == ["refused", "True"]


def test_a_fork_bomb_that_the_system_does_not_stop_ends_the_kernel(start: StartKernel) -> None:
    kernel = start(Policy(processes=60, without=("own user", "limits")))
    kernel.client.execute(_FORK_BOMB)
    assert str(kernel.wait_for_end()).startswith("process limit exceeded")


def test_a_big_file_is_refused(start: StartKernel) -> None:
    kernel = start(Policy(file_mb=2))
    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + attempt(
        "open('x', 'wb').write(bytes(2**22))"
    )
    assert kernel.run(code).startswith(("refused", "got 2097152"))
    assert Path(kernel.provisioner.scratch or "", "x").stat().st_size <= 2 * 2**20


def test_too_many_open_files_are_refused(start: StartKernel) -> None:
    kernel = start(Policy(open_files=128))
    assert "Too many open files" in kernel.run("files = [open('/dev/null') for _ in range(200)]")


def test_memory_that_no_limit_of_the_system_sees_ends_the_kernel(start: StartKernel) -> None:
    kernel = start(Policy(memory_mb=300))
    kernel.client.execute("import mmap\nx = mmap.mmap(-1, 2**30)\nfor i in range(0, 2**30, 4096): x[i] = 1")
    reason = kernel.wait_for_end()
    assert reason is not None
    assert reason.startswith("memory limit exceeded")


def test_memory_of_many_processes_counts_together(start: StartKernel) -> None:
    kernel = start(Policy(memory_mb=300))
    kernel.client.execute("import os, time\nfor _ in range(8): os.fork()\nx = b'x' * 2**27\ntime.sleep(30)")
    assert str(kernel.wait_for_end()).startswith("memory limit exceeded")


def test_filling_the_disk_ends_the_kernel(start: StartKernel) -> None:
    kernel = start(Policy(scratch_mb=10))
    kernel.client.execute(
        "import os, time\nfor i in range(40): open(f'{i}', 'wb').write(os.urandom(2**20))\ntime.sleep(30)"
    )
    assert str(kernel.wait_for_end()).startswith("disk limit exceeded")


def test_deleted_files_that_stay_open_count_too(start: StartKernel) -> None:
    kernel = start(Policy(scratch_mb=10))
    kernel.client.execute(
        "import os, time\nfiles = []\nfor i in range(40):\n    files.append(open('x', 'wb', 0))\n"
        "    files[-1].write(os.urandom(2**20))\n    os.unlink('x')\ntime.sleep(30)"
    )
    assert str(kernel.wait_for_end()).startswith("disk limit exceeded")


def test_too_much_processor_time_ends_the_kernel(start: StartKernel) -> None:
    kernel = start(Policy(cpu_seconds=1))
    kernel.client.execute("while True: pass")
    assert str(kernel.wait_for_end()).startswith("processor time limit exceeded")


def test_too_much_time_ends_the_kernel(start: StartKernel) -> None:
    kernel = start(Policy(wall_seconds=1.5))
    kernel.client.execute("import time; time.sleep(60)")
    assert str(kernel.wait_for_end()).startswith("time limit exceeded")


def test_a_kernel_may_have_the_network(start: StartKernel) -> None:
    kernel = start(Policy(network=True))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; print(socket.create_connection(('127.0.0.1', {port}), 2).getpeername()[1])"
        assert kernel.run(code) == str(port)


def test_readable_paths_can_be_read_and_not_written(start: StartKernel, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("42")
    for parent in (tmp_path / "data", tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o755)
    kernel = start(Policy(readable=(str(tmp_path / "data"),)))
    assert kernel.run(f"print(open({str(tmp_path / 'data' / 'x')!r}).read())") == "42"
    assert kernel.run(attempt(f"open({str(tmp_path / 'data' / 'x')!r}, 'a')")).startswith("refused")


def test_two_kernels_do_not_see_each_other(start: StartKernel, host: set[str]) -> None:
    one, two = start(Policy()), start(Policy())
    one.run("open('mine', 'w').write('secret')")
    path = f"{one.provisioner.scratch}/mine"
    assert Path(path).read_text() == "secret"
    assert two.run(attempt(f"open({path!r}).read()")).startswith("refused")
    sockets = Path(one.provisioner.scratch or "").parent / "sockets"
    assert two.run(attempt(f"__import__('os').listdir({str(sockets)!r})")).startswith("refused")


def test_a_detached_process_dies_with_its_kernel(start: StartKernel) -> None:
    kernel = start(Policy(without=("namespaces",)))  # with them the system sees to it
    code = """
        import os, time
        report, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(write, str(os.getpid()).encode())
                time.sleep(300)
            os._exit(0)
        os.wait()
        print(os.read(report, 20).decode())
    """
    orphan = int(kernel.run(code))
    assert Path(f"/proc/{orphan}").exists()
    kernel.manager.shutdown_kernel(now=True)
    wait_until(lambda: not Path(f"/proc/{orphan}").exists())
