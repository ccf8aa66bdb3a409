"""Real photographs of faces and of no faces, which scikit-image brings along."""

from __future__ import annotations

import numpy as np

from courselib.datasets._images import LabelledImages, stratified_split


def load_face_patches(num_train: int = 40, seed: int = 0) -> LabelledImages:
    """200 small gray photographs, half of them faces: so few that transfer learning pays.

    They are cut out of Labeled Faces in the Wild (Huang et al., 2007, http://vis-www.cs.umass.edu/lfw): 100 faces, and
    100 pieces of background from the same photographs.

    Args:
        num_train: The number of training pictures, 2 to 198, half of them faces. The others are the test set.
        seed: Another seed gives another split.

    Returns:
        `LabelledImages` with pictures of shape `(m, 25, 25, 1)` and the classes "no face" and "face".

    Raises:
        ValueError: For a number out of its range.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_face_patches(num_train=40)
    ```
    """
    from skimage import data

    images = data.lfw_subset()  # type: ignore[no-untyped-call]  # (200, 25, 25); the faces come first
    labels = np.repeat([1, 0], 100)
    if not isinstance(num_train, int | np.integer) or not 2 <= num_train <= len(labels) - 2:
        raise ValueError(
            "load_face_patches: num_train must be a whole number from 2 to 198, so that both sets have faces and "
            f"others. Received: num_train={num_train!r}"
        )
    return stratified_split(images[..., None], labels, int(num_train), ("no face", "face"), seed)
