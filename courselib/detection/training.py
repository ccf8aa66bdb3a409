"""What a training script of a detector consists of: augmented batches, and a fit with a cosine schedule.

```python
data = load_dashcam(num_scenes=3000, seed=1)
anchors = kmeans_anchors(np.concatenate(data.boxes), k=5)
model = TinyYOLO(data.images.shape[1:], len(data.class_names), anchors)
fit_detector(model, DetectionBatches(model, data.images, data.boxes, data.class_ids, anchors), epochs=20)
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from courselib.detection.encoding import encode_targets
from courselib.detection.loss import yolo_loss


def mirror(image: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left becomes right, in the picture `(n_H, n_W, n_C)` and in its boxes `(n, 4)`."""
    width = image.shape[1]
    y1, x1, y2, x2 = np.reshape(boxes, (-1, 4)).T
    return image[:, ::-1], np.stack([y1, width - x2, y2, width - x1], axis=-1)


def shift_colors(image: np.ndarray, rng: np.random.Generator, strength: float = 0.25) -> np.ndarray:
    """Another light: contrast, brightness, saturation and the balance of the three colours, each a little changed.

    Args:
        image: In 0-255, of shape `(n_H, n_W, 3)`.
        rng: Draws the changes.
        strength: The largest change, as a part of 1.

    Returns:
        float32 in [0, 255].
    """
    contrast, saturation = 1 + strength * rng.uniform(-1, 1, 2)
    balance = 1 + strength * (rng.uniform(-1, 1) + 0.3 * rng.uniform(-1, 1, 3))  # one brightness, a slight tint
    values = image.astype(np.float32)
    gray = (values @ np.full(3, 1 / 3, np.float32))[..., None]
    values = gray + np.float32(saturation) * (values - gray)
    mean = gray.mean()
    values = (mean + np.float32(contrast) * (values - mean)) * balance.astype(np.float32)
    return np.asarray(np.clip(values, 0, 255))


class DetectionBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of pictures and targets for `fit`, on every backend; the same seed gives the same batches.

    Args:
        model: The detector, whose output shape says what the targets look like.
        images: In 0-255, of shape `(m, n_H, n_W, 3)`. They stay uint8 until a batch is drawn.
        boxes: For each picture the corners `(y1, x1, y2, x2)` in pixels, of shape `(n, 4)`.
        class_ids: For each picture the class ids, of shape `(n,)`.
        anchors: Widths and heights in pixels, of shape `(num_anchors, 2)`.
        batch_size: Pictures in a batch; the last one of an epoch may be smaller.
        augment: Mirror every second picture, by chance, and change its colours.
        seed: Seed of the order and of the augmentation.
        workers: Threads that draw batches ahead. More than one pays where a GPU waits for them.
    """

    def __init__(
        self,
        model: keras.Model,
        images: np.ndarray,
        boxes: Sequence[np.ndarray],
        class_ids: Sequence[np.ndarray],
        anchors: Any,
        batch_size: int = 16,
        augment: bool = True,
        seed: int = 0,
        workers: int = 1,
    ) -> None:
        super().__init__(workers=workers)
        self.images, self.boxes, self.class_ids, self.anchors = images, boxes, class_ids, anchors
        _, *self.grid_shape, _, self.vector_length = model.output_shape
        self.batch_size, self.augment, self.seed = batch_size, augment, seed
        self.epoch = 0
        self._shuffle()

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        rng = np.random.default_rng([self.seed, self.epoch, index])
        examples = [self._example(i, rng) for i in chosen]
        return np.stack([image for image, _ in examples]).astype(np.float32), np.stack([y for _, y in examples])

    def on_epoch_end(self) -> None:
        """Another order and other changes for the next epoch; Keras calls this."""
        self.epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.images))

    def _example(self, i: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        image, boxes = self.images[i], self.boxes[i]
        if self.augment:
            if rng.random() < 0.5:
                image, boxes = mirror(image, boxes)
            image = shift_colors(image, rng)
        y = encode_targets(
            boxes, self.class_ids[i], self.anchors, self.grid_shape, image.shape, self.vector_length - 5, neighbors=True
        )
        return image, y


def fit_detector(
    model: keras.Model, batches: DetectionBatches, epochs: int, learning_rate: float = 2e-3, verbose: int = 2
) -> keras.callbacks.History:
    """Train with Adam; the learning rate rises during the first steps, then falls along a cosine to zero."""
    steps = epochs * len(batches)
    warmup = min(200, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 20, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    model.compile(keras.optimizers.Adam(schedule, clipnorm=10.0), loss=yolo_loss, jit_compile=False)
    return model.fit(batches, epochs=epochs, verbose=verbose)
