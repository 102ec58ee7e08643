"""The race's first view for a reader without JavaScript: level lines, paths of torch.optim, and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import contourpy
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, optim

WIDE, TALL = 640, 340  # of the picture, in its own units
STEPS = 300  # of the still race: enough to see who is quick, and quick enough itself
STAY = 10  # steps that a loss must stay within the target, as in `racing.js`

Loss = Callable[[Tensor, Tensor], Tensor]

# name -> label, colour and dash (those of `marks.js`), the optimizer; torch's own settings but for the momentum
OPTIMIZERS: dict[str, tuple[str, str, str, Callable[..., optim.Optimizer]]] = {
    "sgd": ("SGD", "ink", "", lambda p, lr, momentum: optim.SGD(p, lr=lr)),
    "momentum": ("Momentum", "blue", "", lambda p, lr, momentum: optim.SGD(p, lr=lr, momentum=momentum)),
    "nesterov": (
        "Nesterov",
        "sky",
        "9 4",
        lambda p, lr, momentum: optim.SGD(p, lr=lr, momentum=momentum, nesterov=momentum > 0),
    ),
    "adagrad": ("AdaGrad", "ochre", "3 3", lambda p, lr, momentum: optim.Adagrad(p, lr=lr)),
    "rmsprop": ("RMSProp", "green", "11 3 2 3", lambda p, lr, momentum: optim.RMSprop(p, lr=lr)),
    "adam": ("Adam", "orange", "", lambda p, lr, momentum: optim.Adam(p, lr=lr, betas=(momentum, 0.999))),
    "adamw": (
        "AdamW",
        "pink",
        "6 4",
        lambda p, lr, momentum: optim.AdamW(p, lr=lr, betas=(momentum, 0.999), weight_decay=0),
    ),
}


@dataclass(frozen=True)
class Ground:
    """A surface to race on, as `surfaces.js` has it: `view` is x0, x1, y0, y1, `target` a loss above `lowest`.

    A `bounded` surface is known inside its view only.
    """

    name: str
    loss: Loss
    view: tuple[float, float, float, float]
    start: tuple[float, float]
    lowest: float
    target: float
    lr: float
    bounded: bool = False

    def knows(self, p: Tensor) -> bool:
        """Is the point (2,) finite, not absurdly far, and where the surface is known?"""
        x, y = p.tolist()
        x0, x1, y0, y1 = self.view if self.bounded else (-1e6, 1e6, -1e6, 1e6)
        return x0 <= x <= x1 and y0 <= y <= y1


SURFACES: dict[str, Ground] = {
    "bowl": Ground(
        "the bowl 0.01x² + 5y²",
        lambda x, y: 0.01 * x**2 + 5 * y**2,
        (-12, 12, -2.4, 2.4),
        (-9, 1),
        0.0,
        1e-3,
        0.05,
    ),
    "rosenbrock": Ground(
        "Rosenbrock's valley",
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        (-2, 2, -0.8, 2.8),
        (-1.2, 1),
        0.0,
        0.01,
        0.001,
    ),
    "beale": Ground(
        "Beale's plateau",
        lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
        (-4.5, 4.5, -3, 3),
        (1, 1.5),
        0.0,
        0.01,
        0.01,
    ),
    "saddle": Ground(
        "the saddle x²/2 − y²/2 + y⁴/20",
        lambda x, y: 0.5 * x**2 - 0.5 * y**2 + 0.05 * y**4,
        (-3, 3, -4, 4),
        (2.5, 0.01),
        -1.25,
        0.01,
        0.05,
    ),
}


def keys_weights(t: Tensor) -> Tensor:
    """Weights (..., 4) of the four neighbours at a share ``t`` of the way (Keys, 1981, with a = -1/2)."""
    a = ((2 - t) * t - 1) * t / 2
    b = ((3 * t - 5) * t**2 + 2) / 2
    c = ((4 - 3 * t) * t + 1) * t / 2
    d = (t - 1) * t**2 / 2
    return torch.stack([a, b, c, d], dim=-1)


def _ringed(values: Tensor) -> Tensor:
    """The grid with one more row and column on each side: v₋₁ = 3v₀ − 3v₁ + v₂ (Keys, 1981)."""
    for _ in range(2):
        first = 3 * values[:1] - 3 * values[1:2] + values[2:3]
        last = 3 * values[-1:] - 3 * values[-2:-1] + values[-3:-2]
        values = torch.cat([first, values, last]).T
    return values


@dataclass(frozen=True)
class Slice:
    """A loss measured on a grid: x along the columns, y along the rows of ``values`` (m, n) float32."""

    x: tuple[float, float]
    y: tuple[float, float]
    values: npt.NDArray[np.float32]

    def data(self) -> dict[str, Any]:
        """What the page receives."""
        rows, columns = self.values.shape
        return {"x": list(self.x), "y": list(self.y), "rows": rows, "columns": columns, "values": self.values}

    def loss(self) -> Loss:
        """The interpolated loss of x and y (any equal shapes), which autograd can follow."""
        ring = _ringed(torch.from_numpy(self.values.astype(np.float64)))
        rows, columns = self.values.shape

        def at(x: Tensor, y: Tensor) -> Tensor:
            u = (x - self.x[0]) * ((columns - 1) / (self.x[1] - self.x[0]))
            v = (y - self.y[0]) * ((rows - 1) / (self.y[1] - self.y[0]))
            column = u.detach().floor().clamp(0, columns - 2).long()
            row = v.detach().floor().clamp(0, rows - 2).long()
            near = torch.arange(4)
            cells = ring[(row[..., None] + near)[..., :, None], (column[..., None] + near)[..., None, :]]
            return torch.einsum("...i,...j,...ij->...", keys_weights(v - row), keys_weights(u - column), cells)

        return at

    def ground(self) -> Ground:
        """The slice as a surface with the page's own start, its lowest measured loss, target and rate."""
        loss, view = self.loss(), (*self.x, *self.y)
        x_shares, y_shares = torch.tensor([[0.1, 0.9], [0.3, 0.7]], dtype=torch.float64)
        xs = self.x[0] + x_shares * (self.x[1] - self.x[0])
        ys = self.y[0] + y_shares * (self.y[1] - self.y[0])
        places = torch.cartesian_prod(xs, ys)
        heights = loss(places[:, 0], places[:, 1])
        start = places[int(heights.argmax())].tolist()
        lowest = float(self.values.min())
        target = float(f"{(float(heights.max()) - lowest) / 50:.1g}")
        name = "a slice of a network's loss"
        return Ground(name, loss, view, (start[0], start[1]), lowest, target, 0.02, bounded=True)


def torch_path(ground: Ground, name: str, start: tuple[float, float], lr: float, momentum: float, steps: int) -> Tensor:
    """Points (steps + 1, 2) of one of torch's optimizers, fewer where it leaves what the surface knows."""
    p = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[name][3]([p], lr, momentum)
    points = [p.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        ground.loss(p[0], p[1]).backward()
        optimizer.step()
        if not ground.knows(p):
            break
        points.append(p.detach().clone())
    return torch.stack(points)


def still(ground: Ground, data: Mapping[str, Any]) -> str:
    """The surface with the paths of a short race without noise, as SVG, and the table of its losses."""
    start = tuple(data["start"] or ground.start)
    lr, target = data["lr"] or ground.lr, data["target"] or ground.target
    paths = {name: torch_path(ground, name, start, lr, data["momentum"], STEPS) for name in data["optimizers"]}
    rows = []
    for name, points in paths.items():
        gaps = ground.loss(points[:, 0], points[:, 1]) - ground.lowest
        rows.append(f"<tr><td>{OPTIMIZERS[name][0]}</td>{_result(gaps, target, ground.bounded)}</tr>")
    lines = "".join(_polyline(ground, points.numpy(), OPTIMIZERS[name]) for name, points in paths.items())
    words = f"Paths of {', '.join(OPTIMIZERS[name][0] for name in paths)} over {ground.name}, rate {lr:g} for all"
    return (
        f'<svg class="lab-race-still" role="img" aria-label="{escape(words)}" viewBox="0 0 {WIDE} {TALL}" '
        f'width="{WIDE}" height="{TALL}">{_level_lines(ground)}{lines}</svg><p>{escape(words)}, {STEPS} steps.</p>'
        f"<table><thead><tr><th>optimizer</th><th>steps to a loss {target:g} above the lowest</th>"
        f"<th>last loss above the lowest</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _result(gaps: Tensor, target: float, bounded: bool) -> str:
    """Two cells: the first step from which the loss stays within the target, and the last loss."""
    stays = (gaps <= target).unfold(0, STAY + 1, 1).all(dim=1).nonzero() if len(gaps) > STAY else torch.empty(0)
    ended = f"not in {STEPS}" if len(gaps) > STEPS else f"{'left the area' if bounded else 'diverged'} at {len(gaps)}"
    return f"<td>{int(stays[0]) if len(stays) else ended}</td><td>{float(gaps[-1]):.2g}</td>"


def _to_picture(ground: Ground, points: npt.NDArray[np.float64]) -> str:
    """Points (T, 2) of the surface as text for an SVG line, kept near the picture."""
    x0, x1, y0, y1 = ground.view
    x = np.clip((points[:, 0] - x0) / (x1 - x0) * WIDE, -WIDE, 2 * WIDE)
    y = np.clip((y1 - points[:, 1]) / (y1 - y0) * TALL, -TALL, 2 * TALL)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _polyline(ground: Ground, points: npt.NDArray[np.float64], look: tuple[str, str, str, object]) -> str:
    """One path in its colour and dash."""
    style = f'stroke="var(--lab-{look[1]})" stroke-dasharray="{look[2] or "none"}"'
    return f'<polyline points="{_to_picture(ground, points)}" fill="none" stroke-width="2" {style}/>'


def _level_lines(ground: Ground) -> str:
    """Lines of equal loss, ten times the loss from one to the next but one."""
    x0, x1, y0, y1 = ground.view
    xs, ys = np.linspace(x0, x1, 97), np.linspace(y0, y1, 65)
    grid_y, grid_x = torch.meshgrid(torch.from_numpy(ys), torch.from_numpy(xs), indexing="ij")
    gaps = (ground.loss(grid_x, grid_y) - ground.lowest).clamp(min=0).numpy()
    maker = contourpy.contour_generator(xs, ys, gaps)
    levels = gaps.max() * 10.0 ** np.arange(-4, 0, 0.5)
    lines = (np.asarray(line, dtype=np.float64) for level in levels for line in maker.lines(level))
    return "".join(
        f'<polyline points="{_to_picture(ground, line)}" fill="none" stroke="var(--lab-grid)"/>' for line in lines
    )
