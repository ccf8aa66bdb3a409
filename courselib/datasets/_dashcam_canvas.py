"""The drawing of the dashcam scenes: a pinhole camera, light, and a canvas that knows what each pixel shows.

Distances are metres, seen from the camera: x to the right, y up from the road, z ahead. Colours are 0-255. Pictures are
drawn at twice their size, and every pixel's alpha holds the number of the object that it shows (0 for scenery), so that
boxes and how much of an object is hidden are counted, not estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

SUPERSAMPLING = 2
NEAR = 0.4  # metres; what is nearer than this is cut off

Colour = tuple[float, float, float]
Point = tuple[float, float, float]


class Camera(NamedTuple):
    """A pinhole camera above the road; lengths in pixels of the canvas, but `height` in metres.

    `bend` is the curvature of the road (1 / metres): the world is bent sideways in front of the camera.
    """

    focal: float
    height: float
    center: float
    horizon: float
    bend: float
    size: tuple[int, int]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points `(..., 3)` in metres to `(..., 2)` in pixels (x to the right, y down)."""
        z = np.maximum(points[..., 2], NEAR)
        pixels = np.empty((*z.shape, 2))
        pixels[..., 0] = self.center + self.focal * (points[..., 0] / z + self.bend / 2 * z)
        pixels[..., 1] = self.horizon + self.focal * (self.height - points[..., 1]) / z
        return pixels


@dataclass(frozen=True)
class Light:
    """The time of day and the weather.

    `ambient` and `sun` multiply colours, `sun_direction` points to the sun, `haze` is the distance in metres after
    which things fade into the colour of the horizon. `lamps` says whether lamps and headlights are on, `beam` how
    strong our own headlights are.
    """

    zenith: np.ndarray
    horizon: np.ndarray
    ambient: np.ndarray
    sun: np.ndarray
    sun_direction: np.ndarray
    haze: float
    cloud_cover: float
    cloud_colour: np.ndarray
    lamps: bool = False
    beam: float = 0.0
    wet: bool = False
    stars: bool = False

    def shade(self, colours: np.ndarray, normals: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The colours of faces `(n, 3)` with the given normals at the given points, after light and haze."""
        sunlit = np.maximum(normals @ self.sun_direction, 0)[:, None]
        light = self.ambient * (0.88 + 0.2 * normals[:, 1:2]) + self.sun * sunlit
        if self.beam:
            z = np.maximum(points[:, 2], NEAR)
            facing = np.maximum(-normals[:, 2], 0.15)
            light = light + (facing * self.beam_at(points[:, 0], z))[:, None]
        return self.fade(colours * light, points[:, 2])

    def beam_at(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        """How much light our headlights throw on something at `(x, z)`."""
        spread = x / (0.32 * z + 1.5)
        return self.beam * np.exp(-(spread**2) - z / 24)

    def fade(self, colours: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Colours `(n, 3)` at the distances `z`, with the haze before them."""
        clear = np.exp(-np.maximum(z, 0) / self.haze)[:, None]
        faded: np.ndarray = colours * clear + self.horizon * (1 - clear)
        return faded


class Mesh:
    """Flat faces, in the order in which they are painted; a face is seen from the side where it runs anticlockwise.

    Faces of paint take the colour that `Canvas.mesh` is given, times their own tone. Lamps have a second colour that
    they show when they are on. Faces of a `part` are painted together: part 0 first, then the farthest part first.
    """

    def __init__(self) -> None:
        self.lamps: dict[int, Colour] = {}
        self._faces: list[np.ndarray] = []
        self._colours: list[Colour] = []
        self._painted: list[bool] = []
        self._parts: list[int] = []

    def face(self, points: Sequence[Point], colour: Colour | float, part: int = 0, lamp: Colour | None = None) -> None:
        """Add a face. A number as the colour is a tone of the paint; `lamp` is the colour of light it can give."""
        if lamp is not None:
            self.lamps[len(self._faces)] = lamp
        self.faces(np.asarray(points, np.float64)[None], colour, part)

    def faces(self, points: np.ndarray, colour: Colour | float, part: int = 0) -> None:
        """Add faces `(n, corners, 3)` of one colour."""
        painted = isinstance(colour, float)
        self._faces.extend(points)
        self._colours.extend([(colour, colour, colour) if isinstance(colour, float) else colour] * len(points))
        self._painted.extend([painted] * len(points))
        self._parts.extend([part] * len(points))

    @cached_property
    def points(self) -> np.ndarray:
        """The corners of all faces, one below the other."""
        return np.concatenate(self._faces)

    @cached_property
    def starts(self) -> np.ndarray:
        """Where the corners of each face begin."""
        return np.concatenate([[0], np.cumsum([len(face) for face in self._faces])])

    @cached_property
    def following(self) -> np.ndarray:
        """For each corner the index of the next corner of its face."""
        following = np.arange(1, len(self.points) + 1)
        following[self.starts[1:] - 1] = self.starts[:-1]
        return following

    @cached_property
    def parts(self) -> np.ndarray:
        """The part of each face."""
        return np.array(self._parts)

    @cached_property
    def num_parts(self) -> int:
        """How many parts there are."""
        return max(self._parts) + 1

    def colours(self, faces: np.ndarray, paint: Colour) -> np.ndarray:
        """The colours of some faces when the paint has this colour."""
        colours, painted = self._palette
        colours, painted = colours[faces], painted[faces]
        mixed: np.ndarray = np.where(painted, colours * np.asarray(paint), colours)
        return mixed

    @cached_property
    def _palette(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self._colours, np.float64), np.array(self._painted)[:, None]


class Place(NamedTuple):
    """Where a thing stands: its middle on the road, the way it faces (0 is away from us), its object number."""

    x: float
    z: float
    yaw: float = 0.0
    owner: int = 0

    def transform(self, points: np.ndarray, scale: float | tuple[float, float, float] = 1.0) -> np.ndarray:
        """A thing's own points `(..., 3)` to where they are before the camera."""
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        turn = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])  # for row vectors
        moved: np.ndarray = (points * scale) @ turn + (self.x, 0, self.z)
        return moved


Sprite = tuple[Image.Image, ...]


def sprite_levels(image: Image.Image) -> Sprite:
    """An RGBA picture to be drawn in any size: itself, and halved three times.

    It has no soft edges, since the numbers of two objects cannot be mixed.
    """
    levels = [image, *(image.reduce(factor) for factor in (2, 4, 8))]
    for level in levels:
        level.putalpha(level.getchannel("A").point([0] * 128 + [255] * 128))
    return tuple(levels)


class Glow(NamedTuple):
    """A light that shines into the camera: where on the canvas, how large, its colour, and the object it is on."""

    x: float
    y: float
    radius: float
    colour: Colour
    owner: int


_LEAST_AREA = 3.0  # pixels; smaller faces are not worth painting
_ARC = np.linspace(0.5 * np.pi, 1.5 * np.pi, 5)
_TOWARDS_US = np.array([[0.0, 0.3, -0.7]] * 2)  # the normal of things without thickness
_HIGHLIGHT = 1.22  # the lit side of a rounded thing


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The cross products of rows `(n, 3)`, of length 1 (faster than `np.cross`)."""
    normal = a[:, [1, 2, 0]] * b[:, [2, 0, 1]] - a[:, [2, 0, 1]] * b[:, [1, 2, 0]]
    scaled: np.ndarray = normal / (np.sqrt((normal * normal).sum(axis=1, keepdims=True)) + 1e-12)
    return scaled


@dataclass
class Canvas:
    """A picture being drawn, far things first."""

    camera: Camera
    light: Light
    image: Image.Image
    glows: list[Glow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, corners: np.ndarray | Sequence[Sequence[float]], colour: np.ndarray, owner: int = 0) -> None:
        """Fill a polygon given in pixels, with a colour that is already lit."""
        r, g, b = (int(min(max(value, 0), 255)) for value in colour)
        self._draw.polygon(np.asarray(corners).ravel().tolist(), fill=(r, g, b, owner))

    def mesh(
        self, mesh: Mesh, place: Place, paint: Colour = (0, 0, 0), scale: float | tuple[float, float, float] = 1.0
    ) -> None:
        """Draw those faces of a mesh that look at the camera."""
        points = place.transform(mesh.points, scale)
        pixels = self.camera.project(points)
        starts, (x, y) = mesh.starts[:-1], pixels.T
        area = np.add.reduceat(x * y[mesh.following] - x[mesh.following] * y, starts) / 2
        seen = (area < -_LEAST_AREA) & (np.maximum.reduceat(points[:, 2], starts) > NEAR)
        seen &= (np.minimum.reduceat(x, starts) < self.camera.size[1]) & (np.maximum.reduceat(x, starts) > 0)
        visible = np.flatnonzero(seen)
        if not len(visible):
            return
        if mesh.num_parts > 1:
            distance = np.bincount(mesh.parts, points[starts, 2]) / np.bincount(mesh.parts)
            distance[0] = np.inf
            visible = visible[np.argsort(-distance[mesh.parts[visible]], kind="stable")]
        first = starts[visible]
        corner = points[first]
        normals = _cross(points[first + 2] - corner, points[first + 1] - corner)
        colours = self.light.shade(mesh.colours(visible, paint), normals, corner)
        if self.light.lamps and mesh.lamps:
            for order, index in enumerate(visible.tolist()):
                if index in mesh.lamps:
                    colours[order] = self.light.fade(np.array([mesh.lamps[index]]), corner[order, 2:])[0]
                    if place.owner:
                        self._glow(pixels[mesh.starts[index] : mesh.starts[index + 1]], mesh.lamps[index], place)
        flat, bounds = pixels.ravel().tolist(), (2 * mesh.starts).tolist()
        fills = np.clip(colours, 0, 255).astype(int).tolist()
        for index, fill in zip(visible.tolist(), fills, strict=True):
            self._draw.polygon(flat[bounds[index] : bounds[index + 1]], fill=(*fill, place.owner))

    def capsules(self, ends: np.ndarray, radii: np.ndarray, colours: np.ndarray, place: Place) -> None:
        """Draw sausages: people's limbs, poles. Ends `(n, 2, 3)` and radii `(n,)` in metres, colours `(n, 3)`."""
        points = place.transform(ends)  # (n, 2, 3)
        if points[..., 2].min() < NEAR:
            return
        pixels, radius = self.camera.project(points), self.camera.focal * radii[:, None] / points[..., 2]
        along = pixels[:, 1] - pixels[:, 0]
        angle = np.arctan2(along[:, 1], along[:, 0])[:, None, None] + np.stack([_ARC, _ARC + np.pi])  # (n, 2, 5)
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # (n, 2, 5, 2)
        outline = pixels[:, :, None] + radius[:, :, None, None] * circle
        towards_sun = np.array([np.sign(self.light.sun_direction[0]) * 0.3, -0.3])
        lit = pixels[:, :, None] + radius[:, :, None, None] * (0.55 * circle + towards_sun)
        upward = np.broadcast_to([0.0, 0.4, -0.6], (len(radii), 3))
        shaded = self.light.shade(colours, upward, points.mean(axis=1))
        fills, bright = (np.clip(one, 0, 255).astype(int).tolist() for one in (shaded, shaded * _HIGHLIGHT))
        outlines, inner = outline.reshape(len(radii), -1).tolist(), lit.reshape(len(radii), -1).tolist()
        thick = (radius.max(axis=1) > 2.5).tolist()
        for index in np.argsort(-points[..., 2].mean(axis=1), kind="stable").tolist():
            self._draw.polygon(outlines[index], fill=(*fills[index], place.owner))
            if thick[index]:
                self._draw.polygon(inner[index], fill=(*bright[index], place.owner))

    def sprite(self, sprite: Sprite, place: Place, bottom: float, width: float, height: float) -> None:
        """Draw a sprite that faces the camera, `width` x `height` metres, `bottom` metres above the road."""
        if place.z < NEAR:
            return
        (left, low), (right, high) = self.camera.project(
            np.array([[place.x - width / 2, bottom, place.z], [place.x + width / 2, bottom + height, place.z]])
        )
        rows, columns = self.camera.size
        x1, x2 = max(round(left), 0), min(round(right), columns)
        y1, y2 = max(round(high), 0), min(round(low), rows)
        if x2 <= x1 or y2 <= y1:
            return
        image = next((level for level in sprite[::-1] if level.height >= low - high), sprite[0])
        across, down = image.width / (right - left), image.height / (low - high)
        box = ((x1 - left) * across, (y1 - high) * down, (x2 - left) * across, (y2 - high) * down)
        box = (max(box[0], 0), max(box[1], 0), min(box[2], image.width), min(box[3], image.height))
        small = image.resize((x2 - x1, y2 - y1), Image.Resampling.NEAREST, box)
        point = np.array([[place.x, bottom, place.z]] * 2)
        black, white = self.light.shade(np.array([[0.0] * 3, [255.0] * 3]), _TOWARDS_US, point)
        shades = np.clip(black[:, None] + (white - black)[:, None] * np.linspace(0, 1, 256), 0, 255)
        table = [*shades.astype(int).ravel().tolist(), *[place.owner] * 256]
        self.image.paste(small.point(table), (x1, y1), small.getchannel("A"))

    def pole(self, points: np.ndarray, radius: float, colour: Colour, place: Place) -> None:
        """Draw a thin pole along points `(n, 3)` in metres; it belongs to the scenery."""
        if place.z > NEAR:
            pixels = self.camera.project(points + np.array((place.x, 0, place.z)))
            shade = self.light.shade(np.array([colour]), _TOWARDS_US[:1], np.array([[place.x, 1, place.z]]))[0]
            r, g, b = np.clip(shade, 0, 255).astype(int).tolist()
            width = max(round(2 * radius * self.camera.focal / place.z), 1)
            self._draw.line(pixels.ravel().tolist(), fill=(r, g, b, 0), width=width)

    def lamp(self, point: Point, size: float, colour: Colour, owner: int = 0) -> None:
        """Let something `size` metres large shine at a point."""
        if point[2] > NEAR:
            x, y = self.camera.project(np.array(point))
            self.glows.append(Glow(x, y, self.camera.focal * size / point[2], colour, owner))

    def _glow(self, corners: np.ndarray, colour: Colour, place: Place) -> None:
        x, y = corners.mean(axis=0)
        radius = np.sqrt(np.prod(np.ptp(corners, axis=0)) + 1)
        self.glows.append(Glow(x, y, 1.2 * radius, colour, place.owner))
