"""Cars and trucks of the dashcam scenes: meshes in metres; x to the right, y up, z towards their front."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from courselib.datasets._dashcam_canvas import Canvas, Colour, Mesh, Place, Point

PAINTS: tuple[Colour, ...] = (
    (196, 32, 36), (32, 62, 158), (236, 236, 234), (34, 34, 38), (112, 118, 126), (188, 192, 196), (24, 96, 62),
    (226, 178, 34), (98, 26, 42), (64, 132, 192), (146, 98, 58), (232, 118, 38), (208, 200, 176), (70, 76, 92),
)  # fmt: skip
_GLASS, _REFLECTION, _RUBBER, _PLASTIC = (34, 42, 52), (84, 100, 116), (26, 26, 28), (46, 47, 50)
_RIM, _PLATE = (158, 160, 164), (232, 232, 216)
_TAIL, _TAIL_LIT = (150, 18, 22), (255, 52, 36)
_HEAD, _HEAD_LIT = (228, 232, 234), (255, 250, 224)

Quad = tuple[Point, Point, Point, Point]


def cuboid(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> dict[str, Quad]:
    """The faces of a box by name, but for the bottom; each runs from its lower left corner anticlockwise."""
    (x0, x1), (y0, y1), (z0, z1) = x, y, z
    return {
        "rear": ((x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)),
        "front": ((x1, y0, z1), (x0, y0, z1), (x0, y1, z1), (x1, y1, z1)),
        "left": ((x0, y0, z1), (x0, y0, z0), (x0, y1, z0), (x0, y1, z1)),
        "right": ((x1, y0, z0), (x1, y0, z1), (x1, y1, z1), (x1, y1, z0)),
        "top": ((x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)),
    }


def inset(quad: Quad, left: float, right: float, bottom: float, top: float) -> Quad:
    """A part of a face: fractions of its width and its height."""

    def at(u: float, v: float) -> Point:
        weights = ((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v)
        x, y, z = (sum(w * corner[axis] for w, corner in zip(weights, quad, strict=True)) for axis in range(3))
        return x, y, z

    return at(left, bottom), at(right, bottom), at(right, top), at(left, top)


class _Body(NamedTuple):
    """A car's shape. Heights are metres; places along the car are fractions of its length from the rear."""

    length: float
    half_width: float
    height: float
    belt: float  # the height of the lower edge of the windows
    hood: float  # the height of the front end of the hood
    cabin_rear: float  # where the rear window meets the body
    roof_rear: float
    roof_front: float
    cabin_front: float  # where the windscreen meets the hood
    doors: int = 2


BODIES: dict[str, _Body] = {
    "hatchback": _Body(4.0, 0.88, 1.48, 0.93, 0.74, 0.02, 0.13, 0.53, 0.71),
    "sedan": _Body(4.65, 0.90, 1.44, 0.92, 0.72, 0.13, 0.28, 0.54, 0.70),
    "estate": _Body(4.65, 0.90, 1.48, 0.92, 0.72, 0.02, 0.07, 0.55, 0.71, 3),
    "suv": _Body(4.5, 0.95, 1.74, 1.08, 0.92, 0.01, 0.07, 0.56, 0.71, 3),
    "van": _Body(4.9, 0.97, 1.98, 1.12, 0.92, 0.005, 0.02, 0.70, 0.88, 3),
    "coupe": _Body(4.3, 0.90, 1.28, 0.84, 0.68, 0.08, 0.32, 0.50, 0.68, 1),
}


@cache
def car(kind: str) -> Mesh:
    """The mesh of a car of one of the `BODIES`."""
    body, mesh = BODIES[kind], Mesh()
    _chassis(mesh, body.half_width, body.length, axles=(-0.3, 0.31), radius=0.33)
    _lower_body(mesh, body)
    for axle in (-0.3, 0.31):
        for side in (-1, 1):
            _wheel(mesh, side * (body.half_width + 0.004), axle * body.length, 0.33, arch=True)
    _ends(mesh, body)
    _cabin(mesh, body)
    return mesh


def _chassis(mesh: Mesh, half_width: float, length: float, axles: tuple[float, ...], radius: float) -> None:
    """What is seen under a vehicle: the tyres and the dark below."""
    w = half_width
    for z in axles:
        for x in ((-w + 0.03, -w + 0.26), (w - 0.26, w - 0.03)):
            for name, quad in cuboid(x, (0, 1.5 * radius), (z * length - 0.28, z * length + 0.28)).items():
                if name != "top":
                    mesh.face(quad, _RUBBER)
    for quad in cuboid((-w + 0.1, w - 0.1), (0.14, 0.36), (-length / 2 + 0.2, length / 2 - 0.2)).values():
        mesh.face(quad, (20, 20, 22))


def _wheel(mesh: Mesh, x: float, z: float, radius: float, arch: bool = False, part: int = 0) -> None:
    side = np.sign(x)
    around = np.linspace(0, 2 * np.pi, 15)[:-1] * side

    def disc(scale: float, colour: Colour, raised: float = 0.0) -> None:
        height = np.maximum(radius + raised + scale * radius * np.sin(around), 0)
        depth = z + scale * radius * np.cos(around)
        mesh.faces(np.stack([np.full_like(around, x), height, depth], axis=-1)[None], colour, part)

    if arch:
        disc(1.22, (18, 18, 20), raised=0.04)
    for scale, colour in ((1.0, _RUBBER), (0.66, _RIM), (0.5, (96, 98, 102)), (0.2, (186, 188, 192))):
        disc(scale, colour)


def _lower_body(mesh: Mesh, body: _Body) -> None:
    w, half = body.half_width, body.length / 2
    cowl, rear = (body.cabin_front - 0.5) * body.length, (body.cabin_rear - 0.5) * body.length
    low, hood, belt = 0.24, body.hood, body.belt
    side = [(low, -half + 0.05), (low, half - 0.06), (0.5, half), (hood, half - 0.1), (belt, cowl), (belt, rear)]
    side += [(belt - 0.03, -half + 0.06), (0.52, -half)]
    for sign in (-1, 1):
        x = sign * w
        outline = [(x, y, z) for y, z in side]
        mesh.face(outline if sign > 0 else outline[::-1], 0.92)
        sill: Quad = ((x, low, -half + 0.05), (x, low, half - 0.06), (x, 0.34, half - 0.04), (x, 0.34, -half + 0.03))
        shoulder: Quad = (
            (x, belt - 0.14, -half + 0.04), (x, belt - 0.14 - (belt - hood) * 0.6, half - 0.1),
            (x, belt - 0.03 - (belt - hood) * 0.7, half - 0.1), (x, belt - 0.03, -half + 0.06),
        )  # fmt: skip
        mesh.face(sill if sign > 0 else sill[::-1], _PLASTIC)
        mesh.face(shoulder if sign > 0 else shoulder[::-1], 1.1)
        for door in np.linspace(-0.16, 0.19, body.doors + 1):
            z = door * body.length
            line: Quad = ((x, 0.36, z), (x, 0.36, z + 0.03), (x, belt, z + 0.03), (x, belt, z))
            mesh.face(line if sign > 0 else line[::-1], 0.55)
    top, hinge = w - 0.04, half - 0.1
    mesh.face([(-top, belt, cowl), (top, belt, cowl), (top, hood, hinge), (-top, hood, hinge)], 1.08)
    mesh.face([(-top, belt, 0.06 - half), (top, belt, 0.06 - half), (top, belt, cowl), (-top, belt, cowl)], 1.08)


def _ends(mesh: Mesh, body: _Body) -> None:
    """The rear and the front: bumpers, lights, plates, grille."""
    w, half, belt, hood = body.half_width, body.length / 2, body.belt, body.hood
    rear: Quad = ((-w, 0.5, -half), (w, 0.5, -half), (w - 0.04, belt, -half + 0.06), (-w + 0.04, belt, -half + 0.06))
    bumper: Quad = ((-w, 0.24, -half + 0.05), (w, 0.24, -half + 0.05), (w, 0.52, -half), (-w, 0.52, -half))
    mesh.face(bumper, 0.8)
    mesh.face(rear, 0.97)
    mesh.face(inset(bumper, 0.03, 0.97, 0.0, 0.45), _PLASTIC)
    mesh.face(inset(bumper, 0, 1, 0.92, 1.0), 0.5)
    lights = (0.5, 0.86) if body.height < 1.6 else (0.35, 0.98)
    for left in (0.02, 0.78):
        mesh.face(inset(rear, left, left + 0.2, *lights), _TAIL, lamp=_TAIL_LIT)
        mesh.face(inset(rear, left + 0.04, left + 0.1, lights[0] + 0.06, lights[0] + 0.18), (236, 150, 120))
    mesh.face(inset(rear, 0.35, 0.65, 0.22, 0.56), _PLATE)
    mesh.face(inset(rear, 0.38, 0.62, 0.36, 0.44), (90, 90, 96))
    front: Quad = ((w, 0.5, half), (-w, 0.5, half), (-w + 0.04, hood, half - 0.1), (w - 0.04, hood, half - 0.1))
    nose: Quad = ((w, 0.24, half - 0.06), (-w, 0.24, half - 0.06), (-w, 0.5, half), (w, 0.5, half))
    mesh.face(nose, 0.8)
    mesh.face(front, 0.97)
    mesh.face(inset(nose, 0.18, 0.82, 0.12, 0.6), (30, 30, 33))
    mesh.face(inset(front, 0.27, 0.73, 0.25, 0.88), (32, 32, 36))
    mesh.face(inset(front, 0.27, 0.73, 0.8, 0.9), _RIM)
    mesh.face(inset(nose, 0.36, 0.64, 0.62, 1.0), _PLATE)
    for left in (0.02, 0.76):
        mesh.face(inset(front, left, left + 0.22, 0.3, 0.92), (60, 62, 66))
        mesh.face(inset(front, left + 0.02, left + 0.2, 0.36, 0.86), _HEAD, lamp=_HEAD_LIT)


def _cabin(mesh: Mesh, body: _Body) -> None:
    length, belt, height = body.length, body.belt - 0.01, body.height
    rear, front = (body.cabin_rear - 0.5) * length, (body.cabin_front - 0.5) * length
    roof_rear, roof_front = (body.roof_rear - 0.5) * length, (body.roof_front - 0.5) * length
    w, roof = body.half_width - 0.04, body.half_width - (0.2 if height < 1.9 else 0.12)
    back: Quad = ((-w, belt, rear), (w, belt, rear), (roof, height, roof_rear), (-roof, height, roof_rear))
    screen: Quad = ((w, belt, front), (-w, belt, front), (-roof, height, roof_front), (roof, height, roof_front))
    right: Quad = ((w, belt, rear), (w, belt, front), (roof, height, roof_front), (roof, height, roof_rear))
    left: Quad = ((-w, belt, front), (-w, belt, rear), (-roof, height, roof_rear), (-roof, height, roof_front))
    top: Quad = (
        (-roof, height, roof_rear), (roof, height, roof_rear), (roof, height, roof_front), (-roof, height, roof_front)
    )  # fmt: skip
    for sign in (-1, 1):  # mirrors
        x = (w + 0.02, w + 0.2) if sign > 0 else (-w - 0.2, -w - 0.02)
        for quad in cuboid(x, (belt, belt + 0.16), (front - 0.45, front - 0.35)).values():
            mesh.face(quad, 0.7)
    for quad in (back, screen, right, left):
        mesh.face(quad, 0.88)
    mesh.face(top, 1.12)
    for quad, margin in ((back, 0.06), (screen, 0.04)):
        mesh.face(inset(quad, margin, 1 - margin, 0.08, 0.9), _GLASS)
        mesh.face(inset(quad, 2 * margin, 1 - 2 * margin, 0.5, 0.84), _REFLECTION)
    panes = np.linspace(0.06, 0.94, body.doors + 1)
    for start, end in pairwise(panes):
        for quad, (near, far) in ((right, (start, end)), (left, (1 - end, 1 - start))):
            mesh.face(inset(quad, near + 0.012, far - 0.012, 0.1, 0.88), _GLASS)
            mesh.face(inset(quad, near + 0.02, far - 0.02, 0.58, 0.84), _REFLECTION)


TRUCKS = ("box", "stripes", "curtain", "flatbed", "tanker")
_CHASSIS, _LOAD, _CAB = 0, 1, 2


@cache
def truck(kind: str) -> Mesh:
    """The mesh of a truck of one of the `TRUCKS`: its paint is the cab's; 8 m long, 2.4 m wide, 3.2 m high."""
    mesh = Mesh()
    for x in ((-1.12, -0.72), (0.72, 1.12)):
        for z in (-2.6, -1.5, 2.9):
            for name, quad in cuboid(x, (0, 0.95), (z - 0.42, z + 0.42)).items():
                if name != "top":
                    mesh.face(quad, _RUBBER, _CHASSIS)
    for quad in cuboid((-0.9, 0.9), (0.5, 0.95), (-3.9, 3.6)).values():
        mesh.face(quad, (36, 36, 38), _CHASSIS)
    if kind == "tanker":
        _tank(mesh)
    elif kind == "flatbed":
        _flatbed(mesh)
    else:
        _container(mesh, kind)
    _truck_rear(mesh)
    _truck_cab(mesh)
    for side in (-1.16, 1.16):
        for z, part in ((-2.6, _LOAD), (-1.5, _LOAD), (2.9, _CAB)):
            _wheel(mesh, side, z, 0.5, part=part)
    return mesh


def _container(mesh: Mesh, kind: str) -> None:
    faces = cuboid((-1.22, 1.22), (0.95, 3.3), (-4, 1.75))
    wall: Colour | float = (232, 232, 228) if kind == "box" else (206, 210, 214) if kind == "stripes" else 0.95
    for quad in faces.values():
        mesh.face(quad, wall, _LOAD)
    for name in ("left", "right"):
        quad = faces[name]
        if kind == "stripes":
            mesh.face(inset(quad, 0, 1, 0.3, 0.62), 1.0, _LOAD)
        elif kind == "box":
            mesh.face(inset(quad, 0.22, 0.78, 0.38, 0.7), 1.0, _LOAD)
        else:
            for u in np.linspace(0.1, 0.9, 9):
                mesh.face(inset(quad, u, u + 0.012, 0.04, 0.96), 0.75, _LOAD)
        mesh.face(inset(quad, 0, 1, 0, 0.05), (84, 86, 90), _LOAD)
    rear = faces["rear"]
    mesh.face(inset(rear, 0.03, 0.97, 0.02, 0.97), (214, 214, 210) if kind != "curtain" else 0.82, _LOAD)
    for u in (0.24, 0.49, 0.74):
        mesh.face(inset(rear, u, u + 0.02, 0.03, 0.96), (150, 152, 156) if u != 0.49 else (70, 72, 76), _LOAD)


def _flatbed(mesh: Mesh) -> None:
    for quad in cuboid((-1.2, 1.2), (0.95, 1.45), (-4, 1.75)).values():
        mesh.face(quad, (128, 106, 78), _LOAD)
    for z, height, colour in ((-0.6, 2.5, (176, 132, 78)), (-3.4, 2.1, (122, 142, 156))):
        faces = cuboid((-1.0, 1.0), (1.45, height), (z, z + 2.1))
        for name, quad in faces.items():
            mesh.face(quad, colour, _LOAD)
            if name != "top":
                for v in (0.3, 0.65):
                    mesh.face(inset(quad, 0, 1, v, v + 0.06), (84, 66, 46), _LOAD)


def _tank(mesh: Mesh) -> None:
    angles = np.linspace(0, 2 * np.pi, 13)
    ring = np.stack([1.18 * np.cos(angles), 2.1 + 1.12 * np.sin(angles)], axis=-1)
    for (x0, y0), (x1, y1) in pairwise(ring):
        quad: Quad = ((x0, y0, -4), (x0, y0, 1.7), (x1, y1, 1.7), (x1, y1, -4))
        mesh.face(quad, (206, 210, 214), _LOAD)
        mesh.face(inset(quad, 0.45, 0.55, 0, 1), 1.0, _LOAD)
    mesh.face([(x, y, -4) for x, y in ring[:-1]], (188, 192, 198), _LOAD)
    mesh.face([(0.86 * x, 2.1 + 0.86 * (y - 2.1), -4) for x, y in ring[:-1]], (204, 208, 212), _LOAD)
    back: Quad = ((-1.1, 1.0, -4), (1.1, 1.0, -4), (1.1, 3.2, -4), (-1.1, 3.2, -4))
    mesh.face(inset(back, 0.02, 0.98, 0.42, 0.56), 1.0, _LOAD)
    mesh.face(inset(back, 0.3, 0.5, 0.18, 0.34), (236, 132, 36), _LOAD)
    for u in (0.62, 0.76):
        mesh.face(inset(back, u, u + 0.03, 0.05, 0.93), (96, 100, 106), _LOAD)
    for v in (0.2, 0.4, 0.6, 0.8):
        mesh.face(inset(back, 0.62, 0.79, v, v + 0.02), (96, 100, 106), _LOAD)
    mesh.face([(x, y, 1.7) for x, y in ring[-2::-1]], (188, 192, 198), _LOAD)


def _truck_rear(mesh: Mesh) -> None:
    bar: Quad = ((-1.15, 0.5, -4.01), (1.15, 0.5, -4.01), (1.15, 0.92, -4.01), (-1.15, 0.92, -4.01))
    mesh.face(bar, (52, 53, 56), _LOAD)
    for left in (0.02, 0.8):
        mesh.face(inset(bar, left, left + 0.18, 0.25, 0.8), _TAIL, _LOAD, lamp=_TAIL_LIT)
    mesh.face(inset(bar, 0.4, 0.6, 0.25, 0.75), _PLATE, _LOAD)
    for left in (0.22, 0.62):  # the mud flaps' warning stripes
        mesh.face(inset(bar, left, left + 0.16, 0.35, 0.65), (226, 160, 40), _LOAD)


def _truck_cab(mesh: Mesh) -> None:
    faces = cuboid((-1.17, 1.17), (0.5, 2.95), (2.0, 4.0))
    for quad in faces.values():
        mesh.face(quad, 1.0, _CAB)
    front = faces["front"]
    mesh.face(inset(front, 0.06, 0.94, 0.5, 0.86), _GLASS, _CAB)
    mesh.face(inset(front, 0.1, 0.9, 0.68, 0.82), _REFLECTION, _CAB)
    mesh.face(inset(front, 0.14, 0.86, 0.17, 0.45), (40, 40, 43), _CAB)
    for v in (0.24, 0.32, 0.4):
        mesh.face(inset(front, 0.17, 0.83, v, v + 0.025), _RIM, _CAB)
    mesh.face(inset(front, 0, 1, 0, 0.14), (54, 55, 58), _CAB)
    mesh.face(inset(front, 0.38, 0.62, 0.02, 0.1), _PLATE, _CAB)
    mesh.face(inset(front, 0.0, 1.0, 0.9, 0.95), 0.6, _CAB)
    for left in (0.02, 0.82):
        mesh.face(inset(front, left, left + 0.16, 0.03, 0.13), _HEAD, _CAB, lamp=_HEAD_LIT)
    for name in ("left", "right"):
        near, far = (0.12, 0.62) if name == "left" else (0.38, 0.88)
        mesh.face(inset(faces[name], near, far, 0.52, 0.85), _GLASS, _CAB)
        mesh.face(inset(faces[name], near, far, 0.7, 0.82), _REFLECTION, _CAB)
        mesh.face(inset(faces[name], 0, 1, 0, 0.1), (54, 55, 58), _CAB)
    for x in ((-1.42, -1.25), (1.25, 1.42)):
        for quad in cuboid(x, (1.8, 2.5), (3.7, 3.8)).values():
            mesh.face(quad, (40, 40, 43), _CAB)


@dataclass(frozen=True)
class Vehicle:
    """A car or a truck: a mesh, its paint, and how much larger or smaller it is than the mesh along each axis."""

    mesh: Mesh
    paint: Colour
    scale: tuple[float, float, float]
    width: float
    height: float
    length: float

    def draw(self, canvas: Canvas, place: Place, time: float) -> None:
        """Draw it."""
        canvas.mesh(self.mesh, place, self.paint, self.scale)


def random_car(rng: np.random.Generator) -> Vehicle:
    """A car of any body, paint and, within reason, size."""
    kind = str(rng.choice(list(BODIES), p=[0.26, 0.24, 0.14, 0.18, 0.1, 0.08]))
    body = BODIES[kind]
    return _vehicle(car(kind), rng, 2 * body.half_width, body.height, body.length)


def random_truck(rng: np.random.Generator) -> Vehicle:
    """A truck with any load."""
    kind = str(rng.choice(TRUCKS, p=[0.3, 0.24, 0.22, 0.12, 0.12]))
    return _vehicle(truck(kind), rng, 2.4, 3.3, 8.0)


def _vehicle(mesh: Mesh, rng: np.random.Generator, width: float, height: float, length: float) -> Vehicle:
    paint = np.array(PAINTS[rng.integers(len(PAINTS))]) * rng.uniform(0.85, 1.1)
    x, y, z = rng.uniform([0.96, 0.95, 0.92], [1.04, 1.05, 1.06]).tolist()
    return Vehicle(mesh, tuple(paint.tolist()), (x, y, z), x * width, y * height, z * length)
