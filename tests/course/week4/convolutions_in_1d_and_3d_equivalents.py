"""Right solutions of convolutions_in_1d_and_3d, written differently. They must pass with every key."""

import functools
import itertools

import keras
import numpy as np

# ---- part 1


def matched_filter__pearson(signal, template):
    f = len(template)
    scores = []
    for start in range(len(signal) - f + 1):
        window = signal[start : start + f]
        flat = window.max() == window.min()
        scores.append(0.0 if flat else np.corrcoef(window, template)[0, 1])
    return np.array(scores)


def matched_filter__windows_at_once(signal, template):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(signal, dtype=float), len(template))
    windows = windows - windows.mean(axis=1, keepdims=True)
    pattern = (template - np.mean(template)) / np.std(template)
    deviation = windows.std(axis=1)
    products = windows @ pattern / len(template)
    return np.divide(products, deviation, out=np.zeros(len(windows)), where=deviation > 1e-9)


def matched_filter__running_sums(signal, template):
    f, ones = len(template), np.ones(len(template))
    centred = template - template.mean()
    variance = np.correlate(signal**2, ones, "valid") - np.correlate(signal, ones, "valid") ** 2 / f
    variance = np.where(variance < 1e-9, np.inf, variance)
    return np.correlate(signal, centred, "valid") / np.sqrt(variance * (centred**2).sum())


# ---- part 2


def conv1d_forward__four_loops(A_prev, W, b):
    m, n_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[2]
    n = int((n_prev - f) / 1) + 1
    Z = np.zeros((m, n, n_C))
    for i in range(m):
        for start in range(n):
            for c in range(n_C):
                s = np.multiply(A_prev[i, start : start + f, :], W[:, :, c])
                Z[i, start, c] = np.sum(s) + float(np.squeeze(b[:, :, c]))
    return Z


def conv1d_forward__as_a_picture_of_one_row(A_prev, W, b):
    def conv_forward(A_prev, W, b):  # two dimensions, as in the first week
        m, n_H, n_W, _ = A_prev.shape
        f_H, f_W, _, n_C = W.shape
        Z = np.zeros((m, n_H - f_H + 1, n_W - f_W + 1, n_C))
        for i, h, w, c in np.ndindex(Z.shape):
            Z[i, h, w, c] = np.sum(A_prev[i, h : h + f_H, w : w + f_W] * W[..., c]) + b[0, 0, 0, c]
        return Z

    return conv_forward(A_prev[:, None], W[None], b[None])[:, 0]


def conv1d_forward__shifted_signals(A_prev, W, b):
    n = A_prev.shape[1] - len(W) + 1
    return b + sum(A_prev[:, k : k + n] @ W[k] for k in range(len(W)))


def conv1d_forward__numpy_correlate(A_prev, W, b):
    signals = [
        np.stack(
            [sum(np.correlate(x[:, k], W[:, k, c], "valid") for k in range(W.shape[1])) for c in range(W.shape[2])],
            axis=-1,
        )
        for x in A_prev
    ]
    return np.array(signals) + b


# ---- part 3


def receptive_field_seconds__backwards(layers, sampling_rate):
    samples = 1
    for f, s in layers[::-1]:
        samples = (samples - 1) * s + f
    return samples / sampling_rate


def receptive_field_seconds__products(layers, sampling_rate):
    strides = [1, *(s for _, s in layers)]
    seen = 1 + sum((f - 1) * int(np.prod(strides[: k + 1])) for k, (f, _) in enumerate(layers))
    return float(seen) / sampling_rate


# ---- part 4


def standardize__loops(x):
    result = np.zeros(x.shape)
    for i, c in itertools.product(range(x.shape[0]), range(x.shape[2])):
        line = x[i, :, c]
        if line.std() > 0:
            result[i, :, c] = (line - line.mean()) / line.std()
    return result


def standardize__root_of_mean_square(x):
    x = x - np.mean(x, axis=1)[:, None, :]
    return x / (np.sqrt(np.mean(np.square(x), axis=1, keepdims=True)) + 1e-9)


def ecg_classifier__sequential(input_shape, num_classes, num_blocks=6):
    model = keras.Sequential([keras.layers.InputLayer(shape=input_shape)])
    filters = 16
    for k in range(num_blocks):
        model.add(keras.layers.Conv1D(filters, kernel_size=5, strides=1, padding="same", name=f"c{k}"))
        model.add(keras.layers.BatchNormalization(axis=-1, momentum=0.9))
        model.add(keras.layers.MaxPool1D(pool_size=2))
        model.add(keras.layers.Activation("relu"))  # after the pooling it is the same
        if k % 2 == 1:
            filters *= 2
    model.add(keras.layers.GlobalMaxPool1D())
    model.add(keras.layers.Dropout(0.1))
    model.add(keras.layers.Dense(num_classes))
    model.add(keras.layers.Softmax())
    return model


def ecg_classifier__subclass(input_shape, num_classes, num_blocks=6):
    class Rhythm(keras.Model):
        def __init__(self):
            super().__init__()
            self.convolutions = [keras.layers.Conv1D(16 << k // 2, 5, padding="same") for k in range(num_blocks)]
            self.norms = [keras.layers.BatchNormalization() for _ in range(num_blocks)]
            self.last = keras.layers.Dense(num_classes, activation="softmax")

        def call(self, x, training=False):
            for convolution, norm in zip(self.convolutions, self.norms, strict=True):
                x = keras.ops.relu(norm(convolution(x), training=training))
                x = keras.ops.max_pool(x, 2)
            return self.last(keras.ops.max(x, axis=1))

    x = keras.Input(input_shape)
    return keras.Model(x, Rhythm()(x))


def ecg_classifier__half_precision(input_shape, num_classes, num_blocks=6):
    mixed = "mixed_float16"
    x = inputs = keras.Input(input_shape)
    for k in range(num_blocks):
        x = keras.layers.ZeroPadding1D(2)(x)
        x = keras.layers.Conv1D(16 * 2 ** (k // 2), 5, dtype=mixed)(x)
        x = keras.layers.BatchNormalization(dtype=mixed)(x)
        x = keras.layers.MaxPooling1D(2, dtype=mixed)(keras.layers.ReLU(dtype=mixed)(x))
    x = keras.layers.GlobalMaxPooling1D(dtype="float32")(x)
    return keras.Model(inputs, keras.layers.Dense(num_classes, activation="softmax")(x))


# ---- part 5


def conv3d_forward__all_loops(A_prev, W, b):
    (m, n_D_prev, n_H_prev, n_W_prev, _) = A_prev.shape
    f, n_C = W.shape[0], W.shape[4]
    Z = np.zeros((m, n_D_prev - f + 1, n_H_prev - f + 1, n_W_prev - f + 1, n_C))
    for i, d, h, w, c in np.ndindex(Z.shape):
        a_slice_prev = A_prev[i, d : d + f, h : h + f, w : w + f, :]
        Z[i, d, h, w, c] = np.sum(np.multiply(a_slice_prev, W[:, :, :, :, c])) + float(b[0, 0, 0, 0, c])
    return Z


def conv3d_forward__shifted_volumes(A_prev, W, b):
    f = len(W)
    n_D, n_H, n_W = (n - f + 1 for n in A_prev.shape[1:4])
    Z = 0
    for i, j, k in itertools.product(range(f), repeat=3):
        Z = Z + A_prev[:, i : i + n_D, j : j + n_H, k : k + n_W] @ W[i, j, k]
    return Z + b


def conv3d_forward__sliding_window_view(A_prev, W, b):
    windows = np.lib.stride_tricks.sliding_window_view(A_prev, W.shape[:3], axis=(1, 2, 3))
    return np.einsum("mdhwcijk,ijkcn->mdhwn", windows, W) + b


def conv_cost__loop(sides, f, n_C_prev, n_C):
    parameters, places = n_C_prev, 1
    for n in sides:
        parameters = parameters * f
        places = places * (n - f + 1)
    return (parameters + 1) * n_C, places * parameters * n_C


def conv_cost__reduced(sides, f, n_C_prev, n_C):
    weights = functools.reduce(lambda product, _: product * f, sides, n_C_prev * n_C)
    return weights + n_C, weights * int(np.prod(np.array(sides) - (f - 1)))


# ---- part 6


def ct_classifier__sequential(input_shape, kernel_size=3, pool_size=2):
    layers = keras.layers
    model = keras.Sequential([keras.Input(input_shape)])
    for number, filters in enumerate([8, 16]):
        model.add(layers.Conv3D(filters, kernel_size, padding="valid", name=f"cube_{number}"))
        model.add(layers.BatchNormalization())
        model.add(layers.MaxPool3D(pool_size))
        model.add(layers.Activation("relu"))
    model.add(layers.GlobalMaxPool3D())
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(units=1))
    model.add(layers.Activation("sigmoid"))
    return model


def ct_classifier__one_line_each(input_shape, kernel_size=3, pool_size=2):
    def block(x, filters):
        x = keras.layers.BatchNormalization()(keras.layers.Conv3D(filters, kernel_size)(x))
        return keras.layers.MaxPooling3D(pool_size)(keras.ops.maximum(x, 0))

    x = inputs = keras.Input(shape=input_shape)
    x = keras.ops.max(block(block(x, 8), 16), axis=(1, 2, 3))
    return keras.Model(inputs=inputs, outputs=keras.layers.Dense(1, "sigmoid")(x))


def ct_classifier__half_precision(input_shape, kernel_size=3, pool_size=2):
    half = {"dtype": "mixed_float16"}
    x = inputs = keras.Input(shape=input_shape)
    for filters in (8, 16):
        x = keras.layers.Conv3D(filters, kernel_size, **half)(x)
        x = keras.layers.BatchNormalization(**half)(x)
        x = keras.layers.MaxPooling3D(pool_size)(keras.layers.ReLU(**half)(x))  # a CPU pools no float16 volumes
    x = keras.layers.GlobalMaxPooling3D()(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", dtype="float32")(x))
