"""A sample class of week 1 for `courselib demo`: invented students, and what they wrote in place of the solution.

Each student starts from the solved notebook; a replacement is the source of that exercise's whole cell. The mistakes
are those that learners make: some are known by name, some are not.
"""

# Cut off in the middle when the demo writes it: a download that broke.
BROKEN = "lars"

_NOT_ANSWERED = """
def {name}({parameters}):
    # YOUR CODE HERE
    raise NotImplementedError()
"""

# Nothing to complain about.
_ADA: dict[str, str] = {}

# Reads quickly: forgets special cases. The mask of a tie spoils the backward pass of pooling too.
_MATEO = {
    "same_padding": """
def same_padding(f):
    return (f - 1) // 2
""",
    "count_conv_parameters": """
def count_conv_parameters(f, n_C_prev, n_C):
    weights = n_C * n_C_prev * f ** 2
    bias = 1
    return weights + bias
""",
    "create_mask_from_window": """
def create_mask_from_window(x):
    mask = (x == np.max(x))
    return mask
""",
}

# Careful with loops, less so with borders and signs.
_WEI = {
    "conv_layer": """
def conv_layer(A_prev, W, b, hparameters):
    Z, cache = conv_forward(A_prev, W, b, hparameters)
    return Z
""",
    "pool_forward": """
def pool_forward(A_prev, hparameters, mode="max"):
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f = hparameters["f"]
    stride = hparameters["stride"]
    n_H = int((n_H_prev - f) / stride) + 1
    n_W = int((n_W_prev - f) / stride) + 1
    A = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    largest = 0
                    total = 0
                    for y in range(h * stride, h * stride + f):
                        for x in range(w * stride, w * stride + f):
                            value = float(A_prev[i, y, x, c])
                            total += value
                            if value > largest:
                                largest = value
                    A[i, h, w, c] = largest if mode == "max" else total / f ** 2
    return A, (A_prev, hparameters)
""",
    "conv_backward": """
def conv_backward(dZ, cache):
    (A_prev, W, b, hparameters) = cache
    s = hparameters["stride"]
    pad = hparameters["pad"]
    (f, f, n_C_prev, n_C) = W.shape
    (m, n_H, n_W, n_C) = dZ.shape
    dW = np.zeros((f, f, n_C_prev, n_C))
    db = np.zeros((1, 1, 1, n_C))
    X = zero_pad(A_prev, pad)
    dX = np.zeros(X.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    window = X[i, h * s:h * s + f, w * s:w * s + f, :]
                    dX[i, h * s:h * s + f, w * s:w * s + f, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += window * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    dA_prev = dX[:, pad:-pad, pad:-pad, :]
    return dA_prev, dW, db
""",
}

# Knows Python well and NumPy less.
_FATIMA = {
    "detect_edges": """
def detect_edges(image, kernel):
    f = kernel.shape[0]
    rows = image.shape[0] - f + 1
    columns = image.shape[1] - f + 1
    result = np.zeros_like(image, shape=(rows, columns))
    for i in range(rows):
        for j in range(columns):
            piece = image[i:i + f, j:j + f]
            result[i, j] = (piece * kernel).sum()
    return result
""",
    "conv_forward_vectorized": """
def conv_forward_vectorized(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    X = zero_pad(A_prev, pad)
    n_H = (X.shape[1] - f) // stride + 1
    n_W = (X.shape[2] - f) // stride + 1
    Z = np.zeros((len(X), n_H, n_W, W.shape[-1]))
    for h in range(n_H):
        for w in range(n_W):
            windows = X[:, h * stride:h * stride + f, w * stride:w * stride + f]
            Z[:, h, w] = np.einsum("mijc,ijck->mk", windows, W)
    return Z + b, (A_prev, W, b, hparameters)
""",
    "inputs_per_output": """
def inputs_per_output(f, n_C_prev):
    return f ** 2
""",
}

# Two mistakes that nobody foresaw, and two well-known ones in other words.
_PRIYA = {
    "distribute_value": """
def distribute_value(dz, shape):
    n_H, n_W = shape
    parts = np.zeros(shape)
    parts[n_H // 2, n_W // 2] = dz
    return parts
""",
    "count_dense_parameters": """
def count_dense_parameters(n_in, n_out):
    return n_in * n_out + n_in + n_out
""",
    "numerical_gradient": """
def numerical_gradient(f, x, epsilon):
    gradient = np.zeros(x.shape)
    start = f(x)
    for k in np.ndindex(*x.shape):
        moved = x.astype(float)
        moved[k] += epsilon
        gradient[k] = (f(moved) - start) / epsilon
    return gradient
""",
    "red_vertical_edge_filter": """
def red_vertical_edge_filter():
    nothing = np.zeros((3, 3))
    return np.array([vertical_edge_filter(), nothing, nothing])
""",
}

# conv_backward stops with an IndexError: it asks for the number of channels where there are filters.
_NOAH = {
    "conv_backward": """
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    m, n_H, n_W, n_C = dZ.shape
    padded = zero_pad(A_prev, pad)
    d_padded, dW, db = np.zeros(padded.shape), np.zeros(W.shape), np.zeros(n_C)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    top, left = stride * h, stride * w
                    d_padded[i, top:top + f, left:left + f] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += padded[i, top:top + f, left:left + f] * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    n_H, n_W = A_prev.shape[1:3]
    return d_padded[:, pad:pad + n_H, pad:pad + n_W], dW, db
""",
    "horizontal_edge_filter": """
def horizontal_edge_filter():
    return np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
""",
    "pool_backward": """
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    top, left = stride * h, stride * w
                    window = A_prev[i, top:top + f, left:left + f, c]
                    if mode == "max":
                        part = create_mask_from_window(window) * dA[i, h, w, c]
                    else:
                        part = distribute_value(dA[i, h, w, c], (f, f))
                    dA_prev[i, top:top + f, left:left + f, c] = part
    return dA_prev
""",
}

# Looks for the padding by trying. For an even filter there is none, and the search never ends.
_OLGA = {
    "same_padding": """
def same_padding(f):
    p = 0
    while True:
        if 2 * p == f - 1:
            return p
        p = p + 1
""",
    "conv_forward_vectorized": """
def conv_forward_vectorized(A_prev, W, b, hparameters):
    f = W.shape[0]
    stride = hparameters["stride"]
    X = zero_pad(A_prev, hparameters["pad"])
    windows = np.lib.stride_tricks.sliding_window_view(X, (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    Z = np.einsum("mhwcij,ijck->mhwk", windows, W)
    return Z, (A_prev, W, b, hparameters)
""",
}

# Handed in early, without the last part.
_KOFI = {
    name: _NOT_ANSWERED.format(name=name, parameters=parameters)
    for name, parameters in {
        "conv_forward_vectorized": "A_prev, W, b, hparameters",
        "numerical_gradient": "f, x, epsilon",
        "conv_backward": "dZ, cache",
        "create_mask_from_window": "x",
        "distribute_value": "dz, shape",
        "pool_backward": 'dA, cache, mode="max"',
    }.items()
}

# Everything is right, and nothing looks like the solution.
_YUKI = {
    "vertical_edge_filter": """
def vertical_edge_filter():
    return np.ones((3, 1)) * [1, 0, -1]
""",
    "horizontal_edge_filter": """
def horizontal_edge_filter():
    return np.repeat([[1], [0], [-1]], 3, axis=1)
""",
    "detect_edges": """
def detect_edges(image, kernel):
    pixels = image.astype("float64")
    f = kernel.shape[1]
    h, w = pixels.shape[0] - f + 1, pixels.shape[1] - f + 1
    answer = np.zeros((h, w))
    for dy in range(f):
        for dx in range(f):
            part = pixels[dy:dy + h, dx:dx + w] * kernel[dy, dx]
            answer += part if part.ndim == 2 else part.sum(axis=2)
    return answer
""",
    "zero_pad": """
def zero_pad(X, pad):
    m, h, w, channels = X.shape
    framed = np.zeros((m, h + pad + pad, w + pad + pad, channels), X.dtype)
    for y in range(h):
        framed[:, y + pad, pad:w + pad] = X[:, y]
    return framed
""",
    "conv_output_size": """
def conv_output_size(n, f, p=0, s=1):
    places, start = 0, -p
    while start + f <= n + p:
        places += 1
        start += s
    return places
""",
    "same_padding": """
def same_padding(f):
    p, rest = divmod(f - 1, 2)
    if rest:
        raise ValueError("an even filter has no middle")
    return p
""",
    "red_vertical_edge_filter": """
def red_vertical_edge_filter():
    return np.dstack([vertical_edge_filter(), np.zeros((3, 6)).reshape(3, 3, 2)])
""",
    "conv_single_step": """
def conv_single_step(a_slice_prev, W, b):
    return np.vdot(a_slice_prev, W) + b[0, 0, 0]
""",
    "conv_forward": """
def conv_forward(A_prev, W, b, hparameters):
    step, frame = hparameters["stride"], hparameters["pad"]
    f, count = len(W), W.shape[-1]
    X = zero_pad(A_prev, frame)
    tops = range(0, X.shape[1] - f + 1, step)
    lefts = range(0, X.shape[2] - f + 1, step)
    Z = [
        [
            [[conv_single_step(x[t:t + f, l:l + f], W[..., k], b[..., k]) for k in range(count)] for l in lefts]
            for t in tops
        ]
        for x in X
    ]
    return np.array(Z), (A_prev, W, b, hparameters)
""",
    "conv_layer": """
def conv_layer(A_prev, W, b, hparameters):
    Z = conv_forward(A_prev, W, b, hparameters)[0]
    return np.where(Z > 0, Z, 0.0)
""",
    "conv_forward_vectorized": """
def conv_forward_vectorized(A_prev, W, b, hparameters):
    step = hparameters["stride"]
    f = len(W)
    X = zero_pad(A_prev, hparameters["pad"])
    h, w = X.shape[1] - f + 1, X.shape[2] - f + 1
    Z = b
    for dy in range(f):
        for dx in range(f):
            Z = Z + X[:, dy:dy + h:step, dx:dx + w:step] @ W[dy, dx]
    return Z, (A_prev, W, b, hparameters)
""",
    "pool_forward": """
def pool_forward(A_prev, hparameters, mode="max"):
    f, step = hparameters["f"], hparameters["stride"]
    h, w = A_prev.shape[1] - f + 1, A_prev.shape[2] - f + 1
    shifted = [A_prev[:, dy:dy + h:step, dx:dx + w:step] for dy in range(f) for dx in range(f)]
    pooled = np.max(shifted, axis=0) if mode == "max" else np.mean(shifted, axis=0)
    return pooled, (A_prev, hparameters)
""",
    "count_conv_parameters": """
def count_conv_parameters(f, n_C_prev, n_C):
    one_filter = inputs(f, n_C_prev) + 1
    return one_filter * n_C


def inputs(f, n_C_prev):
    return f ** 2 * n_C_prev
""",
    "count_dense_parameters": """
def count_dense_parameters(n_in, n_out):
    return n_out + n_out * n_in
""",
    "inputs_per_output": """
def inputs_per_output(f, n_C_prev):
    return pow(f, 2) * n_C_prev
""",
    "numerical_gradient": """
def numerical_gradient(f, x, epsilon):
    steps = np.eye(x.size).reshape(x.size, *x.shape) * epsilon
    slopes = [(f(x + step) - f(x - step)) / (2 * epsilon) for step in steps]
    return np.reshape(slopes, x.shape)
""",
    "conv_backward": """
def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    step, frame = hparameters["stride"], hparameters["pad"]
    f = len(W)
    X = zero_pad(A_prev, frame)
    h, w = X.shape[1] - f + 1, X.shape[2] - f + 1
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for dy in range(f):
        for dx in range(f):
            seen = X[:, dy:dy + h:step, dx:dx + w:step]
            dW[dy, dx] = np.tensordot(seen, dZ, axes=([0, 1, 2], [0, 1, 2]))
            dX[:, dy:dy + h:step, dx:dx + w:step] += np.tensordot(dZ, W[dy, dx], axes=(3, 1))
    inside = slice(frame, -frame or None)
    return dX[:, inside, inside], dW, dZ.sum(axis=(0, 1, 2)).reshape(b.shape)
""",
    "create_mask_from_window": """
def create_mask_from_window(x):
    places = [(-value, index) for index, value in np.ndenumerate(x)]
    mask = np.zeros_like(x, dtype=int)
    mask[min(places)[1]] = 1
    return mask
""",
    "distribute_value": """
def distribute_value(dz, shape):
    return np.full(shape, dz) / np.size(np.empty(shape))
""",
    "pool_backward": """
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, step = hparameters["f"], hparameters["stride"]
    back = np.zeros(A_prev.shape)
    for (i, h, w, k), gradient in np.ndenumerate(dA):
        window = (i, slice(step * h, step * h + f), slice(step * w, step * w + f), k)
        share = create_mask_from_window(A_prev[window]) if mode == "max" else distribute_value(1.0, (f, f))
        back[window] = back[window] + gradient * share
    return back
""",
}

STUDENTS: dict[str, dict[str, str]] = {
    "ada": _ADA,
    "fatima": _FATIMA,
    "kofi": _KOFI,
    "mateo": _MATEO,
    "noah": _NOAH,
    "olga": _OLGA,
    "priya": _PRIYA,
    "wei": _WEI,
    "yuki": _YUKI,
}
