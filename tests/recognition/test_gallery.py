"""Galleries: adding, asking, saving, and what is refused."""

from pathlib import Path

import keras
import numpy as np
import pytest

from courselib.errors import CourselibError
from courselib.recognition import Gallery, Match

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def gallery() -> Gallery:
    gallery = Gallery(threshold=1.0)
    for name, point in {"Amina": [0, 0], "Bruno": [4, 0], "Chen": [0, 3]}.items():
        gallery.add(name, point)
    return gallery


def test_identify_and_verify(gallery: Gallery) -> None:
    assert gallery.identify([0.5, 0]) == Match(0.25, "Amina")
    assert gallery.identify([2, 2]) == Match(5.0, None)  # nobody is near
    assert gallery.identify([1, 0]) == Match(1.0, None)  # the threshold itself is too far
    assert gallery.verify([0.5, 0], "Amina") == Match(0.25, "Amina")
    assert gallery.verify([0.5, 0], "Chen") == Match(9.25, None)


def test_a_second_picture_of_a_person(gallery: Gallery) -> None:
    gallery.add("Amina", [10, 10])
    assert len(gallery) == 4
    assert gallery.identify([10, 10.5]) == Match(0.25, "Amina")
    assert gallery.verify([0.5, 0], "Amina") == Match(0.25, "Amina")


def test_pictures_go_through_the_model() -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D()])
    gallery = Gallery(model, threshold=0.5)
    gallery.add("dark", np.full((8, 8, 3), 0.25))
    gallery.add("bright", np.ones(3))
    assert gallery.identify(np.full((8, 8, 3), 0.875)).name == "bright"
    np.testing.assert_allclose(gallery.embeddings, [[0.25] * 3, [1.0] * 3])


def test_saved_and_loaded(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add("Zoë 李", [7, 7])
    path = tmp_path / "door.gallery"
    gallery.save(path)
    again = Gallery.load(path)
    assert again.names == gallery.names
    assert again.threshold == 1.0
    np.testing.assert_array_equal(again.embeddings, gallery.embeddings)
    assert again.identify([7, 7.5]) == Match(0.25, "Zoë 李")
    assert [file.name for file in tmp_path.iterdir()] == ["door.gallery"]
    Gallery().save(path)
    assert len(Gallery.load(path)) == 0


def test_what_is_refused(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(CourselibError, match=r"gallery is empty. Add somebody first"):
        Gallery().identify([0, 0])
    with pytest.raises(CourselibError, match=r"Nobody is called 'Dina' in this gallery, .* Amina, Bruno, Chen"):
        gallery.verify([0, 0], "Dina")
    with pytest.raises(ValueError, match=r"or an embedding \(2,\). Received: shape \(3,\)"):
        gallery.add("Dina", [0, 0, 0])
    with pytest.raises(ValueError, match=r"has no model.*Received a picture of shape \(64, 64, 3\)"):
        gallery.identify(np.zeros((64, 64, 3)))
    with pytest.raises(CourselibError, match=r"written by Gallery.save. Received: .*nowhere.npz, which is missing"):
        Gallery.load(tmp_path / "nowhere.npz")
    (tmp_path / "text.npz").write_text("no gallery")
    np.savez(tmp_path / "other.npz", names=["Amina"])
    for name in ("text.npz", "other.npz"):
        with pytest.raises(CourselibError, match="no gallery, or damaged"):
            Gallery.load(tmp_path / name)
