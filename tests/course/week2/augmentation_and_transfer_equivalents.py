"""Right solutions of augmentation_and_transfer, written differently. Each must pass its checks.

The functions see what the solution notebook defines: its setup and the other exercises.
"""
# ruff: noqa: F821

import keras
import numpy as np
from keras import layers
from scipy import ndimage

# ---- mirror


def mirror__fliplr_each(images):
    return np.stack([np.fliplr(image) for image in images])


def mirror__index(images):
    return np.take(images, range(images.shape[2] - 1, -1, -1), axis=2)


def mirror__keras(images):
    return keras.ops.convert_to_numpy(keras.ops.flip(images, axis=2))


# ---- random_crop


def random_crop__one_by_one(images, size, seed):
    height, width = size if isinstance(size, tuple) else (size, size)
    rng = np.random.default_rng(seed)
    crops = np.empty((len(images), height, width, images.shape[3]), images.dtype)
    for i, image in enumerate(images):
        top = rng.integers(0, image.shape[0] - height, endpoint=True)
        left = rng.integers(0, image.shape[1] - width, endpoint=True)
        crops[i] = image[top : top + height, left : left + width]
    return crops


def random_crop__windows(images, size, seed):
    if isinstance(size, int):
        size = (size, size)
    windows = np.lib.stride_tricks.sliding_window_view(
        images, size, axis=(1, 2)
    )  # (m, rows, columns, n_C, height, width)
    random = np.random.RandomState(seed)
    rows, columns = (random.randint(windows.shape[axis], size=len(images)) for axis in (1, 2))
    return np.moveaxis(windows[np.arange(len(images)), rows, columns], 1, -1)


def random_crop__python_random(images, size, seed):
    import random

    height, width = (size, size) if isinstance(size, int) else size
    generator = random.Random(seed)
    crops = []
    for image in images:
        top = generator.randint(0, image.shape[0] - height)
        left = generator.randint(0, image.shape[1] - width)
        crops.append(image[top : top + height, left : left + width, :])
    return np.array(crops)


# ---- color_shift


def color_shift__channel_by_channel(images, shift):
    shifted = np.array(images)
    for channel in range(3):
        shifted[..., channel] += shift[channel]
    return np.maximum(0.0, np.minimum(1.0, shifted))


def color_shift__masked(images, shift):
    shifted = images + np.reshape(shift, (1, 1, 1, 3))
    shifted[shifted > 1] = 1
    shifted[shifted < 0] = 0
    return shifted


# ---- pca_color_shift


def pca_color_shift__svd(images, sigma, seed):
    pixels = images.reshape(-1, 3).astype(float)
    pixels = pixels - pixels.mean(axis=0)
    _, lengths, directions = np.linalg.svd(pixels, full_matrices=False)
    variances = lengths**2 / len(pixels)
    shifts = sigma * np.random.default_rng([seed, 1]).standard_normal((len(images), 3)) * variances @ directions
    return np.clip(images + shifts.reshape(-1, 1, 1, 3), 0, 1)


def pca_color_shift__image_by_image(images, sigma, seed):
    rng = np.random.default_rng(seed)
    channels = [images[..., c].ravel() for c in range(3)]
    values, vectors = np.linalg.eig(np.cov(channels, bias=True))
    shifted = []
    for image in images:
        shift = sum(rng.normal(0, sigma) * values[k] * -vectors[:, k] for k in range(3))
        shifted.append(color_shift(image[None], shift)[0])
    return np.stack(shifted)


def pca_color_shift__random_state(images, sigma, seed):
    flat = images.reshape(len(images), -1, 3)
    values, vectors = np.linalg.eigh(np.cov(flat.reshape(-1, 3).T))
    alphas = np.random.RandomState(seed).normal(scale=sigma, size=(3, len(images)))
    shifts = (vectors @ (values[:, None] * alphas)).T
    return np.clip(flat + shifts[:, None], 0, 1).reshape(images.shape).astype("float32")


# ---- rotate_and_shear


def rotate_and_shear__scipy(images, degrees, shear):
    c, s = np.cos(np.pi * degrees / 180), np.sin(np.pi * degrees / 180)
    forward = np.array([[1, 0], [-shear, 1]]) @ np.array([[c, -s], [s, c]])  # acts on (row, column)
    back = np.linalg.inv(forward)
    middle = (np.array(images.shape[1:3]) - 1) / 2
    moved = np.empty_like(images)
    for i in range(len(images)):
        for channel in range(images.shape[3]):
            moved[i, :, :, channel] = ndimage.affine_transform(
                images[i, :, :, channel], back, offset=middle - back @ middle, order=1
            )
    return moved


def rotate_and_shear__map_coordinates(images, degrees, shear):
    _, n_H, n_W, n_C = images.shape
    y, x = np.mgrid[:n_H, :n_W].astype(float)
    right, up = x - (n_W - 1) / 2, (n_H - 1) / 2 - y
    right = right - shear * up  # undo the shear, then the rotation
    angle = np.radians(-degrees)
    right, up = right * np.cos(angle) - up * np.sin(angle), right * np.sin(angle) + up * np.cos(angle)
    rows, columns = (n_H - 1) / 2 - up, right + (n_W - 1) / 2
    return np.stack([
        np.stack([ndimage.map_coordinates(image[..., c], [rows, columns], order=1) for c in range(n_C)], axis=-1)
        for image in images
    ])  # fmt: skip


# ---- data_augmenter


def data_augmenter__functional():
    inputs = keras.Input((None, None, None))
    X = layers.RandomBrightness((-0.2, 0.2), value_range=(0, 1), name="light")(inputs)
    X = layers.RandomRotation((-0.05, 0.05), fill_mode="nearest", name="angle")(X)
    return keras.Model(inputs, layers.RandomFlip("horizontal", name="side")(X))


def data_augmenter__subclassed():
    class Augmenter(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.steps = [
                layers.RandomRotation(18 / 360),
                layers.RandomFlip(mode="horizontal"),
                layers.RandomBrightness(0.2, value_range=[0.0, 1.0]),
            ]

        def call(self, x, training=False):
            for step in self.steps:
                x = step(x, training=training)
            return x

    return Augmenter()


def data_augmenter__one_after_the_other():
    model = keras.Sequential(name="augmenter")
    model.add(layers.RandomBrightness(0.2, value_range=(0.0, 1.0)))
    model.add(layers.RandomFlip("horizontal", seed=7))
    model.add(layers.RandomRotation(0.05, fill_mode="constant", interpolation="bilinear"))
    return model


# ---- transfer_model


def transfer_model__sequential(backbone, augmenter=None, dropout=0.2):
    backbone.trainable = False
    model = keras.Sequential([keras.Input(backbone.input_shape[1:])])
    if augmenter is not None:
        model.add(augmenter)
    model.add(backbone)
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dropout(dropout))
    model.add(layers.Dense(1, activation="linear"))
    return model


def transfer_model__subclassed(backbone, augmenter=None, dropout=0.2):
    class Transfer(keras.Model):
        def __init__(self):
            super().__init__()
            self.augmenter = augmenter or layers.Identity()
            self.backbone = backbone
            self.backbone.trainable = False
            self.dropout = layers.Dropout(dropout)
            self.head = layers.Dense(1)

        def call(self, x, training=False):
            x = self.backbone(self.augmenter(x, training=training), training=False)
            return self.head(self.dropout(keras.ops.mean(x, axis=(1, 2)), training=training))

    return Transfer()


def transfer_model__other_names(backbone, augmenter=None, dropout=0.2):
    for layer in backbone.layers:
        layer.trainable = False
    backbone.trainable = False
    inputs = keras.Input(shape=backbone.input_shape[1:], name="picture")
    x = inputs if augmenter is None else augmenter(inputs)
    x = backbone(x, training=False)
    x = layers.AveragePooling2D(backbone.output_shape[1:3])(x)
    x = layers.Flatten()(layers.Dropout(dropout)(x))
    return keras.Model(inputs, layers.Dense(1, name="logit")(x), name="transferred")


def transfer_model__half_precision_head(backbone, augmenter=None, dropout=0.2):
    backbone.trainable = False
    inputs = keras.Input(backbone.input_shape[1:])
    x = backbone(augmenter(inputs) if augmenter else inputs, training=False)
    x = layers.GlobalAveragePooling2D(dtype="mixed_float16")(x)
    outputs = layers.Dense(1, dtype="mixed_float16")(layers.Dropout(dropout)(x))
    return keras.Model(inputs, layers.Activation("linear", dtype="float32")(outputs))


# ---- fine_tune


def fine_tune__freezes_the_first(model, from_layer):
    backbone = backbone_of(model)
    if isinstance(from_layer, str):
        from_layer = [layer.name for layer in backbone.layers].index(from_layer)
    backbone.trainable = True
    for layer in backbone.layers[:from_layer]:
        layer.trainable = False
    for layer in backbone.layers:
        if "BatchNorm" in type(layer).__name__:
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=1e-4),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def fine_tune__opens_the_last(model, from_layer):
    backbone = backbone_of(model)
    backbone.trainable = True
    reached = False
    for i, layer in enumerate(backbone.layers):
        reached = reached or from_layer in (i, layer.name)
        layer.trainable = reached
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False

    def loss(y_true, y_pred):
        return keras.ops.binary_crossentropy(y_true, y_pred, from_logits=True)

    model.compile(keras.optimizers.SGD(1e-4, momentum=0.9), loss, jit_compile=False)
    return model
