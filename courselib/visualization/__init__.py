"""Figures: galleries, learning curves, confusion matrices, filters and feature maps; and what networks look for.

What begins with `plot_` or `show_` draws a figure about 8 inches wide and returns it. A notebook shows it once, at the
end of the cell, even where the call is not the last line or is in a loop; elsewhere save it with `.savefig("x.png")`.
The other functions return arrays.
"""

from courselib.visualization.confusion import plot_confusion
from courselib.visualization.curves import plot_history
from courselib.visualization.deconvnet import deconvnet
from courselib.visualization.features import feature_maps, show_feature_maps, show_filters
from courselib.visualization.galleries import show_images
from courselib.visualization.grad_cam import grad_cam, layer_gradients
from courselib.visualization.patches import TopPatches, top_activating_patches
from courselib.visualization.receptive_field import ReceptiveField, receptive_field

__all__ = [
    "ReceptiveField",
    "TopPatches",
    "deconvnet",
    "feature_maps",
    "grad_cam",
    "layer_gradients",
    "plot_confusion",
    "plot_history",
    "receptive_field",
    "show_feature_maps",
    "show_filters",
    "show_images",
    "top_activating_patches",
]
