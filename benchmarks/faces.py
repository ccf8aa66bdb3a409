"""Face recognition on real photographs: `python benchmarks/faces.py FOLDER`.

FOLDER holds a folder per person with some pictures each, for example the AT&T faces (40 people, 10 gray pictures each).
The first people are for training, the last ten for the test, and nobody is in both. Compared are, on the same test:

- the pixels themselves,
- the network that ships, which has seen rendered people only,
- a fresh network, trained on the first people alone,
- the network that ships, trained further on the first people.

It takes about a minute of CPU time.
"""

from __future__ import annotations

import argparse
import time

import keras
import numpy as np

from courselib.datasets import Faces, load_face_folder
from courselib.recognition import FaceNet, fit_triplets, load_face_embedding, verification_report
from courselib.recognition.embedding import with_mirror_image

NUM_TEST_PEOPLE = 10


def disturbed(faces: Faces, copies: int) -> tuple[np.ndarray, np.ndarray]:
    """Copies of the pictures, mirrored by chance, turned, shifted and zoomed a little, in other light."""
    augment = keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomRotation(0.02, fill_mode="nearest"),
            keras.layers.RandomTranslation(0.06, 0.06, fill_mode="nearest"),
            keras.layers.RandomZoom(0.15, fill_mode="nearest"),
            keras.layers.RandomBrightness(0.15, value_range=(0, 1)),
            keras.layers.RandomContrast(0.3, value_range=(0, 1)),
        ]
    )
    images = np.repeat(faces.images, copies, axis=0)
    batches = [keras.ops.convert_to_numpy(augment(batch, training=True)) for batch in np.array_split(images, 20)]
    return np.concatenate(batches), np.repeat(faces.identities, copies)


def main() -> None:
    """Train, test, and print a table."""
    parser = argparse.ArgumentParser(description="Face recognition on real photographs.")
    parser.add_argument("folder", help="a folder per person")
    parser.add_argument("--steps", type=int, default=200, help="steps of each training")
    arguments = parser.parse_args()
    faces = load_face_folder(arguments.folder)
    num_train = len(faces.names) - NUM_TEST_PEOPLE
    if num_train < 2:
        parser.error(f"expected at least {NUM_TEST_PEOPLE + 2} people, received {len(faces.names)}")
    is_train = faces.identities < num_train
    train = Faces(faces.images[is_train], faces.identities[is_train], faces.names)
    test, identities = faces.images[~is_train], faces.identities[~is_train]
    print(f"trained on {num_train} people ({len(train.images)} pictures), tested on {NUM_TEST_PEOPLE} others "
          f"({len(test)} pictures)")  # fmt: skip

    keras.utils.set_random_seed(0)
    images, labels = disturbed(train, copies=10)
    embeddings = {"pixels": test.reshape(len(test), -1), "shipped": load_face_embedding().predict(test, verbose=0)}
    further = load_face_embedding().get_layer("facenet")
    for name, network, rate in (("fresh, trained here", FaceNet(), 1e-3), ("shipped, trained further", further, 3e-4)):
        began = time.process_time()
        fit_triplets(network, images, labels, "semi-hard", steps=arguments.steps, people=12, learning_rate=rate)
        embeddings[name] = with_mirror_image(network).predict(test, verbose=0)
        print(f"{name}: {time.process_time() - began:.0f} s of CPU time")
    for name, points in embeddings.items():
        print(f"{name:25s} {verification_report(points, identities, NUM_TEST_PEOPLE)}")


if __name__ == "__main__":
    main()
