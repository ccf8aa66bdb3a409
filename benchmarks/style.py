"""How fast style transfer is: courselib's compiled step beside the plain loop, with the same network in one run.

`uv run python benchmarks/style.py` paints one picture in both ways. The plain loop has the form of Keras's own example
(https://keras.io/examples/generative/neural_style_transfer): without compilation, every step sends content, style and
picture through the network in one batch and computes all costs anew. Both sides have the same layers, weights, costs,
optimizer and size, and take turns, so that a busy machine hurts both. Each line says what one step takes, and the cost
of the picture after the same seconds; a ratio below 2 ends with an error.

`--sheet PATH` paints 4 photographs in 5 styles instead and writes the sheet of all pictures.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from PIL import Image, ImageDraw

from courselib.datasets import load_paintings, load_photographs
from courselib.style import (
    CONTENT_LAYER,
    STYLE_LAYERS,
    StyleTransfer,
    content_cost,
    layer_outputs,
    layer_style_cost,
    load_style_extractor,
    total_cost,
    value_and_gradient,
)

FASTER = 2.0  # times, at least
ALPHA, BETA = 10.0, 40.0
RATE = 0.03
CONTENTS = ("astronaut", "cat", "flower", "pavilion")


class PlainLoop:
    """Adam on the pixels, step by step, nothing kept."""

    def __init__(self, extractor: keras.Model, content: np.ndarray, style: np.ndarray) -> None:
        self.look = layer_outputs(extractor, [*(name for name, _ in STYLE_LAYERS), CONTENT_LAYER])
        self.content, self.style = (ops.convert_to_tensor(picture[None]) for picture in (content, style))
        self.variable = keras.Variable(content[None])
        self.optimizer = keras.optimizers.Adam(RATE, beta_2=0.99)

    def cost(self, picture: Any) -> Any:
        outputs = self.look(ops.concatenate([self.content, self.style, picture], axis=0))
        J_content = content_cost(outputs[-1][0:1], outputs[-1][2:3])
        parts = zip(outputs, STYLE_LAYERS, strict=False)
        J_style = sum(weight * layer_style_cost(a[1:2], a[2:3]) for a, (_, weight) in parts)
        return total_cost(J_content, J_style, ALPHA, BETA)

    def paint(self, steps: int) -> np.ndarray:
        for _ in range(steps):
            _, gradient = value_and_gradient(self.cost, self.variable)
            self.optimizer.apply([gradient], [self.variable])
            self.variable.assign(ops.clip(self.variable, 0, 1))
        return np.asarray(ops.convert_to_numpy(self.variable)[0])


def timed(paint: Callable[[int], np.ndarray], steps: int) -> tuple[float, np.ndarray]:
    """How many seconds the steps took, and the picture."""
    began = time.perf_counter()
    picture = paint(steps)
    return time.perf_counter() - began, picture


def compare(size: int, rounds: int, steps: int) -> float:
    """Print a line for each side, and return how many times faster courselib's step is."""
    content, style = load_photographs(size)["pavilion"], load_paintings(size)["swirls"]
    extractor = load_style_extractor("shipped")
    loop, transfer = PlainLoop(extractor, content, style), StyleTransfer(extractor)

    def paint(num_steps: int) -> np.ndarray:
        return transfer(content, style, ALPHA, BETA, num_steps, start=content, num_sizes=1, verbose=False).picture

    def paint_from_coarse_to_fine(num_steps: int) -> np.ndarray:
        return transfer(content, style, ALPHA, BETA, num_steps, verbose=False).picture

    PlainLoop(extractor, content, style).paint(1)
    paint_from_coarse_to_fine(1)  # compiles
    pairs = []
    for _ in range(rounds):
        seconds, picture = timed(loop.paint, steps)
        pairs.append((seconds / steps, timed(paint, steps)[0] / steps))
    plain, compiled = (statistics.median(side) for side in zip(*pairs, strict=True))
    used = sum(pair[0] for pair in pairs) * steps
    fitting = max(int(used / compiled / 1.4), 1)  # a step at each of three sizes costs 1 + 1/4 + 1/16, and a little
    seconds, other = timed(paint_from_coarse_to_fine, fitting)
    costs = [float(loop.cost(ops.convert_to_tensor(image[None]))) for image in (content, picture, other)]

    print(f"{size} x {size} pixels, {keras.backend.backend()}; the photograph itself costs {costs[0]:.2f}")
    print(f"plain loop  {plain:6.3f} s a step; cost {costs[1]:6.2f} after {used:4.1f} s, {rounds * steps} steps")
    print(f"courselib   {compiled:6.3f} s a step; cost {costs[2]:6.2f} after {seconds:4.1f} s, {fitting} steps a size")
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"a step is {ratio:.1f} times faster")
    return ratio


def write_sheet(path: Path, size: int) -> None:
    """Paint every content in every style, and write all pictures side by side."""
    photographs, paintings = load_photographs(size), load_paintings(size)
    transfer = StyleTransfer(load_style_extractor("shipped"))
    side, margin = 200, 6
    step = side + margin
    sheet = Image.new("RGB", (step * (len(paintings) + 1) + margin, step * (len(CONTENTS) + 1) + margin), "white")

    def place(picture: np.ndarray, row: int, column: int) -> None:
        image = Image.fromarray((picture * 255).round().astype(np.uint8)).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(image, (margin + column * step, margin + row * step))

    for column, style in enumerate(paintings.values(), start=1):
        place(style, 0, column)
    for row, name in enumerate(CONTENTS, start=1):
        place(photographs[name], row, 0)
        for column, style in enumerate(paintings.values(), start=1):
            began = time.perf_counter()
            place(transfer(photographs[name], style, ALPHA, BETA, 60, verbose=False).picture, row, column)
            print(f"{name}, style {column}: {time.perf_counter() - began:.1f} s", flush=True)
    ImageDraw.Draw(sheet).multiline_text(
        (margin + 20, margin + 80), "photographs below,\npaintings to the right", "black"
    )
    sheet.save(path, quality=75, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256, help="pixels on a side")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10, help="steps of each side in a round")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet instead")
    arguments = parser.parse_args()
    if arguments.sheet:
        write_sheet(arguments.sheet, arguments.size)
    elif compare(arguments.size, arguments.rounds, arguments.steps) < FASTER:
        raise SystemExit(f"courselib's step should be at least {FASTER:.0f} times faster")


if __name__ == "__main__":
    main()
