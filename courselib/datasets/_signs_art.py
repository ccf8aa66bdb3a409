"""The sixteen traffic signs as drawings, in the shapes and colours that most of the world uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import cos, pi, sin
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

RED = (196, 22, 34)
BLUE = (0, 83, 158)
YELLOW = (248, 188, 18)
GREEN = (0, 140, 80)
WHITE = (244, 244, 240)
BLACK = (24, 24, 26)
STEEL = (122, 126, 130)

SIDE = 512  # pixels of a drawing, which shows x and y from -1 to 1
POLE = 3.0  # how far down the pole reaches, in the same unit
_FINER = 3  # drawn this much larger and reduced, which smooths the edges

Colour = tuple[int, int, int]
Point = tuple[float, float]


class _Pen:
    """Draws on a transparent square: x to the right and y down, both from -1 to 1."""

    def __init__(self) -> None:
        self._scale = SIDE * _FINER / 2
        self._image = Image.new("RGBA", (SIDE * _FINER, SIDE * _FINER))
        self._draw = ImageDraw.Draw(self._image)

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        return [((x + 1) * self._scale, (y + 1) * self._scale) for x, y in points]

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        corners = self._pixels([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.ellipse([*corners[0], *corners[1]], fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A line with round ends and corners."""
        self._draw.line(self._pixels(points), fill=colour, width=round(width * self._scale))
        for x, y in points:
            self.disc(x, y, width / 2, colour)

    def polygon(self, points: Sequence[Point], colour: Colour, rounding: float = 0.0) -> None:
        """A polygon, made larger by `rounding` on every side, with corners of that radius."""
        self._draw.polygon(self._pixels(points), fill=colour)
        if rounding:
            self.line([*points, points[0]], 2 * rounding, colour)

    def text(self, text: str, width: float, height: float, colour: Colour) -> None:
        """A text that fills a box in the middle of the sign, as narrow or as wide as the box is."""
        font = _font(300)
        left, top, right, bottom = font.getbbox(text)
        mask = Image.new("L", (round(right - left), round(bottom - top)))
        ImageDraw.Draw(mask).text((-left, -top), text, font=font, fill=255)
        mask = mask.resize((round(width * self._scale), round(height * self._scale)), Image.Resampling.LANCZOS)
        corner = (round(self._scale - mask.width / 2), round(self._scale - mask.height / 2))
        self._image.paste(Image.new("RGBA", mask.size, (*colour, 255)), corner, mask)

    def picture(self) -> Image.Image:
        return self._image.reduce(_FINER)


def _font(height: int) -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    return ImageFont.truetype(path, height, layout_engine=ImageFont.Layout.BASIC)


def _corners(number: int, radius: float, turn: float, dy: float = 0.0) -> list[Point]:
    """The corners of a regular polygon. `turn`: the angle of the first, in turns, clockwise from the right."""
    angles = [2 * pi * (turn + i / number) for i in range(number)]
    return [(radius * cos(a), radius * sin(a) + dy) for a in angles]


def _mirrored(points: Sequence[Point]) -> list[Point]:
    return [(-x, y) for x, y in points]


def _disc(pen: _Pen, rim: Colour, inside: Colour, width: float = 0.05) -> None:
    pen.disc(0, 0, 0.95, STEEL)
    pen.disc(0, 0, 0.93, rim)
    pen.disc(0, 0, 0.93 - width, inside)


def _square(pen: _Pen) -> None:
    for half, colour in ((0.84, STEEL), (0.82, WHITE), (0.77, BLUE)):
        pen.polygon([(-half, -half), (half, -half), (half, half), (-half, half)], colour, rounding=0.08)


def _triangle(pen: _Pen, turn: float) -> None:
    dy = 0.22 if turn == 0.75 else -0.22  # a triangle's middle is not the middle of its height
    for radius, colour, rounding in ((0.95, STEEL, 0.14), (0.95, WHITE, 0.12), (0.95, RED, 0.09), (0.66, WHITE, 0.03)):
        pen.polygon(_corners(3, radius, turn, dy), colour, rounding)


def _stop(pen: _Pen) -> None:
    for radius, colour in ((0.95, STEEL), (0.93, WHITE), (0.86, RED)):
        pen.polygon(_corners(8, radius, 1 / 16), colour, rounding=0.03)
    pen.text("STOP", 1.36, 0.56, WHITE)


def _give_way(pen: _Pen) -> None:
    _triangle(pen, 0.25)


def _priority_road(pen: _Pen) -> None:
    for radius, colour in ((0.92, STEEL), (0.90, BLACK), (0.88, WHITE), (0.60, BLACK), (0.57, YELLOW)):
        pen.polygon(_corners(4, radius, 0), colour, rounding=0.06)


def _speed_limit(number: str) -> Callable[[_Pen], None]:
    def draw(pen: _Pen) -> None:
        _disc(pen, RED, WHITE, width=0.2)
        pen.text(number, 1.06, 0.74, BLACK)

    return draw


def _turn_right(pen: _Pen, side: int = 1) -> None:
    _disc(pen, WHITE, BLUE)
    shaft = [(-0.42 * side, 0.5), (-0.42 * side, -0.05), (0.2 * side, -0.05)]
    pen.line(shaft, 0.24, WHITE)
    pen.polygon([(0.64 * side, -0.05), (0.13 * side, -0.48), (0.13 * side, 0.38)], WHITE, rounding=0.02)


def _turn_left(pen: _Pen) -> None:
    _turn_right(pen, side=-1)


def _person(pen: _Pen, x: float, y: float, height: float, side: int = 1) -> None:
    """A person who walks to the right (`side=1`) or to the left; x, y: between the feet."""

    def at(points: Sequence[Point]) -> list[Point]:
        return [(x + side * px * height, y + py * height) for px, py in points]

    pen.disc(*at([(0.05, -0.92)])[0], 0.095 * height, BLACK)
    pen.line(at([(0.02, -0.72), (-0.02, -0.45)]), 0.2 * height, BLACK)
    for limb in ([(0.0, -0.45), (0.13, -0.24), (0.2, -0.02)], [(-0.03, -0.45), (-0.08, -0.22), (-0.24, -0.03)]):
        pen.line(at(limb), 0.115 * height, BLACK)
    for arm in ([(0.03, -0.76), (0.16, -0.58), (0.27, -0.52)], [(0.0, -0.76), (-0.15, -0.6), (-0.2, -0.44)]):
        pen.line(at(arm), 0.08 * height, BLACK)


def _pedestrian_crossing(pen: _Pen) -> None:
    _square(pen)
    pen.polygon(_corners(3, 0.72, 0.75, 0.16), WHITE, rounding=0.04)
    for x in (-0.42, -0.21, 0.0, 0.21, 0.42):
        pen.polygon([(x - 0.06, 0.36), (x + 0.06, 0.36), (x * 1.12 + 0.07, 0.48), (x * 1.12 - 0.07, 0.48)], BLACK)
    _person(pen, 0.0, 0.36, 0.8, side=-1)


def _no_entry(pen: _Pen) -> None:
    _disc(pen, WHITE, RED)
    pen.polygon([(-0.66, -0.16), (0.66, -0.16), (0.66, 0.16), (-0.66, 0.16)], WHITE)


def _roundabout(pen: _Pen) -> None:
    _disc(pen, WHITE, BLUE)
    for start in (0.0, 1 / 3, 2 / 3):
        angles = 2 * pi * (start - np.linspace(0.0, 0.17, 16))  # drawn against the clock, as one drives on the right
        pen.line([(0.5 * cos(a), 0.5 * sin(a)) for a in angles], 0.17, WHITE)
        tip, base = 2 * pi * (start - 0.285), 2 * pi * (start - 0.16)
        head = [(0.52 * cos(tip), 0.52 * sin(tip)), *((r * cos(base), r * sin(base)) for r in (0.26, 0.74))]
        pen.polygon(head, WHITE, rounding=0.01)


def _parking(pen: _Pen) -> None:
    _square(pen)
    pen.text("P", 0.72, 1.1, WHITE)


def _danger(pen: _Pen) -> None:
    _triangle(pen, 0.75)
    pen.polygon([(-0.085, -0.28), (0.085, -0.28), (0.045, 0.22), (-0.045, 0.22)], BLACK, rounding=0.03)
    pen.disc(0, 0.38, 0.09, BLACK)


def _children(pen: _Pen) -> None:
    _triangle(pen, 0.75)
    _person(pen, -0.13, 0.47, 0.66)
    _person(pen, 0.24, 0.47, 0.48)


def _traffic_lights(pen: _Pen) -> None:
    _triangle(pen, 0.75)
    pen.polygon([(-0.1, -0.2), (0.1, -0.2), (0.1, 0.43), (-0.1, 0.43)], BLACK, rounding=0.05)
    for y, colour in ((-0.12, RED), (0.115, YELLOW), (0.35, GREEN)):
        pen.disc(0, y, 0.1, colour)


def _car(pen: _Pen, x: float, colour: Colour) -> None:
    """A car from behind."""
    pen.polygon([(x - 0.17, -0.04), (x + 0.17, -0.04), (x + 0.12, -0.2), (x - 0.12, -0.2)], colour, rounding=0.04)
    pen.polygon([(x - 0.1, -0.06), (x + 0.1, -0.06), (x + 0.08, -0.16), (x - 0.08, -0.16)], WHITE)
    pen.polygon([(x - 0.2, 0.02), (x + 0.2, 0.02), (x + 0.2, 0.16), (x - 0.2, 0.16)], colour, rounding=0.04)
    for wheel in (x - 0.17, x + 0.17):
        pen.polygon(
            [(wheel - 0.04, 0.2), (wheel + 0.04, 0.2), (wheel + 0.04, 0.28), (wheel - 0.04, 0.28)], colour, 0.02
        )


def _no_overtaking(pen: _Pen) -> None:
    _disc(pen, RED, WHITE, width=0.2)
    _car(pen, -0.31, RED)
    _car(pen, 0.31, BLACK)


SIGNS: dict[str, Callable[[_Pen], None]] = {
    "stop": _stop,
    "give way": _give_way,
    "priority road": _priority_road,
    "speed limit 50": _speed_limit("50"),
    "turn right": _turn_right,
    "pedestrian crossing": _pedestrian_crossing,
    "no entry": _no_entry,
    "roundabout": _roundabout,
    "parking": _parking,
    "danger": _danger,
    "children": _children,
    "traffic lights": _traffic_lights,
    "turn left": _turn_left,
    "speed limit 30": _speed_limit("30"),
    "speed limit 80": _speed_limit("80"),
    "no overtaking": _no_overtaking,
}


@cache
def sign(name: str, pole: bool, side: int) -> Image.Image:
    """The drawing of a sign with premultiplied alpha, `side` pixels wide, with room for the pole below."""
    picture = Image.new("RGBA", (SIDE, round(SIDE * (1 + POLE) / 2)))
    if pole:
        picture.paste(_pole(picture.height - SIDE // 2), (round(SIDE * 0.465), SIDE // 2))
    pen = _Pen()
    SIGNS[name](pen)
    picture.alpha_composite(pen.picture())
    return picture.convert("RGBa").reduce(SIDE // side)


def _pole(height: int) -> Image.Image:
    """A steel tube in light from the left."""
    across = np.linspace(-1.0, 1.0, round(SIDE * 0.07))
    light = 0.35 + 0.65 * np.clip(np.cos(across * 1.3 + 0.5), 0, 1)
    row = np.rint(light[:, None] * np.array([176, 180, 184])).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(row, (height, *row.shape)).copy())
