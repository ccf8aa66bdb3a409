"""The fork server: what it knows, whom it serves, and that nothing remains of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from courselib.grading.kernels import _client, sandbox
from courselib.grading.kernels._client import ServerError, find_or_start, share_servers
from courselib.grading.kernels.sandbox import Policy
from courselib.grading.kernels.server import remove
from tests.conftest import wait_until
from tests.grading.kernels.conftest import StartKernel

REPOSITORY = Path(__file__).parents[3]

# A grader that starts a kernel, tells about it, and waits to be killed.
GRADER = """
import sys, time
from tests.grading.kernels.conftest import RunningKernel, Policy, KernelProvisionerFactory, EntryPoint, PROVISIONER
KernelProvisionerFactory.instance().provisioners[PROVISIONER] = EntryPoint(
    PROVISIONER, "courselib.grading.kernels.provisioner:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME)
kernel = RunningKernel("numpy", Policy(scratch=sys.argv[1], remove_scratch=True, {options}))
kernel.run("import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)")
kernel.client.execute({code!r})
print(kernel.provisioner._server.directory, flush=True)
time.sleep(1000)
"""


def processes_of(directory: str) -> list[int]:
    """Processes that mention the server's directory on their command line or in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):  # gone, or not ours to look into
                if directory.encode() in (entry / name).read_bytes():
                    found.append(int(entry.name))
    return sorted(set(found))


def server_pid(directory: str) -> int:
    """The server's process id: what has its directory among its arguments and no parent of that kind."""
    pids = set(processes_of(directory))
    for pid in pids:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if parent not in pids:
            return pid
    raise AssertionError("there is no server")


@pytest.mark.parametrize("code", ["1", "while True: pass", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"])
@pytest.mark.parametrize("options", ["", "without=('namespaces',)"])
def test_nothing_remains_of_a_grader_that_was_killed(tmp_path: Path, code: str, options: str) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for parent in (scratch, tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o711)
    script = GRADER.replace("{options}", options).replace("{code!r}", repr(code))
    command = [sys.executable, "-c", script, str(scratch)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as grader:
        try:
            assert grader.stdout is not None
            directory = grader.stdout.readline().strip()
            assert Path(directory, "s").exists()
            assert len(processes_of(directory)) >= 4  # server, supervisor, first process, kernel
        finally:
            grader.kill()
    wait_until(lambda: not processes_of(directory) and not Path(directory).exists() and not scratch.exists())


def test_a_server_without_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "_IDLE_SECONDS", 0.2)
    server = find_or_start("plain", {"OMP_TEST": "idle"}, sandboxed=True)
    wait_until(lambda: not Path(server.directory).exists())
    again = find_or_start("plain", {"OMP_TEST": "idle"}, sandboxed=True)
    assert again.directory != server.directory


def test_one_server_serves_all_kernels_of_a_kind(start: StartKernel) -> None:
    one, two = start(Policy()), start(Policy())
    assert one.provisioner._server is two.provisioner._server
    other = start(Policy(), env={**os.environ, "OMP_NUM_THREADS": "3"})
    assert other.provisioner._server is not one.provisioner._server
    assert other.run("import os; print(os.environ['OMP_NUM_THREADS'])") == "3"


def test_other_processes_share_a_server() -> None:
    shared = share_servers("plain", env={"OMP_TEST": "shared"})
    code = (
        "from courselib.grading.kernels._client import find_or_start\n"
        "print(find_or_start('plain', {'OMP_TEST': 'shared'}, sandboxed=True).directory)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **shared}, cwd=REPOSITORY, capture_output=True, text=True
    )
    assert result.stdout.strip() == shared[_client.SHARED_SERVERS]
    assert Path(result.stdout.strip(), "s").exists()  # it outlived the process that borrowed it


def test_a_fork_of_the_owner_does_not_keep_the_server() -> None:
    server = find_or_start("plain", {"OMP_TEST": "forked"}, sandboxed=True)
    child = os.fork()
    if child == 0:
        signal.pause()
    try:
        server.stop()
        wait_until(lambda: not Path(server.directory).exists())
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_the_server_knows_no_secret(monkeypatch: pytest.MonkeyPatch, start: StartKernel) -> None:
    monkeypatch.setenv("API_TOKEN", "4711")
    monkeypatch.setenv("TF_VAR_password", "4712")
    monkeypatch.setenv("OMP_TEST", "secret")  # a server of its own
    kernel = start(Policy())
    server = server_pid(str(kernel.provisioner._server.directory if kernel.provisioner._server else ""))
    if os.access(f"/proc/{server}/environ", os.R_OK):
        environment = Path(f"/proc/{server}/environ").read_bytes()
        assert b"4711" not in environment
        assert b"4712" not in environment
    seen = kernel.run("import os; print(sorted(os.environ)); print(open('/proc/self/environ').read())")
    assert "4711" not in seen
    assert "API_TOKEN" not in seen
    assert "TF_VAR_password" not in seen


def test_numpy_kernels_come_from_a_server_without_tensorflow(start: StartKernel) -> None:
    kernel = start(Policy())
    assert kernel.run("import sys; print('numpy' in sys.modules, 'tensorflow' in sys.modules)") == "True False"


def test_a_kernel_has_no_descriptors_of_the_server(start: StartKernel) -> None:
    kernel = start(Policy())
    directory = kernel.provisioner._server.directory if kernel.provisioner._server else ""
    links = kernel.run(
        "import os\nfor n in os.listdir('/proc/self/fd'):\n    try: print(os.readlink(f'/proc/self/fd/{n}'))\n"
        "    except OSError: pass"
    )
    assert f"{directory}/s" not in links
    assert f"{directory}/log" not in links


def test_kernels_draw_different_random_numbers(start: StartKernel) -> None:
    code = "import numpy as np, random, uuid; print(np.random.rand(), random.random(), uuid.uuid4())"
    first, second = start(Policy()).run(code).split(), start(Policy()).run(code).split()
    assert len(set(first) | set(second)) == 6


def test_a_kernel_may_not_ask_for_kernels(start: StartKernel) -> None:
    kernel = start(None)  # one that could reach the socket
    directory = kernel.provisioner._server.directory if kernel.provisioner._server else ""
    code = f"""
        import socket
        s = socket.socket(socket.AF_UNIX)
        s.connect({directory + "/s"!r})
        print(s.recv(1000).decode())
    """
    assert "a kernel may not ask for kernels" in kernel.run(code)


@pytest.mark.parametrize(
    "request_", [b"\n", b"[]\n", b'{"launch": {}}\n', b'{"launch": {"folder": "/"}}\n', b"{}\n", b"x"]
)
def test_nonsense_is_refused_and_the_server_lives(request_: bytes) -> None:
    server = find_or_start("plain", {}, sandboxed=True)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{server.directory}/s")
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        assert json.loads(connection.recv(10_000))["event"] == "refused"
    keep, answer = server.open_folder([])
    assert Path(answer["folder"]).is_dir()
    keep.close()
    wait_until(lambda: not Path(answer["folder"]).exists())


def test_a_package_that_cannot_be_imported_does_not_stop_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['matplotlib'] = None\n")
    monkeypatch.setattr(_client, "_PASSED", (*_client._PASSED, "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = find_or_start("numpy", {}, sandboxed=True)
    keep, answer = server.open_folder([])
    keep.close()
    server.stop()
    assert "matplotlib" in answer["missing"]["matplotlib.pyplot"]
    assert "Kernels start without matplotlib.pyplot" in caplog.text


def test_a_server_that_crashes_is_reported_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "comm.py").write_text(
        "import os, sys\nprint('illegal instruction', file=sys.stderr, flush=True)\nos._exit(1)\n"
    )
    monkeypatch.setattr(_client, "_PASSED", (*_client._PASSED, "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ServerError, match="illegal instruction"):
        find_or_start("plain", {}, sandboxed=True)


def test_what_a_killed_server_left_is_swept_up_later() -> None:
    server = find_or_start("plain", {"OMP_TEST": "swept"}, sandboxed=True)
    pid = server_pid(server.directory)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    os.utime(server.directory, (0, 0))
    replacement = find_or_start("plain", {"OMP_TEST": "swept"}, sandboxed=True)
    assert not Path(server.directory).exists()
    assert Path(replacement.directory).exists()


def _deep(path: Path) -> None:
    os.makedirs(path)
    descriptor = os.open(path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=descriptor)
        below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)


def _closed(path: Path) -> None:
    (path / "a" / "b").mkdir(parents=True)
    (path / "a" / "b" / "file").touch()
    (path / "a" / "b").chmod(0)
    (path / "a").chmod(0)


def _linked(path: Path) -> None:
    path.mkdir()
    (path / "link").symlink_to("/etc")
    (path.parent / "alias").symlink_to(path)


@pytest.mark.parametrize("fill", [_deep, _closed, _linked])
def test_a_hostile_directory_is_removed(tmp_path: Path, fill: Callable[[Path], None]) -> None:
    fill(tmp_path / "scratch")
    remove(str(tmp_path / "scratch"))
    assert not (tmp_path / "scratch").exists()
    assert Path("/etc/passwd").exists()


def test_no_zombie_remains(start: StartKernel) -> None:
    kernel = start(Policy())
    directory = kernel.provisioner._server.directory if kernel.provisioner._server else ""
    server = server_pid(directory)
    kernel.stop()

    def children() -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]

    running = {pid for pid in children() if "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]}
    wait_until(lambda: set(children()) <= running)


def test_the_server_has_one_thread() -> None:
    server = find_or_start("numpy", {}, sandboxed=True)
    assert len(os.listdir(f"/proc/{server_pid(server.directory)}/task")) == 1


def test_user_ids_come_from_what_the_container_maps() -> None:
    ids = {sandbox.own_user_id() for _ in range(20)}
    assert len(ids) > 15
    assert all(number > 30_000 for number in ids)
