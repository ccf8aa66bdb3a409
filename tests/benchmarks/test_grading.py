"""The grading benchmark measures what it says; how fast anything is, is not asserted here."""

import json
from pathlib import Path

import pytest

from benchmarks import grading


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's course with its NumPy notebook built."""
    return grading.build_course(tmp_path_factory.mktemp("benchmark"), ["numpy"])


@pytest.fixture
def two(course: Path, tmp_path: Path) -> grading.Class:
    """A class of two."""
    group = grading.write_class(course, "numpy", grading.SMALL["numpy"], 2, tmp_path.name)
    first, second = (group.notebook(student).read_text() for student in group.students)
    assert first != second
    return group


def test_the_command_prints_a_table_and_the_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--small", "--submissions", "2", "--jobs", "1", "--kinds", "numpy", "--sides", "courselib", "limit"]
    timings = tmp_path / "timings.json"
    assert grading.main([*options, "--no-compile", "--json", str(timings)]) == 0
    lines = capsys.readouterr().out.splitlines()
    heading, rule, row = (line.strip("|").split("|") for line in lines if line.startswith("|"))
    assert [len(heading), len(rule), len(row)] == [9, 9, 9]
    kind, cores, nbval, nbgrader, courselib, limit, _, _, ratio = (cell.strip() for cell in row)
    assert (kind, cores, nbval, nbgrader) == ("NumPy", "1", "", "")
    assert float(courselib) > 0 < float(limit)
    assert float(ratio) > 0
    assert [line.partition(":")[0] in ("met", "MISSED") for line in lines[-1:]] == [True]
    assert "times the limit (target: 1.5)" in lines[-1]
    assert [timing["side"] for timing in json.loads(timings.read_text())["timings"]] == ["courselib", "limit"]


@pytest.mark.parametrize("side", ["courselib", "limit"])
def test_a_wrong_submission_ends_the_benchmark(side: str, two: grading.Class) -> None:
    path = two.notebook(two.students[1])
    path.write_text(path.read_text().replace("np.mean", "np.median"))
    with pytest.raises(grading.BenchmarkError, match=r"student002|pool_forward"):
        grading.time_side(side, two, 1)


def test_a_submission_without_a_grade_ends_the_benchmark(two: grading.Class) -> None:
    two.notebook(two.students[0]).unlink()
    with pytest.raises(grading.BenchmarkError, match=r"does not give 2 times 100 of 100"):
        grading.time_side("courselib", two, 1)


def test_ratios_and_targets() -> None:
    seconds = {"nbval": 60.0, "nbgrader": 80.0, "courselib": 8.0, "limit": 4.0}
    rows = grading.medians(grading.Timing("keras", 2, side, 4, value) for side, value in seconds.items())
    assert grading.table(rows).splitlines()[2] == "| Keras | 2 | 15.00 | 20.00 | 2.00 | 1.00 | 7.5 | 10.0 | 2.0 |"
    assert list(grading.targets(rows, [0.2, 0.4, 0.9])) == [
        "MISSED: Keras, 2 cores: 7.5 times fewer seconds than plain nbval (target: 10)",
        "met: Keras, 2 cores: 10.0 times fewer seconds than nbgrader (target: 10)",
        "MISSED: Keras, 2 cores: 2.00 times the limit (target: 1.5)",
        "met: a kernel with TensorFlow is ready in 0.40 s (0.20 to 0.90, median of 3; target: under 0.6)",
    ]
