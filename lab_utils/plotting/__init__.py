"""How we see it: each function takes arrays and axes, draws, and returns the axes; none trains, none keeps settings."""

from lab_utils.plotting.attention import attention_map
from lab_utils.plotting.calibration import reliability
from lab_utils.plotting.curves import curve, curve_with_band, dot_and_band, label_ends, roc
from lab_utils.plotting.diagrams import bars, layer_diagram, probability_bars
from lab_utils.plotting.effects import effect_map
from lab_utils.plotting.images import feature_maps, filters, image_grid, overlay
from lab_utils.plotting.matrices import confusion_matrix, similarity_map
from lab_utils.plotting.spaces import decision_map, grid_over, scatter_classes, scatter_groups, scatter_values
from lab_utils.plotting.style import CYCLE, PALETTE, book_style, figure
from lab_utils.plotting.surfaces import contours, path

__all__ = [
    "CYCLE",
    "PALETTE",
    "attention_map",
    "bars",
    "book_style",
    "confusion_matrix",
    "contours",
    "curve",
    "curve_with_band",
    "decision_map",
    "dot_and_band",
    "effect_map",
    "feature_maps",
    "figure",
    "filters",
    "grid_over",
    "image_grid",
    "label_ends",
    "layer_diagram",
    "overlay",
    "path",
    "probability_bars",
    "reliability",
    "roc",
    "scatter_classes",
    "scatter_groups",
    "scatter_values",
    "similarity_map",
]
