"""Kernels for the tests: started through jupyter_client, as every Jupyter program does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from courselib.grading.kernels._client import stop_servers
from courselib.grading.kernels.kernelspec import PROVISIONER, Flavour, warm_kernelspec
from courselib.grading.kernels.provisioner import WarmProvisioner
from courselib.grading.kernels.sandbox import Policy, protections
from tests.conftest import wait_until


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "grading/kernels" in item.path.as_posix() and sys.platform != "linux":
            item.add_marker(pytest.mark.skip(reason="kernels are forked and confined on Linux only"))


class OneSpec(KernelSpecManager):
    """A kernelspec manager that knows one spec."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self.spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self.spec


class RunningKernel:
    """A kernel and a client of it."""

    def __init__(self, flavour: Flavour, policy: Policy | None, **options: Any) -> None:
        specs = OneSpec(warm_kernelspec(flavour, policy))
        self.manager = KernelManager(kernel_name="courselib", kernel_spec_manager=specs)
        self.client: BlockingKernelClient = self.manager.client_factory(parent=self.manager)
        try:
            self.manager.start_kernel(**options)
            self.client = self.manager.client()
            self.client.start_channels(hb=False)
            self.client.wait_for_ready(timeout=60)
        except BaseException:
            self.stop()
            raise

    @property
    def provisioner(self) -> WarmProvisioner:
        assert isinstance(self.manager.provisioner, WarmProvisioner)
        return self.manager.provisioner

    def run(self, code: str, timeout: float = 60.0) -> str:
        """What the code prints and shows; the name and text of its exception, if it raises."""
        output: list[str] = []

        def take(message: Any) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                output.append(content["text"])
            elif message["msg_type"] == "error":
                output.append(f"{content['ename']}: {content['evalue']}")
            elif "data" in content:
                output.append(" ".join([*content["data"], content["data"].get("text/plain", "")]))

        self.client.execute_interactive(code, timeout=timeout, output_hook=take, allow_stdin=False)
        return "".join(output).strip()

    def wait_for_end(self, seconds: float = 10.0) -> str | None:
        """The reason why the kernel ended."""
        wait_until(lambda: not self.manager.is_alive(), seconds)
        return self.provisioner.exit_reason

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="session", autouse=True)
def _provisioner_is_registered() -> Iterator[None]:
    """An installation from before the provisioner was declared does not know it; then declare it here."""
    if not KernelProvisionerFactory.instance()._check_availability(PROVISIONER):
        value = f"{WarmProvisioner.__module__}:{WarmProvisioner.__name__}"
        entry = EntryPoint(PROVISIONER, value, KernelProvisionerFactory.GROUP_NAME)
        KernelProvisionerFactory.instance().provisioners[PROVISIONER] = entry
    yield
    stop_servers()


StartKernel = Callable[..., RunningKernel]


@pytest.fixture
def start() -> Iterator[StartKernel]:
    """Start a kernel: `start(Policy())`, `start(None, flavour="keras")`."""
    kernels: list[RunningKernel] = []

    def start_one(policy: Policy | None, flavour: Flavour = "numpy", **options: Any) -> RunningKernel:
        kernels.append(RunningKernel(flavour, policy, **options))
        return kernels[-1]

    yield start_one
    for kernel in kernels:
        kernel.stop()


@pytest.fixture(scope="session")
def host() -> set[str]:
    """The names of the protections that this host gives."""
    return {item.name for item in protections() if item.active}
