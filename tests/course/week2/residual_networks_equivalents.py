"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises and the names of the setup cell as
globals. They are written the way learners write, each on its own terms.
"""

import math

import keras
import numpy as np
from keras import layers

# ---- residual_step


def residual_step__one_example_at_a_time(a, W1, b1, W2, b2):
    rows = []
    for x in a:
        hidden = np.maximum(W1.T @ x + b1, 0)
        rows.append(np.clip(W2.T @ hidden + b2 + x, 0, None))
    return np.array(rows)


def residual_step__with_a_mask(a, W1, b1, W2, b2):
    z1 = np.einsum("mn,nk->mk", a, W1) + b1
    z2 = np.einsum("mk,kn->mn", z1 * (z1 > 0), W2) + b2 + a
    return z2 * (z2 > 0)


# ---- gradients_at_blocks


def gradients_at_blocks__cumprod(slopes, skip):
    return np.cumprod((slopes + int(skip))[::-1])[::-1]


def gradients_at_blocks__products(slopes, skip):
    return np.array([math.prod(float(s) + (1 if skip else 0) for s in slopes[block:]) for block in range(len(slopes))])


def gradients_at_blocks__recursive(slopes, skip):
    if len(slopes) == 0:
        return np.array([])
    rest = gradients_at_blocks__recursive(slopes[1:], skip)
    own = (1 + slopes[0] if skip else slopes[0]) * (rest[0] if len(rest) else 1)
    return np.concatenate([[own], rest])


# ---- conv_stack_parameters


def conv_stack_parameters__zip(n_C, convolutions):
    channels = [n_C] + [filters for _, filters in convolutions]
    weights = sum(f**2 * c_in * c_out for (f, c_out), c_in in zip(convolutions, channels, strict=False))
    return weights + sum(channels[1:])


def conv_stack_parameters__recursive(n_C, convolutions):
    if not convolutions:
        return 0
    (f, filters), *rest = convolutions
    return filters * (n_C * f * f) + filters + conv_stack_parameters__recursive(filters, rest)


# ---- identity_block


def identity_block__as_in_older_courses(X, f, filters, initializer="he_normal", training=None):
    F1, F2, F3 = filters
    X_shortcut = X
    for step, (n_C, side, padding) in enumerate([(F1, 1, "valid"), (F2, f, "same"), (F3, 1, "valid")]):
        start = new_initializer(initializer)  # noqa: F821
        X = layers.Conv2D(n_C, (side, side), strides=(1, 1), padding=padding, kernel_initializer=start)(X)
        X = layers.BatchNormalization(axis=3)(X, training=training)
        if step < 2:
            X = layers.Activation("relu")(X)
    X = layers.Add()([X_shortcut, X])
    return layers.Activation("relu")(X)


def identity_block__a_layer_of_its_own(X, f, filters, initializer="he_normal", training=None):
    class Bottleneck(layers.Layer):
        def __init__(self):
            super().__init__()
            start = [new_initializer(initializer) for _ in range(3)]  # noqa: F821
            self.convolutions = [
                layers.Conv2D(filters[0], 1, kernel_initializer=start[0]),
                layers.Conv2D(filters[1], f, padding="same", kernel_initializer=start[1]),
                layers.Conv2D(filters[2], 1, kernel_initializer=start[2]),
            ]
            self.norms = [layers.BatchNormalization(epsilon=1e-5) for _ in range(3)]

        def call(self, X):
            F = X
            for i in range(3):
                F = self.norms[i](self.convolutions[i](F), training=training)
                if i < 2:
                    F = keras.ops.relu(F)
            return keras.ops.relu(F + X)

    return Bottleneck()(X)


def identity_block__in_float16(X, f, filters, initializer="he_normal", training=None):
    def convolution(F, n_C, side):
        start = initializer
        if not isinstance(start, str | keras.initializers.Initializer):
            start = start()
        F = layers.Conv2D(n_C, side, padding="same", kernel_initializer=start, dtype="mixed_float16")(F)
        return layers.BatchNormalization(dtype="mixed_float16")(F, training=training)

    F = keras.activations.relu(convolution(X, filters[0], 1))
    F = keras.activations.relu(convolution(F, filters[1], f))
    return layers.ReLU(max_value=None)(convolution(F, filters[2], 1) + X)


# ---- residual_identity_at_zero


def residual_identity_at_zero__on_a_clone(block, X):
    clone = keras.models.clone_model(block)
    for weight in clone.weights:
        weight.assign(keras.ops.zeros(weight.shape))
    return np.max(np.abs(clone.predict(X, verbose=0) - X))


def residual_identity_at_zero__weight_by_weight(block, X):
    before = block.get_weights()
    for weight in block.weights:
        weight.assign(keras.ops.zeros_like(weight))
    difference = keras.ops.max(keras.ops.abs(block(X) - X))
    block.set_weights(before)
    return difference


# ---- zero_padded_shortcut


def zero_padded_shortcut__copied_into_zeros(X, filters, s=2):
    m, n_H, n_W, n_C = X.shape
    out = np.zeros((m, math.ceil(n_H / s), math.ceil(n_W / s), filters), dtype=X.dtype)
    for h in range(out.shape[1]):
        for w in range(out.shape[2]):
            out[:, h, w, :n_C] = X[:, h * s, w * s]
    return out


def zero_padded_shortcut__concatenated(X, filters, s=2):
    small = X[:, 0 : X.shape[1] : s, 0 : X.shape[2] : s, :]
    zeros = np.zeros((*small.shape[:3], filters - small.shape[3]))
    return np.concatenate([small, zeros], axis=-1)


# ---- convolutional_block


def convolutional_block__as_in_older_courses(X, f, filters, s=2, initializer="he_normal", training=None):
    def start():
        return new_initializer(initializer)  # noqa: F821

    F1, F2, F3 = filters
    X_shortcut = X
    X = layers.Conv2D(F1, (1, 1), strides=(s, s), kernel_initializer=start())(X)
    X = layers.Activation("relu")(layers.BatchNormalization(axis=3)(X, training=training))
    X = layers.Conv2D(F2, (f, f), strides=(1, 1), padding="same", kernel_initializer=start())(X)
    X = layers.Activation("relu")(layers.BatchNormalization(axis=3)(X, training=training))
    X = layers.Conv2D(F3, (1, 1), strides=(1, 1), padding="valid", kernel_initializer=start())(X)
    X = layers.BatchNormalization(axis=3)(X, training=training)
    X_shortcut = layers.Conv2D(F3, (1, 1), strides=(s, s), kernel_initializer=start())(X_shortcut)
    X_shortcut = layers.BatchNormalization(axis=3)(X_shortcut, training=training)
    return layers.Activation("relu")(layers.Add()([X, X_shortcut]))


def convolutional_block__shortcut_first(X, f, filters, s=2, initializer="he_normal", training=None):
    X = X[:, ::s, ::s]  # a 1 x 1 convolution with a stride sees only these pixels

    def path(Z, *convolutions):
        for i, (n_C, side) in enumerate(convolutions):
            Z = layers.ReLU()(Z) if i else Z
            Z = layers.Conv2D(n_C, side, padding="same", kernel_initializer=new_initializer(initializer))(Z)  # noqa: F821
            Z = layers.BatchNormalization(name=f"norm_{len(convolutions)}_{i}")(Z, training=training)
        return Z

    shortcut = path(X, (filters[2], 1))
    return keras.ops.relu(shortcut + path(X, (filters[0], 1), (filters[1], f), (filters[2], 1)))


# ---- ResNet50


def ResNet50__as_in_older_courses(input_shape=(64, 64, 3), classes=6):
    X_input = keras.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=keras.initializers.GlorotUniform(seed=0))(X)
    X = layers.BatchNormalization(axis=3)(X)
    X = layers.Activation("relu")(X)
    X = layers.MaxPooling2D((3, 3), strides=(2, 2))(X)
    X = convolutional_block(X, f=3, filters=[64, 64, 256], s=1)  # noqa: F821
    X = identity_block(X, 3, [64, 64, 256])  # noqa: F821
    X = identity_block(X, 3, [64, 64, 256])  # noqa: F821
    X = convolutional_block(X, f=3, filters=[128, 128, 512], s=2)  # noqa: F821
    for _ in range(3):
        X = identity_block(X, 3, [128, 128, 512])  # noqa: F821
    X = convolutional_block(X, f=3, filters=[256, 256, 1024], s=2)  # noqa: F821
    for _ in range(5):
        X = identity_block(X, 3, [256, 256, 1024])  # noqa: F821
    X = convolutional_block(X, f=3, filters=[512, 512, 2048], s=2)  # noqa: F821
    X = identity_block(X, 3, [512, 512, 2048])  # noqa: F821
    X = identity_block(X, 3, [512, 512, 2048])  # noqa: F821
    X = layers.AveragePooling2D((2, 2))(X)
    X = layers.Flatten()(X)
    return keras.Model(inputs=X_input, outputs=layers.Dense(classes, activation="softmax")(X))


def ResNet50__pools_before_the_relu_and_drops_out(input_shape=(64, 64, 3), classes=6):
    class Network(keras.Model):
        pass

    inputs = keras.Input(input_shape)
    X = layers.Conv2D(64, 7, strides=2)(layers.ZeroPadding2D(3)(inputs))
    X = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(X))
    X = keras.activations.relu(X)
    for i, depth in enumerate([3, 4, 6, 3]):
        width = 64 * 2**i
        for j in range(depth):
            if j == 0:
                X = convolutional_block(X, 3, [width, width, width * 4], 2 if i else 1, "glorot_uniform")  # noqa: F821
            else:
                X = identity_block(X, 3, [width, width, width * 4], "glorot_uniform")  # noqa: F821
    X = layers.Dropout(0.5)(keras.ops.mean(X, axis=(1, 2)))
    return Network(inputs, layers.Softmax()(layers.Dense(classes)(X)))
