"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises as globals. Many ways lead to the
same fully convolutional network: functional, subclassed, activations as layers of their own, another dtype.
"""

import math

import keras
import numpy as np

# ---- box_target and landmark_target


def box_target__lists(pc, box, class_id, num_classes):
    if not pc:
        return np.zeros(5 + num_classes)
    return np.array([1, *box, *[int(i == class_id) for i in range(num_classes)]])


def box_target__concatenated(pc, box, class_id, num_classes):
    y = np.zeros((5 + num_classes,))
    if pc > 0:
        one_hot = np.eye(num_classes)[class_id]
        y = np.concatenate([[pc], np.asarray(box), one_hot])
    return y


def landmark_target__loop(pc, landmarks, n_H, n_W):
    y = np.zeros(1 + 2 * len(landmarks))
    if pc == 1:
        y[0] = 1
        for k, (x_pixel, y_pixel) in enumerate(landmarks):
            y[1 + 2 * k] = x_pixel / n_W
            y[2 + 2 * k] = y_pixel / n_H
    return y


def landmark_target__every_second(pc, landmarks, n_H, n_W):
    y = np.full(2 * len(landmarks) + 1, float(pc))
    y[1::2] *= landmarks[:, 0] / n_W
    y[2::2] *= landmarks[:, 1] / n_H
    return y


# ---- localization_loss


def localization_loss__products(y_true, y_pred):
    error = (y_true - y_pred) ** 2
    return y_true[:, 0] * keras.ops.sum(error, axis=-1) + (1 - y_true[:, 0]) * error[:, 0]


def localization_loss__weights(y_true, y_pred):
    pc = y_true[..., :1]
    weights = keras.ops.concatenate([keras.ops.ones_like(pc), keras.ops.ones_like(y_true[..., 1:]) * pc], axis=-1)
    return keras.ops.sum(weights * keras.ops.square(y_pred - y_true), axis=-1)


def localization_loss__two_parts(y_true, y_pred):
    y_true, y_pred = keras.ops.convert_to_tensor(y_true), keras.ops.convert_to_tensor(y_pred)
    detection = (y_pred[:, 0] - y_true[:, 0]) ** 2
    rest = keras.ops.sum((y_pred[:, 1:] - y_true[:, 1:]) ** 2, axis=1)
    return detection + y_true[:, 0] * rest


# ---- sliding_windows


def sliding_windows__view(image, window, stride):
    views = np.lib.stride_tricks.sliding_window_view(image, (window, window), axis=(0, 1))[::stride, ::stride]
    windows = views.transpose(0, 1, 3, 4, 2).reshape(-1, window, window, image.shape[2])
    return windows, windows.shape[0]


def sliding_windows__filled_in(image, window, stride):
    n_H, n_W, n_C = image.shape
    rows, columns = 1 + (n_H - window) // stride, 1 + (n_W - window) // stride
    windows = np.zeros((rows * columns, window, window, n_C), dtype=image.dtype)
    for k in range(rows * columns):
        top, left = stride * (k // columns), stride * (k % columns)
        windows[k] = image[top : top + window, left : left + window, :]
    return windows, rows * columns


def sliding_windows__while(image, window, stride):
    found, top = [], 0
    while top + window <= image.shape[0]:
        left = 0
        while left + window <= image.shape[1]:
            found.append(image[top:, left:][:window, :window])
            left += stride
        top += stride
    return np.array(found), len(found)


# ---- dense_to_filters


def dense_to_filters__one_by_one(W, n_H, n_W):
    n_C = W.shape[0] // (n_H * n_W)
    filters = np.zeros((n_H, n_W, n_C, W.shape[1]), dtype=W.dtype)
    k = 0
    for h in range(n_H):
        for w in range(n_W):
            for c in range(n_C):
                filters[h, w, c] = W[k]
                k += 1
    return filters


def dense_to_filters__unit_by_unit(W, n_H, n_W):
    return np.stack([column.reshape(n_H, n_W, -1) for column in W.T], axis=-1)


def dense_to_filters__keras(W, n_H, n_W):
    return keras.ops.reshape(W, (n_H, n_W, len(W) // n_H // n_W, W.shape[1]))


# ---- dense_to_conv


def dense_to_conv__sequential(model):
    network = keras.Sequential([keras.Input((None, None, model.input_shape[-1]))])
    pairs, window = [], (1, 1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            conv = keras.layers.Conv2D(layer.units, window, name=f"conv_{layer.name}")
            network.add(conv)
            network.add(keras.layers.Activation(layer.activation))
            pairs.append((conv, layer, window))
            window = (1, 1)
        elif isinstance(layer, keras.layers.Flatten):
            window = tuple(layer.input.shape[1:-1])
        else:
            copy = layer.__class__.from_config(layer.get_config())
            network.add(copy)
            copy.set_weights(layer.get_weights())
    for conv, layer, window in pairs:
        kernel, bias = layer.get_weights()
        conv.kernel.assign(kernel.reshape(*window, -1, layer.units))
        conv.bias.assign(bias)
    return network


def dense_to_conv__subclassed(model):
    class Scan(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = []
            flat = None
            for layer in model.layers:
                if isinstance(layer, keras.layers.Flatten):
                    flat = layer.input.shape[1:]
                elif isinstance(layer, keras.layers.Dense):
                    volume = flat or (1, 1, layer.get_weights()[0].shape[0])
                    conv = keras.layers.Conv2D(layer.units, volume[:2], activation=layer.activation)
                    conv.build((None, None, None, volume[2]))
                    W, b = layer.get_weights()
                    conv.set_weights([dense_to_filters(W, *volume[:2]), b])  # noqa: F821
                    self.steps.append(conv)
                    flat = None
                else:
                    self.steps.append(layer)

        def call(self, x):
            for step in self.steps:
                x = step(x)
            return x

    return Scan()


def dense_to_conv__without_new_weights(model):
    """The old dense layers on patches that a layer of reshaping cuts out: the same parameters, the same answers."""

    class Patches(keras.layers.Layer):
        def __init__(self, height, width):
            super().__init__()
            self.size = (height, width)

        def compute_output_shape(self, shape):
            return (*shape[:3], shape[3] * math.prod(self.size))

        def call(self, x):
            (height, width), (rows, columns) = self.size, x.shape[1:3]
            cut = [
                x[:, i : rows - height + 1 + i, j : columns - width + 1 + j]
                for i in range(height)
                for j in range(width)
            ]
            return keras.ops.concatenate(cut, axis=-1)

    class Scan(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = [
                Patches(*layer.input.shape[1:3]) if isinstance(layer, keras.layers.Flatten) else layer
                for layer in model.layers
            ]

        def call(self, x, training=False):
            for step in self.steps:
                x = step(x)
            return x

    return Scan()


def dense_to_conv__half_precision(model):
    x = inputs = keras.Input((None, None, model.input_shape[3]))
    size = 1
    for layer in model.layers:
        if isinstance(layer, keras.layers.Flatten):
            size = layer.input.shape[1:3]
            x = keras.layers.Dropout(0.3)(x)
        elif isinstance(layer, keras.layers.Dense):
            W, b = layer.get_weights()
            height, width = size if size != 1 else (1, 1)
            filters = W.reshape(height, width, -1, layer.units)
            conv = keras.layers.Conv2D(layer.units, (height, width), dtype="mixed_float16")
            x = keras.layers.Activation(layer.activation)(conv(x))
            conv.set_weights([filters, b])
            size = 1
        else:
            x = layer(x)
    return keras.Model(inputs=inputs, outputs=x)


# ---- counting


def count_multiplications__sizes_first(n, n_C, layers):
    parts, depth = [], n_C
    for f, n_filters, pool in layers:
        places = n - (f - 1)
        parts.append(places**2 * f**2 * depth * n_filters)
        n = int(places / pool)
        depth = n_filters
    return sum(parts)


def count_multiplications__recursive(n, n_C, layers):
    if not layers:
        return 0
    (f, n_filters, pool), *rest = layers
    own = n_filters * n_C * (f * (n - f + 1)) ** 2
    return own + count_multiplications__recursive((n - f + 1) // pool, n_filters, rest)


def multiplications_saved__counted(n, window, stride, n_C, layers):
    count = len(range(0, n - window + 1, stride)) ** 2
    return count * count_multiplications(window, n_C, layers) - count_multiplications(n, n_C, layers)  # noqa: F821


def multiplications_saved__with_windows(n, window, stride, n_C, layers):
    _, count = sliding_windows(np.zeros((n, n, n_C)), window, stride)  # noqa: F821
    saved = -count_multiplications(n, n_C, layers)  # noqa: F821
    for _ in range(count):
        saved += count_multiplications(window, n_C, layers)  # noqa: F821
    return saved


# ---- window_box


def window_box__resized_first(row, column, stride, window, scale):
    y1, x1 = row * stride, column * stride
    corners = (y1, x1, y1 + window, x1 + window)
    return tuple(corner / scale for corner in corners)


def window_box__array(row, column, stride, window, scale):
    corner = np.array([row, column]) * (stride / scale)
    return (*corner, *(corner + window / scale))
