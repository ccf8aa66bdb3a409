"""Cutting a picture into tiles, each with enough around it that its features are those of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers


@dataclass(frozen=True)
class Tile:
    """A piece of a picture: `inner` is what it stands for, `outer` what must be cut out to compute it.

    Both are `(top, bottom, left, right)` in pixels.
    """

    inner: tuple[int, int, int, int]
    outer: tuple[int, int, int, int]

    def window(self, stride: int = 1) -> tuple[slice, slice, slice]:
        """What to cut out of a feature map of the whole picture with one place for `stride` pixels."""
        top, bottom, left, right = (edge // stride for edge in self.outer)
        return slice(None), slice(top, bottom), slice(left, right)

    def mask(self, stride: int) -> np.ndarray:
        """1 at the tile's own places of the window and 0 in the halo, `(1, n_H, n_W, 1)`."""
        height, width = (self.outer[i + 1] // stride - self.outer[i] // stride for i in (0, 2))
        top, bottom, left, right = (
            edge // stride - start // stride
            for edge, start in zip(self.inner, np.repeat(self.outer[::2], 2).tolist(), strict=True)
        )
        mask = np.zeros((1, height, width, 1), np.float32)
        mask[:, top:bottom, left:right] = 1
        return mask


def cut(height: int, width: int, size: int, halo: int, stride: int) -> list[Tile]:
    """Tiles that cover a picture without overlapping, with a halo around each where the picture goes on.

    Args:
        height: Of the picture, in pixels.
        width: Likewise.
        size: Of a tile without its halo: at most that many pixels on a side, rounded to a multiple of `stride`.
        halo: How far a feature sees, in pixels.
        stride: Pixels for one place of the deepest feature map.
    """
    size = max(size // stride, 1) * stride
    halo = -(-halo // stride) * stride
    tiles = []
    for top, bottom in _intervals(height, size, stride):
        for left, right in _intervals(width, size, stride):
            outer = (max(top - halo, 0), min(bottom + halo, height), max(left - halo, 0), min(right + halo, width))
            tiles.append(Tile((top, bottom, left, right), outer))
    return tiles


def _intervals(length: int, size: int, stride: int) -> list[tuple[int, int]]:
    starts = [start for start in range(0, length, size) if start == 0 or length - start >= stride]
    return list(zip(starts, [*starts[1:], length], strict=True))


def reach_and_strides(network: keras.Model, names: Sequence[str]) -> tuple[int, list[int]]:
    """How far the deepest of some layers sees to each side, and how many pixels one place of each layer stands for.

    Args:
        network: A chain of convolutions with stride 1 and of poolings.
        names: Names of layers.
    """
    reach, stride, strides, farthest = 0.0, 1, {}, 0.0
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            reach += (layer.kernel_size[0] - 1) / 2 * stride
        elif isinstance(layer, layers.AveragePooling2D | layers.MaxPooling2D):
            reach += (layer.pool_size[0] - 1) / 2 * stride
            stride *= layer.strides[0]
        strides[layer.name] = stride
        if layer.name in names:
            farthest = max(farthest, reach)
    return int(farthest) + max(strides[name] for name in names), [strides[name] for name in names]
