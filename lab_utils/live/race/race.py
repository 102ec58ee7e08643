"""An optimizer race: optimizers over one surface, their paths, their losses and the sweep of learning rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lab_utils.live.race.still import OPTIMIZERS, SURFACES, Ground, Slice, still
from lab_utils.web import LiveFigure

HERE = Path(__file__).parent
CAPTION = (
    "Choose who races and on which surface, predict who reaches the target first, then run. Move a learning rate and "
    "the paths follow at once; sweep the rates to see how many steps each optimizer needs at every rate. All start at "
    "the same point and meet the same gradient noise. The update rules are torch.optim's."
)
LABEL = "Optimizer race: paths, losses and learning rates"
LOWEST_LR, HIGHEST_LR = 1e-4, 10.0


class LossSlice(Protocol):
    """A loss measured on a grid of two directions, as ``lab_utils.measure.loss_slice`` gives it."""

    @property
    def alphas(self) -> Any:
        """Shares of the first direction, (n,), evenly spaced."""

    @property
    def betas(self) -> Any:
        """Shares of the second direction, (m,), evenly spaced."""

    @property
    def values(self) -> Any:
        """Losses (m, n), one row for each beta."""


def _axis(name: str, values: object) -> npt.NDArray[np.float64]:
    """One axis of a slice as ascending, evenly spaced numbers."""
    axis = np.asarray(values, dtype=np.float64)
    if axis.ndim != 1 or len(axis) < 4:
        raise ValueError(f"expected {name} of shape (n,), n >= 4, got {axis.shape}")
    steps = np.diff(axis)
    if not (np.isfinite(axis).all() and (steps > 0).all() and np.allclose(steps, steps[0], rtol=1e-4)):
        raise ValueError(f"expected {name} to rise in equal steps, got {np.array2string(axis, threshold=6)}")
    return axis


def read_slice(slice_: LossSlice | Sequence[object]) -> Slice:
    """The grid of a measured slice, checked; raises ``ValueError`` for axes or values that do not make one."""
    parts = tuple(slice_) if isinstance(slice_, tuple | list) else (slice_.alphas, slice_.betas, slice_.values)  # type: ignore[union-attr]
    if len(parts) != 3:
        raise ValueError(f"expected (alphas, betas, values), got {len(parts)} parts")
    alphas, betas = _axis("alphas", parts[0]), _axis("betas", parts[1])
    values = np.asarray(parts[2], dtype=np.float32)
    if values.shape != (len(betas), len(alphas)):
        raise ValueError(f"expected values of shape ({len(betas)}, {len(alphas)}), one row a beta, got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"expected finite losses, got {int((~np.isfinite(values)).sum())} that are not")
    if values.min() == values.max():
        raise ValueError(f"expected losses that differ, got {values.min():.3g} everywhere")
    return Slice((float(alphas[0]), float(alphas[-1])), (float(betas[0]), float(betas[-1])), values)


def _within(name: str, value: float, low: float, high: float) -> float:
    """The value as a float, refused outside its range."""
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"expected {name} from {low:g} to {high:g}, got {value!r}")
    return float(value)


def _place(start: Sequence[float], ground: Ground) -> list[float]:
    """The start as two numbers inside the view."""
    x0, x1, y0, y1 = ground.view
    if len(start) != 2:
        raise ValueError(f"expected start as (x, y), got {len(start)} numbers")
    x, y = (float(value) for value in start)
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        raise ValueError(f"expected start within x {x0:g} to {x1:g} and y {y0:g} to {y1:g}, got ({x:g}, {y:g})")
    return [x, y]


def _racers(optimizers: Sequence[str]) -> list[str]:
    """The names in the book's order; at least one, none unknown."""
    unknown = [name for name in optimizers if name not in OPTIMIZERS]
    if isinstance(optimizers, str) or unknown or not optimizers:
        raise ValueError(f"expected optimizers out of {', '.join(OPTIMIZERS)}, got {optimizers!r}")
    return [name for name in OPTIMIZERS if name in optimizers]


def _ground(surface: str, grid: Slice | None) -> Ground:
    """The surface of that name."""
    known = [*SURFACES, *(["slice"] if grid else [])]
    if surface not in known:
        needs = "; the slice needs slice_" if surface == "slice" else ""
        raise ValueError(f"expected surface to be one of {', '.join(known)}, got {surface!r}{needs}")
    return grid.ground() if grid and surface == "slice" else SURFACES[surface]


def _whole(seed: int) -> int:
    """The seed, refused unless it is a whole number of at most four digits."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= 9999:
        raise ValueError(f"expected seed to be a whole number from 0 to 9999, got {seed!r}")
    return seed


def optimizer_race(
    slice_: LossSlice | Sequence[object] | None = None,
    *,
    surface: str = "bowl",
    optimizers: Sequence[str] = ("sgd", "momentum", "rmsprop", "adam"),
    start: Sequence[float] | None = None,
    target: float | None = None,
    lr: float | None = None,
    momentum: float = 0.9,
    noise: float = 0.0,
    seed: int = 0,
    caption: str = CAPTION,
) -> LiveFigure:
    """A live figure in which optimizers race over a surface; the arguments are where the reader starts.

    ``surface`` is "bowl" (0.01x² + 5y²), "rosenbrock", "beale", "saddle" or "slice", which needs ``slice_``: a result
    of ``lab_utils.measure.loss_slice`` or ``(alphas (n,), betas (m,), values (m, n))``, joined by cubic convolution
    (Keys, 1981). ``start`` (x, y), ``target`` (a loss above the lowest) and ``lr`` (one for all, 0.0001 to 10) default
    to the surface's own; ``noise`` is the standard deviation of the gradient's, the same draws of ``seed`` for all.
    Raises ``ValueError`` for a name, a number or a grid that cannot be raced on.
    """
    ground = _ground(surface, grid := None if slice_ is None else read_slice(slice_))
    data = {
        "surface": surface,
        "optimizers": _racers(optimizers),
        "start": None if start is None else _place(start, ground),
        "target": None if target is None else _within("target", target, 1e-9, 1e6),
        "lr": None if lr is None else _within("lr", lr, LOWEST_LR, HIGHEST_LR),
        "momentum": _within("momentum", momentum, 0, 0.99),
        "noise": _within("noise", noise, 0, 5),
        "seed": _whole(seed),
        "slice": grid.data() if grid else None,
    }
    return LiveFigure(HERE / "race.js", data, LABEL, caption, still(ground, data), (HERE / "race.css",))
