"""Handing in: the notebooks of a workspace in one zip, with a receipt."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import courselib
from courselib.errors import CourselibError
from courselib.learner.workspace import Workspace

RECEIPT = "receipt.txt"


@dataclass(frozen=True)
class HandedIn:
    """What was packed. `receipt` says it in words, and lies in the zip as well."""

    path: Path
    receipt: str


def hand_in(workspace: Workspace, path: Path, moment: datetime | None = None) -> HandedIn:
    """Pack the notebooks of a workspace into a zip that `courselib grade` reads.

    Args:
        workspace: The learner's workspace.
        path: The zip to write.
        moment: When; now by default.

    Raises:
        CourselibError: If there is no notebook, or the file exists or cannot be written.
    """
    notebooks = workspace.notebooks()
    if not notebooks:
        raise CourselibError(f"No notebooks of the course in {workspace.folder}.")
    if path.exists():
        raise CourselibError(f"{path} exists already. Give another name with --out.")
    moment = (moment or datetime.now(UTC)).astimezone(UTC)
    contents = {str(notebook.relative_to(workspace.folder)): notebook.read_bytes() for notebook in notebooks}
    lines = [f"Packed {moment:%Y-%m-%d %H:%M:%S} UTC with courselib {courselib.__version__}.", ""]
    lines += [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in contents.items()]
    receipt = "\n".join(lines) + "\n"
    temporary = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**contents, RECEIPT: receipt.encode()}.items():
                info = zipfile.ZipInfo(f"{path.stem}/{name}", moment.timetuple()[:6])
                info.external_attr = 0o644 << 16
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CourselibError(f"Cannot write {path}: {error.strerror or error}.") from None
    return HandedIn(path, receipt)
