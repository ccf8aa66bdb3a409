"""What is far away or flat in the dashcam scenes: sky, skyline and the ground, textured in perspective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from courselib.datasets._dashcam_canvas import Camera, Light

_TILE = 256  # pixels of a noise tile; a power of two
ASPHALT, PAVEMENT, KERB, GRASS = range(4)
_GRAIN = np.array([0.08, 0.05, 0.05, 0.17], np.float32)  # how rough each material looks
_DASH, _GAP = 3.0, 6.0
_LINE = 0.075  # metres, half of a line's width
_NONE, _DASHED, _SOLID = range(3)
_CROSSWALK = 3.5  # metres
JUNCTION = 8.0


@dataclass(frozen=True)
class Road:
    """A straight road along z; places across it are metres to the right of the camera.

    Attributes:
        left, lane_width, num_lanes: Where the leftmost lane begins, and the lanes, in our direction from `centre` on.
        strips: Where one material ends and the next begins, from left to right, with one material more than places.
        palette: The colour of each material, `(4, 3)`.
        line: The colour of the line between the two directions.
        lane_style: `_NONE`, `_DASHED` or `_SOLID` for each line, from the left edge to the right one.
        crosswalk, junction: Where along the road a crosswalk and a side road begin, if there are any.
    """

    left: float
    lane_width: float
    num_lanes: int
    centre: int
    strips: tuple[float, ...]
    materials: tuple[int, ...]
    palette: np.ndarray
    line: tuple[float, float, float]
    lane_style: tuple[int, ...]
    crosswalk: float | None
    junction: float | None

    @property
    def right(self) -> float:
        """Where the rightmost lane ends."""
        return self.left + self.num_lanes * self.lane_width


def lane_styles(num_lanes: int, centre: int, solid_centre: bool) -> tuple[int, ...]:
    """Solid lines at the edges, dashed ones between the lanes."""
    styles = [_SOLID, *[_DASHED] * (num_lanes - 1), _SOLID]
    if solid_centre and 0 < centre < num_lanes:
        styles[centre] = _SOLID
    return tuple(styles)


class Backdrop(NamedTuple):
    """What the far end of a world looks like."""

    clouds: tuple[int, int]  # where in the noise tile
    city: bool
    skyline: np.ndarray  # heights in metres of what stands at the horizon, around us


@cache
def _noise(roughness: float, seed: int) -> np.ndarray:
    """A tile of noise that repeats: mean 0, standard deviation 1; rougher for a smaller exponent."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE))) / frequency**roughness
    tile = np.fft.irfft2(spectrum, s=(_TILE, _TILE))
    scaled: np.ndarray = (tile / tile.std()).astype(np.float32)
    return scaled


def _sample(tile: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A tile's values at (nearest) integer places, repeated without end."""
    index = (y.astype(np.int32) & (_TILE - 1)) * _TILE + (x.astype(np.int32) & (_TILE - 1))
    return np.take(tile, index)


def paint_background(
    camera: Camera, light: Light, road: Road, backdrop: Backdrop, travelled: float, heading: float,
    shadows: Image.Image, lamps: Sequence[tuple[float, float]],
) -> Image.Image:  # fmt: skip
    """The scene without its things, as an RGBA picture whose alpha is 0.

    Args:
        camera: The camera.
        light: The light.
        road: The road.
        backdrop: The sky and the skyline.
        travelled: How far the camera has come along the road, in metres.
        heading: Where the camera looks, in radians from where it looked at first.
        shadows: How dark the shadow is on each pixel of the ground (mode L).
        lamps: Where, from the camera, street lamps light the ground: `(x, z)`.
    """
    rows, columns = camera.size
    top = int(np.ceil(camera.horizon))
    image = Image.new("RGB", (columns, rows))
    image.paste(_sky(camera, light, backdrop, heading).resize((columns, top), Image.Resampling.BICUBIC))
    _draw_skyline(image, camera, light, backdrop, heading)
    image.paste(Image.fromarray(_ground(camera, light, road, travelled, shadows, lamps)), (0, top))
    image.putalpha(0)
    return image


def _sky(camera: Camera, light: Light, backdrop: Backdrop, heading: float) -> Image.Image:
    """The sky at a quarter of the canvas' size: a gradient, the sun's glow, and clouds that thin out far away."""
    up = camera.horizon - np.arange(2, camera.horizon + 4, 4)[:, None]  # (rows, 1) pixels above the horizon
    across = np.arange(2, camera.size[1], 4)[None] - camera.center
    height = np.clip(up / (0.5 * camera.size[0]), 0, 1)[..., None] ** 0.7
    sky = light.horizon + (light.zenith - light.horizon) * height
    x, y, z = light.sun_direction
    if light.sun.max() > 0.2 and z > 0:
        sun_x, sun_y = camera.focal * (x / z - heading), camera.focal * y / z
        distance = np.hypot(across - sun_x, up - sun_y) / camera.size[0]
        sky = sky + np.exp(-4 * distance)[..., None] * light.sun * (90, 76, 50)
    depth = 0.5 * camera.focal / np.maximum(up, 3.0)
    spread = 60.0
    place_x = (across / camera.focal + heading) * depth * spread + backdrop.clouds[0]
    clouds = _sample(_noise(1.7, 1), place_x, np.broadcast_to(depth * spread + backdrop.clouds[1], place_x.shape))
    covered = np.clip((clouds + 3.4 * light.cloud_cover - 1.7) * 0.7, 0, 1) * np.clip(up / 14, 0, 1)
    tone = 1 - 0.12 * np.clip(clouds, 0, 2)
    sky = sky + covered[..., None] * (light.cloud_colour * tone[..., None] - sky)
    return Image.fromarray(np.clip(sky, 0, 255).astype(np.uint8))


def _draw_skyline(image: Image.Image, camera: Camera, light: Light, backdrop: Backdrop, heading: float) -> None:
    """Hills, or the roofs of a town, in the haze."""
    draw, columns, count = ImageDraw.Draw(image), camera.size[1], len(backdrop.skyline)
    if light.stars:
        rng = np.random.default_rng(backdrop.clouds)
        for x, y, tone in zip(
            rng.integers(columns, size=50), rng.uniform(0, 0.9, 50), rng.integers(90, 220, 50), strict=True
        ):
            draw.point((int(x), int(y * camera.horizon)), fill=(int(tone),) * 3)
    step = camera.focal * 2 * np.pi / count
    for layer, (base, share) in enumerate((((84, 104, 120), 0.35), ((66, 88, 70), 0.6))):
        colour = np.array(base if not backdrop.city else (104, 106, 116)) * (light.ambient + 0.4 * light.sun)
        fill = tuple(np.clip(colour * share + light.horizon * (1 - share), 0, 255).astype(int).tolist())
        first = int(np.floor((heading * camera.focal - camera.center) / step)) - 1
        index = np.arange(first, first + int(columns / step) + 4)
        x = camera.center - heading * camera.focal + index * step
        height = np.roll(backdrop.skyline, 37 * layer)[index % count] * (1.0 - 0.45 * layer)
        y = camera.horizon - camera.focal * height / 600
        if backdrop.city:
            x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        outline = [(columns + 99.0, camera.horizon + 2), (-99.0, camera.horizon + 2)]
        draw.polygon(outline + list(zip(x.tolist(), y.tolist(), strict=True)), fill=fill)


def _ground(
    camera: Camera,
    light: Light,
    road: Road,
    travelled: float,
    shadows: Image.Image,
    lamps: Sequence[tuple[float, float]],
) -> np.ndarray:
    """The ground below the horizon, `(rows, columns, 3)` uint8: for each pixel, what lies where its ray meets it."""
    rows, columns = camera.size
    top = int(np.ceil(camera.horizon))
    z = (camera.focal * camera.height / (np.arange(top, rows) + 0.5 - camera.horizon)).astype(np.float32)[:, None]
    across = np.arange(0, columns, 2) + 1 - camera.center  # every second column: the markings have smooth edges
    x = (across / camera.focal).astype(np.float32) * z - np.float32(camera.bend / 2) * z**2
    along = z + np.float32(travelled)
    zone = np.zeros(x.shape, np.uint8)
    for place in road.strips:
        zone += x > place
    material = np.array(road.materials, np.uint8)[zone]
    if road.junction is not None:
        material[((along > road.junction) & (along < road.junction + JUNCTION))[:, 0]] = ASPHALT
    grain, patches = _noise(0.3, 2), _noise(1.5, 3)
    tone = _sample(grain, x * 34, along * 20) * np.minimum(0.7, 3.5 / z) + 0.55 * _sample(patches, x * 6, along * 2.5)
    tone = 1 + np.take(_GRAIN, material) * tone
    lane = (x - road.left) / road.lane_width
    to_line = np.abs(lane - np.rint(lane))
    tone -= 0.07 * np.maximum(1 - 9 * np.abs(to_line - 0.25), 0) * (material == ASPHALT)  # where the wheels run
    tone -= 0.10 * ((along % 1.6 < 0.07) & (z < 25)) * (material == PAVEMENT)  # the joints of the slabs
    lit = _illumination(light, x, z, lamps)
    colour = np.take(road.palette.astype(np.float32), material, axis=0) * lit
    paint = _paint(road, x, along, 2 * z / camera.focal, lane, to_line)
    centre = (np.rint(lane) == road.centre) & (to_line * road.lane_width < 0.3)
    if road.crosswalk is not None:
        centre &= (along < road.crosswalk - 1.3) | (along > road.crosswalk + _CROSSWALK)
    there = np.nonzero(paint)  # few pixels
    line = np.where(centre[there][:, None], np.array(road.line, np.float32), np.float32(228)) * lit[there]
    colour[there] += paint[there][:, None] * (line - colour[there])
    tone *= 1 - np.asarray(shadows, np.float32)[top:, ::2] / 255
    colour *= tone[..., None]
    if light.wet:
        colour += np.clip(z / 26, 0.05, 0.5)[..., None] * (light.horizon.astype(np.float32) * 0.9 - colour)
    clear = np.exp(-z / np.float32(light.haze))[..., None]
    colour = colour * clear + light.horizon.astype(np.float32) * (1 - clear)
    ground: np.ndarray = np.repeat(np.clip(colour, 0, 255).astype(np.uint8), 2, axis=1)[:, :columns]
    return ground


def _paint(
    road: Road, x: np.ndarray, along: np.ndarray, pixel: np.ndarray, lane: np.ndarray, to_line: np.ndarray
) -> np.ndarray:
    """How much of each pixel is covered by the road's markings; `pixel` is its width in metres."""
    styles = np.array([_NONE, *road.lane_style, _NONE], np.uint8)
    style = np.take(styles, np.clip(np.rint(lane) + 1, 0, len(styles) - 1).astype(np.int32))
    drawn = (style == _SOLID) | ((style == _DASHED) & (along % (_DASH + _GAP) < _DASH))
    half = np.maximum(_LINE, 0.6 * pixel)
    cover = np.clip((half - to_line * road.lane_width) / pixel + 0.5, 0, 1) * np.minimum(1, 1.4 * _LINE / half) * drawn
    if road.junction is not None:
        cover *= (along < road.junction) | (along > road.junction + JUNCTION)
    if road.crosswalk is not None:
        offset = along - road.crosswalk
        inside = (x > road.left + 0.3) & (x < road.right - 0.3)
        bars = (x % 1.0 < 0.5) & (offset > 0) & (offset < _CROSSWALK)
        cover = np.maximum(cover * ((offset < -1.2) | (offset > _CROSSWALK)), bars & inside)
        halt = (offset > -1.2) & (offset < -0.8) & (lane > road.centre)
        cover = np.maximum(cover, halt & inside)
    painted: np.ndarray = 0.88 * cover.astype(np.float32)
    return painted


def _illumination(light: Light, x: np.ndarray, z: np.ndarray, lamps: Sequence[tuple[float, float]]) -> np.ndarray:
    """How much light of each colour falls on the ground."""
    base = (1.05 * light.ambient + light.sun * max(light.sun_direction[1], 0)).astype(np.float32)
    if not light.lamps:
        return np.broadcast_to(base, (*x.shape, 3))
    coarse_x, coarse_z = x[::4, ::4], z[::4]
    pools = 0.55 * light.beam_at(coarse_x, coarse_z) * np.clip((coarse_z - 2.0) / 4, 0.25, 1)
    for lamp_x, lamp_z in lamps:
        pools += 0.5 * light.beam * np.exp(-((coarse_x - lamp_x) ** 2 + (coarse_z - lamp_z) ** 2) / 16)
    smooth = Image.fromarray(pools.astype(np.float32)).resize(x.shape[::-1], Image.Resampling.BILINEAR)
    lit: np.ndarray = base + np.asarray(smooth)[..., None] * np.array([1.05, 1.0, 0.86], np.float32)
    return lit
