"""Receptive fields, against what really changes when a pixel changes."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from courselib.visualization import ReceptiveField, receptive_field

pytestmark = pytest.mark.tensorflow
SIDES = (15, 14)


def network() -> Any:
    """What a receptive field must reckon with: "same" and strides, dilation, pooling, two paths, padding."""
    inputs = keras.Input((*SIDES, 1))
    x = layers.Conv2D(1, 3, strides=2, padding="same", name="stride")(inputs)
    x = layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(x))
    long = layers.Conv2D(1, (3, 1), padding="same", dilation_rate=2, name="dilated")(x)
    x = layers.Add(name="add")([x, long])
    x = layers.ZeroPadding2D(((1, 0), (0, 2)), name="padded")(x)
    x = layers.MaxPooling2D(2, strides=1, padding="same", name="pool")(x)
    x = layers.DepthwiseConv2D(2, name="depthwise")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="everything")(x))


def changes(model: Any, names: list[str]) -> dict[str, np.ndarray]:
    """Which numbers of the maps change when one pixel does: (pixels, rows, columns) for each layer."""
    pixels = np.prod(SIDES)
    images = np.concatenate([np.ones((1, *SIDES, 1)), 1 + 100 * np.eye(pixels).reshape(pixels, *SIDES, 1)])
    part = keras.Model(model.input, [model.get_layer(name).output for name in names])
    maps = [keras.ops.convert_to_numpy(output)[..., 0] for output in part(images)]
    return {name: np.abs(map[1:] - map[0]) > 1e-3 for name, map in zip(names, maps, strict=True)}


def box(seen: np.ndarray) -> tuple[int, int, int, int]:
    """The smallest box around the pixels."""
    rows, columns = np.nonzero(seen.reshape(SIDES))
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def test_a_model_sees_exactly_these_pixels():
    model = network()
    for weight in model.weights:  # nothing cancels, and no ReLU is closed
        weight.assign(np.ones(weight.shape))
    fields = receptive_field(model)
    names = ["stride", "norm", "relu", "dilated", "add", "padded", "pool", "depthwise"]
    assert [field.layer for field in fields] == names
    changed = changes(model, names)
    for field in fields:
        for row, column in ((3, 3), (4, 2)):
            y1, x1, y2, x2 = field.window(row, column)
            expected = max(y1, 0), max(x1, 0), min(y2, SIDES[0]), min(x2, SIDES[1])
            assert box(changed[field.layer][:, row, column]) == expected, field


def test_lists_as_a_learner_writes_them():
    fields = receptive_field([(3, 1), (2, 2), (3, 1, 1), ((1, 5), (2, 1), (0, 2))])
    assert fields == [
        ReceptiveField("0", (3, 3), (1, 1), (0, 0)),
        ReceptiveField("1", (4, 4), (2, 2), (0, 0)),
        ReceptiveField("2", (8, 8), (2, 2), (-2, -2)),
        ReceptiveField("3", (8, 16), (4, 2), (-2, -6)),
    ]
    assert fields[2].window(1, 3) == (0, 4, 8, 12)


def test_the_convolutions_of_vgg16():
    pool, conv = (2, 2), (3, 1)
    blocks = [[conv] * n + [pool] for n in (2, 2, 3, 3, 3)]
    last = receptive_field([layer for block in blocks for layer in block])[-1]
    assert (last.size, last.jump) == ((212, 212), (32, 32))  # the published 212 pixels


def test_a_model_without_known_sizes_and_a_sequential_one():
    model = keras.Sequential([keras.Input((None, None, 1))])
    model.add(layers.Conv2D(1, 5, 2, padding="same", name="c"))
    model.add(layers.ReLU(name="r"))
    assert receptive_field(model) == [ReceptiveField(name, (5, 5), (2, 2), (-1, -1)) for name in "cr"]


@pytest.mark.parametrize("wrong", [(3,), (3, 1, 1, 1), (0, 1), (3, 0)])
def test_entries_that_are_no_layers(wrong: Any):
    with pytest.raises(ValueError, match=r"a list of \(kernel_size, stride\) or .* Received: .* as entry 1"):
        receptive_field([(3, 1), wrong])


def test_paths_with_different_strides():
    inputs = keras.Input((8, 8, 1))
    slow, fast = layers.Conv2D(1, 1)(inputs), layers.Conv2D(1, 1, strides=2)(inputs)
    joined = layers.Add(name="sum")([layers.ZeroPadding2D(0)(slow), layers.ZeroPadding2D(2)(fast)])
    with pytest.raises(ValueError, match="'sum' joins paths with different strides"):
        receptive_field(keras.Model(inputs, joined))
