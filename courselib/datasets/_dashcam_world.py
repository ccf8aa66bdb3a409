"""What a dashcam scene is made of: things in places, a light, a lens, a road."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from courselib.datasets._dashcam_background import Backdrop, Road
from courselib.datasets._dashcam_canvas import Canvas, Light, Place

CAR, TRUCK, PEDESTRIAN, MOTORCYCLE, SIGN = range(5)
CLASS_NAMES = ("car", "truck", "pedestrian", "motorcycle", "traffic sign")
SCENERY = -1


class Thing(Protocol):
    """Something that can be drawn. Its size is in metres."""

    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def length(self) -> float: ...
    def draw(self, canvas: Canvas, place: Place, time: float) -> None: ...


@dataclass(frozen=True)
class Item:
    """A thing in the world: where it is at the start, how fast it moves (metres per second), what it is."""

    thing: Thing
    x: float
    z: float
    yaw: float = 0.0
    class_id: int = SCENERY
    speed: float = 0.0  # along the road

    @property
    def reach(self) -> tuple[float, float]:
        """Half of the room it takes across and along the road."""
        cos, sin = abs(np.cos(self.yaw)), abs(np.sin(self.yaw))
        half_width, half_length = self.thing.width / 2, self.thing.length / 2
        return half_width * cos + half_length * sin, half_width * sin + half_length * cos


class Lens(NamedTuple):
    """The camera on the dashboard: how it stands, and how it sees."""

    focal: float  # in widths of the picture
    height: float  # metres
    center: float  # where straight ahead is, in widths and heights of the picture
    horizon: float
    contrast: float
    brightness: float
    tint: tuple[float, float, float]
    blur: float  # pixels, for a picture of 128 x 192
    noise: float
    bonnet: bool  # whether our own car is seen


@dataclass(frozen=True)
class World:
    """Everything about a scene or a drive but the moment."""

    light: Light
    road: Road
    backdrop: Backdrop
    lens: Lens
    bend: float
    speed: float
    items: tuple[Item, ...]

    @cached_property
    def table(self) -> np.ndarray:
        """The items as rows: x, z, speed, half of the room across and along, height."""
        rows = [(one.x, one.z, one.speed, *one.reach, one.thing.height) for one in self.items]
        return np.array(rows, np.float64).reshape(-1, 6)


def random_light(rng: np.random.Generator) -> Light:
    """A time of day and a weather."""
    kind = rng.choice(["clear", "overcast", "rain", "fog", "dusk", "night"], p=[0.44, 0.14, 0.09, 0.07, 0.13, 0.13])
    around, height = rng.uniform(-np.pi, np.pi), rng.uniform(0.45, 1.1)
    values = {
        "clear": ((62, 118, 204), (204, 222, 236), (0.56, 0.60, 0.68), (0.66, 0.60, 0.50), rng.uniform(0.1, 0.62)),
        "overcast": ((150, 158, 168), (208, 212, 216), (0.84, 0.87, 0.9), (0.08, 0.08, 0.08), 0.9),
        "rain": ((104, 112, 122), (166, 171, 178), (0.62, 0.65, 0.7), (0.0, 0.0, 0.0), 0.95),
        "fog": ((196, 200, 204), (206, 209, 212), (0.8, 0.82, 0.85), (0.0, 0.0, 0.0), 0.0),
        "dusk": ((56, 66, 128), (250, 172, 108), (0.46, 0.42, 0.48), (0.46, 0.26, 0.12), rng.uniform(0.2, 0.6)),
        "night": ((8, 11, 26), (42, 44, 62), (0.17, 0.18, 0.25), (0.0, 0.0, 0.0), 0.3),
    }
    zenith, horizon, ambient, sun, cover = values[str(kind)]
    height = 0.18 if kind == "dusk" else height
    clouds = {"clear": (246, 247, 250), "dusk": (206, 132, 124), "night": (24, 26, 40)}.get(str(kind), horizon)
    direction = np.array([np.sin(around) * np.cos(height), np.sin(height), np.cos(around) * np.cos(height)])
    return Light(
        zenith=np.array(zenith) * rng.uniform(0.92, 1.08),
        horizon=np.array(horizon) * rng.uniform(0.94, 1.04),
        ambient=np.array(ambient),
        sun=np.array(sun),
        sun_direction=direction,
        haze=float({"fog": rng.uniform(22, 45), "rain": rng.uniform(60, 120)}.get(str(kind), rng.uniform(160, 500))),
        cloud_cover=float(cover),
        cloud_colour=np.array(clouds) * (1.0 if kind == "clear" else 0.88),
        lamps=kind in ("rain", "fog", "dusk", "night"),
        beam={"dusk": 0.3, "night": 1.15}.get(str(kind), 0.0),
        wet=bool(kind == "rain" or (kind in ("night", "dusk", "overcast") and rng.random() < 0.25)),
        stars=bool(kind == "night" and rng.random() < 0.6),
    )


def random_lens(rng: np.random.Generator, dark: bool) -> Lens:
    """A dashboard camera."""
    red, green, blue = rng.uniform(0.95, 1.05, size=3).tolist()
    return Lens(
        focal=float(rng.uniform(0.8, 0.98)),
        height=float(rng.uniform(1.25, 1.6)),
        center=float(rng.uniform(0.43, 0.57)),
        horizon=float(rng.uniform(0.36, 0.47)),
        contrast=float(rng.uniform(0.85, 1.15)),
        brightness=float(rng.uniform(0.9, 1.1)),
        tint=(red, green, blue),
        blur=float(max(rng.uniform(-0.8, 0.8), 0)),
        noise=float(rng.uniform(1, 6) * (1.3 if dark else 1)),
        bonnet=bool(rng.random() < 0.3),
    )
