"""Your own pictures with boxes: folders in the Pascal VOC, COCO and YOLO formats."""

from __future__ import annotations

import json
import math
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn

import numpy as np
import yaml
from PIL import Image

from courselib.datasets._detection_data import DetectionData
from courselib.errors import CourselibError

_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}
_SHOWN = 10  # bad files named in an error
_SLACK = 1.0  # pixels that a box may reach over the border, since tools count pixels from 0 or from 1


class _Bad(Exception):
    """What is wrong with a file, after its name."""


class _Annotation(NamedTuple):
    """A picture's file and its boxes `(y1, x1, y2, x2)`, read from `source`.

    Boxes are in pixels, or in shares of the picture when `relative`. `size` is the picture's (height, width) if the
    annotation states it. `bad` says what makes the annotation unusable.
    """

    source: str
    image: Path | None
    boxes: Sequence[tuple[float, float, float, float]] = ()
    names: Sequence[str] = ()
    relative: bool = False
    size: tuple[int, int] | None = None
    bad: str | None = None


def load_detection_folder(
    path: str | Path,
    format: Literal["voc", "coco", "yolo"],
    class_names: Sequence[str] | None = None,
    skip_bad: bool = False,
) -> DetectionData:
    """Your own pictures and their boxes.

    - `"voc"`: one Pascal VOC XML file per picture in `annotations/`, the pictures in `images/` (or `Annotations/` and
      `JPEGImages/`, or all in one folder).
    - `"coco"`: one JSON file in the folder or in `annotations/`, the pictures in the folder or in `images/`. Regions
      of crowds have no box of their own and are left out.
    - `"yolo"`: one text file per picture in `labels/`, the pictures in `images/`, the class names in `data.yaml` or
      `classes.txt`. A picture without a text file has no objects.

    Args:
        path: The folder; for `"coco"` it can also be the JSON file.
        format: `"voc"`, `"coco"` or `"yolo"`.
        class_names: The classes in the order of their ids; a box of another class is then an error. By default those
            that the folder states: VOC's names in alphabetical order, COCO's categories in the order of their ids.
        skip_bad: Leave bad files out with a warning that names them all, instead of an error.

    Returns:
        A list of pictures, uint8 in 0-255, each of its own size, in the order of their annotations; their boxes
        `(y1, x1, y2, x2)` in pixels; the class ids and the class names.

    Raises:
        CourselibError: When the folder has no annotations of this format, or when files are bad: a missing or damaged
            picture, damaged XML, JSON or text, a box outside its picture or without area, an unknown class. The
            message names the files.
        ValueError: When the format is not one of the three.

    Example:
    ```python
    images, boxes, class_ids, class_names = load_detection_folder("raccoons", "voc", skip_bad=True)
    ```
    """
    readers: dict[str, Callable[[Path, list[str] | None], tuple[Iterator[_Annotation], list[str] | None]]]
    readers = {"voc": _read_voc, "coco": _read_coco, "yolo": _read_yolo}
    if format not in readers:
        raise ValueError(f'`format` must be "voc", "coco" or "yolo". Received: format={format!r}')
    folder = Path(path).expanduser()
    if not folder.exists():
        raise CourselibError(f"There is no folder {folder}. Give the path of a folder with pictures and boxes.")
    found, known = readers[format](folder, None if class_names is None else list(class_names))
    annotations = list(found)
    if not annotations:
        raise CourselibError(f"{folder} has no annotations in the format {format!r}: expected {_EXPECTED[format]}.")
    if known is None:
        known = sorted({name for annotation in annotations for name in annotation.names})
    good, bad = _load(annotations, {name: index for index, name in enumerate(known)})
    if bad:
        if not skip_bad:
            _refuse(folder, bad, len(annotations))
        listed = "\n".join(f"  {line}" for line in bad)
        warnings.warn(f"{folder}: left out {_counted(bad, len(annotations))}:\n{listed}", stacklevel=2)
    images, boxes, class_ids = ([one[index] for one in good] for index in range(3))
    return DetectionData(images, boxes, class_ids, tuple(known))


_EXPECTED = {
    "voc": "XML files in annotations/ and pictures in images/",
    "coco": "one JSON file with images, annotations and categories",
    "yolo": "pictures in images/ and text files in labels/",
}


def _refuse(folder: Path, bad: Sequence[str], total: int) -> NoReturn:
    shown = "; ".join(bad[:_SHOWN])
    more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    raise CourselibError(
        f"{folder}: {_counted(bad, total)}: {shown}{more}. Correct them, or leave them out with skip_bad=True."
    )


def _counted(bad: Sequence[str], total: int) -> str:
    return f"{len(bad)} of {total} {'annotation is' if total == 1 else 'annotations are'} bad"


def _load(
    annotations: Sequence[_Annotation], ids: Mapping[str, int]
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], list[str]]:
    """Pictures with boxes and class ids, and what is wrong with the others."""
    good, bad = [], []
    for annotation in annotations:
        try:
            if annotation.bad or annotation.image is None:
                raise _Bad(annotation.bad)
            image = _read_image(annotation.image)
            boxes = [_checked(box, annotation, image.shape[:2]) for box in annotation.boxes]
            for name in annotation.names:
                if name not in ids:
                    raise _Bad(f"unknown class {name!r}, expected one of {', '.join(ids)}")
            class_ids = np.array([ids[name] for name in annotation.names], np.int64)
            good.append((image, np.array(boxes, np.float32).reshape(-1, 4), class_ids))
        except _Bad as problem:
            bad.append(f"{annotation.source}: {problem}")
    return good, bad


def _read_image(path: Path) -> np.ndarray:
    if not path.is_file():
        raise _Bad(f"its picture {path.name} is missing")
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise _Bad(f"its picture {path.name} cannot be read ({problem})") from None


def _checked(
    box: tuple[float, float, float, float], annotation: _Annotation, size: tuple[int, ...]
) -> tuple[float, float, float, float]:
    """A box in pixels, within the picture."""
    height, width = size
    if annotation.size is not None and annotation.size != size:
        stated = f"{annotation.size[1]} x {annotation.size[0]}"
        raise _Bad(f"it is for a picture of {stated} pixels, but {width} x {height} is the picture's size")
    scale = (height, width, height, width) if annotation.relative else (1, 1, 1, 1)
    y1, x1, y2, x2 = (value * factor for value, factor in zip(box, scale, strict=True))
    text = f"the box x {x1:g} to {x2:g}, y {y1:g} to {y2:g}"
    if not all(math.isfinite(value) for value in (y1, x1, y2, x2)):
        raise _Bad(f"{text} is not finite")
    if y2 <= y1 or x2 <= x1:
        raise _Bad(f"{text} has no area: its corners are inverted or equal")
    if min(y1, x1) < -_SLACK or y2 > height + _SLACK or x2 > width + _SLACK:
        raise _Bad(f"{text} is outside the picture of {width} x {height} pixels")
    return max(y1, 0.0), max(x1, 0.0), min(y2, float(height)), min(x2, float(width))


def _subfolder(folder: Path, *names: str) -> Path:
    """The first of these folders in the folder that exists, otherwise the folder itself."""
    return next((folder / name for name in names if (folder / name).is_dir()), folder)


# Pascal VOC


class _NoDoctype(ET.TreeBuilder):
    """Refuses document types, through which a small file could grow to gigabytes."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:
        raise _Bad("it declares a document type, which annotations do not need")


def _read_voc(folder: Path, known: list[str] | None) -> tuple[Iterator[_Annotation], list[str] | None]:
    files = sorted(_subfolder(folder, "annotations", "Annotations").glob("*.xml"))
    images = _subfolder(folder, "images", "JPEGImages")
    return (_read_xml(file, images) for file in files), known


def _read_xml(file: Path, images: Path) -> _Annotation:
    try:
        root = ET.fromstring(file.read_bytes(), ET.XMLParser(target=_NoDoctype()))
        name = (root.findtext("filename") or "").strip()
        image = _picture(images, name) if name else _with_stem(images, file.stem)
        objects = root.findall("object")
        names = [(one.findtext("name") or "").strip() for one in objects]
        if not all(names):
            raise _Bad("an object has no name")
        size = root.find("size")
        stated = (int(_number(size, "height")), int(_number(size, "width"))) if size is not None else (0, 0)
        return _Annotation(
            file.name, image, [_voc_box(one) for one in objects], names, size=stated if all(stated) else None
        )
    except (_Bad, ET.ParseError, OSError, ValueError, LookupError) as problem:
        reason = str(problem) if isinstance(problem, _Bad) else f"it is not well-formed XML ({problem})"
        return _Annotation(file.name, None, bad=reason)


def _voc_box(one: ET.Element) -> tuple[float, float, float, float]:
    """A box whose pixels VOC counts from 1, both ends included."""
    box = one.find("bndbox")
    if box is None:
        raise _Bad("an object has no bndbox")
    x1, y1, x2, y2 = (_number(box, side) for side in ("xmin", "ymin", "xmax", "ymax"))
    return y1 - 1, x1 - 1, y2, x2


def _number(parent: ET.Element, name: str) -> float:
    text = parent.findtext(name)
    try:
        return float(text or "")
    except ValueError:
        raise _Bad(f"{name} is not a number but {text!r}") from None


def _picture(images: Path, name: str) -> Path:
    """The path of a picture, which must not lead out of its folder."""
    path = images / name.replace("\\", "/")
    if not path.resolve().is_relative_to(images.resolve()):
        raise _Bad(f"its picture {name!r} is not in {images.name}")
    return path


def _with_stem(images: Path, stem: str) -> Path:
    found = (images / f"{stem}{suffix}" for suffix in sorted(_SUFFIXES))
    return next((path for path in found if path.is_file()), images / f"{stem}.jpg")


# COCO


def _read_coco(path: Path, known: list[str] | None) -> tuple[Iterator[_Annotation], list[str] | None]:
    if path.is_file():
        file, folder = path, path.parent if path.parent.name != "annotations" else path.parent.parent
    else:
        folder = path
        files = sorted(_subfolder(folder, "annotations").glob("*.json"))
        if not files:
            return iter(()), known
        if len(files) > 1:
            names = ", ".join(one.name for one in files[:_SHOWN])
            raise CourselibError(f"{folder} has {len(files)} JSON files ({names}). Give the path of one of them.")
        file = files[0]
    try:
        data = json.loads(file.read_bytes())
        categories = {one["id"]: str(one["name"]) for one in sorted(data["categories"], key=lambda one: one["id"])}
        listed = {one["id"]: str(one["file_name"]) for one in data["images"]}
        by_image: dict[Any, list[Any]] = {image_id: [] for image_id in listed}
        orphans = []
        for annotation in data["annotations"]:
            if annotation["image_id"] in by_image:
                by_image[annotation["image_id"]].append(annotation)
            else:
                orphans.append(annotation)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise CourselibError(
            f"{file} is not a COCO file ({type(problem).__name__}: {problem}): expected JSON with the lists images, "
            "annotations and categories."
        ) from None
    images = _subfolder(folder, "images")
    read = [_coco_image(images, name, by_image[image_id], categories) for image_id, name in listed.items()]
    for annotation in orphans:
        reason = f"it is for the image {annotation['image_id']!r}, which the file does not list"
        read.append(_Annotation(f"{file.name}, annotation {annotation.get('id')!r}", None, bad=reason))
    return iter(read), known if known is not None else list(categories.values())


def _coco_image(images: Path, name: str, annotations: Sequence[Any], categories: Mapping[Any, str]) -> _Annotation:
    boxes, names = [], []
    for annotation in annotations:
        if annotation.get("iscrowd"):
            continue
        where = f"annotation {annotation.get('id')!r}"
        try:
            x, y, width, height = (float(value) for value in annotation["bbox"])
        except (KeyError, TypeError, ValueError):
            reason = f"{where} has no bbox of four numbers but {annotation.get('bbox')!r}"
            return _Annotation(name, None, bad=reason)
        category = annotation.get("category_id")
        if not isinstance(category, int | str) or category not in categories:
            return _Annotation(name, None, bad=f"{where} has the unknown class {category!r}")
        boxes.append((y, x, y + height, x + width))
        names.append(categories[category])
    try:
        return _Annotation(name, _picture(images, name), boxes, names)
    except _Bad as problem:
        return _Annotation(name, None, bad=str(problem))


# YOLO


def _read_yolo(folder: Path, known: list[str] | None) -> tuple[Iterator[_Annotation], list[str] | None]:
    images, labels = _subfolder(folder, "images"), _subfolder(folder, "labels")
    stated = known if known is not None else _yolo_names(folder)
    pictures = {
        path.relative_to(images).with_suffix(""): path
        for path in sorted(images.rglob("*"))
        if path.suffix.lower() in _SUFFIXES
    }
    texts = {
        path.relative_to(labels).with_suffix(""): path
        for path in sorted(labels.rglob("*.txt"))
        if path.name != "classes.txt"
    }
    if not texts:
        return iter(()), stated
    read = (
        _yolo_image(texts.get(stem), pictures.get(stem, images / f"{stem}.jpg"), stated)
        for stem in sorted(pictures.keys() | texts.keys())
    )
    return read, stated


def _yolo_names(folder: Path) -> list[str] | None:
    """The class names, from `data.yaml` or `classes.txt`, if there is one."""
    for name in ("data.yaml", "data.yml"):
        if (folder / name).is_file():
            try:
                names = yaml.safe_load((folder / name).read_bytes())["names"]
                if not isinstance(names, list | dict):
                    raise TypeError(f"names is {names!r}")
                return [str(names[index]) for index in range(len(names))]
            except (OSError, yaml.YAMLError, LookupError, TypeError) as problem:
                raise CourselibError(
                    f"{folder / name} does not give the class names ({problem!r}): expected `names:` with a list, or "
                    "with names by number from 0."
                ) from None
    for file in (folder / "classes.txt", folder / "labels" / "classes.txt"):
        if file.is_file():
            return [line.strip() for line in file.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    return None


def _yolo_image(text: Path | None, image: Path, stated: Sequence[str] | None) -> _Annotation:
    if text is None:
        return _Annotation(image.name, image)
    boxes, names = [], []
    try:
        lines = text.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        return _Annotation(text.name, None, bad=f"it cannot be read as text ({problem})")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            class_id, x, y, width, height = line.split()
            index, (x_mid, y_mid, w, h) = int(class_id), (float(value) for value in (x, y, width, height))
        except ValueError:
            reason = f"line {number} is not a class number and four numbers but {line.strip()[:60]!r}"
            return _Annotation(text.name, None, bad=reason)
        if index < 0 or (stated is not None and index >= len(stated)):
            return _Annotation(text.name, None, bad=f"line {number} has the unknown class {index}")
        boxes.append((y_mid - h / 2, x_mid - w / 2, y_mid + h / 2, x_mid + w / 2))
        names.append(stated[index] if stated is not None else str(index))
    return _Annotation(text.name, image, boxes, names, relative=True)
