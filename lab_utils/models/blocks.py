"""The blocks of ResNet, ResNeXt, DenseNet, MobileNet and EfficientNet, beside the classic ones, for one table.

Every block is built as `Block(in_channels, out_channels)`, with its own settings by keyword, and takes (B, C, H, W).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lab_utils.models.classic_blocks import AlexNetBlock, ConvNorm, InceptionBlock, LeNetBlock, VGGBlock


class DepthwiseSeparable(nn.Sequential):
    """MobileNet: one 3×3 filter for each channel looks around, then a 1×1 convolution mixes the channels.

    It costs 9 C_in + C_in C_out weights instead of 9 C_in C_out, a share of 1/C_out + 1/9. Source: Howard et al.,
    "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017, section 3.1; the idea
    is Sifre's (thesis, 2014).
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = ConvNorm(in_channels, in_channels, stride=stride, groups=in_channels)
        self.pointwise = ConvNorm(in_channels, out_channels, kernel=1)


class _Residual(nn.Module):
    """relu(body(x) + shortcut(x)); the shortcut is the identity wherever shapes allow, else a 1×1 convolution."""

    def __init__(self, body: nn.Sequential, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.body = body
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = ConvNorm(in_channels, out_channels, kernel=1, stride=stride, activation=None)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H / stride, W / stride)."""
        return torch.relu(self.body(x) + self.shortcut(x))


class ResidualBlock(_Residual):
    """ResNet: learn the difference from the input; the sum lets signal and gradient pass unchanged through depth.

    Two 3×3 convolutions compute F(x), and relu(F(x) + x) goes on. A block can do nothing by F = 0, so that adding
    blocks need not hurt, and networks of a hundred layers became trainable. Source: He, Zhang, Ren & Sun, "Deep
    Residual Learning for Image Recognition", CVPR 2016, equations 1 and 2, figure 5 left.
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        body = nn.Sequential(
            ConvNorm(in_channels, out_channels, stride=stride),
            ConvNorm(out_channels, out_channels, activation=None),
        )
        super().__init__(body, in_channels, out_channels, stride)


class Bottleneck(_Residual):
    """ResNet-50 and deeper: narrow by a 1×1 convolution, look around in the narrow map, widen again.

    The 3×3 convolution works on `out_channels` / `reduction` channels, so that 256 channels cost about as much as a
    plain block of 64. The stride sits at the 3×3 convolution, as in most code since, not at the first 1×1 as in the
    paper. Source: He, Zhang, Ren & Sun, CVPR 2016, figure 5 right.
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1, reduction: int = 4) -> None:
        width = _divide(out_channels, reduction, "reduction")
        super().__init__(_narrow(in_channels, width, out_channels, stride, 1), in_channels, out_channels, stride)


class ResNeXtBlock(_Residual):
    """ResNeXt: many narrow paths side by side, summed; in code, a bottleneck with a grouped 3×3 convolution.

    The number of paths ("cardinality") is a third dimension beside depth and width. The middle is `out_channels` / 2
    wide and cut into groups of `group_width`; 256 outputs and groups of 4 give the 32 × 4d of the paper. Source: Xie,
    Girshick, Dollár, Tu & He, "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017, figure 3c.
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1, group_width: int = 4) -> None:
        width = _divide(out_channels, 2, "narrowing by")
        groups = _divide(width, group_width, "group_width")
        super().__init__(_narrow(in_channels, width, out_channels, stride, groups), in_channels, out_channels, stride)


class DenseBlock(nn.Module):
    """DenseNet: every layer sees the outputs of all layers before it, stacked rather than summed.

    Each layer (norm, ReLU, 1×1 convolution to 4 · `growth`, norm, ReLU, 3×3 convolution) adds `growth` channels to the
    stack, so there are (out_channels − in_channels) / `growth` layers; features are kept and reused, not recomputed.
    Source: Huang, Liu, van der Maaten & Weinberger, "Densely Connected Convolutional Networks", CVPR 2017, equation 2
    (bottleneck layers: "DenseNet-B").
    """

    def __init__(self, in_channels: int, out_channels: int, *, growth: int = 8) -> None:
        super().__init__()
        count = _divide(out_channels - in_channels, growth, "growth")
        self.layers = nn.ModuleList(_dense_layer(in_channels + index * growth, growth) for index in range(count))

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W); the first `in` channels are the input itself."""
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


class SqueezeExcitation(nn.Module):
    """Let each channel be turned up or down by what the whole map contains: x · gate(mean of x over positions).

    The means pass through two dense layers (1×1 convolutions on a 1×1 map), the first `squeezed` wide, and a sigmoid.
    Source: Hu, Shen & Sun, "Squeeze-and-Excitation Networks", CVPR 2018, equations 2 to 4.
    """

    def __init__(self, channels: int, squeezed: int, *, activation: type[nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            activation(),
            nn.Conv2d(squeezed, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return x * self.gate(x)


class MBConv(nn.Module):
    """EfficientNet: an inverted bottleneck; widen, look around channel by channel, gate the channels, narrow.

    The wide middle (`expansion` times the input) is cheap because its convolution is depthwise; the narrow ends carry
    the sum x + F(x), where shapes allow, with no activation after it. Squeeze-and-excitation has a quarter of the
    input's width. EfficientNet's other half is to grow depth, width and resolution together. Sources: Sandler et al.,
    "MobileNetV2", CVPR 2018; Tan & Le, "EfficientNet", ICML 2019, table 1.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, stride: int = 1, expansion: int = 6, kernel: int = 3
    ) -> None:
        super().__init__()
        wide = expansion * in_channels
        layers: list[nn.Module] = [] if expansion == 1 else [ConvNorm(in_channels, wide, kernel=1, activation=nn.SiLU)]
        layers += [
            ConvNorm(wide, wide, kernel=kernel, stride=stride, groups=wide, activation=nn.SiLU),
            SqueezeExcitation(wide, max(1, in_channels // 4), activation=nn.SiLU),
            ConvNorm(wide, out_channels, kernel=1, activation=None),
        ]
        self.body = nn.Sequential(*layers)
        self.adds_input = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H / stride, W / stride)."""
        return x + self.body(x) if self.adds_input else self.body(x)


def _narrow(in_channels: int, width: int, out_channels: int, stride: int, groups: int) -> nn.Sequential:
    """1×1 down to `width`, 3×3 in `groups`, 1×1 up to `out_channels`, each with its norm."""
    return nn.Sequential(
        ConvNorm(in_channels, width, kernel=1),
        ConvNorm(width, width, stride=stride, groups=groups),
        ConvNorm(width, out_channels, kernel=1, activation=None),
    )


def _dense_layer(in_channels: int, growth: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, 4 * growth, 1, bias=False),
        nn.BatchNorm2d(4 * growth),
        nn.ReLU(),
        nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
    )


def _divide(channels: int, parts: int, setting: str) -> int:
    if channels < parts or channels % parts:
        raise ValueError(f"expected {setting} {parts} to divide {channels} channels without rest")
    return channels // parts


# In the order of their papers: a chapter's table loops over it.
BLOCKS: dict[str, Callable[[int, int], nn.Module]] = {
    "plain 3×3 convolution": ConvNorm,
    "LeNet (1998)": LeNetBlock,
    "AlexNet (2012)": AlexNetBlock,
    "VGG (2014)": VGGBlock,
    "Inception (2014)": InceptionBlock,
    "ResNet (2015)": ResidualBlock,
    "ResNet bottleneck (2015)": Bottleneck,
    "ResNeXt (2016)": ResNeXtBlock,
    "DenseNet (2016)": DenseBlock,
    "MobileNet depthwise-separable (2017)": DepthwiseSeparable,
    "EfficientNet MBConv (2019)": MBConv,
}
