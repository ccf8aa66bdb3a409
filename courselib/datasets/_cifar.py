"""CIFAR-10, which Keras downloads."""

from __future__ import annotations

import numpy as np

from courselib.datasets._images import LabelledImages
from courselib.errors import CourselibError

_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def load_cifar10() -> LabelledImages:
    """60,000 small colour photographs of ten kinds of animals and vehicles (CIFAR-10).

    The data set that many papers on ConvNets report (Krizhevsky, 2009,
    https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf). Keras downloads 170 MB the first time, compares
    their SHA-256 with the published one, and keeps them in its folder `~/.keras/datasets`.

    Returns:
        `LabelledImages` with 50,000 and 10,000 pictures of shape `(m, 32, 32, 3)`. They take 0.7 GB of memory.

    Raises:
        CourselibError: When the download fails or is damaged.
    """
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a plain Exception when a download fails
        raise CourselibError(
            f"CIFAR-10 could not be loaded: {error or type(error).__name__}. It needs the internet once, for a "
            "download of 170 MB. Try again with the internet, or use what courselib brings along: load_digits() or "
            "load_signs()."
        ) from error
    return LabelledImages(
        _pictures(x_train), y_train[:, 0].astype(np.int64), _pictures(x_test), y_test[:, 0].astype(np.int64), _CLASSES
    )


def _pictures(x: np.ndarray) -> np.ndarray:
    """uint8 as float32 in [0, 1], with the channels last even where Keras is configured to put them first."""
    if x.shape[1] == 3:
        x = np.moveaxis(x, 1, -1)
    return np.asarray(np.divide(x, 255, dtype=np.float32))
