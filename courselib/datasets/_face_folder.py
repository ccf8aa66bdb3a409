"""Faces of your own: a folder per person."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from courselib.datasets._faces import Faces
from courselib.datasets._paintings_file import read_rgb, square, to_array, why_unreadable
from courselib.errors import CourselibError

_SIZE = 64
_SHOWN = 5  # bad files that a message names
_NOT_PICTURES = {"thumbs.db", "desktop.ini"}  # what file managers leave behind


def load_face_folder(path: str | Path) -> Faces:
    """Photographs of your own, in the form of `load_faces`.

    ```
    people/
        Amina/    1.jpg  2.jpg
        Dylan/    holiday.png  passport.webp
    ```

    The middle square of each picture is brought to 64 x 64 pixels, so cut the pictures to the face first. Hidden files
    are skipped; everything else in a person's folder has to be a picture.

    Args:
        path: A folder that holds a folder per person, named after the person, with pictures in any format that Pillow
            reads, in colour or gray.

    Returns:
        `Faces` with people and pictures in the order of their names.

    Raises:
        CourselibError: For a folder that is missing or without people, a person without pictures, and files that are no
            pictures; the message names them.

    Example:
    ```python
    images, identities, names = load_face_folder("people")
    ```
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise CourselibError(f"Expected a folder with a folder per person. Received: {folder}, which is no folder.")
    people = {person: _pictures(person) for person in _visible(folder) if person.is_dir()}
    if not people:
        raise CourselibError(
            f"Expected a folder per person in {folder}, and found none. Put people's pictures in folders."
        )
    if empty := [person.name for person, pictures in people.items() if not pictures]:
        raise CourselibError(f"No pictures of {_list(empty)} in {folder}. Add some, or remove the empty folders.")
    images, bad = [], []
    for picture in (picture for pictures in people.values() for picture in pictures):
        try:
            images.append(to_array(square(read_rgb(picture), _SIZE)))
        except OSError as error:
            bad.append(f"{picture.relative_to(folder).as_posix()} ({why_unreadable(error)})")
    if bad:
        raise CourselibError(f"Cannot read {len(bad)} of the files in {folder}: {_list(bad)}. Remove or replace them.")
    identities = np.repeat(np.arange(len(people), dtype=np.int64), [len(pictures) for pictures in people.values()])
    return Faces(np.stack(images), identities, tuple(person.name for person in people))


def _pictures(person: Path) -> list[Path]:
    return [file for file in _visible(person) if file.is_file() and file.name.lower() not in _NOT_PICTURES]


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _list(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
