"""Style transfer, as fast as a processor allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from courselib.style._painter import Painter, first_state
from courselib.style._progress import progress
from courselib.style.extractor import CONTENT_LAYER, STYLE_LAYERS, load_style_extractor

_SMALLEST = 32  # pixels of a picture's shorter side
_COARSEST = 64  # likewise, of the smallest picture that coarse to fine begins with
_NOISE = 0.1  # of the first picture


@dataclass(frozen=True)
class StyledPicture:
    """What style transfer made.

    Args:
        picture: In [0, 1], `(n_H, n_W, 3)`.
        saved: The picture after some of the steps, `(step, picture)`; those of the coarse sizes are smaller.
        costs: Total, content and style cost before each step, `(num_steps, 3)`.
    """

    picture: np.ndarray
    saved: list[tuple[int, np.ndarray]]
    costs: np.ndarray


class StyleTransfer:
    """Paints one picture in the style of another one.

    Leon Gatys, Alexander Ecker and Matthias Bethge, "A Neural Algorithm of Artistic Style",
    [2015](https://arxiv.org/abs/1508.06576). Four things make it fast: one step (forward, backward, Adam, clipping) is
    compiled as a whole; the targets are computed once; a small picture is made first and then enlarged, so that large
    forms cost little; and all pictures of one size share the compiled step. A large picture is computed tile by tile,
    with the same result: the Gram matrices are summed over all tiles before any gradient is computed.

    Args:
        extractor: A model such as `load_style_extractor()`, which is the default.
        style_layers: Pairs of the name of a layer and its weight lambda.
        content_layer: The name of a layer.
        tile_size: Pictures with a longer side are computed in tiles of so many pixels. Less needs less memory.

    Raises:
        ValueError: For a layer that the extractor does not have, for no style layer, or for a tile below 64 pixels.

    Example:
    ```python
    transfer = StyleTransfer()
    result = transfer(load_photographs()["cat"], load_paintings()["stained glass"])
    plt.imshow(result.picture)
    ```
    """

    def __init__(
        self,
        extractor: keras.Model | None = None,
        style_layers: Sequence[tuple[str, float]] = STYLE_LAYERS,
        content_layer: str = CONTENT_LAYER,
        tile_size: int = 512,
    ) -> None:
        if not style_layers:
            raise ValueError("Expected at least one style layer. Received: style_layers=[]")
        if tile_size < 64:
            raise ValueError(f"Expected tiles of at least 64 pixels. Received: tile_size={tile_size}")
        self._painter = Painter(extractor or load_style_extractor(), style_layers, content_layer, tile_size)

    def __call__(
        self,
        content: np.ndarray,
        style: np.ndarray,
        alpha: float = 10.0,
        beta: float = 40.0,
        steps: int = 100,
        *,
        start: str | np.ndarray = "content",
        num_sizes: int = 3,
        smoothness: float = 1000.0,
        learning_rate: float = 0.03,
        num_saved: int = 0,
        seed: int = 0,
        verbose: bool = True,
    ) -> StyledPicture:
        """Make a picture.

        Args:
            content: What is to be seen, in [0, 1], `(n_H, n_W, 3)`.
            style: How it is to be painted, in [0, 1], of any size. Its strokes keep their size in pixels.
            alpha: The weight of the content.
            beta: The weight of the style.
            steps: Steps of Adam at each size.
            start: The first picture: `"content"` with a little noise, `"noise"`, or a picture of the content's size.
            num_sizes: From coarse to fine: 3 makes a picture of a quarter of the size, then one of half, then the
                whole; 1 makes the whole at once. Sizes below 64 pixels are left out.
            smoothness: The weight of the total variation: more of it gives less grain, 0 gives all of it.
            learning_rate: How far a pixel moves in the first steps of each size; it falls to a tenth.
            num_saved: How many pictures on the way to keep, for a slider.
            seed: Of the noise.
            verbose: Show a progress bar.

        Returns:
            The picture, what was saved on the way, and the costs.

        Raises:
            ValueError: If a picture or a number is not as described.
        """
        content, style = _batch("content", content), _batch("style", style)
        if min(steps, num_sizes) < 1:
            raise ValueError(f"Expected at least one step and one size. Received: steps={steps}, num_sizes={num_sizes}")
        sizes = _coarse_to_fine(content.shape[1], content.shape[2], num_sizes)
        total = steps * len(sizes)
        marks = np.linspace(1, total, num_saved).round()
        weights = tuple(ops.convert_to_tensor(np.float32(value)) for value in (alpha, beta, smoothness))
        picture = _first_picture(content, start, seed)
        saved: list[tuple[int, np.ndarray]] = []
        costs = []
        with progress(total, verbose) as advance:
            for size in sizes:
                scale = size[0] / content.shape[1]
                style_size = tuple(max(round(scale * side), 8) for side in style.shape[1:3])
                targets = self._painter.targets(_resize(content, size), _resize(style, style_size))
                state = first_state(_resize(picture, size))
                for i in range(steps):
                    rate = learning_rate * (0.55 + 0.45 * np.cos(np.pi * i / steps))
                    state, cost = self._painter.step(state, targets, weights, rate)
                    costs.append(cost)
                    advance(f"cost {cost[0]:.3g}")
                    if len(costs) in marks:
                        saved.append((len(costs), ops.convert_to_numpy(state[0])[0]))
                picture = ops.convert_to_numpy(state[0])
        return StyledPicture(picture[0], saved, np.array(costs))


def _batch(name: str, value: Any) -> np.ndarray:
    """A picture as a batch of one, `(1, n_H, n_W, 3)`."""
    picture = np.asarray(value)
    if picture.ndim != 3 or picture.shape[-1] != 3 or min(picture.shape[:2]) < _SMALLEST:
        raise ValueError(
            f"`{name}` must be one picture in colour of at least {_SMALLEST} pixels on a side, (n_H, n_W, 3). "
            f"Received the shape {picture.shape}"
        )
    if picture.dtype.kind != "f" or not (picture.min() >= 0 and picture.max() <= 1):
        raise ValueError(
            f"The pixels of `{name}` must be floats in [0, 1]; divide by 255 what goes up to 255. "
            f"Received {picture.dtype.name} from {picture.min():.4g} to {picture.max():.4g}"
        )
    return np.asarray(picture[None], np.float32)


def _first_picture(content: np.ndarray, start: str | np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(start, np.ndarray):
        first = _batch("start", start)
        if first.shape != content.shape:
            raise ValueError(f"`start` must have the size of the content, {content.shape[1:]}. Received {start.shape}")
        return first
    if start == "noise":
        return rng.random(content.shape, np.float32)
    if start == "content":
        return np.asarray(np.clip(content + _NOISE * rng.standard_normal(content.shape, np.float32), 0, 1))
    raise ValueError(f"Expected 'content', 'noise' or a picture. Received: start={start!r}")


def _coarse_to_fine(height: int, width: int, num_sizes: int) -> list[tuple[int, int]]:
    """Heights and widths, each about double the one before, the last one the picture's own."""
    sizes = [(height, width)]
    while len(sizes) < num_sizes and min(sizes[0]) >= 2 * _COARSEST:
        sizes.insert(0, (round(sizes[0][0] / 2), round(sizes[0][1] / 2)))
    return sizes


def _resize(pictures: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    if pictures.shape[1:3] == size:
        return pictures
    resized = ops.image.resize(pictures, size, interpolation="bicubic", antialias=True, data_format="channels_last")
    return np.asarray(np.clip(ops.convert_to_numpy(resized), 0, 1))
