"""Draw or upload a picture and a trained network answers in the page, with the maps of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating
from lab_utils.live.shared.network import export_layers
from lab_utils.web import LiveFigure, png_source

HERE = Path(__file__).parent
CAPTION = (
    "The trained network itself runs in this page and answers while you draw. Start from a test image, draw your own, "
    "or upload a photo. Choose a layer to see all of its maps, a map to enlarge it, and a place in the map to see "
    "where its number comes from."
)


def _fallback(model: nn.Module, classes: Sequence[str], image: Tensor) -> str:
    """The first example as a picture beside the network's probabilities, for readers without JavaScript."""
    weight = next(model.parameters())
    with evaluating(model), torch.no_grad():
        logits = model(image[None].to(weight.device, weight.dtype)).cpu()
    if tuple(logits.shape) != (1, len(classes)):
        raise ValueError(f"expected one logit per class, (1, {len(classes)}), got {tuple(logits.shape)}")
    p = logits.softmax(dim=1)[0].tolist()
    source = png_source((image[0] * 255).round().to(torch.uint8).numpy())
    rows = "".join(f"<tr><td>{escape(c)}</td><td>{100 * v:.1f} %</td></tr>" for c, v in zip(classes, p, strict=True))
    return (
        f'<img src="{source}" width="112" height="112" alt="The first example image">'
        f"<table><thead><tr><th>class</th><th>probability</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def draw_and_classify(
    model: nn.Sequential,
    classes: Sequence[str],
    examples: Tensor,
    *,
    labels: Sequence[int] | None = None,
    noun: str = "garment",
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure in which ``model`` classifies what the reader draws.

    ``model`` is a flat ``nn.Sequential`` (see ``export_layers``) from (B, 1, 28, 28) in [0, 1] to logits
    (B, len(classes)); ``examples`` is (N, 1, 28, 28) in [0, 1], N >= 1, kept in 256 grey levels; ``labels`` are their
    true classes; ``noun`` names what the classes are kinds of. Raises ``ValueError`` for other shapes or values, and
    what ``export_layers`` raises.
    """
    if examples.ndim != 4 or examples.shape[0] < 1 or tuple(examples.shape[1:]) != (1, 28, 28):
        raise ValueError(f"expected examples of shape (N, 1, 28, 28), N >= 1, got {tuple(examples.shape)}")
    low, high = float(examples.min()), float(examples.max())
    if low < 0 or high > 1:
        raise ValueError(f"expected examples in [0, 1], got {low:.3g} to {high:.3g}")
    if labels is not None and len(labels) != len(examples):
        raise ValueError(f"expected one label per example ({len(examples)}), got {len(labels)}")
    layers = export_layers(model)
    examples = examples.detach().cpu().float()
    fallback = _fallback(model, classes, examples[0])
    return LiveFigure(
        module=HERE / "draw.js",
        data={
            "layers": layers,
            "classes": list(classes),
            "examples": np.rint(examples.numpy() * 255).astype(np.uint8),
            "labels": None if labels is None else [int(label) for label in labels],
            "noun": noun,
        },
        label=f"Draw a {noun} and the network answers",
        caption=caption,
        fallback=fallback,
        css=(HERE / "draw.css",),
    )
