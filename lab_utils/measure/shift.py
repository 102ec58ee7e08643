"""Does the map move with the image (equivariance), does the answer stay (invariance)? Measured by shifting inputs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab_utils.core import expect_images
from lab_utils.evaluate import evaluating, predict
from lab_utils.measure.receptive_field import ReceptiveField, theoretical_receptive_field

Shift = tuple[int, int]


@dataclass(frozen=True)
class ShiftConsistency:
    """Under one shift: the share of right answers, and the share of answers that are those for the unshifted image."""

    accuracy: float
    unchanged: float


def shift(images: Tensor, dy: int, dx: int, *, wrap: bool = False) -> Tensor:
    """Move the content of (..., H, W) `dy` rows down and `dx` columns right; zeros come in, with `wrap` what left."""
    if wrap:
        return torch.roll(images, (dy, dx), dims=(-2, -1))
    height, width = images.shape[-2:]
    moved = torch.zeros_like(images)
    to_rows, to_columns = _overlap(height, dy), _overlap(width, dx)
    from_rows, from_columns = _overlap(height, -dy), _overlap(width, -dx)
    moved[..., to_rows, to_columns] = images[..., from_rows, from_columns]
    return moved


def shift_equivariance(
    model_part: nn.Module,
    x: Tensor,
    shifts: Sequence[Shift],
    *,
    field: ReceptiveField | None = None,
    wrap: bool = False,
) -> dict[Shift, float]:
    """‖f(shift x) − shift f(x)‖ / ‖shift f(x)‖ for each shift (dy, dx) in pixels: 0 where the maps move with the image.

    `model_part` takes images `x` (B, C, H, W) to maps. Compared are the units whose whole receptive field lies in
    picture content before and after the shift, so that padding and the blank edge that comes in play no part; with
    `wrap` the shift is circular and all units are compared, as circular padding deserves. Maps of stride s can move
    by whole units only: a shift that is no multiple of s is compared with both neighbouring whole shifts, and the
    better one counts. `field` says size and stride of the part's receptive field; by default it is computed, for which
    the part must be a Sequential of convolutions and poolings. Raises ValueError if no unit is left to compare.
    """
    expect_images(x)
    field = field if field is not None else theoretical_receptive_field(model_part)
    with evaluating(model_part), torch.no_grad():
        still = model_part(x)
        if still.ndim != 4:
            raise ValueError(f"expected the part to return maps (B, C, H, W), got {tuple(still.shape)}")
        return {
            (dy, dx): _error(model_part(shift(x, dy, dx, wrap=wrap)), still, x, (dy, dx), field, wrap)
            for dy, dx in shifts
        }


def shift_consistency(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    shifts: Sequence[Shift],
    *,
    wrap: bool = False,
    batch_size: int = 500,
) -> dict[Shift, ShiftConsistency]:
    """How a classifier's answers bear shifts (dy, dx) of its images `x` (B, C, H, W), with labels `y` (B,)."""
    expect_images(x)
    if y.shape != x.shape[:1]:
        raise ValueError(f"expected a label for each of {len(x)} images, got labels of shape {tuple(y.shape)}")
    answers = predict(model, x, batch_size=batch_size).argmax(dim=1)
    table = {}
    for dy, dx in shifts:
        now = predict(model, shift(x, dy, dx, wrap=wrap), batch_size=batch_size).argmax(dim=1)
        right, same = ((now == other.cpu()).double().mean().item() for other in (y, answers))
        table[dy, dx] = ShiftConsistency(right, same)
    return table


def _overlap(size: int, by: int) -> slice:
    """Where the content of an axis of `size` lies after it moved `by`."""
    return slice(min(max(by, 0), size), max(size + min(by, 0), 0))


def _error(moved: Tensor, still: Tensor, x: Tensor, by: Shift, field: ReceptiveField, wrap: bool) -> float:
    """The smallest relative error over the whole-unit shifts next to `by`."""
    rows, columns = (
        slice(None) if wrap else _interior(moved.shape[2 + i], x.shape[2 + i], by[i], field, i) for i in (0, 1)
    )
    units = [by[i] / field.stride[i] for i in (0, 1)]
    errors = []
    for dy, dx in itertools.product(*({math.floor(u), math.ceil(u)} for u in units)):
        expected = shift(still, dy, dx, wrap=wrap)[:, :, rows, columns]
        if expected.numel() == 0:
            raise ValueError(
                f"expected units whose receptive field {field.size} fits into the {tuple(x.shape[2:])} image "
                f"moved by {by}, got none; use smaller shifts or larger images"
            )
        difference = (moved[:, :, rows, columns] - expected).norm() / expected.norm().clamp_min(1e-12)
        errors.append(difference.item())
    return min(errors)


def _interior(units: int, pixels: int, by: int, field: ReceptiveField, axis: int) -> slice:
    """Units along an axis that see nothing but the content of an image moved `by`, and did so before it moved."""
    size, stride, start = field.size[axis], field.stride[axis], field.start[axis]
    content = _overlap(pixels, by)
    reach = stride * math.ceil(abs(by) / stride) - abs(by)  # rounding the shift up reaches this far past the content
    first = math.ceil((content.start + (reach if by > 0 else 0) - start) / stride)
    last = math.floor((content.stop - (reach if by < 0 else 0) - size - start) / stride)
    return slice(max(first, 0), max(min(last + 1, units), 0))
