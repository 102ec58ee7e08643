"""Two latent planes side by side: codes of garments under a plain and a variational autoencoder, and both decoders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from lab_utils.evaluate import evaluating
from lab_utils.live.latent.still import still
from lab_utils.live.shared.network import Layer, export_layers
from lab_utils.web import LiveFigure

HERE = Path(__file__).parent
NAMES = ("Plain autoencoder", "Variational autoencoder")
CAPTION = (
    "Each point is the code of a garment that the networks have not learned from. Drag in a plane, or use the arrow "
    "keys, and the decoder of that network draws what the place stands for; the other plane goes to the same garment. "
    "Below, the straight way between two garments. Both decoders run in the page, with weights rounded to 16 bits."
)
LABEL = "The latent planes of a plain and of a variational autoencoder"
ROOM = 0.06  # around the codes on view, as a share of their range
OUTLIERS = 0.5  # percent of the codes on each side that may lie outside the view


class PlaneNetwork(Protocol):
    """A network with a code of two numbers and a decoder of linear layers and ReLUs whose sigmoid is the picture."""

    decoder: nn.Sequential

    def encode(self, x: Tensor) -> Tensor:
        """Codes (B, 2) of pictures."""

    def decode(self, code: Tensor) -> Tensor:
        """Pictures of codes (B, 2)."""


def latent_plane(
    ae: PlaneNetwork,
    vae: PlaneNetwork,
    x: Tensor,
    y: Tensor,
    classes: Sequence[str],
    *,
    picks: int = 3,
    start: tuple[int, int] | None = None,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure of the codes of pictures x (N, 1, S, S) in [0, 1] with labels y (N,), and of both decoders.

    Of each class the `picks` pictures nearest to its middle in the two planes can be the ends of a path; `start` are
    the labels of the two that the reader meets first (by default the first and the last class). Raises ``TypeError``
    for a decoder that the page cannot run, and ``ValueError`` for codes that are not planes, pictures out of range, and
    labels without a class.
    """
    _check(x, y, classes)
    first, last = (0, len(classes) - 1) if start is None else start
    if not all(label in range(len(classes)) for label in (first, last)):
        raise ValueError(f"expected start as two labels from 0 to {len(classes) - 1}, got {start}")
    planes = [_plane(net, x, name) for net, name in zip((ae, vae), NAMES, strict=True)]
    chosen = _typical(planes, y, picks)
    ends = [next(k for k, i in enumerate(chosen) if int(y[i]) == label) for label in (first, last)]
    data = {
        "classes": list(classes),
        "labels": y.numpy().astype(np.uint8),
        "planes": planes,
        "picks": chosen,
        "pictures": (x[chosen] * 255).round().to(torch.uint8).numpy(),
        "side": x.shape[-1],
        "start": ends,
    }
    fallback = still((ae, vae), NAMES, [plane["view"] for plane in planes], x.shape[-1])
    return LiveFigure(HERE / "latent_plane.js", data, LABEL, caption, fallback, (HERE / "latent_plane.css",))


def half_precision(layers: Sequence[Layer]) -> list[Layer]:
    """The exported layers with their weights as the page gets them, rounded to 16 bits: half the size."""
    return [
        {key: value.astype(np.float16) if isinstance(value, np.ndarray) else value for key, value in layer.items()}
        for layer in layers
    ]


def _plane(net: PlaneNetwork, x: Tensor, name: str) -> dict[str, Any]:
    """Decoder, codes and view of one network."""
    layers = half_precision(export_layers(net.decoder))
    with evaluating(net), torch.no_grad():  # type: ignore[arg-type]
        codes = net.encode(x)
        if codes.shape != (len(x), 2) or not torch.isfinite(codes).all():
            raise ValueError(f"expected finite codes ({len(x)}, 2) from the {name}, got {tuple(codes.shape)}")
        picture = net.decode(codes[:4]).flatten(1)
        if picture.shape[1] != x[0].numel() or not torch.allclose(picture, net.decoder(codes[:4]).sigmoid(), atol=1e-5):
            raise ValueError(f"expected the {name} to draw {x[0].numel()} pixels, the sigmoid of its decoder's answer")
    low, high = np.percentile(codes.numpy(), [OUTLIERS, 100 - OUTLIERS], axis=0)
    room = ROOM * np.maximum(high - low, 1e-6)
    left, bottom = (low - room).tolist()
    right, top = (high + room).tolist()
    return {"name": name, "layers": layers, "codes": codes.numpy(), "view": [left, right, bottom, top]}


def _typical(planes: Sequence[dict[str, Any]], y: Tensor, picks: int) -> list[int]:
    """The pictures of each class whose codes lie nearest to the class's median, both planes counted alike."""
    if picks < 1:
        raise ValueError(f"expected at least 1 pick of each class, got {picks}")
    labels, chosen = y.numpy(), []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        away = np.zeros(len(members))
        for plane in planes:
            left, right, bottom, top = plane["view"]
            shares = plane["codes"][members] / (right - left, top - bottom)
            away += np.linalg.norm(shares - np.median(shares, axis=0), axis=1)
        chosen += members[away.argsort()[:picks]].tolist()
    return chosen


def _check(x: Tensor, y: Tensor, classes: Sequence[str]) -> None:
    if x.ndim != 4 or x.shape[1] != 1 or x.shape[2] != x.shape[3] or len(x) == 0:
        raise ValueError(f"expected pictures of shape (N, 1, S, S), got {tuple(x.shape)}")
    if not (x.min() >= 0 and x.max() <= 1):  # so written, NaN fails too
        raise ValueError(f"expected brightnesses in [0, 1], got {x.min():.3g} to {x.max():.3g}")
    if y.shape != (len(x),) or y.is_floating_point():
        raise ValueError(f"expected {len(x)} whole numbers as labels, got {y.dtype} of shape {tuple(y.shape)}")
    if sorted(y.unique().tolist()) != list(range(len(classes))):
        raise ValueError(f"expected at least one picture of each of the {len(classes)} classes and no other label")
