"""Where submissions are graded: worker processes of this machine, or a Dask cluster."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from courselib.errors import CourselibError
from courselib.grading.kernels.launch import GPU_VARIABLE
from courselib.grading.worker import worker_threads

CONNECT_TIMEOUT = 20  # seconds
MAX_RESUBMISSIONS = 5  # of a task that Dask gave up because its workers died
PATIENCE = 60  # seconds that a cluster may be without workers


class ClusterLost(CourselibError):
    """A Dask cluster whose scheduler or whose last worker is gone; the tasks that it had are not done."""


@contextmanager
def executor(jobs: int, cluster: str | None, gpu: bool) -> Iterator[tuple[Executor, int]]:
    """An executor for `grade_in_worker`, and how many tasks it takes at a time.

    Args:
        jobs: How many workers this machine runs.
        cluster: The address of a Dask scheduler (`"tcp://host:8786"`), to use instead.
        gpu: Give each submission a GPU of its own; there are no more workers than GPUs then. On a cluster, workers must
            offer the resource `GPU`.

    Raises:
        CourselibError: If the cluster cannot be reached, or Dask is not installed.
    """
    if cluster is not None:
        with _dask(cluster, gpu) as pair:
            yield pair
        return
    gpus = visible_gpus() if gpu else []
    if gpu and not gpus:
        raise CourselibError("--gpu: this machine has no NVIDIA GPU that can be seen. Leave the option out.")
    jobs = min(jobs, len(gpus)) if gpu else jobs
    with worker_threads(jobs, gpus) as pool:
        yield pool, jobs


@contextmanager
def _dask(address: str, gpu: bool) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client
    except ImportError:
        raise CourselibError("--cluster needs Dask: install courselib with the extra `cluster`.") from None
    try:
        client = Client(address, timeout=CONNECT_TIMEOUT)
    except (OSError, ValueError, TimeoutError) as error:
        raise CourselibError(f"No Dask scheduler at {address}: {error}. Start one with `dask scheduler`.") from None
    with client:
        workers = _usable_workers(client, gpu)
        if not workers and gpu:
            raise CourselibError(
                f"No worker of the Dask scheduler at {address} offers a GPU. Start one per GPU with "
                "`dask worker --nthreads 1 --resources GPU=1`."
            )
        if not workers:
            raise CourselibError(f"The Dask scheduler at {address} has no workers. Start some with `dask worker`.")
        with _DaskExecutor(client, address, gpu) as pool:
            yield pool, 2 * sum(worker["nthreads"] for worker in workers)


def _usable_workers(client: Any, gpu: bool) -> list[dict[str, Any]]:
    workers = client.scheduler_info(n_workers=-1)["workers"].values()  # some versions of Dask tell of five only
    return [worker for worker in workers if not gpu or worker["resources"].get("GPU")]


class _DaskExecutor(Executor):
    """A Dask client as a standard executor whose tasks outlive the workers they run on.

    When the whole cluster is gone, every task that it has not done raises `ClusterLost`.
    """

    def __init__(self, client: Any, address: str, gpu: bool) -> None:
        self._client, self._address, self._gpu = client, address, gpu
        self._remotes: dict[Future[Any], Any] = {}  # Dask cancels what nobody refers to
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._watch_workers, daemon=True)
        self._watch.start()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._submit(future, MAX_RESUBMISSIONS, fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._over.set()
        if wait:
            self._watch.join()

    def _submit(self, future: Future[Any], attempts: int, fn: Any, *args: Any, **kwargs: Any) -> None:
        from distributed import KilledWorker

        try:
            resources = {"GPU": 1} if self._gpu else None
            remote = self._client.submit(fn, *args, **kwargs, pure=False, resources=resources)
        except Exception as error:  # the client has lost its scheduler
            future.set_exception(self._lost(f"does not answer ({error})"))
            return
        with self._lock:
            self._remotes[future] = remote

        def done(finished: Any) -> None:
            result, problem = None, None
            try:
                result = finished.result()
            except Exception as error:
                problem = error
            if not self._take(future):
                return
            if isinstance(problem, KilledWorker) and attempts:  # the workers died for reasons of their own
                self._submit(future, attempts - 1, fn, *args, **kwargs)
            elif isinstance(problem, CancelledError):
                future.set_exception(self._lost("does not answer any more"))
            elif problem is not None:
                future.set_exception(problem)
            else:
                future.set_result(result)

        remote.add_done_callback(done)

    def _take(self, future: Future[Any]) -> bool:
        """Whether it is for the caller to say what became of a task."""
        with self._lock:
            return self._remotes.pop(future, None) is not None

    def _lost(self, how: str) -> ClusterLost:
        return ClusterLost(f"The Dask scheduler at {self._address} {how}.")

    def _watch_workers(self) -> None:
        """A scheduler waits for ever for workers; nannies give up when theirs is killed while it starts."""
        last_seen = time.monotonic()
        while not self._over.wait(min(1, PATIENCE / 4)):
            if _usable_workers(self._client, self._gpu):
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > PATIENCE:
                for future in list(self._remotes):
                    if self._take(future):
                        future.set_exception(self._lost(f"has had no workers for {PATIENCE:g} s"))


def visible_gpus() -> list[str]:
    """The NVIDIA GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them."""
    chosen = os.environ.get(GPU_VARIABLE)
    if chosen is not None:
        return [gpu for gpu in chosen.split(",") if gpu.strip() and gpu.strip() != "-1"]
    return [str(number) for number, _ in enumerate(Path("/proc/driver/nvidia/gpus").glob("*"))]


def default_jobs() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
