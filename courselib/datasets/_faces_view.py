"""How a rendered head is looked at: rays, the ellipsoids they meet, and paint.

A head is an ellipsoid about (0, 0, 0) with `x` to the right, `y` down and `z` towards the viewer; the unit is about
half its height. Shapes are signed distances in that unit, negative inside: a pixel is covered as far as the distance to
the edge says, so every edge is smooth and nothing has to be drawn larger than it is.

Arrays have the shape `(m, n, n)` for `m` pictures of `n x n` pixels, `(m, 1, 1)` for a number per picture, and `(m, 3,
n, n)` or `(m, 3, 1, 1)` for colours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray
Triple = tuple[Array, Array, Array]


class View(NamedTuple):
    """Pixels in the unit of the head, and how the head is turned."""

    u: Array  # to the right, upright with the head (m, n, n)
    v: Array  # down (m, n, n)
    pixel: Array  # the width of a pixel (m, 1, 1)
    sin_yaw: Array
    cos_yaw: Array
    sin_pitch: Array
    cos_pitch: Array

    def cover(self, distance: Array, soft: float = 1.0) -> Array:
        """How much of each pixel a shape covers, from its signed distance; `soft` widens the edge."""
        return np.clip(0.5 - distance / (self.pixel * soft), 0, 1)

    def around(self, x: Array | float, y: Array | float, z: Array | float) -> tuple[Array, Array]:
        """Pixels measured from where a point of the head appears: to the right, and down."""
        deep = z * self.cos_yaw - x * self.sin_yaw
        return (
            self.u - x * self.cos_yaw - z * self.sin_yaw,
            self.v - y * self.cos_pitch + deep * self.sin_pitch,
        )

    def into_head(self, x: Array, y: Array, z: Array) -> Triple:
        """A direction of the room in the axes of the head."""
        y, deep = y * self.cos_pitch + z * self.sin_pitch, z * self.cos_pitch - y * self.sin_pitch
        return x * self.cos_yaw - deep * self.sin_yaw, y, x * self.sin_yaw + deep * self.cos_yaw


class Surface(NamedTuple):
    """Where the rays of the pixels meet an ellipsoid."""

    x: Array  # in the axes of the head (m, n, n)
    y: Array
    z: Array
    outline: Array  # signed distance to the ellipsoid's outline
    normal: Triple


def pixels(size: int) -> tuple[Array, Array]:
    """The centres of the pixels in [-1, 1]: to the right (1, 1, n), and down (1, n, 1)."""
    grid = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1)[None]
    return grid[:, None, :], grid[:, :, None]


def look(t: dict[str, Array], size: int) -> View:
    """The view that the traits `shift_x`, `shift_y`, `scale`, `roll`, `yaw` and `pitch` describe."""
    right, down = pixels(size)
    right, down = (right - t["shift_x"]) / t["scale"], (down - t["shift_y"]) / t["scale"]
    sin, cos = np.sin(t["roll"]), np.cos(t["roll"])
    turned = np.sin(t["yaw"]), np.cos(t["yaw"]), np.sin(t["pitch"]), np.cos(t["pitch"])
    return View(right * cos + down * sin, down * cos - right * sin, 2 / (size * t["scale"]), *turned)


def meet(view: View, half: tuple[Array, Array, Array | float], y0: float = 0.0, z0: float = 0.0) -> Surface:
    """Where the rays meet the ellipsoid with the semi-axes `half` about (0, y0, z0); nowhere is the nearest point."""
    u, v = view.around(0.0, y0, z0)
    zero = np.zeros_like(view.pixel)
    starts = view.into_head(u, v, zero)  # the ray is start + t * direction; divided by the semi-axes, a sphere's
    directions = view.into_head(zero, zero, zero + 1)
    (qx, qy, qz), (dx, dy, dz) = (tuple(p / a for p, a in zip(ps, half, strict=True)) for ps in (starts, directions))
    dd = dx * dx + dy * dy + dz * dz
    back = (qx * dx + qy * dy + qz * dz) / dd
    nearest = np.maximum(qx * qx + qy * qy + qz * qz - back * back * dd, 1e-9)  # squared; 1 on the outline
    t = np.sqrt(np.maximum(1 - nearest, 0) / dd) - back
    qx, qy, qz = qx + t * dx, qy + t * dy, qz + t * dz
    outline = np.sqrt(u * u + v * v) * (1 - 1 / np.sqrt(nearest))
    normal = unit(qx / half[0], qy / half[1], qz / half[2])
    return Surface(qx * half[0], qy * half[1] + y0, qz * half[2] + z0, outline, normal)


def unit(x: Array, y: Array, z: Array) -> Triple:
    """Vectors of length 1."""
    scale = 1 / np.sqrt(x * x + y * y + z * z + 1e-9)
    return x * scale, y * scale, z * scale


def facing(normal: Triple, towards: Triple) -> Array:
    """The cosine of the angle between two directions of length 1."""
    return np.asarray(normal[0] * towards[0] + normal[1] * towards[1] + normal[2] * towards[2])


def paint(canvas: Array, cover: Array, colour: Array | float) -> None:
    """Lay a colour (m, 3, 1, 1) or a picture (m, 3, n, n) over the canvas where `cover` (m, n, n) is above 0."""
    canvas += cover[:, None] * (colour - canvas)


def rgb(red: float, green: float, blue: float) -> Array:
    """A colour for every picture (3, 1, 1)."""
    return np.array([red, green, blue], np.float32)[:, None, None]


def bump(x: Array, y: Array, width: Array | float, height: Array | float) -> Array:
    """A soft hill about 0, 1 high."""
    return np.asarray(np.exp(-np.square(x / width) - np.square(y / height)))


def ridge(x: Array | float, width: Array | float) -> Array:
    """A soft hill along the line where x is 0, 1 high."""
    return np.asarray(np.exp(-np.square(x / width)))


def disc(x: Array, y: Array, radius: Array | float) -> Array:
    """The signed distance to a circle about 0."""
    return np.asarray(np.sqrt(x * x + y * y) - radius)


def both(*distances: Array) -> Array:
    """The signed distance to what is inside all of the shapes."""
    inside = distances[0]
    for distance in distances[1:]:
        inside = np.maximum(inside, distance)
    return np.asarray(inside)
