"""What a unit likes: the patches of a data set that excite it most, and an image made to excite it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab_utils.core import expect_images, generator
from lab_utils.measure.activations import batches, output_of, watching
from lab_utils.measure.receptive_field import ReceptiveField, theoretical_receptive_field


@dataclass(frozen=True)
class TopPatches:
    """For each of U units its k strongest patches, strongest first, from k different images.

    `patches` (U, k, C, h, w) is what the unit saw, black where its field left the image; `activations` (U, k);
    `images` (U, k) are indices into the images searched, `positions` (U, k, 2) rows and columns of the unit in its map.
    """

    patches: Tensor
    activations: Tensor
    images: Tensor
    positions: Tensor


def top_patches(
    model: nn.Module,
    x: Tensor,
    layer: str,
    *,
    units: Sequence[int] | None = None,
    k: int = 9,
    field: ReceptiveField | None = None,
    batch_size: int = 128,
) -> TopPatches:
    """Search the images `x` (B, C, H, W) for the patches that excite each channel of `layer` most.

    `units` are channels (default: all). An image gives a unit one patch at most, where the unit's map is highest, so
    that the k patches are k different images. `field` says how large the patches are and where they lie; by default
    it is computed from the model, which must then be a Sequential of convolutions and poolings up to `layer`.
    Source: Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4 and figure 2.
    """
    expect_images(x)
    if not 1 <= k <= len(x):
        raise ValueError(f"expected k from 1 to the {len(x)} images, got {k}")
    field = field if field is not None else theoretical_receptive_field(model, layer)
    highest, places, width = _peaks(model, x, layer, units, batch_size)  # both (B, U)
    strongest, images = highest.topk(k, dim=0)  # (k, U)
    flat = places.gather(0, images)
    positions = torch.stack([flat // width, flat % width], dim=-1)  # (k, U, 2)
    patches = torch.stack(
        [
            torch.stack([_cut(x[image], field, *position) for image, position in zip(a, b, strict=True)])
            for a, b in zip(images.T.tolist(), positions.transpose(0, 1).tolist(), strict=True)
        ]
    )
    return TopPatches(patches, strongest.T, images.T, positions.transpose(0, 1))


def activation_maximisation(
    model: nn.Module,
    layer: str,
    unit: int,
    *,
    shape: Sequence[int],
    seed: int,
    steps: int = 200,
    lr: float = 0.05,
    jitter: int = 1,
    smoothness: float = 5.0,
    norm: float | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
    centre: bool = False,
) -> tuple[Tensor, list[float]]:
    """Climb from noise to an image that excites `unit` of `layer`.

    Returns the image, of the `shape` (C, H, W) asked for, and the activation that each step saw, then the image's own.
    A step moves pixels by `lr`, falling linearly to 0, on average (root mean square) up the gradient of the unit's
    activation (mean over a channel's map, or its centre with `centre=True`) minus `smoothness` times the mean
    difference between neighbouring pixels, seen through a shift of up to `jitter` pixels drawn by `seed`. Then pixels
    are held within `limits` and, where `norm` is given, the image's Euclidean length at most there (`limits` must then
    include 0). Choose a layer before its ReLU: a silent unit has no gradient. Sources: Erhan, Bengio, Courville &
    Vincent, "Visualizing Higher-Layer Features of a Deep Network", 2009 (bounded length); Olah, Mordvintsev &
    Schubert, "Feature Visualization", Distill 2017 (jitter and smoothness).
    """
    chance = generator(seed)
    image = _noise(next(model.parameters(), torch.empty(0)), shape, limits, norm, chance)
    history: list[float] = []
    with watching(model, [layer]) as seen, torch.enable_grad():
        for step in range(steps):
            shift = torch.randint(-jitter, jitter + 1, (2,), generator=chance).tolist()
            model(torch.roll(image.requires_grad_(), shift, dims=(2, 3)))
            score = unit_activation(output_of(seen, layer), unit, centre=centre)
            history.append(score.item())
            direction = _uphill(score - smoothness * _roughness(image), image)
            image = _project(image.detach() + lr * (1 - step / steps) * direction, limits, norm)
        model(image)
        history.append(unit_activation(seen[layer], unit, centre=centre).item())
    return image[0], history


def unit_activation(output: Tensor, unit: int, *, centre: bool = False) -> Tensor:
    """How active `unit` is: the mean of its map (B, H, W) or of the map's centre, or of its column in (B, D)."""
    if output.ndim not in (2, 4) or not -output.shape[1] <= unit < output.shape[1]:
        raise ValueError(f"expected a unit of an output (B, D) or (B, C, H, W), got {unit} of {tuple(output.shape)}")
    values = output[:, unit]
    if centre and values.ndim == 3:
        values = values[:, values.shape[1] // 2, values.shape[2] // 2]
    return values.mean()


def _peaks(
    model: nn.Module, x: Tensor, layer: str, units: Sequence[int] | None, batch_size: int
) -> tuple[Tensor, Tensor, int]:
    """Each unit's highest activation in each image (B, U), its flat place in the map (B, U), and the map's width."""
    highest, places, width = [], [], 0
    with watching(model, [layer]) as seen, torch.no_grad():
        for batch in batches(x, batch_size):
            model(batch)
            maps = output_of(seen, layer, maps=True)
            maps = maps if units is None else maps[:, list(units)]
            best = maps.flatten(start_dim=2).max(dim=2)  # (B, U, H·W) -> (B, U)
            highest.append(best.values)
            places.append(best.indices)
            width = maps.shape[3]
    return torch.cat(highest), torch.cat(places), width


def _cut(image: Tensor, field: ReceptiveField, row: int, column: int) -> Tensor:
    """The part of `image` (C, H, W) that unit (row, column) sees, with zeros where that leaves the image."""
    top, bottom, left, right = field.box(row, column)
    patch = image.new_zeros(image.shape[0], bottom - top, right - left)
    inside = image[:, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    above, beside = max(-top, 0), max(-left, 0)
    patch[:, above : above + inside.shape[1], beside : beside + inside.shape[2]] = inside
    return patch


def _noise(
    like: Tensor, shape: Sequence[int], limits: tuple[float, float], norm: float | None, chance: torch.Generator
) -> Tensor:
    """Uniform noise (1, C, H, W) that keeps the bounds, on the device and of the dtype of `like`."""
    low, high = limits
    if not low < high or (norm is not None and not (norm > 0 and low <= 0 <= high)):
        raise ValueError(
            f"expected rising limits, and a positive norm only with 0 within them; got limits={limits}, norm={norm}"
        )
    noise = low + (high - low) * torch.rand(1, *shape, generator=chance)
    return _project(noise.to(like), limits, norm)


def _uphill(objective: Tensor, image: Tensor) -> Tensor:
    """The gradient of `objective`, scaled to a root mean square of 1 (or 0 where there is no slope)."""
    (gradient,) = torch.autograd.grad(objective, image)
    return gradient / gradient.square().mean().sqrt().clamp_min(1e-12)


def _project(image: Tensor, limits: tuple[float, float], norm: float | None) -> Tensor:
    """The image with pixels clipped to `limits`, then shortened to `norm` if longer."""
    image = image.clamp(*limits)
    return image if norm is None else image * (norm / image.norm().clamp_min(norm))


def _roughness(image: Tensor) -> Tensor:
    """Mean absolute difference between neighbouring pixels, down and across (anisotropic total variation)."""
    return image.diff(dim=2).abs().mean() + image.diff(dim=3).abs().mean()
