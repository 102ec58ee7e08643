"""How we see it: each function takes arrays and axes, draws, and returns the axes; none trains, none keeps settings."""

from lab_utils.plotting.curves import curve, curve_with_band, dot_and_band, label_ends
from lab_utils.plotting.diagrams import bars, layer_diagram, probability_bars
from lab_utils.plotting.images import feature_maps, filters, image_grid, overlay
from lab_utils.plotting.matrices import confusion_matrix
from lab_utils.plotting.style import CYCLE, PALETTE, book_style, figure

__all__ = [
    "CYCLE",
    "PALETTE",
    "bars",
    "book_style",
    "confusion_matrix",
    "curve",
    "curve_with_band",
    "dot_and_band",
    "feature_maps",
    "figure",
    "filters",
    "image_grid",
    "label_ends",
    "layer_diagram",
    "overlay",
    "probability_bars",
]
