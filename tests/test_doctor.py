"""The doctor says what is wrong and what to do."""

import hashlib
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


def test_an_unknown_backend_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    found = doctor._backend()
    assert (found.fine, found.detail) == (False, "'theano' is not installed")
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert doctor._backend().detail == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "no-backend"}')
    assert not doctor._backend().fine


def test_where_data_is_kept_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSELIB_CACHE", "/proc/nowhere")
    found = doctor._cache()
    assert not found.needed
    assert found.detail == "rendered data is kept in /proc/nowhere"


def test_weights_are_held_against_their_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "net.npz").write_bytes(b"numbers")
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "doctor.py"))
    assert doctor._weights().detail == "net.npz is not what its card says"
    (folder / "net.md").write_text(f"sha256: {hashlib.sha256(b'numbers').hexdigest()}")
    assert doctor._weights().fine


def test_kernel_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernel", "install", "--prefix", str(tmp_path), "--flavour", "numpy"]) == 0
    assert (tmp_path / "share/jupyter/kernels/courselib/kernel.json").exists()
    assert "Choose the kernel 'courselib' in JupyterLab." in capsys.readouterr().out
