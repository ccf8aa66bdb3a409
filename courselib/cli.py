"""The `courselib` command: every subcommand one short function."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

import courselib
from courselib.course import ASSIGNMENTS, find_course
from courselib.errors import CourselibError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except CourselibError as error:
        print(f"courselib: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        print("courselib: interrupted", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="courselib",
        description="A course on convolutional neural networks in graded notebooks, and its autograder.",
    )
    parser.add_argument("--version", action="version", version=f"courselib {courselib.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    start = commands.add_parser("start", help="make or open your workspace", description=run_start.__doc__)
    start.add_argument(
        "folder", nargs="?", type=Path, default=Path("cnn-course"), metavar="DIR", help="your workspace (%(default)s)"
    )
    start.add_argument("--no-browser", action="store_true", help="print the address of JupyterLab, open no browser")
    start.add_argument("--port", type=_count, metavar="N", help="the port of JupyterLab (default: the first free one)")
    start.set_defaults(run=run_start)

    for name, run, summary in (
        ("update", run_update, "bring your workspace up to date"),
        ("progress", run_progress, "show what is done and what is left"),
    ):
        command = commands.add_parser(name, help=summary, description=run.__doc__)
        command.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=Path(),
            metavar="DIR",
            help="your workspace (this folder's)",
        )
        command.set_defaults(run=run)

    submit = commands.add_parser("submit", help="pack your notebooks to hand them in", description=run_submit.__doc__)
    submit.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="your workspace")
    submit.add_argument("--out", type=Path, metavar="FILE", help="the zip (default: named after you and the time)")
    submit.set_defaults(run=run_submit)

    solution = commands.add_parser("solution", help="open a solution", description=run_solution.__doc__)
    solution.add_argument("name", metavar="NAME", help="such as week1/convolution_step_by_step")
    solution.add_argument("--no-browser", action="store_true", help="say where it is, open nothing")
    solution.set_defaults(run=run_solution)

    demo = commands.add_parser("demo", help="grade a bundled sample class", description=run_demo.__doc__)
    demo.add_argument("--out", type=Path, default=Path("courselib-demo"), help="where everything goes (%(default)s)")
    demo.set_defaults(run=run_demo)

    build = commands.add_parser("build", help="generate notebooks and keys", description=run_build.__doc__)
    build.add_argument("names", nargs="*", metavar="NAME", help="assignments to build (default: all)")
    build.add_argument("--check", action="store_true", help="write nothing, and fail if anything is out of step")
    build.add_argument("--force", action="store_true", help="build also what is in step with its source")
    build.set_defaults(run=run_build)

    new = commands.add_parser("new", help="begin an assignment", description=run_new.__doc__)
    new.add_argument("name", metavar="weekN/NAME", help="such as week5/my_topic")
    new.set_defaults(run=run_new)

    release = commands.add_parser("release", help="make the bundle for learners", description=run_release.__doc__)
    release.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the bundle")
    release.set_defaults(run=run_release)

    keys = commands.add_parser("keys", help="make hidden answer keys", description=run_keys.__doc__)
    keys.add_argument("--seed", required=True, metavar="SECRET", help="any text that learners do not know")
    keys.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the keys go")
    keys.add_argument("names", nargs="*", metavar="NAME", help="assignments (default: all)")
    keys.set_defaults(run=run_keys)

    grade = commands.add_parser("grade", help="grade notebooks", description=run_grade.__doc__)
    grade.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="notebooks, folders, download zips")
    grade.add_argument("--key", type=Path, metavar="DIR", help="answer keys (default: the public ones)")
    grade.add_argument(
        "--out", type=Path, metavar="DIR", help="write reports, gradebook.csv and report/index.html here"
    )
    grade.add_argument("--format", choices=("table", "json"), default="table", help="what is printed (%(default)s)")
    grade.add_argument(
        "--cell-timeout", type=_seconds, default=120.0, metavar="S",
        help="seconds that a cell, or an exercise's cases, may take (%(default)g)",
    )  # fmt: skip
    grade.add_argument(
        "--require-full", action="store_true", help="exit with 1 unless every submission has full points"
    )
    grade.add_argument("--jobs", type=_count, metavar="N", help="submissions at a time (default: one per core)")
    grade.add_argument("--cluster", metavar="ADDRESS", help="grade on a Dask cluster, tcp://host:port, instead")
    grade.add_argument("--gpu", action="store_true", help="let submissions use GPUs, one submission per GPU at a time")
    grade.add_argument(
        "--require-sandbox", action="store_true", help="grade nothing that this host cannot keep in completely"
    )
    grade.add_argument(
        "--exercise", metavar="NAME", help="grade only this exercise again; the others keep the points they have"
    )
    grade.set_defaults(run=run_grade)

    report = commands.add_parser(
        "report", help="write gradebook, pages and exports again", description=run_report.__doc__
    )
    report.add_argument("grades", type=Path, metavar="GRADES", help="the folder that `courselib grade --out` filled")
    report.add_argument(
        "--policy", type=Path, metavar="FILE", help="deadlines, drops, adjustments (GRADES/policy.toml)"
    )
    report.add_argument(
        "--export", action="append", default=[], choices=("canvas", "gradescope", "moodle", "nbgrader"),
        help="also write GRADES/exports/ for this system",
    )  # fmt: skip
    report.add_argument(
        "--anonymous", action="store_true", help="also write GRADES/report-anonymous, with pseudonyms for names"
    )
    report.set_defaults(run=run_report)

    adjust = commands.add_parser("adjust", help="give or take points by hand", description=run_adjust.__doc__)
    adjust.add_argument("grades", type=Path, metavar="GRADES", help="the folder that `courselib grade --out` filled")
    adjust.add_argument("student", metavar="STUDENT", help="as a report names the learner: name or pseudonym")
    adjust.add_argument("assignment", metavar="ASSIGNMENT", help="the assignment's name")
    adjust.add_argument("points", type=float, metavar="POINTS", help="such as 2.5 or -10")
    adjust.add_argument("--reason", required=True, help="why; the learner reads it")
    adjust.set_defaults(run=run_adjust)

    gradescope = commands.add_parser(
        "gradescope", help="make an autograder for Gradescope", description=run_gradescope.__doc__
    )
    gradescope.add_argument("assignment", metavar="NAME", help="the assignment's name")
    gradescope.add_argument("--key", type=Path, required=True, metavar="DIR", help="hidden answer keys")
    gradescope.add_argument(
        "--out", type=Path, default=Path("autograder.zip"), metavar="FILE", help="the zip (%(default)s)"
    )
    gradescope.set_defaults(run=run_gradescope)

    doctor = commands.add_parser("doctor", help="say what works on this machine", description=run_doctor.__doc__)
    doctor.set_defaults(run=run_doctor)

    kernel = commands.add_parser("kernel", help="install quick kernels for JupyterLab", description=run_kernel.__doc__)
    kernel.add_argument("action", choices=("install",), help="what to do")
    kernel.add_argument(
        "--flavour", choices=("keras", "numpy"), default="keras", help="what it has imported (%(default)s)"
    )
    where = kernel.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for the current user (default: this environment)")
    where.add_argument("--prefix", default=sys.prefix, metavar="DIR", help="into another environment")
    kernel.set_defaults(run=run_kernel)
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, got {text!r}")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def run_start(arguments: argparse.Namespace) -> int:
    """Make a workspace with the notebooks of the course, or open the one that is there, in JupyterLab."""
    from courselib.learner.lab import next_notebook, open_lab
    from courselib.learner.workspace import Workspace

    workspace = Workspace(arguments.folder.absolute())
    if not workspace.exists:
        changes = workspace.update()
        print(f"Made {workspace.folder} with {len(changes)} notebook(s).")
    print("Importing TensorFlow once, so that notebooks start at once. This takes some seconds.", flush=True)
    return open_lab(workspace, next_notebook(workspace), not arguments.no_browser, arguments.port)


def run_update(arguments: argparse.Namespace) -> int:
    """Bring the notebooks of your workspace up to date. Your answers, your own cells and what you changed stay."""
    from courselib.learner.workspace import Workspace

    for change in Workspace.at(arguments.folder).update():
        print(f"{change.name}: {change.what}")
        for cell in change.kept:
            print(f"  kept your version of the cell {cell}")
    return 0


def run_progress(arguments: argparse.Namespace) -> int:
    """Show for every notebook what is done, what is left and the mistake that your last check named."""
    from courselib.learner.overview import overview, print_overview
    from courselib.learner.workspace import Workspace

    print_overview(overview(Workspace.at(arguments.folder)))
    return 0


def run_submit(arguments: argparse.Namespace) -> int:
    """Pack the notebooks of your workspace into one zip to hand in, with a receipt. Save them in JupyterLab first."""
    import getpass
    from datetime import datetime

    from courselib.learner.handin import hand_in
    from courselib.learner.workspace import Workspace

    moment = datetime.now(UTC)
    default = Path(f"{getpass.getuser()}-{moment:%Y%m%d-%H%M%S}.zip")
    handed_in = hand_in(Workspace.at(arguments.folder), arguments.out or default, moment)
    print(f"{handed_in.receipt}\nHand in {handed_in.path}, and keep a copy.")
    return 0


def run_solution(arguments: argparse.Namespace) -> int:
    """Open a solution, for those who study alone. In a workspace, it becomes a tab beside your notebook."""
    from courselib.learner.solution import show_solution

    print(show_solution(find_course(), arguments.name, not arguments.no_browser))
    return 0


def run_demo(arguments: argparse.Namespace) -> int:
    """Write a small sample class of week 1, grade it with a hidden key, and leave a gradebook and a report."""
    from courselib.demo import demo

    demo(find_course(), arguments.out)
    return 0


def run_build(arguments: argparse.Namespace) -> int:
    """Generate the student notebooks, the public keys and the executed solutions from solutions/weekN/NAME.py."""
    from courselib.authoring.build import build, out_of_step

    course = find_course()
    problems = 0
    for path in _sources(course, arguments.names):
        found = [] if arguments.force and not arguments.check else out_of_step(path, course)
        if arguments.check:
            print("\n\n".join(found) if found else f"{path.parent.name}/{path.stem}: in step")
            problems += len(found)
        elif found or arguments.force:
            build(path, course)
        else:
            print(f"{path.parent.name}/{path.stem}: in step")
    if problems:
        print(
            f"\n{problems} generated file(s) out of step: run `courselib build` and commit the result.", file=sys.stderr
        )
    return 1 if problems else 0


def run_new(arguments: argparse.Namespace) -> int:
    """Write the files of a new assignment, with one example exercise that works."""
    from courselib.authoring.scaffold import scaffold

    for path in scaffold(find_course(), arguments.name):
        print(f"wrote {path}")
    name = arguments.name.rpartition("/")[2]
    print(f"Edit them, then: courselib build {name}")
    return 0


def run_release(arguments: argparse.Namespace) -> int:
    """Make the bundle for learners: assignments, public keys, wheel and install note; no solution, no hidden key."""
    from courselib.authoring.release import release

    for path in release(find_course(), arguments.out):
        print(f"wrote {path}")
    return 0


def run_keys(arguments: argparse.Namespace) -> int:
    """Draw hidden answer keys from a secret seed. The same seed gives the same keys."""
    from courselib.authoring.build import write_keys

    write_keys(_sources(find_course(), arguments.names), arguments.seed, arguments.out)
    return 0


def _sources(course: Path, names: Sequence[str]) -> list[Path]:
    from courselib.authoring.source import find_sources

    paths = find_sources(course)
    unknown = set(names) - {path.stem for path in paths}
    if unknown:
        known = ", ".join(path.stem for path in paths)
        raise CourselibError(f"No assignment named {sorted(unknown)[0]!r}. Known: {known}.")
    return [path for path in paths if not names or path.stem in names]


def run_grade(arguments: argparse.Namespace) -> int:
    """Grade notebooks: run their cells, call their functions on the cases of a key, and judge what comes back.

    With --out, a run that was interrupted goes on where it stopped: what is graded is not graded again. The exit
    status is 0 when everything was graded, whatever the points; 1 when a submission could not be graded (or,
    with --require-full, has less than full points); 2 for bad input. courselib/grading/report.schema.json describes
    the reports.
    """
    from courselib.grading.executors import default_jobs
    from courselib.grading.grader import Options, grade
    from courselib.grading.report import REPORTS_FOLDER
    from courselib.grading.tables import grading_progress, print_reports
    from courselib.reporting.publish import publish

    keys = arguments.key or find_course() / ASSIGNMENTS
    options = Options(
        cell_timeout=arguments.cell_timeout,
        jobs=arguments.jobs or default_jobs(),
        cluster=arguments.cluster,
        require_sandbox=arguments.require_sandbox,
        gpu=arguments.gpu,
        exercise=arguments.exercise,
    )
    try:
        with grading_progress() as progress:
            reports = grade(arguments.paths, keys, arguments.out, options, progress)
    finally:
        published = publish(arguments.out) if arguments.out and (arguments.out / REPORTS_FOLDER).is_dir() else None
    if arguments.format == "json":
        print(json.dumps([report.to_json() for report in reports], indent=1, ensure_ascii=False))
    else:
        print_reports(reports)
        if published:
            print(f"\nGradebook: {published.gradebook}\nReport:    {published.page}")
        if arguments.key is None:
            print("Graded with the public keys, which learners have, too. `courselib keys` makes hidden ones.")
    for report in reports:
        if not report.graded:
            print(f"courselib: {report.problems[0]}", file=sys.stderr)
    full = all(report.points == report.max_points for report in reports)
    return 1 if not all(report.graded for report in reports) or (arguments.require_full and not full) else 0


def run_report(arguments: argparse.Namespace) -> int:
    """Write the gradebook, the pages and files for other systems from the reports in a grades folder.

    What an instructor decides stands in GRADES/policy.toml: [deadlines] by assignment, [late] (percent_per_day,
    max_percent, grace_minutes), [dropped] exercises by assignment, and [[adjustments]].

    With --anonymous there is a second report, GRADES/report-anonymous, in which every learner has a pseudonym;
    GRADES/pseudonyms.csv says who is who, and `courselib adjust` takes a pseudonym for a name.
    """
    from courselib.reporting.publish import publish

    published = publish(arguments.grades, arguments.policy, arguments.export, arguments.anonymous)
    pages = (published.page, published.anonymous_page) if published.anonymous_page else (published.page,)
    for path in (published.gradebook, *pages, *published.exports):
        print(f"wrote {path}")
    return 0


def run_adjust(arguments: argparse.Namespace) -> int:
    """Give or take points by hand, with a reason. It is kept in GRADES/policy.toml, and gradebook and pages follow."""
    from courselib.reporting.policy import Adjustment
    from courselib.reporting.publish import adjust

    grade = adjust(
        arguments.grades, Adjustment(arguments.student, arguments.assignment, arguments.points, arguments.reason)
    )
    print(f"{arguments.student}, {arguments.assignment}: {grade.points:g} of {grade.max_points:g} points")
    return 0


def run_gradescope(arguments: argparse.Namespace) -> int:
    """Make the zip that Gradescope takes as an autograder. It holds the hidden key: keep it to yourself."""
    from courselib.authoring.gradescope import write_autograder

    print(f"wrote {write_autograder(find_course(), arguments.assignment, arguments.key, arguments.out)}")
    return 0


def run_doctor(arguments: argparse.Namespace) -> int:
    """Look at Python, packages, course, kernels and the sandbox, and say what to do about what is wrong."""
    from courselib.doctor import examine

    return 0 if examine() else 1


def run_kernel(arguments: argparse.Namespace) -> int:
    """Install a kernel that forks from a server with everything imported: it starts and restarts at once."""
    from courselib.grading.kernels.kernelspec import install

    prefix = None if arguments.user else arguments.prefix
    folder = install(user=arguments.user, prefix=prefix, flavour=arguments.flavour)
    print(f"Installed {folder}. Choose the kernel 'courselib' in JupyterLab.")
    return 0
