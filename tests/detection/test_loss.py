"""The YOLO loss against a loop over objects in NumPy, its gradient against finite differences."""

from typing import Any

import numpy as np
import pytest

from courselib.detection import ciou, encode_targets, iou, yolo_loss

pytestmark = pytest.mark.tensorflow

ANCHORS = [(20, 40), (40, 20)]


def corners(vector: np.ndarray, row: int, column: int) -> tuple[float, ...]:
    _, bx, by, bh, bw = vector[:5]
    return row + by - bh / 2, column + bx - bw / 2, row + by + bh / 2, column + bx + bw / 2


def loss_slowly(y_true: np.ndarray, y_pred: np.ndarray, coordinate_weight: float = 5, no_object_weight: float = 0.5):
    """The definition for one picture, one place at a time."""
    places = list(np.ndindex(y_true.shape[:3]))
    objects = [corners(y_true[place], *place[:2]) for place in places if y_true[place][0] == 1]
    total = 0.0
    for place in places:
        true, pred = y_true[place], y_pred[place]
        box = corners(pred, *place[:2])
        if true[0] == 1:
            total += coordinate_weight * (1 - ciou(corners(true, *place[:2]), box))
            total -= np.log(pred[0]) + np.log(pred[5:][true[5:] == 1][0])
        elif all(iou(box, other) <= 0.7 for other in objects):
            total -= no_object_weight * np.log(1 - pred[0])
    return total


def example(seed: int = 0, m: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Targets with two objects and with none, and predictions somewhere near."""
    rng = np.random.default_rng(seed)
    boxes = [(10, 20, 50, 44), (40, 40, 60, 84)]
    full = encode_targets(boxes, [0, 2], ANCHORS, (3, 3), (96, 96), 3)
    y_true = np.stack([full, np.zeros_like(full)])[:m]
    y_pred = np.empty_like(y_true)
    y_pred[..., 0] = rng.uniform(0.1, 0.9, y_pred.shape[:-1])
    y_pred[..., 1:3] = rng.uniform(0, 1, (*y_pred.shape[:-1], 2))
    y_pred[..., 3:5] = rng.uniform(0.5, 2, (*y_pred.shape[:-1], 2))
    y_pred[..., 5:] = rng.dirichlet(np.ones(3), y_pred.shape[:-1])
    return y_true, y_pred


def evaluate(*arguments: Any, **options: float) -> np.ndarray:
    from keras import ops

    return ops.convert_to_numpy(yolo_loss(*arguments, **options))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weights", [{}, {"coordinate_weight": 2.0, "no_object_weight": 1.5}])
def test_against_the_slow_definition(seed: int, weights: dict[str, float]) -> None:
    y_true, y_pred = example(seed)
    expected = [loss_slowly(*pair, **weights) for pair in zip(y_true, y_pred, strict=True)]
    np.testing.assert_allclose(evaluate(y_true, y_pred, **weights), expected, rtol=1e-4)


def test_a_perfect_prediction_costs_nothing() -> None:
    y_true, _ = example()
    np.testing.assert_allclose(evaluate(y_true, y_true), [0, 0], atol=1e-3)


def test_boxes_and_classes_where_nothing_is_cost_nothing() -> None:
    y_true, y_pred = example()
    changed = y_pred.copy()
    empty = y_true[1, ..., 0] == 0
    changed[1][empty, 1:5] *= 3
    changed[1][empty, 5:] = 1 / 3
    assert evaluate(y_true, changed)[1] == pytest.approx(evaluate(y_true, y_pred)[1], rel=1e-6)


def test_a_good_box_from_another_place_is_not_punished() -> None:
    y_true, _ = example()
    place = tuple(np.argwhere(y_true[0, ..., 0])[0])
    beside = (*place[:2], 1 - place[2])
    y_pred = y_true.copy()
    y_pred[0][beside] = y_true[0][place] * np.array([0.9, 1, 1, 1, 1, 1, 1, 1])
    assert evaluate(y_true, y_pred)[0] == pytest.approx(0, abs=1e-3)
    y_pred[0][beside][4] *= 2  # twice as wide: an IoU of 0.5
    assert evaluate(y_true, y_pred)[0] == pytest.approx(-0.5 * np.log(0.1), rel=1e-3)


def test_extreme_predictions_stay_finite() -> None:
    y_true, y_pred = example()
    for pc in (0.0, 1.0):
        y_pred[..., 0] = pc
        y_pred[..., 3:5] = 0
        y_pred[..., 5:] = 0
        assert np.isfinite(evaluate(y_true, y_pred)).all()


def free_model(y_pred: np.ndarray) -> Any:
    """A model whose weights are its prediction, so that a step of gradient descent shows the gradient."""
    import keras

    class Free(keras.layers.Layer):  # type: ignore[misc]
        def build(self, input_shape: Any) -> None:
            self.y = self.add_weight(shape=y_pred.shape[1:], name="y")

        def call(self, inputs: Any) -> Any:
            return keras.ops.sum(inputs) + keras.ops.expand_dims(self.y, 0)

    inputs = keras.Input((1,), batch_size=1)
    model = keras.Model(inputs, Free()(inputs))
    model.set_weights([y_pred[0]])
    return model


def test_gradient_against_finite_differences() -> None:
    import keras

    y_true, y_pred = example(seed=3, m=1)
    model = free_model(y_pred)
    rate = 1e-4
    model.compile(keras.optimizers.SGD(rate), loss=yolo_loss, jit_compile=False)
    model.fit(np.zeros((1, 1)), y_true, epochs=1, verbose=0)
    gradient = (y_pred[0] - model.get_weights()[0]) / rate

    exact, true, step = y_pred[0].astype(float), y_true[0].astype(float), 1e-5
    expected = np.zeros_like(exact)
    for index in np.ndindex(exact.shape):
        high, low = exact.copy(), exact.copy()
        high[index] += step
        low[index] -= step
        expected[index] = (loss_slowly(true, high) - loss_slowly(true, low)) / (2 * step)
    expected[(true[..., 0] == 0), 1:] = 0
    # The aspect term of CIoU moves by weights that some implementations hold fixed; Keras's does not.
    np.testing.assert_allclose(gradient, expected, atol=0.02, rtol=0.01)


def test_descent_finds_the_boxes() -> None:
    import keras

    y_true, y_pred = example(seed=1, m=1)
    model = free_model(y_pred)
    model.compile(keras.optimizers.Adam(0.02), loss=yolo_loss, jit_compile=False)
    model.fit(np.zeros((120, 1)), np.repeat(y_true, 120, axis=0), batch_size=1, epochs=1, verbose=0)
    found, has_object = model.get_weights()[0], y_true[0, ..., 0] == 1
    np.testing.assert_allclose(found[has_object, 1:5], y_true[0][has_object, 1:5], atol=0.05)
    assert (found[has_object, 0] > 0.9).all()
