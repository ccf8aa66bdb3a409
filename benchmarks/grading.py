"""How fast graders grade: the same class, graded by courselib and by others, side by side in one run.

`uv run python benchmarks/grading.py` writes a class of right submissions of the course's first week and has every side
grade it. Each side is a command of its own, timed from its start to its exit. A side that does not give
every submission its full points ends the benchmark: a grader that skips the work would be fast. `README.md` says what
is compared and what the columns mean.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
REAL = {"numpy": "convolution_step_by_step", "keras": "convolution_in_keras"}
SMALL = {"numpy": "convolution_in_short", "keras": "residual_block_in_short"}
CLASS_SIZE = 40
FEW = 4  # of the Keras notebook of the course, for which the others take a minute each
TITLES = {"numpy": "NumPy", "keras": "Keras"}
PACKAGES = ("courselib", "nbgrader", "nbval", "pytest", "ipykernel", "numpy", "tensorflow", "keras")
SIDES = ("nbval", "nbgrader", "courselib", "limit")
FASTER = {"numpy": 5.0, "keras": 10.0}  # times fewer seconds than nbval and nbgrader
OVER_LIMIT = 1.5
KERNEL_READY = 0.6  # seconds
NUM_KERNELS = 10
_PR_SET_CHILD_SUBREAPER = 36
_adopting = False  # whether this process is the parent of all that its children leave behind, and of nothing else


class BenchmarkError(Exception):
    """A side failed, or did not grade the class as it must."""


@dataclass(frozen=True)
class Class:
    """A class that every side grades.

    Args:
        kind: `"numpy"` or `"keras"`.
        name: The assignment.
        course: The course, built: `assignments/` and `solutions/`.
        submitted: The submissions, as nbgrader lays them out: `STUDENT/ps1/NAME.ipynb`.
        students: The names of the students.
    """

    kind: str
    name: str
    course: Path
    submitted: Path
    students: tuple[str, ...]

    def notebook(self, student: str) -> Path:
        return self.submitted / student / "ps1" / f"{self.name}.ipynb"

    def parts(self, count: int) -> list[tuple[str, ...]]:
        """The students, dealt to so many processes."""
        return [self.students[index::count] for index in range(count) if self.students[index::count]]


@dataclass(frozen=True)
class Timing:
    """What one run of one side took.

    Args:
        kind: The kind of notebook.
        jobs: How many cores and jobs there were.
        side: The grader.
        submissions: How many it graded.
        seconds: For the whole class, from its start to its exit.
    """

    kind: str
    jobs: int
    side: str
    submissions: int
    seconds: float


# ------------------------------------------------------------------------------------------------ preparation


def copy_course(folder: Path) -> Path:
    """Copy the first week of the real course, as it is built, into a folder."""
    course = folder / "course"
    for part in ("assignments", "solutions"):
        shutil.copytree(HERE.parent / part / "week1", course / part / "week1")
    return course


def build_course(folder: Path, kinds: Iterable[str]) -> Path:
    """Build the benchmark's course into a folder."""
    course = folder / "course"
    shutil.copytree(HERE / "course", course)
    (course / "assignments").mkdir()  # it makes a folder a course
    run([sys.executable, "-m", "courselib", "build", *(SMALL[kind] for kind in kinds)], course)
    return course


def write_class(course: Path, kind: str, name: str, count: int, folder: str = "class") -> Class:
    """Write right submissions that differ in a comment in each exercise, so that nothing can be remembered.

    Args:
        course: The course, built.
        kind: `"numpy"` or `"keras"`.
        name: The assignment.
        count: How many.
        folder: The beginning of the name of a new folder in the course, where the checks find their keys.
    """
    students = tuple(f"student{number:03d}" for number in range(1, count + 1))
    group = Class(kind, name, course, course / f"{folder}_{kind}" / "submitted", students)
    text = (course / "solutions" / "week1" / f"{group.name}.ipynb").read_text(encoding="utf-8")
    for student in students:
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
                if cell["metadata"].get("nbgrader", {}).get("solution"):
                    cell["source"] = [f"# The work of {student}.\n", *cell["source"]]
        path = group.notebook(student)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return group


def compile_bytecode() -> str:
    """Compile the environment and courselib, as every installation of a grader would be; says what was compiled."""
    import courselib

    places = dict.fromkeys([*(sysconfig.get_path(kind) for kind in ("purelib", "platlib")), *courselib.__path__])
    result = subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-q", "-j", "0", *places], check=False, env=environment()
    )
    compiled = sum(1 for place in places for _ in Path(place).rglob("*.pyc"))
    remark = "" if result.returncode == 0 else ", but for files that are not Python of this version"
    return f"bytecode compiled for all sides ({compiled} files{remark})"


def environment() -> dict[str, str]:
    """The environment of all sides: this one, without what would configure one of them."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COURSELIB_", "NBVAL"))}
    # nbgrader calls `alembic` by name, which lies beside this Python, and takes points away for what TensorFlow writes
    # to stderr while a check runs.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return env | {"PATH": path, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


# ------------------------------------------------------------------------------------------------ measuring


def run(command: Sequence[str], folder: Path) -> str:
    """Run one command, untimed, and return what it printed."""
    return measure([command], folder)[0][0]


def measure(commands: Sequence[Sequence[str]], folder: Path, cores: int | None = None) -> tuple[list[str], float]:
    """Run commands side by side.

    Args:
        commands: What to run.
        folder: The working directory.
        cores: On how many cores; all by default.

    Returns:
        What each printed, and the seconds from the start of the first to the exit of the last.

    Raises:
        BenchmarkError: If a command fails.
    """
    env = environment()
    with ExitStack() as stack, _cores(cores):
        logs = [stack.enter_context(tempfile.TemporaryFile()) for _ in commands]
        start = time.perf_counter()
        processes = [
            subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            for command, log in zip(commands, logs, strict=True)
        ]
        statuses = [process.wait() for process in processes]
        wall = time.perf_counter() - start
        printed = []
        for log in logs:
            log.seek(0)
            printed.append(log.read().decode("utf-8", "replace"))
    _collect_orphans()
    for command, status, text in zip(commands, statuses, printed, strict=True):
        if status:
            raise BenchmarkError(f"exit status {status}: {' '.join(command)[:300]}\n{text[-4000:]}")
    return printed, wall


@contextmanager
def _cores(count: int | None) -> Iterator[None]:
    """Let the commands that start now use so many cores, where the system can say so."""
    if count is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    available = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(available)[:count]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, available)


def adopt_orphans() -> None:
    """On Linux, become the parent of what a side leaves behind when it exits, to wait until that has ended, too."""
    global _adopting
    if sys.platform == "linux":
        _adopting = ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def _collect_orphans() -> None:
    """Wait until no process of the last run is left: the next one shall have the cores to itself."""
    with suppress(ChildProcessError):
        while _adopting:
            os.wait()


# ------------------------------------------------------------------------------------------------ the sides


def grade_with_nbval(group: Class, jobs: int, folder: Path) -> float:
    """Plain nbval, as a course without a grader of its own would use it."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q", str(group.submitted)]
    command += ["--rootdir", str(group.submitted), "-p", "no:cacheprovider"]
    command += ["-n", str(jobs), "--dist", "loadfile"] if jobs > 1 else []
    (printed,), wall = measure([command], folder, jobs)
    cells = json.loads(group.notebook(group.students[0]).read_text(encoding="utf-8"))["cells"]
    expected = len(group.students) * sum(cell["cell_type"] == "code" for cell in cells)
    passed = re.search(r"^(\d+) passed( in |, \d+ warn)", printed, flags=re.MULTILINE)
    if passed is None or int(passed[1]) != expected:
        raise BenchmarkError(f"nbval did not pass the {expected} cells of the class:\n{printed[-2000:]}")
    return wall


def grade_with_nbgrader(group: Class, jobs: int, folder: Path) -> float:
    """`nbgrader autograde`, which is sequential: on more cores, each of so many processes gets a part of the class."""
    released = group.course / f"nbgrader_{group.kind}"
    if not released.exists():
        source = released / "source" / "ps1"
        source.mkdir(parents=True)
        shutil.copy(group.course / "solutions" / "week1" / f"{group.name}.ipynb", source)
        run([sys.executable, "-m", "nbgrader", "generate_assignment", "ps1", "--create"], released)
    commands = []
    trees = []
    for number, students in enumerate(group.parts(jobs)):
        tree = folder / f"part{number}"
        shutil.copytree(released, tree)
        for student in students:
            shutil.copytree(group.submitted / student, tree / "submitted" / student)
        commands.append(
            [sys.executable, "-m", "nbgrader", "autograde", "ps1", "--create", "--ExecutePreprocessor.timeout=600",
             f"--CourseDirectory.root={tree}"]
        )  # fmt: skip
        trees.append((tree, students))
    _, wall = measure(commands, folder, jobs)
    for tree, students in trees:
        _check_gradebook(tree, students)
    return wall


def _check_gradebook(tree: Path, students: Sequence[str]) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tree / 'gradebook.db'}") as gradebook:
        found = {item.student.id: (item.score, item.max_score) for item in gradebook.assignment_submissions("ps1")}
    if found != dict.fromkeys(students, (100.0, 100.0)):
        raise BenchmarkError(f"nbgrader's gradebook in {tree} does not give {len(students)} times 100 of 100: {found}")


def grade_with_courselib(group: Class, jobs: int, folder: Path) -> float:
    """`courselib grade`, with the public keys: the cases that the checks in the notebooks use, too."""
    keys = group.course / "assignments"
    command = [sys.executable, "-m", "courselib", "grade", str(group.submitted), "--key", str(keys)]
    command += ["--out", str(folder / "grades"), "--jobs", str(jobs)]
    _, wall = measure([command], folder, jobs)
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("grades/reports/*/*.json")]
    found = {report["student"]: (report["points"], report["max_points"]) for report in reports}
    if found != dict.fromkeys(group.students, (100, 100)):
        raise BenchmarkError(f"courselib does not give {len(group.students)} times 100 of 100: {found}")
    return wall


def run_limit(group: Class, jobs: int, folder: Path) -> float:
    """The notebooks' code alone, in as many processes as there are cores, each of which imports the libraries once."""
    parts = group.parts(jobs)
    commands = [
        [sys.executable, str(HERE / "limit.py"), *(str(group.notebook(student)) for student in students)]
        for students in parts
    ]
    printed, wall = measure(commands, folder, jobs)
    for text, students in zip(printed, parts, strict=True):
        if re.findall(r"^passed (.+)$", text, flags=re.MULTILINE) != list(students):
            raise BenchmarkError(f"not every notebook of the class ran:\n{text[-2000:]}")
    return wall


GRADERS: Mapping[str, Callable[[Class, int, Path], float]] = dict(
    zip(SIDES, (grade_with_nbval, grade_with_nbgrader, grade_with_courselib, run_limit), strict=True)
)


def time_side(side: str, group: Class, jobs: int) -> Timing:
    """Have one side grade the class once, in a folder of its own inside the course.

    Raises:
        BenchmarkError: If the side fails, or does not give every submission its full points.
    """
    with tempfile.TemporaryDirectory(dir=group.course, prefix=f"{side}-") as folder:
        seconds = GRADERS[side](group, jobs, Path(folder))
    return Timing(group.kind, jobs, side, len(group.students), seconds)


def time_kernels(folder: Path, count: int = NUM_KERNELS) -> list[float]:
    """Seconds from the request for a Keras kernel to its first answer, on a server that runs already."""
    printed = run([sys.executable, str(HERE / "kernel_ready.py"), str(count)], folder)
    seconds: list[float] = json.loads(printed.splitlines()[-1])
    return seconds


# ------------------------------------------------------------------------------------------------ the table


Rows = Mapping[tuple[str, int], Mapping[str, float]]  # (kind, jobs) -> side -> seconds per submission


def medians(timings: Iterable[Timing]) -> Rows:
    """Seconds per submission, the median of the repeats."""
    found: dict[tuple[str, int], dict[str, list[float]]] = {}
    for timing in timings:
        row = found.setdefault((timing.kind, timing.jobs), {})
        row.setdefault(timing.side, []).append(timing.seconds / timing.submissions)
    return {key: {side: statistics.median(values) for side, values in row.items()} for key, row in found.items()}


def ratio(row: Mapping[str, float], side: str, other: str) -> float | None:
    """How many times the seconds of `other` a side takes; None where one was not measured."""
    return row[side] / row[other] if side in row and other in row else None


def table(rows: Rows) -> str:
    """The Markdown table."""
    headings = ["notebooks", "cores", "plain nbval", "nbgrader", "courselib", "the limit"]
    headings += ["nbval / courselib", "nbgrader / courselib", "courselib / limit"]
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)]]
    for (kind, jobs), row in rows.items():
        cells = [TITLES[kind], str(jobs), *(f"{row[side]:.2f}" if side in row else "" for side in SIDES)]
        pairs = (("nbval", "courselib"), ("nbgrader", "courselib"), ("courselib", "limit"))
        ratios = [ratio(row, *pair) for pair in pairs]
        lines.append(cells + ["" if value is None else f"{value:.1f}" for value in ratios])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def targets(rows: Rows, kernels: Sequence[float]) -> Iterator[str]:
    """One line per target: met or missed, with the figure."""
    for (kind, jobs), row in rows.items():
        where = f"{TITLES[kind]}, {jobs} {'core' if jobs == 1 else 'cores'}"
        for side in ("nbval", "nbgrader"):
            times = ratio(row, side, "courselib")
            if times is not None:
                name = "plain nbval" if side == "nbval" else side
                met = _verdict(times >= FASTER[kind])
                yield f"{met}: {where}: {times:.1f} times fewer seconds than {name} (target: {FASTER[kind]:g})"
        times = ratio(row, "courselib", "limit")
        if times is not None:
            yield f"{_verdict(times <= OVER_LIMIT)}: {where}: {times:.2f} times the limit (target: {OVER_LIMIT:g})"
    if kernels:
        seconds = statistics.median(kernels)
        spread = f"{min(kernels):.2f} to {max(kernels):.2f}, median of {len(kernels)}"
        met = _verdict(seconds < KERNEL_READY)
        yield f"{met}: a kernel with TensorFlow is ready in {seconds:.2f} s ({spread}; target: under {KERNEL_READY:g})"


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def machine() -> str:
    """What the figures depend on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()}, {packages}; {platform.system()}, {cores} cores"


# ------------------------------------------------------------------------------------------------ the command


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time graders on the same class, side by side.")
    size = f"size of the class ({CLASS_SIZE}; {FEW} for the course's Keras notebook, which others train for a minute)"
    parser.add_argument("--submissions", type=int, metavar="N", help=size)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], metavar="N", help="numbers of cores (1 2)")
    parser.add_argument("--kinds", nargs="+", choices=tuple(REAL), default=[*REAL], help="default: all")
    parser.add_argument("--small", action="store_true", help="two small notebooks instead of the course's")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=[*SIDES], help="default: all")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="runs of each side, interleaved (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single timing there")
    parser.add_argument("--no-compile", action="store_true", help="the bytecode is compiled already")
    arguments = parser.parse_args(argv)
    if arguments.submissions is None:
        arguments.sizes = {"numpy": CLASS_SIZE, "keras": CLASS_SIZE if arguments.small else FEW}
    else:
        arguments.sizes = dict.fromkeys(REAL, arguments.submissions)
    numbers = (*arguments.sizes.values(), arguments.repeats, *arguments.jobs)
    if min(numbers) < 1:
        parser.error("--submissions, --jobs and --repeats must be at least 1")
    if hasattr(os, "sched_getaffinity") and max(arguments.jobs) > len(os.sched_getaffinity(0)):
        parser.error(f"--jobs: this machine has {len(os.sched_getaffinity(0))} cores")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print the table; the exit status is 1 when a side did not do its work."""
    arguments = parse(argv)
    timings: list[Timing] = []
    kernels: list[float] = []
    print(machine())
    print("bytecode not compiled now" if arguments.no_compile else compile_bytecode(), flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="courselib-benchmark-") as folder:
            names = SMALL if arguments.small else REAL
            course = build_course(Path(folder), arguments.kinds) if arguments.small else copy_course(Path(folder))
            if "keras" in arguments.kinds and "courselib" in arguments.sides:
                kernels = time_kernels(course)
            for kind in arguments.kinds:
                group = write_class(course, kind, names[kind], arguments.sizes[kind])
                for jobs in arguments.jobs:
                    for _ in range(arguments.repeats):
                        for side in arguments.sides:
                            timing = time_side(side, group, jobs)
                            timings.append(timing)
                            _tell(timing)
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    rows = medians(timings)
    sizes = " and ".join(f"{arguments.sizes[kind]} {TITLES[kind]} submissions" for kind in arguments.kinds)
    print(f"\nSeconds per submission, start-up included, {sizes}:\n\n{table(rows)}\n")
    print("\n".join(targets(rows, kernels)))
    if arguments.json:
        data = {"machine": machine(), "timings": [asdict(timing) for timing in timings], "kernel_ready": kernels}
        arguments.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


def _tell(timing: Timing) -> None:
    """One line on stderr, for those who wait."""
    print(f"{timing.kind}, {timing.jobs}: {timing.side} {timing.seconds:.1f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    adopt_orphans()
    sys.exit(main())
