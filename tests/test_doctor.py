"""The doctor says what is wrong and what to do."""

from pathlib import Path

import pytest

from courselib import doctor
from courselib.cli import main
from courselib.grading.kernels import Protection


def test_a_healthy_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "ok  tensorflow: " in shown
    assert "ok  kernel: " in shown
    assert "sandbox: landlock: " in shown
    assert "!!" not in shown


def test_what_is_wrong_comes_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "assignments").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "_PACKAGES", ("no-such-package",))
    monkeypatch.setattr(doctor, "protections", lambda: [Protection("limits", False, "not here")])
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "!!  no-such-package: not installed\n      Install the course's packages" in shown
    assert "!!  course: No answer keys in " in shown
    assert "--  sandbox: limits: not here\n      Needed: a Unix system." in shown
    assert "--  sandbox: a submission could read and change files outside its scratch directory; use" in shown


def test_kernel_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernel", "install", "--prefix", str(tmp_path), "--flavour", "numpy"]) == 0
    assert (tmp_path / "share/jupyter/kernels/courselib/kernel.json").exists()
    assert "Choose the kernel 'courselib' in JupyterLab." in capsys.readouterr().out
