"""Faces of one's own: a folder per person, any format, and clear words about what is no picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from courselib.datasets._face_folder import load_face_folder
from courselib.errors import CourselibError

ATT_FACES = Path(__file__).parents[2].parent / "shared" / "data" / "att_faces"
RED = (220, 30, 30)


def save(path: Path, colour: object = RED, size: tuple[int, int] = (90, 110), mode: str = "RGB", **how: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **how)  # type: ignore[arg-type]


def test_people_and_pictures_in_the_order_of_their_names(tmp_path: Path) -> None:
    for person, pictures in {"Zoe": ["b.png", "a.png"], "Ada": ["1.png"], "Björn Ito": ["x.png"]}.items():
        for name in pictures:
            save(tmp_path / person / name, (len(person) * 20, ord(name[0]), 0))
    faces = load_face_folder(tmp_path)
    assert faces.names == ("Ada", "Björn Ito", "Zoe")
    assert faces.identities.tolist() == [0, 1, 2, 2]
    assert faces.identities.dtype == np.int64
    assert faces.images.shape == (4, 64, 64, 3)
    assert faces.images.dtype == np.float32
    shades = np.array([(60, ord("1"), 0), (180, ord("x"), 0), (60, ord("a"), 0), (60, ord("b"), 0)]) / 255
    np.testing.assert_allclose(faces.images.mean(axis=(1, 2)), shades, atol=1e-4)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tiff", "a.ppm", "A.JPEG"])
def test_formats(tmp_path: Path, name: str) -> None:
    save(tmp_path / "Ada" / name)
    np.testing.assert_allclose(load_face_folder(tmp_path).images[0, 10, 10] * 255, RED, atol=4)


@pytest.mark.parametrize(
    ("mode", "colour", "name", "seen"),
    [
        ("L", 51, "a.pgm", (51, 51, 51)),
        ("L", 51, "a.gif", (51, 51, 51)),
        ("1", 1, "a.png", (255, 255, 255)),
        ("I;16", 257 * 51, "a.png", (51, 51, 51)),
        ("RGBA", (*RED, 255), "a.png", RED),
        ("RGBA", (*RED, 0), "a.png", (255, 255, 255)),  # transparent is white
        ("CMYK", (0, 255, 255, 0), "a.jpg", (254, 0, 0)),
    ],
)
def test_kinds_of_colour(tmp_path: Path, mode: str, colour: object, name: str, seen: tuple[int, ...]) -> None:
    save(tmp_path / "Ada" / name, colour, mode=mode)
    np.testing.assert_allclose(load_face_folder(tmp_path).images[0, 32, 32] * 255, seen, atol=3)


def test_the_middle_square_is_taken_and_phones_photographs_stand_upright(tmp_path: Path) -> None:
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, 20:80] = 255  # the square in the middle
    pixels[:30, 20:80, 1:] = 0  # red above, white below
    (tmp_path / "Ada").mkdir()
    picture = Image.fromarray(pixels)
    picture.save(tmp_path / "Ada" / "1.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # held a quarter turn to the left
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "Ada" / "2.jpg", exif=turned, quality=95)
    for image in load_face_folder(tmp_path).images:
        np.testing.assert_allclose(image[4:28, 4:-4].mean(axis=(0, 1)), (1, 0, 0), atol=0.03)
        np.testing.assert_allclose(image[36:-4, 4:-4].mean(axis=(0, 1)), (1, 1, 1), atol=0.03)


def test_hidden_files_and_what_file_managers_leave_are_skipped(tmp_path: Path) -> None:
    save(tmp_path / "Ada" / "1.png")
    save(tmp_path / ".git" / "1.png")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "Ada" / name).write_text("no picture")
    (tmp_path / "README.txt").write_text("who these people are")
    faces = load_face_folder(str(tmp_path))
    assert (faces.names, len(faces.images)) == (("Ada",), 1)


def test_bad_files_are_named(tmp_path: Path) -> None:
    save(tmp_path / "Ada" / "1.png")
    save(tmp_path / "Ada" / "2.png", size=(300, 300))
    whole = (tmp_path / "Ada" / "2.png").read_bytes()
    (tmp_path / "Ada" / "2.png").write_bytes(whole[: len(whole) // 2])
    save(tmp_path / "Zoe" / "1.png")
    (tmp_path / "Zoe" / "notes.txt").write_text("met her in June")
    (tmp_path / "Zoe" / "empty.jpg").touch()
    with pytest.raises(CourselibError) as error:
        load_face_folder(tmp_path)
    text = str(error.value)
    assert text.startswith(f"Cannot read 3 of the files in {tmp_path}: Ada/2.png (")
    assert "truncated" in text
    unknown = "(no picture, or of a format that Pillow does not read)"
    assert text.endswith(f"Zoe/empty.jpg {unknown}, Zoe/notes.txt {unknown}. Remove or replace them.")


def test_many_bad_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / "Ada").mkdir()
    for i in range(8):
        (tmp_path / "Ada" / f"{i}.jpg").touch()
    with pytest.raises(CourselibError, match=r"Cannot read 8 of .* Ada/4\.jpg \([^)]*\) and 3 more\. Remove"):
        load_face_folder(tmp_path)


def test_no_people(tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    with pytest.raises(CourselibError) as error:
        load_face_folder(tmp_path)
    assert str(error.value) == (
        f"Expected a folder per person in {tmp_path}, and found none. Put the pictures of each person in a folder."
    )


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(
        CourselibError, match=r"Expected a folder with a folder per person. Received: .*/people, which is no"
    ):
        load_face_folder(tmp_path / "people")


def test_a_person_without_pictures(tmp_path: Path) -> None:
    save(tmp_path / "Ada" / "1.png")
    (tmp_path / "Emmy").mkdir()
    (tmp_path / "Zoe").mkdir()
    with pytest.raises(CourselibError, match=r"No pictures of Emmy, Zoe in .* Add some, or remove the empty folders"):
        load_face_folder(tmp_path)


@pytest.mark.skipif(not ATT_FACES.is_dir(), reason="needs ../shared/data/att_faces")
def test_real_photographs() -> None:
    faces = load_face_folder(ATT_FACES)
    assert faces.images.shape == (400, 64, 64, 3)
    assert np.bincount(faces.identities).tolist() == [10] * 40
    assert faces.names[:2] == ("s01", "s02")
    assert np.array_equal(faces.images[..., 0], faces.images[..., 2])  # gray
    people = faces.images.reshape(40, 10, -1)
    apart = np.square(people[:, 5:, None] - people[:, :5].mean(1)).mean(-1)
    assert (apart.argmin(-1) == np.arange(40)[:, None]).mean() > 0.8  # the pictures are with the right people
