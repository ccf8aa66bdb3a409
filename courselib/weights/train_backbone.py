"""Train the weights of `courselib.models.load_backbone`: `python -m courselib.weights.train_backbone`.

It takes some minutes on one core, writes backbone.npz beside this file, and prints what the card backbone.md reports.
The network learns to tell 43 things apart: sixteen traffic signs that courselib renders, ten handwritten digits, and
which of seventeen photographs a small piece comes from. There is no face in any of them: scikit-image's astronaut,
camera man, cat and coins are left out, so that what is learned about faces later is learned from the examples given
then.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from skimage import data

from courselib.datasets import load_digits, load_signs
from courselib.models import SmallBackbone
from courselib.weights import save_weights

SIZE = 25  # pixels: like the face patches, and the features are good for larger pictures too
PHOTOGRAPHS = (
    "brick", "clock", "coffee", "colorwheel", "grass", "gravel", "hubble_deep_field", "immunohistochemistry",
    "microaneurysms", "moon", "page", "retina", "rocket", "stereo_motorcycle", "text",
)  # fmt: skip
Pictures = tuple[np.ndarray, np.ndarray]


def photographs() -> list[Image.Image]:
    """The photographs that scikit-image and scikit-learn bundle, without those that show a face."""
    from sklearn.datasets import load_sample_images

    arrays = [np.asarray(getattr(data, name)()) for name in PHOTOGRAPHS if name != "stereo_motorcycle"]
    arrays += [data.stereo_motorcycle()[0], *load_sample_images().images]  # type: ignore[no-untyped-call]
    return [Image.fromarray(array).convert("RGB") for array in arrays]


def pieces(photograph: Image.Image, number: int, rng: np.random.Generator) -> np.ndarray:
    """Square pieces of a photograph, of many sizes, some mirrored: (number, SIZE, SIZE, 3) in [0, 1]."""
    found = []
    for _ in range(number):
        side = int(np.exp(rng.uniform(np.log(28), np.log(min(160, *photograph.size)))))
        left, top = (int(rng.integers(0, length - side + 1)) for length in photograph.size)
        piece = photograph.resize((SIZE, SIZE), Image.Resampling.BOX, (left, top, left + side, top + side))
        found.append(np.asarray(piece)[:, :: rng.choice([-1, 1])])
    return np.stack(found).astype(np.float32) / 255


def pictures(pieces_each: int, num_signs: int, rng: np.random.Generator) -> tuple[Pictures, dict[str, Pictures]]:
    """All training pictures with their classes, and a test set for each kind."""
    x_train, y_train, tests, first = [], [], {}, 0
    signs, digits = load_signs(size=SIZE, num_train=num_signs, num_test=480), load_digits()
    for name, kind in (("signs", signs), ("digits", digits)):
        x_train.append(standardized(kind.x_train))
        y_train.append(kind.y_train + first)
        tests[name] = (standardized(kind.x_test), kind.y_test + first)
        first += len(kind.class_names)
    others = []
    for i, photograph in enumerate(photographs()):
        x_train.append(pieces(photograph, pieces_each, rng))
        y_train.append(np.full(pieces_each, first + i))
        others.append(pieces(photograph, 40, rng))
    tests["pieces"] = (np.concatenate(others), np.repeat(np.arange(len(others)) + first, 40))
    return (np.concatenate(x_train), np.concatenate(y_train)), tests


def standardized(x: np.ndarray) -> np.ndarray:
    """Gray or RGB pictures of any size as (m, SIZE, SIZE, 3)."""
    resized = keras.ops.convert_to_numpy(keras.ops.image.resize(x, (SIZE, SIZE), antialias=True))
    return np.broadcast_to(resized, (len(x), SIZE, SIZE, 3))


def disturbed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The pictures shifted a little, in other light, some of them gray, some inverted: a new lesson in every epoch."""
    m = len(x)
    shifts = rng.integers(-3, 4, size=(m, 2))
    x = np.stack([np.roll(picture, shift, axis=(0, 1)) for picture, shift in zip(x, shifts, strict=True)])
    gray = x @ np.array([0.3, 0.59, 0.11], np.float32)
    x = np.where(rng.random((m, 1, 1, 1)) < 0.6, gray[..., None], x)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    contrast = rng.uniform(0.5, 1.5, (m, 1, 1, 1)) * rng.choice([-1, 1], size=(m, 1, 1, 1), p=[0.2, 0.8])
    changed: np.ndarray = ((x - mean) * contrast + mean + rng.uniform(-0.2, 0.2, (m, 1, 1, 1))).clip(0, 1)
    return changed.astype(np.float32)


def train(epochs: int, pieces_each: int, num_signs: int, seed: int = 0) -> keras.Model:
    """Train a classifier of all kinds and return its backbone."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    (x, y), tests = pictures(pieces_each, num_signs, rng)
    backbone = SmallBackbone((SIZE, SIZE, 3))
    features = keras.layers.GlobalAveragePooling2D()(backbone.output)
    outputs = keras.layers.Dense(int(y.max()) + 1, activation="softmax")(keras.layers.Dropout(0.2)(features))
    model = keras.Model(backbone.input, outputs)
    steps = epochs * -(-len(x) // 64)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    for epoch in range(epochs):
        began = time.perf_counter()
        model.fit(disturbed(x, rng), y, batch_size=64, verbose=0)
        scores = ", ".join(
            f"{name} {model.evaluate(*test, verbose=0, return_dict=True)['accuracy']:.3f}"
            for name, test in tests.items()
        )
        print(f"epoch {epoch + 1} of {epochs}, {time.perf_counter() - began:.0f} s: accuracy on {scores}", flush=True)
    return backbone


def main() -> None:
    """Train, write, and print what the card reports."""
    parser = argparse.ArgumentParser(description="Train the weights of load_backbone().")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("backbone.npz"))
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--pieces", type=int, default=900, help="pieces of each photograph")
    parser.add_argument("--signs", type=int, default=4800, help="rendered traffic signs")
    arguments = parser.parse_args()
    backbone = train(arguments.epochs, arguments.pieces, arguments.signs)
    digest = save_weights(backbone, arguments.output)
    print(f"{arguments.output}: {backbone.count_params():,} parameters, sha256 {digest}")


if __name__ == "__main__":
    main()
