"""LeNet-5, the network that read cheques."""

from __future__ import annotations

import keras
from keras import layers

from courselib.models._input_shape import InputShape, check_input_shape


def LeNet5(input_shape: InputShape = (32, 32, 1), classes: int = 10) -> keras.Model:
    """LeNet-5: two convolutions, each followed by average pooling, then three dense layers.

    The pattern that all later networks keep: height and width shrink, the number of channels grows. As in many
    implementations of today, every filter sees all channels and the output is a softmax (in the paper the filters of C3
    see chosen channels, and the output units are radial basis functions). 61,706 parameters.

    Reference: [LeCun et al., 1998](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf).

    Args:
        input_shape: `(n_H, n_W, n_C)`; 16 by 16 pixels at least.
        classes: The number of classes.

    Returns:
        A model with layers named as in the paper (`C1`, `S2`, `C3`, `S4`, `C5`, `F6`, `output`): from
        `(m, n_H, n_W, n_C)` to class probabilities `(m, classes)`.

    Raises:
        ValueError: If the pictures are too small.

    Example:
    ```python
    model = LeNet5()
    model.count_params()  # 61706
    ```
    """
    check_input_shape("LeNet5", input_shape, 16)
    X = inputs = keras.Input(input_shape)
    X = layers.Conv2D(6, 5, activation="tanh", name="C1")(X)  # (m, 28, 28, 6)
    X = layers.AveragePooling2D(2, name="S2")(X)  # (m, 14, 14, 6)
    X = layers.Conv2D(16, 5, activation="tanh", name="C3")(X)  # (m, 10, 10, 16)
    X = layers.AveragePooling2D(2, name="S4")(X)  # (m, 5, 5, 16)
    X = layers.Flatten(name="flatten")(X)  # (m, 400)
    X = layers.Dense(120, activation="tanh", name="C5")(X)
    X = layers.Dense(84, activation="tanh", name="F6")(X)
    outputs = layers.Dense(classes, activation="softmax", name="output")(X)
    return keras.Model(inputs, outputs, name="lenet5")
