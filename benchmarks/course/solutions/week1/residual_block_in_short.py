# %% [markdown] id="title"
# # Residual blocks in short
#
# Two blocks of a residual network, built from Keras layers. This notebook exists for `benchmarks/grading.py`: it has
# the shape of a notebook of the course, and little to compute.

# %% id="setup" tags=["setup"]
import keras
import numpy as np
from keras import layers

from courselib.grading import Check

check = Check("residual_block_in_short")

# %% id="look-first"
print("backend:", keras.backend.backend())


# %% id="identity-block"
def identity_block(X, f, filters, seed):
    """A residual block whose shortcut is the identity.

    Args:
        X: array of shape (m, n_H, n_W, n_C).
        f: the side of the middle filter.
        filters: three ints, the filters of each convolution; the last one is n_C.
        seed: of the GlorotUniform initializers of all kernels.

    Returns:
        array of shape (m, n_H, n_W, n_C).
    """
    ### BEGIN SOLUTION
    initializer = keras.initializers.GlorotUniform(seed=seed)
    A = X
    for count, size, last in zip(filters, (1, f, 1), (False, False, True), strict=True):
        A = layers.Conv2D(count, size, padding="same", kernel_initializer=initializer)(A)  # (m, n_H, n_W, count)
        A = layers.BatchNormalization(axis=3)(A, training=False)
        A = layers.Add()([A, X]) if last else A
        A = layers.ReLU()(A)
    return keras.ops.convert_to_numpy(A)
    ### END SOLUTION


# %% id="check-identity-block"
check(identity_block)


# %% id="convolutional-block"
def convolutional_block(X, f, filters, s, seed):
    """A residual block whose shortcut is a convolution, because the shape changes.

    Args:
        X: array of shape (m, n_H, n_W, n_C).
        f: the side of the middle filter.
        filters: three ints, the filters of each convolution; the shortcut has as many as the last one.
        s: the stride of the first convolution and of the shortcut.
        seed: of the GlorotUniform initializers of all kernels.

    Returns:
        array of shape (m, ceil(n_H / s), ceil(n_W / s), filters[2]).
    """

    ### BEGIN SOLUTION
    def convolve(A, count, size, stride):
        initializer = keras.initializers.GlorotUniform(seed=seed)
        A = layers.Conv2D(count, size, strides=stride, padding="same", kernel_initializer=initializer)(A)
        return layers.BatchNormalization(axis=3)(A, training=False)

    A = layers.ReLU()(convolve(X, filters[0], 1, s))
    A = layers.ReLU()(convolve(A, filters[1], f, 1))
    A = layers.Add()([convolve(A, filters[2], 1, 1), convolve(X, filters[2], 1, s)])
    return keras.ops.convert_to_numpy(layers.ReLU()(A))
    ### END SOLUTION


# %% id="check-convolutional-block"
check(convolutional_block)

# %% id="experiment"
image = np.linspace(0, 1, 8 * 8 * 4, dtype="float32").reshape(1, 8, 8, 4)
print(image.shape, "->", convolutional_block(identity_block(image, 3, (2, 2, 4), 1), 3, (2, 2, 8), 2, 1).shape)
