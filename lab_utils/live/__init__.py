"""Figures that answer in the page: one Python function and one ES module each, no kernel, no request."""

from lab_utils.live.alignment.feedback_alignment import feedback_alignment
from lab_utils.live.convolution.convolution import convolution_arithmetic
from lab_utils.live.draw.draw import draw_and_classify
from lab_utils.live.gpt.gpt import gpt
from lab_utils.live.grid.regularization_grid import regularization_grid
from lab_utils.live.latent.latent_plane import latent_plane
from lab_utils.live.playground.playground import playground
from lab_utils.live.race.race import optimizer_race
from lab_utils.live.shared.network import export_layers
from lab_utils.live.sparse.sparse_code import sparse_code
from lab_utils.live.upload import ask_for_picture

__all__ = [
    "ask_for_picture",
    "convolution_arithmetic",
    "draw_and_classify",
    "export_layers",
    "feedback_alignment",
    "gpt",
    "latent_plane",
    "optimizer_race",
    "playground",
    "regularization_grid",
    "sparse_code",
]
