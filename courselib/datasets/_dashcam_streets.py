"""The streets of the dashcam scenes: a road, and what stands beside it and moves on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from courselib.datasets._dashcam_background import ASPHALT, GRASS, JUNCTION, KERB, PAVEMENT, Backdrop, Road, lane_styles
from courselib.datasets._dashcam_canvas import Light
from courselib.datasets._dashcam_figures import random_motorcycle, random_person
from courselib.datasets._dashcam_scenery import (
    Building,
    Lamp,
    guard_rail,
    hedge,
    random_block,
    random_house,
    random_sign,
    random_tree,
)
from courselib.datasets._dashcam_vehicles import random_car, random_truck
from courselib.datasets._dashcam_world import (
    CAR,
    MOTORCYCLE,
    PEDESTRIAN,
    SIGN,
    TRUCK,
    Item,
    Thing,
    World,
    random_lens,
    random_light,
)  # fmt: skip

_FIRST, _LAST = 5.0, 46.0  # metres: where labelled things stand before the camera of a still scene
_HORIZON = 130.0  # metres: how far scenery reaches


def random_world(rng: np.random.Generator, seconds: float = 0.0) -> World:
    """A world to be seen once, or to be driven through for some seconds."""
    kind = str(rng.choice(["town", "suburb", "country", "highway"], p=[0.44, 0.26, 0.16, 0.14]))
    light = random_light(rng)
    lens = random_lens(rng, dark=light.beam > 1)
    speed = {"town": 9.0, "suburb": 9.0, "country": 15.0, "highway": 20.0}[kind] if seconds else 0.0
    builder = _Builder(rng, kind, light, speed, seconds)
    road = builder.road()
    builder.scenery()
    builder.roadside()
    builder.traffic()
    num, city = 240, kind == "town" or (kind == "suburb" and rng.random() < 0.5)
    steps = rng.normal(0, 1, num)
    hills = np.abs(np.convolve(np.tile(steps, 3), np.hanning(13), "same")[num : 2 * num]) * 7 + 6
    skyline = rng.uniform(8, 44, num) * (rng.random(num) < 0.8) if city else hills
    clouds = (int(rng.integers(256)), int(rng.integers(256)))
    bend = float(rng.normal(0, 0.0012)) if rng.random() < 0.6 else 0.0
    return World(light, road, Backdrop(clouds, city, skyline), lens, bend, speed, tuple(builder.items))


class _Builder:
    """Makes a road and puts things beside it and on it."""

    def __init__(self, rng: np.random.Generator, kind: str, light: Light, speed: float, seconds: float) -> None:
        self.rng, self.kind, self.light, self.speed, self.seconds = rng, kind, light, speed, seconds
        self.items: list[Item] = []
        self.end = _HORIZON + speed * seconds

    def road(self) -> Road:
        """Lay out the lanes and what is beside them."""
        rng, kind = self.rng, self.kind
        ours, theirs = {
            "town": (int(rng.integers(1, 3)), int(rng.integers(0, 3))), "suburb": (1, 1), "country": (1, 1),
            "highway": (int(rng.integers(2, 4)), 0),
        }[kind]  # fmt: skip
        if self.seconds and kind == "town":
            theirs = max(theirs, 1)  # somebody comes towards us
        width = 3.6 if kind == "highway" else float(rng.uniform(3.0, 3.5))
        self.own_lane = theirs + int(rng.integers(ours))
        left = -(self.own_lane + 0.5) * width + float(rng.uniform(-0.25, 0.25))
        right = left + (ours + theirs) * width
        self.parking = kind in ("town", "suburb") and bool(rng.random() < 0.5)
        shoulder = 2.3 if self.parking or kind == "highway" else 0.35
        walk = {"town": float(rng.uniform(2.6, 3.8)), "suburb": 1.9}.get(kind, 0.0)
        low, high = left - shoulder, right + shoulder
        if walk:
            strips: tuple[float, ...] = (low - walk, low - 0.2, low, high, high + 0.2, high + walk)
            beyond = PAVEMENT if kind == "town" and rng.random() < 0.7 else GRASS
            materials: tuple[int, ...] = (beyond, PAVEMENT, KERB, ASPHALT, KERB, PAVEMENT, beyond)
        else:
            strips, materials = (low, high), (GRASS, ASPHALT, GRASS)
        self.left_kerb, self.right_kerb, self.walk = low, high, walk
        self.left_end, self.right_end = low - walk, high + walk
        grass = [(92, 128, 62), (116, 132, 70), (138, 130, 84), (80, 112, 58)][rng.integers(4)]
        gray, slab = rng.uniform(78, 122), rng.uniform(140, 172)
        palette = np.array([(gray, gray, 1.04 * gray), (slab, 0.98 * slab, 0.94 * slab), (186, 184, 178), grass])
        has_junction = kind in ("town", "suburb") and rng.random() < 0.4
        junction = float(rng.uniform(13, 30)) + 2 * self.speed * bool(self.seconds) if has_junction else None
        crosswalk = junction - 5 if junction else None
        if crosswalk is None and kind in ("town", "suburb") and rng.random() < 0.2:
            crosswalk = float(rng.uniform(8, 20)) + 2 * self.speed * bool(self.seconds)
        self.layout = Road(
            left, width, ours + theirs, theirs, strips, materials, palette,
            (236, 190, 60) if rng.random() < 0.3 else (228, 228, 224),
            lane_styles(ours + theirs, theirs, bool(rng.random() < 0.5)), crosswalk, junction,
        )  # fmt: skip
        return self.layout

    def in_junction(self, z: float, half_length: float = 0.0) -> bool:
        """Whether something there would stand on the side road."""
        start = self.layout.junction
        return start is not None and start - half_length - 1 < z < start + JUNCTION + half_length + 1

    def beside(self, side: int, distance: float) -> float:
        """A place outside the road: metres from the end of the pavement, or of the verge."""
        return self.right_end + distance if side > 0 else self.left_end - distance

    def scenery(self) -> None:
        """Houses, trees, hedges, guard rails, lamps."""
        for side in (-1, 1):
            if self.kind == "town" and self.rng.random() < 0.9:
                self._houses(side, (0.2, 1.5), (0.0, 2.5), random_block)
            elif self.kind == "suburb":
                self._houses(side, (4, 8), (3, 14), random_house)
                if self.rng.random() < 0.6:
                    self._fence(side)
            if self.kind == "highway" and self.rng.random() < 0.8:
                for z in np.arange(0.0, self.end, 20.0):
                    self.items.append(Item(guard_rail(20.0), self.beside(side, 0.6), z + 10))
            self._trees(side)
            if self.kind != "country" and self.rng.random() < 0.75:
                self._lamps(side)

    def _houses(
        self,
        side: int,
        setback: tuple[float, float],
        gap: tuple[float, float],
        make: Callable[[np.random.Generator], Building],
    ) -> None:
        z = float(self.rng.uniform(-12, 2))
        while z < self.end - 20:
            building = make(self.rng)
            middle = z + building.length / 2
            if not self.in_junction(middle, building.length / 2):
                x = self.beside(side, float(self.rng.uniform(*setback)) + building.width / 2)
                self.items.append(Item(building, x, middle))
                z += building.length + float(self.rng.uniform(*gap))
            else:
                z += 4

    def _fence(self, side: int) -> None:
        tone = int(self.rng.integers(8))
        for z in np.arange(0.0, self.end - 30, 8.0):
            if not self.in_junction(z, 4) and self.rng.random() < 0.85:
                self.items.append(Item(hedge(7.0, tone), self.beside(side, 0.6), z))

    def _trees(self, side: int) -> None:
        in_rows = self.kind in ("town", "suburb") and self.rng.random() < 0.5
        gap = {"town": 18, "suburb": 12, "country": 8, "highway": 9}[self.kind] * self.rng.uniform(0.7, 1.6)
        z = float(self.rng.uniform(5, 14))
        while z < self.end - 20:
            if self.kind == "town" or in_rows:
                x = self.beside(side, -0.9) if self.walk else self.beside(side, 3)
            else:
                x = self.beside(side, float(self.rng.uniform(1.5, 16)))
            if not self.in_junction(z) and (self.kind != "town" or in_rows):
                self.items.append(Item(random_tree(self.rng), x, z))
            z += float(self.rng.uniform(0.6, 1.4)) * gap

    def _lamps(self, side: int) -> None:
        for z in np.arange(self.rng.uniform(4, 24), self.end - 30, self.rng.uniform(18, 26)):
            if not self.in_junction(z):
                x = self.right_kerb + 0.5 if side > 0 else self.left_kerb - 0.5
                self.items.append(Item(Lamp(-1.6 * side), x, float(z)))

    def roadside(self) -> None:
        """Signs, people on the pavement and at the crosswalk, parked cars and motorcycles."""
        last = _LAST + self.speed * self.seconds
        for side in (-1, 1):
            kerb = self.right_kerb if side > 0 else self.left_kerb
            if self.rng.random() < 0.75:
                for z in self._places(6, last - 20, 8, 24):
                    self._add(random_sign(self.rng), kerb + side * self.rng.uniform(0.5, 1.0), z, 0.0, SIGN)
            if self.walk:
                for z in self._places(_FIRST, last - 8, 2, 22 if self.kind == "town" else 34):
                    self._pedestrian(kerb + side * self.rng.uniform(0.6, max(self.walk - 0.5, 0.8)), z)
            if self.parking:
                self._parked(side, kerb, last)
        if self.layout.crosswalk is not None and (not self.seconds):
            for _ in range(self.rng.integers(0, 4)):
                x, z = (
                    self.rng.uniform(self.left_kerb, self.right_kerb),
                    self.layout.crosswalk + self.rng.uniform(0.5, 3),
                )
                yaw = self.rng.choice([-1, 1]) * np.pi / 2
                self._add(random_person(self.rng, rain=self.light.wet), x, z, yaw, PEDESTRIAN)
        if self.kind == "country" and self.rng.random() < 0.4:
            self._pedestrian(self.right_kerb + 0.6, float(self.rng.uniform(6, 25)))

    def _places(self, first: float, last: float, least: float, most: float) -> list[float]:
        places, z = [], first + float(self.rng.uniform(0, most))
        while z < last:
            if not self.in_junction(z):
                places.append(z)
            z += float(self.rng.uniform(least, most))
        return places

    def _pedestrian(self, x: float, z: float) -> None:
        walks = self.rng.random() < 0.75
        direction = int(self.rng.choice([-1, 1]))
        turned = 0.0 if walks else self.rng.uniform(-np.pi, np.pi)
        yaw = (0.0 if direction > 0 else np.pi) + self.rng.normal(0, 0.25) + turned
        person = random_person(self.rng, walks, self.light.wet)
        self._add(person, x, z, yaw, PEDESTRIAN, 1.3 * direction * walks * bool(self.seconds))

    def _parked(self, side: int, kerb: float, last: float) -> None:
        z = float(self.rng.uniform(_FIRST, 12))
        while z < last:
            chance = self.rng.random()
            x, yaw = (
                kerb - 1.15 * side,
                (0.0 if side > 0 or self.layout.centre == 0 else np.pi) + self.rng.normal(0, 0.04),
            )
            if self.in_junction(z, 4):
                z += 4
            elif chance < 0.5:
                self._add(random_car(self.rng), x, z, yaw, CAR)
                z += float(self.rng.uniform(5.6, 9))
            elif chance < 0.62:
                self._add(random_motorcycle(self.rng, rider=False), x, z, yaw + self.rng.uniform(-1.2, 1.2), MOTORCYCLE)
                z += 4.5
            else:
                z += float(self.rng.uniform(5, 9))

    def traffic(self) -> None:
        """What drives on the lanes, and what crosses the road."""
        busy = float(self.rng.uniform(0.5 if self.seconds else 0.15, 0.8))
        for lane in range(self.layout.num_lanes):
            oncoming = lane < self.layout.centre
            speed = self.speed * (-1.0 if oncoming else 1.0)
            if lane != self.own_lane:
                speed *= float(self.rng.uniform(0.8, 1.15))
            passed = (speed - self.speed) * self.seconds
            first, last = _FIRST + min(-passed, 0), _LAST + max(-passed, 0)
            z = first + float(self.rng.uniform(2, 12)) * (1.0 if lane != self.own_lane else 1.3)
            while z < last:
                if self.rng.random() < busy:
                    z = self._drives(lane, z, speed, oncoming)
                z += float(self.rng.uniform(4, 13))
        if not self.seconds:
            self._crossing()

    def _drives(self, lane: int, z: float, speed: float, oncoming: bool) -> float:
        """Put a vehicle whose rear is at `z` on a lane; returns where its front is."""
        trucks = 0.3 if self.kind == "highway" else 0.17
        chance = self.rng.random()
        if chance < trucks:
            thing, class_id = random_truck(self.rng), TRUCK
        elif chance < trucks + 0.2:
            thing, class_id = random_motorcycle(self.rng), MOTORCYCLE  # type: ignore[assignment]
        else:
            thing, class_id = random_car(self.rng), CAR
        x = self.layout.left + (lane + 0.5) * self.layout.lane_width + self.rng.uniform(-0.4, 0.4)
        middle = z + thing.length / 2
        blocked = (
            not self.seconds and self.layout.crosswalk is not None and abs(middle - self.layout.crosswalk - 1.8) < 5
        )
        if not blocked:
            yaw = np.pi * oncoming + self.rng.normal(0, 0.03 if self.seconds else 0.06)
            self._add(thing, x, middle, yaw, class_id, speed)
        return z + thing.length

    def _crossing(self) -> None:
        """Something crosses the road, if there is room."""
        start = self.layout.junction
        if start is None or self.rng.random() < 0.25:
            return
        for offset, direction in ((2.2, 1), (5.8, -1)):
            if self.rng.random() < 0.65:
                thing, class_id = self._any_vehicle()
                z, x = start + offset, float(self.rng.uniform(self.left_end - 4, self.right_end + 4))
                room = thing.width / 2 + 1.5
                if all(
                    abs(item.z - z) > room + item.reach[1]
                    for item in self.items
                    if item.class_id in (CAR, TRUCK, MOTORCYCLE)
                ):
                    self._add(thing, x, z, direction * np.pi / 2 + self.rng.normal(0, 0.1), class_id)

    def _any_vehicle(self) -> tuple[Thing, int]:
        chance = self.rng.random()
        if chance < 0.5:
            return random_car(self.rng), CAR
        if chance < 0.7:
            return random_truck(self.rng), TRUCK
        return random_motorcycle(self.rng), MOTORCYCLE

    def _add(self, thing: Thing, x: float, z: float, yaw: float, class_id: int, speed: float = 0.0) -> None:
        self.items.append(Item(thing, float(x), float(z), float(yaw), class_id, float(speed)))
