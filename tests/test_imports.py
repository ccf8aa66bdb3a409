"""What must start at once imports neither TensorFlow nor Keras."""

import subprocess
import sys

import pytest

STATEMENTS = {
    "import courselib": "import courselib",
    "courselib --help": "from courselib.cli import _parser; _parser().format_help()",
    "the check": "from courselib.grading import Check",
    "the grader": "import courselib.grading.grader, courselib.grading.plugin, courselib.grading.tables",
    "the build": "import courselib.authoring.build",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_imports_neither_tensorflow_nor_keras(statement: str) -> None:
    code = f"{statement}; import sys; print(sorted({{'tensorflow', 'keras', 'jax', 'torch'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_import_courselib_imports_nothing_heavy() -> None:
    code = "import sys; old = set(sys.modules); import courselib; print(len(set(sys.modules) - old))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 5


def test_the_check_imports_no_notebook_machinery() -> None:
    """A learner's first check must not wait for nbformat, pytest or Jupyter."""
    code = (
        "import sys; import courselib.grading;"
        "print(sorted({'nbformat', 'pytest', 'jupyter_client', 'jupytext', 'PIL', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
