"""What stands for the figure where no script runs: the same learners trained here, as a picture and a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

BATCH, STEPS, SPACING = 32, 200, 10
WIDE, TALL, LEFT = 640, 220, 44  # of the picture, in its own units
LABELS = {
    "backprop": "Backpropagation",
    "feedback": "Feedback alignment",
    "direct": "Direct feedback alignment",
    "readout": "Output layer only",
}


def forward(weights: list[Tensor], biases: list[Tensor], x: Tensor, activation: str) -> list[Tensor]:
    """Input, hidden layers and logits of examples (N, features); weights (outputs, inputs)."""
    h, act = [x], torch.tanh if activation == "tanh" else torch.relu
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True), start=1):
        z = h[-1] @ weight.T + bias
        h.append(act(z) if layer < len(weights) else z)
    return h


def hidden_errors(
    kind: str, weights: list[Tensor], feedback: list[Tensor], h: list[Tensor], error: Tensor, activation: str
) -> list[Tensor]:
    """Errors of all layers, the output's ``error`` (N, classes) last (Nøkland, 2016, equations 4 to 6)."""
    errors = [error]
    for layer in range(len(weights) - 1, 0, -1):
        way = weights[layer] if kind == "backprop" else feedback[layer - 1]
        above = error if kind == "direct" else errors[0]
        slope = 1 - h[layer] ** 2 if activation == "tanh" else (h[layer] > 0).to(h[layer].dtype)
        errors.insert(0, (above @ way) * slope * (kind != "readout"))
    return errors


def angle(a: Tensor, b: Tensor) -> float:
    """Degrees between two matrices of one shape, read as vectors."""
    cosine = (a * b).sum() / (a.norm() * b.norm())
    return math.degrees(math.acos(float(cosine.clamp(-1, 1))))


def at_angle(weights: Tensor, other: Tensor, degrees: float, length: Tensor) -> Tensor:
    """A matrix of that length at that angle to ``weights``, in the plane of ``weights`` and ``other``."""
    along = weights / weights.norm()
    side = other - (other * along).sum() * along
    turn = math.radians(degrees)
    return length * (math.cos(turn) * along + math.sin(turn) * side / side.norm())


def way_down(kind: str, weights: list[Tensor], layer: int) -> Tensor:
    """What backpropagation would send the error of a hidden layer (from 1) through: a weight, or their product."""
    return (
        torch.linalg.multi_dot(weights[: layer - 1 : -1])
        if kind == "direct" and layer < len(weights) - 1
        else weights[layer]
    )


def _draw(outputs: int, inputs: int, generator: torch.Generator) -> Tensor:
    """Uniform in ±1/√inputs, as torch.nn.Linear draws its weights."""
    return (2 * torch.rand(outputs, inputs, generator=generator, dtype=torch.float64) - 1) / math.sqrt(inputs)


def _start(data: Mapping[str, Any], kind: str) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """First weights, biases and feedback matrices; equal weights and biases for every kind."""
    s, generator = data["start"], torch.Generator().manual_seed(data["start"]["seed"])
    widths = [data["x"].shape[1], *[s["width"]] * s["depth"], data["classes"]]
    weights = [_draw(outputs, inputs, generator) for inputs, outputs in pairwise(widths)]
    biases = [_draw(outputs, inputs, generator)[:, 0] for inputs, outputs in pairwise(widths)]
    feedback = []
    for layer in range(1, len(weights)):
        stands_for = way_down(kind, weights, layer)
        length = weights[-1].norm() if kind == "direct" else stands_for.norm()
        feedback.append(
            at_angle(stands_for, _draw(stands_for.shape[0], stands_for.shape[1], generator), s["angle"], length)
        )
    return weights, biases, feedback


def train(data: Mapping[str, Any], kind: str) -> tuple[float, list[float]]:
    """Held-out share right after ``STEPS`` updates, and the last feedback's angle every ``SPACING`` updates."""
    activation, lr = data["start"]["activation"], data["start"]["lr"]
    x, y = torch.from_numpy(2.0 * data["x"] / data["top"] - 1), torch.from_numpy(data["y"]).long()
    cut = len(x) - data["held"]
    weights, biases, feedback = _start(data, kind)
    generator, one_hot = torch.Generator().manual_seed(data["start"]["seed"]), torch.eye(data["classes"]).double()
    angles = []
    for step in range(STEPS + 1):
        if step % SPACING == 0:
            angles.append(angle(feedback[-1], weights[-1]))
        batch = torch.randint(cut, (BATCH,), generator=generator)
        h = forward(weights, biases, x[batch], activation)
        error = (h[-1].softmax(1) - one_hot[y[batch]]) / BATCH
        for layer, e in enumerate(hidden_errors(kind, weights, feedback, h, error, activation)):
            weights[layer] -= lr * e.T @ h[layer]
            biases[layer] -= lr * e.sum(0)
    right = forward(weights, biases, x[cut:], activation)[-1].argmax(1) == y[cut:]
    return float(right.double().mean()), angles


def still(data: Mapping[str, Any]) -> str:
    """The angle over the updates as SVG, and a table of what each learner gets right."""
    runs = {kind: train(data, kind) for kind in LABELS}
    lines = "".join(_line(runs[kind][1], colour) for kind, colour in (("feedback", "green"), ("direct", "pink")))
    rows = "".join(f"<tr><td>{LABELS[kind]}</td><td>{100 * right:.1f} %</td></tr>" for kind, (right, _) in runs.items())
    words = (
        f"Angle between the output weights and the fixed feedback over {STEPS} updates: from "
        f"{runs['feedback'][1][0]:.0f}° to {runs['feedback'][1][-1]:.0f}° with feedback alignment, to "
        f"{runs['direct'][1][-1]:.0f}° with direct feedback"
    )
    ticks = "".join(
        f'<line x1="{LEFT}" x2="{WIDE}" y1="{_height(a):g}" y2="{_height(a):g}" stroke="var(--lab-grid)"/>'
        f'<text x="{LEFT - 6}" y="{_height(a) + 5:g}" text-anchor="end">{a}°</text>'
        for a in (0, 45, 90, 135, 180)
    )
    return (
        f'<svg class="lab-align-still" role="img" aria-label="{words}" viewBox="0 0 {WIDE} {TALL + 24}" width="{WIDE}" '
        f'height="{TALL + 24}">{ticks}{lines}<text x="{WIDE}" y="{TALL + 20}" text-anchor="end">update {STEPS}</text>'
        f"</svg><p>{words}.</p><table><thead><tr><th>learner</th><th>held-out images right after {STEPS} updates</th>"
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def _height(degrees: float) -> float:
    """Where an angle lies in the picture."""
    return 10 + (TALL - 20) * (1 - degrees / 180)


def _line(angles: list[float], colour: str) -> str:
    """Angles over the updates, a learner's line."""
    places = [
        f"{LEFT + i * (WIDE - LEFT) / (len(angles) - 1):.1f},{_height(a):.1f}"
        for i, a in enumerate(angles)
        if math.isfinite(a)
    ]
    return f'<polyline points="{" ".join(places)}" fill="none" stroke="var(--lab-{colour})" stroke-width="2.5"/>'
