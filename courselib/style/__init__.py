"""Neural style transfer: one picture painted in the style of another."""

from courselib.gradients import value_and_gradient
from courselib.style.extractor import CONTENT_LAYER, STYLE_LAYERS, layer_outputs, load_style_extractor
from courselib.style.losses import (
    content_cost,
    gram_matrix,
    layer_style_cost,
    style_cost,
    style_matrix,
    total_cost,
    total_variation,
)
from courselib.style.slider import picture_slider
from courselib.style.transfer import StyledPicture, StyleTransfer

__all__ = [
    "CONTENT_LAYER",
    "STYLE_LAYERS",
    "StyleTransfer",
    "StyledPicture",
    "content_cost",
    "gram_matrix",
    "layer_outputs",
    "layer_style_cost",
    "load_style_extractor",
    "picture_slider",
    "style_cost",
    "style_matrix",
    "total_cost",
    "total_variation",
    "value_and_gradient",
]
