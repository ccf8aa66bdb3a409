"""What models compute: equal however they are written, different whenever they compute something else."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from courselib.grading.exercise import Case, Code
from courselib.grading.judge import difference
from courselib.grading.probe import probe

pytestmark = pytest.mark.tensorflow
X = np.random.default_rng(0).integers(-8, 9, (2, 8, 8, 3)).astype("float32") / 8
CASE = Case("a model", (X,), call=Code("lambda build, x: observe.model(build(), x)"), tolerance=1e-2)


@pytest.fixture(scope="module")
def layers() -> Any:
    keras = pytest.importorskip("keras")
    return keras.layers


def reference() -> Any:
    import keras

    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(5, activation="softmax"),
        ]
    )


def functional(**options: Any) -> Any:
    import keras

    layers = keras.layers
    x = inputs = keras.Input((8, 8, 3), name="picture")
    x = layers.Conv2D(4, options.get("kernel", 3), padding=options.get("padding", "same"), name="my_first")(x)
    x = layers.ReLU()(x) if options.get("relu", True) else x
    x = layers.BatchNormalization(name="bn")(x) if options.get("norm", True) else x
    x = (options.get("pool") or layers.MaxPooling2D)(2)(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Reshape((-1,))(x)
    x = layers.Dense(5, trainable=options.get("trainable", True))(x)
    return keras.Model(inputs, layers.Activation(options.get("last", "softmax"))(x))


def subclassed() -> Any:
    import keras

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(5)  # made in another order than it is used
            self.norm = keras.layers.BatchNormalization()
            self.conv = keras.layers.Conv2D(4, 3, padding="same")

        def call(self, x: Any) -> Any:
            x = self.norm(keras.ops.relu(self.conv(x)))
            x = keras.ops.max_pool(x, 2)
            return keras.ops.softmax(self.dense(keras.ops.reshape(x, (-1, 64))))

    return Net()


def with_policy(policy: str) -> Any:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return reference()
    finally:
        keras.config.set_dtype_policy(before)


def judged(build: Callable[[], Any], case: Case = CASE) -> str | None:
    expected, received = probe(reference, [case])[0], probe(build, [case])[0]
    assert expected.raised is None, expected.raised
    return difference(case, expected, received)


@pytest.mark.parametrize(
    "build",
    [functional, subclassed, lambda: with_policy("float16"), lambda: with_policy("mixed_float16")],
    ids=["functional", "subclassed", "float16", "mixed_float16"],
)
def test_models_that_compute_the_same_are_equal(build: Callable[[], Any]) -> None:
    assert judged(build) is None


def test_pooling_before_relu_is_the_same() -> None:
    import keras

    def build() -> Any:
        conv = keras.layers.Conv2D(4, 3, padding="same")
        layers = [keras.Input((8, 8, 3)), conv, keras.layers.MaxPooling2D(), keras.layers.ReLU()]
        return keras.Sequential(layers)

    def other() -> Any:
        return keras.Sequential(
            [
                keras.Input((8, 8, 3)),
                keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
                keras.layers.MaxPooling2D(),
            ]
        )

    expected, received = probe(build, [CASE])[0], probe(other, [CASE])[0]
    assert difference(CASE, expected, received) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel": 5}, "trainable parameters: expected 445, got 637"),
        ({"padding": "valid"}, "trainable parameters: expected 445, got 305"),
        ({"norm": False}, "trainable parameters: expected 445, got 437"),
        ({"trainable": False}, "trainable parameters: expected 445, got 120"),
        ({"relu": False}, "outputs: at index"),
        ({"last": "sigmoid"}, "outputs: at index"),
    ],
)
def test_models_that_compute_something_else_differ(options: dict[str, Any], message: str) -> None:
    found = judged(lambda: functional(**options))
    assert found is not None
    assert found.startswith(message)


def test_average_pooling_differs(layers: Any) -> None:
    found = judged(lambda: functional(pool=layers.AveragePooling2D))
    assert found is not None
    assert found.startswith("outputs: at index")


def test_the_output_shape_is_shown_whole() -> None:
    import keras

    found = judged(lambda: keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)]))
    assert found == "output shape: expected (2, 5), got (2, 6, 6, 4)"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: None, "expected a Keras model, got None: return what you built"),
        (lambda: np.ones(3), "expected a Keras model, got a ndarray"),
        (lambda: reference, "expected a Keras model, got a function"),
    ],
)
def test_what_is_no_model_is_said(build: Callable[[], Any], message: str) -> None:
    assert judged(build) == message


def block(x: Any, filters: int) -> Any:
    import keras

    return keras.layers.Conv2D(filters, 1, activation="relu")(x)


BLOCK = Case("a block", (X, 4), call=Code("observe.block"), tolerance=1e-2)


def test_a_block_is_called_with_a_symbolic_tensor() -> None:
    answer = probe(block, [BLOCK])[0]
    assert answer.value["output shape"] == (2, 8, 8, 4)
    assert answer.value["trainable parameters"] == 16
    assert answer.value["outputs"].shape == (2, 8, 8, 4)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x, filters: None, "expected a tensor made from the input by layers, got None: return what you built"),
        (lambda x, filters: [], "expected a tensor made from the input by layers, got a list"),
    ],
)
def test_a_block_that_returns_no_tensor_is_said(function: Callable[..., Any], message: str) -> None:
    expected, received = probe(block, [BLOCK])[0], probe(function, [BLOCK])[0]
    assert difference(BLOCK, expected, received) == message


def test_a_block_that_forgets_its_input_is_said() -> None:
    import keras

    def forgetful(x: Any, filters: int) -> Any:
        return keras.layers.ReLU()(keras.Input((8, 8, 3)))

    received = probe(forgetful, [BLOCK])[0]
    message = difference(BLOCK, probe(block, [BLOCK])[0], received)
    assert message is not None
    assert message.startswith("the result is not connected to the input: ")


def test_several_outputs_are_lists() -> None:
    import keras

    def build() -> Any:
        inputs = keras.Input((8, 8, 3))
        return keras.Model(inputs, [keras.layers.Flatten()(inputs), keras.layers.GlobalAveragePooling2D()(inputs)])

    answer = probe(build, [CASE])[0]
    assert answer.value["output shape"] == [(2, 192), (2, 3)]
    assert [array.shape for array in answer.value["outputs"]] == [(2, 192), (2, 3)]


def test_weights_may_stay_as_the_learner_initialised_them() -> None:
    import keras

    def build() -> Any:
        return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Dense(2, kernel_initializer="ones")])

    call = Code("lambda build, x: observe.model(build(), x, fixed_weights=False)")
    answer = probe(build, [Case("ones", (X,), call=call)])[0]
    np.testing.assert_allclose(answer.value["outputs"], np.repeat(X.sum(-1, keepdims=True), 2, -1), atol=1e-5)


def test_a_large_network_is_measured_without_its_weights() -> None:
    import keras

    def build() -> Any:
        return keras.Sequential([keras.Input((40_000,)), keras.layers.Dense(40_000), keras.layers.Dense(3)])

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = probe(build, [Case("6.4 GB", call=Code("observe.size"))])[0]
    assert answer.value == {
        "output shape": (None, 3),
        "trainable parameters": 40_000 * 40_000 + 40_000 + 40_000 * 3 + 3,
        "frozen parameters": 0,
    }
    with keras.StatelessScope():
        pass  # its end allocates what still waits
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


def test_fixed_weights_keep_the_signal_alive_through_many_layers() -> None:
    import keras

    from courselib.grading import observe

    stack = [keras.layers.Conv2D(8, 3, padding="same", activation="relu") for _ in range(30)]
    network = observe.fill(keras.Sequential([keras.Input((8, 8, 3)), *stack]))
    outputs = keras.ops.convert_to_numpy(network(X))
    assert 1e-3 < np.abs(outputs).max() < 1e6
