"""Costs of networks: closed forms, torchinfo and torch's own counter as references."""

import pytest
import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from lab_utils.measure import layer_table, multiply_adds, output_shape, parameter_count


def tutorial_net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1600, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def mixed_net() -> nn.Sequential:
    """Groups, strides, dilation, uneven kernels and transposed convolution, all without bias; for (4, 12, 14)."""
    return nn.Sequential(
        nn.Conv2d(4, 8, (3, 5), stride=2, padding=(1, 2), groups=4, bias=False),
        nn.Conv2d(8, 6, 3, dilation=2, groups=2, bias=False),
        nn.ConvTranspose2d(6, 4, 3, stride=2, groups=2, bias=False),
        nn.Flatten(),
        nn.Linear(4 * 5 * 7, 3, bias=False),
    )


def test_rows_of_the_tutorial_network_by_hand():
    rows = layer_table(tutorial_net(), (1, 28, 28))
    weighted = {row.name: row for row in rows if row.parameters}
    assert [row.name for row in rows] == [str(index) for index in range(10)]
    assert {name: (row.kind, row.output_shape, row.parameters) for name, row in weighted.items()} == {
        "0": ("Conv2d", (32, 26, 26), 32 * 9 + 32),
        "3": ("Conv2d", (64, 11, 11), 64 * 32 * 9 + 64),
        "7": ("Linear", (64,), 1600 * 64 + 64),
        "9": ("Linear", (10,), 64 * 10 + 10),
    }
    assert [row.multiply_adds for row in weighted.values()] == [26**2 * 32 * 9, 11**2 * 64 * 32 * 9, 1600 * 64, 640]
    assert sum(row.parameters for row in rows) == parameter_count(tutorial_net()) == 121_930


def test_multiply_adds_are_half_of_torchs_own_floating_point_operations():
    for net, shape in [(tutorial_net(), (1, 28, 28)), (mixed_net(), (4, 12, 14))]:
        with FlopCounterMode(display=False) as counter:
            net(torch.zeros(1, *shape))
        assert multiply_adds(net, shape) * 2 == counter.get_total_flops()


def test_torchinfo_agrees_where_it_counts_alike():
    """Alike: convolutions and dense layers without bias. (torchinfo forgets stride in transposed convolution.)"""
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, bias=False), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=4, bias=False),
        nn.Conv2d(8, 5, 1, bias=False), nn.Flatten(), nn.Linear(5 * 25, 4, bias=False),
    )  # fmt: skip
    summary = torchinfo.summary(net, input_size=(1, 3, 16, 16), verbose=0)
    assert multiply_adds(net, (3, 16, 16)) == summary.total_mult_adds
    assert parameter_count(net) == summary.total_params


@pytest.mark.parametrize(
    ("norm", "weights"),
    [
        (nn.BatchNorm2d(6), 12),
        (nn.GroupNorm(2, 6), 12),
        (nn.InstanceNorm2d(6), 0),
        (nn.LayerNorm((6, 4, 4)), 192),
    ],
)
def test_a_norm_costs_one_multiply_add_for_each_number(norm, weights):
    (row,) = layer_table(norm, (6, 4, 4))
    assert (row.multiply_adds, row.parameters, row.output_shape) == (6 * 16, weights, (6, 4, 4))


def test_the_claims_of_the_chapter_on_counting():
    assert parameter_count(nn.Linear(32 * 32 * 3, 100, bias=False)) == 307_200
    assert parameter_count(nn.Conv2d(3, 64, 3, bias=False)) == 1_728
    assert parameter_count(nn.Linear(150_528, 100, bias=False)) == 224 * 224 * 3 * 100


def test_shared_and_frozen_weights():
    layer = nn.Linear(4, 4)
    net = nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(4, 2).requires_grad_(False))
    rows = layer_table(net, (4,))
    assert [row.parameters for row in rows] == [20, 0, 0, 10]
    assert sum(row.multiply_adds for row in rows) == 16 + 16 + 8
    assert parameter_count(net) == 30
    assert parameter_count(net, trainable=True) == 20


def test_output_shape_is_that_of_a_real_pass():
    assert output_shape(mixed_net()[:3], (4, 12, 14)) == (4, 5, 7)
    assert output_shape(tutorial_net().double(), (1, 28, 28)) == (10,)


def test_precision_follows_the_model():
    assert multiply_adds(tutorial_net().double(), (1, 28, 28)) == multiply_adds(tutorial_net(), (1, 28, 28))


def test_layers_without_a_rule_are_refused_by_name():
    with pytest.raises(ValueError, match=r"got Bilinear at 'odd'"):
        layer_table(_Odd(), (3,))


class _Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.odd = nn.Bilinear(3, 3, 2)

    def forward(self, x):
        return self.odd(x, x)
