"""Paintings, photographs and pictures of one's own."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from courselib.datasets._paintings import load_paintings, load_photographs
from courselib.datasets._paintings_file import load_picture
from courselib.errors import CourselibError

PAINTINGS = Path(__file__).parents[2].parent / "shared" / "data" / "paintings"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_five_paintings() -> None:
    paintings = load_paintings(size=64)
    assert list(paintings) == ["swirls", "stained glass", "woodcut waves", "abstract shapes", "hatching"]
    for painting in paintings.values():
        assert painting.shape == (64, 64, 3)
        assert painting.dtype == np.float32
        assert 0 <= painting.min() < 0.35
        assert 0.75 < painting.max() <= 1
        assert painting.std() > 0.1


def test_the_same_bytes_painted_again_and_from_the_cache(cache: Path) -> None:
    first = load_paintings(size=32, seed=1)
    kept = load_paintings(size=32, seed=1)
    for file in cache.iterdir():
        file.unlink()
    again = load_paintings(size=32, seed=1)
    for name in first:
        assert first[name].tobytes() == kept[name].tobytes() == again[name].tobytes()


def test_another_seed_gives_other_paintings_in_the_same_style() -> None:
    first, second = load_paintings(size=64, seed=0), load_paintings(size=64, seed=1)

    def style(painting: np.ndarray) -> np.ndarray:
        """How often each of 64 colours occurs: a style without places."""
        return np.histogramdd(painting.reshape(-1, 3), bins=4, range=[(0, 1)] * 3)[0].ravel() / 64**2

    for name, painting in first.items():
        assert np.abs(painting - second[name]).mean() > 0.02
        apart = {other: np.abs(style(painting) - style(image)).sum() for other, image in second.items()}
        assert min(apart, key=apart.__getitem__) == name


def test_photographs() -> None:
    photographs = load_photographs(size=48)
    assert list(photographs) == ["astronaut", "cat", "coffee", "flower", "pavilion", "rocket"]
    for photograph in photographs.values():
        assert photograph.shape == (48, 48, 3)
        assert photograph.dtype == np.float32
        assert 0 <= photograph.min() < photograph.max() <= 1
    np.testing.assert_allclose(photographs["astronaut"].mean(), data.astronaut().mean() / 255, atol=0.01)
    middle = data.coffee()[:, 100:500].mean(axis=(0, 1)) / 255  # 400 of 600 columns
    np.testing.assert_allclose(photographs["coffee"].mean(axis=(0, 1)), middle, atol=0.01)


@pytest.mark.parametrize("load", [load_paintings, load_photographs])
@pytest.mark.parametrize("size", [0, 31, 2049])
def test_sizes_out_of_range(load: object, size: int) -> None:
    with pytest.raises(ValueError, match=f"Expected a size from 32 to 2048 pixels. Received: size={size}"):
        load(size=size)  # type: ignore[operator]


def test_negative_seed() -> None:
    with pytest.raises(ValueError, match=r"Expected a seed from 0. Received: seed=-1"):
        load_paintings(seed=-1)


def stripes(path: Path) -> Path:
    """Red, green and blue beside each other, 90 x 30."""
    pixels = np.zeros((30, 90, 3), np.uint8)
    for i in range(3):
        pixels[:, 30 * i : 30 * (i + 1), i] = 255
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_of_ones_own(tmp_path: Path) -> None:
    picture = load_picture(stripes(tmp_path / "stripes.png"), size=40)
    assert picture.shape == (40, 40, 3)
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture[:, 2:-2].mean(axis=(0, 1)), (0, 1, 0), atol=0.01)


def test_a_whole_picture(tmp_path: Path) -> None:
    picture = load_picture(str(stripes(tmp_path / "stripes.png")), size=None)
    assert picture.shape == (30, 90, 3)
    assert picture[0, [0, 45, 89]].tolist() == np.eye(3).tolist()


def test_a_missing_picture(tmp_path: Path) -> None:
    with pytest.raises(CourselibError) as error:
        load_picture(tmp_path / "cat.jpg")
    assert str(error.value) == f"Cannot read the picture {tmp_path / 'cat.jpg'}: no such file or directory."


def test_no_picture(tmp_path: Path) -> None:
    (tmp_path / "cat.txt").write_text("meow")
    with pytest.raises(CourselibError) as error:
        load_picture(tmp_path / "cat.txt")
    assert str(error.value).endswith("cat.txt: no picture, or of a format that Pillow does not read.")


def test_a_damaged_picture(tmp_path: Path) -> None:
    Image.effect_noise((200, 200), 80).save(tmp_path / "cat.png")
    whole = (tmp_path / "cat.png").read_bytes()
    (tmp_path / "cat.png").write_bytes(whole[:5000])
    with pytest.raises(CourselibError, match=r"Cannot read the picture .*cat\.png: .*truncated"):
        load_picture(tmp_path / "cat.png")


def test_no_size(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Expected a size of at least 1 pixel, or None. Received: size=0"):
        load_picture(stripes(tmp_path / "stripes.png"), size=0)


@pytest.mark.skipif(not PAINTINGS.is_dir(), reason="needs ../shared/data/paintings")
def test_a_real_painting() -> None:
    wave = load_picture(PAINTINGS / "wave.jpg", size=256)
    assert wave.shape == (256, 256, 3)
    assert 0.1 < wave.std() < 0.5
