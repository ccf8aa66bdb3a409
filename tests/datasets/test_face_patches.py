"""Photographs of faces and others."""

import subprocess
import sys

import numpy as np
import pytest
from skimage import data

from courselib.datasets._face_patches import load_face_patches


@pytest.mark.parametrize("num_train", [2, 40, 198])
def test_shapes_ranges_and_balance(num_train: int) -> None:
    patches = load_face_patches(num_train=num_train)
    assert patches.x_train.shape == (num_train, 25, 25, 1)
    assert patches.x_test.shape == (200 - num_train, 25, 25, 1)
    assert [array.dtype for array in patches[:4]] == [np.float32, np.int64, np.float32, np.int64]
    assert min(patches.x_train.min(), patches.x_test.min()) == 0
    assert max(patches.x_train.max(), patches.x_test.max()) == 1
    assert np.bincount(patches.y_train).tolist() == [num_train // 2, num_train // 2]
    assert np.bincount(patches.y_test).tolist() == [100 - num_train // 2, 100 - num_train // 2]
    assert patches.class_names == ("no face", "face")


def test_forty_by_default() -> None:
    assert len(load_face_patches().x_train) == 40


def test_the_faces_are_the_faces() -> None:
    patches = load_face_patches()
    x, y = np.concatenate([patches.x_train, patches.x_test]), np.concatenate([patches.y_train, patches.y_test])
    faces = {image.astype(np.float32).tobytes() for image in data.lfw_subset()[:100]}
    assert {image.tobytes() for image in x[y == 1]} == faces
    assert faces.isdisjoint(image.tobytes() for image in x[y == 0])


def test_the_split_depends_on_the_seed_alone() -> None:
    first, again, other = load_face_patches(), load_face_patches(), load_face_patches(seed=1)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first[:4], again[:4], strict=True))
    assert first.x_train.tobytes() != other.x_train.tobytes()


@pytest.mark.parametrize("num_train", [0, 1, 199, 0.2])
def test_too_few_or_too_many(num_train: object) -> None:
    with pytest.raises(ValueError, match=r"num_train must be a whole number from 2 to 198.*Received: num_train="):
        load_face_patches(num_train)  # type: ignore[arg-type]


def test_imports_neither_tensorflow_nor_keras() -> None:
    code = (
        "from courselib.datasets._face_patches import load_face_patches; load_face_patches(); import sys;"
        "print(sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
