"""What a learner sees of a verdict: a compact HTML panel and its plain text twin."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from courselib.grading.judge import CaseVerdict, Hint, Verdict

_MAX_DETAILS = 3  # failing cases shown with everything; the others with one line
_PICTURE_SIDE = 132  # CSS pixels, the longer side
_GREEN, _RED, _BLUE = "#00796b", "#c2410c", "#1d4ed8"  # told apart by colour-blind readers, and by their marks


@dataclass(frozen=True)
class Panel:
    """A verdict as Jupyter displays it (`_repr_html_`) and as a terminal prints it (`str`)."""

    verdict: Verdict

    def __str__(self) -> str:
        return panel_text(self.verdict)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return panel_html(self.verdict)


def panel_text(verdict: Verdict) -> str:
    """The verdict as plain text."""
    mark = "passed" if verdict.passed else "not yet"
    lines = [f"{verdict.name}: {mark}, {verdict.points} of {verdict.max_points} points. {_summary(verdict)}"]
    for case in verdict.cases:
        lines.append(
            f"  [{'ok' if case.passed else '--'}] {case.title}" + (f": {case.message}" if case.message else "")
        )
    for case in _details(verdict):
        if case.received.raised is not None and case.received.raised.traceback:
            lines += [f"  Your code, in {case.title!r}:", *_indented(case.received.raised.traceback)]
        if case.received.printed:
            lines += [f"  Printed in {case.title!r}:", *_indented(case.received.printed)]
    lines += [f"  {_hint_lead(hint)} {hint.name.replace('_', ' ')}. {hint.hint}" for hint in verdict.mistakes]
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    return [f"      {line}" for line in text.splitlines()[:10]]


def _summary(verdict: Verdict) -> str:
    if not verdict.cases or verdict.message == "Not answered yet.":
        return verdict.message
    passed = sum(case.passed for case in verdict.cases)
    return f"{passed} of {len(verdict.cases)} cases pass."


def _details(verdict: Verdict) -> list[CaseVerdict]:
    return [case for case in verdict.cases if not case.passed][:_MAX_DETAILS]


def _hint_lead(hint: Hint) -> str:
    return "This looks like:" if hint.certain else "This may be:"


def panel_html(verdict: Verdict) -> str:
    """The verdict as an HTML fragment: no script, no class names, readable on light and dark backgrounds."""
    colour = _GREEN if verdict.passed else _RED
    mark, state = ("✔", "passed") if verdict.passed else ("✘", "not yet")
    parts = [
        f'<div role="status" style="border-left:5px solid {colour};padding:6px 12px;margin:4px 0;line-height:1.45;'
        f'max-width:60em;font-size:14px">',
        f'<div><span style="color:#fff;background:{colour};border-radius:3px;padding:1px 7px">{mark} {state}</span> '
        f"<b><code>{escape(verdict.name)}</code></b> &nbsp;{verdict.points} of {verdict.max_points} points"
        f" &nbsp;<span style='opacity:.75'>{escape(_summary(verdict))}</span></div>",
    ]
    parts += [_hint_html(hint) for hint in verdict.mistakes]
    if not verdict.passed and verdict.message != "Not answered yet.":
        detailed = _details(verdict)
        parts += [_case_html(case, case in detailed) for case in verdict.cases]
    return "".join([*parts, "</div>"])


def _hint_html(hint: Hint) -> str:
    return (
        f'<div style="margin:6px 0;padding:5px 10px;border-radius:3px;background:rgba(29,78,216,.10);'
        f'border-left:3px solid {_BLUE}">💡 {_hint_lead(hint)} <b>{escape(hint.name.replace("_", " "))}</b>. '
        f"{escape(hint.hint)}</div>"
    )


def _case_html(case: CaseVerdict, detailed: bool) -> str:
    if case.passed:
        return f'<div style="opacity:.75"><span style="color:{_GREEN}">✔</span> {escape(case.title)}</div>'
    line = f'<div><span style="color:{_RED}">✘</span> <b>{escape(case.title)}</b>: {escape(case.message)}</div>'
    if not detailed:
        return line
    body = ""
    if case.received.raised is not None and case.received.raised.traceback:
        body += _pre("Your code:", case.received.raised.traceback)
    if case.received.printed:
        body += _pre("Printed:", "\n".join(case.received.printed.splitlines()[:10]))
    return line + f'<div style="margin-left:1.4em">{body}{_pictures_html(case)}</div>'


def _pre(title: str, text: str) -> str:
    return (
        f'<div style="opacity:.75">{title}</div><pre style="margin:0 0 4px;font-size:12px;white-space:pre-wrap">'
        f"{escape(text)}</pre>"
    )


def _pictures_html(case: CaseVerdict) -> str:
    """Expected, yours and their difference side by side, where both are images of the same size."""
    expected, received = _first_array(case.expected.value), _first_array(case.received.value)
    if expected is None or received is None or expected.shape != received.shape:
        return ""
    expected, received = _image(expected), _image(received)
    if expected is None or received is None or case.received.raised:
        return ""
    height, width = expected.shape[:2]
    width = round(_PICTURE_SIDE * width / max(height, width))
    low, high = float(np.nanmin(expected)), float(np.nanmax(expected))
    difference = np.abs(received - expected)
    largest = float(np.nanmax(difference)) or 1.0
    pictures = (
        ("expected", _png(_scaled(expected, low, high))),
        ("yours", _png(_scaled(received, low, high))),
        ("difference", _png(_scaled(difference, 0.0, largest))),
    )
    return "".join(
        f'<figure style="display:inline-block;margin:2px 10px 6px 0"><img alt="{title}" width="{width}" '
        f'style="image-rendering:pixelated;border:1px solid #888" src="data:image/png;base64,{data}">'
        f'<figcaption style="font-size:12px">{title}</figcaption></figure>'
        for title, data in pictures
    )


def _first_array(value: Any) -> np.ndarray | None:
    """The array that a value is, or with which it begins."""
    if isinstance(value, tuple | list) and value:
        value = value[0]
    return value if isinstance(value, np.ndarray) else None


def _image(array: np.ndarray) -> np.ndarray | None:
    """The first picture in (n_H, n_W), (n_H, n_W, n_C) or (m, n_H, n_W, n_C), at least 6 pixels a side."""
    if array.dtype.kind not in "buif" or array.ndim not in (2, 3, 4) or not array.size:
        return None
    if array.ndim == 4:
        array = array[0]
    if array.ndim == 3 and array.shape[-1] != 3:
        array = array[..., 0]
    if min(array.shape[:2]) < 6 or max(array.shape[:2]) > 512:
        return None
    return np.asarray(array, dtype=np.float64)


def _scaled(image: np.ndarray, low: float, high: float) -> np.ndarray:
    span = (high - low) or 1.0
    return (np.clip(np.nan_to_num((image - low) / span), 0.0, 1.0) * 255).astype(np.uint8)


def _png(image: np.ndarray) -> str:
    from PIL import Image  # here, because most checks draw nothing

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
