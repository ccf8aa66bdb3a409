"""What stands beside the road in the dashcam scenes: traffic signs, trees, hedges, lamps, houses, guard rails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from courselib.datasets._dashcam_canvas import Canvas, Colour, Mesh, Place, Sprite, sprite_levels
from courselib.datasets._dashcam_vehicles import Quad, cuboid, inset

_RED, _BLUE, _WHITE, _BLACK, _YELLOW = (198, 24, 32), (28, 84, 176), (244, 244, 242), (24, 24, 26), (244, 190, 28)
_PLATE = 96  # pixels of a sign's sprite

SIGNS = (
    "30", "50", "70", "stop", "yield", "no entry", "bend", "children", "crossing", "ahead", "priority", "parking",
)  # fmt: skip


@cache
def sign_plate(kind: str) -> Sprite:
    """The plate of a traffic sign as a sprite."""
    image = Image.new("RGBA", (_PLATE, _PLATE))
    draw = ImageDraw.Draw(image)
    if kind.isdigit():
        draw.ellipse((1, 1, 94, 94), fill=_RED)
        draw.ellipse((14, 14, 81, 81), fill=_WHITE)
        draw.text((48, 48), kind, _BLACK, ImageFont.load_default(46), anchor="mm", stroke_width=2, stroke_fill=_BLACK)
    elif kind == "stop":
        draw.regular_polygon((48, 48, 47), 8, rotation=22.5, fill=_WHITE)
        draw.regular_polygon((48, 48, 43), 8, rotation=22.5, fill=_RED)
        draw.text((48, 48), "STOP", _WHITE, ImageFont.load_default(30), anchor="mm", stroke_width=2, stroke_fill=_WHITE)
    elif kind == "no entry":
        draw.ellipse((1, 1, 94, 94), fill=_RED)
        draw.rectangle((18, 38, 77, 57), fill=_WHITE)
    elif kind in ("yield", "bend", "children"):
        _triangle(draw, kind)
    elif kind in ("crossing", "parking"):
        draw.rounded_rectangle((4, 4, 91, 91), 10, fill=_BLUE)
        if kind == "parking":
            draw.text(
                (48, 48), "P", _WHITE, ImageFont.load_default(70), anchor="mm", stroke_width=3, stroke_fill=_WHITE
            )
        else:
            draw.polygon([(48, 14), (84, 80), (12, 80)], fill=_WHITE)
            _walker(draw, 48, 26, 50)
    elif kind == "ahead":
        draw.ellipse((1, 1, 94, 94), fill=_BLUE)
        draw.polygon([(48, 14), (72, 44), (56, 44), (56, 80), (40, 80), (40, 44), (24, 44)], fill=_WHITE)
    else:  # a priority road
        draw.polygon([(48, 1), (94, 48), (48, 94), (1, 48)], fill=_WHITE)
        draw.polygon([(48, 15), (80, 48), (48, 80), (15, 48)], fill=_YELLOW)
    return sprite_levels(image)


def _triangle(draw: ImageDraw.ImageDraw, kind: str) -> None:
    corners, inner = [(48, 4), (95, 88), (0, 88)], [(48, 26), (77, 78), (18, 78)]
    if kind == "yield":
        corners, inner = ([(x, 95 - y) for x, y in points] for points in (corners, inner))
    draw.polygon(corners, fill=_RED)
    draw.polygon(inner, fill=_WHITE)
    if kind == "children":
        _walker(draw, 48, 42, 34)
    elif kind == "bend":
        draw.line([(42, 76), (42, 62), (54, 54), (50, 40)], fill=_BLACK, width=7, joint="curve")


def _walker(draw: ImageDraw.ImageDraw, x: int, y: int, height: int) -> None:
    h = height / 10
    draw.ellipse((x - h, y, x + h, y + 2 * h), fill=_BLACK)
    draw.line([(x, y + 2 * h), (x, y + 6 * h)], fill=_BLACK, width=round(2 * h))
    draw.line(
        [(x - 2.4 * h, y + 9.6 * h), (x, y + 6 * h), (x + 2.4 * h, y + 9.6 * h)], fill=_BLACK, width=round(1.3 * h)
    )
    draw.line([(x - 2.4 * h, y + 5 * h), (x, y + 3 * h), (x + 2.4 * h, y + 5 * h)], fill=_BLACK, width=round(1.1 * h))


@dataclass(frozen=True)
class Sign:
    """A traffic sign on its post. Its box is the plate."""

    kind: str
    plate: float  # metres
    bottom: float
    width: float = 0.9
    length: float = 0.2

    @property
    def height(self) -> float:
        """The height of its upper edge in metres."""
        return self.bottom + self.plate

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw it."""
        canvas.pole(np.array([[0, 0, 0], [0, self.bottom + 0.5 * self.plate, 0]]), 0.04, (128, 132, 136), place)
        canvas.sprite(sign_plate(self.kind), place, self.bottom, self.plate, self.plate)


def random_sign(rng: np.random.Generator) -> Sign:
    """Any traffic sign."""
    return Sign(SIGNS[rng.integers(len(SIGNS))], float(rng.uniform(0.75, 1.1)), float(rng.uniform(1.9, 2.6)))


@dataclass(frozen=True)
class Lamp:
    """A street lamp, whose arm reaches over the road."""

    arm: float  # metres, to the right
    width: float = 0.2
    length: float = 0.2
    height: float = 6.5

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw it, and its light at night."""
        canvas.pole(np.array([[0, 0, 0], [0, 6.2, 0], [self.arm, 6.5, 0]]), 0.07, (104, 108, 112), place)
        head = np.array([[0.75 * self.arm, 6.42, 0], [self.arm, 6.5, 0]])
        canvas.pole(head, 0.11, (170, 170, 164), place)
        if canvas.light.lamps:
            canvas.lamp((place.x + self.arm, 6.4, place.z), 0.5, (255, 214, 150))


@dataclass(frozen=True)
class Tree:
    """A tree or a bush: a sprite."""

    kind: int
    height: float
    width: float
    length: float = 1.0

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw it."""
        canvas.sprite(tree_sprite(self.kind), place, 0.0, self.width, self.height)


TREE_SHAPES = ("round", "round", "oval", "poplar", "conifer", "bush")
_LEAVES: tuple[Colour, ...] = (
    (78, 122, 50), (58, 102, 46), (98, 132, 56), (66, 110, 62), (86, 118, 44), (106, 136, 72),
    (152, 122, 48), (158, 92, 46),
)  # fmt: skip
NUM_TREES = 24


@cache
def tree_sprite(kind: int) -> Sprite:
    """A tree as a sprite: leaves in clusters, lit from above."""
    rng = np.random.default_rng(kind)
    shape, leaf = TREE_SHAPES[kind % len(TREE_SHAPES)], np.array(_LEAVES[rng.integers(len(_LEAVES))])
    image = Image.new("RGBA", (160, 192))
    draw = ImageDraw.Draw(image)
    if shape != "bush":
        draw.polygon([(74, 192), (77, 80), (83, 80), (87, 192)], fill=(84, 66, 50, 255))
        for x, y in ((48, 88), (112, 80), (62, 60), (100, 56)):
            draw.line([(80, 126), (x, y)], fill=(76, 60, 46, 255), width=4)
    if shape == "conifer":
        leaf = np.array((42, 78, 52))
    clusters = _clusters(shape, rng)
    for x, y, radius in clusters[np.argsort(-clusters[:, 1] + 0.3 * clusters[:, 0], kind="stable")]:
        tone = 0.62 + 0.55 * (1 - y / 192) + 0.0016 * (80 - x)
        for size, offset, gain in ((1.0, 0.0, 0.72), (0.7, 0.24, 0.96), (0.36, 0.42, 1.12)):
            r, g, b = np.clip(leaf * (tone * gain * rng.uniform(0.9, 1.1)), 0, 255).astype(int).tolist()
            middle_x, middle_y, extent = x - offset * radius, y - offset * radius, size * radius
            draw.ellipse(
                (middle_x - extent, middle_y - extent, middle_x + extent, middle_y + extent), fill=(r, g, b, 255)
            )
    return sprite_levels(image)


def _clusters(shape: str, rng: np.random.Generator) -> np.ndarray:
    """Where a tree's leaves are: rows of x, y, radius in pixels of the sprite."""
    if shape == "conifer":
        y = np.linspace(14, 166, 110)
        x = 80 + rng.uniform(-1, 1, 110) * (4 + 0.34 * y * (0.75 + 0.25 * np.sin(y / 9)))
        return np.stack([x, y, 5 + 0.03 * y], axis=-1)
    center, radii, count, size = {
        "round": ((80, 66), (66, 58), 330, 7.0),
        "oval": ((80, 74), (50, 68), 280, 7.0),
        "poplar": ((80, 88), (24, 82), 200, 6.5),
        "bush": ((80, 150), (72, 120), 330, 9.0),
    }[shape]
    angle, reach = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 1, count))
    x, y = center[0] + radii[0] * reach * np.cos(angle), center[1] + radii[1] * reach * np.sin(angle)
    return np.stack([x, y, size * rng.uniform(0.7, 1.15, count)], axis=-1)


def random_tree(rng: np.random.Generator) -> Tree:
    """Any tree."""
    kind = int(rng.integers(NUM_TREES))
    height = (
        float(rng.uniform(4.0, 8.5)) if TREE_SHAPES[kind % len(TREE_SHAPES)] != "bush" else float(rng.uniform(1, 2))
    )
    return Tree(kind, height, 0.83 * height * float(rng.uniform(0.85, 1.15)))


@dataclass(frozen=True)
class Building:
    """A house, a hedge, a guard rail: a mesh, its paint, and how much larger it is than the mesh along each axis."""

    mesh: Mesh
    width: float
    height: float
    length: float
    paint: Colour = (0, 0, 0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw it."""
        canvas.mesh(self.mesh, place, self.paint, self.scale)


def random_block(rng: np.random.Generator) -> Building:
    """A town house with shops."""
    return _varied(_block(int(rng.integers(_NUM_BUILDINGS))), rng)


def random_house(rng: np.random.Generator) -> Building:
    """A house with a tiled roof."""
    return _varied(_house(int(rng.integers(_NUM_BUILDINGS))), rng)


def _varied(house: Building, rng: np.random.Generator) -> Building:
    x, y, z = rng.uniform(0.92, 1.08, size=3).tolist()
    paint = _WALLS[rng.integers(len(_WALLS))]
    return Building(house.mesh, x * house.width, y * house.height, z * house.length, paint, (x, y, z))


_WALLS: tuple[Colour, ...] = (
    (172, 118, 92), (198, 186, 164), (146, 150, 154), (214, 198, 158), (132, 84, 74), (186, 160, 134), (120, 128, 138),
    (206, 206, 202), (164, 140, 112),
)  # fmt: skip
_SHOPS: tuple[Colour, ...] = ((150, 40, 44), (34, 84, 72), (36, 56, 110), (196, 150, 50), (60, 60, 64))
_NUM_BUILDINGS = 40  # different ones of each kind, before paint and proportions
_LIT = 0.4  # of the windows have their lights on when it is dark
_PANE, _PANE_LIT = (58, 72, 88), (255, 214, 140)


@cache
def _block(kind: int) -> Building:
    rng = np.random.default_rng([1, kind])
    width, length, storeys = float(rng.uniform(7, 11)), float(rng.uniform(8, 15)), int(rng.integers(2, 6))
    height, mesh = 3.6 + 3.0 * storeys, Mesh()
    faces = cuboid((-width / 2, width / 2), (0, height), (-length / 2, length / 2))
    trim, shop = float(rng.choice([0.72, 1.25])), _SHOPS[rng.integers(len(_SHOPS))]
    for name in ("rear", "left", "right"):
        quad, across = faces[name], width if name == "rear" else length
        mesh.face(quad, 1.0)
        ground = 3.4 / height
        mesh.face(inset(quad, 0, 1, 0, ground), 0.72)
        mesh.face(inset(quad, 0, 1, ground, ground + 0.25 / height), trim)
        mesh.face(inset(quad, 0, 1, 1 - 0.5 / height, 1), trim)
        _windows(mesh, inset(quad, 0, 1, ground, 1 - 0.5 / height), round(across / 2.4), storeys, rng, trim)
        _shop_fronts(mesh, quad, max(round(across / 4), 1), height, shop)
    return Building(mesh, width, height, length)


def _windows(mesh: Mesh, wall: Quad, columns: int, rows: int, rng: np.random.Generator, trim: float) -> None:
    """Add a grid of windows, some of them lit."""
    corners = np.array(wall)
    for margin_x, margin_y, colour in ((0.22, 0.2, trim), (0.28, 0.25, _PANE)):
        u = (np.arange(columns)[:, None] + [margin_x, 1 - margin_x]) / columns
        v = (np.arange(rows)[:, None] + [margin_y, 1 - margin_y]) / rows
        u0, v0 = (grid.ravel() for grid in np.meshgrid(u[:, 0], v[:, 0]))
        u1, v1 = (grid.ravel() for grid in np.meshgrid(u[:, 1], v[:, 1]))
        across, down = np.stack([u0, u1, u1, u0], axis=1)[..., None], np.stack([v0, v0, v1, v1], axis=1)[..., None]
        bottom = corners[0] * (1 - across) + corners[1] * across
        top = corners[3] * (1 - across) + corners[2] * across
        panes = bottom * (1 - down) + top * down
        if colour is _PANE:
            bright = rng.random(len(panes)) < _LIT
            for pane in panes[bright]:
                mesh.face(pane, _PANE, lamp=_PANE_LIT)
            panes = panes[~bright]
        mesh.faces(panes, colour)


def _shop_fronts(mesh: Mesh, wall: Quad, count: int, height: float, colour: Colour) -> None:
    for start in np.arange(count) / count:
        left, right = start + 0.1 / count, start + 0.9 / count
        glow: Colour | None = (255, 226, 170) if start < 0.6 else None
        mesh.face(inset(wall, left, right, 0.35 / height, 2.35 / height), (70, 84, 96), lamp=glow)
        mesh.face(inset(wall, left, right, 2.4 / height, 3.1 / height), colour)
        mesh.face(inset(wall, (left + right) / 2, (left + right) / 2 + 0.02 / count, 0, 2.35 / height), (40, 42, 46))


@cache
def _house(kind: int) -> Building:
    rng = np.random.default_rng([2, kind])
    width, length, eaves = float(rng.uniform(7, 10)), float(rng.uniform(8, 12)), float(rng.choice([3.0, 5.6]))
    ridge, mesh = eaves + 0.34 * width, Mesh()
    x, z = width / 2, length / 2
    faces = cuboid((-x, x), (0, eaves), (-z, z))
    for name in ("rear", "left", "right"):
        quad, across = faces[name], width if name == "rear" else length
        mesh.face(quad, 1.0)
        mesh.face(inset(quad, 0, 1, 0, 0.5 / eaves), 0.7)
        _windows(mesh, quad, round(across / 3), round(eaves / 2.8), rng, 1.2)
    mesh.face(inset(faces["rear"], 0.42, 0.55, 0, 2.1 / eaves), (92, 62, 44))
    roof: Colour = ((150, 74, 56), (96, 70, 62), (86, 90, 98))[rng.integers(3)]
    over = 0.4
    mesh.face([(-x, eaves, -z), (x, eaves, -z), (0, ridge, -z)], 0.95)
    left: Quad = ((-x - over, eaves, z), (-x - over, eaves, -z - over), (0, ridge, -z - over), (0, ridge, z))
    right: Quad = ((x + over, eaves, -z - over), (x + over, eaves, z), (0, ridge, z), (0, ridge, -z - over))
    for quad in (left, right):
        mesh.face(quad, roof)
        for v in (0.25, 0.5, 0.75):
            mesh.face(inset(quad, 0, 1, v, v + 0.03), tuple(0.8 * value for value in roof))  # type: ignore[arg-type]
    return Building(mesh, width, ridge, length)


@cache
def guard_rail(length: float) -> Building:
    """A piece of guard rail along the road."""
    mesh = Mesh()
    for z in np.arange(-length / 2, length / 2, 4.0):
        for quad in cuboid((-0.05, 0.05), (0, 0.7), (z, z + 0.12)).values():
            mesh.face(quad, (110, 114, 118))
    for low, high, tone in ((0.45, 0.6, (150, 154, 158)), (0.6, 0.78, (196, 200, 204))):
        for quad in cuboid((-0.08, 0.08), (low, high), (-length / 2, length / 2)).values():
            mesh.face(quad, tone)
    return Building(mesh, 0.16, 0.78, length)


@cache
def hedge(length: float, tone: int) -> Building:
    """A clipped hedge or a garden wall along the road."""
    mesh, rng = Mesh(), np.random.default_rng(tone)
    colour = np.array(((70, 104, 50), (58, 92, 54), (168, 158, 146), (152, 106, 86))[tone % 4])
    for z in np.arange(-length / 2, length / 2, 1.0):
        r, g, b = (colour * rng.uniform(0.9, 1.1)).tolist()
        height = 1.1 + (0.12 * rng.random() if tone % 4 < 2 else 0.0)
        for quad in cuboid((-0.3, 0.3), (0, height), (z, z + 1.0)).values():
            mesh.face(quad, (r, g, b))
    return Building(mesh, 0.6, 1.1, length)
