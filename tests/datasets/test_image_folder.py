"""Pictures of one's own: a folder per class. How files are read is tested with the faces."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from courselib.datasets import load_image_folder
from courselib.errors import CourselibError

COLOURS = {"blue": (20, 30, 220), "red": (220, 30, 30), "white": (250, 250, 250)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures of each of three colours."""
    for name, colour in COLOURS.items():
        (tmp_path / name).mkdir()
        for i in range(10):
            Image.new("RGB", (30 + i, 40), colour).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_pictures_labels_and_split(folder: Path) -> None:
    x_train, y_train, x_test, y_test, class_names = load_image_folder(folder, size=16)
    assert class_names == ("blue", "red", "white")
    assert (x_train.shape, x_test.shape) == ((24, 16, 16, 3), (6, 16, 16, 3))
    assert [array.dtype for array in (x_train, y_train, x_test, y_test)] == [np.float32, np.int64, np.float32, np.int64]
    assert np.bincount(y_train).tolist() == [8, 8, 8]
    assert np.bincount(y_test).tolist() == [2, 2, 2]
    for x, y in ((x_train, y_train), (x_test, y_test)):
        colours = np.array(list(COLOURS.values()))[y] / 255
        np.testing.assert_allclose(x.mean(axis=(1, 2)), colours, atol=1e-4)


def test_the_split_is_in_your_hands_and_the_same_again(folder: Path) -> None:
    first, again = load_image_folder(folder, 12, seed=1), load_image_folder(folder, 12, seed=1)
    other = load_image_folder(folder, 12, seed=2)
    assert len(first.x_train) == 12
    np.testing.assert_array_equal(first.y_train, again.y_train)
    assert first.y_train.tolist() != other.y_train.tolist()


def test_two_pictures_of_each_class_are_enough(folder: Path) -> None:
    for path in folder.glob("*/[2-9].png"):
        path.unlink()
    images = load_image_folder(folder)
    assert sorted(images.y_train) == sorted(images.y_test) == [0, 1, 2]
    (folder / "red" / "1.png").unlink()
    with pytest.raises(CourselibError, match=r"A class needs at least 2 pictures, .* Too few: red\."):
        load_image_folder(folder)


@pytest.mark.parametrize("num_train", [2, 28])
def test_a_split_that_leaves_a_class_out(folder: Path, num_train: int) -> None:
    with pytest.raises(CourselibError, match=rf"expected from 3 to 27 training pictures.*num_train={num_train}"):
        load_image_folder(folder, num_train)


def test_bad_input(folder: Path) -> None:
    (folder / "red" / "x.png").write_text("no picture")
    with pytest.raises(CourselibError, match=r"Cannot read 1 of the files .*red/x\.png"):
        load_image_folder(folder)
    with pytest.raises(CourselibError, match="Expected a folder with a folder per class"):
        load_image_folder(folder / "nowhere")
    with pytest.raises(CourselibError, match="Expected a folder per class in"):
        load_image_folder(folder / "blue")
    with pytest.raises(ValueError, match="at least 1 pixel"):
        load_image_folder(folder, size=0)
