"""Rendered people: the same every time, one's pictures alike, two people's not; and the collections of photographs."""

import itertools
import subprocess
import sys
import urllib.request
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image

from courselib.datasets import _faces_names, _faces_people
from courselib.datasets._faces import Faces, load_faces, render_people
from courselib.datasets._faces_render import render
from courselib.errors import CourselibError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def easy() -> np.ndarray:
    """Twenty people, six pictures of each: (20, 6, 64, 64, 3) in [0, 1]."""
    return render_people(range(20), 6, 0, 0.35).reshape(20, 6, 64, 64, 3) / 255


@pytest.fixture(scope="module")
def hard() -> np.ndarray:
    return render_people(range(20), 6, 0, 1.0).reshape(20, 6, 64, 64, 3) / 255


def test_shapes_ranges_and_names() -> None:
    faces = load_faces(num_people=5, images_per_person=3, seed=0)
    assert faces.images.shape == (15, 64, 64, 3)
    assert faces.images.dtype == np.float32
    assert faces.images.min() >= 0
    assert 0.8 < faces.images.max() <= 1
    assert faces.identities.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert faces.identities.dtype == np.int64
    assert len(set(faces.names)) == 5
    assert all(len(name.split()) >= 2 for name in faces.names)


def test_the_same_bytes_rendered_again_and_from_the_cache(cache: Path) -> None:
    first = load_faces(num_people=3, images_per_person=3, seed=4)
    kept = load_faces(num_people=3, images_per_person=3, seed=4)
    for file in cache.iterdir():
        file.unlink()
    again = load_faces(num_people=3, images_per_person=3, seed=4)
    assert first.images.tobytes() == kept.images.tobytes() == again.images.tobytes()
    assert first.names == again.names


def test_more_people_and_more_pictures_begin_with_the_same_ones() -> None:
    few = load_faces(num_people=3, images_per_person=3)
    more = load_faces(num_people=7, images_per_person=5)
    of_the_same = more.images.reshape(7, 5, 64, 64, 3)[:3, :3].reshape(9, 64, 64, 3)
    assert of_the_same.tobytes() == few.images.tobytes()
    assert more.names[:3] == few.names


def test_another_seed_gives_other_people() -> None:
    first, second = (load_faces(num_people=4, images_per_person=1, seed=seed) for seed in (0, 1))
    assert np.abs(first.images - second.images).mean(axis=(1, 2, 3)).min() > 0.02
    assert first.names != second.names


def distances(faces: np.ndarray) -> tuple[float, float]:
    """The mean squared distance of two pictures of one person, and of two people."""
    people, pictures = faces.shape[:2]
    flat = faces.reshape(people * pictures, -1)
    apart = np.square(flat[:, None, ::7] - flat[None, :, ::7]).mean(-1)
    same = np.repeat(np.arange(people), pictures)
    alike = same[:, None] == same
    return float(apart[alike & ~np.eye(len(flat), dtype=bool)].mean()), float(apart[~alike].mean())


def test_people_differ_more_than_pictures_of_one(easy: np.ndarray, hard: np.ndarray) -> None:
    within, between = distances(easy)
    assert between > 2.5 * within
    within_hard, between_hard = distances(hard)
    assert between_hard > 1.2 * within_hard
    assert within_hard > 2 * within  # hard is harder


def nearest(faces: np.ndarray) -> float:
    """How often the person with the nearest mean of three pictures is the right one; chance is one in twenty."""
    known, asked = faces[:, :3].mean(1), faces[:, 3:]
    apart = np.square(asked[:, :, None] - known).mean(axis=(3, 4, 5))
    return float((apart.argmin(-1) == np.arange(20)[:, None]).mean())


def test_pixels_are_a_clue_and_not_enough(easy: np.ndarray, hard: np.ndarray) -> None:
    assert nearest(easy) > 0.7
    assert 0.2 < nearest(hard) < 0.6


def test_passport_pictures_of_one_person_are_the_same_but_for_noise() -> None:
    faces = render_people(range(6), 3, 0, 0.0).reshape(6, 3, -1) / 255.0
    assert faces.std(axis=1).max() < 0.03


def test_every_trait_of_a_person_is_seen() -> None:
    """With a trait of somebody else, somebody looks different."""
    people = [_faces_people.person(0, index) for index in range(24)]

    def draw(who: list[dict[str, object]]) -> np.ndarray:
        return render(who, [_faces_people.picture(0, index, 0, 0.0) for index in range(24)], 32)  # type: ignore[arg-type]

    usual = draw(people)
    for trait in sorted(people[0].keys() - {"masculine"}):  # which decides what the others may be, and the name
        swapped = [{**one, trait: other[trait]} for one, other in zip(people, people[1:] + people[:1], strict=True)]
        assert np.abs(draw(swapped).astype(int) - usual).max() > 4, trait


def test_names_are_never_of_one_culture_and_never_twice() -> None:
    given = {culture: {*women.split(), *men.split()} for culture, (women, men, _) in _faces_names._NAMES.items()}
    names = _faces_names.names_for(0, [bool(i % 2) for i in range(3000)])
    assert len(set(names)) == 3000
    for name in names[:300]:
        first, family = name.split(" ", 1)
        cultures = {culture for culture, firsts in given.items() if first in firsts}
        families = {c for c, (_, _, all_) in _faces_names._NAMES.items() if family.replace(" ", "_") in all_.split()}
        assert cultures
        assert families
        assert any(a != b for a, b in itertools.product(cultures, families))
    longer = _faces_names.names_for(0, [False] * 13000)
    assert len(set(longer)) == 13000
    assert longer[-1].endswith(" 2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"num_people": "lfv"},
            "Expected a number of people to render, or the name of a collection: 'lfw' or 'olivetti'",
        ),
        ({"num_people": "lfv"}, "Received: num_people='lfv'. For a folder of your own: load_face_folder(path)."),
        ({"num_people": 0}, "Expected a whole number of at least 1 for `num_people`. Received: num_people=0."),
        ({"num_people": 2.5}, "Received: num_people=2.5."),
        ({"images_per_person": 0}, "at least 1 for `images_per_person`. Received: images_per_person=0."),
        ({"num_people": "lfw", "images_per_person": 0}, "Received: images_per_person=0."),
        ({"seed": -1}, "at least 0 for `seed`. Received: seed=-1."),
        ({"nuisance": 1.5}, "from 0 (passport pictures) to 1 (hard). Received: nuisance=1.5."),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        load_faces(**arguments)  # type: ignore[arg-type]
    assert message in str(error.value)


@pytest.fixture
def scikit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """scikit-learn's folder for downloads, empty; and no way to the internet."""
    folder = tmp_path / "scikit_learn_data"
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(folder))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)  # the one that is kept read the environment earlier
    return folder


@pytest.mark.parametrize(
    ("collection", "what"),
    [("lfw", "Labeled Faces in the Wild (about 200 MB)"), ("olivetti", "the Olivetti faces (4 MB)")],
)
def test_without_the_internet(collection: str, what: str, scikit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CourselibError) as error:
        load_faces(collection)
    text = str(error.value)
    assert text.startswith(f"Cannot get {what}: ")
    assert "refused" in text
    assert text.endswith(
        "They are downloaded once, so this needs the internet: connect and try again, or use load_faces() (rendered "
        "people) or load_face_folder(path) (your own photographs)."
    )


@pytest.fixture
def lfw(scikit: Path) -> None:
    """Stand-ins for the photographs, in the form in which scikit-learn keeps them."""
    home = scikit / "lfw_home"
    home.mkdir(parents=True)
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (home / name).touch()
    for person, number, shade in (("Ada_Byron", 3, 40), ("Emmy_Noether", 2, 120), ("Sofya_Kovalevskaya", 4, 200)):
        folder = home / "lfw_funneled" / person
        folder.mkdir(parents=True)
        for i in range(number):
            photograph = np.zeros((250, 250, 3), np.uint8)
            photograph[62:187, 62:187] = (shade, 90, 10 * i)
            Image.fromarray(photograph).save(folder / f"{person}_{i + 1:04d}.jpg", quality=95)


@pytest.mark.usefixtures("lfw")
def test_lfw() -> None:
    faces = load_faces("lfw", images_per_person=3)
    assert faces.names == ("Ada Byron", "Sofya Kovalevskaya")
    assert faces.identities.tolist() == [0, 0, 0, 1, 1, 1]
    assert (faces.images.shape, faces.images.dtype) == ((6, 64, 64, 3), np.float32)
    middle = faces.images[:, 32, 32] * 255
    assert middle[:, 0] == pytest.approx([40] * 3 + [200] * 3, abs=6)
    assert faces.images[:, 2, 2, 0].min() > 0.1  # the dark border is cut off


@pytest.mark.usefixtures("lfw")
def test_lfw_with_too_few_photographs() -> None:
    with pytest.raises(CourselibError) as error:
        load_faces("lfw", images_per_person=9)
    assert "Nobody in Labeled Faces in the Wild has 9 photographs. Ask for fewer" in str(error.value)


def olivetti(scikit: Path) -> np.ndarray:
    scikit.mkdir()
    pixels = np.random.default_rng(0).random((400, 4096), np.float32)
    pixels[0, :2] = 0, 1  # scikit-learn stretches the numbers to this range
    joblib.dump(pixels, scikit / "olivetti_py3.pkz", compress=6)
    return pixels.reshape(400, 64, 64)


def test_olivetti(scikit: Path) -> None:
    pixels = olivetti(scikit)
    faces: Faces = load_faces("olivetti", images_per_person=4)
    assert faces.images.shape == (160, 64, 64, 3)
    assert faces.images.dtype == np.float32
    assert faces.identities.tolist() == [person for person in range(40) for _ in range(4)]
    assert faces.names[0] == "person 1"
    assert faces.names[39] == "person 40"
    assert any(np.array_equal(faces.images[5, :, :, 2], person) for person in (pixels[11], pixels[11].T))
    with pytest.raises(CourselibError, match="Nobody in the Olivetti faces has 11 photographs"):
        load_faces("olivetti", images_per_person=11)


def test_no_tensorflow(cache: Path) -> None:
    code = (
        "import sys; from courselib.datasets._faces import load_faces; import courselib.datasets._paintings; "
        "import courselib.datasets._face_folder, courselib.datasets._signals, courselib.datasets._volumes; "
        "load_faces(1, 1); print([name for name in ('tensorflow', 'keras', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
