"""CIFAR-10 from a stand-in of its archive: what Keras downloads becomes labelled pictures, and what fails is said."""

import hashlib
import io
import pickle
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from courselib.datasets._cifar import load_cifar10
from courselib.datasets._images import LabelledImages
from courselib.errors import CourselibError

pytestmark = pytest.mark.tensorflow

Serve = Callable[[str, str], None]
RED, GREEN = 3, 5  # labels


def archive(path: Path) -> Path:
    """The archive's files with one picture each, which Keras repeats 10,000 times; red above, green to the right."""
    picture = np.zeros((1, 3, 32, 32), np.uint8)
    picture[:, 0, :16], picture[:, 1, :, 16:] = 255, 51
    with tarfile.open(path, "w:gz") as tar:
        for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
            label = RED if name == "data_batch_1" else GREEN
            content = pickle.dumps({b"data": picture.reshape(1, 3072), b"labels": [label]}, protocol=4)
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Let Keras fetch the archive from another address, with another hash, into an empty folder."""
    import keras
    from keras.src.datasets import cifar10

    def other(origin: str, file_hash: str) -> None:
        def get_file(**settings: object) -> str:
            assert settings["file_hash"], "Keras no longer verifies the archive"
            here = {"origin": origin, "file_hash": file_hash, "cache_dir": str(tmp_path / "keras")}
            return str(keras.utils.get_file(**{**settings, **here}))

        monkeypatch.setattr(cifar10, "get_file", get_file)

    (tmp_path / "keras").mkdir()
    return other


def served(serve: Serve, tmp_path: Path) -> LabelledImages:
    path = archive(tmp_path / "cifar-10-python.tar.gz")
    serve(path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest())
    return load_cifar10()


@pytest.mark.parametrize("channels", ["channels_last", "channels_first"])
def test_pictures_and_labels(serve: Serve, tmp_path: Path, channels: str) -> None:
    import keras

    before = keras.config.image_data_format()
    keras.config.set_image_data_format(channels)
    try:
        images = served(serve, tmp_path)
    finally:
        keras.config.set_image_data_format(before)
    assert images.x_train.shape == (50000, 32, 32, 3)
    assert images.x_test.shape == (1, 32, 32, 3)
    assert [array.dtype for array in images[:4]] == [np.float32, np.int64, np.float32, np.int64]
    np.testing.assert_allclose(images.x_train[-1, 0, 31], [1, 0.2, 0])
    np.testing.assert_allclose(images.x_train[-1, 31, 0], [0, 0, 0])
    np.testing.assert_array_equal(images.y_train, [RED] * 10000 + [GREEN] * 40000)
    np.testing.assert_array_equal(images.y_test, [GREEN])
    assert images.class_names[RED] == "cat"
    assert len(images.class_names) == 10


def test_without_the_internet(serve: Serve) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        serve(f"http://127.0.0.1:{closed.getsockname()[1]}/cifar-10-python.tar.gz", "0" * 64)
        with pytest.raises(CourselibError, match=r"^CIFAR-10 could not be loaded: .*refused") as caught:
            load_cifar10()
    message = str(caught.value)
    assert "It needs the internet once, for a download of 170 MB." in message
    assert "use what courselib brings along: load_digits() or load_signs()" in message
    assert "\n" not in message


def test_another_file_than_the_published_one(serve: Serve, tmp_path: Path) -> None:
    path = archive(tmp_path / "forged.tar.gz")
    serve(path.as_uri(), hashlib.sha256(b"the published one").hexdigest())
    with pytest.raises(CourselibError, match=r"CIFAR-10 could not be loaded: .*corrupted.* load_digits\(\)"):
        load_cifar10()


def test_an_archive_without_the_pictures(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "empty.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass
    serve(path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(CourselibError, match=r"CIFAR-10 could not be loaded: .*data_batch_1"):
        load_cifar10()
