"""Photographs of faces that scikit-learn downloads, brought into the course's form."""

from __future__ import annotations

import http.client
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from courselib.errors import CourselibError

Photographs = tuple[np.ndarray, np.ndarray, tuple[str, ...]]
_SIZE = 64
_LFW_FACE = slice(62, 187)  # rows and columns of the square about the face in 250 x 250 pixels


def fetch_lfw(images_per_person: int) -> Photographs:
    """Labeled Faces in the Wild: everybody with so many photographs, and so many of each."""
    from sklearn.datasets import fetch_lfw_people

    scale = _SIZE / (_LFW_FACE.stop - _LFW_FACE.start)
    square = (_LFW_FACE, _LFW_FACE)
    try:
        found = _download(
            "Labeled Faces in the Wild (about 200 MB)",
            lambda: fetch_lfw_people(
                min_faces_per_person=images_per_person, color=True, slice_=square, resize=scale, n_retries=1
            ),
        )
    except ValueError as error:
        if "restrictive" not in str(error):
            raise
        raise _too_few("Labeled Faces in the Wild", images_per_person) from None
    return _so_many_of_each(found.images, found.target, [str(name) for name in found.target_names], images_per_person)


def fetch_olivetti(images_per_person: int) -> Photographs:
    """The faces of AT&T Laboratories Cambridge: 40 people, ten gray photographs each."""
    from sklearn.datasets import fetch_olivetti_faces

    found = _download("the Olivetti faces (4 MB)", lambda: fetch_olivetti_faces(n_retries=1))
    if images_per_person > np.bincount(found.target).max():
        raise _too_few("the Olivetti faces", images_per_person)
    colour = np.repeat(found.images[..., None], 3, axis=-1)
    names = [f"person {number + 1}" for number in range(int(found.target.max()) + 1)]
    return _so_many_of_each(colour, found.target, names, images_per_person)


def _download(what: str, fetch: Callable[[], Any]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of every attempt that failed
            return fetch()
    except (OSError, http.client.HTTPException) as error:
        raise CourselibError(
            f"Cannot get {what}: {error}. They are downloaded once, so this needs the internet: connect and try again, "
            "or use load_faces() (rendered people) or load_face_folder(path) (your own photographs)."
        ) from error


def _too_few(what: str, images_per_person: int) -> CourselibError:
    return CourselibError(
        f"Nobody in {what} has {images_per_person} photographs. Ask for fewer: load_faces(..., images_per_person=10)."
    )


def _so_many_of_each(images: np.ndarray, identities: np.ndarray, names: list[str], number: int) -> Photographs:
    """The first pictures of everybody, person after person."""
    keep = np.concatenate([np.flatnonzero(identities == identity)[:number] for identity in range(len(names))])
    return images[keep].astype(np.float32), identities[keep].astype(np.int64), tuple(names)
