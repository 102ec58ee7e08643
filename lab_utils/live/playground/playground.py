"""A small network to train in the page, with the hidden space of any layer beside the input space."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lab_utils.live.playground.still import still
from lab_utils.web import LiveFigure

HERE = Path(__file__).parent
CAPTION = (
    "Press Run. Left: the input plane, coloured by the network's answer (blue: class 1, orange: class 0). Right: the "
    "same plane as a hidden layer bends it; drag “Through the network” to see how one becomes the other, and read at "
    "each layer how many points a straight cut gets right. Below: the map of every unit and the weights between them."
)
DEPTH = 4
LIMITS: dict[str, tuple[float, float]] = {
    "count": (20, 500),
    "noise": (0.0, 0.5),
    "depth": (0, DEPTH),
    "width": (1, 8),
    "lr": (1e-4, 10.0),
    "strength": (1e-5, 1.0),
    "layer": (0, DEPTH),
    "steps": (0, 20_000),
    "seed": (0, 9999),
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "data": ("moons", "circles", "spiral", "xor", "own", "given"),
    "activation": ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "linear"),
    "optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"),
    "penalty": ("none", "l2", "l1"),
    "batch_size": (None, 100, 30, 10, 1),
    "chart": ("accuracy", "gradients"),
    "speed": (1, 5, 20),
}
WHOLE = {"count", "depth", "width", "layer", "steps", "seed"}
NOISE = {"moons": 0.2, "circles": 0.1, "spiral": 0.05, "xor": 0.0}  # suits each, as in lab_utils.data
DEFAULTS: dict[str, Any] = {
    "data": "moons",
    "count": 300,
    "widths": (8, 8),
    "activation": "relu",
    "optimizer": "adam",
    "lr": 0.03,
    "penalty": "none",
    "strength": 0.001,
    "batch_size": None,
    "view": "pca",
    "chart": "accuracy",
    "speed": 1,
    "steps": 0,
}
KEYS = sorted({*DEFAULTS, "noise", "layer", "depth", "width"})
MOST_GIVEN = 2000

Points = tuple[ArrayLike, ArrayLike]


def _number(name: str, value: Any) -> float | int:
    """`value` within the limits of the setting `name`, whole where it counts something."""
    low, high = LIMITS[name]
    kind, words = (Integral, "a whole number") if name in WHOLE else (Real, "a number")
    if not isinstance(value, kind) or isinstance(value, bool) or not low <= float(value) <= high:
        raise ValueError(f"expected {name} to be {words} from {low:g} to {high:g}, got {value!r}")
    return int(float(value)) if name in WHOLE else float(value)


def _choice(name: str, value: Any) -> Any:
    """`value` where it is one of those that the setting `name` can have."""
    if isinstance(value, bool) or value not in CHOICES[name]:
        raise ValueError(f"expected {name} to be one of {', '.join(map(repr, CHOICES[name]))}, got {value!r}")
    return value


def _widths(preset: Mapping[str, Any]) -> list[int]:
    """Units of each hidden layer, from `widths`, or from `depth` and `width`."""
    if "widths" in preset and ("depth" in preset or "width" in preset):
        raise ValueError("expected either widths, or depth and width, got both")
    if "widths" not in preset and ("depth" in preset or "width" in preset):
        depth, width = preset.get("depth", 2), preset.get("width", 8)
        return [int(_number("width", width))] * int(_number("depth", depth))
    widths = preset.get("widths", DEFAULTS["widths"])
    if not isinstance(widths, list | tuple) or len(widths) > DEPTH:
        raise ValueError(f"expected widths to be a tuple of at most {DEPTH} whole numbers, got {widths!r}")
    return [int(_number("width", width)) for width in widths]


def _view(view: Any, layer: int, widths: list[int]) -> Any:
    """ "pca", "cut", or two different units of the shown layer, counted from 1."""
    if view in ("pca", "cut"):
        return view
    width = widths[layer - 1] if layer else 2
    pair = list(view) if isinstance(view, list | tuple) else []
    there = all(isinstance(i, Integral) and i in range(1, width + 1) for i in pair)
    if len(pair) != 2 or not there or pair[0] == pair[1]:
        raise ValueError(f"expected view to be 'pca', 'cut' or two different units from 1 to {width}, got {view!r}")
    return [int(i) for i in pair]


def _settings(preset: Mapping[str, Any], seed: int, *, has_points: bool) -> dict[str, Any]:
    """Every setting of the figure, checked."""
    if unknown := sorted(set(preset) - set(KEYS)):
        raise ValueError(f"expected settings among {', '.join(KEYS)}, got {', '.join(map(repr, unknown))}")
    full = DEFAULTS | ({"data": "given"} if has_points else {}) | dict(preset)
    settings: dict[str, Any] = {name: _choice(name, full[name]) for name in CHOICES}
    if (settings["data"] == "given") != has_points:
        raise ValueError(f"expected data='given' with points=(x, y) and only then, got {settings['data']!r}")
    full.setdefault("noise", NOISE.get(settings["data"], 0.0))
    settings["widths"] = _widths(preset)
    full.setdefault("layer", len(settings["widths"]))
    for name in ("count", "noise", "lr", "strength", "layer", "steps"):
        settings[name] = _number(name, full[name])
    if settings["layer"] > len(settings["widths"]):
        raise ValueError(f"expected layer from 0 to {len(settings['widths'])}, the depth, got {settings['layer']}")
    settings["view"] = _view(full["view"], settings["layer"], settings["widths"])
    settings["seed"] = _number("seed", seed)
    return settings


def _labelled(points: Points, what: str) -> dict[str, np.ndarray]:
    """x float32 (N, 2) and y float32 (N,) of zeros and ones."""
    if not isinstance(points, tuple | list) or len(points) != 2:
        raise ValueError(f"expected {what} to be a pair (x, y), got {type(points).__name__}")
    x, y = (np.asarray(part) for part in points)
    if x.ndim != 2 or x.shape[1] != 2 or not 1 <= len(x) <= MOST_GIVEN:
        raise ValueError(f"expected x of {what} of shape (N, 2), N from 1 to {MOST_GIVEN}, got {x.shape}")
    if y.shape != (len(x),):
        raise ValueError(f"expected y of {what} of shape ({len(x)},), got {y.shape}")
    if x.dtype.kind not in "fiu" or not np.isfinite(x).all():
        raise ValueError(f"expected x of {what} to be finite numbers, got {x.dtype} with {_not_finite(x)} others")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"expected y of {what} to be 0 or 1, got {np.unique(y)[:5].tolist()}")
    return {"x": x.astype(np.float32), "y": y.astype(np.float32)}


def _not_finite(x: np.ndarray) -> int:
    """How many entries are no finite numbers."""
    return int((~np.isfinite(x)).sum()) if x.dtype.kind in "fiu" else x.size


def _given(points: Points, held_out: Points | None) -> dict[str, Any]:
    """The notebook's points and the square of the plane that holds them."""
    train = _labelled(points, "points")
    none = {"x": np.zeros((0, 2), np.float32), "y": np.zeros(0, np.float32)}
    held = none if held_out is None else _labelled(held_out, "held_out")
    low, high = train["x"].min(axis=0).astype(float), train["x"].max(axis=0).astype(float)
    half = 0.575 * float((high - low).max())
    box = {"cx": float(low[0] + high[0]) / 2, "cy": float(low[1] + high[1]) / 2, "half": half if half > 0 else 1.0}
    if not math.isfinite(half):
        raise ValueError("expected points whose range is a number, got one that overflows")
    return {"train": train, "held": held, "box": box}


def playground(
    preset: Mapping[str, Any] | None = None,
    *,
    points: Points | None = None,
    held_out: Points | None = None,
    seed: int = 0,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure in which a small network with one logit learns two classes of points in the plane.

    ``preset`` is where the reader starts: ``data``, ``count``, ``noise``, ``widths`` (or ``depth`` and ``width``),
    ``activation``, ``optimizer``, ``lr``, ``penalty``, ``strength``, ``batch_size``, ``layer`` (whose space is shown),
    ``view`` ("pca", "cut" or two units), ``chart``, ``speed`` (updates per picture) and ``steps`` (updates already
    done). ``points`` = (x (N, 2), y (N,) of 0 and 1) are trained on instead of a toy set, ``held_out`` likewise
    tests. ``seed`` (0 to 9999) decides points, initial weights (torch.nn.Linear's distribution) and batches.
    The loss is the mean binary cross-entropy; "l2" is torch.optim's ``weight_decay`` on every parameter (decoupled
    in AdamW), "l1" adds strength · Σ|parameter|. Raises ``ValueError`` for what is unknown or out of range.
    """
    if preset is not None and not isinstance(preset, Mapping):
        raise ValueError(f"expected preset to be a mapping of settings, got {type(preset).__name__}")
    if held_out is not None and points is None:
        raise ValueError("expected held_out together with points, got held_out alone")
    start = _settings(preset or {}, seed, has_points=points is not None)
    return LiveFigure(
        module=HERE / "playground.js",
        data={
            "start": start,
            "rules": {"limits": LIMITS, "choices": CHOICES},
            "given": None if points is None else _given(points, held_out),
        },
        label="Playground: train a small network and watch its spaces",
        caption=caption,
        fallback=still(),
        css=(HERE / "playground.css",),
    )
