"""One step of style transfer: compiled as a whole, or tile by tile where a picture is large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from courselib.gradients import compiled, with_gradient
from courselib.style._tiles import cut, reach_and_strides
from courselib.style.extractor import layer_outputs
from courselib.style.losses import content_cost, gram_matrix, style_cost, style_matrix, total_cost, total_variation

State = tuple[Any, Any, Any, Any]  # the picture (1, n_H, n_W, 3), Adam's two moments, and the number of the step
Targets = tuple[Any, list[Any]]  # activations of the content layer, and the style matrix of each style layer
Weights = tuple[Any, Any, Any]  # of content, style and smoothness


class Painter:
    """Moves the pixels of a picture towards fixed targets.

    Args:
        extractor: A chain of convolutions and poolings.
        style_layers: Pairs of the name of a layer and its weight.
        content_layer: The name of a layer.
        tile_size: Pictures with a longer side are computed in tiles of so many pixels.
    """

    def __init__(
        self, extractor: keras.Model, style_layers: Sequence[tuple[str, float]], content_layer: str, tile_size: int
    ) -> None:
        names = [*(name for name, _ in style_layers), content_layer]
        self.network = layer_outputs(extractor, names)
        self.lambdas = [float(weight) for _, weight in style_layers]
        self.tile_size = tile_size
        self.reach, self.strides = reach_and_strides(self.network, names)
        self.depths = [output.shape[-1] for output in self.network.outputs]
        self._whole_step = compiled(self._step_at_once)
        self._window_gradient = compiled(with_gradient(self._window_cost))
        self._smoothness = compiled(with_gradient(lambda x: (total_variation(x), ())))
        self._adam = compiled(_adam)

    def targets(self, content: np.ndarray, style: np.ndarray) -> Targets:
        """What stays fixed: computed once for each size of a picture."""
        _, height, width, _ = content.shape
        stride = self.strides[-1]
        a_C = np.zeros((1, height // stride, width // stride, self.depths[-1]), np.float32)
        for tile in self._tiles(content):
            inner = tile.mask(stride) > 0
            part = ops.convert_to_numpy(self.network(_tensor(content[tile.window()]), training=False)[-1])
            a_C[tile.window(stride)] = np.where(inner, part, a_C[tile.window(stride)])
        matrices = [gram / self._places(style, i) for i, gram in enumerate(self._grams(style))]
        return _tensor(a_C), [_tensor(matrix) for matrix in matrices]

    def step(self, state: State, targets: Targets, weights: Weights, rate: float) -> tuple[State, tuple[float, ...]]:
        """One step of Adam. Returns the new state, and the total, content and style cost before the step."""
        scale = _tensor(np.float32(rate))
        if len(self._tiles(state[0])) == 1:
            state, costs = self._whole_step(state, targets, weights, scale)
        else:
            gradient, costs = self._tiled_gradient(ops.convert_to_numpy(state[0]), targets, weights)
            state = self._adam(state, _tensor(gradient), scale)
        return state, tuple(float(ops.convert_to_numpy(cost)) for cost in costs)

    def _step_at_once(self, state: State, targets: Targets, weights: Weights, rate: Any) -> tuple[State, Any]:
        _, costs, gradient = with_gradient(self._cost)(state[0], targets, weights)
        return _adam(state, gradient, rate), costs

    def _cost(self, x: Any, targets: Targets, weights: Weights) -> tuple[Any, Any]:
        alpha, beta, smoothness = weights
        *style_layers, a_G = self.network(x, training=False)
        J_content = content_cost(targets[0], a_G)
        J_style = style_cost(targets[1], [style_matrix(a) for a in style_layers], self.lambdas)
        J = total_cost(J_content, J_style, alpha, beta) + smoothness * total_variation(x)
        return J, (J, J_content, J_style)

    def _tiled_gradient(self, x: np.ndarray, targets: Targets, weights: Weights) -> tuple[np.ndarray, Any]:
        """The same gradient in two passes: the Gram matrices of the whole picture first, then tile after tile."""
        alpha, beta, smoothness = weights
        a_C, style_targets = targets
        grams = self._grams(x)
        matrices = [gram / self._places(x, i) for i, gram in enumerate(grams)]
        J_style = style_cost(style_targets, [_tensor(matrix) for matrix in matrices], self.lambdas)
        slopes = [
            weight / (2 * matrix.size * self._places(x, i)) * beta * (_tensor(matrix) - target)
            for i, (matrix, target, weight) in enumerate(zip(matrices, style_targets, self.lambdas, strict=True))
        ]
        content_scale = _tensor(np.float32(1 / (4 * self._places(x, -1) * self.depths[-1])))
        variation, _, gradient = self._smoothness(_tensor(x))
        gradient = float(smoothness) * np.array(ops.convert_to_numpy(gradient))
        J_content = np.float32(0)
        for tile in self._tiles(x):
            a_C_window = a_C[tile.window(self.strides[-1])]
            masks = [_tensor(tile.mask(stride)) for stride in self.strides]
            window = _tensor(x[tile.window()])
            _, part, slope = self._window_gradient(window, masks, slopes, a_C_window, content_scale, alpha)
            gradient[tile.window()] += ops.convert_to_numpy(slope)
            J_content += ops.convert_to_numpy(part)
        J = total_cost(J_content, J_style, alpha, beta) + smoothness * variation
        return gradient, (J, J_content, J_style)

    def _window_cost(
        self, window: Any, masks: list[Any], slopes: list[Any], a_C: Any, content_scale: Any, alpha: Any
    ) -> tuple[Any, Any]:
        """A function of one window whose gradient is its part of the whole picture's."""
        outputs = self.network(window, training=False)
        J_content = content_scale * ops.sum(masks[-1] * ops.square(outputs[-1] - a_C))
        J = alpha * J_content
        for gram, slope in zip(_grams(outputs, masks), slopes, strict=True):
            J = J + ops.sum(gram * slope)
        return J, J_content

    def _grams(self, x: np.ndarray) -> list[np.ndarray]:
        """The Gram matrices of a whole picture, summed over its tiles."""
        sums = [np.zeros((depth, depth), np.float32) for depth in self.depths[:-1]]
        for tile in self._tiles(x):
            outputs = self.network(_tensor(x[tile.window()]), training=False)
            masks = [_tensor(tile.mask(stride)) for stride in self.strides]
            for total, gram in zip(sums, _grams(outputs, masks), strict=True):
                total += ops.convert_to_numpy(gram)
        return sums

    def _places(self, x: Any, layer: int) -> int:
        return int(x.shape[1] // self.strides[layer]) * int(x.shape[2] // self.strides[layer])

    def _tiles(self, x: Any) -> list[Any]:
        height, width = x.shape[1:3]
        size = max(height, width) if max(height, width) <= self.tile_size else self.tile_size
        return cut(height, width, size, self.reach, max(self.strides))


def _grams(outputs: Sequence[Any], masks: Sequence[Any]) -> list[Any]:
    """The Gram matrices of all layers but the last one, over the places that a mask leaves."""
    channels = [ops.reshape(a * mask, (-1, a.shape[-1])) for a, mask in zip(outputs[:-1], masks[:-1], strict=True)]
    return [gram_matrix(ops.transpose(a)) for a in channels]


def first_state(picture: np.ndarray) -> State:
    """The state before the first step. The picture has the shape (1, n_H, n_W, 3)."""
    x = _tensor(picture)
    return x, ops.zeros_like(x), ops.zeros_like(x), _tensor(np.float32(0))


def _tensor(array: Any) -> Any:
    return ops.convert_to_tensor(array, dtype="float32")


def _adam(state: State, gradient: Any, rate: Any) -> State:
    """One step of Adam, and pixels clipped to [0, 1]."""
    x, mean, square, t = state
    t = t + 1
    mean = 0.9 * mean + 0.1 * gradient
    square = 0.99 * square + 0.01 * ops.square(gradient)
    step = mean / (1 - ops.power(0.9, t)) / (ops.sqrt(square / (1 - ops.power(0.99, t))) + 1e-8)
    return ops.clip(x - rate * step, 0, 1), mean, square, t
