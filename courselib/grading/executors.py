"""Where submissions are graded: worker processes of this machine, or a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from courselib.errors import CourselibError
from courselib.grading.kernels.launch import GPU_VARIABLE
from courselib.grading.worker import worker_threads

CONNECT_TIMEOUT = 20  # seconds
MAX_RESUBMISSIONS = 5  # of a task that Dask gave up because its workers died


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
        threads = sum(client.nthreads().values())
        if not threads:
            raise CourselibError(f"The Dask scheduler at {address} has no workers. Start some with `dask worker`.")
        yield _DaskExecutor(client, gpu), 2 * threads


class _DaskExecutor(Executor):
    """A Dask client as a standard executor whose tasks outlive the workers they run on."""

    def __init__(self, client: Any, gpu: bool) -> None:
        self._client = client
        self._resources = {"GPU": 1} if gpu else None
        self._remotes: set[Any] = set()  # Dask cancels what nobody refers to

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._submit(future, MAX_RESUBMISSIONS, fn, *args, **kwargs)
        return future

    def _submit(self, future: Future[Any], attempts: int, fn: Any, *args: Any, **kwargs: Any) -> None:
        from distributed import KilledWorker

        remote = self._client.submit(fn, *args, **kwargs, pure=False, resources=self._resources)
        self._remotes.add(remote)

        def done(finished: Any) -> None:
            self._remotes.discard(remote)
            try:
                future.set_result(finished.result())
            except KilledWorker as error:
                if attempts:  # the workers died for reasons of their own
                    self._submit(future, attempts - 1, fn, *args, **kwargs)
                else:
                    future.set_exception(error)
            except Exception as error:
                future.set_exception(error)

        remote.add_done_callback(done)


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
