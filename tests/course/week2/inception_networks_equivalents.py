"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises (inception_module, auxiliary_head
...) and what the setup cell defines (conv_relu) as globals. They are written the way learners write, each on its own
terms.
"""

import keras
import numpy as np
from keras import layers

# ---- the naive module


def naive_inception__activations_as_layers(x):
    branches = []
    for filters, f in ((64, 1), (128, 3), (32, 5)):
        z = layers.Conv2D(filters, (f, f), strides=(1, 1), padding="same", name=f"size_{f}")(x)
        branches.append(layers.Activation("relu")(z))
    p = layers.MaxPool2D(pool_size=(3, 3), strides=(1, 1), padding="same")(x)
    p = layers.Conv2D(32, 1)(p)
    branches.append(layers.ReLU()(p))
    return layers.concatenate(branches, axis=-1)


def naive_inception__one_relu_behind_all(x):
    p = keras.ops.max_pool(x, 3, strides=1, padding="same")
    branches = [layers.Conv2D(n, f, padding="same")(t) for t, n, f in ((x, 64, 1), (x, 128, 3), (x, 32, 5), (p, 32, 1))]
    return keras.ops.relu(keras.ops.concatenate(branches, axis=3))


def naive_inception__half_precision(x):
    relu = {"padding": "same", "activation": "relu", "dtype": "mixed_float16"}
    p = layers.MaxPooling2D(3, 1, "same")(x)
    return layers.Concatenate(dtype="float16")(
        [
            layers.Conv2D(64, 1, **relu)(x),
            layers.Conv2D(128, 3, **relu)(x),
            layers.Conv2D(32, 5, activation="relu", padding="same", dtype="float16")(x),
            layers.Conv2D(32, 1, **relu)(p),
        ]
    )


# ---- the costs


def conv_cost__one_formula(n_H, n_W, f, n_C_prev, n_C, bottleneck=None):
    layers_of_it = [(f, n_C_prev, n_C)] if bottleneck is None else [(1, n_C_prev, bottleneck), (f, bottleneck, n_C)]
    parameters = sum(f**2 * n_in * n_out for f, n_in, n_out in layers_of_it)
    biases = sum(n_out for _, _, n_out in layers_of_it)
    return parameters, n_H * n_W * (parameters + biases)


def conv_cost__sizes_of_arrays(n_H, n_W, f, n_C_prev, n_C, bottleneck=None):
    def count(f, n_C_prev, n_C):
        W = np.empty((f, f, n_C_prev, n_C), dtype=np.uint8)
        return np.array([W.size, (W.size + n_C) * n_H * n_W])

    if not bottleneck:
        return tuple(count(f, n_C_prev, n_C))
    return list(count(1, n_C_prev, bottleneck) + count(f, bottleneck, n_C))


# ---- the module with reductions


def inception_module__activations_as_layers(x, f1, f3_in, f3, f5_in, f5, pool):
    def step(t, filters, size, name):
        t = layers.Conv2D(filters, size, padding="same", kernel_initializer="he_normal", name=name)(t)
        return layers.ReLU(name=name + "_relu")(t)

    a = step(x, f1, 1, "one")
    b = step(step(x, f3_in, 1, "three_in"), f3, 3, "three")
    c = step(step(x, f5_in, 1, "five_in"), f5, 5, "five")
    d = step(layers.MaxPooling2D(3, strides=1, padding="same")(x), pool, 1, "pool")
    return layers.Concatenate(name="together")([a, b, c, d])


def inception_module__a_layer_of_its_own(x, f1, f3_in, f3, f5_in, f5, pool):
    class Inception(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.last = [layers.Conv2D(n, f, padding="same") for n, f in ((f1, 1), (f3, 3), (f5, 5), (pool, 1))]
            self.reduce_5 = layers.Conv2D(f5_in, 1, activation="relu")
            self.reduce_3 = layers.Conv2D(f3_in, 1, activation="relu")
            self.pool = layers.MaxPooling2D(3, strides=1, padding="same")

        def call(self, t):
            inputs = [t, self.reduce_3(t), self.reduce_5(t), self.pool(t)]
            outputs = [layer(one) for layer, one in zip(self.last, inputs, strict=True)]
            return keras.ops.relu(keras.ops.concatenate(outputs, axis=-1))

    return Inception()(x)


def inception_module__sequential_branches(x, f1, f3_in, f3, f5_in, f5, pool):
    def conv(n, f):
        return layers.Conv2D(n, f, padding="same", activation="relu", dtype="mixed_float16")

    branches = (
        keras.Sequential([conv(f1, 1)]),
        keras.Sequential([conv(f3_in, 1), layers.Dropout(0.1), conv(f3, 3)]),
        keras.Sequential([conv(f5_in, 1), conv(f5, 5)]),
        keras.Sequential([layers.MaxPooling2D(3, strides=1, padding="same"), conv(pool, 1)]),
    )
    return layers.concatenate([branch(x) for branch in branches])


# ---- the auxiliary head


def auxiliary_head__activations_as_layers(x, classes):
    x = layers.AveragePooling2D(pool_size=(5, 5), strides=(3, 3), padding="valid", name="small")(x)
    x = layers.Conv2D(128, 1, name="thin")(x)
    x = layers.ReLU()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(1024)(x)
    x = layers.Dropout(0.7)(x)
    x = layers.Activation("relu")(x)
    return layers.Softmax()(layers.Dense(classes)(x))


def auxiliary_head__a_sequential_model(x, classes):
    head = keras.Sequential(
        [
            layers.AveragePooling2D(5, 3),
            layers.Conv2D(filters=128, kernel_size=(1, 1), activation="relu"),
            layers.Flatten(),
            layers.Dense(units=1024, activation="relu", dtype="mixed_float16"),
            layers.Dropout(rate=0.7),
            layers.Dense(units=classes, activation="softmax"),
        ]
    )
    return head(x)


# ---- two losses


def compile_with_heads__objects(model, optimizer, auxiliary_weight=0.3):
    model.compile(
        optimizer,
        [keras.losses.SparseCategoricalCrossentropy(), keras.losses.SparseCategoricalCrossentropy()],
        [1, auxiliary_weight],
        ["accuracy", "accuracy"],
        jit_compile=False,
    )
    return model


def compile_with_heads__by_output_names(model, optimizer, auxiliary_weight=0.3):
    main, auxiliary = model.output_names
    crossentropy = keras.losses.sparse_categorical_crossentropy
    model.compile(
        optimizer=optimizer,
        loss={main: crossentropy, auxiliary: crossentropy},
        loss_weights={main: 1.0, auxiliary: auxiliary_weight},
        metrics={main: "accuracy", auxiliary: "accuracy"},
    )
    return model


# ---- the small GoogLeNet


def small_googlenet__without_helpers(input_shape, classes):
    def step(t, n, f, **kwargs):
        return layers.Activation("relu")(layers.Conv2D(n, f, padding="same", **kwargs)(t))

    def module(t, f1, f3_in, f3, f5_in, f5, pool):
        p = step(layers.MaxPooling2D(3, 1, "same")(t), pool, 1)
        return layers.concatenate([step(t, f1, 1), step(step(t, f3_in, 1), f3, 3), step(step(t, f5_in, 1), f5, 5), p])

    def half(t):  # the ReLU behind the pooling gives the same
        t = layers.MaxPooling2D((3, 3), strides=(2, 2), padding="same")(t)
        return layers.BatchNormalization()(layers.ReLU()(t))

    x = picture = keras.Input(shape=input_shape, name="picture")
    x = half(layers.Conv2D(32, (7, 7), (2, 2), padding="same")(x))
    x = half(module(module(x, 16, 16, 32, 4, 8, 8), 32, 24, 48, 6, 12, 12))
    side = layers.Conv2D(128, 1, activation="relu")(layers.AveragePooling2D(5, strides=3)(x))
    side = layers.Dense(1024, activation="relu")(layers.Flatten()(side))
    side = layers.Dense(classes, activation="softmax", name="side")(layers.Dropout(0.7)(side))
    x = module(module(x, 48, 32, 64, 8, 16, 16), 64, 48, 96, 12, 24, 24)
    x = layers.Dropout(0.4)(layers.GlobalAvgPool2D()(x))
    return keras.Model(inputs=picture, outputs=(layers.Dense(classes, activation="softmax", name="end")(x), side))


def small_googlenet__two_halves(input_shape, classes):
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(32, 7, strides=2, padding="same", activation="relu", dtype="mixed_float16")(inputs)
    x = keras.ops.max_pool(x, 3, strides=2, padding="same")
    x = layers.BatchNormalization(momentum=0.9)(x)
    for sizes in ((16, 16, 32, 4, 8, 8), (32, 24, 48, 6, 12, 12)):
        x = inception_module(x, *sizes)  # noqa: F821
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    first_half = keras.Model(inputs, layers.BatchNormalization(momentum=0.9)(x))

    middle = keras.Input(first_half.output.shape[1:])
    x = inception_module(middle, f1=48, f3_in=32, f3=64, f5_in=8, f5=16, pool=16)  # noqa: F821
    x = inception_module(x, f1=64, f3_in=48, f3=96, f5_in=12, f5=24, pool=24)  # noqa: F821
    x = keras.ops.mean(x, axis=(1, 2))
    second_half = keras.Model(middle, layers.Dense(classes, activation="softmax")(x))

    maps = first_half(inputs)
    return keras.Model(inputs, [second_half(maps), auxiliary_head(maps, classes)])  # noqa: F821


# ---- the model for prediction


def inference_model__by_keyword(model):
    main, *_ = model.outputs
    return keras.Model(inputs=model.inputs[0], outputs=main, name="short")


def inference_model__model_output(model):
    return keras.Model(model.input, model.output[0])


def inference_model__an_extra_layer(model):
    return keras.Model(model.inputs, layers.Dropout(0.5)(model.outputs[0]))
