"""benchmarks/detection.py compares sides that agree, and benchmarks/own_boxes.py moves boxes with their pictures."""

import numpy as np
import pytest

from benchmarks import detection, own_boxes
from courselib.datasets import DetectionData

pytestmark = pytest.mark.tensorflow


def test_the_sides_keep_the_same_boxes() -> None:
    assert 0 < detection.agree(detection.suppression_sides(200)) < 200
    assert 0 < detection.agree(detection.evaluation_sides((4, 5))) < 120


@pytest.mark.parametrize("side", ["loop", "TensorFlow"])
def test_a_side_that_keeps_other_boxes_ends_the_benchmark(side: str) -> None:
    sides = detection.suppression_sides(200)
    sides[side] = detection.suppression_sides(100)[side]
    with pytest.raises(detection.BenchmarkError, match=rf"^{side} keeps \d+ boxes, courselib \d+, or other ones$"):
        detection.agree(sides)


def test_a_slow_side_is_asked_less_often() -> None:
    asked = {"quick": 0, "slow": 0}

    def side(name: str) -> None:
        asked[name] += 1

    seconds = detection.take_turns({name: lambda name=name: side(name) for name in asked}, repeats=5)
    assert asked == {"quick": 6, "slow": 6}
    assert set(seconds) == set(asked)
    detection.take_turns({"slow": lambda: side("slow")}, repeats=5, budget=1e-9)
    assert asked["slow"] == 6 + 2


def test_boxes_move_with_their_pictures() -> None:
    image = np.zeros((60, 40, 3), np.uint8)
    image[12:30, 8:20] = 255  # a white thing
    data = DetectionData([image], [np.array([[12.0, 8, 30, 20]])], [np.array([0])], ("thing",))
    prepared = own_boxes.prepare(data, np.array([0]), versions=6)
    assert prepared.images.shape == (6, *own_boxes.SIZE, 3)
    for picture, boxes in zip(prepared.images, prepared.boxes, strict=True):
        rows, columns = (np.flatnonzero((picture[..., 0] > 128).any(axis=axis)) for axis in (1, 0))
        seen = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
        np.testing.assert_allclose(boxes, [seen], atol=1.5)
    heights = [boxes[0, 2] - boxes[0, 0] for boxes in prepared.boxes]
    assert heights[0] == max(heights) == pytest.approx(18 * 128 / 60)
    assert len(set(heights)) == 6
