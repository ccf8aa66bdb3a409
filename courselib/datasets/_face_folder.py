"""Faces of your own: a folder per person."""

from __future__ import annotations

from pathlib import Path

from courselib.datasets._faces import Faces
from courselib.datasets._image_folder import read_folders

_SIZE = 64


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
    return Faces(*read_folders(path, "person", _SIZE))
