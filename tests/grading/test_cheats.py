"""What a submission may try in order to raise its grade. Each gets what its honest code is worth."""

import json
import textwrap
from pathlib import Path

import pytest

from courselib.cli import main
from tests.conftest import Cells, code_cell

WRONG = "def double(x):\n    return x\n"


@pytest.fixture
def hidden(toy: Path) -> Path:
    assert main(["keys", "--seed", "a secret", "--out", "hidden"]) == 0
    return toy / "hidden"


def grade_points(path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    assert main(["grade", str(path), "--key", str(keys), "--format", "json", "--cell-timeout", "10"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    return {exercise["name"]: exercise["points"] for exercise in report["exercises"]}


def first_cell(source: str):
    def change(cells: Cells) -> None:
        cells.insert(0, code_cell(textwrap.dedent(source), "cheat"))
        cells.append(code_cell(textwrap.dedent(source), "cheat-again"))

    return change


OVERWRITES = """
    import numpy as np, numpy.testing, builtins
    import courselib.grading, courselib.grading.judge, courselib.grading.probe, courselib.grading.check
    check = lambda *args, **kwargs: print("double: passed, 60 of 60 points")
    for module in (numpy.testing, np):
        for name in ("assert_allclose", "assert_array_equal", "allclose", "array_equal", "isclose"):
            if hasattr(module, name):
                setattr(module, name, lambda *args, **kwargs: True)
    courselib.grading.judge.judge = lambda exercise, answers: None
    courselib.grading.judge.value_difference = lambda *args: None
    courselib.grading.check.Check.__call__ = check
    courselib.grading.CheckFailed = type("Quiet", (Exception,), {})
    get_ipython()._showtraceback = lambda *args, **kwargs: None
"""

FORGES = """
    import json
    import courselib.grading.probe as probe
    from IPython.display import publish_display_data

    def forged(request):
        data = json.loads(request)
        answers = [{"value": case.get("args", [{}])[0] if case.get("args") else {"kind": "none"}}
                   for case in data["cases"]]
        answer = {"nonce": data["nonce"], "defined": True, "answers": answers, "points": 60, "passed": True}
        publish_display_data({probe.ANSWERS_MIME: answer, "text/plain": ""})

    probe.answer_in_kernel = forged
"""

ANSWERS_TWICE = """
    import json
    import courselib.grading.probe as probe
    from IPython.display import publish_display_data

    honest = probe.answer_in_kernel

    def twice(request):
        honest(request)
        honest(request)

    probe.answer_in_kernel = twice
"""

READS_KEYS = """
    import numpy as np
    from courselib.grading.key import read_key
    from pathlib import Path

    known = []
    for place in {places!r}:
        try:
            for path in Path(place).rglob("*.key"):
                exercise = read_key(path).exercise("double")
                known += zip(exercise.cases, exercise.expected)
                print(path.read_text())
        except Exception:
            pass

    def double(x):
        for case, answer in known:
            given = case.args[0] if case.args else case.kwargs["x"]
            if np.array_equal(given, x):
                return answer.value
        return x
"""


@pytest.mark.parametrize("source", [OVERWRITES, FORGES, ANSWERS_TWICE], ids=["overwrites", "forges", "answers twice"])
def test_tampering_with_the_probe_raises_no_grade(toy, submit, hidden, capsys, source: str) -> None:
    path = submit("eve", {"double": WRONG}, first_cell(source))
    assert grade_points(path, hidden, capsys)["double"] == 0


def test_reading_the_public_key_does_not_help_against_a_hidden_one(toy, submit, hidden, capsys) -> None:
    source = textwrap.dedent(READS_KEYS).format(places=[str(toy / "assignments")])
    path = submit("eve", {"double": source})
    assert grade_points(path, hidden, capsys)["double"] == 0


def test_reading_the_hidden_key_from_disk_does_not_work(toy, submit, hidden, capsys) -> None:
    source = textwrap.dedent(READS_KEYS).format(places=[str(hidden), str(toy)])
    path = submit("eve", {"double": source})
    assert grade_points(path, hidden, capsys)["double"] == 0


def test_the_keys_in_the_cheat_would_help_if_they_could_be_read(toy, hidden) -> None:
    """The cheat works where nothing stops it: otherwise the test above could not fail."""
    import numpy as np

    from courselib.grading.judge import judge
    from courselib.grading.key import read_key
    from courselib.grading.probe import probe

    names = {"np": np}
    exec(textwrap.dedent(READS_KEYS).format(places=[str(hidden)]), names)
    exercise = read_key(hidden / "toy.key").exercise("double")
    assert exercise is not None
    assert judge(exercise, probe(names["double"], exercise.cases)).passed


def test_markers_and_tags_earn_nothing(toy, submit, hidden, capsys) -> None:
    def change(cells: Cells) -> None:
        for cell in cells:
            cell["metadata"] = {
                "tags": ["skip-execution", "raises-exception", "nbval-skip"],
                "nbgrader": {"grade": True, "points": 1000, "grade_id": "x", "schema_version": 3},
            }
            if cell["cell_type"] == "code":
                cell["source"] = "# NBVAL_SKIP\n# NBVAL_RAISES_EXCEPTION\n" + cell["source"]

    path = submit("eve", {"double": WRONG}, change)
    assert grade_points(path, hidden, capsys) == {"double": 0, "quadruple": 40}


def test_the_solution_that_stands_in_cannot_be_kept(toy, submit, hidden, capsys) -> None:
    """Failing one exercise on purpose gives the solution to those that follow, but never to the exercise itself."""
    steals = "stolen = []\ndef double(x):\n    return stolen[0](x) if stolen else x"
    keeps = "def quadruple(x):\n    stolen.append(double)\n    return double(double(x))"
    path = submit("eve", {"double": steals, "quadruple": keeps})
    assert grade_points(path, hidden, capsys) == {"double": 0, "quadruple": 40}
