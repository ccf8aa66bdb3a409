"""Faces: people that courselib renders, and collections of photographs that scikit-learn downloads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from courselib.datasets import _faces_names, _faces_people, _faces_real, _faces_render
from courselib.datasets._cache import Arrays, cached

_VERSION = 1  # to be raised whenever the pictures change
_SIZE = 64
_COLLECTIONS = {"lfw": _faces_real.fetch_lfw, "olivetti": _faces_real.fetch_olivetti}


class Faces(NamedTuple):
    """Pictures of people, and who is on them.

    Attributes:
        images: float32 in [0, 1], of shape `(m, 64, 64, 3)`, person after person.
        identities: int64 from 0, of shape `(m,)`: who is on each picture.
        names: The name of each person, so that `names[identities[i]]` is on picture `i`.

    Example:
    ```python
    images, identities, names = load_faces(num_people=20, images_per_person=5)
    of_the_first = images[identities == 0]  # (5, 64, 64, 3)
    ```
    """

    images: np.ndarray
    identities: np.ndarray
    names: tuple[str, ...]


def load_faces(
    num_people: int | str = 100, images_per_person: int = 10, seed: int = 0, *, nuisance: float = 1.0
) -> Faces:
    """People for face recognition: rendered ones, who do not exist, or a collection of real photographs.

    A rendered person is some seventy numbers: head, skin, hair, eyes, nose, mouth, beard, glasses. A picture adds
    what recognition has to see through: pose, expression, light, background, noise, and now and then something that
    hides a part of the face. Pictures are rendered the first time, some hundreds a second, and kept in a
    cache folder after that. More people or more pictures of each never change the ones that were there before.

    The collections need the internet once and are kept by scikit-learn: `"lfw"`, Labeled Faces in the Wild
    ([Huang et al. 2007](https://vis-www.cs.umass.edu/lfw/)), photographs from the news; `"olivetti"`, 40 people before
    a dark wall, in gray.

    Args:
        num_people: How many people to render; or the name of a collection: `"lfw"` or `"olivetti"`.
        images_per_person: Pictures of each. Of a collection, people with fewer are left out.
        seed: Another seed gives other people, from 0. A collection is always the same.
        nuisance: How much pictures of one rendered person differ, in [0, 1]: 0 gives passport pictures, 0.35 easy ones,
            1 hard ones. The people stay the same.

    Returns:
        `Faces`: images of shape `(num_people * images_per_person, 64, 64, 3)`, identities and names. 1,000 pictures
        take 49 MB.

    Raises:
        ValueError: For an unknown collection, or a number out of its range.
        CourselibError: For a collection that cannot be downloaded.

    Example:
    ```python
    train = load_faces(num_people=100, images_per_person=10, seed=0)
    unseen = load_faces(num_people=20, images_per_person=2, seed=1)
    ```
    """
    if isinstance(num_people, str):
        if num_people not in _COLLECTIONS:
            raise ValueError(
                "Expected a number of people to render, or the name of a collection: "
                f"{' or '.join(map(repr, _COLLECTIONS))}. Received: num_people={num_people!r}. "
                "For a folder of your own: load_face_folder(path)."
            )
        _check("images_per_person", images_per_person, 1)
        return Faces(*_COLLECTIONS[num_people](images_per_person))
    _check("num_people", num_people, 1)
    _check("images_per_person", images_per_person, 1)
    _check("seed", seed, 0)
    if not 0 <= nuisance <= 1:
        raise ValueError(f"Expected a nuisance from 0 (passport pictures) to 1 (hard). Received: nuisance={nuisance}.")
    settings = {"people": num_people, "each": images_per_person, "seed": seed, "nuisance": float(nuisance)}

    def render() -> Arrays:
        return {"images": render_people(range(num_people), images_per_person, seed, nuisance)}

    images = cached("faces", _VERSION, settings, render)["images"] / np.float32(255)
    masculine = [bool(_faces_people.person(seed, index)["masculine"]) for index in range(num_people)]
    identities = np.repeat(np.arange(num_people, dtype=np.int64), images_per_person)
    return Faces(images, identities, _faces_names.names_for(seed, masculine))


def render_people(indices: range, images_per_person: int, seed: int, nuisance: float, size: int = _SIZE) -> np.ndarray:
    """The pictures of some people of the world `seed`, uint8 of shape `(m, size, size, 3)`, person after person."""
    people = {index: _faces_people.person(seed, index) for index in indices}
    wanted = [(index, number) for index in indices for number in range(images_per_person)]
    pictures = [_faces_people.picture(seed, index, number, nuisance) for index, number in wanted]
    return _faces_render.render([people[index] for index, _ in wanted], pictures, size)


def _check(name: str, value: int, least: int) -> None:
    if value != int(value) or value < least:
        raise ValueError(f"Expected a whole number of at least {least} for `{name}`. Received: {name}={value}.")
