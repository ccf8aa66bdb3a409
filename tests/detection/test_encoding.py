"""Targets by hand, at borders and in crowded cells, and the way back to boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courselib.detection import decode_predictions, encode_targets, yolo_eval

ANCHORS = [(20, 80), (60, 40)]  # a pedestrian's and a car's shape


def encode(boxes: list, class_ids: list, **changes: object) -> np.ndarray:
    settings = {"anchors": ANCHORS, "grid_shape": (3, 3), "image_shape": (96, 96), "num_classes": 3, **changes}
    return encode_targets(boxes, class_ids, **settings)


def objects(y: np.ndarray) -> dict[tuple[int, ...], list[float]]:
    """The vectors with pc = 1, by row, column and anchor."""
    return {tuple(map(int, place)): y[tuple(place)].tolist() for place in np.argwhere(y[..., 0])}


def test_two_objects_in_one_cell_by_hand() -> None:
    # Both centres lie in the middle cell, which begins at pixel 32 and is 32 wide.
    y = encode([(8, 40, 88, 56), (36, 16, 68, 72)], [0, 2])
    assert y.shape == (3, 3, 2, 8)
    assert y.dtype == np.float32
    assert objects(y) == {
        (1, 1, 0): [1, 0.5, 0.5, 2.5, 0.5, 1, 0, 0],
        (1, 1, 1): [1, 0.375, 0.625, 1, 1.75, 0, 0, 1],
    }


@pytest.mark.parametrize(
    ("center", "cell", "offset"),
    [
        ((0, 0), (0, 0), (0, 0)),
        ((32, 64), (2, 1), (0, 0)),  # on the line between cells: the right and lower one
        ((96, 96), (2, 2), (1, 1)),  # on the picture's border: the last cell
        ((95.5, 0.5), (0, 2), (0.984375, 0.015625)),
    ],
)
def test_centres_at_borders(center: tuple[float, float], cell: tuple[int, int], offset: tuple[float, float]) -> None:
    x, y = center
    ((place, vector),) = objects(encode([(y - 4, x - 8, y + 4, x + 8)], [1])).items()
    assert place == (*cell, 0)
    assert vector[1:5] == [*offset, 0.25, 0.5]


def test_a_grid_and_a_picture_that_are_not_square() -> None:
    y = encode([(60, 150, 70, 170)], [0], grid_shape=(4, 6), image_shape=(128, 192, 3))
    assert objects(y) == {(2, 5, 0): [1, 0, 0.03125, 0.3125, 0.625, 1, 0, 0]}


def test_the_next_best_anchor_when_the_first_is_taken_and_none_when_all_are() -> None:
    car = (36, 16, 68, 72)
    y = encode([car, car, car], [0, 1, 2])
    assert {place: vector[5:] for place, vector in objects(y).items()} == {(1, 1, 1): [1, 0, 0], (1, 1, 0): [0, 1, 0]}


def test_neighbors_learn_the_object_too() -> None:
    # The centre (40, 56) is left of and below the middle of its cell, so the left and the lower cell are nearest.
    own, beside, below = (1, 1, 1), (1, 0, 1), (2, 1, 1)
    y = objects(encode([(40, 10, 72, 70)], [2], neighbors=True))
    assert set(y) == {own, beside, below}
    assert y[own][1:3] == [0.25, 0.75]
    assert y[beside][1:3] == [1.25, 0.75]
    assert y[below][1:3] == [0.25, -0.25]
    assert all(vector[3:] == y[own][3:] for vector in y.values())


def test_a_neighbor_takes_no_place_from_an_owner_and_none_outside_the_picture() -> None:
    y = objects(encode([(0, 0, 8, 12), (0, 32, 8, 44)], [0, 1], neighbors=True))
    # The first would go to the left and up, outside; the second to the left, where the first is.
    assert {place: vector[5:7] for place, vector in y.items()} == {(0, 0, 0): [1, 0], (0, 1, 0): [0, 1]}


def test_no_objects() -> None:
    assert not encode([], []).any()


@st.composite
def scenes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """At most one object in each of 4 x 6 cells of 32 pixels."""
    cells = draw(st.lists(st.integers(0, 23), unique=True, max_size=8))
    number = st.floats(0, 1, width=32)
    boxes = []
    for cell in cells:
        y, x = 32 * (cell // 6 + draw(number) * 0.99), 32 * (cell % 6 + draw(number) * 0.99)
        height, width = 1 + 99 * draw(number), 1 + 99 * draw(number)
        boxes.append((y - height / 2, x - width / 2, y + height / 2, x + width / 2))
    class_ids = draw(st.lists(st.integers(0, 2), min_size=len(cells), max_size=len(cells)))
    return np.reshape(boxes, (-1, 4)), np.array(class_ids, int)


@given(scenes())
def test_decoding_gives_back_what_was_encoded(scene: tuple[np.ndarray, np.ndarray]) -> None:
    boxes, class_ids = scene
    y = encode_targets(boxes, class_ids, ANCHORS, (4, 6), (128, 192), 3)
    scores, found, classes = yolo_eval(decode_predictions(y), (128, 192), max_boxes=99, iou_threshold=1.0)
    assert scores.tolist() == [1] * len(boxes)
    order, expected = np.lexsort(found.T), np.lexsort(boxes.astype(np.float32).T)
    np.testing.assert_allclose(found[order], boxes[expected], atol=1e-4)
    pairs = zip(found, classes, strict=True)
    for box, class_id in pairs:
        nearest = np.argmin(np.abs(boxes - box).sum(axis=1))
        assert class_ids[nearest] == class_id


def test_numbers_that_floats_hold_come_back_exactly() -> None:
    box = (8, 40, 88, 56)
    y = encode([box], [1], grid_shape=(4, 8), image_shape=(128, 256))
    _, boxes, classes = yolo_eval(decode_predictions(y), (128, 256))
    assert boxes.tolist() == [list(box)]
    assert classes.tolist() == [1]


def test_decode_by_hand_with_a_batch() -> None:
    y = np.zeros((2, 2, 4, 1, 7))
    y[1, 1, 2, 0] = [0.75, 0.5, 0.25, 1, 2, 0.5, 0.25]
    box_xy, box_wh, confidence, probabilities = decode_predictions(y)
    assert box_xy.shape == box_wh.shape == (2, 2, 4, 1, 2)
    assert confidence.shape == (2, 2, 4, 1, 1)
    assert box_xy[1, 1, 2, 0].tolist() == [2.5 / 4, 1.25 / 2]
    assert box_wh[1, 1, 2, 0].tolist() == [2 / 4, 1 / 2]
    assert confidence[1, 1, 2, 0].tolist() == [0.75]
    assert probabilities[1, 1, 2, 0].tolist() == [0.5, 0.25]
    assert box_xy[0, 0, 3, 0].tolist() == [3 / 4, 0]


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"Box 1 must have a positive width and height. Received: 0 wide, 5 high"):
        encode([(0, 0, 9, 9), (0, 4, 5, 4)], [0, 0])
    with pytest.raises(
        ValueError, match=r"centre of box 0 must lie in the picture of height 96 and width 96.*x=100, y=5"
    ):
        encode([(0, 90, 10, 110)], [0])
    with pytest.raises(ValueError, match=r"class id of box 0 must be 0 to 2. Received: 3"):
        encode([(0, 0, 9, 9)], [3])
    with pytest.raises(
        ValueError, match=r"`class_ids` must hold one number for each of 1 boxes. Received: shape \(2,\)"
    ):
        encode([(0, 0, 9, 9)], [1, 2])
    with pytest.raises(ValueError, match=r"`y` must be of shape .*Received: shape \(3, 3, 8\)"):
        decode_predictions(np.zeros((3, 3, 8)))
