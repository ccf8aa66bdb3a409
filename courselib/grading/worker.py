"""Workers: processes that grade one submission after another, and are replaced when they die.

`python -m courselib.grading.worker` reads tasks from its standard input and writes reports to its standard output, a
line each. It ends when its input does, also when whoever started it was killed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from courselib.errors import CourselibError
from courselib.grading.kernels.launch import GPU_VARIABLE, SHARED_SERVERS, Flavour, share_kernels
from courselib.grading.report import Report, ungraded_report
from courselib.grading.task import Task

MAX_ATTEMPTS = 10  # at a submission whose worker dies
MAX_TASKS = 100  # of one worker, which keeps memory flat whatever leaks
DEADLINE_FACTOR = 60  # of the cell timeout: when a worker itself has lost its way

# pytest's own plugins that a submission does not need. `unraisableexception` alone collects garbage so often that it
# costs more than a NumPy notebook.
_UNNEEDED = (
    "unraisableexception", "threadexception", "faulthandler", "logging", "doctest", "junitxml", "cacheprovider",
    "unittest", "pastebin", "stepwise", "setuponly", "setupplan", "recwarn", "monkeypatch", "subtests", "debugging",
    "tmpdir", "warnings",
)  # fmt: skip
_PLACEHOLDER = Path(__file__).with_name("submission.ipynb")  # pytest collects files; the task knows what is in it
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])

_of_thread = threading.local()
_all: set[_Worker] = set()
_stopping = threading.Event()


def grade_task(task: Task) -> Report:
    """Grade a submission in this process, in a pytest session of its own."""
    # nbval imports nbformat, that jsonschema, and that a grammar of web addresses, which takes a second to build.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema does without it
    import nbval.plugin
    import pytest

    from courselib.grading import plugin
    from courselib.grading.plugin import REPORTS, TASK

    reports: list[Report] = []

    class Hand:
        """Hands the task to the plugin, and takes the report from it."""

        @pytest.hookimpl(tryfirst=True)
        def pytest_configure(self, config: pytest.Config) -> None:
            config.stash[TASK] = task

        def pytest_unconfigure(self, config: pytest.Config) -> None:
            received: list[Report] = config.stash[REPORTS]
            reports.extend(received)

    log = io.StringIO()
    with contextlib.redirect_stdout(log):
        options = [option for name in _UNNEEDED for option in ("-p", f"no:{name}")]
        folder = str(_PLACEHOLDER.parent)
        options += ["-c", os.devnull, "--rootdir", folder, "--confcutdir", folder, "--capture=no", str(_PLACEHOLDER)]
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        try:
            pytest.main(options, plugins=[nbval.plugin, plugin, Hand()])
        finally:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
    if len(reports) != 1:
        return ungraded_report(task.submission, f"The grader failed: {_last_lines(log.getvalue())}")
    return reports[0]


def _last_lines(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip() and not line.startswith(("=", "_"))]
    return " | ".join(lines[-4:])[-1000:]


def grade_in_worker(text: str, flavour: Flavour, gpu: bool) -> Report:
    """Grade a submission in the worker process of this thread; the function that every executor runs.

    Args:
        text: `Task.to_text()`.
        flavour: Which kernels the task needs. They fork from one server for all workers of this process.
        gpu: Whether they may use a GPU.

    Returns:
        The report; if the worker dies again and again, one that says so.
    """
    reason = "the run was stopped"
    for _ in range(MAX_ATTEMPTS):
        if _stopping.is_set():
            break
        worker: _Worker | None = getattr(_of_thread, "worker", None)
        if worker is None or worker.num_tasks >= MAX_TASKS or not worker.is_alive():
            if worker is not None:
                worker.stop()
            worker = _of_thread.worker = _Worker()
        try:
            return worker.grade(text, share_kernels(flavour, gpu))
        except _WorkerDied as error:
            reason = str(error)
    return ungraded_report(
        Task.from_text(text).submission, f"The grader's worker died {MAX_ATTEMPTS} times on it ({reason})."
    )


class _WorkerDied(Exception):
    """The process ended, or took too long and was ended."""


class _Worker:
    """A worker process, from outside."""

    def __init__(self) -> None:
        self.num_tasks = 0
        # Never from the working directory: it may hold submissions, and learners name their files as they like.
        code = f"import sys; sys.path.append({_PACKAGE_ROOT!r}); from courselib.grading.worker import main; main()"
        command = [sys.executable, "-P", "-c", code]
        pipe = subprocess.PIPE
        gpu: str | None = getattr(_of_thread, "gpu", None)
        env = os.environ if gpu is None else {**os.environ, GPU_VARIABLE: gpu}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8", env=env)
        _all.add(self)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def grade(self, text: str, servers: str) -> Report:
        """Hand over a task and wait for its report.

        Raises:
            _WorkerDied: If none comes.
        """
        self.num_tasks += 1
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        seconds = DEADLINE_FACTOR * json.loads(text)["cell_timeout"]
        overdue = threading.Event()

        def give_up() -> None:
            overdue.set()
            process.kill()

        deadline = threading.Timer(seconds, give_up)
        deadline.start()
        try:
            process.stdin.write(f"{servers}\t{text}\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        finally:
            deadline.cancel()
        if overdue.is_set():
            problem = f"It was given up after {seconds:g} s: it ends its kernel, or keeps it busy, again and again."
            return ungraded_report(Task.from_text(text).submission, problem)
        if not line.endswith("\n"):
            raise _WorkerDied(f"exit status {process.wait()}")
        return Report.from_json(json.loads(line))

    def kill(self) -> None:
        """End the process; whoever waits for its report learns of it."""
        self._process.kill()

    def stop(self) -> None:
        """End the process, which takes its kernels along, and forget it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was not written cannot be written any more
                pipe.close()
        _all.discard(self)


@contextlib.contextmanager
def worker_threads(jobs: int, gpus: Sequence[str] = ()) -> Iterator[Executor]:
    """Threads for `grade_in_worker`, each with a worker of its own. Whatever happens, no worker is left behind.

    Args:
        jobs: How many.
        gpus: One per worker, if the workers are to have GPUs.
    """
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for gpu in gpus:
        free.put(gpu)

    def take_gpu() -> None:
        _of_thread.gpu = free.get() if gpus else None

    pool = ThreadPoolExecutor(max_workers=jobs, initializer=take_gpu)
    try:
        yield pool
    finally:
        _stopping.set()
        for worker in list(_all):
            worker.kill()
        pool.shutdown(cancel_futures=True)
        for worker in list(_all):
            worker.stop()
        _stopping.clear()


def main() -> None:
    """Grade what comes in until nothing more can come."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints by mistake must not break the protocol
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_tasks, args=(tasks,), daemon=True).start()
    while True:
        servers, _, text = tasks.get().partition("\t")
        os.environ[SHARED_SERVERS] = servers
        task = Task.from_text(text)
        try:
            report = grade_task(task)
        except CourselibError as error:
            report = ungraded_report(task.submission, str(error))
        answers.write(json.dumps(report.to_json()) + "\n")
        answers.flush()


def _read_tasks(tasks: queue.SimpleQueue[str]) -> None:
    """Pass on tasks; when the other side is gone, end this process, whatever it is doing."""
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
