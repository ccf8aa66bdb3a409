"""Train the weights of `courselib.recognition.load_face_embedding`: `python -m courselib.weights.train_facenet`.

It takes about twenty minutes on one core, writes facenet.npz beside this file, and prints what the card facenet.md
reports. The network learns to tell some thousand rendered people apart. It is tested on people that it has not seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np

from courselib.datasets import Faces, load_faces
from courselib.recognition.embedding import FACE_THRESHOLD, FaceNet, load_face_embedding, with_mirror_image
from courselib.recognition.margin import CosFaceLoss, CosineClassifier
from courselib.recognition.metrics import strangers_rejected, verification_pairs, verification_report
from courselib.weights import save_weights

TRAINING_SEED = 1  # the people of this world; any other seed gives people that the network has not seen
MAX_SHIFT = 3  # pixels
BATCH_SIZE = 64


class FaceBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of faces, mirrored by chance and shifted a little; the same seed gives the same batches."""

    def __init__(self, faces: Faces, seed: int) -> None:
        super().__init__()
        self.images = np.round(faces.images * 255).astype(np.uint8)  # a quarter of the memory
        self.identities, self.seed, self.epoch = faces.identities, seed, 0
        self._shuffle()

    def __len__(self) -> int:
        return len(self.images) // BATCH_SIZE

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        rng = np.random.default_rng([self.seed, self.epoch, index])
        return disturbed(self.images[chosen], rng).astype(np.float32) / 255, self.identities[chosen]

    def on_epoch_end(self) -> None:
        """Another order and other shifts for the next epoch; Keras calls this."""
        self.epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.images))


def disturbed(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every second picture mirrored, by chance, and all of them shifted by up to `MAX_SHIFT` pixels."""
    _, n_H, n_W, _ = images.shape
    padded = np.pad(images, ((0, 0), (MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT), (0, 0)), mode="edge")
    corners = rng.integers(0, 2 * MAX_SHIFT + 1, size=(len(images), 2))
    shifted = np.stack([p[y : y + n_H, x : x + n_W] for p, (y, x) in zip(padded, corners, strict=True)])
    return np.where(rng.random((len(images), 1, 1, 1)) < 0.5, shifted[:, :, ::-1], shifted)


def train(faces: Faces, epochs: int, margin: float = 0.15, learning_rate: float = 2e-3, seed: int = 0) -> keras.Model:
    """A `FaceNet` trained to tell people apart; the margin grows from 0 during the first half."""
    keras.utils.set_random_seed(seed)
    network = FaceNet()
    classifier = keras.Model(network.input, CosineClassifier(int(faces.identities.max()) + 1)(network.output))
    batches = FaceBatches(faces, seed)
    steps = epochs * len(batches)
    warmup = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 20, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    growing = keras.Variable(0.0, trainable=False)
    classifier.compile(keras.optimizers.Adam(schedule), CosFaceLoss(growing, scale=20.0), jit_compile=False)
    grow = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, _: growing.assign(margin * min(1.0, 2 * epoch / epochs))
    )
    classifier.fit(batches, epochs=epochs, verbose=2, callbacks=[grow])
    return network


def report(model: keras.Model, seed: int) -> None:
    """Print how good a model is on 200 people whom it has not seen; 100 of them are strangers to the other 100."""
    faces = load_faces(200, 10, seed=seed)
    embeddings = model.predict(faces.images, verbose=0)
    print(f"people of seed {seed}: {verification_report(embeddings, faces.identities)}")
    distances, same = verification_pairs(embeddings, faces.identities)
    accepted, strangers = np.mean(distances[same] < FACE_THRESHOLD), np.mean(distances[~same] >= FACE_THRESHOLD)
    rejected = strangers_rejected(embeddings[:1000:10], embeddings[1000:], FACE_THRESHOLD)
    print(
        f"  at the threshold {FACE_THRESHOLD}: {accepted:.1%} of the pairs of one person accepted, {strangers:.2%} of "
        f"the pairs of two rejected, {rejected:.1%} of the strangers turned away by a gallery of 100"
    )


def main() -> None:
    """Train, write, and print what the card reports."""
    parser = argparse.ArgumentParser(description="Train the weights of load_face_embedding().")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("facenet.npz"))
    parser.add_argument("--people", type=int, default=3000, help="rendered people")
    parser.add_argument("--pictures", type=int, default=8, help="pictures of each")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--measure", type=int, nargs="+", metavar="SEED", help="only test the weights that ship")
    arguments = parser.parse_args()
    if arguments.measure:
        model = load_face_embedding()
    else:
        network = train(load_faces(arguments.people, arguments.pictures, seed=TRAINING_SEED), arguments.epochs)
        digest = save_weights(network, arguments.output)
        print(f"{arguments.output}: {network.count_params():,} parameters, sha256 {digest}")
        model = with_mirror_image(network)
    for seed in arguments.measure or (901, 902):
        report(model, seed)


if __name__ == "__main__":
    main()
