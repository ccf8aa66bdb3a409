# %% [markdown] id="title"
# # Convolution in short
#
# Padding, convolution and pooling in NumPy. This notebook exists for `benchmarks/grading.py`: it has the shape of a
# notebook of the course, and little to compute.

# %% id="setup" tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from courselib.grading import Check

check = Check("convolution_in_short")

# %% id="look-first"
rows, columns = np.mgrid[:48, :48]
photo = ((rows - 24) ** 2 + (columns - 24) ** 2 < 300).astype(float)  # (48, 48), a white disc

fig, axes = plt.subplots(1, 2, figsize=(5, 2.5))
axes[0].imshow(photo, cmap="gray")
axes[1].imshow(photo[:, :-2] - photo[:, 2:], cmap="PuOr")
plt.show()


# %% id="zero-pad"
def zero_pad(X, pad):
    """Add zeros around each image of a batch.

    Args:
        X: array of shape (m, n_H, n_W, n_C). Not modified.
        pad: how many pixels are added on each side.

    Returns:
        array of shape (m, n_H + 2 * pad, n_W + 2 * pad, n_C).
    """
    ### BEGIN SOLUTION
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    ### END SOLUTION


# %% id="check-zero-pad"
check(zero_pad)


# %% id="conv-single-step"
def conv_single_step(a_slice_prev, W, b):
    """One number: a filter on one window.

    Args:
        a_slice_prev: array of shape (f, f, n_C_prev).
        W: array of shape (f, f, n_C_prev).
        b: array of shape (1, 1, 1).

    Returns:
        a float.
    """
    ### BEGIN SOLUTION
    return float(np.sum(a_slice_prev * W) + b[0, 0, 0])
    ### END SOLUTION


# %% id="check-conv-single-step"
check(conv_single_step)


# %% id="conv-forward"
def conv_forward(A_prev, W, b, hparameters):
    """The forward pass of a convolution.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C_prev).
        W: array of shape (f, f, n_C_prev, n_C).
        b: array of shape (1, 1, 1, n_C).
        hparameters: dict {"stride": s, "pad": p}.

    Returns:
        array of shape (m, n_H, n_W, n_C).
    """
    ### BEGIN SOLUTION
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    padded = zero_pad(A_prev, pad)  # (m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev)
    m, height, width, _ = padded.shape
    n_H, n_W = (height - f) // stride + 1, (width - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))  # (m, n_H, n_W, n_C)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                window = padded[i, h * stride : h * stride + f, w * stride : w * stride + f]  # (f, f, n_C_prev)
                for c in range(n_C):
                    Z[i, h, w, c] = conv_single_step(window, W[..., c], b[..., c])
    return Z
    ### END SOLUTION


# %% id="check-conv-forward"
check(conv_forward)

# %% id="experiment"
edges = conv_forward(
    photo[None, ..., None],
    np.array([[1.0, 0.0, -1.0]] * 3)[..., None, None],
    np.zeros((1, 1, 1, 1)),
    {"stride": 1, "pad": 0},
)  # (1, 46, 46, 1)
print("smallest and largest answer:", edges.min(), edges.max())


# %% id="pool-forward"
def pool_forward(A_prev, hparameters, mode="max"):
    """The forward pass of a pooling layer.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C).
        hparameters: dict {"f": f, "stride": s}.
        mode: "max" or "average".

    Returns:
        array of shape (m, n_H, n_W, n_C).
    """
    ### BEGIN SOLUTION
    f, stride = hparameters["f"], hparameters["stride"]
    m, height, width, n_C = A_prev.shape
    n_H, n_W = (height - f) // stride + 1, (width - f) // stride + 1
    reduce = np.max if mode == "max" else np.mean
    A = np.zeros((m, n_H, n_W, n_C))  # (m, n_H, n_W, n_C)
    for h in range(n_H):
        for w in range(n_W):
            window = A_prev[:, h * stride : h * stride + f, w * stride : w * stride + f]  # (m, f, f, n_C)
            A[:, h, w] = reduce(window, axis=(1, 2))
    return A
    ### END SOLUTION


# %% id="check-pool-forward"
check(pool_forward)
