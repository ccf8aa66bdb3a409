"""Train the weights of `courselib.style.load_style_extractor`: `python -m courselib.weights.train_style_extractor`.

It takes half a minute on one core, writes style_extractor.npz beside this file, and prints what the card
style_extractor.md reports. There are no labels and no gradients. Layer after layer, the network looks at small pieces
of what the layers below see in photographs and paintings, and takes as its filters the patterns that occur most: the
centres of a k-means clustering, as Adam Coates, Andrew Ng and Honglak Lee did (AISTATS 2011,
https://proceedings.mlr.press/v15/coates11a.html).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np
from keras import ops

from courselib.datasets import load_paintings, load_photographs
from courselib.style.extractor import SHIPPED, convolutions, layer_outputs, normalize_activations, vgg_like
from courselib.weights import save_weights

NUM_PATCHES = 20_000
NUM_COMPONENTS = 96  # what is left of a patch of hundreds of numbers
EQUALIZED = 1.0  # 0 makes all components equally strong, so that noise counts as much as form; more does so less
ITERATIONS = 15


def pictures(size: int = 96) -> np.ndarray:
    """Six photographs, and the five styles painted with three seeds: (21, size, size, 3) in [0, 1]."""
    paintings = [painting for seed in range(3) for painting in load_paintings(size, seed=seed).values()]
    return np.stack([*load_photographs(size).values(), *paintings])


def train(seed: int = 0) -> keras.Model:
    """Learn the filters of each layer from what the layers below it see."""
    rng = np.random.default_rng(seed)
    extractor = vgg_like(SHIPPED, "shipped")
    images = pictures()
    for layer in convolutions(extractor):
        below = keras.Model(extractor.inputs[0], layer.input)
        patches = random_patches(ops.convert_to_numpy(below(images)), rng)
        filters = frequent_patterns(patches, layer.filters // 2, rng)
        kernel = np.concatenate([filters, -filters], axis=1)  # a ReLU sees one sign, so each pattern comes in both
        answers = patches @ kernel
        scale = answers.std(axis=0)
        bias = -np.median(answers, axis=0)  # each channel is active at half of the places
        layer.set_weights([(kernel / scale).reshape(layer.kernel.shape), bias / scale])
    normalize_activations(extractor, images)
    return extractor


def random_patches(activations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pieces of 3 x 3 places, (NUM_PATCHES, 9 * n_C)."""
    m, n_H, n_W, _ = activations.shape
    image = rng.integers(0, m, NUM_PATCHES)
    row, column = rng.integers(1, n_H - 1, NUM_PATCHES), rng.integers(1, n_W - 1, NUM_PATCHES)
    pieces = [activations[image, row + y, column + x] for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return np.concatenate(pieces, axis=1).astype(np.float64)


def frequent_patterns(patches: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Filters that answer to the centres of clusters of patches, (9 * n_C, number)."""
    centred = patches - patches.mean(axis=0)
    strength, components = np.linalg.eigh(np.cov(centred.T))
    strength, components = strength[-NUM_COMPONENTS:], components[:, -NUM_COMPONENTS:]
    equalizer = components / np.sqrt(strength + EQUALIZED * strength.mean())  # (9 * n_C, NUM_COMPONENTS)
    points = centred @ equalizer
    return np.asarray(equalizer @ cluster(points / np.linalg.norm(points, axis=1, keepdims=True), number, rng))


def cluster(points: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """k-means of directions: a point and its negative belong to the same centre. Centres are columns of length 1."""
    centres = rng.normal(size=(points.shape[1], number))
    centres /= np.linalg.norm(centres, axis=0)
    for _ in range(ITERATIONS):
        cosines = points @ centres  # (n, number)
        nearest = np.abs(cosines).argmax(axis=1)
        chosen = np.where(nearest[:, None] == np.arange(number), cosines, 0)  # each point counts for its own centre
        centres = centres + points.T @ chosen  # an empty cluster keeps its centre
        centres /= np.linalg.norm(centres, axis=0)
    return centres


def main() -> None:
    """Train, write, and print what the card reports."""
    parser = argparse.ArgumentParser(description="Train the weights of load_style_extractor().")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("style_extractor.npz"))
    arguments = parser.parse_args()
    extractor = train()
    names = [layer.name for layer in convolutions(extractor)]
    for name, a in zip(names, layer_outputs(extractor, names)(pictures()), strict=True):
        print(f"{name}: {float(ops.mean(ops.cast(a > 0, 'float32'))):.0%} of the activations are above zero")
    digest = save_weights(extractor, arguments.output)
    print(f"{arguments.output}: {extractor.count_params():,} parameters, sha256 {digest}")


if __name__ == "__main__":
    main()
