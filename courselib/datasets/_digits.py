"""Real handwritten digits, which scikit-learn brings along."""

from __future__ import annotations

import numpy as np
from PIL import Image

from courselib.datasets._images import LabelledImages, stratified_split


def load_digits(size: int = 32, test_fraction: float = 0.2, seed: int = 0) -> LabelledImages:
    """1,797 real handwritten digits, written by 13 people: the quickest real data set, without the internet.

    They were scanned for the UCI machine learning repository (Alpaydin and Kaynak, 1998,
    https://archive.ics.uci.edu/dataset/80) as 8 x 8 pixels. With `size=32` they are enlarged to 28 x 28 pixels in the
    middle of 32 x 32, as LeNet-5 expects its digits.

    Args:
        size: Height and width in pixels: 32, or 8 for the pictures as they were scanned.
        test_fraction: The part of the digits that is the test set, between 0 and 1.
        seed: Another seed gives another split.

    Returns:
        `LabelledImages` with pictures of shape `(m, size, size, 1)`: 1,438 and 359 of them, unless asked otherwise.

    Raises:
        ValueError: For another size, or a fraction that leaves a set without some digit.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_digits()
    print(x_train.shape)  # (1438, 32, 32, 1)
    ```
    """
    from sklearn import datasets

    if size not in (8, 32):
        raise ValueError(f"load_digits: size must be 32 (enlarged) or 8 (as scanned). Received: size={size!r}")
    if not 0.01 <= test_fraction <= 0.99:
        raise ValueError(
            "load_digits: test_fraction must be between 0.01 and 0.99, so that both sets have every digit. "
            f"Received: test_fraction={test_fraction!r}"
        )
    digits, labels = datasets.load_digits(return_X_y=True)
    images = digits.reshape(-1, 8, 8) / 16  # scanned with 17 shades
    if size == 32:
        images = _enlarged(images)
    num_train = len(labels) - round(test_fraction * len(labels))
    return stratified_split(images[..., None], labels, num_train, [str(digit) for digit in range(10)], seed)


def _enlarged(images: np.ndarray) -> np.ndarray:
    """Pictures (m, 8, 8) as (m, 32, 32): 3.5 times larger, smooth, in the middle, on black."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1))).astype(np.float32)  # (m, 10, 10)
    edge = (10 - 32 / 3.5) / 2  # what is left of the border on every side
    box = (edge, edge, 10 - edge, 10 - edge)
    large = [Image.fromarray(image).resize((32, 32), Image.Resampling.BICUBIC, box) for image in padded]
    return np.stack([np.asarray(image) for image in large]).clip(0, 1)
