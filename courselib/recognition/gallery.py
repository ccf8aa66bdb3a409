"""A gallery: the people that a system knows, each by one picture or a few."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from courselib.errors import CourselibError
from courselib.recognition.distances import pairwise_distances


class Match(NamedTuple):
    """The answer of a gallery.

    Attributes:
        distance: The squared distance to the nearest picture of the person.
        name: Who it is, or None for a stranger.
    """

    distance: float
    name: str | None


class Gallery:
    """People to verify and to identify, who are added with one picture each and without any training.

    A picture is embedded once, when it is added. Later questions cost one embedding and one row of distances.

    Args:
        model: A model from pictures `(m, n_H, n_W, n_C)` to embeddings `(m, d)`, for example `load_face_embedding()`.
            Without it, the gallery takes embeddings only.
        threshold: People are accepted below this squared distance: `FACE_THRESHOLD` for the shipped model.

    Example:
    ```python
    gallery = Gallery(load_face_embedding(), FACE_THRESHOLD)
    gallery.add("Amina", picture)  # (64, 64, 3), in [0, 1]
    gallery.identify(another)  # Match(distance=0.31, name="Amina")
    gallery.save("door.npz")
    ```
    """

    def __init__(self, model: Any = None, threshold: float = 1.0) -> None:
        self.model, self.threshold = model, float(threshold)
        self.names: list[str] = []
        self._embeddings: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self.names)

    @property
    def embeddings(self) -> np.ndarray:
        """The embedding of each entry of `names`, of shape `(len(names), d)`."""
        return np.stack(self._embeddings) if self._embeddings else np.empty((0, 0), np.float32)

    def add(self, name: str, face: Any) -> None:
        """Add a person, or another picture of one.

        Args:
            name: Who it is.
            face: A picture `(n_H, n_W, n_C)` in [0, 1], or an embedding `(d,)`.

        Raises:
            ValueError: If it is neither, or an embedding of another length than those in the gallery.
        """
        self._embeddings.append(self._embed(face))
        self.names.append(str(name))

    def identify(self, face: Any) -> Match:
        """Who is this? 1:K recognition.

        Args:
            face: As in `add`.

        Returns:
            The distance to the nearest person, and the name; None instead of it when nobody is within the threshold.

        Raises:
            CourselibError: If the gallery is empty.
            ValueError: As in `add`.
        """
        if not self.names:
            raise CourselibError("The gallery is empty. Add somebody first: gallery.add(name, picture).")
        distances = pairwise_distances(self._embed(face)[None], self.embeddings)[0]  # (len(names),)
        nearest = int(distances.argmin())
        distance = float(distances[nearest])
        return Match(distance, self.names[nearest] if distance < self.threshold else None)

    def verify(self, face: Any, name: str) -> Match:
        """Is this the person they say? 1:1 verification.

        Args:
            face: As in `add`.
            name: Who they say they are.

        Returns:
            The distance to the nearest picture of that person, and the name; None instead of it when it is too far.

        Raises:
            CourselibError: If nobody of that name is in the gallery.
            ValueError: As in `add`.
        """
        rows = [i for i, known in enumerate(self.names) if known == name]
        if not rows:
            known = ", ".join(sorted(set(self.names))[:5]) or "nobody"
            raise CourselibError(f"Nobody is called {name!r} in this gallery, which knows {known}. Add them first.")
        distance = float(pairwise_distances(self._embed(face)[None], self.embeddings[rows]).min())
        return Match(distance, name if distance < self.threshold else None)

    def save(self, path: str | Path) -> None:
        """Write names, embeddings and threshold to one file; no picture is in it."""
        path = Path(path).expanduser()
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                np.savez(file, names=np.array(self.names, str), embeddings=self.embeddings, threshold=self.threshold)
            os.replace(temporary, path)  # there whole or not at all
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: str | Path, model: Any = None) -> Gallery:
        """Read a gallery that `save` wrote.

        Args:
            path: The file.
            model: The model that made its embeddings; another one gives other embeddings, which cannot be compared.

        Raises:
            CourselibError: If the file is missing, or no gallery.
        """
        path = Path(path).expanduser()
        try:
            with path.open("rb") as stream, np.load(stream) as file:
                gallery = cls(model, float(file["threshold"]))
                gallery.names = [str(name) for name in file["names"]]
                gallery._embeddings = list(file["embeddings"])
        except (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
            raise CourselibError(
                f"Expected a file written by Gallery.save. Received: {path}, which is "
                f"{'missing' if isinstance(error, FileNotFoundError) else 'no gallery, or damaged'}."
            ) from error
        return gallery

    def _embed(self, face: Any) -> np.ndarray:
        array = np.asarray(face, np.float32)
        if array.ndim == 3:
            if self.model is None:
                raise ValueError(
                    "This gallery has no model, so it takes embeddings of shape (d,). Received a picture of shape "
                    f"{array.shape}; pass a model: Gallery(model) or Gallery.load(path, model)."
                )
            array = np.asarray(self.model.predict(array[None], verbose=0), np.float32)[0]  # (d,)
        if array.ndim != 1 or (self._embeddings and array.shape != self._embeddings[0].shape):
            expected = f"({self._embeddings[0].size},)" if self._embeddings else "(d,)"
            raise ValueError(
                f"Expected a picture (n_H, n_W, n_C) or an embedding {expected}. Received: shape {np.shape(face)}."
            )
        return array
