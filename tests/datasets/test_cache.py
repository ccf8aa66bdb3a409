"""Rendered once, read after that; damage and a folder that cannot be written cost time and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from courselib.datasets._cache import Arrays, cache_folder, cached
from courselib.datasets._images import stratified_split

SETTINGS = {"size": 32, "seed": 0}


class Renderer:
    """Counts how often it renders."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Arrays:
        self.calls += 1
        return {"x": np.arange(6, dtype=np.uint8).reshape(2, 3), "y": np.array([self.calls])}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_renders_once(folder: Path) -> None:
    render = Renderer()
    first = cached("toys", 1, SETTINGS, render)
    second = cached("toys", 1, dict(reversed(SETTINGS.items())), render)
    assert render.calls == 1
    for arrays in (first, second):
        assert arrays["x"].dtype == np.uint8
        np.testing.assert_array_equal(arrays["x"], [[0, 1, 2], [3, 4, 5]])
        np.testing.assert_array_equal(arrays["y"], [1])
    (file,) = folder.iterdir()
    assert file.name.startswith("toys-")
    assert file.suffix == ".npz"


@pytest.mark.parametrize(
    ("name", "version", "settings"),
    [("dolls", 1, SETTINGS), ("toys", 2, SETTINGS), ("toys", 1, {**SETTINGS, "seed": 1}), ("toys", 1, {"size": 32})],
)
def test_anything_else_is_rendered_for_itself(
    folder: Path, name: str, version: int, settings: dict[str, object]
) -> None:
    render = Renderer()
    cached("toys", 1, SETTINGS, render)
    assert cached(name, version, settings, render)["y"] == [2]
    assert cached("toys", 1, SETTINGS, render)["y"] == [1]


@pytest.mark.parametrize("damage", [b"", b"no archive", b"\x80\x04K\x01."], ids=["empty", "text", "pickle"])
def test_a_damaged_file_is_replaced(folder: Path, damage: bytes) -> None:
    render = Renderer()
    cached("toys", 1, SETTINGS, render)
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    assert cached("toys", 1, SETTINGS, render)["y"] == [2]
    assert cached("toys", 1, SETTINGS, render)["y"] == [2]


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_file_that_was_cut_off_is_replaced(folder: Path, keep: float) -> None:
    render = Renderer()
    cached("toys", 1, SETTINGS, render)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[: int(keep * file.stat().st_size)])
    assert cached("toys", 1, SETTINGS, render)["y"] == [2]


def test_a_file_with_a_flipped_bit_is_replaced(folder: Path) -> None:
    render = Renderer()
    cached("toys", 1, SETTINGS, render)
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[content.index(bytes(range(6)))] ^= 1
    file.write_bytes(content)
    np.testing.assert_array_equal(cached("toys", 1, SETTINGS, render)["x"], [[0, 1, 2], [3, 4, 5]])
    assert render.calls == 2


def test_without_a_folder_to_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path / "file" / "cache"))
    render = Renderer()
    assert cached("toys", 1, SETTINGS, render)["y"] == [1]
    assert cached("toys", 1, SETTINGS, render)["y"] == [2]


def test_nothing_is_left_when_rendering_or_writing_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Arrays:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("toys", 1, SETTINGS, fail)
    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(KeyboardInterrupt):
        cached("toys", 1, SETTINGS, Renderer())
    assert not list(folder.glob("*"))
    assert not list(folder.glob(".*"))


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("COURSELIB_CACHE", "~/own")
    assert cache_folder() == tmp_path / "own"
    monkeypatch.setenv("COURSELIB_CACHE", "")
    assert cache_folder() == tmp_path / "xdg" / "courselib"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "courselib"


def test_stratified_split() -> None:
    x = np.arange(40).reshape(40, 1, 1, 1) / 40
    y = np.array([0] * 30 + [1] * 10)
    split = stratified_split(x, y, 20, ["many", "few"], seed=3)
    assert split.class_names == ("many", "few")
    assert [array.dtype for array in split[:4]] == [np.float32, np.int64, np.float32, np.int64]
    assert np.bincount(split.y_train).tolist() == np.bincount(split.y_test).tolist() == [15, 5]
    everything = np.concatenate([split.x_train, split.x_test]).ravel()
    np.testing.assert_array_equal(np.sort(everything), x.ravel().astype(np.float32))
    np.testing.assert_array_equal(everything >= 0.75, np.concatenate([split.y_train, split.y_test]) == 1)
    assert not np.array_equal(everything, np.sort(everything))
