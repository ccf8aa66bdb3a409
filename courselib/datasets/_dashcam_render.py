"""From a world and a moment to a picture with boxes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from courselib.datasets._dashcam_background import paint_background
from courselib.datasets._dashcam_canvas import NEAR, SUPERSAMPLING, Camera, Canvas, Glow, Place
from courselib.datasets._dashcam_scenery import Building, Lamp
from courselib.datasets._dashcam_world import SCENERY, Item, World

LEAST_VISIBLE = 0.35  # of an object; otherwise it has no box
LEAST_HEIGHT = 7  # pixels of a box
_FARTHEST = 140.0


class Scene(NamedTuple):
    """A picture `(n_H, n_W, 3)` uint8, its boxes `(n, 4)` float32 and their class ids `(n,)` int64."""

    image: np.ndarray
    boxes: np.ndarray
    class_ids: np.ndarray


class _Seen(NamedTuple):
    """An item as the camera has it at a moment."""

    item: Item
    x: float
    z: float
    bounds: tuple[float, float, float, float]  # left, top, right, bottom in pixels, with room to spare


def render(world: World, size: tuple[int, int], rng: np.random.Generator, time: float = 0.0) -> Scene:
    """Render a world as it is at a time in seconds.

    Args:
        world: The world.
        size: Height and width of the picture in pixels.
        rng: Gives the camera's noise.
        time: Seconds since the start of the drive.

    Returns:
        The picture and the boxes of what can be seen in it.
    """
    camera, travelled, heading = _camera(world, size, time)
    seen = _in_paint_order(_look(world, camera, travelled, time))
    lamps = [(one.x + one.item.thing.arm, one.z) for one in seen if isinstance(one.item.thing, Lamp) and one.z < 45]
    shadows = _shadows(world, camera, seen)
    background = paint_background(camera, world.light, world.road, world.backdrop, travelled, heading, shadows, lamps)
    canvas = Canvas(camera, world.light, background)
    labelled, drawn = _draw(canvas, seen, time)
    if world.lens.bonnet:
        _draw_bonnet(canvas, world)
    owners = np.asarray(canvas.image.getchannel("A"))
    boxes, class_ids = _boxes(labelled, drawn, owners, camera)
    image = _photograph(world, canvas, owners, size, rng)
    return Scene(image, boxes, class_ids)


def _camera(world: World, size: tuple[int, int], time: float) -> tuple[Camera, float, float]:
    """The camera at a time, how far it has come, and where it looks."""
    rows, columns = SUPERSAMPLING * size[0], SUPERSAMPLING * size[1]
    lens, travelled = world.lens, world.speed * time
    curve = 2 * np.pi / 14  # a drive winds left and right
    bend = world.bend + 0.0016 * np.sin(curve * time)
    heading = world.speed * (world.bend * time + 0.0016 * (1 - np.cos(curve * time)) / curve)
    jolt = 0.0015 * np.sin(9.0 * time) * np.sin(2.3 * time)
    camera = Camera(
        focal=lens.focal * columns,
        height=lens.height,
        center=lens.center * columns,
        horizon=(lens.horizon + jolt) * rows,
        bend=bend,
        size=(rows, columns),
    )
    return camera, travelled, heading


def _look(world: World, camera: Camera, travelled: float, time: float) -> list[_Seen]:
    """The items that may be in the picture, the farthest first."""
    x, z, speed, across, along, height = world.table.T
    z = z + speed * time - travelled
    corners = np.empty((len(x), 2, 2, 2, 3))  # left / right, near / far, low / high
    corners[..., 0] = np.stack([x - across, x + across], axis=1)[:, :, None, None]
    corners[..., 1] = np.stack([0 * height, height], axis=1)[:, None, None, :]
    corners[..., 2] = np.stack([z - along, z + along], axis=1)[:, None, :, None]
    pixels = camera.project(corners).reshape(-1, 8, 2)
    bounds = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)  # left, top, right, bottom
    rows, columns = camera.size
    inside = (bounds[:, 0] < columns) & (bounds[:, 1] < rows) & (bounds[:, 2] > 0) & (bounds[:, 3] > 0)
    inside &= (z + along > NEAR) & (z - along < _FARTHEST) & (bounds[:, 3] - bounds[:, 1] > 4)
    order = np.flatnonzero(inside)[np.argsort(-z[inside], kind="stable")]
    return [
        _Seen(world.items[index], float(x[index]), float(z[index]), tuple(bounds[index].tolist())) for index in order
    ]


def _in_paint_order(seen: Sequence[_Seen]) -> list[_Seen]:
    """Items in the order in which they have to be painted, so that what is in front comes later.

    Of items that meet in the picture, one is behind another when it is farther away altogether, or altogether farther
    out on one side. Where neither holds, the farther middle is painted first, if that is possible.
    """
    if not seen:
        return []
    x, z = np.array([one.x for one in seen]), np.array([one.z for one in seen])
    across, along = np.array([one.item.reach for one in seen]).T
    farther = (z - along)[:, None] >= (z + along)[None]
    outside = ((x - across)[:, None] >= (x + across)[None]) & (x - across > 0)[:, None]
    outside |= ((x + across)[:, None] <= (x - across)[None]) & (x + across < 0)[:, None]
    outside &= ~outside.T  # one on each side: neither can hide the other
    surely = (farther & ~outside.T) | (outside & ~farther.T)
    perhaps = np.triu(~(surely | surely.T), 1)
    left, top, right, bottom = np.array([one.bounds for one in seen]).T
    meet = (left[:, None] < right) & (left < right[:, None]) & (top[:, None] < bottom) & (top < bottom[:, None])
    behind = (1000 * surely + perhaps) * meet
    waiting, order = behind.sum(axis=0), []  # what has to come before each
    for _ in seen:
        index = int(np.argmin(waiting))
        order.append(seen[index])
        waiting -= behind[index]
        waiting[index] = np.iinfo(waiting.dtype).max // 2
    return order


def _shadows(world: World, camera: Camera, seen: Sequence[_Seen]) -> Image.Image:
    """How dark the things' shadows are on the ground, 0 to 255."""
    image = Image.new("L", camera.size[::-1])
    draw, light = ImageDraw.Draw(image), world.light
    sun = light.sun.sum() * light.sun_direction[1]
    depth = int(255 * 0.8 * sun / (sun + light.ambient.sum()))
    if depth > 40:
        throw = -light.sun_direction[[0, 2]] / light.sun_direction[1]
        for one in seen:
            if one.z < 45:
                _cast(draw, camera, one, throw, depth)
        image = image.filter(ImageFilter.BoxBlur(1))
        draw = ImageDraw.Draw(image)
    for one in seen:
        if one.item.class_id != SCENERY and one.z < 60:
            base = _footprint(one, 1.08)
            draw.polygon(camera.project(base).ravel().tolist(), fill=max(depth, 150))
    return image.filter(ImageFilter.BoxBlur(2))


def _footprint(one: _Seen, spread: float) -> np.ndarray:
    """The four corners `(4, 3)` of the ground that an item stands on."""
    thing = one.item.thing
    w, d = spread * thing.width / 2, spread * thing.length / 2
    if one.item.class_id == SCENERY and not isinstance(thing, Building):
        w = d = 0.15
    corners = np.array([(-w, 0.0, -d), (w, 0.0, -d), (w, 0.0, d), (-w, 0.0, d)])
    return Place(one.x, one.z, one.item.yaw).transform(corners)


def _cast(draw: ImageDraw.ImageDraw, camera: Camera, one: _Seen, throw: np.ndarray, depth: int) -> None:
    """Draw the shadow that an item throws in the sun: its footprint, swept along."""
    thing = one.item.thing
    base = _footprint(one, 1.0)
    tip = base + np.array([throw[0], 0, throw[1]]) * min(thing.height, 9)
    if thing.width > 2.5 and not isinstance(thing, Building) and one.item.class_id == SCENERY:  # a tree's crown
        around = np.linspace(0, 2 * np.pi, 13)[:-1]
        crown = np.stack([np.cos(around), 0 * around, np.sin(around)], axis=-1) * 0.36 * thing.width
        middle = (base + 0.66 * (tip - base)).mean(axis=0)
        draw.polygon(camera.project(crown + middle).ravel().tolist(), fill=depth)
    low, high = camera.project(base), camera.project(tip)
    for start in range(4):
        end = (start + 1) % 4
        draw.polygon(np.concatenate([low[[start, end]], high[[end, start]]]).ravel().tolist(), fill=depth)
    draw.polygon(high.ravel().tolist(), fill=depth)


def _draw(canvas: Canvas, seen: Sequence[_Seen], time: float) -> tuple[list[_Seen], list[int]]:
    """Draw everything. Returns what has an object number (from 1), and how many pixels each had when drawn."""
    labelled: list[_Seen] = []
    drawn: list[int] = []
    for one in seen:
        owner = 0
        if one.item.class_id != SCENERY and len(labelled) < 255:
            labelled.append(one)
            owner = len(labelled)
        one.item.thing.draw(canvas, Place(one.x, one.z, one.item.yaw, owner), time)
        if owner:
            pixels = canvas.image.crop(_region(one, canvas.camera)).getchannel("A")
            drawn.append(pixels.histogram()[owner])
    return labelled, drawn


def _region(one: _Seen, camera: Camera) -> tuple[int, int, int, int]:
    """The part of the picture that an item can reach: left, top, right, bottom."""
    left, top, right, bottom = one.bounds
    spare = 4 + 0.15 * max(right - left, bottom - top)
    rows, columns = camera.size
    return (
        int(max(left - spare, 0)), int(max(top - spare, 0)),
        int(min(right + spare, columns)), int(min(bottom + spare, rows)),
    )  # fmt: skip


def _boxes(
    labelled: Sequence[_Seen], drawn: Sequence[int], owners: np.ndarray, camera: Camera
) -> tuple[np.ndarray, np.ndarray]:
    """The smallest boxes around what is seen of each object, nearest object last."""
    boxes, class_ids = [], []
    for owner, (one, painted) in enumerate(zip(labelled, drawn, strict=True), 1):
        left, top, right, bottom = _region(one, camera)
        mask = owners[top:bottom, left:right] == owner
        if not painted or mask.sum() / painted * _share_inside(one, camera) < LEAST_VISIBLE:
            continue
        rows, columns = np.flatnonzero(mask.any(axis=1)) + top, np.flatnonzero(mask.any(axis=0)) + left
        box = np.array([rows[0], columns[0], rows[-1] + 1, columns[-1] + 1]) / SUPERSAMPLING
        if box[2] - box[0] >= LEAST_HEIGHT:
            boxes.append(box)
            class_ids.append(one.item.class_id)
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(class_ids, np.int64)


def _share_inside(one: _Seen, camera: Camera) -> float:
    """How much of an item is within the picture's borders.

    What is more than half a picture outside does not count: a truck beside the camera reaches out without end.
    """
    left, top, right, bottom = one.bounds
    rows, columns = camera.size
    left, right = max(left, -columns / 2), min(right, 1.5 * columns)
    top, bottom = max(top, -rows / 2), min(bottom, 1.5 * rows)
    inside = (min(right, columns) - max(left, 0)) * (min(bottom, rows) - max(top, 0))
    return float(inside / ((right - left) * (bottom - top)))


def _draw_bonnet(canvas: Canvas, world: World) -> None:
    """Draw the front of our own car along the lower border."""
    rows, columns = canvas.camera.size
    across = np.linspace(-0.05, 1.05, 24)
    paint = np.array([60.0, 64, 72]) * (world.light.ambient + 0.5 * world.light.sun)
    for rise, tone in ((0.085, 0.7), (0.07, 1.0), (0.045, 1.25), (0.02, 0.9)):
        curve = rows * (1 - rise + 0.13 * np.abs(across - world.lens.center) ** 2.2)
        outline = [(-0.1 * columns, rows + 9), *zip(across * columns, curve, strict=True), (1.1 * columns, rows + 9)]
        canvas.polygon(outline, paint * tone)


def _photograph(
    world: World, canvas: Canvas, owners: np.ndarray, size: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """What the camera makes of the canvas: shining lights, rain, blur, contrast, noise."""
    lens, image = world.lens, canvas.image.convert("RGB").reduce(SUPERSAMPLING)
    if world.light.wet and world.light.haze < 130:
        _draw_rain(image, rng)
    pixels = np.asarray(image, np.float32)
    if canvas.glows:
        pixels = pixels.copy()
        for glow in canvas.glows:
            _shine(pixels, glow, owners, world.light.beam, world.light.wet)
    blur = lens.blur * size[1] / 192
    if blur > 0.2:
        sharp = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        pixels = np.asarray(sharp.filter(ImageFilter.GaussianBlur(blur)), np.float32)
    gain = _vignette(size) * (np.array(lens.tint, np.float32) * np.float32(lens.brightness))
    noise = rng.standard_normal(pixels.shape, np.float32)
    noise *= np.float32(lens.noise)
    pixels = ((pixels - 118) * np.float32(lens.contrast) + 118) * gain + noise
    photograph: np.ndarray = np.clip(pixels, 0, 255).astype(np.uint8)
    return photograph


@cache
def _vignette(size: tuple[int, int]) -> np.ndarray:
    y, x = (np.linspace(-1, 1, num) for num in size)
    vignette: np.ndarray = (1.03 - 0.1 * (x[None] ** 2 + y[:, None] ** 2))[..., None].astype(np.float32)
    return vignette


def _draw_rain(image: Image.Image, rng: np.random.Generator) -> None:
    """Draw streaks of rain."""
    draw, (columns, rows) = ImageDraw.Draw(image, "RGBA"), image.size
    for x, y, length in zip(
        rng.uniform(0, columns, 90), rng.uniform(0, rows, 90), rng.uniform(0.03, 0.09, 90) * rows, strict=True
    ):
        draw.line([(x, y), (x - 0.12 * length, y + length)], fill=(214, 218, 226, 60))


@cache
def _halo(radius: int) -> np.ndarray:
    """Light around a lamp, 0 to 1, `(2 radius + 1, 2 radius + 1, 1)`."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1] / max(radius, 1)
    distance = np.hypot(x, y)
    halo: np.ndarray = (np.clip(1 - distance, 0, 1) ** 2.5)[..., None].astype(np.float32)
    return halo


def _shine(pixels: np.ndarray, glow: Glow, owners: np.ndarray, dark: float, wet: bool) -> None:
    """Add a lamp's halo to the picture, unless something is before the lamp; and its reflection in a wet road."""
    rows, columns = owners.shape
    row, column = int(glow.y), int(glow.x)
    if not (0 <= row < rows and 0 <= column < columns) or owners[row, column] != glow.owner:
        return
    radius = glow.radius / SUPERSAMPLING
    reach = int(np.clip(radius * (1.2 + 1.3 * min(dark, 1)), 2, 40))
    y, x = row // SUPERSAMPLING, column // SUPERSAMPLING
    colour = np.array(glow.colour, np.float32) * np.float32(0.35 + 0.45 * min(dark, 1))
    _add(pixels, _halo(reach) * colour, y - reach, x - reach)
    if wet and glow.owner:
        streak = _halo(max(reach // 2, 2))
        stretched = np.repeat(streak, 4, axis=0) * colour * np.float32(0.3)
        _add(pixels, stretched, y + reach, x - streak.shape[1] // 2)


def _add(pixels: np.ndarray, light: np.ndarray, top: int, left: int) -> None:
    """Add light to a part of the picture, as far as it is inside."""
    rows, columns = pixels.shape[:2]
    y1, x1 = max(top, 0), max(left, 0)
    y2, x2 = min(top + light.shape[0], rows), min(left + light.shape[1], columns)
    if y2 > y1 and x2 > x1:
        pixels[y1:y2, x1:x2] += light[y1 - top : y2 - top, x1 - left : x2 - left]
