"""Pictures of your own: a folder per class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from courselib.datasets._images import LabelledImages, stratified_split
from courselib.datasets._paintings_file import read_rgb, square, to_array, why_unreadable
from courselib.errors import CourselibError

_SHOWN = 5  # bad files that a message names
_NOT_PICTURES = {"thumbs.db", "desktop.ini"}  # what file managers leave behind


def load_image_folder(
    path: str | Path, num_train: int | None = None, seed: int = 0, *, size: int = 64
) -> LabelledImages:
    """Photographs of your own, in the form of `load_signs`, `load_digits` and the other labelled pictures.

    ```
    birds/
        heron/    1.jpg  2.jpg  ...
        robin/    garden.png  winter.webp  ...
    ```

    The middle square of each picture is brought to `size` x `size` pixels. Hidden files are skipped; everything else
    in a class's folder has to be a picture.

    Args:
        path: A folder that holds a folder per class, named after the class, with pictures in any format that Pillow
            reads, in colour or gray.
        num_train: The number of training pictures; the others are the test set. `None` takes four of five.
        seed: Another seed gives another split.
        size: Height and width of the pictures, in pixels.

    Returns:
        `LabelledImages` with pictures of shape `(m, size, size, 3)`, and classes in the order of their names. Both sets
        have every class in the same proportions.

    Raises:
        CourselibError: For a folder that is missing or without classes, a class with fewer than two pictures, too few
            pictures for the split, and files that are no pictures; the message names them.
        ValueError: For a size below 1.

    Example:
    ```python
    x_train, y_train, x_test, y_test, class_names = load_image_folder("birds")
    ```
    """
    if size < 1:
        raise ValueError(f"Expected a size of at least 1 pixel. Received: size={size}.")
    images, labels, names = read_folders(path, "class", size)
    counts = np.bincount(labels)
    if few := [name for name, count in zip(names, counts, strict=True) if count < 2]:
        raise CourselibError(
            f"A class needs at least 2 pictures, one to learn from and one to test. Too few: {listed(few)}."
        )
    if num_train is None:
        num_train = min(len(labels) * 4 // 5, len(labels) - len(names))
    if not len(names) <= num_train <= len(labels) - len(names):
        raise CourselibError(
            f"Cannot split {len(labels)} pictures of {len(names)} classes: expected from {len(names)} to "
            f"{len(labels) - len(names)} training pictures, so that both sets have every class. Received: "
            f"num_train={num_train}."
        )
    return stratified_split(images, labels, num_train, names, seed)


def read_folders(path: str | Path, what: str, size: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Read a folder that holds a folder of pictures per person or class.

    Args:
        path: The folder.
        what: What each folder in it stands for, for messages: "person" or "class".
        size: Height and width to which the middle square of each picture is brought.

    Returns:
        pictures (m, size, size, 3) as float32 in [0, 1], folder numbers (m,) as int64, names of the folders.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise CourselibError(f"Expected a folder with a folder per {what}. Received: {folder}, which is no folder.")
    found = {inner: _pictures(inner) for inner in _visible(folder) if inner.is_dir()}
    if not found:
        raise CourselibError(
            f"Expected a folder per {what} in {folder}, and found none. Put the pictures of each {what} in a folder."
        )
    if empty := [inner.name for inner, pictures in found.items() if not pictures]:
        raise CourselibError(f"No pictures of {listed(empty)} in {folder}. Add some, or remove the empty folders.")
    images, bad = [], []
    for picture in (picture for pictures in found.values() for picture in pictures):
        try:
            images.append(to_array(square(read_rgb(picture), size)))
        except OSError as error:
            bad.append(f"{picture.relative_to(folder).as_posix()} ({why_unreadable(error)})")
    if bad:
        raise CourselibError(f"Cannot read {len(bad)} of the files in {folder}: {listed(bad)}. Remove or replace them.")
    numbers = np.repeat(np.arange(len(found), dtype=np.int64), [len(pictures) for pictures in found.values()])
    return np.stack(images), numbers, tuple(inner.name for inner in found)


def listed(names: list[str]) -> str:
    """The first names of a list, and how many more there are."""
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _pictures(folder: Path) -> list[Path]:
    return [file for file in _visible(folder) if file.is_file() and file.name.lower() not in _NOT_PICTURES]


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
