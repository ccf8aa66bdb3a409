"""Rendered signs: what is in them, the same every time, easy for a person and not for a classifier without a clue."""

import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageOps
from scipy.spatial.transform import Rotation

from courselib.datasets import _signs, _signs_art, _signs_scene
from courselib.datasets._images import LabelledImages
from courselib.datasets._signs import load_signs


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> LabelledImages:
    """All classes, small, rendered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSELIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load_signs(size=32, num_train=640, num_test=160)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path))
    return tmp_path


def digest(images: LabelledImages) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in images[:4])).hexdigest()


def test_shapes_ranges_and_names(signs: LabelledImages) -> None:
    assert signs.x_train.shape == (640, 32, 32, 3)
    assert signs.x_test.shape == (160, 32, 32, 3)
    assert [array.dtype for array in signs[:4]] == [np.float32, np.int64, np.float32, np.int64]
    for x in (signs.x_train, signs.x_test):
        assert 0 <= x.min() < 0.05
        assert 0.95 < x.max() <= 1
    assert len(set(signs.class_names)) == 16
    assert signs.class_names[:4] == ("stop", "give way", "priority road", "speed limit 50")


def test_every_class_as_often_and_in_no_order(signs: LabelledImages) -> None:
    assert np.bincount(signs.y_train).tolist() == [40] * 16
    assert np.bincount(signs.y_test).tolist() == [10] * 16
    assert len(set(signs.y_train[:32].tolist())) > 8
    assert not np.array_equal(signs.y_train[:160] % 16, np.arange(160) % 16)


def test_the_first_classes(cache: Path, signs: LabelledImages) -> None:
    six = load_signs(num_classes=6, size=16, num_train=20, num_test=6)
    assert six.x_train.shape == (20, 16, 16, 3)
    assert six.class_names == signs.class_names[:6]
    assert sorted(np.bincount(six.y_train).tolist()) == [3, 3, 3, 3, 4, 4]
    assert sorted(six.y_test.tolist()) == [0, 1, 2, 3, 4, 5]


def test_other_sizes_show_the_same_kind_of_picture(cache: Path) -> None:
    for size in (16, 128):
        images = load_signs(size=size, num_train=16, num_test=16)
        assert images.x_train.shape == (16, size, size, 3)
        assert 0.2 < images.x_train.mean() < 0.7


def test_the_same_bytes_every_time(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an empty cache, from the cache, and from another process, which must do without TensorFlow and Keras."""
    code = """
import hashlib, sys
from courselib.datasets._signs import load_signs
arrays = load_signs(num_classes=5, size=32, num_train=20, num_test=10, seed=7)[:4]
print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
print(sorted({"tensorflow", "keras", "jax", "torch"} & set(sys.modules)))
"""
    environment = {**os.environ, "COURSELIB_CACHE": str(cache / "other"), "PYTHONHASHSEED": "5"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    other, imported = done.stdout.split("\n")[:2]
    assert imported == "[]"
    assert digest(load_signs(5, 32, 20, 10, seed=7)) == other
    assert digest(load_signs(5, 32, 20, 10, seed=8)) != other
    monkeypatch.setattr(_signs, "_render", None)  # what follows is not rendered
    assert digest(load_signs(5, 32, 20, 10, seed=7)) == other


def test_no_test_picture_is_a_training_picture(signs: LabelledImages) -> None:
    pictures = [image.tobytes() for x in (signs.x_train, signs.x_test) for image in x]
    assert len(set(pictures)) == len(pictures)


def test_classes_are_told_apart_but_not_by_their_average_alone(signs: LabelledImages) -> None:
    """The nearest class mean is right far more often than by chance (0.06), and far less often than a person."""
    train, test = signs.x_train.reshape(640, -1), signs.x_test.reshape(160, -1)
    means = np.stack([train[signs.y_train == i].mean(axis=0) for i in range(16)])
    nearest = np.argmin(((test[:, None] - means) ** 2).sum(axis=-1), axis=1)
    assert 0.11 < np.mean(nearest == signs.y_test) < 0.6


def test_no_two_drawings_look_alike() -> None:
    drawings = {name: np.asarray(_signs_art.sign(name, False, 64), float) for name in _signs_art.SIGNS}
    for (one, a), (other, b) in itertools.combinations(drawings.items(), 2):
        changed = np.abs(a - b)[:64].max(axis=-1) > 100
        assert changed.mean() > 0.01, (one, other)  # "30" and "80" are nearest to each other


def test_turn_left_is_turn_right_in_a_mirror() -> None:
    right, left = (_signs_art.sign(name, False, 256).convert("RGBA") for name in ("turn right", "turn left"))
    difference = np.abs(np.asarray(ImageOps.mirror(right), float) - np.asarray(left, float))
    assert difference.mean() < 1


def test_a_pole_stands_below_the_sign_and_behind_it() -> None:
    with_pole, without = (np.asarray(_signs_art.sign("stop", pole, 64))[..., 3] for pole in (True, False))
    np.testing.assert_array_equal(with_pole[:60], without[:60])
    assert with_pole[70:, 30:34].min() == 255
    assert without[70:].max() == 0


@pytest.mark.parametrize(("turn", "tilt", "roll"), [(0, 0, 0), (0.5, 0, 0), (0, 0.3, 0), (0, 0, 0.2), (-0.4, 0.2, 0.1)])
def test_perspective_is_that_of_a_pinhole_camera(turn: float, tilt: float, roll: float) -> None:
    seen = _signs._homography(turn, tilt, roll, half=20.0, middle=np.array([32.0, 30.0]))
    for x, y in [(0, 0), (1, 0), (0, 1), (-1, -1), (0.5, -0.7)]:
        point = Rotation.from_euler("ZYX", [roll, turn, tilt]).apply([x, y, 0]) + np.array([0, 0, 4])
        expected = 20 * 4 * point[:2] / point[2] + [32, 30]
        column, row, depth = seen @ [x, y, 1]
        np.testing.assert_allclose([column / depth, row / depth], expected)


def test_a_sign_lands_where_it_should() -> None:
    seen = _signs._homography(0, 0, 0, half=16.0, middle=np.array([40.0, 24.0]))
    alpha = np.asarray(_signs._warped(_signs_art.sign("no entry", False, 128), 128, seen, 64))[..., 3]
    rows, columns = np.nonzero(alpha > 128)
    assert np.allclose([columns.mean() + 0.5, rows.mean() + 0.5], [40, 24], atol=0.3)
    assert abs(np.ptp(columns) + 1 - 0.95 * 32) <= 1


def test_scenes_and_twigs_differ() -> None:
    rng = np.random.default_rng(0)
    scenes = _signs_scene.scenes(8, rng)
    assert {scene.size for scene in scenes} == {(384, 256)}
    assert len({scene.tobytes() for scene in scenes}) == 8
    for twig in _signs_scene.twigs(3, 32, rng):
        alpha = np.asarray(twig)[..., 3]
        assert alpha.shape == (32, 32)
        assert 0.02 < (alpha > 128).mean() < 0.6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "num_classes must be a whole number, 2 to 16. Received: num_classes=1"),
        ({"num_classes": 17}, "num_classes must be a whole number, 2 to 16. Received: num_classes=17"),
        ({"size": 15}, "size must be a whole number, 16 to 128. Received: size=15"),
        ({"size": 129}, "size must be a whole number, 16 to 128. Received: size=129"),
        ({"size": 64.0}, "size must be a whole number, 16 to 128. Received: size=64.0"),
        ({"num_train": 15}, "num_train must be a whole number, at least 16. Received: num_train=15"),
        ({"num_test": 0}, "num_test must be a whole number, at least 16. Received: num_test=0"),
        ({"seed": -1}, "seed must be a whole number, at least 0. Received: seed=-1"),
    ],
)
def test_numbers_out_of_range(cache: Path, arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^load_signs: {message}"):
        load_signs(**arguments)
    assert not list(cache.iterdir())
