"""Folders of pictures with boxes: three formats, and what is said about bad files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from courselib.datasets._detection_data import DetectionData
from courselib.datasets._detection_folder import load_detection_folder
from courselib.errors import CourselibError

# Corners (x1, y1, x2, y2) in pixels and class names, by picture: (width, height).
PICTURES = {"ape": (40, 30), "bee": (64, 48), "cow": (20, 20)}
OBJECTS = {
    "ape": [((4, 6, 20, 26), "cat"), ((0, 0, 40, 30), "dog")],
    "bee": [((10, 8, 42, 40), "cat")],
    "cow": [],
}


def _pictures(folder: Path) -> None:
    folder.mkdir(parents=True)
    for index, (name, (width, height)) in enumerate(PICTURES.items()):
        Image.new("RGB", (width, height), (40 * index, 100, 200)).save(folder / f"{name}.png")


def _voc_object(box: tuple[float, ...], name: str) -> str:
    x1, y1, x2, y2 = box
    corners = f"<xmin>{x1 + 1}</xmin><ymin>{y1 + 1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
    return f"<object><name>{name}</name><bndbox>{corners}</bndbox></object>"


def voc(folder: Path) -> Path:
    _pictures(folder / "images")
    (folder / "annotations").mkdir()
    for name, (width, height) in PICTURES.items():
        objects = "".join(_voc_object(box, label) for box, label in OBJECTS[name])
        size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
        text = f"<annotation><filename>{name}.png</filename>{size}{objects}</annotation>"
        (folder / "annotations" / f"{name}.xml").write_text(text)
    return folder


def coco_data() -> dict[str, Any]:
    ids = {"cat": 3, "dog": 7}
    images = [
        {"id": 10 + index, "file_name": f"{name}.png", "width": size[0], "height": size[1]}
        for index, (name, size) in enumerate(PICTURES.items())
    ]
    annotations = [
        {
            "id": 100 + 10 * index + number, "image_id": 10 + index, "category_id": ids[label],
            "bbox": [x1, y1, x2 - x1, y2 - y1], "iscrowd": 0,
        }
        for index, name in enumerate(PICTURES)
        for number, ((x1, y1, x2, y2), label) in enumerate(OBJECTS[name])
    ]  # fmt: skip
    categories = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]
    return {"images": images, "annotations": annotations, "categories": categories}


def coco(folder: Path) -> Path:
    _pictures(folder / "images")
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances.json").write_text(json.dumps(coco_data()))
    return folder


def yolo(folder: Path) -> Path:
    _pictures(folder / "images")
    (folder / "labels").mkdir()
    for name in ("ape", "bee"):  # the cow has no file: a picture without objects
        width, height = PICTURES[name]
        lines = [
            f"{['cat', 'dog'].index(label)} {(x1 + x2) / 2 / width} {(y1 + y2) / 2 / height} "
            f"{(x2 - x1) / width} {(y2 - y1) / height}"
            for (x1, y1, x2, y2), label in OBJECTS[name]
        ]
        (folder / "labels" / f"{name}.txt").write_text("\n".join(lines) + "\n\n")
    (folder / "data.yaml").write_text("names: [cat, dog]\n")
    return folder


WRITERS: dict[str, Callable[[Path], Path]] = {"voc": voc, "coco": coco, "yolo": yolo}


def assert_whole(data: DetectionData) -> None:
    assert data.class_names == ("cat", "dog")
    assert [image.shape[:2] for image in data.images] == [(height, width) for width, height in PICTURES.values()]
    for index, (name, objects) in enumerate(OBJECTS.items()):
        assert data.images[index].dtype == np.uint8
        assert data.images[index][0, 0].tolist() == [40 * index, 100, 200], name
        corners = np.array([box for box, _ in objects], np.float32).reshape(-1, 4)[:, [1, 0, 3, 2]]
        np.testing.assert_allclose(data.boxes[index], corners, atol=1e-4)
        assert (data.boxes[index].dtype, data.class_ids[index].dtype) == (np.float32, np.int64)
        assert data.class_ids[index].tolist() == [["cat", "dog"].index(label) for _, label in objects]


@pytest.mark.parametrize("format", WRITERS)
def test_the_same_boxes_from_every_format(format: Any, tmp_path: Path) -> None:
    assert_whole(load_detection_folder(WRITERS[format](tmp_path / "data"), format))


def test_all_files_in_one_folder(tmp_path: Path) -> None:
    folder = voc(tmp_path / "data")
    for file in [*folder.glob("*/*")]:
        file.rename(folder / file.name)
    (folder / "images").rmdir()
    (folder / "annotations").rmdir()
    assert_whole(load_detection_folder(str(folder), "voc"))


def test_the_json_file_itself(tmp_path: Path) -> None:
    assert_whole(load_detection_folder(coco(tmp_path / "data") / "annotations" / "instances.json", "coco"))


def test_two_json_files(tmp_path: Path) -> None:
    folder = coco(tmp_path / "data")
    shutil.copy(folder / "annotations" / "instances.json", folder / "annotations" / "a.json")
    message = f"{folder} has 2 JSON files (a.json, instances.json). Give the path of one of them."
    with pytest.raises(CourselibError) as error:
        load_detection_folder(folder, "coco")
    assert str(error.value) == message


def test_crowds_are_left_out(tmp_path: Path) -> None:
    folder = coco(tmp_path / "data")
    data = coco_data()
    data["annotations"].append({"id": 1, "image_id": 12, "category_id": 3, "iscrowd": 1, "bbox": [0, 0, 9, 9]})
    (folder / "annotations" / "instances.json").write_text(json.dumps(data))
    assert_whole(load_detection_folder(folder, "coco"))


@pytest.mark.parametrize("text", ["names: {0: cat, 1: dog}\nnc: 2", "names:\n- cat\n- dog\n"])
def test_ways_to_write_class_names(text: str, tmp_path: Path) -> None:
    folder = yolo(tmp_path / "data")
    (folder / "data.yaml").write_text(text)
    assert_whole(load_detection_folder(folder, "yolo"))


def test_class_names_beside_the_labels(tmp_path: Path) -> None:
    folder = yolo(tmp_path / "data")
    (folder / "data.yaml").unlink()
    assert load_detection_folder(folder, "yolo").class_names == ("0", "1")
    assert load_detection_folder(folder, "yolo", class_names=["x", "y"]).class_names == ("x", "y")
    (folder / "labels" / "classes.txt").write_text("cat\ndog\n")
    assert_whole(load_detection_folder(folder, "yolo"))


@pytest.mark.parametrize("format", ["voc", "coco"])
def test_own_order_of_the_classes(format: Any, tmp_path: Path) -> None:
    data = load_detection_folder(WRITERS[format](tmp_path / "data"), format, class_names=["emu", "dog", "cat"])
    assert data.class_names == ("emu", "dog", "cat")
    assert [ids.tolist() for ids in data.class_ids] == [[2, 1], [2], []]


def _edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1))

    return damage


def _remove(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


def _cut(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).write_bytes((folder / path).read_bytes()[:-40])


def _coco_edit(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = coco_data()
        change(data)
        (folder / "annotations" / "instances.json").write_text(json.dumps(data))

    return damage


XML = "annotations/bee.xml"
_BOMB = '<!DOCTYPE a [<!ENTITY b "boom">]><annotation>&b;</annotation>'
DAMAGES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "picture missing": ("voc", _remove("images/bee.png"), "bee.xml: its picture bee.png is missing"),
    "picture cut": ("voc", _cut("images/bee.png"), "bee.xml: its picture bee.png cannot be read ("),
    "picture elsewhere": (
        "voc", _edit(XML, "bee.png", "../../bee.png"), "bee.xml: its picture '../../bee.png' is not in images",
    ),
    "XML cut": ("voc", _cut(XML), "bee.xml: it is not well-formed XML (no element found: line 1, column"),
    "XML empty": ("voc", lambda f: (f / XML).write_text(""), "bee.xml: it is not well-formed XML (no element found"),
    "XML bomb": (
        "voc", lambda f: (f / XML).write_text(_BOMB),
        "bee.xml: it declares a document type, which annotations do not need",
    ),
    "XML bomb in UTF-16": (
        "voc", lambda f: (f / XML).write_bytes(_BOMB.encode("utf-16")),
        "bee.xml: it declares a document type, which annotations do not need",
    ),
    "no bndbox": ("voc", _edit(XML, "bndbox>", "box>"), "bee.xml: it is not well-formed XML (mismatched tag"),
    "object without a box": (
        "voc", _edit(XML, "</annotation>", "<object><name>cat</name></object></annotation>"),
        "bee.xml: an object has no bndbox",
    ),
    "no number": ("voc", _edit(XML, "<xmin>11", "<xmin>ten"), "bee.xml: xmin is not a number but 'ten'"),
    "no corner": ("voc", _edit(XML, "<xmin>11</xmin>", ""), "bee.xml: xmin is not a number but None"),
    "no name": ("voc", _edit(XML, "<name>cat</name>", ""), "bee.xml: an object has no name"),
    "inverted": (
        "voc", _edit(XML, "<xmax>42", "<xmax>6"),
        "bee.xml: the box x 10 to 6, y 8 to 40 has no area: its corners are inverted or equal",
    ),
    "outside": (
        "voc", _edit(XML, "<xmax>42", "<xmax>66"),
        "bee.xml: the box x 10 to 66, y 8 to 40 is outside the picture of 64 x 48 pixels",
    ),
    "not finite": (
        "voc", _edit(XML, "<xmax>42", "<xmax>nan"), "bee.xml: the box x 10 to nan, y 8 to 40 is not finite",
    ),
    "another size": (
        "voc", _edit(XML, "<width>64", "<width>128"),
        "bee.xml: it is for a picture of 128 x 48 pixels, but 64 x 48 is the picture's size",
    ),
    "COCO picture missing": ("coco", _remove("images/bee.png"), "bee.png: its picture bee.png is missing"),
    "COCO picture elsewhere": (
        "coco", _coco_edit(lambda data: data["images"][1].update(file_name="../x.png")),
        "../x.png: its picture '../x.png' is not in images",
    ),
    "COCO class": (
        "coco", _coco_edit(lambda data: data["annotations"][2].update(category_id=[9])),
        "bee.png: annotation 110 has the unknown class [9]",
    ),
    "COCO box": (
        "coco", _coco_edit(lambda data: data["annotations"][2].update(bbox=[1, 2, 3])),
        "bee.png: annotation 110 has no bbox of four numbers but [1, 2, 3]",
    ),
    "COCO negative width": (
        "coco", _coco_edit(lambda data: data["annotations"][2].update(bbox=[10, 8, -5, 9])),
        "bee.png: the box x 10 to 5, y 8 to 17 has no area: its corners are inverted or equal",
    ),
    "COCO image not listed": (
        "coco", _coco_edit(lambda data: data["annotations"].append({"id": 5, "image_id": 99})),
        "instances.json, annotation 5: it is for the image 99, which the file does not list",
    ),
    "YOLO picture missing": ("yolo", _remove("images/bee.png"), "bee.txt: its picture bee.jpg is missing"),
    "YOLO line": (
        "yolo", _edit("labels/bee.txt", "0 ", "0 0.5 "),
        "bee.txt: line 1 is not a class number and four numbers but '0 0.5 0.40625 0.5 0.5 0.66666",
    ),
    "YOLO word": ("yolo", _edit("labels/bee.txt", "0 ", "cat "), "bee.txt: line 1 is not a class number and four"),
    "YOLO class": ("yolo", _edit("labels/bee.txt", "0 ", "2 "), "bee.txt: line 1 has the unknown class 2"),
    "YOLO class below 0": ("yolo", _edit("labels/bee.txt", "0 ", "-1 "), "bee.txt: line 1 has the unknown class -1"),
    "YOLO in pixels": (
        "yolo", _edit("labels/bee.txt", "0.40625", "26"),
        "bee.txt: the box x 1648 to 1680, y 8 to 40 is outside the picture of 64 x 48 pixels",
    ),
    "YOLO bytes": (
        "yolo", lambda f: (f / "labels/bee.txt").write_bytes(b"\xff\xfe\x00"), "bee.txt: it cannot be read as text (",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_file_is_named_and_can_be_left_out(damage: str, tmp_path: Path) -> None:
    format, spoil, message = DAMAGES[damage]
    folder = WRITERS[format](tmp_path / "data")
    spoil(folder)
    total = 4 if "not listed" in damage else 3
    with pytest.raises(CourselibError) as error:
        load_detection_folder(folder, format)  # type: ignore[arg-type]
    text = str(error.value)
    assert text.startswith(f"{folder}: 1 of {total} annotations are bad: {message}")
    assert text.endswith(". Correct them, or leave them out with skip_bad=True.")
    assert "\n" not in text
    with pytest.warns(UserWarning, match="left out") as warned:
        data = load_detection_folder(folder, format, skip_bad=True)  # type: ignore[arg-type]
    assert len(warned) == 1
    assert str(warned[0].message).startswith(f"{folder}: left out 1 of {total} annotations are bad:\n  {message}")
    assert len(data.images) == total - 1
    assert data.class_ids[0].tolist() == [0, 1]


def test_an_unknown_class(tmp_path: Path) -> None:
    folder = voc(tmp_path / "data")
    with pytest.raises(
        CourselibError, match=r"2 of 3 annotations are bad: ape.xml: unknown class 'cat', expected one of dog, emu;"
    ):
        load_detection_folder(folder, "voc", class_names=["dog", "emu"])


def test_boxes_may_reach_a_pixel_over_the_border(tmp_path: Path) -> None:
    folder = voc(tmp_path / "data")
    _edit(XML, "<xmin>11</xmin><ymin>9", "<xmin>0</xmin><ymin>0")(folder)
    _edit(XML, "<xmax>42</xmax><ymax>40", "<xmax>65</xmax><ymax>49")(folder)
    assert load_detection_folder(folder, "voc").boxes[1].tolist() == [[0, 0, 48, 64]]


def test_ten_bad_files_are_named_and_the_others_counted(tmp_path: Path) -> None:
    folder = voc(tmp_path / "data")
    for index in range(14):
        (folder / "annotations" / f"x{index:02}.xml").write_text("<annotation>")
    with pytest.raises(CourselibError) as error:
        load_detection_folder(folder, "voc")
    text = str(error.value)
    assert "14 of 17 annotations are bad: x00.xml: " in text
    assert "; x09.xml: " in text
    assert "x10.xml" not in text
    assert "; and 4 more. Correct them" in text
    with pytest.warns(UserWarning, match="x13.xml: it is not well-formed XML"):
        assert_whole(load_detection_folder(folder, "voc", skip_bad=True))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "JSONDecodeError: "),
        ("[]", "TypeError: "),
        ('{"images": []}', "KeyError: 'categories'"),
        ('{"categories": [], "images": [{"id": 1}], "annotations": []}', "KeyError: 'file_name'"),
        ('{"categories": [], "images": [], "annotations": [{"id": 1}]}', "KeyError: 'image_id'"),
        ("[" * 100_000, "RecursionError: "),
    ],
)
def test_a_file_that_is_not_coco(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CourselibError) as error:
        load_detection_folder(tmp_path, "coco")
    assert str(error.value).startswith(f"{tmp_path / 'a.json'} is not a COCO file ({problem}")
    assert str(error.value).endswith("): expected JSON with the lists images, annotations and categories.")


@pytest.mark.parametrize("text", ["nc: 2", "names: cat", "names: [", "names: {1: cat}", "[]"])
def test_bad_class_names(text: str, tmp_path: Path) -> None:
    folder = yolo(tmp_path / "data")
    (folder / "data.yaml").write_text(text)
    with pytest.raises(CourselibError) as error:
        load_detection_folder(folder, "yolo")
    assert str(error.value).startswith(f"{folder / 'data.yaml'} does not give the class names (")
    assert str(error.value).endswith("): expected `names:` with a list, or with names by number from 0.")


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("voc", "XML files in annotations/ and pictures in images/"),
        ("coco", "one JSON file with images, annotations and categories"),
        ("yolo", "pictures in images/ and text files in labels/"),
    ],
)
def test_a_folder_of_something_else(format: Any, expected: str, tmp_path: Path) -> None:
    with pytest.raises(CourselibError) as error:
        load_detection_folder(tmp_path, format)
    assert str(error.value) == f"{tmp_path} has no annotations in the format '{format}': expected {expected}."


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CourselibError) as error:
        load_detection_folder(tmp_path / "nowhere", "voc")
    assert str(error.value) == (
        f"There is no folder {tmp_path / 'nowhere'}. Give the path of a folder with pictures and boxes."
    )


def test_no_such_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'^`format` must be "voc", "coco" or "yolo". Received: format=\'kitti\'$'):
        load_detection_folder(tmp_path, "kitti")  # type: ignore[arg-type]


RACCOONS = Path(__file__).parents[2].parent / "shared" / "data" / "raccoons"
needs_raccoons = pytest.mark.skipif(not RACCOONS.is_dir(), reason="the photographs of raccoons are not here")


@needs_raccoons
def test_real_photographs() -> None:
    images, boxes, class_ids, class_names = load_detection_folder(RACCOONS, "voc")
    assert class_names == ("raccoon",)
    assert len(images) == len(boxes) == len(class_ids) == 200
    assert sum(map(len, boxes)) == 217
    for image, corners in zip(images, boxes, strict=True):
        assert (corners >= 0).all()
        assert (corners[:, 2:] <= image.shape[:2]).all()
        assert (corners[:, 2:] > corners[:, :2]).all()


@needs_raccoons
def test_real_photographs_with_damages(tmp_path: Path) -> None:
    names = [f"raccoon-{number}" for number in range(1, 13)]
    for part, suffix in (("annotations", ".xml"), ("images", ".jpg")):
        (tmp_path / part).mkdir()
        for name in names:
            shutil.copy(RACCOONS / part / f"{name}{suffix}", tmp_path / part)
    _cut("annotations/raccoon-1.xml")(tmp_path)
    _remove("images/raccoon-2.jpg")(tmp_path)
    (tmp_path / "images" / "raccoon-3.jpg").write_bytes(b"not a picture")
    _edit("annotations/raccoon-4.xml", "<xmax>", "<xmax>9")(tmp_path)
    with pytest.warns(UserWarning, match="left out") as warned:
        data = load_detection_folder(tmp_path, "voc", class_names=["raccoon"], skip_bad=True)
    assert len(data.images) == 8
    lines = str(warned[0].message).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == [f"raccoon-{number}.xml" for number in range(1, 5)]
