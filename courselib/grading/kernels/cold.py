"""A kernel without the fork server: confine this process as far as the host allows, then be an ipykernel.

Used where forking is not available. Started as `python -m courselib.grading.kernels.cold POLICY FOLDER ARGUMENTS...`,
where POLICY is JSON and FOLDER is the kernel's own. What is in force goes to `protections.json` in FOLDER.
"""

from __future__ import annotations

import json
import os
import sys

from courselib.grading.kernels import sandbox


def main() -> None:
    """Confine and run."""
    policy, folder = sandbox.Policy.from_dict(json.loads(sys.argv[1])), sys.argv[2]
    connection_file = os.path.join(folder, "connection.json")
    reach = sandbox.Reach.of(policy, readable=[connection_file], writable=[os.path.join(folder, "sockets")])
    uid = None
    with open(os.path.join(folder, "protections.json"), "w", encoding="utf-8") as report:
        if hasattr(os, "fork"):
            uid = sandbox.own_user(policy, reach, private_root=False)
        if uid is not None:
            os.chown(connection_file, uid, uid)
        applied = sandbox.confine(policy, reach, uid=uid)
        namespaces = sandbox.Protection("namespaces", False, "the kernel could not be forked")
        found = {item.name: item for item in [namespaces, *applied]}
        json.dump([found[name] for name in sandbox.PROTECTIONS], report)
    run_ipykernel(sys.argv[3:])


def run_ipykernel(argv: list[str]) -> None:
    """Be an ipykernel until it is shut down."""
    import warnings

    from ipykernel.kernelapp import IPKernelApp

    warnings.filterwarnings("ignore", "Couldn't bind IOPub Pipe")  # it is for prints of forked children only
    sys.argv = ["ipykernel_launcher.py", *argv]
    IPKernelApp.launch_instance(argv=argv)


if __name__ == "__main__":
    main()
