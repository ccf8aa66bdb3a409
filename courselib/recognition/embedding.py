"""The network that turns a face into a point, and the weights that ship with it."""

from __future__ import annotations

import keras
from keras import layers, ops

from courselib.models.blocks import convolution, residual
from courselib.weights import load_weights

FACE_SIZE = 64
"""Pixels: height and width of the pictures that `FaceNet` takes."""

FACE_THRESHOLD = 0.75
"""Below this squared distance two pictures are taken to show one person; see the card for what that means in rates."""


def FaceNet(embedding_size: int = 128, name: str = "facenet") -> keras.Model:
    """A small convolutional network from a picture of a face to a point on the unit sphere.

    Faces of one person should land close together, faces of two people far apart: the idea of
    [Schroff et al., 2015](https://arxiv.org/abs/1503.03832). Four convolutions with stride 2 and four residual blocks
    see parts of a face and where they are; one dense layer makes the embedding of them. About 800,000 parameters.

    Args:
        embedding_size: The number of coordinates of an embedding.
        name: The model's name.

    Returns:
        A model with fresh weights, from pictures in [0, 1] of shape `(m, 64, 64, 3)` to embeddings of length 1 and of
        shape `(m, embedding_size)`.
    """
    inputs = keras.Input((FACE_SIZE, FACE_SIZE, 3))
    x = layers.Rescaling(2.0, offset=-1.0)(inputs)
    for filters, num_blocks in ((24, 0), (48, 1), (96, 2), (192, 1)):
        x = convolution(x, filters, 3, strides=2)  # (m, n_H / 2, n_W / 2, filters)
        for _ in range(num_blocks):
            x = residual(x)
    x = layers.Flatten()(convolution(x, 128, 1))  # (m, 4 * 4 * 128)
    x = layers.Dense(embedding_size, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9, scale=False)(x)
    return keras.Model(inputs, layers.UnitNormalization()(x), name=name)  # (m, embedding_size)


def load_face_embedding() -> keras.Model:
    """`FaceNet` with the weights that ship with courselib, trained on rendered people.

    A face and its mirror image are the same person, so the model embeds both and returns the middle, again of length 1.
    courselib/weights/facenet.md says how the weights were trained, and how good they are: on rendered faces, and on
    photographs of real ones. The people were those of `load_faces(seed=1)`: measure with another seed.

    Returns:
        A model from pictures in [0, 1] of shape `(m, 64, 64, 3)`, as `load_faces` and `load_face_folder` give them, to
        embeddings of length 1 and of shape `(m, 128)`. Two pictures whose squared distance is below `FACE_THRESHOLD`
        are taken to show one person.

    Example:
    ```python
    faces = load_faces(num_people=20, images_per_person=2, seed=5)
    embeddings = load_face_embedding().predict(faces.images)  # (40, 128)
    ```
    """
    network = FaceNet()
    load_weights(network, "facenet")
    return with_mirror_image(network)


def with_mirror_image(network: keras.Model) -> keras.Model:
    """A model that embeds a picture and its mirror image, and returns the middle of the two, again of length 1.

    Args:
        network: A model from pictures `(m, n_H, n_W, n_C)` to embeddings `(m, d)`. Its weights are shared, not copied.

    Returns:
        A model with the same input and output shapes.
    """
    inputs = keras.Input(network.input_shape[1:])
    both = layers.Add()([network(inputs), network(ops.flip(inputs, axis=2))])
    return keras.Model(inputs, layers.UnitNormalization()(both), name="face_embedding")
