"""The blocks of LeNet, AlexNet, VGG and Inception: what each of them added, small enough to read and run.

Every block is built as `Block(in_channels, out_channels)`, with its own settings by keyword, and takes (B, C, H, W).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvNorm(nn.Sequential):
    """A convolution without bias, a batch norm and an activation: the brick of nearly every network since 2015.

    The convolution keeps the size (for odd kernels and stride 1) and has no bias, since the norm that follows would
    subtract it. `activation=None` ends after the norm. Source: Ioffe & Szegedy, "Batch Normalization", ICML 2015.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        activation: type[nn.Module] | None = nn.ReLU,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(out_channels)
        if activation is not None:
            self.activation = activation()


class LeNetBlock(nn.Sequential):
    """LeNet: learned filters shared over the image, a squashing function, and a coarser map by averaging.

    It showed that feature extraction itself can be learned by gradient descent. The convolution is "valid" (no
    padding), so the map loses `kernel` − 1 pixels before it is halved: (H − kernel + 1) / 2. `activation` was a scaled
    tanh; a sigmoid is the other usual choice. The original's pooling had a weight and a bias for each map.
    Source: LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, kernel: int = 5, activation: type[nn.Module] = nn.Tanh
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel)
        self.squash = activation()
        self.pool = nn.AvgPool2d(2)


class AlexNetBlock(nn.Sequential):
    """AlexNet: ReLU instead of tanh, overlapping max pooling, and a norm across neighbouring channels.

    With a large data set, dropout and two GPUs, this made deep networks win on photographs. ReLU units train several
    times faster than saturating ones; pooling windows of 3 at stride 2 overlap. Later work dropped the local response
    norm (`response_norm=False`). Source: Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep
    Convolutional Neural Networks", NeurIPS 2012, section 3 (norm: section 3.3, with its constants).
    """

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 5, response_norm: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
        self.relu = nn.ReLU()
        if response_norm:
            # torch divides alpha by the size, the paper does not: 5 · 1e-4 here is the paper's 1e-4.
            self.response_norm = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
        self.pool = nn.MaxPool2d(3, stride=2)


class VGGBlock(nn.Sequential):
    """VGG: depth from one repeated brick; two 3×3 convolutions see as far as one 5×5, with fewer weights.

    Two 3×3 layers of C channels hold 18 C² weights where a 5×5 layer holds 25 C², and there is a ReLU more between
    them. `convs` of them are followed by max pooling that halves the map. Source: Simonyan & Zisserman, "Very Deep
    Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, section 2.3.
    """

    def __init__(self, in_channels: int, out_channels: int, *, convs: int = 2) -> None:
        super().__init__()
        if convs < 1:
            raise ValueError(f"expected at least 1 convolution, got {convs}")
        for index in range(convs):
            self.add_module(f"conv{index + 1}", nn.Conv2d(in_channels, out_channels, 3, padding=1))
            self.add_module(f"relu{index + 1}", nn.ReLU())
            in_channels = out_channels
        self.pool = nn.MaxPool2d(2)


class InceptionBlock(nn.Module):
    """Inception (GoogLeNet): look at several scales at once, and make wide kernels cheap by 1×1 convolutions first.

    Four branches (1×1, 3×3, 5×5, pooling) run side by side on the same map and their outputs are stacked. A 1×1
    convolution narrows the map before the costly kernels. The branches get 1/4, 1/2, 1/8 and 1/8 of the outputs and
    narrow to 3/4 and 1/2 of their own width, as in the first Inception block of the paper (3a: 64, 96→128, 16→32, 32).
    Batch norm, which came a year later, is included as everyone does now; `wide_kernel=3` is the cheaper variant of
    some libraries. Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, figure 2b and table 1.
    """

    def __init__(self, in_channels: int, out_channels: int, *, wide_kernel: int = 5) -> None:
        super().__init__()
        if out_channels % 8:
            raise ValueError(f"expected a number of output channels that 8 divides, got {out_channels}")
        half, quarter, eighth = out_channels // 2, out_channels // 4, out_channels // 8
        self.point = ConvNorm(in_channels, quarter, kernel=1)
        self.medium = nn.Sequential(ConvNorm(in_channels, 3 * half // 4, kernel=1), ConvNorm(3 * half // 4, half))
        self.wide = nn.Sequential(
            ConvNorm(in_channels, eighth // 2 or 1, kernel=1),
            ConvNorm(eighth // 2 or 1, eighth, kernel=wide_kernel),
        )
        self.pooled = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvNorm(in_channels, eighth, kernel=1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W)."""
        return torch.cat([self.point(x), self.medium(x), self.wide(x), self.pooled(x)], dim=1)
