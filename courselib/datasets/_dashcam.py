"""Rendered road scenes, as a camera behind a windscreen sees them, with exact boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courselib.datasets._cache import Arrays, cached
from courselib.datasets._dashcam_render import Scene, render
from courselib.datasets._dashcam_streets import random_world
from courselib.datasets._dashcam_world import CLASS_NAMES
from courselib.datasets._detection_data import DetectionData

FRAMES_PER_SECOND = 10
_VERSION = 1  # raise it whenever the same seed gives other pictures
_LEAST_SIZE = 32  # pixels


def load_dashcam(num_scenes: int, seed: int = 0, size: tuple[int, int] = (128, 192)) -> DetectionData:
    """Road scenes with the boxes of cars, trucks, pedestrians, motorcycles and traffic signs.

    Every scene is another place: a town, a suburb, the country or a highway, by day, at dusk or at night, in sun,
    clouds, rain or fog, seen by another camera. Nothing is downloaded: the scenes are rendered the first time (50 to
    100 a second) and read from a file after that. The first scenes of a longer call are those of a shorter one with
    the same seed, so use another seed for the test set.

    A box is the smallest one around what can be seen of an object, to half a pixel. An object has no box when more
    than 65% of it is hidden or outside the picture, or when its box would be less than 7 pixels high. The box of a
    motorcycle holds its rider; the box of a traffic sign is its plate.

    Args:
        num_scenes: How many scenes.
        seed: Another seed gives other scenes.
        size: Height and width of the pictures in pixels.

    Returns:
        Images of shape `(num_scenes, *size, 3)`, uint8 in 0-255, their boxes `(y1, x1, y2, x2)` in pixels, the class
        ids and the class names.

    Raises:
        ValueError: When `num_scenes` or `seed` is negative, or `size` is not two numbers from 32 on.

    Example:
    ```python
    images, boxes, class_ids, class_names = load_dashcam(num_scenes=200)
    test = load_dashcam(num_scenes=50, seed=1)
    ```
    """
    num_scenes, seed, size = _checked("num_scenes", num_scenes, seed, size)

    def scene(index: int) -> Scene:
        rng = np.random.default_rng([seed, index])
        return render(random_world(rng), size, rng)

    settings = {"num_scenes": num_scenes, "seed": seed, "size": size}
    return _unpack(cached("dashcam", _VERSION, settings, lambda: _pack([scene(i) for i in range(num_scenes)], size)))


def dashcam_drive(num_frames: int = 120, seed: int = 0, size: tuple[int, int] = (128, 192)) -> DetectionData:
    """The frames of one drive, for a video: the same street passes by, and cars and people move.

    Args:
        num_frames: How many frames, ten a second. A longer drive is another drive.
        seed: Another seed gives another drive.
        size: Height and width of the frames in pixels.

    Returns:
        As `load_dashcam`, with the frames in their order.

    Raises:
        ValueError: When `num_frames` or `seed` is negative, or `size` is not two numbers from 32 on.

    Example:
    ```python
    frames, boxes, class_ids, class_names = dashcam_drive(num_frames=60, seed=3)
    ```
    """
    num_frames, seed, size = _checked("num_frames", num_frames, seed, size)

    def frames() -> Arrays:
        world = random_world(np.random.default_rng(seed), seconds=num_frames / FRAMES_PER_SECOND)
        noise = (np.random.default_rng([seed, index]) for index in range(num_frames))
        return _pack([render(world, size, rng, index / FRAMES_PER_SECOND) for index, rng in enumerate(noise)], size)

    settings = {"num_frames": num_frames, "seed": seed, "size": size}
    return _unpack(cached("dashcam-drive", _VERSION, settings, frames))


def _checked(name: str, count: int, seed: int, size: tuple[int, int]) -> tuple[int, int, tuple[int, int]]:
    """The arguments as plain ints, so that equal arguments name the same file."""
    for argument, value in ((name, count), ("seed", seed)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
            raise ValueError(f"`{argument}` must be an integer from 0 on. Received: {argument}={value!r}")
    whole = (
        isinstance(size, tuple | list)
        and len(size) == 2
        and all(isinstance(side, int | np.integer) and side >= _LEAST_SIZE for side in size)
    )
    if not whole:
        raise ValueError(
            f"`size` must be a height and a width of at least {_LEAST_SIZE} pixels. Received: size={size!r}"
        )
    return int(count), int(seed), (int(size[0]), int(size[1]))


def _pack(scenes: Sequence[Scene], size: tuple[int, int]) -> Arrays:
    """Scenes as arrays for a file: the boxes of all pictures one below the other."""
    return {
        "images": np.array([scene.image for scene in scenes], np.uint8).reshape(-1, *size, 3),
        "boxes": np.concatenate([np.zeros((0, 4), np.float32), *(scene.boxes for scene in scenes)]),
        "class_ids": np.concatenate([np.zeros(0, np.int64), *(scene.class_ids for scene in scenes)]),
        "counts": np.array([len(scene.boxes) for scene in scenes], np.int64),
    }


def _unpack(arrays: Arrays) -> DetectionData:
    ends = np.cumsum(arrays["counts"])
    starts = ends - arrays["counts"]
    boxes, class_ids = (
        [arrays[name][start:end] for start, end in zip(starts, ends, strict=True)] for name in ("boxes", "class_ids")
    )
    return DetectionData(arrays["images"], boxes, class_ids, CLASS_NAMES)
