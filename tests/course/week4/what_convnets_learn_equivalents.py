"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises and the names of the setup cell as
globals. They are written the way learners write, each on its own terms.
"""

import math

import keras
import numpy as np
from scipy import signal as scipy_signal

# ---- receptive_field


def receptive_field__from_the_end(layers):
    size = 1
    for f, s in reversed(layers):
        size = (size - 1) * s + f
    return size, math.prod(s for _, s in layers)


def receptive_field__sum_of_products(layers):
    sizes, strides = [f for f, _ in layers], [s for _, s in layers]
    jumps = [int(np.prod(strides[:i])) for i in range(len(layers) + 1)]
    return 1 + sum((f - 1) * j for f, j in zip(sizes, jumps, strict=False)), jumps[-1]


# ---- strongest_places


def strongest_places__loops(maps, k=9):
    found = []
    for i, picture in enumerate(maps):
        best = (0, 0)
        for row in range(picture.shape[0]):
            for column in range(picture.shape[1]):
                if picture[row, column] > picture[best]:
                    best = (row, column)
        found.append((picture[best], i, *best))
    found.sort(reverse=True)
    return np.array([place[1:] for place in found[:k]])


def strongest_places__divmod(maps, k=9):
    best = maps.reshape(maps.shape[0], -1).argmax(1)
    order = sorted(range(len(maps)), key=lambda i: maps[i].max(), reverse=True)
    return np.array([(i, *divmod(int(best[i]), maps.shape[2])) for i in order])[:k]


# ---- cut_window


def cut_window__pixel_by_pixel(image, row, column, size, jump, start):
    n_H, n_W, n_C = image.shape
    window = np.zeros((size, size, n_C))
    for y in range(size):
        for x in range(size):
            h, w = start + row * jump + y, start + column * jump + x
            if 0 <= h < n_H and 0 <= w < n_W:
                window[y, x] = image[h, w]
    return window


def cut_window__copied_slices(image, row, column, size, jump, start):
    y, x = start + row * jump, start + column * jump
    top, left = max(y, 0), max(x, 0)
    piece = image[top : max(y + size, 0), left : max(x + size, 0)]
    window = np.zeros((size, size, image.shape[-1]), dtype=image.dtype)
    window[top - y : top - y + piece.shape[0], left - x : left - x + piece.shape[1]] = piece
    return window


# ---- top_activating_patches


def top_activating_patches__by_hand(model, layer, channel, images, k=9):
    part = keras.Model(model.inputs, model.get_layer(layer).output)
    maps = part.predict(images, verbose=0)[:, :, :, channel]
    size, jump, start = view_of(model, layer)  # noqa: F821
    order = np.argsort([picture.max() for picture in maps])[::-1][:k]
    patches = []
    for i in order:
        row, column = np.argwhere(maps[i] == maps[i].max())[0]
        patches.append(cut_window(images[i], row, column, size, jump, start))  # noqa: F821
    return np.array(patches)


def top_activating_patches__all_then_k(model, layer, channel, images, k=9):
    maps = np.moveaxis(layer_maps(model, images, layer), -1, 0)[channel]  # noqa: F821
    view = view_of(model, layer)  # noqa: F821
    patches = [cut_window(images[i], r, c, *view) for i, r, c in strongest_places(maps, len(images))]  # noqa: F821
    return np.asarray(patches[:k])


# ---- max_pool_with_switches


def max_pool_with_switches__loops(A, f=2):
    n_H, n_W, n_C = A.shape
    P, switches = np.zeros((n_H // f, n_W // f, n_C)), np.full(A.shape, False)
    for h in range(n_H // f):
        for w in range(n_W // f):
            for c in range(n_C):
                window = A[h * f : h * f + f, w * f : w * f + f, c]
                i, j = np.unravel_index(np.argmax(window), window.shape)
                P[h, w, c] = window[i, j]
                switches[h * f + i, w * f + j, c] = True
    return P, switches


def max_pool_with_switches__places(A, f=2):
    places = [(i, j) for i in range(f) for j in range(f)]
    shifted = np.stack([A[i::f, j::f] for i, j in places])
    winner = np.argmax(shifted, axis=0)
    switches = np.zeros_like(A, dtype=bool)
    for number, (i, j) in enumerate(places):
        switches[i::f, j::f] = winner == number
    return shifted.max(axis=0), switches


# ---- unpool


def unpool__kron(P, switches):
    f = switches.shape[1] // P.shape[1]
    return np.kron(P, np.ones((f, f, 1))) * switches


def unpool__loops(P, switches):
    f = len(switches) // len(P)
    unpooled = np.zeros(switches.shape)
    for h, w, c in np.argwhere(switches):
        unpooled[h, w, c] = P[h // f, w // f, c]
    return unpooled


# ---- transposed_convolution


def transposed_convolution__hand_out(Z, W):
    f, p = W.shape[0], W.shape[0] // 2
    n_H, n_W, n_C = Z.shape
    padded = np.zeros((n_H + 2 * p, n_W + 2 * p, W.shape[2]))
    for h in range(n_H):
        for w in range(n_W):
            for c in range(n_C):
                padded[h : h + f, w : w + f] += Z[h, w, c] * W[:, :, :, c]
    return padded[p : p + n_H, p : p + n_W]


def transposed_convolution__scipy(Z, W):
    back = np.zeros((*Z.shape[:2], W.shape[2]))
    for k in range(W.shape[2]):
        for c in range(W.shape[3]):
            back[:, :, k] += scipy_signal.convolve2d(Z[:, :, c], W[:, :, k, c], mode="same")
    return back


def transposed_convolution__keras(Z, W):
    Z, W = np.asarray(Z, "float32"), np.asarray(W, "float32")
    return keras.ops.convert_to_numpy(keras.ops.conv_transpose(Z[None], W, 1, padding="same"))[0]


# ---- deconvnet


def deconvnet__zip(signal, filters, switches):
    for W, mask in zip(filters[::-1], [*switches[::-1], None], strict=True):
        signal = transposed_convolution(signal * (signal > 0), W)  # noqa: F821
        if mask is not None:
            signal = unpool(signal, mask)  # noqa: F821
    return signal


def deconvnet__recursive(signal, filters, switches):
    below = transposed_convolution(np.clip(signal, 0, None), filters[-1])  # noqa: F821
    if len(filters) == 1:
        return below
    return deconvnet__recursive(unpool(below, switches[-1]), filters[:-1], switches[:-1])  # noqa: F821


def deconvnet__rectify_before_unpooling(signal, filters, switches):
    signal = np.maximum(signal, 0)
    for W, mask in zip(reversed(filters[1:]), reversed(switches), strict=True):
        signal = unpool(np.maximum(transposed_convolution(signal, W), 0), mask)  # noqa: F821
    return transposed_convolution(signal, filters[0])  # noqa: F821


# ---- class_activation_map


def class_activation_map__loop(activations, gradients):
    heat = np.zeros(activations.shape[:2])
    for channel in range(activations.shape[2]):
        heat += np.mean(gradients[:, :, channel]) * activations[:, :, channel]
    heat[heat < 0] = 0
    return heat


def class_activation_map__matrix_product(activations, gradients):
    rows, columns, channels = gradients.shape
    importance = gradients.reshape(-1, channels).sum(axis=0) / (rows * columns)
    return (activations @ importance).clip(min=0)


# ---- grad_cam


def grad_cam__where(model, image, class_index, layer):
    heat = class_activation_map(*layer_gradients(model, image, class_index, layer))  # noqa: F821
    largest = heat.max()
    return enlarge(np.where(largest > 0, heat / max(largest, 1e-30), 0), image.shape[:2])  # noqa: F821


def grad_cam__all_in_one(model, image, class_index, layer):
    activations, gradients = layer_gradients(model, image, class_index, layer)  # noqa: F821
    importance = keras.ops.mean(gradients, axis=(0, 1))
    heat = keras.ops.relu(keras.ops.sum(keras.ops.multiply(activations, importance), axis=-1))
    heat = keras.ops.convert_to_numpy(heat)
    n_H, n_W, _ = image.shape
    return enlarge(heat / (heat.max() or 1), (n_H, n_W))  # noqa: F821
