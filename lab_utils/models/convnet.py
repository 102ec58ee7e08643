"""The convolutional networks of the book for 28×28 images, as flat sequences whose layers can be called by name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import nn

from lab_utils.core import seeded
from lab_utils.models.classic_blocks import ConvNorm
from lab_utils.models.sequence import NamedSequence


class TutorialCNN(NamedSequence):
    """The network that most tutorials train on Fashion-MNIST: Conv32, pool, Conv64, pool, Dense64, Dense10.

    Images (B, 1, 28, 28) to logits (B, 10); 121,930 parameters. `pool=False` leaves the pooling out, `extra_layers`
    puts further 3×3 convolutions of 64 channels behind the second one, `seed` fixes the initial weights.
    """

    def __init__(self, *, pool: bool = True, extra_layers: int = 0, seed: int = 0) -> None:
        if extra_layers < 0:
            raise ValueError(f"expected extra_layers of 0 or more, got {extra_layers}")
        with seeded(seed):
            super().__init__(_tutorial_layers(pool, extra_layers))


def _tutorial_layers(pool: bool, extra_layers: int) -> OrderedDict[str, nn.Module]:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    size, channels = 28, 1
    for number, width in enumerate((32, 64), start=1):
        layers[f"conv{number}"] = nn.Conv2d(channels, width, kernel_size=3)
        layers[f"relu{number}"] = nn.ReLU()
        size, channels = size - 2, width
        for extra in range(1, 1 + (extra_layers if number == 2 else 0)):
            # Padded, so that the map keeps its size and only the depth differs.
            layers[f"conv2_{extra}"] = nn.Conv2d(width, width, kernel_size=3, padding=1)
            layers[f"relu2_{extra}"] = nn.ReLU()
        if pool:
            layers[f"pool{number}"] = nn.MaxPool2d(2)
            size //= 2
    layers["flatten"] = nn.Flatten()  # (B, 64, 5, 5) -> (B, 1600) with pooling
    layers["dense"] = nn.Linear(channels * size * size, 64)
    layers["relu3"] = nn.ReLU()
    layers["linear"] = nn.Linear(64, 10)
    return layers


class FastCNN(NamedSequence):
    """Three stages of convolution, batch norm, ReLU and 2×2 max-pooling, then one linear layer.

    Images (B, 1, 28, 28) to logits (B, 10); 104,426 parameters at the default widths. A convolution before batch norm
    needs no bias (the norm subtracts it). `batch_norm=False` gives the convolutions their biases back instead;
    `convs_per_stage` puts several convolutions before a stage's pooling; `global_pool` averages each last map over all
    places before the linear layer (Lin, Chen & Yan, "Network in Network", ICLR 2014, section 3.2).
    """

    def __init__(
        self,
        *,
        widths: tuple[int, ...] = (32, 64, 128),
        convs_per_stage: tuple[int, ...] = (1, 1, 1),
        batch_norm: bool = True,
        global_pool: bool = False,
        seed: int = 0,
    ) -> None:
        if len(widths) != len(convs_per_stage):
            raise ValueError(f"expected convs_per_stage for {len(widths)} stages, got {convs_per_stage}")
        if not 1 <= len(widths) <= 4:
            raise ValueError(f"expected 1 to 4 stages, for 28 pixels can be halved four times, got {len(widths)}")
        with seeded(seed):
            super().__init__(_fast_layers(widths, convs_per_stage, batch_norm, global_pool))


def _fast_layers(
    widths: tuple[int, ...], convs_per_stage: tuple[int, ...], batch_norm: bool, global_pool: bool
) -> OrderedDict[str, nn.Module]:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    channels, size = 1, 28
    for stage, (width, convs) in enumerate(zip(widths, convs_per_stage, strict=True), start=1):
        for number in range(1, convs + 1):
            name = f"{stage}" if number == 1 else f"{stage}_{number}"
            layers[f"conv{name}"] = nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=not batch_norm)
            if batch_norm:
                layers[f"norm{name}"] = nn.BatchNorm2d(width)
            layers[f"relu{name}"] = nn.ReLU()
            channels = width
        layers[f"pool{stage}"] = nn.MaxPool2d(2)
        size //= 2
    if global_pool:
        layers["average"] = nn.AdaptiveAvgPool2d(1)  # (B, 128, 3, 3) -> (B, 128, 1, 1)
        size = 1
    layers["flatten"] = nn.Flatten()  # (B, 128, 3, 3) -> (B, 1152)
    layers["linear"] = nn.Linear(channels * size * size, 10)
    return layers


class BlockCNN(NamedSequence):
    """FastCNN with blocks of your choice in stages two and three; `block(in_channels, out_channels)` keeps the size.

    Images (B, 1, 28, 28) to logits (B, 10). With `ConvNorm` it is FastCNN under other layer names.
    """

    def __init__(self, block: Callable[[int, int], nn.Module] = ConvNorm, *, seed: int = 0) -> None:
        with seeded(seed):
            super().__init__(
                OrderedDict(
                    block1=ConvNorm(1, 32),
                    pool1=nn.MaxPool2d(2),
                    block2=block(32, 64),
                    pool2=nn.MaxPool2d(2),
                    block3=block(64, 128),
                    pool3=nn.MaxPool2d(2),
                    flatten=nn.Flatten(),  # (B, 128, 3, 3) -> (B, 1152)
                    linear=nn.Linear(128 * 3 * 3, 10),
                )
            )
