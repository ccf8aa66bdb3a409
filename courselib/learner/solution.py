"""Solutions, for those who study alone."""

from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from courselib.course import SOLUTIONS, find_solution
from courselib.errors import CourselibError
from courselib.learner.workspace import Workspace


def show_solution(course: Path, name: str, browser: bool = True) -> str:
    """Copy a solution into the workspace, where there is one, and open it as a tab of the JupyterLab that runs there.

    Args:
        course: The folder with `solutions/`.
        name: `"week1/convolution_step_by_step"`; the week may be left out.
        browser: Open it where JupyterLab runs.

    Returns:
        What happened, as a sentence.

    Raises:
        CourselibError: If there is no such solution.
    """
    found = find_solution(course, PurePosixPath(name).name)
    if found is None or (len(PurePosixPath(name).parts) > 1 and found.parent.name != PurePosixPath(name).parts[-2]):
        known = sorted(f"{path.parent.name}/{path.stem}" for path in (course / SOLUTIONS).glob("*/*.ipynb"))
        advice = f"There are: {', '.join(known)}." if known else "This copy of the course comes without solutions."
        raise CourselibError(f"No solution named {name!r}. {advice}")
    workspace = Workspace.find()
    if workspace is None:
        return f"The solution is {found}. Inside a workspace (`courselib start`), it opens in JupyterLab."
    path = workspace.folder / SOLUTIONS / found.parent.name / found.name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found, path)
    address = _address(workspace, path)
    if address is None:
        return f"The solution is {path}. Open it in JupyterLab: `courselib start {workspace.folder}`."
    if browser:
        webbrowser.open(address)
    return f"The solution is {path}, in JupyterLab: {address}"


def _address(workspace: Workspace, path: Path) -> str | None:
    """Where the JupyterLab that runs on the workspace shows a file."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        root = Path(server["root_dir"])
        if path.is_relative_to(root) and workspace.folder.is_relative_to(root):
            token = f"?token={server['token']}" if server["token"] else ""
            return f"{server['url']}lab/tree/{quote(str(path.relative_to(root)))}{token}"
    return None
