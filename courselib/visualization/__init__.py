"""Figures: galleries, learning curves, confusion matrices, filters and feature maps.

Each function draws a figure about 8 inches wide and returns it. A notebook shows it once, at the end of the cell, even
where the call is not the last line or is in a loop; elsewhere save it with `.savefig("name.png")`.
"""

from courselib.visualization.confusion import plot_confusion
from courselib.visualization.curves import plot_history
from courselib.visualization.features import feature_maps, show_feature_maps, show_filters
from courselib.visualization.galleries import show_images

__all__ = ["feature_maps", "plot_confusion", "plot_history", "show_feature_maps", "show_filters", "show_images"]
