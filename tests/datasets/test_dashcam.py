"""Rendered road scenes: the same for the same seed, with boxes that fit what is seen."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from courselib.datasets import _dashcam, _dashcam_render
from courselib.datasets._dashcam import dashcam_drive, load_dashcam
from courselib.datasets._dashcam_figures import random_motorcycle, random_person
from courselib.datasets._dashcam_render import Scene, render
from courselib.datasets._dashcam_scenery import Sign
from courselib.datasets._dashcam_streets import random_world
from courselib.datasets._dashcam_vehicles import BODIES, TRUCKS, Vehicle, car, truck
from courselib.datasets._dashcam_world import CAR, MOTORCYCLE, PEDESTRIAN, SCENERY, SIGN, TRUCK, Item, World
from courselib.datasets._detection_data import DetectionData

SIZE = (128, 192)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is read from the cache of whoever runs the tests."""
    monkeypatch.setenv("COURSELIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> DetectionData:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSELIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load_dashcam(80, seed=3)


@pytest.fixture
def plain() -> World:
    """A world by day, without shadows that could hide a thing's edges, seen by a camera without noise and blur."""
    world = random_world(np.random.default_rng(0))
    light = dataclasses.replace(world.light, lamps=False, wet=False, beam=0.0, haze=400.0, sun=np.zeros(3))
    return dataclasses.replace(world, light=light, lens=_clean(world), bend=0.0, items=())


def _clean(world: World) -> object:
    return world.lens._replace(noise=0.0, blur=0.0, bonnet=False, horizon=0.4, center=0.5, focal=0.9, height=1.4)


def seen(world: World, items: Sequence[Item]) -> Scene:
    return render(dataclasses.replace(world, items=tuple(items)), SIZE, np.random.default_rng(0))


def a_car(x: float, z: float, kind: str = "sedan", yaw: float = 0.0) -> Item:
    body = BODIES[kind]
    return Item(
        Vehicle(car(kind), (200, 30, 30), (1, 1, 1), 2 * body.half_width, body.height, body.length), x, z, yaw, CAR
    )


def a_truck(x: float, z: float, kind: str = "box", yaw: float = 0.0) -> Item:
    return Item(Vehicle(truck(kind), (30, 60, 160), (1, 1, 1), 2.4, 3.3, 8.0), x, z, yaw, TRUCK)


def same(a: DetectionData, b: DetectionData) -> bool:
    lists = zip([*a.boxes, *a.class_ids], [*b.boxes, *b.class_ids], strict=True)
    return np.array_equal(a.images, b.images) and all(np.array_equal(one, other) for one, other in lists)


def first(data: DetectionData, count: int) -> DetectionData:
    return data._replace(images=data.images[:count], boxes=data.boxes[:count], class_ids=data.class_ids[:count])


def test_what_is_returned(scenes: DetectionData) -> None:
    assert isinstance(scenes.images, np.ndarray)
    assert scenes.images.shape == (80, 128, 192, 3)
    assert scenes.images.dtype == np.uint8
    assert scenes.class_names == ("car", "truck", "pedestrian", "motorcycle", "traffic sign")
    assert len(scenes.boxes) == len(scenes.class_ids) == 80
    for boxes, class_ids in zip(scenes.boxes, scenes.class_ids, strict=True):
        assert (boxes.dtype, class_ids.dtype) == (np.float32, np.int64)
        assert boxes.shape == (len(class_ids), 4)


def test_every_box_is_inside_its_picture_and_at_least_seven_pixels_high(scenes: DetectionData) -> None:
    y1, x1, y2, x2 = np.concatenate(scenes.boxes).T
    assert min(y1.min(), x1.min()) >= 0
    assert y2.max() <= 128
    assert x2.max() <= 192
    assert (y2 - y1).min() >= 7
    assert (x2 - x1).min() > 0


def test_every_class_is_common_enough_to_be_learned(scenes: DetectionData) -> None:
    shares = np.bincount(np.concatenate(scenes.class_ids), minlength=5) / len(np.concatenate(scenes.class_ids))
    assert shares.argmax() == CAR
    assert shares.min() > 0.05
    assert 3 < np.mean([len(boxes) for boxes in scenes.boxes]) < 12


def test_the_pictures_are_day_and_night_and_all_different(scenes: DetectionData) -> None:
    assert isinstance(scenes.images, np.ndarray)
    brightness = scenes.images.mean(axis=(1, 2, 3))
    assert brightness.min() < 50
    assert brightness.max() > 110
    assert len({image.tobytes() for image in scenes.images}) == 80


def test_the_first_scenes_of_a_longer_call_are_those_of_a_shorter_one(scenes: DetectionData) -> None:
    assert same(first(scenes, 5), load_dashcam(5, seed=3))
    assert not same(first(scenes, 5), load_dashcam(5, seed=4))


_DIGEST = """
import hashlib, sys
from courselib.datasets._dashcam import dashcam_drive, load_dashcam
for data in (load_dashcam(4, seed=3), dashcam_drive(3, seed=1)):
    print(hashlib.sha256(b"".join(one.tobytes() for one in [data.images, *data.boxes, *data.class_ids])).hexdigest())
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def test_another_process_renders_the_same_bytes_and_does_not_import_tensorflow(tmp_path: Path) -> None:
    environment = {**os.environ, "COURSELIB_CACHE": str(tmp_path / "other"), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", _DIGEST]
    root = Path(__file__).parents[2]
    output = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout
    own = [
        hashlib.sha256(b"".join(one.tobytes() for one in [data.images, *data.boxes, *data.class_ids])).hexdigest()  # type: ignore[union-attr]
        for data in (load_dashcam(4, seed=3), dashcam_drive(3, seed=1))
    ]
    assert output.split() == [*own, "[]"]


def test_scenes_are_rendered_once(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = load_dashcam(3)
    assert len(list(own_cache.glob("dashcam-*.npz"))) == 1
    monkeypatch.setattr(_dashcam, "render", None)  # cannot be called
    assert same(rendered, load_dashcam(np.int64(3)))  # type: ignore[arg-type]


def test_no_scenes() -> None:
    images, boxes, class_ids, _ = load_dashcam(0, size=(64, 96))
    assert np.shape(images) == (0, 64, 96, 3)
    assert (boxes, class_ids) == ([], [])


def test_another_size_shows_the_same_places() -> None:
    small, large = load_dashcam(6, seed=3, size=(96, 144)), load_dashcam(6, seed=3, size=(192, 288))
    assert np.shape(small.images) == (6, 96, 144, 3)
    for image, other in zip(small.images, large.images, strict=True):
        halved = np.asarray(Image.fromarray(other).reduce(2), np.float32)
        assert np.corrcoef(halved.ravel(), image.ravel())[0, 1] > 0.9
    assert sum(map(len, large.boxes)) > sum(map(len, small.boxes))  # more are high enough


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_scenes": -1}, "`num_scenes` must be an integer from 0 on. Received: num_scenes=-1"),
        ({"num_scenes": 2.5}, "`num_scenes` must be an integer from 0 on. Received: num_scenes=2.5"),
        ({"num_scenes": True}, "`num_scenes` must be an integer from 0 on. Received: num_scenes=True"),
        ({"num_scenes": 2, "seed": -3}, "`seed` must be an integer from 0 on. Received: seed=-3"),
        (
            {"num_scenes": 2, "size": (128, 8)},
            "`size` must be a height and a width of at least 32 pixels. Received: size=(128, 8)",
        ),
        (
            {"num_scenes": 2, "size": 128},
            "`size` must be a height and a width of at least 32 pixels. Received: size=128",
        ),
        (
            {"num_scenes": 2, "size": (128,)},
            "`size` must be a height and a width of at least 32 pixels. Received: size=(128,)",
        ),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared below
        load_dashcam(**arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


THINGS = {
    **{f"car {kind}, yaw {yaw}": a_car(0.5, 9, kind, yaw) for kind in BODIES for yaw in (0.0, 0.7, 1.6, 3.1)},
    **{f"truck {kind}, yaw {yaw}": a_truck(-1, 15, kind, yaw) for kind in TRUCKS for yaw in (0.0, 1.5, 3.3)},
    **{
        f"motorcycle {seed}": Item(random_motorcycle(np.random.default_rng(seed)), 1, 8, 0.8 * seed, MOTORCYCLE)
        for seed in range(6)
    },
    **{
        f"person {seed}": Item(random_person(np.random.default_rng(seed)), -1, 7, 1.1 * seed, PEDESTRIAN)
        for seed in range(6)
    },
}


@pytest.mark.parametrize("name", THINGS)
def test_a_box_is_tight(name: str, plain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture changes within the box, up to its borders, and nowhere else, when the thing is put into it."""
    monkeypatch.setattr(_dashcam_render, "_shadows", lambda world, camera, seen: Image.new("L", camera.size[::-1]))
    scene = seen(plain, [THINGS[name]])
    changed = (scene.image != seen(plain, []).image).any(axis=-1)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    expected = [rows[0], columns[0], rows[-1] + 1, columns[-1] + 1]
    assert scene.class_ids.tolist() == [THINGS[name].class_id]
    np.testing.assert_allclose(scene.boxes, [expected], atol=1)
    assert (scene.boxes * 2 == np.rint(scene.boxes * 2)).all()


@pytest.mark.parametrize("seed", range(4))
def test_boxes_fit_in_crowded_scenes_too(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each box is what changes when one thing is taken out of the scene."""
    monkeypatch.setattr(_dashcam_render, "_shadows", lambda world, camera, seen: Image.new("L", camera.size[::-1]))
    world = random_world(np.random.default_rng([3, seed]))
    light = dataclasses.replace(world.light, lamps=False, wet=False, haze=400.0)
    world = dataclasses.replace(world, light=light, lens=_clean(world))  # type: ignore[arg-type]
    scene, footprints = seen(world, world.items), []
    for item in world.items:
        if item.class_id not in (SCENERY, SIGN):
            without = seen(world, [other for other in world.items if other is not item])
            changed = (scene.image != without.image).any(axis=-1)
            if changed.any():
                rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
                footprints.append((item.class_id, rows[0], columns[0], rows[-1] + 1, columns[-1] + 1))
    boxes = [(class_id, *box) for class_id, box in zip(scene.class_ids, scene.boxes, strict=True) if class_id != SIGN]
    assert boxes
    for box in boxes:
        assert min(np.abs(np.subtract(box, footprint)).max() for footprint in footprints) <= 1


def test_the_box_of_a_sign_is_its_plate(plain: World) -> None:
    scene = seen(plain, [Item(Sign("stop", 1.0, 2.2), 2.0, 8.0, class_id=SIGN)])
    (y1, x1, y2, x2) = scene.boxes[0]
    focal, horizon = 0.9 * 192, 0.4 * 128
    expected = [horizon - focal * 1.8 / 8, 96 + focal * 1.5 / 8, horizon - focal * 0.8 / 8, 96 + focal * 2.5 / 8]
    np.testing.assert_allclose([y1, x1, y2, x2], expected, atol=1)
    red, green, blue = scene.image[int(y1 + 4), int((x1 + x2) / 2)].astype(int)
    assert red > 2 * max(green, blue)


def test_what_is_hidden_has_no_box_and_what_is_half_hidden_a_smaller_one(plain: World) -> None:
    alone = seen(plain, [a_car(0, 22)]).boxes[0]
    hidden = seen(plain, [a_car(0, 22), a_truck(0, 12)])
    assert hidden.class_ids.tolist() == [TRUCK]
    half = seen(plain, [a_car(0, 22), a_truck(1.4, 12)])
    assert half.class_ids.tolist() == [CAR, TRUCK]
    np.testing.assert_array_equal(half.boxes[0, [0, 1, 2]], alone[[0, 1, 2]])
    assert 0.35 < (half.boxes[0, 3] - alone[1]) / (alone[3] - alone[1]) < 0.65


def test_what_is_small_or_mostly_outside_has_no_box(plain: World) -> None:
    assert seen(plain, [a_car(0, 30)]).class_ids.tolist() == [CAR]
    assert seen(plain, [a_car(0, 50)]).class_ids.tolist() == []
    assert seen(plain, [a_car(5.0, 10)]).class_ids.tolist() == [CAR]
    assert seen(plain, [a_car(6.6, 10)]).class_ids.tolist() == []


def test_a_truck_is_before_the_car_that_stands_beyond_it(plain: World) -> None:
    """Although the middle of the car is nearer than the middle of the truck."""
    lorry = a_truck(3.0, 14.0)
    with_car = seen(plain, [lorry, a_car(5.7, 12.5)])
    np.testing.assert_array_equal(with_car.boxes[with_car.class_ids == TRUCK], seen(plain, [lorry]).boxes)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    height, width = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0)
    areas = [np.prod(box[2:] - box[:2]) for box in (a, b)]
    return float(height * width / (sum(areas) - height * width))


def followed(data: DetectionData) -> float:
    """How many boxes are, in the next picture, nearly where they were."""
    found = []
    for index in range(len(data.boxes) - 1):
        for box, class_id in zip(data.boxes[index], data.class_ids[index], strict=True):
            later = data.boxes[index + 1][data.class_ids[index + 1] == class_id]
            found.append(max((iou(box, other) for other in later), default=0.0) > 0.4)
    return float(np.mean(found))


def test_a_drive_is_one_place_where_things_move(scenes: DetectionData) -> None:
    drive = dashcam_drive(30, seed=1)
    assert np.shape(drive.images) == (30, 128, 192, 3)
    assert followed(drive) > 0.8 > 0.3 > followed(first(scenes, 30))
    pixels = np.asarray(drive.images, np.float32).reshape(30, 32, 4, 48, 4, 3).mean(axis=(2, 4))  # without the noise
    next_frame, far_frame = (np.abs(pixels[step:] - pixels[:-step]).mean() for step in (1, 15))
    assert 0 < next_frame < 0.7 * far_frame
    assert not same(first(drive, 5), dashcam_drive(5, seed=2))


def test_wrong_arguments_of_a_drive() -> None:
    with pytest.raises(ValueError, match=r"^`num_frames` must be an integer from 0 on. Received: num_frames=-1$"):
        dashcam_drive(-1)
