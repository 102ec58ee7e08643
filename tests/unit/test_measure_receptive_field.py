"""Receptive fields: the theoretical one against the support of gradients, the effective one against closed forms."""

import math

import pytest
import torch
from torch import nn

from lab_utils.core import generator, seeded
from lab_utils.measure import (
    ReceptiveField,
    effective_receptive_field,
    field_extent,
    theoretical_receptive_field,
)


def positive(net: nn.Sequential) -> nn.Sequential:
    """All weights 1, so that no path from a pixel to a unit cancels another."""
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    return net


CHAINS = {
    "one": nn.Sequential(nn.Conv2d(1, 1, 3)),
    "strided": nn.Sequential(nn.Conv2d(1, 2, 5, stride=2, padding=1), nn.ReLU(), nn.Conv2d(2, 1, 3, stride=2)),
    "dilated": nn.Sequential(nn.Conv2d(1, 1, 3, dilation=3, padding=2), nn.AvgPool2d(2), nn.Conv2d(1, 1, 2, padding=1)),
    "same": nn.Sequential(nn.Conv2d(1, 1, 4, padding="same"), nn.Conv2d(1, 1, (1, 5), padding="same")),
    "uneven": nn.Sequential(nn.Conv2d(1, 1, (3, 5), stride=(1, 2), padding=(0, 2)), nn.AvgPool2d((3, 2), (2, 1))),
    "nested": nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1)), nn.AvgPool2d(3, 2, padding=1)),
    "gaps": nn.Sequential(nn.Conv2d(1, 1, 1, stride=3), nn.Conv2d(1, 1, 2)),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("name", CHAINS)
def test_the_gradient_of_every_unit_fills_exactly_its_theoretical_field(name):
    net = positive(CHAINS[name]).eval()
    field = theoretical_receptive_field(net)
    x = torch.ones(1, 1, 24, 26, requires_grad=True)
    out = net(x)
    for row in range(out.shape[2]):
        for column in range(out.shape[3]):
            (gradient,) = torch.autograd.grad(out[0, 0, row, column], x, retain_graph=True)
            rows, columns = gradient[0, 0].nonzero().T
            top, bottom, left, right = field.box(row, column)
            if top >= 0 and bottom <= 24 and left >= 0 and right <= 26:
                assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (top, bottom, left, right)
            else:  # padding: what is seen of the image lies within the field
                assert rows.min() >= top
                assert rows.max() < bottom
                assert columns.min() >= left
                assert columns.max() < right


def test_max_pooling_sees_within_its_field():
    with seeded(0):
        net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.MaxPool2d(2))
    x = torch.rand(64, 1, 28, 28, generator=generator(0))
    effective = effective_receptive_field(net, "3", x)
    top, bottom, left, right = theoretical_receptive_field(net).box(2, 2)
    inside = torch.zeros(28, 28, dtype=torch.bool)
    inside[top:bottom, left:right] = True
    assert effective[~inside].abs().max() == 0
    assert effective[inside].min() > 0  # over 64 images each pixel of the field won some maximum


def test_known_fields():
    """The tutorial network's by hand; the well-known numbers of AlexNet and VGG-16 (Araujo et al., 2019)."""
    tutorial = nn.Sequential(nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.MaxPool2d(2), nn.Flatten())
    fields = [theoretical_receptive_field(tutorial, str(layer)) for layer in range(4)]
    assert [(field.size[0], field.stride[0]) for field in fields] == [(3, 1), (4, 2), (8, 2), (10, 4)]
    alexnet = [nn.Conv2d(1, 1, 11, 4, 2), nn.MaxPool2d(3, 2), nn.Conv2d(1, 1, 5, 1, 2), nn.MaxPool2d(3, 2)]
    alexnet += [nn.Conv2d(1, 1, 3, 1, 1) for _ in range(3)] + [nn.MaxPool2d(3, 2)]
    assert theoretical_receptive_field(alexnet) == ReceptiveField((195, 195), (32, 32), (-66, -66))
    vgg = []
    for convolutions in (2, 2, 3, 3, 3):
        vgg += [nn.Conv2d(1, 1, 3, padding=1) for _ in range(convolutions)] + [nn.MaxPool2d(2)]
    assert theoretical_receptive_field(vgg).size == (212, 212)


def test_a_layer_in_the_middle_and_clear_errors():
    net = nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(4, 2))
    assert theoretical_receptive_field(net, "0").size == (3, 3)
    with pytest.raises(ValueError, match="got Flatten at '2'"):
        theoretical_receptive_field(net, "3")
    with pytest.raises(ValueError, match="one of '0', '1'; got 'conv9'"):
        theoretical_receptive_field(net[:2], "conv9")
    with pytest.raises(ValueError, match="empty chain"):
        theoretical_receptive_field([])


@pytest.mark.parametrize("depth", [4, 10, 20])
def test_a_stack_of_averages_has_the_field_of_a_random_walk(depth):
    """Luo et al. (2016), section 2.2: n uniform 3×3 kernels give variance 2n/3 along each axis."""
    net = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(depth)))
    for layer in net:
        nn.init.constant_(layer.weight, 1 / 9)
    field = effective_receptive_field(net, str(depth - 1), torch.zeros(1, 1, 65, 65)).double()
    position = torch.arange(65) - 32.0
    variance = (field.sum(dim=1) * position**2).sum() / field.sum()
    assert variance.item() == pytest.approx(2 * depth / 3, rel=1e-4)
    assert field.sum().item() == pytest.approx(1, rel=1e-4)
    sigma = math.sqrt(2 * depth / 3)
    assert field_extent(field).radius == pytest.approx(sigma * math.sqrt(-2 * math.log(0.05)), abs=0.75)


@pytest.mark.parametrize("seed", range(3))
def test_of_one_linear_layer_it_is_the_mean_kernel(seed):
    with seeded(seed):
        net = nn.Sequential(nn.Conv2d(3, 5, 3))
    x = torch.zeros(2, 3, 7, 7)
    for power in (1, 2):
        kernel = net[0].weight.detach().abs().pow(power)
        found = effective_receptive_field(net, "0", x, power=power)
        torch.testing.assert_close(found[2:5, 2:5], kernel.mean(dim=(0, 1)))
        one = effective_receptive_field(net, "0", x, power=power, channels=[4])
        torch.testing.assert_close(one[2:5, 2:5], kernel[4].mean(dim=0))


@pytest.mark.parametrize("side", [3, 10, 21])
def test_extent_of_a_flat_square(side):
    field = torch.zeros(40, 40)
    field[5 : 5 + side, 8 : 8 + side] = 2.5
    extent = field_extent(field, share=0.95)
    assert extent.area == math.ceil(0.95 * side**2 - 1e-9)
    assert extent.side == math.sqrt(extent.area)
    assert extent.centre == pytest.approx((5 + (side - 1) / 2, 8 + (side - 1) / 2))
    assert extent.radius <= math.sqrt(2) * (side - 1) / 2


def test_extent_refuses_what_has_no_mass():
    for field in (torch.zeros(3, 3), -torch.ones(3, 3), torch.ones(3)):
        with pytest.raises(ValueError, match="expected a non-negative map"):
            field_extent(field)
    with pytest.raises(ValueError, match="share between 0 and 1"):
        field_extent(torch.ones(3, 3), share=1.5)
