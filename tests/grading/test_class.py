"""Grading a class: nothing is lost, nothing is done twice, and nothing is left behind, whatever dies meanwhile."""

import csv
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from courselib.cli import main
from courselib.grading import grader
from courselib.grading.executors import ClusterLost
from courselib.grading.grader import Options, grade
from courselib.reporting.publish import publish
from tests.conftest import Cells, code_cell, wait_until

ANSWERS = {
    "right": {},
    "wrong": {"double": "def double(x):\n    return 3 * x"},
    "raises": {"double": "def double(x):\n    raise ValueError('no')"},
    "hinted": {"quadruple": "def quadruple(x):\n    return double(x)"},
}
POINTS = {"right": "100", "wrong": "40", "raises": "40", "hinted": "60"}


@pytest.fixture
def big_class(toy: Path, submit) -> Callable[[int], Path]:
    def make(count: int, change: Callable[[Cells], None] | None = None) -> Path:
        kinds = list(ANSWERS)
        for number in range(count):
            kind = kinds[number % len(kinds)]
            submit(f"{kind}{number:03}", ANSWERS[kind], change)
        return toy / "submissions"

    return make


def rows(out: Path) -> list[dict[str, str]]:
    with open(out / "gradebook.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_complete(out: Path, count: int) -> None:
    """Every submission has exactly one report, and the gradebook is that of an undisturbed run."""
    assert len(list((out / "reports").rglob("*.json"))) == count
    assert len({row["student"] for row in rows(out)}) == len(rows(out)) == count
    expected = {row["student"]: POINTS[row["student"].rstrip("0123456789")] for row in rows(out)}
    wrong = [row for row in rows(out) if row["points"] != expected[row["student"]]]
    assert wrong == []


@contextmanager
def killing(find: Callable[[], list[int]], count: int, out: Path, every: int) -> Iterator[list[int]]:
    """Kill a random one of the processes found whenever some more reports have been written, while the block runs."""
    killed: list[int] = []
    over = threading.Event()
    chance = random.Random(0)

    def kill() -> None:
        while len(killed) < count and not over.wait(chance.uniform(0.05, 0.3)):
            if len(list((out / "reports").rglob("*.json"))) < every * (len(killed) + 1):
                continue
            candidates = find()
            if candidates:
                victim = chance.choice(candidates)
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                killed.append(victim)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def processes(part: str) -> list[int]:
    """The processes below this one whose command line holds a text."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any(part in argument for argument in process.cmdline()):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_two_hundred_submissions_while_twenty_workers_are_killed(big_class, toy: Path) -> None:
    submissions = big_class(200)
    with killing(lambda: processes("courselib.grading.worker"), 20, toy / "grades", 8) as killed:
        reports = grade([submissions], toy / "assignments", toy / "grades", Options(10, jobs=2))
    assert len(killed) == 20
    assert len(reports) == 200
    publish(toy / "grades")
    assert_complete(toy / "grades", 200)


@pytest.fixture
def dask_cluster() -> Iterator:
    """A cluster of two workers, and a client of it."""
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"}),  # or it stops to replace them
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield cluster, client


def test_a_dask_cluster_whose_workers_are_killed(dask_cluster, big_class, toy: Path) -> None:
    cluster, client = dask_cluster
    submissions = big_class(200)
    seen: dict[int, float] = {}  # worker: since when

    def workers() -> list[int]:
        """Those that have been up for a moment: Dask does not replace one that is killed while it starts."""
        try:
            alive = client.run(os.getpid, on_error="ignore").values()
        except Exception:  # while a worker is being replaced
            return []
        now = time.monotonic()
        return [pid for pid in alive if now - seen.setdefault(pid, now) > 0.5]

    with killing(workers, 20, toy / "grades", 8) as killed:
        options = Options(10, jobs=2, cluster=cluster.scheduler_address)
        reports = grade([submissions], toy / "assignments", toy / "grades", options)
    assert len(killed) == 20
    assert len(reports) == 200
    publish(toy / "grades")
    assert_complete(toy / "grades", 200)


def lose_workers(cluster) -> None:
    cluster.scale(0)


def lose_scheduler(cluster) -> None:
    cluster.close()


@pytest.mark.parametrize(
    ("lose", "message"), [(lose_workers, "has had no workers for 1 s"), (lose_scheduler, "does not answer any more")]
)
def test_a_lost_dask_cluster_is_replaced_by_this_machine(
    dask_cluster, big_class, toy: Path, monkeypatch, capsys, lose: Callable, message: str
) -> None:
    cluster, _ = dask_cluster
    big_class(12)
    monkeypatch.setattr("courselib.grading.executors.PATIENCE", 1)
    done: list[str] = []
    real = grader.write_report

    def write_report(out: Path, report) -> None:
        real(out, report)
        done.append(report.student)
        if len(done) == 3:
            lose(cluster)

    monkeypatch.setattr(grader, "write_report", write_report)
    address = cluster.scheduler_address
    assert main(["grade", "submissions", "--out", "grades", "--cluster", address, "--jobs", "2"]) == 0
    shown = capsys.readouterr().err
    assert f"courselib: The Dask scheduler at {address} {message}. The rest is graded on this machine.\n" in shown
    assert sorted(done) == sorted({row["student"] for row in rows(toy / "grades")})  # none of them twice
    assert_complete(toy / "grades", 12)


def test_a_dask_cluster_without_gpus_is_one_line(dask_cluster, toy: Path, submit, capsys) -> None:
    cluster, _ = dask_cluster
    assert main(["grade", str(submit("ada")), "--cluster", cluster.scheduler_address, "--gpu"]) == 2
    shown = capsys.readouterr().err
    assert "offers a GPU. Start one per GPU with `dask worker --nthreads 1 --resources GPU=1`" in shown


def test_gpus_of_a_lost_dask_cluster_are_not_replaced(toy: Path, submit, monkeypatch, capsys) -> None:
    def lost(*_) -> None:
        raise ClusterLost("The Dask scheduler at tcp://host:1 does not answer any more.")

    monkeypatch.setattr(grader, "executor", lost)
    assert main(["grade", str(submit("ada")), "--cluster", "tcp://host:1", "--gpu"]) == 2
    assert "does not answer any more. What is graded already is safe. Start workers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:1", "No Dask scheduler at tcp://127.0.0.1:1"),
        ("nonsense://x", "No Dask scheduler at nonsense"),
    ],
)
def test_no_cluster_is_one_line(toy: Path, submit, capsys, monkeypatch, address: str, message: str) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("courselib.grading.executors.CONNECT_TIMEOUT", 1)
    assert main(["grade", str(submit("ada")), "--cluster", address]) == 2
    assert message in capsys.readouterr().err


def command(toy: Path) -> list[str]:
    return [sys.executable, "-m", "courselib", "grade", "submissions", "--out", "grades", "--jobs", "2"]


@pytest.mark.skipif(sys.platform != "linux", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on_where_it_stopped(big_class, toy: Path, how: signal.Signals) -> None:
    def reports() -> list[Path] | None:
        found = sorted((toy / "grades" / "reports").rglob("*.json"))
        return found if len(found) >= 4 else None

    def family() -> list[psutil.Process] | None:
        """Workers, fork server, supervisors and kernels."""
        found = psutil.Process(running.pid).children(recursive=True)
        return found if len(found) > 4 else None

    big_class(24)
    with subprocess.Popen(command(toy), cwd=toy, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        before = {path: path.stat().st_mtime_ns for path in wait_until(reports, 120)}
        relatives = wait_until(family, 120)
        running.send_signal(how)
        _, errors = running.communicate(timeout=60)
    if how is signal.SIGINT:
        assert running.returncode == 130
        assert errors.endswith("courselib: interrupted\n")
        assert "Traceback" not in errors
    _, alive = psutil.wait_procs(relatives, timeout=20)
    assert alive == []
    assert main(["grade", "submissions", "--out", "grades"]) == 0
    assert_complete(toy / "grades", 24)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_changed_is_graded_again_and_nothing_else(toy: Path, submit, monkeypatch) -> None:
    graded: list[str] = []
    real = grader.grade_in_worker

    def spy(text, flavour, gpu):
        report = real(text, flavour, gpu)
        graded.append(report.student)
        return report

    monkeypatch.setattr(grader, "grade_in_worker", spy)
    for student in ("ada", "bob"):
        submit(student)
    arguments = ["grade", "submissions", "--out", "grades", "--jobs", "1"]
    assert main(arguments) == 0
    assert main(arguments) == 0
    assert graded == ["ada", "bob"]
    submit("bob", ANSWERS["wrong"])
    assert main(arguments) == 0
    assert graded == ["ada", "bob", "bob"]
    assert main(["keys", "--seed", "s", "--out", "hidden"]) == 0
    assert main([*arguments, "--key", "hidden"]) == 0
    assert graded == ["ada", "bob", "bob", "ada", "bob"]
    assert [row["points"] for row in rows(toy / "grades")] == ["100", "40"]


def test_a_full_disk_is_one_line_and_loses_nothing(toy: Path, submit, monkeypatch, capsys) -> None:
    for student in ("ada", "bob"):
        submit(student)
    real = grader.write_report

    def full(out, report):
        if report.student == "bob":
            raise OSError(28, "No space left on device")
        return real(out, report)

    monkeypatch.setattr(grader, "write_report", full)
    assert main(["grade", "submissions", "--out", "grades", "--jobs", "1"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(
        "courselib: Cannot write to grades: No space left on device. What is there already is safe."
    )
    assert [row["student"] for row in rows(toy / "grades")] == ["ada"]
    monkeypatch.setattr(grader, "write_report", real)
    assert main(["grade", "submissions", "--out", "grades"]) == 0
    assert len(rows(toy / "grades")) == 2


def test_a_worker_that_always_dies_is_given_up(toy: Path, submit, monkeypatch, capsys) -> None:
    submit("ada")
    monkeypatch.setattr("courselib.grading.worker.sys.executable", "/bin/false")
    assert main(["grade", "submissions"]) == 1
    assert "The grader's worker died 10 times on it (exit status 1)" in capsys.readouterr().err


def test_a_notebook_that_hangs_in_every_cell_has_a_budget(toy: Path, submit, capsys) -> None:
    def change(cells: Cells) -> None:
        cells[1:1] = [code_cell("while True:\n    pass", f"endless{i}") for i in range(40)]

    path = submit("eve", change=change)
    assert main(["grade", str(path), "--cell-timeout", "0.5"]) == 0
    shown = capsys.readouterr().out
    assert "it was not run, because the time for the whole notebook was used up" in shown


def test_require_sandbox(toy: Path, submit, monkeypatch, capsys) -> None:
    path = submit("ada")
    assert main(["grade", str(path), "--require-sandbox"]) in (0, 1)
    shown = capsys.readouterr()
    assert "100 of 100" in shown.out or "--require-sandbox: this host cannot keep a submission in" in shown.err


def test_each_worker_has_a_gpu_of_its_own(toy: Path, submit, monkeypatch, capsys) -> None:
    """On a machine that says it has two; what the kernels see is told by an error."""

    def change(cells: Cells) -> None:
        tell = "import os, time\ntime.sleep(2)\nraise RuntimeError('GPU ' + os.environ['CUDA_VISIBLE_DEVICES'])"
        cells.insert(1, code_cell(tell))

    for student in ("ada", "bob"):
        submit(student, change=change)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert main(["grade", "submissions", "--gpu", "--jobs", "8"]) == 0
    shown = capsys.readouterr().out
    assert "GPU 4" in shown
    assert "GPU 7" in shown
    assert main(["grade", "submissions"]) == 0
    assert capsys.readouterr().out.count("GPU -1") == 2


def test_no_gpu_is_one_line(toy: Path, submit, monkeypatch, capsys) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert main(["grade", str(submit("ada")), "--gpu"]) == 2
    assert "--gpu: this machine has no NVIDIA GPU that can be seen" in capsys.readouterr().err
