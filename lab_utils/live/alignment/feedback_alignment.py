"""Feedback alignment in the page: four learners on the same digits, and the angles between what they use and know."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.datasets import load_digits

from lab_utils.live.alignment.still import still
from lab_utils.web import LiveFigure

HERE = Path(__file__).parent
CAPTION = (
    "Press Run. Four equal networks learn handwritten digits. Backpropagation sends the error down through the forward "
    "weights; feedback alignment sends it through fixed random matrices, layer by layer or (direct) straight from the "
    "output; the last learner teaches its output layer alone. Watch the forward weights turn towards the fixed "
    "feedback until the updates point downhill. Then start the feedback at 180°, against the weights: what happens?"
)
LIMITS: dict[str, tuple[float, float]] = {
    "lr": (0.01, 10.0),
    "depth": (1, 3),
    "width": (4, 48),
    "angle": (0, 180),
    "seed": (0, 20),
}
WHOLE = {"depth", "width", "angle", "seed"}
ACTIVATIONS = ("tanh", "relu")
DEFAULTS: dict[str, Any] = {"lr": 0.1, "depth": 2, "width": 32, "angle": 90, "activation": "tanh"}
HELD_OUT = 0.2  # share of the examples that is never trained on
MOST_EXAMPLES, MOST_FEATURES, MOST_CLASSES, LEAST_EXAMPLES = 4000, 256, 10, 40


def _settings(preset: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Every setting of the figure, checked."""
    if unknown := sorted(set(preset) - set(DEFAULTS)):
        raise ValueError(f"expected settings among {', '.join(DEFAULTS)}, got {', '.join(map(repr, unknown))}")
    settings = DEFAULTS | dict(preset) | {"seed": seed}
    for name, (low, high) in LIMITS.items():
        value, whole = settings[name], name in WHOLE
        kind = Integral if whole else Real
        if not isinstance(value, kind) or isinstance(value, bool) or not low <= float(value) <= high:
            words = "a whole number" if whole else "a number"
            raise ValueError(f"expected {name} to be {words} from {low:g} to {high:g}, got {value!r}")
        settings[name] = int(float(value)) if whole else float(value)
    if settings["activation"] not in ACTIVATIONS:
        raise ValueError(f"expected activation to be one of {', '.join(ACTIVATIONS)}, got {settings['activation']!r}")
    return settings | {"speed": 1}


def _examples(images: ArrayLike | None, labels: ArrayLike | None) -> tuple[np.ndarray, np.ndarray, int]:
    """Grey levels uint8 (N, features), class numbers uint8 (N,) and the highest grey level, in a fixed mixed order."""
    if (images is None) != (labels is None):
        raise ValueError("expected images and labels together, got one of them")
    if images is None or labels is None:
        digits = load_digits()
        images, labels, top = digits.data, digits.target, 16
    else:
        images, top = _levels(np.asarray(images)), 255
    x, y = np.asarray(images).reshape(len(np.asarray(images)), -1).astype(np.uint8), np.asarray(labels)
    if y.shape != (len(x),) or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= MOST_CLASSES or y.max() < 1:
        raise ValueError(
            f"expected labels of shape ({len(x)},), whole numbers from 0 to at most {MOST_CLASSES - 1}, two classes at "
            f"least, got shape {y.shape}, {y.dtype}, {y.min() if y.size else '-'} to {y.max() if y.size else '-'}"
        )
    order = np.random.default_rng(0).permutation(len(x))  # the digits come in order of their writers
    return x[order], y[order].astype(np.uint8), top


def _levels(images: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 1 as 256 grey levels."""
    features = int(np.prod(images.shape[1:]))
    if images.ndim < 2 or not LEAST_EXAMPLES <= len(images) <= MOST_EXAMPLES or not 1 <= features <= MOST_FEATURES:
        raise ValueError(
            f"expected images of shape (N, ...), N from {LEAST_EXAMPLES} to {MOST_EXAMPLES}, at most {MOST_FEATURES} "
            f"numbers each, got {images.shape}"
        )
    if images.dtype.kind != "f" or not ((images >= 0) & (images <= 1)).all():
        raise ValueError(f"expected images as floats from 0 to 1, got {images.dtype} or numbers outside")
    return np.asarray((255 * images).round())


def feedback_alignment(
    preset: Mapping[str, Any] | None = None,
    *,
    images: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    seed: int = 0,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure in which four equal networks learn, each told its hidden layers' error in another way.

    Backpropagation, feedback alignment (Lillicrap et al., 2016), direct feedback alignment (Nøkland, 2016), and the
    output layer alone. ``preset`` is where the reader starts: ``lr``, ``depth`` (hidden layers), ``width``, ``angle``
    (degrees between feedback and weights before the first update) and ``activation``. ``images`` (N, ...) floats from
    0 to 1 with ``labels`` (N,) are learned instead of scikit-learn's 1,797 digits; a fifth is held out. ``seed`` (0 to
    20) decides first weights (torch.nn.Linear's distribution), feedback and batches. Plain gradient descent on the
    mean cross-entropy of 32 images. Raises ``ValueError`` for what is unknown or out of range.
    """
    if preset is not None and not isinstance(preset, Mapping):
        raise ValueError(f"expected preset to be a mapping of settings, got {type(preset).__name__}")
    start = _settings(preset or {}, seed)
    x, y, top = _examples(images, labels)
    held, classes = round(HELD_OUT * len(x)), int(y.max()) + 1
    data = {"start": start, "limits": LIMITS, "x": x, "y": y, "top": top, "held": held, "classes": classes}
    return LiveFigure(
        module=HERE / "feedback_alignment.js",
        data=data,
        label="Feedback alignment: weights turn towards fixed random feedback",
        caption=caption,
        fallback=still(data),
        css=(HERE / "feedback_alignment.css",),
    )
