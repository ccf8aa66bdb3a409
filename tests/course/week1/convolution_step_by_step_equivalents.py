"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises (zero_pad, conv_single_step ...) as
globals. They are written the way learners write, each on its own terms.
"""

import math

import numpy as np
from scipy import ndimage, signal

# ---- the filters


def vertical_edge_filter__tile():
    return np.tile([1, 0, -1], (3, 1))


def vertical_edge_filter__columns():
    kernel = np.zeros((3, 3), dtype=np.float32)
    kernel[:, 0] = 1
    kernel[:, 2] = -1
    return kernel


def vertical_edge_filter__outer():
    return np.outer(np.ones(3), [1, 0, -1])


def horizontal_edge_filter__by_hand():
    return np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])


def horizontal_edge_filter__rotated():
    return np.rot90(vertical_edge_filter(), -1)  # noqa: F821


def red_vertical_edge_filter__stack():
    red = vertical_edge_filter()  # noqa: F821
    return np.stack([red, np.zeros((3, 3)), np.zeros((3, 3))], axis=-1)


def red_vertical_edge_filter__outer_product():
    return np.array([[1, 0, -1]] * 3)[:, :, None] * np.array([1, 0, 0])


def red_vertical_edge_filter__loops():
    kernel = np.zeros((3, 3, 3))
    for row in range(3):
        kernel[row, 0, 0] = 1.0
        kernel[row, 2, 0] = -1.0
    return kernel


# ---- detect_edges


def detect_edges__shifted_images(image, kernel):
    image = np.asarray(image, dtype=np.float64)
    if image.ndim == 2:
        image, kernel = image[:, :, None], kernel[:, :, None]
    f = kernel.shape[0]
    n_H, n_W = image.shape[0] - f + 1, image.shape[1] - f + 1
    edges = np.zeros((n_H, n_W))
    for i in range(f):
        for j in range(f):
            edges += image[i : i + n_H, j : j + n_W] @ kernel[i, j].astype(float)
    return edges


def detect_edges__sliding_window_view(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return (windows * kernel).sum(axis=tuple(range(-kernel.ndim, 0))).reshape(windows.shape[:2])


def detect_edges__scipy(image, kernel):
    edges = signal.correlate(image.astype(float), kernel.astype(float), mode="valid", method="direct")
    return edges if edges.ndim == 2 else edges[:, :, 0]


def detect_edges__nested_lists(image, kernel):
    f, image = len(kernel), np.array(image, dtype=float)
    rows = []
    for top in range(len(image) - f + 1):
        row = []
        for left in range(len(image[0]) - f + 1):
            row.append(np.vdot(image[top : top + f, left : left + f], kernel))
        rows.append(row)
    return np.array(rows)


# ---- zero_pad


def zero_pad__copied_into_zeros(X, pad):
    m, n_H, n_W, n_C = X.shape
    padded = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C), dtype=X.dtype)
    padded[:, pad : pad + n_H, pad : pad + n_W, :] = X
    return padded


def zero_pad__concatenated(X, pad):
    for axis in (1, 2):
        shape = list(X.shape)
        shape[axis] = pad
        frame = np.zeros(shape)
        X = np.concatenate([frame, X, frame], axis=axis)
    return X


def zero_pad__image_by_image(X, pad):
    return np.stack([np.pad(image, [(pad, pad), (pad, pad), (0, 0)], constant_values=0) for image in X])


# ---- sizes


def conv_output_size__math_floor(n, f, p=0, s=1):
    return math.floor((n + 2 * p - f) / s + 1)


def conv_output_size__counted(n, f, p=0, s=1):
    return len(range(0, n + 2 * p - f + 1, s))


def conv_output_size__numpy_int(n, f, p=0, s=1):
    return np.int64(np.floor((n + 2 * p - f) / s)) + 1


def same_padding__half(f):
    if f % 2 == 1:
        return f // 2
    raise ValueError("f must be odd")


def same_padding__checks_the_fraction(f):
    p = (f - 1) / 2
    if p != int(p):
        raise ValueError(f"no whole padding for f = {f}")
    return int(p)


def same_padding__searched(f):
    for p in range(f):
        if 10 * f + 2 * p - f + 1 == 10 * f:
            return p
    raise ValueError("there is none")


# ---- conv_single_step


def conv_single_step__loops(a_slice_prev, W, b):
    f_H, f_W, n_C = W.shape
    z = 0.0
    for i in range(f_H):
        for j in range(f_W):
            for k in range(n_C):
                z += a_slice_prev[i, j, k] * W[i, j, k]
    return z + b[0, 0, 0]


def conv_single_step__dot(a_slice_prev, W, b):
    return np.dot(a_slice_prev.ravel(), W.ravel()) + np.squeeze(b)


def conv_single_step__einsum(a_slice_prev, W, b):
    return np.einsum("ijk,ijk->", a_slice_prev, W) + float(b[0, 0, 0])


# ---- conv_forward


def conv_forward__without_helpers(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f, n_C = W.shape[0], W.shape[-1]
    m = len(A_prev)
    padded = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    n_H = int((padded.shape[1] - f) / s) + 1
    n_W = int((padded.shape[2] - f) / s) + 1
    Z = np.empty((m, n_H, n_W, n_C))
    for c in range(n_C):
        for w in range(n_W):
            for h in range(n_H):
                for i in range(m):
                    window = padded[i, s * h : s * h + f, s * w : s * w + f, :]
                    Z[i, h, w, c] = (window * W[:, :, :, c]).sum() + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def conv_forward__shifted_images(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    padded = zero_pad(A_prev, p)  # noqa: F821
    n_H = conv_output_size(A_prev.shape[1], f, p=p, s=s)  # noqa: F821
    n_W = conv_output_size(A_prev.shape[2], f, p=p, s=s)  # noqa: F821
    Z = np.zeros((A_prev.shape[0], n_H, n_W, W.shape[3])) + b
    for i in range(f):
        for j in range(f):
            Z = Z + padded[:, i : i + s * n_H : s, j : j + s * n_W : s][:, :n_H, :n_W] @ W[i, j]
    cache = (A_prev, W, b, hparameters)
    return Z, cache


def conv_forward__scipy(A_prev, W, b, hparameters):
    s = hparameters["stride"]
    padded = zero_pad(A_prev, hparameters["pad"]).astype(float)  # noqa: F821
    images = []
    for image in padded:
        channels = [
            signal.correlate(image, W[..., c], mode="valid", method="direct")[::s, ::s, 0] + b[0, 0, 0, c]
            for c in range(W.shape[3])
        ]
        images.append(np.stack(channels, axis=-1))
    return np.array(images), (A_prev, W, b, hparameters)


# ---- conv_layer


def conv_layer__masked(A_prev, W, b, hparameters):
    Z = conv_forward(A_prev, W, b, hparameters)[0]  # noqa: F821
    Z[Z < 0] = 0
    return Z


def conv_layer__multiplied(A_prev, W, b, hparameters):
    Z, _cache = conv_forward(A_prev, W, b, hparameters)  # noqa: F821
    return Z * (Z > 0)


def conv_layer__half_of_sum_and_size(A_prev, W, b, hparameters):
    Z, _cache = conv_forward_vectorized(A_prev, W, b, hparameters)  # noqa: F821
    return (Z + np.abs(Z)) / 2


# ---- conv_forward_vectorized


def conv_forward_vectorized__einsum(A_prev, W, b, hparameters):
    f, s = W.shape[0], hparameters["stride"]
    padded = zero_pad(A_prev, hparameters["pad"])  # noqa: F821
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f), axis=(1, 2))
    Z = np.einsum("mhwcij,ijck->mhwk", windows[:, ::s, ::s], W) + b
    return Z, (A_prev, W, b, hparameters)


def conv_forward_vectorized__shifted_images(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f, _, _, n_C = W.shape
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    n_H = (n_H_prev + 2 * p - f) // s + 1
    n_W = (n_W_prev + 2 * p - f) // s + 1
    padded = zero_pad(A_prev, p)  # noqa: F821
    Z = np.zeros((m, n_H, n_W, n_C))
    for i in range(f):
        for j in range(f):
            rows = slice(i, i + (n_H - 1) * s + 1, s)
            columns = slice(j, j + (n_W - 1) * s + 1, s)
            Z += np.dot(padded[:, rows, columns], W[i, j])
    return Z + b, (A_prev, W, b, hparameters)


def conv_forward_vectorized__im2col(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f, _, n_C_prev, n_C = W.shape
    padded = zero_pad(A_prev, p)  # noqa: F821
    m, n_H, n_W, _ = padded.shape
    n_H, n_W = (n_H - f) // s + 1, (n_W - f) // s + 1
    rows = (s * np.arange(n_H))[:, None, None, None] + np.arange(f)[:, None]  # (n_H, 1, f, 1)
    columns = (s * np.arange(n_W))[:, None, None] + np.arange(f)  # (n_W, 1, f)
    patches = padded[:, rows, columns]  # (m, n_H, n_W, f, f, n_C_prev)
    Z = patches.reshape(-1, f * f * n_C_prev) @ W.reshape(-1, n_C)
    return Z.reshape(m, n_H, n_W, n_C) + b, (A_prev, W, b, hparameters)


def conv_forward_vectorized__scipy(A_prev, W, b, hparameters):
    s = hparameters["stride"]
    padded = zero_pad(A_prev, hparameters["pad"]).astype(float)  # noqa: F821
    filters = np.moveaxis(W, -1, 0)[:, None].astype(float)  # (n_C, 1, f, f, n_C_prev)
    maps = [signal.correlate(padded, kernel, mode="valid", method="direct")[:, ::s, ::s, 0] for kernel in filters]
    return np.stack(maps, axis=-1) + b, (A_prev, W, b, hparameters)


# ---- pool_forward


def pool_forward__loops(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    A = np.zeros((m, 1 + (n_H_prev - f) // s, 1 + (n_W_prev - f) // s, n_C))
    for i, h, w, c in np.ndindex(A.shape):
        numbers = []
        for y in range(f):
            for x in range(f):
                numbers.append(float(A_prev[i, h * s + y, w * s + x, c]))
        A[i, h, w, c] = max(numbers) if mode == "max" else sum(numbers) / len(numbers)
    return A, (A_prev, hparameters)


def pool_forward__sliding_window_view(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    pool = {"max": np.max, "average": np.mean}[mode]
    return pool(windows, axis=(-2, -1)), (A_prev, hparameters)


def pool_forward__ndimage(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    size = (1, f, f, 1)
    start = f // 2
    if mode == "max":
        everywhere = ndimage.maximum_filter(A_prev.astype(float), size=size)
    else:
        everywhere = ndimage.correlate(A_prev.astype(float), np.full(size, 1 / f**2))
    n_H, n_W = A_prev.shape[1] - f + 1, A_prev.shape[2] - f + 1
    return everywhere[:, start : start + n_H : s, start : start + n_W : s], (A_prev, hparameters)


# ---- counting


def count_conv_parameters__weights_and_biases(f, n_C_prev, n_C):
    weights = f**2 * n_C_prev * n_C
    biases = n_C
    return weights + biases


def count_conv_parameters__sizes_of_arrays(f, n_C_prev, n_C):
    return np.empty((f, f, n_C_prev, n_C)).size + np.empty((1, 1, 1, n_C)).size


def count_dense_parameters__weights_and_biases(n_in, n_out):
    return n_in * n_out + n_out


def count_dense_parameters__convolution_of_one_place(n_in, n_out):
    return count_conv_parameters(1, n_in, n_out)  # noqa: F821


def inputs_per_output__power(f, n_C_prev):
    return n_C_prev * f**2


def inputs_per_output__size_of_a_slice(f, n_C_prev):
    return int(np.prod([f, f, n_C_prev]))


def inputs_per_output__from_parameters(f, n_C_prev):
    return count_conv_parameters(f, n_C_prev, 1) - 1  # noqa: F821


# ---- numerical_gradient


def numerical_gradient__flat(f, x, epsilon):
    slopes = []
    for k in range(x.size):
        up, down = x.astype(float).ravel(), x.astype(float).ravel()
        up[k] += epsilon
        down[k] -= epsilon
        slopes.append((f(up.reshape(x.shape)) - f(down.reshape(x.shape))) / (2 * epsilon))
    return np.array(slopes).reshape(x.shape)


def numerical_gradient__one_hot_steps(f, x, epsilon):
    gradient = np.zeros_like(x, dtype=float)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        step = np.zeros(x.shape)
        step[it.multi_index] = epsilon
        gradient[it.multi_index] = f(x + step) / (2 * epsilon) - f(x - step) / (2 * epsilon)
        it.iternext()
    return gradient


# ---- conv_backward


def conv_backward__shifted_images(dZ, cache):
    A_prev, W, _, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    f = len(W)
    _, n_H, n_W, _ = dZ.shape
    padded = zero_pad(A_prev, p)  # noqa: F821
    d_padded, dW = np.zeros(padded.shape), np.zeros(W.shape)
    for i in range(f):
        for j in range(f):
            rows, columns = slice(i, i + s * (n_H - 1) + 1, s), slice(j, j + s * (n_W - 1) + 1, s)
            d_padded[:, rows, columns] += dZ @ W[i, j].T
            dW[i, j] = np.einsum("mhwc,mhwk->ck", padded[:, rows, columns], dZ)
    db = dZ.sum(axis=(0, 1, 2), keepdims=True)
    return (d_padded if p == 0 else d_padded[:, p:-p, p:-p]), dW, db


def conv_backward__all_filters_at_once(dZ, cache):
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    f = W.shape[1]
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    dA_prev, dW, db = np.zeros(A_prev.shape), 0 * W, 0 * b
    for i in range(m):
        image = np.pad(A_prev[i], ((p, p), (p, p), (0, 0)))
        d_image = np.zeros(image.shape)
        for h in range(dZ.shape[1]):
            for w in range(dZ.shape[2]):
                window = np.s_[h * s : h * s + f, w * s : w * s + f]
                d_image[window] += np.tensordot(W, dZ[i, h, w], axes=1)
                dW = dW + np.multiply.outer(image[window], dZ[i, h, w])
                db = db + dZ[i, h, w]
        dA_prev[i] = d_image[p : n_H_prev + p, p : n_W_prev + p]
    return dA_prev, dW, db


def conv_backward__scipy(dZ, cache):
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    f, _, n_C_prev, n_C = W.shape
    padded = zero_pad(A_prev, p)  # noqa: F821
    m, n_H, n_W, _ = padded.shape
    spread = np.zeros((m, n_H - f + 1, n_W - f + 1, n_C))  # dZ at stride 1, with zeros between its numbers
    spread[:, ::s, ::s] = dZ
    d_padded, dW = np.zeros(padded.shape), np.zeros(W.shape)
    for i, k, c in np.ndindex(m, n_C_prev, n_C):
        d_padded[i, :, :, k] += signal.convolve2d(spread[i, :, :, c], W[:, :, k, c], mode="full")
        dW[:, :, k, c] += signal.correlate2d(padded[i, :, :, k], spread[i, :, :, c], mode="valid")
    dA_prev = d_padded[:, p : n_H - p, p : n_W - p]
    return dA_prev, dW, np.sum(dZ, axis=(0, 1, 2)).reshape(b.shape)


# ---- pool_backward and its helpers


def create_mask_from_window__loops(x):
    best = (0, 0)
    for h in range(x.shape[0]):
        for w in range(x.shape[1]):
            if x[h, w] > x[best]:
                best = (h, w)
    mask = np.zeros(x.shape)
    mask[best] = 1
    return mask


def create_mask_from_window__flat(x):
    return (np.arange(x.size) == x.argmax()).reshape(x.shape)


def create_mask_from_window__first_of_many(x):
    ties = np.argwhere(x == x.max())
    mask = np.full(x.shape, False)
    mask[tuple(ties[0])] = True
    return mask


def distribute_value__ones(dz, shape):
    return np.ones(shape) * dz / np.prod(shape)


def distribute_value__loops(dz, shape):
    parts = np.zeros(shape)
    for h in range(shape[0]):
        for w in range(shape[1]):
            parts[h][w] = dz / shape[0] / shape[1]
    return parts


def distribute_value__broadcast(dz, shape):
    return np.broadcast_to(float(dz) / math.prod(shape), shape)


def pool_backward__without_helpers(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev, dtype=float)
    for i, h, w, c in np.ndindex(dA.shape):
        top, left = s * h, s * w
        if mode == "average":
            dA_prev[i, top : top + f, left : left + f, c] += dA[i, h, w, c] / f**2
        else:
            y, x = divmod(int(A_prev[i, top : top + f, left : left + f, c].argmax()), f)
            dA_prev[i, top + y, left + x, c] += dA[i, h, w, c]
    return dA_prev


def pool_backward__vectorised(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    if mode == "max":
        windows = np.lib.stride_tricks.sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
        winner = windows.reshape(m, n_H, n_W, n_C, f * f).argmax(axis=-1)
    for k in range(f * f):
        share = dA * (winner == k) if mode == "max" else dA / (f * f)
        y, x = k // f, k % f
        dA_prev[:, y : y + s * (n_H - 1) + 1 : s, x : x + s * (n_W - 1) + 1 : s] += share
    return dA_prev
