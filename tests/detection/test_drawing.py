"""Boxes and labels are where they belong, and a video can be read back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from courselib.detection import draw_boxes, save_gif

GRAY = np.full((128, 192, 3), 120, np.uint8)
ORANGE, BLUE = (230, 159, 0), (86, 180, 233)


def count(picture: np.ndarray, color: tuple[int, int, int]) -> int:
    return int(np.sum((picture == color).all(axis=-1)))


def test_a_small_picture_is_enlarged_and_the_outline_is_on_the_box() -> None:
    picture = draw_boxes(GRAY, [(40, 60, 80, 100)], [0])
    assert picture.shape == (512, 768, 3)
    assert picture.dtype == np.uint8
    for y, x in ((160, 320), (320, 320), (240, 240), (240, 400)):  # the middles of the four sides, times 4
        assert tuple(picture[y, x]) == ORANGE
    assert tuple(picture[240, 320]) == (120, 120, 120)  # the object itself stays visible
    assert (GRAY == 120).all()


def test_classes_have_colours_of_their_own_and_repeat_after_seven() -> None:
    picture = draw_boxes(GRAY, [(20, 20, 40, 60), (60, 100, 90, 160)], [0, 1])
    assert count(picture, ORANGE) > 100
    assert count(picture, BLUE) > 100
    np.testing.assert_array_equal(draw_boxes(GRAY, [(20, 20, 40, 60)], [7], class_names=["x"] * 8),
                                  draw_boxes(GRAY, [(20, 20, 40, 60)], [0], class_names=["x"]))  # fmt: skip


def test_names_and_scores_are_written() -> None:
    box = [(40, 60, 80, 100)]
    bare = count(draw_boxes(GRAY, box, [0], class_names=["car"]), ORANGE)
    scored = count(draw_boxes(GRAY, box, [0], [0.93], ["car"]), ORANGE)
    assert scored > bare + 300  # the longer label has a larger ground
    assert not np.array_equal(draw_boxes(GRAY, box, [0], [0.93], ["car"]), draw_boxes(GRAY, box, [0], [0.13], ["car"]))


@pytest.mark.parametrize("box", [(0, 0, 20, 30), (0, 170, 20, 192), (-9, -9, 140, 200), (100, 180, 160, 260)])
def test_labels_at_borders_stay_in_the_picture(box: tuple[float, ...]) -> None:
    middle = draw_boxes(GRAY, [(50, 50, 70, 90)], [1], [0.5], ["car", "pedestrian"])
    label = count(middle, BLUE) - count(draw_boxes(GRAY, [(50, 50, 70, 90)], [1], class_names=["", ""]), BLUE)
    assert count(draw_boxes(GRAY, [box], [1], [0.5], ["car", "pedestrian"]), BLUE) >= label


def test_labels_of_one_place_do_not_cover_each_other() -> None:
    box = (40, 60, 80, 100)
    one = count(draw_boxes(GRAY, [box], [0], class_names=["car", "truck"]), ORANGE)
    two = draw_boxes(GRAY, [box, box], [0, 1], class_names=["car", "truck"])
    ground = count(draw_boxes(GRAY, [box], [0], class_names=["", ""]), ORANGE)
    assert count(two, ORANGE) > (one - ground) / 2  # the second outline covers the first, but not its label


def test_kinds_of_pictures() -> None:
    expected = draw_boxes(GRAY, [], [])
    assert (expected == 120).all()
    np.testing.assert_array_equal(draw_boxes(GRAY[..., 0], [], []), expected)
    np.testing.assert_array_equal(draw_boxes(GRAY[..., :1], [], []), expected)
    np.testing.assert_array_equal(draw_boxes(GRAY / 255, [], []), expected)
    assert draw_boxes(GRAY, [], [], scale=1).shape == (128, 192, 3)
    assert draw_boxes(np.zeros((900, 1200, 3)), [], []).shape == (900, 1200, 3)


def test_gif(tmp_path: Path) -> None:
    frames = [draw_boxes(GRAY, [(20, x, 60, x + 40)], [0], class_names=["car"], scale=1) for x in range(0, 150, 10)]
    path = save_gif(frames, tmp_path / "drive.gif", frames_per_second=20)
    with Image.open(path) as video:
        assert (video.n_frames, video.size, video.info["duration"], video.info["loop"]) == (15, (192, 128), 50, 0)
        for i, frame in enumerate(frames):
            video.seek(i)
            difference = np.abs(np.asarray(video.convert("RGB"), int) - frame)
            assert difference.mean() < 2
    again = save_gif(frames, tmp_path / "again.gif", frames_per_second=20)
    assert again.read_bytes() == path.read_bytes()


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"shape \(n_H, n_W, 3\).*Received: \(5, 5, 4\)"):
        draw_boxes(np.zeros((5, 5, 4)), [], [])
    with pytest.raises(ValueError, match=r"`scores` must hold one number for each of 1 boxes. Received: shape \(2,\)"):
        draw_boxes(GRAY, [(0, 0, 9, 9)], [0], [0.1, 0.2])
    with pytest.raises(ValueError, match=r"must name every class. Received: 1 names for the class ids \[0, 1\]"):
        draw_boxes(GRAY, [(0, 0, 9, 9)] * 2, [0, 1], class_names=["car"])
    with pytest.raises(ValueError, match=r"at least one frame. Received: none"):
        save_gif([], tmp_path / "empty.gif")
