"""Overlap of boxes against painted grids, definitions and Keras; conversion and clipping."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courselib.detection import centers_to_corners, ciou, clip_boxes, corners_to_centers, giou, iou, pairwise_iou


@st.composite
def int_boxes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    y1, x1 = draw(st.integers(0, 11)), draw(st.integers(0, 11))
    return y1, x1, draw(st.integers(y1, 12)), draw(st.integers(x1, 12))


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    y, x = draw(st.floats(-100, 100)), draw(st.floats(-100, 100))
    return y, x, y + draw(st.floats(0.1, 50)), x + draw(st.floats(0.1, 50))


def painted(box: tuple[int, int, int, int]) -> np.ndarray:
    canvas = np.zeros((12, 12), bool)
    canvas[box[0] : box[2], box[1] : box[3]] = True
    return canvas


@pytest.mark.parametrize(
    ("box1", "box2", "expected"),
    [
        ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7),
        ((0, 0, 4, 4), (1, 1, 3, 3), 4 / 16),  # nested
        ((0, 0, 2, 2), (0, 2, 2, 4), 0.0),  # touch along a side
        ((0, 0, 2, 2), (2, 2, 4, 4), 0.0),  # touch in a corner
        ((0, 0, 1, 1), (5, 5, 6, 6), 0.0),  # apart on both axes: two negative sides must not become an area
        ((3, 3, 3, 9), (0, 0, 9, 9), 0.0),  # empty
        ((3, 3, 3, 3), (3, 3, 3, 3), 0.0),
        ((1, 2, 3, 5), (1, 2, 3, 5), 1.0),
        ((0, 0, 1e-5, 1e-5), (0, 0, 1e-5, 1e-5), 1.0),  # the same, however small
    ],
)
def test_iou_of_two_boxes(box1: tuple[float, ...], box2: tuple[float, ...], expected: float) -> None:
    result = iou(box1, box2)
    assert isinstance(result, float)
    assert result == pytest.approx(expected, rel=1e-12)


@given(int_boxes(), int_boxes())
def test_iou_counts_painted_pixels(box1: tuple[int, int, int, int], box2: tuple[int, int, int, int]) -> None:
    first, second = painted(box1), painted(box2)
    union = np.sum(first | second)
    assert iou(box1, box2) == pytest.approx(np.sum(first & second) / union if union else 0.0)


@given(boxes(), boxes(), st.floats(-50, 50), st.floats(-50, 50))
def test_iou_is_symmetric_bounded_and_does_not_change_when_both_move(box1, box2, dy, dx) -> None:
    value = iou(box1, box2)
    assert 0 <= value <= 1
    assert value == iou(box2, box1)
    moved = np.array([dy, dx, dy, dx])
    assert iou(box1 + moved, box2 + moved) == pytest.approx(value, abs=1e-9)
    assert iou(box1, box1) == pytest.approx(1)


@given(st.lists(boxes(), max_size=4), st.lists(boxes(), max_size=4))
def test_pairwise_iou_is_iou_of_each_pair(first: list, second: list) -> None:
    result = pairwise_iou(first, second)
    assert result.shape == (len(first), len(second))
    np.testing.assert_array_equal(result.ravel(), [iou(a, b) for a in first for b in second])


def test_iou_broadcasts() -> None:
    assert iou(np.zeros((5, 1, 4)), np.zeros((3, 4))).shape == (5, 3)


@pytest.mark.parametrize(
    ("box2", "expected"),
    [((0, 0, 2, 2), 1.0), ((0, 2, 2, 4), 0.0), ((0, 6, 2, 8), -8 / 16), ((1, 1, 3, 3), 1 / 7 - 2 / 9)],
)
def test_giou_falls_below_zero_with_distance(box2: tuple[float, ...], expected: float) -> None:
    assert giou((0, 0, 2, 2), box2) == pytest.approx(expected)


@given(boxes(), boxes())
def test_giou_and_ciou_never_exceed_iou(box1, box2) -> None:
    assert -1 - 1e-9 <= giou(box1, box2) <= iou(box1, box2) + 1e-9
    assert ciou(box1, box2) <= iou(box1, box2) + 1e-9


def test_ciou_by_hand() -> None:
    # One centre, 2 wide and 4 high against 4 wide and 2 high.
    aspect = 4 / math.pi**2 * (math.atan(2) - math.atan(0.5)) ** 2
    overlap = 4 / 12
    assert ciou((0, 1, 4, 3), (1, 0, 3, 4)) == pytest.approx(overlap - aspect**2 / (1 - overlap + aspect))
    # Equal shapes 3 apart: only the distance of the centres, over the diagonal of the enclosing box.
    assert ciou((0, 0, 2, 2), (0, 3, 2, 5)) == pytest.approx(-9 / (4 + 25))


@pytest.mark.tensorflow
def test_the_same_as_keras() -> None:
    import keras

    utils = keras.utils.bounding_boxes
    rng = np.random.default_rng(0)
    corners, sizes = rng.uniform(0, 9, (2, 20, 2)), rng.uniform(1, 9, (2, 20, 2))
    first, second = np.concatenate([corners, corners + sizes], axis=-1)
    np.testing.assert_allclose(pairwise_iou(first, second), utils.compute_iou(first, second, "yxyx"), atol=1e-6)
    np.testing.assert_allclose(ciou(first, second), utils.compute_ciou(first, second, "yxyx"), atol=1e-5)
    centers = utils.convert_format(first.astype("float32"), source="yxyx", target="center_xywh")
    np.testing.assert_allclose(corners_to_centers(first), centers, atol=1e-5)
    assert iou(keras.ops.convert_to_tensor(first[0]), second[0]) == pytest.approx(iou(first[0], second[0]), abs=1e-6)


@given(st.lists(boxes(), max_size=4).map(lambda some: np.reshape(some, (-1, 4))))
def test_conversion_and_back(corners: np.ndarray) -> None:
    np.testing.assert_allclose(centers_to_corners(corners_to_centers(corners)), corners, atol=1e-9)


def test_conversion_by_hand() -> None:
    np.testing.assert_array_equal(corners_to_centers((10, 20, 14, 30)), [25, 12, 10, 4])
    np.testing.assert_array_equal(centers_to_corners((25, 12, 10, 4)), [10, 20, 14, 30])


def test_clip_boxes() -> None:
    boxes = [(-3, -1, 5, 9), (100, 180, 140, 250), (-9, -9, -1, -1)]
    np.testing.assert_array_equal(clip_boxes(boxes, (128, 192, 3)), [(0, 0, 5, 9), (100, 180, 128, 192), (0, 0, 0, 0)])


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"four numbers: the last axis must be of length 4. Received: shape \(3,\)"):
        iou((1, 2, 3), (1, 2, 3, 4))
    with pytest.raises(ValueError, match=r"`boxes2` must be of shape \(n, 4\).*Received: shape \(4,\)"):
        pairwise_iou([(1, 2, 3, 4)], (1, 2, 3, 4))
