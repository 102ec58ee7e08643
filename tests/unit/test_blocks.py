"""Blocks of named architectures: closed forms, torchvision's own blocks under equal weights, gradients that flow."""

import pytest
import torch
from torch import nn

import lab_utils  # noqa: F401  (first: it lets torchvision load beside a CPU build of torch)
from lab_utils.core import generator, seeded
from lab_utils.models.blocks import (
    BLOCKS,
    AlexNetBlock,
    Bottleneck,
    DenseBlock,
    DepthwiseSeparable,
    InceptionBlock,
    LeNetBlock,
    MBConv,
    ResidualBlock,
    ResNeXtBlock,
    SqueezeExcitation,
    VGGBlock,
)

SEEDS = range(3)


def images(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(seed))


def stirred(make, seed: int) -> nn.Module:
    """A block in evaluation mode, every weight and statistic random so that no swapped pair goes unnoticed."""
    with seeded(seed):
        block = make()
        for name, value in block.state_dict().items():
            if value.is_floating_point():
                fresh = (
                    torch.rand_like(value) + 0.5 if "var" in name else torch.randn_like(value) / value[0].numel() ** 0.5
                )
                value.copy_(fresh)
    return block.eval()


def with_weights_of(ours: nn.Module, theirs: nn.Module) -> nn.Module:
    """`ours` with the tensors of `theirs`, matched by their order and checked by their shapes."""
    own, other = ours.state_dict(), theirs.state_dict()
    assert [value.shape for value in own.values()] == [value.shape for value in other.values()]
    ours.load_state_dict(dict(zip(own, other.values(), strict=True)))
    return ours.eval()


def parameters(block: nn.Module) -> int:
    return sum(parameter.numel() for parameter in block.parameters())


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_runs_on_the_tables_input_and_passes_gradient_to_every_weight(name):
    with seeded(0):
        block = BLOCKS[name](32, 64)
    x = images(0, 4, 32, 28, 28).contiguous(memory_format=torch.channels_last).requires_grad_()
    out = block(x)
    side = {"LeNet (1998)": 12, "AlexNet (2012)": 13, "VGG (2014)": 14}.get(name, 28)
    assert out.shape == (4, 64, side, side)
    (out * images(1, *out.shape)).sum().backward()
    for parameter in [x, *block.parameters()]:
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()
        assert parameter.grad.abs().max() > 0


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_says_what_it_added_and_where(name):
    text = BLOCKS[name].__doc__
    assert len(text.split()) >= 40
    assert "Source" in text


def norm(channels: int) -> int:
    return 2 * channels


@pytest.mark.parametrize(("a", "b"), [(32, 64), (64, 64), (48, 96)])
def test_parameter_counts_in_closed_form(a, b):
    joined = 0 if a == b else a * b + norm(b)
    growth, wide, squeezed = 8, 6 * a, a // 4
    expected = {
        LeNetBlock: 25 * a * b + b,
        AlexNetBlock: 25 * a * b + b,
        VGGBlock: 9 * a * b + b + 9 * b * b + b,
        DepthwiseSeparable: 9 * a + norm(a) + a * b + norm(b),
        ResidualBlock: 9 * a * b + 9 * b * b + 2 * norm(b) + joined,
        Bottleneck: a * b // 4 + 9 * (b // 4) ** 2 + b * b // 4 + 2 * norm(b // 4) + norm(b) + joined,
        ResNeXtBlock: a * b // 2 + 9 * 4 * (b // 2) + b * b // 2 + 2 * norm(b // 2) + norm(b) + joined,
        InceptionBlock: (a * b // 4 + a * 3 * b // 8 + 9 * 3 * b // 8 * b // 2 + a * b // 16 + 25 * b // 16 * b // 8)
        + a * b // 8 + norm(b // 4 + 3 * b // 8 + b // 2 + b // 16 + b // 8 + b // 8),
        DenseBlock: sum(norm(c) + 4 * growth * c + norm(4 * growth) + 9 * 4 * growth**2 for c in range(a, b, growth)),
        MBConv: a * wide + norm(wide) + 9 * wide + norm(wide) + 2 * wide * squeezed + squeezed + wide
        + wide * b + norm(b),
    }  # fmt: skip
    for block, count in expected.items():
        if not (block is DenseBlock and a == b):
            assert parameters(block(a, b)) == count, block.__name__


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("a", "b", "stride"), [(16, 16, 1), (16, 32, 1), (16, 32, 2)])
def test_residual_block_is_torchvisions(seed, a, b, stride):
    from torchvision.models.resnet import BasicBlock

    theirs = stirred(lambda: BasicBlock(a, b, stride, downsample=_downsample(a, b, stride)), seed)
    x = images(seed, 2, a, 9, 9)
    torch.testing.assert_close(with_weights_of(ResidualBlock(a, b, stride=stride), theirs)(x), theirs(x))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("a", "b", "stride"), [(64, 64, 1), (32, 64, 1), (32, 64, 2)])
def test_bottleneck_is_torchvisions(seed, a, b, stride):
    from torchvision.models.resnet import Bottleneck as Theirs

    theirs = stirred(lambda: Theirs(a, b // 4, stride, downsample=_downsample(a, b, stride)), seed)
    x = images(seed, 2, a, 9, 9)
    torch.testing.assert_close(with_weights_of(Bottleneck(a, b, stride=stride), theirs)(x), theirs(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_resnext_block_is_torchvisions_32x4d(seed):
    from torchvision.models.resnet import Bottleneck as Theirs

    theirs = stirred(lambda: Theirs(64, 64, 1, _downsample(64, 256, 1), groups=32, base_width=4), seed)
    x = images(seed, 2, 64, 7, 7)
    torch.testing.assert_close(with_weights_of(ResNeXtBlock(64, 256), theirs)(x), theirs(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_dense_block_is_torchvisions(seed):
    from torchvision.models.densenet import _DenseBlock

    theirs = stirred(lambda: _DenseBlock(4, 32, bn_size=4, growth_rate=8, drop_rate=0), seed)
    x = images(seed, 2, 32, 7, 7)
    found = with_weights_of(DenseBlock(32, 64), theirs)(x)
    torch.testing.assert_close(found, theirs(x))
    assert torch.equal(found[:, :32], x)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("a", "b", "stride", "expansion", "kernel"), [(32, 32, 1, 6, 3), (32, 16, 1, 1, 3), (32, 64, 2, 6, 5)]
)
def test_mbconv_is_torchvisions(seed, a, b, stride, expansion, kernel):
    from torchvision.models.efficientnet import MBConv as Theirs
    from torchvision.models.efficientnet import MBConvConfig

    config = MBConvConfig(expansion, kernel, stride, a, b, 1)
    theirs = stirred(lambda: Theirs(config, stochastic_depth_prob=0.2, norm_layer=nn.BatchNorm2d), seed)
    x = images(seed, 2, a, 8, 8)
    ours = with_weights_of(MBConv(a, b, stride=stride, expansion=expansion, kernel=kernel), theirs)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_squeeze_excitation_is_torchvisions(seed):
    from torchvision.ops.misc import SqueezeExcitation as Theirs

    theirs = stirred(lambda: Theirs(12, 3), seed)
    x = images(seed, 2, 12, 5, 5)
    torch.testing.assert_close(with_weights_of(SqueezeExcitation(12, 3), theirs)(x), theirs(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_inception_block_is_torchvisions_3a(seed):
    """torchvision's wide branch has 3×3 kernels (a known slip) and norms with eps 0.001."""
    from torchvision.models.googlenet import Inception

    theirs = stirred(lambda: Inception(192, 64, 96, 128, 16, 32, 32), seed)
    for module in theirs.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-5
    x = images(seed, 2, 192, 7, 7)
    torch.testing.assert_close(with_weights_of(InceptionBlock(192, 256, wide_kernel=3), theirs)(x), theirs(x))
    assert InceptionBlock(192, 256).wide[1].conv.kernel_size == (5, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_alexnet_and_vgg_blocks_are_slices_of_torchvisions_networks(seed):
    from torchvision.models.alexnet import AlexNet
    from torchvision.models.vgg import cfgs, make_layers

    second = stirred(lambda: nn.Sequential(*list(_features(AlexNet))[3:6]), seed)
    x = images(seed, 2, 64, 13, 13)
    torch.testing.assert_close(with_weights_of(AlexNetBlock(64, 192, response_norm=False), second)(x), second(x))
    vgg = stirred(lambda: make_layers(cfgs["A"][:7])[6:], seed)  # 128 -> 256, 256, pooling
    x = images(seed, 1, 128, 6, 6)
    torch.testing.assert_close(with_weights_of(VGGBlock(128, 256), vgg)(x), vgg(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_alexnets_response_norm_is_the_papers_formula(seed):
    """b_i = a_i / (2 + 1e-4 Σ_{|j−i|≤2} a_j²)^0.75, section 3.3."""
    layer, a = AlexNetBlock(3, 7).response_norm, 30 * images(seed, 2, 7, 4, 4)
    expected = torch.empty_like(a)
    for i in range(7):
        energy = a[:, max(i - 2, 0) : i + 3].square().sum(dim=1)
        expected[:, i] = a[:, i] / (2 + 1e-4 * energy) ** 0.75
    torch.testing.assert_close(layer(a), expected)


def test_two_small_kernels_see_as_far_as_one_large_kernel():
    x = torch.zeros(1, 2, 12, 12, requires_grad=True)
    with seeded(0):
        block = VGGBlock(2, 3)
    block.conv2(block.conv1(x))[0, :, 6, 6].sum().backward()
    rows, columns = x.grad[0].abs().sum(dim=0).nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 8, 4, 8)


def test_a_residual_block_whose_body_is_silent_does_nothing_to_what_a_relu_left():
    block = ResidualBlock(8, 8).eval()
    for parameter in block.body[1].norm.parameters():
        nn.init.zeros_(parameter)
    x = images(0, 2, 8, 5, 5).relu()
    assert torch.equal(block(x), x)


def test_lenet_squashes_as_asked():
    x = 50 * images(0, 2, 3, 12, 12)
    assert LeNetBlock(3, 4)(x).abs().max() <= 1
    assert LeNetBlock(3, 4, activation=nn.Sigmoid)(x).min() >= 0


def test_widths_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="expected reduction 4 to divide 30 channels"):
        Bottleneck(16, 30)
    with pytest.raises(ValueError, match="expected group_width 4 to divide 33 channels"):
        ResNeXtBlock(16, 66)
    with pytest.raises(ValueError, match="expected growth 8 to divide 12 channels"):
        DenseBlock(32, 44)
    with pytest.raises(ValueError, match="that 8 divides, got 20"):
        InceptionBlock(16, 20)
    with pytest.raises(ValueError, match="at least 1 convolution"):
        VGGBlock(16, 32, convs=0)


def _downsample(a: int, b: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and a == b:
        return None
    return nn.Sequential(nn.Conv2d(a, b, 1, stride=stride, bias=False), nn.BatchNorm2d(b))


def _features(network: type[nn.Module]) -> nn.Sequential:
    """The convolutional part, built without memory for the huge dense layers."""
    with torch.device("meta"):
        features = network().features
    return features.to_empty(device="cpu")
