"""How much of the image a unit can see (theoretical field), and how much of it counts (effective field)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab_utils.core import expect_images
from lab_utils.measure.activations import output_of, watching

WINDOWED = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.LPPool2d)
# These answer at each position from that position alone (a batch norm in evaluation uses stored statistics).
POINTWISE = (
    nn.Identity,
    nn.BatchNorm2d,
    nn.LocalResponseNorm,
    nn.modules.dropout._DropoutNd,
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.PReLU,
    nn.ELU,
    nn.CELU,
    nn.SELU,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.Sigmoid,
    nn.Tanh,
    nn.Softplus,
    nn.Hardtanh,
    nn.Hardswish,
)


@dataclass(frozen=True)
class ReceptiveField:
    """Which pixels a unit of a map can see; each field is a pair (vertical, horizontal), in pixels of the input.

    `size` is the window's side, `stride` how far the window moves from one unit to the next (the "jump"), `start` the
    first pixel seen by unit (0, 0): negative where padding lies outside the image.
    """

    size: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    start: tuple[int, int] = (0, 0)

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """(top, bottom, left, right) of what unit (row, column) sees, ends exclusive; it may reach past the image."""
        top = self.start[0] + row * self.stride[0]
        left = self.start[1] + column * self.stride[1]
        return top, top + self.size[0], left, left + self.size[1]


def theoretical_receptive_field(
    model_or_layers: nn.Module | Iterable[nn.Module], layer: str | None = None
) -> ReceptiveField:
    """The receptive field of the units of `layer` (default: the last) in a chain of convolutions and poolings.

    Takes a Sequential (nested ones have dotted names) or a list of layers named "0", "1", … The recurrences are those
    of Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill (2019): a layer of
    kernel k, dilation d, stride s and padding p adds d (k − 1) · stride to the size, takes p · stride from the start,
    and multiplies the stride by s. Raises ValueError at a layer that looks at the whole map, such as a dense one.
    """
    field = None
    for name, _, field in _walk(model_or_layers):
        if name == layer:
            return field
    if layer is not None:
        names = ", ".join(repr(name) for name, _ in _chain(model_or_layers))
        raise ValueError(f"expected a layer of the chain, one of {names}; got {layer!r}")
    if field is None:
        raise ValueError("expected at least one layer, got an empty chain")
    return field


def effective_receptive_field(
    model: nn.Module, layer: str, x: Tensor, *, channels: Sequence[int] | None = None, power: int = 1
) -> Tensor:
    """How strongly each pixel moves the centre unit of `layer`: (H, W), the mean of |∂unit/∂pixel| ** `power`.

    The mean is over the images `x` (B, C, H, W), their channels and the unit's `channels` (default: all of the
    layer's). `power=2` gives the mean squared gradient. Source: Luo, Li, Urtasun & Zemel, "Understanding the Effective
    Receptive Field in Deep Convolutional Neural Networks", NeurIPS 2016, section 2. The centre of a map of even side
    is the unit below and right of its middle.
    """
    expect_images(x)
    if channels is not None and len(channels) == 0:
        raise ValueError("expected at least one channel, got none")
    x = x.detach().clone().requires_grad_()
    with watching(model, [layer]) as seen, torch.enable_grad():
        model(x)
        maps = output_of(seen, layer, maps=True)
        wanted = range(maps.shape[1]) if channels is None else channels
        centre = maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2]  # (B, C)
        total = x.new_zeros(x.shape[2:])
        for channel in wanted:
            (gradient,) = torch.autograd.grad(centre[:, channel].sum(), x, retain_graph=True)
            total += gradient.abs().pow(power).mean(dim=(0, 1))
    return total / len(wanted)


@dataclass(frozen=True)
class FieldExtent:
    """How far a field reaches, in pixels: the fewest (`area`) and the smallest disc (`radius`) that hold a share."""

    area: int
    radius: float
    centre: tuple[float, float]

    @property
    def side(self) -> float:
        """Side, in pixels, of the square that has this area."""
        return math.sqrt(self.area)


def field_extent(field: Tensor, *, share: float = 0.95) -> FieldExtent:
    """The smallest area, and smallest disc about the centre of mass, that hold `share` of a non-negative map (H, W).

    Raises ValueError for a negative or an empty (all zero) map.
    """
    if field.ndim != 2 or not bool((field >= 0).all()) or not float(field.sum()) > 0:
        raise ValueError(f"expected a non-negative map (H, W) with some mass, got {tuple(field.shape)}")
    if not 0 < share < 1:
        raise ValueError(f"expected a share between 0 and 1, got {share}")
    mass = field.detach().cpu().double() / field.detach().cpu().double().sum()
    rows = torch.arange(mass.shape[0], dtype=mass.dtype)[:, None]
    columns = torch.arange(mass.shape[1], dtype=mass.dtype)[None, :]
    centre = float((mass * rows).sum()), float((mass * columns).sum())
    distance = ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2).sqrt().flatten()
    nearest = distance.argsort()
    radius = distance[nearest][_first_reaching(mass.flatten()[nearest], share)]
    area = _first_reaching(mass.flatten().sort(descending=True).values, share) + 1
    return FieldExtent(area, float(radius), centre)


def _first_reaching(masses: Tensor, share: float) -> int:
    """Index at which the running sum of `masses` first holds `share`, with room for rounding."""
    return int((masses.cumsum(0) < share - 1e-12).sum())


def _walk(model_or_layers: nn.Module | Iterable[nn.Module]) -> Iterator[tuple[str, nn.Module, ReceptiveField]]:
    field = ReceptiveField()
    for name, module in _chain(model_or_layers):
        if not isinstance(module, WINDOWED + POINTWISE):
            raise ValueError(
                f"expected convolutions, poolings and pointwise layers, got {type(module).__name__} at {name!r}, "
                "whose units may see the whole image"
            )
        field = _grow(field, module)
        yield name, module, field


def _chain(model_or_layers: nn.Module | Iterable[nn.Module], prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The layers of a (nested) Sequential one after the other, with dotted names."""
    if isinstance(model_or_layers, nn.Module) and not isinstance(model_or_layers, nn.Sequential):
        yield prefix.rstrip(".") or "0", model_or_layers
        return
    named = (
        model_or_layers.named_children()
        if isinstance(model_or_layers, nn.Module)
        else ((str(index), module) for index, module in enumerate(model_or_layers))
    )
    for name, module in named:
        yield from _chain(module, f"{prefix}{name}.")


def _grow(field: ReceptiveField, module: nn.Module) -> ReceptiveField:
    """The field one layer later; it is computed for the vertical and the horizontal axis apart."""
    if not isinstance(module, WINDOWED):
        return field
    kernel, stride, dilation = (_pair(getattr(module, name, 1)) for name in ("kernel_size", "stride", "dilation"))
    padding = _padding(module, kernel, dilation)
    return ReceptiveField(
        size=_pair([field.size[i] + dilation[i] * (kernel[i] - 1) * field.stride[i] for i in (0, 1)]),
        stride=_pair([field.stride[i] * stride[i] for i in (0, 1)]),
        start=_pair([field.start[i] - padding[i] * field.stride[i] for i in (0, 1)]),
    )


def _padding(module: nn.Module, kernel: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """Pixels added above and left of the map; torch's "same" puts the odd one out below and right."""
    padding = getattr(module, "padding", 0)
    if padding == "same":
        return _pair([dilation[i] * (kernel[i] - 1) // 2 for i in (0, 1)])
    return (0, 0) if padding == "valid" else _pair(padding)


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
