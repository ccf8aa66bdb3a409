"""The probe: what it sees of a call, and what it survives."""

import sys

import numpy as np
import pytest

from courselib.grading.exercise import Case, Code
from courselib.grading.probe import is_learner_code, probe

X = np.arange(6.0).reshape(2, 3)


def one(function, *args, max_steps=None, **kwargs):
    return probe(function, [Case("a case", args, kwargs, max_steps=max_steps)])[0]


def test_the_value_comes_back() -> None:
    answer = one(lambda x, pad: (x + pad, {"pad": pad}), X, pad=2)
    np.testing.assert_array_equal(answer.value[0], X + 2)
    assert answer.value[1] == {"pad": 2}
    assert answer.raised is None


def test_each_call_gets_fresh_arguments_and_changes_are_seen() -> None:
    def changes(x, cache):
        x += 1
        cache[0]["f"] = 9
        return x

    first, second = probe(changes, [Case("one", (X, ({"f": 1},))), Case("two", (X, ({"f": 1},)))])
    np.testing.assert_array_equal(first.value, second.value)
    assert first.modified == second.modified == ("x", "cache")
    np.testing.assert_array_equal(X, np.arange(6.0).reshape(2, 3))


def test_an_exception_is_an_answer_with_the_learners_lines_only() -> None:
    def inner(x):
        return np.reshape(x, (5, 5))

    def outer(x):
        return inner(x)

    raised = one(outer, X).raised
    assert raised is not None
    assert raised.type == "ValueError"
    assert raised.traceback.splitlines()[-1].endswith("return np.reshape(x, (5, 5))")
    assert "probe" not in raised.traceback.replace("test_probe", "")
    assert "numpy/" not in raised.traceback
    assert len(raised.traceback.splitlines()) == 2


def test_system_exit_is_an_answer() -> None:
    raised = one(lambda: sys.exit(0)).raised
    assert raised is not None
    assert raised.type == "SystemExit"


def test_an_interrupt_passes_through() -> None:
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one(interrupted)


def test_an_exception_whose_text_raises() -> None:
    class Rude(Exception):
        def __str__(self):
            raise ValueError

    def rude():
        raise Rude

    raised = one(rude).raised
    assert raised is not None
    assert raised.message == "(its message cannot be shown)"


def test_printing_is_kept_up_to_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    answer = one(lambda: print("x" * 5000) or print("y"))
    assert answer.printed == "x" * 2000
    assert capsys.readouterr().out == ""


def test_code_arguments_are_evaluated() -> None:
    assert one(lambda f, x: f(x), Code("lambda x: np.sum(x ** 3)"), X).value == np.sum(X**3)


def loops(n):
    total = 0
    for i in range(n):
        total += i
    return total


def comprehends(n):
    return sum([i * i for i in range(n)])


def maps(n):
    return sum(map(lambda i: i * i, range(n)))  # noqa: C417


def vectorised(n):
    return np.arange(n).sum()


@pytest.mark.parametrize("function", [loops, comprehends, maps])
def test_steps_grow_with_a_loop_however_it_is_written(function) -> None:
    assert one(function, 1000, max_steps=50).steps > 500


def test_steps_do_not_grow_without_a_loop() -> None:
    assert one(vectorised, 1000, max_steps=50).steps < 10
    assert one(vectorised, 1000).steps is None


def test_whose_code() -> None:
    assert is_learner_code("/tmp/ipykernel_12/345.py")
    assert is_learner_code("<ipython-input-1>")
    assert not is_learner_code(np.__file__)
    assert not is_learner_code(is_learner_code.__wrapped__.__code__.co_filename)
