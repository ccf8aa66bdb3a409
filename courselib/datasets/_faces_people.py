"""Who a rendered person is, and what a rendered picture adds: numbers that the renderer turns into pixels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Traits = Mapping[str, float | np.ndarray]
"""Numbers by name; a colour is an array of red, green and blue in [0, 1]."""

_SKIN = np.array([(244, 206, 182), (232, 184, 152), (214, 160, 118), (176, 120, 80), (128, 82, 54), (82, 52, 38)]) / 255
_HAIR = np.array([(30, 25, 24), (62, 40, 28), (112, 72, 42), (150, 74, 38), (205, 162, 96), (226, 200, 150)]) / 255
_GRAY = np.array((184, 184, 186)) / 255
_IRIS = np.array([(62, 38, 24), (112, 72, 34), (84, 112, 66), (60, 110, 160), (108, 124, 134)]) / 255
_FRAME = np.array([(24, 24, 28), (112, 58, 30), (168, 172, 178), (150, 30, 44), (36, 60, 120)]) / 255
_LIPS = np.array([(190, 92, 88), (168, 60, 74), (150, 82, 66)]) / 255
_CLOTH = np.array([70, 78, 90]) / 255  # what everybody wears where there is no nuisance
_WALL = np.array([172, 182, 188]) / 255

_HAIR_STYLES = ("shaven", "crop", "parted", "fringe", "receding", "curls", "bob", "long", "bun", "headscarf")
_MASCULINE_STYLES = (0.13, 0.24, 0.22, 0.10, 0.15, 0.10, 0.0, 0.06, 0.0, 0.0)
_FEMININE_STYLES = (0.02, 0.06, 0.08, 0.10, 0.0, 0.14, 0.20, 0.22, 0.11, 0.07)


def person(seed: int, index: int) -> dict[str, float | np.ndarray]:
    """The identity of person number `index` of the world `seed`: the same whoever else is drawn."""
    rng = np.random.default_rng([seed, 0, index])
    masculine = rng.random() < 0.5
    age = rng.beta(1.6, 2.2)  # 0 is about 18 years, 1 about 80

    def normal(mean: float, deviation: float) -> float:
        return float(mean + deviation * np.clip(rng.normal(), -2.2, 2.2))

    tone = rng.random()
    skin = _blend(_SKIN, tone) * (1 + rng.normal(0, 0.02, 3))
    lips = _LIPS[rng.integers(3)]
    redness = rng.uniform(0.15, 0.75) * (0.6 if masculine else 1.0)
    return {
        "masculine": float(masculine),
        "age": age,
        # the head
        "width": normal(0.69, 0.042),
        "height": normal(0.94, 0.04),
        "chin": normal(1.04 if masculine else 1.0, 0.06),
        "jaw": normal(0.06 if masculine else -0.02, 0.055),
        "cheek": normal(0.03, 0.05),
        "forehead": normal(0.02, 0.05),
        "ear": normal(0.15, 0.025),
        "earring": float(rng.random() < (0.05 if masculine else 0.45)),
        "neck": normal(0.42 if masculine else 0.34, 0.03),
        "skin": np.clip(skin, 0, 1),
        "blush": rng.uniform(0.0, 0.5),
        "freckles": rng.uniform(0.4, 1.0) if tone < 0.6 and rng.random() < 0.2 else 0.0,
        "mole": float(rng.random() < 0.22),
        "mole_x": rng.uniform(0.12, 0.42) * rng.choice([-1, 1]),
        "mole_y": rng.uniform(0.16, 0.62),
        # the eyes and brows
        "eye_x": normal(0.305, 0.026),
        "eye_y": normal(-0.07, 0.03),
        "eye_size": normal(0.16, 0.016),
        "eye_open": normal(0.57, 0.10),
        "eye_tilt": normal(0.04, 0.085),
        "lid": rng.uniform(0.0, 0.6),
        "lash": rng.uniform(0.012, 0.02) if masculine else rng.uniform(0.018, 0.034),
        "iris": np.clip(_IRIS[_choose(rng, _iris_weights(tone))] * rng.uniform(0.85, 1.15), 0, 1),
        "brow_height": normal(0.185, 0.024),
        "brow_thickness": normal(0.045 if masculine else 0.03, 0.012),
        "brow_length": normal(0.2, 0.02),
        "brow_arch": normal(0.03 if masculine else 0.055, 0.022),
        "brow_tilt": normal(-0.04, 0.1),
        "brow_dark": rng.uniform(0.5, 0.95),
        # the nose and mouth
        "nose_length": normal(0.37, 0.045),
        "nose_width": normal(0.145 if masculine else 0.125, 0.026),
        "nose_bridge": rng.uniform(0.3, 1.3),
        "mouth_y": normal(0.53, 0.03),
        "mouth_width": normal(0.265, 0.035),
        "upper_lip": normal(0.042, 0.014),
        "lower_lip": normal(0.058, 0.015),
        "bow": rng.uniform(0.0, 0.5),
        "lips": np.clip(skin * (1 - redness) + (lips * (0.45 + 0.6 * skin.mean())) * redness, 0, 1),
        "asymmetry": normal(0, 0.02),
        **_hair(rng, masculine, _hair_colour(rng, tone, age)),
        **_beard(rng, masculine),
        **_glasses(rng),
    }


def _hair(rng: np.random.Generator, masculine: bool, colour: np.ndarray) -> dict[str, float | np.ndarray]:
    style = _HAIR_STYLES[_choose(rng, _MASCULINE_STYLES if masculine else _FEMININE_STYLES)]
    scarf = style == "headscarf"
    volume = rng.uniform(0.05, 0.15)
    bob, long, curls = rng.uniform(0.45, 0.8), rng.uniform(1.1, 1.7), rng.uniform(0.1, 0.7)
    lengths = {"bob": bob, "long": long, "curls": curls, "headscarf": 1.6}
    return {
        "natural": colour,  # of brows and beard
        "hair": _scarf_colour(rng) if scarf else colour,
        "shaven": float(style == "shaven"),
        "scarf": float(scarf),
        "volume": {"shaven": 0.012, "crop": 0.06, "curls": volume + 0.14, "headscarf": 0.09}.get(style, volume + 0.02),
        "hairline": rng.uniform(0.42, 0.62) if style == "fringe" else rng.uniform(0.17, 0.36) - 0.06 * scarf,
        "part": rng.uniform(-0.5, 0.5) if style in ("parted", "bob", "long") else 0.0,
        "sweep": rng.uniform(0.15, 0.45) * rng.choice([-1, 1]) if style == "parted" else rng.normal(0, 0.06),
        "fall": rng.uniform(0.2, 0.5) if style in ("bob", "long", "bun") else rng.uniform(0.0, 0.3),
        "receding": rng.uniform(0.15, 0.36) if style == "receding" else 0.0,
        "sideburn": rng.uniform(-0.1, 0.25) if masculine else rng.uniform(-0.15, 0.05),
        "length": lengths.get(style, -0.2),
        "curl": rng.uniform(0.5, 1.0) if style == "curls" else rng.uniform(0, 0.25) * (style in ("bob", "long")),
        "strands": rng.uniform(14, 30),
        "bun": float(style == "bun"),
        "bun_size": rng.uniform(0.2, 0.29),
    }


def _beard(rng: np.random.Generator, masculine: bool) -> dict[str, float]:
    kind = _choose(rng, (0.46, 0.16, 0.1, 0.12, 0.16)) if masculine else 0
    return {
        "stubble": rng.uniform(0.12, 0.35) if kind == 1 else 0.0,
        "moustache": float(kind in (2, 3, 4)),
        "goatee": float(kind == 3),
        "beard": float(kind == 4),
        "beard_dark": rng.uniform(0.6, 0.95),
        "beard_line": rng.uniform(0.24, 0.5),
        "moustache_size": rng.uniform(0.7, 1.3),
    }


def _glasses(rng: np.random.Generator) -> dict[str, float | np.ndarray]:
    return {
        "glasses": float(rng.random() < 0.28),
        "frame": _FRAME[rng.integers(5)],
        "frame_line": rng.uniform(0.010, 0.024),
        "lens_width": rng.uniform(0.19, 0.235),
        "lens_height": rng.uniform(0.13, 0.2),
        "lens_square": rng.uniform(2.0, 5.0),
        "lens_tint": rng.uniform(0.0, 0.15),
    }


def _hair_colour(rng: np.random.Generator, tone: float, age: float) -> np.ndarray:
    weights = (0.2, 0.2, 0.2, 0.12, 0.16, 0.12) if tone < 0.4 else (0.62, 0.38)
    colour = _HAIR[_choose(rng, weights)]
    gray = np.clip((age - 0.56) * 2.5 + rng.normal(0, 0.25), 0, 1) if age > 0.45 else 0.0
    return np.asarray(np.clip((colour * (1 - gray) + _GRAY * gray) * rng.uniform(0.85, 1.15), 0, 1))


def _scarf_colour(rng: np.random.Generator) -> np.ndarray:
    return np.asarray(_hue(rng.random()) * 0.35 + rng.uniform(0.1, 0.5))


def _iris_weights(tone: float) -> tuple[float, ...]:
    return (0.2, 0.2, 0.2, 0.25, 0.15) if tone < 0.4 else (0.7, 0.24, 0.04, 0.01, 0.01)


def picture(
    seed: int, index: int, number: int, nuisance: float
) -> tuple[dict[str, float | np.ndarray], np.random.Generator]:
    """What picture `number` of person `index` adds, and the generator that its noise comes from.

    Every number is `nuisance` times away from a passport picture: frontal, neutral, evenly lit, before a plain wall.
    """
    rng = np.random.default_rng([seed, 1, index, number])
    k = nuisance

    def turn(deviation: float, limit: float) -> float:
        return float(np.clip(rng.normal(0, deviation), -limit, limit)) * k

    mix = min(1.0, k * 1.5)  # how far the colours around the person are from the passport picture's
    wall, second = (_WALL * (1 - mix) + _room_colour(rng) * mix for _ in range(2))
    cloth = _CLOTH * (1 - mix) + _cloth_colour(rng) * mix
    blocked = rng.random() < 0.16 * k
    occluder = rng.integers(4)
    traits: dict[str, float | np.ndarray] = {
        "yaw": turn(0.26, 0.55),
        "pitch": turn(0.13, 0.26),
        "roll": turn(0.12, 0.3),
        "scale": 0.72 * (1 + turn(0.05, 0.1)),
        "shift_x": turn(0.05, 0.1),
        "shift_y": 0.02 + turn(0.04, 0.08),
        # the expression
        "smile": 0.5 + k * rng.uniform(-0.65, 0.6),
        "mouth_open": k * max(0.0, rng.normal(0, 0.035)),
        "blink": 0.15 if rng.random() < 0.05 * k else 1 + k * rng.uniform(-0.25, 0.15),
        "gaze_x": k * rng.uniform(-0.3, 0.3),
        "gaze_y": k * rng.uniform(-0.12, 0.12),
        "brow_raise": turn(0.022, 0.045),
        "hair_mess": k * rng.uniform(-0.05, 0.05),
        # the light and the camera
        "light_x": k * rng.uniform(-1.0, 1.0),
        "light_y": -0.5 + k * rng.uniform(-0.4, 0.5),
        "contrast": 0.36 + k * rng.uniform(-0.12, 0.26),
        "exposure": 1 + k * rng.uniform(-0.24, 0.2),
        "tint": 1 + k * rng.normal(0, 0.035, 3),
        "blur": k * rng.uniform(0.2, 1.0) if rng.random() < 0.25 else 0.0,
        "noise": 0.004 + k * rng.uniform(0.0, 0.024),
        # around the person
        "wall": wall,
        "wall_second": second,
        "wall_angle": rng.uniform(0, 2 * np.pi),
        "cloth": cloth,
        "collar": 1.05 + k * rng.uniform(-0.15, 0.15),
        "hat": float(blocked and occluder == 0),
        "sunglasses": float(blocked and occluder == 1),
        "mask": float(blocked and occluder == 2),
        "thing": float(blocked and occluder == 3),
        "thing_x": rng.uniform(0.3, 0.8) * rng.choice([-1, 1]),
        "thing_y": rng.uniform(-0.3, 0.9),
        "thing_size": rng.uniform(0.2, 0.36),
        "thing_colour": _cloth_colour(rng),
    }
    for spot in range(3):
        traits |= {
            f"spot{spot}_x": rng.uniform(-1, 1),
            f"spot{spot}_y": rng.uniform(-1, 0.6),
            f"spot{spot}_size": rng.uniform(0.12, 0.5),
            f"spot{spot}_soft": rng.uniform(0.03, 0.3),
            f"spot{spot}_upright": float(rng.random() < 0.4),
            f"spot{spot}_colour": _room_colour(rng),
            f"spot{spot}_strength": mix * rng.uniform(0.0, 0.8),
        }
    return traits, rng


def _choose(rng: np.random.Generator, weights: tuple[float, ...]) -> int:
    return int(np.searchsorted(np.cumsum(weights) / sum(weights), rng.random(), side="right"))


def _blend(colours: np.ndarray, position: float) -> np.ndarray:
    """The colour at `position` in [0, 1] of a scale of colours."""
    at = position * (len(colours) - 1)
    low = min(int(at), len(colours) - 2)
    return np.asarray(colours[low] * (low + 1 - at) + colours[low + 1] * (at - low))


def _hue(hue: float) -> np.ndarray:
    """A pure colour, round the colour wheel from red to red."""
    return np.asarray(np.clip(np.abs((hue * 6 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1))


def _room_colour(rng: np.random.Generator) -> np.ndarray:
    return _toned(rng, saturation=rng.uniform(0.05, 0.45), value=rng.uniform(0.25, 0.95))


def _cloth_colour(rng: np.random.Generator) -> np.ndarray:
    return _toned(rng, saturation=rng.uniform(0.1, 0.8), value=rng.uniform(0.15, 0.9))


def _toned(rng: np.random.Generator, saturation: float, value: float) -> np.ndarray:
    return value * (1 - saturation * (1 - _hue(rng.random())))
