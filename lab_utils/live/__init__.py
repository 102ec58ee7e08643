"""Figures that answer in the page: one Python function and one ES module each, no kernel, no request."""

from lab_utils.live.convolution import convolution_arithmetic
from lab_utils.live.draw import draw_and_classify
from lab_utils.live.network import export_layers
from lab_utils.live.upload import ask_for_picture

__all__ = ["ask_for_picture", "convolution_arithmetic", "draw_and_classify", "export_layers"]
