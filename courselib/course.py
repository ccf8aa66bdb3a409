"""Where the parts of the course lie on disk: assignments, keys and solutions."""

from __future__ import annotations

from pathlib import Path

from courselib.errors import CourselibError

ASSIGNMENTS, SOLUTIONS = "assignments", "solutions"
ORDER = (
    "convolution_step_by_step", "convolution_in_keras",
    "classic_networks", "residual_networks", "inception_networks", "augmentation_and_transfer",
    "localization_and_sliding_windows", "yolo_car_detection",
    "face_recognition", "what_convnets_learn", "neural_style_transfer", "convolutions_in_1d_and_3d",
)  # fmt: skip


def place(assignment: str) -> tuple[str, int, str]:
    """A key that sorts assignments, given as `week1/NAME`, as the course does; its own week ends with unknown ones."""
    week, _, name = assignment.rpartition("/")
    return week, ORDER.index(name) if name in ORDER else len(ORDER), name


def find_course(start: Path | None = None) -> Path:
    """The folder that holds `assignments/`: the nearest one above `start`, or else the one that came with courselib.

    Args:
        start: Where to begin; the working directory by default.

    Raises:
        CourselibError: If there is none.
    """
    start = (start or Path.cwd()).absolute()
    package = Path(__file__).absolute().parent
    for folder in (start, *start.parents, package.parent, package / "_course"):  # a clone; what a wheel brings
        if (folder / ASSIGNMENTS).is_dir():
            return folder
    raise CourselibError(
        f"No course here: expected a folder {ASSIGNMENTS}/ in {start} or above it. Run this in a clone of the course."
    )


def find_key(folder: Path, assignment: str) -> Path | None:
    """The key of an assignment in a folder or below it, or None."""
    return next(iter(sorted(folder.rglob(f"{assignment}.key"))), None)


def find_solution(course: Path, assignment: str) -> Path | None:
    """The solution notebook of an assignment, or None where the course comes without solutions."""
    return next(iter(sorted((course / SOLUTIONS).glob(f"*/{assignment}.ipynb"))), None)
