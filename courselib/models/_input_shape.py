"""One clear error for pictures that are too small for a network."""

from __future__ import annotations

from collections.abc import Sequence

InputShape = Sequence[int | None]


def check_input_shape(network: str, input_shape: InputShape, minimum: int, any_size: bool = False) -> None:
    """Refuse an input shape that the network cannot work on.

    Args:
        network: The network's name, for the message.
        input_shape: `(n_H, n_W, n_C)`, without the batch.
        minimum: The smallest height and width in pixels.
        any_size: Whether height and width may be `None`, for networks that end in global average pooling.

    Raises:
        ValueError: If it is not three numbers, or too small.
    """
    sides = tuple(input_shape[:2])
    known = len(input_shape) == 3 and input_shape[2] is not None and (any_size or None not in sides)
    if not known or any(side is not None and side < minimum for side in sides) or (input_shape[2] or 0) < 1:
        flexible = ", or None for any size" if any_size else ""
        raise ValueError(
            f"{network} needs `input_shape=(n_H, n_W, n_C)` with n_H and n_W of at least {minimum} pixels{flexible}. "
            f"Received: input_shape={tuple(input_shape)}"
        )
